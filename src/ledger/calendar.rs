//! Calendar windows: which stretch of time a limit counts at a given instant.
//! A pure function of period, zone, anchor and instant. Owns no clock and no stored window, and
//! does not decide when a window opens or whether a clock is to be believed.

#![cfg_attr(
    not(test),
    expect(
        clippy::arithmetic_side_effects,
        clippy::integer_division,
        reason = "civil time within the years of the calendar, far from the ends of 64 bits"
    )
)]

mod anchor;
mod period;
mod since;
#[cfg(test)]
mod tests;
mod zone;

use chrono::{Datelike, Days, Months, NaiveDate};

use super::timestamp::Timestamp;

pub use anchor::Anchor;
pub use chrono::Weekday;
pub use period::Period;
pub use since::{InvalidSince, Since};
pub use zone::Zone;

const HOUR: i64 = 3_600_000_000;
const EXCERPT: usize = 40;

/// A stretch of time from `start` up to, but without, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// The first instant in the window.
    pub start: Timestamp,
    /// The first instant after it; `None` where it never ends.
    pub end: Option<Timestamp>,
}

/// Text that names no zone, period or anchor, or a window that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// No time zone has this name.
    #[error("`{text}` is not a time zone: use an IANA name like {nearest}")]
    UnknownZone {
        /// The refused text, shortened.
        text: String,
        /// The known name closest to it, or an example where none is close.
        nearest: &'static str,
    },
    /// The text is no period.
    #[error(
        "`{text}` is not a period: use hour, day, week, month or year, \
         or a length like 90m, 5h, 30d or 2w"
    )]
    Period {
        /// The refused text, shortened.
        text: String,
    },
    /// The length is not a whole number of seconds from 1 second to 3660 days.
    #[error("`{text}` is out of range: a length is 1s to 3660d")]
    Span {
        /// The refused text, shortened.
        text: String,
    },
    /// The text is no anchor.
    #[error(
        "`{text}` is not an anchor: use a time like 06:00, a weekday like sun, \
         a day of the month 1 to 31, or several with commas"
    )]
    Anchor {
        /// The refused text, shortened.
        text: String,
    },
    /// The window was to end at or before the instant asked for.
    #[error("the period ended at {} us and now is {} us", until.as_micros(), now.as_micros())]
    Elapsed {
        /// The end.
        until: Timestamp,
        /// The instant asked for.
        now: Timestamp,
    },
    /// The calendar does not reach this instant or its window, some 262,000 years away.
    #[error("instant {} us lies beyond the calendar", now.as_micros())]
    OutOfRange {
        /// The instant asked for.
        now: Timestamp,
    },
}

/// The window that contains `now`: `start <= now < end`.
///
/// Windows of the calendar periods follow each other without gap or overlap, and every instant of
/// one gives the same answer. They start at the first instant the local clock shows their
/// anchored beginning or, where it skips that, later. Hours ignore the anchor and are cut where
/// the local clock jumps. Spans, `Until` and `Forever` start at `now`.
pub fn bounds(
    period: Period,
    zone: &Zone,
    anchor: Anchor,
    now: Timestamp,
) -> Result<Bounds, CalendarError> {
    let from_now = |end| Bounds { start: now, end };
    let found = match period {
        Period::Forever => Some(from_now(None)),
        Period::Span { micros } => {
            Period::span(micros)?;
            now.checked_add_micros(micros)
                .map(|end| from_now(Some(end)))
        }
        Period::Until(until) if until <= now => return Err(CalendarError::Elapsed { until, now }),
        Period::Until(until) => Some(from_now(Some(until))),
        Period::Hour => hour(*zone, now),
        Period::Day => civil(*zone, anchor, now, day_start),
        Period::Week => civil(*zone, anchor, now, week_start),
        Period::Month => civil(*zone, anchor, now, month_start),
        Period::Year => civil(*zone, anchor, now, year_start),
    };
    found.ok_or(CalendarError::OutOfRange { now })
}

/// The full hour of the local clock around `now`, less what belongs to another offset: an hour
/// that happens twice is two windows, and half of an hour that is skipped is half a window.
fn hour(zone: Zone, now: Timestamp) -> Option<Bounds> {
    let offset = zone.offset_micros(now)?;
    let into = now.checked_add_micros(offset)?.as_micros().rem_euclid(HOUR);
    let start = now.checked_add_micros(-into)?;
    let end = start.checked_add_micros(HOUR)?;
    let steady = |at| zone.offset_micros(at).map(|other| other == offset);
    let first = if steady(start)? {
        start
    } else {
        turn(start, now, |at| steady(at) == Some(true))?
    };
    let after = if steady(end)? {
        end
    } else {
        turn(now, end, |at| steady(at) == Some(false))?
    };
    Some(Bounds {
        start: first,
        end: Some(after),
    })
}

/// The first instant after `from` and up to `to` where `holds`, which `to` does, and which once
/// true stays true between them.
fn turn(from: Timestamp, to: Timestamp, holds: impl Fn(Timestamp) -> bool) -> Option<Timestamp> {
    let (mut below, mut reached) = (from, to);
    loop {
        let half = reached.as_micros().checked_sub(below.as_micros())? / 2;
        if half == 0 {
            return Some(reached);
        }
        let middle = below.checked_add_micros(half)?;
        (below, reached) = if holds(middle) {
            (below, middle)
        } else {
            (middle, reached)
        };
    }
}

/// The nominal first day of the period `step` after the one a local date lies in. The anchored
/// time of day is left to the caller, so the date may still lie in the period before.
type PeriodStart = fn(Anchor, NaiveDate, i32) -> Option<NaiveDate>;

/// Nominal beginnings are mapped to instants, an order-preserving map, and the last one reached
/// and the first one ahead bound the window. Two beginnings that fall on one instant (a day that
/// does not exist) thus never make an empty window.
fn civil(zone: Zone, anchor: Anchor, now: Timestamp, period_start: PeriodStart) -> Option<Bounds> {
    let (today, time) = (zone.date(now)?, anchor.time()?);
    let mut start = None;
    // Beginnings before today's date are past for certain. The next one can be past as well, where
    // the clock has been set back over it, but clocks are not set back by more than a day.
    for step in -1..=2 {
        let beginning = period_start(anchor, today, step)?.and_time(time);
        let instant = zone.first_instant(beginning)?;
        if instant > now {
            return start.map(|start| Bounds {
                start,
                end: Some(instant),
            });
        }
        start = Some(instant);
    }
    None
}

fn day_start(_: Anchor, today: NaiveDate, step: i32) -> Option<NaiveDate> {
    let days = Days::new(u64::from(step.unsigned_abs()));
    if step < 0 {
        today.checked_sub_days(days)
    } else {
        today.checked_add_days(days)
    }
}

fn week_start(anchor: Anchor, today: NaiveDate, step: i32) -> Option<NaiveDate> {
    let into = today.weekday().days_since(anchor.weekday());
    day_start(
        anchor,
        today,
        step.checked_mul(7)?.checked_sub_unsigned(into)?,
    )
}

/// Counted from a January, which has all 31 days: a short month never shortens the next one.
fn month_start(anchor: Anchor, today: NaiveDate, step: i32) -> Option<NaiveDate> {
    let january = NaiveDate::from_ymd_opt(today.year() - 1, 1, u32::from(anchor.month_day()))?;
    let months = (12 + today.month0()).checked_add_signed(step)?;
    january.checked_add_months(Months::new(months))
}

fn year_start(_: Anchor, today: NaiveDate, step: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(today.year().checked_add(step)?, 1, 1)
}

/// Refused text for an error message, of bounded length and without control characters.
pub(crate) fn excerpt(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(EXCERPT)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(EXCERPT).is_some() {
        shown.push('…');
    }
    shown
}
