//! Where calendar periods begin when not at midnight, on Monday, on the first: `06:00,sun,15`.
//! Owns the grammar only; it does not know which period it is applied to.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveTime, Weekday};

use super::{CalendarError, excerpt};

/// The beginning of days, weeks and months.
///
/// Written as parts with commas between them in any order, at most one of each kind: a time of
/// day `06:00`, a weekday `sun`, a day of the month `15`. Display writes the parts that differ
/// from the default, in this order; the default (midnight, Monday, 1) is the empty text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Anchor {
    minute: u16,
    weekday: Weekday,
    month_day: u8,
}

impl Default for Anchor {
    fn default() -> Self {
        Self {
            minute: 0,
            weekday: Weekday::Mon,
            month_day: 1,
        }
    }
}

impl Anchor {
    /// An anchor at `minute` 0 to 1439 of the day, on `weekday` for weeks and on `month_day` 1 to
    /// 31 for months; days a month lacks mean its last one.
    pub fn new(minute: u16, weekday: Weekday, month_day: u8) -> Result<Self, CalendarError> {
        let anchor = Self {
            minute,
            weekday,
            month_day,
        };
        let valid = minute < 24 * 60 && (1..=31).contains(&month_day);
        let refused = || CalendarError::Anchor {
            text: anchor.to_string(),
        };
        valid.then_some(anchor).ok_or_else(refused)
    }

    /// Minutes after midnight, 0 to 1439, at which days, weeks, months and years begin.
    pub const fn minute(self) -> u16 {
        self.minute
    }

    /// The day on which weeks begin.
    pub const fn weekday(self) -> Weekday {
        self.weekday
    }

    /// The day on which months begin, 1 to 31; days a month lacks mean its last one.
    pub const fn month_day(self) -> u8 {
        self.month_day
    }

    pub(super) fn time(self) -> Option<NaiveTime> {
        NaiveTime::from_num_seconds_from_midnight_opt(u32::from(self.minute) * 60, 0)
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default = Self::default();
        let clock = format!("{:02}:{:02}", self.minute / 60, self.minute % 60);
        let weekday = self.weekday.to_string().to_ascii_lowercase();
        let parts = [
            (self.minute != default.minute).then_some(clock),
            (self.weekday != default.weekday).then_some(weekday),
            (self.month_day != default.month_day).then(|| self.month_day.to_string()),
        ];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(","))
    }
}

impl FromStr for Anchor {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        parse(text).ok_or_else(|| CalendarError::Anchor {
            text: excerpt(text),
        })
    }
}

fn parse(text: &str) -> Option<Anchor> {
    let (mut minute, mut weekday, mut month_day) = (None, None, None);
    let parts = text.split(',').filter(|_| !text.is_empty());
    for part in parts.map(str::trim) {
        let twice = if part.contains(':') {
            minute.replace(parse_minute(part)?).is_some()
        } else if let Ok(day) = part.parse() {
            weekday.replace(day).is_some()
        } else {
            month_day.replace(parse_number(part)?).is_some()
        };
        if twice {
            return None;
        }
    }
    let default = Anchor::default();
    Anchor::new(
        minute.unwrap_or(default.minute),
        weekday.unwrap_or(default.weekday),
        u8::try_from(month_day.unwrap_or(u16::from(default.month_day))).ok()?,
    )
    .ok()
}

fn parse_minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let hour = parse_number(hour).filter(|hour| *hour < 24)?;
    let minute = parse_number(minute).filter(|m| *m < 60 && minute.len() == 2)?;
    Some(hour * 60 + minute)
}

/// One or two ASCII digits; `u16::from_str` alone would also take a plus sign.
fn parse_number(text: &str) -> Option<u16> {
    let numeric = text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| numeric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_come_in_any_order() {
        for (text, minute, weekday, month_day, canonical) in [
            ("", 0, Weekday::Mon, 1, ""),
            ("06:00", 360, Weekday::Mon, 1, "06:00"),
            ("6:05", 365, Weekday::Mon, 1, "06:05"),
            ("sun", 0, Weekday::Sun, 1, "sun"),
            ("Sunday", 0, Weekday::Sun, 1, "sun"),
            ("31", 0, Weekday::Mon, 31, "31"),
            ("15, wed ,23:59", 1_439, Weekday::Wed, 15, "23:59,wed,15"),
            ("00:00,mon,01", 0, Weekday::Mon, 1, ""),
        ] {
            let anchor = Anchor::new(minute, weekday, month_day);
            assert_eq!(text.parse(), anchor, "{text}");
            assert_eq!(anchor.unwrap().to_string(), canonical);
        }
    }

    #[test]
    fn other_texts_name_the_accepted_forms() {
        for text in [
            ",",
            "06:00,",
            " ",
            "24:00",
            "06:60",
            "6:5",
            ":30",
            "06:00:00",
            "-1:00",
            "0",
            "32",
            "+5",
            "999",
            "su",
            "sunny",
            "1,2",
            "mon,tue",
            "06:00,06:00",
            "ä",
        ] {
            let refused = text.parse::<Anchor>().unwrap_err().to_string();
            let forms = "use a time like 06:00, a weekday like sun, a day of the month 1 to 31";
            assert_eq!(
                refused,
                format!("`{text}` is not an anchor: {forms}, or several with commas")
            );
        }
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        for (minute, month_day) in [(1_440, 1), (u16::MAX, 1), (0, 0), (0, 32)] {
            assert!(Anchor::new(minute, Weekday::Mon, month_day).is_err());
        }
    }

    proptest! {
        #[test]
        fn display_parses_back(minute in 0_u16..1_440, day in 0_u8..7, month_day in 1_u8..=31) {
            let anchor = Anchor::new(minute, Weekday::try_from(day)?, month_day)?;
            prop_assert_eq!(anchor.to_string().parse(), Ok(anchor));
        }
    }
}
