//! Time, slots and calls of runs, and what a run is told of the limits it is under.

use std::fs;
use std::process::Child;

use super::fake::{end, start, touch, until, wait_for, wait_for_file};
use super::{TestEnv, exec};

/// Seconds as a number.
fn seconds(env: &TestEnv, figure: &str) -> f64 {
    env.figure("me", "time", figure).parse().expect("seconds")
}

#[test]
fn time_is_held_up_to_the_longest_run_and_charged_as_it_passes() {
    let env = TestEnv::with("me", &["1h"]);
    let look = "budget status me --json >seen";
    let output = exec(&env, &["--max-time", "50s"], &["sh", "-c", look]);
    assert_eq!(output.code, 0, "{output}");
    let seen = fs::read_to_string(env.path().join("seen")).expect("the status");
    let seen: serde_json::Value = serde_json::from_str(&seen).expect("JSON");
    let held = &seen["budgets"][0]["limits"][0]["reserved"]["amount"];
    let held: f64 = held.as_str().and_then(|s| s.parse().ok()).expect("time");
    assert!((held - 50.0).abs() < 1e-9, "{seen}");
    assert!(seconds(&env, "reserved").abs() < 1e-9);
    let spent = seconds(&env, "spent");
    assert!(spent > 0.0 && spent < 50.0, "{spent}");
}

#[test]
fn a_run_that_uses_up_the_time_there_is_is_stopped_and_the_next_is_denied() {
    let env = TestEnv::with("me", &["1s"]);
    let output = exec(
        &env,
        &["--max-time", "1h", "--stop-grace", "1s"],
        &["sleep", "600"],
    );
    assert_eq!(output.code, 124, "{output}");
    assert!(output.stderr.contains("its time is used up"), "{output}");
    let spent = seconds(&env, "spent") + seconds(&env, "debt");
    assert!((1.0..60.0).contains(&spent), "{spent}");
    let output = exec(&env, &[], &["touch", "ran"]);
    assert_eq!(output.code, 75, "{output}");
    assert!(!env.path().join("ran").exists());
}

#[test]
fn the_longest_run_stops_one_that_has_time_left() {
    let env = TestEnv::with("me", &["1h"]);
    let output = exec(&env, &["--max-time", "300ms"], &["sleep", "600"]);
    assert_eq!(output.code, 124, "{output}");
    let spent = seconds(&env, "spent");
    assert!((0.3..60.0).contains(&spent), "{spent}");
    assert!(seconds(&env, "reserved").abs() < 1e-9);
}

#[test]
fn a_run_that_is_stopped_is_charged_dollars_too() {
    let env = TestEnv::with("me", &["2usd", "1h"]);
    let options = ["--reserve", "1usd", "--max-time", "100ms"];
    assert_eq!(exec(&env, &options, &["sleep", "600"]).code, 124);
    assert_eq!(env.figure("me", "usd", "spent"), "1.00");
}

fn waiting_run(env: &TestEnv, mark: &str) -> Child {
    let body = format!(": >{mark}; {}", until("go"));
    let mut command = env.command();
    let child = start(command.args(["exec", "me", "--", "sh", "-c", &body]));
    wait_for(mark, || env.path().join(mark).exists().then_some(()));
    child
}

#[test]
fn slots_come_back_and_calls_do_not() {
    let env = TestEnv::with("me", &["2slots", "3calls"]);
    let running = ["one", "two"].map(|mark| waiting_run(&env, mark));
    assert_eq!(env.figure("me", "slots", "available"), "0");
    let denied = exec(&env, &[], &["touch", "ran"]);
    assert_eq!(denied.code, 75, "{denied}");
    assert!(denied.stderr.contains("slots"), "{denied}");
    touch(&env.path().join("go"));
    for child in running {
        assert_eq!(end(child).code, 0);
    }
    assert_eq!(env.figure("me", "slots", "available"), "2");
    assert_eq!(env.figure("me", "slots", "spent"), "0");
    assert_eq!(env.figure("me", "calls", "spent"), "2");
    assert_eq!(exec(&env, &[], &["true"]).code, 0);
    let denied = exec(&env, &[], &["touch", "ran"]);
    assert_eq!(denied.code, 75, "{denied}");
    assert!(denied.stderr.contains("call"), "{denied}");
    assert!(!env.path().join("ran").exists());
}

#[test]
fn caps_are_told_to_the_child() {
    let env = TestEnv::new();
    env.ok(&["create", "me", "--limit", "2usd"]);
    for cap in [
        "max_tokens=1000",
        "max_steps=7",
        "allow_tools=Read,Bash",
        "deny_tools=Web",
        "cooldown=5s",
    ] {
        env.ok(&["set", "me", "--cap", cap]);
    }
    let output = exec(
        &env,
        &["--reserve", "1usd"],
        &["sh", "-c", "env | grep ^BUDGET_CAP_ | sort"],
    );
    assert_eq!(
        output.stdout,
        "BUDGET_CAP_ALLOW_TOOLS=Read,Bash\nBUDGET_CAP_COOLDOWN_MS=5000\n\
         BUDGET_CAP_DENY_TOOLS=Web\nBUDGET_CAP_MAX_STEPS=7\nBUDGET_CAP_MAX_TOKENS=1000\n",
        "{output}"
    );
}

#[test]
fn what_a_run_holds_is_left_to_what_runs_inside_of_it() {
    let env = TestEnv::with("me", &["5usd/day"]);
    env.ok(&["spend", "me", "1usd"]);
    let output = exec(&env, &["--reserve", "all"], &["budget", "remaining"]);
    assert_eq!(
        output.stdout.trim(),
        r#"{"calls":null,"time_ms":null,"tokens":null,"usd":4.00}"#
    );
    let before = exec(
        &env,
        &["--limit", "5usd/day", "--reserve", "1usd"],
        &["true"],
    );
    assert_eq!(before.code, 75, "it is charged as reserved: {before}");
}

#[test]
fn a_run_inside_is_denied_where_another_one_inside_has_all_the_time_there_is() {
    let env = TestEnv::with("me", &["1h", "10calls"]);
    let first = format!("budget exec me -- sh -c ': >one; {}' & ", until("go"));
    let then = format!(
        "{}; budget exec me -- touch two; echo $?; : >go; wait; budget exec me -- touch three; echo $?",
        until("one")
    );
    for options in [&[][..], &["--max-time", "10m"]] {
        let output = exec(&env, options, &["sh", "-c", &format!("{first}{then}")]);
        assert_eq!(output.stdout, "75\n0\n", "{output}");
        assert!(!env.path().join("two").exists());
        for left in ["go", "one", "three"] {
            fs::remove_file(env.path().join(left)).expect("it was made");
        }
    }
    assert_eq!(env.figure("me", "calls", "spent"), "4");
}

#[test]
fn a_ledger_that_is_busy_when_the_lease_is_due_stops_no_clock() {
    let env = TestEnv::with("me", &["10calls"]);
    let body = "trap ': >stopped; exit 3' INT; : >ready; while :; do sleep 0.02; done";
    let mut command = env.real_time();
    command.args(["exec", "me", "--ttl", "1s", "--max-time", "2s"]);
    command.args(["--stop-grace", "60s", "--wait-lock", "10m"]);
    let run = start(command.args(["--", "sh", "-c", body]));
    wait_for_file(&env.path().join("ready"));
    let lock = rusqlite::Connection::open(env.ledger()).expect("the ledger");
    lock.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    // Beats are due three times a second.
    wait_for_file(&env.path().join("stopped"));
    lock.execute_batch("ROLLBACK").expect("the lock");
    let output = end(run);
    assert_eq!(output.code, 124, "{output}");
    assert!(!output.stderr.contains("lease"), "{output}");
    assert_eq!(env.figure("me", "calls", "spent"), "1");
}
