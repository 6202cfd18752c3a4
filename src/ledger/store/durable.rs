//! What makes an acknowledged entry survive a power cut, for one flush an operation.
//!
//! Where there is a write-ahead log, a commit is written with `synchronous=NORMAL`, the queue is
//! left, and only then the log is flushed, so that everybody who waits shares flushes. It is sound
//! because frames are appended in commit order: flushing the log covers the own frames and all
//! before them; a log that was restarted in between had been synced and copied into the database
//! before; and the open connection keeps others from deleting it.

use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// The frames after which the log is copied back and started anew. Each process that comes alone
/// reads them all.
const LONG_LOG_FRAMES: i64 = 140;

/// The same where others are at work: as long as any of them has the ledger open nobody reads the
/// log anew, and all of them wait for the four flushes of whoever copies it.
const LONG_SHARED_LOG_FRAMES: i64 = 420;

/// Has a commit flush as much as it must: with a log nothing, because [`sync_log`] does; without
/// one, as in a restored backup, everything, the deletion of the journal included.
pub(super) fn flush_as_needed(conn: &Connection) -> rusqlite::Result<()> {
    let mode: String = conn.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    let synchronous = if mode == "wal" { "NORMAL" } else { "EXTRA" };
    conn.pragma_update(None, "synchronous", synchronous)
}

/// Copies a long log into the database before the own write, which then starts the log anew in
/// place. Doing it after the write would not work: the next process forgets that it was done.
/// Frames that another process has copied already are not copied, and flushed, again.
pub(super) fn checkpoint_if_long(conn: &Connection, shared: bool) -> rusqlite::Result<()> {
    let long = if shared {
        LONG_SHARED_LOG_FRAMES
    } else {
        LONG_LOG_FRAMES
    };
    let to_copy = |sql: &str| {
        conn.prepare_cached(sql)?.query_row([], |row| {
            let (logged, copied): (i64, i64) = (row.get(1)?, row.get(2)?);
            Ok(logged.saturating_sub(copied))
        })
    };
    if to_copy("PRAGMA wal_checkpoint(NOOP)")? >= long {
        to_copy("PRAGMA wal_checkpoint(PASSIVE)")?;
    }
    Ok(())
}

/// The write-ahead log beside a ledger.
pub(super) fn log_path(ledger: &Path) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// The log, to be flushed after the own write; to be opened before it. The kernel tells of what it
/// could not write once to everybody who has the file open then, and who opens it later may hear
/// nothing, because a neighbour was told. A ledger without a log syncs in its commits.
pub(super) fn open_log(ledger: &Path) -> Result<Option<File>> {
    match File::open(log_path(ledger)) {
        Ok(log) => Ok(Some(log)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Flushes the log, and the directory while the log is in its first generation, when its own
/// directory entry may not be on disk yet. Where there was none before the write, there may be now.
pub(super) fn sync_log(log: Option<File>, ledger: &Path) -> Result<()> {
    let Some(log) = log.map_or_else(|| open_log(ledger), |log| Ok(Some(log)))? else {
        return Ok(());
    };
    log.sync_data()?;
    let mut header = [0; 16];
    match log.read_exact_at(&mut header, 0) {
        Ok(()) if header.ends_with(&[0; 4]) => sync_directory(ledger),
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(()),
        Err(error) => Err(error),
    }
}

/// Flushes the directory that a file is in.
pub(super) fn sync_directory(file: &Path) -> Result<()> {
    File::open(directory_of(file)?)?.sync_all()
}

/// Flushes the directory that a file is in and those above it, each of which may have been made
/// just now, by this process or another.
pub(super) fn sync_directories(file: &Path) -> Result<()> {
    let mut directory = directory_of(file)?;
    let device = std::fs::metadata(directory)?.dev();
    loop {
        match File::open(directory) {
            Ok(open) => open.sync_all()?,
            // A directory above that may not even be listed is not one of those just made.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => return Ok(()),
            Err(error) => return Err(error),
        }
        // A new directory is on the device of the one it was made in.
        match directory.parent().filter(|d| !d.as_os_str().is_empty()) {
            Some(above) if std::fs::metadata(above)?.dev() == device => directory = above,
            _ => return Ok(()),
        }
    }
}

fn directory_of(file: &Path) -> Result<&Path> {
    let directory = file
        .parent()
        .ok_or_else(|| Error::from(ErrorKind::NotFound))?;
    Ok(if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    })
}
