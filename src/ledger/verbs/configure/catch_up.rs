//! Limits that come and go. One that was just set is brought to where it would be had it been there
//! before: it counts what was charged without it since the start of its window, and what is open
//! counts against it. One that is removed counts nothing from then on. A window that ended before
//! its limit was set gets only what is posted to it later.

use std::collections::BTreeMap;

use super::super::scene::Scene;
use crate::ledger::amount::Amount;
use crate::ledger::budget::Budget;
use crate::ledger::entry::EntryKind;
use crate::ledger::error::{Error, Result};
use crate::ledger::holding::{Holding, HoldingId, held};
use crate::ledger::limit::{LimitId, Position};
use crate::ledger::reservation::{Reservation, State};
use crate::ledger::rules::report::Span;
use crate::ledger::store::{ReservationFilter, Which};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::window::{Movement, WindowId};

/// What reservations hold of one limit.
#[derive(Default)]
struct Held {
    holdings: BTreeMap<HoldingId, Holding>,
    /// What was added to what the windows have reserved.
    added: BTreeMap<WindowId, Amount>,
}

impl Scene<'_> {
    /// Seeds limits that a budget was given, each with an entry of its own where that moves anything.
    pub(super) fn catch_up(&self, budget: &Budget, added: &[LimitId]) -> Result<()> {
        if added.is_empty() {
            return Ok(());
        }
        let positions = added.iter().map(|limit| self.position_of(*limit));
        let positions = positions.collect::<Result<Vec<_>>>()?;
        let charged = self.charged_since_starts(budget, &positions)?;
        let open = self.open_below(budget)?;
        for (position, charged) in positions.iter().zip(charged) {
            let held = self.hold_what_is_open(budget, position, &open)?;
            let mut moved: BTreeMap<_, Movement> = BTreeMap::new();
            for (window, atoms) in held.added {
                moved.entry(window).or_default().reserved = atoms.atoms();
            }
            let missed = charged.less(self.counted(position)?);
            if !missed.is_zero() {
                let window = self.window_of(position)?;
                moved.entry(window).or_default().spent = missed.atoms();
            }
            self.record_moved("seeded", position, moved)?;
        }
        Ok(())
    }

    /// Lets go of what is held of a limit that is removed.
    pub(super) fn let_go(&self, position: &Position) -> Result<()> {
        let mut moved: BTreeMap<_, Movement> = BTreeMap::new();
        for (window, atoms) in self.tx.drop_open_holdings(position.limit)? {
            let movement = Movement {
                reserved: atoms.negated(),
                ..Movement::default()
            };
            let sum = moved.entry(window).or_default();
            *sum = sum.and(&movement)?;
        }
        self.record_moved("removed", position, moved)
    }

    fn record_moved(
        &self,
        why: &str,
        position: &Position,
        moved: BTreeMap<WindowId, Movement>,
    ) -> Result<()> {
        let moved = moved.into_iter().filter(|(_, by)| !by.is_empty());
        let postings: Vec<_> = moved.map(|(window, by)| self.posting(window, by)).collect();
        if postings.is_empty() {
            return Ok(());
        }
        let mut entry = self.entry(EntryKind::Set, position.budget.to_string());
        entry.detail = serde_json::json!({ why: position.key.to_string() }).to_string();
        entry.postings = postings;
        self.tx.append(&entry).map(drop)
    }

    /// What was charged under a budget since the start of each limit's window.
    fn charged_since_starts(&self, budget: &Budget, positions: &[Position]) -> Result<Vec<Amount>> {
        let starts: Vec<_> = positions.iter().map(Position::counts_since).collect();
        let mut sums = vec![0_i128; positions.len()];
        let Some(first) = starts.iter().flatten().min() else {
            return Ok(vec![Amount::ZERO; positions.len()]);
        };
        let begins_anew = self.counts_from(budget)?.is_some();
        let mut span = Span::new(Some(budget.name.clone()), Some(*first), None);
        let mut trouble: Option<Error> = None;
        self.each_charge_unkept(&mut |names, charge| {
            if trouble.is_some() || !span.admits(names, charge) {
                return;
            }
            let counts = !begins_anew
                || self
                    .counts_charge(budget, charge.seq)
                    .unwrap_or_else(|error| {
                        trouble = Some(error);
                        false
                    });
            let limits = positions.iter().zip(&starts).zip(&mut sums);
            for ((position, start), sum) in limits.filter(|_| counts) {
                let unit = names.units.number_of(&position.key.unit);
                let part = charge.parts.iter().find(|part| Some(part.unit) == unit);
                let since = start.is_some_and(|start| start <= charge.effective_at);
                if let Some(part) = part.filter(|_| since) {
                    *sum = sum.saturating_add(part.atoms.into());
                }
            }
        })?;
        match trouble {
            Some(error) => Err(error),
            None => sums.into_iter().map(at_least_zero).collect(),
        }
    }

    /// What the window of a limit was charged and began with of the same time; also what it was
    /// reset of, or what was repaid.
    fn counted(&self, position: &Position) -> Result<Amount> {
        match (position.window, position.counts_since()) {
            (Some(window), Some(since)) => self.tx.charged_to(window, since),
            _ => Ok(Amount::ZERO),
        }
    }

    /// The open reservations that count against a budget, the outer before those inside of them.
    fn open_below(&self, budget: &Budget) -> Result<Vec<Reservation>> {
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

    /// Lets what is open hold of a limit what it holds of others of the same unit, each in the
    /// window of its admission, and nothing where it reserved nothing of it.
    fn hold_what_is_open(
        &self,
        budget: &Budget,
        position: &Position,
        open: &[Reservation],
    ) -> Result<Held> {
        let mut held = Held::default();
        for found in open {
            let window = self.window_at(budget, position, found.created)?;
            let like = self.most_held(&self.holdings(&found.id)?, position)?;
            let own = Holding {
                holder: found.id,
                window,
                source: None,
                atoms: Amount::ZERO,
            };
            held.add(
                own,
                &like.unwrap_or_else(|| {
                    let stake = found.stake_or_none(&position.key.unit);
                    let atoms = stake.not_charged_inside();
                    vec![Holding { atoms, ..own }]
                }),
            )?;
        }
        held.holdings
            .values()
            .try_for_each(|holding| self.tx.put_holding(holding))?;
        Ok(held)
    }

    /// The window that an admission at an instant counts in.
    fn window_at(&self, budget: &Budget, position: &Position, at: Timestamp) -> Result<WindowId> {
        let row = self.tx.limits(budget.id)?;
        let row = row.iter().find(|row| row.id == position.limit);
        let then = match row {
            Some(row) => self.position_at(row, budget, position.clone(), at)?,
            None => None,
        };
        self.window_of(then.as_ref().unwrap_or(position))
    }

    /// Of what is held, the part of the one limit of a position's unit of which most is.
    fn most_held(
        &self,
        all: &[(LimitId, Holding)],
        position: &Position,
    ) -> Result<Option<Vec<Holding>>> {
        let mut by_limit: BTreeMap<LimitId, Vec<Holding>> = BTreeMap::new();
        for (limit, holding) in all {
            by_limit.entry(*limit).or_default().push(*holding);
        }
        let mut most: Option<(Amount, Vec<Holding>)> = None;
        for (limit, holdings) in by_limit {
            let atoms = held(&holdings)?;
            if self.position_of(limit)?.key.unit == position.key.unit
                && most.as_ref().is_none_or(|(most, _)| *most < atoms)
            {
                most = Some((atoms, holdings));
            }
        }
        Ok(most.map(|(_, holdings)| holdings))
    }
}

impl Held {
    /// Adds what a reservation holds of the limit from now on: what it drew from one that holds
    /// some of the limit too is drawn from that, the rest is its own.
    fn add(&mut self, own: Holding, like: &[Holding]) -> Result<()> {
        self.reserve(own)?;
        for Holding { source, atoms, .. } in like {
            let lender = source.and_then(|source| self.holdings.get(&source));
            let drawn = lender.map_or(own, |lender| Holding {
                window: lender.window,
                source: *source,
                ..own
            });
            self.reserve(Holding {
                atoms: *atoms,
                ..drawn
            })?;
        }
        Ok(())
    }

    fn reserve(&mut self, holding: Holding) -> Result<()> {
        let added = self.added.entry(holding.window).or_default();
        *added = added.plus(holding.atoms)?;
        let known = self.holdings.entry(holding.id()).or_insert(Holding {
            atoms: Amount::ZERO,
            ..holding
        });
        known.atoms = known.atoms.plus(holding.atoms)?;
        Ok(())
    }
}

fn at_least_zero(atoms: i128) -> Result<Amount> {
    let atoms = i64::try_from(atoms.max(0)).unwrap_or(-1);
    Ok(Amount::from_atoms(atoms)?)
}
