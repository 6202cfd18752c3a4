//! The one door for text into a page.

use crate::render::sanitize::line;

/// Text as it stands between tags and between quotes: markup, controls and what reorders or hides
/// its surroundings become visible and harmless.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in line(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Characters that XML has none of, though Unicode has.
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_place() {
        for (text, escaped) in [
            (
                "<script>alert(1)</script>",
                "&lt;script&gt;alert(1)&lt;/script&gt;",
            ),
            ("\" onload='x'", "&quot; onload=&#39;x&#39;"),
            ("a & b &amp; ]]>", "a &amp; b &amp;amp; ]]&gt;"),
            ("\u{1b}[2J\u{0}", "\\u{1b}[2J\\u{0}"),
            ("gnp\u{202e}.exe\u{2069}", "gnp\\u{202e}.exe\\u{2069}"),
            ("\u{ffff}", "\u{fffd}"),
            ("模型 דגם é", "模型 דגם é"),
        ] {
            assert_eq!(escape(text), escaped);
        }
    }
}
