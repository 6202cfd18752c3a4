//! Everything that a verification compares, read in one piece. It judges nothing.

use std::collections::BTreeMap;

use super::{Tx, codec, entries, windows};
use crate::ledger::amount::Amount;
use crate::ledger::entry::{Entry, Hash, Posting};
use crate::ledger::error::Result;
use crate::ledger::id::Id;
use crate::ledger::reservation::State;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::window::{Figures, WindowId};

/// A window as its row shows it.
#[derive(Debug, Clone)]
pub struct WindowRow {
    /// The row.
    pub id: WindowId,
    /// The limit's row.
    pub limit_id: i64,
    /// The budget that carries its limit.
    pub budget: i64,
    /// The limit: unit and period.
    pub limit: (String, String),
    /// The budget, limit and row, for people.
    pub name: String,
    /// Whether it is the limit's latest.
    pub is_latest: bool,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends; `None` where it never does.
    pub end: Option<Timestamp>,
    /// Its figures.
    pub figures: Figures,
}

/// A budget with its limits, as the rows show them: what the journal is replayed into.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BudgetRow {
    /// The row.
    pub id: i64,
    /// The name.
    pub name: String,
    /// The state.
    pub state: String,
    /// The limits in force, by unit and period.
    pub limits: Vec<SetLimit>,
    /// What was chosen for it.
    pub choices: Choices,
}

/// A limit as its row shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SetLimit {
    /// What it counts.
    pub unit: String,
    /// How often it starts anew.
    pub period: String,
    /// How much one period may take, in atoms.
    pub amount: i64,
    /// What happens to an overrun.
    pub overage: String,
}

/// Everything else that was set on a budget, each in the text that its row has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Choices {
    /// The zone of its days and months.
    pub zone: String,
    /// Where they start.
    pub anchor: String,
    /// What is charged where nobody knows.
    pub on_unknown: String,
    /// What `exec` reserves where it is told nothing.
    pub reserve: String,
    /// What it tells children to keep to.
    pub caps: String,
    /// Shares of its limits at which a warning is due.
    pub warn: String,
    /// A note for people.
    pub note: String,
}

/// What one open reservation holds of one limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRow {
    /// The reservation.
    pub holder: Id,
    /// The budget that carries the limit.
    pub budget: String,
    /// The limit: unit and period.
    pub limit: (String, String),
    /// How much, in atoms.
    pub atoms: i64,
}

/// A reservation as its row shows it, without its lease, whose renewals are no entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservationRow {
    /// The budgets named.
    pub budgets: String,
    /// Where it stands.
    pub state: State,
    /// The run's reservation it was made inside of.
    pub parent: Option<Id>,
    /// The run it belongs to.
    pub session: Option<Id>,
    /// When it was admitted.
    pub created: Timestamp,
    /// Its own overage policy.
    pub overage: Option<String>,
    /// What is charged where nobody knows.
    pub on_unknown: String,
    /// It was closed without anybody knowing what was spent.
    pub unknown: bool,
    /// It was corrected after that.
    pub late: bool,
    /// The place of the entry that ended it.
    pub ended_by: Option<i64>,
    /// What it holds and was charged, by unit.
    pub stakes: BTreeMap<String, StakeRow>,
}

/// One unit of a reservation, in atoms; what nobody has said yet is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StakeRow {
    /// What was reserved and is not settled in part already.
    pub reserved: i64,
    /// What was charged so far, refunds taken off.
    pub charged: i64,
    /// What was charged to reservations made inside of it.
    pub nested: i64,
}

impl Tx<'_> {
    /// What SQLite itself finds wrong with the file; empty where it finds nothing.
    pub fn integrity(&self) -> Result<Vec<String>> {
        let found = self.all("PRAGMA integrity_check(20)", [], |row| {
            row.get::<_, String>(0)
        })?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    /// Rows that refer to rows that are not there, one line for each pair of tables.
    pub fn dangling(&self) -> Result<Vec<String>> {
        let references = [
            ("budget_limit", "budget", "budget", "id"),
            ("budget_limit", "window", "limit_window", "id"),
            ("limit_window", "limit_id", "budget_limit", "id"),
            ("stake", "reservation", "reservation", "id"),
            ("holding", "reservation", "reservation", "id"),
            ("holding", "window", "limit_window", "id"),
            ("posting", "entry", "entry", "seq"),
            ("posting", "window", "limit_window", "id"),
            ("entry", "corrects", "entry", "seq"),
            ("booked", "entry", "entry", "seq"),
        ];
        let mut lines = Vec::new();
        for (table, column, parent, key) in references {
            let sql = format!(
                "SELECT count(*) FROM {table} AS child WHERE child.{column} IS NOT NULL \
                 AND NOT EXISTS (SELECT 1 FROM {parent} AS parent WHERE parent.{key} = child.{column})"
            );
            let count: i64 = self.one(&sql, [], |row| row.get(0))?.unwrap_or_default();
            if count > 0 {
                lines.push(format!(
                    "{count} rows of {table} refer to a {parent} that is missing"
                ));
            }
        }
        Ok(lines)
    }

    /// Shows every entry with its postings and stored hash, in order, one at a time.
    pub fn each_entry(&self, mut see: impl FnMut(Entry, Hash) -> Result<()>) -> Result<()> {
        let mut entries = self
            .conn
            .prepare(Self::EVERY_ENTRY)
            .map_err(|e| self.fault(&e))?;
        let mut postings = self
            .conn
            .prepare(Self::EVERY_POSTING)
            .map_err(|e| self.fault(&e))?;
        let mut postings = postings
            .query_map([], |row| {
                Ok((row.get::<_, i64>(0)?, entries::posting(row)?))
            })
            .map_err(|e| self.fault(&e))?
            .peekable();
        let mut rows = entries.query([]).map_err(|e| self.fault(&e))?;
        while let Some(row) = rows.next().map_err(|e| self.fault(&e))? {
            let mut entry = entries::entry(row).map_err(|e| self.fault(&e))?;
            let hash: Hash = row.get(9).map_err(|e| self.fault(&e))?;
            let own = |next: &rusqlite::Result<(i64, Posting)>| {
                next.as_ref().is_ok_and(|(seq, _)| *seq <= entry.seq.0) || next.is_err()
            };
            while let Some(next) = postings.next_if(own) {
                let (seq, posting) = next.map_err(|e| self.fault(&e))?;
                // A posting of an entry that is gone belongs to nobody and shows in the sums.
                if seq == entry.seq.0 {
                    entry.postings.push(posting);
                }
            }
            see(entry, hash)?;
        }
        Ok(())
    }

    /// Every window.
    pub fn every_window(&self) -> Result<Vec<WindowRow>> {
        let sql = concat!(
            "SELECT ",
            windows::window_columns!(),
            ", b.id, b.name, l.unit, l.period, l.window = w.id, l.id \
             FROM limit_window w JOIN budget_limit l ON l.id = w.limit_id \
             JOIN budget b ON b.id = l.budget ORDER BY w.id"
        );
        self.all(sql, [], |row| {
            let (budget, unit, period): (String, String, String) =
                (row.get(11)?, row.get(12)?, row.get(13)?);
            let missing = rusqlite::Error::QueryReturnedNoRows;
            let (id, bounds, figures) = windows::maybe_window(row, 0)?.ok_or(missing)?;
            let is_latest: Option<bool> = row.get(14)?;
            Ok(WindowRow {
                id,
                limit_id: row.get(15)?,
                budget: row.get(10)?,
                name: format!("{budget} {unit}/{period} (window {})", id.0),
                limit: (unit, period),
                is_latest: is_latest.unwrap_or(false),
                start: bounds.start,
                end: bounds.end,
                figures,
            })
        })
    }

    /// What open reservations hold in each window.
    pub fn held_by_window(&self) -> Result<Vec<(WindowId, i64)>> {
        let sql = "SELECT h.window, sum(h.atoms) FROM holding h JOIN reservation r \
                   ON r.id = h.reservation WHERE r.state = 'open' GROUP BY h.window";
        self.all(sql, [], |row| Ok((WindowId(row.get(0)?), row.get(1)?)))
    }

    /// What each open reservation holds of each limit, over all its windows.
    pub fn held_by_open(&self) -> Result<Vec<HeldRow>> {
        let sql = "SELECT h.reservation, b.name, l.unit, l.period, sum(h.atoms) FROM holding h \
                   JOIN reservation r ON r.id = h.reservation \
                   JOIN limit_window w ON w.id = h.window \
                   JOIN budget_limit l ON l.id = w.limit_id JOIN budget b ON b.id = l.budget \
                   WHERE r.state = 'open' GROUP BY h.reservation, l.id";
        self.all(sql, [], |row| {
            Ok(HeldRow {
                holder: codec::id(row, 0)?,
                budget: row.get(1)?,
                limit: (row.get(2)?, row.get(3)?),
                atoms: row.get(4)?,
            })
        })
    }

    /// Ended reservations that still hold something, and how much.
    pub fn leaked(&self) -> Result<Vec<(Id, Amount)>> {
        let sql = "SELECT r.id, sum(h.atoms) FROM holding h JOIN reservation r \
                   ON r.id = h.reservation WHERE r.state <> 'open' AND h.atoms > 0 GROUP BY r.id";
        self.all(sql, [], |row| {
            Ok((codec::id(row, 0)?, codec::amount(row, 1)?))
        })
    }

    /// Every reservation with its stakes.
    pub fn every_reservation(&self) -> Result<BTreeMap<Id, ReservationRow>> {
        let sql = "SELECT id, budgets, state, parent, session, created_us, unknown, late, \
                   settled_by, overage, on_unknown FROM reservation";
        let rows = self.all(sql, [], |row| {
            let found = ReservationRow {
                budgets: row.get(1)?,
                state: codec::named(row, 2, State::from_name)?,
                parent: codec::maybe_id(row, 3)?,
                session: codec::maybe_id(row, 4)?,
                created: Timestamp::from_micros(row.get(5)?),
                overage: row.get(9)?,
                on_unknown: row.get(10)?,
                unknown: row.get(6)?,
                late: row.get(7)?,
                ended_by: row.get(8)?,
                stakes: BTreeMap::new(),
            };
            Ok((codec::id(row, 0)?, found))
        })?;
        let mut rows: BTreeMap<_, _> = rows.into_iter().collect();
        let sql = "SELECT reservation, unit, reserved, charged, nested FROM stake";
        let stakes = self.all(sql, [], |row| {
            let figure = |column| {
                row.get::<_, Option<i64>>(column)
                    .map(Option::unwrap_or_default)
            };
            let (reserved, charged, nested) = (figure(2)?, figure(3)?, figure(4)?);
            let stake = StakeRow {
                reserved,
                charged,
                nested,
            };
            Ok((codec::id(row, 0)?, row.get(1)?, stake))
        })?;
        for (id, unit, stake) in stakes {
            if let Some(found) = rows.get_mut(&id) {
                found.stakes.insert(unit, stake);
            }
        }
        Ok(rows)
    }

    /// Every budget with its limits in force.
    pub fn every_budget(&self) -> Result<Vec<BudgetRow>> {
        let limits = self.all(
            "SELECT budget, unit, period, amount, overage FROM budget_limit WHERE removed = 0 \
             ORDER BY budget, unit, period",
            [],
            |row| {
                let limit = SetLimit {
                    unit: row.get(1)?,
                    period: row.get(2)?,
                    amount: row.get(3)?,
                    overage: row.get(4)?,
                };
                Ok((row.get::<_, i64>(0)?, limit))
            },
        )?;
        let mut budgets = self.all(
            "SELECT id, name, state, zone, anchor, on_unknown, reserve, caps, warn, note \
             FROM budget ORDER BY id",
            [],
            |row| {
                Ok(BudgetRow {
                    id: row.get(0)?,
                    name: row.get(1)?,
                    state: row.get(2)?,
                    limits: vec![],
                    choices: Choices {
                        zone: row.get(3)?,
                        anchor: row.get(4)?,
                        on_unknown: row.get(5)?,
                        reserve: row.get(6)?,
                        caps: row.get(7)?,
                        warn: row.get(8)?,
                        note: row.get(9)?,
                    },
                })
            },
        )?;
        for budget in &mut budgets {
            let own = limits.iter().filter(|(id, _)| *id == budget.id);
            budget.limits = own.map(|(_, limit)| limit.clone()).collect();
        }
        Ok(budgets)
    }
}
