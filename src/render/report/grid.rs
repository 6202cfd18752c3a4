//! The rows of a report as texts, in as many columns as there is something to say in.

use super::View;
use crate::ledger::rules::report::{By, Key, Row, Sums};
use crate::ledger::unit::Unit;
use crate::render::human::{amount, dollars};
use crate::render::sanitize::line;
use crate::render::table::{Column, numbers, words};

/// What is said of charges, one to a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Figure {
    /// What was charged of a unit.
    Charged(Unit),
    /// How much money was charged because nobody knew.
    Unknown,
    /// What would have been paid where nobody was billed.
    Notional,
    /// Tokens of a kind.
    Kind(&'static str),
    /// How many entries it comes from.
    Entries,
}

/// How much is said, from everything to the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Detail {
    /// Everything.
    Kinds,
    /// Tokens in one sum.
    Tokens,
    /// Without how many entries there are.
    Amounts,
    /// Money alone, or what there is instead.
    Least,
}

/// The columns and what is in them.
pub(super) struct Grid {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<String>>,
    pub(super) total: Vec<String>,
}

impl Figure {
    pub(super) fn title(&self) -> &'static str {
        match self {
            Self::Charged(Unit::Usd) => "SPENT",
            Self::Charged(Unit::Tokens) => "TOKENS",
            Self::Charged(Unit::Calls) => "CALLS",
            Self::Charged(Unit::Time) => "TIME",
            Self::Charged(Unit::Slots) => "SLOTS",
            Self::Charged(Unit::Credits) => "CREDITS",
            Self::Charged(Unit::RiskPoints) => "RISK",
            Self::Charged(Unit::Declared(_)) => "OTHER",
            Self::Unknown => "UNKNOWN",
            Self::Notional => "NOTIONAL",
            Self::Kind("input") => "INPUT",
            Self::Kind("cache_read") => "CACHE READ",
            Self::Kind("cache_write") => "CACHE WRITE",
            Self::Kind("output") => "OUTPUT",
            Self::Kind(_) => "OTHER TOKENS",
            Self::Entries => "ENTRIES",
        }
    }

    /// The figure of some charges, in atoms.
    pub(super) fn of(&self, sums: &Sums) -> i128 {
        let tokens = sums.tokens;
        match self {
            Self::Charged(unit) => sums.sum_of(unit),
            Self::Unknown => sums.unknown.get(&Unit::Usd).copied().unwrap_or_default(),
            Self::Notional => sums.notional,
            Self::Kind("input") => tokens.input,
            Self::Kind("cache_read") => tokens.cache_read,
            Self::Kind("cache_write") => tokens.cache_write,
            Self::Kind("output") => tokens.output,
            Self::Kind(_) => tokens.unspecified,
            Self::Entries => sums.entries.into(),
        }
    }

    pub(super) fn is_money(&self) -> bool {
        matches!(
            self,
            Self::Charged(Unit::Usd) | Self::Unknown | Self::Notional
        )
    }

    pub(super) fn unit(&self) -> Unit {
        match self {
            Self::Charged(unit) => unit.clone(),
            Self::Unknown | Self::Notional => Unit::Usd,
            Self::Kind(_) | Self::Entries => Unit::Tokens,
        }
    }
}

/// The figures that are worth a column: those that are not 0 everywhere, and always money, unless
/// there is none and something else.
pub(super) fn figures(view: &View, detail: Detail) -> Vec<Figure> {
    let total = &view.report.total;
    let sums = || view.report.rows.iter().map(|row| &row.sums).chain([total]);
    let is_used = |figure: &Figure| sums().any(|sums| figure.of(sums) != 0);
    let mut units: Vec<_> = sums()
        .flat_map(|sums| sums.charged.keys().cloned())
        .collect();
    units.sort();
    units.dedup();
    let kinds = [
        "input",
        "cache_read",
        "cache_write",
        "output",
        "unspecified",
    ]
    .map(Figure::Kind);
    let has_kinds = detail == Detail::Kinds && kinds.iter().any(is_used);
    // Tokens that were charged without being reported are of no kind.
    let sum = |sums: &Sums| {
        kinds
            .iter()
            .map(|kind| kind.of(sums))
            .fold(0, i128::saturating_add)
    };
    let are_all = has_kinds && sums().all(|of| sum(of) == of.sum_of(&Unit::Tokens));
    let mut figures = Vec::new();
    for unit in units {
        match unit {
            Unit::Usd => {}
            Unit::Tokens if are_all => {}
            _ if detail == Detail::Least => {}
            unit => figures.push(Figure::Charged(unit)),
        }
    }
    if has_kinds {
        let used = kinds.into_iter().filter(|kind| is_used(kind));
        figures.splice(0..0, used);
    }
    let money = [
        Figure::Charged(Unit::Usd),
        Figure::Unknown,
        Figure::Notional,
    ];
    let has_money = money.iter().any(is_used);
    // How much of it is unknown or notional is said below the table, too.
    let money = money
        .into_iter()
        .take(if detail == Detail::Least { 1 } else { 3 });
    let money = money.filter(|figure| is_used(figure));
    figures.splice(0..0, money);
    if !has_money && (figures.is_empty() || detail == Detail::Least) {
        let first = total.charged.keys().next().cloned().unwrap_or(Unit::Usd);
        figures.insert(0, Figure::Charged(first));
    }
    if detail <= Detail::Tokens {
        figures.push(Figure::Entries);
    }
    figures
}

impl Grid {
    /// The texts. Where a row begins as the one before it, that is left out if asked for.
    pub(super) fn of(view: &View, detail: Detail, leaves_out: bool) -> Self {
        let figures = figures(view, detail);
        let report = &view.report;
        let places: Vec<_> = figures.iter().map(|figure| places(view, figure)).collect();
        let texts = |sums: &Sums| -> Vec<String> {
            let cells = figures.iter().zip(&places);
            cells
                .map(|(figure, places)| cell(figure, sums, *places))
                .collect()
        };
        let mut rows = Vec::new();
        let mut before: Option<&Row> = None;
        for row in &report.rows {
            let same = before
                .filter(|_| leaves_out)
                .map_or(0, |before| shared(before, row));
            let labels = view.by.iter().zip(&row.keys).enumerate();
            let labels = labels.map(|(level, (by, key))| match level {
                _ if level < same => String::new(),
                _ => shown(view, by, key),
            });
            rows.push(labels.chain(texts(&row.sums)).collect());
            before = Some(row);
        }
        let label = |level: usize| if level == 0 { "total" } else { "" };
        let labels = (0..view.by.len()).map(|level| label(level).to_owned());
        let total = labels.chain(texts(&report.total)).collect();
        let columns = view.by.iter().map(|by| words(title(by)));
        let columns = columns.chain(figures.iter().map(|figure| numbers(figure.title())));
        Self {
            columns: columns.collect(),
            rows,
            total,
        }
    }
}

/// How many keys two rows begin with alike; the last key is always its own.
fn shared(before: &Row, row: &Row) -> usize {
    let alike = before.keys.iter().zip(&row.keys);
    let alike = alike.take_while(|(a, b)| a == b).count();
    alike.min(row.keys.len().saturating_sub(1))
}

pub(super) fn shown(view: &View, by: &By, key: &Key) -> String {
    match key {
        Key::Session(Some(id)) => id.short(),
        Key::Name(None) | Key::Session(None) => "(none)".to_owned(),
        _ => line(&view.label(by, key)).into_owned(),
    }
}

/// Two decimals, unless something is less than a dollar and needs more.
fn places(view: &View, figure: &Figure) -> u32 {
    let rows = view.report.rows.iter().map(|row| &row.sums);
    let is_small =
        |atoms: i128| atoms != 0 && atoms.unsigned_abs() < 100_000_000 && atoms % 1_000_000 != 0;
    let small = figure.is_money() && rows.map(|sums| figure.of(sums)).any(is_small);
    if small { 4 } else { 2 }
}

/// What is nothing is left empty, unless it is what was spent.
fn cell(figure: &Figure, sums: &Sums, places: u32) -> String {
    let atoms = figure.of(sums);
    if atoms == 0 && *figure != Figure::Charged(Unit::Usd) {
        String::new()
    } else if figure.is_money() {
        dollars(atoms, places)
    } else {
        amount(atoms, &figure.unit())
    }
}

fn title(by: &By) -> &'static str {
    match by {
        By::Hour => "HOUR",
        By::Day => "DAY",
        By::Week => "WEEK OF",
        By::Month => "MONTH",
        By::Year => "YEAR",
        By::Budget => "BUDGET",
        By::Model => "MODEL",
        By::Provider => "PROVIDER",
        By::Agent => "AGENT",
        By::Project => "PROJECT",
        By::Session => "SESSION",
        By::Tag(_) => "TAG",
    }
}
