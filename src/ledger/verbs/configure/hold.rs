//! What is open, and limits that come and go: it counts against a limit from when that is set on,
//! as if it had been admitted under it, and no longer once the limit is removed.

use std::collections::BTreeMap;

use super::super::scene::Scene;
use super::catch_up::Moved;
use crate::ledger::amount::Amount;
use crate::ledger::budget::Budget;
use crate::ledger::error::Result;
use crate::ledger::holding::{Holding, HoldingId};
use crate::ledger::limit::Position;
use crate::ledger::reservation::{Reservation, State};
use crate::ledger::store::{ReservationFilter, Which};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::window::{Movement, WindowId};

/// What reservations hold of a limit, by holding and window.
type Held = BTreeMap<(HoldingId, WindowId), Holding>;

impl Scene<'_> {
    /// The open reservations that count against a budget, the outer before those inside of them.
    pub(super) fn open_below(&self, budget: &Budget) -> Result<Vec<Reservation>> {
        let filter = ReservationFilter {
            which: Which::In(State::Open),
            within: Some(budget.name.clone()),
        };
        let from = self.counts_from(budget)?;
        let mut open = Vec::new();
        for found in self.tx.reservations(&filter)? {
            if from.is_none_or(|from| from <= found.created) {
                open.push((self.lenders(found.parent)?.len(), found));
            }
        }
        open.sort_by_key(|(depth, _)| *depth);
        Ok(open.into_iter().map(|(_, found)| found).collect())
    }

    /// Lets what is open hold of a limit what it holds of others of the same unit, each part in the
    /// window that it will count in: drawn from what lent it, where that holds some of the limit too.
    pub(super) fn hold_what_is_open(
        &self,
        budget: &Budget,
        position: &Position,
        open: &[Reservation],
    ) -> Result<Moved> {
        let (mut held, mut moved) = (Held::new(), Moved::new());
        for found in open {
            for part in self.parts_held(found, &position.key.unit)? {
                let lender = part.source.and_then(|source| lender(&held, source));
                let window = match lender {
                    Some(lender) => lender.window,
                    None => self.window_at(budget, position, part.since)?,
                };
                let holding = Holding {
                    holder: found.id,
                    window,
                    source: lender.and(part.source),
                    atoms: Amount::ZERO,
                };
                let sum = held.entry((holding.id(), window)).or_insert(holding);
                sum.atoms = sum.atoms.plus(part.atoms)?;
                reserve(&mut moved, window, part.atoms.atoms())?;
            }
        }
        held.values()
            .try_for_each(|holding| self.tx.put_holding(holding))?;
        Ok(moved)
    }

    /// Lets go of what is held of a limit that is removed.
    pub(super) fn let_go(&self, position: &Position) -> Result<()> {
        let mut moved = Moved::new();
        for (window, atoms) in self.tx.drop_open_holdings(position.limit)? {
            reserve(&mut moved, window, atoms.negated())?;
        }
        self.record_moved("removed", position, moved)
    }

    /// The window of a limit that an instant counts in.
    fn window_at(&self, budget: &Budget, position: &Position, at: Timestamp) -> Result<WindowId> {
        let rows = self.tx.limits(budget.id)?;
        let then = match rows.iter().find(|row| row.id == position.limit) {
            Some(row) => self.position_at(row, budget, position.clone(), at)?,
            None => None,
        };
        self.window_of(then.as_ref().unwrap_or(position))
    }
}

/// The holding of an id.
fn lender(held: &Held, id: HoldingId) -> Option<Holding> {
    let mut found = held.range((id, WindowId(i64::MIN))..);
    found
        .next()
        .filter(|((found, _), _)| *found == id)
        .map(|(_, holding)| *holding)
}

fn reserve(moved: &mut Moved, window: WindowId, atoms: i64) -> Result<()> {
    let movement = Movement {
        reserved: atoms,
        ..Movement::default()
    };
    let sum = moved.entry(window).or_default();
    *sum = sum.and(&movement)?;
    Ok(())
}
