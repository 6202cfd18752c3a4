//! Text that is nothing but text: what may be stored as a tag, a note or a reason, and what would
//! move a terminal's cursor, hide or reorder what follows it. It changes no text.

/// Whether a character does something else than being seen.
pub(crate) fn is_unsafe(c: char) -> bool {
    // C0 and C1 controls, directional and invisible formatting, line and paragraph separators.
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Whether text may be stored as a tag, a note or a reason.
pub fn is_plain(text: &str) -> bool {
    !text.contains(is_unsafe)
}
