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

    /// A number, which stays one, or text from outside.
    fn of(text: &str) -> Self {
        let is_number = text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '-' | '.'));
        if is_number {
            Self::Plain(text.to_owned())
        } else {
            Self::Text(text.to_owned())
        }
    }

    fn written(&self) -> String {
        // A spreadsheet runs what begins so.
        let is_formula = |text: &str| text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let text = match self {
            Self::Text(text) if is_formula(text) => format!("'{text}"),
            Self::Text(text) | Self::Plain(text) => text.clone(),
        };
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    }
}

/// Rows under their headings. Every line ends with CRLF, the last one, too.
pub fn csv(headings: &[&str], below: impl IntoIterator<Item = Vec<Cell>>) -> String {
    format!("{}\r\n{}", headings.join(","), rows(below))
}

/// Rows without headings.
pub fn rows(rows: impl IntoIterator<Item = Vec<Cell>>) -> String {
    let rows = rows.into_iter();
    rows.map(|row| format!("{}\r\n", line(&row))).collect()
}

/// A line without its end, of numbers and of texts from outside.
pub fn line_of(cells: &[String]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| Cell::of(cell)).collect();
    line(&cells)
}

fn line(cells: &[Cell]) -> String {
    let cells: Vec<_> = cells.iter().map(Cell::written).collect();
    cells.join(",")
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
