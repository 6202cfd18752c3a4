//! What is booked once: a provider's message is counted by one charge, whatever path brings it,
//! and the counters of a session that goes on are charged from where they stood.

#[cfg(test)]
mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;

use support::TestEnv;

fn usage_file(env: &TestEnv, name: &str, lines: &str) -> PathBuf {
    let file = env.path().join(name);
    std::fs::write(&file, lines).expect("a file");
    file
}

fn run(env: &TestEnv, file: &std::path::Path) {
    let file = file.to_str().expect("a path");
    let asks = ["--reserve", "1usd", "--usage-file", file];
    env.ok(&[&["exec", "a"][..], &asks, &["--", "true"]].concat());
}

fn spent(env: &TestEnv) -> String {
    let status = env.json(&["status", "a"]);
    status["budgets"][0]["limits"][0]["spent"]["amount"]
        .as_str()
        .expect("an amount")
        .to_owned()
}

#[test]
fn a_message_is_charged_by_the_first_run_that_reports_it() {
    let env = TestEnv::with("a", &["9usd"]);
    let first = usage_file(
        &env,
        "first",
        r#"{"id":"msg_01XFDUDYJgAACzvnptVV","usd":0.25}"#,
    );
    run(&env, &first);
    assert_eq!(spent(&env), "0.25");
    let again = "{\"id\":\"msg_01XFDUDYJgAACzvnptVV\",\"usd\":0.25}\n{\"id\":\"msg_02XFDUDYJgAACzvnptVV\",\"usd\":0.50}\n";
    let second = usage_file(&env, "second", again);
    run(&env, &second);
    assert_eq!(spent(&env), "0.75");
    // Nothing new was consumed, and that is known.
    run(&env, &second);
    assert_eq!(spent(&env), "0.75");
    let log = env.json(&["log"]);
    let entries = log["entries"].as_array().expect("entries");
    assert!(
        entries.iter().all(|entry| entry["unknown"] != true),
        "{log}"
    );
}

#[test]
fn messages_without_an_id_are_always_charged() {
    let env = TestEnv::with("a", &["9usd"]);
    let file = usage_file(&env, "usage", r#"{"usd":0.25}"#);
    run(&env, &file);
    run(&env, &file);
    assert_eq!(spent(&env), "0.50");
}

#[test]
fn ids_that_count_from_small_numbers_are_of_their_file_alone() {
    let env = TestEnv::with("a", &["9usd"]);
    let file = usage_file(&env, "usage", r#"{"id":"1","usd":0.25}"#);
    run(&env, &file);
    run(&env, &file);
    assert_eq!(spent(&env), "0.50");
}

#[test]
fn runs_at_once_charge_a_message_once() {
    let env = TestEnv::with("a", &["99usd"]);
    for round in 0..4 {
        let line = format!(r#"{{"id":"msg_01XFDUDYJgAACzvnptV{round}","usd":0.25}}"#);
        let file = usage_file(&env, "usage", &line);
        let runs = (0..8).map(|_| {
            let mut command = env.command();
            command.args(["exec", "a", "--reserve", "1usd", "--usage-file"]);
            command.arg(&file).args(["--", "true"]);
            command.stderr(Stdio::piped()).spawn().expect("the binary")
        });
        for child in runs.collect::<Vec<_>>() {
            let output = child.wait_with_output().expect("an end");
            assert!(output.status.success());
            assert_eq!(
                String::from_utf8_lossy(&output.stderr),
                "",
                "it is recorded"
            );
        }
        assert_eq!(spent(&env), format!("{:.2}", 0.25 * f64::from(round + 1)));
    }
}

/// A `codex` whose thread has used so many tokens by now, as it tells of the whole thread.
fn codex(env: &TestEnv, input: u32, output: u32) -> String {
    let usage = serde_json::json!({"input_tokens": input, "cached_input_tokens": 0,
        "output_tokens": output});
    let lines = [
        r#"{"type":"thread.started","thread_id":"t-1"}"#.to_owned(),
        r#"{"type":"turn.started"}"#.to_owned(),
        serde_json::json!({"type": "turn.completed", "usage": usage}).to_string(),
    ];
    let agent = env.path().join("codex");
    let script = format!("#!/bin/sh\ncat <<'EOF'\n{}\nEOF\n", lines.join("\n"));
    std::fs::write(&agent, script).expect("a script");
    std::fs::set_permissions(&agent, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    agent.to_str().expect("a path").to_owned()
}

fn ask_codex(env: &TestEnv, agent: &str, args: &[&str]) -> support::Output {
    let exec = ["exec", "a", "--reserve", "1usd", "--", agent, "exec"];
    env.run(&[&exec[..], args, &["--json", "-m", "gpt-5", "hi"]].concat())
}

#[test]
fn a_resumed_thread_is_charged_what_it_moved_its_counters() {
    let env = TestEnv::with("a", &["9usd"]);
    // 1.25 and 10 dollars for a million tokens of input and output.
    assert_eq!(ask_codex(&env, &codex(&env, 1_000, 100), &[]).code, 0);
    assert_eq!(spent(&env), "0.00225");
    assert_eq!(
        ask_codex(&env, &codex(&env, 3_000, 300), &["resume", "t-1"]).code,
        0
    );
    assert_eq!(spent(&env), "0.00675");
    // Nothing more was used.
    assert_eq!(
        ask_codex(&env, &codex(&env, 3_000, 300), &["resume", "t-1"]).code,
        0
    );
    assert_eq!(spent(&env), "0.00675");
    // A counter that fell began anew.
    assert_eq!(
        ask_codex(&env, &codex(&env, 1_000, 100), &["resume", "t-1"]).code,
        0
    );
    assert_eq!(spent(&env), "0.009");
}

#[test]
fn a_resumed_thread_without_a_baseline_is_unknown_and_the_next_one_is_not() {
    let env = TestEnv::with("a", &["9usd"]);
    let output = ask_codex(&env, &codex(&env, 22_000_000, 100), &["resume", "t-1"]);
    assert!(output.stderr.contains("nobody wrote down"), "{output}");
    assert_eq!(spent(&env), "1.00");
    let output = ask_codex(&env, &codex(&env, 22_001_000, 200), &["resume", "t-1"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    assert_eq!(spent(&env), "1.00225");
}
