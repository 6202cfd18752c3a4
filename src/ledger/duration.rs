//! Lengths of time as people type them: `90s`, `1h30m`, `250ms`, `2d`.
//! Owns no calendar: a month is not a length of time.

use std::str::FromStr;

use super::amount::{Overflow, safe};

/// A length of time in milliseconds, at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(i64);

/// A pause in milliseconds, which may be none at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pause(i64);

/// Text that is not a pause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a duration: write it like 5s, 250ms or 0s")]
pub struct InvalidPause {
    text: String,
}

impl Pause {
    /// The length in milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The length in microseconds, saturating.
    pub const fn micros(self) -> i64 {
        self.0.saturating_mul(1_000)
    }

    /// Whether it is none at all.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}

impl FromStr for Pause {
    type Err = InvalidPause;

    fn from_str(text: &str) -> Result<Self, InvalidPause> {
        match parse_millis(text) {
            Some(Ok(millis)) => Ok(Self(millis)),
            _ => Err(InvalidPause { text: safe(text) }),
        }
    }
}

/// Text that is not a length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a duration: write it like 90s, 10m, 1h30m or 2d, above 0")]
pub struct InvalidSpan {
    text: String,
}

impl Span {
    /// The length in milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The length in microseconds, saturating (a span of over 292,000 years is for ever).
    pub const fn micros(self) -> i64 {
        self.0.saturating_mul(1_000)
    }

    /// A length of so many milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(if millis < 1 { 1 } else { millis })
    }
}

impl FromStr for Span {
    type Err = InvalidSpan;

    fn from_str(text: &str) -> Result<Self, InvalidSpan> {
        match parse_millis(text) {
            Some(Ok(millis)) if millis > 0 => Ok(Self(millis)),
            _ => Err(InvalidSpan { text: safe(text) }),
        }
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&format_millis(self.0))
    }
}

const SCALES: [(&str, i64); 6] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 604_800_000),
];

/// Parses whole numbers with units, largest first: `1h30m`. `None` where the text is no length of
/// time at all; an error where it is one that cannot be held.
pub(crate) fn parse_millis(text: &str) -> Option<Result<i64, Overflow>> {
    let mut rest = text;
    let mut total = Some(0_i64);
    let mut last_scale = i64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at(digits);
        let word = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let (word, tail) = tail.split_at(word);
        let scale = SCALES.iter().find(|(name, _)| *name == word)?.1;
        if number.is_empty() || scale >= last_scale {
            return None;
        }
        last_scale = scale;
        let part = number
            .parse::<i64>()
            .ok()
            .and_then(|n| n.checked_mul(scale));
        total = total
            .zip(part)
            .and_then(|(total, part)| total.checked_add(part));
        rest = tail;
    }
    (!text.is_empty()).then(|| total.ok_or(Overflow))
}

/// `5400000` as `1h30m`; parses back to the same.
pub(crate) fn format_millis(millis: impl Into<i128>) -> String {
    let millis = millis.into();
    let mut rest = millis.unsigned_abs();
    let mut text = String::new();
    for (name, scale) in SCALES.iter().rev().filter(|(name, _)| *name != "w") {
        let scale = u128::from(scale.unsigned_abs());
        let count = rest.checked_div(scale).unwrap_or_default();
        rest = rest.checked_rem(scale).unwrap_or_default();
        if count > 0 {
            text.push_str(&format!("{count}{name}"));
        }
    }
    match (text.is_empty(), millis < 0) {
        (true, _) => "0s".to_owned(),
        (false, true) => format!("-{text}"),
        (false, false) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms() {
        for (text, millis) in [
            ("90s", 90_000),
            ("1h30m", 5_400_000),
            ("250ms", 250),
            ("2d", 172_800_000),
            ("1w", 604_800_000),
            ("1m500ms", 60_500),
        ] {
            assert_eq!(text.parse::<Span>().map(Span::millis), Ok(millis), "{text}");
        }
        for text in [
            "",
            "0s",
            "s",
            "5",
            "-5s",
            "1m1h",
            "1s1s",
            "1.5h",
            "1 h",
            "1mo",
            "99999999999999999999s",
            "1y",
        ] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn display_parses_back(millis in 1..=i64::MAX) {
            prop_assert_eq!(format_millis(millis).parse::<Span>()?.millis(), millis);
        }
    }
}
