//! What a statement is made of: the windows of a limit, what moved them, and what the limit was.
//! Read one row at a time, so that a long journal is never held at once.

use std::ops::ControlFlow;

use super::Tx;
use super::entries::{entry, entry_columns, posting, posting_columns};
use super::windows::{maybe_window, window_columns};
use crate::ledger::calendar::Bounds;
use crate::ledger::entry::{Entry, Posting, Seq};
use crate::ledger::error::Result;
use crate::ledger::limit::LimitId;
use crate::ledger::name::BudgetName;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::window::{Figures, WindowId};

/// Where the posting begins in a row that has its entry first.
const AFTER_ENTRY: usize = 10;

impl Tx<'_> {
    /// The windows of a limit that share time with a stretch, by when they begin.
    pub fn windows_within(
        &self,
        limit: LimitId,
        stretch: &Bounds,
    ) -> Result<Vec<(WindowId, Bounds, Figures)>> {
        let sql = concat!(
            "SELECT ",
            window_columns!(),
            " FROM limit_window w WHERE w.limit_id = ?1 AND w.start_us < ?2 \
             AND (w.end_us IS NULL OR w.end_us > ?3) ORDER BY w.start_us, w.id"
        );
        let before = stretch.end.map_or(i64::MAX, Timestamp::as_micros);
        let values = (limit.0, before, stretch.start.as_micros());
        let found = self.all(sql, values, |row| maybe_window(row, 0))?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Shows every posting to the windows from one row to another with the place of its entry, in
    /// the order of the journal.
    pub fn each_posting_to(
        &self,
        (first, last): (WindowId, WindowId),
        mut see: impl FnMut(Seq, &Posting),
    ) -> Result<()> {
        let sql = concat!(
            "SELECT ",
            posting_columns!(),
            " FROM posting WHERE window BETWEEN ?1 AND ?2 ORDER BY entry, window, effective_us"
        );
        let mut statement = self.conn.prepare_cached(sql).map_err(|e| self.fault(&e))?;
        let mut rows = statement
            .query((first.0, last.0))
            .map_err(|e| self.fault(&e))?;
        while let Some(row) = rows.next().map_err(|e| self.fault(&e))? {
            let read = || Ok((Seq(row.get(0)?), posting(row, 0)?));
            let (seq, posting) = read().map_err(|e| self.fault(&e))?;
            see(seq, &posting);
        }
        Ok(())
    }

    /// Shows the postings to a window with their entries, of those after one entry and up to
    /// another, in the order of the journal, until no more are wanted.
    pub fn moves_of(
        &self,
        window: WindowId,
        (after, up_to): (Seq, Seq),
        mut see: impl FnMut(Entry, Posting) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        // The postings come first: entries are looked up for those that are in question only.
        let sql = concat!(
            "SELECT ",
            entry_columns!(),
            ", ",
            posting_columns!(),
            " FROM posting CROSS JOIN entry ON seq = entry \
             WHERE entry > ?1 AND entry <= ?2 AND window = ?3 ORDER BY entry, effective_us"
        );
        let mut statement = self.conn.prepare_cached(sql).map_err(|e| self.fault(&e))?;
        let mut rows = statement
            .query((after.0, up_to.0, window.0))
            .map_err(|e| self.fault(&e))?;
        while let Some(row) = rows.next().map_err(|e| self.fault(&e))? {
            let read = || Ok((entry(row)?, posting(row, AFTER_ENTRY)?));
            let (entry, posting) = read().map_err(|e| self.fault(&e))?;
            if see(entry, posting)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The entries that made or changed a budget of this name, in order, without their postings.
    pub fn settings_of(&self, name: &BudgetName) -> Result<Vec<Entry>> {
        let sql = concat!(
            "SELECT ",
            entry_columns!(),
            " FROM entry WHERE kind IN ('created', 'set') AND budgets = ?1 ORDER BY seq"
        );
        self.all(sql, [name.as_str()], entry)
    }
}
