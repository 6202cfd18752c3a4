//! Leases: when they end, by which clock, and what becomes of what nobody settled.

use crate::common::{figures, kill, start, until};
use crate::support::{Output, TestEnv};

const B: &str = "b";
const TOKENS: &str = "tokens";
const HELD: &str = "spent 0 reserved 50 debt 0 left 950";
const CHARGED: &str = "spent 50 reserved 0 debt 0 left 950";

fn with_one() -> (TestEnv, String) {
    let env = TestEnv::with(B, &["1000tokens"]);
    let id = env.reserve(B, &["50tokens"]);
    (env, id)
}

fn state(env: &TestEnv) -> (String, bool, bool) {
    let list = env.json(&["reservations", "--state", "all"]);
    let found = &list["reservations"][0];
    let text = found["state"].as_str().expect("a state").to_owned();
    (text, found["unknown"] == true, found["late"] == true)
}

fn is(state: &str, unknown: bool, late: bool) -> (String, bool, bool) {
    (state.to_owned(), unknown, late)
}

#[test]
fn t1_a_wall_clock_set_back_revives_nothing() {
    let (env, id) = with_one();
    env.advance(66);
    env.ok(&["spend", B, "0tokens"]);
    assert_eq!(state(&env), is("expired", true, false));
    env.jump(-1_800);
    assert_eq!(state(&env), is("expired", true, false));
    assert_eq!(figures(&env, B, TOKENS), CHARGED);
    env.fails(&["extend", &id], 65);
}

#[test]
fn t1_a_wall_clock_that_jumps_moves_no_lease() {
    for jump in [-86_400, -1_800, 1_800, 86_400] {
        let (env, id) = with_one();
        env.jump(jump);
        assert_eq!(figures(&env, B, TOKENS), HELD, "{jump}");
        env.advance(60);
        env.ok(&["extend", &id, "--by", "1s"]);
        env.advance(1);
        env.advance_us(5_000_000);
        assert_eq!(figures(&env, B, TOKENS), HELD, "{jump}");
        env.advance_us(1);
        assert_eq!(figures(&env, B, TOKENS), CHARGED, "{jump}");
    }
}

#[test]
fn t1_a_restart_of_the_machine_never_lengthens_a_lease() {
    let (env, _) = with_one();
    env.reboot(-7_200);
    env.ok(&["spend", B, "0tokens"]);
    assert_eq!(figures(&env, B, TOKENS), HELD);
    env.advance(66);
    assert_eq!(figures(&env, B, TOKENS), CHARGED);
}

#[test]
fn t2_extend_up_to_the_end_and_not_in_the_grace() {
    let (env, id) = with_one();
    env.advance(60);
    env.ok(&["extend", &id, "--by", "10s"]);
    env.advance(10);
    env.advance_us(1);
    let error = env.json_error(&["extend", &id], 65);
    assert_eq!(error["error"]["code"], "lease_over");
    assert_eq!(figures(&env, B, TOKENS), HELD);
}

#[test]
fn t2_settling_is_timely_up_to_the_end_of_the_grace() {
    for (micros, late) in [
        (0, false),
        (1, false),
        (5_000_000, false),
        (5_000_001, true),
    ] {
        for verb in ["commit", "release"] {
            let (env, id) = with_one();
            env.advance(60);
            env.advance_us(micros);
            let answer = env.json(&[verb, &id]);
            assert_eq!(answer["late"], late, "{verb} {micros}");
            let expected = match (late, verb) {
                (true, _) => is("expired", true, true),
                (_, "commit") => is("committed", false, false),
                _ => is("released", false, false),
            };
            assert_eq!(state(&env), expected, "{verb} {micros}");
        }
    }
}

#[test]
fn t2_no_grace_is_no_grace() {
    let env = TestEnv::with(B, &["1000tokens"]);
    let id = env.reserve(B, &["50tokens", "--grace", "0s", "--ttl", "1s"]);
    env.advance(1);
    assert_eq!(figures(&env, B, TOKENS), HELD);
    env.advance_us(1);
    assert_eq!(figures(&env, B, TOKENS), CHARGED);
    assert_eq!(env.json(&["commit", &id, "20tokens"])["late"], true);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 20 reserved 0 debt 0 left 980"
    );
    for (ttl, grace) in [("0s", "0s"), ("999ms", "0s"), ("25h", "0s"), ("1s", "61s")] {
        env.fails(
            &["reserve", B, "1tokens", "--ttl", ttl, "--grace", grace],
            2,
        );
    }
}

#[test]
fn t3_one_write_closes_a_bounded_number_and_looks_see_all_of_them_closed() {
    let env = TestEnv::with(B, &["1000tokens"]);
    let mut ledger = crate::reserve::open(&env.ledger());
    let keyed = budget_ledger::ledger::verbs::Keyed {
        key: None,
        write: &|_: &_| String::new(),
    };
    for _ in 0..250 {
        let request = budget_ledger::ledger::verbs::Reserve::of(
            B.parse().expect("a name"),
            vec!["1tokens".parse().expect("an amount")],
        );
        ledger.reserve(&request, &keyed).expect("an answer");
    }
    drop(ledger);
    let stored = || {
        let conn = rusqlite::Connection::open(env.ledger()).expect("the ledger");
        let sql = "SELECT count(*) FROM reservation WHERE state = 'open'";
        conn.query_row(sql, [], |row| row.get::<_, i64>(0))
            .expect("a number")
    };
    env.advance(66);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 250 reserved 0 debt 0 left 750"
    );
    assert_eq!(stored(), 250);
    let mut before = 250;
    while before > 0 {
        env.ok(&["spend", B, "0tokens"]);
        let left = stored();
        assert!(left < before && before - left <= 100, "{before} {left}");
        assert_eq!(
            figures(&env, B, TOKENS),
            "spent 250 reserved 0 debt 0 left 750"
        );
        before = left;
    }
}

#[test]
fn t3_a_row_that_makes_no_sense_is_named_and_nothing_is_admitted() {
    let (env, _) = with_one();
    env.reserve(B, &["10tokens"]);
    env.damage(
        "UPDATE reservation SET overage = 'whatever' WHERE id = (SELECT min(id) FROM reservation)",
    );
    env.advance(66);
    let output = env.run(&["reserve", B, "1tokens"]);
    assert_eq!(output.code, 69, "{output}");
    assert!(output.stderr.contains("damaged"), "{output}");
    let output = env.run(&["verify"]);
    assert_ne!(output.code, 0, "{output}");
}

#[test]
fn t4_after_everything_nothing_is_held_without_a_reservation() {
    let env = TestEnv::with("p", &["10000tokens", "5slots"]);
    env.ok(&["create", "p/c", "--tz", "UTC", "--limit", "10000tokens"]);
    for round in 0..6 {
        let a = env.reserve("p/c", &["50tokens", "--ttl", "10s"]);
        let b = env.reserve("p", &["20tokens", "--ttl", "20s"]);
        env.ok(&["exec", "p/c", "--reserve", "5tokens", "--", "true"]);
        match round % 3 {
            0 => drop(env.ok(&["commit", &a, "30tokens"])),
            1 => drop(env.ok(&["release", &b])),
            _ => drop(env.ok(&["commit", &b, "10tokens", "--keep"])),
        }
        env.advance(26);
    }
    env.ok(&["spend", "p", "0tokens"]);
    assert_eq!(
        env.json(&["reservations"])["reservations"],
        serde_json::json!([])
    );
    for (name, unit) in [("p", TOKENS), ("p/c", TOKENS), ("p", "slots")] {
        assert_eq!(env.figure(name, unit, "reserved"), "0", "{name} {unit}");
    }
}

#[test]
fn t5_a_look_sees_what_is_due_without_a_write() {
    let (env, id) = with_one();
    env.advance(66);
    let before = env.dump();
    assert_eq!(state(&env), is("expired", true, false));
    assert_eq!(
        env.json(&["reservations"])["reservations"],
        serde_json::json!([])
    );
    assert_eq!(
        env.json(&["reservations", "--state", "expired"])["reservations"][0]["id"],
        *id
    );
    assert_eq!(figures(&env, B, TOKENS), CHARGED);
    assert_eq!(env.json(&["remaining", B])["tokens"], 950);
    env.ok(&["check", B, "950tokens"]);
    env.fails(&["check", B, "951tokens"], 75);
    assert_eq!(env.dump(), before);
}

fn waiting_run(env: &TestEnv, args: &[&str]) -> std::process::Child {
    let script = "touch started; while test ! -e go; do sleep 0.01; done";
    let mut line = vec!["exec", B];
    line.extend(args);
    line.extend(["--", "sh", "-c", script]);
    let wrapper = start(env.command().args(&line));
    until("the child", || env.path().join("started").exists());
    wrapper
}

fn go(env: &TestEnv) {
    std::fs::write(env.path().join("go"), "").expect("a file");
}

#[test]
fn t6_the_reservation_of_a_killed_wrapper_goes_at_once_where_it_is_in_the_way() {
    let env = TestEnv::with(B, &["1slots"]);
    let wrapper = waiting_run(&env, &[]);
    env.fails(&["reserve", B], 75);
    kill(wrapper);
    env.ok(&["check", B]);
    let id = env.reserve(B, &[]);
    go(&env);
    env.ok(&["release", &id]);
    assert_eq!(env.figure(B, "slots", "available"), "1");
}

#[test]
fn t6_the_reservation_of_a_killed_wrapper_goes_with_its_lease() {
    let env = TestEnv::with(B, &["1000tokens"]);
    let wrapper = waiting_run(&env, &["--reserve", "50tokens"]);
    kill(wrapper);
    go(&env);
    env.advance(59);
    assert_eq!(figures(&env, B, TOKENS), HELD);
    env.advance(2);
    assert_eq!(figures(&env, B, TOKENS), CHARGED);
}

#[test]
fn t7_a_lease_shorter_than_the_run_is_kept_alive() {
    let env = TestEnv::new();
    let real = |args: &[&str]| Output::of(env.real_time().args(args));
    let created = real(&["create", B, "--limit", "1000tokens"]);
    assert_eq!(created.code, 0, "{created}");
    let run = [
        "exec",
        B,
        "--reserve",
        "50tokens",
        "--ttl",
        "1s",
        "--grace",
        "0s",
        "--",
    ];
    let output = real(&[&run[..], &["sleep", "2.5"]].concat());
    assert_eq!(output.code, 0, "{output}");
    let list = real(&["reservations", "--state", "all", "--json"]).stdout;
    assert!(list.contains(r#""state":"committed""#), "{list}");
    let log = real(&["log", "--json"]).stdout;
    assert!(
        !log.contains("expired"),
        "a renewal is no entry and nothing expired: {log}"
    );
}

#[test]
fn t8_a_run_that_outlives_its_lease_in_a_suspended_machine_is_settled_as_ever() {
    let env = TestEnv::with(B, &["1000tokens"]);
    let mut wrapper = waiting_run(&env, &["--reserve", "50tokens"]);
    env.advance(7_200);
    assert_eq!(figures(&env, B, TOKENS), HELD);
    env.ok(&["spend", B, "0tokens"]);
    env.fails(&["reserve", B, "951tokens"], 75);
    assert_eq!(figures(&env, B, TOKENS), HELD);
    go(&env);
    assert!(wrapper.wait().expect("a status").success());
    assert_eq!(state(&env), is("committed", false, false));
    assert_eq!(figures(&env, B, TOKENS), CHARGED);
}

#[test]
fn t8_a_caller_that_slept_through_its_lease_commits_late() {
    let (env, id) = with_one();
    env.advance(7_200);
    env.ok(&["spend", B, "0tokens"]);
    assert_eq!(figures(&env, B, TOKENS), CHARGED);
    let answer = env.json(&["commit", &id, "70tokens"]);
    assert_eq!(answer["late"], true);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 70 reserved 0 debt 0 left 930"
    );
    env.fails(&["commit", &id, "80tokens"], 65);
    env.fails(&["release", &id], 65);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 70 reserved 0 debt 0 left 930"
    );
}
