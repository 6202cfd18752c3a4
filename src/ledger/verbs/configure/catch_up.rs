//! Bringing limits that were just set to where they would be had they been there before: they count
//! what was charged without them since the start of their windows, and what is open. A window that
//! ended before then gets only what is posted to it later.

use std::collections::BTreeMap;

use super::super::scene::Scene;
use crate::ledger::amount::{Amount, Overflow};
use crate::ledger::budget::Budget;
use crate::ledger::entry::EntryKind;
use crate::ledger::error::{Error, Result};
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
        let charged = self.charged_since_starts(budget, &positions)?;
        let open = self.open_below(budget)?;
        for (position, charged) in positions.iter().zip(charged) {
            let mut moved = self.hold_what_is_open(budget, position, &open)?;
            let missed = charged.less(self.counted(position)?);
            if !missed.is_zero() {
                let window = self.window_of(position)?;
                moved.entry(window).or_default().spent = missed.atoms();
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
}

fn at_least_zero(atoms: i128) -> Result<Amount> {
    let atoms = i64::try_from(atoms.max(0)).map_err(|_| Overflow)?;
    Ok(Amount::from_atoms(atoms)?)
}
