//! How long a limit counts before it starts afresh, and its text: `month`, `30d`.
//! Owns the grammar only; where a window lies is computed one level up.

use std::fmt;
use std::str::FromStr;

use super::{CalendarError, Timestamp, excerpt};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
const LONGEST_SPAN: i64 = 3_660 * DAY;
const UNTIL: &str = "until:";

/// Units of a span, longest first. Weeks are read but shown as days, because `1w` looks too much
/// like the calendar's week.
const UNITS: [(char, i64); 5] = [
    ('w', 7 * DAY),
    ('d', DAY),
    ('h', 3_600 * SECOND),
    ('m', 60 * SECOND),
    ('s', SECOND),
];

const WORDS: [(&str, Period); 6] = [
    ("forever", Period::Forever),
    ("hour", Period::Hour),
    ("day", Period::Day),
    ("week", Period::Week),
    ("month", Period::Month),
    ("year", Period::Year),
];

/// The time a limit applies to.
///
/// The text `hour`, `day`, `week`, `month` or `year`, also with a leading `1`, is the calendar's
/// period; `90s`, `5h`, `30d`, `2w` are fixed lengths; `forever` never ends. Display writes
/// one canonical text, which parses back to an equal value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// One window without end.
    Forever,
    /// From one full hour of the local clock to the next.
    Hour,
    /// A local calendar day.
    Day,
    /// A local calendar week, from Monday unless anchored.
    Week,
    /// A local calendar month.
    Month,
    /// A local calendar year.
    Year,
    /// A fixed length from the moment the window opens.
    Span {
        /// Whole seconds in microseconds, from 1 second to 3660 days.
        micros: i64,
    },
    /// Up to an instant. Not for people to write: its text is `until:` and microseconds.
    Until(Timestamp),
}

impl Period {
    /// A fixed length in microseconds: whole seconds, from 1 second to 3660 days.
    pub fn span(micros: i64) -> Result<Self, CalendarError> {
        let valid = (SECOND..=LONGEST_SPAN).contains(&micros) && micros % SECOND == 0;
        let refused = CalendarError::Span {
            text: format!("{micros}us"),
        };
        if valid {
            Ok(Self::Span { micros })
        } else {
            Err(refused)
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Span { micros } => write_span(f, micros),
            Self::Until(instant) => write!(f, "{UNTIL}{}", instant.as_micros()),
            word => f.write_str(
                WORDS
                    .iter()
                    .find(|(_, p)| *p == word)
                    .map_or("", |(w, _)| w),
            ),
        }
    }
}

fn write_span(f: &mut fmt::Formatter<'_>, micros: i64) -> fmt::Result {
    let shown = UNITS.iter().skip(1).find(|(_, unit)| micros % unit == 0);
    match shown {
        Some((letter, unit)) => write!(f, "{}{letter}", micros / unit),
        None => write!(f, "{micros}us"),
    }
}

impl FromStr for Period {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        if let Some(word) = parse_word(text).or_else(|| parse_until(text)) {
            return Ok(word);
        }
        let (digits, unit) = split_span(text).ok_or_else(|| CalendarError::Period {
            text: excerpt(text),
        })?;
        let micros = digits
            .parse::<i64>()
            .ok()
            .and_then(|count| count.checked_mul(unit));
        let span = micros.and_then(|micros| Self::span(micros).ok());
        span.ok_or_else(|| CalendarError::Span {
            text: excerpt(text),
        })
    }
}

fn parse_word(text: &str) -> Option<Period> {
    let one = text.strip_prefix('1').filter(|word| *word != "forever");
    let word = one.unwrap_or(text);
    WORDS
        .iter()
        .find(|(known, _)| *known == word)
        .map(|(_, period)| *period)
}

/// Only the one way Display writes it: this text is a key, and `until:+1` would be a second one.
fn parse_until(text: &str) -> Option<Period> {
    let micros = text.strip_prefix(UNTIL)?.parse().ok()?;
    let period = Period::Until(Timestamp::from_micros(micros));
    (period.to_string() == text).then_some(period)
}

fn split_span(text: &str) -> Option<(&str, i64)> {
    UNITS.iter().find_map(|(letter, unit)| {
        let digits = text.strip_suffix(*letter)?;
        let numeric = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        numeric.then_some((digits, *unit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_the_calendars() {
        for (word, period) in WORDS {
            assert_eq!(word.parse(), Ok(period));
            assert_eq!(period.to_string(), word);
        }
        for word in ["hour", "day", "week", "month", "year"] {
            assert_eq!(format!("1{word}").parse::<Period>(), word.parse());
        }
    }

    #[test]
    fn spans_have_one_text() {
        for (text, seconds, canonical) in [
            ("1s", 1, "1s"),
            ("90s", 90, "90s"),
            ("120s", 120, "2m"),
            ("90m", 5_400, "90m"),
            ("5h", 18_000, "5h"),
            ("24h", 86_400, "1d"),
            ("05h", 18_000, "5h"),
            ("30d", 2_592_000, "30d"),
            ("2w", 1_209_600, "14d"),
            ("3660d", 316_224_000, "3660d"),
        ] {
            let period = Period::Span {
                micros: seconds * SECOND,
            };
            assert_eq!(text.parse(), Ok(period), "{text}");
            assert_eq!(period.to_string(), canonical);
        }
    }

    #[test]
    fn other_texts_name_the_accepted_forms() {
        for text in [
            "", "1", "2months", "months", "1forever", "5", "h", "-5h", "+5h", "5 h", " day", "Day",
            "1h30m", "1.5h", "1mo", "5ms", "٣h", "until:", "until:+1", "until:x",
        ] {
            let refused = text.parse::<Period>().unwrap_err().to_string();
            let forms = "use hour, day, week, month or year, or a length like 90m, 5h, 30d or 2w";
            assert_eq!(refused, format!("`{text}` is not a period: {forms}"));
        }
    }

    #[test]
    fn spans_out_of_range_name_the_range() {
        for text in [
            "0s",
            "0w",
            "3661d",
            "99999999999999h",
            "999999999999999999999999d",
        ] {
            let refused = text.parse::<Period>().unwrap_err().to_string();
            assert_eq!(
                refused,
                format!("`{text}` is out of range: a length is 1s to 3660d")
            );
        }
        for micros in [
            i64::MIN,
            -SECOND,
            0,
            1,
            SECOND + 1,
            LONGEST_SPAN + SECOND,
            i64::MAX,
        ] {
            assert!(Period::span(micros).is_err(), "{micros}");
        }
    }

    #[test]
    fn until_is_microseconds() {
        for micros in [i64::MIN, -1, 0, 1_700_000_000_000_000, i64::MAX] {
            let period = Period::Until(Timestamp::from_micros(micros));
            assert_eq!(period.to_string(), format!("until:{micros}"));
            assert_eq!(period.to_string().parse(), Ok(period));
        }
    }

    proptest! {
        #[test]
        fn display_parses_back(seconds in 1..=LONGEST_SPAN / SECOND) {
            let period = Period::span(seconds * SECOND)?;
            prop_assert_eq!(period.to_string().parse(), Ok(period));
        }

        #[test]
        fn any_text_is_answered(text in ".{0,12}") {
            if let Ok(period) = text.parse::<Period>() {
                prop_assert_eq!(period.to_string().parse(), Ok(period));
            }
        }
    }
}
