//! A timer that interrupts blocking calls of the thread that set it, so that waiting for a lock has
//! an end without a second thread: on a busy machine that one would be one more to wait for.
#![expect(
    unsafe_code,
    clippy::as_conversions,
    reason = "timers and signal handlers have no safe interface"
)]

use std::io::{Error, Result};
use std::mem::zeroed;
use std::ptr;
use std::time::Duration;

/// Between two interruptions: one that comes just before the call begins is made up for.
const PERIOD_NS: libc::c_long = 20_000_000;

/// Interrupts this thread every now and then, from a moment on, until it is dropped.
pub(super) struct Alarm {
    timer: libc::timer_t,
    mask: libc::sigset_t,
}

impl Alarm {
    /// The first interruption comes after so long.
    pub(super) fn after(wait: Duration) -> Result<Self> {
        // The last real-time signal: whoever else wants one begins with the first.
        let signal = libc::SIGRTMAX();
        // SAFETY: all-zero is a valid value of each of these; the handler does nothing, and stays,
        // so that an interruption that is under way when the timer is deleted does nothing either.
        let alarm = unsafe {
            let mut action: libc::sigaction = zeroed();
            action.sa_sigaction = do_nothing as *const () as libc::sighandler_t;
            check(libc::sigaction(signal, &raw const action, ptr::null_mut()))?;
            let mut event: libc::sigevent = zeroed();
            event.sigev_notify = libc::SIGEV_THREAD_ID;
            event.sigev_signo = signal;
            event.sigev_notify_thread_id = libc::gettid();
            let mut timer: libc::timer_t = ptr::null_mut();
            let clock = libc::CLOCK_MONOTONIC;
            check(libc::timer_create(clock, &raw mut event, &raw mut timer))?;
            let (mut unblocked, mut mask): (libc::sigset_t, libc::sigset_t) = (zeroed(), zeroed());
            libc::sigaddset(&raw mut unblocked, signal);
            libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const unblocked, &raw mut mask);
            Self { timer, mask }
        };
        let times = libc::itimerspec {
            it_value: libc::timespec {
                tv_sec: wait.as_secs().cast_signed(),
                tv_nsec: libc::c_long::from(wait.subsec_nanos().max(1)),
            },
            it_interval: libc::timespec {
                tv_sec: 0,
                tv_nsec: PERIOD_NS,
            },
        };
        // SAFETY: the timer is ours and the times are valid.
        unsafe {
            check(libc::timer_settime(
                alarm.timer,
                0,
                &raw const times,
                ptr::null_mut(),
            ))?;
        }
        Ok(alarm)
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        // SAFETY: the timer is ours, and this is the last use of it; the mask is the one from before.
        unsafe {
            libc::timer_delete(self.timer);
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.mask, ptr::null_mut());
        }
    }
}

extern "C" fn do_nothing(_signal: libc::c_int) {}

fn check(result: libc::c_int) -> Result<()> {
    if result == 0 {
        Ok(())
    } else {
        Err(Error::last_os_error())
    }
}

#[cfg(test)]
mod tests {
    use nix::errno::Errno;
    use nix::fcntl::{Flock, FlockArg};

    use super::*;

    #[test]
    fn a_blocking_call_is_interrupted_again_and_again() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let open = || std::fs::File::open(file.path()).expect("the file");
        let _held = Flock::lock(open(), FlockArg::LockExclusive).expect("nobody holds it");
        let _alarm = Alarm::after(Duration::from_millis(1)).expect("a timer");
        let mut waiting = open();
        for _ in 0..3 {
            let (file, error) =
                Flock::lock(waiting, FlockArg::LockExclusive).expect_err("it is held");
            assert_eq!(error, Errno::EINTR);
            waiting = file;
        }
    }
}
