//! From typed names to the budgets that a reservation counts against.

use std::collections::BTreeMap;

use super::scene::Scene;
use crate::ledger::budget::{Budget, BudgetState, Standing};
use crate::ledger::edits::nearest;
use crate::ledger::entry::{Entry, Seq};
use crate::ledger::error::{Error, Result};
use crate::ledger::holding::Holding;
use crate::ledger::limit::LimitId;
use crate::ledger::name::{BudgetName, Names};
use crate::ledger::reservation::Reservation;
use crate::ledger::rules::admit::Candidate;
use crate::ledger::timestamp::Timestamp;

impl Scene<'_> {
    /// The union of the paths: every named budget, which must exist, and those of its ancestors
    /// that do; ancestors first.
    pub(super) fn standings(&self, names: &Names) -> Result<Vec<Standing>> {
        let mut standings = Vec::new();
        for name in names.union() {
            match self.tx.budget_with_limits(&name)? {
                Some((budget, limits)) => standings.push(self.standing_of(budget, &limits)?),
                None if names.iter().any(|named| *named == name) => {
                    return Err(self.missing(&name)?);
                }
                None => {}
            }
        }
        Ok(standings)
    }

    /// The first of the names that only a closed budget carried.
    pub(super) fn first_closed(&self, names: &Names) -> Result<Option<BudgetName>> {
        for name in names {
            if self.tx.budget(name)?.is_none() && self.tx.was_closed(name)? {
                return Ok(Some(name.clone()));
            }
        }
        Ok(None)
    }

    /// From when on what is admitted under the name of a budget counts against it, where that is not
    /// everything: a name that was closed and is used anew starts anew.
    pub(super) fn counts_from(&self, budget: &Budget) -> Result<Option<Timestamp>> {
        let was_closed = self.tx.was_closed(&budget.name)?;
        Ok(was_closed.then_some(budget.created))
    }

    /// Whether a charge under the name of a budget, or what corrects one, counts against it.
    pub(super) fn counts_charge(&self, budget: &Budget, charge: Seq) -> Result<bool> {
        let from = self.counts_from(budget)?;
        from.map_or(Ok(true), |from| self.was_admitted_since(from, charge))
    }

    /// Whether a charge, or the one that an entry corrects, was admitted since an instant.
    pub(super) fn was_admitted_since(&self, from: Timestamp, charge: Seq) -> Result<bool> {
        let admitted = match self.tx.admission(charge)? {
            Some((_, Some(of))) => self.tx.admission(of)?,
            found => found,
        };
        Ok(admitted.is_some_and(|(at, _)| from <= at))
    }

    /// The budgets that a charge counts against now: those on its path that there were when it was
    /// admitted, and those that were made since under names that nobody had.
    pub(super) fn standings_then(&self, charge: &Entry) -> Result<Vec<Standing>> {
        let names = Names::from_stored(&charge.budgets);
        let path = names.map(|names| names.union()).unwrap_or_default();
        let mut standings = Vec::new();
        for name in path {
            if let Some((budget, limits)) = self.tx.budget_with_limits(&name)?
                && self.counts_charge(&budget, charge.seq)?
            {
                standings.push(self.standing_of(budget, &limits)?);
            }
        }
        Ok(standings)
    }

    /// A budget that must exist, with its limits.
    pub(super) fn existing(&self, name: &BudgetName) -> Result<Standing> {
        match self.tx.budget_with_limits(name)? {
            Some((budget, rows)) => self.standing_of(budget, &rows),
            None => Err(self.missing(name)?),
        }
    }

    /// The error for a name that no budget carries.
    pub(super) fn missing(&self, name: &BudgetName) -> Result<Error> {
        let budgets = self.tx.budgets(false)?;
        let names = budgets.iter().map(|budget| budget.name.as_str());
        let near = nearest(name.as_str(), names);
        Ok(Error::NotFound {
            what: "budget",
            text: name.to_string(),
            near,
        })
    }

    /// What a run's open reservations hold of each limit, the nearest run first.
    pub(super) fn lent(&self, lenders: &[Reservation]) -> Result<BTreeMap<LimitId, Vec<Holding>>> {
        let mut lent: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for lender in lenders {
            for (limit, holding) in self.holdings(&lender.id)? {
                lent.entry(limit).or_default().push(holding);
            }
        }
        Ok(lent)
    }
}

/// Every limit of the budgets, with what the lenders hold of it.
pub(super) fn candidates(
    standings: &[Standing],
    lent: &BTreeMap<LimitId, Vec<Holding>>,
) -> Vec<Candidate> {
    let positions = standings.iter().flat_map(|standing| &standing.positions);
    let candidate = |position: &crate::ledger::limit::Position| Candidate {
        position: position.clone(),
        lenders: lent.get(&position.limit).cloned().unwrap_or_default(),
        is_lent: lent.contains_key(&position.limit),
        ceiling: None,
    };
    positions.map(candidate).collect()
}

/// The first budget on the path that admits nothing.
pub(super) fn frozen(standings: &[Standing]) -> Option<&BudgetName> {
    let mut budgets = standings.iter().map(|standing| &standing.budget);
    budgets
        .find(|budget| budget.state == BudgetState::Frozen)
        .map(|budget| &budget.name)
}
