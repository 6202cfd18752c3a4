//! What this process inherited, recorded before it is changed: SIGPIPE is ignored and closed
//! standard streams are opened on `/dev/null`, by [`begin`] or by the language's runtime, where
//! that has the first word. Restoring it in the child is `sys`'s work.

use std::sync::atomic::{AtomicBool, Ordering};

static PIPE_IGNORED: AtomicBool = AtomicBool::new(false);
static CLOSED: [AtomicBool; 3] = [const { AtomicBool::new(false) }; 3];

#[used]
#[expect(unsafe_code, reason = "only a constructor runs before the runtime")]
// SAFETY: the section holds pointers to functions of this signature; the loader may pass arguments
// that the C calling convention lets a function ignore.
#[unsafe(link_section = ".init_array")]
static RECORD: extern "C" fn() = record;

/// Runs before `main`: nothing but atomics and two harmless system calls.
#[expect(unsafe_code, reason = "system calls before the runtime exists")]
extern "C" fn record() {
    PIPE_IGNORED.store(super::sys::is_ignored(libc::SIGPIPE), Ordering::Relaxed);
    for (fd, closed) in (0..).zip(&CLOSED) {
        // SAFETY: asks for the flags of a descriptor that need not be open.
        closed.store(
            unsafe { libc::fcntl(fd, libc::F_GETFD) } == -1,
            Ordering::Relaxed,
        );
    }
}

/// Makes of it what the rest relies on: a closed pipe is an error and not the end, and no file of
/// ours can get the number of a standard stream. To be called before anything is opened.
pub fn begin() {
    super::sys::set_ignored(libc::SIGPIPE, true);
    for _closed in closed_streams().into_iter().filter(|closed| *closed) {
        #[expect(unsafe_code, reason = "the lowest free number is meant to stay open")]
        // SAFETY: a path that ends in a zero.
        let opened = unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDWR) };
        if opened == -1 {
            std::process::abort();
        }
    }
}

/// Whether SIGPIPE was ignored when this process began.
pub(super) fn pipe_ignored() -> bool {
    PIPE_IGNORED.load(Ordering::Relaxed)
}

/// The standard streams that were closed when this process began.
pub(super) fn closed_streams() -> [bool; 3] {
    [0, 1, 2].map(|fd: usize| {
        CLOSED
            .get(fd)
            .is_some_and(|closed| closed.load(Ordering::Relaxed))
    })
}
