//! What a verb answers where there is no room: every limit that failed, and whether waiting can
//! help. It owns no decision: the rules made that.

use crate::ledger::amount::{Amount, Quantity};
use crate::ledger::budget::BudgetState;
use crate::ledger::limit::Position;
use crate::ledger::name::{BudgetName, Names};
use crate::ledger::rules::admit::Reason;
use crate::ledger::timestamp::Timestamp;

/// Why a reservation was denied.
#[derive(Debug, Clone)]
pub struct Denial {
    /// The budgets named.
    pub names: Names,
    /// Every limit that failed.
    pub failed: Vec<FailedLimit>,
    /// A budget on the path that admits nothing.
    pub stopped: Option<(BudgetName, BudgetState)>,
    /// When every failed limit has started anew; `None` where one never does.
    pub retry_at: Option<Timestamp>,
    /// When it was denied.
    pub at: Timestamp,
}

/// A limit that said no.
#[derive(Debug, Clone)]
pub struct FailedLimit {
    /// The limit and its figures.
    pub position: Position,
    /// What was asked of it.
    pub asked: Amount,
    /// Why it failed.
    pub reason: Reason,
}

impl Denial {
    /// Whether no waiting and no new window can help.
    pub fn is_final(&self) -> bool {
        self.failed
            .iter()
            .any(|failed| failed.reason == Reason::Never)
            || self
                .stopped
                .as_ref()
                .is_some_and(|(_, state)| *state == BudgetState::Closed)
    }

    /// The denial in a line, for the record.
    pub(super) fn summary(&self) -> String {
        let limits = self.failed.iter().map(|failed| {
            let asked = Quantity::new(failed.asked, failed.position.key.unit.clone());
            format!(
                "{} {}: asked {asked}",
                failed.position.budget, failed.position.key
            )
        });
        let stopped = self
            .stopped
            .iter()
            .map(|(name, state)| format!("{name}: {}", state.as_str()));
        limits.chain(stopped).collect::<Vec<_>>().join("; ")
    }
}
