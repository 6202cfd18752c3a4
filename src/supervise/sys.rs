//! The system calls that need `unsafe`: spawn, wait, kill, dispositions. Each is one thin function;
//! when to call them is decided elsewhere. The child shares our memory until it becomes the
//! program: everything it needs is laid out before, and it makes only calls that are safe in a
//! signal handler.
#![expect(
    unsafe_code,
    reason = "clone, exec, wait and signal dispositions have no safe interface"
)]

use std::ffi::CString;
use std::io::{self, PipeReader};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::SigSet;
use nix::sys::signalfd::SignalFd;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The exit status of a child that could not become the program; its parent never shows it.
const NOT_STARTED: i32 = 125;

/// What the child's few calls before the exec have to run on.
const STACK: usize = 64 * 1024;

/// Everything the child needs before the exec.
pub(super) struct Launch<'a> {
    /// The files to try, in this order.
    pub(super) candidates: &'a [CString],
    /// The program's name and its arguments.
    pub(super) argv: &'a [CString],
    /// `NAME=VALUE`.
    pub(super) envp: &'a [CString],
    /// Becomes the standard output.
    pub(super) stdout: Option<BorrowedFd<'a>>,
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

/// Why there is no child.
#[derive(Debug)]
pub(super) enum NoChild {
    /// No process could be made.
    NotMade(io::Error),
    /// It was made, but could not become the program.
    NotRun(io::Error),
}

/// The state of a child that is not yet the program.
struct Birth<'a> {
    launch: &'a Launch<'a>,
    parent: i32,
    argv: Vec<*const libc::c_char>,
    envp: Vec<*const libc::c_char>,
    /// For a script without an interpreter line: `sh FILE ARGS…`.
    shell: Vec<*const libc::c_char>,
    /// Why it could not become the program.
    error: AtomicI32,
}

/// Starts the program, and returns when it runs or is known not to.
///
/// The child runs in our memory while we wait, as `posix_spawn` does it: copying our page tables,
/// and each page again that we write afterwards, would take longer than all else here.
pub(super) fn spawn(launch: &Launch<'_>) -> Result<i32, NoChild> {
    let mut birth = Birth {
        launch,
        parent: std::process::id().cast_signed(),
        argv: pointers(launch.argv),
        envp: pointers(launch.envp),
        shell: vec![c"/bin/sh".as_ptr(), ptr::null()],
        error: AtomicI32::new(0),
    };
    let args: Vec<_> = birth.argv.iter().skip(1).copied().collect();
    birth.shell.extend(args);
    let mut stack = Vec::<u128>::with_capacity(STACK / size_of::<u128>());
    let top = stack.spare_capacity_mut().as_mut_ptr_range().end;
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the stack is aligned, large enough and not used by us; it and `birth` outlive the
    // child's use of them, because we are suspended until it runs another program or is gone.
    let pid = unsafe { libc::clone(be_born, top.cast(), flags, (&raw mut birth).cast()) };
    if pid == -1 {
        return Err(NoChild::NotMade(io::Error::last_os_error()));
    }
    match birth.error.load(Ordering::Relaxed) {
        0 => Ok(pid),
        errno => {
            reap(pid);
            Err(NoChild::NotRun(io::Error::from_raw_os_error(errno)))
        }
    }
}

fn pointers(strings: &[CString]) -> Vec<*const libc::c_char> {
    strings
        .iter()
        .map(|string| string.as_ptr())
        .chain([ptr::null()])
        .collect()
}

/// The child's life until it is the program, or ends.
extern "C" fn be_born(birth: *mut libc::c_void) -> libc::c_int {
    // SAFETY: this is what `spawn` passes, and it waits meanwhile.
    let birth = unsafe { &mut *birth.cast::<Birth<'_>>() };
    let launch = birth.launch;
    // SAFETY: plain system calls on values that outlive them.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM);
        if libc::getppid() != birth.parent {
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
        let error = try_all(
            launch.candidates,
            &birth.argv,
            &birth.envp,
            &mut birth.shell,
        );
        birth.error.store(error, Ordering::Relaxed);
        libc::_exit(NOT_STARTED)
    }
}

/// The search of `execvp`: the first file that runs; else permission denied if any was.
///
/// # Safety
/// Only in a child that may become another program; the arrays end in null pointers.
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

/// Gives a child to come a session of its own, and lets it end when we end.
pub(super) fn set_apart(command: &mut std::process::Command) {
    let parent = std::process::id().cast_signed();
    let apart = move || {
        // SAFETY: plain system calls.
        unsafe {
            if libc::setsid() == -1 {
                return Err(io::Error::last_os_error());
            }
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            if libc::getppid() != parent {
                libc::_exit(NOT_STARTED);
            }
        }
        Ok(())
    };
    // SAFETY: it makes only calls that are safe in a signal handler.
    unsafe { command.pre_exec(apart) };
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

/// Takes the status of a child that has ended.
fn reap(pid: i32) {
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

/// Holds on to the process that has this number now, whatever becomes of the number.
pub(super) fn hold(pid: i32) -> io::Result<OwnedFd> {
    // SAFETY: no memory is involved.
    let held = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    match i32::try_from(held) {
        // SAFETY: a new descriptor that nobody else knows of.
        Ok(held) if held >= 0 => Ok(unsafe { OwnedFd::from_raw_fd(held) }),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Sends a signal to a process that is held; where it has ended, to nobody.
pub(super) fn send_held(held: &OwnedFd, signal: i32) {
    let (held, info) = (held.as_raw_fd(), ptr::null::<libc::siginfo_t>());
    // SAFETY: no memory is involved: a null pointer stands for what `kill` says of the sender.
    unsafe { libc::syscall(libc::SYS_pidfd_send_signal, held, signal, info, 0) };
}

/// The signals that are blocked and wait for this process.
pub(super) fn pending() -> SigSet {
    // SAFETY: the set is initialised, and then written by the call.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigpending(&raw mut set);
        SigSet::from_sigset_t_unchecked(set)
    }
}

/// Takes one of these blocked signals, waiting for it no longer than that.
pub(super) fn wait_for_signal(signals: &SigSet, longest: Duration) -> Option<i32> {
    let longest = libc::timespec {
        tv_sec: longest.as_secs().cast_signed(),
        tv_nsec: longest.subsec_nanos().into(),
    };
    // SAFETY: the set and the time are valid; nothing is written about the sender.
    let taken =
        unsafe { libc::sigtimedwait(signals.as_ref(), ptr::null_mut(), &raw const longest) };
    (taken > 0).then_some(taken)
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
