//! A terminal with a program in it: what is typed, and what is shown.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "every test binary uses another part of it"
)]

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};

use crate::fake::LONGEST;

/// A program on a terminal of its own.
pub(crate) struct Terminal {
    side: File,
    child: Child,
    /// Everything that was shown and not yet waited for.
    shown: String,
}

impl Terminal {
    /// Starts a program.
    pub(crate) fn start(command: &mut Command) -> Self {
        // Not `openpty`: a master that other tests' children inherit is never hung up.
        let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC);
        let master = master.expect("a terminal");
        grantpt(&master).expect("a terminal");
        unlockpt(&master).expect("a terminal");
        let mut slave = File::options();
        let slave = slave.read(true).write(true).custom_flags(libc::O_NOCTTY);
        let slave = slave
            .open(ptsname_r(&master).expect("a name"))
            .expect("a terminal");
        let stdio = || Stdio::from(slave.try_clone().expect("a descriptor"));
        let command = command.stdin(stdio()).stdout(stdio()).stderr(stdio());
        let command = command.env("TERM", "dumb");
        #[expect(unsafe_code, reason = "a session is made between fork and exec")]
        // SAFETY: only calls that are safe between fork and exec.
        let command = unsafe {
            command.pre_exec(|| {
                libc::setsid();
                libc::ioctl(0, libc::TIOCSCTTY, 0);
                Ok(())
            })
        };
        Self {
            child: command.spawn().expect("the program starts"),
            side: File::from(OwnedFd::from(master)),
            shown: String::new(),
        }
    }

    /// Types.
    pub(crate) fn send(&mut self, keys: &str) {
        self.side.write_all(keys.as_bytes()).expect("a terminal");
    }

    /// Waits until a text is shown, and returns what was shown up to it. What comes after is kept.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let deadline = Instant::now() + LONGEST;
        loop {
            if let Some(at) = self.shown.find(text) {
                let rest = self.shown.split_off(at + text.len());
                return std::mem::replace(&mut self.shown, rest);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "waited in vain for {text:?}: {:?}",
                self.shown
            );
            let mut ready = [PollFd::new(self.side.as_fd(), PollFlags::POLLIN)];
            let patience = PollTimeout::try_from(left.min(std::time::Duration::from_secs(1)));
            let _ = poll(&mut ready, patience.expect("a timeout"));
            if ready[0].any() == Some(true) {
                let mut part = [0; 4096];
                let count = self.side.read(&mut part).unwrap_or(0);
                assert!(count > 0, "it ended before {text:?}: {:?}", self.shown);
                self.shown
                    .push_str(&String::from_utf8_lossy(&part[..count]));
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
