//! Making a ledger: its directory, its file, its schema. What is there already stays what it is.

use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use nix::fcntl::Flock;
use rusqlite::{Connection, OpenFlags};

use super::file::{check_file, check_file_system, unusable};
use super::open::{APPLICATION_ID, SCHEMA, is_empty, number, tune_library};
use super::{codec, durable, queue};
use crate::ledger::error::{Error, Result, Unusable};
use crate::ledger::id::Id;
use crate::ledger::moment::Moment;

/// Every step from an empty file to the newest schema. Never edited once released.
const MIGRATIONS: [&str; 3] = [
    include_str!("migrations/0001_ledger.sql"),
    include_str!("migrations/0002_booked.sql"),
    include_str!("migrations/0003_warned.sql"),
];

/// Makes the file and its schema. A lock beside the file keeps processes that start at once from
/// racing each other through the switch to a write-ahead log.
pub(super) fn create(path: &Path, wait: Duration, id: Id, now: &Moment) -> Result<()> {
    tune_library();
    let io = |error: std::io::Error| io_error(path, &error);
    if let Some(directory) = path
        .parent()
        .filter(|d| !d.as_os_str().is_empty() && !d.exists())
    {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(io)?;
    }
    check_file_system(path)?;
    let _lock = lock(path, wait)?;
    // Before there is a file that others can write to and answer for.
    durable::sync_directories(path).map_err(io)?;
    let new = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match new {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(io(error)),
    }
    check_file(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|e| codec::fault(path, &e))?;
    migrate(&conn, path, Some((id, now)))?;
    drop(conn);
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(io)?;
    durable::sync_directory(path).map_err(io)
}

/// Brings an older ledger to the newest schema.
pub(super) fn upgrade(conn: &Connection, path: &Path, wait: Duration) -> Result<()> {
    let _lock = lock(path, wait)?;
    migrate(conn, path, None)
}

/// The lock beside the file.
fn lock(path: &Path, wait: Duration) -> Result<Flock<File>> {
    let io = |error: std::io::Error| io_error(path, &error);
    let lock = queue::open_lock(path).map_err(io)?;
    let lock = queue::lock_within(lock, wait).map_err(io)?;
    lock.ok_or_else(|| unusable(path, Unusable::Locked))
}

fn io_error(path: &Path, error: &std::io::Error) -> Error {
    let why = match error.kind() {
        std::io::ErrorKind::StorageFull => Unusable::Full,
        _ => Unusable::Io(error.to_string()),
    };
    unusable(path, why)
}

/// Brings the file to the newest schema in one transaction, unless another process has. A new
/// ledger gets an identity.
fn migrate(conn: &Connection, path: &Path, new: Option<(Id, &Moment)>) -> Result<()> {
    let fault = |error: rusqlite::Error| codec::fault(path, &error);
    if is_foreign(conn, path)? {
        return Err(unusable(path, Unusable::Foreign));
    }
    conn.execute_batch("PRAGMA synchronous = FULL")
        .map_err(fault)?;
    expect_log(conn, path)?;
    conn.execute_batch("BEGIN IMMEDIATE").map_err(fault)?;
    let version = number(conn, path, "PRAGMA user_version")?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    for step in MIGRATIONS.iter().skip(done) {
        conn.execute_batch(step).map_err(fault)?;
    }
    if version == 0
        && let Some((id, now)) = new
    {
        let sql = "INSERT INTO ledger (id, uuid, created_us, wall_us, boot_us, boot, units) \
                   VALUES (1, ?1, ?2, ?2, ?3, ?4, '')";
        let wall = now.wall.as_micros();
        conn.execute(sql, (id.as_bytes(), wall, now.boot_us, now.boot))
            .map_err(fault)?;
    }
    conn.pragma_update(None, "application_id", APPLICATION_ID)
        .map_err(fault)?;
    conn.pragma_update(None, "user_version", SCHEMA.max(version))
        .map_err(fault)?;
    conn.execute_batch("COMMIT").map_err(fault)
}

/// Switches to a write-ahead log. SQLite answers with the mode first and does it then: only an
/// answer that was read to its end is one, and even that may be the old mode.
fn expect_log(conn: &Connection, path: &Path) -> Result<()> {
    let switch = || {
        let mut switch = conn.prepare("PRAGMA journal_mode = WAL")?;
        let modes = switch.query_map([], |row| row.get(0))?;
        modes.collect::<rusqlite::Result<Vec<String>>>()
    };
    let modes = switch().map_err(|error| codec::fault(path, &error))?;
    if modes == ["wal"] {
        return Ok(());
    }
    let modes = modes.join(" ");
    let reason = format!("it cannot be given a write-ahead log; its journal mode stays {modes}");
    Err(unusable(path, Unusable::Io(reason)))
}

/// Whether another program's tables are in the file. In this order: the mark is committed together
/// with the tables, so a file that another process is just making is either empty or marked.
fn is_foreign(conn: &Connection, path: &Path) -> Result<bool> {
    Ok(!is_empty(conn, path)? && number(conn, path, "PRAGMA application_id")? != APPLICATION_ID)
}
