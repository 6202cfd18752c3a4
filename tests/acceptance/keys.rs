//! Keys: a request may be repeated, whatever became of its first answer.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use crate::common::{all, count, crowd, figures, kill, start, together, until};
use crate::support::{Output, TestEnv};

const B: &str = "b";
const TOKENS: &str = "tokens";

fn with_tokens() -> TestEnv {
    TestEnv::with(B, &["1000tokens"])
}

#[test]
fn i1_a_replay_is_the_first_answer_byte_for_byte() {
    let env = with_tokens();
    let reserve = ["reserve", B, "100tokens", "--key", "k", "--json"];
    let reserved = env.ok(&reserve);
    let id = env.json(&["reservations"])["reservations"][0]["id"].clone();
    let id = id.as_str().expect("an id");
    let commit = ["commit", id, "60tokens", "--key", "k", "--json"];
    let spend = ["spend", B, "5tokens", "--key", "k", "--json"];
    let grant = ["grant", B, "7tokens", "--key", "k", "--json"];
    let set = ["set", B, "--limit", "2000tokens", "--key", "k", "--json"];
    let create = ["create", "new", "--limit", "1calls", "--key", "k", "--json"];
    let extend = ["extend", id, "--by", "5s", "--key", "k", "--json"];
    let first = [&extend[..], &commit, &spend, &grant, &set, &create].map(|args| env.ok(args));
    env.ok(&["refund", "4", "--key", "k"]);
    env.ok(&["grant", B, "tokens", "--reset"]);
    env.ok(&["spend", B, "11tokens"]);
    env.ok(&["freeze", B]);
    env.advance(3_600);
    env.ok(&["spend", B, "1tokens"]);
    let before = env.dump();
    assert_eq!(env.ok(&reserve), reserved);
    let again = [&extend[..], &commit, &spend, &grant, &set, &create].map(|args| env.ok(args));
    assert_eq!(again, first);
    assert_eq!(env.dump(), before);
}

#[test]
fn i2_a_dry_run_is_another_request_and_is_not_remembered() {
    let env = with_tokens();
    env.ok(&["reserve", B, "10tokens", "--key", "k", "--dry-run"]);
    let live = env.ok(&["reserve", B, "10tokens", "--key", "k"]);
    let error = env.json_error(&["reserve", B, "10tokens", "--key", "k", "--dry-run"], 65);
    assert_eq!(error["error"]["code"], "key_reused");
    assert_eq!(env.ok(&["reserve", B, "10tokens", "--key", "k"]), live);
    assert_eq!(env.figure(B, TOKENS, "reserved"), "10");
}

#[test]
fn i3_ten_replays_leave_no_trace() {
    let env = with_tokens();
    let id = env.ok(&["reserve", B, "10tokens", "--key", "k"]);
    env.ok(&["commit", &id, "4tokens", "--key", "k"]);
    let ran = [
        "exec",
        B,
        "--reserve",
        "5tokens",
        "--key",
        "k",
        "--",
        "sh",
        "-c",
        "echo x >> ran",
    ];
    env.ok(&ran);
    let before = env.dump();
    for _ in 0..10 {
        env.ok(&["reserve", B, "10tokens", "--key", "k"]);
        env.ok(&["commit", &id, "4tokens", "--key", "k"]);
        env.ok(&ran);
    }
    assert_eq!(env.dump(), before);
    assert_eq!(
        std::fs::read_to_string(env.path().join("ran")).expect("a file"),
        "x\n"
    );
}

#[test]
fn i4_a_herd_with_one_key_makes_one_reservation() {
    let env = with_tokens();
    let args = ["reserve", B, "10tokens", "--key", "k"];
    let outputs = together(crowd(&env, 20, &args));
    assert_eq!(count(&outputs, 0), 20, "{}", all(&outputs));
    assert!(
        outputs.iter().all(|o| o.stdout == outputs[0].stdout),
        "{}",
        all(&outputs)
    );
    assert_eq!(env.figure(B, TOKENS, "reserved"), "10");
    let first = outputs[0].stdout.trim().to_owned();
    env.ok(&["release", &first]);
    env.advance(31 * 86_400);
    env.ok(&["reserve", B, "0tokens", "--key", "other"]);
    let outputs = together(crowd(&env, 20, &args));
    assert_eq!(count(&outputs, 0), 20, "{}", all(&outputs));
    assert!(
        outputs.iter().all(|o| o.stdout == outputs[0].stdout),
        "{}",
        all(&outputs)
    );
    assert_ne!(outputs[0].stdout.trim(), first);
    assert_eq!(env.figure(B, TOKENS, "reserved"), "10");
}

#[test]
fn i5_a_denial_is_not_remembered() {
    let env = with_tokens();
    env.ok(&["spend", B, "1000tokens"]);
    let args = ["reserve", B, "10tokens", "--key", "k"];
    env.fails(&args, 75);
    env.ok(&["grant", B, "10tokens"]);
    let id = env.ok(&args);
    env.ok(&["release", &id]);
    env.fails(&["commit", &id, "1tokens", "--key", "c"], 65);
}

#[test]
fn i6_a_settlement_repeated_with_another_payload_or_key() {
    let env = with_tokens();
    let id = env.reserve(B, &["100tokens"]);
    let answer = env.ok(&["commit", &id, "60tokens", "--key", "k"]);
    let before = env.dump();
    assert_eq!(env.ok(&["commit", &id, "60tokens", "--key", "k"]), answer);
    for (args, code) in [
        (&["commit", &id, "61tokens", "--key", "k"][..], "key_reused"),
        (
            &["commit", &id, "60tokens", "--key", "k", "--keep"],
            "key_reused",
        ),
        (
            &["commit", &id, "60tokens", "--key", "other"],
            "already_settled",
        ),
        (&["commit", &id, "60tokens"], "already_settled"),
        (&["release", &id, "--key", "k"], "already_settled"),
        (&["extend", &id, "--key", "k"], "already_settled"),
    ] {
        assert_eq!(env.json_error(args, 65)["error"]["code"], code, "{args:?}");
    }
    assert_eq!(env.dump(), before);
}

#[test]
fn i7_the_order_in_which_things_are_typed_makes_no_other_request() {
    let env = TestEnv::with(B, &["1000tokens", "10usd"]);
    env.ok(&["create", "c", "--limit", "1000tokens"]);
    let same = |key: &str, first: &[&str], again: &[&str]| {
        let keyed = |args: &[&str]| {
            let mut args = args.to_vec();
            args.extend(["--key", key, "--json"]);
            env.ok(&args)
        };
        let answer = keyed(first);
        let before = env.dump();
        assert_eq!(keyed(again), answer, "{again:?}");
        assert_eq!(env.dump(), before);
        answer
    };
    same(
        "tags",
        &["reserve", B, "1tokens", "--tag", "a=1", "--tag", "b=2"],
        &["reserve", B, "1tokens", "--tag", "b=2", "--tag", "a=1"],
    );
    same(
        "amounts",
        &["reserve", B, "0.1ktokens", "0.50usd"],
        &["reserve", "B", "$0.5", "100tokens", "--ttl", "1m"],
    );
    same(
        "names",
        &["spend", "b,c", "1tokens"],
        &["spend", "c,b", "1tokens"],
    );
    same(
        "spend",
        &["spend", B, "1tokens", "1usd"],
        &["spend", B, "1usd", "1tokens"],
    );
    same(
        "reserve --limit",
        &[
            "reserve", "n1", "1tokens", "--limit", "5tokens", "--limit", "5usd",
        ],
        &[
            "reserve", "n1", "1tokens", "--limit", "5usd", "--limit", "5tokens",
        ],
    );
    same(
        "spend --limit",
        &[
            "spend", "n2", "1tokens", "--limit", "5tokens", "--limit", "5usd",
        ],
        &[
            "spend", "n2", "1tokens", "--limit", "5usd", "--limit", "5tokens",
        ],
    );
    same(
        "create",
        &[
            "create", "n3", "--limit", "5tokens", "--limit", "5usd", "--warn", "80%", "--warn",
            "90%",
        ],
        &[
            "create", "n3", "--limit", "5usd", "--limit", "5tokens", "--warn", "90%", "--warn",
            "80%",
        ],
    );
    same(
        "set",
        &["set", "n3", "--limit", "6tokens", "--limit", "6usd"],
        &["set", "n3", "--limit", "6usd", "--limit", "6tokens"],
    );
}

#[test]
fn i7_another_command_is_another_request() {
    let env = with_tokens();
    let exec = |script: &str| {
        env.run(&[
            "exec",
            B,
            "--reserve",
            "5tokens",
            "--key",
            "k",
            "--",
            "sh",
            "-c",
            script,
        ])
    };
    assert_eq!(exec("exit 3").code, 3);
    assert_eq!(exec("exit 3").code, 3);
    let other = exec("exit 4");
    assert_eq!(other.code, 65, "{other}");
}

#[test]
fn i8_an_answer_nobody_could_read_is_given_again() {
    let env = with_tokens();
    let args = ["reserve", B, "10tokens", "--key", "k"];
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("a device");
    let lost = Output::of(env.command().args(args).stdout(full));
    assert_ne!(
        lost.code, 0,
        "an answer that was not written is no success: {lost}"
    );
    let id = env.ok(&args);
    assert_eq!(env.figure(B, TOKENS, "reserved"), "10");
    let list = env.json(&["reservations"]);
    assert_eq!(list["reservations"][0]["id"], id.as_str());
}

#[test]
fn i8_a_process_killed_around_its_commit_is_repeated_safely() {
    let env = TestEnv::with(B, &["100000tokens"]);
    for round in 0..20_u64 {
        let key = format!("k{round}");
        let args = ["reserve", B, "10tokens", "--key", &key];
        let process = start(env.command().args(args));
        std::thread::park_timeout(std::time::Duration::from_micros(round * 1_000));
        kill(process);
        let id = env.ok(&args);
        assert_eq!(env.ok(&args), id);
        let spend = ["commit", &id, "4tokens", "--key", &key];
        let process = start(env.command().args(spend));
        std::thread::park_timeout(std::time::Duration::from_micros(round * 1_000));
        kill(process);
        env.ok(&spend);
    }
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 80 reserved 0 debt 0 left 99920"
    );
}

#[test]
fn i9_the_same_key_on_two_budgets_is_two_requests() {
    let env = with_tokens();
    env.ok(&["create", "c", "--limit", "1000tokens"]);
    env.ok(&["grant", B, "5tokens", "--key", "k"]);
    env.ok(&["grant", "c", "5tokens", "--key", "k"]);
    env.ok(&["spend", "c", "5tokens", "--key", "k"]);
    assert_eq!(env.figure(B, TOKENS, "available"), "1005");
    assert_eq!(env.figure("c", TOKENS, "available"), "1000");
}

#[test]
fn i10_an_extension_repeated_with_its_key_extends_once() {
    let env = with_tokens();
    let id = env.reserve(B, &["5tokens"]);
    let extend = ["extend", &id, "--by", "60s", "--key", "k"];
    assert_eq!(env.ok(&extend), env.ok(&extend));
    let list = env.json(&["reservations"]);
    assert_eq!(
        list["reservations"][0]["expires_at"],
        "2026-11-21T12:02:00Z"
    );
}

/// A wrapper with a key that is killed while its child waits; the child ends after it.
fn killed_run(env: &TestEnv) -> [&'static str; 10] {
    let script = "echo >> ran; touch started; while test ! -e gone; do sleep 0.01; done";
    let args = [
        "exec",
        B,
        "--reserve",
        "10tokens",
        "--key",
        "k",
        "--",
        "sh",
        "-c",
        script,
    ];
    let wrapper = start(env.command().args(args));
    until("the child", || env.path().join("started").exists());
    kill(wrapper);
    std::fs::write(env.path().join("gone"), "").expect("a file");
    args
}

fn runs(env: &TestEnv) -> usize {
    let ran = std::fs::read_to_string(env.path().join("ran")).expect("a trace");
    ran.lines().count()
}

#[test]
fn i4_old_answers_are_given_no_more_and_are_cleared_away_now_and_then() {
    let env = with_tokens();
    let spend = |key: &str| env.ok(&["spend", B, "1tokens", "--key", key, "--json"]);
    let kept = || {
        let conn = rusqlite::Connection::open(env.ledger()).expect("the ledger");
        let count = conn.query_row("SELECT count(*) FROM answer", [], |row| row.get(0));
        count.expect("a count")
    };
    let first = spend("a");
    let _ = (spend("b"), spend("c"));
    env.advance(30 * 86_400);
    assert_eq!(spend("a"), first, "as long as promised");
    env.advance(1);
    assert_ne!(spend("a"), first);
    let mut most: i64 = kept();
    assert_eq!(most, 3, "no write looks at all that is kept");
    for entry in 6..=257 {
        let _ = spend(&format!("k{entry}"));
        most = most.max(kept());
    }
    assert_eq!((most, kept()), (254, 253), "two were too old");
}

#[test]
fn i11_the_key_of_a_lost_run_is_used_up_only_where_it_was_started() {
    for (started, code, ran, spent) in [(true, 125, 1, "10"), (false, 0, 2, "10")] {
        let env = TestEnv::with(B, &["100tokens"]);
        let args = killed_run(&env);
        if !started {
            // As if it had been killed before it said that it starts its command.
            let mut owners = env.ledger().into_os_string();
            owners.push(".owners");
            let mut files = std::fs::read_dir(owners).expect("the owners");
            let file = files.next().expect("one").expect("one").path();
            let file = std::fs::OpenOptions::new().write(true).open(file);
            file.expect("its file").write_all(b"0").expect("a byte");
        }
        env.advance(61);
        let output = env.run(&args);
        assert_eq!(output.code, code, "{output}");
        assert_eq!(runs(&env), ran);
        assert_eq!(env.figure(B, "tokens", "spent"), spent);
        assert_eq!(env.run(&args).code, code, "and so it stays");
        assert_eq!(runs(&env), ran);
    }
}

#[test]
fn i11_the_key_of_a_command_that_could_not_be_started_is_not_used_up() {
    let env = TestEnv::with(B, &["100tokens"]);
    let args = [
        "exec",
        B,
        "--reserve",
        "10tokens",
        "--key",
        "k",
        "--",
        "./tool",
    ];
    env.fails(&args, 127);
    env.fails(&args, 127);
    let tool = env.path().join("tool");
    std::fs::write(&tool, "#!/bin/sh\necho >> ran\nexit 7\n").expect("a script");
    env.fails(&args, 126);
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    env.fails(&args, 7);
    env.fails(&args, 7);
    assert_eq!(runs(&env), 1);
    assert_eq!(env.figure(B, "tokens", "spent"), "10");
}
