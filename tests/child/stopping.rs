//! Limits on time: how the child and everything it started is stopped.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::wrapper::{
    Options, Running, code, ended, is_alive, limited, line, plain, poll_until, wrapped_with,
};

fn start(options: &Options, script: &str) -> Running {
    Running::start(wrapped_with(options, &["bash", "-c", script]))
}

#[test]
fn in_time_nothing_happens() {
    assert_eq!(
        code(wrapped_with(&limited(60_000, 100), &["sh", "-c", "exit 3"])),
        3
    );
}

#[test]
fn a_child_that_ends_at_the_interrupt_is_spared_the_rest() {
    let script = "trap 'echo INT; kill $p; exit 3' INT; trap 'echo TERM' TERM
        sleep 60 >/dev/null & p=$!; wait $p";
    let mut running = start(&limited(200, 20_000), script);
    assert_eq!(running.rest(), ["INT"]);
    assert_eq!(ended(running.end()), 124);
}

#[test]
fn interrupt_terminate_kill_in_this_order() {
    let script = "trap 'echo INT' INT; trap 'echo TERM' TERM; while :; do sleep 0.05; done";
    let mut running = start(&limited(200, 300), script);
    assert_eq!(running.rest(), ["INT", "TERM"]);
    assert_eq!(ended(running.end()), 124);
}

#[test]
fn a_signal_during_the_grace_is_passed_on_and_hastens_nothing() {
    let script = "trap 'echo INT' INT; trap 'echo TERM' TERM; trap 'echo USR1; exit 3' USR1
        while :; do sleep 0.05; done";
    let mut running = start(&limited(200, 15_000), script);
    running.expect("INT");
    running.signal(Signal::SIGTERM);
    running.expect("TERM");
    running.signal(Signal::SIGUSR1);
    assert_eq!(running.rest(), ["USR1"]);
    assert_eq!(ended(running.end()), 124);
}

#[test]
fn wall_time_counts_too() {
    let options = Options {
        deadline: Some(Duration::from_millis(100)),
        ..Options::default()
    };
    assert_eq!(code(wrapped_with(&options, &["sleep", "60"])), 124);
}

#[test]
fn a_new_session_is_no_escape() {
    // The output ends only when every process that holds it is gone.
    let script = "trap '' INT TERM; echo $$
        setsid bash -c 'setsid sleep 61 & setsid sleep 62 & exit' &
        setsid sleep 63 & wait; sleep 64";
    let mut running = start(&limited(300, 100), script);
    running.line();
    assert!(running.rest().is_empty());
    assert_eq!(ended(running.end()), 124);
}

#[test]
fn what_outlives_a_stopped_child_is_stopped_as_well() {
    let script =
        "trap 'exit 0' INT; (trap '' INT TERM; while :; do sleep 0.05; done) & echo $!; wait";
    let mut running = start(&limited(200, 200), script);
    let stubborn: i32 = running.line().parse().unwrap();
    running.rest();
    assert!(!is_alive(stubborn));
    assert_eq!(ended(running.end()), 124);
}

#[test]
fn processes_that_keep_forking_are_caught() {
    let script = "trap '' INT TERM; f() { (trap '' INT TERM; sleep 0.01; f) & }
        for i in 1 2 3 4 5; do f; done; wait; sleep 60";
    let mut running = start(&limited(300, 100), script);
    assert!(running.rest().is_empty());
    assert_eq!(ended(running.end()), 124);
}

#[test]
fn a_stopped_child_is_continued_to_be_terminated() {
    let mut running = start(
        &limited(300, 100),
        "trap '' INT; trap 'echo TERM; exit' TERM; echo on; kill -STOP $$; sleep 60",
    );
    running.expect("on");
    assert_eq!(running.rest().first().map(String::as_str), Some("TERM"));
    assert_eq!(ended(running.end()), 124);
}

#[test]
fn children_that_we_did_not_start_are_left_alone() {
    let script = format!(
        "sleep 60 >/dev/null 2>&1 & echo $!; exec {} sleep 60",
        line(&limited(100, 100))
    );
    let mut running = Running::start(plain(&["sh", "-c", &script]));
    let stranger: i32 = running.line().parse().unwrap();
    assert_eq!(ended(running.end()), 124);
    assert!(is_alive(stranger));
    kill(Pid::from_raw(stranger), Signal::SIGKILL).unwrap();
    poll_until("it is gone", || (!is_alive(stranger)).then_some(()));
}
