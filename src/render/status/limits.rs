//! The limits of `status` as a table, where there is room for one. Where a terminal is narrow the words of the pace give way first, then the
//! bars, the pace, names and the resets; the amounts never do.

use super::super::style::Styles;
use super::super::table::{Column, natural_width, numbers, table, words};
use super::cards::cards;
use super::rows::{BAR, Row, Words, debt, left, paint, reserved, rows, spent};
use crate::ledger::limit::Position;
use crate::ledger::verbs::Overview;

/// The width below which a bar says nothing.
const SHORTEST_BAR: usize = 5;
/// The width below which a name says nothing.
const SHORTEST_NAME: usize = 14;

/// How much of a row there is room for.
#[derive(Clone, Copy)]
struct Form {
    bar: usize,
    pace: Words,
    resets: bool,
    name: usize,
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
    let is_bar = bar >= SHORTEST_BAR && form.name == usize::MAX;
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
    let has_debt = any(debt);
    let has_reserved = any(reserved);
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
        (has_debt, numbers("DEBT"), Box::new(figure(debt))),
        (
            has_reserved,
            numbers("RESERVED"),
            Box::new(figure(reserved)),
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
