//! What is open, and limits that come and go: it counts against a limit from when that is set on,
//! as if it had been admitted under it, and no longer once the limit is removed.

use super::super::held::HeldPart;
use super::super::scene::Scene;
use super::catch_up::Moved;
use crate::ledger::amount::Amount;
use crate::ledger::budget::Budget;
use crate::ledger::error::Result;
use crate::ledger::holding::Holding;
use crate::ledger::limit::Position;
use crate::ledger::name::Names;
use crate::ledger::reservation::{Reservation, State};
use crate::ledger::store::{ReservationFilter, Which};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::window::{Movement, WindowId};

/// What reservations hold of a limit.
type Held = Vec<Holding>;

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

    /// Lets what is open hold of a limit what it reserved of its unit, as if it were admitted now:
    /// drawn from the runs around it as far as those hold of the limit, the rest in the window that
    /// it will count in.
    pub(super) fn hold_what_is_open(
        &self,
        budget: &Budget,
        position: &Position,
        open: &[Reservation],
    ) -> Result<Moved> {
        let (mut held, mut moved) = (Held::new(), Moved::new());
        for found in open {
            let asked = self.left_of(found, budget, &position.key.unit)?;
            let (mut own, left) = self.drawn(found, &mut held, asked)?;
            let parts = self.parts_held(found, &position.key.unit)?;
            for (since, atoms) in moments_of(found, &parts, &held, left)? {
                let window = self.window_at(position, since)?;
                reserve(&mut moved, window, atoms.atoms())?;
                own.push(Holding {
                    holder: found.id,
                    window,
                    source: None,
                    atoms,
                });
            }
            own.into_iter()
                .try_for_each(|holding| put(&mut held, holding))?;
        }
        held.iter()
            .try_for_each(|holding| self.tx.put_holding(holding))?;
        Ok(moved)
    }

    /// What a reservation draws from the runs around it, the nearest first, of what it asks, and what
    /// is left of that.
    fn drawn(
        &self,
        found: &Reservation,
        held: &mut Held,
        asked: Amount,
    ) -> Result<(Vec<Holding>, Amount)> {
        let (mut left, mut drawn) = (asked, Vec::new());
        for outer in self.lenders(found.parent)? {
            let lenders = held.iter_mut().filter(|holding| holding.holder == outer.id);
            for lender in lenders {
                let atoms = left.min(lender.atoms);
                left = left.minus(atoms)?;
                lender.atoms = lender.atoms.minus(atoms)?;
                drawn.push(Holding {
                    holder: found.id,
                    window: lender.window,
                    source: Some(lender.id()),
                    atoms,
                });
            }
        }
        Ok((drawn, left))
    }

    /// What a reservation has left of a unit for a budget, with what it lent.
    fn left_of(&self, found: &Reservation, budget: &Budget, unit: &Unit) -> Result<Amount> {
        let counts = |names: &Names| names.any_within(&budget.name);
        let inside = self.nested_charges(found, unit, &counts)?;
        Ok(found.stake_or_none(unit).reserved.less(inside))
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
    fn window_at(&self, position: &Position, at: Timestamp) -> Result<WindowId> {
        let then = match self.tx.limit(position.limit)? {
            Some((row, budget)) => self.position_at(&row, &budget, position.clone(), at)?,
            None => None,
        };
        self.window_of(then.as_ref().unwrap_or(position))
    }
}

/// As of when what a reservation holds for itself will count: what it drew from a run that has ended
/// since counts with that.
fn moments_of(
    found: &Reservation,
    parts: &[HeldPart],
    held: &Held,
    own: Amount,
) -> Result<Vec<(Timestamp, Amount)>> {
    let (mut left, mut moments) = (own, Vec::new());
    for part in parts {
        let is_drawn = held.iter().any(|lender| Some(lender.id()) == part.source);
        if part.since < found.created && !is_drawn {
            let atoms = left.min(part.atoms);
            left = left.minus(atoms)?;
            moments.push((part.since, atoms));
        }
    }
    moments.retain(|(_, atoms)| !atoms.is_zero());
    moments.push((found.created, left));
    Ok(moments)
}

/// Adds to what is held.
fn put(held: &mut Held, holding: Holding) -> Result<()> {
    let is_same =
        |known: &&mut Holding| (known.id(), known.window) == (holding.id(), holding.window);
    match held.iter_mut().find(is_same) {
        Some(known) => known.atoms = known.atoms.plus(holding.atoms)?,
        None => held.push(holding),
    }
    Ok(())
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
