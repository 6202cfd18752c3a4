//! The event loop of one run: signals, time, heartbeats, the relay, in one place and on one
//! thread. Whatever woke it, each turn looks at everything, so nothing depends on which event
//! came first. Decides when a run is over; how signals are chosen and sent is its neighbours'.

use std::fs::File;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{getpgrp, getpid, getsid, tcgetpgrp};

use super::clock::Clock;
use super::relay::{Inlet, Relay};
use super::signals::{self, Arrival, Facts, Signals};
use super::spawn::{Prepared, SpawnError};
use super::stop::{Family, Stopping};
use super::sys::{self, Change};
use super::wake::{self, Inbox, Signpost};
use super::{Beat, Command, Ending, Outcome, Stdout, StopReason, Terms, Watcher};

/// A child that has ended leaves this much silence before its output counts as complete, if
/// another process still holds the pipe.
const SILENCE: Duration = Duration::from_secs(1);

/// Without such silence it counts as complete after this.
const LONGEST_DRAIN: Duration = Duration::from_secs(10);

/// Shorter heartbeats than this would be all that we do.
const SHORTEST_BEAT: Duration = Duration::from_millis(10);

/// An idle loop wakes this often at least.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// See [`super::run`].
pub(super) fn run(
    command: Command,
    terms: &Terms,
    signals: &Signals,
    watcher: &mut dyn Watcher,
) -> Result<Outcome, SpawnError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    let _in_runtime = runtime.enter();
    let mut supervisor = start(command, terms, signals, watcher)?;
    let end = runtime.block_on(supervisor.supervise());
    Ok(supervisor.outcome(end))
}

/// Makes all that can fail before the spawn, so that nothing can go wrong once the child runs.
fn start<'a>(
    command: Command,
    terms: &Terms,
    signals: &Signals,
    watcher: &'a mut dyn Watcher,
) -> Result<Supervisor<'a>, SpawnError> {
    let prepared = Prepared::new(command.program, command.args, &command.env)?;
    let inbox = sys::register(signals.inbox()?)?;
    let (relay, relay_done, inlet) = relay(command.stdout)?;
    prctl::set_child_subreaper(true).map_err(io::Error::from)?;
    let family = Family::before_spawn();
    let clock = Clock::start();
    let early = sys::pending();
    let pid = prepared.spawn(signals, inlet.as_ref())?;
    watcher.started(pid.cast_unsigned());
    Ok(Supervisor {
        watcher,
        inbox,
        child: Child {
            pid,
            state: State::Running,
        },
        family,
        clock,
        terms: *terms,
        beat_due: next_beat(terms),
        stopping: None,
        relay,
        relay_done,
        silence_due: None,
        drain_until: None,
        early,
        leader: getsid(None) == Ok(getpid()),
        stop_typed: false,
        cut_short: false,
    })
}

type RelayParts = (Option<Relay>, Option<Signpost>, Option<Inlet>);

fn relay(stdout: Stdout) -> io::Result<RelayParts> {
    let Stdout::Relay(sink) = stdout else {
        return Ok((None, None, None));
    };
    let (relay, done, inlet) = Relay::start(sink)?;
    Ok((Some(relay), Some(wake::signpost(done)?), Some(inlet)))
}

fn next_beat(terms: &Terms) -> Instant {
    Instant::now() + terms.heartbeat.clamp(SHORTEST_BEAT, LONGEST_WAIT)
}

/// Whether a shell that could continue us waits for us to give the terminal back.
fn in_foreground() -> bool {
    let group = File::open("/dev/tty")
        .ok()
        .and_then(|terminal| tcgetpgrp(terminal).ok());
    group == Some(getpgrp())
}

struct Child {
    pid: i32,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Stopped,
    Gone(End),
}

/// The child's end, and the times at that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct End {
    ending: Ending,
    active: Duration,
    elapsed: Duration,
}

struct Supervisor<'a> {
    watcher: &'a mut dyn Watcher,
    inbox: Inbox,
    child: Child,
    family: Family,
    clock: Clock,
    terms: Terms,
    beat_due: Instant,
    stopping: Option<Stopping>,
    relay: Option<Relay>,
    /// Until the relay has seen the end.
    relay_done: Option<Signpost>,
    silence_due: Option<Instant>,
    drain_until: Option<Instant>,
    /// What waited before there was a child, until the first look at what arrived.
    early: SigSet,
    leader: bool,
    /// A stop signal came for the child, and it has not been continued since.
    stop_typed: bool,
    /// A signal arrived that the child can no longer take.
    cut_short: bool,
}

impl Supervisor<'_> {
    async fn supervise(&mut self) -> End {
        let mut arrivals = wake::waiting(&self.inbox);
        loop {
            // Before reaping: a stop signal is passed on while the child is stopped, where the
            // continuation cancels it; and what is not reaped cannot be someone else.
            self.pass_on(&arrivals);
            self.reap();
            self.check_time();
            self.beat();
            self.check_relay();
            if let State::Gone(end) = self.child.state
                && self.is_complete()
            {
                return end;
            }
            arrivals = self.wait().await;
        }
    }

    /// Waits for anything: a signal, a pipe, the next moment at which something is due.
    async fn wait(&mut self) -> Vec<Arrival> {
        let mut timer = pin!(tokio::time::sleep_until(self.next_due().into()));
        poll_fn(|cx| {
            let arrivals = wake::poll_signals(&self.inbox, cx);
            let relay = wake::poll_pipe(self.relay_done.as_ref(), cx);
            let due = timer.as_mut().poll(cx).is_ready();
            if arrivals.is_empty() && !relay && !due {
                return Poll::Pending;
            }
            Poll::Ready(arrivals)
        })
        .await
    }

    fn next_due(&self) -> Instant {
        let now = Instant::now();
        let limits = [
            self.terms
                .max_time
                .map(|limit| limit.saturating_sub(self.clock.active())),
            self.terms
                .deadline
                .map(|limit| limit.saturating_sub(self.clock.elapsed())),
        ];
        let limits = limits
            .into_iter()
            .flatten()
            .filter(|_| self.stopping.is_none());
        let steps = [
            self.stopping.as_ref().and_then(Stopping::due),
            self.silence_due,
        ];
        limits
            .map(|wait| now + wait.min(LONGEST_WAIT))
            .chain(steps.into_iter().flatten())
            .fold(self.beat_due, Instant::min)
    }

    /// Takes in every change of our child, and buries orphans that have become our children.
    fn reap(&mut self) {
        while let Ok(Some((pid, change))) = sys::wait_any() {
            if pid != self.child.pid {
                continue;
            }
            match change {
                Change::Exited(code) => self.bury(Ending::Exited(code)),
                Change::Signaled(signal) => self.bury(Ending::Signaled(signal)),
                Change::Stopped(signal) => {
                    self.child.state = State::Stopped;
                    self.follow_stop(signal);
                }
                Change::Continued => {
                    self.child.state = State::Running;
                    self.stop_typed = false;
                }
            }
        }
    }

    fn bury(&mut self, ending: Ending) {
        let (active, elapsed) = (self.clock.active(), self.clock.elapsed());
        self.child.state = State::Gone(End {
            ending,
            active,
            elapsed,
        });
        if let Some(relay) = &mut self.relay {
            relay.child_is_gone();
            relay.is_silent();
            self.silence_due = self.relay_done.is_some().then(|| Instant::now() + SILENCE);
            self.drain_until = Some(Instant::now() + LONGEST_DRAIN);
        }
    }

    /// Stops with the child where a shell waits for that, to give the terminal back.
    fn follow_stop(&mut self, signal: i32) {
        let job_control = matches!(signal, libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU);
        if !(job_control || self.stop_typed || in_foreground()) || self.stopping.is_some() {
            return;
        }
        let since = Instant::now();
        // Unlike SIGSTOP it does nothing where no shell could continue us.
        let signal = if job_control { signal } else { libc::SIGTSTP };
        sys::suffer(signal, || sys::is_unchanged(self.child.pid));
        self.clock.pause_since(since);
    }

    fn pass_on(&mut self, arrivals: &[Arrival]) {
        let early = std::mem::replace(&mut self.early, SigSet::empty());
        for arrival in arrivals {
            let facts = Facts {
                child: self.child.pid,
                early: Signal::try_from(arrival.signal).is_ok_and(|signal| early.contains(signal)),
                stopped: self.child.state == State::Stopped,
                leader: self.leader,
            };
            if let State::Gone(_) = self.child.state {
                self.cut_short |= signals::ends(arrival.signal);
            } else if signals::is_for_child(*arrival, facts) {
                sys::send(self.child.pid, arrival.signal);
            }
            self.stop_typed |= arrival.signal == libc::SIGTSTP;
        }
    }

    fn check_time(&mut self) {
        let now = Instant::now();
        if let Some(stopping) = &mut self.stopping {
            return stopping.advance(now, &self.family);
        }
        let used = |limit: Option<Duration>, used| limit.is_some_and(|limit| used >= limit);
        if used(self.terms.max_time, self.clock.active()) {
            self.stop(StopReason::MaxTime);
        } else if used(self.terms.deadline, self.clock.elapsed()) {
            self.stop(StopReason::Deadline);
        }
    }

    fn beat(&mut self) {
        if Instant::now() < self.beat_due {
            return;
        }
        let beat = self.watcher.heartbeat();
        self.beat_due = next_beat(&self.terms);
        if beat == Beat::Stop && self.stopping.is_none() {
            self.stop(StopReason::Asked);
        }
    }

    /// After the child's own end there is nothing to stop; what it left behind may stay.
    fn stop(&mut self, reason: StopReason) {
        if let State::Gone(_) = self.child.state {
            self.cut_short = true;
        } else {
            self.stopping = Some(Stopping::begin(reason, self.terms.grace, &self.family));
        }
    }

    fn check_relay(&mut self) {
        if self.relay_done.as_ref().is_some_and(wake::has_ended) {
            self.relay_done = None;
            self.silence_due = None;
        }
    }

    /// Whether nothing is left to wait for once the child is gone: a stop under way, its output.
    fn is_complete(&mut self) -> bool {
        let output = self.output_is_complete() || self.cut_short;
        output
            && self
                .stopping
                .as_ref()
                .is_none_or(|stop| stop.is_over(&self.family))
    }

    fn output_is_complete(&mut self) -> bool {
        let (Some(relay), Some(due)) = (&mut self.relay, self.silence_due) else {
            return true;
        };
        let now = Instant::now();
        if now < due {
            return false;
        }
        self.silence_due = Some(now + SILENCE);
        relay.is_silent() || self.drain_until.is_some_and(|until| now >= until)
    }

    fn outcome(self, end: End) -> Outcome {
        Outcome {
            ending: end.ending,
            stopped_by_us: self.stopping.map(|stopping| stopping.reason),
            active: end.active,
            elapsed: end.elapsed,
            tail: self.relay.map(Relay::into_tail),
        }
    }
}
