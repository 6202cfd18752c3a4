//! A report as a Markdown table.

use super::View;
use super::grid::{Detail, Grid};

/// The table; every row says all of what it is about.
pub fn markdown(view: &View) -> String {
    let grid = Grid::of(view, Detail::Kinds, false);
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let titles = grid.columns.iter().map(|column| sentence(column.title));
    let rule = |is_number| if is_number { "---:" } else { "---" };
    let rules = grid
        .columns
        .iter()
        .map(|column| rule(column.is_number).to_owned());
    let mut lines = vec![line(titles.collect()), line(rules.collect())];
    for row in &grid.rows {
        lines.push(line(row.iter().map(|cell| escaped(cell)).collect()));
    }
    let bold = |cell: &String| {
        if cell.is_empty() {
            String::new()
        } else {
            format!("**{cell}**")
        }
    };
    lines.push(line(grid.total.iter().map(bold).collect()));
    lines.join("\n")
}

/// `CACHE READ` as `Cache read`.
fn sentence(title: &str) -> String {
    let mut chars = title.chars();
    let first = chars.next().map(String::from).unwrap_or_default();
    first + &chars.as_str().to_lowercase()
}

/// Text that means itself in a cell.
fn escaped(text: &str) -> String {
    let special = |c: char| {
        matches!(
            c,
            '|' | '\\' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '&'
        )
    };
    let escape = |c: char| if special(c) { vec!['\\', c] } else { vec![c] };
    text.chars().flat_map(escape).collect()
}
