//! A table that comes page by page, as long as it may be: only its widths are kept.

use super::{Column, widest, widths, within, wrapped};

/// Such a table that comes page by page. Columns never become narrower, and the heading comes
/// again only where they had to become wider.
#[derive(Debug)]
pub struct Paged<'a> {
    columns: &'a [Column],
    width: Option<usize>,
    head: usize,
    widths: Vec<usize>,
    heading: Option<String>,
}

impl<'a> Paged<'a> {
    /// A table in so many columns of a terminal, of which so many stay together in a list.
    pub fn new(columns: &'a [Column], width: Option<usize>, head: usize) -> Self {
        Self {
            columns,
            width,
            head,
            widths: Vec::new(),
            heading: None,
        }
    }

    /// The same with first columns that are so wide at least, for what is known to come.
    #[must_use]
    pub fn at_least(self, widths: Vec<usize>) -> Self {
        Self { widths, ..self }
    }

    /// The next rows, under their headings where those are not what stands above.
    pub fn page(&mut self, rows: &[Vec<String>]) -> String {
        let mut widths = widths(self.columns, rows);
        // The last one takes what is left.
        widths.pop();
        for (width, before) in widths.iter_mut().zip(&self.widths) {
            *width = (*width).max(*before);
        }
        self.widths = widths;
        let shown = within(self.columns, rows, self.width, &self.widths);
        let (heading, body) = match self.width.filter(|width| widest(&shown) > *width) {
            Some(width) => self.list(rows, width),
            None => first_line(shown),
        };
        if self.heading.as_ref() == Some(&heading) {
            return body;
        }
        let page = match body.as_str() {
            "" => heading.clone(),
            body => format!("{heading}\n{body}"),
        };
        self.heading = Some(heading);
        page
    }

    fn list(&self, rows: &[Vec<String>], width: usize) -> (String, String) {
        let heads = rows.iter().map(|row| row.iter().take(self.head).cloned());
        let heads: Vec<_> = heads.map(Iterator::collect).collect();
        let columns = self.columns.get(..self.head).unwrap_or(self.columns);
        let (heading, heads) = first_line(within(columns, &heads, None, &self.widths));
        let mut lines = Vec::new();
        for (head, row) in heads.lines().zip(rows) {
            lines.push(wrapped(head, width, 0));
            let rest = row.iter().skip(self.head).filter(|cell| !cell.is_empty());
            let rest: Vec<_> = rest.cloned().collect();
            if !rest.is_empty() {
                lines.push(wrapped(&format!("  {}", rest.join(" · ")), width, 2));
            }
        }
        (wrapped(&heading, width, 0), lines.join("\n"))
    }
}

fn first_line(text: String) -> (String, String) {
    match text.split_once('\n') {
        Some((first, rest)) => (first.to_owned(), rest.to_owned()),
        None => (text, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{numbers, words};
    use super::*;

    #[test]
    fn a_heading_comes_again_only_where_its_columns_move() {
        let columns = [numbers("#"), words("BUDGET"), words("MORE")];
        let page = |texts: [&str; 3]| vec![texts.map(str::to_owned).to_vec()];
        let mut paged = Paged::new(&columns, Some(30), 2).at_least(vec![3]);
        let mut shown = |texts| paged.page(&page(texts));
        assert_eq!(shown(["1", "me", "a"]), "  #  BUDGET  MORE\n  1  me      a");
        assert_eq!(shown(["2", "you", ""]), "  2  you");
        let moved = "  #  BUDGET      MORE\n  3  a-long-one  b";
        assert_eq!(shown(["3", "a-long-one", "b"]), moved);
        assert_eq!(shown(["4", "me", "b"]), "  4  me          b");
        let long = shown(["5", "a-name-that-leaves-no-room", "b c"]);
        assert!(long.starts_with("  #  BUDGET\n"), "{long}");
        assert!(long.ends_with("\n  b c"), "{long}");
        assert_eq!(shown(["6", "me", "b"]), "  6  me\n  b");
    }
}
