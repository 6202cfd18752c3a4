//! One child process, from spawn to wait status: what it is told, how long it may run, how it is
//! stopped, and how its end is passed on. The child stays in the caller's process group and keeps
//! its terminal, streams, signal mask and limits, so that it cannot tell that it is wrapped.
//! Knows nothing of ledgers, amounts or messages: the caller watches and decides.
//!
//! All of it is process-wide state (signal mask, subreaper, reaping of any child), so a process
//! runs one command at a time, from its main thread: the child is told to terminate when the thread
//! that started it ends, even if that was killed.

mod clock;
mod hook;
mod origin;
mod outcome;
mod program;
mod relay;
mod signals;
mod spawn;
mod stop;
mod supervisor;
mod sys;
mod tree;
mod wake;

use std::ffi::OsString;
use std::fmt;
use std::time::Duration;

pub use hook::{Hook, Told, tell};
pub use origin::begin;
pub use outcome::{Ending, Outcome, StopReason, die_as};
pub use relay::Tail;
pub use signals::{Event, Signals};
pub use spawn::SpawnError;

/// Sees each chunk of the child's standard output, in order, on the relay's thread.
pub type Sink = Box<dyn FnMut(&[u8]) + Send>;

/// What to run. The child gets the caller's environment, directory and open streams.
#[derive(Debug)]
pub struct Command {
    /// A path, or a name without `/` that is looked up in `PATH`.
    pub program: OsString,
    /// The arguments after the program's name, passed on byte for byte.
    pub args: Vec<OsString>,
    /// Variables set in addition to the caller's environment; a name that exists is replaced.
    pub env: Vec<(OsString, OsString)>,
    /// Where the child's standard output goes.
    pub stdout: Stdout,
}

/// Where the child's standard output goes.
pub enum Stdout {
    /// The caller's own stream, untouched.
    Inherit,
    /// A pipe, copied byte for byte to the caller's standard output and shown to the sink.
    Relay(Sink),
}

impl fmt::Debug for Stdout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inherit => "Inherit",
            Self::Relay(_) => "Relay",
        })
    }
}

/// How long the child may run, and how it is told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Active time: does not pass while job control has stopped us or the machine sleeps.
    pub max_time: Option<Duration>,
    /// Wall time since the start; passes while stopped and while the machine sleeps.
    pub deadline: Option<Duration>,
    /// The wait between interrupt, terminate and kill.
    pub grace: Duration,
    /// The time between two calls of [`Watcher::heartbeat`], within 10 ms and one hour.
    pub heartbeat: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            max_time: None,
            deadline: None,
            grace: Duration::from_secs(5),
            heartbeat: Duration::from_secs(20),
        }
    }
}

/// What the caller does while the child runs. Called on the thread that called [`run`], which
/// passes on no signal meanwhile: be brief.
pub trait Watcher {
    /// The program is running under this process id: the `exec` has succeeded.
    fn started(&mut self, pid: u32);
    /// Called once every [`Terms::heartbeat`] until the outcome is known.
    fn heartbeat(&mut self) -> Beat;
}

/// The answer to a heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// The child may go on.
    Continue,
    /// Stop the child and everything it started.
    Stop,
}

/// Runs the command to its end. Signals that arrive after `signals` was taken reach the child.
///
/// Processes that outlive the child are neither waited for nor stopped, unless the run was stopped
/// by us: then none of them is left. Signals stay blocked afterwards, so that nothing interrupts
/// the caller's bookkeeping; see [`Signals::restore`].
pub fn run(
    command: Command,
    terms: &Terms,
    signals: &Signals,
    watcher: &mut dyn Watcher,
) -> Result<Outcome, SpawnError> {
    supervisor::run(command, terms, signals, watcher)
}
