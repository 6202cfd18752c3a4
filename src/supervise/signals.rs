//! Which signals are ours to pass on, and which of those that arrive the child must be sent. Owns
//! the signal mask while a command runs; sends nothing itself.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use super::sys;

/// Signals that reach the child through us, unless they were ignored when we began.
const PASSED_ON: [Signal; 12] = [
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGALRM,
    Signal::SIGWINCH,
    Signal::SIGCONT,
    Signal::SIGTSTP,
    Signal::SIGTTIN,
    Signal::SIGTTOU,
];

/// The signals held back for the child, from [`Signals::hold`] on. Take it before anything is
/// written that must be settled: a signal that arrives later waits for the child or, if none
/// starts, for [`Signals::restore`].
#[derive(Debug)]
pub struct Signals {
    before: SigSet,
    held: SigSet,
    child_ignored: bool,
}

impl Signals {
    /// Blocks the signals that a child must get. Threads started earlier must block them too.
    pub fn hold() -> Self {
        let mut held = SigSet::empty();
        PASSED_ON
            .into_iter()
            .filter(|signal| !sys::is_ignored(*signal as i32))
            .for_each(|signal| held.add(signal));
        held.add(Signal::SIGCHLD);
        let child_ignored = sys::is_ignored(libc::SIGCHLD);
        // With an ignored SIGCHLD the kernel throws away the wait status.
        sys::set_ignored(libc::SIGCHLD, false);
        let mut before = SigSet::empty();
        // Cannot fail: `how` is one of three valid values.
        let _infallible = pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&held), Some(&mut before));
        Self {
            before,
            held,
            child_ignored,
        }
    }

    /// Puts the mask back: what arrived meanwhile and was not passed on takes effect now, and may
    /// end this process. Exiting without it is fine, and drops what arrived too late to matter.
    pub fn restore(self) {
        sys::set_ignored(libc::SIGCHLD, self.child_ignored);
        let _infallible = pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&self.before), None);
    }

    /// Lets time pass in which there is no child yet. `false`, at once, where a signal asks for the
    /// end: it stays, for [`Signals::restore`] to take effect.
    pub fn pass(&self, pause: Duration) -> bool {
        match sys::wait_for_signal(&self.waited_for(), pause) {
            Some(libc::SIGTSTP) => sys::suffer(libc::SIGTSTP, || true),
            Some(signal) => {
                sys::send(std::process::id().cast_signed(), signal);
                return false;
            }
            None => {}
        }
        true
    }

    /// Lets time pass in which there is no child and will be none, until something happens to us or
    /// to whoever reads the given stream.
    pub fn wait(&self, pause: Duration, reader: BorrowedFd<'_>) -> io::Result<Event> {
        let mut wanted: SigSet = self.waited_for();
        if self.held.contains(Signal::SIGWINCH) {
            wanted.add(Signal::SIGWINCH);
        }
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        let inbox = SignalFd::with_flags(&wanted, flags)?;
        let mut watched = [
            PollFd::new(inbox.as_fd(), PollFlags::POLLIN),
            PollFd::new(reader, PollFlags::empty()),
        ];
        let pause = PollTimeout::try_from(pause).unwrap_or(PollTimeout::MAX);
        match poll(&mut watched, pause) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        let is_gone = watched.iter().skip(1).any(|fd| fd.any() == Some(true));
        Ok(match Arrival::next(&inbox).map(|arrival| arrival.signal) {
            Some(signal) if ends(signal) => Event::End(signal),
            _ if is_gone => Event::Gone,
            Some(libc::SIGTSTP) => Event::Stop,
            Some(_) => Event::Resized,
            None => Event::Elapsed,
        })
    }

    /// Stops this process, as the terminal asked, until it is continued.
    pub fn stop(&self) {
        sys::suffer(libc::SIGTSTP, || true);
    }

    /// The held signals that mean us rather than a child to come.
    fn waited_for(&self) -> SigSet {
        let ours = self.held.iter();
        ours.filter(|signal| ends(*signal as i32) || *signal == Signal::SIGTSTP)
            .collect()
    }

    /// The mask from before.
    pub(super) fn before(&self) -> &SigSet {
        &self.before
    }

    /// Whether SIGCHLD was ignored before.
    pub(super) fn child_ignored(&self) -> bool {
        self.child_ignored
    }

    /// A stream of the held signals.
    pub(super) fn inbox(&self) -> io::Result<SignalFd> {
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        Ok(SignalFd::with_flags(&self.held, flags)?)
    }
}

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The time is over.
    Elapsed,
    /// The terminal has another size.
    Resized,
    /// The terminal asks for a stop, see [`Signals::stop`].
    Stop,
    /// Nobody reads the stream any more.
    Gone,
    /// This signal asks for the end.
    End(i32),
}

/// A signal that arrived, and where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrival {
    pub(super) signal: i32,
    /// Sent by the kernel: typed at the terminal, a hangup, a timer.
    pub(super) from_kernel: bool,
    /// The sender's process id, 0 for the kernel.
    pub(super) sender: i32,
}

impl Arrival {
    /// Takes the next signal that waits.
    pub(super) fn next(inbox: &SignalFd) -> Option<Self> {
        let info = inbox.read_signal().ok()??;
        Some(Self {
            signal: info.ssi_signo.cast_signed(),
            from_kernel: info.ssi_code == libc::SI_KERNEL,
            sender: info.ssi_pid.cast_signed(),
        })
    }
}

/// What must be known of the child to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) child: i32,
    /// The exec has happened; before it, a signal may have been typed before the spawn.
    pub(super) early: bool,
    pub(super) stopped: bool,
    /// We lead the session: hangups are sent to us alone.
    pub(super) leader: bool,
}

/// Whether the child must be sent this signal: it has not already got it from elsewhere.
pub(super) fn is_for_child(arrival: Arrival, facts: Facts) -> bool {
    match arrival.signal {
        libc::SIGCHLD => false,
        // One sent to the whole group has already woken the child.
        libc::SIGCONT => facts.stopped,
        // Timers are not inherited: an alarm set before we were started is ours alone.
        libc::SIGALRM if arrival.from_kernel => true,
        libc::SIGHUP if arrival.from_kernel => facts.leader || facts.early,
        // The terminal signals the whole group.
        _ if arrival.from_kernel => facts.early,
        _ => arrival.sender != facts.child,
    }
}

/// Whether a signal asks for the end of the run.
pub(super) fn ends(signal: i32) -> bool {
    matches!(
        signal,
        libc::SIGHUP | libc::SIGINT | libc::SIGQUIT | libc::SIGTERM
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: Facts = Facts {
        child: 50,
        early: false,
        stopped: false,
        leader: false,
    };

    fn typed(signal: i32) -> Arrival {
        Arrival {
            signal,
            from_kernel: true,
            sender: 0,
        }
    }

    fn sent(signal: i32, sender: i32) -> Arrival {
        Arrival {
            signal,
            from_kernel: false,
            sender,
        }
    }

    #[test]
    fn typed_signals_reach_the_child_without_us() {
        for signal in [
            libc::SIGINT,
            libc::SIGQUIT,
            libc::SIGTSTP,
            libc::SIGWINCH,
            libc::SIGHUP,
        ] {
            assert!(!is_for_child(typed(signal), FACTS), "{signal}");
        }
    }

    #[test]
    fn typed_before_there_was_a_child_they_have_missed_it() {
        let facts = Facts {
            early: true,
            ..FACTS
        };
        assert!(is_for_child(typed(libc::SIGINT), facts));
        assert!(is_for_child(typed(libc::SIGHUP), facts));
    }

    #[test]
    fn a_hangup_reaches_only_the_session_leader() {
        let facts = Facts {
            leader: true,
            ..FACTS
        };
        assert!(is_for_child(typed(libc::SIGHUP), facts));
        assert!(!is_for_child(typed(libc::SIGINT), facts));
    }

    #[test]
    fn an_alarm_is_ours_alone() {
        assert!(is_for_child(typed(libc::SIGALRM), FACTS));
    }

    #[test]
    fn sent_signals_are_passed_on_unless_the_child_sent_them() {
        for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGUSR1, libc::SIGTSTP] {
            assert!(is_for_child(sent(signal, 7), FACTS), "{signal}");
            assert!(!is_for_child(sent(signal, 50), FACTS), "{signal}");
        }
    }

    #[test]
    fn only_a_stopped_child_needs_to_be_continued() {
        assert!(!is_for_child(sent(libc::SIGCONT, 7), FACTS));
        assert!(is_for_child(
            typed(libc::SIGCONT),
            Facts {
                stopped: true,
                ..FACTS
            }
        ));
    }

    #[test]
    fn the_death_of_a_child_is_not_its_business() {
        assert!(!is_for_child(
            sent(libc::SIGCHLD, 50),
            Facts {
                early: true,
                ..FACTS
            }
        ));
    }
}
