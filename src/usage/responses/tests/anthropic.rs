//! Messages.

use super::*;

fn message(usage: &str) -> String {
    format!(
        r#"{{"id":"msg_01","type":"message","model":"claude-sonnet-5","content":[{{"type":"text","text":"x"}}],"usage":{usage}}}"#
    )
}

#[test]
fn input_leaves_out_what_the_cache_had() {
    let report = known(&message(
        r#"{"input_tokens":10,"cache_read_input_tokens":100,"cache_creation_input_tokens":50,"output_tokens":7}"#,
    ));
    assert_eq!(tokens(&report), [10, 100, 50, 0, 7, 0]);
    assert_eq!(report.ids, ["msg_01"]);
    let usage = &report.models[0];
    assert_eq!(usage.model.as_deref(), Some("claude-sonnet-5"));
    assert_eq!(usage.provider.as_deref(), Some("anthropic"));
    assert_eq!((report.cost, usage.requests), (None, Some(1)));
}

#[test]
fn cache_writes_without_their_time_are_of_five_minutes() {
    for (written, wanted) in [
        (r#""cache_creation_input_tokens":50"#, [50, 0]),
        (
            r#""cache_creation_input_tokens":50,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":30}"#,
            [20, 30],
        ),
        (
            r#""cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":30}"#,
            [10, 30],
        ),
        (
            r#""cache_creation_input_tokens":50,"cache_creation":null"#,
            [50, 0],
        ),
    ] {
        let usage = format!(r#"{{"input_tokens":1,"output_tokens":2,{written}}}"#);
        let [_, _, five, hour, ..] = tokens(&known(&message(&usage)));
        assert_eq!([five, hour], wanted, "{written}");
    }
}

#[test]
fn thinking_is_part_of_the_output() {
    let report = known(&message(
        r#"{"input_tokens":1,"output_tokens":200,"output_tokens_details":{"thinking_tokens":150}}"#,
    ));
    assert_eq!(tokens(&report), [1, 0, 0, 0, 200, 150]);
}

#[test]
fn what_changes_the_price_is_kept() {
    let usage = |more: &str| {
        let text = message(&format!(r#"{{"input_tokens":1,"output_tokens":2,{more}}}"#));
        known(&text).models[0].clone()
    };
    let searched = usage(r#""server_tool_use":{"web_search_requests":3}"#);
    assert_eq!(searched.web_searches, 3);
    for (more, tier) in [
        (r#""service_tier":"standard""#, None),
        (r#""service_tier":"priority""#, Some("priority")),
        (r#""service_tier":"batch""#, Some("batch")),
        (r#""service_tier":"standard","speed":"fast""#, Some("fast")),
        (r#""speed":"standard""#, None),
    ] {
        assert_eq!(usage(more).service_tier.as_deref(), tier, "{more}");
    }
    assert_eq!(
        usage(r#""inference_geo":"us""#).off_table,
        Some("answers computed in the US")
    );
    assert_eq!(usage(r#""inference_geo":"global""#).off_table, None);
}

#[test]
fn the_platform_is_told_by_the_id() {
    for (id, provider) in [
        ("msg_bdrk_1", "aws"),
        ("msg_vrtx_1", "google"),
        ("msg_01", "anthropic"),
    ] {
        let text = message(r#"{"input_tokens":1,"output_tokens":2}"#).replace("msg_01", id);
        let report = known(&text);
        assert_eq!(report.models[0].provider.as_deref(), Some(provider));
    }
}

/// An advisor of another model: 2390/121 by itself, 2518/22 on top.
#[test]
fn an_advisor_is_billed_on_top_at_its_own_model() {
    let report = known(&message(
        r#"{"input_tokens":2390,"output_tokens":121,"iterations":[
            {"type":"message","input_tokens":2390,"output_tokens":121},
            {"type":"advisor_message","model":"claude-opus-5","input_tokens":2518,"output_tokens":22}]}"#,
    ));
    let parts: Vec<_> = report
        .models
        .iter()
        .map(|usage| (usage.model.as_deref(), six(&usage.tokens.expect("tokens"))))
        .collect();
    assert_eq!(
        parts,
        [
            (Some("claude-sonnet-5"), [2390, 0, 0, 0, 121, 0]),
            (Some("claude-opus-5"), [2518, 0, 0, 0, 22, 0]),
        ]
    );
}

#[test]
fn compaction_is_billed_on_top() {
    let report = known(&message(
        r#"{"input_tokens":220,"output_tokens":8,"iterations":[
            {"type":"compaction","input_tokens":55196,"output_tokens":125},
            {"type":"message","input_tokens":220,"output_tokens":8}]}"#,
    ));
    assert_eq!(tokens(&report), [55_416, 0, 0, 0, 133, 0]);
    assert!(report.models.iter().all(|usage| usage.requests == Some(1)));
}

#[test]
fn every_request_is_told_apart_where_they_add_up() {
    let report = known(&message(
        r#"{"input_tokens":30,"cache_read_input_tokens":5,"output_tokens":3,"iterations":[
            {"type":"message","input_tokens":10,"cache_read_input_tokens":5,"output_tokens":1},
            {"type":"message","input_tokens":20,"output_tokens":2}]}"#,
    ));
    assert_eq!(report.models.len(), 2);
    assert_eq!(tokens(&report), [30, 5, 0, 0, 3, 0]);
}

#[test]
fn requests_that_leave_out_the_cache_do_not_hide_it() {
    let report = known(&message(
        r#"{"input_tokens":30,"cache_read_input_tokens":5,"output_tokens":3,"iterations":[
            {"type":"message","input_tokens":10,"output_tokens":1},
            {"type":"message","input_tokens":20,"output_tokens":2}]}"#,
    ));
    assert_eq!(tokens(&report), [30, 5, 0, 0, 3, 0]);
    assert_eq!(report.models[0].requests, Some(2));
}

#[test]
fn a_message_that_stood_in_is_counted_once() {
    let entries = r#""iterations":[
        {"type":"message","input_tokens":10,"output_tokens":1},
        {"type":"fallback_message","model":"claude-haiku-5-5","input_tokens":20,"output_tokens":2}]"#;
    for top in [
        r#""input_tokens":10,"output_tokens":1"#,
        r#""input_tokens":30,"output_tokens":3"#,
    ] {
        let report = known(&message(&format!("{{{top},{entries}}}")));
        assert_eq!(tokens(&report), [30, 0, 0, 0, 3, 0], "{top}");
        let models: Vec<_> = report.models.iter().map(|m| m.model.as_deref()).collect();
        assert_eq!(models, [Some("claude-sonnet-5"), Some("claude-haiku-5-5")]);
    }
}

#[test]
fn requests_that_contradict_the_message_are_unknown() {
    let (reason, _) = unknown(&message(
        r#"{"input_tokens":30,"output_tokens":3,"iterations":[
            {"type":"message","input_tokens":10,"output_tokens":1}]}"#,
    ));
    assert!(reason.contains("different figures"), "{reason}");
}

const START: &str = r#"{"type":"message_start","message":{"id":"msg_01","type":"message","model":"claude-sonnet-5","usage":{"input_tokens":25,"cache_read_input_tokens":100,"output_tokens":1}}}"#;
const TEXT: &str =
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"usage"}}"#;
const DELTA: &str =
    r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15}}"#;
const STOP: &str = r#"{"type":"message_stop"}"#;

#[test]
fn the_last_word_of_a_stream_counts() {
    let report = known(&sse(&[START, r#"{"type":"ping"}"#, TEXT, DELTA, STOP]));
    assert_eq!(tokens(&report), [25, 100, 0, 0, 15, 0]);
    assert_eq!(report.ids, ["msg_01"]);
}

#[test]
fn what_a_delta_restates_wins() {
    let delta = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":400,"cache_read_input_tokens":7,"cache_creation_input_tokens":9,"output_tokens":15,"server_tool_use":{"web_search_requests":2}}}"#;
    let report = known(&sse(&[START, delta, STOP]));
    assert_eq!(tokens(&report), [400, 7, 9, 0, 15, 0]);
    assert_eq!(report.models[0].web_searches, 2);
}

#[test]
fn a_stream_that_lost_only_its_very_end_is_whole() {
    assert_eq!(
        tokens(&known(&sse(&[START, TEXT, DELTA]))),
        [25, 100, 0, 0, 15, 0]
    );
}

#[test]
fn a_cut_stream_is_a_lower_bound() {
    let going_on = DELTA.replace(r#""end_turn""#, "null");
    for events in [
        vec![START],
        vec![START, TEXT],
        vec![START, going_on.as_str()],
    ] {
        let (reason, at_least) = unknown(&sse(&events));
        assert!(reason.contains("ends before"), "{reason}");
        let [input, read, ..] = tokens(&at_least.expect("what is certain"));
        assert_eq!([input, read], [25, 100]);
    }
}

#[test]
fn an_error_in_a_stream_is_told_with_what_is_certain() {
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#;
    let (reason, at_least) = unknown(&sse(&[START, TEXT, error]));
    assert!(reason.ends_with("overloaded_error"), "{reason}");
    assert_eq!(tokens(&at_least.expect("a part")), [25, 100, 0, 0, 1, 0]);
}
