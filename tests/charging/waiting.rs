//! Runs that wait for room: in order, no longer than they said, and never for themselves.

use std::fs;
use std::process::Child;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::fake::{end, owner_files, start, touch, until, wait_for, wait_for_file};
use super::{Output, TestEnv, exec, two_dollars};

/// The places of those who wait.
fn tickets(env: &TestEnv) -> Vec<String> {
    let dump = env.dump();
    let rows = dump.lines().filter(|row| row.starts_with("ticket "));
    rows.map(str::to_owned).collect()
}

/// How many wait.
fn places(env: &TestEnv) -> usize {
    tickets(env).len()
}

/// A run that puts its name into a list and then waits for a file.
fn listed(env: &TestEnv, name: &str, options: &[&str], go: &str) -> Child {
    let body = format!("echo {name} >>order; {}", until(go));
    let mut command = env.command();
    command.args(["exec", "me"]).args(options);
    start(command.args(["--", "sh", "-c", &body]))
}

#[test]
fn room_that_a_finished_run_leaves_is_taken_in_the_order_of_arrival() {
    let env = TestEnv::with("me", &["1slot"]);
    let first = listed(&env, "0", &[], "go-first");
    wait_for_file(&env.path().join("order"));
    let mut runs = vec![first];
    // So many that they do not come in order by chance.
    let names: Vec<_> = (0..9).map(|name| name.to_string()).collect();
    for name in names.iter().skip(1) {
        let place = runs.len();
        runs.push(listed(&env, name, &["--wait", "1h"], "go"));
        wait_for(name, || (places(&env) == place).then_some(()));
    }
    let order = || fs::read_to_string(env.path().join("order")).expect("the list");
    assert_eq!(order(), "0\n");
    touch(&env.path().join("go"));
    touch(&env.path().join("go-first"));
    for run in runs {
        let output = end(run);
        assert_eq!(output.code, 0, "{output}");
    }
    assert_eq!(order().lines().collect::<Vec<_>>(), names);
    assert_eq!(places(&env), 0);
}

#[test]
fn a_wait_that_is_over_is_a_denial() {
    let env = TestEnv::new();
    let run = |args: &[&str]| Output::of(env.real_time().args(args));
    assert_eq!(run(&["create", "me", "--limit", "2usd"]).code, 0);
    assert_eq!(run(&["reserve", "me", "2usd", "--ttl", "1h"]).code, 0);
    let wait = ["--reserve", "1usd", "--wait", "300ms", "--", "touch", "ran"];
    let output = run(&[&["exec", "me"], &wait[..]].concat());
    assert_eq!(output.code, 75, "{output}");
    assert!(!env.path().join("ran").exists());
    assert_eq!(places(&env), 0);
}

#[test]
fn the_answer_to_a_wait_stands_though_its_place_cannot_be_given_up() {
    let env = TestEnv::new();
    let run = |args: &[&str]| Output::of(env.real_time().args(args));
    assert_eq!(run(&["create", "me", "--limit", "2usd"]).code, 0);
    assert_eq!(run(&["reserve", "me", "2usd", "--ttl", "1h"]).code, 0);
    let wait = ["--reserve", "1usd", "--wait", "2s", "--wait-lock", "100ms"];
    let mut command = env.real_time();
    command.args(["exec", "me"]).args(wait);
    let waiting = start(command.args(["--", "touch", "ran"]));
    wait_for("its place", || (places(&env) == 1).then_some(()));
    let lock = rusqlite::Connection::open(env.ledger()).expect("the ledger");
    lock.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let output = end(waiting);
    assert_eq!(output.code, 75, "{output}");
}

#[test]
fn what_can_never_be_admitted_is_not_waited_for() {
    let env = two_dollars();
    let options = ["--reserve", "3usd", "--wait", "24h"];
    let output = exec(&env, &options, &["touch", "ran"]);
    assert_eq!(output.code, 77, "{output}");
    assert!(!env.path().join("ran").exists());
}

#[test]
fn a_run_that_waits_ends_when_what_it_waits_for_becomes_impossible() {
    let env = two_dollars();
    env.reserve("me", &["2usd"]);
    let waiting = listed(
        &env,
        "waiting",
        &["--reserve", "2usd", "--wait", "24h"],
        "go",
    );
    wait_for("its place", || (places(&env) == 1).then_some(()));
    env.ok(&["set", "me", "--limit", "1usd"]);
    let output = end(waiting);
    assert_eq!(output.code, 77, "{output}");
    assert!(!env.path().join("order").exists());
    assert_eq!(places(&env), 0);
}

#[test]
fn a_wait_for_the_runs_own_ancestors_ends_at_once() {
    let env = two_dollars();
    env.ok(&["spend", "me", "0.50usd"]);
    let inside = "budget exec me --reserve 2usd --wait 24h -- touch ran; echo $?";
    let output = exec(&env, &["--reserve", "1.50usd"], &["sh", "-c", inside]);
    assert_eq!(output.stdout, "75\n", "{output}");
    assert!(!env.path().join("ran").exists());
}

#[test]
fn no_wait_at_all_is_a_wait_too() {
    let env = two_dollars();
    env.reserve("me", &["2usd"]);
    let output = exec(
        &env,
        &["--reserve", "1usd", "--wait", "0s"],
        &["touch", "ran"],
    );
    assert_eq!(output.code, 75, "{output}");
    env.fails(&["reserve", "me", "1usd", "--wait", "0s"], 75);
    assert_eq!(places(&env), 0);
}

#[test]
fn whoever_waits_can_be_told_to_stop() {
    let env = TestEnv::with("me", &["1slot"]);
    let first = listed(&env, "first", &[], "go");
    wait_for_file(&env.path().join("order"));
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let waiting = listed(&env, "never", &["--wait", "1h"], "go");
        wait_for("its place", || (places(&env) == 1).then_some(()));
        kill(Pid::from_raw(waiting.id().cast_signed()), signal).expect("it waits");
        let output = end(waiting);
        assert_eq!(output.code, 128 + signal as i32, "{output}");
        assert_eq!(places(&env), 0);
    }
    touch(&env.path().join("go"));
    assert_eq!(end(first).code, 0);
    assert_eq!(owner_files(&env), Vec::<String>::new());
    let order = fs::read_to_string(env.path().join("order")).expect("the list");
    assert_eq!(order, "first\n");
}

#[test]
fn room_that_only_the_dead_hold_is_not_waited_for() {
    let env = TestEnv::with("me", &["1slot"]);
    let mut first = listed(&env, "first", &[], "go");
    wait_for_file(&env.path().join("order"));
    let next = listed(&env, "next", &["--wait", "1h"], "go");
    wait_for("its place", || (places(&env) == 1).then_some(()));
    first.kill().expect("it runs");
    wait_for("its end", || first.try_wait().expect("a child of ours"));
    let order = || fs::read_to_string(env.path().join("order")).expect("the list");
    wait_for("its turn", || (order() == "first\nnext\n").then_some(()));
    touch(&env.path().join("go"));
    assert_eq!(end(first).code, 137);
    assert_eq!(end(next).code, 0);
    assert_eq!(places(&env), 0);
}

#[test]
fn a_place_is_lost_with_its_process() {
    let env = TestEnv::with("me", &["1slot"]);
    let first = listed(&env, "first", &[], "go");
    wait_for_file(&env.path().join("order"));
    let mut dead = listed(&env, "dead", &["--wait", "1h"], "go");
    wait_for("its place", || (places(&env) == 1).then_some(()));
    dead.kill().expect("it waits");
    assert_eq!(end(dead).code, 137);
    let left = tickets(&env);
    let next = listed(&env, "next", &["--wait", "1h"], "go");
    wait_for("its place", || {
        let now = tickets(&env);
        (now.len() == 1 && now != left).then_some(())
    });
    touch(&env.path().join("go"));
    assert_eq!(end(first).code, 0);
    assert_eq!(end(next).code, 0);
    let order = fs::read_to_string(env.path().join("order")).expect("the list");
    assert_eq!(order, "first\nnext\n");
}

/// `budget` with the real clocks, so that a wait has an end.
fn real(env: &TestEnv, args: &[&str]) -> Child {
    start(env.real_time().args(args))
}

#[test]
fn nobody_waits_behind_those_who_wait_for_something_else() {
    let env = TestEnv::new();
    let ok = |args: &[&str]| {
        let output = end(real(&env, args));
        assert_eq!(output.code, 0, "{output}");
        output.stdout.trim().to_owned()
    };
    ok(&["create", "team", "--limit", "10calls"]);
    let held = ["team/gpu", "team/cpu"].map(|name| {
        ok(&["create", name, "--limit", "1slot"]);
        ok(&["reserve", name, "--ttl", "1h"])
    });
    let gpu = real(
        &env,
        &["exec", "team/gpu", "--wait", "60s", "--", "touch", "gpu"],
    );
    wait_for("its place", || (places(&env) == 1).then_some(()));
    let cpu = real(
        &env,
        &["exec", "team/cpu", "--wait", "10s", "--", "touch", "cpu"],
    );
    wait_for("its place", || (places(&env) == 2).then_some(()));
    ok(&["release", &held[1]]);
    let output = end(cpu);
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(places(&env), 1);
    assert!(!env.path().join("gpu").exists());
    ok(&["release", &held[0]]);
    let output = end(gpu);
    assert_eq!(output.code, 0, "{output}");
}

#[test]
fn whoever_comes_later_and_would_wait_waits_behind_those_who_do() {
    let env = TestEnv::new();
    assert_eq!(
        end(real(&env, &["create", "me", "--limit", "10usd"])).code,
        0
    );
    let held = end(real(&env, &["reserve", "me", "8usd", "--ttl", "1h"]));
    let many = real(&env, &["reserve", "me", "5usd", "--wait", "60s"]);
    wait_for("its place", || (places(&env) == 1).then_some(()));
    let few = real(
        &env,
        &["reserve", "me", "1usd", "--wait", "60s", "--key", "k"],
    );
    wait_for("its place", || {
        let output = env.real_time().args(["log", "-n", "1", "--json"]).output();
        let log = output.expect("the log").stdout;
        let log: serde_json::Value = serde_json::from_slice(&log).expect("JSON");
        let latest = &log["entries"][0]["amounts"][0]["amount"];
        assert_eq!(latest, "8.00", "nobody came in between");
        (places(&env) == 2).then_some(())
    });
    // Whoever does not wait may come in between.
    assert_eq!(end(real(&env, &["reserve", "me", "0.50usd"])).code, 0);
    assert_eq!(end(real(&env, &["release", held.stdout.trim()])).code, 0);
    let ids = [many, few].map(|waiting| {
        let output = end(waiting);
        assert_eq!(output.code, 0, "{output}");
        output.stdout.trim().to_owned()
    });
    let log = end(real(&env, &["log", "--json"])).stdout;
    let place = ids.clone().map(|id| log.find(&id).expect("an entry"));
    assert!(place[0] < place[1], "{log}");
    // An answer that was given is given again, whoever waits.
    let third = real(&env, &["reserve", "me", "9usd", "--wait", "60s"]);
    wait_for("its place", || (places(&env) == 1).then_some(()));
    let again = ["reserve", "me", "1usd", "--wait", "60s", "--key", "k"];
    assert_eq!(end(real(&env, &again)).stdout.trim(), ids[1]);
    for id in &ids {
        assert_eq!(end(real(&env, &["release", id])).code, 0);
    }
    assert_eq!(end(third).code, 0);
}

#[test]
fn a_wait_that_is_over_before_its_turn_came_takes_the_room_there_is() {
    let env = TestEnv::new();
    assert_eq!(
        end(real(&env, &["create", "me", "--limit", "10usd"])).code,
        0
    );
    let held = end(real(&env, &["reserve", "me", "8usd", "--ttl", "1h"]));
    let many = real(&env, &["reserve", "me", "5usd", "--wait", "60s"]);
    wait_for("its place", || (places(&env) == 1).then_some(()));
    let output = end(real(&env, &["reserve", "me", "1usd", "--wait", "300ms"]));
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(end(real(&env, &["release", held.stdout.trim()])).code, 0);
    assert_eq!(end(many).code, 0);
}

#[test]
fn what_runs_inside_does_not_wait_behind_those_who_wait_for_the_run() {
    let env = TestEnv::new();
    assert_eq!(
        end(real(&env, &["create", "me", "--limit", "10usd"])).code,
        0
    );
    let inside = format!(
        "touch ready; {}; budget exec me --reserve 6usd --wait 20s -- touch ran; echo $?",
        until("go")
    );
    let run = real(
        &env,
        &["exec", "me", "--reserve", "5usd", "--", "sh", "-c", &inside],
    );
    wait_for_file(&env.path().join("ready"));
    let all = real(&env, &["reserve", "me", "10usd", "--wait", "5s"]);
    wait_for("its place", || (places(&env) == 1).then_some(()));
    touch(&env.path().join("go"));
    wait_for_file(&env.path().join("ran"));
    assert_eq!(places(&env), 1, "the other one still waits");
    assert_eq!(end(run).stdout, "0\n");
    assert_eq!(end(all).code, 75);
}
