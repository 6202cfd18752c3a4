//! Copies the child's standard output to ours, byte for byte, on a thread of its own: a slow
//! reader delays the child, as it would without us, and nothing else. Understands no byte of it.

use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::write;

use super::{Signals, Sink};

/// As much as a pipe holds by default: what waits for our reader while the child runs.
const ROOM: usize = 64 * 1024;

/// What may wait once the child is gone: all that a pipe can still hold of it.
const ROOM_AT_THE_END: usize = ROOM + 1024 * 1024;

/// A pipe that is ready takes this much without blocking.
const PIECE: usize = 4096;

/// Nobody reads our output any more.
const BROKEN: PollFlags =
    PollFlags::from_bits_truncate(libc::POLLERR | libc::POLLHUP | libc::POLLNVAL);

/// The end of the pipe that becomes the child's standard output. Dropped after the spawn, so that
/// the relay sees the end when the last process that has it is gone.
pub(super) type Inlet = PipeWriter;

/// A relay at work.
#[derive(Debug)]
pub(super) struct Relay {
    thread: JoinHandle<()>,
    chunks: Arc<AtomicU64>,
    seen: u64,
    /// Closed when the child is gone.
    child_lives: Option<PipeWriter>,
}

impl Relay {
    /// Starts the thread. The pipe it returns ends when all output has been read and shown.
    pub(super) fn start(sink: Sink) -> io::Result<(Self, PipeReader, Inlet)> {
        let (outlet, inlet) = io::pipe()?;
        let (unread, reading) = io::pipe()?;
        let (child_gone, child_lives) = io::pipe()?;
        let chunks = Arc::new(AtomicU64::new(0));
        let shared = Arc::clone(&chunks);
        let copy = move || {
            Copy {
                source: Some((outlet, reading)),
                child_gone: Some(child_gone),
                sink,
                chunks: shared,
                buffer: vec![0; ROOM].into(),
                waiting: Waiting {
                    bytes: Vec::new(),
                    written: 0,
                    room: ROOM,
                },
            }
            .run(io::stdout().as_fd());
        };
        let thread = thread::Builder::new().name("relay".into()).spawn(copy)?;
        let relay = Self {
            thread,
            chunks,
            seen: 0,
            child_lives: Some(child_lives),
        };
        Ok((relay, unread, inlet))
    }

    /// From now on a reader of ours that does not read delays nothing.
    pub(super) fn child_is_gone(&mut self) {
        self.child_lives = None;
    }

    /// Whether nothing was read since the last call.
    pub(super) fn is_silent(&mut self) -> bool {
        let chunks = self.chunks.load(Ordering::Acquire);
        std::mem::replace(&mut self.seen, chunks) == chunks
    }

    pub(super) fn into_tail(self) -> Tail {
        Tail {
            thread: self.thread,
        }
    }
}

/// Output that is not yet passed on: our reader is slow, or something that outlives the child
/// still writes.
#[derive(Debug)]
pub struct Tail {
    thread: JoinHandle<()>,
}

impl Tail {
    /// Passes on what is left, until the last writer is gone. Gives the signals back if there is
    /// anything to wait for, so that the wait can be ended from outside: call it when all is
    /// recorded.
    pub fn finish(self, signals: Signals) {
        if !self.thread.is_finished() {
            signals.restore();
        }
        // A sink that panicked has already said so; the child's outcome stands.
        let _panicked = self.thread.join();
    }
}

/// The thread's own.
struct Copy {
    /// Where output comes from, and the mark that there may be more; dropped together at the end.
    source: Option<(PipeReader, PipeWriter)>,
    child_gone: Option<PipeReader>,
    sink: Sink,
    chunks: Arc<AtomicU64>,
    buffer: Box<[u8]>,
    waiting: Waiting,
}

/// What has been read and not yet written.
struct Waiting {
    bytes: Vec<u8>,
    written: usize,
    room: usize,
}

/// What can be done without waiting.
#[derive(Debug, Clone, Copy)]
struct Ready {
    output: PollFlags,
    source: PollFlags,
    child_gone: PollFlags,
}

impl Copy {
    fn run(mut self, to: BorrowedFd<'_>) {
        while self.source.is_some() || !self.waiting.is_empty() {
            let Ok(ready) = self.wait(to) else { return };
            if !ready.child_gone.is_empty() {
                self.child_gone = None;
                self.waiting.room = ROOM_AT_THE_END;
            }
            // Leaving closes the source, which tells the child as if it wrote to our reader.
            if ready.output.intersects(BROKEN)
                || (!ready.output.is_empty() && self.waiting.write(to).is_err())
            {
                return;
            }
            if !ready.source.is_empty() {
                self.take();
            }
        }
    }

    fn wait(&self, to: BorrowedFd<'_>) -> nix::Result<Ready> {
        let output = if self.waiting.is_empty() {
            PollFlags::empty()
        } else {
            PollFlags::POLLOUT
        };
        let source = self.source.as_ref().filter(|_| !self.waiting.is_full());
        let pipes = [source.map(|(outlet, _)| outlet), self.child_gone.as_ref()];
        // A pipe that is of no interest is replaced by our output, asked for nothing.
        let [source, child_gone] = pipes.map(|pipe| match pipe {
            Some(pipe) => PollFd::new(pipe.as_fd(), PollFlags::POLLIN),
            None => PollFd::new(to, PollFlags::empty()),
        });
        let mut fds = [PollFd::new(to, output), source, child_gone];
        while let Err(error) = poll(&mut fds, PollTimeout::NONE) {
            if error != Errno::EINTR {
                return Err(error);
            }
        }
        let [output, source, child_gone] = fds.map(|fd| fd.revents().unwrap_or(PollFlags::empty()));
        Ok(Ready {
            output,
            source,
            child_gone,
        })
    }

    fn take(&mut self) {
        let Some((outlet, _)) = &mut self.source else {
            return;
        };
        match outlet.read(&mut self.buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => self.source = None,
            Ok(length) => {
                let chunk = self.buffer.get(..length).unwrap_or_default();
                self.waiting.bytes.extend_from_slice(chunk);
                (self.sink)(chunk);
                self.chunks.fetch_add(1, Ordering::AcqRel);
            }
        }
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn is_full(&self) -> bool {
        self.bytes.len().saturating_sub(self.written) >= self.room
    }

    /// Writes no more than goes without waiting, where our output is a pipe.
    fn write(&mut self, to: BorrowedFd<'_>) -> nix::Result<()> {
        let rest = self.bytes.get(self.written..).unwrap_or_default();
        match write(to, rest.get(..PIECE).unwrap_or(rest)) {
            Ok(length) => self.written = self.written.saturating_add(length),
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            Err(error) => return Err(error),
        }
        // Seldom, because what is left has to move.
        if self.written >= self.bytes.len() || self.written >= ROOM {
            self.bytes.drain(..self.written);
            self.written = 0;
        }
        Ok(())
    }
}
