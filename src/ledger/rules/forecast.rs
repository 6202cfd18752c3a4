//! What the rest of a window will bring, with a range, from its own charges over time.
//!
//! The part of the window that has passed, E, is cut into n equal slices. With T charged in all of
//! them and V the variance of a slice, the rest of the window, R, is expected to bring T·R/E, and
//! four times in five a sum within t·√(V·k·(1 + k/n)) of that, where k = R·n/E is the rest in slices
//! and t Student's factor for n − 1 degrees of freedom: the spread of what is to come, and the doubt
//! about the mean of what has been. It takes slices to be independent of each other. Money that was
//! charged stays charged, so nothing falls below what there is. All in integers, ranges rounded
//! outwards.

use super::pace::{after, amount, is_early, pace, part_up, slice};
use crate::ledger::amount::Amount;
use crate::ledger::limit::Position;
use crate::ledger::timestamp::Timestamp;

/// Student's factor for a range that holds four times in five, in thousandths, from so many degrees
/// of freedom on.
const FACTORS: [(i128, i128); 15] = [
    (60, 1_296),
    (30, 1_310),
    (20, 1_325),
    (15, 1_341),
    (12, 1_356),
    (10, 1_372),
    (9, 1_383),
    (8, 1_397),
    (7, 1_415),
    (6, 1_440),
    (5, 1_476),
    (4, 1_533),
    (3, 1_638),
    (2, 1_886),
    (1, 3_078),
];
/// Sums are scaled down to so many bits before they are squared.
const BITS: u32 = 44;

/// What there is to say of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forecast {
    /// It has no end. When nothing is left at its pace, where that can be said.
    Endless(Option<Timestamp>),
    /// Nothing was charged yet.
    Nothing,
    /// Too little of it has passed.
    TooEarly,
    /// Where it is heading.
    Heading(Heading),
}

/// Where a window is heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heading {
    /// What will be charged by its end if nothing stops it, with what is reserved now.
    pub at_end: Range,
    /// When nothing is left.
    pub runs_out: RunsOut,
}

/// A sum, and within what it is four times in five. Amounts end at the end of their range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The lower end.
    pub low: Amount,
    /// What is expected.
    pub likely: Amount,
    /// The upper end.
    pub high: Amount,
}

/// An instant, and within what it is four times in five; each `None` where that is after the end of
/// the window, or where nothing is left already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunsOut {
    /// The earliest.
    pub earliest: Option<Timestamp>,
    /// What is expected.
    pub likely: Option<Timestamp>,
    /// The latest.
    pub latest: Option<Timestamp>,
}

/// How a stretch of time went.
struct Course {
    /// What was charged.
    total: i128,
    /// How far apart its slices were, in thousandths of an atom, see [`spread`].
    spread: u128,
    /// How long it was, in microseconds.
    elapsed: i128,
}

/// What some time to come brings.
#[derive(Clone, Copy)]
struct Brings {
    low: i128,
    /// What is expected, without its fraction.
    whole: i128,
    /// What is expected, rounded up.
    likely: i128,
    high: i128,
}

/// The forecast for a limit that exists since `since`, from what was charged when. What was charged
/// outside of the window is left out; where something was charged before the limit was there, as an
/// import does, the window is judged from then on.
pub fn forecast(
    position: &Position,
    since: Timestamp,
    charges: &[(Timestamp, i64)],
    now: Timestamp,
) -> Forecast {
    let bounds = &position.bounds;
    let Some(end) = bounds.end else {
        let pace = pace(position, since, now);
        return Forecast::Endless(pace.and_then(|pace| pace.runs_out));
    };
    let charges = charges
        .iter()
        .filter(|(at, _)| bounds.start <= *at && *at <= now);
    let charges: Vec<_> = charges.copied().collect();
    let Some(first) = charges.iter().map(|(at, _)| *at).min() else {
        return Forecast::Nothing;
    };
    let from = since.min(first).max(bounds.start);
    let length = between(bounds.start, end);
    if is_early(between(from, now), length) {
        return Forecast::TooEarly;
    }
    match Course::of(&charges, from, now, slice(length)) {
        None => Forecast::TooEarly,
        Some(course) if course.total == 0 => Forecast::Nothing,
        Some(course) => heading(position, &course, now, between(now, end))
            .map_or(Forecast::TooEarly, Forecast::Heading),
    }
}

fn heading(position: &Position, course: &Course, now: Timestamp, rest: i128) -> Option<Heading> {
    let figures = &position.figures;
    let charged = i128::from(figures.spent.atoms()).checked_add(figures.debt.atoms().into())?;
    let reserved = i128::from(figures.reserved.atoms());
    let taken = charged.checked_add(reserved)?;
    let brings = course.brings(rest)?;
    let capped = |atoms: i128| amount(atoms.min(i64::MAX.into()));
    let available = i128::from(figures.available().atoms());
    let is_used_up = figures.is_used_up();
    let reaches = |pick: fn(Brings) -> i128, enough: i128| {
        let micros = course.first(rest, |brings| pick(brings) >= enough);
        let micros = micros.filter(|_| !is_used_up);
        micros.and_then(|micros| after(now, micros))
    };
    Some(Heading {
        at_end: Range {
            // What is reserved may come back.
            low: capped(charged.saturating_add(brings.low))?,
            likely: capped(taken.saturating_add(brings.likely))?,
            high: capped(taken.saturating_add(brings.high))?,
        },
        runs_out: RunsOut {
            earliest: reaches(|brings| brings.high, available),
            likely: reaches(|brings| brings.whole, available),
            latest: reaches(|brings| brings.low, available.saturating_add(reserved)),
        },
    })
}

impl Course {
    /// How it went from an instant until now.
    fn of(
        charges: &[(Timestamp, i64)],
        from: Timestamp,
        now: Timestamp,
        slice: i128,
    ) -> Option<Self> {
        let elapsed = between(from, now);
        let count = elapsed.checked_div(slice)?;
        let mut slices = vec![0_i128; usize::try_from(count).ok()?];
        for (at, atoms) in charges {
            let number = between(from, *at)
                .checked_mul(count)?
                .checked_div(elapsed)?;
            let number = usize::try_from(number.min(count.checked_sub(1)?)).ok()?;
            let sum = slices.get_mut(number)?;
            *sum = sum.checked_add((*atoms).into())?;
        }
        // More may have been taken back in a slice than was charged in it.
        let slices: Vec<_> = slices.into_iter().map(|sum| sum.max(0)).collect();
        let total = slices.iter().sum();
        Some(Self {
            total,
            spread: spread(&slices, total, count)?,
            elapsed,
        })
    }

    /// What so much time to come will bring.
    fn brings(&self, rest: i128) -> Option<Brings> {
        let likely = part_up(self.total, rest, self.elapsed)?;
        let whole = self.total.checked_mul(rest)?.checked_div(self.elapsed)?;
        let both = self.elapsed.checked_add(rest)?;
        let root = root_up(rest.checked_mul(both)?.try_into().ok()?);
        let elapsed = u128::try_from(self.elapsed).ok()?;
        let parts = elapsed.checked_mul(1_000)?;
        let doubt = self.spread.checked_mul(root)?.div_ceil(parts);
        let doubt = i128::try_from(doubt).ok()?;
        Some(Brings {
            low: whole.saturating_sub(doubt).max(0),
            whole,
            likely,
            high: likely.saturating_add(doubt),
        })
    }

    /// The least time to come that brings enough, up to the end, without it. What it brings must
    /// stay enough once it is.
    fn first(&self, rest: i128, is_enough: impl Fn(Brings) -> bool) -> Option<i128> {
        let brings_enough = |micros| self.brings(micros).is_some_and(&is_enough);
        let (mut below, mut reached) = (0, rest.checked_sub(1)?);
        if !brings_enough(reached) {
            return None;
        }
        while reached.checked_sub(below)? > 1 {
            let middle = below.checked_add(reached.checked_sub(below)?.checked_div(2)?)?;
            (below, reached) = if brings_enough(middle) {
                (below, middle)
            } else {
                (middle, reached)
            };
        }
        Some(reached)
    }
}

/// Student's factor times √(n·V), in thousandths: where n slices sum up to T and their squares to Q,
/// n·V is (n·Q − T²) / (n − 1). What it is multiplied by is then √(R·(E + R)) / E.
fn spread(slices: &[i128], total: i128, count: i128) -> Option<u128> {
    let bits = i128::BITS.saturating_sub(total.leading_zeros());
    let scale = bits.saturating_sub(BITS);
    let square = |sum: &i128| {
        let scaled = sum.checked_shr(scale)?;
        scaled.checked_mul(scaled)
    };
    let mut squares = 0_i128;
    for sum in slices {
        squares = squares.checked_add(square(sum)?)?;
    }
    let deviation = squares
        .checked_mul(count)?
        .saturating_sub(square(&total)?)
        .max(0);
    let free = count.checked_sub(1)?;
    let (_, factor) = FACTORS.iter().find(|(least, _)| free >= *least)?;
    let deviation = part_up(deviation, factor.checked_mul(*factor)?, free)?;
    root_up(deviation.try_into().ok()?).checked_shl(scale)
}

/// The square root, rounded up.
fn root_up(square: u128) -> u128 {
    let root = square.isqrt();
    if root.checked_mul(root) == Some(square) {
        root
    } else {
        root.saturating_add(1)
    }
}

/// Microseconds from one instant to another, none where that is earlier.
fn between(from: Timestamp, to: Timestamp) -> i128 {
    let span = i128::from(to.as_micros()).saturating_sub(from.as_micros().into());
    span.max(0)
}

#[cfg(test)]
mod tests;
