//! Figures and texts that no provider sends.

use proptest::prelude::*;

use super::*;
use crate::usage::tests::hostile::spoilt;

/// An answer of every API, with a place for a count.
const BODIES: [&str; 8] = [
    r#"{"type":"message","id":"msg_1","usage":{"input_tokens":#,"output_tokens":2}}"#,
    r#"{"type":"message","id":"msg_1","usage":{"input_tokens":1,"output_tokens":2,"cache_creation":{"ephemeral_1h_input_tokens":#}}}"#,
    r#"{"id":"gen-1","choices":[],"usage":{"prompt_tokens":#,"completion_tokens":2}}"#,
    r#"{"object":"response","usage":{"input_tokens":1,"output_tokens":#}}"#,
    r#"{"object":"chat.completion","choices":[],"usage":{"prompt_tokens":#,"completion_tokens":2}}"#,
    r#"{"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":#}}"#,
    r#"{"usage":{"inputTokens":1,"outputTokens":#}}"#,
    r#"{"model":"m","done":true,"prompt_eval_count":1,"eval_count":#}"#,
];

#[test]
fn hostile_counts_are_unknown() {
    let figures = [
        "-1",
        "1.5",
        "1e308",
        "9223372036854775808",
        "18446744073709551616",
        "9223372036854775807",
        "\"12\"",
        "true",
        "{}",
        "[]",
        "NaN",
        "1e-3",
    ];
    for body in BODIES {
        assert!(matches!(
            reading(&body.replace('#', "7")),
            Reading::Known(_)
        ));
        for figure in figures {
            let text = body.replace('#', figure);
            let found = reading(&text);
            assert!(
                matches!(found, Reading::Unknown { .. }),
                "{text}: {found:?}"
            );
        }
    }
}

/// No list of fields to forget one in: every figure of real answers.
#[test]
fn no_hostile_figure_of_a_real_answer_makes_it_cheaper() {
    let figures = |reading: Reading| match reading {
        Reading::Known(report) => Some(
            report
                .models
                .into_iter()
                .map(|usage| ModelUsage { at: None, ..usage }),
        ),
        _ => None,
    };
    let figures = |reading| figures(reading).map(Iterator::collect::<Vec<_>>);
    let mut unknown = 0;
    for line in include_str!("../fixtures/bodies.jsonl").lines() {
        let case: Case = serde_json::from_str(line).expect(line);
        let (api, body) = (Some(case.api.as_str()), case.body.get());
        let reading = |text: &str| read(text.as_bytes(), api);
        let honest = figures(reading(body));
        assert!(honest.is_some(), "{body}");
        for spoilt in spoilt(body) {
            match figures(reading(&spoilt.text)) {
                None => unknown += 1,
                found => assert_eq!(found, honest, "{}: {body}", spoilt.what),
            }
        }
    }
    assert!(unknown > 1000, "{unknown}");
}

#[test]
fn ten_megabytes_of_text_in_an_answer_change_nothing() {
    let text = "x".repeat(10 << 20);
    for body in BODIES {
        let body = body.replace('#', "7");
        let (head, rest) = body.split_at(1);
        let long = format!("{head}\"text\":\"{text}\",{rest}");
        assert_eq!(reading(&long), reading(&body), "{body}");
    }
}

#[test]
fn hostile_charges_are_unknown() {
    let body = r#"{"id":"gen-1","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"is_byok":true,"cost":#,"cost_details":{"upstream_inference_cost":1}}}"#;
    assert_eq!(
        known(&body.replace('#', "1e-9")).cost,
        Some(usd("1.00000001"))
    );
    for figure in ["-1", "1e308", "NaN", "\"1\"", "92233720368.54775807"] {
        unknown(&body.replace('#', figure));
    }
}

#[test]
fn a_part_is_never_larger_than_its_whole() {
    for text in [
        r#"{"type":"message","usage":{"input_tokens":1,"output_tokens":2,"cache_creation_input_tokens":5,"cache_creation":{"ephemeral_1h_input_tokens":6}}}"#,
        r#"{"type":"message","usage":{"input_tokens":1,"output_tokens":2,"output_tokens_details":{"thinking_tokens":3}}}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":2}}}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"completion_tokens_details":{"reasoning_tokens":3}}}"#,
        r#"{"object":"response","usage":{"input_tokens":1,"output_tokens":2,"input_tokens_details":{"cached_tokens":2}}}"#,
        r#"{"usageMetadata":{"promptTokenCount":1,"cachedContentTokenCount":2}}"#,
        r#"{"usage":{"inputTokens":1,"outputTokens":2,"cacheWriteInputTokens":1,"cacheDetails":[{"ttl":"1h","inputTokens":2}]}}"#,
    ] {
        let (reason, _) = unknown(text);
        assert!(reason.contains("larger than"), "{text}: {reason}");
    }
}

#[test]
fn a_figure_given_twice_is_unknown() {
    unknown(
        r#"{"choices":[],"usage":{"prompt_tokens":9,"prompt_tokens":1,"completion_tokens":2}}"#,
    );
    unknown(
        r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2},"usage":{"prompt_tokens":1,"completion_tokens":2}}"#,
    );
    // However it is spelt.
    unknown(
        r#"{"choices":[],"usage":{"prompt_tokens":9,"prompt\u005ftokens":1,"completion_tokens":2}}"#,
    );
}

#[test]
fn a_thousand_requests_are_too_many() {
    let entry = r#"{"type":"compaction","input_tokens":1,"output_tokens":1}"#;
    let body = |count: usize| {
        let entries = vec![entry; count].join(",");
        format!(
            r#"{{"type":"message","usage":{{"input_tokens":1,"output_tokens":2,"iterations":[{entries}]}}}}"#
        )
    };
    assert_eq!(tokens(&known(&body(1000))), [1001, 0, 0, 0, 1002, 0]);
    assert_eq!(unknown(&body(1001)).0, TOO_MANY);
}

#[test]
fn deep_nesting_and_many_names_do_no_harm() {
    let deep = format!(
        r#"{{"choices":{}1{},"usage":{{"prompt_tokens":1,"completion_tokens":2}}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let _ = reading(&deep);
    let names: Vec<String> = (0..100_000).map(|n| format!("\"n{n}\":1,")).collect();
    let names = names.concat();
    unknown(&format!(
        r#"{{{names}"choices":[],"usage":{{"prompt_tokens":1,"completion_tokens":2}}}}"#
    ));
}

#[test]
fn lists_without_end_are_refused() {
    let answer = |count: usize| {
        let choices = vec!["{}"; count].join(",");
        format!(r#"{{"choices":[{choices}],"usage":{{"prompt_tokens":1,"completion_tokens":2}}}}"#)
    };
    known(&answer(1000));
    unknown(&answer(100_001));
    assert_eq!(unknown(&"{}".repeat(1_000_001)).0, TOO_LONG);
}

#[test]
fn names_that_are_too_long_are_not_kept() {
    let long = "x".repeat(10_000);
    let report = known(&format!(
        r#"{{"id":"{long}","model":"{long}","choices":[],"usage":{{"prompt_tokens":1,"completion_tokens":2}}}}"#
    ));
    assert_eq!(report.ids, Vec::<String>::new());
    assert_eq!(report.models[0].model, None);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes, None);
        for api in api_names() {
            let _ = read(&bytes, Some(api));
        }
    }

    #[test]
    fn no_answer_that_was_tampered_with_panics(
        which in 0..BODIES.len(),
        at in 0_usize..200,
        byte in any::<u8>(),
        form in 0..3,
    ) {
        let body = BODIES[which].replace('#', "7");
        let text = match form {
            0 => body,
            1 => sse(&[&body, "[DONE]"]),
            _ => format!("[{body}]"),
        };
        let mut bytes = text.into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = read(&bytes, None);
        for api in api_names() {
            let _ = read(&bytes, Some(api));
        }
    }
}
