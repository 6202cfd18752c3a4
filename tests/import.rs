//! What agents did before or without `budget`: each message is charged once, at its own time, and
//! never blocks today.

#[cfg(test)]
mod support;

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use support::{Output, TestEnv};

const MODEL: &str = "claude-sonnet-4-5";

/// A message of a million tokens of input: 3 dollars, where the model's price is known and the
/// table has no other for long prompts.
fn message(id: &str, at: &str, model: &str, input: u64) -> String {
    let usage = json!({"input_tokens": input, "output_tokens": 0,
        "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0});
    let message = json!({"id": id, "type": "message", "role": "assistant", "model": model,
        "content": [], "stop_reason": "end_turn", "usage": usage});
    json!({"type": "assistant", "timestamp": at, "sessionId": "s-1", "requestId": format!("r-{id}"),
        "cwd": "/src/web", "version": "2.1.197", "isSidechain": false, "uuid": id,
        "message": message})
    .to_string()
}

fn transcript(env: &TestEnv, name: &str, lines: &[String]) {
    let directory = env.path().join(".claude/projects/-src-web");
    fs::create_dir_all(&directory).expect("a directory");
    let mut text = String::new();
    for line in lines {
        writeln!(text, "{line}").expect("memory");
    }
    fs::write(directory.join(name), text).expect("a transcript");
}

fn import(env: &TestEnv, options: &[&str]) -> Value {
    env.json(&[&["import", "claude-code"][..], options].concat())
}

fn spent(env: &TestEnv, name: &str) -> Vec<String> {
    let status = env.json(&["status", name]);
    let limits = status["budgets"][0]["limits"]
        .as_array()
        .expect("limits")
        .clone();
    let text = |limit: &Value| limit["spent"]["amount"].as_str().expect("text").to_owned();
    limits.iter().map(text).collect()
}

/// 100,000 tokens of input cost 0.30 dollars.
fn thirty_cents(id: &str, at: &str) -> String {
    message(id, at, MODEL, 100_000)
}

#[test]
fn a_past_charge_posts_to_the_windows_of_its_own_time() {
    let env = TestEnv::with("me", &["0.40usd/day", "9usd/month", "20usd"]);
    let lines = [
        thirty_cents("m1", "2026-11-18T09:00:00.000Z"),
        thirty_cents("m2", "2026-11-18T10:00:00.000Z"),
        thirty_cents("m3", "2026-10-31T10:00:00.000Z"),
        thirty_cents("m4", "2026-11-21T08:00:00.000Z"),
    ];
    transcript(&env, "s-1.jsonl", &lines);
    let done = import(&env, &["--budget", "me"]);
    assert_eq!(
        (&done["messages"], &done["known"]),
        (&4.into(), &0.into()),
        "{done}"
    );
    assert_eq!(done["amounts"][0]["amount"], "1.20", "{done}");
    // Today, this month, ever.
    assert_eq!(spent(&env, "me"), ["0.30", "0.90", "1.20"]);
    // The day that was overrun is over; today has room for what it has.
    env.ok(&["reserve", "me", "0.10usd"]);
    assert_eq!(env.run(&["reserve", "me", "0.10usd"]).code, 75);
}

/// 100,000 tokens of an advisor that costs 5 dollars for a million, and of what was shortened.
#[test]
fn what_was_requested_beside_a_message_is_charged_at_the_price_of_its_own_model() {
    let env = TestEnv::with("me", &["9usd", "999999tokens"]);
    let entry = |kind: &str, model: &str| json!({"type": kind, "model": model, "input_tokens": 100_000, "output_tokens": 0});
    let mut line: Value =
        serde_json::from_str(&thirty_cents("m1", "2026-11-18T09:00:00.000Z")).expect("JSON");
    line["message"]["usage"]["iterations"] = json!([
        entry("message", MODEL),
        entry("advisor_message", "claude-opus-4-5"),
        entry("compaction", MODEL),
    ]);
    transcript(&env, "s-1.jsonl", &[line.to_string()]);
    let done = import(&env, &["--budget", "me"]);
    assert_eq!(
        (&done["messages"], &done["entries"]),
        (&1.into(), &1.into())
    );
    assert_eq!(spent(&env, "me"), ["1.10", "300000"]);
}

#[test]
fn a_second_import_books_nothing_and_reads_nothing() {
    let env = TestEnv::with("me", &["9usd/month"]);
    let mut lines = vec![thirty_cents("m1", "2026-11-18T09:00:00.000Z")];
    transcript(&env, "s-1.jsonl", &lines);
    assert_eq!(import(&env, &["--budget", "me"])["messages"], 1);
    let before = env.dump();
    let again = import(&env, &["--budget", "me"]);
    assert_eq!(
        (&again["messages"], &again["files"]["read"]),
        (&0.into(), &0.into()),
        "{again}"
    );
    assert_eq!(env.dump(), before, "nothing is written");
    lines.push(thirty_cents("m2", "2026-11-18T09:01:00.000Z"));
    transcript(&env, "s-1.jsonl", &lines);
    // A copy in another file is the same message.
    transcript(&env, "s-2.jsonl", &lines);
    let more = import(&env, &["--budget", "me"]);
    assert_eq!(
        (&more["messages"], &more["known"]),
        (&1.into(), &1.into()),
        "{more}"
    );
    assert_eq!(spent(&env, "me"), ["0.60"]);
}

#[test]
fn what_exec_metered_is_not_imported_again() {
    let env = TestEnv::with("me", &["9usd"]);
    transcript(
        &env,
        "s-0.jsonl",
        &[thirty_cents("m0", "2026-01-20T12:00:00.000Z")],
    );
    let agent = env.path().join("claude");
    let place = env.path().join(".claude/projects/-src-web/s-1.jsonl");
    let line = thirty_cents("m1", "NOW").replace("/src/web", &env.path().display().to_string());
    let line = line
        .replace("NOW", "'$(date -u +%FT%T.%3NZ)'")
        .replace("s-1", "s-9");
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' '{line}' >'{}'\n",
        place.display()
    );
    fs::write(&agent, script).expect("a script");
    fs::set_permissions(&agent, fs::Permissions::from_mode(0o755)).expect("a mode");
    // Files have the times of the real clock.
    let run = |args: &[&str]| Output::of(env.real_time().args(args));
    let agent = agent.to_str().expect("a path");
    let ran = run(&["exec", "me", "--reserve", "1usd", "--", agent]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran}");
    let import = ["import", "claude-code", "--budget", "me", "--json"];
    let done: Value = serde_json::from_str(&run(&import).stdout).expect("JSON");
    assert_eq!(
        (&done["messages"], &done["known"]),
        (&1.into(), &1.into()),
        "{done}"
    );
    assert!(run(&["remaining", "me"]).stdout.contains(r#""usd":8.40"#));
}

#[test]
fn a_message_that_was_imported_while_the_run_went_on_is_not_charged_again() {
    let env = TestEnv::with("me", &["9usd"]);
    let here = env.path().display().to_string();
    let line = |id: &str| {
        let line = thirty_cents(id, "NOW").replace("/src/web", &here);
        line.replace("NOW", "'$(date -u +%FT%T.%3NZ)'")
            .replace("s-1", "s-9")
    };
    let place = env.path().join(".claude/projects/-src-web");
    fs::create_dir_all(&place).expect("a directory");
    let agent = env.path().join("claude");
    let said = place.join("s-9.jsonl");
    // A charge by another path in the middle of the run: a usage file with the message's own id.
    let id = "msg_01XFDUDYJgAACzvnptVV";
    let used = env.path().join("used");
    fs::write(&used, format!("{{\"id\":\"{id}\",\"usd\":\"0.30\"}}")).expect("a file");
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' '{}' '{}' >'{}'\n\
         env -u BUDGET_SESSION -u BUDGET_RESERVATION budget exec me --reserve 1usd --usage-file '{}' -- true\n",
        line(id),
        line("msg_02XFDUDYJgAACzvnptVV"),
        said.display(),
        used.display(),
    );
    fs::write(&agent, script).expect("a script");
    fs::set_permissions(&agent, fs::Permissions::from_mode(0o755)).expect("a mode");
    let run = |args: &[&str]| Output::of(env.real_time().args(args));
    let ran = run(&[
        "exec",
        "me",
        "--reserve",
        "1usd",
        "--",
        agent.to_str().expect("a path"),
        "-p",
        "hi",
    ]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran}");
    assert!(run(&["remaining", "me"]).stdout.contains(r#""usd":8.40"#));
}

#[test]
fn an_answer_that_may_still_be_written_is_left_for_next_time() {
    let env = TestEnv::with("me", &["9usd"]);
    let young = thirty_cents("m2", "2026-11-21T11:58:00.000Z");
    transcript(
        &env,
        "s-1.jsonl",
        &[thirty_cents("m1", "2026-11-21T11:50:00.000Z"), young],
    );
    assert_eq!(import(&env, &["--budget", "me"])["messages"], 1);
    env.advance(600);
    assert_eq!(import(&env, &["--budget", "me"])["messages"], 1);
    assert_eq!(spent(&env, "me"), ["0.60"]);
}

#[test]
fn a_replay_that_turns_up_later_is_the_same_message() {
    let env = TestEnv::with("me", &["9usd"]);
    let id = "msg_01XFDUDYJgAACzvnptVV";
    let line = thirty_cents(id, "2026-11-18T09:00:00.000Z");
    transcript(&env, "s-1.jsonl", std::slice::from_ref(&line));
    assert_eq!(import(&env, &["--budget", "me"])["messages"], 1);
    let replay = line
        .replace("r-msg", "other-msg")
        .replace(r#""isSidechain":false"#, r#""isSidechain":true"#);
    transcript(&env, "s-2.jsonl", &[replay]);
    let again = import(&env, &["--budget", "me"]);
    assert_eq!(
        (&again["messages"], &again["known"]),
        (&0.into(), &1.into()),
        "{again}"
    );
    // Nor is it charged by its answer.
    let answer = format!(
        r#"{{"id":"{id}","type":"message","model":"{MODEL}","usage":{{"input_tokens":100000,"output_tokens":0}}}}"#
    );
    let body = env.path().join("answer");
    fs::write(&body, answer).expect("a file");
    let refused = env.fails(
        &["spend", "me", "--response", body.to_str().expect("a path")],
        65,
    );
    assert!(refused.contains("is booked already"), "{refused}");
}

#[test]
fn a_file_is_read_again_only_for_what_was_left_out_of_it() {
    let env = TestEnv::with("me", &["9usd/month"]);
    let at = "2026-11-18T09:00:00.000Z";
    transcript(&env, "s-1.jsonl", &[message("m1", at, "nobody-knows-1", 5)]);
    transcript(&env, "s-2.jsonl", &[thirty_cents("m2", at)]);
    import(&env, &["--budget", "me"]);
    let again = import(&env, &["--budget", "me"]);
    assert_eq!(
        (&again["files"]["read"], &again["files"]["unchanged"]),
        (&1.into(), &1.into()),
        "{again}"
    );
}

#[test]
fn a_dry_run_fails_where_the_import_would() {
    let env = TestEnv::with("me", &["9usd/month"]);
    transcript(
        &env,
        "s-1.jsonl",
        &[thirty_cents("m1", "2026-11-18T09:00:00.000Z")],
    );
    let import = ["import", "claude-code", "--budget", "nobody", "--dry-run"];
    assert_eq!(env.run(&import).code, 66);
}

#[test]
fn what_nobody_was_billed_for_is_recorded_and_charges_no_money() {
    let env = TestEnv::with("me", &["9usd/month", "900000tokens/month"]);
    let at = "2026-11-18T09:00:00.000Z";
    let unpriced = message("m2", at, "nobody-knows-1", 5);
    transcript(&env, "s-1.jsonl", &[thirty_cents("m1", at), unpriced]);
    let done = import(&env, &["--budget", "me", "--notional"]);
    assert_eq!(done["messages"], 2, "{done}");
    assert_eq!(spent(&env, "me"), ["0.00", "100005"]);
    let log = env.json(&["log", "-n", "1"]);
    let usage = &log["entries"][0]["usage"];
    assert_eq!(usage["notional"], true, "{usage}");
    assert_eq!(usage["models"][0]["cost"]["amount"], "0.30", "{usage}");
}

#[test]
fn rules_say_which_budget_and_what_no_rule_names_is_left_out() {
    let env = TestEnv::with("web", &["9usd/month"]);
    env.ok(&["create", "opus", "--limit", "9usd/month", "--tz", "UTC"]);
    let at = "2026-11-18T09:00:00.000Z";
    let elsewhere = thirty_cents("m3", at).replace("/src/web", "/tmp/other");
    let opus = message("m2", at, "claude-opus-4-5", 10_000);
    transcript(
        &env,
        "s-1.jsonl",
        &[thirty_cents("m1", at), opus, elsewhere],
    );
    let rules = ["--project", "/src=web", "--model", "claude-opus=opus"];
    let done = import(&env, &rules);
    assert_eq!(done["messages"], 2, "{done}");
    assert_eq!(
        done["left_out"][0]["reason"], "no rule says which budget",
        "{done}"
    );
    assert_eq!(
        (spent(&env, "web"), spent(&env, "opus")),
        (vec!["0.30".into()], vec!["0.05".into()])
    );
    // It is not forgotten.
    assert_eq!(import(&env, &["--budget", "web"])["messages"], 1);
}

#[test]
fn a_model_without_a_price_is_said_and_imported_once_there_is_one() {
    let env = TestEnv::with("me", &["9usd/month"]);
    let at = "2026-11-18T09:00:00.000Z";
    transcript(
        &env,
        "s-1.jsonl",
        &[
            message("m1", at, "nobody-knows-1", 5),
            thirty_cents("m2", at),
        ],
    );
    let output = env.run(&["import", "claude-code", "--budget", "me"]);
    assert_eq!(output.code, 0, "{output}");
    assert!(
        output
            .stderr
            .contains("1 left out: no price for nobody-knows-1"),
        "{output}"
    );
    assert_eq!(spent(&env, "me"), ["0.30"]);
    let again = import(&env, &["--budget", "me"]);
    assert_eq!(
        (&again["files"]["read"], &again["known"]),
        (&1.into(), &1.into()),
        "{again}"
    );
}

#[test]
fn a_dry_run_changes_nothing_and_since_leaves_out_what_is_older() {
    let env = TestEnv::with("me", &["9usd/month"]);
    let old = thirty_cents("m1", "2026-11-02T09:00:00.000Z");
    transcript(
        &env,
        "s-1.jsonl",
        &[old, thirty_cents("m2", "2026-11-18T09:00:00.000Z")],
    );
    let before = env.dump();
    let would = import(&env, &["--budget", "me", "--dry-run"]);
    assert_eq!(
        (&would["messages"], &would["dry_run"]),
        (&2.into(), &true.into()),
        "{would}"
    );
    assert_eq!(env.dump(), before);
    assert_eq!(
        import(&env, &["--budget", "me", "--since", "7d"])["messages"],
        1
    );
    assert_eq!(
        import(&env, &["--budget", "me", "--since", "2026-11-01"])["messages"],
        1
    );
    assert_eq!(spent(&env, "me"), ["0.60"]);
}

#[test]
fn a_length_of_time_counts_what_is_younger_than_it() {
    let env = TestEnv::with("me", &["9usd/5h"]);
    let lines = [
        thirty_cents("m1", "2026-11-21T02:00:00.000Z"),
        thirty_cents("m2", "2026-11-21T11:00:00.000Z"),
    ];
    transcript(&env, "s-1.jsonl", &lines);
    import(&env, &["--budget", "me"]);
    assert_eq!(spent(&env, "me"), ["0.30"]);
}

#[test]
fn without_files_or_a_budget_it_says_so() {
    let env = TestEnv::with("me", &["9usd/month"]);
    assert_eq!(env.run(&["import", "claude-code"]).code, 2);
    let nothing = env.run(&["import", "claude-code", "--budget", "me"]);
    assert_eq!(nothing.code, 66, "{nothing}");
    assert!(nothing.stderr.contains("looked for /"), "{nothing}");
    transcript(
        &env,
        "s-1.jsonl",
        &[thirty_cents("m1", "2026-11-18T09:00:00.000Z")],
    );
    assert_eq!(
        env.run(&["import", "claude-code", "--budget", "nobody"])
            .code,
        66
    );
    let made = import(&env, &["--budget", "new", "--limit", "5usd/month"]);
    assert_eq!(made["messages"], 1, "{made}");
    assert_eq!(env.run(&["import", "nobody", "--budget", "me"]).code, 2);
}

#[test]
fn what_qwen_code_and_amp_wrote_down_is_charged_once() {
    let env = TestEnv::with("me", &["9usd", "900000tokens"]);
    let at = "2026-11-18T09:00:00.000Z";
    let event = json!({"event.name": "qwen-code.api_response", "model": "gpt-5.5",
        "response_id": "chatcmpl-0123456789abcdef", "input_token_count": 20000,
        "output_token_count": 10, "cached_content_token_count": 0, "total_token_count": 20010});
    let step = json!({"uuid": "u", "sessionId": "s", "timestamp": at, "type": "system",
        "cwd": "/src/web", "systemPayload": {"uiEvent": event}});
    let usage = json!({"model": "claude-sonnet-4-5", "inputTokens": 1000, "outputTokens": 0,
        "cacheCreationInputTokens": 0, "cacheReadInputTokens": 0, "timestamp": at});
    let thread = json!({"id": "T-1", "env": {"initial": {"trees": [{"uri": "file:///src/web"}]}},
        "messages": [{"role": "assistant", "messageId": 1, "usage": usage}]});
    for (path, text) in [
        (".qwen/projects/-src-web/chats/s.jsonl", step.to_string()),
        (".local/share/amp/threads/T-1.json", thread.to_string()),
    ] {
        let path = env.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("a file");
    }
    for agent in ["qwen-code", "amp"] {
        let import = ["import", agent, "--project", "/src=me"];
        let done = env.json(&import);
        assert_eq!(done["messages"], 1, "{agent}: {done}");
        let again = env.json(&import);
        assert_eq!(
            (&again["messages"], &again["files"]["unchanged"]),
            (&0.into(), &1.into()),
            "{agent}: {again}"
        );
    }
    // 20,000 at 5 dollars a million, 10 at 30; 1,000 at 3.
    assert_eq!(spent(&env, "me"), ["0.1033", "21010"]);
}
