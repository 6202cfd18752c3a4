//! Wrapped runs: what they hold, what they give back, what they are charged however they end.

use crate::common::{all, count, crowd, figures, kill, start, together, until};
use crate::support::TestEnv;

const B: &str = "b";

fn slots(limit: &str) -> TestEnv {
    TestEnv::with(B, &[limit])
}

/// A run in the budget: options, and a shell script.
fn exec<'a>(options: &[&'a str], script: &'a str) -> Vec<&'a str> {
    [&["exec", B], options, &["--", "sh", "-c", script]].concat()
}

/// The options of a run that holds 500 tokens and reports what it used in a file.
const REPORTING: [&str; 4] = ["--reserve", "500tokens", "--usage-file", "usage"];

/// Whether nobody knows what the first reservation came to.
#[track_caller]
fn is_unknown(env: &TestEnv) -> bool {
    let list = env.json(&["reservations", "--state", "all"]);
    let unknown = list["reservations"][0]["unknown"].as_bool();
    unknown.expect("a reservation")
}

#[test]
fn rh1_a_slot_comes_back_after_success() {
    let env = slots("1slots");
    for _ in 0..3 {
        env.ok(&["exec", B, "--", "true"]);
        assert_eq!(env.figure(B, "slots", "available"), "1");
    }
}

#[test]
fn rh2_a_denied_run_starts_nothing_and_says_why() {
    let env = slots("0slots");
    let said = env.fails(&["exec", B, "--", "touch", "started"], 75);
    assert!(
        said.contains("b slots") && said.contains("allows nothing"),
        "{said}"
    );
    assert!(!env.path().join("started").exists());
    let env = TestEnv::with(B, &["100tokens"]);
    env.ok(&["spend", B, "90tokens"]);
    let said = env.fails(
        &["exec", B, "--reserve", "20tokens", "--", "touch", "started"],
        75,
    );
    assert!(
        said.contains("b tokens has 10 tokens left of 100 tokens, 20 tokens asked"),
        "{said}"
    );
    assert!(!env.path().join("started").exists());
}

#[test]
fn rh3_a_slot_comes_back_after_a_failure() {
    let env = slots("1slots");
    env.fails(&["exec", B, "--", "false"], 1);
    assert_eq!(env.figure(B, "slots", "available"), "1");
    env.fails(&["exec", B, "--", "no-such-program-anywhere"], 127);
    assert_eq!(env.figure(B, "slots", "available"), "1");
    env.fails(&["exec", B, "--", "sh", "-c", "kill -TERM $$"], 143);
    assert_eq!(env.figure(B, "slots", "available"), "1");
}

#[test]
fn rh4_where_one_budget_of_several_denies_none_is_held() {
    let env = TestEnv::with("a", &["100tokens"]);
    env.ok(&["create", "c", "--limit", "100tokens"]);
    env.ok(&["spend", "c", "100tokens"]);
    for (names, code) in [("a,c", 75), ("c,a", 75), ("a,missing", 66)] {
        let run = ["--reserve", "10tokens", "--", "touch", "started"];
        env.fails(&[&["exec", names], &run[..]].concat(), code);
    }
    assert!(!env.path().join("started").exists());
    assert_eq!(
        figures(&env, "a", "tokens"),
        "spent 0 reserved 0 debt 0 left 100"
    );
    let list = env.json(&["reservations", "--state", "all"]);
    assert_eq!(list["reservations"], serde_json::json!([]));
}

#[test]
fn rh9_whether_to_retry_is_in_the_code_and_in_the_json() {
    let env = TestEnv::with(B, &["10tokens"]);
    env.ok(&["spend", B, "9tokens"]);
    for (args, exit, code, retryable) in [
        (["reserve", B, "5tokens"], 75, "denied", true),
        (["reserve", B, "50tokens"], 77, "refused", false),
        (["reserve", B, "5tokns"], 2, "unknown_unit", false),
        (["reserve", B, "five"], 2, "usage", false),
        (["reserve", "missing", "5tokens"], 66, "not_found", false),
        (["reserve", B, "5usd"], 65, "unit_mismatch", false),
    ] {
        let error = &env.json_error(&args, exit)["error"];
        assert_eq!(
            (&error["code"], &error["retryable"]),
            (&code.into(), &retryable.into())
        );
    }
    let other = rusqlite::Connection::open(env.ledger()).expect("the ledger");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let args = ["reserve", B, "1tokens", "--wait-lock", "100ms"];
    let error = &env.json_error(&args, 69)["error"];
    assert_eq!(
        (&error["code"], &error["retryable"]),
        (&"locked".into(), &true.into())
    );
}

#[test]
fn rh10_the_same_key_is_the_same_reservation() {
    let env = TestEnv::with(B, &["100tokens"]);
    let args = [
        "reserve", B, "40tokens", "--key", "k", "--tag", "x=1", "--tag", "y=2",
    ];
    let first = env.ok(&args);
    let again = [
        "reserve", B, "--tag", "y=2", "--key", "k", "40tokens", "--tag", "x=1",
    ];
    assert_eq!(env.ok(&again), first);
    assert_eq!(env.figure(B, "tokens", "reserved"), "40");
}

#[test]
fn x8_a_run_that_fails_is_charged_what_it_reported() {
    let env = TestEnv::with(B, &["1000tokens"]);
    let script = "echo '{\"tokens\":{\"input\":120,\"output\":80}}' > usage; exit 3";
    let args = exec(&REPORTING, script);
    env.fails(&args, 3);
    assert_eq!(
        figures(&env, B, "tokens"),
        "spent 200 reserved 0 debt 0 left 800"
    );
    let log = env.json(&["log", B]);
    let entries = log["entries"].as_array().expect("entries");
    let ended = entries.last().expect("one");
    assert_eq!(ended["usage"]["tokens"]["input"], 120);
    assert_eq!(ended["unknown"], false);
    assert!(!is_unknown(&env), "what was reserved is accounted for");
}

#[test]
fn x8_tokens_without_a_price_leave_reserved_money_unknown() {
    let env = TestEnv::with(B, &["5usd", "1000tokens"]);
    let script = "echo '{\"tokens\":77}' > usage";
    let args = exec(&[&["--reserve", "2usd"], &REPORTING[..]].concat(), script);
    env.ok(&args);
    assert_eq!(
        figures(&env, B, "tokens"),
        "spent 77 reserved 0 debt 0 left 923"
    );
    assert_eq!(
        figures(&env, B, "usd"),
        "spent 2.00 reserved 0.00 debt 0.00 left 3.00"
    );
    assert!(is_unknown(&env));
}

#[test]
fn x8_a_run_that_reserved_nothing_reportable_is_never_unknown() {
    let env = slots("1slots");
    env.ok(&["exec", B, "--meter", "claude-code", "--", "true"]);
    assert!(!is_unknown(&env));
}

#[test]
fn x8_a_run_that_is_killed_is_charged_what_it_reported() {
    let env = TestEnv::with(B, &["1000tokens"]);
    let script = "echo '{\"tokens\":77}' > usage; kill -KILL $$";
    let args = exec(&REPORTING, script);
    env.fails(&args, 137);
    assert_eq!(
        figures(&env, B, "tokens"),
        "spent 77 reserved 0 debt 0 left 923"
    );
}

#[test]
fn x8_a_lost_run_is_charged_as_reserved_and_says_that_nobody_knows() {
    let env = TestEnv::with(B, &["1000tokens"]);
    let script = "touch started; while test ! -e gone; do sleep 0.01; done";
    let args = exec(&["--reserve", "500tokens"], script);
    let wrapper = start(env.command().args(&args));
    until("the child", || env.path().join("started").exists());
    kill(wrapper);
    std::fs::write(env.path().join("gone"), "").expect("a file");
    env.advance(61);
    assert_eq!(
        figures(&env, B, "tokens"),
        "spent 500 reserved 0 debt 0 left 500"
    );
    env.ok(&["spend", B, "0tokens"]);
    let list = env.json(&["reservations", "--state", "all"]);
    let found = &list["reservations"][0];
    assert_eq!(
        (&found["state"], &found["unknown"]),
        (&"expired".into(), &true.into())
    );
    // In a sentence that is broken into lines.
    let status = || env.ok(&["status"]).replace('\n', " ");
    let unknown = "nobody said what it cost (its wrapper died)";
    assert!(status().contains(unknown), "{}", status());
    let id = found["id"].as_str().expect("an id");
    env.ok(&["commit", id, "123tokens"]);
    assert_eq!(
        figures(&env, B, "tokens"),
        "spent 123 reserved 0 debt 0 left 877"
    );
    assert!(!status().contains("nobody said"));
    env.fails(&["commit", id, "1tokens"], 65);
}

/// A run of ten dollars on `me` in which four are spent on a budget, and whose wrapper is killed.
fn lost_after_spending(on: &str) -> TestEnv {
    let env = TestEnv::with("me", &["20usd"]);
    env.ok(&["create", "other", "--limit", "20usd"]);
    let wait = "while test ! -e gone; do sleep 0.01; done";
    let script = format!("budget spend {on} 4usd && touch started; {wait}");
    let args = ["exec", "me", "--reserve", "10usd", "--", "sh", "-c"];
    let wrapper = start(env.command().args(args).arg(script));
    until("the child", || env.path().join("started").exists());
    kill(wrapper);
    std::fs::write(env.path().join("gone"), "").expect("a file");
    env.advance(61);
    env
}

#[test]
fn x8_a_lost_run_is_charged_all_it_holds_whatever_was_spent_elsewhere() {
    let all = "spent 10.00 reserved 0.00 debt 0.00 left 10.00";
    for on in ["me", "other"] {
        let env = lost_after_spending(on);
        assert_eq!(figures(&env, "me", "usd"), all, "a read, {on}");
        env.ok(&["spend", "me", "0usd"]);
        assert_eq!(figures(&env, "me", "usd"), all, "a write, {on}");
    }
}

#[test]
fn x8_a_run_that_ends_is_charged_no_more_than_what_inside_of_it_named_the_unit() {
    for (on, me, other) in [("me", "4.00", "0.00"), ("other", "0.00", "4.00")] {
        let env = TestEnv::with("me", &["20usd", "5calls"]);
        env.ok(&["create", "other", "--limit", "20usd"]);
        let script = format!("budget spend {on} 4usd");
        env.ok(&[
            "exec",
            "me",
            "--reserve",
            "10usd",
            "--",
            "sh",
            "-c",
            &script,
        ]);
        assert_eq!(env.figure("me", "usd", "spent"), me);
        assert_eq!(env.figure("me", "calls", "spent"), "1");
        assert_eq!(env.figure("other", "usd", "spent"), other);
    }
}

#[test]
fn x8_what_an_agent_should_have_reported_and_did_not_is_unknown_and_not_nothing() {
    let env = TestEnv::with(B, &["1000tokens"]);
    let args = [
        "exec",
        B,
        "--reserve",
        "500tokens",
        "--meter",
        "claude-code",
        "--",
        "false",
    ];
    env.fails(&args, 1);
    assert_eq!(
        figures(&env, B, "tokens"),
        "spent 500 reserved 0 debt 0 left 500"
    );
    assert!(is_unknown(&env));
}

/// Each child adds a line when it begins and one when it ends; never may more than two be in
/// between.
const COUNTED: &str = "echo + >> trace; \
                       n=0; while test $n -lt 20; do n=$((n+1)); done; echo - >> trace";

fn peak(env: &TestEnv) -> (usize, usize) {
    let trace = std::fs::read_to_string(env.path().join("trace")).expect("a trace");
    let (mut now, mut peak, mut begun) = (0_usize, 0, 0);
    for line in trace.lines() {
        if line == "+" {
            begun += 1;
            now += 1;
            peak = peak.max(now);
        } else {
            now -= 1;
        }
    }
    (peak, begun)
}

#[test]
fn x9_two_slots_and_fifty_runs_are_never_three_at_once() {
    let env = slots("2slots");
    let outputs = together(crowd(&env, 50, &["exec", B, "--", "sh", "-c", COUNTED]));
    let (peak, begun) = peak(&env);
    assert!(peak <= 2, "{peak} at once");
    assert_eq!(count(&outputs, 0), begun);
    assert_eq!(
        count(&outputs, 0) + count(&outputs, 75),
        50,
        "{}",
        all(&outputs)
    );
    assert!(begun >= 2, "two slots admit two: {}", all(&outputs));
    assert_eq!(env.figure(B, "slots", "available"), "2");
}

#[test]
fn x9_those_who_wait_all_get_their_turn() {
    let env = slots("2slots");
    let args = ["exec", B, "--wait", "120s", "--", "sh", "-c", COUNTED];
    let commands = (0..20).map(|_| {
        let mut command = env.real_time();
        command.args(args);
        command
    });
    let outputs = together(commands.collect());
    assert_eq!(count(&outputs, 0), 20, "{}", all(&outputs));
    let (peak, begun) = peak(&env);
    assert!(peak <= 2, "{peak} at once");
    assert_eq!(begun, 20);
    assert_eq!(env.figure(B, "slots", "available"), "2");
}

#[test]
fn x18_a_time_limit_stops_a_silent_child() {
    let env = slots("1slots");
    let args = exec(&["--max-time", "200ms"], "exec sleep 60");
    let said = env.fails(&args, 124);
    assert!(said.contains("time is used up"), "{said}");
    let args = exec(&["--deadline", "200ms"], "exec sleep 60");
    env.fails(&args, 124);
    assert_eq!(env.figure(B, "slots", "available"), "1");
}

#[test]
fn x18_a_budget_of_time_stops_a_silent_child_and_then_denies() {
    let env = TestEnv::with(B, &["300ms"]);
    env.fails(&["exec", B, "--", "sh", "-c", "exec sleep 60"], 124);
    let spent: f64 = env.figure(B, "time", "spent").parse().expect("seconds");
    assert!(spent >= 0.3, "{spent}");
    env.fails(&["exec", B, "--", "touch", "started"], 75);
    assert!(!env.path().join("started").exists());
}

#[test]
fn x18_a_child_that_ignores_the_request_is_killed() {
    let env = slots("1slots");
    let script = "trap '' TERM INT HUP; while :; do sleep 0.05; done";
    let args = exec(&["--max-time", "100ms", "--stop-grace", "200ms"], script);
    env.fails(&args, 124);
    assert_eq!(env.figure(B, "slots", "available"), "1");
}

#[test]
fn x14_wrappers_killed_at_any_point_leave_a_ledger_that_holds() {
    let env = TestEnv::with("p", &["100000tokens", "3slots"]);
    env.ok(&["create", "p/c", "--tz", "UTC", "--limit", "50000tokens"]);
    let inner = "budget spend p/c 10tokens >/dev/null 2>&1; true";
    let args = [
        "exec",
        "p/c",
        "--reserve",
        "100tokens",
        "--",
        "sh",
        "-c",
        inner,
    ];
    let mut finished = 0;
    for point in 0..24_u64 {
        let mut wrapper = start(env.command().args(args));
        std::thread::park_timeout(std::time::Duration::from_millis(point * 4));
        if wrapper.try_wait().expect("a status").is_some() {
            finished += 1;
        } else {
            kill(wrapper);
        }
        env.ok(&["verify"]);
    }
    assert!(finished < 24, "no wrapper was ever killed");
    let alive = || {
        let list = env.json(&["reservations"]);
        list["reservations"].as_array().expect("a list").len()
    };
    env.advance(66);
    until("every reservation ends", || {
        env.ok(&["spend", "p/c", "0tokens"]);
        alive() == 0
    });
    let of = |name, figure| env.figure(name, "tokens", figure);
    assert_eq!(
        (of("p", "reserved"), of("p/c", "reserved")),
        ("0".to_owned(), "0".to_owned())
    );
    assert_eq!(of("p", "spent"), of("p/c", "spent"));
    assert_eq!(env.figure("p", "slots", "available"), "3");
    let list = env.json(&["reservations", "--state", "all"]);
    let found = list["reservations"].as_array().expect("a list");
    assert!(found.iter().all(|found| found["state"] != "open"), "{list}");
    let total: i64 = of("p", "spent").parse().expect("tokens");
    assert!(total <= 24 * 110, "{total}");
}
