//! What a request brings along from outside of the ledger: limits that it keeps to though the
//! ledger's own may be higher, and what it reserves where it does not say. Neither is kept.

use crate::ledger::amount::{Ask, Quantity};
use crate::ledger::budget::Standing;
use crate::ledger::error::{Error, Result};
use crate::ledger::limit::{LimitSpec, Position};
use crate::ledger::name::BudgetName;
use crate::ledger::rules::admit::Candidate;

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

/// Limits as they stand for who keeps to lower ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lowered {
    /// Those that are lower.
    pub positions: Vec<Position>,
    /// Who says so, for people.
    pub said_by: String,
}

/// What a run reserves where neither it nor its budget says how much.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    /// What is reserved.
    pub asks: Vec<Ask>,
    /// What is reserved where nobody else says anything.
    pub otherwise: Vec<Quantity>,
}

impl Ceilings {
    /// What would be left if these were the limits of the budget.
    pub fn hold(&self, standings: &mut [Standing]) {
        for position in standings.iter_mut().flat_map(|s| &mut s.positions) {
            if let Some(lower) = self.lower_of(position) {
                *position = lower;
            }
        }
    }

    /// How limits of the budget stand for who keeps to these, where one of these is lower.
    pub fn lowered(&self, standings: &[Standing]) -> Lowered {
        let positions = standings.iter().flat_map(|s| &s.positions);
        Lowered {
            positions: positions.filter_map(|p| self.lower_of(p)).collect(),
            said_by: self.said_by.clone(),
        }
    }

    fn lower_of(&self, position: &Position) -> Option<Position> {
        let is_lower = |spec: &&LimitSpec| {
            position.budget == self.budget
                && spec.key == position.key
                && spec.amount < position.figures.limit
        };
        let spec = self.limits.iter().find(is_lower)?;
        Some(Position {
            figures: position.figures.with_limit(spec.amount),
            ..position.clone()
        })
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

impl Lowered {
    /// How a limit stands for who keeps to a lower one; `None` where it is not lowered.
    pub fn of(&self, position: &Position) -> Option<&Position> {
        let mut positions = self.positions.iter();
        positions.find(|lower| lower.limit == position.limit)
    }
}

impl Defaults {
    /// What a run reserves that says nothing, where its budget says `own`.
    pub(super) fn asks(&self, own: Option<&Vec<Ask>>) -> Vec<Ask> {
        let chosen = own.unwrap_or(&self.asks);
        if chosen.is_empty() {
            return self.otherwise.iter().cloned().map(Ask::Exactly).collect();
        }
        chosen.clone()
    }
}
