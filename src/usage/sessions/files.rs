//! Finds the files in which agents keep their sessions. Looks only at names, kinds and times; never
//! opens a file, follows no loop of links.

use std::collections::HashSet;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::database::log_of;

/// No agent nests its files deeper below its own directory.
const DEEPEST: usize = 8;

/// A question about a path below a root.
type Asked<'a> = &'a dyn Fn(&Path) -> bool;

/// A file of sessions, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionFile {
    /// Where it is.
    pub path: PathBuf,
    /// When it was last written to, or its log was, where it is a database with one.
    pub modified: SystemTime,
    /// How long it is, in bytes, its log included.
    pub length: u64,
}

/// A place that could not be looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The file or directory.
    pub path: PathBuf,
    /// Why, as a fragment for people.
    pub reason: String,
}

/// The files below some directories.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionFiles {
    /// The files, in order of their paths.
    pub files: Vec<SessionFile>,
    /// What could not be looked into; what does not exist is not told.
    pub unreadable: Vec<Unreadable>,
    /// Whether any of the directories exists.
    pub is_any_there: bool,
}

impl SessionFiles {
    /// Adds the regular files below `root` whose path from there is wanted, each once; `is_within`:
    /// whether there may be any below a directory. `seen`: the files and directories that were
    /// found before.
    pub(super) fn add(
        &mut self,
        root: &Path,
        (is_wanted, is_within): (Asked<'_>, Asked<'_>),
        seen: &mut HashSet<(u64, u64)>,
    ) {
        let mut due = vec![(root.to_owned(), 0)];
        while let Some((path, depth)) = due.pop() {
            let found = match std::fs::metadata(&path) {
                Ok(found) => found,
                Err(error) => {
                    self.refused(path, &error);
                    continue;
                }
            };
            let below = path.strip_prefix(root).unwrap_or(&path);
            let is_due =
                (found.is_dir() && is_within(below)) || (found.is_file() && is_wanted(below));
            if !is_due || !seen.insert((found.dev(), found.ino())) {
                continue;
            }
            if found.is_file() {
                self.files.push(file(path, &found));
            } else if depth < DEEPEST {
                self.is_any_there = true;
                match std::fs::read_dir(&path) {
                    Ok(entries) => due.extend(entries.flatten().map(|e| (e.path(), depth + 1))),
                    Err(error) => self.refused(path, &error),
                }
            }
        }
    }

    pub(super) fn sort(&mut self) {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
    }

    fn refused(&mut self, path: PathBuf, error: &io::Error) {
        use io::ErrorKind::{NotADirectory, NotFound};
        // Links that lead nowhere and files that went away in between hold nothing.
        if !matches!(error.kind(), NotFound | NotADirectory) && !is_loop(error) {
            let reason = error.kind().to_string();
            self.unreadable.push(Unreadable { path, reason });
        }
    }
}

/// A link that leads to itself: `ELOOP`, which has no stable name.
fn is_loop(error: &io::Error) -> bool {
    let code = if cfg!(target_os = "linux") { 40 } else { 62 };
    error.raw_os_error() == Some(code)
}

fn file(path: PathBuf, found: &Metadata) -> SessionFile {
    let is_database = path.extension().is_some_and(|extension| extension == "db");
    // What was written last to a database may be in its log alone.
    let log = is_database.then(|| log_of(&path)).flatten();
    let all = || [Some(found), log.as_ref()].into_iter().flatten();
    let modified = all().filter_map(|one| one.modified().ok()).max();
    SessionFile {
        modified: modified.unwrap_or(SystemTime::UNIX_EPOCH),
        length: all().map(Metadata::len).fold(0, u64::saturating_add),
        path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn names(found: &SessionFiles, root: &Path) -> Vec<String> {
        let name = |file: &SessionFile| {
            let path = file.path.strip_prefix(root).expect("below");
            path.to_string_lossy().into_owned()
        };
        found.files.iter().map(name).collect()
    }

    fn find(root: &Path) -> SessionFiles {
        let mut found = SessionFiles::default();
        let is_wanted = |path: &Path| path.extension().is_some_and(|e| e == "jsonl");
        found.add(root, (&is_wanted, &|_| true), &mut HashSet::new());
        found.sort();
        found
    }

    #[test]
    fn links_in_a_circle_and_links_to_nowhere_end() {
        let dir = tempfile::tempdir().expect("a directory");
        let root = dir.path();
        std::fs::create_dir(root.join("a")).expect("a directory");
        std::fs::write(root.join("a/one.jsonl"), "").expect("a file");
        std::fs::write(root.join("a/other.txt"), "").expect("a file");
        symlink(root, root.join("a/up")).expect("a link");
        symlink(root.join("itself"), root.join("itself")).expect("a link");
        symlink(root.join("nowhere"), root.join("gone.jsonl")).expect("a link");
        symlink(root.join("a/one.jsonl"), root.join("a/two.jsonl")).expect("a link");
        let found = find(root);
        assert_eq!(names(&found, root).len(), 1, "{found:?}");
        assert_eq!(found.unreadable, []);
        assert!(found.is_any_there);
    }

    #[test]
    fn a_directory_that_is_missing_is_told_apart_from_an_empty_one() {
        let dir = tempfile::tempdir().expect("a directory");
        assert!(find(dir.path()).is_any_there);
        let missing = find(&dir.path().join("missing"));
        assert_eq!(missing, SessionFiles::default());
    }

    #[test]
    fn a_database_is_as_long_and_as_young_as_its_log() {
        let dir = tempfile::tempdir().expect("a directory");
        let one = |wanted: &'static str| {
            let mut found = SessionFiles::default();
            let is_wanted = |path: &Path| path == Path::new(wanted);
            found.add(dir.path(), (&is_wanted, &|_| true), &mut HashSet::new());
            found.files.pop().expect("a file")
        };
        let file = std::fs::File::create(dir.path().join("a.db")).expect("a file");
        file.set_len(10).expect("a length");
        file.set_modified(SystemTime::UNIX_EPOCH).expect("a time");
        assert_eq!(
            (one("a.db").length, one("a.db").modified),
            (10, SystemTime::UNIX_EPOCH)
        );
        std::fs::write(dir.path().join("a.db-wal"), "12345").expect("a log");
        assert_eq!(one("a.db").length, 15);
        assert!(one("a.db").modified > SystemTime::UNIX_EPOCH);
        std::fs::write(dir.path().join("a.json"), "1").expect("a file");
        std::fs::write(dir.path().join("a.json-wal"), "1").expect("a file");
        assert_eq!(one("a.json").length, 1);
    }

    #[test]
    fn directories_in_which_nothing_can_be_are_not_looked_into() {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(dir.path().join("a")).expect("a directory");
        std::fs::write(dir.path().join("a/b.jsonl"), "").expect("a file");
        let mut found = SessionFiles::default();
        let is_top = |path: &Path| path == Path::new("");
        found.add(dir.path(), (&|_| true, &is_top), &mut HashSet::new());
        assert_eq!((found.files.len(), found.is_any_there), (0, true));
    }
}
