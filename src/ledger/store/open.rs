//! Opening a ledger file: making it, recognising it, refusing what is not one or cannot be
//! trusted to hold one.

use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nix::fcntl::{Flock, FlockArg};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::{Store, codec, durable, queue};
use crate::ledger::error::{Error, Result, Unusable};
use crate::ledger::id::Id;
use crate::ledger::moment::Moment;

/// "bdgt": marks the file as a ledger.
const APPLICATION_ID: i64 = 0x6264_6774;
/// The newest schema this program knows.
const SCHEMA: i64 = 1;
/// Every step from an empty file to the newest schema. Never edited once released.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001_ledger.sql")];
/// The first SQLite without the WAL-reset race that can damage a database (3.7.0 to 3.51.2).
const OLDEST_SQLITE: i32 = 3_051_003;

/// No database is shorter than its smallest page. SQLite takes a shorter file for an empty one
/// and would write over what somebody keeps there.
const SMALLEST_DATABASE: u64 = 512;

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
        create(path, id, now)?;
        match connect(path, wait)? {
            Opened::Found(store) => Ok(store),
            Opened::Absent => Err(unusable(path, Unusable::Replaced)),
        }
    }
}

/// The file that a path leads to. What belongs to a ledger, its log above all, lies beside the file
/// itself and not beside a link to it.
fn led_to(path: &Path) -> Result<PathBuf> {
    if path.is_symlink() {
        std::fs::canonicalize(path).map_err(|e| unusable(path, Unusable::Io(e.to_string())))
    } else {
        Ok(path.to_owned())
    }
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

/// The device and inode of a file.
pub(super) fn identity(path: &Path) -> std::io::Result<(u64, u64)> {
    std::fs::metadata(path).map(|found| (found.dev(), found.ino()))
}

/// An error where the file is of another program or of a newer schema. Run inside every
/// transaction, because another process may have migrated the file in between.
pub(super) fn expect_schema(conn: &Connection, path: &Path) -> Result<()> {
    let found = number(conn, path, "PRAGMA user_version")?;
    if found == SCHEMA {
        return Ok(());
    }
    let application = number(conn, path, "PRAGMA application_id")?;
    let is_newer = application == APPLICATION_ID && found > SCHEMA;
    let newer = Unusable::Newer {
        found,
        known: SCHEMA,
    };
    Err(unusable(
        path,
        if is_newer { newer } else { Unusable::Foreign },
    ))
}

/// Opens a file that is there. One that a process began to make a ledger of, and could not, is no
/// ledger yet.
fn connect(path: &Path, wait: Duration) -> Result<Opened> {
    tune_library();
    check_library(path)?;
    check_file(path)?;
    check_file_system(path)?;
    let fault = |error: rusqlite::Error| codec::fault(path, &error);
    let identity = identity(path).map_err(|e| unusable(path, Unusable::Io(e.to_string())))?;
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
    let synchronous = durable::synchronous(&conn).map_err(fault)?;
    conn.pragma_update(None, "synchronous", synchronous)
        .map_err(fault)?;
    Ok(Opened::Found(Store {
        conn,
        path: path.to_owned(),
        wait,
        identity,
    }))
}

/// Makes the file and its schema. A lock beside the file keeps processes that start at once from
/// racing each other through the switch to a write-ahead log.
fn create(path: &Path, id: Id, now: &Moment) -> Result<()> {
    tune_library();
    let io = |error: std::io::Error| unusable(path, Unusable::Io(error.to_string()));
    let full = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::StorageFull => unusable(path, Unusable::Full),
        _ => io(error),
    };
    if let Some(directory) = path
        .parent()
        .filter(|d| !d.as_os_str().is_empty() && !d.exists())
    {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(full)?;
    }
    check_file_system(path)?;
    let lock = queue::open_lock(path).map_err(full)?;
    let _lock = Flock::lock(lock, FlockArg::LockExclusive)
        .map_err(|(_, error)| io(std::io::Error::from(error)))?;
    // Before there is a file that others can write to and answer for.
    durable::sync_directories(path).map_err(full)?;
    let new = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match new {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(full(error)),
    }
    check_file(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|e| codec::fault(path, &e))?;
    migrate(&conn, path, id, now)?;
    drop(conn);
    std::fs::File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(full)?;
    durable::sync_directory(path).map_err(full)
}

/// Brings the file to the newest schema in one transaction, unless another process has.
fn migrate(conn: &Connection, path: &Path, id: Id, now: &Moment) -> Result<()> {
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
    if version == 0 {
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

fn is_empty(conn: &Connection, path: &Path) -> Result<bool> {
    Ok(number(conn, path, "SELECT count(*) FROM sqlite_schema")? == 0)
}

fn number(conn: &Connection, path: &Path, sql: &str) -> Result<i64> {
    let read = || conn.prepare_cached(sql)?.query_row([], |row| row.get(0));
    read().map_err(|error| codec::fault(path, &error))
}

/// Refuses a file or directory that others may write, like ssh does with its keys.
fn check_file(path: &Path) -> Result<()> {
    let writable_by_others = |mode: u32| mode & 0o022 != 0 && mode & 0o1000 == 0;
    let directory = path
        .parent()
        .filter(|d| !d.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    for place in [directory, path] {
        let found = std::fs::metadata(place)
            .map_err(|error| unusable(path, Unusable::Io(error.to_string())))?;
        if writable_by_others(found.mode()) {
            let mode = found.mode() & 0o7777;
            return Err(unusable(
                path,
                Unusable::Permissions {
                    path: place.to_owned(),
                    mode,
                },
            ));
        }
        if place == path && !found.is_file() {
            return Err(unusable(
                path,
                Unusable::Io("it is not a regular file".to_owned()),
            ));
        }
        if place == path && (1..SMALLEST_DATABASE).contains(&found.len()) {
            return Err(unusable(path, Unusable::Foreign));
        }
    }
    Ok(())
}

/// Refuses file systems whose locks or shared memory cannot be trusted between processes.
fn check_file_system(path: &Path) -> Result<()> {
    let directory = path
        .parent()
        .filter(|d| !d.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let found = nix::sys::statfs::statfs(directory)
        .map_err(|error| unusable(path, Unusable::Io(error.to_string())))?;
    match untrusted_file_system(found.filesystem_type().0) {
        Some(name) => Err(unusable(path, Unusable::FileSystem(name))),
        None => Ok(()),
    }
}

/// The name of a file system on which a ledger is refused, by its magic number in `statfs(2)`.
fn untrusted_file_system(magic: i64) -> Option<&'static str> {
    match magic & 0xffff_ffff {
        0x6969 => Some("NFS"),
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => Some("an SMB share"),
        0x5346_414f => Some("AFS"),
        0x00c3_6400 => Some("Ceph"),
        0x0102_1997 => Some("9p"),
        0x6573_5546 => Some("FUSE"),
        0x786f_4256 => Some("a VirtualBox share"),
        0x0bd0_0bd0 => Some("Lustre"),
        0x4750_4653 => Some("GPFS"),
        _ => None,
    }
}

fn unusable(path: &Path, reason: Unusable) -> Error {
    Error::Unusable {
        path: path.to_owned(),
        reason,
    }
}

/// How often the busy handler may still be called; set before a connection is used.
static BUSY_ROUNDS: AtomicU32 = AtomicU32::new(0);

/// Sets how long the busy handler waits for the write lock.
pub(super) fn wait_at_most(wait: Duration) {
    BUSY_ROUNDS.store(rounds_within(wait), Ordering::Relaxed);
}

/// Rounds of [`wait_a_little`], which last 1.5 ms on average.
fn rounds_within(wait: Duration) -> u32 {
    u32::try_from(wait.as_micros().div_euclid(1_500)).unwrap_or(u32::MAX)
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
    round < BUSY_ROUNDS.load(Ordering::Relaxed)
}

/// Drops SQLite's preallocated page cache: a process of one operation touches 36 pages less.
fn tune_library() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let (none, size, count) = (std::ptr::null_mut::<std::ffi::c_void>(), 0, 0);
        #[expect(unsafe_code, reason = "rusqlite has no safe call for it")]
        // SAFETY: called once, before any connection exists; SQLite takes a null buffer of no
        // slots as "allocate each page by itself" and answers an error otherwise, which only
        // costs speed.
        unsafe {
            rusqlite::ffi::sqlite3_config(
                rusqlite::ffi::SQLITE_CONFIG_PAGECACHE,
                none,
                size,
                count,
            );
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_are_told_by_their_magic() {
        for (magic, refused) in [
            (0x6969, true),
            (0xff53_4d42, true),
            (0x6573_5546, true),
            (0xef53, false),
            (0x0102_1994, false),
            (0x9123_683e, false),
        ] {
            assert_eq!(untrusted_file_system(magic).is_some(), refused, "{magic:x}");
        }
    }
}
