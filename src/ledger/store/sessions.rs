//! Sessions: one row for each wrapped run.

use super::{Tx, codec};
use crate::ledger::error::Result;
use crate::ledger::id::{Id, IdRef};
use crate::ledger::timestamp::Timestamp;

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
        let sql = "SELECT id, budgets, program, started_us, ended_us, exit_code, ending \
                   FROM session WHERE id = ?1";
        self.one(sql, [id.as_bytes()], |row| {
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
        })
    }
}
