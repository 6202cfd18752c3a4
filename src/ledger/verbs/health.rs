//! How a ledger is: what it says of itself and of the clocks, in one reading transaction.

use super::Ledger;
use crate::ledger::error::Result;
use crate::ledger::reservation::State;
use crate::ledger::store::health::{LeftBehind, left_behind};
use crate::ledger::store::{ReservationFilter, Which};
use crate::ledger::timestamp::Timestamp;

/// How a ledger is.
#[derive(Debug, Clone)]
pub struct Health {
    /// The version of its schema.
    pub schema: i64,
    /// How many entries it has.
    pub entries: i64,
    /// How many budgets that are not closed.
    pub budgets: usize,
    /// Whether the wall clock is believed.
    pub clock_believed: bool,
    /// How far the wall clock jumped since the latest write, in microseconds; `None` where the
    /// machine was restarted in between.
    pub jump_us: Option<i64>,
    /// The wall clock now.
    pub now: Timestamp,
    /// Open reservations, without those that are due.
    pub open: usize,
    /// Reservations that the next write will close, because their time is over or their process
    /// is dead.
    pub due: usize,
    /// Reservations that nobody accounted for, and nobody corrected.
    pub unknown: usize,
    /// What lies beside the file.
    pub left_behind: LeftBehind,
}

impl Ledger {
    /// How the ledger is.
    pub fn health(&self) -> Result<Health> {
        self.read(|scene| {
            let latest = scene.tx.head()?.latest;
            let list = |which| ReservationFilter {
                which,
                within: None,
            };
            let open = scene.tx.reservations(&list(Which::In(State::Open)))?.len();
            let due = scene
                .projection
                .changed()
                .filter(|found| found.state != State::Open)
                .count();
            Ok(Health {
                schema: self.store.schema(),
                entries: scene.tx.last_seq()?.0,
                budgets: scene.tx.budgets(false)?.len(),
                clock_believed: scene.believable,
                jump_us: scene.now.jump_since(&latest),
                now: scene.now.wall,
                open: open.saturating_sub(due),
                due,
                unknown: scene.tx.reservations(&list(Which::Unknown))?.len(),
                left_behind: left_behind(scene.path, scene.now.boot),
            })
        })
    }
}
