//! The only SQL, and the only place where a transaction begins. It loads values for the rules
//! and stores what they decide; it decides nothing about money itself.
//!
//! The database and its `-shm` are never touched by ordinary file calls while a connection is
//! open: closing such a handle would drop SQLite's locks and lose acknowledged commits.

mod alarm;
mod answers;
mod booked;
mod budgets;
mod charging;
mod codec;
mod create;
mod durable;
mod entries;
mod events;
mod file;
mod older;
mod open;
mod queue;
mod reservations;
mod sessions;
mod statements;
mod tickets;
mod windows;

pub mod audit;
pub mod digest;
pub mod health;
pub mod owner;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::entry::{GENESIS, Hash, Seq};
use super::error::{Error, Result, Unusable};
use super::id::Id;
use super::moment::Moment;
use super::timestamp::Timestamp;

pub use answers::Remembered;
pub use charging::Moved;
pub use codec::{amounts_json, read_amounts};
pub use entries::{EntryFilter, Order, Seed, WindowCharge};
pub use open::{Opened, SCHEMA, check_library, library_version};
pub use reservations::{ReservationFilter, Which};
pub use sessions::{Session, SessionEnd};

/// How long an operation waits for its turn unless told otherwise.
pub const DEFAULT_WAIT: Duration = Duration::from_secs(10);

/// An open ledger file.
pub struct Store {
    conn: Connection,
    path: PathBuf,
    wait: Duration,
    identity: (u64, u64),
    /// The schema as this connection takes it; newer tables are laid over an older one.
    schema: Cell<i64>,
}

/// A transaction that may write. Everything in it happens, or nothing.
pub struct Tx<'a> {
    conn: &'a Connection,
    path: &'a Path,
    /// The place and hash of the latest entry, once it was read.
    last: Cell<Option<(Seq, Hash)>>,
}

/// The ledger's own row: who it is, and what the clocks said at the latest write.
#[derive(Debug, Clone)]
pub struct Head {
    /// Who it is.
    pub uuid: Id,
    /// The clocks at the latest write.
    pub latest: Moment,
    /// Units that were declared.
    pub units: Vec<String>,
}

impl Store {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Changes how long a write waits for its turn. Returns how long it was.
    pub fn set_wait(&mut self, wait: Duration) -> Duration {
        std::mem::replace(&mut self.wait, wait)
    }

    /// The schema of the file, as it was when that was looked at last.
    pub fn schema(&self) -> i64 {
        self.schema.get()
    }

    /// Runs `work` as one immediate transaction and makes it durable before it answers. A ledger of
    /// an older schema is brought to the newest one before.
    ///
    /// `hot` are statements to be prepared before the lock is taken. An error of `work` rolls
    /// everything back; a failure of the commit itself is "unknown", never "no".
    pub fn write<T>(&mut self, hot: &[&str], work: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        open::wait_at_most(self.wait);
        if (1..SCHEMA).contains(&self.schema()) {
            self.upgrade()?;
        }
        self.prepare(hot)?;
        let log = durable::open_log(&self.path).map_err(|e| self.io(&e))?;
        let began = Instant::now();
        let turn = queue::wait_turn(&self.path, self.wait);
        // One deadline for the queue and for the lock behind it.
        open::wait_at_most(self.wait.saturating_sub(began.elapsed()));
        durable::checkpoint_if_long(&self.conn, turn.waited).map_err(|e| self.fault(&e))?;
        self.conn
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(|e| self.fault(&e))?;
        let done = open::schema(&self.conn, &self.path).and_then(|found| match found {
            SCHEMA => work(&Tx::new(&self.conn, &self.path)),
            _ => Err(file::unusable(&self.path, Unusable::Replaced)),
        });
        let done = match done {
            Ok(done) => done,
            Err(error) => {
                // The error that stopped the work is the one to report; a transaction that
                // cannot even be rolled back ends with the process.
                let _ = self.conn.execute_batch("ROLLBACK");
                return Err(error);
            }
        };
        self.conn
            .execute_batch("COMMIT")
            .map_err(|e| self.unknown(&e))?;
        drop(turn);
        durable::sync_log(log, &self.path).map_err(|e| self.unknown(&e))?;
        Ok(done)
    }

    /// Prepares statements for a transaction to come.
    pub fn prepare(&self, hot: &[&str]) -> Result<()> {
        let mut hot = hot.iter();
        hot.try_for_each(|sql| self.conn.prepare_cached(sql).map(drop))
            .map_err(|e| self.fault(&e))
    }

    /// Runs `work` against one consistent state of the ledger. Never waits for a writer, and leaves
    /// a ledger of an older schema as it is.
    pub fn read<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        open::wait_at_most(self.wait);
        loop {
            self.run("BEGIN DEFERRED")?;
            let found = open::schema(&self.conn, &self.path);
            if found.as_ref().is_ok_and(|found| *found != self.schema()) {
                self.run("ROLLBACK")?;
                self.take_as(found?)?;
                continue;
            }
            let done = found.and_then(|_| work(&Tx::new(&self.conn, &self.path)));
            // Nothing was written, so nothing is lost where this fails.
            let _ = self.conn.execute_batch("ROLLBACK");
            return done;
        }
    }

    /// Brings the file to the newest schema.
    fn upgrade(&self) -> Result<()> {
        self.take_as(SCHEMA)?;
        create::upgrade(&self.conn, &self.path, self.wait)?;
        durable::flush_as_needed(&self.conn).map_err(|e| self.fault(&e))
    }

    /// Takes the file as one of this schema.
    fn take_as(&self, schema: i64) -> Result<()> {
        older::lift(&self.conn, self.schema())
            .and_then(|()| older::lay_over(&self.conn, schema))
            .map_err(|e| self.fault(&e))?;
        self.schema.set(schema);
        Ok(())
    }

    fn run(&self, sql: &str) -> Result<()> {
        self.conn.execute_batch(sql).map_err(|e| self.fault(&e))
    }

    /// A number that is another one once a different process has written. Costs no transaction.
    pub fn version(&self) -> Result<i64> {
        let version = self.conn.prepare_cached("PRAGMA data_version");
        let version = version.and_then(|mut pragma| pragma.query_row([], |row| row.get(0)));
        version.map_err(|e| self.fault(&e))
    }

    /// An error where the path no longer leads to the file that was opened.
    pub fn expect_in_place(&self) -> Result<()> {
        let replaced = || file::unusable(&self.path, Unusable::Replaced);
        let found = file::identity(&self.path).map_err(|_| replaced())?;
        if found == self.identity {
            Ok(())
        } else {
            Err(replaced())
        }
    }

    fn fault(&self, error: &rusqlite::Error) -> Error {
        codec::fault(&self.path, error)
    }

    fn io(&self, error: &std::io::Error) -> Error {
        file::unusable(&self.path, Unusable::Io(error.to_string()))
    }

    fn unknown(&self, error: &dyn std::fmt::Display) -> Error {
        file::unusable(&self.path, Unusable::OutcomeUnknown(error.to_string()))
    }
}

impl<'a> Tx<'a> {
    fn new(conn: &'a Connection, path: &'a Path) -> Self {
        Self {
            conn,
            path,
            last: Cell::new(None),
        }
    }
}

impl Tx<'_> {
    pub(crate) const HEAD: &'static str = "SELECT l.uuid, l.wall_us, l.boot_us, l.boot, l.units, e.seq, e.hash FROM ledger l \
         LEFT JOIN entry e ON e.seq = (SELECT max(seq) FROM entry) WHERE l.id = 1";
    pub(crate) const STAMP: &'static str =
        "UPDATE ledger SET wall_us = ?1, boot_us = ?2, boot = ?3 WHERE id = 1";

    /// The ledger's own row.
    pub fn head(&self) -> Result<Head> {
        self.one(Self::HEAD, [], |row| {
            let units: String = row.get(4)?;
            let last: Option<i64> = row.get(5)?;
            self.last.set(Some(match last {
                Some(seq) => (Seq(seq), row.get(6)?),
                None => (Seq(0), GENESIS),
            }));
            Ok(Head {
                uuid: codec::id(row, 0)?,
                latest: Moment {
                    wall: Timestamp::from_micros(row.get(1)?),
                    boot_us: row.get(2)?,
                    boot: row.get(3)?,
                },
                units: units.split_whitespace().map(str::to_owned).collect(),
            })
        })?
        .ok_or_else(|| self.damaged("its own row is missing"))
    }

    /// Records what the clocks said at this write.
    pub fn stamp(&self, now: &Moment) -> Result<()> {
        self.run(Self::STAMP, (now.wall.as_micros(), now.boot_us, now.boot))
            .map(drop)
    }

    /// Declares units; they stay declared.
    pub fn declare_units(&self, units: &[String]) -> Result<()> {
        let sql = "UPDATE ledger SET units = ?1 WHERE id = 1";
        self.run(sql, [units.join(" ")]).map(drop)
    }

    /// Does a part of the work on its own: where it cannot be done, nothing of it happens, the
    /// answer is `None`, and the rest goes on. A ledger that cannot be used stays an error.
    pub fn apart<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
        let last = self.last.get();
        self.run("SAVEPOINT part", [])?;
        let done = match work() {
            Ok(done) => Some(done),
            Err(error @ Error::Unusable { .. }) => return Err(error),
            Err(_) => {
                self.run("ROLLBACK TO part", [])?;
                self.last.set(last);
                None
            }
        };
        self.run("RELEASE part", [])?;
        Ok(done)
    }

    fn run(&self, sql: &str, values: impl rusqlite::Params) -> Result<usize> {
        let mut statement = self.conn.prepare_cached(sql).map_err(|e| self.fault(&e))?;
        statement.execute(values).map_err(|e| self.fault(&e))
    }

    fn one<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.conn.prepare_cached(sql).map_err(|e| self.fault(&e))?;
        let mut rows = statement.query(values).map_err(|e| self.fault(&e))?;
        match rows.next().map_err(|e| self.fault(&e))? {
            Some(row) => read(row).map(Some).map_err(|e| self.fault(&e)),
            None => Ok(None),
        }
    }

    fn all<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        mut read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.conn.prepare_cached(sql).map_err(|e| self.fault(&e))?;
        let rows = statement
            .query_map(values, |row| read(row))
            .map_err(|e| self.fault(&e))?;
        rows.collect::<rusqlite::Result<_>>()
            .map_err(|e| self.fault(&e))
    }

    fn fault(&self, error: &rusqlite::Error) -> Error {
        codec::fault(self.path, error)
    }

    fn damaged(&self, what: &str) -> Error {
        file::unusable(self.path, Unusable::Damaged(what.to_owned()))
    }
}
