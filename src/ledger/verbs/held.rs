//! What a reservation holds of a unit, as of when that will count once it is charged, and what was
//! charged inside of it.

use std::collections::{BTreeMap, BTreeSet};

use super::detail::ran_inside;
use super::scene::Scene;
use crate::ledger::amount::Amount;
use crate::ledger::entry::{Entry, Seq};
use crate::ledger::error::Result;
use crate::ledger::holding::HoldingId;
use crate::ledger::limit::LimitId;
use crate::ledger::name::Names;
use crate::ledger::reservation::Reservation;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;

/// A part of what a reservation holds of a unit.
pub(super) struct HeldPart {
    /// The holding it was drawn from.
    pub(super) source: Option<HoldingId>,
    /// How much.
    pub(super) atoms: Amount,
    /// As of when it will count.
    pub(super) since: Timestamp,
}

impl Scene<'_> {
    /// What a reservation holds of a unit, as it is stored: what it does of the limit of which it
    /// holds most, of several the one that counts it earliest, as reports do; and where there is no
    /// limit of that unit any more, what it reserved.
    pub(super) fn parts_held(&self, found: &Reservation, unit: &Unit) -> Result<Vec<HeldPart>> {
        let mut by_limit: BTreeMap<LimitId, Vec<HeldPart>> = BTreeMap::new();
        for (limit, holding) in self.tx.holdings(&found.id)? {
            let row = self.tx.limit(limit)?;
            if row.is_some_and(|(row, _)| row.key.unit == *unit) {
                let window = self.tx.window(holding.window)?;
                let end = window.and_then(|(_, bounds, _)| bounds.end);
                // What was drawn from an older one counts in the window that admitted that.
                let last = end.and_then(|end| end.checked_add_micros(-1));
                by_limit.entry(limit).or_default().push(HeldPart {
                    source: holding.source,
                    atoms: holding.atoms,
                    since: last.map_or(found.created, |last| last.min(found.created)),
                });
            }
        }
        let first = by_limit.into_values().min_by_key(|parts| {
            let sum = parts.iter().map(|part| i128::from(part.atoms.atoms()));
            let some = parts.iter().filter(|part| !part.atoms.is_zero());
            let mut moments: Vec<_> = some.map(|part| (part.since, part.atoms)).collect();
            moments.sort_unstable();
            (std::cmp::Reverse(sum.sum::<i128>()), moments)
        });
        Ok(first.unwrap_or_else(|| {
            let stake = found.stake_or_none(unit);
            vec![HeldPart {
                source: None,
                atoms: stake.reserved,
                since: found.created,
            }]
        }))
    }

    /// What was charged inside of a run's reservation under budgets that count, corrections left
    /// aside.
    pub(super) fn nested_charges(
        &self,
        run: &Reservation,
        unit: &Unit,
        counts: &dyn Fn(&Names) -> bool,
    ) -> Result<Amount> {
        let mut sum = Amount::ZERO;
        if run.stake_or_none(unit).nested.unwrap_or_default().is_zero() {
            return Ok(sum);
        }
        let first = self.tx.first_since(run.created)?.unwrap_or(Seq(1));
        let before = Seq(first.0.saturating_sub(1));
        self.tx.each_charging(before, |entry, _| {
            let amount = entry.amounts.iter().find(|amount| amount.unit == *unit);
            if let Some(amount) = amount.filter(|_| entry.of.is_none())
                && Names::from_stored(&entry.budgets).is_some_and(|names| counts(&names))
                && self.is_inside(entry, run)?
            {
                sum = sum.plus(amount.amount)?;
            }
            Ok(())
        })?;
        Ok(sum)
    }

    fn is_inside(&self, entry: &Entry, run: &Reservation) -> Result<bool> {
        let mut outer = match &entry.reservation {
            Some(id) => self.tx.reservation(id)?.and_then(|found| found.parent),
            None => ran_inside(entry),
        };
        let mut seen = BTreeSet::new();
        while let Some(id) = outer.filter(|id| seen.insert(*id)) {
            if id == run.id {
                return Ok(true);
            }
            outer = self.tx.reservation(&id)?.and_then(|found| found.parent);
        }
        Ok(false)
    }
}
