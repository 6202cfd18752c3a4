//! A terminal of its own for a command, as a person has one.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "every test binary uses another part of it"
)]

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};

/// The longest that anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A command that leads a session on a terminal of its own.
pub(crate) struct Terminal {
    pub(crate) master: Option<File>,
    pub(crate) child: Child,
    seen: String,
}

impl Terminal {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::start_as(command, "dumb")
    }

    /// The same on a terminal of a kind.
    #[expect(unsafe_code, reason = "a terminal is taken between fork and exec")]
    pub(crate) fn start_as(command: &mut Command, kind: &str) -> Self {
        // Not `openpty`: a master that other tests' children inherit is never hung up.
        let master =
            posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).expect("a terminal");
        grantpt(&master).expect("a terminal");
        unlockpt(&master).expect("a terminal");
        let mut slave = File::options();
        let slave = slave
            .read(true)
            .write(true)
            .custom_flags(OFlag::O_NOCTTY.bits());
        let slave = slave
            .open(ptsname_r(&master).expect("a terminal"))
            .expect("a terminal");
        set_size(&master, 80, 24);
        let stream = || slave.try_clone().expect("a terminal");
        let lead = || {
            nix::unistd::setsid()?;
            // SAFETY: the standard input is the terminal; the call takes a plain number.
            nix::errno::Errno::result(unsafe { libc::ioctl(0, libc::TIOCSCTTY, 0) })?;
            Ok(())
        };
        command.stdin(stream()).stdout(stream()).stderr(stream());
        command
            .env("TERM", kind)
            .env("PS1", "> ")
            .env_remove("PROMPT_COMMAND");
        // SAFETY: only system calls between fork and exec.
        unsafe { command.pre_exec(lead) };
        let child = command.spawn().expect("a terminal");
        // The command's copies of the terminal must not outlive it here.
        command.stdin(std::process::Stdio::null());
        command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        Self {
            master: Some(File::from(OwnedFd::from(master))),
            child,
            seen: String::new(),
        }
    }

    pub(crate) fn shell() -> Self {
        let mut shell = Command::new("bash");
        Self::start(shell.args(["--norc", "--noprofile", "--noediting", "-i"]))
    }

    pub(crate) fn script(script: &str) -> Self {
        Self::start(Command::new("sh").args(["-c", script]))
    }

    /// Gives it another size, as a window that is dragged does.
    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        set_size(self.master.as_ref().expect("a terminal"), columns, rows);
    }

    pub(crate) fn send(&mut self, keys: &str) {
        self.master
            .as_mut()
            .expect("a terminal")
            .write_all(keys.as_bytes())
            .expect("a terminal");
    }

    /// Reads until `wanted` has been seen; returns what came before it and forgets both.
    pub(crate) fn expect(&mut self, wanted: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some((before, after)) = self.seen.split_once(wanted) {
                let (before, after) = (before.to_owned(), after.to_owned());
                self.seen = after;
                return before;
            }
            assert!(self.read(until), "wanted {wanted:?}, saw {:?}", self.seen);
        }
    }

    fn read(&mut self, until: Instant) -> bool {
        let master = self.master.as_mut().expect("a terminal");
        let left = until.saturating_duration_since(Instant::now()).as_millis();
        let left = PollTimeout::try_from(left).expect("a terminal");
        let mut fds = [PollFd::new(master.as_fd(), PollFlags::POLLIN)];
        if poll(&mut fds, left).expect("a terminal") == 0 {
            return false;
        }
        let mut buffer = [0; 4096];
        let length = master.read(&mut buffer).unwrap_or(0);
        self.seen
            .push_str(&String::from_utf8_lossy(&buffer[..length]));
        length > 0
    }

    pub(crate) fn end(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.child.try_wait().expect("own child") {
                Some(status) => return status,
                None => assert!(Instant::now() < until, "it does not end"),
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Closing hangs up on whatever is left.
        self.master = None;
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

#[expect(
    unsafe_code,
    reason = "nix has no safe call for the size of a terminal"
)]
fn set_size(master: &impl AsRawFd, columns: u16, rows: u16) {
    let size = libc::winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: the call reads a plain struct that it is given by pointer, for an open descriptor.
    let done = unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) };
    assert_eq!(done, 0);
}
