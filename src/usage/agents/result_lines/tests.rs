//! Real output of Qwen Code 0.15.10 against a provider that served known tokens, documented output
//! of Cursor and Amp, and the ways in which their figures go wrong.

use super::super::messages::{KILLED, TORN, UNFINISHED};
use super::super::tests::hostile::Subject;
use super::super::tests::{known, only, read, unknown};
use super::{CONTINUED, EMPTY, FAILED, MALFORMED, OMITTED, UNCLEAR};
use crate::usage::{ModelUsage, Reading, Report, Tokens, Totals};

const QWEN: &str = include_str!("fixtures/qwen.jsonl");
const QWEN_JSON: &str = include_str!("fixtures/qwen.json");
const LINE: &str = "-p hi --output-format stream-json";

fn qwen(text: &str) -> Report {
    known("qwen-code", LINE, text)
}

/// Twice 100 uncached, 20 cached and 30 out: one request is made to remember the conversation.
fn served() -> Tokens {
    Tokens {
        input: 200,
        cache_read: 40,
        output: 60,
        ..Tokens::default()
    }
}

fn result(rest: &str) -> String {
    format!(r#"{{"type":"result","subtype":"success","is_error":false,"session_id":"s",{rest}}}"#)
        + "\n"
}

#[test]
fn input_of_qwen_contains_what_was_cached() {
    let report = qwen(QWEN);
    assert_eq!(only(&report).tokens, Some(served()));
    assert_eq!(only(&report).model.as_deref(), Some("gpt-5.5"));
    assert_eq!((report.cost, only(&report).cost), (None, None));
    assert_eq!(report.outcome.as_deref(), Some("success"));
    assert_eq!(report.totals, Totals::Session { continued: false });
    assert!(report.session.is_some());
}

#[test]
fn one_object_tells_the_models_and_the_requests() {
    let report = qwen(QWEN_JSON);
    let expected = ModelUsage {
        model: Some("gpt-5.5".to_owned()),
        tokens: Some(Tokens {
            reasoning: 10,
            ..served()
        }),
        requests: Some(2),
        ..ModelUsage::default()
    };
    assert_eq!(report.models, [expected]);
}

#[test]
fn thoughts_beside_the_output_are_output() {
    // A model of Google: twice 103 uncached, 20 cached, 30 out, of which 7 were thoughts.
    let expected = Tokens {
        input: 206,
        cache_read: 40,
        output: 60,
        reasoning: 14,
        ..Tokens::default()
    };
    let whole = include_str!("fixtures/qwen_google.json");
    assert!(whole.contains("\"candidates\":46"));
    assert_eq!(only(&qwen(whole)).tokens, Some(expected));
    let stream = qwen(include_str!("fixtures/qwen_google.jsonl"));
    let untold = Tokens {
        reasoning: 0,
        ..expected
    };
    assert_eq!(only(&stream).tokens, Some(untold));
}

#[test]
fn what_qwen_writes_to_a_cache_of_anthropic_is_missing() {
    // The provider served twice 100 uncached, 20 cached, 3 written to the cache and 30 out.
    let text = include_str!("fixtures/qwen_anthropic.json");
    assert_eq!(
        unknown("qwen-code", "-p hi -o json", text),
        (OMITTED.to_owned(), Some(served()))
    );
    let other_name = text.replace("claude-sonnet-4-5", "house-model");
    assert_eq!(qwen(&other_name).tokens(), Ok(Some(served())));
    let line = "-p hi --auth-type anthropic -o json";
    assert_eq!(unknown("qwen-code", line, &other_name).0, OMITTED);
    // One of its models is enough.
    let counts = r#"{"inputTokens":1,"outputTokens":1}"#;
    let both = format!(r#""modelUsage":{{"claude-x":{counts},"gpt-5.5":{counts}}}"#);
    assert_eq!(unknown("qwen-code", LINE, &result(&both)).0, OMITTED);
}

#[test]
fn messages_are_placeholders_and_the_result_is_the_sum() {
    let text = include_str!("fixtures/qwen_partial_tool.jsonl");
    assert!(text.contains("stream_event"));
    let tokens = only(&qwen(text)).tokens.expect("tokens");
    // 200 + 100 uncached, 21 + 20 cached, 31 + 30 out.
    assert_eq!(
        (tokens.input, tokens.cache_read, tokens.output),
        (300, 41, 61)
    );
}

#[test]
fn a_continued_run_of_qwen_tells_earlier_runs_again() {
    // It was refused, and reports what the run before it used.
    let text = include_str!("fixtures/qwen_continued_refused.jsonl");
    let earlier = qwen(include_str!("fixtures/qwen_partial_tool.jsonl"));
    for options in ["--continue -p more", "-r abc -p more", "-c -p more"] {
        let report = known("qwen-code", options, text);
        assert_eq!(report.totals, Totals::Session { continued: true });
        assert_eq!(report.tokens(), earlier.tokens());
        assert_eq!(report.session, earlier.session);
    }
}

#[test]
fn results_of_one_session_are_running_totals() {
    let usage = |n: u64| {
        result(&format!(
            "\"usage\":{{\"input_tokens\":{n},\"output_tokens\":1}}"
        ))
    };
    let input = |text: &str| qwen(text).tokens().unwrap().map(|tokens| tokens.input);
    assert_eq!(input(&(usage(5) + &usage(9))), Some(9));
    let other = usage(7).replace("\"s\"", "\"t\"");
    let both = qwen(&(usage(5) + &other));
    assert_eq!(both.tokens().unwrap().map(|tokens| tokens.input), Some(12));
    assert_eq!((both.totals, both.session), (Totals::Run, None));
    let most = match read("qwen-code", "--continue", &(usage(5) + &other)) {
        Reading::Unknown {
            reason,
            at_least: None,
            at_most: Some(most),
        } if reason == CONTINUED => most,
        reading => panic!("{reading:?}"),
    };
    assert_eq!(most.tokens().unwrap().map(|tokens| tokens.input), Some(12));
}

#[test]
fn models_that_differ_are_no_model() {
    let other = QWEN.replacen("\"model\":\"gpt-5.5\"", "\"model\":\"other\"", 1);
    assert_ne!(other, QWEN);
    assert_eq!(only(&qwen(&other)).model, None);
    let by_model = result(
        r#""modelUsage":{"a":{"inputTokens":9,"outputTokens":2,"cacheReadInputTokens":4},"b":{"inputTokens":1,"outputTokens":1}}"#,
    );
    let report = qwen(&by_model);
    let names: Vec<_> = report.models.iter().map(|m| m.model.as_deref()).collect();
    assert_eq!(names, [Some("a"), Some("b")]);
    assert_eq!(
        report.tokens().unwrap().map(|t| (t.input, t.cache_read)),
        Some((6, 4))
    );
}

#[test]
fn a_refusal_told_as_a_success_with_zeros_is_not_free() {
    let refused = include_str!("fixtures/qwen_refused.jsonl");
    assert!(refused.contains("\"subtype\":\"success\""));
    assert_eq!(
        unknown("qwen-code", LINE, refused),
        (EMPTY.to_owned(), None)
    );
    let failed = QWEN.replace("\"is_error\":false", "\"is_error\":true");
    let (reason, least) = unknown("qwen-code", LINE, &failed);
    assert_eq!((reason.as_str(), least), (FAILED, Some(served())));
    let limited = failed.replace("\"success\"", "\"error_max_turns\"");
    assert_eq!(qwen(&limited).tokens(), Ok(Some(served())));
}

#[test]
fn a_killed_run_is_unknown_with_what_is_certain() {
    let killed = include_str!("fixtures/qwen_killed.jsonl");
    assert_eq!(
        unknown("qwen-code", LINE, killed),
        (KILLED.to_owned(), None)
    );
    let (reason, least) = unknown("qwen-code", LINE, &(QWEN.to_owned() + killed));
    assert_eq!((reason.as_str(), least), (UNFINISHED, Some(served())));
    let half = QWEN.trim_end().split_at(QWEN.len() - 9).0;
    assert_eq!(unknown("qwen-code", LINE, half).0, TORN);
    // Of a session that was there before, no total is certain to be this run's.
    let (_, least) = unknown("qwen-code", "--continue", &(QWEN.to_owned() + killed));
    assert_eq!(least, None);
}

#[test]
fn cursor_tells_tokens_in_two_places_and_two_spellings() {
    for counts in [
        r#""usage":{"inputTokens":10,"outputTokens":3}"#,
        r#""usage":{"input_tokens":10,"output_tokens":3}"#,
        r#""inputTokens":10,"outputTokens":3"#,
        r#""input_tokens":10,"output_tokens":3,"usage":null"#,
        r#""usage":{"inputTokens":10,"outputTokens":3,"cacheReadTokens":0,"cacheWriteTokens":0}"#,
    ] {
        let report = known("cursor", LINE, &result(counts));
        let tokens = only(&report).tokens.expect("tokens");
        assert_eq!((tokens.input, tokens.output), (10, 3), "{counts}");
        assert_eq!((report.cost, report.totals), (None, Totals::Run));
    }
    let older = result(r#""duration_ms":1234,"request_id":"r""#);
    assert_eq!(unknown("cursor", LINE, &older), (EMPTY.to_owned(), None));
}

#[test]
fn where_input_may_contain_what_was_cached_there_are_bounds() {
    let counts = r#""usage":{"inputTokens":100,"outputTokens":3,"cacheReadTokens":60,"cacheWriteTokens":30}"#;
    for agent in ["cursor", "amp"] {
        match read(agent, LINE, &result(counts)) {
            Reading::Unknown {
                reason,
                at_least: Some(least),
                at_most: Some(most),
            } => {
                assert_eq!(reason, UNCLEAR);
                let total = |report: Report| report.tokens().unwrap().unwrap().total();
                assert_eq!((total(*least), total(*most)), (Ok(103), Ok(193)));
            }
            other => panic!("{other:?}"),
        }
        // More was cached than there was input: it cannot contain it.
        let beside = counts.replace("100", "89");
        let report = known(agent, LINE, &result(&beside));
        assert_eq!(report.tokens().unwrap().map(|t| t.total()), Some(Ok(182)));
    }
}

#[test]
fn what_a_continued_conversation_reports_is_an_upper_bound() {
    let text = result(r#""usage":{"inputTokens":10,"outputTokens":3}"#);
    for (agent, line) in [
        ("cursor", "-p --output-format json --resume abc"),
        ("cursor", "-p --output-format json --continue"),
        ("amp", "threads continue T-1 -x hi --stream-json"),
    ] {
        match read(agent, line, &text) {
            Reading::Unknown {
                reason,
                at_least: None,
                at_most: Some(_),
            } => assert_eq!(reason, CONTINUED),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn money_of_amp_is_not_believed_and_results_without_tokens_are_unknown() {
    let text = result(r#""total_cost_usd":0.5,"usage":{"input_tokens":10,"output_tokens":3}"#);
    let report = known("amp", "-x hi --stream-json", &text);
    assert_eq!((report.cost, report.named_cost()), (None, Ok(None)));
    let message = r#"{"type":"assistant","message":{"type":"message","usage":{"input_tokens":12783,"output_tokens":8}},"session_id":"s"}"#;
    let usual = format!("{message}\n{}", result("\"num_turns\":1"));
    assert_eq!(unknown("amp", "-x", &usual), (EMPTY.to_owned(), None));
}

#[test]
fn parts_larger_than_their_whole_are_refused() {
    let text = QWEN.replace(
        "\"cache_read_input_tokens\":40",
        "\"cache_read_input_tokens\":241",
    );
    assert!(
        unknown("qwen-code", LINE, &text)
            .0
            .contains("is larger than")
    );
}

#[test]
fn too_many_models_are_refused() {
    let counts = r#"{"inputTokens":1,"outputTokens":1}"#;
    let models = |from: u32, to: u32| {
        let entries: Vec<_> = (from..to).map(|n| format!("\"{n}\":{counts}")).collect();
        result(&format!("\"modelUsage\":{{{}}}", entries.join(",")))
    };
    let few = models(0, 600) + &models(600, 1000).replace("\"s\"", "\"t\"");
    assert_eq!(qwen(&few).models.len(), 1000);
    for text in [
        models(0, 1001),
        models(0, 600) + &models(600, 1001).replace("\"s\"", "\"t\""),
    ] {
        assert!(unknown("qwen-code", LINE, &text).0.contains("1000 models"));
    }
}

#[test]
fn nothing_of_the_agent_is_silent() {
    for text in ["", "hello\n", "{\"type\":\"log\"}\n"] {
        assert_eq!(read("cursor", LINE, text), Reading::Silent, "{text}");
    }
    let broken = "{\"type\":\"result\",\"usage\":NaN}";
    assert_eq!(unknown("cursor", LINE, broken).0, MALFORMED);
}

#[test]
fn hostile_output_is_borne() {
    let stream = Subject {
        agent: "qwen-code",
        args: LINE,
        text: QWEN,
        figures: &[
            "\"input_tokens\":240",
            "\"output_tokens\":60",
            "\"cache_read_input_tokens\":40",
        ],
    };
    stream.bears_everything();
    let cursor = Subject {
        agent: "cursor",
        text: "{\"type\":\"result\",\"inputTokens\":10,\"outputTokens\":3,\"cacheReadTokens\":0}\n",
        figures: &["\"inputTokens\":10", "\"cacheReadTokens\":0"],
        ..stream
    };
    cursor.bears_everything();
    let amp = Subject {
        agent: "amp",
        args: "-x hi --stream-json",
        text: "{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"s\"}\n{\"type\":\"assistant\",\"session_id\":\"s\"}\n{\"type\":\"result\",\"session_id\":\"s\",\"usage\":{\"input_tokens\":10,\"output_tokens\":3,\"cache_creation_input_tokens\":0}}\n",
        figures: &["\"input_tokens\":10", "\"cache_creation_input_tokens\":0"],
    };
    amp.bears_everything();
}
