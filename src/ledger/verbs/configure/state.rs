//! Freezing, unfreezing and closing: whether a budget admits anything. No amount moves.

use super::super::Ledger;
use super::super::scene::Scene;
use crate::ledger::budget::{Budget, BudgetState, Standing};
use crate::ledger::entry::EntryKind;
use crate::ledger::error::{Error, Result};
use crate::ledger::name::BudgetName;

/// Another state for a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateChange {
    /// No new reservations.
    Freeze,
    /// New reservations again.
    Unfreeze,
    /// Never again; `force` lets open reservations settle, else they forbid it.
    Close {
        /// Whether open reservations are left to settle.
        force: bool,
    },
}

impl Ledger {
    /// Freezes, unfreezes or closes a budget. The state it is in already changes nothing.
    pub fn change_state(
        &mut self,
        name: &BudgetName,
        change: StateChange,
        note: &str,
    ) -> Result<Standing> {
        self.write(&[], |scene| {
            let mut standing = scene.existing(name)?;
            let (state, kind) = match change {
                StateChange::Freeze => (BudgetState::Frozen, EntryKind::Frozen),
                StateChange::Unfreeze => (BudgetState::Active, EntryKind::Unfrozen),
                StateChange::Close { .. } => (BudgetState::Closed, EntryKind::Closed),
            };
            if standing.budget.state == state {
                return Ok(standing);
            }
            if change == (StateChange::Close { force: false }) {
                scene.expect_nothing_open(&standing.budget)?;
            }
            standing.budget.state = state;
            scene.tx.update_budget(&standing.budget)?;
            let note = (!note.is_empty()).then(|| ("note", note.into()));
            scene.record(kind, &standing.budget, note.into_iter().collect())?;
            Ok(standing)
        })
    }
}

impl Scene<'_> {
    fn expect_nothing_open(&self, budget: &Budget) -> Result<()> {
        // Of a name that is used anew, what is open may count against the one that was.
        let open = match self.counts_from(budget)? {
            None => i64::try_from(self.open_below(budget)?.len()).unwrap_or(i64::MAX),
            Some(_) => self.tx.open_on(budget.id)?,
        };
        match open {
            0 => Ok(()),
            open => Err(Error::Conflict(format!(
                "{open} reservations on `{}` are still open",
                budget.name
            ))),
        }
    }
}
