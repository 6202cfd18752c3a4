//! Owner files: one for each process that keeps a reservation alive. The file's lock says that
//! the process lives, because the kernel drops it at any death; its first byte says whether a
//! command was started; the rest holds the outcome when the ledger could not be written, and the
//! boot of the machine. What the file says of the start is not flushed, so it is not believed in
//! another boot.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Result};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};

use super::durable;
use crate::ledger::id::Id;
use crate::ledger::rules::lapse::Owner;

/// What an outcome may take on a full disk: the room is allocated before anything is reserved.
pub const OUTCOME_ROOM: usize = 16 * 1024;
/// What an outcome may take where the disk has room.
const OUTCOME_MAX: usize = 8 * 1024 * 1024;
/// Where the boot is noted until there is an outcome: behind the room for it and the byte that ends
/// it.
const BOOT_AT: u64 = 16 * 1024 + 2;
const STARTED: &[u8; 1] = b"1";
const NOT_STARTED: &[u8; 1] = b"0";

/// The own owner file, locked for as long as the process lives.
pub struct OwnerFile {
    id: Id,
    directory: PathBuf,
    file: Flock<File>,
}

/// An outcome that could not be booked when it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spilled {
    /// Whose it is.
    pub owner: Id,
    /// The outcome, as its writer left it.
    pub text: String,
}

impl OwnerFile {
    /// Makes, locks and allocates the file of a new owner, which lives in this boot.
    pub fn create(ledger: &Path, id: Id, boot: i64) -> Result<Self> {
        let directory = directory(ledger);
        match DirBuilder::new().mode(0o700).create(&directory) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW)
            .open(running(&directory, &id))?;
        let file = Flock::lock(file, FlockArg::LockExclusiveNonblock)
            .map_err(|(_, error)| std::io::Error::from(error))?;
        let owner = Self {
            id,
            directory,
            file,
        };
        owner.allocate(boot).inspect_err(|_| owner.unlink())?;
        Ok(owner)
    }

    fn allocate(&self, boot: i64) -> Result<()> {
        let boot = boot.to_le_bytes();
        let room = BOOT_AT.saturating_add(u64::try_from(boot.len()).unwrap_or_default());
        let room = i64::try_from(room).unwrap_or(i64::MAX);
        nix::fcntl::posix_fallocate(&*self.file, 0, room)?;
        self.file.write_all_at(&boot, BOOT_AT)?;
        self.file.write_all_at(NOT_STARTED, 0)
    }

    /// Who it is.
    pub fn id(&self) -> Id {
        self.id
    }

    /// Says that the command is about to be started; from here on it may have cost something.
    pub fn mark_started(&self) -> Result<()> {
        self.file.write_all_at(STARTED, 0)
    }

    /// Keeps an outcome for the next command to take in, durably, and leaves the file to it.
    /// `short`: what is kept of it, in [`OUTCOME_ROOM`] bytes, where there is no room for the
    /// `whole`.
    pub fn spill(self, whole: &str, short: &str) -> Result<()> {
        self.write_outcome(whole)
            .or_else(|_| self.write_outcome(short))?;
        let kept = spilled(&self.directory, &self.id);
        std::fs::rename(running(&self.directory, &self.id), &kept)?;
        // The directory itself may be as young as the file.
        durable::sync_directory(&kept)?;
        durable::sync_directory(&self.directory)
    }

    fn write_outcome(&self, text: &str) -> Result<()> {
        if text.len() > OUTCOME_MAX {
            return Err(std::io::Error::from(ErrorKind::FileTooLarge));
        }
        let mut bytes = text.as_bytes().to_vec();
        // Behind it may be what is left of a longer one.
        bytes.push(0);
        self.file.write_all_at(&bytes, 1)?;
        self.file.sync_data()
    }

    /// Takes the file away: everything is in the ledger.
    pub fn remove(self) {
        self.unlink();
    }

    fn unlink(&self) {
        // A file that stays behind is found free and says nothing that the ledger does not know.
        let _ = std::fs::remove_file(running(&self.directory, &self.id));
    }
}

/// Asks the kernel whether an owner lives. One that died is known not to have started anything only
/// where its file says so, in this boot: after a power cut an older state of it may be back.
pub fn probe(ledger: &Path, id: &Id, boot: i64) -> Owner {
    let Ok(file) = open(&running(&directory(ledger), id)) else {
        return Owner::Lost;
    };
    match Flock::lock(file, FlockArg::LockSharedNonblock) {
        Ok(lock) => {
            let (mut first, mut noted) = ([0], [0; 8]);
            let read = lock
                .read_exact_at(&mut first, 0)
                .and_then(|()| lock.read_exact_at(&mut noted, BOOT_AT));
            let is_of_this_boot = read.is_ok() && i64::from_le_bytes(noted) == boot;
            Owner::Dead {
                started: !is_of_this_boot || first != *NOT_STARTED,
            }
        }
        Err(_) => Owner::Alive,
    }
}

/// The outcome in the file of a dead owner that could not even rename it.
pub fn outcome_of_dead(ledger: &Path, id: &Id) -> Option<String> {
    let file = open(&running(&directory(ledger), id)).ok()?;
    Flock::lock(file, FlockArg::LockSharedNonblock)
        .ok()
        .and_then(|lock| outcome(&lock))
}

/// The outcome of an owner that waits to be taken in.
pub fn spilled_outcome(ledger: &Path, id: &Id) -> Option<String> {
    let file = open(&spilled(&directory(ledger), id)).ok()?;
    outcome(&file)
}

/// Outcomes that wait to be taken in, read one by one.
pub fn spilled_outcomes(ledger: &Path) -> impl Iterator<Item = Spilled> {
    let directory = directory(ledger);
    let names = std::fs::read_dir(&directory).into_iter().flatten();
    names.filter_map(move |name| {
        let name = name.ok()?.file_name();
        let owner = name.to_str()?.strip_suffix(".out")?.parse::<Id>().ok()?;
        let file = open(&spilled(&directory, &owner)).ok()?;
        let text = outcome(&file)?;
        Some(Spilled { owner, text })
    })
}

/// Owners whose files say that they run, or that they died without a word.
pub fn running_owners(ledger: &Path) -> impl Iterator<Item = Id> {
    let names = std::fs::read_dir(directory(ledger)).into_iter().flatten();
    names.filter_map(|name| {
        let name = name.ok()?.file_name();
        name.to_str()?.strip_suffix(".run")?.parse::<Id>().ok()
    })
}

/// Forgets an owner, once what its files say is in the ledger.
pub fn forget(ledger: &Path, id: &Id) {
    let directory = directory(ledger);
    for file in [running(&directory, id), spilled(&directory, id)] {
        // What stays behind is taken in again, and found to be in the ledger already.
        let _ = std::fs::remove_file(file);
    }
}

fn outcome(file: &File) -> Option<String> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(OUTCOME_MAX.saturating_add(1)).ok()?;
    let mut reader = file;
    reader.by_ref().take(limit).read_to_end(&mut bytes).ok()?;
    let text = bytes.get(1..)?.split(|byte| *byte == 0).next()?;
    let text = String::from_utf8(text.to_vec()).ok()?;
    (!text.is_empty()).then_some(text)
}

fn open(path: &Path) -> Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW)
        .open(path)?;
    Ok(file)
}

/// The directory of the owner files beside a ledger.
pub fn directory(ledger: &Path) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(".owners");
    PathBuf::from(name)
}

fn running(directory: &Path, id: &Id) -> PathBuf {
    directory.join(format!("{id}.run"))
}

fn spilled(directory: &Path, id: &Id) -> PathBuf {
    directory.join(format!("{id}.out"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_there_is_no_room_for_the_whole_the_short_outcome_is_kept() {
        let place = tempfile::tempdir().expect("a directory");
        let ledger = place.path().join("ledger.db");
        let id = Id::from_bytes([7; 16]);
        let owner = OwnerFile::create(&ledger, id, 1).expect("a file");
        // As where the disk was full in the middle of it.
        owner
            .write_outcome(&"x".repeat(3 * OUTCOME_ROOM))
            .expect("room");
        let endless = "x".repeat(OUTCOME_MAX + 1);
        owner.spill(&endless, "{}").expect("the outcome");
        assert_eq!(spilled_outcome(&ledger, &id).as_deref(), Some("{}"));
    }
}
