//! Time zones by IANA name, from tables that are part of the program.
//! Owns name look-up and local time; reads neither the system's zone nor its files.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, MappedLocalTime, NaiveDate, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{GapInfo, TZ_VARIANTS, Tz};

use super::{CalendarError, Timestamp, excerpt};
use crate::ledger::edits::edits;

/// Names longer than this are mistakes of another kind: no nearest one is looked for.
const LONGEST_GUESS: usize = 40;

/// An IANA time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(Tz);

impl Zone {
    /// The zone `UTC`, without any transition.
    pub const fn utc() -> Self {
        Self(Tz::UTC)
    }

    /// The IANA name in its usual spelling, such as `Europe/Berlin`; aliases stay as they are.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Seconds east of UTC at this instant; `None` some 262,000 years from now.
    pub(crate) fn offset_seconds(self, at: Timestamp) -> Option<i32> {
        let utc = naive(at)?;
        Some(
            self.0
                .offset_from_utc_datetime(&utc)
                .fix()
                .local_minus_utc(),
        )
    }

    /// The same in microseconds.
    pub(super) fn offset_micros(self, at: Timestamp) -> Option<i64> {
        self.offset_seconds(at)
            .map(|seconds| i64::from(seconds) * 1_000_000)
    }

    /// The date on the local calendar at this instant.
    pub(super) fn date(self, at: Timestamp) -> Option<NaiveDate> {
        let offset = self.offset_micros(at)?;
        naive(at.checked_add_micros(offset)?).map(|local| local.date())
    }

    /// The first instant at which the local clock shows `local` or, where it skips that, later.
    pub(super) fn first_instant(self, local: NaiveDateTime) -> Option<Timestamp> {
        let micros = match self.0.offset_from_local_datetime(&local) {
            MappedLocalTime::Single(offset) | MappedLocalTime::Ambiguous(offset, _) => local
                .checked_sub_offset(offset.fix())?
                .and_utc()
                .timestamp_micros(),
            MappedLocalTime::None => GapInfo::new(&local, &self.0)?.end?.timestamp_micros(),
        };
        Some(Timestamp::from_micros(micros))
    }
}

fn naive(at: Timestamp) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(at.as_micros()).map(|utc| utc.naive_utc())
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Zone {
    type Err = CalendarError;

    /// Takes an IANA name in any case; the error suggests the nearest one there is.
    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let found = text.parse().ok().or_else(|| any_case(text));
        found.map(Self).ok_or_else(|| CalendarError::UnknownZone {
            text: excerpt(text),
            nearest: nearest(text).map_or("Europe/Berlin", |zone| zone.name()),
        })
    }
}

fn any_case(text: &str) -> Option<Tz> {
    TZ_VARIANTS
        .iter()
        .copied()
        .find(|zone| zone.name().eq_ignore_ascii_case(text))
}

/// The known zone a mistyped name most likely means, if any comes close.
fn nearest(text: &str) -> Option<Tz> {
    let wanted = text.trim().replace(' ', "_").to_ascii_lowercase();
    if wanted.is_empty() || wanted.chars().count() > LONGEST_GUESS {
        return None;
    }
    let ranked = TZ_VARIANTS
        .iter()
        .map(|zone| (distance_to(&wanted, zone.name()), zone));
    let (distance, zone) = ranked.min_by_key(|(distance, _)| *distance)?;
    // Half of the letters wrong is no longer a typing mistake.
    (distance.0 * 2 < wanted.chars().count()).then_some(*zone)
}

/// Edits between the lowercase text and a name, and the same for the whole name to break ties.
/// A text without a slash is a city alone: `berlin`.
fn distance_to(wanted: &str, name: &str) -> (usize, usize) {
    let name = name.to_ascii_lowercase();
    let whole = edits(wanted, &name);
    match name.rsplit_once('/') {
        Some((_, city)) if !wanted.contains('/') => (whole.min(edits(wanted, city)), whole),
        _ => (whole, whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        text.parse::<Zone>()
            .map_or_else(|error| error.to_string(), |zone| zone.to_string())
    }

    #[test]
    fn names_are_found_in_any_case() {
        for (text, name) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
            (
                "AMERICA/ARGENTINA/BUENOS_AIRES",
                "America/Argentina/Buenos_Aires",
            ),
            ("utc", "UTC"),
            ("Asia/Calcutta", "Asia/Calcutta"),
        ] {
            assert_eq!(text.parse::<Zone>().unwrap().name(), name);
        }
        assert_eq!("UTC".parse::<Zone>(), Ok(Zone::utc()));
    }

    #[test]
    fn a_near_miss_is_suggested() {
        for (text, name) in [
            ("Europe/Berln", "Europe/Berlin"),
            ("Berlin", "Europe/Berlin"),
            ("new york", "America/New_York"),
            ("europe/lodnon", "Europe/London"),
            ("Sao_Paolo", "America/Sao_Paulo"),
        ] {
            let expected = format!("`{text}` is not a time zone: use an IANA name like {name}");
            assert_eq!(refusal(text), expected);
        }
    }

    #[test]
    fn nonsense_gets_the_plain_example() {
        let long = "x".repeat(10_000);
        for text in ["", "   ", "???????", "Ä", "qqqqqqqqqqq", long.as_str()] {
            assert!(
                refusal(text).ends_with("use an IANA name like Europe/Berlin"),
                "{text}"
            );
            assert!(refusal(text).len() < 120);
        }
    }

    #[test]
    fn every_zone_parses_back() {
        for zone in TZ_VARIANTS {
            assert_eq!(zone.name().parse(), Ok(Zone(zone)));
        }
    }
}
