//! Comma-separated values, as RFC 4180 has them: exact decimals, text that no spreadsheet takes
//! for a formula. Decides nothing about which columns there are.

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text of ours: a number, a time, an id, a fixed word.
    Plain(String),
    /// Text from outside.
    Text(String),
}

impl Cell {
    /// Text of ours, or nothing.
    pub fn maybe(text: Option<String>) -> Self {
        Self::Plain(text.unwrap_or_default())
    }

    /// Text from outside, or nothing.
    pub fn maybe_text(text: Option<&str>) -> Self {
        Self::Text(text.unwrap_or_default().to_owned())
    }

    fn push_to(&self, line: &mut String) {
        match self {
            Self::Text(text) => push(line, text, is_formula(text)),
            Self::Plain(text) => push(line, text, false),
        }
    }
}

/// Whether a spreadsheet would run it.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// Adds a cell to a line, quoted where it must be.
fn push(line: &mut String, text: &str, is_formula: bool) {
    let mark = if is_formula { "'" } else { "" };
    let is_quoted = |byte: u8| matches!(byte, b',' | b'"' | b'\n' | b'\r');
    if text.bytes().any(is_quoted) {
        let text = text.replace('"', "\"\"");
        line.extend(["\"", mark, &text, "\""]);
    } else {
        line.extend([mark, text]);
    }
}

/// Rows under their headings. Every line ends with CRLF, the last one, too.
pub fn csv(headings: &[&str], below: impl IntoIterator<Item = Vec<Cell>>) -> String {
    format!("{}\r\n{}", headings.join(","), rows(below))
}

/// Rows without headings.
pub fn rows(rows: impl IntoIterator<Item = Vec<Cell>>) -> String {
    let mut text = String::new();
    for row in rows {
        push_each(&mut text, &row, |text, cell| cell.push_to(text));
        text.push_str("\r\n");
    }
    text
}

/// A line without its end, of numbers and of texts from outside.
pub fn line_of(cells: &[impl AsRef<str>]) -> String {
    let mut line = String::new();
    push_line(&mut line, cells);
    line
}

/// Adds such a line to a text.
pub fn push_line(text: &mut String, cells: &[impl AsRef<str>]) {
    let is_numeric = |c: u8| c.is_ascii_digit() || matches!(c, b'-' | b'.');
    push_each(text, cells, |text, cell| {
        let cell = cell.as_ref();
        // A number stays one.
        push(
            text,
            cell,
            is_formula(cell) && !cell.bytes().all(is_numeric),
        );
    });
}

fn push_each<C>(text: &mut String, cells: &[C], mut push: impl FnMut(&mut String, &C)) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        push(text, cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled_and_formulas_are_text() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let rows = [
            vec![Cell::Plain("-0.50".to_owned()), text("=1+1")],
            vec![text("a, \"b\""), text("two\nlines")],
            vec![text("@x"), text("\tx")],
        ];
        assert_eq!(
            csv(&["amount", "note"], rows),
            "amount,note\r\n-0.50,'=1+1\r\n\"a, \"\"b\"\"\",\"two\nlines\"\r\n'@x,'\tx\r\n"
        );
    }
}
