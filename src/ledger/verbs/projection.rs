//! What a read knows of the write that the next verb makes first: how windows, holdings and
//! reservations will stand once what is due is closed. Nothing of it is stored.

use std::collections::BTreeMap;

use super::plan::{Amounts, Plan, charged_inside};
use super::scene::Scene;
use crate::ledger::error::Result;
use crate::ledger::holding::{Holding, HoldingId};
use crate::ledger::id::Id;
use crate::ledger::limit::{LimitId, Position};
use crate::ledger::reservation::Reservation;
use crate::ledger::window::{Movement, WindowId};

/// How rows will stand; empty in a transaction that writes them.
#[derive(Default)]
pub(super) struct Projection {
    windows: BTreeMap<WindowId, Movement>,
    /// Movements of windows that are not open yet.
    unopened: BTreeMap<LimitId, Movement>,
    holdings: BTreeMap<(WindowId, HoldingId), (LimitId, Holding)>,
    reservations: BTreeMap<Id, Reservation>,
}

impl Projection {
    /// How a limit's window will have moved.
    pub(super) fn movement(&self, position: &Position) -> Option<&Movement> {
        match &position.window {
            Some(window) => self.windows.get(window),
            None => self.unopened.get(&position.limit),
        }
    }

    /// How a stored window will have moved.
    pub(super) fn movement_of(&self, window: WindowId) -> Option<&Movement> {
        self.windows.get(&window)
    }

    /// Reservations that will not stand as they are stored.
    pub(super) fn changed(&self) -> impl Iterator<Item = &Reservation> {
        self.reservations.values()
    }

    /// Who will hold something of a limit, as far as that changes.
    pub(super) fn holders(&self, limit: LimitId) -> impl Iterator<Item = Id> {
        let of_limit =
            move |(of, holding): &&(LimitId, Holding)| *of == limit && !holding.atoms.is_zero();
        self.holdings
            .values()
            .filter(of_limit)
            .map(|(_, h)| h.holder)
    }

    /// The rows that a plan moves, as they will stand; an error where a figure would leave its
    /// range.
    fn after(&self, plan: &Plan) -> Result<Self> {
        let mut seen = Self::default();
        for (position, moves) in plan.moves() {
            let mut figures = position.figures;
            for (window, movement) in &moves.covered {
                if position.window == Some(*window) {
                    figures = figures.after(movement)?;
                }
                let before = self.windows.get(window).copied().unwrap_or_default();
                let sum = seen.windows.entry(*window).or_insert(before);
                *sum = sum.and(movement)?;
            }
            figures.after(&moves.excess)?;
            let before = self.movement(position).copied().unwrap_or_default();
            let sum = match position.window {
                Some(window) => seen.windows.entry(window).or_insert(before),
                None => seen.unopened.entry(position.limit).or_insert(before),
            };
            *sum = sum.and(&moves.excess)?;
            for holding in moves.holdings.iter().chain(&moves.lenders) {
                seen.holdings
                    .insert((holding.window, holding.id()), (position.limit, *holding));
            }
        }
        Ok(seen)
    }

    fn see(&mut self, later: Self) {
        self.windows.extend(later.windows);
        self.unopened.extend(later.unopened);
        self.holdings.extend(later.holdings);
        self.reservations.extend(later.reservations);
    }
}

impl Scene<'_> {
    /// A reservation as it stands now.
    pub(super) fn reservation(&self, id: &Id) -> Result<Option<Reservation>> {
        match self.projection.reservations.get(id) {
            Some(found) => Ok(Some(found.clone())),
            None => self.tx.reservation(id),
        }
    }

    /// What a reservation holds now.
    pub(super) fn holdings(&self, id: &Id) -> Result<Vec<(LimitId, Holding)>> {
        let mut holdings = self.tx.holdings(id)?;
        if !self.projection.holdings.is_empty() {
            for (_, holding) in &mut holdings {
                let seen = &self.projection.holdings;
                let later = seen.get(&(holding.window, holding.id()));
                *holding = later.map_or(*holding, |(_, later)| *later);
            }
        }
        Ok(holdings)
    }

    /// Sees a reservation as it will have ended: with charges that cannot be refused, which are
    /// told what it comes to as reserved.
    pub(super) fn project_end(
        &mut self,
        ended: &Reservation,
        charges: impl FnOnce(Amounts) -> Amounts,
    ) -> Result<()> {
        let plan = self.plan_of_end(ended, charges)?;
        let mut seen = self.projection.after(&plan)?;
        let mut charged = plan.charged();
        charged.retain(|quantity| !quantity.amount.is_zero());
        let mut changed = vec![plan.charge(ended)?];
        for run in self.lenders(ended.parent)? {
            changed.push(charged_inside(&run, &charged)?);
        }
        let changed = changed.into_iter().map(|found| (found.id, found));
        seen.reservations.extend(changed);
        self.projection.see(seen);
        Ok(())
    }
}
