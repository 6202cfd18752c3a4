//! A report in a terminal: as much as fits, the widest first, with a bar for each row's share.

use super::View;
use super::grid::{Detail, Figure, Grid, figures};
use crate::ledger::rules::report::Sums;
use crate::ledger::unit::Unit;
use crate::render::human::{amount, quantity};
use crate::render::style::Styles;
use crate::render::table::{table as drawn, widest, words};

/// The width of a bar, in characters.
const BAR: usize = 10;
/// The shortest name that is still one.
const SHORTEST: usize = 8;

/// The whole view, in so many columns if it can be.
pub fn table(view: &View, styles: &Styles, width: usize) -> String {
    if view.report.rows.is_empty() {
        return String::new();
    }
    let variants = [
        (Detail::Kinds, true),
        (Detail::Tokens, true),
        (Detail::Tokens, false),
        (Detail::Amounts, false),
        (Detail::Least, false),
    ];
    let mut text = String::new();
    for (detail, has_bars) in variants {
        text = draw(view, detail, has_bars, usize::MAX);
        if widest(&text) <= width {
            break;
        }
    }
    let excess = widest(&text).saturating_sub(width);
    if excess > 0 {
        text = draw(view, Detail::Least, false, excess);
    }
    let mut text = paint(&text, styles);
    for remark in remarks(view) {
        text.push_str(&format!("\n{}", styles.hint.paint(&remark)));
    }
    text
}

/// The table in so much detail; names are shortened where it is wider than it may be.
fn draw(view: &View, detail: Detail, has_bars: bool, excess: usize) -> String {
    let mut grid = Grid::of(view, detail, true);
    if excess < usize::MAX {
        shorten(&mut grid, view.by.len(), excess);
    }
    if has_bars {
        let figure = shared_figure(view);
        let all = figure.of(&view.report.total);
        let most = view
            .report
            .rows
            .iter()
            .map(|row| figure.of(&row.sums))
            .max();
        grid.columns.push(words("SHARE"));
        for (cells, row) in grid.rows.iter_mut().zip(&view.report.rows) {
            cells.push(share(figure.of(&row.sums), all, most.unwrap_or_default()));
        }
        grid.total.push(String::new());
    }
    grid.rows.push(grid.total);
    drawn(&grid.columns, &grid.rows)
}

/// What shares are shares of: money, where there is any.
pub(super) fn shared_figure(view: &View) -> Figure {
    let found = figures(view, Detail::Amounts).into_iter().next();
    found.unwrap_or(Figure::Charged(Unit::Usd))
}

/// The share of all in percent, with a bar that is full for the largest.
fn share(part: i128, all: i128, most: i128) -> String {
    if all <= 0 || part < 0 {
        return String::new();
    }
    let percent = (part * 200 + all) / (all * 2);
    let filled = i128::try_from(BAR).unwrap_or_default() * part / most.max(1);
    let filled = usize::try_from(filled).unwrap_or_default().min(BAR);
    format!(
        "{}{} {percent:>3}%",
        "█".repeat(filled),
        "░".repeat(BAR - filled)
    )
}

/// Takes as much as can be out of the middle of names.
fn shorten(grid: &mut Grid, keys: usize, excess: usize) {
    let longest = |grid: &Grid, column: usize| {
        let cells = grid.rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| widest(cell)).max().unwrap_or_default()
    };
    let mut left = excess;
    for column in (0..keys).rev() {
        let long = longest(grid, column);
        let room = long.saturating_sub(left).max(SHORTEST);
        left = left.saturating_sub(long.saturating_sub(room));
        for cell in grid.rows.iter_mut().filter_map(|row| row.get_mut(column)) {
            *cell = crate::render::table::shortened(cell, room);
        }
    }
}

fn paint(text: &str, styles: &Styles) -> String {
    if *styles == Styles::default() {
        return text.to_owned();
    }
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    if let Some(heading) = lines.first_mut() {
        *heading = styles.hint.paint(heading);
    }
    if let Some(total) = lines.last_mut() {
        *total = styles.name.paint(total);
    }
    lines.join("\n")
}

/// What a reader has to know of the figures.
fn remarks(view: &View) -> Vec<String> {
    let sums: &Sums = &view.report.total;
    let mut remarks = Vec::new();
    for (unit, atoms) in &sums.unknown {
        let part = if *unit == Unit::Usd {
            ", part of SPENT"
        } else {
            ""
        };
        remarks.push(format!("{} unknown{part}", quantity(*atoms, unit)));
    }
    if sums.notional != 0 {
        let notional = amount(sums.notional, &Unit::Usd);
        remarks.push(format!("{notional} notional, not in SPENT"));
    }
    remarks
}
