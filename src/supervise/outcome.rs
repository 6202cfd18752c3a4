//! How a run ended, and how to leave the way the child did. Values, but for [`die_as`], which is
//! the last thing a wrapper does.

use std::time::Duration;

use super::relay::Tail;
use super::sys;

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    /// The child's own end.
    pub ending: Ending,
    /// Why we stopped the run, if we did.
    pub stopped_by_us: Option<StopReason>,
    /// Time from start to end without what passed while stopped or asleep.
    pub active: Duration,
    /// Wall time from start to end.
    pub elapsed: Duration,
    /// The rest of a relayed output: always finish it, or what our reader has not taken is lost.
    pub tail: Option<Tail>,
}

impl Outcome {
    /// The child's code, or 128 + the number of the signal that killed it.
    pub fn exit_code(&self) -> i32 {
        self.ending.exit_code()
    }
}

/// The end of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It exited with this code, 0 to 255.
    Exited(i32),
    /// This signal killed it.
    Signaled(i32),
}

impl Ending {
    /// The code as a shell shows it.
    pub fn exit_code(self) -> i32 {
        match self {
            Self::Exited(code) => code,
            Self::Signaled(signal) => signal.saturating_add(128),
        }
    }
}

/// Why a run was stopped by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// The active time was used up.
    MaxTime,
    /// The wall time was used up.
    Deadline,
    /// The watcher asked for it.
    Asked,
}

/// Dies of the signal that killed the child, without a core dump of its own, so that our caller
/// sees the same wait status. Returns the code to exit with: the child's own, or 128 + the signal
/// where it could not kill us (the first process of a container).
pub fn die_as(ending: Ending) -> i32 {
    if let Ending::Signaled(signal) = ending {
        sys::die_of(signal);
    }
    ending.exit_code()
}
