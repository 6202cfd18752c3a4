//! What charges have counted: messages, and the counters of sessions.

use super::Tx;
use crate::ledger::booked::Key;
use crate::ledger::entry::Seq;
use crate::ledger::error::Result;

impl Tx<'_> {
    /// The entry that counted something, and the figures of a counter.
    pub fn booked(&self, key: &Key) -> Result<Option<(Seq, Option<String>)>> {
        let sql = "SELECT entry, figures FROM booked WHERE key = ?1";
        self.one(sql, [key], |row| Ok((Seq(row.get(0)?), row.get(1)?)))
    }

    /// Marks a message as counted.
    pub fn put_booked(&self, key: &Key, entry: Seq) -> Result<()> {
        let sql = "INSERT INTO booked (key, entry, figures) VALUES (?1, ?2, NULL)";
        self.run(sql, (key, entry.0)).map(drop)
    }

    /// Stores what a counter stands at, or in which state a file was read.
    pub fn put_state(&self, key: &Key, entry: Seq, figures: &str) -> Result<()> {
        let sql = "INSERT INTO booked (key, entry, figures) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (key) DO UPDATE SET entry = ?2, figures = ?3";
        self.run(sql, (key, entry.0, figures)).map(drop)
    }

    /// The messages that entries counted, by entry, in the order of their keys.
    pub fn each_booked(&self, mut see: impl FnMut(Seq, Key)) -> Result<()> {
        let sql = "SELECT entry, key FROM booked WHERE figures IS NULL ORDER BY entry, key";
        self.all(sql, [], |row| {
            see(Seq(row.get(0)?), row.get(1)?);
            Ok(())
        })
        .map(drop)
    }
}
