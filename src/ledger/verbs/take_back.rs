//! Taking a charge back where it went: out of the windows that it was posted to, and of those that
//! began with it because their limits were set later.

use std::cell::Ref;
use std::collections::BTreeMap;

use super::reach::Reach;
use super::scene::Scene;
use crate::ledger::amount::Amount;
use crate::ledger::calendar::Period;
use crate::ledger::entry::{Entry, Posting, Seq};
use crate::ledger::error::Result;
use crate::ledger::limit::LimitId;
use crate::ledger::name::Names;
use crate::ledger::rules::settle::{Charged, take_back};
use crate::ledger::store::{Seed, WindowCharge};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::window::WindowId;

/// What became of windows after an entry, as far as the journal was looked through for it.
#[derive(Debug, Default)]
pub(super) struct Later {
    /// After which entry, and up to which.
    looked_through: Option<(Seq, Seq)>,
    /// The latest reset of each window.
    resets: BTreeMap<WindowId, Seq>,
    /// What windows began with.
    seeds: Vec<Seed>,
}

/// What a window was charged, and by which entry.
type Part = (Seq, WindowCharge);

impl Scene<'_> {
    /// Takes an amount of an entry's charge back in every window that shows it.
    pub(super) fn take_back(
        &self,
        charge: Seq,
        unit: &Unit,
        amount: Amount,
    ) -> Result<Vec<Posting>> {
        let mut postings = Vec::new();
        for charged in self.net_charges(charge, unit)?.values() {
            for (window, effective_at, movement) in take_back(amount, charged)? {
                postings.push(Posting {
                    window,
                    effective_at,
                    movement,
                });
            }
        }
        Ok(postings)
    }

    /// What became of windows after a charge. What was looked through once is not looked through
    /// again.
    fn later_than(&self, charge: Seq) -> Result<Ref<'_, Later>> {
        let mut known = self.later.borrow_mut();
        if known.looked_through.is_none_or(|(from, _)| charge < from) {
            *known = Later {
                looked_through: Some((charge, charge)),
                ..Later::default()
            };
        }
        let last = self.tx.last_seq()?;
        let (from, to) = known.looked_through.unwrap_or((charge, charge));
        if to < last {
            known.resets.extend(self.tx.resets_since(to)?);
            known.seeds.extend(self.tx.seeds_since(to)?);
            known.looked_through = Some((from, last));
        }
        drop(known);
        Ok(self.later.borrow())
    }

    /// What an entry charged each limit's windows and has not got back, the latest window first.
    /// What was reset since is gone: what the window shows now was charged by others.
    fn net_charges(&self, charge: Seq, unit: &Unit) -> Result<BTreeMap<LimitId, Vec<Charged>>> {
        let corrections = self.tx.corrections_of(charge)?;
        let mut parts: Vec<Part> = Vec::new();
        for seq in std::iter::once(charge).chain(corrections.iter().map(|entry| entry.seq)) {
            let posted = self.tx.charges_of(seq, unit)?.into_iter();
            parts.extend(posted.map(|part| (seq, part)));
        }
        let later = self.later_than(charge)?;
        let seeds: Vec<_> = later
            .seeds
            .iter()
            .filter(|seed| charge < seed.seq)
            .collect();
        if !seeds.is_empty() {
            self.add_seeded(&mut parts, (charge, &corrections), unit, &seeds)?;
        }
        let mut left: BTreeMap<_, i64> = BTreeMap::new();
        for (seq, part) in parts {
            if later.resets.get(&part.window) < Some(&seq) {
                let place = (part.limit, part.window, part.effective_at);
                let sum = left.entry(place).or_default();
                *sum = sum.saturating_add(part.atoms);
            }
        }
        let mut charged: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let left = left.into_iter().rev().filter(|(_, atoms)| *atoms > 0);
        for ((limit, window, effective_at), atoms) in left {
            let Some(figures) = self.tx.figures(window)? else {
                continue;
            };
            charged.entry(limit).or_default().push(Charged {
                window,
                effective_at,
                atoms: Amount::from_atoms(atoms)?,
                debt: figures.debt,
                spent: figures.spent,
            });
        }
        Ok(charged)
    }

    /// Adds what windows began with of a charge.
    fn add_seeded(
        &self,
        parts: &mut Vec<Part>,
        (charge, corrections): (Seq, &[Entry]),
        unit: &Unit,
        seeds: &[&Seed],
    ) -> Result<()> {
        let Some(charge) = self.tx.entry(charge)? else {
            return Ok(());
        };
        let mut stood = Vec::new();
        for entry in std::iter::once(&charge).chain(corrections) {
            let charged = self.parts_of(entry, unit)?.into_iter();
            stood.extend(charged.map(|(at, atoms)| (entry.seq, at, atoms)));
        }
        for seed in seeds {
            if let Some(period) = self.counts_for(seed.limit, unit, &charge)? {
                let reach = self.reach_of(period, &seed.bounds)?;
                let missed = missed(seed, &reach, &stood, parts);
                parts.extend(missed);
            }
        }
        Ok(())
    }

    /// The period of a limit that counts a charge of a unit.
    fn counts_for(&self, limit: LimitId, unit: &Unit, charge: &Entry) -> Result<Option<Period>> {
        let Some((row, budget)) = self.tx.limit(limit)? else {
            return Ok(None);
        };
        let names = Names::from_stored(&charge.budgets);
        let counts = row.key.unit == *unit
            && names.is_some_and(|names| names.any_within(&budget.name))
            && self.counts_charge(&budget, charge.seq)?;
        Ok(counts.then_some(row.key.period))
    }
}

/// What a window began with of a charge: what stood of it then, less what the window had of it.
fn missed(
    seed: &Seed,
    reach: &Reach,
    stood: &[(Seq, Timestamp, i64)],
    parts: &[Part],
) -> Vec<Part> {
    let stood = stood
        .iter()
        .filter(|(seq, at, _)| *seq < seed.seq && reach.counts(*seq, *at));
    let stood = sums(stood.map(|(_, at, atoms)| (*at, *atoms)));
    let had = parts.iter().filter(|(seq, part)| {
        *seq < seed.seq && part.window == seed.window && reach.had(*seq, part.effective_at)
    });
    let had = sums(had.map(|(_, part)| (part.effective_at, part.atoms)));
    let mut left = total(&stood).saturating_sub(total(&had));
    let mut missed = Vec::new();
    for (effective_at, atoms) in stood.into_iter().rev() {
        let had = had.get(&effective_at).copied().unwrap_or_default();
        let atoms = atoms.saturating_sub(had).clamp(0, left.max(0));
        left = left.saturating_sub(atoms);
        let part = WindowCharge {
            limit: seed.limit,
            window: seed.window,
            effective_at,
            atoms,
        };
        missed.push((seed.seq, part));
    }
    missed
}

/// Atoms by moment.
fn sums(atoms: impl Iterator<Item = (Timestamp, i64)>) -> BTreeMap<Timestamp, i64> {
    let mut sums = BTreeMap::new();
    for (at, atoms) in atoms {
        let sum: &mut i64 = sums.entry(at).or_default();
        *sum = sum.saturating_add(atoms);
    }
    sums
}

fn total(sums: &BTreeMap<Timestamp, i64>) -> i64 {
    sums.values()
        .fold(0, |sum, atoms| sum.saturating_add(*atoms))
}
