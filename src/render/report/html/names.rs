//! What was spent by model, by budget and so on: the names with the most, each with a bar of its
//! length, and what all others come to.

use crate::ledger::rules::report::{Row, Sums};
use crate::render::human::quantity;

use super::escape::escape;
use super::tables::{self, others};
use crate::render::report::View;
use crate::render::report::grid::{Figure, shown};

/// How many names have a bar of their own.
const MOST: usize = 12;
/// How long a bar can be.
const LENGTH: i128 = 1_000;

/// The names of a view, the largest first, and all figures of them.
pub(super) fn ranked(view: &View, figure: &Figure) -> String {
    let Some(by) = view.by.first() else {
        return String::new();
    };
    let rows = &view.report.rows;
    // One name more than that takes no more room than others would.
    let shown_count = if rows.len() == MOST + 1 {
        MOST + 1
    } else {
        MOST
    };
    let (named, rest) = rows.split_at(rows.len().min(shown_count));
    let all = figure.of(&view.report.total);
    let name = |row: &Row| {
        let key = row.keys.first();
        key.map(|key| shown(view, by, key)).unwrap_or_default()
    };
    let mut bars: Vec<_> = named
        .iter()
        .map(|row| (name(row), row.sums.clone()))
        .collect();
    bars.extend(others(rest).map(|sums| (format!("{} others", rest.len()), sums)));
    let most = bars.iter().map(|(_, sums)| figure.of(sums)).max();
    let bars = bars
        .iter()
        .map(|(name, sums)| bar(name, sums, figure, (most.unwrap_or(1), all)));
    let bars: String = bars.collect();
    let title = format!("By {by}");
    format!(
        "<section>\n<h2>{}</h2>\n<ol class=\"ranks\">\n{bars}</ol>\n{}</section>\n",
        escape(&title),
        tables::by_name(view)
    )
}

fn bar(name: &str, sums: &Sums, figure: &Figure, (most, all): (i128, i128)) -> String {
    let atoms = figure.of(sums);
    let length = atoms.max(0) * LENGTH / most.max(1);
    let length = if atoms > 0 { length.max(2) } else { 0 };
    let text = if figure.is_money() {
        super::rounded(atoms)
    } else {
        quantity(atoms, &figure.unit())
    };
    format!(
        "<li><span class=\"name\"><bdi>{}</bdi></span><svg viewBox=\"0 0 {LENGTH} 10\" \
         preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"track\" width=\"{LENGTH}\" \
         height=\"10\" /><rect class=\"bar\" width=\"{length}\" height=\"10\" /></svg>\
         <span class=\"amount\">{}</span><span class=\"share\">{}</span></li>\n",
        escape(name),
        escape(&text),
        share(atoms, all)
    )
}

/// Tenths of a percent of all.
fn share(part: i128, all: i128) -> String {
    if all <= 0 || part < 0 {
        return String::new();
    }
    let tenths = (part * 1_000 + all / 2) / all;
    format!("{}.{}%", tenths / 10, tenths % 10)
}
