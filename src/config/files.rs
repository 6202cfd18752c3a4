//! Finding and reading the files: where they are looked for, whose they must be, and what is no
//! file to read. Nothing here looks at what they say.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::unistd::geteuid;

use super::document::line_at;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::exit::Exit;

/// The name of a project's file.
const PROJECT: &str = ".budget.toml";
/// More than any of them has to say, in bytes.
const LARGEST: u64 = 64 * 1024;

/// Whose file it is meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The user's own: it names commands, so nobody else may have written it.
    User,
    /// A project's: it can do no more than make less be spent.
    Project,
}

/// Where the user's file is looked for; `None` where there is no place for it.
pub(crate) fn user_path(env: &Env) -> Option<PathBuf> {
    if let Some(path) = &env.config {
        return Some(std::path::absolute(path).unwrap_or_else(|_| path.clone()));
    }
    let place = directories::ProjectDirs::from("", "", "budget").filter(|_| env.has_config_home)?;
    Some(place.config_dir().join("config.toml"))
}

/// Who a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Whoever runs this.
    Me,
    /// Root.
    Root,
    /// The user who became root by `sudo`.
    Sudoer,
    /// Somebody else.
    Other(u32),
}

impl Owner {
    fn of(owner: u32, me: u32, sudoer: Option<u32>) -> Self {
        match owner {
            owner if owner == me => Self::Me,
            0 => Self::Root,
            owner if me == 0 && sudoer == Some(owner) => Self::Sudoer,
            owner => Self::Other(owner),
        }
    }

    /// The words for it.
    pub(crate) fn said(self) -> String {
        match self {
            Self::Me => "you".to_owned(),
            Self::Root => "root".to_owned(),
            Self::Sudoer => "the user of sudo".to_owned(),
            Self::Other(id) => format!("another user ({id})"),
        }
    }

    /// Whether it is somebody whose word does not count here.
    pub(crate) fn is_stranger(self) -> bool {
        matches!(self, Self::Other(_))
    }
}

/// Who a project's file belongs to, or the link that leads to it; `None` where there is none.
pub(super) fn owner(path: &Path, sudoer: Option<u32>) -> Option<Owner> {
    let me = geteuid().as_raw();
    let found = path.symlink_metadata().ok()?;
    let owner = Owner::of(found.uid(), me, sudoer);
    if owner.is_stranger() || !found.is_symlink() {
        return Some(owner);
    }
    let led_to = path.metadata().ok();
    Some(led_to.map_or(owner, |found| Owner::of(found.uid(), me, sudoer)))
}

/// Where a project's file is looked for, the closest first.
pub(super) fn project_paths<'a>(
    directory: &'a Path,
    home: Option<&'a Path>,
) -> impl Iterator<Item = PathBuf> {
    let last = home.filter(|home| directory.starts_with(home));
    let is_above =
        move |level: &&Path| last.is_some_and(|last| *level != last && last.starts_with(*level));
    directory
        .ancestors()
        .take_while(move |level| !is_above(level))
        .map(|level| level.join(PROJECT))
}

/// The text of a file; `None` where there is none.
pub(super) fn read(path: &Path, whose: Whose) -> Result<Option<String>> {
    // A pipe that nobody writes to must not be waited for.
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits())
        .open(path);
    let file = match opened {
        Ok(file) => file,
        // A home that is no directory, like /dev/null, has no files.
        Err(error) if error.kind() == ErrorKind::NotADirectory => return Ok(None),
        Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => return Ok(None),
        Err(error) => return Err(cannot(path, &error.to_string())),
    };
    let found = file
        .metadata()
        .map_err(|error| cannot(path, &error.to_string()))?;
    if found.is_file() {
        if whose == Whose::User {
            expect_trusted(path, &found)?;
        }
        text(path, file).map(Some)
    } else if path == Path::new("/dev/null") {
        Ok(Some(String::new()))
    } else {
        Err(cannot(path, "it is not a regular file"))
    }
}

fn text(path: &Path, file: File) -> Result<String> {
    let mut bytes = Vec::new();
    let read = file.take(LARGEST.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| cannot(path, &error.to_string()))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LARGEST) {
        return Err(cannot(path, "it is larger than 64 KiB"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..valid).unwrap_or_default();
        let line = line_at(&String::from_utf8_lossy(before), valid);
        invalid(path, line, "it is not text in UTF-8")
    })
}

/// An error where others could have written a file that names commands.
fn expect_trusted(path: &Path, found: &Metadata) -> Result<()> {
    if Owner::of(found.uid(), geteuid().as_raw(), None).is_stranger() {
        let error = cannot(path, "it belongs to another user");
        return Err(error.hint("a file that names commands is yours alone: chown it"));
    }
    let mode = found.mode() & 0o7777;
    if mode & 0o022 != 0 {
        let reason = format!("it may be written by others (mode {mode:o})");
        return Err(cannot(path, &reason).hint("chmod go-w makes it yours alone"));
    }
    Ok(())
}

/// A file that is not read at all.
pub(super) fn cannot(path: &Path, reason: &str) -> Error {
    let message = format!("{}: {reason}", path.display());
    Error {
        more: vec![("file", path.to_string_lossy().into())],
        ..Error::new(Exit::Config, "config", message)
    }
}

/// A file that says something wrong on a line.
pub(super) fn invalid(path: &Path, line: usize, message: &str) -> Error {
    let message = format!("{}:{line}: {message}", path.display());
    Error {
        more: vec![
            ("file", path.to_string_lossy().into()),
            ("line", line.into()),
        ],
        ..Error::new(Exit::Config, "config", message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_projects_file_counts_where_it_is_ones_own_or_roots() {
        let owner = |owner, me, sudoer| Owner::of(owner, me, sudoer);
        assert_eq!(owner(1000, 1000, None), Owner::Me);
        assert_eq!(owner(0, 1000, None), Owner::Root);
        assert_eq!(owner(1001, 1000, None), Owner::Other(1001));
        assert_eq!(owner(0, 0, None), Owner::Me);
        assert_eq!(owner(1000, 0, None), Owner::Other(1000));
        assert_eq!(owner(1000, 0, Some(1000)), Owner::Sudoer);
        assert_eq!(owner(1001, 0, Some(1000)), Owner::Other(1001));
        // A variable makes nobody somebody else.
        assert_eq!(owner(1001, 1000, Some(1001)), Owner::Other(1001));
        assert!(Owner::Other(1).is_stranger() && !Owner::Sudoer.is_stranger());
    }
}
