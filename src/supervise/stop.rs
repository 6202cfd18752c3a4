//! How a run is stopped: interrupt, then terminate, then kill, a grace apart, sent to the child and
//! to everything below us; and how a session is killed. Owns the order of the steps; when to begin
//! is the caller's.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::{StopReason, sys, tree};

/// The time between two rounds of killing: processes may fork while they are killed.
const ROUND: Duration = Duration::from_millis(10);

/// How long killing goes on. What is left then hangs in the kernel or is not ours to signal.
const KILLING: Duration = Duration::from_secs(5);

/// Rounds in a row without a wait, while each finds processes that the one before did not.
const ROUNDS_AT_ONCE: usize = 8;

/// A stop under way.
#[derive(Debug)]
pub(super) struct Stopping {
    pub(super) reason: StopReason,
    step: Step,
    due: Instant,
    grace: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Interrupt,
    Terminate,
    Kill { until: Instant },
    GivenUp,
}

/// The processes to stop: all below this one, but for what was there before the run.
#[derive(Debug)]
pub(super) struct Family {
    own: i32,
    strangers: Vec<i32>,
}

impl Family {
    /// Call before the spawn: children that we have already were handed to us by an `exec`.
    pub(super) fn before_spawn() -> Self {
        let own = std::process::id().cast_signed();
        let strangers = if sys::has_children() {
            tree::children(own)
        } else {
            Vec::new()
        };
        Self { own, strangers }
    }

    /// Everything below us that is alive.
    pub(super) fn alive(&self) -> Vec<i32> {
        tree::descendants(self.own, &self.strangers)
    }

    /// Whether nothing of the run is left.
    pub(super) fn is_gone(&self) -> bool {
        !sys::has_children() || (!self.strangers.is_empty() && self.alive().is_empty())
    }

    fn signal(&self, signals: &[i32]) {
        for pid in self.alive() {
            for signal in signals {
                sys::send(pid, *signal);
            }
        }
    }

    fn kill(&self) {
        kill_all(|| self.alive(), |pid| sys::send(pid, libc::SIGKILL));
    }
}

/// Kills a session whose leader is a child of ours that was not waited for yet, and nothing else:
/// what left the session is left alone.
pub(super) fn kill_session(leader: i32) {
    sys::send(leader, libc::SIGKILL);
    let kill = |pid| {
        // A number may be another process's by now; one that is held stays the same one.
        if let Ok(held) = sys::hold(pid)
            && tree::is_in_session(pid, leader)
        {
            sys::send_held(&held, libc::SIGKILL);
        }
    };
    kill_all(|| tree::session(leader), kill);
}

/// Kills what is alive, in rounds while there is more of it.
fn kill_all(alive: impl Fn() -> Vec<i32>, kill: impl Fn(i32)) {
    let mut seen = BTreeSet::new();
    for _ in 0..ROUNDS_AT_ONCE {
        let alive = alive();
        let fresh = alive.iter().filter(|pid| seen.insert(**pid)).count();
        if fresh == 0 {
            return;
        }
        alive.into_iter().for_each(&kill);
    }
}

impl Stopping {
    /// Sends the first signal.
    pub(super) fn begin(reason: StopReason, grace: Duration, family: &Family) -> Self {
        family.signal(&[libc::SIGINT]);
        Self {
            reason,
            step: Step::Interrupt,
            due: after(Instant::now(), grace),
            grace,
        }
    }

    /// When to call [`Stopping::advance`] next.
    pub(super) fn due(&self) -> Option<Instant> {
        (self.step != Step::GivenUp).then_some(self.due)
    }

    /// Takes the next step if it is time.
    pub(super) fn advance(&mut self, now: Instant, family: &Family) {
        if now < self.due {
            return;
        }
        match self.step {
            Step::Interrupt => {
                // A stopped process gets the signal only when it goes on.
                family.signal(&[libc::SIGTERM, libc::SIGCONT]);
                self.step = Step::Terminate;
                self.due = after(now, self.grace);
            }
            Step::Terminate => self.kill(now, after(now, KILLING), family),
            Step::Kill { until } if now < until => self.kill(now, until, family),
            Step::Kill { .. } | Step::GivenUp => self.step = Step::GivenUp,
        }
    }

    fn kill(&mut self, now: Instant, until: Instant, family: &Family) {
        family.kill();
        self.step = Step::Kill { until };
        self.due = after(now, ROUND);
    }

    /// Whether all that can be done is done.
    pub(super) fn is_over(&self, family: &Family) -> bool {
        self.step == Step::GivenUp || family.is_gone()
    }
}

/// A far time, where the sum has no name.
fn after(now: Instant, wait: Duration) -> Instant {
    const YEAR: Duration = Duration::from_hours(24 * 365);
    now.checked_add(wait.min(YEAR)).unwrap_or(now)
}
