//! Signals sent to the wrapper reach the child, once.

use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::counter::{begin, counter, finish, program, switch};
use crate::wrapper::{
    Options, Running, ended, is_alive, line, plain, poll_until, state, wait, wrapped, wrapped_sh,
};

#[test]
fn each_signal_arrives_once() {
    for signal in ["HUP", "INT", "QUIT", "TERM", "USR1", "ALRM", "WINCH"] {
        let (running, _) = counter();
        running.signal(format!("SIG{signal}").parse().unwrap());
        running.expect(signal);
        finish(running);
    }
}

#[test]
fn a_signal_to_the_group_arrives() {
    let (mut running, _) = counter();
    running.signal_group(Signal::SIGTERM);
    running.expect("TERM");
    running.signal(Signal::SIGUSR2);
    assert!(running.rest().ends_with(&["end".into()]));
    assert_eq!(ended(running.end()), 0);
}

#[test]
fn an_untrapped_signal_ends_the_wrapper_in_the_same_way() {
    for signal in [
        Signal::SIGTERM,
        Signal::SIGINT,
        Signal::SIGHUP,
        Signal::SIGUSR1,
    ] {
        let mut running = Running::start(wrapped_sh("echo ready; exec sleep 60"));
        running.expect("ready");
        running.signal(signal);
        assert_eq!(ended(running.end()), -(signal as i32));
    }
}

#[test]
fn a_signal_from_the_child_is_not_sent_back() {
    let mut command = wrapped(&[program()]);
    switch(&mut command).env("CHILD_KILLS_PARENT", "1");
    let (running, _) = begin(command);
    running.signal(Signal::SIGUSR1);
    running.expect("USR1");
    finish(running);
}

#[test]
fn what_was_ignored_at_the_start_is_not_passed_on() {
    let script = format!("trap '' HUP; exec {} \"$1\"", line(&Options::default()));
    let mut command = plain(&["sh", "-c", &script, "sh", &program()]);
    switch(&mut command);
    let (running, _) = begin(command);
    running.signal(Signal::SIGHUP);
    running.signal(Signal::SIGUSR1);
    running.expect("USR1");
    finish(running);
}

#[test]
#[expect(unsafe_code, reason = "an alarm survives only an exec")]
fn an_alarm_set_before_us_reaches_the_child() {
    let mut command = wrapped(&["sleep", "60"]);
    let alarm = || {
        // SAFETY: a system call that is safe between fork and exec.
        unsafe { libc::alarm(1) };
        Ok(())
    };
    // SAFETY: as above.
    unsafe { command.pre_exec(alarm) };
    assert_eq!(ended(Running::start(command).end()), -libc::SIGALRM);
}

#[test]
fn a_killed_wrapper_takes_the_child_along() {
    let (running, pid) = counter();
    running.signal(Signal::SIGKILL);
    running.expect("TERM");
    kill(Pid::from_raw(pid), Signal::SIGUSR2).unwrap();
    assert_eq!(running.rest(), ["end"]);
    poll_until("the child is gone", || (!is_alive(pid)).then_some(()));
}

#[test]
fn a_stop_and_a_continuation_sent_to_the_wrapper_reach_the_child() {
    let (running, pid) = counter();
    running.signal(Signal::SIGTSTP);
    poll_until("both are stopped", || {
        let states = [state(pid), state(running.pid().as_raw())];
        (states == [Some('T'), Some('T')]).then_some(())
    });
    running.signal(Signal::SIGCONT);
    running.expect("CONT");
    finish(running);
}

#[test]
fn a_group_that_is_stopped_is_continued_once() {
    let (running, pid) = counter();
    for _ in 0..20 {
        running.signal_group(Signal::SIGTSTP);
        poll_until("both are stopped", || {
            let states = [state(pid), state(running.pid().as_raw())];
            (states == [Some('T'), Some('T')]).then_some(())
        });
        running.signal_group(Signal::SIGCONT);
        running.expect("CONT");
        // Passed on after whatever is left of the stop.
        running.signal(Signal::SIGUSR1);
        running.expect("USR1");
    }
    finish(running);
}

#[test]
fn a_child_stopped_by_someone_else_does_not_stop_the_wrapper() {
    let (running, pid) = counter();
    kill(Pid::from_raw(pid), Signal::SIGSTOP).unwrap();
    poll_until("the child is stopped", || {
        (state(pid) == Some('T')).then_some(())
    });
    running.signal(Signal::SIGUSR1);
    assert_ne!(state(running.pid().as_raw()), Some('T'));
    kill(Pid::from_raw(pid), Signal::SIGCONT).unwrap();
    let mut both = [running.line(), running.line()];
    both.sort();
    assert_eq!(both, ["CONT", "USR1"]);
    finish(running);
}

#[test]
fn stops_around_the_start_do_not_hang() {
    for turn in 0..100u64 {
        let mut command: Command = wrapped(&["true"]);
        let mut child = command.process_group(0).spawn().unwrap();
        let group = Pid::from_raw(i32::try_from(child.id()).unwrap());
        let until = Instant::now() + Duration::from_micros(turn * 40);
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        let _gone = killpg(group, Signal::SIGTSTP);
        let status = poll_until("it ends", || {
            let _gone = killpg(group, Signal::SIGCONT);
            child.try_wait().unwrap()
        });
        assert_eq!(ended(status), 0, "turn {turn}");
    }
}

#[test]
fn signals_around_the_start_are_not_lost() {
    for turn in 0..100u64 {
        let mut child = wrapped(&["sleep", "60"]).process_group(0).spawn().unwrap();
        let until = Instant::now() + Duration::from_micros(turn * 40);
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        kill(
            Pid::from_raw(i32::try_from(child.id()).unwrap()),
            Signal::SIGTERM,
        )
        .unwrap();
        assert_eq!(ended(wait(&mut child)), -15, "turn {turn}");
    }
}
