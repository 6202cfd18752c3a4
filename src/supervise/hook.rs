//! A program that is told something and may do what it likes with it, for a short time: it reads
//! one text from its standard input, and is in nobody's way. It has a session of its own, so that
//! no terminal is its and what it starts can be told from everything else; it ends when we end.
//! What it is told and why is the caller's.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::AsFd;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

use super::{stop, sys};

/// How long what was killed may take to be gone.
const LAST: Duration = Duration::from_secs(1);

/// Whom to tell, and what.
#[derive(Debug)]
pub struct Hook<'a> {
    /// The program, and its arguments.
    pub words: &'a [String],
    /// What it reads.
    pub input: &'a str,
    /// Variables set in addition to the caller's environment.
    pub env: Vec<(&'static str, OsString)>,
    /// Variables of the caller's environment that it does not get.
    pub unset: &'a [&'static str],
    /// Whether what it writes goes to the caller's standard error; else it goes nowhere.
    pub is_shown: bool,
    /// How long it may take; then it is killed, with all that is in its session.
    pub longest: Duration,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It ended in time.
    Ended(ExitStatus),
    /// It did not, and was killed.
    TooSlow,
}

/// Runs the program to its end, or for as long as it may take.
pub fn tell(hook: &Hook<'_>) -> io::Result<Told> {
    let [program, args @ ..] = hook.words else {
        return Err(io::ErrorKind::NotFound.into());
    };
    let output = || -> io::Result<Stdio> {
        Ok(if hook.is_shown {
            io::stderr().as_fd().try_clone_to_owned()?.into()
        } else {
            Stdio::null()
        })
    };
    let mut command = Command::new(program);
    command
        .args(args)
        .envs(hook.env.iter().map(|(name, value)| (name, value)))
        .stdin(input(hook.input)?)
        .stdout(output()?)
        .stderr(output()?);
    for name in hook.unset {
        command.env_remove(name);
    }
    sys::set_apart(&mut command);
    // Where that is ignored, nobody is kept to be waited for.
    sys::set_ignored(libc::SIGCHLD, false);
    let mut child = command.spawn()?;
    let leader = child.id().cast_signed();
    let (sender, ended) = channel();
    thread::spawn(move || {
        wait_for_end(leader);
        sender.send(())
    });
    if ended.recv_timeout(hook.longest).is_ok() {
        return Ok(Told::Ended(child.wait()?));
    }
    stop::kill_session(leader);
    // Only so that it is gone when we say so.
    if ended.recv_timeout(LAST).is_ok() {
        child.wait()?;
    }
    Ok(Told::TooSlow)
}

/// Waits until the child has ended. It is not buried: while it lies there, no other process and no
/// other session can have its number.
fn wait_for_end(child: i32) {
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
    while waitid(Id::Pid(Pid::from_raw(child)), flags) == Err(Errno::EINTR) {}
}

/// A text to be read from its beginning. Nobody waits for whoever does not read it.
fn input(text: &str) -> io::Result<Stdio> {
    let mut file = File::from(memfd_create("input", MFdFlags::MFD_CLOEXEC)?);
    file.write_all(text.as_bytes())?;
    file.rewind()?;
    Ok(file.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Vec<String> {
        ["sh", "-c", text].map(str::to_owned).to_vec()
    }

    fn hook(words: &[String], longest: Duration) -> Hook<'_> {
        Hook {
            words,
            input: "one\n",
            env: vec![("TOLD", "it".into())],
            unset: &["HOME"],
            is_shown: false,
            longest,
        }
    }

    #[test]
    fn it_reads_the_text_in_its_own_surroundings() {
        let words = script(r#"read -r line && [ "$line$TOLD${HOME-gone}" = oneitgone ]"#);
        let told = tell(&hook(&words, Duration::from_mins(1))).expect("it runs");
        assert!(matches!(told, Told::Ended(status) if status.success()));
        let words = script("exit 3");
        let told = tell(&hook(&words, Duration::from_mins(1))).expect("it runs");
        assert!(matches!(told, Told::Ended(status) if status.code() == Some(3)));
    }

    #[test]
    fn a_text_that_nobody_reads_is_in_nobodys_way() {
        let words = script("exit 0");
        let long = "x".repeat(1 << 20);
        let hook = Hook {
            input: &long,
            ..hook(&words, Duration::from_mins(1))
        };
        assert!(matches!(tell(&hook), Ok(Told::Ended(_))));
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error() {
        let words = ["/nowhere/at/all".to_owned()];
        assert!(tell(&hook(&words, LAST)).is_err());
        assert!(tell(&hook(&[], LAST)).is_err());
    }
}
