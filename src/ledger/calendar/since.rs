//! A beginning that people type: a day, an instant, or how long ago. Owns no clock: what a length
//! counts back from, and which zone a day begins in, are given.

use std::str::FromStr;

use chrono::{NaiveDate, NaiveTime};

use super::super::duration::Span;
use super::super::timestamp::Timestamp;
use super::{Zone, excerpt};

/// When something begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// With the first instant of a day.
    Day(NaiveDate),
    /// At an instant.
    Instant(Timestamp),
    /// So long ago.
    Ago(Span),
}

/// Text that is no beginning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a day: write it like 2026-11-01, or how long ago it is, like 7d, \
     or as an instant, like 2026-11-01T09:30:00Z"
)]
pub struct InvalidSince {
    text: String,
}

impl Since {
    /// The instant. What is longer ago than the calendar reaches is its beginning.
    pub fn instant(self, zone: Zone, now: Timestamp) -> Timestamp {
        let earliest = Timestamp::from_micros(i64::MIN);
        match self {
            Self::Instant(instant) => instant,
            Self::Ago(span) => now
                .checked_add_micros(span.micros().saturating_neg())
                .unwrap_or(earliest),
            Self::Day(day) => zone
                .first_instant(day.and_time(NaiveTime::MIN))
                .unwrap_or(earliest),
        }
    }

    /// The instant before which something ends that is said to go on until then: a day is part of
    /// it. What lies beyond the calendar is its end.
    pub fn end(self, zone: Zone, now: Timestamp) -> Timestamp {
        match self {
            Self::Instant(_) | Self::Ago(_) => self.instant(zone, now),
            Self::Day(day) => day
                .succ_opt()
                .and_then(|next| zone.first_instant(next.and_time(NaiveTime::MIN)))
                .unwrap_or(Timestamp::from_micros(i64::MAX)),
        }
    }
}

impl FromStr for Since {
    type Err = InvalidSince;

    fn from_str(text: &str) -> Result<Self, InvalidSince> {
        let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        let refused = InvalidSince {
            text: excerpt(text),
        };
        if let Ok(span) = text.parse() {
            return Ok(Self::Ago(span));
        }
        match (Timestamp::parse_rfc3339(text), day()) {
            (Ok(instant), _) => Ok(Self::Instant(instant)),
            (Err(_), day) => day.map(Self::Day).ok_or(refused),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_in_its_zone_and_a_length_counts_back() {
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        let now = Timestamp::parse_rfc3339("2026-11-21T10:00:00Z").unwrap();
        for (text, instant) in [
            ("2026-11-01", "2026-10-31T23:00:00Z"),
            ("2026-11-01T09:30:00+01:00", "2026-11-01T08:30:00Z"),
            ("7d", "2026-11-14T10:00:00Z"),
            ("90m", "2026-11-21T08:30:00Z"),
        ] {
            let since: Since = text.parse().unwrap();
            let expected = Timestamp::parse_rfc3339(instant).unwrap();
            assert_eq!(since.instant(zone, now), expected, "{text}");
        }
    }

    #[test]
    fn an_end_takes_its_day_in() {
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        let now = Timestamp::parse_rfc3339("2026-11-21T10:00:00Z").unwrap();
        for (text, instant) in [
            ("2026-11-01", "2026-11-01T23:00:00Z"),
            ("2026-10-25", "2026-10-25T23:00:00Z"),
            ("2026-11-01T09:30:00+01:00", "2026-11-01T08:30:00Z"),
            ("1d", "2026-11-20T10:00:00Z"),
        ] {
            let until: Since = text.parse().unwrap();
            let expected = Timestamp::parse_rfc3339(instant).unwrap();
            assert_eq!(until.end(zone, now), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-02-30",
            "2026-11",
            "-7d",
            "0d",
            "11/01/2026",
        ] {
            assert!(text.parse::<Since>().is_err(), "{text}");
        }
    }
}
