//! What the caller of a run is told: its exit code, its result file, and what a key replays.

use std::fs;

use serde_json::{Value, json};

use super::fake::{end, start, touch, until, wait_for_file};
use super::{TestEnv, dollars, exec, latest, two_dollars};

fn result_of(env: &TestEnv) -> Value {
    let text = fs::read_to_string(env.path().join("result")).expect("the result file");
    assert!(text.ends_with("}\n"), "{text}");
    serde_json::from_str(&text).expect("JSON")
}

const OPTIONS: [&str; 4] = ["--reserve", "1usd", "--result", "result"];

#[test]
fn the_result_of_a_run_is_a_file() {
    let env = two_dollars();
    let inside = "budget spend me 0.25usd -q >&2; exit 7";
    assert_eq!(exec(&env, &OPTIONS, &["sh", "-c", inside]).code, 7);
    let result = result_of(&env);
    let run = latest(&env);
    let dollars = json!([{"unit": "usd", "amount": "0.25"}]);
    for (field, expected) in [
        ("schema", json!(1)),
        ("outcome", json!("ran")),
        ("ending", json!("exited")),
        ("exit_code", json!(7)),
        ("session", run["session"].clone()),
        ("reservation", run["id"].clone()),
        ("nested", dollars),
        ("recorded", json!(true)),
        ("unknown", Value::Null),
    ] {
        assert_eq!(result[field], expected, "{field}: {result}");
    }
    assert_eq!(
        exec(&env, &OPTIONS, &["sh", "-c", "kill -TERM $$"]).code,
        143
    );
    let result = result_of(&env);
    assert_eq!(
        (&result["ending"], &result["exit_code"]),
        (&"signaled".into(), &143.into())
    );
    let charged = json!([{"unit": "usd", "amount": "1.00"}]);
    assert_eq!(result["charged"], charged, "{result}");
}

#[test]
fn the_result_tells_a_denial_from_a_code_of_the_childs() {
    let env = two_dollars();
    assert_eq!(exec(&env, &OPTIONS, &["sh", "-c", "exit 75"]).code, 75);
    assert_eq!(result_of(&env)["outcome"], "ran");
    let options = ["--reserve", "1.50usd", "--result", "result"];
    assert_eq!(exec(&env, &options, &["touch", "ran"]).code, 75);
    let result = result_of(&env);
    assert_eq!(result["outcome"], "not_started");
    assert_eq!(result["error"]["code"], "denied", "{result}");
    assert_eq!(result["error"]["failed"][0]["budget"], "me", "{result}");
    assert_eq!(exec(&env, &OPTIONS, &["no-such-program"]).code, 127);
    assert_eq!(result_of(&env)["error"]["code"], "not_started");
    assert!(!env.path().join("ran").exists());
}

#[test]
fn a_denial_may_have_a_code_of_its_own() {
    let env = two_dollars();
    assert_eq!(exec(&env, &["--reserve", "1.50usd"], &["true"]).code, 0);
    for (reserve, plain) in [("1usd", 75), ("3usd", 77)] {
        assert_eq!(
            exec(&env, &["--reserve", reserve], &["touch", "ran"]).code,
            plain
        );
        let options = ["--reserve", reserve, "--denied-exit", "9"];
        assert_eq!(exec(&env, &options, &["touch", "ran"]).code, 9);
    }
    let options = ["--reserve", "0.10usd", "--denied-exit", "9"];
    assert_eq!(exec(&env, &options, &["sh", "-c", "exit 75"]).code, 75);
    let elsewhere = env.run(&[
        "exec",
        "you",
        "--reserve",
        "1usd",
        "--denied-exit",
        "9",
        "--",
        "true",
    ]);
    assert_eq!(elsewhere.code, 66, "only denials: {elsewhere}");
    assert!(!env.path().join("ran").exists());
}

#[test]
fn a_key_runs_once_and_gives_the_same_code_again() {
    for (ends, code) in [("exit 7", 7), ("kill -TERM $$", 143), ("exit 0", 0)] {
        let env = two_dollars();
        let body = format!("echo ran >>marks; {ends}");
        let options = ["--reserve", "0.50usd", "--key", "nightly"];
        for _ in 0..3 {
            assert_eq!(exec(&env, &options, &["sh", "-c", &body]).code, code);
        }
        let marks = fs::read_to_string(env.path().join("marks")).expect("the mark");
        assert_eq!(marks, "ran\n");
        assert_eq!(dollars(&env), ("0.50".to_owned(), "0.00".to_owned()));
        let other = ["--reserve", "0.60usd", "--key", "nightly"];
        assert_eq!(exec(&env, &other, &["sh", "-c", &body]).code, 65);
        let again = ["--reserve", "0.50usd", "--key", "tonight"];
        assert_eq!(exec(&env, &again, &["sh", "-c", &body]).code, code);
        assert_eq!(dollars(&env).0, "1.00");
    }
}

#[test]
fn a_key_whose_run_goes_on_is_a_conflict() {
    let env = two_dollars();
    let options = [
        "exec",
        "me",
        "--reserve",
        "0.50usd",
        "--key",
        "nightly",
        "--",
        "sh",
        "-c",
    ];
    let body = format!("echo ran >>marks; {}; exit 3", until("go"));
    let mut command = env.command();
    let first = start(command.args(options).arg(&body));
    wait_for_file(&env.path().join("marks"));
    let mut again = options.to_vec();
    again.push(&body);
    let error = env.fails(&again, 65);
    assert!(error.contains("still going on"), "{error}");
    touch(&env.path().join("go"));
    assert_eq!(end(first).code, 3);
    assert_eq!(env.run(&again).code, 3);
    let marks = fs::read_to_string(env.path().join("marks")).expect("the mark");
    assert_eq!(marks, "ran\n");
}

#[test]
fn a_denial_is_not_remembered_for_its_key() {
    let env = TestEnv::with("me", &["1usd/day"]);
    let other = env.reserve("me", &["1usd"]);
    let options = ["--reserve", "1usd", "--key", "nightly"];
    assert_eq!(exec(&env, &options, &["touch", "ran"]).code, 75);
    env.ok(&["release", &other]);
    assert_eq!(exec(&env, &options, &["touch", "ran"]).code, 0);
    assert!(env.path().join("ran").exists());
}
