//! What a verb answers where there is no room: every limit that failed, and whether waiting can
//! help. It owns no decision: the rules made that.

use crate::ledger::amount::{Amount, Quantity};
use crate::ledger::budget::BudgetState;
use crate::ledger::limit::Position;
use crate::ledger::name::{BudgetName, Names};
use crate::ledger::rules::admit::Reason;
use crate::ledger::timestamp::Timestamp;

/// What it was that was denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenialOf {
    /// A reservation, which could be made to wait.
    Reservation,
    /// The question whether a reservation would be admitted.
    Question,
    /// A charge of more than was reserved.
    Charge,
}

/// Why a reservation or a charge was denied.
#[derive(Debug, Clone)]
pub struct Denial {
    /// What was denied.
    pub of: DenialOf,
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
    /// What was asked of it, beyond what is held of it already.
    pub asked: Amount,
    /// Why it failed.
    pub reason: Reason,
    /// Who asked to keep to less than the limit, where that is why; the figures are under that.
    pub said_by: Option<String>,
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

    /// Whether the same request could be made to wait, and waiting can help.
    pub fn can_wait(&self) -> bool {
        let can_come = self.failed.iter().all(FailedLimit::can_come);
        self.of == DenialOf::Reservation && self.stopped.is_none() && can_come
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

impl FailedLimit {
    /// Whether room for what was asked can come by itself: in a new window, or from what is held
    /// now.
    fn can_come(&self) -> bool {
        let (figures, least) = (&self.position.figures, self.asked.atoms().max(1));
        let in_a_new_window = self.position.bounds.end.is_some() && figures.limit.atoms() >= least;
        let held = figures.reserved.atoms();
        let from_what_is_held =
            !figures.over && figures.available().atoms().saturating_add(held) >= least;
        in_a_new_window || from_what_is_held
    }
}
