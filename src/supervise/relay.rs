//! Copies the child's standard output to ours, byte for byte, on a thread of its own: a slow
//! reader delays the child, as it would without us, and nothing else. Understands no byte of it.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, PipeReader, PipeWriter, Read};
use std::ops::Range;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::{SFlag, fstat};
use nix::unistd::write;

use super::{Signals, Sink};

/// As much as a pipe holds by default: what waits for our reader while the child runs.
const ROOM: usize = 64 * 1024;

/// What may wait once the child is gone: all that a pipe can still hold of it.
const ROOM_AT_THE_END: usize = ROOM + 1024 * 1024;

const PAGE: usize = 4096;

/// What is ready takes this much without blocking.
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
                waiting: Waiting::new(),
            }
            .run(&Output::new(io::stdout().as_fd()));
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
    waiting: Waiting,
}

/// What has been read and not yet written: a part of a buffer whose pages are taken when they are
/// first used.
struct Waiting {
    buffer: Vec<u8>,
    /// Where the buffer's first whole page begins.
    first: usize,
    held: Range<usize>,
    room: usize,
}

/// Where it goes.
struct Output<'a> {
    fd: BorrowedFd<'a>,
    takes: Takes,
}

/// How much of it goes without waiting.
enum Takes {
    /// All: nobody has to read a file first.
    All,
    /// What fits, through a file of our own: the mode of the one we were given is shared.
    WhatFits(File),
    /// A piece, once it is ready.
    Piece,
}

/// What can be done without waiting.
#[derive(Debug, Clone, Copy)]
struct Ready {
    output: PollFlags,
    source: PollFlags,
    child_gone: PollFlags,
}

impl Copy {
    fn run(mut self, output: &Output<'_>) {
        while self.source.is_some() || !self.waiting.is_empty() {
            let Ok(ready) = self.wait(output.fd) else {
                return;
            };
            if !ready.child_gone.is_empty() {
                self.child_gone = None;
                self.waiting.room = ROOM_AT_THE_END;
            }
            // Leaving closes the source, which tells the child as if it wrote to our reader.
            if ready.output.intersects(BROKEN)
                || (!ready.output.is_empty() && self.waiting.write(output).is_err())
            {
                return;
            }
            if !ready.source.is_empty() && self.take() && output.waits_for_nobody() {
                // Most readers keep up: what went at once need not be waited for.
                if self.waiting.write(output).is_err() {
                    return;
                }
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

    /// Reads what there is, and shows it. Whether there was anything.
    fn take(&mut self) -> bool {
        let Some((outlet, _)) = &mut self.source else {
            return false;
        };
        match outlet.read(self.waiting.free()) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => false,
            Ok(0) | Err(_) => {
                self.source = None;
                false
            }
            Ok(length) => {
                (self.sink)(self.waiting.keep(length));
                self.chunks.fetch_add(1, Ordering::AcqRel);
                true
            }
        }
    }
}

impl Waiting {
    fn new() -> Self {
        let buffer = vec![0; ROOM_AT_THE_END.saturating_add(PAGE)];
        // The kernel copies to the beginning of a page four times as fast as to its middle.
        let first = buffer.as_ptr().align_offset(PAGE).min(PAGE);
        Self {
            buffer,
            first,
            held: first..first,
            room: ROOM,
        }
    }

    fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    fn is_full(&self) -> bool {
        self.held.len() >= self.room
    }

    /// Where more can be read to; something, unless it is full.
    fn free(&mut self) -> &mut [u8] {
        let free = self.room.saturating_sub(self.held.len());
        if self.held.is_empty() || self.buffer.len().saturating_sub(self.held.end) < free.min(ROOM)
        {
            self.buffer.copy_within(self.held.clone(), self.first);
            self.held = self.first..self.first.saturating_add(self.held.len());
        }
        let rest = self.buffer.get_mut(self.held.end..).unwrap_or_default();
        let free = free.min(rest.len());
        rest.get_mut(..free).unwrap_or_default()
    }

    /// Keeps what was read to where it was free.
    fn keep(&mut self, length: usize) -> &[u8] {
        let new = self.held.end..self.held.end.saturating_add(length);
        self.held.end = new.end;
        self.buffer.get(new).unwrap_or_default()
    }

    fn write(&mut self, output: &Output<'_>) -> nix::Result<()> {
        let held = self.buffer.get(self.held.clone()).unwrap_or_default();
        match output.write(held) {
            Ok(length) => self.held.start = self.held.start.saturating_add(length),
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl<'a> Output<'a> {
    fn new(fd: BorrowedFd<'a>) -> Self {
        let kind = fstat(fd).map(|found| SFlag::from_bits_truncate(found.st_mode) & SFlag::S_IFMT);
        let takes = match kind {
            Ok(SFlag::S_IFREG) => Takes::All,
            Ok(SFlag::S_IFCHR) if !fd.is_terminal() => Takes::All,
            Ok(SFlag::S_IFIFO) => opened_anew(fd).map_or(Takes::Piece, Takes::WhatFits),
            _ => Takes::Piece,
        };
        Self { fd, takes }
    }

    /// Whether a write comes back at once, also where it was not waited for that it is ready.
    const fn waits_for_nobody(&self) -> bool {
        !matches!(self.takes, Takes::Piece)
    }

    /// Writes no more than goes without waiting, once it is ready.
    fn write(&self, bytes: &[u8]) -> nix::Result<usize> {
        match &self.takes {
            Takes::All => write(self.fd, bytes),
            Takes::WhatFits(file) => write(file, bytes),
            Takes::Piece => write(self.fd, bytes.get(..PIECE).unwrap_or(bytes)),
        }
    }
}

/// The same pipe, without waiting for its reader. Not where it belongs to somebody else.
fn opened_anew(pipe: BorrowedFd<'_>) -> Option<File> {
    OpenOptions::new()
        .write(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(format!("/proc/self/fd/{}", pipe.as_raw_fd()))
        .ok()
}
