//! Sessions: one row for each wrapped run.

use rusqlite::Row;

use super::{Tx, codec};
use crate::ledger::error::Result;
use crate::ledger::id::{Id, IdRef};
use crate::ledger::timestamp::Timestamp;

/// How far apart the ids of a run and of its reservation are made at most, in milliseconds.
const SAME_MOMENT_MS: i64 = 2_000;

/// Reads runs, to be taken by `session`.
macro_rules! select_sessions {
    ($which:literal) => {
        concat!(
            "SELECT id, budgets, program, started_us, ended_us, exit_code, ending FROM session ",
            $which
        )
    };
}

/// A wrapped run, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id, which is also its owner's.
    pub id: Id,
    /// The budgets it runs under.
    pub budgets: String,
    /// The program's name; never its arguments.
    pub program: String,
    /// When its reservation was admitted.
    pub started: Timestamp,
    /// How it ended; `None` while it runs.
    pub end: Option<SessionEnd>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEnd {
    /// When.
    pub at: Timestamp,
    /// What its wrapper exited with.
    pub exit_code: i32,
    /// `exited`, `signaled`, `stopped`, `not started` or `lost`.
    pub ending: String,
}

impl Tx<'_> {
    pub(crate) const INSERT_SESSION: &'static str =
        "INSERT INTO session (id, budgets, program, started_us) VALUES (?1, ?2, ?3, ?4)";
    pub(crate) const END_SESSION: &'static str = "UPDATE session SET ended_us = ?2, exit_code = ?3, ending = ?4 \
         WHERE id = ?1 AND (ended_us IS NULL OR ending = 'lost')";

    /// Adds a run that begins.
    pub fn insert_session(&self, new: &Session) -> Result<()> {
        let values = (
            new.id.as_bytes(),
            &new.budgets,
            &new.program,
            new.started.as_micros(),
        );
        self.run(Self::INSERT_SESSION, values).map(drop)
    }

    /// Stores how a run ended. The first end stays, unless it was only presumed.
    pub fn end_session(&self, id: &Id, end: &SessionEnd) -> Result<()> {
        let values = (
            id.as_bytes(),
            end.at.as_micros(),
            end.exit_code,
            &end.ending,
        );
        self.run(Self::END_SESSION, values).map(drop)
    }

    /// Shows the runs of a program that came to an end after they had started, the latest first,
    /// none that began before an instant, until it says that it has seen enough.
    pub fn each_finished(
        &self,
        program: &str,
        since: Timestamp,
        mut see: impl FnMut(Session) -> Result<bool>,
    ) -> Result<()> {
        let sql = select_sessions!(
            "WHERE id >= ?2 AND program = ?1 AND ending IN ('exited', 'signaled', 'stopped', 'lost') \
             ORDER BY id DESC"
        );
        let first = Id::first_of(since.as_micros().div_euclid(1_000).max(0));
        let mut found = self.conn.prepare_cached(sql).map_err(|e| self.fault(&e))?;
        let mut rows = found
            .query((program, first.as_bytes()))
            .map_err(|e| self.fault(&e))?;
        while let Some(row) = rows.next().map_err(|e| self.fault(&e))? {
            if !see(session(row).map_err(|e| self.fault(&e))?)? {
                break;
            }
        }
        Ok(())
    }

    /// The reservation of a run. Its id is made at the same moment as the run's.
    pub fn reservation_of_run(&self, run: &Id) -> Result<Option<Id>> {
        let sql = "SELECT id FROM reservation WHERE id >= ?1 AND id < ?2 AND owner = ?3 LIMIT 1";
        let first = Id::first_of(run.unix_millis());
        let after = Id::first_of(run.unix_millis().saturating_add(SAME_MOMENT_MS));
        let values = (first.as_bytes(), after.as_bytes(), run.as_bytes());
        self.one(sql, values, |row| codec::id(row, 0))
    }

    /// The run whose id was typed in full or by its end; `None` where there is none, or several.
    pub fn find_session(&self, typed: &IdRef) -> Result<Option<Id>> {
        let tail = match typed {
            IdRef::Full(id) => return Ok(Some(*id)),
            IdRef::Tail(tail) => tail,
        };
        let sql = "SELECT id FROM session WHERE lower(hex(id)) LIKE '%' || ?1 LIMIT 2";
        let found = self.all(sql, [tail], |row| codec::id(row, 0))?;
        Ok(match found.as_slice() {
            [id] => Some(*id),
            _ => None,
        })
    }

    /// A run.
    pub fn session(&self, id: &Id) -> Result<Option<Session>> {
        self.one(select_sessions!("WHERE id = ?1"), [id.as_bytes()], session)
    }
}

/// The row of `select_sessions`.
fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    let ended: Option<i64> = row.get(4)?;
    let end = ended.map(|at| -> rusqlite::Result<SessionEnd> {
        let at = Timestamp::from_micros(at);
        Ok(SessionEnd {
            at,
            exit_code: row.get(5)?,
            ending: row.get(6)?,
        })
    });
    Ok(Session {
        id: codec::id(row, 0)?,
        budgets: row.get(1)?,
        program: row.get(2)?,
        started: Timestamp::from_micros(row.get(3)?),
        end: end.transpose()?,
    })
}
