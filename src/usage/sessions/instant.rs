//! Reads the times that agents write into their files: RFC 3339, to the microsecond. Owns no clock
//! and no zone; what is no such time is `None`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: i64 = 86_400;

/// The instant of `2026-11-21T10:28:39.306Z` or `2026-11-21 10:28:39+01:00`.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let bytes = text.as_bytes();
    let (date, rest) = bytes.split_at_checked(19)?;
    let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    let is_apart = matches!(date.get(10), Some(b'T' | b't' | b' '));
    if !is_apart || separators.iter().any(|(at, byte)| date[*at] != *byte) {
        return None;
    }
    let days = days(field(date, 0, 4)?, field(date, 5, 7)?, field(date, 8, 10)?)?;
    let (hour, minute) = (field(date, 11, 13)?, field(date, 14, 16)?);
    let second = field(date, 17, 19)?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (micros, zone) = fraction(rest)?;
    let seconds = days * DAY + hour * 3600 + minute * 60 + second - offset(zone)?;
    let whole = Duration::from_secs(u64::try_from(seconds).ok()?);
    UNIX_EPOCH.checked_add(whole + Duration::from_micros(micros))
}

/// The end of the second that such a text names: what happened in it is not before that.
pub(super) fn end_of_second(text: &str) -> Option<SystemTime> {
    last_of(parse(text)?)
}

/// The end of a second since 1970.
pub(super) fn of_second(seconds: u64) -> Option<SystemTime> {
    last_of(UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?)
}

fn last_of(second: SystemTime) -> Option<SystemTime> {
    second.checked_add(Duration::from_millis(999))
}

/// The number in these digits.
fn field(text: &[u8], from: usize, to: usize) -> Option<i64> {
    text.get(from..to)?.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + i64::from(byte - b'0'))
    })
}

/// Days from 1970-01-01 to a day of the Gregorian calendar, which must be one.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Years begin in March, so that the leap day is the last.
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// Microseconds after the dot, where there is one, and what follows.
fn fraction(rest: &[u8]) -> Option<(u64, &[u8])> {
    let Some(digits) = rest.strip_prefix(b".") else {
        return Some((0, rest));
    };
    let length = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, zone) = digits.split_at(length);
    let padded = digits.iter().chain(std::iter::repeat(&b'0')).take(6);
    let micros = padded.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    (length > 0).then_some((micros, zone))
}

/// Seconds east of Greenwich.
fn offset(zone: &[u8]) -> Option<i64> {
    match zone {
        b"Z" | b"z" => Some(0),
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (field(zone, 1, 3)?, field(zone, 4, 6)?);
            let seconds = hours * 3600 + minutes * 60;
            let is_sane = hours < 24 && minutes < 60;
            is_sane.then_some(if *sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> Option<u128> {
        let since = parse(text)?.duration_since(UNIX_EPOCH).expect("after 1970");
        Some(since.as_micros())
    }

    #[test]
    fn times_are_read_to_the_microsecond() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-21T12:00:00Z", 1_795_262_400_000_000),
            ("2026-11-21T12:00:00.5Z", 1_795_262_400_500_000),
            ("2026-11-21T12:00:00.123456789Z", 1_795_262_400_123_456),
            ("2026-11-21T13:30:00+01:30", 1_795_262_400_000_000),
            ("2026-11-21 07:00:00-05:00", 1_795_262_400_000_000),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
            ("2000-03-01T00:00:00Z", 951_868_800_000_000),
        ] {
            assert_eq!(micros(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "2026-11-21",
            "2026-11-21T12:00:00",
            "2026-11-31T12:00:00Z",
            "2026-02-29T12:00:00Z",
            "2026-13-01T12:00:00Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T12:00:00.Z",
            "2026-11-21T12:00:00+1:00",
            "2026-11-21T12:00:00Zulu",
            "1969-12-31T23:59:59Z",
            "+026-11-21T12:00:00Z",
            "2026-11-21T12:00:0\u{665}Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
