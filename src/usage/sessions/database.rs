//! The door to the databases in which some agents keep their sessions. Opens them for reading only:
//! no byte of theirs is changed, no file is made beside them, and where they have a log, no lock
//! keeps their writer waiting. Owns how that is done while the agent may be writing; refuses to know
//! what a table means.

use std::fmt::Write as _;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use super::merge::Sink;
use crate::usage::Cost;
use crate::usage::wire::{Fault, read_cost, read_count};

/// How long the lock of a writer is waited for, each time.
const PATIENCE: Duration = Duration::from_secs(1);
/// The longest value that is looked at, in bytes; statements ask for shorter ones.
const MAX_VALUE: i32 = 32 * 1024 * 1024;
/// What SQLite's files begin with.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// After how many of its steps SQLite reports.
const WORK_AT_ONCE: i32 = 1000;
/// More steps than any file takes for each of its bytes: a row has more bytes than steps.
const STEPS_PER_BYTE: u64 = 4;
/// Steps that are not yet suspicious, whatever the file.
const LEAST_WORK: u64 = 20_000_000;
/// How many bytes at the beginning tell what a file is.
const HEAD: usize = 20;

/// What is lost where an agent keeps its requests in other tables than the known ones.
pub(super) const UNFAMILIAR: &str = "its tables are not those of a version that is known";
const NO_INDEX: &str =
    "its log has no index beside it, as in a copy: the agent has to open it once";
const MOVED: &str = "it was written to while it was read";

/// Why a database, or a part of it, was not read; a fragment for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refused(String);

impl From<rusqlite::Error> for Refused {
    /// Without the statement, which means nothing to people.
    fn from(error: rusqlite::Error) -> Self {
        Self(match error.sqlite_error() {
            Some(cause) => match cause.code {
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                    "another process keeps it locked".to_owned()
                }
                ErrorCode::ReadOnly => "a process died while it wrote to it".to_owned(),
                ErrorCode::DatabaseCorrupt => "it is damaged".to_owned(),
                ErrorCode::OperationInterrupted => "it is damaged: it has no end".to_owned(),
                ErrorCode::NotADatabase => "it is no database".to_owned(),
                _ => ffi::code_to_str(cause.extended_code).to_lowercase(),
            },
            None => error.to_string(),
        })
    }
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self(error.kind().to_string())
    }
}

/// A database that is being read, as it was when that began.
pub(super) struct Database(Connection);

/// Reads a database. One without a byte holds nothing.
fn read(
    path: &Path,
    read: &mut dyn FnMut(&Database) -> Result<(), Refused>,
) -> Result<(), Refused> {
    // Its log is beside the file itself, not beside a link to it.
    let path = path.canonicalize()?;
    let Some(way) = Way::of(&path)? else {
        return Ok(());
    };
    let before = way.is_unlocked().then(|| state(&path)).transpose()?;
    let database = Database::open(&path, way)?;
    read(&database)?;
    match before {
        Some(before) if before != state(&path)? => Err(Refused(MOVED.to_owned())),
        _ => Ok(()),
    }
}

/// Reads a database into a sink. What cannot be read is lost.
pub(super) fn read_into(
    path: &Path,
    sink: &mut Sink<'_>,
    take: &mut dyn FnMut(&Database, &mut Sink<'_>) -> Result<(), Refused>,
) {
    if let Err(refused) = read(path, &mut |database| take(database, sink)) {
        sink.lost_row(format!("cannot be read: {refused}"), None, None);
    }
}

/// How a database can be read without changing anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It is locked while it is read, as every reader does.
    Locked,
    /// Its log is read as well, by the index of it that others keep, or one in memory.
    Logged,
    /// Nothing is in its log and no process has it open: to take part in its locks would make
    /// files beside it.
    Alone,
}

impl Way {
    fn of(path: &Path) -> Result<Option<Self>, Refused> {
        let mut head = Vec::with_capacity(HEAD);
        let length = u64::try_from(HEAD).unwrap_or(u64::MAX);
        File::open(path)?.take(length).read_to_end(&mut head)?;
        if head.is_empty() {
            return Ok(None);
        }
        if head.len() < HEAD || !head.starts_with(MAGIC) {
            return Err(Refused("it is no database".to_owned()));
        }
        // The version that a reader must know: 2 says that there may be a log.
        if head.get(19) != Some(&2) {
            return Ok(Some(Self::Locked));
        }
        let log = std::fs::metadata(beside(path, "-wal")).map_or(0, |log| log.len());
        let has_index = beside(path, "-shm").exists();
        match (log, has_index) {
            (0, _) => Ok(Some(Self::Alone)),
            (_, true) => Ok(Some(Self::Logged)),
            (_, false) => Err(Refused(NO_INDEX.to_owned())),
        }
    }

    const fn is_unlocked(self) -> bool {
        matches!(self, Self::Alone)
    }

    const fn parameters(self) -> &'static str {
        match self {
            Self::Locked => "mode=ro",
            Self::Logged => "mode=ro&readonly_shm=1",
            Self::Alone => "immutable=1",
        }
    }
}

/// The file of a database's log, where there is one.
pub(super) fn log_of(path: &Path) -> Option<Metadata> {
    let path = path.canonicalize().ok()?;
    std::fs::metadata(beside(&path, "-wal")).ok()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// What changes when a database does.
fn state(path: &Path) -> Result<(u64, u64, i64, i64), Refused> {
    let found = std::fs::metadata(path)?;
    Ok((found.ino(), found.len(), found.mtime(), found.mtime_nsec()))
}

/// How often SQLite may report its work until there is more of it than rows can be in the files:
/// pages of a damaged one may lead in circles.
fn endless(path: &Path) -> Result<u64, Refused> {
    let log = log_of(path).map_or(0, |log| log.len());
    let length = std::fs::metadata(path)?.len().saturating_add(log);
    let most = length
        .saturating_mul(STEPS_PER_BYTE)
        .saturating_add(LEAST_WORK);
    Ok(most / u64::from(WORK_AT_ONCE.unsigned_abs()))
}

/// The name of a file in SQLite's words: every byte that may mean something is escaped.
fn uri(path: &Path, way: Way) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            let _ = write!(uri, "%{byte:02x}");
        }
    }
    uri.push('?');
    uri.push_str(way.parameters());
    uri
}

impl Database {
    fn open(path: &Path, way: Way) -> Result<Self, Refused> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(uri(path, way), flags)?;
        let mut work = endless(path)?;
        connection.progress_handler(
            WORK_AT_ONCE,
            Some(move || {
                work = work.saturating_sub(1);
                work == 0
            }),
        )?;
        connection.busy_timeout(PATIENCE)?;
        for (setting, on) in [
            (DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true),
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
            // A view is a program of whoever wrote it.
            (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        ] {
            connection.set_db_config(setting, on)?;
        }
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE)?;
        connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
        connection.execute_batch(
            "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON; BEGIN",
        )?;
        Ok(Self(connection))
    }

    /// Whether there is a table with these columns.
    pub(super) fn has(&self, table: &str, columns: &[&str]) -> Result<bool, Refused> {
        let mut found = self
            .0
            .prepare("SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2")?;
        for column in columns {
            if !found.exists([table, *column])? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Hands on the rows that a statement finds, one at a time.
    pub(super) fn rows(&self, sql: &str, each: &mut dyn FnMut(&Row<'_>)) -> Result<(), Refused> {
        let mut statement = self.0.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            each(&Row(row));
        }
        Ok(())
    }
}

/// A row, with its values by their places. What is NULL, or not there, is `None`.
pub(super) struct Row<'a>(&'a rusqlite::Row<'a>);

impl Row<'_> {
    /// A text.
    pub(super) fn text(&self, place: usize) -> Option<&str> {
        match self.0.get_ref(place) {
            Ok(ValueRef::Text(text)) => std::str::from_utf8(text).ok(),
            _ => None,
        }
    }

    /// A number that is whole and not negative.
    pub(super) fn count(&self, place: usize, field: &str) -> Result<Option<u64>, Fault> {
        let figure = self.figure(place);
        figure.map(|figure| read_count(&figure, field)).transpose()
    }

    /// US dollars.
    pub(super) fn cost(&self, place: usize, field: &str) -> Result<Option<Cost>, Fault> {
        let figure = self.figure(place);
        figure.map(|figure| read_cost(&figure, field)).transpose()
    }

    /// The digits of a number; those of a binary fraction are as many as tell it from others.
    fn figure(&self, place: usize) -> Option<String> {
        Some(match self.0.get_ref(place).ok()? {
            ValueRef::Null => return None,
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Real(number) => number.to_string(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            ValueRef::Blob(_) => String::new(),
        })
    }
}

#[cfg(test)]
mod tests;
