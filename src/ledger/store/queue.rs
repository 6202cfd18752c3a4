//! A queue in front of the write lock, so that waiters are served in turn instead of polling.
//! It is never needed for correctness: whoever cannot queue goes on and meets SQLite's own lock.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::alarm::Alarm;

/// A place at the head of the queue, left when dropped.
pub(super) struct Turn {
    _lock: Option<Flock<File>>,
    /// Somebody else was there first.
    pub(super) waited: bool,
}

/// The file that the queue forms on. Never the database: closing a second handle of that would
/// drop SQLite's locks.
pub(super) fn lock_path(ledger: &Path) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Opens the queue's file, which only its owner may read.
pub(super) fn open_lock(ledger: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW)
        .open(lock_path(ledger))
}

/// Waits for the turn, but no longer than `wait`.
pub(super) fn wait_turn(ledger: &Path, wait: Duration) -> Turn {
    let Ok(file) = open_lock(ledger) else {
        return Turn {
            _lock: None,
            waited: false,
        };
    };
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Turn {
            _lock: Some(lock),
            waited: false,
        },
        Err((file, _)) => Turn {
            _lock: wait_blocked(file, wait),
            waited: true,
        },
    }
}

/// Locks a file of the queue, but waits no longer than `wait`; `None` where that was too short.
pub(super) fn lock_within(file: File, wait: Duration) -> std::io::Result<Option<Flock<File>>> {
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(Some(lock)),
        Err((file, Errno::EWOULDBLOCK)) => Ok(wait_blocked(file, wait)),
        Err((_, error)) => Err(error.into()),
    }
}

/// A few jittered tries, then a blocking wait, which an alarm ends.
fn wait_blocked(mut file: File, wait: Duration) -> Option<Flock<File>> {
    let jitter = u64::from(std::process::id() % 280);
    for round in 1..=4_u64 {
        let pause = Duration::from_micros(150_u64.saturating_mul(round).saturating_add(jitter));
        std::thread::sleep(pause);
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Some(lock),
            Err((unlocked, _)) => file = unlocked,
        }
    }
    let end = Instant::now().checked_add(wait)?;
    let _alarm = Alarm::after(wait).ok()?;
    loop {
        match Flock::lock(file, FlockArg::LockExclusive) {
            Ok(lock) => return Some(lock),
            Err((unlocked, Errno::EINTR)) if Instant::now() < end => file = unlocked,
            Err(_) => return None,
        }
    }
}
