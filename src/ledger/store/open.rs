//! Opening a ledger file: recognising it, refusing what is not one or is newer, and setting the
//! connection up. Whether the file can be trusted at all is asked of `file`; `create` makes one.

use std::cell::Cell;
use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::create::create;
use super::file::{check_file, check_file_system, led_to, unusable};
use super::{Store, codec, durable, older};
use crate::ledger::error::{Result, Unusable};
use crate::ledger::id::Id;
use crate::ledger::moment::Moment;

/// "bdgt": marks the file as a ledger.
pub(super) const APPLICATION_ID: i64 = 0x6264_6774;
/// The newest schema this program knows.
pub const SCHEMA: i64 = 3;
/// The first SQLite without the WAL-reset race that can damage a database (3.7.0 to 3.51.2).
const OLDEST_SQLITE: i32 = 3_051_003;

/// What was found at a path.
pub enum Opened {
    /// A ledger.
    Found(Store),
    /// Nothing, and nothing was made.
    Absent,
}

impl Store {
    /// Opens the ledger at a path where there is one.
    pub fn open(path: &Path, wait: Duration) -> Result<Opened> {
        let path = &led_to(path)?;
        match std::fs::symlink_metadata(path) {
            Ok(found) if found.len() > 0 => connect(path, wait),
            Ok(_) => Ok(Opened::Absent),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Opened::Absent),
            Err(error) => Err(unusable(path, Unusable::Io(error.to_string()))),
        }
    }

    /// Opens the ledger at a path, and makes it where there is none.
    pub fn open_or_create(path: &Path, wait: Duration, id: Id, now: &Moment) -> Result<Self> {
        let path = &led_to(path)?;
        if let Opened::Found(store) = Self::open(path, wait)? {
            return Ok(store);
        }
        create(path, wait, id, now)?;
        match connect(path, wait)? {
            Opened::Found(store) => Ok(store),
            Opened::Absent => Err(unusable(path, Unusable::Replaced)),
        }
    }
}

/// The version of this build's SQLite.
pub fn library_version() -> &'static str {
    rusqlite::version()
}

/// An error where this build's SQLite is one that may damage a ledger.
pub fn check_library(path: &Path) -> Result<()> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        let reason = format!(
            "SQLite {} may damage it; 3.51.3 is needed",
            rusqlite::version()
        );
        return Err(unusable(path, Unusable::Io(reason)));
    }
    Ok(())
}

/// The schema of the file; an error where it is of another program or of a newer schema. Run inside
/// every transaction, because another process may have migrated the file in between.
pub(super) fn schema(conn: &Connection, path: &Path) -> Result<i64> {
    let found = number(conn, path, "PRAGMA user_version")?;
    if found == SCHEMA {
        return Ok(found);
    }
    let is_ours = number(conn, path, "PRAGMA application_id")? == APPLICATION_ID;
    match found {
        1..SCHEMA if is_ours => Ok(found),
        _ if is_ours && found > SCHEMA => Err(unusable(
            path,
            Unusable::Newer {
                found,
                known: SCHEMA,
            },
        )),
        _ => Err(unusable(path, Unusable::Foreign)),
    }
}

/// Opens a file that is there. One that a process began to make a ledger of, and could not, is no
/// ledger yet.
fn connect(path: &Path, wait: Duration) -> Result<Opened> {
    tune_library();
    check_library(path)?;
    let identity = check_file(path)?;
    check_file_system(path)?;
    let fault = |error: rusqlite::Error| codec::fault(path, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags).map_err(fault)?;
    conn.set_prepared_statement_cache_capacity(64);
    wait_at_most(wait);
    conn.busy_handler(Some(wait_a_little)).map_err(fault)?;
    // Plans that do not depend on bound values are made once, before the lock is taken.
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true),
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
    ] {
        conn.set_db_config(setting, on).map_err(fault)?;
    }
    conn.execute_batch("PRAGMA wal_autocheckpoint = 0")
        .map_err(fault)?;
    let is_ours = || number(&conn, path, "PRAGMA application_id").map(|id| id == APPLICATION_ID);
    if !is_ours()? {
        if is_empty(&conn, path)? {
            return Ok(Opened::Absent);
        }
        // A file that was empty a moment ago may be a ledger by now.
        if !is_ours()? {
            return Err(unusable(path, Unusable::Foreign));
        }
    }
    let schema = number(&conn, path, "PRAGMA user_version")?;
    // A newer one is refused by whoever reads it.
    older::lay_over(&conn, schema).map_err(fault)?;
    durable::flush_as_needed(&conn).map_err(fault)?;
    Ok(Opened::Found(Store {
        conn,
        path: path.to_owned(),
        wait,
        identity,
        schema: Cell::new(schema),
    }))
}

pub(super) fn is_empty(conn: &Connection, path: &Path) -> Result<bool> {
    Ok(number(conn, path, "SELECT count(*) FROM sqlite_schema")? == 0)
}

pub(super) fn number(conn: &Connection, path: &Path, sql: &str) -> Result<i64> {
    let read = || conn.prepare_cached(sql)?.query_row([], |row| row.get(0));
    read().map_err(|error| codec::fault(path, &error))
}

thread_local! {
    /// How often the busy handler is called for one lock.
    static BUSY_ROUNDS: Cell<u32> = const { Cell::new(0) };
}

/// Sets how long this thread waits for a lock of the database from now on, in rounds of
/// [`wait_a_little`], which last 1.5 ms on average.
pub(super) fn wait_at_most(wait: Duration) {
    let rounds = u32::try_from(wait.as_micros().div_euclid(1_500)).unwrap_or(u32::MAX);
    BUSY_ROUNDS.set(rounds);
}

/// Sleeps 0.5 to 2.5 ms, unevenly, instead of SQLite's steps of up to 100 ms.
fn wait_a_little(round: i32) -> bool {
    let round = u32::try_from(round).unwrap_or(u32::MAX);
    let jitter = u64::from(
        std::process::id()
            .wrapping_mul(31)
            .wrapping_add(round.wrapping_mul(17))
            % 2_000,
    );
    std::thread::sleep(Duration::from_micros(500 + jitter));
    round < BUSY_ROUNDS.get()
}

/// Drops SQLite's preallocated page cache, and most of the memory that it sets aside for small
/// things: it writes to all of that at once, and a statement that is kept takes nothing from it.
/// A process of one operation touches 36 and 9 pages less.
pub(super) fn tune_library() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let (none, size, count) = (std::ptr::null_mut::<std::ffi::c_void>(), 0, 0);
        let (small, aside) = (512, 16);
        #[expect(unsafe_code, reason = "rusqlite has no safe call for it")]
        // SAFETY: called once, before any connection exists; SQLite takes a null buffer of no
        // slots as "allocate each page by itself", and two integers as the size and number of
        // the small things; it answers an error otherwise, which only costs speed.
        unsafe {
            rusqlite::ffi::sqlite3_config(
                rusqlite::ffi::SQLITE_CONFIG_PAGECACHE,
                none,
                size,
                count,
            );
            rusqlite::ffi::sqlite3_config(rusqlite::ffi::SQLITE_CONFIG_LOOKASIDE, small, aside);
        }
    });
}
