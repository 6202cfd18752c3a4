//! Where the limits of budgets are heading, from the charges in their windows over time.

use std::collections::BTreeMap;

use super::Ledger;
use super::scene::Scene;
use crate::ledger::budget::Standing;
use crate::ledger::charge::{Charge, Dictionary, Purpose};
use crate::ledger::error::Result;
use crate::ledger::limit::Position;
use crate::ledger::name::{BudgetName, Names};
use crate::ledger::rules::forecast::{Forecast, forecast};
use crate::ledger::rules::pace::slice;
use crate::ledger::store::digest::Grain;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;

/// Into how many parts of a slice charges are sorted: it is a matter of memory only.
const PARTS: i128 = 64;

/// Budgets, and where their limits are heading.
#[derive(Debug, Clone)]
pub struct Forecasted {
    /// When it was read.
    pub at: Timestamp,
    /// Whether the wall clock is believed; where not, nothing is said.
    pub clock_believed: bool,
    /// The budgets, by name.
    pub budgets: Vec<Outlook>,
}

/// A budget, and where its limits are heading.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// The budget.
    pub standing: Standing,
    /// For each of its limits, in their order; `None` for those that count what comes back.
    pub forecasts: Vec<Option<Forecast>>,
}

impl Ledger {
    /// Where limits are heading: those of one budget and of all below it, or of every one. Goes
    /// through the charges of the whole journal.
    pub fn forecast(&self, within: Option<&BudgetName>) -> Result<Forecasted> {
        self.read(|scene| {
            let standings = scene.standings_within(within)?;
            let mut courses = Courses::of(&standings, scene);
            scene.each_charge(Grain::Each, &mut |names, charge| courses.see(names, charge))?;
            let courses = courses.found;
            Ok(Forecasted {
                at: scene.now.wall,
                clock_believed: scene.believable,
                budgets: outlooks(standings, courses, scene),
            })
        })
    }
}

fn outlooks(standings: Vec<Standing>, courses: Vec<Course>, scene: &Scene<'_>) -> Vec<Outlook> {
    let mut courses = courses.into_iter();
    let outlook = |standing: Standing| {
        let since = standing.budget.created;
        let of = |position: &Position| {
            let charges = courses.next().unwrap_or_default().charges;
            let charges: Vec<_> = charges.into_iter().collect();
            let is_told = position.key.unit != Unit::Slots && scene.believable;
            is_told.then(|| forecast(position, since, &charges, scene.now.wall))
        };
        Outlook {
            forecasts: standing.positions.iter().map(of).collect(),
            standing,
        }
    };
    standings.into_iter().map(outlook).collect()
}

/// What was charged to the window of a limit, by time.
#[derive(Default)]
struct Course {
    charges: BTreeMap<Timestamp, i64>,
}

/// The courses of limits, as charges are seen.
struct Courses<'a> {
    limits: Vec<&'a Position>,
    found: Vec<Course>,
    until: Timestamp,
    /// For each purpose the numbers of the limits that it counts against.
    counted: Vec<Vec<usize>>,
}

impl<'a> Courses<'a> {
    fn of(standings: &'a [Standing], scene: &Scene<'_>) -> Self {
        let limits = standings.iter().flat_map(|standing| &standing.positions);
        let limits: Vec<_> = limits.collect();
        Self {
            found: limits.iter().map(|_| Course::default()).collect(),
            limits,
            until: scene.now.wall,
            counted: Vec::new(),
        }
    }

    fn see(&mut self, names: &Dictionary, charge: &Charge) {
        let Ok(purpose) = usize::try_from(charge.purpose) else {
            return;
        };
        while self.counted.len() <= purpose {
            let next = names.purposes.all().get(self.counted.len());
            let numbers = next.map(|next| self.counts_against(next));
            self.counted.push(numbers.unwrap_or_default());
        }
        for number in self.counted.get(purpose).into_iter().flatten() {
            let (Some(limit), Some(course)) =
                (self.limits.get(*number), self.found.get_mut(*number))
            else {
                continue;
            };
            let is_inside =
                limit.bounds.start <= charge.effective_at && charge.effective_at <= self.until;
            let parts = charge.parts.iter().filter(|_| is_inside);
            let mut parts =
                parts.filter(|part| names.units.get(part.unit) == Some(&limit.key.unit));
            if let Some(part) = parts.next() {
                let sum = course
                    .charges
                    .entry(part_of(limit, charge.effective_at))
                    .or_default();
                *sum = sum.saturating_add(part.atoms);
            }
        }
    }

    fn counts_against(&self, purpose: &Purpose) -> Vec<usize> {
        let names = Names::from_stored(&purpose.budgets);
        let below = |limit: &Position| {
            let names = names.as_ref();
            names.is_some_and(|names| names.any_within(&limit.budget))
        };
        let limits = self.limits.iter().zip(0..);
        let found = limits.filter(|(limit, _)| below(limit));
        found.map(|(_, number)| number).collect()
    }
}

/// The beginning of the part of a slice that an instant lies in.
fn part_of(limit: &Position, at: Timestamp) -> Timestamp {
    let micros = |at: Timestamp| i128::from(at.as_micros());
    let start = micros(limit.bounds.start);
    let length = limit
        .bounds
        .end
        .map(|end| micros(end).saturating_sub(start));
    let part = length.and_then(|length| slice(length).checked_div(PARTS));
    let into = micros(at).saturating_sub(start);
    let rest = part
        .and_then(|part| into.checked_rem(part))
        .unwrap_or_default();
    i64::try_from(rest)
        .ok()
        .and_then(|rest| at.checked_add_micros(rest.saturating_neg()))
        .unwrap_or(at)
}
