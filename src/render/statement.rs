//! `budget statement` for people: one window after the other, each with what it opened with, what
//! moved it and what it came to. For spreadsheets the same is in `sheet`.

mod sheet;

use super::human::{exact, local, quantity, signed};
use super::sanitize::line as sanitized;
use super::style::Styles;
use super::table::{Column, Paged, columns_of, numbers, table, words, wrapped};
use super::wire::period;
use crate::ledger::calendar::Zone;
use crate::ledger::entry::{EntryKind, Seq};
use crate::ledger::limit::Position;
use crate::ledger::rules::statement::{Line, Statement, Totals};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::{StatementPiece, Statements, Uncounted, UncountedLine, WindowStatement};

pub use sheet::Sheet;

/// How many columns stay together where a table is too wide.
const HEAD: usize = 4;

/// A way to show statements piece by piece, so that a long one is never held whole.
pub trait Form {
    /// What comes before all of them.
    fn begins(&mut self, about: &Statements) -> String;
    /// The next part of a window.
    fn window(&mut self, about: &Statements, piece: &StatementPiece) -> String;
    /// The next part of what no limit counts.
    fn uncounted(&mut self, about: &Statements, piece: &Uncounted) -> String;
    /// What comes after all of them.
    fn ends(&mut self) -> String;
}

const MOVED: [Column; 5] = [
    words("WHEN"),
    numbers("#"),
    numbers("AMOUNT"),
    numbers("LEFT"),
    words("WHAT"),
];

const CHARGED: [Column; 5] = [
    words("WHEN"),
    numbers("#"),
    numbers("CHARGED"),
    numbers("TOTAL"),
    words("WHAT"),
];

/// Statements for people.
pub struct Tables<'a> {
    styles: &'a Styles,
    width: Option<usize>,
    table: Option<Paged<'static>>,
}

impl<'a> Tables<'a> {
    /// The view, in so many columns if a person reads it.
    pub fn new(styles: &'a Styles, width: Option<usize>) -> Self {
        Self {
            styles,
            width,
            table: None,
        }
    }

    fn fit(&self, text: &str) -> String {
        wrapped(text, self.width.unwrap_or(usize::MAX), 2)
    }

    /// A blank line between it and the table before; its own, up to an entry, is to come.
    fn open(&mut self, columns: &'static [Column], last: Seq) -> Vec<String> {
        let numbers = columns_of(&last.0.to_string());
        let table = Paged::new(columns, self.width, HEAD).at_least(vec![0, numbers]);
        let before = self.table.replace(table);
        before.map(|_| String::new()).into_iter().collect()
    }

    fn rows(&mut self, rows: &[Vec<String>]) -> Option<String> {
        let table = self.table.as_mut().filter(|_| !rows.is_empty());
        table.map(|table| table.page(rows))
    }
}

impl Form for Tables<'_> {
    fn begins(&mut self, _: &Statements) -> String {
        String::new()
    }

    fn window(&mut self, about: &Statements, piece: &StatementPiece) -> String {
        let (window, unit) = (&piece.window, &piece.window.position.key.unit);
        let mut parts = Vec::new();
        if piece.begins {
            parts = self.open(&MOVED, piece.last);
            let limit = quantity(window.position.figures.limit.atoms(), unit);
            let each = period(window.position.key.period).map(|period| format!("/{period}"));
            let heading = format!("{}  {limit}{}", about.budget.name, each.unwrap_or_default());
            parts.push(self.styles.name.paint(&self.fit(&heading)));
            parts.push(self.fit(&stretch(about, window)));
            if !window.statement.limit_is_told {
                parts.push(self.fit(UNTOLD));
            }
        }
        parts.extend(self.rows(&rows(piece, about)));
        if piece.ends {
            parts.push(String::new());
            parts.push(sums(&window.statement, unit));
            let (painted, said) = verdict(window, self.styles);
            parts.push(painted.paint(&self.fit(&said)));
        }
        lines(&parts)
    }

    fn uncounted(&mut self, about: &Statements, piece: &Uncounted) -> String {
        let (zone, unit) = (about.budget.zone, &piece.unit);
        let mut parts = Vec::new();
        if piece.begins {
            parts = self.open(&CHARGED, piece.last);
            let name = &about.budget.name;
            let heading = format!("{name}  {unit}, which no limit of it counts");
            parts.push(self.styles.name.paint(&self.fit(&heading)));
            parts.push(self.fit(&format!("times in {zone}")));
        }
        let rows: Vec<_> = piece.lines.iter().map(|l| charged(l, unit, zone)).collect();
        parts.extend(self.rows(&rows));
        lines(&parts)
    }

    fn ends(&mut self) -> String {
        String::new()
    }
}

const UNTOLD: &str =
    "the journal does not tell how the limit came to its amount here: it is taken as it is";

fn lines(parts: &[String]) -> String {
    parts
        .iter()
        .flat_map(|part| [part.as_str(), "\n"])
        .collect()
}

/// What was charged of a unit that no limit counts.
fn charged(line: &UncountedLine, unit: &Unit, zone: Zone) -> Vec<String> {
    let text = |text: &Option<String>| text.as_deref().map(|text| sanitized(text).into_owned());
    let unknown = line.unknown.then(|| "unknown".to_owned());
    let facts = [unknown, text(&line.agent), text(&line.model)];
    vec![
        minute(line.effective_at, zone),
        line.seq.map_or("-".to_owned(), |seq| seq.0.to_string()),
        exact(line.atoms.atoms(), unit),
        exact(line.total, unit),
        facts.into_iter().flatten().collect::<Vec<_>>().join(", "),
    ]
}

/// From when to when it runs, which part of that is shown, and in which zone.
fn stretch(found: &Statements, window: &WindowStatement) -> String {
    let zone = found.budget.zone;
    let bounds = &window.position.bounds;
    let minute = |at: Timestamp| minute(at, zone);
    let whole = match (window.position.window, bounds.end) {
        _ if day(window, zone).is_some() => day(window, zone).unwrap_or_default(),
        (None, None) => "nothing has counted against it yet".to_owned(),
        (_, None) => format!("from {}, without an end", minute(bounds.start)),
        (_, Some(end)) => format!("{} to {}", minute(bounds.start), minute(end)),
    };
    let since = found.part.since.filter(|since| *since > bounds.start);
    let until = window.statement.available.is_none();
    let until = found.part.until.filter(|_| until);
    let since = since.map(|at| format!(", shown from {}", minute(at)));
    let until = until.map(|at| format!(", shown up to {}", minute(at)));
    let (since, until) = (since.unwrap_or_default(), until.unwrap_or_default());
    format!("{whole} ({zone}){since}{until}")
}

/// The day that a window lies in, where it is no longer.
fn day(window: &WindowStatement, zone: Zone) -> Option<String> {
    let date = |at: Timestamp| local(at, &zone).get(..10).map(str::to_owned);
    let bounds = &window.position.bounds;
    let last = bounds.end?.checked_add_micros(-1)?;
    let hours = bounds.end?.as_micros() - bounds.start.as_micros();
    let is_day = date(bounds.start) == date(last) && hours >= 20 * 3_600_000_000;
    date(last).filter(|_| is_day)
}

fn minute(at: Timestamp, zone: Zone) -> String {
    let shown = local(at, &zone);
    shown.get(..16).unwrap_or(&shown).to_owned()
}

fn rows(piece: &StatementPiece, found: &Statements) -> Vec<Vec<String>> {
    let (window, zone) = (&piece.window, found.budget.zone);
    let (position, statement) = (&window.position, &window.statement);
    let unit = &position.key.unit;
    let left = |atoms: i64| exact(atoms, unit);
    let day = day(window, zone);
    // Within one day the time says it all.
    let when = |at: Timestamp| {
        let shown = local(at, &zone);
        let time = day.as_deref().and_then(|day| shown.strip_prefix(day));
        time.map_or_else(|| minute(at, zone), |time| time.trim_start().to_owned())
    };
    let start = position.bounds.start;
    let since = found.part.since.filter(|since| *since > start);
    let opening = match since {
        Some(_) => "opening balance",
        None => "opening balance: the limit",
    };
    let begins = if position.window.is_none() && position.bounds.end.is_none() {
        String::new()
    } else {
        when(since.unwrap_or(start))
    };
    let opening = piece.begins.then(|| {
        vec![
            begins,
            String::new(),
            String::new(),
            left(statement.opening.atoms()),
            opening.to_owned(),
        ]
    });
    let lines = statement.lines.iter().map(|line| {
        vec![
            when(line.moved.at),
            line.moved
                .seq
                .map_or("-".to_owned(), |seq| seq.0.to_string()),
            signed(line.amount.atoms(), unit),
            left(line.balance.atoms()),
            what(line, unit, zone),
        ]
    });
    opening.into_iter().chain(lines).collect()
}

/// What happened, and what it was about.
fn what(shown: &Line, unit: &Unit, zone: Zone) -> String {
    let about = &shown.moved.about;
    let happened = happened(shown, unit);
    let corrects = about.of.map(|of| format!("of entry {}", of.0));
    let reservation = about.reservation.map(|id| id.short());
    let unknown = about.unknown.then(|| "unknown".to_owned());
    let as_of = about
        .imported
        .then(|| format!("as of {}", minute(shown.moved.effective_at, zone)));
    let text = |text: &Option<String>| text.as_deref().map(|text| sanitized(text).into_owned());
    let facts = [
        Some(happened),
        corrects,
        unknown,
        as_of,
        text(&about.program),
        text(&about.model),
        text(&about.note),
        reservation,
    ];
    facts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn happened(line: &Line, unit: &Unit) -> String {
    let movement = &line.moved.movement;
    if let Some((before, after)) = line.limit {
        let [before, after] = [before, after].map(|limit| quantity(limit.atoms(), unit));
        return format!("limit set from {before} to {after}");
    }
    let charged = movement.spent.saturating_add(movement.debt);
    let settled = settled(
        charged,
        movement.reserved.saturating_neg(),
        movement.debt,
        unit,
    );
    match line.moved.kind {
        None => format!("over, and not written yet: {settled}"),
        Some(EntryKind::Reserved) => "reserved".to_owned(),
        Some(EntryKind::Granted) if movement.granted < 0 => "debited".to_owned(),
        Some(EntryKind::Granted) => "granted".to_owned(),
        Some(EntryKind::Reset) => "reset".to_owned(),
        Some(EntryKind::Repaid) => "debt paid back".to_owned(),
        Some(EntryKind::Set) => set(charged, movement.reserved).to_owned(),
        Some(EntryKind::Expired) => format!("expired: {settled}"),
        Some(EntryKind::Corrected) => format!("corrected: {settled}"),
        Some(EntryKind::Repriced) => format!("repriced: {settled}"),
        Some(EntryKind::Refunded) => "refunded".to_owned(),
        Some(EntryKind::Released) if charged == 0 => "released".to_owned(),
        Some(_) => settled,
    }
}

/// What came with a limit that was set, or went with one that was removed.
fn set(charged: i64, reserved: i64) -> &'static str {
    match (charged, reserved) {
        (_, ..0) => "no more reserved of: this limit was removed",
        (0, _) => "reserved before this limit was there",
        (_, 0) => "charged before this limit was there",
        _ => "charged and reserved before this limit was there",
    }
}

/// What a settlement charged, and what it gave back of what was reserved.
fn settled(charged: i64, held: i64, debt: i64, unit: &Unit) -> String {
    let say = |atoms: i64| quantity(atoms, unit);
    let said = match (charged, held) {
        (0, 1..) => "nothing charged, the reservation came back".to_owned(),
        (0, _) => "nothing charged".to_owned(),
        (1.., 1..) if charged == held => format!("charged all of {} reserved", say(held)),
        (1.., 1..) if charged < held => {
            format!("charged {} of {} reserved", say(charged), say(held))
        }
        (1.., 1..) => format!(
            "charged {}, more than the {} reserved",
            say(charged),
            say(held)
        ),
        (1.., _) => "charged".to_owned(),
        _ => "given back".to_owned(),
    };
    match debt {
        1.. if debt == charged => format!("{said}, beyond the limit"),
        1.. => format!("{said}, {} of it beyond the limit", say(debt)),
        _ => said,
    }
}

/// The totals by kind, those that moved anything.
fn sums(statement: &Statement, unit: &Unit) -> String {
    let kinds = kinds(&statement.totals);
    let moved = kinds.iter().filter(|(_, atoms)| *atoms != 0);
    let mut rows = vec![vec![
        "opening balance".to_owned(),
        exact(statement.opening.atoms(), unit),
    ]];
    rows.extend(moved.map(|(name, atoms)| vec![(*name).to_owned(), signed(*atoms, unit)]));
    rows.push(vec![
        "closing balance".to_owned(),
        exact(statement.closing.atoms(), unit),
    ]);
    let shown = table(&[words(""), numbers("")], &rows);
    // The line of the headings, which has none.
    shown
        .split_once('\n')
        .map_or(shown.clone(), |(_, rows)| rows.to_owned())
}

fn kinds(totals: &Totals) -> [(&'static str, i128); 8] {
    [
        ("limit changed", totals.limit),
        ("granted", totals.granted),
        ("charged before it was there", totals.seeded),
        ("charged", totals.charged),
        ("given back", totals.refunded),
        ("reset", totals.reset),
        ("debt paid back", totals.repaid),
        ("reserved", totals.reserved),
    ]
}

/// Whether it adds up, and to what.
fn verdict(window: &WindowStatement, styles: &Styles) -> (super::style::Style, String) {
    let Position { key, figures, .. } = &window.position;
    let say = |atoms: i64| quantity(atoms, &key.unit);
    let statement = &window.statement;
    let closing = statement.closing.atoms();
    let overdrawn = if closing < 0 { ", overdrawn" } else { "" };
    match statement.available {
        Some(available) if !statement.adds_up() => (
            styles.over,
            format!(
                "it does not add up: the window itself has {} left; see `budget verify`",
                say(available.atoms())
            ),
        ),
        Some(_) if window.is_current => {
            let held = figures.reserved.atoms();
            let held = match held {
                0 => String::new(),
                held => format!(", {} reserved by what is open", say(held)),
            };
            let style = if closing < 0 {
                styles.over
            } else {
                styles.hint
            };
            (
                style,
                format!("as `budget status` shows it{overdrawn}{held}"),
            )
        }
        Some(_) => (
            styles.hint,
            format!("what the window ended with{overdrawn}"),
        ),
        None => (styles.hint, format!("what was left then{overdrawn}")),
    }
}
