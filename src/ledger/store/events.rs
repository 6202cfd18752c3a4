//! What happened that moved nothing: denials. Outside the chain of entries.

use super::Tx;
use crate::ledger::error::Result;
use crate::ledger::timestamp::Timestamp;

impl Tx<'_> {
    /// Keeps that a reservation was denied; denials are no entries.
    pub fn insert_denial(&self, at: Timestamp, budgets: &str, detail: &str) -> Result<()> {
        let sql = "INSERT INTO event (at_us, kind, budgets, detail) VALUES (?1, 'denied', ?2, ?3)";
        self.run(sql, (at.as_micros(), budgets, detail)).map(drop)
    }
}
