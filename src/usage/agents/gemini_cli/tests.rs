//! Real output of Gemini CLI 0.61.0 against a provider that served known tokens, and the ways in
//! which its figures go wrong.

use super::super::messages::{KILLED, TORN};
use super::super::tests::hostile::Subject;
use super::super::tests::{known, only, read, unknown};
use super::stdout::{EMPTY, FAILED, MALFORMED};
use crate::usage::{ModelUsage, Reading, Report, Tokens, Totals};

const JSON: &str = include_str!("fixtures/json.json");
const STREAM: &str = include_str!("fixtures/stream.jsonl");
const LINE: &str = "-p hi --output-format json";

fn report(text: &str) -> Report {
    known("gemini-cli", LINE, text)
}

fn model(report: &Report, name: &str) -> ModelUsage {
    let of_it = |usage: &&ModelUsage| usage.model.as_deref() == Some(name);
    report.models.iter().find(of_it).expect("a model").clone()
}

/// 1111 uncached and 44 that other providers would write to a cache, 333 cached, 222 out, of which
/// 55 were thoughts.
fn served() -> Tokens {
    Tokens {
        input: 1155,
        cache_read: 333,
        output: 222,
        reasoning: 55,
        ..Tokens::default()
    }
}

/// A stream does not tell thoughts from other output.
fn streamed(tokens: Tokens) -> Tokens {
    Tokens {
        reasoning: 0,
        ..tokens
    }
}

#[test]
fn the_prompt_contains_what_was_cached_and_candidates_no_thoughts() {
    let report = report(JSON);
    let usage = only(&report);
    assert_eq!(usage.tokens, Some(served()));
    assert_eq!(usage.model.as_deref(), Some("gemini-2.5-pro"));
    assert_eq!((usage.requests, usage.cost), (Some(1), None));
    assert_eq!(report.outcome.as_deref(), Some("success"));
    assert_eq!(
        report.session.as_deref(),
        Some("b63711c3-0236-42ce-b084-4dbadc0edc8f")
    );
}

#[test]
fn thoughts_in_a_stream_are_what_the_total_has_beyond_input_and_output() {
    assert!(STREAM.contains("\"output_tokens\":167"));
    let report = report(STREAM);
    let usage = only(&report);
    assert_eq!(usage.tokens, Some(streamed(served())));
    assert_eq!((usage.requests, usage.cost), (None, None));
    // Older versions name no models beside the totals.
    let (before, models) = STREAM.split_once(",\"models\"").expect("models");
    let old = format!("{before}}}}}\n");
    assert!(models.contains("gemini-2.5-pro"));
    assert_eq!(known("gemini-cli", LINE, &old), report);
}

#[test]
fn what_tools_put_into_the_prompt_is_input() {
    let text = JSON.replace("\"tool\": 0", "\"tool\": 7");
    let with_tool = text.replace("\"total\": 1710", "\"total\": 1717");
    let expected = Tokens {
        input: 1162,
        ..served()
    };
    assert_eq!(only(&report(&with_tool)).tokens, Some(expected));
}

#[test]
fn what_only_the_total_contains_is_of_no_known_kind() {
    let text = JSON.replace("\"total\": 1710", "\"total\": 1720");
    let tokens = only(&report(&text)).tokens.expect("tokens");
    assert_eq!((tokens.unspecified, tokens.total()), (10, Ok(1720)));
}

#[test]
fn a_run_with_tools_is_the_sum_of_its_requests() {
    // 900 + 20 and 901 + 21 uncached, 10 + 11 cached, 50 + 51 out, of which 5 + 6 were thoughts.
    let tokens = Tokens {
        input: 1842,
        cache_read: 21,
        output: 101,
        reasoning: 11,
        ..Tokens::default()
    };
    let whole = report(include_str!("fixtures/tool.json"));
    assert_eq!(only(&whole).tokens, Some(tokens));
    assert_eq!(only(&whole).requests, Some(2));
    let stream = report(include_str!("fixtures/tool.jsonl"));
    assert_eq!(only(&stream).tokens, Some(streamed(tokens)));
}

#[test]
fn every_model_of_a_run_counts() {
    for (text, is_stream) in [
        (include_str!("fixtures/two_models.json"), false),
        (include_str!("fixtures/two_models.jsonl"), true),
    ] {
        let report = report(text);
        let router = model(&report, "gemini-3.5-flash-lite").tokens;
        let main = model(&report, "gemini-3.1-pro-preview").tokens;
        let kinds =
            |tokens: Option<Tokens>| tokens.map(|t| (t.input, t.cache_read, t.output, t.reasoning));
        assert_eq!(kinds(router), Some((33, 0, 7, 0)));
        let thoughts = if is_stream { 0 } else { 9 };
        assert_eq!(kinds(main), Some((4200, 500, 345, thoughts)));
        assert_eq!(report.models.len(), 2);
    }
}

#[test]
fn a_resumed_run_reports_itself_alone() {
    // Each run was served the same, and the provider's log says so of each.
    for (text, expected) in [
        (include_str!("fixtures/resumed.json"), served()),
        (include_str!("fixtures/resumed.jsonl"), streamed(served())),
    ] {
        let resumed = known("gemini-cli", "-p hi -o json --resume latest", text);
        assert_eq!(only(&resumed).tokens, Some(expected));
        assert_eq!(resumed.totals, Totals::Run);
        assert_eq!(resumed.session, report(STREAM).session);
    }
}

#[test]
fn a_refused_request_that_was_repeated_costs_once() {
    let report = report(include_str!("fixtures/retried.json"));
    let usage = only(&report);
    assert_eq!(usage.requests, Some(1));
    let tokens = usage.tokens.expect("tokens");
    assert_eq!(
        (tokens.input, tokens.cache_read, tokens.output),
        (4200, 500, 345)
    );
}

#[test]
fn a_refused_run_is_not_free() {
    for text in [
        include_str!("fixtures/refused.jsonl"),
        include_str!("fixtures/refused.json"),
    ] {
        assert_eq!(unknown("gemini-cli", LINE, text), (FAILED.to_owned(), None));
    }
    let success = STREAM.replace(":1710", ":0").replace(":1488", ":0");
    let nothing = success
        .replace(":167", ":0")
        .replace(":333", ":0")
        .replace(":1155", ":0");
    assert_eq!(
        unknown("gemini-cli", LINE, &nothing),
        (EMPTY.to_owned(), None)
    );
}

#[test]
fn what_was_used_before_a_failure_is_a_lower_bound() {
    let text = include_str!("fixtures/refused_after_tool.jsonl");
    let (reason, least) = unknown("gemini-cli", LINE, text);
    assert_eq!(reason, FAILED);
    assert_eq!(least.map(|t| t.total()), Some(Ok(5045)));
}

#[test]
fn a_run_stopped_at_its_turn_limit_has_told_everything() {
    let report = report(include_str!("fixtures/turn_limit.jsonl"));
    assert_eq!(report.tokens().unwrap().map(|t| t.total()), Some(Ok(5045)));
    assert_eq!(report.outcome.as_deref(), Some("FatalTurnLimitedError"));
}

#[test]
fn a_killed_run_is_unknown() {
    let killed = include_str!("fixtures/killed.jsonl");
    assert_eq!(
        unknown("gemini-cli", LINE, killed),
        (KILLED.to_owned(), None)
    );
    let half = JSON.split_at(JSON.len() / 2).0;
    assert_eq!(unknown("gemini-cli", LINE, half), (TORN.to_owned(), None));
}

#[test]
fn runs_that_print_to_the_same_place_add_up() {
    let both = report(&(STREAM.to_owned() + include_str!("fixtures/tool.jsonl")));
    let tokens = both.tokens().unwrap().expect("tokens");
    assert_eq!(tokens.input, 1155 + 1842);
    assert_eq!(both.session, None);
    // A later run does not make up for what an earlier one did not tell.
    let killed = include_str!("fixtures/killed.jsonl").to_owned() + STREAM;
    let (reason, least) = unknown("gemini-cli", LINE, &killed);
    assert_eq!((reason.as_str(), least), (KILLED, Some(streamed(served()))));
}

#[test]
fn parts_larger_than_their_whole_are_refused() {
    for (text, from, to) in [
        (JSON, "\"cached\": 333", "\"cached\": 1489"),
        (JSON, "\"totalErrors\": 0", "\"totalErrors\": 2"),
        (STREAM, "\"cached\":333", "\"cached\":1489"),
        (STREAM, "\"total_tokens\":1710", "\"total_tokens\":1654"),
    ] {
        assert!(text.contains(from), "{from}");
        let (reason, _) = unknown("gemini-cli", LINE, &text.replace(from, to));
        assert!(reason.contains("is larger than"), "{reason}");
    }
}

#[test]
fn nothing_of_the_agent_is_silent() {
    for text in [
        "",
        "hi\n",
        "{\"error\":\"no\"}\n",
        "{\"session_id\":\"s\"}\n",
    ] {
        assert_eq!(read("gemini-cli", LINE, text), Reading::Silent, "{text}");
    }
    let broken = "{\"session_id\":\"s\",\"stats\":7}";
    assert_eq!(unknown("gemini-cli", LINE, broken).0, MALFORMED);
}

#[test]
fn too_many_models_are_refused() {
    let one = r#"{"tokens":{"prompt":1,"candidates":1}}"#;
    let entries: Vec<_> = (0..1001).map(|n| format!("\"{n}\":{one}")).collect();
    let text = format!("{{\"stats\":{{\"models\":{{{}}}}}}}", entries.join(","));
    assert!(unknown("gemini-cli", LINE, &text).0.contains("1000 models"));
}

#[test]
fn hostile_output_is_borne() {
    let whole = Subject {
        agent: "gemini-cli",
        args: LINE,
        text: JSON,
        figures: &[
            "\"prompt\": 1488",
            "\"candidates\": 167",
            "\"cached\": 333",
            "\"thoughts\": 55",
            "\"tool\": 0",
            "\"totalErrors\": 0",
        ],
    };
    whole.bears_everything();
    let stream = Subject {
        text: STREAM,
        figures: &[
            "\"input_tokens\":1488",
            "\"output_tokens\":167",
            "\"cached\":333",
        ],
        ..whole
    };
    stream.bears_everything();
}
