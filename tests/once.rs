//! What is booked once: a provider's message is counted by one charge, whatever path brings it,
//! and the counters of a session that goes on are charged from where they stood.

#[cfg(test)]
mod support;

use std::path::PathBuf;

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
    let first = usage_file(&env, "first", r#"{"id":"msg_1","usd":0.25}"#);
    run(&env, &first);
    assert_eq!(spent(&env), "0.25");
    let again = "{\"id\":\"msg_1\",\"usd\":0.25}\n{\"id\":\"msg_2\",\"usd\":0.50}\n";
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
fn runs_at_once_charge_a_message_once_or_say_so() {
    let env = TestEnv::with("a", &["99usd"]);
    let file = usage_file(&env, "usage", r#"{"id":"msg_1","usd":0.25}"#);
    run(&env, &file);
    let children: Vec<_> = (0..8)
        .map(|_| {
            let mut command = env.command();
            command.args(["exec", "a", "--reserve", "1usd", "--usage-file"]);
            command.arg(&file).args(["--", "true"]);
            command.spawn().expect("the binary")
        })
        .collect();
    for mut child in children {
        assert!(child.wait().expect("an end").success());
    }
    assert_eq!(spent(&env), "0.25");
}
