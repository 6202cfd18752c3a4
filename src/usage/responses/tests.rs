//! What every API has in common: real bodies, recognition, every form of recording, hostile
//! figures. The rules of single APIs are in files of their own.

use super::*;
use crate::usage::{Cost, Tokens};

mod anthropic;
mod forms;
mod hostile;
mod openai;
mod others;

/// The reading of an answer that is recognised by itself.
fn reading(text: &str) -> Reading {
    read(text.as_bytes(), None)
}

#[track_caller]
fn known(text: &str) -> Report {
    match reading(text) {
        Reading::Known(report) => report,
        other => panic!("{other:?}"),
    }
}

/// Why a reading is unknown, and what is certain at the least.
#[track_caller]
fn unknown(text: &str) -> (String, Option<Report>) {
    match reading(text) {
        Reading::Unknown {
            reason, at_least, ..
        } => (reason, at_least.map(|report| *report)),
        other => panic!("{other:?}"),
    }
}

/// Input, cache read, cache write for 5 minutes and for 1 hour, output, of which reasoning.
fn six(tokens: &Tokens) -> [u64; 6] {
    assert_eq!(tokens.unspecified, 0);
    [
        tokens.input,
        tokens.cache_read,
        tokens.cache_write_5m,
        tokens.cache_write_1h,
        tokens.output,
        tokens.reasoning,
    ]
}

#[track_caller]
fn tokens(report: &Report) -> [u64; 6] {
    six(&report.tokens().expect("in range").expect("tokens"))
}

fn usd(text: &str) -> Cost {
    Cost::from_decimal(text).expect(text)
}

/// Events of a stream as they come over the wire.
fn sse(events: &[&str]) -> String {
    let event = |event: &&str| ["data: ", *event, "\n\n"].concat();
    events.iter().map(event).collect()
}

/// An answer that a provider gave, and what is right for it.
#[derive(serde::Deserialize)]
struct Case {
    api: String,
    tokens: [u64; 6],
    cost: Option<String>,
    off_table: Option<String>,
    body: Box<serde_json::value::RawValue>,
}

#[test]
fn real_bodies_are_read_as_their_provider_counts() {
    let mut seen = 0;
    for line in include_str!("fixtures/bodies.jsonl").lines() {
        let case: Case = serde_json::from_str(line).expect(line);
        let Reading::Known(report) = read(case.body.get().as_bytes(), Some(&case.api)) else {
            panic!("{line}");
        };
        assert_eq!(tokens(&report), case.tokens, "{line}");
        assert_eq!(report.source.as_str(), case.api, "{line}");
        assert_eq!(report.cost, case.cost.as_deref().map(usd), "{line}");
        let [usage] = report.models.as_slice() else {
            panic!("one request: {line}");
        };
        assert_eq!(usage.off_table, case.off_table.as_deref(), "{line}");
        assert_eq!(usage.requests, Some(1), "{line}");
        seen += 1;
    }
    assert!(seen >= 24, "{seen}");
}

#[test]
fn every_api_is_recognised_by_its_own_fields() {
    let chat = r#""choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}"#;
    for (api, text) in [
        (
            "anthropic",
            r#"{"type":"message","id":"msg_1","usage":{"input_tokens":1,"output_tokens":2}}"#
                .to_owned(),
        ),
        ("openrouter", format!(r#"{{"id":"gen-1",{chat}}}"#)),
        (
            "openai-responses",
            r#"{"object":"response","usage":{"input_tokens":1,"output_tokens":2}}"#.to_owned(),
        ),
        (
            "openai-chat",
            format!(r#"{{"object":"chat.completion",{chat}}}"#),
        ),
        ("openai-chat", format!("{{{chat}}}")),
        (
            "gemini",
            r#"{"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2}}"#.to_owned(),
        ),
        (
            "bedrock-converse",
            r#"{"output":{},"stopReason":"x","usage":{"inputTokens":1,"outputTokens":2}}"#
                .to_owned(),
        ),
        (
            "ollama",
            r#"{"model":"m","done":true,"prompt_eval_count":1,"eval_count":2}"#.to_owned(),
        ),
    ] {
        let report = known(&text);
        assert_eq!(report.source.as_str(), api, "{text}");
        assert_eq!(tokens(&report), [1, 0, 0, 0, 2, 0], "{text}");
        assert!(api_names().contains(&api));
    }
    assert_eq!(api_names().len(), APIS.len());
}

#[test]
fn what_is_no_answer_is_silent() {
    for text in [
        "",
        " \n",
        "hello",
        "<html></html>",
        "{}",
        "[]",
        r#"{"a":1}"#,
    ] {
        assert_eq!(reading(text), Reading::Silent, "{text}");
    }
}

#[test]
fn an_error_is_named_and_never_a_charge_of_nothing() {
    for (text, word) in [
        (
            r#"{"type":"error","error":{"type":"overloaded_error","message":"secret"}}"#,
            ": overloaded_error",
        ),
        (
            r#"{"error":{"message":"secret","type":"insufficient_quota","code":"x"}}"#,
            ": insufficient_quota",
        ),
        (
            r#"[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"secret"}}]"#,
            ": RESOURCE_EXHAUSTED",
        ),
        (r#"{"error":"secret words"}"#, ""),
        (
            r#"{"__type":"ThrottlingException"}"#,
            ": ThrottlingException",
        ),
        (r#"{"error":{"type":"a\nb"}}"#, ""),
    ] {
        let (reason, at_least) = unknown(text);
        let wanted = format!("the provider answered with an error{word}");
        assert_eq!(
            (reason.as_str(), at_least),
            (wanted.as_str(), None),
            "{text}"
        );
    }
}

#[test]
fn an_answer_without_usage_is_unknown() {
    for text in [
        r#"{"type":"message","id":"msg_1","model":"m","usage":null,"message":{}}"#,
        r#"{"object":"chat.completion","id":"a","choices":[]}"#,
        r#"{"object":"response","status":"completed","usage":null}"#,
        r#"{"candidates":[{"finishReason":"STOP"}]}"#,
        r#"{"model":"m","done":true}"#,
    ] {
        let (reason, at_least) = unknown(text);
        assert!(at_least.is_none(), "{text}");
        assert!(reason.contains("what was used"), "{text}: {reason}");
    }
}

#[test]
fn two_answers_are_not_one() {
    let chat = r#"{"id":"a","object":"chat.completion","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
    let other = chat.replace(r#""id":"a""#, r#""id":"b""#);
    let message = r#"{"type":"message","id":"msg_1","usage":{"input_tokens":1,"output_tokens":2}}"#;
    let ollama = r#"{"model":"m","done":true,"prompt_eval_count":1,"eval_count":2}"#;
    for text in [
        format!("{chat}\n{chat}"),
        format!("{chat}{other}"),
        format!("[{message},{message}]"),
        format!("{ollama}\n{ollama}"),
    ] {
        let (reason, _) = unknown(&text);
        assert_eq!(reason, SEVERAL, "{text}");
    }
}

#[test]
fn an_answer_has_an_end_of_its_size() {
    let mut large = vec![b' '; MAX_RESPONSE];
    let body = br#"{"model":"m","done":true,"prompt_eval_count":1,"eval_count":2}"#;
    let at = large.len() - body.len();
    large[at..].copy_from_slice(body);
    assert!(matches!(read(&large, None), Reading::Known(_)));
    large.push(b' ');
    let Reading::Unknown { reason, .. } = read(&large, None) else {
        panic!("too large");
    };
    assert_eq!(reason, TOO_LARGE);
}
