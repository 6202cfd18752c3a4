//! What can be said of a ledger's file without opening it: where it lies, how large it is, who may
//! read it, what waits beside it. It judges nothing and touches nothing.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::sys::statfs::statfs;
use nix::sys::statvfs::{FsFlags, statvfs};

use super::file::{led_to, untrusted_file_system};
use super::owner;
use crate::ledger::rules::lapse::Owner;

/// What is known of the file.
#[derive(Debug, Clone)]
pub struct FileFacts {
    /// The file that the path leads to.
    pub path: PathBuf,
    /// Its size in bytes; `None` where there is none, or it cannot be looked at.
    pub size: Option<u64>,
    /// The size of its write-ahead log in bytes.
    pub log: u64,
    /// Who may do what with it, its directory and its side files, as far as they exist.
    pub places: Vec<PlaceMode>,
    /// Where it lies, or would.
    pub file_system: Option<FileSystem>,
}

/// Who may do what with a file or directory.
#[derive(Debug, Clone)]
pub struct PlaceMode {
    /// Which.
    pub path: PathBuf,
    /// Its permissions, 0 to 0o7777.
    pub mode: u32,
    /// Whether it is a directory.
    pub is_directory: bool,
}

/// A file system.
#[derive(Debug, Clone)]
pub struct FileSystem {
    /// Its name, or its number where that is not known.
    pub name: String,
    /// Whether its locks can be trusted between processes.
    pub is_trusted: bool,
    /// Whether nothing can be written.
    pub is_read_only: bool,
    /// How many bytes are left for this user.
    pub room: u64,
}

/// Files beside a ledger that say what it may not know yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftBehind {
    /// Outcomes of runs that wait for the next command to take them in.
    pub outcomes: usize,
    /// Processes that live.
    pub alive: usize,
    /// Processes that died without a word.
    pub dead: usize,
}

/// Looks at the file at a path.
pub fn facts(path: &Path) -> FileFacts {
    let path = led_to(path).unwrap_or_else(|_| path.to_owned());
    let directory = path.parent().unwrap_or(Path::new("."));
    let beside = |end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let log = beside("-wal");
    let places = [
        directory.to_owned(),
        path.clone(),
        log.clone(),
        beside("-shm"),
        beside(".lock"),
        owner::directory(&path),
    ];
    FileFacts {
        size: looked_at(&path).map(|found| found.len()),
        log: looked_at(&log).map_or(0, |found| found.len()),
        places: places.into_iter().filter_map(place).collect(),
        file_system: directory.ancestors().find_map(file_system),
        path,
    }
}

fn looked_at(path: &Path) -> Option<Metadata> {
    std::fs::metadata(path).ok()
}

fn place(path: PathBuf) -> Option<PlaceMode> {
    let found = looked_at(&path)?;
    Some(PlaceMode {
        mode: found.mode() & 0o7777,
        is_directory: found.is_dir(),
        path,
    })
}

fn file_system(directory: &Path) -> Option<FileSystem> {
    let magic = statfs(directory).ok()?.filesystem_type().0;
    let found = statvfs(directory).ok()?;
    let untrusted = untrusted_file_system(magic);
    let name = untrusted
        .or(known(magic))
        .map_or_else(|| format!("type {magic:x}"), str::to_owned);
    Some(FileSystem {
        name,
        is_trusted: untrusted.is_none(),
        is_read_only: found.flags().contains(FsFlags::ST_RDONLY),
        room: found
            .blocks_available()
            .saturating_mul(found.fragment_size()),
    })
}

/// The name of a local file system, by its magic number in `statfs(2)`.
fn known(magic: i64) -> Option<&'static str> {
    Some(match magic & 0xffff_ffff {
        0xef53 => "ext4",
        0x5846_5342 => "XFS",
        0x9123_683e => "Btrfs",
        0x2fc1_2fc1 => "ZFS",
        0xf2f5_2010 => "F2FS",
        0xca45_1a4e => "bcachefs",
        0x0102_1994 => "tmpfs",
        0x794c_7630 => "overlayfs",
        _ => return None,
    })
}

/// What lies beside a ledger, in a boot.
pub fn left_behind(ledger: &Path, boot: i64) -> LeftBehind {
    let mut found = LeftBehind {
        outcomes: owner::spilled_outcomes(ledger).count(),
        ..LeftBehind::default()
    };
    for id in owner::running_owners(ledger) {
        match owner::probe(ledger, &id, boot) {
            Owner::Alive => found.alive = found.alive.saturating_add(1),
            Owner::Dead { .. } => found.dead = found.dead.saturating_add(1),
            Owner::None | Owner::Lost => {}
        }
    }
    found
}
