//! What happened is handed to the program that the user's own file names: as JSON, once the
//! answer is given, for a short time, and without any harm to the command.

#[cfg(test)]
#[path = "support/fake.rs"]
mod fake;
#[cfg(test)]
mod support;

use std::fs;

use fake::script;
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use support::{Output, TestEnv};

/// A budget of ten dollars that warns at a half, and a program that is told of events.
fn listening(body: &str) -> TestEnv {
    let env = TestEnv::with("me", &["10usd/day"]);
    env.ok(&["set", "me", "--warn", "50%"]);
    listen(&env, body);
    env
}

fn listen(env: &TestEnv, body: &str) {
    let hook = script(env, "hook", body);
    let directory = env.path().join(".config/budget");
    fs::create_dir_all(&directory).expect("a directory");
    let config = format!(
        "on_event = [{:?}, \"an argument\"]\n",
        hook.display().to_string()
    );
    fs::write(directory.join("config.toml"), config).expect("a file");
}

/// Keeps what it is told.
const KEEP: &str = "cat >>events";

fn text(env: &TestEnv, file: &str) -> String {
    fs::read_to_string(env.path().join(file)).unwrap_or_default()
}

/// What the program was told so far.
fn told(env: &TestEnv) -> Vec<Value> {
    let lines = text(env, "events");
    let events = lines.lines().map(serde_json::from_str);
    events.collect::<Result<_, _>>().expect("JSON")
}

fn names(env: &TestEnv) -> Vec<String> {
    let name = |event: &Value| event["event"].as_str().expect("a name").to_owned();
    told(env).iter().map(name).collect()
}

#[test]
fn a_share_that_is_passed_is_told_of_with_the_limit_as_it_stands() {
    let env = listening(KEEP);
    let id = env.reserve("me", &["6usd"]);
    assert_eq!(names(&env), Vec::<String>::new());
    env.ok(&["commit", &id, "5.25usd"]);
    let events = told(&env);
    let [event] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(event["event"], "threshold");
    assert_eq!(event["thresholds"], serde_json::json!([50]));
    assert_eq!(event["reservation"], id.as_str());
    assert_eq!(event["budgets"], serde_json::json!(["me"]));
    let limit = &event["limit"];
    assert_eq!(
        (&limit["budget"], &limit["period"]),
        (&"me".into(), &"day".into())
    );
    assert_eq!(limit["charged"]["amount"], "5.25");
    assert_eq!(limit["available"]["amount"], "4.75");
    assert_eq!(limit["window"]["end"], "2026-11-22T00:00:00Z");
    assert_eq!(limit["percent"], 52);
    assert_eq!(
        event["message"],
        "me usd/day is past 50%: $5.25 of $10.00 spent, $4.75 left, resets in 12h"
    );
}

#[test]
fn each_kind_of_event_is_told_of() {
    let env = listening(KEEP);
    env.fails(&["reserve", "me", "11usd"], 77);
    env.ok(&["check", "me", "1usd"]);
    env.fails(&["check", "me", "11usd"], 77);
    assert_eq!(names(&env), ["denied"]);
    env.reserve("me", &["1usd"]);
    env.advance(120);
    let id = env.reserve("me", &["1usd"]);
    assert_eq!(names(&env), ["denied", "expired"]);
    env.ok(&["commit", &id, "2usd"]);
    assert_eq!(names(&env), ["denied", "expired", "overrun"]);
    env.ok(&["spend", "me", "7usd"]);
    assert_eq!(names(&env)[3..], ["exhausted", "threshold"]);
    env.ok(&["spend", "me", "1usd"]);
    assert_eq!(names(&env).len(), 5, "it is used up once");
    env.ok(&["grant", "me", "20usd/day"]);
    let id = env.reserve("me", &["1usd"]);
    fs::write(env.path().join("answer"), UNPRICED).expect("an answer");
    env.ok(&["commit", &id, "--response", "answer"]);
    assert_eq!(names(&env)[5..], ["unknown"]);
    let events = told(&env);
    assert_eq!(events[1]["unknown"], true);
    assert_eq!(events[2]["reserved"][0]["amount"], "1.00");
    assert_eq!(events[2]["charged"][0]["amount"], "2.00");
    assert_eq!(events[5]["reservation"], id.as_str());
}

/// An answer of a model that has no price.
const UNPRICED: &str = r#"{"id":"1","object":"chat.completion","model":"nobody-knows-1",
"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":0}}"#;

#[test]
fn a_limit_is_used_up_by_charges_and_not_by_what_is_reserved() {
    let env = listening(KEEP);
    let id = env.reserve("me", &["all:usd"]);
    assert_eq!(names(&env), Vec::<String>::new());
    env.ok(&["commit", &id]);
    assert_eq!(names(&env), ["exhausted", "threshold"]);
}

#[test]
fn a_wait_in_vain_is_denied_once() {
    let env = TestEnv::new();
    listen(&env, KEEP);
    let real = |args: &[&str]| Output::of(env.real_time().args(args));
    let made = real(&["spend", "me", "10usd", "--limit", "10usd"]);
    assert_eq!(made.code, 0, "{made}");
    assert_eq!(names(&env), ["exhausted"]);
    let denied = real(&["reserve", "me", "1usd", "--wait", "300ms"]);
    assert_eq!(denied.code, 75, "{denied}");
    assert_eq!(names(&env), ["exhausted", "denied"]);
}

#[test]
fn the_program_is_no_part_of_a_run_and_stdout_stays_clean() {
    let env = listening("cat >>events; env >surroundings; echo noise; echo noise >&2");
    let spend = "budget spend me 6usd --json >/dev/null; echo over >over";
    let run = env.run(&["exec", "me", "--reserve", "1usd", "--", "sh", "-c", spend]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{run}");
    assert!(!run.stderr.contains("noise"), "{run}");
    let around = text(&env, "surroundings");
    assert!(around.contains("BUDGET_EVENT=threshold\n"), "{around}");
    assert!(around.contains("BUDGET_LEDGER="), "{around}");
    assert!(!around.contains("BUDGET_RESERVATION"), "{around}");
    assert!(!around.contains("BUDGET_SESSION"), "{around}");
    let answer = env.run(&["spend", "me", "5usd", "--json"]);
    assert_eq!(answer.stdout.lines().count(), 1, "{answer}");
    let shown = env.run(&["spend", "me", "5usd", "-v"]);
    assert_eq!(shown.stdout, "charged $5.00\n", "{shown}");
}

#[test]
fn a_run_tells_after_its_end_however_it_ended() {
    let env = listening("cat >>events; ls over >>seen");
    let run = |end: &str| {
        let body = format!(": >over; {end}");
        let limit = ["exec", "me", "--reserve", "6usd", "--", "sh", "-c", &body];
        env.run(&limit)
    };
    let killed = run("kill -9 $$");
    assert_eq!(killed.code, 137, "{killed}");
    assert_eq!(text(&env, "seen"), "over\n");
    assert_eq!(names(&env), ["threshold"]);
    let denied = env.run(&["exec", "me", "--reserve", "6usd", "--", "true"]);
    assert_eq!(denied.code, 75, "{denied}");
    assert_eq!(names(&env), ["threshold", "denied"]);
}

#[test]
fn a_program_that_fails_or_is_not_there_changes_nothing() {
    let env = listening("cat >/dev/null; exit 7");
    let spent = env.run(&["spend", "me", "6usd"]);
    assert_eq!((spent.code, spent.stdout.as_str()), (0, "charged $6.00\n"));
    assert_eq!(spent.stderr.lines().count(), 1, "{spent}");
    env.ok(&["grant", "me", "--reset", "usd/day"]);
    let spent = env.run(&["spend", "me", "6usd", "-v"]);
    assert!(spent.stderr.contains("exit status: 7"), "{spent}");
    let file = env.path().join(".config/budget/config.toml");
    fs::write(file, "on_event = [\"/nowhere\"]\n").expect("a file");
    env.ok(&["grant", "me", "--reset", "usd/day"]);
    let spent = env.run(&["spend", "me", "6usd"]);
    assert_eq!((spent.code, spent.stdout.as_str()), (0, "charged $6.00\n"));
    assert_eq!(spent.stderr.lines().count(), 1, "{spent}");
}

#[test]
fn a_program_that_takes_too_long_is_killed_with_its_session() {
    let env = listening(
        "sleep 900 & echo $! >>pids; bash -c 'set -m; sleep 900 & echo $! >>pids'; \
         setsid sleep 900 >/dev/null 2>&1 & echo $! >left; echo $$ >>pids; cat >>events; wait",
    );
    env.ok(&[
        "create", "you", "--limit", "1usd", "--warn", "50%", "--tz", "UTC",
    ]);
    let spent = env.run(&["spend", "me,you", "6usd", "-v"]);
    assert_eq!((spent.code, spent.stdout.as_str()), (0, "charged $6.00\n"));
    assert!(spent.stderr.contains("was killed"), "{spent}");
    assert_eq!(
        told(&env).len(),
        1,
        "one that hangs is told of nothing more"
    );
    let pids = text(&env, "pids");
    assert_eq!(pids.lines().count(), 3, "{pids}");
    for pid in pids.lines() {
        let pid = Pid::from_raw(pid.parse().expect("a process id"));
        fake::wait_for("its end", || {
            (kill(pid, None) == Err(Errno::ESRCH)).then_some(())
        });
    }
    expect_asleep(&env, "left");
}

/// That the process whose number is in a file still sleeps; then it may go.
#[track_caller]
fn expect_asleep(env: &TestEnv, file: &str) {
    let pid = text(env, file);
    let words = fs::read_to_string(format!("/proc/{}/cmdline", pid.trim()));
    let is_asleep = words.is_ok_and(|words| words.starts_with("sleep"));
    let _gone = kill(
        Pid::from_raw(pid.trim().parse().expect("a process id")),
        Signal::SIGKILL,
    );
    assert!(is_asleep, "{file}");
}

#[test]
fn what_others_start_meanwhile_is_not_the_programs() {
    let env = listening("touch asked; sleep 900");
    // The shell becomes the command, so that what it started before is the command's child.
    let other = format!(
        "({}; sleep 900 >/dev/null 2>&1 & echo $! >other) & exec budget spend me 6usd -v",
        fake::until("asked")
    );
    let spent = Output::of(env.program("sh").args(["-c", &other]));
    assert_eq!((spent.code, spent.stdout.as_str()), (0, "charged $6.00\n"));
    assert!(spent.stderr.contains("was killed"), "{spent}");
    expect_asleep(&env, "other");
}

#[test]
fn what_the_program_does_itself_it_is_not_told_of() {
    let env = listening("cat >>events; budget spend me 4usd");
    env.ok(&["spend", "me", "6usd"]);
    assert_eq!(names(&env), ["threshold"]);
    assert_eq!(env.figure("me", "usd/day", "spent"), "10.00");
}

#[test]
fn one_command_tells_of_sixteen_events_at_most() {
    let env = listening(KEEP);
    for _ in 0..20 {
        env.reserve("me", &["0.30usd"]);
    }
    env.advance(120);
    env.ok(&["spend", "me", "0.01usd"]);
    let told = names(&env);
    assert_eq!(
        (told.len(), told.last().map(String::as_str)),
        (16, Some("threshold"))
    );
    assert_eq!(
        env.json(&["log"])["entries"].as_array().map(Vec::len),
        Some(44)
    );
}
