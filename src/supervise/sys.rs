//! The system calls that need `unsafe`: fork and exec, wait, kill, dispositions. Each is one thin
//! function; when to call them is decided elsewhere. Between fork and exec only calls that are
//! safe in a signal handler are made: everything the child needs is laid out before the fork.
#![expect(
    unsafe_code,
    reason = "fork, exec, wait and signal dispositions have no safe interface"
)]

use std::ffi::CString;
use std::io::{self, PipeReader};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::SigSet;
use nix::sys::signalfd::SignalFd;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The exit status of a child that could not become the program; its parent never shows it.
const NOT_STARTED: i32 = 125;

/// Everything the child needs between fork and exec.
pub(super) struct Launch<'a> {
    /// The files to try, in this order.
    pub(super) candidates: &'a [CString],
    /// The program's name and its arguments.
    pub(super) argv: &'a [CString],
    /// `NAME=VALUE`.
    pub(super) envp: &'a [CString],
    /// Becomes the standard output.
    pub(super) stdout: Option<BorrowedFd<'a>>,
    /// Takes the error number if nothing could be run; closed by a successful exec.
    pub(super) report: BorrowedFd<'a>,
    /// The signal mask to run with.
    pub(super) mask: &'a SigSet,
    /// Signals to ignore, or not, other than as in this process.
    pub(super) ignore: &'a [(i32, bool)],
    /// The standard streams to close.
    pub(super) close: [bool; 3],
}

/// A change of a child's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Exited(i32),
    Signaled(i32),
    Stopped(i32),
    Continued,
}

/// Forks; the child becomes the program, or reports why not and exits.
pub(super) fn fork_exec(launch: &Launch<'_>) -> io::Result<i32> {
    let mut argv = pointers(launch.argv);
    let envp = pointers(launch.envp);
    // A script without an interpreter line is given to the shell: `sh FILE ARGS…`.
    let mut shell = vec![c"/bin/sh".as_ptr(), ptr::null()];
    shell.extend(argv.iter().skip(1));
    let parent = std::process::id().cast_signed();
    // SAFETY: the child makes only async-signal-safe calls on memory laid out above, then leaves.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            // SAFETY: this is the child of a fork, and the arrays end in null pointers.
            unsafe { become_program(launch, parent, &mut argv, &envp, &mut shell) }
        }
        pid => Ok(pid),
    }
}

fn pointers(strings: &[CString]) -> Vec<*const libc::c_char> {
    strings
        .iter()
        .map(|string| string.as_ptr())
        .chain([ptr::null()])
        .collect()
}

/// # Safety
/// Only in the child of a fork; `argv`, `envp` and `shell` end in null pointers.
unsafe fn become_program(
    launch: &Launch<'_>,
    parent: i32,
    argv: &mut [*const libc::c_char],
    envp: &[*const libc::c_char],
    shell: &mut [*const libc::c_char],
) -> ! {
    // SAFETY: plain system calls on values that outlive them; see the function's contract.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM);
        if libc::getppid() != parent {
            libc::_exit(NOT_STARTED);
        }
        if let Some(stdout) = launch.stdout {
            libc::dup2(stdout.as_raw_fd(), libc::STDOUT_FILENO);
        }
        for (fd, close) in (0..).zip(launch.close) {
            if close {
                libc::close(fd);
            }
        }
        for (signal, ignored) in launch.ignore {
            set_ignored(*signal, *ignored);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, launch.mask.as_ref(), ptr::null_mut());
        let error = try_all(launch.candidates, argv, envp, shell);
        libc::write(
            launch.report.as_raw_fd(),
            (&raw const error).cast(),
            size_of::<i32>(),
        );
        libc::_exit(NOT_STARTED)
    }
}

/// The search of `execvp`: the first file that runs; else permission denied if any was.
///
/// # Safety
/// As for [`become_program`].
unsafe fn try_all(
    candidates: &[CString],
    argv: &[*const libc::c_char],
    envp: &[*const libc::c_char],
    shell: &mut [*const libc::c_char],
) -> i32 {
    let mut denied = false;
    let mut last = libc::ENOENT;
    for candidate in candidates {
        // SAFETY: null-terminated arrays of C strings that live until the exec.
        unsafe { libc::execve(candidate.as_ptr(), argv.as_ptr(), envp.as_ptr()) };
        last = errno();
        if last == libc::ENOEXEC
            && let [program, file, ..] = shell
        {
            *file = candidate.as_ptr();
            let program = *program;
            // SAFETY: as above.
            unsafe { libc::execve(program, shell.as_ptr(), envp.as_ptr()) };
        }
        match last {
            libc::EACCES => denied = true,
            libc::ENOENT | libc::ENOTDIR | libc::ESTALE | libc::ENODEV | libc::ETIMEDOUT => {}
            _ => return last,
        }
    }
    if denied { libc::EACCES } else { last }
}

fn errno() -> i32 {
    nix::errno::Errno::last_raw()
}

/// Takes one change of state of any child. `None`: nothing new. An error: there is no child.
///
/// A raw status rather than a typed one: a real-time signal has no name.
pub(super) fn wait_any() -> io::Result<Option<(i32, Change)>> {
    let mut status = 0;
    let flags = libc::WNOHANG | libc::WUNTRACED | libc::WCONTINUED;
    // SAFETY: `status` is a valid place for the result.
    match unsafe { libc::waitpid(-1, &raw mut status, flags) } {
        0 => Ok(None),
        -1 => Err(io::Error::last_os_error()),
        pid => Ok(Some((pid, change(status)))),
    }
}

fn change(status: i32) -> Change {
    if libc::WIFEXITED(status) {
        Change::Exited(libc::WEXITSTATUS(status))
    } else if libc::WIFSTOPPED(status) {
        Change::Stopped(libc::WSTOPSIG(status))
    } else if libc::WIFCONTINUED(status) {
        Change::Continued
    } else {
        Change::Signaled(libc::WTERMSIG(status))
    }
}

/// Whether this process has any child, ended or not.
pub(super) fn has_children() -> bool {
    // SAFETY: all-zero is a valid `siginfo_t`, and `waitid` only writes to it.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        libc::waitid(libc::P_ALL, 0, &raw mut info, flags) == 0
    }
}

/// What owns one descriptor for as long as it lives.
pub(super) trait Owner: AsRawFd {}

impl Owner for PipeReader {}

impl Owner for SignalFd {}

/// Lets the event loop wait until there is something to read.
pub(super) fn register<T: Owner>(owner: T) -> io::Result<AsyncFd<T>> {
    // SAFETY: an owner has the same open descriptor until it is dropped.
    unsafe { Ok(AsyncFd::register_with_interest(owner, Interest::READABLE)?) }
}

/// Kills and reaps a child that failed to start.
pub(super) fn discard(pid: i32) {
    send(pid, libc::SIGKILL);
    let mut status = 0;
    // SAFETY: `status` is a valid place for the result.
    while unsafe { libc::waitpid(pid, &raw mut status, 0) } == -1 && errno() == libc::EINTR {}
}

/// Sends a signal to one process: never to a group, never to the first process. That it may be
/// gone, or not ours to signal, is nothing that a caller could mend.
pub(super) fn send(pid: i32, signal: i32) {
    if pid > 1 {
        // SAFETY: no memory is involved.
        unsafe { libc::kill(pid, signal) };
    }
}

/// Whether this process ignores the signal.
pub(super) fn is_ignored(signal: i32) -> bool {
    // SAFETY: all-zero is a valid `sigaction`, and only the old action is read.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, ptr::null(), &raw mut action) == 0
            && action.sa_sigaction == libc::SIG_IGN
    }
}

/// Ignores the signal, or gives it its default action.
pub(super) fn set_ignored(signal: i32, ignored: bool) {
    let action = if ignored {
        libc::SIG_IGN
    } else {
        libc::SIG_DFL
    };
    // SAFETY: no handler is installed, so there is nothing to be called.
    unsafe { libc::signal(signal, action) };
}

/// Lets the signal's default action happen to this process now, though the signal may be blocked
/// or ignored; both are as before if that was survived. Takes it back if `still` says no, which is
/// asked when a continuation that comes from then on would already cancel a stop.
pub(super) fn suffer(signal: i32, still: impl FnOnce() -> bool) {
    let ignored = is_ignored(signal);
    // SAFETY: the sets are valid and local; sending a signal to oneself touches no memory.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigaddset(&raw mut set, signal);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, &raw mut before);
        set_ignored(signal, false);
        libc::raise(signal);
        // Ignoring a signal, even for a moment, throws away one that waits.
        set_ignored(signal, !still());
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, ptr::null_mut());
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut());
    }
    set_ignored(signal, ignored);
}

/// Whether nothing has happened to the child since its last change of state was taken.
pub(super) fn is_unchanged(pid: i32) -> bool {
    // SAFETY: all-zero is a valid `siginfo_t`, and `waitid` only writes to it.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        let flags = libc::WEXITED | libc::WCONTINUED | libc::WNOHANG | libc::WNOWAIT;
        let found = libc::waitid(libc::P_PID, pid.cast_unsigned(), &raw mut info, flags);
        found == 0 && info.si_pid() == 0
    }
}

/// Dies of the signal without leaving a core file; returns only where that does not kill us.
pub(super) fn die_of(signal: i32) {
    // A dump that is piped to a program takes no notice of the limit, only of this flag.
    let _best_effort = prctl::set_dumpable(false);
    let _best_effort = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    suffer(signal, || true);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_statuses_are_told_apart() {
        assert_eq!(change(7 << 8), Change::Exited(7));
        assert_eq!(change(15), Change::Signaled(15));
        assert_eq!(change(0x0b | 0x80), Change::Signaled(11));
        assert_eq!(change(64), Change::Signaled(64));
        assert_eq!(change((20 << 8) | 0x7f), Change::Stopped(20));
        assert_eq!(change(0xffff), Change::Continued);
    }
}
