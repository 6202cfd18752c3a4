//! The files in which agents keep their sessions, and the messages in them: each message once,
//! however often it was written down. Owns which files there are and which copy of a message
//! counts; refuses to know the environment, the clock, or what a run is charged.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use super::{ModelUsage, Reading, Report, Source, UNIQUE};
pub(super) use claude_code::Transcripts;
pub(super) use codex::Rollouts;
pub(super) use copilot::SessionStore;
pub use files::{SessionFile, SessionFiles, Unreadable};
pub(super) use gemini::Chats;
pub(super) use goose::UsageLedger;
pub(super) use llm::Logs;
use merge::{Keep, Merge, Sink};
pub(super) use opencode::Storage;
pub use run::Run;

mod claude_code;
mod codex;
mod copilot;
mod database;
mod files;
mod gemini;
mod goose;
mod instant;
mod lines;
mod llm;
mod merge;
mod opencode;
mod parents;
mod run;
mod totals;

/// The variables by which agents are told where to keep their files.
pub const VARIABLES: [&str; 9] = [
    "HOME",
    "CLAUDE_CONFIG_DIR",
    "CODEX_HOME",
    "COPILOT_HOME",
    "GEMINI_CLI_HOME",
    "GOOSE_PATH_ROOT",
    "LLM_USER_PATH",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
];

/// Files of more bytes are read by two threads.
const WORTH_A_THREAD: u64 = 8 * 1024 * 1024;

const PARTLY_CHARGED: &str = "a part of what the agent did was charged before the run ended";

/// Is told how many files were read.
pub type Progress<'a> = dyn Fn(usize) + Sync + 'a;

/// Where agents may keep their files, as the environment says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    variables: Vec<(&'static str, OsString)>,
}

impl Places {
    /// The values of those of [`VARIABLES`] that are set.
    pub fn new(variables: impl IntoIterator<Item = (&'static str, OsString)>) -> Self {
        let is_set = |(_, value): &(_, OsString)| !value.is_empty();
        let variables = variables.into_iter().filter(is_set).collect();
        Self { variables }
    }

    fn get(&self, name: &str) -> Option<&OsStr> {
        let found = self.variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_os_str())
    }

    /// The directory that a variable names.
    fn directory(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    /// A path below the directory that a variable names, else below one of the user's home.
    fn below(&self, name: &str, else_at_home: &str, below: &str) -> Option<PathBuf> {
        let directory = self.directory(name).or_else(|| self.at_home(else_at_home));
        directory.map(|directory| directory.join(below))
    }

    /// A path below the user's home.
    fn at_home(&self, below: &str) -> Option<PathBuf> {
        self.directory("HOME").map(|home| home.join(below))
    }
}

/// One answer of a model, as an agent wrote it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The same for the same answer wherever it is found, and for no other of the same agent.
    pub key: String,
    /// The agent's id of the session; helpers that it started belong to it.
    pub session: Arc<str>,
    /// When it was first written down.
    pub at: SystemTime,
    /// The file it was first found in.
    pub path: Arc<Path>,
    /// The directory the session worked in, where the file tells.
    pub cwd: Option<Arc<str>>,
    /// What it consumed, mostly the figures of one request.
    pub usage: ModelUsage,
    /// What was requested beside it, and is billed on top: of an advisor, or to shorten the
    /// conversation.
    pub beside: Vec<ModelUsage>,
}

impl Message {
    /// All that it consumed.
    pub fn usages(&self) -> impl Iterator<Item = &ModelUsage> {
        std::iter::once(&self.usage).chain(&self.beside)
    }

    /// The name that the message has in a ledger, whatever path brings it there.
    pub fn id(&self, source: Source) -> String {
        if self.key.len() < UNIQUE {
            format!("{}:{}", source.as_str(), self.key)
        } else {
            self.key.clone()
        }
    }
}

/// Usage that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The file.
    pub path: Arc<Path>,
    /// The session, where the file tells.
    pub session: Option<Arc<str>>,
    /// A time before which it was written; `None` where nothing behind it tells.
    pub before: Option<SystemTime>,
    /// Why, as a fragment for people.
    pub reason: String,
    /// How many lines in a row.
    pub lines: u64,
}

/// What is in a set of files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scan {
    /// Each message once, in order of first appearance.
    pub messages: Vec<Message>,
    /// What could not be read.
    pub lost: Vec<Lost>,
}

/// How an agent keeps its sessions.
pub(super) trait Sessions: Sync {
    /// The directories they are below.
    fn roots(&self, places: &Places) -> Vec<PathBuf>;

    /// Whether a path, from one of these directories, is that of a file of sessions.
    fn is_session(&self, below: &Path) -> bool;

    /// Whether there may be any below a directory, by its path from one of these.
    fn is_within(&self, _below: &Path) -> bool {
        true
    }

    /// Takes out the files that repeat others as a whole.
    fn sift(&self, _files: &mut Vec<SessionFile>) {}

    /// Which copy of a message counts.
    fn keep(&self) -> Keep;

    /// Whether, talking to people, the agent asks for things that it does not write into its files.
    fn leaves_out_requests(&self) -> bool {
        false
    }

    /// What it wrote down as the totals of a run when it was closed.
    fn totals(&self, _places: &Places, _run: &Run<'_>) -> Option<Report> {
        None
    }

    /// Whether a file can tell in which directory a session worked. Where none can, the one session
    /// that went on in a run is the run's.
    fn tells_directory(&self) -> bool {
        true
    }

    /// Hands on what is at a path.
    fn read_path(&self, path: &Path, sink: &mut Sink<'_>) -> io::Result<()> {
        self.read(path, &mut File::open(path)?, sink)
    }

    /// Hands on what is in a file that is read from its beginning to its end.
    fn read(&self, _path: &Path, _source: &mut dyn Read, _sink: &mut Sink<'_>) -> io::Result<()> {
        Ok(())
    }
}

/// The files of sessions in these places.
pub(super) fn find(sessions: &dyn Sessions, places: &Places) -> SessionFiles {
    let mut found = SessionFiles::default();
    let mut seen = HashSet::new();
    for root in sessions.roots(places) {
        let is_wanted = |below: &Path| sessions.is_session(below);
        let is_within = |below: &Path| sessions.is_within(below);
        found.add(&root, (&is_wanted, &is_within), &mut seen);
    }
    found.sort();
    sessions.sift(&mut found.files);
    found
}

/// What a run consumed, by the files that were written to since it began.
pub(super) fn reading(
    source: Source,
    sessions: &dyn Sessions,
    places: &Places,
    run: &Run<'_>,
) -> Reading {
    let found = find(sessions, places);
    let since = run.since();
    let is_recent = |file: &SessionFile| file.modified >= since;
    let files: Vec<_> = found.files.into_iter().filter(is_recent).collect();
    let scan = messages(sessions, &files, &|_| ());
    let only = (!sessions.tells_directory()).then(|| run::only_session(&scan, run));
    let only = only.flatten();
    let run = &Run {
        session: run.session.or(only.as_deref()),
        ..*run
    };
    let kept = match (run::reading(source, &scan, run), found.unreadable.first()) {
        (Reading::Silent, Some(place)) => {
            let (path, reason) = (place.path.display(), &place.reason);
            Reading::unknown(format!("{path} cannot be read: {reason}"), None)
        }
        (reading, _) => reading,
    };
    match (run.is_interactive, kept) {
        (true, kept) if run.counted.is_empty() => {
            totals::of_interactive(sessions, places, run, kept)
        }
        // The totals cannot be told apart into what was charged before and what was not.
        (true, Reading::Known(report)) => Reading::unknown(PARTLY_CHARGED, Some(report)),
        (_, kept) => kept,
    }
}

/// The messages in these files, each once. Memory grows with the number of messages, not with the
/// length of the files.
pub(super) fn messages(
    sessions: &dyn Sessions,
    files: &[SessionFile],
    progress: &Progress<'_>,
) -> Scan {
    let read = AtomicUsize::new(0);
    let merged = |files: &[SessionFile]| {
        merged(sessions, files, &|| {
            let read = read.fetch_add(1, Ordering::Relaxed).saturating_add(1);
            progress(read);
        })
    };
    let length: u64 = files.iter().map(|file| file.length).sum();
    if length < WORTH_A_THREAD {
        return merged(files).finish();
    }
    let (one, other) = files.split_at(half(files, length));
    let merge = std::thread::scope(|scope| {
        let second = scope.spawn(|| merged(other));
        let first = merged(one);
        first.and(second.join().unwrap_or_else(|_| merged(other)))
    });
    merge.finish()
}

/// The number of files that make up half of all bytes.
fn half(files: &[SessionFile], length: u64) -> usize {
    let mut sum = 0;
    let is_first = |file: &&SessionFile| {
        sum += file.length;
        sum <= length / 2
    };
    files.iter().take_while(is_first).count()
}

fn merged(sessions: &dyn Sessions, files: &[SessionFile], is_read: &dyn Fn()) -> Merge {
    let mut merge = Merge::new(sessions.keep());
    for file in files {
        let mut sink = merge.file(&file.path);
        if let Err(error) = sessions.read_path(&file.path, &mut sink) {
            sink.lost(format!("cannot be read: {}", error.kind()));
        }
        is_read();
    }
    merge
}

#[cfg(test)]
mod tests;
