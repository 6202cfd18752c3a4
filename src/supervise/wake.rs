//! What wakes the event loop: the stream of signals, and pipes that say something by ending.
//! Registers and reads them without ever blocking; what they mean is the supervisor's.

use std::io::{self, PipeReader, Read};
use std::task::{Context, Poll};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signalfd::SignalFd;
use tokio::io::unix::AsyncFd;

use super::signals::Arrival;
use super::sys;

/// A pipe that wakes the loop.
pub(super) type Signpost = AsyncFd<PipeReader>;

/// The stream of signals.
pub(super) type Inbox = AsyncFd<SignalFd>;

/// Makes a pipe wake the loop, and never block it.
pub(super) fn signpost(pipe: PipeReader) -> io::Result<Signpost> {
    fcntl(&pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    sys::register(pipe)
}

/// Takes all signals that wait, and is woken when there are more.
pub(super) fn poll_signals(inbox: &Inbox, cx: &mut Context<'_>) -> Vec<Arrival> {
    let mut arrivals = Vec::new();
    while let Poll::Ready(Ok(mut ready)) = inbox.poll_read_ready(cx) {
        arrivals.extend(waiting(inbox));
        ready.clear_ready();
    }
    arrivals
}

/// Takes all signals that wait, whether or not the loop knows of them.
pub(super) fn waiting(inbox: &Inbox) -> Vec<Arrival> {
    std::iter::from_fn(|| Arrival::next(inbox.get_ref())).collect()
}

/// Whether the pipe may have something to say; it is asked in the turn that follows.
pub(super) fn poll_pipe(pipe: Option<&Signpost>, cx: &mut Context<'_>) -> bool {
    let Some(Poll::Ready(Ok(mut ready))) = pipe.map(|pipe| pipe.poll_read_ready(cx)) else {
        return false;
    };
    ready.clear_ready();
    true
}

/// Whether the pipe has ended, without waiting for it.
pub(super) fn has_ended(pipe: &Signpost) -> bool {
    matches!(pipe.get_ref().read(&mut [0]), Ok(0))
}
