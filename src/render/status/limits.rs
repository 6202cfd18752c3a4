//! The limits of `status`, in the order of the tree: a table where there is room for one, else a few
//! lines for each limit. Where a terminal is narrow the words of the pace give way first, then the
//! bars, the pace, names and the resets; the amounts never do.

use super::super::fit::wrapped;
use super::super::human::{amount, quantity, until};
use super::super::style::{Style, Styles};
use super::super::table::{
    Column, GAP, columns_of, natural_width, numbers, shortened, table, words,
};
use super::{bar_of, used};
use crate::ledger::budget::{BudgetState, Standing};
use crate::ledger::calendar::Period;
use crate::ledger::limit::Position;
use crate::ledger::name::BudgetName;
use crate::ledger::rules::pace::Pace;
use crate::ledger::verbs::Overview;

/// The width of a bar, in characters, where there is room for it.
const BAR: usize = 10;
/// The width below which a bar says nothing.
const SHORTEST_BAR: usize = 4;
/// The width below which a name says nothing.
const SHORTEST_NAME: usize = 14;
/// The least of a name that is shown, however far in it begins.
const LEAST_OF_NAME: usize = 6;
/// How far in names go; what lies deeper begins there, too.
const DEEPEST: usize = 8;
/// The share of a limit, in percent, from which on little is left.
const NEAR: i64 = 80;

/// A limit, and what a row says of it.
struct Row<'a> {
    /// How many of the budgets above it are shown.
    depth: usize,
    /// In the first row of a budget.
    name: Option<Name>,
    position: Option<&'a Position>,
    limit: String,
    used: Used,
    resets: String,
    pace: Option<Pace>,
    overview: &'a Overview,
}

/// A budget as it is shown.
struct Name {
    /// What differs from the budget that it is shown under.
    text: String,
    state: &'static str,
}

/// How much is taken, in words.
#[derive(Default)]
struct Used {
    percent: String,
    word: &'static str,
}

/// How much of a row there is room for.
#[derive(Clone, Copy)]
struct Form {
    bar: usize,
    pace: Words,
    resets: bool,
    name: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    Long,
    Short,
    None,
}

/// The table, or the lines.
pub(super) fn limits(overview: &Overview, styles: &Styles, width: usize) -> String {
    let rows = rows(overview);
    let form = forms().find_map(|form| fitting(&rows, form, width));
    match form {
        Some(form) => {
            let (columns, cells) = cells(&rows, form);
            painted(&table(&columns, &cells), &rows, form, styles)
        }
        None => cards(&rows, styles, width),
    }
}

fn rows(overview: &Overview) -> Vec<Row<'_>> {
    let mut standings: Vec<_> = overview.standings.iter().collect();
    // By segments: by bytes `a-b` would come between `a` and `a/b`.
    standings.sort_by_cached_key(|s| s.budget.name.as_str().replace('/', "\u{1}"));
    let mut above: Vec<&BudgetName> = Vec::new();
    let mut rows = Vec::new();
    for standing in standings {
        let name = &standing.budget.name;
        while above.last().is_some_and(|last| !name.is_within(last)) {
            above.pop();
        }
        let shown = Name::of(standing, above.last().copied());
        let positions = standing.positions.iter().map(Some);
        let none = standing.positions.is_empty().then_some(None);
        let of = |position| Row::of(position, standing, above.len(), overview);
        let first = rows.len();
        rows.extend(positions.chain(none).map(of));
        if let Some(row) = rows.get_mut(first) {
            row.name = Some(shown);
        }
        above.push(name);
    }
    rows
}

impl Name {
    fn of(standing: &Standing, above: Option<&BudgetName>) -> Self {
        let name = standing.budget.name.as_str();
        let own = above.and_then(|above| name.strip_prefix(above.as_str())?.strip_prefix('/'));
        Self {
            text: own.unwrap_or(name).to_owned(),
            state: match standing.budget.state {
                BudgetState::Active => "",
                BudgetState::Frozen => " (frozen)",
                BudgetState::Closed => " (closed)",
            },
        }
    }

    /// The name so far in and in at most so many columns; what is said beside it stays.
    fn within(&self, indent: usize, width: usize) -> String {
        let room = width.saturating_sub(indent + self.state.len());
        let text = shortened(&self.text, room.max(LEAST_OF_NAME));
        format!("{}{text}{}", " ".repeat(indent), self.state)
    }
}

impl<'a> Row<'a> {
    fn of(
        position: Option<&'a Position>,
        standing: &Standing,
        depth: usize,
        overview: &'a Overview,
    ) -> Self {
        let end = position.and_then(|position| position.bounds.end.filter(|_| begun(position)));
        Self {
            depth: depth.min(DEEPEST),
            name: None,
            position,
            limit: position.map_or_else(|| "no limit".to_owned(), limit),
            used: position.map(Used::of).unwrap_or_default(),
            resets: end.map(|end| until(end, overview.at)).unwrap_or_default(),
            pace: position.and_then(|position| overview.pace(standing, position)),
            overview,
        }
    }

    fn figure(&self, pick: impl Fn(&Position) -> i64) -> String {
        self.position
            .map(|position| amount(pick(position), &position.key.unit))
            .unwrap_or_default()
    }

    fn used(&self, bar: usize) -> String {
        let Some(position) = self.position else {
            return String::new();
        };
        match (&self.used, bar) {
            (Used { percent, word }, 0) => format!("{percent:>4} {word}"),
            (Used { percent, .. }, BAR) if percent.is_empty() => "nothing allowed".to_owned(),
            (Used { percent, word }, bar) => {
                format!("{} {percent:>4} {word}", bar_of(position, bar))
            }
        }
    }

    fn pace(&self, words: Words) -> String {
        let (Some(pace), Some(position)) = (&self.pace, self.position) else {
            return String::new();
        };
        let out = pace.runs_out.map(|out| until(out, self.overview.at));
        let capacity = i128::from(position.figures.capacity().atoms());
        let share = pace.at_end.and_then(|end| {
            let share = i128::from(end.atoms()).checked_mul(100)?;
            share.checked_add(capacity - 1)?.checked_div(capacity)
        });
        match (words, out, share) {
            (Words::None, ..) => String::new(),
            (Words::Long, Some(out), _) => format!("runs out in {out}"),
            (Words::Short, Some(out), _) => format!("in {out}"),
            (Words::Long, None, Some(share)) => format!("lasts, {share}% at the end"),
            (Words::Long, None, None) => "lasts".to_owned(),
            (Words::Short, None, _) => "no".to_owned(),
        }
    }

    fn runs_out(&self) -> bool {
        self.pace.is_some_and(|pace| pace.runs_out.is_some())
    }

    fn style<'s>(&self, styles: &'s Styles) -> &'s Style {
        match self.used.word {
            "ok" => &styles.ok,
            "near" => &styles.near,
            _ => &styles.over,
        }
    }
}

/// Whether the window runs already: a length of time begins with the first charge.
fn begun(position: &Position) -> bool {
    position.window.is_some() || !matches!(position.key.period, Period::Span { .. })
}

/// A limit with what was granted on top of it: `$5.00 +$2.00/day`.
fn limit(position: &Position) -> String {
    let (figures, unit) = (&position.figures, &position.key.unit);
    let granted = figures.granted.atoms();
    let sign = if granted < 0 { "-" } else { "+" };
    let mut text = quantity(figures.limit.atoms(), unit);
    if granted != 0 {
        text.push_str(&format!(
            " {sign}{}",
            amount(granted.saturating_abs(), unit)
        ));
    }
    if let Some((_, period)) = position.key.to_string().split_once('/') {
        text.push_str(&format!("/{period}"));
    }
    text
}

impl Used {
    fn of(position: &Position) -> Self {
        let figures = &position.figures;
        let percent = used(position);
        let word = match percent {
            _ if figures.over || figures.available().atoms() < 0 => "over",
            None => "none",
            Some(_) if figures.available().atoms() == 0 => "full",
            Some(percent) if percent >= NEAR => "near",
            Some(_) => "ok",
        };
        let percent = match percent {
            Some(percent) if percent > 999 => ">999%".to_owned(),
            Some(percent) => format!("{percent}%"),
            None => String::new(),
        };
        Self { percent, word }
    }
}

/// What is tried, in this order.
fn forms() -> impl Iterator<Item = Form> {
    let form = |pace, bar, resets, name| Form {
        bar,
        pace,
        resets,
        name,
    };
    let usual = |name| {
        [
            form(Words::Long, BAR, true, name),
            form(Words::Short, BAR, true, name),
            form(Words::Short, 0, true, name),
            form(Words::None, BAR, true, name),
            form(Words::None, 0, true, name),
        ]
    };
    let whole = usize::MAX;
    let shortened = usual(SHORTEST_NAME).into_iter();
    let least = [whole, SHORTEST_NAME].map(|name| form(Words::None, 0, false, name));
    usual(whole).into_iter().chain(shortened).chain(least)
}

/// The form in so many columns: with bars as long and names as wide as there is room for.
fn fitting(rows: &[Row<'_>], form: Form, width: usize) -> Option<Form> {
    let (columns, cells) = cells(rows, form);
    let natural = natural_width(&columns, &cells);
    let excess = natural.saturating_sub(width);
    if excess == 0 {
        let spare = width - natural;
        let name = form.name.saturating_add(spare);
        return Some(Form { name, ..form });
    }
    let bar = form.bar.checked_sub(excess)?;
    let is_bar = bar >= SHORTEST_BAR && form.name == usize::MAX && form.pace != Words::Long;
    is_bar.then_some(Form { bar, ..form })
}

type Cell<'a> = Box<dyn Fn(&Row<'_>) -> String + 'a>;

/// The columns that say something of any row, and what they say.
fn cells(rows: &[Row<'_>], form: Form) -> (Vec<Column>, Vec<Vec<String>>) {
    let name = |row: &Row<'_>| {
        row.name
            .as_ref()
            .map(|name| name.within(2 * row.depth, form.name))
    };
    let figure = |pick: fn(&Position) -> i64| move |row: &Row<'_>| row.figure(pick);
    let any = |pick: fn(&Position) -> i64| {
        let found = rows.iter().filter_map(|row| row.position);
        found.map(pick).any(|atoms| atoms != 0)
    };
    let debt = any(debt);
    let reserved = any(reserved);
    let limits = rows.iter().any(|row| row.position.is_some());
    let resets = form.resets && rows.iter().any(|row| !row.resets.is_empty());
    let pace = form.pace != Words::None && rows.iter().any(|row| row.pace.is_some());
    let pace_title = match form.pace {
        Words::Short => "RUNS OUT",
        Words::Long | Words::None => "PACE",
    };
    let all: [(bool, Column, Cell<'_>); 9] = [
        (
            true,
            words("BUDGET"),
            Box::new(move |r| name(r).unwrap_or_default()),
        ),
        (true, words("LIMIT"), Box::new(|r| r.limit.clone())),
        (limits, numbers("SPENT"), Box::new(figure(spent))),
        (debt, numbers("DEBT"), Box::new(figure(self::debt))),
        (
            reserved,
            numbers("RESERVED"),
            Box::new(figure(self::reserved)),
        ),
        (limits, numbers("LEFT"), Box::new(figure(left))),
        (limits, words("USED"), Box::new(move |r| r.used(form.bar))),
        (resets, words("RESETS IN"), Box::new(|r| r.resets.clone())),
        (
            pace,
            words(pace_title),
            Box::new(move |r| r.pace(form.pace)),
        ),
    ];
    let shown: Vec<_> = all.into_iter().filter(|(shown, ..)| *shown).collect();
    let columns = shown.iter().map(|(_, column, _)| *column).collect();
    let of = |row| shown.iter().map(|(.., cell)| cell(row)).collect();
    (columns, rows.iter().map(of).collect())
}

fn spent(position: &Position) -> i64 {
    position.figures.spent.atoms()
}

fn debt(position: &Position) -> i64 {
    position.figures.debt.atoms()
}

fn reserved(position: &Position) -> i64 {
    position.figures.reserved.atoms()
}

fn left(position: &Position) -> i64 {
    position.figures.available().atoms()
}

/// Colours what is used and what runs out; the words there say the same.
fn painted(table: &str, rows: &[Row<'_>], form: Form, styles: &Styles) -> String {
    if *styles == Styles::default() {
        return table.to_owned();
    }
    let mut lines = table.lines();
    let heading = lines.next().map(|heading| styles.hint.paint(heading));
    let rows = lines.zip(rows).map(|(line, row)| {
        let line = paint(line, row.used(form.bar).trim(), row.style(styles));
        if row.runs_out() {
            paint(&line, &row.pace(form.pace), &styles.near)
        } else {
            line
        }
    });
    heading
        .into_iter()
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The last place of a piece in a line, in a style.
fn paint(line: &str, piece: &str, style: &Style) -> String {
    match line.rsplit_once(piece).filter(|_| !piece.is_empty()) {
        Some((before, after)) => format!("{before}{}{after}", style.paint(piece)),
        None => line.to_owned(),
    }
}

/// A few lines for each limit, where a table is too wide.
fn cards(rows: &[Row<'_>], styles: &Styles, width: usize) -> String {
    let mut lines = Vec::new();
    for row in rows {
        // Even in a deep tree most of a line is there for the amounts.
        let indent = 2 * row.depth.min(width / 16);
        if let Some(name) = &row.name {
            lines.push(name.within(indent, width));
        }
        lines.push(card(row, styles, width, indent + 2));
    }
    lines.join("\n")
}

fn card(row: &Row<'_>, styles: &Styles, width: usize, indent: usize) -> String {
    let used = |bar| row.used(bar).trim().to_owned();
    let is_wide = indent + columns_of(&row.limit) + GAP + columns_of(&used(BAR)) <= width;
    let used = used(if is_wide { BAR } else { 0 });
    let mut facts = vec![format!("{} spent", row.figure(spent))];
    let mut fact = |pick: fn(&Position) -> i64, word: &str| {
        if row.position.is_some_and(|position| pick(position) != 0) {
            facts.push(format!("{} {word}", row.figure(pick)));
        }
    };
    fact(debt, "debt");
    fact(reserved, "reserved");
    facts.push(format!("{} left", row.figure(left)));
    if !row.resets.is_empty() {
        facts.push(format!("resets in {}", row.resets));
    }
    facts.push(row.pace(Words::Long));
    facts.retain(|fact| !fact.is_empty());
    let head = wrapped(&[row.limit.clone(), used.clone()], width, indent);
    if row.position.is_none() {
        return head;
    }
    let last = facts.len().saturating_sub(1);
    let ends = facts.iter_mut().take(last);
    ends.for_each(|fact| fact.push(','));
    let facts = wrapped(&facts, width, indent + 2);
    format!("{}\n{facts}", paint(&head, &used, row.style(styles)))
}
