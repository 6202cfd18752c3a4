//! What `doctor` found, for people and as JSON: one line a finding, with a word beside its colour.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::style::{Style, Styles};

/// How a finding is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Ok,
    /// It should be looked at.
    Warn,
    /// The ledger cannot be used as it is.
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, a word for scripts.
    pub check: &'static str,
    /// How it is to be taken.
    pub level: Level,
    /// What was found.
    pub text: String,
    /// What to do about it.
    pub advice: Option<String>,
}

impl Level {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }

    fn style(self, styles: &Styles) -> &Style {
        match self {
            Self::Ok => &styles.ok,
            Self::Warn => &styles.near,
            Self::Fail => &styles.over,
        }
    }
}

impl Finding {
    /// A finding that is as it should be.
    pub fn ok(check: &'static str, text: impl Into<String>) -> Self {
        Self {
            check,
            level: Level::Ok,
            text: text.into(),
            advice: None,
        }
    }

    /// The finding at a level, with what to do about it.
    #[must_use]
    pub fn but(self, level: Level, advice: impl Into<String>) -> Self {
        Self {
            level,
            advice: Some(advice.into()),
            ..self
        }
    }

    /// The finding as JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "check": self.check,
            "level": self.level.as_str(),
            "message": self.text,
            "advice": self.advice,
        })
    }
}

/// Where the text of a finding begins: behind its level and its name.
const INDENT: usize = 19;

/// The findings, in lines of at most so many columns where words allow that.
pub fn doctor(findings: &[Finding], styles: &Styles, width: usize) -> String {
    let mut text = String::new();
    for finding in findings {
        let level = finding.level.as_str();
        let level = finding.level.style(styles).paint(level) + &" ".repeat(5 - level.len());
        let head = format!("{level} {}", styles.name.paint(finding.check));
        let gap = " ".repeat(INDENT.saturating_sub(6 + finding.check.len()));
        let mut lines = wrapped(&finding.text, width.saturating_sub(INDENT));
        let first = lines.remove(0);
        text.push_str(&format!("{head}{gap}{first}\n"));
        let advice = finding.advice.iter();
        let advice =
            advice.flat_map(|advice| wrapped(&format!("→ {advice}"), width.saturating_sub(INDENT)));
        for more in lines.into_iter().chain(advice) {
            text.push_str(&format!("{}{more}\n", " ".repeat(INDENT)));
        }
    }
    text
}

/// The words of a text in lines; a word that is longer than a line has one of its own.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(word.to_owned());
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_nothing_is_lost() {
        let text = "its words are put into lines 目録 that fit whatever stands in them";
        for width in [10, 20, 61] {
            let lines = wrapped(text, width);
            assert!(lines.iter().all(|line| line.width() <= width), "{lines:?}");
            assert_eq!(lines.join(" "), text);
        }
        assert_eq!(
            wrapped("a-word-that-is-too-long b", 5),
            ["a-word-that-is-too-long", "b"]
        );
    }
}
