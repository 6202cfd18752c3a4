//! The places of those who wait for room, in the order in which they came.

use super::{Tx, codec};
use crate::ledger::error::Result;
use crate::ledger::id::Id;

impl Tx<'_> {
    /// Takes a place among those who wait for room.
    pub fn insert_ticket(&self, owner: &Id, limits: &str) -> Result<i64> {
        let sql = "INSERT INTO ticket (owner, limits) VALUES (?1, ?2) RETURNING id";
        self.one(sql, (owner.as_bytes(), limits), |row| row.get(0))?
            .ok_or_else(|| self.damaged("a ticket vanished"))
    }

    /// Changes the limits that a place is for.
    pub fn update_ticket(&self, id: i64, limits: &str) -> Result<()> {
        let sql = "UPDATE ticket SET limits = ?2 WHERE id = ?1";
        self.run(sql, (id, limits)).map(drop)
    }

    /// Gives the place up.
    pub fn delete_ticket(&self, id: i64) -> Result<()> {
        self.run("DELETE FROM ticket WHERE id = ?1", [id]).map(drop)
    }

    /// Everybody who waits and came before, the oldest first: place, owner, limits.
    pub fn tickets_before(&self, id: i64) -> Result<Vec<(i64, Id, String)>> {
        let sql = "SELECT id, owner, limits FROM ticket WHERE id < ?1 ORDER BY id";
        self.all(sql, [id], |row| {
            Ok((row.get(0)?, codec::id(row, 1)?, row.get(2)?))
        })
    }
}
