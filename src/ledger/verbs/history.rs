//! What earlier runs of a program cost on the same budgets. Read only where it is asked for.

use std::collections::BTreeMap;

use super::Ledger;
use super::scene::Scene;
use crate::ledger::amount::Amount;
use crate::ledger::error::Result;
use crate::ledger::name::Names;
use crate::ledger::reservation::Reservation;
use crate::ledger::rules::history::{History, Run};
use crate::ledger::store::Session;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;

/// How many of the latest runs count.
const RUNS: usize = 200;
/// How long ago the first of them may have begun, in days.
pub const DAYS: i64 = 90;

impl Ledger {
    /// What the latest finished runs of a program cost on budgets, or on those below them. The
    /// budgets must exist.
    pub fn history(&self, names: &Names, program: &str) -> Result<History> {
        self.read(|scene| {
            scene.standings(names)?;
            let before = DAYS.saturating_mul(-86_400_000_000);
            let since = scene.now.wall.checked_add_micros(before);
            let since = since.unwrap_or(Timestamp::from_micros(i64::MIN));
            let mut runs = Vec::new();
            scene.tx.each_finished(program, since, |found| {
                if is_on(&found, names) {
                    runs.extend(scene.run(&found)?);
                }
                Ok(runs.len() < RUNS)
            })?;
            Ok(History::of(&runs))
        })
    }
}

impl Scene<'_> {
    /// A finished run with what it cost; `None` where it never began.
    fn run(&self, found: &Session) -> Result<Option<Run>> {
        let Some(end) = &found.end else {
            return Ok(None);
        };
        let id = self.tx.reservation_of_run(&found.id)?;
        let reservation = id.map(|id| self.tx.reservation(&id)).transpose()?.flatten();
        let Some(reservation) = reservation else {
            return Ok(None);
        };
        let is_unknown = reservation.unknown && !reservation.late;
        // What was given back because its wrapper died before it began is no run.
        if end.ending == "lost" && !reservation.unknown && !reservation.late {
            return Ok(None);
        }
        let took = end.at.as_micros().saturating_sub(found.started.as_micros());
        let cost = (!is_unknown).then(|| cost(&reservation)).transpose()?;
        Ok(Some(Run {
            took_ms: took.max(0).div_euclid(1_000),
            cost,
        }))
    }
}

/// What a run was charged, with what ran inside of it.
fn cost(found: &Reservation) -> Result<BTreeMap<Unit, Amount>> {
    let stakes = found.stakes.iter().filter(|stake| stake.unit.is_consumed());
    let known = stakes.filter(|stake| stake.charged.is_some() || stake.nested.is_some());
    known
        .map(|stake| {
            let (own, nested) = (stake.charged, stake.nested);
            let sum = own.unwrap_or_default().plus(nested.unwrap_or_default())?;
            Ok((stake.unit.clone(), sum))
        })
        .collect()
}

/// Whether a run was on every one of the budgets, or below it.
fn is_on(found: &Session, names: &Names) -> bool {
    Names::from_stored(&found.budgets).is_some_and(|own| {
        let is_covered = |name| own.iter().any(|own| own.is_within(name));
        names.iter().all(is_covered)
    })
}
