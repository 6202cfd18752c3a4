//! What a reservation holds of a unit, and as of when that will count once it is charged.

use std::collections::BTreeMap;

use super::scene::Scene;
use crate::ledger::amount::Amount;
use crate::ledger::error::Result;
use crate::ledger::holding::HoldingId;
use crate::ledger::limit::LimitId;
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
                atoms: stake.not_charged_inside(),
                since: found.created,
            }]
        }))
    }
}
