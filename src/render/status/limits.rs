//! The limits of `status` as a table, where there is room for one. Where a terminal is narrow the
//! words of the pace give way first, then the length of bars; then each budget gets a line of its own
//! above its limits, then bars go, the pace, and the middle of names. Amounts and resets stay.

use super::super::style::Styles;
use super::super::table::{Column, natural_width, numbers, table, words};
use super::cards::cards;
use super::rows::{BAR, Row, Words, debt, left, of_it_debt, paint, reserved, rows, spent};
use crate::ledger::limit::Position;
use crate::ledger::verbs::Overview;

/// The width below which a bar says nothing.
const SHORTEST_BAR: usize = 5;
/// The width below which a name says nothing.
const SHORTEST_NAME: usize = 14;

/// How much of a row there is room for.
#[derive(Clone, Copy)]
struct Form {
    layout: Layout,
    words: Words,
    bar: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Budgets in a column, so wide.
    Column(usize),
    /// Budgets in lines of their own.
    Lines,
}

/// The table, or the lines.
pub(super) fn limits(overview: &Overview, styles: &Styles, width: usize) -> String {
    let rows = rows(overview);
    let found = FORMS
        .into_iter()
        .find_map(|form| fitting(&rows, form, width));
    match found {
        Some(form) => drawn(&rows, form, styles, width),
        None => cards(&rows, styles, width),
    }
}

const WHOLE: Layout = Layout::Column(usize::MAX);
const SHORTENED: Layout = Layout::Column(SHORTEST_NAME);

/// What is tried, in this order.
const FORMS: [Form; 13] = [
    form(WHOLE, Words::Long, BAR),
    form(WHOLE, Words::Short, BAR),
    form(WHOLE, Words::Brief, BAR),
    form(Layout::Lines, Words::Short, BAR),
    form(Layout::Lines, Words::Brief, BAR),
    form(WHOLE, Words::Brief, 0),
    form(Layout::Lines, Words::Brief, 0),
    form(WHOLE, Words::None, BAR),
    form(Layout::Lines, Words::None, BAR),
    form(WHOLE, Words::None, 0),
    form(SHORTENED, Words::Brief, 0),
    form(SHORTENED, Words::None, 0),
    form(Layout::Lines, Words::None, 0),
];

const fn form(layout: Layout, words: Words, bar: usize) -> Form {
    Form { layout, words, bar }
}

/// The form in so many columns: with bars as long and names as wide as there is room for.
fn fitting(rows: &[Row<'_>], form: Form, width: usize) -> Option<Form> {
    let (columns, cells) = cells(rows, form);
    let natural = natural_width(&columns, &cells);
    let excess = natural.saturating_sub(width);
    if excess == 0 {
        let layout = match form.layout {
            Layout::Column(name) => Layout::Column(name.saturating_add(width - natural)),
            Layout::Lines => Layout::Lines,
        };
        return Some(Form { layout, ..form });
    }
    let bar = form.bar.checked_sub(excess)?;
    (bar >= SHORTEST_BAR).then_some(Form { bar, ..form })
}

type Cell<'a> = Box<dyn Fn(&Row<'_>) -> String + 'a>;

/// The columns that say something of any row, and what they say.
fn cells(rows: &[Row<'_>], form: Form) -> (Vec<Column>, Vec<Vec<String>>) {
    let rows: Vec<_> = rows.iter().filter(|row| form.has(row)).collect();
    let positions = || rows.iter().filter_map(|row| row.position);
    let any = |pick: fn(&Position) -> i64| positions().map(pick).any(|atoms| atoms != 0);
    let limits = positions().next().is_some();
    let resets = rows.iter().any(|row| row.ends.is_some());
    let pace = form.words != Words::None && rows.iter().any(|row| row.pace.is_some());
    let (resets_title, pace_title) = match form.words {
        Words::Long => ("RESETS IN", "PACE"),
        Words::Short => ("RESETS IN", "RUNS OUT"),
        Words::Brief | Words::None => ("RESETS", "RUNS OUT"),
    };
    let figure = |pick: fn(&Position) -> i64| -> Cell<'_> { Box::new(move |row| row.figure(pick)) };
    let all: [(bool, Column, Cell<'_>); 9] = [
        (
            form.layout != Layout::Lines,
            words("BUDGET"),
            Box::new(|row| form.name(row)),
        ),
        (true, words("LIMIT"), Box::new(|row| form.limit(row))),
        (limits, numbers("SPENT"), figure(spent)),
        // A part of what was spent, and not another figure to take off the limit.
        (any(debt), numbers("OF IT DEBT"), Box::new(of_it_debt)),
        (any(reserved), numbers("RESERVED"), figure(reserved)),
        (limits, numbers("LEFT"), figure(left)),
        (limits, words("USED"), Box::new(|row| row.used(form.bar))),
        (
            resets,
            words(resets_title),
            Box::new(|row| row.resets(form.words)),
        ),
        (
            pace,
            words(pace_title),
            Box::new(|row| row.pace(form.words)),
        ),
    ];
    let shown: Vec<_> = all.into_iter().filter(|(shown, ..)| *shown).collect();
    let columns = shown.iter().map(|(_, column, _)| *column).collect();
    let of = |row: &&Row<'_>| shown.iter().map(|(.., cell)| cell(row)).collect();
    (columns, rows.iter().map(of).collect())
}

impl Form {
    /// Whether a row is in the table.
    fn has(self, row: &Row<'_>) -> bool {
        self.layout != Layout::Lines || row.position.is_some()
    }

    fn name(self, row: &Row<'_>) -> String {
        let width = match self.layout {
            Layout::Column(width) => width,
            Layout::Lines => 0,
        };
        let name = row.name.as_ref();
        name.map(|name| name.within(2 * row.depth, width))
            .unwrap_or_default()
    }

    fn limit(self, row: &Row<'_>) -> String {
        match self.layout {
            Layout::Column(_) => row.limit.clone(),
            Layout::Lines => format!("{}{}", " ".repeat(2 * row.depth + 2), row.limit),
        }
    }
}

/// The table, with colours for what is used and what runs out; the words there say the same.
fn drawn(rows: &[Row<'_>], form: Form, styles: &Styles, width: usize) -> String {
    let (columns, cells) = cells(rows, form);
    let table = table(&columns, &cells);
    let mut lines = table.lines();
    let mut drawn: Vec<_> = lines
        .next()
        .map(|heading| styles.hint.paint(heading))
        .into_iter()
        .collect();
    for row in rows {
        if let (Layout::Lines, Some(name)) = (form.layout, &row.name) {
            let state = if row.position.is_none() {
                " (no limit)"
            } else {
                ""
            };
            let room = width.saturating_sub(state.len());
            drawn.push(format!("{}{state}", name.within(2 * row.depth, room)));
        }
        if !form.has(row) {
            continue;
        }
        if let Some(line) = lines.next() {
            let line = paint(line, row.used(form.bar).trim(), row.style(styles));
            let pace = if row.runs_out() {
                row.pace(form.words)
            } else {
                String::new()
            };
            drawn.push(paint(&line, &pace, &styles.near));
        }
    }
    drawn.join("\n")
}
