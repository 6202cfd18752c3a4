//! Runs that say nothing of their usage on stdout are metered from the files that their agent
//! keeps: only those messages that the run itself wrote.

#[cfg(test)]
mod support;

#[path = "support/fake.rs"]
mod fake;

use fake::claude;
use serde_json::Value;
use support::{NOON, Output, TestEnv};

/// A minute before noon, at noon and a minute after, as agents write times.
const BEFORE: &str = "2026-11-21T11:59:00.000Z";
const AT: &str = "2026-11-21T12:00:00.000Z";
const AFTER: &str = "2026-11-21T12:01:00.000Z";

fn env() -> TestEnv {
    TestEnv::with("me", &["100usd/day", "100000tokens/day"])
}

/// An answer of a model in a transcript: so many tokens, a cent for each.
fn answer(id: &str, session: &str, time: &str, tokens: u64) -> String {
    format!(
        r#"{{"type":"assistant","timestamp":"{time}","requestId":"req_{id}","sessionId":"{session}","cwd":"'"$PWD"'","costUSD":{}.{:02},"message":{{"id":"msg_{id}","model":"claude-sonnet-4-5","usage":{{"input_tokens":{},"output_tokens":1}}}}}}"#,
        tokens / 100,
        tokens % 100,
        tokens - 1
    )
}

/// Shell words that add lines to the transcript of a session.
fn writes(session: &str, lines: &[String]) -> String {
    let file = format!("$HOME/.claude/projects/p/{session}.jsonl");
    let lines: Vec<_> = lines
        .iter()
        .map(|line| format!("printf '%s\\n' '{line}' >>{file}"))
        .collect();
    format!(
        "mkdir -p $HOME/.claude/projects/p\n{}\ntouch -d {NOON} {file}\n",
        lines.join("\n")
    )
}

/// Runs an agent that does this, with all that is left.
fn exec(env: &TestEnv, body: &str, args: &[&str]) -> Output {
    let agent = claude(env, body);
    let mut command = env.command();
    command.args([
        "exec",
        "me",
        "--reserve",
        "all:usd",
        "--reserve",
        "all:tokens",
        "--result",
        "result",
        "--",
    ]);
    Output::of(command.arg(agent).args(args))
}

fn result(env: &TestEnv) -> Value {
    let text = std::fs::read_to_string(env.path().join("result")).expect("a result");
    serde_json::from_str(&text).expect("JSON")
}

/// What the day has cost, and how many tokens it took.
fn spent(env: &TestEnv) -> (String, String) {
    let spent = |limit| env.figure("me", limit, "spent");
    (spent("usd/day"), spent("tokens/day"))
}

fn pair(usd: &str, tokens: &str) -> (String, String) {
    (usd.to_owned(), tokens.to_owned())
}

#[track_caller]
fn is_unknown(env: &TestEnv, output: &Output, reason: &str) {
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stderr.contains(reason), "{output}");
    assert_eq!(
        result(env)["unknown"]
            .as_str()
            .map(|text| text.contains(reason)),
        Some(true)
    );
    assert_eq!(
        spent(env),
        pair("100.00", "100000"),
        "unknown is what was reserved, not nothing"
    );
}

#[track_caller]
fn is_known(env: &TestEnv, output: &Output, usd: &str, tokens: &str) {
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    assert_eq!(spent(env), pair(usd, tokens));
    assert_eq!(result(env)["unknown"], Value::Null);
}

#[test]
fn an_interactive_run_is_metered_from_its_transcript() {
    let env = env();
    let lines = [
        answer("1", "s", AT, 20),
        answer("1", "s", AT, 30),
        answer("2", "s", AT, 200),
    ];
    let output = exec(&env, &writes("s", &lines), &[]);
    is_known(&env, &output, "2.30", "230");
    let log = env.json(&["log"]);
    let entries = log["entries"].as_array().expect("entries");
    let entry = entries
        .iter()
        .find(|entry| entry["kind"] == "committed")
        .expect("an entry");
    let usage = &entry["usage"];
    assert_eq!(usage["source"], "claude-code", "{entry}");
    assert_eq!(usage["model"], "claude-sonnet-4-5", "{entry}");
    assert_eq!(usage["agent_session"], "s", "{entry}");
    assert_eq!(usage["tokens"]["input"], 228, "{entry}");
    assert_eq!(entry["unknown"], false, "{entry}");
}

#[test]
fn an_interactive_agent_gets_all_that_is_left_unasked() {
    let env = env();
    let agent = claude(&env, &writes("s", &[answer("1", "s", AT, 20)]));
    let output = env.run(&["exec", "me", "--", &agent]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    assert_eq!(spent(&env), pair("0.20", "20"));
}

#[test]
fn a_continued_session_is_charged_what_this_run_added() {
    let env = env();
    let body = writes(
        "s",
        &[answer("1", "s", BEFORE, 5000), answer("2", "s", AT, 40)],
    );
    let output = exec(&env, &body, &["--continue"]);
    is_known(&env, &output, "0.40", "40");
    env.advance(60);
    let more = writes("s", &[answer("3", "s", AFTER, 7)]).replace(NOON, AFTER);
    let output = exec(&env, &more, &["--resume", "s"]);
    is_known(&env, &output, "0.47", "47");
}

#[test]
fn a_total_that_includes_earlier_runs_gives_way_to_the_transcript() {
    let env = env();
    let told = fake::result("9.75").replace("6084de72", "s");
    let body = format!(
        "{}\nprintf '%s\\n' '{told}'",
        writes(
            "s",
            &[answer("1", "s", BEFORE, 900), answer("2", "s", AT, 75)]
        )
    );
    let output = exec(
        &env,
        &body,
        &["-p", "--resume", "s", "--output-format", "json"],
    );
    is_known(&env, &output, "0.75", "75");
}

#[test]
fn money_that_was_told_stays() {
    let env = env();
    let told = fake::result("9.75").replace("6084de72", "s");
    let body = format!(
        "{}\nprintf '%s\\n' '{told}'",
        writes("s", &[answer("1", "s", AT, 900)])
    );
    let output = exec(&env, &body, &["-p", "--output-format", "json"]);
    is_known(&env, &output, "9.75", "5045");
}

#[test]
fn a_session_in_another_directory_or_from_before_is_not_charged() {
    let env = env();
    let elsewhere = answer("9", "t", AT, 3000).replace("$PWD", "/elsewhere");
    let older = [answer("7", "u", BEFORE, 700), answer("8", "u", AT, 800)];
    let body = [
        writes("s", &[answer("1", "s", AT, 20)]),
        writes("t", &[elsewhere]),
        writes("u", &older),
    ];
    let output = exec(&env, &body.concat(), &[]);
    is_known(&env, &output, "0.20", "20");
}

#[test]
fn a_named_session_is_charged_alone_beside_others_of_its_directory() {
    let env = env();
    let told = r#"{"type":"result","subtype":"success","session_id":"s","usage":{"input_tokens":19,"output_tokens":1}}"#;
    let body = [
        writes("s", &[answer("1", "s", AT, 20)]),
        writes("t", &[answer("2", "t", AT, 3000)]),
        format!("printf '%s\\n' '{told}'"),
    ];
    let output = exec(&env, &body.concat(), &["-p", "--output-format", "json"]);
    is_known(&env, &output, "0.20", "20");
}

#[test]
fn two_sessions_that_cannot_be_told_apart_are_unknown() {
    let env = env();
    let body = [
        writes("s", &[answer("1", "s", AT, 20)]),
        writes("t", &[answer("2", "t", AT, 3000)]),
    ];
    let output = exec(&env, &body.concat(), &[]);
    is_unknown(&env, &output, "several sessions went on in this directory");
}

#[test]
fn a_torn_transcript_is_unknown() {
    let env = env();
    let whole = answer("1", "s", AT, 20);
    let torn = answer("2", "s", AT, 20).replace("_tokens\":1}}}", "");
    let body = writes("s", &[whole, torn]);
    let output = exec(&env, &body, &[]);
    is_unknown(&env, &output, "torn or malformed");
}

#[test]
fn without_a_transcript_it_is_unknown() {
    let env = env();
    let output = exec(&env, "true", &[]);
    is_unknown(&env, &output, "claude-code reported nothing");
}

#[test]
fn a_transcript_that_the_run_did_not_touch_is_not_read() {
    let env = env();
    let body = writes("s", &[answer("1", "s", AT, 20)]).replace(NOON, BEFORE);
    let output = exec(&env, &body, &[]);
    is_unknown(&env, &output, "claude-code reported nothing");
}

#[test]
fn an_agent_that_was_cut_short_is_unknown_with_what_it_wrote() {
    let env = env();
    let body = format!(
        "{}\nkill -TERM $$",
        writes("s", &[answer("1", "s", AT, 20)])
    );
    let output = exec(&env, &body, &[]);
    assert!(output.stderr.contains("the agent was stopped"), "{output}");
    assert_eq!(spent(&env), pair("100.00", "100000"));
    let log = env.json(&["log"]);
    let entries = log["entries"].as_array().expect("entries");
    let noted = entries
        .iter()
        .any(|entry| entry["usage"]["tokens"]["input"] == 19);
    assert!(noted, "{log}");
}

#[test]
fn the_place_of_the_variable_is_read() {
    let env = env();
    let body =
        writes("s", &[answer("1", "s", AT, 20)]).replace("$HOME/.claude", "$CLAUDE_CONFIG_DIR");
    let agent = claude(&env, &body);
    let mut command = env.command();
    command.env("CLAUDE_CONFIG_DIR", env.path().join("own"));
    let output = Output::of(command.args(["exec", "me", "--result", "result", "--", &agent]));
    is_known(&env, &output, "0.20", "20");
}

/// Runs an agent that does this on a terminal, which shows what it prints.
fn exec_on_a_terminal(env: &TestEnv, body: &str) -> Output {
    let agent = claude(env, body);
    let terminal = nix::pty::openpty(None, None).expect("a terminal");
    let mut command = env.command();
    command.args(["exec", "me", "--result", "result", "--", &agent]);
    let child = command
        .stdout(terminal.slave)
        .stderr(std::process::Stdio::piped());
    let output = child.spawn().expect("it starts").wait_with_output();
    drop(terminal.master);
    Output::from(&output.expect("it ends"))
}

#[test]
fn on_a_terminal_the_totals_hold_what_the_transcript_leaves_out() {
    let env = env();
    let told = r#"{"projects":{"'"$PWD"'":{"lastSessionId":"s","lastCost":2.5,"lastDuration":0,"lastModelUsage":{"claude-sonnet-4-5":{"inputTokens":249,"outputTokens":1,"costUSD":2.5}}}}}"#;
    let body = format!(
        "{}\nprintf '%s' '{told}' >$HOME/.claude.json; touch -d {NOON} $HOME/.claude.json",
        writes("s", &[answer("1", "s", AT, 100)])
    );
    let output = exec_on_a_terminal(&env, &body);
    is_known(&env, &output, "2.50", "250");
}

#[test]
fn on_a_terminal_a_transcript_without_totals_is_unknown() {
    let env = env();
    let output = exec_on_a_terminal(&env, &writes("s", &[answer("1", "s", AT, 100)]));
    is_unknown(&env, &output, "the agent did not write down its totals");
}

#[test]
fn without_a_meter_no_file_is_read() {
    let env = env();
    let agent = claude(&env, &writes("s", &[answer("1", "s", AT, 20)]));
    env.ok(&[
        "exec",
        "me",
        "--meter",
        "none",
        "--reserve",
        "1usd",
        "--",
        &agent,
    ]);
    assert_eq!(spent(&env).0, "1.00");
}

/// Runs a program of an agent's name that does this, with all that is left.
fn exec_as(env: &TestEnv, name: &str, body: &str, args: &[&str]) -> Output {
    let agent = fake::script(env, name, body);
    let mut command = env.command();
    command.args([
        "exec",
        "me",
        "--reserve",
        "all:usd",
        "--reserve",
        "all:tokens",
    ]);
    Output::of(
        command
            .args(["--result", "result", "--"])
            .arg(agent)
            .args(args),
    )
}

/// Shell words that write a file and make it as old as noon.
fn writes_file(path: &str, text: &str) -> String {
    format!(
        "mkdir -p \"$(dirname \"{path}\")\"\nprintf '%s\\n' '{text}' >>\"{path}\"\ntouch -d {NOON} \"{path}\"\n"
    )
}

/// 2,000 tokens at 5 dollars a million, and one at 30.
const QWEN: &str = r#"{"uuid":"u","sessionId":"s","timestamp":"2026-11-21T12:00:00.000Z","type":"system","cwd":"'"$PWD"'","subtype":"ui_telemetry","systemPayload":{"uiEvent":{"event.name":"qwen-code.api_response","response_id":"chatcmpl-0123456789abcdef","model":"gpt-5.5","input_token_count":2000,"output_token_count":1,"cached_content_token_count":0,"thoughts_token_count":0,"total_token_count":2001}}}"#;

#[test]
fn qwen_code_is_metered_from_its_session_file_and_not_imported_again() {
    let env = env();
    let body = writes_file("$HOME/.qwen/projects/p/chats/s.jsonl", QWEN);
    let output = exec_as(&env, "qwen", &body, &["-p", "hi"]);
    is_known(&env, &output, "0.01003", "2001");
    env.advance(600);
    let import = env.json(&["import", "qwen-code", "--budget", "me"]);
    assert_eq!(
        (&import["messages"], &import["known"]),
        (&0.into(), &1.into()),
        "{import}"
    );
    assert_eq!(spent(&env), pair("0.01003", "2001"));
}

#[test]
fn a_thread_of_amp_is_less_than_the_run_consumed() {
    let env = env();
    let thread = r#"{"id":"T-1","messages":[{"role":"assistant","messageId":1,"usage":{"model":"claude-sonnet-4-5","inputTokens":1000,"outputTokens":20,"cacheCreationInputTokens":0,"cacheReadInputTokens":0,"timestamp":"2026-11-21T12:00:00.000Z"}}],"env":{"initial":{"trees":[{"uri":"file://'"$PWD"'"}]}}}"#;
    let body = writes_file("$HOME/.local/share/amp/threads/T-1.json", thread);
    let output = exec_as(&env, "amp", &body, &["-x", "hi"]);
    is_unknown(&env, &output, "had a title made for its thread");
    let log = env.json(&["log"]);
    let entries = log["entries"].as_array().expect("entries");
    let usage = &entries.last().expect("an entry")["usage"];
    assert_eq!(usage["tokens"]["output"], 20, "{usage}");
    // It stands for the answers that it is known to be of.
    env.advance(600);
    let import = env.json(&["import", "amp", "--budget", "me"]);
    assert_eq!(
        (&import["messages"], &import["known"]),
        (&0.into(), &1.into()),
        "{import}"
    );
}

/// What aider writes to its log of a run outside of repositories: 107 tokens.
fn aider_log() -> String {
    let event = |name: &str, properties: &str| {
        format!(
            r#"{{"event":"{name}","properties":{{{properties}}},"user_id":"u","time":1795262400}}"#
        )
    };
    let answer = r#""main_model":"gpt-4o","prompt_tokens":101,"completion_tokens":6,"total_tokens":107,"cost":0.0003125,"total_cost":0.0003125"#;
    [
        event("launched", ""),
        event("no-repo", ""),
        event("message_send_starting", ""),
        event("message_send", answer),
        event("exit", ""),
    ]
    .join("\n")
}

#[test]
fn aider_is_metered_from_the_log_that_its_caller_named() {
    let env = env();
    let body = writes_file("log", &aider_log());
    let exact = ["--no-stream", "--no-git"];
    let named = [&exact[..], &["--analytics-log", "log"]].concat();
    let output = exec_as(&env, "aider", &body, &named);
    is_known(&env, &output, "0.0003125", "107");
}

#[test]
fn what_aider_was_told_by_the_environment_is_the_same() {
    let env = env();
    let agent = fake::script(&env, "aider", &writes_file("log", &aider_log()));
    let mut command = env.command();
    command.args([
        "exec",
        "me",
        "--reserve",
        "1usd",
        "--result",
        "result",
        "--",
    ]);
    command.arg(agent).args(["--no-stream", "--no-git"]);
    let output = Output::of(command.env("AIDER_ANALYTICS_LOG", "log"));
    is_known(&env, &output, "0.0003125", "107");
}

#[test]
fn aiders_guesses_are_unknown() {
    let env = env();
    let body = writes_file("log", &aider_log());
    let output = exec_as(&env, "aider", &body, &["--no-git", "--analytics-log=log"]);
    is_unknown(
        &env,
        &output,
        "guesses the tokens of answers that it streams",
    );
}

#[test]
fn the_log_of_aider_goes_before_what_it_rounds() {
    let env = env();
    let body = writes_file("log", &aider_log())
        + "echo 'Tokens: 101 sent, 6 received. Cost: $0.0003 message, $0.0003 session.'\n";
    let agent = fake::script(&env, "aider", &body);
    let mut command = env.command();
    command.args(["exec", "me", "--meter", "aider", "--reserve", "1usd"]);
    command.args(["--result", "result", "--"]).arg(agent);
    command.args(["--no-stream", "--no-git", "--analytics-log", "log"]);
    is_known(&env, &Output::of(&mut command), "0.0003125", "107");
}
