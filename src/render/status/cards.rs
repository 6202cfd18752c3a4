//! The limits of `status` in a few lines each, where a table is too wide.

use super::super::fit::wrapped;
use super::super::style::Styles;
use super::super::table::{GAP, columns_of};
use super::rows::{BAR, Row, Words, left, of_it_debt, paint, reserved, spent};
use crate::ledger::limit::Position;

/// The lines, each at most so wide.
pub(super) fn cards(rows: &[Row<'_>], styles: &Styles, width: usize) -> String {
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
    let of_it = match of_it_debt(row) {
        debt if debt.is_empty() => debt,
        debt => format!(" ({debt} of it debt)"),
    };
    let mut facts = vec![format!("{} spent{of_it}", row.figure(spent))];
    let mut fact = |pick: fn(&Position) -> i64, word: &str| {
        if row.position.is_some_and(|position| pick(position) != 0) {
            facts.push(format!("{} {word}", row.figure(pick)));
        }
    };
    fact(reserved, "reserved");
    facts.push(format!("{} left", row.figure(left)));
    if row.ends.is_some() {
        facts.push(format!("resets in {}", row.resets(Words::Long)));
    }
    facts.push(row.pace(Words::Long));
    facts.retain(|fact| !fact.is_empty());
    if row.position.is_none() {
        return wrapped(std::slice::from_ref(&row.limit), width, indent);
    }
    let head = wrapped(&[row.limit.clone(), used.clone()], width, indent);
    let last = facts.len().saturating_sub(1);
    let ends = facts.iter_mut().take(last);
    ends.for_each(|fact| fact.push(','));
    let facts = wrapped(&facts, width, indent + 2);
    format!("{}\n{facts}", paint(&head, &used, row.style(styles)))
}
