//! Real output of Claude Code 2.1.197 against a provider that served known tokens, and what a
//! stream can do wrong.

use super::*;
use crate::usage::agents::MAX_MESSAGE;
use crate::usage::agents::messages::{OVERSIZE, TORN};
use crate::usage::{Cost, Source};

mod hostile;
mod several;

const SUCCESS: &str = include_str!("../fixtures/success.json");
const STREAM: &str = include_str!("../fixtures/success.jsonl");
const CLEAR: &str = include_str!("../fixtures/clear.jsonl");

fn read_chunks<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, resumed: bool) -> Reading {
    let mut meter = meter(resumed);
    for chunk in chunks {
        meter.feed(chunk);
    }
    meter.finish()
}

fn read(text: &str) -> Reading {
    read_chunks([text.as_bytes()], false)
}

fn known(text: &str) -> Report {
    match read(text) {
        Reading::Known(report) => report,
        other => panic!("not known: {other:?}"),
    }
}

/// The reason and the money that was spent at least.
fn unknown(text: &str) -> (String, Option<String>) {
    match read(text) {
        Reading::Unknown {
            reason,
            at_least,
            at_most: None,
        } => (
            reason,
            at_least
                .and_then(|report| report.cost)
                .map(|cost| cost.to_string()),
        ),
        other => panic!("not unknown: {other:?}"),
    }
}

fn cost(report: &Report) -> String {
    report
        .cost
        .map_or_else(|| "unknown".to_owned(), |cost| cost.to_string())
}

/// What the provider serves per request.
fn served(requests: u64) -> Tokens {
    Tokens {
        input: 1200 * requests,
        cache_read: 500 * requests,
        cache_write_5m: 3000 * requests,
        output: 345 * requests,
        ..Tokens::default()
    }
}

/// A result with one model and this cost and output.
fn result(usd: &str, output: &str) -> String {
    format!(
        r#"{{"type":"result","subtype":"success","is_error":false,"total_cost_usd":{usd},"modelUsage":{{"m":{{"inputTokens":1,"outputTokens":{output}}}}}}}"#
    ) + "\n"
}

const ASSISTANT: &str =
    r#"{"type":"assistant","message":{"model":"m","usage":{"output_tokens":1}}}"#;

#[test]
fn one_object_is_read_to_the_last_figure() {
    let report = known(SUCCESS);
    let model = ModelUsage {
        model: Some("claude-sonnet-4-5".to_owned()),
        tokens: Some(served(1)),
        cost: Some(Cost::from_decimal("0.020175").unwrap()),
        ..ModelUsage::default()
    };
    assert_eq!(report.source, Source::new("claude-code"));
    assert_eq!(cost(&report), "0.020175");
    assert_eq!(report.models, [model]);
    assert_eq!(report.outcome.as_deref(), Some("success"));
    assert_eq!(
        report.session.as_deref(),
        Some("6084de72-c115-4379-b1a6-ad2b5c737f0b")
    );
    assert!(!report.tokens_incomplete);
    assert_eq!(report.tokens().unwrap().unwrap().total().unwrap(), 5045);
}

#[test]
fn streams_and_arrays_count_the_result_alone() {
    let partial = include_str!("../fixtures/partial.jsonl");
    for text in [STREAM, include_str!("../fixtures/verbose.json"), partial] {
        assert_eq!(known(text).tokens(), Ok(Some(served(1))));
    }
    assert_eq!(cost(&known(STREAM)), "0.020175");
    assert_eq!(cost(&known(partial)), "0.006725");
}

#[test]
fn pretty_printed_json_is_the_same() {
    let value: serde_json::Value = serde_json::from_str(SUCCESS).unwrap();
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    assert_eq!(known(&pretty), known(SUCCESS));
    assert_eq!(
        known(&serde_json::to_string_pretty(&[value]).unwrap()),
        known(SUCCESS)
    );
}

#[test]
fn stopped_runs_cost_what_the_totals_say_with_the_answer_that_crossed_the_cap() {
    let budget = known(include_str!("../fixtures/max_budget.json"));
    assert_eq!(cost(&budget), "0.020175");
    assert_eq!(budget.tokens(), Ok(Some(served(1))));
    assert_eq!(budget.outcome.as_deref(), Some("error_max_budget_usd"));
    let tools = known(include_str!("../fixtures/max_budget_tools.json"));
    assert_eq!(
        (cost(&tools), tools.tokens()),
        ("0.04035".to_owned(), Ok(Some(served(2))))
    );
    let turns = known(include_str!("../fixtures/max_turns.json"));
    assert_eq!(turns.outcome.as_deref(), Some("error_max_turns"));
    assert_eq!(cost(&turns), "0.020175");
}

#[test]
fn a_failure_with_zeros_is_not_free() {
    let failed = include_str!("../fixtures/api_error.json");
    assert_eq!(unknown(failed), (CRASHED.to_owned(), None));
    assert_eq!(
        unknown(&(STREAM.to_owned() + failed)).1.as_deref(),
        Some("0.020175")
    );
    // Totals told after it make up for it.
    assert_eq!(cost(&known(&(failed.to_owned() + STREAM))), "0.020175");
    let crash = r#"{"type":"result","subtype":"error_during_execution","is_error":true,"total_cost_usd":0,"usage":{"input_tokens":0,"output_tokens":0},"modelUsage":{}}"#;
    assert_eq!(unknown(crash).0, CRASHED);
}

#[test]
fn a_success_with_zeros_is_free() {
    let idle = r#"{"type":"result","subtype":"success","is_error":false,"total_cost_usd":0,"usage":{"input_tokens":0,"output_tokens":0},"modelUsage":{}}"#;
    let report = known(idle);
    assert_eq!(
        (cost(&report), report.tokens_incomplete),
        ("0.00".to_owned(), false)
    );
}

#[test]
fn tokens_for_nothing_have_an_unknown_price() {
    let report = known(&result("0", "5"));
    assert_eq!(report.cost, None);
    assert_eq!(report.tokens().unwrap().unwrap().output, 5);
    // Nor is it known where the model says it of itself.
    let text = result("0", "5").replace("\"outputTokens\"", "\"costUSD\":0,\"outputTokens\"");
    let report = known(&text);
    assert_eq!((report.cost, report.named_cost()), (None, Ok(None)));
}

#[test]
fn a_run_that_ended_without_result_is_unknown() {
    let killed = include_str!("../fixtures/killed.jsonl");
    assert_eq!(unknown(killed), (KILLED.to_owned(), None));
    assert_eq!(unknown(ASSISTANT), (KILLED.to_owned(), None));
    let torn = SUCCESS.split_at(SUCCESS.len() / 2).0;
    assert_eq!(unknown(torn), (TORN.to_owned(), None));
}

#[test]
fn what_follows_the_last_result_makes_it_a_lower_bound() {
    let least = Some("0.020175".to_owned());
    let next_turn = format!("{STREAM}{ASSISTANT}\n");
    assert_eq!(unknown(&next_turn), (UNFINISHED.to_owned(), least.clone()));
    let torn = format!("{STREAM}{{\"type\":\"assis");
    assert_eq!(unknown(&torn), (TORN.to_owned(), least.clone()));
    let torn_and_noise = format!("{STREAM}{{\"type\":\"assis\nKilled\n");
    assert_eq!(unknown(&torn_and_noise), (TORN.to_owned(), least.clone()));
    let huge = format!(
        "{STREAM}{{\"type\":\"user\",\"x\":\"{}\"}}\n",
        "x".repeat(MAX_MESSAGE)
    );
    assert_eq!(unknown(&huge), (OVERSIZE.to_owned(), least));
}

#[test]
fn what_costs_nothing_may_follow_the_last_result() {
    let quiet = r#"{"type":"system","subtype":"hook_response"}
{"type":"system","subtype":"api_retry","attempt":1,"error":"rate_limit"}
{"type":"rate_limit_event","rate_limit_info":{"utilization":0.5}}
{"type":"assistant","message":{"model":"<synthetic>"}}
{"type":"prompt_suggestion"}
{"type":7}
bye {now}
"#;
    assert_eq!(known(&format!("{STREAM}{quiet}")), known(STREAM));
}

#[test]
fn noise_alone_is_silent() {
    for text in [
        "",
        "\n",
        "hello\n",
        "{\"level\":\"info\"}\n[1,2]\n",
        "{broken}\n",
        "[info] x",
    ] {
        assert_eq!(read(text), Reading::Silent, "{text}");
    }
}

#[test]
fn text_inside_messages_is_never_a_result() {
    let inner = serde_json::to_string(&result("9", "9")).unwrap();
    let text = format!("{{\"type\":\"system\",\"text\":{inner}}}\n{STREAM}");
    assert_eq!(known(&text), known(STREAM));
}

#[test]
fn broken_text_in_what_is_not_read_does_no_harm() {
    let text = STREAM.replace("hello from the fake provider", "\\ud800 \\u0000 lone");
    assert_eq!(cost(&known(&text)), "0.020175");
}

#[test]
fn every_token_has_one_place_thinking_in_output_and_hours_in_all_writes() {
    let text = r#"{"type":"result","total_cost_usd":1.5,"modelUsage":{
 "a":{"inputTokens":1,"outputTokens":20,"thinkingTokens":4,"cacheReadInputTokens":300,
  "cacheCreationInputTokens":5000,"cacheCreationEphemeral5mInputTokens":3000,"cacheCreationEphemeral1hInputTokens":1500,
  "webSearchRequests":2,"costUSD":1,"provider":"bedrock","costBasis":"unknown"},
 "b":{"inputTokens":7,"outputTokens":8,"costBasis":"list"}}}"#;
    let report = known(text);
    let a = Tokens {
        input: 1,
        cache_read: 300,
        cache_write_5m: 3500,
        cache_write_1h: 1500,
        output: 20,
        reasoning: 4,
        unspecified: 0,
    };
    let first = report.models.first().unwrap();
    assert_eq!(first.tokens, Some(a));
    assert_eq!(
        (first.provider.as_deref(), first.web_searches),
        (Some("bedrock"), 2)
    );
    assert!(first.price_guessed);
    assert_eq!(a.total(), Ok(5321));
    let second = &report.models[1];
    assert_eq!((second.cost, second.price_guessed), (None, false));
    assert_eq!(report.tokens().unwrap().unwrap().total(), Ok(5336));
}

#[test]
fn parts_larger_than_their_whole_are_refused() {
    let thinking = SUCCESS.replace("\"webSearchRequests\":0", "\"thinkingTokens\":346");
    assert!(
        unknown(&thinking)
            .0
            .starts_with("thinkingTokens is larger than outputTokens")
    );
    let cache = SUCCESS.replace(
        "\"webSearchRequests\":0",
        "\"cacheCreationEphemeral1hInputTokens\":3001",
    );
    assert!(
        unknown(&cache)
            .0
            .starts_with("one-hour cache writes is larger")
    );
}

#[test]
fn without_totals_per_model_the_main_loop_is_a_lower_bound() {
    let text = SUCCESS.replace("modelUsage", "otherUsage");
    let report = known(&text);
    assert_eq!(report.tokens(), Ok(Some(served(1))));
    assert!(report.tokens_incomplete);
    let none = known(r#"{"type":"result","total_cost_usd":1}"#);
    assert_eq!((none.tokens(), none.tokens_incomplete), (Ok(None), true));
    let over = include_str!("../fixtures/max_budget.json").replace("modelUsage", "otherUsage");
    assert_eq!(known(&over).tokens(), Ok(None));
    assert_eq!(cost(&known(&over)), "0.020175");
}

#[test]
fn without_money_the_cost_is_unknown_and_tokens_are_known() {
    let report = known(&SUCCESS.replace("total_cost_usd", "other"));
    assert_eq!((report.cost, report.tokens()), (None, Ok(Some(served(1)))));
    assert_eq!(
        unknown(r#"{"type":"result","subtype":"success"}"#).0,
        EMPTY_RESULT
    );
}

const EMPTY_RESULT: &str = "the agent's result names neither cost nor tokens";

#[test]
fn a_resumed_run_has_an_upper_bound_only() {
    let text = include_str!("../fixtures/resumed.json");
    let Reading::Unknown {
        reason,
        at_least,
        at_most,
    } = read_chunks([text.as_bytes()], true)
    else {
        panic!("a resumed run was taken for known");
    };
    assert_eq!((reason.as_str(), at_least), (CONTINUED, None));
    assert_eq!(at_most.map(|report| *report), Some(known(text)));
    let cut = format!("{STREAM}{ASSISTANT}");
    let reading = read_chunks([cut.as_bytes()], true);
    assert_eq!(reading, Reading::unknown(UNFINISHED, None));
}
