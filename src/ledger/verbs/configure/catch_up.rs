//! Bringing limits that were just set to where they would be had they been there before: they count
//! what was charged without them since the start of their windows, and what is open. A window that
//! ended before then gets only what is posted to it later.

use std::collections::{BTreeMap, HashMap};

use super::super::reach::Reach;
use super::super::scene::Scene;
use crate::ledger::amount::{Amount, Overflow};
use crate::ledger::budget::Budget;
use crate::ledger::calendar::Period;
use crate::ledger::entry::{EntryKind, Seq};
use crate::ledger::error::Result;
use crate::ledger::limit::{LimitId, Position};
use crate::ledger::rules::report::Span;
use crate::ledger::window::{Movement, WindowId};

/// How windows move.
pub(super) type Moved = BTreeMap<WindowId, Movement>;

impl Scene<'_> {
    /// Seeds limits that a budget was given, each with an entry of its own where that moves anything.
    pub(super) fn catch_up(&self, budget: &Budget, added: &[LimitId]) -> Result<()> {
        if added.is_empty() {
            return Ok(());
        }
        let positions = added.iter().map(|limit| self.position_of(*limit));
        let positions = positions.collect::<Result<Vec<_>>>()?;
        let missed = self.missed(budget, &positions)?;
        let open = self.open_below(budget)?;
        for (position, missed) in positions.iter().zip(missed) {
            let mut moved = self.hold_what_is_open(budget, position, &open)?;
            if !missed.is_zero() {
                let window = self.window_of(position)?;
                let movement = moved.entry(window).or_default();
                let room = position.figures.after(movement)?.available().floor();
                // As of any charge, what finds no room is debt.
                movement.spent = missed.min(room).atoms();
                movement.debt = missed.less(room).atoms();
            }
            self.record_moved("seeded", position, moved)?;
        }
        Ok(())
    }

    /// Appends what moves the windows of a limit that comes or goes, if anything does.
    pub(super) fn record_moved(&self, why: &str, position: &Position, moved: Moved) -> Result<()> {
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

    /// What each limit missed of what was charged under its budget and counts in its window.
    fn missed(&self, budget: &Budget, positions: &[Position]) -> Result<Vec<Amount>> {
        let reaches = positions.iter().map(|position| {
            let opens_later = matches!(position.key.period, Period::Span { .. } | Period::Until(_));
            let counts = position.window.is_some() || !opens_later;
            let reach = counts.then(|| self.reach_of(position.key.period, &position.bounds));
            reach.transpose()
        });
        let reaches = reaches.collect::<Result<Vec<_>>>()?;
        let mut stood = self.charges_in(budget, positions, &reaches)?;
        let charges: HashMap<_, _> = self.tx.corrections()?.into_iter().collect();
        let seeds = self.tx.seeds_since(Seq(0))?;
        let of_limits = positions.iter().zip(&reaches).zip(&mut stood);
        let missed = of_limits.map(|((position, reach), stood)| {
            let own = seeds
                .iter()
                .filter(|seed| Some(seed.window) == position.window);
            let own: Vec<_> = own.map(|seed| seed.seq).collect();
            if let (Some(window), Some(reach)) = (position.window, reach) {
                let had = self.tx.charged_to(window)?.into_iter();
                let had = had.filter(|(seq, at, _)| reach.had(*seq, *at));
                stood.extend(had.map(|(seq, _, atoms)| (seq, atoms.saturating_neg())));
            }
            missed_of(stood, &charges, &own)
        });
        missed.collect()
    }

    /// What each entry charged under a budget, or took off, that counts in the window of each limit.
    fn charges_in(
        &self,
        budget: &Budget,
        positions: &[Position],
        reaches: &[Option<Reach>],
    ) -> Result<Vec<Vec<(Seq, i64)>>> {
        let mut found = vec![Vec::new(); positions.len()];
        let Some(first) = reaches.iter().flatten().map(Reach::since).min() else {
            return Ok(found);
        };
        let from = self.counts_from(budget)?;
        let mut span = Span::new(Some(budget.name.clone()), Some(first), None);
        self.try_each_charge_unkept(|names, charge| {
            let counts = |from| self.was_admitted_since(from, charge.seq);
            if !span.admits(names, charge) || !from.map_or(Ok(true), counts)? {
                return Ok(());
            }
            for ((position, reach), found) in positions.iter().zip(reaches).zip(&mut found) {
                let unit = names.units.number_of(&position.key.unit);
                let part = charge.parts.iter().find(|part| Some(part.unit) == unit);
                let counts = |reach: &Reach| reach.counts(charge.seq, charge.effective_at);
                if let Some(part) = part.filter(|_| reach.as_ref().is_some_and(counts)) {
                    found.push((charge.seq, part.atoms));
                }
            }
            Ok(())
        })?;
        Ok(found)
    }
}

/// What a window missed of charges, one by one: what stands of each, less what the window had of
/// it and what it was seeded with. What was taken back of a charge that a reset had swept away
/// makes up for no other.
fn missed_of(
    moved: &mut [(Seq, i64)],
    charges: &HashMap<Seq, Seq>,
    seeds: &[Seq],
) -> Result<Amount> {
    let charge = |seq: &Seq| charges.get(seq).copied().unwrap_or(*seq);
    moved.sort_unstable_by_key(|(seq, _)| charge(seq));
    let mut missed = 0_i128;
    for of_one in moved.chunk_by(|(a, _), (b, _)| charge(a) == charge(b)) {
        let until = |end: Option<&Seq>| -> i128 {
            let before = of_one
                .iter()
                .filter(|(seq, _)| end.is_none_or(|end| seq < end));
            before.map(|(_, atoms)| i128::from(*atoms)).sum()
        };
        let mut seeded = 0;
        for seed in seeds {
            seeded = until(Some(seed)).max(seeded);
        }
        missed = missed.saturating_add(until(None).saturating_sub(seeded).max(0));
    }
    let missed = i64::try_from(missed).map_err(|_| Overflow)?;
    Ok(Amount::from_atoms(missed)?)
}
