//! The file and the directory that a ledger lies in, before SQLite opens them: where a path leads,
//! and what cannot be trusted to hold a ledger. It never looks inside.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::ledger::error::{Error, Result, Unusable};

/// No database is shorter than its smallest page. SQLite takes a shorter file for an empty one
/// and would write over what somebody keeps there.
const SMALLEST_DATABASE: u64 = 512;

/// The file that a path leads to. What belongs to a ledger, its log above all, lies beside the file
/// itself and not beside a link to it.
pub(super) fn led_to(path: &Path) -> Result<PathBuf> {
    if path.is_symlink() {
        std::fs::canonicalize(path).map_err(|e| unusable(path, Unusable::Io(e.to_string())))
    } else {
        Ok(path.to_owned())
    }
}

/// The device and inode of a file.
pub(super) fn identity(path: &Path) -> std::io::Result<(u64, u64)> {
    std::fs::metadata(path).map(|found| identity_of(&found))
}

fn identity_of(found: &Metadata) -> (u64, u64) {
    (found.dev(), found.ino())
}

/// Refuses a file or directory that others may write, like ssh does with its keys. The device and
/// inode of the file, which was looked at for it.
pub(super) fn check_file(path: &Path) -> Result<(u64, u64)> {
    let directory = path
        .parent()
        .filter(|d| !d.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    expect_private(path, directory)?;
    let found = expect_private(path, path)?;
    if !found.is_file() {
        let reason = Unusable::Io("it is not a regular file".to_owned());
        return Err(unusable(path, reason));
    }
    if (1..SMALLEST_DATABASE).contains(&found.len()) {
        return Err(unusable(path, Unusable::Foreign));
    }
    Ok(identity_of(&found))
}

fn expect_private(ledger: &Path, place: &Path) -> Result<Metadata> {
    let found = std::fs::metadata(place)
        .map_err(|error| unusable(ledger, Unusable::Io(error.to_string())))?;
    let mode = found.mode();
    if mode & 0o022 != 0 && mode & 0o1000 == 0 {
        let reason = Unusable::Permissions {
            path: place.to_owned(),
            mode: mode & 0o7777,
        };
        return Err(unusable(ledger, reason));
    }
    Ok(found)
}

/// Refuses file systems whose locks or shared memory cannot be trusted between processes.
pub(super) fn check_file_system(path: &Path) -> Result<()> {
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
pub(super) fn untrusted_file_system(magic: i64) -> Option<&'static str> {
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

pub(super) fn unusable(path: &Path, reason: Unusable) -> Error {
    Error::Unusable {
        path: path.to_owned(),
        reason,
    }
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
