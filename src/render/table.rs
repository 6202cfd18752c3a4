//! The one style of table: no frame, numbers to the right, wide enough for its contents.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// Whether it holds numbers.
    pub is_number: bool,
}

/// A column of words.
pub const fn words(title: &'static str) -> Column {
    Column {
        title,
        is_number: false,
    }
}

/// A column of numbers.
pub const fn numbers(title: &'static str) -> Column {
    Column {
        title,
        is_number: true,
    }
}

/// The rows under their headings. Lines have no blanks at their end.
pub fn table(columns: &[Column], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.load_style(comfy_table::presets::NOTHING);
    let align = |column: &Column| {
        if column.is_number {
            CellAlignment::Right
        } else {
            CellAlignment::Left
        }
    };
    let cell = |text: &str, column: &Column| Cell::new(text).set_alignment(align(column));
    table.set_header(columns.iter().map(|column| cell(column.title, column)));
    for row in rows {
        table.add_row(
            row.iter()
                .zip(columns)
                .map(|(text, column)| cell(text, column)),
        );
    }
    let text = table.to_string();
    let lines: Vec<_> = text
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .collect();
    lines.join("\n")
}
