//! What a window comes to if it goes on as it has gone so far. A straight line through the figures
//! of the window itself, in integers; with a range, and from single charges, see `forecast`.

use crate::ledger::amount::Amount;
use crate::ledger::limit::Position;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;

/// The fewest slices that say anything.
const FEWEST: i128 = 3;
/// In how many slices a window is cut at least.
const SLICES: i128 = 12;
const SECOND: i128 = 1_000_000;
const MINUTE: i128 = 60 * SECOND;
const HOUR: i128 = 60 * MINUTE;
const DAY: i128 = 24 * HOUR;
/// How long slices are: the longest of these that cuts the window into enough of them. Minutes for
/// an hour, hours for a day, days for a month, weeks for a year.
const LENGTHS: [i128; 9] = [
    7 * DAY,
    DAY,
    6 * HOUR,
    HOUR,
    15 * MINUTE,
    5 * MINUTE,
    MINUTE,
    5 * SECOND,
    SECOND,
];
/// Where a limit has no period, nothing is said before its first hour is over, nor further ahead
/// than so many times what has passed.
const FURTHEST: i128 = 19;

/// Where a window is heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// When nothing is left; `None` where it lasts to the end of the window.
    pub runs_out: Option<Timestamp>,
    /// What will be charged by the end, with what is reserved now, if nothing stops it. Rounded up.
    /// `None` where there is no end, or where it leaves the range of amounts.
    pub at_end: Option<Amount>,
}

/// The pace of a limit that exists since `since`. `None` where there is nothing to be said: nothing
/// was charged, nothing is left, it is too early, or what it counts comes back.
pub fn pace(position: &Position, since: Timestamp, now: Timestamp) -> Option<Pace> {
    let (figures, bounds) = (&position.figures, &position.bounds);
    let between = |from: Timestamp, to: Timestamp| {
        Some(i128::from(to.as_micros()).saturating_sub(from.as_micros().into()))
            .filter(|span| *span > 0)
    };
    let charged = i128::from(figures.spent.atoms()).saturating_add(figures.debt.atoms().into());
    let available = i128::from(figures.available().atoms());
    let is_moot = figures.is_used_up() || position.key.unit == Unit::Slots;
    if is_moot || charged <= 0 {
        return None;
    }
    let elapsed = between(bounds.start.max(since), now)?;
    let rest = available.checked_mul(elapsed)?.checked_div(charged)?;
    let Some(end) = bounds.end else {
        let is_early = elapsed < HOUR || rest > elapsed.saturating_mul(FURTHEST);
        return (!is_early).then(|| Pace {
            runs_out: after(now, rest),
            at_end: None,
        });
    };
    let remaining = between(now, end)?;
    if is_early(elapsed, between(bounds.start, end)?) {
        return None;
    }
    let more = part_up(charged, remaining, elapsed)?;
    let at_end = charged
        .saturating_add(figures.reserved.atoms().into())
        .saturating_add(more);
    Some(Pace {
        runs_out: after(now, rest).filter(|_| rest < remaining),
        at_end: amount(at_end),
    })
}

/// The longest that a slice of a window of this length may be, in microseconds; at least 1.
pub fn slice(length: i128) -> i128 {
    let fits = |slice: &i128| {
        length
            .checked_div(*slice)
            .is_some_and(|count| count >= SLICES)
    };
    let least = length.checked_div(SLICES).unwrap_or_default().max(1);
    LENGTHS.into_iter().find(fits).unwrap_or(least)
}

/// Whether too little of a window of this length was seen to say anything of the rest, so that one
/// charge in the first minutes of a day predicts nothing.
pub(super) fn is_early(seen: i128, length: i128) -> bool {
    seen < slice(length).saturating_mul(FEWEST)
}

/// `sum` × `part` / `whole`, rounded up; none of them negative.
pub(super) fn part_up(sum: i128, part: i128, whole: i128) -> Option<i128> {
    let up = whole.checked_sub(1)?;
    sum.checked_mul(part)?.checked_add(up)?.checked_div(whole)
}

/// So many microseconds later, where there is such an instant.
pub(super) fn after(now: Timestamp, micros: i128) -> Option<Timestamp> {
    now.checked_add_micros(i64::try_from(micros).ok()?)
}

/// Atoms as an amount, where they are in its range.
pub(super) fn amount(atoms: i128) -> Option<Amount> {
    Amount::from_atoms(i64::try_from(atoms).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::calendar::Bounds;
    use crate::ledger::limit::{LimitId, LimitSpec};
    use crate::ledger::policy::Overage;
    use crate::ledger::window::Figures;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    /// A limit whose window begins at 0, and what was charged and is reserved of it.
    fn limit(text: &str, end: Option<i64>, charged: i64, reserved: i64) -> Position {
        let spec: LimitSpec = text.parse().expect(text);
        let amount = |atoms| Amount::from_atoms(atoms).expect("an amount");
        Position {
            limit: LimitId(1),
            budget: "me".parse().expect("a name"),
            key: spec.key,
            overage: Overage::default(),
            warn: Vec::new(),
            window: None,
            bounds: Bounds {
                start: at(0),
                end: end.map(at),
            },
            figures: Figures {
                spent: amount(charged),
                reserved: amount(reserved),
                ..Figures::fresh(spec.amount)
            },
        }
    }

    fn of(position: &Position, seconds: i64) -> Option<(Option<i64>, Option<i64>)> {
        let pace = pace(position, at(0), at(seconds))?;
        let out = pace.runs_out.map(|out| out.as_micros() / 1_000_000);
        Some((out, pace.at_end.map(Amount::atoms)))
    }

    #[test]
    fn a_day_runs_out_or_lasts() {
        let day = Some(24 * HOUR);
        let half = |charged, reserved| limit("100tokens/day", day, charged, reserved);
        for (charged, reserved, expected) in [
            (40, 0, (None, Some(80))),
            (50, 0, (None, Some(100))),
            (51, 0, (Some(42_352 + 42_352), Some(102))),
            (80, 0, (Some(12 * HOUR + 3 * HOUR), Some(160))),
            // What is reserved is no longer there to be spent.
            (40, 20, (None, Some(100))),
            (40, 40, (Some(12 * HOUR + 6 * HOUR), Some(120))),
        ] {
            let found = of(&half(charged, reserved), 12 * HOUR).expect("a pace");
            let near = |a: i64, b: i64| (a - b).abs() < 2_000;
            assert_eq!(found.1, expected.1, "{charged} {reserved}");
            match (found.0, expected.0) {
                (Some(found), Some(expected)) => assert!(near(found, expected), "{charged}"),
                (found, expected) => assert_eq!(found, expected, "{charged} {reserved}"),
            }
        }
    }

    #[test]
    fn one_charge_in_the_first_minutes_predicts_nothing() {
        let day = limit("5tokens/day", Some(24 * HOUR), 1, 0);
        assert_eq!(of(&day, 0), None);
        assert_eq!(of(&day, 600), None);
        assert_eq!(of(&day, 3 * HOUR - 1), None);
        assert!(of(&day, 3 * HOUR).is_some(), "three of its hours");
        let hour = limit("5tokens/hour", Some(HOUR), 1, 0);
        assert_eq!(of(&hour, 899), None);
        assert!(of(&hour, 900).is_some());
    }

    #[test]
    fn slices_suit_their_window() {
        let (minute, hour, day) = (MINUTE, 60 * MINUTE, DAY);
        for (window, expected) in [
            (hour, 5 * minute),
            (5 * hour, 15 * minute),
            (23 * hour, hour),
            (25 * hour, hour),
            (7 * day - hour, 6 * hour),
            (28 * day, day),
            (31 * day, day),
            (366 * day, 7 * day),
            (SECOND, SECOND / 12),
        ] {
            assert_eq!(slice(window), expected, "{window}");
        }
    }

    #[test]
    fn a_limit_without_an_end_says_how_long_the_rest_lasts() {
        let limit = |charged| limit("100tokens", None, charged, 0);
        assert_eq!(of(&limit(50), HOUR - 1), None, "within its first hour");
        assert_eq!(of(&limit(50), HOUR), Some((Some(2 * HOUR), None)));
        assert_eq!(of(&limit(5), HOUR), Some((Some(20 * HOUR), None)));
        assert_eq!(of(&limit(4), HOUR), None, "further than it has seen");
        assert!(of(&limit(4), 10 * HOUR).is_none());
    }

    #[test]
    fn a_budget_made_within_the_window_is_judged_from_then_on() {
        let month = limit("100tokens/month", Some(720 * HOUR), 10, 0);
        let since_noon = |hour| pace(&month, at(600 * HOUR), at(hour * HOUR));
        assert_eq!(since_noon(671), None, "less than three days of it");
        let found = since_noon(672).expect("a pace");
        assert_eq!(found.at_end.map(Amount::atoms), Some(17), "rounded up");
        let long_ago = pace(&month, at(-1), at(672 * HOUR)).expect("a pace");
        assert_eq!(long_ago.at_end.map(Amount::atoms), Some(11), "rounded up");
    }

    #[test]
    fn where_nothing_can_be_said_nothing_is() {
        let day = Some(24 * HOUR);
        let mut over = limit("100tokens/day", day, 40, 0);
        over.figures.over = true;
        for (what, position) in [
            ("nothing charged", limit("100tokens/day", day, 0, 0)),
            ("nothing left", limit("100tokens/day", day, 100, 0)),
            ("all reserved", limit("100tokens/day", day, 40, 60)),
            ("slots come back", limit("3slots", None, 1, 0)),
            ("over", over),
        ] {
            assert_eq!(of(&position, 12 * HOUR), None, "{what}");
        }
        let day = limit("100tokens/day", day, 40, 0);
        assert_eq!(of(&day, 24 * HOUR), None, "the window has ended");
        assert_eq!(of(&day, -1), None, "it has not begun");
    }

    proptest! {
        /// Either it runs out within the window, or what it comes to fits the limit.
        #[test]
        fn it_runs_out_or_it_fits(
            amount in 1..i64::MAX / 4,
            charged in 1..i64::MAX / 4,
            reserved in 0..i64::MAX / 4,
            length in 1..4_000_000_i64,
            passed in 0..4_000_000_i64,
        ) {
            let mut position = limit("1tokens/day", Some(length), charged, reserved);
            position.figures.limit = Amount::from_atoms(amount).expect("an amount");
            if let Some(pace) = pace(&position, at(0), at(passed)) {
                match pace.runs_out {
                    Some(out) => prop_assert!(out >= at(passed) && out < at(length)),
                    None => prop_assert!(pace.at_end.is_some_and(|end| end.atoms() <= amount)),
                }
                if let Some(end) = pace.at_end {
                    prop_assert!(end.atoms() >= charged + reserved);
                }
            }
        }
    }
}
