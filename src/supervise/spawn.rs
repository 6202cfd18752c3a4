//! From a command to a child process, or the reason why there is none. Prepares everything that
//! the child needs; its few calls before the exec are `sys`'s.

use std::env;
use std::ffi::{CString, NulError, OsString};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStringExt;

use super::relay::Inlet;
use super::signals::Signals;
use super::sys::NoChild;
use super::{origin, program, sys};

/// Why the command never started. Nothing of it has run.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// There is no such program, or its interpreter is missing. Exit code 127.
    #[error("not found")]
    NotFound,
    /// It is there and cannot be run. Exit code 126.
    #[error("cannot be run: {0}")]
    CannotRun(#[source] io::Error),
    /// A process could not be made. Exit code 125.
    #[error("cannot start a process: {0}")]
    Failed(#[from] io::Error),
}

impl SpawnError {
    /// The code that shells and their helpers use for it.
    pub fn exit_code(&self) -> i32 {
        match self {
            Self::NotFound => 127,
            Self::CannotRun(_) => 126,
            Self::Failed(_) => 125,
        }
    }
}

impl From<NoChild> for SpawnError {
    fn from(reason: NoChild) -> Self {
        match reason {
            NoChild::NotMade(error) => Self::Failed(error),
            NoChild::NotRun(error) if error.raw_os_error() == Some(libc::ENOENT) => Self::NotFound,
            NoChild::NotRun(error) => Self::CannotRun(error),
        }
    }
}

impl From<NulError> for SpawnError {
    fn from(error: NulError) -> Self {
        Self::CannotRun(error.into())
    }
}

/// A command in the form that the system takes.
pub(super) struct Prepared {
    candidates: Vec<CString>,
    argv: Vec<CString>,
    envp: Vec<CString>,
}

impl Prepared {
    pub(super) fn new(
        program: OsString,
        args: Vec<OsString>,
        env: &[(OsString, OsString)],
    ) -> Result<Self, SpawnError> {
        let variables = program::environment(env::vars_os(), env);
        let path = variables
            .iter()
            .find(|(name, _)| name == "PATH")
            .map(|(_, value)| &**value);
        let candidates = program::candidates(&program, path);
        let pairs = variables.into_iter().map(|(name, value)| pair(name, value));
        Ok(Self {
            candidates: c_strings(candidates.into_iter())?,
            envp: c_strings(pairs)?,
            argv: c_strings([program].into_iter().chain(args))?,
        })
    }

    /// Starts the program; it runs when this returns its process id.
    pub(super) fn spawn(
        &self,
        signals: &Signals,
        inlet: Option<&Inlet>,
    ) -> Result<i32, SpawnError> {
        let launch = sys::Launch {
            candidates: &self.candidates,
            argv: &self.argv,
            envp: &self.envp,
            stdout: inlet.map(AsFd::as_fd),
            mask: signals.before(),
            ignore: &[
                (libc::SIGPIPE, origin::pipe_ignored()),
                (libc::SIGCHLD, signals.child_ignored()),
            ],
            close: closed(inlet.is_some()),
        };
        Ok(sys::spawn(&launch)?)
    }
}

/// The streams to close, as they were when we began; a relayed output is open.
fn closed(relayed: bool) -> [bool; 3] {
    let [stdin, stdout, stderr] = origin::closed_streams();
    [stdin, stdout && !relayed, stderr]
}

fn pair(mut name: OsString, value: OsString) -> OsString {
    name.push("=");
    name.push(value);
    name
}

fn c_strings(strings: impl Iterator<Item = OsString>) -> Result<Vec<CString>, NulError> {
    strings
        .map(|string| CString::new(string.into_vec()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_has_the_code_that_shells_use() {
        let code = |reason: fn(io::Error) -> NoChild, errno| {
            SpawnError::from(reason(io::Error::from_raw_os_error(errno))).exit_code()
        };
        assert_eq!(code(NoChild::NotRun, libc::ENOENT), 127);
        assert_eq!(code(NoChild::NotRun, libc::EACCES), 126);
        assert_eq!(code(NoChild::NotRun, libc::E2BIG), 126);
        assert_eq!(code(NoChild::NotMade, libc::EAGAIN), 125);
        assert_eq!(code(NoChild::NotMade, libc::ENOENT), 125);
    }

    #[test]
    fn a_zero_byte_cannot_be_passed() {
        let prepared = Prepared::new("a\0b".into(), Vec::new(), &[]);
        assert!(matches!(prepared, Err(SpawnError::CannotRun(_))));
    }
}
