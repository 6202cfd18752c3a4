//! `--response`: what a provider answered is booked, once, exactly, or not at all.

#[cfg(test)]
mod support;

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};
use support::{Output, TestEnv};

/// Two answers that a price table prices, one that says its charge, one that nobody can price.
const CHAT: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","model":"gpt-4o-2024-08-06","choices":[{"index":0,"finish_reason":"stop","message":{"content":"SECRET"}}],"usage":{"prompt_tokens":14,"completion_tokens":8,"total_tokens":22}}"#;
const CHAT_COST: &str = "0.000115";
const MESSAGE: &str = r#"{"id":"msg_01","type":"message","model":"claude-sonnet-4-5-20250929","content":[{"type":"text","text":"SECRET"}],"usage":{"input_tokens":14,"output_tokens":65,"service_tier":"standard"}}"#;
const MESSAGE_COST: &str = "0.001017";
const ROUTED: &str = r#"{"id":"gen-1","object":"chat.completion","model":"openai/gpt-5-mini","choices":[],"usage":{"prompt_tokens":17,"completion_tokens":2177,"completion_tokens_details":{"reasoning_tokens":960},"cost":0.00435825,"is_byok":false}}"#;
const UNPRICED: &str = r#"{"id":"chatcmpl-9","object":"chat.completion","model":"made-up-1","choices":[],"usage":{"prompt_tokens":100,"completion_tokens":20}}"#;
const LOCAL: &str = r#"{"model":"llama3.2","done":true,"prompt_eval_count":26,"eval_count":298}"#;
const CUT: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"claude-sonnet-4-5\",\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n";

/// A budget of five dollars a day.
fn env() -> TestEnv {
    TestEnv::with("me", &["5usd/day"])
}

/// A file in the place, by its name.
fn file(env: &TestEnv, content: impl AsRef<[u8]>) -> &'static str {
    std::fs::write(env.path().join("answer"), content).expect("a file");
    "answer"
}

fn piped(env: &TestEnv, args: &[&str], content: &str) -> Output {
    let mut child = env
        .command()
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(content.as_bytes()).expect("it is read");
    drop(stdin);
    Output::from(&child.wait_with_output().expect("it ends"))
}

fn charged(answer: &Value, unit: &str) -> String {
    let amounts = answer["charged"].as_array().expect("amounts");
    let amount = amounts.iter().find(|amount| amount["unit"] == unit);
    amount.unwrap_or_else(|| panic!("no {unit} in {answer}"))["amount"]
        .as_str()
        .expect("a decimal")
        .to_owned()
}

fn last_entry(env: &TestEnv) -> Value {
    let log = env.json(&["log"]);
    log["entries"]
        .as_array()
        .expect("entries")
        .last()
        .expect("one")
        .clone()
}

#[test]
fn a_commit_books_what_the_answer_was_charged() {
    let env = env();
    let id = env.reserve("me", &["0.50usd"]);
    let answer = env.json(&["commit", &id, "--response", file(&env, ROUTED)]);
    assert_eq!(charged(&answer, "usd"), "0.00435825");
    assert_eq!(charged(&answer, "tokens"), "2194");
    assert_eq!(answer["unknown"], false);
    assert_eq!(env.figure("me", "usd/day", "spent"), "0.00435825");
    assert_eq!(env.figure("me", "usd/day", "reserved"), "0.00");
    let usage = &last_entry(&env)["usage"];
    assert_eq!(usage["source"], "openrouter");
    assert_eq!(usage["model"], "openai/gpt-5-mini");
    assert_eq!(usage["provider"], "openrouter");
    assert_eq!(usage["cost_is"], "reported");
    assert_eq!(usage["tokens"]["reasoning"], 960);
}

#[test]
fn what_has_no_charge_is_priced() {
    let env = env();
    let id = env.reserve("me", &["0.50usd"]);
    let output = piped(&env, &["commit", &id, "--response", "-", "--json"], CHAT);
    assert_eq!(output.code, 0, "{output}");
    let answer = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(charged(&answer, "usd"), CHAT_COST);
    let usage = &last_entry(&env)["usage"];
    assert_eq!(usage["cost_is"], "computed");
    assert_eq!(usage["pricing"]["provider"], "openai");

    let answer = env.json(&["spend", "me", "--response", file(&env, MESSAGE)]);
    assert_eq!(charged(&answer, "usd"), MESSAGE_COST);
    assert_eq!(charged(&answer, "tokens"), "79");
}

#[test]
fn nothing_of_the_answer_but_names_and_figures_is_kept() {
    let env = env();
    env.ok(&["spend", "me", "--response", file(&env, CHAT)]);
    env.ok(&["spend", "me", "--response", file(&env, MESSAGE)]);
    let mut kept = Vec::new();
    let ledger = env.ledger();
    for entry in std::fs::read_dir(ledger.parent().expect("a directory")).expect("files") {
        let path = entry.expect("a file").path();
        kept.extend(std::fs::read(path).unwrap_or_default());
    }
    let has = |text: &[u8]| kept.windows(text.len()).any(|window| window == text);
    assert!(has(b"gpt-4o-2024-08-06"));
    assert!(!has(b"SECRET"));
}

#[test]
fn a_typed_amount_goes_before_the_answers_own() {
    let env = env();
    let id = env.reserve("me", &["0.50usd"]);
    let body = file(&env, ROUTED);
    let answer = env.json(&["commit", &id, "0.31usd", "7calls", "--response", body]);
    assert_eq!(charged(&answer, "usd"), "0.31");
    assert_eq!(charged(&answer, "tokens"), "2194");
    assert_eq!(charged(&answer, "calls"), "7");
    let body = file(&env, ROUTED.replace("gen-1", "gen-2"));
    let answer = env.json(&["spend", "me", "5tokens", "--response", body]);
    assert_eq!(charged(&answer, "tokens"), "5");
    assert_eq!(charged(&answer, "usd"), "0.00435825");
}

#[test]
fn an_answer_is_booked_once() {
    let env = env();
    let body = file(&env, CHAT);
    let first = env.ok(&["spend", "me", "--response", body, "--json"]);
    let before = env.dump();
    let again = env.ok(&["spend", "me", "--response", body, "--json"]);
    assert_eq!((again, env.dump()), (first, before.clone()));
    // The same answer with other figures is not the same request.
    let other = CHAT.replace("\"completion_tokens\":8", "\"completion_tokens\":9");
    let refused = env.fails(&["spend", "me", "--response", file(&env, other)], 65);
    assert!(refused.contains("booked already, with other"), "{refused}");
    assert_eq!(env.dump(), before);

    let id = env.reserve("me", &["0.50usd"]);
    let body = file(&env, MESSAGE);
    let first = env.ok(&["commit", &id, "--response", body, "--json"]);
    let before = env.dump();
    let again = env.ok(&["commit", &id, "--response", body, "--json"]);
    assert_eq!((again, env.dump()), (first, before));
}

/// Another reservation, another budget, another key.
#[test]
fn an_answer_is_booked_once_whatever_path_brings_it() {
    let env = env();
    let body = file(&env, MESSAGE);
    env.ok(&["spend", "me", "--response", body]);
    let id = env.reserve("me", &["0.50usd"]);
    env.ok(&["create", "you", "--limit", "5usd/day"]);
    let before = env.dump();
    for args in [
        vec!["commit", id.as_str(), "--response", body],
        vec!["spend", "you", "--response", body],
        vec!["spend", "me", "--response", body, "--key", "mine"],
    ] {
        let error = env.json_error(&args, 65);
        assert_eq!(error["error"]["code"], "booked_before", "{error}");
        assert_eq!(env.dump(), before);
    }
}

#[test]
fn another_answer_is_another_charge() {
    let env = env();
    env.ok(&["spend", "me", "--response", file(&env, CHAT)]);
    let other = CHAT.replace("chatcmpl-1", "chatcmpl-2");
    env.ok(&["spend", "me", "--response", file(&env, other)]);
    assert_eq!(env.figure("me", "usd/day", "spent"), "0.00023");
}

/// Some count their ids from small numbers, and use them again.
#[test]
fn a_short_id_used_again_at_another_time_is_another_answer() {
    let env = env();
    for second in ["1763700001", "1763700002"] {
        let body = CHAT.replace("\"model\"", &format!("\"created\":{second},\"model\""));
        let body = file(&env, body);
        env.ok(&["spend", "me", "--response", body]);
        env.ok(&["spend", "me", "--response", body]);
    }
    assert_eq!(env.figure("me", "usd/day", "spent"), "0.00023");
}

/// What was asked beside the message is billed at the price of its own model.
#[test]
fn every_request_of_a_message_is_priced_by_its_model() {
    let env = env();
    let body = r#"{"id":"msg_02","type":"message","model":"claude-sonnet-4-5-20250929","usage":{"input_tokens":1000,"output_tokens":100,"iterations":[{"type":"message","input_tokens":1000,"output_tokens":100},{"type":"advisor_message","model":"claude-opus-4-5-20251101","input_tokens":2000,"output_tokens":10}]}}"#;
    let answer = env.json(&["spend", "me", "--response", file(&env, body)]);
    // 1000 × 3 + 100 × 15, and 2000 × 5 + 10 × 25, by the million.
    assert_eq!(charged(&answer, "usd"), "0.01475");
    assert_eq!(charged(&answer, "tokens"), "3110");
    let models = last_entry(&env)["usage"]["models"].clone();
    assert_eq!(models.as_array().map(Vec::len), Some(2), "{models}");
}

#[test]
fn a_model_without_a_price_is_charged_as_reserved_flagged_and_correctable() {
    let env = env();
    let id = env.reserve("me", &["0.50usd"]);
    let body = file(&env, UNPRICED);
    let output = env.run(&["commit", &id, "--response", body, "--json"]);
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stderr.contains("no price for made-up-1"), "{output}");
    assert!(
        output.stderr.contains(&format!("budget commit {id}")),
        "{output}"
    );
    let answer = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(charged(&answer, "usd"), "0.50");
    assert_eq!(charged(&answer, "tokens"), "120");
    assert_eq!(answer["unknown"], true);
    let entry = last_entry(&env);
    assert_eq!(
        (&entry["unknown"], &entry["usage"]["cost"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(env.json(&["status"])["unknown"][0]["id"], id);
    env.ok(&["verify"]);

    let corrected = env.json(&["commit", &id, "0.02usd"]);
    assert_eq!(corrected["unknown"], false);
    assert_eq!(env.figure("me", "usd/day", "spent"), "0.02");
    assert_eq!(env.json(&["status"])["unknown"], json!([]));
    env.fails(&["commit", &id, "0.03usd"], 65);
}

#[test]
fn a_model_without_a_price_is_what_was_chosen_for_the_unknown() {
    let env = env();
    env.ok(&["set", "me", "--on-unknown", "release"]);
    let id = env.ok(&["reserve", "me", "0.50usd", "--on-unknown", "release"]);
    let answer = env.json(&["commit", &id, "--response", file(&env, UNPRICED)]);
    assert_eq!(charged(&answer, "usd"), "0.00");
    assert_eq!(answer["unknown"], true);
}

#[test]
fn an_unknown_cost_needs_money_that_can_stand_for_it() {
    let env = TestEnv::with("me", &["5usd/day", "1Mtokens/day"]);
    let body = file(&env, UNPRICED);
    let commit = |id: &str, more: &[&str]| {
        let mut args = vec!["commit", id, "--response", body];
        args.extend(more);
        let before = env.dump();
        let error = env.json_error(&args, 65);
        assert_eq!(error["error"]["code"], "unknown_cost", "{error}");
        assert_eq!(env.dump(), before);
    };
    // Nothing reserved, a part of what is reserved, and what can be corrected only once.
    let tokens = env.reserve("me", &["1000tokens"]);
    commit(&tokens, &[]);
    let money = env.reserve("me", &["0.50usd"]);
    commit(&money, &["--keep"]);
    env.advance(100);
    env.ok(&["status"]);
    env.ok(&["spend", "me", "0usd"]);
    commit(&money, &[]);
    env.ok(&["commit", &money, "0.01usd", "--response", body]);
    assert_eq!(env.figure("me", "usd/day", "spent"), "0.01");
}

#[test]
fn where_no_money_is_limited_tokens_will_do() {
    let env = TestEnv::with("me", &["1Mtokens/day"]);
    let id = env.reserve("me", &["1000tokens"]);
    let answer = env.json(&["commit", &id, "--response", file(&env, LOCAL)]);
    assert_eq!(charged(&answer, "tokens"), "324");
    assert_eq!(answer["unknown"], false);
}

#[test]
fn a_charge_without_a_price_is_refused_until_the_money_is_named() {
    let env = env();
    for body in [UNPRICED, LOCAL] {
        let before = env.dump();
        let error = env.json_error(&["spend", "me", "--response", file(&env, body)], 65);
        assert_eq!(error["error"]["code"], "unknown_cost", "{error}");
        assert!(
            error["error"]["hint"]
                .as_str()
                .is_some_and(|hint| hint.contains("0usd"))
        );
        assert_eq!(env.dump(), before);
    }
    let answer = env.json(&["spend", "me", "0usd", "--response", file(&env, LOCAL)]);
    assert_eq!(charged(&answer, "tokens"), "324");
    assert_eq!(charged(&answer, "usd"), "0.00");
}

#[test]
fn tokens_that_no_table_prices_are_not_priced_as_text() {
    let env = env();
    let body = CHAT.replace(
        "\"total_tokens\":22",
        "\"prompt_tokens_details\":{\"audio_tokens\":3}",
    );
    let stderr = env.fails(&["spend", "me", "--response", file(&env, body)], 65);
    assert!(
        stderr.contains("tokens of audio have a price of their own"),
        "{stderr}"
    );
}

#[test]
fn what_was_typed_of_the_model_decides_its_price() {
    let env = env();
    let converse = r#"{"output":{},"stopReason":"end_turn","usage":{"inputTokens":14,"outputTokens":65,"totalTokens":79}}"#;
    let body = file(&env, converse);
    let stderr = env.fails(&["spend", "me", "--response", body], 65);
    assert!(stderr.contains("no model is named"), "{stderr}");
    let model = "anthropic.claude-3-haiku-20240307-v1:0";
    let answer = env.json(&["spend", "me", "--response", body, "--model", model]);
    // 14 × 0.25 + 65 × 1.25, by the million.
    assert_eq!(charged(&answer, "usd"), "0.00008475");
    assert_eq!(last_entry(&env)["usage"]["source"], "bedrock-converse");

    let groq = UNPRICED.replace("made-up-1", "llama-3.3-70b-versatile");
    let body = file(&env, groq);
    env.fails(&["spend", "me", "--response", body], 65);
    env.ok(&["spend", "me", "--response", body, "--provider", "groq"]);
    assert_eq!(last_entry(&env)["usage"]["pricing"]["provider"], "groq");
}

#[test]
fn a_cut_stream_is_refused_with_what_is_certain_and_can_still_be_settled() {
    let env = env();
    let id = env.reserve("me", &["0.50usd"]);
    let before = env.dump();
    let body = file(&env, CUT);
    let error = env.json_error(&["commit", &id, "--response", body], 65);
    let message = error["error"]["message"].as_str().expect("a message");
    assert!(message.contains("26 tokens are certain"), "{message}");
    assert_eq!(error["error"]["code"], "unknown_usage");
    let hint = error["error"]["hint"].as_str().expect("a hint");
    assert!(hint.contains("budget commit ID"), "{hint}");
    assert_eq!(env.dump(), before);
    env.fails(&["spend", "me", "--response", body], 65);
    assert_eq!(env.dump(), before);
    env.ok(&["commit", &id]);
    assert_eq!(env.figure("me", "usd/day", "spent"), "0.50");
}

#[test]
fn what_cannot_be_booked_changes_nothing() {
    let env = env();
    let id = env.reserve("me", &["0.50usd"]);
    let before = env.dump();
    let error = r#"{"type":"error","error":{"type":"rate_limit_error","message":"SECRET"}}"#;
    let cut: String = CHAT.chars().take(80).collect();
    let hostile = CHAT.replace("\"prompt_tokens\":14", "\"prompt_tokens\":-14");
    for (body, says) in [
        (error, "an error: rate_limit_error"),
        ("", "the answer is empty"),
        ("{}", "no answer of an API that is known"),
        ("<html>502</html>", "no answer of an API that is known"),
        (cut.as_str(), "cut off"),
        (hostile.as_str(), "prompt_tokens is negative"),
        ("\u{0}\u{1}\u{1b}[31m", "no answer of an API that is known"),
    ] {
        let body = file(&env, body);
        for args in [
            ["commit", id.as_str(), "--response", body],
            ["spend", "me", "--response", body],
        ] {
            let stderr = env.fails(&args, 65);
            assert!(stderr.contains(says), "{stderr}");
            assert!(!stderr.contains("SECRET"), "{stderr}");
            assert_eq!(env.dump(), before);
        }
    }
    let large = std::fs::File::create(env.path().join("answer")).expect("a file");
    large.set_len(64 * 1024 * 1024 + 1).expect("a sparse file");
    let stderr = env.fails(&["spend", "me", "--response", "answer"], 65);
    assert!(stderr.contains("64 MiB"), "{stderr}");
    for (args, says) in [
        (["--response", "nowhere"], "there is no such file: nowhere"),
        (["--response", "."], "cannot be read"),
        (["--api", "gemini"], "--response"),
    ] {
        let stderr = env.fails(&[&["spend", "me"][..], &args].concat(), 2);
        assert!(stderr.contains(says), "{stderr}");
    }
    let body = file(&env, CHAT);
    for more in [["--input-tokens", "5"], ["--api", "telepathy"]] {
        let args = [&["spend", "me", "--response", body][..], &more].concat();
        env.fails(&args, 2);
    }
    assert_eq!(env.dump(), before);
}

#[test]
fn an_api_that_is_named_is_not_guessed() {
    let env = env();
    // Nothing but the figures themselves, as a script may have cut them out.
    let body =
        r#"{"model":"claude-sonnet-4-5-20250929","usage":{"input_tokens":14,"output_tokens":65}}"#;
    let body = file(&env, body);
    env.fails(&["spend", "me", "--response", body], 65);
    let answer = env.json(&["spend", "me", "--response", body, "--api", "anthropic"]);
    assert_eq!(charged(&answer, "usd"), MESSAGE_COST);
    let stderr = env.fails(
        &["spend", "me", "--response", body, "--api", "openai-chat"],
        65,
    );
    assert!(stderr.contains("prompt_tokens is missing"), "{stderr}");
}

#[test]
fn inside_a_run_it_comes_off_what_the_run_reserved() {
    let env = env();
    let body = file(&env, ROUTED);
    let spend = format!("budget spend me --response {body}");
    env.ok(&["exec", "me", "--reserve", "1usd", "--", "sh", "-c", &spend]);
    assert_eq!(env.figure("me", "usd/day", "spent"), "0.00435825");
    assert_eq!(env.figure("me", "usd/day", "reserved"), "0.00");
}

#[test]
fn a_binary_stream_of_bedrock_is_booked_like_any_other_and_not_where_it_is_cut() {
    let invoked: &[u8] = include_bytes!("../src/usage/responses/fixtures/invoke_model.eventstream");
    let converse: &[u8] = include_bytes!("../src/usage/responses/fixtures/converse.eventstream");
    let env = env();
    let id = env.reserve("me", &["0.50usd"]);
    let before = env.dump();
    for damaged in [
        [&invoked[..900], &invoked[901..]].concat(),
        converse[..converse.len() - 1].to_vec(),
    ] {
        let refused = env.fails(&["commit", &id, "--response", file(&env, damaged)], 65);
        assert!(
            refused.contains("damaged") || refused.contains("cut off"),
            "{refused}"
        );
        assert_eq!(env.dump(), before);
    }
    let done = env.json(&["commit", &id, "--response", file(&env, invoked)]);
    assert_eq!(charged(&done, "tokens"), "5045", "{done}");
    // 1,200 tokens at 3.30 dollars a million, 500 at 0.33, 3,000 at 4.125, 345 at 16.50: no region
    // is named.
    assert_eq!(charged(&done, "usd"), "0.0221925", "{done}");
    let entry = last_entry(&env);
    assert_eq!(entry["usage"]["provider"], "aws", "{entry}");
    let spend = ["spend", "me", "--response", file(&env, converse)];
    let model = [
        "--model",
        "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ];
    let done = env.json(&[&spend[..], &model].concat());
    // The same at 3 dollars a million, as for all regions.
    assert_eq!(charged(&done, "usd"), "0.020175", "{done}");
}

fn typed<'a>(words: &[&'a str], model: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let tokens = ["--model", model, "--input-tokens", "1000000"];
    [words, &tokens, more].concat()
}

#[test]
fn a_model_and_its_tokens_that_are_typed_have_a_price() {
    let env = TestEnv::with("me", &["9usd"]);
    env.ok(&typed(
        &["spend", "me"],
        "gpt-5",
        &["--output-tokens", "100000"],
    ));
    assert_eq!(env.figure("me", "usd", "spent"), "2.25");
    let id = env.reserve("me", &["1usd"]);
    env.ok(&typed(&["commit", &id], "gpt-5", &[]));
    assert_eq!(env.figure("me", "usd", "spent"), "3.50");
    // Money that is typed goes before a price.
    env.ok(&typed(&["spend", "me", "0.50usd"], "gpt-5", &[]));
    assert_eq!(env.figure("me", "usd", "spent"), "4.00");
    let before = env.dump();
    env.fails(&typed(&["spend", "me"], "nobody-knows", &[]), 65);
    env.fails(&typed(&["spend", "me"], "gpt-5", &["--notional"]), 2);
    assert_eq!(env.dump(), before);
    let id = env.reserve("me", &["1usd"]);
    let committed = env.run(&typed(&["commit", &id], "nobody-knows", &[]));
    assert!(
        committed.stderr.contains("is charged as reserved"),
        "{committed}"
    );
    assert!(env.ok(&["status"]).contains("unknown: "));
}

#[test]
fn an_empty_answer_is_said_to_be_empty() {
    let env = TestEnv::with("me", &["9usd"]);
    std::fs::write(env.path().join("empty"), "\n").expect("a file");
    let said = env.fails(&["spend", "me", "--response", "empty"], 65);
    assert!(said.contains("the answer is empty"), "{said}");
}
