//! Text from outside made safe to show: nothing that moves a cursor, hides or reorders what
//! follows it reaches a terminal or a pipe.

use std::borrow::Cow;

use crate::ledger::plain::is_unsafe;

/// One line of text from outside, with what is unsafe escaped.
pub fn line(text: &str) -> Cow<'_, str> {
    // Most texts are plain ASCII, which is told fast.
    let is_printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_printable || !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let escaped = text.chars().flat_map(|c| {
        let escape = is_unsafe(c).then(|| c.escape_unicode());
        let plain = if is_unsafe(c) { None } else { Some(c) };
        escape.into_iter().flatten().chain(plain)
    });
    Cow::Owned(escaped.collect())
}

/// JSON that says the same, with what is unsafe in its texts escaped. JSON itself escapes only a
/// part of it.
pub fn json(text: String) -> String {
    if !text.contains(is_unsafe) {
        return text;
    }
    text.chars().fold(String::new(), |mut safe, c| {
        if is_unsafe(c) {
            let mut units = [0; 2];
            let units = c.encode_utf16(&mut units).iter();
            units.for_each(|unit| safe.push_str(&format!("\\u{unit:04x}")));
        } else {
            safe.push(c);
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_a_cursor_passes() {
        let hostile = "a\u{1b}]52;c;x\u{7}\r\n\u{9b}2J\u{202e}gnp\u{200b}\u{feff}";
        let safe = line(hostile);
        assert!(!safe.contains(is_unsafe), "{safe}");
        assert!(safe.starts_with("a\\u{1b}]52"));
        assert_eq!(line("plain — text ✓"), "plain — text ✓");
        let wire = serde_json::to_string(hostile).expect("JSON");
        let safe = json(wire);
        assert!(!safe.contains(is_unsafe), "{safe}");
        assert_eq!(
            serde_json::from_str::<String>(&safe).expect("JSON"),
            hostile
        );
    }
}
