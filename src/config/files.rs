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

/// The project's file of a directory: the first one in it or above it, up to the home directory
/// where that is above, else up to the root.
pub(super) fn project_path(directory: &Path, home: Option<&Path>) -> Option<PathBuf> {
    project_paths(directory, home).find(|file| file.symlink_metadata().is_ok())
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
        Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => return Ok(None),
        Err(error) => return Err(cannot(path, &error.to_string())),
    };
    let found = file
        .metadata()
        .map_err(|error| cannot(path, &error.to_string()))?;
    if found.is_file() {
        expect_trusted(path, &found, whose)?;
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

fn expect_trusted(path: &Path, found: &Metadata, whose: Whose) -> Result<()> {
    let me = geteuid();
    let is_mine = found.uid() == me.as_raw() || found.uid() == 0;
    // Root works in everybody's projects, and a project's file can run nothing.
    if !is_mine && (whose == Whose::User || !me.is_root()) {
        let hint = match whose {
            Whose::User => "a file that names commands is yours alone: chown it",
            Whose::Project => {
                "chown it, or put a .budget.toml of your own closer, which goes first"
            }
        };
        return Err(cannot(path, "it belongs to another user").hint(hint));
    }
    let mode = found.mode() & 0o7777;
    if whose == Whose::User && mode & 0o022 != 0 {
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
