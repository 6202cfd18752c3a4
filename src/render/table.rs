//! The one style of table: no frame, numbers to the right, wide enough for its contents.

mod paged;

use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table};
use unicode_width::UnicodeWidthStr;

pub use paged::Paged;

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

/// How many columns of a terminal a text takes: wide characters two, combining ones none.
pub fn columns_of(text: &str) -> usize {
    text.width()
}

/// The columns that the widest line of a text takes.
pub fn widest(text: &str) -> usize {
    text.lines().map(columns_of).max().unwrap_or_default()
}

/// The columns between two cells.
pub const GAP: usize = 2;

/// How wide a table is that has these rows.
pub fn natural_width(columns: &[Column], rows: &[Vec<String>]) -> usize {
    let widths = widths(columns, rows);
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

fn widths(columns: &[Column], rows: &[Vec<String>]) -> Vec<usize> {
    let titles = columns.iter().map(|column| columns_of(column.title));
    let mut widths: Vec<_> = titles.collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = columns_of(cell).max(*width);
        }
    }
    widths
}

/// The same in so many columns of a terminal, where shortening texts can do it: `elastic` names
/// columns, and to how many columns of a terminal each may shrink.
pub fn table_shortened(
    columns: &[Column],
    rows: &[Vec<String>],
    width: usize,
    elastic: &[(usize, usize)],
) -> Option<String> {
    let mut excess = natural_width(columns, rows).saturating_sub(width);
    let mut widths = widths(columns, rows);
    while excess > 0 {
        let spare = |(column, least): &(usize, usize)| {
            let wide = widths.get(*column)?;
            (wide > least).then_some((*wide, *column))
        };
        let (_, widest) = elastic.iter().filter_map(spare).max()?;
        if let Some(width) = widths.get_mut(widest) {
            *width -= 1;
        }
        excess -= 1;
    }
    let mut rows = rows.to_vec();
    for row in &mut rows {
        for (column, _) in elastic {
            if let (Some(cell), Some(width)) = (row.get_mut(*column), widths.get(*column)) {
                *cell = shortened(cell, *width);
            }
        }
    }
    Some(table(columns, &rows))
}

/// A text in so many columns at most: what is too much is left out of its middle.
pub fn shortened(text: &str, room: usize) -> String {
    if columns_of(text) <= room {
        return text.to_owned();
    }
    let (before, after) = (room / 2, room.saturating_sub(1) / 2);
    let start = prefix(text.chars(), before);
    let end: String = prefix(text.chars().rev(), after).chars().rev().collect();
    format!("{start}…{end}")
}

/// As much of the beginning as fits, with room for one column more.
fn prefix(text: impl Iterator<Item = char>, room: usize) -> String {
    let mut found = String::new();
    for c in text {
        found.push(c);
        if columns_of(&found) >= room.max(1) {
            if columns_of(&found) > room {
                found.pop();
            }
            break;
        }
    }
    found
}

/// The narrowest last column that is still worth wrapping.
const NARROWEST: usize = 12;

/// Text in lines of at most so many columns, each after the first indented: broken between words,
/// inside of one only where it is longer than a line.
pub fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let words = text.trim_start_matches(' ');
    let mut used = columns_of(text).saturating_sub(columns_of(words));
    let mut lines = vec![" ".repeat(used)];
    for (index, word) in words.split(' ').enumerate() {
        if index > 0 && used + 1 + columns_of(word) <= width {
            push(&mut lines, " ");
            used += 1;
        } else if index > 0 {
            lines.push(" ".repeat(indent));
            used = indent;
        }
        for c in word.chars() {
            let mut bytes = [0; 4];
            let c = &*c.encode_utf8(&mut bytes);
            if used + columns_of(c) > width.max(indent + 2) {
                lines.push(" ".repeat(indent));
                used = indent;
            }
            push(&mut lines, c);
            used += columns_of(c);
        }
    }
    lines.join("\n")
}

fn push(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

/// The same as a table in so many columns of a terminal; where wrapping the last column cannot do
/// it, each row is a line of its first columns, so many, with the others wrapped below it.
pub fn table_or_list(
    columns: &[Column],
    rows: &[Vec<String>],
    width: Option<usize>,
    head: usize,
) -> String {
    Paged::new(columns, width, head).page(rows)
}

/// The rows under their headings. Lines have no blanks at their end.
pub fn table(columns: &[Column], rows: &[Vec<String>]) -> String {
    text_of(&plain(columns, rows, &[]))
}

/// The same in so many columns of a terminal, if wrapping the last column can do it.
pub fn table_within(columns: &[Column], rows: &[Vec<String>], width: Option<usize>) -> String {
    within(columns, rows, width, &[])
}

/// The same with columns that are so wide at least.
fn within(
    columns: &[Column],
    rows: &[Vec<String>],
    width: Option<usize>,
    least: &[usize],
) -> String {
    let mut table = plain(columns, rows, least);
    let natural = text_of(&table);
    let widest = widest(&natural);
    let Some(width) = width.filter(|width| widest > *width) else {
        return natural;
    };
    let cells = |row: &Vec<String>| row.last().map(|text| columns_of(text));
    let last = rows.iter().filter_map(cells).max().unwrap_or_default();
    let others = widest.saturating_sub(last);
    if others + NARROWEST > width {
        return natural;
    }
    table.set_content_arrangement(ContentArrangement::Dynamic);
    // The blank before and after each row, which are taken off again.
    table.set_width(u16::try_from(width + 2).unwrap_or(u16::MAX));
    let fixed = columns.len().saturating_sub(1);
    for column in table.column_iter_mut().take(fixed) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    text_of(&table)
}

fn plain(columns: &[Column], rows: &[Vec<String>], least: &[usize]) -> Table {
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
    // A heading with blanks around it keeps its column wide.
    let least = least.iter().copied().chain(std::iter::repeat(0));
    table.set_header(columns.iter().zip(least).map(|(column, least)| {
        let title = column.title;
        if column.is_number {
            cell(&format!("{title:>least$}"), column)
        } else {
            cell(&format!("{title:<least$}"), column)
        }
    }));
    for row in rows {
        let cells = row.iter().zip(columns);
        table.add_row(cells.map(|(text, column)| cell(text, column)));
    }
    table
}

fn text_of(table: &Table) -> String {
    let text = table.to_string();
    let lines: Vec<_> = text
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        vec![
            vec!["1".to_owned(), "a word or two or three or four".to_owned()],
            vec!["22".to_owned(), String::new()],
        ]
    }

    const COLUMNS: [Column; 2] = [numbers("#"), words("MORE")];

    #[test]
    fn a_table_that_fits_is_left_as_it_is() {
        let natural = " #  MORE\n 1  a word or two or three or four\n22";
        assert_eq!(table(&COLUMNS, &rows()), natural);
        assert_eq!(table_within(&COLUMNS, &rows(), None), natural);
        assert_eq!(table_within(&COLUMNS, &rows(), Some(34)), natural);
    }

    #[test]
    fn a_wide_one_wraps_its_last_column() {
        let wrapped = " #  MORE\n 1  a word or two\n    or three or\n    four\n22";
        assert_eq!(table_within(&COLUMNS, &rows(), Some(17)), wrapped);
    }

    #[test]
    fn texts_are_shortened_as_far_as_they_may_be() {
        let rows = vec![
            vec!["1".to_owned(), "a-name-that-is-long".to_owned()],
            vec!["22".to_owned(), "短い".to_owned()],
        ];
        assert_eq!(natural_width(&COLUMNS, &rows), 23);
        let elastic = [(1, 8)];
        let shown = table_shortened(&COLUMNS, &rows, 13, &elastic);
        assert_eq!(shown.as_deref(), Some(" #  MORE\n 1  a-na…long\n22  短い"));
        assert_eq!(table_shortened(&COLUMNS, &rows, 11, &elastic), None);
        assert_eq!(
            table_shortened(&COLUMNS, &rows, 23, &elastic),
            Some(table(&COLUMNS, &rows))
        );
    }

    #[test]
    fn words_are_broken_only_where_they_are_longer_than_a_line() {
        assert_eq!(wrapped("one two three", 7, 2), "one two\n  three");
        assert_eq!(wrapped("  one two", 7, 2), "  one\n  two");
        assert_eq!(wrapped("abcdefghij", 4, 1), "abcd\n efg\n hij");
        assert_eq!(wrapped("你好你好", 4, 0), "你好\n你好");
        assert_eq!(wrapped("", 4, 0), "");
    }

    #[test]
    fn what_no_wrapping_makes_fit_is_a_list() {
        let row = ["1", "now", "a-long-name/of-a-budget", "more of it"];
        let rows = [row.map(str::to_owned).to_vec()];
        let columns = [numbers("#"), words("WHEN"), words("BUDGET"), words("MORE")];
        let listed = "#  WHEN\n1  now\n  a-long-name/of-a\n  -budget · more\n  of it";
        assert_eq!(table_or_list(&columns, &rows, Some(18), 2), listed);
        assert_eq!(
            table_or_list(&columns, &rows, None, 2),
            table(&columns, &rows)
        );
    }

    #[test]
    fn one_that_would_not_be_readable_stays_wide() {
        assert_eq!(
            table_within(&COLUMNS, &rows(), Some(15)),
            table(&COLUMNS, &rows())
        );
    }
}
