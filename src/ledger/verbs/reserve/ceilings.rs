//! What a request brings along from outside of the ledger: limits that it keeps to though the
//! ledger's own may be higher, and what it reserves where it does not say. Neither is kept.

use std::collections::BTreeSet;

use super::super::scene::Scene;
use super::Reserve;
use crate::ledger::amount::{Ask, Quantity};
use crate::ledger::budget::Standing;
use crate::ledger::error::{Error, Result};
use crate::ledger::limit::LimitSpec;
use crate::ledger::name::BudgetName;
use crate::ledger::rules::admit::Candidate;
use crate::ledger::unit::Unit;

/// Limits of one budget that hold for one request, where the ledger's own are not lower.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceilings {
    /// The budget, which is on the path of the request.
    pub budget: BudgetName,
    /// At most one of each unit and period. The budget must carry a limit of each.
    pub limits: Vec<LimitSpec>,
    /// Who says so, for people.
    pub said_by: String,
}

/// What a run reserves where neither it nor its budget says how much.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    /// What is reserved.
    pub asks: Vec<Ask>,
    /// And at the most, also of what the budget says; reserved where nobody says anything.
    pub most: Vec<Quantity>,
}

impl Scene<'_> {
    /// Makes the budget where it is not there and the request says with which limits; an error
    /// where one of the limits typed is not the one that is set.
    pub(super) fn ensure_budget(&self, request: &Reserve) -> Result<()> {
        let mut limits = request.limits.clone();
        if let Some(ceilings) = &request.ceilings
            && self.may_make(ceilings, request)?
        {
            let is_typed = |spec: &&LimitSpec| limits.iter().any(|typed| typed.key == spec.key);
            let more: Vec<_> = ceilings
                .limits
                .iter()
                .filter(|s| !is_typed(s))
                .cloned()
                .collect();
            limits.extend(more);
        }
        self.ensure_limits(&request.names, &limits, request.zone)
    }

    /// Whether it is the only budget named, and nobody ever made it. One that was closed was
    /// closed by somebody.
    fn may_make(&self, ceilings: &Ceilings, request: &Reserve) -> Result<bool> {
        Ok(request.may_make()
            && self.tx.budget(&ceilings.budget)?.is_none()
            && !self.tx.was_closed(&ceilings.budget)?)
    }
}

impl Ceilings {
    /// What would be left if these were the limits of the budget.
    pub fn hold(&self, standings: &mut [Standing]) {
        let own = standings
            .iter_mut()
            .filter(|s| s.budget.name == self.budget);
        for position in own.flat_map(|s| &mut s.positions) {
            let spec = self.limits.iter().find(|spec| spec.key == position.key);
            let lower = spec.map_or(position.figures.limit, |spec| spec.amount);
            let figures = &mut position.figures;
            *figures = figures.with_limit(figures.limit.min(lower));
        }
    }

    /// Holds the limits of the budget to these; an error where it carries none of the same kind.
    pub(super) fn lower(&self, standings: &[Standing], candidates: &mut [Candidate]) -> Result<()> {
        for spec in &self.limits {
            let mut own = candidates.iter_mut().filter(|candidate| {
                candidate.position.budget == self.budget && candidate.position.key == spec.key
            });
            let Some(candidate) = own.next() else {
                return Err(Error::NoSuchLimit {
                    budget: self.budget.to_string(),
                    limit: spec.clone(),
                    said_by: self.said_by.clone(),
                    is_there: standings.iter().any(|s| s.budget.name == self.budget),
                });
            };
            candidate.ceiling = Some(spec.amount);
        }
        Ok(())
    }
}

impl Defaults {
    /// What a run reserves that says nothing, where its budget says `own`.
    pub(super) fn asks(&self, own: Option<&Vec<Ask>>) -> Vec<Ask> {
        let chosen = own.unwrap_or(&self.asks);
        if chosen.is_empty() {
            return self.most.iter().cloned().map(Ask::Exactly).collect();
        }
        let mut bounded: Vec<_> = chosen.iter().map(|ask| self.bounded(ask)).collect();
        if chosen.contains(&Ask::All) {
            // `all` is of every unit that is not named beside it.
            let named: BTreeSet<&Unit> = chosen.iter().filter_map(Ask::unit).collect();
            let more = self.most.iter().filter(|most| !named.contains(&most.unit));
            bounded.extend(more.cloned().map(Ask::Exactly));
        }
        bounded
    }

    fn bounded(&self, ask: &Ask) -> Ask {
        let most = ask
            .unit()
            .and_then(|unit| self.most.iter().find(|most| most.unit == *unit));
        match (ask, most) {
            (Ask::Exactly(asked), Some(most)) if asked.amount > most.amount => {
                Ask::Exactly(most.clone())
            }
            (Ask::AllOf(_), Some(most)) => Ask::Exactly(most.clone()),
            _ => ask.clone(),
        }
    }
}
