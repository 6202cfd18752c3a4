//! A child that says which signals it gets, and gets each of them at once: a shell may merge two,
//! or notice one late. It is this test program itself, turned into the child before `main`.
#![expect(unsafe_code, reason = "runs before the runtime, on system calls alone")]

use std::process::Command;

use nix::sys::signal::Signal;

use crate::wrapper::{Running, wrapped};

/// Makes this program a counter.
const SWITCH: &str = "CHILD_COUNTS_SIGNALS";

const COUNTED: [(i32, &str); 8] = [
    (libc::SIGHUP, "HUP\n"),
    (libc::SIGINT, "INT\n"),
    (libc::SIGQUIT, "QUIT\n"),
    (libc::SIGTERM, "TERM\n"),
    (libc::SIGUSR1, "USR1\n"),
    (libc::SIGALRM, "ALRM\n"),
    (libc::SIGWINCH, "WINCH\n"),
    (libc::SIGCONT, "CONT\n"),
];

#[used]
// SAFETY: the section holds functions of this signature; the loader's arguments may be ignored.
#[unsafe(link_section = ".init_array")]
static COUNT: extern "C" fn() = count;

/// Names each signal on a line of its own, after a line with the process id; ends at USR2.
extern "C" fn count() {
    // SAFETY: system calls on local, initialised memory, in a process with one thread.
    unsafe {
        if libc::getenv(c"CHILD_COUNTS_SIGNALS".as_ptr()).is_null() {
            return;
        }
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigaddset(&raw mut set, libc::SIGUSR2);
        for (signal, _) in COUNTED {
            libc::sigaddset(&raw mut set, signal);
        }
        libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
        say(&format!("{}\n", libc::getpid()));
        if !libc::getenv(c"CHILD_KILLS_PARENT".as_ptr()).is_null() {
            libc::kill(libc::getppid(), libc::SIGTERM);
        }
        loop {
            let got = libc::sigwaitinfo(&raw const set, std::ptr::null_mut());
            if got == libc::SIGUSR2 {
                say("end\n");
                libc::_exit(0);
            }
            COUNTED
                .iter()
                .filter(|(signal, _)| *signal == got)
                .for_each(|(_, name)| say(name));
        }
    }
}

fn say(text: &str) {
    // SAFETY: the pointer and the length are those of one string.
    unsafe { libc::write(1, text.as_ptr().cast(), text.len()) };
}

/// The path of a program that counts if [`switch`] is on.
pub(crate) fn program() -> String {
    std::env::current_exe()
        .expect("own path")
        .display()
        .to_string()
}

/// Makes what the command runs a counter.
pub(crate) fn switch(command: &mut Command) -> &mut Command {
    command.env(SWITCH, "1")
}

/// A wrapped counter, and its process id.
pub(crate) fn counter() -> (Running, i32) {
    let mut command = wrapped(&[program()]);
    switch(&mut command);
    begin(command)
}

/// Starts a command that ends in a counter.
pub(crate) fn begin(command: Command) -> (Running, i32) {
    let running = Running::start(command);
    let pid = running.line().parse().expect("a pid");
    (running, pid)
}

/// Ends the counter through the wrapper; nothing else has arrived until then.
pub(crate) fn finish(mut running: Running) {
    running.signal(Signal::SIGUSR2);
    assert_eq!(running.rest(), ["end"]);
    assert_eq!(crate::wrapper::ended(running.end()), 0);
}
