//! Points in time as the ledger stores them: whole microseconds of UTC since 1970.
//! Owns their text form; reads no clock and knows no period.

#![cfg_attr(
    not(test),
    expect(
        clippy::arithmetic_side_effects,
        clippy::integer_division,
        reason = "an offset of less than a day in seconds"
    )
)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Datelike, FixedOffset, SecondsFormat};

use super::calendar::{Zone, excerpt};

/// Microseconds of UTC since 1970-01-01T00:00:00Z, without leap seconds; negative before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A point in time that has no text form, or a text that is no point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// The text is not RFC 3339, or lies outside what microseconds in 64 bits can hold.
    #[error("`{text}` is not an instant: write it like 2026-01-31T09:00:00+01:00")]
    Text {
        /// The refused text, shortened.
        text: String,
    },
    /// RFC 3339 has four digits for the year, so only years 0 to 9999 can be written.
    #[error("instant {micros} us lies outside the years 0 to 9999")]
    Year {
        /// The instant, in microseconds since 1970.
        micros: i64,
    },
}

impl Timestamp {
    /// The instant so many microseconds after (or, negative, before) 1970; any value is allowed.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The instant that the system's clock counts as this one; what 64 bits cannot hold is their
    /// end.
    pub fn from_system(at: SystemTime) -> Self {
        let micros = |since: Duration| i64::try_from(since.as_micros());
        Self(match at.duration_since(UNIX_EPOCH) {
            Ok(since) => micros(since).unwrap_or(i64::MAX),
            Err(before) => micros(before.duration()).map_or(i64::MIN, |micros| -micros),
        })
    }

    /// The same as the system's clock counts it; 1970 where that cannot hold it.
    pub fn to_system(self) -> SystemTime {
        let span = Duration::from_micros(self.0.unsigned_abs());
        let at = if self.0 < 0 {
            UNIX_EPOCH.checked_sub(span)
        } else {
            UNIX_EPOCH.checked_add(span)
        };
        at.unwrap_or(UNIX_EPOCH)
    }

    /// The instant `micros` later (negative: earlier); `None` beyond 64 bits.
    pub const fn checked_add_micros(self, micros: i64) -> Option<Self> {
        match self.0.checked_add(micros) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// RFC 3339 with the zone's offset at this instant (`Z` in the zone UTC), with 0, 3 or 6
    /// digits of fraction, as many as it takes: the text always parses back to the same instant.
    pub fn to_rfc3339(self, zone: &Zone) -> Result<String, TimestampError> {
        let text = self.format(*zone);
        text.ok_or(TimestampError::Year { micros: self.0 })
    }

    /// Parses RFC 3339 with an offset; digits beyond the microsecond are cut off.
    pub fn parse_rfc3339(text: &str) -> Result<Self, TimestampError> {
        let refused = |_| TimestampError::Text {
            text: excerpt(text),
        };
        let parsed = DateTime::parse_from_rfc3339(text).map_err(refused)?;
        Ok(Self(parsed.timestamp_micros()))
    }

    fn format(self, zone: Zone) -> Option<String> {
        let utc = DateTime::from_timestamp_micros(self.0)?;
        // RFC 3339 offsets are whole minutes, a few historical ones are not: cutting the seconds
        // off shows a local clock less than a minute wrong, but exactly this instant.
        let seconds = zone.offset_seconds(self)? / 60 * 60;
        let offset = FixedOffset::east_opt(seconds)?;
        let local = utc.naive_utc().checked_add_offset(offset)?;
        (0..=9999).contains(&local.year()).then(|| {
            let shown = utc.with_timezone(&offset);
            shown.to_rfc3339_opts(SecondsFormat::AutoSi, zone == Zone::utc())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    #[test]
    fn the_system_counts_the_same_instant() {
        for micros in [
            i64::MIN,
            -1_500_001,
            -1,
            0,
            1,
            1_769_850_000_250_001,
            i64::MAX,
        ] {
            let instant = Timestamp::from_micros(micros);
            assert_eq!(Timestamp::from_system(instant.to_system()), instant);
        }
    }

    #[test]
    fn shows_the_offset_of_the_zone() {
        let instant = Timestamp::from_micros(1_769_850_000_250_000);
        for (name, text) in [
            ("UTC", "2026-01-31T09:00:00.250Z"),
            ("Europe/London", "2026-01-31T09:00:00.250+00:00"),
            ("Asia/Kathmandu", "2026-01-31T14:45:00.250+05:45"),
            ("America/New_York", "2026-01-31T04:00:00.250-05:00"),
        ] {
            assert_eq!(instant.to_rfc3339(&zone(name)).as_deref(), Ok(text));
            assert_eq!(Timestamp::parse_rfc3339(text), Ok(instant));
        }
    }

    #[test]
    fn an_offset_with_seconds_keeps_the_instant() {
        let epoch = Timestamp::from_micros(0);
        let text = epoch.to_rfc3339(&zone("Africa/Monrovia")).unwrap();
        assert_eq!(text, "1969-12-31T23:16:00-00:44");
        assert_eq!(Timestamp::parse_rfc3339(&text), Ok(epoch));
    }

    #[test]
    fn parses_down_to_the_microsecond() {
        for (text, micros) in [
            ("1970-01-01T00:00:00.000001Z", 1),
            ("1970-01-01T00:00:00.0000019Z", 1),
            ("1969-12-31T23:59:59.9999999Z", -1),
            ("1970-01-01t00:00:01z", 1_000_000),
        ] {
            let expected = Ok(Timestamp::from_micros(micros));
            assert_eq!(Timestamp::parse_rfc3339(text), expected, "{text}");
        }
        for text in [
            "",
            "now",
            "2026-01-31",
            "2026-01-31T09:00:00",
            "2026-02-30T09:00:00Z",
        ] {
            assert!(Timestamp::parse_rfc3339(text).is_err(), "{text}");
        }
    }

    #[test]
    fn years_of_more_digits_are_refused() {
        for text in ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"] {
            let edge = Timestamp::parse_rfc3339(text).unwrap();
            assert_eq!(edge.to_rfc3339(&Zone::utc()).as_deref(), Ok(text));
        }
        let last = Timestamp::parse_rfc3339("9999-12-31T23:59:59Z").unwrap();
        assert!(last.to_rfc3339(&zone("Asia/Tokyo")).is_err());
        for micros in [i64::MIN, i64::MAX] {
            let refused = Timestamp::from_micros(micros).to_rfc3339(&Zone::utc());
            assert_eq!(refused, Err(TimestampError::Year { micros }));
        }
    }

    #[test]
    fn sums_are_checked() {
        let one = Timestamp::from_micros(1);
        assert_eq!(one.checked_add_micros(-2), Some(Timestamp::from_micros(-1)));
        assert_eq!(one.checked_add_micros(i64::MAX), None);
    }

    proptest! {
        #[test]
        fn text_parses_back(micros in -2_000_000_000_000_000_i64..4_000_000_000_000_000) {
            let instant = Timestamp::from_micros(micros);
            let text = instant.to_rfc3339(&zone("America/St_Johns"))?;
            prop_assert_eq!(Timestamp::parse_rfc3339(&text), Ok(instant));
        }
    }
}
