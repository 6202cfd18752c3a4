//! Writing a page: as a whole or not at all. A reader sees the old file or the new one, and a
//! failure leaves what was there.

use std::fs::{File, OpenOptions};
use std::io::{Error as IoError, ErrorKind, Result as IoResult, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::exit::Exit;

/// Writes a text to a file, in the place of the one that may be there.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    place(path)
        .and_then(|place| match place {
            Place::File(path) => replace(&path, text),
            Place::Other => File::create(path)?.write_all(text.as_bytes()),
        })
        .map_err(|error| {
            let message = format!("cannot write {}: {error}", path.display());
            Error::new(Exit::Ledger, "output", message)
        })
}

/// What a path leads to.
enum Place {
    /// A file, or none yet.
    File(PathBuf),
    /// A pipe or a device, which nothing can take the place of.
    Other,
}

fn place(path: &Path) -> IoResult<Place> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(IoError::from(ErrorKind::IsADirectory)),
        // A link stays a link.
        Ok(found) if found.is_file() => path.canonicalize().map(Place::File),
        Ok(_) => Ok(Place::Other),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Place::File(path.to_owned())),
        Err(error) => Err(error),
    }
}

fn replace(path: &Path, text: &str) -> IoResult<()> {
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    let mut part = std::ffi::OsString::from(".");
    part.push(name);
    part.push(format!(".part-{}", std::process::id()));
    let part = path.with_file_name(part);
    let mut options = OpenOptions::new();
    // Whoever may read the file may read what takes its place, and nobody else.
    let before = std::fs::metadata(path).ok();
    options.write(true).create_new(true);
    options.mode(if before.is_some() { 0o600 } else { 0o666 });
    let written = options.open(&part).and_then(|mut file| {
        if let Some(before) = &before {
            file.set_permissions(before.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&part, path)
    });
    if written.is_err() {
        // What is left of a failed attempt is in nobody's way; the error is what matters.
        drop(std::fs::remove_file(&part));
    }
    written
}
