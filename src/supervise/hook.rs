//! A program that is told something and may do what it likes with it, for a short time: it reads
//! one text from its standard input, and is in nobody's way. It has a session of its own, so that
//! no terminal is its; it ends when we end. What it is told and why is the caller's.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::AsFd;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::prctl;

use super::stop::Family;
use super::sys;

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
    /// How long it may take; then it and what it started is killed.
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
    // Whatever it starts stays below us, and can be found.
    prctl::set_child_subreaper(true)?;
    let family = Family::before_hook();
    let mut child = command.spawn()?;
    let (sender, ended) = channel();
    thread::spawn(move || sender.send(child.wait()));
    if let Ok(status) = ended.recv_timeout(hook.longest) {
        return Ok(Told::Ended(status?));
    }
    family.kill();
    // Only so that it is gone when we say so.
    let _ = ended.recv_timeout(LAST);
    Ok(Told::TooSlow)
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
