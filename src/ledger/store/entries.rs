//! The journal: appended to, read, never changed.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use rusqlite::Row;

use super::{Tx, codec};
use crate::ledger::calendar::Bounds;
use crate::ledger::entry::{Entry, EntryKind, GENESIS, Hash, Posting, Seq};
use crate::ledger::error::Result;
use crate::ledger::id::Id;
use crate::ledger::limit::LimitId;
use crate::ledger::name::{BudgetName, Names};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::window::{Movement, WindowId};

/// Which entries to read.
#[derive(Debug, Clone, Default)]
pub struct EntryFilter {
    /// Only those naming this budget or one below it.
    pub within: Option<BudgetName>,
    /// Only those about this reservation.
    pub reservation: Option<Id>,
    /// Only those of this run.
    pub session: Option<Id>,
    /// Only those of these kinds; of every kind where empty.
    pub kinds: Vec<EntryKind>,
    /// Only those written since.
    pub since: Option<Timestamp>,
    /// Only those written before.
    pub until: Option<Timestamp>,
    /// Only those after this one.
    pub after: Option<Seq>,
    /// Only those up to this one.
    pub up_to: Option<Seq>,
}

/// Which way to read the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// From the oldest on.
    Forward,
    /// From the latest back.
    Backward,
}

/// What an entry charged one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowCharge {
    /// The limit whose window it is.
    pub limit: LimitId,
    /// The window.
    pub window: WindowId,
    /// When it took effect.
    pub effective_at: Timestamp,
    /// Spent and debt together.
    pub atoms: i64,
}

/// An entry by which a window began with what was charged before its limit was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed {
    /// The entry.
    pub seq: Seq,
    /// The limit.
    pub limit: LimitId,
    /// The window.
    pub window: WindowId,
    /// From when to when it runs.
    pub bounds: Bounds,
}

/// The columns of an entry.
macro_rules! entry_columns {
    () => {
        "seq, at_us, kind, budgets, reservation, session, corrects, amounts, detail, hash"
    };
}

/// Reads entries, to be taken by `entry`; the last column is the hash.
macro_rules! select_entries {
    ($which:literal) => {
        concat!("SELECT ", entry_columns!(), " FROM entry ", $which)
    };
}

/// Reads the entries that a filter lets through, in an order.
macro_rules! select_filtered {
    ($order:literal) => {
        concat!(
            select_entries!(
                "WHERE seq > ?1 AND seq <= ?2 AND (?3 IS NULL OR reservation = ?3) \
                 AND (?4 IS NULL OR session = ?4) AND at_us >= ?5 AND at_us < ?6 \
                 AND (?7 = '' OR instr(?7, '/' || kind || '/') > 0) ORDER BY "
            ),
            $order
        )
    };
}

/// The row of `entry_columns`, without its postings.
pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let of: Option<i64> = row.get(6)?;
    Ok(Entry {
        seq: Seq(row.get(0)?),
        at: Timestamp::from_micros(row.get(1)?),
        kind: codec::named(row, 2, EntryKind::from_name)?,
        budgets: row.get(3)?,
        reservation: codec::maybe_id(row, 4)?,
        session: codec::maybe_id(row, 5)?,
        of: of.map(Seq),
        amounts: codec::amounts(row, 7)?,
        detail: row.get(8)?,
        postings: Vec::new(),
    })
}

/// The columns of a posting.
macro_rules! posting_columns {
    () => {
        "entry, window, effective_us, granted, spent, reserved, debt, over"
    };
}

/// Reads postings, to be taken by `posting`; the first column is the entry.
macro_rules! select_postings {
    ($which:literal) => {
        concat!("SELECT ", posting_columns!(), " FROM posting ", $which)
    };
}

pub(super) use {entry_columns, posting_columns};

/// The row of `posting_columns` from its column on.
pub(super) fn posting(row: &Row<'_>, first: usize) -> rusqlite::Result<Posting> {
    let column = |offset: usize| first.saturating_add(offset);
    Ok(Posting {
        window: WindowId(row.get(column(1))?),
        effective_at: Timestamp::from_micros(row.get(column(2))?),
        movement: Movement {
            granted: row.get(column(3))?,
            spent: row.get(column(4))?,
            reserved: row.get(column(5))?,
            debt: row.get(column(6))?,
            over: row.get(column(7))?,
        },
    })
}

impl Tx<'_> {
    pub(super) const EVERY_ENTRY: &'static str = select_entries!("ORDER BY seq");
    pub(super) const EVERY_POSTING: &'static str =
        select_postings!("ORDER BY entry, window, effective_us");
    pub(crate) const INSERT_ENTRY: &'static str = concat!(
        "INSERT INTO entry (",
        entry_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    );
    pub(crate) const INSERT_POSTING: &'static str = concat!(
        "INSERT INTO posting (",
        posting_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
    );

    /// The place and hash of the latest entry; place 0 before the first.
    fn last_entry(&self) -> Result<(Seq, Hash)> {
        if self.last.get().is_none() {
            self.head()?;
        }
        Ok(self.last.get().unwrap_or((Seq(0), GENESIS)))
    }

    /// The place of the latest entry; 0 before the first.
    pub fn last_seq(&self) -> Result<Seq> {
        self.last_entry().map(|(seq, _)| seq)
    }

    /// Appends an entry, whose place is filled in, and moves the windows by its postings.
    pub fn append(&self, entry: &Entry) -> Result<Seq> {
        let (last, previous) = self.last_entry()?;
        let mut postings = entry.postings.clone();
        postings.sort_by_key(|posting| (posting.window, posting.effective_at));
        let entry = Entry {
            seq: Seq(last.0.saturating_add(1)),
            postings,
            ..entry.clone()
        };
        let hash = entry.hash(&previous);
        self.last.set(Some((entry.seq, hash)));
        let values = rusqlite::params![
            entry.seq.0,
            entry.at.as_micros(),
            entry.kind.as_str(),
            entry.budgets,
            entry.reservation.as_ref().map(Id::as_bytes),
            entry.session.as_ref().map(Id::as_bytes),
            entry.of.map(|seq| seq.0),
            codec::amounts_json(&entry.amounts),
            entry.detail,
            hash,
        ];
        self.run(Self::INSERT_ENTRY, values)?;
        for Posting {
            window,
            effective_at,
            movement,
        } in &entry.postings
        {
            let Movement {
                granted,
                spent,
                reserved,
                debt,
                over,
            } = *movement;
            let effective = effective_at.as_micros();
            let values = (
                entry.seq.0,
                window.0,
                effective,
                granted,
                spent,
                reserved,
                debt,
                over,
            );
            self.run(Self::INSERT_POSTING, values)?;
            self.move_window(*window, movement)?;
        }
        Ok(entry.seq)
    }

    /// An entry with its postings.
    pub fn entry(&self, seq: Seq) -> Result<Option<Entry>> {
        let sql = select_entries!("WHERE seq = ?1");
        let Some(found) = self.one(sql, [seq.0], entry)? else {
            return Ok(None);
        };
        let sql = select_postings!("WHERE entry = ?1 ORDER BY window, effective_us");
        let postings = self.all(sql, [seq.0], |row| posting(row, 0))?;
        Ok(Some(Entry { postings, ..found }))
    }

    /// Which entry an entry corrects, and what it says beside its amounts.
    pub fn said(&self, seq: Seq) -> Result<Option<(Option<Seq>, String)>> {
        let sql = "SELECT corrects, detail FROM entry WHERE seq = ?1";
        self.one(sql, [seq.0], |row| {
            let of: Option<i64> = row.get(0)?;
            Ok((of.map(Seq), row.get(1)?))
        })
    }

    /// What an entry says beside its amounts.
    pub fn detail(&self, seq: Seq) -> Result<Option<String>> {
        let sql = "SELECT detail FROM entry WHERE seq = ?1";
        self.one(sql, [seq.0], |row| row.get(0))
    }

    /// Shows the entries that a filter lets through, without their postings, one after the other
    /// until no more are wanted.
    pub fn entries(
        &self,
        filter: &EntryFilter,
        order: Order,
        mut see: impl FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<()> {
        let sql = match order {
            Order::Forward => select_filtered!("seq"),
            Order::Backward => select_filtered!("seq DESC"),
        };
        let kinds = filter
            .kinds
            .iter()
            .map(|kind| format!("/{}/", kind.as_str()));
        let values = (
            filter.after.map_or(0, |seq| seq.0),
            filter.up_to.map_or(i64::MAX, |seq| seq.0),
            filter.reservation.as_ref().map(Id::as_bytes),
            filter.session.as_ref().map(Id::as_bytes),
            filter.since.map_or(i64::MIN, Timestamp::as_micros),
            filter.until.map_or(i64::MAX, Timestamp::as_micros),
            kinds.collect::<String>(),
        );
        let mut statement = self.conn.prepare_cached(sql).map_err(|e| self.fault(&e))?;
        let mut rows = statement.query(values).map_err(|e| self.fault(&e))?;
        while let Some(row) = rows.next().map_err(|e| self.fault(&e))? {
            let entry = entry(row).map_err(|e| self.fault(&e))?;
            let within = filter.within.as_ref();
            if within.is_none_or(|name| names(&entry.budgets, name)) && see(entry).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The next charges, after an entry, of which the journal keeps a model's usage, the oldest
    /// first, without their postings.
    pub fn charges_with_usage(&self, after: Seq, at_most: u32) -> Result<Vec<Entry>> {
        let sql = select_entries!(
            "WHERE seq > ?1 AND kind IN ('committed', 'spent', 'corrected') \
             AND detail LIKE '%\"usage\":{%' ORDER BY seq LIMIT ?2"
        );
        self.all(sql, (after.0, at_most), entry)
    }

    /// What an entry charged each window, in the order of the windows.
    pub fn charges_of(&self, seq: Seq, unit: &Unit) -> Result<Vec<WindowCharge>> {
        let sql = "SELECT w.limit_id, p.window, p.effective_us, p.spent + p.debt FROM posting p \
                   JOIN limit_window w ON w.id = p.window \
                   JOIN budget_limit l ON l.id = w.limit_id \
                   WHERE p.entry = ?1 AND l.unit = ?2 ORDER BY p.window DESC";
        self.all(sql, (seq.0, unit.as_str()), |row| {
            let limit = LimitId(row.get(0)?);
            Ok(WindowCharge {
                limit,
                window: WindowId(row.get(1)?),
                effective_at: Timestamp::from_micros(row.get(2)?),
                atoms: row.get(3)?,
            })
        })
    }

    /// The latest reset after an entry of each window that was reset since.
    pub fn resets_since(&self, seq: Seq) -> Result<BTreeMap<WindowId, Seq>> {
        let sql = "SELECT p.window, max(p.entry) FROM entry e JOIN posting p ON p.entry = e.seq \
                   WHERE e.seq > ?1 AND e.kind = 'reset' GROUP BY p.window";
        let resets = self.all(sql, [seq.0], |row| {
            Ok((WindowId(row.get(0)?), Seq(row.get(1)?)))
        })?;
        Ok(resets.into_iter().collect())
    }

    /// What windows began with after an entry, the oldest first.
    pub fn seeds_since(&self, seq: Seq) -> Result<Vec<Seed>> {
        let sql = "SELECT p.entry, w.limit_id, w.id, w.start_us, w.end_us FROM entry e \
                   JOIN posting p ON p.entry = e.seq JOIN limit_window w ON w.id = p.window \
                   WHERE e.seq > ?1 AND e.kind = 'set' AND p.spent + p.debt > 0 ORDER BY p.entry";
        self.all(sql, [seq.0], |row| {
            let end: Option<i64> = row.get(4)?;
            Ok(Seed {
                seq: Seq(row.get(0)?),
                limit: LimitId(row.get(1)?),
                window: WindowId(row.get(2)?),
                bounds: Bounds {
                    start: Timestamp::from_micros(row.get(3)?),
                    end: end.map(Timestamp::from_micros),
                },
            })
        })
    }

    /// When what an entry charged had been admitted, by a reservation or with the entry itself, and
    /// which entry it corrects.
    pub fn admission(&self, seq: Seq) -> Result<Option<(Timestamp, Option<Seq>)>> {
        let sql = "SELECT coalesce(r.created_us, e.at_us), e.corrects FROM entry e \
                   LEFT JOIN reservation r ON r.id = e.reservation WHERE e.seq = ?1";
        self.one(sql, [seq.0], |row| {
            let of: Option<i64> = row.get(1)?;
            Ok((Timestamp::from_micros(row.get(0)?), of.map(Seq)))
        })
    }

    /// The first entry written at an instant or later.
    pub fn first_since(&self, at: Timestamp) -> Result<Option<Seq>> {
        let sql = "SELECT seq FROM entry WHERE at_us >= ?1 ORDER BY seq LIMIT 1";
        self.one(sql, [at.as_micros()], |row| row.get(0).map(Seq))
    }

    /// Every entry that corrects another, with that.
    pub fn corrections(&self) -> Result<Vec<(Seq, Seq)>> {
        let sql = "SELECT seq, corrects FROM entry WHERE corrects IS NOT NULL";
        self.all(sql, [], |row| Ok((Seq(row.get(0)?), Seq(row.get(1)?))))
    }

    /// The entries that correct an entry, the oldest first, without their postings.
    pub fn corrections_of(&self, seq: Seq) -> Result<Vec<Entry>> {
        let sql = select_entries!("WHERE corrects = ?1 ORDER BY seq");
        self.all(sql, [seq.0], entry)
    }
}

fn names(budgets: &str, within: &BudgetName) -> bool {
    Names::from_stored(budgets).is_some_and(|names| names.any_within(within))
}
