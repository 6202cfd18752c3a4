//! Colours by meaning. The default has none, so that every view can be shown without.

/// What goes before and after a styled piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Before it.
    pub start: &'static str,
    /// After it.
    pub end: &'static str,
}

/// Every style, by what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Styles {
    /// Plenty is left.
    pub ok: Style,
    /// Little is left.
    pub near: Style,
    /// Nothing is left, or more than nothing.
    pub over: Style,
    /// A name.
    pub name: Style,
    /// Beside the point.
    pub hint: Style,
}

const RESET: &str = "\u{1b}[0m";

impl Styles {
    /// The styles for a terminal.
    pub const fn colored() -> Self {
        const fn style(start: &'static str) -> Style {
            Style { start, end: RESET }
        }
        Self {
            ok: style("\u{1b}[32m"),
            near: style("\u{1b}[33m"),
            over: style("\u{1b}[31m"),
            name: style("\u{1b}[1m"),
            hint: style("\u{1b}[2m"),
        }
    }
}

impl Style {
    /// The text in this style.
    pub fn paint(&self, text: &str) -> String {
        format!("{}{text}{}", self.start, self.end)
    }
}
