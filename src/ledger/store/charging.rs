//! The entries that charged something, with how their postings moved each limit: what charges are
//! derived from. Derives nothing itself.

use std::iter::Peekable;

use super::{Tx, codec, entries};
use crate::ledger::entry::{Entry, Hash, Seq};
use crate::ledger::error::Result;
use crate::ledger::id::Id;
use crate::ledger::limit::LimitId;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;

/// What an entry moved of what one limit shows as charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// What the limit counts.
    pub unit: Unit,
    /// The limit.
    pub limit: LimitId,
    /// From when on.
    pub effective_at: Timestamp,
    /// Spent and debt together.
    pub atoms: i64,
}

/// The postings of entries, each with the limit it moved. What was drawn from an older reservation
/// counts in the window that admitted that, where it was posted.
macro_rules! select_moved {
    ($which:literal) => {
        concat!(
            "SELECT p.entry, l.unit, w.limit_id, \
             min(p.effective_us, coalesce(w.end_us - 1, p.effective_us)), p.spent + p.debt \
             FROM posting p JOIN limit_window w ON w.id = p.window \
             JOIN budget_limit l ON l.id = w.limit_id WHERE ",
            $which
        )
    };
}

/// The kinds of entries that charge, or take a charge back, as a list in SQL.
macro_rules! charging {
    () => {
        "'committed', 'expired', 'corrected', 'spent', 'refunded', 'repriced'"
    };
}

pub(super) use charging;

impl Tx<'_> {
    /// Goes through the entries after one that charged something, the oldest first, and what each
    /// moved.
    pub fn each_charging(
        &self,
        after: Seq,
        mut see: impl FnMut(&Entry, &[Moved]) -> Result<()>,
    ) -> Result<()> {
        let sql = concat!(
            "SELECT seq, at_us, kind, budgets, reservation, session, corrects, amounts, detail \
             FROM entry WHERE seq > ?1 AND kind IN (",
            charging!(),
            ") ORDER BY seq"
        );
        let mut found = self.conn.prepare(sql).map_err(|e| self.fault(&e))?;
        let mut rows = found.query([after.0]).map_err(|e| self.fault(&e))?;
        let sql = select_moved!("p.entry > ?1 ORDER BY p.entry");
        let mut postings = self.conn.prepare(sql).map_err(|e| self.fault(&e))?;
        let postings = postings
            .query_map([after.0], moved)
            .map_err(|e| self.fault(&e))?;
        let mut postings = postings.peekable();
        while let Some(row) = rows.next().map_err(|e| self.fault(&e))? {
            let entry = entries::entry(row).map_err(|e| self.fault(&e))?;
            let own = moved_by(&entry, &mut postings).map_err(|e| self.fault(&e))?;
            see(&entry, &own)?;
        }
        Ok(())
    }

    /// What one entry moved.
    pub fn moved_by(&self, seq: Seq) -> Result<Vec<Moved>> {
        let sql = select_moved!("p.entry = ?1");
        let found = self.all(sql, [seq.0], moved)?;
        Ok(found.into_iter().map(|(_, moved)| moved).collect())
    }

    /// What a reservation's admission said of it, as canonical JSON text; may be empty.
    pub fn reservation_detail(&self, id: &Id) -> Result<Option<String>> {
        let sql = "SELECT detail FROM reservation WHERE id = ?1";
        self.one(sql, [id.as_bytes()], |row| row.get(0))
    }

    /// The hash of an entry.
    pub fn hash_of(&self, seq: Seq) -> Result<Option<Hash>> {
        let sql = "SELECT hash FROM entry WHERE seq = ?1";
        self.one(sql, [seq.0], |row| row.get(0))
    }
}

fn moved(row: &rusqlite::Row<'_>) -> rusqlite::Result<(Seq, Moved)> {
    let moved = Moved {
        unit: codec::parsed(row, 1)?,
        limit: LimitId(row.get(2)?),
        effective_at: Timestamp::from_micros(row.get(3)?),
        atoms: row.get(4)?,
    };
    Ok((Seq(row.get(0)?), moved))
}

/// The postings of an entry, of those that follow in the order of entries; those of entries that
/// charged nothing are passed over.
fn moved_by(
    entry: &Entry,
    postings: &mut Peekable<impl Iterator<Item = rusqlite::Result<(Seq, Moved)>>>,
) -> rusqlite::Result<Vec<Moved>> {
    let mut own = Vec::new();
    while let Some(next) =
        postings.next_if(|next| next.as_ref().map_or(true, |(seq, _)| *seq <= entry.seq))
    {
        let (seq, moved) = next?;
        if seq == entry.seq {
            own.push(moved);
        }
    }
    Ok(own)
}
