//! Chat Completions, Responses, OpenRouter.

use super::*;

fn chat(usage: &str) -> String {
    format!(
        r#"{{"id":"chatcmpl-1","object":"chat.completion","created":1763700001,"model":"gpt-5.5","service_tier":"default","choices":[{{"index":0,"finish_reason":"stop","message":{{"content":"x"}}}}],"usage":{usage}}}"#
    )
}

fn response(usage: &str) -> String {
    format!(
        r#"{{"id":"resp_1","object":"response","status":"completed","error":null,"created_at":1763700000,"model":"gpt-5.5","service_tier":"flex","output":[{{"type":"message","content":[]}}],"usage":{usage}}}"#
    )
}

#[test]
fn cached_input_is_part_of_the_prompt() {
    let report = known(&chat(
        r#"{"prompt_tokens":1000,"completion_tokens":20,"total_tokens":1020,"prompt_tokens_details":{"cached_tokens":600,"cache_write_tokens":100},"completion_tokens_details":{"reasoning_tokens":15}}"#,
    ));
    assert_eq!(tokens(&report), [300, 600, 100, 0, 20, 15]);
    let usage = &report.models[0];
    assert_eq!(usage.model.as_deref(), Some("gpt-5.5"));
    assert_eq!(usage.service_tier, None);
    assert_eq!(
        usage.at,
        Some(UNIX_EPOCH + Duration::from_secs(1_763_700_001))
    );
}

/// Some count their ids from small numbers and use them again.
#[test]
fn a_short_id_is_one_with_the_second_it_was_given() {
    let usage = r#"{"prompt_tokens":1,"completion_tokens":2}"#;
    assert_eq!(known(&chat(usage)).ids, ["chatcmpl-1@1763700001"]);
    let long = "chatcmpl-CfXb0ZQ1yQkzqUO3aP5VqZ2";
    let whole = chat(usage).replace("chatcmpl-1", long);
    assert_eq!(known(&whole).ids, [long]);
}

#[test]
fn other_names_for_the_cached_part_are_known() {
    for cached in [
        r#""prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36"#,
        r#""cached_tokens":64"#,
        r#""prompt_tokens_details":null,"cached_tokens":64"#,
    ] {
        let usage = format!(r#"{{"prompt_tokens":100,"completion_tokens":2,{cached}}}"#);
        assert_eq!(tokens(&known(&chat(&usage))), [36, 64, 0, 0, 2, 0]);
    }
}

/// xAI counts reasoning beside the completion, Gemini's endpoint in OpenAI's shape in the total
/// alone.
#[test]
fn reasoning_that_only_the_total_has_is_output() {
    let report = known(&chat(
        r#"{"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94}}"#,
    ));
    assert_eq!(tokens(&report), [32, 0, 0, 0, 103, 94]);
    let report = known(&chat(
        r#"{"prompt_tokens":5,"completion_tokens":10,"total_tokens":200}"#,
    ));
    assert_eq!(tokens(&report), [5, 0, 0, 0, 195, 0]);
}

#[test]
fn sound_has_no_price_of_text() {
    let report = known(&chat(
        r#"{"prompt_tokens":32,"completion_tokens":9,"prompt_tokens_details":{"audio_tokens":3}}"#,
    ));
    assert_eq!(report.models[0].off_table, Some("tokens of audio"));
}

#[test]
fn embeddings_have_no_output() {
    let report = known(
        r#"{"object":"list","data":[{"object":"embedding","embedding":[0.1]}],"model":"text-embedding-3-small","usage":{"prompt_tokens":8,"total_tokens":8}}"#,
    );
    assert_eq!(tokens(&report), [8, 0, 0, 0, 0, 0]);
}

#[test]
fn a_model_that_runs_at_home_names_its_provider() {
    let text = chat(r#"{"prompt_tokens":5,"completion_tokens":10}"#).replace(
        r#""choices""#,
        r#""system_fingerprint":"fp_ollama","choices""#,
    );
    assert_eq!(known(&text).models[0].provider.as_deref(), Some("ollama"));
}

#[test]
fn a_model_that_always_searches_is_billed_for_it() {
    let text = chat(r#"{"prompt_tokens":5,"completion_tokens":10}"#)
        .replace("gpt-5.5", "gpt-4o-search-preview-2025-03-11");
    assert_eq!(known(&text).models[0].web_searches, 1);
}

const FIRST: &str = r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","model":"gpt-5.5","choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}],"usage":null}"#;
const LAST: &str = r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","model":"gpt-5.5","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}"#;
const USAGE: &str = r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","model":"gpt-5.5","service_tier":"priority","choices":[],"usage":{"prompt_tokens":11,"completion_tokens":4,"total_tokens":15}}"#;

#[test]
fn the_extra_chunk_of_a_stream_has_the_usage() {
    let report = known(&sse(&[FIRST, LAST, USAGE, "[DONE]"]));
    assert_eq!(tokens(&report), [11, 0, 0, 0, 4, 0]);
    assert_eq!(report.ids, ["chatcmpl-1"]);
    assert_eq!(report.models[0].service_tier.as_deref(), Some("priority"));
}

#[test]
fn the_id_of_a_stream_is_the_first_and_another_after_its_usage_is_another_answer() {
    let changed = LAST.replace("chatcmpl-1", "chatcmpl-x");
    let last = USAGE.replace("chatcmpl-1", "chatcmpl-y");
    let report = known(&sse(&[FIRST, &changed, &last]));
    assert_eq!(report.ids, ["chatcmpl-1"]);
    let (reason, _) = unknown(&sse(&[FIRST, LAST, USAGE, &changed]));
    assert_eq!(reason, SEVERAL);
}

#[test]
fn a_stream_that_was_not_asked_for_usage_is_unknown_and_says_how_to_ask() {
    for events in [vec![FIRST, LAST, "[DONE]"], vec![FIRST, LAST]] {
        let (reason, at_least) = unknown(&sse(&events));
        assert!(reason.contains("include_usage"), "{reason}");
        assert_eq!(at_least, None);
    }
}

#[test]
fn a_cut_stream_is_unknown() {
    let (reason, at_least) = unknown(&sse(&[FIRST]));
    assert!(reason.contains("ends before"), "{reason}");
    assert_eq!(at_least, None);
}

/// Some repeat the figures so far in every chunk.
#[test]
fn figures_so_far_are_not_added_and_not_final_before_the_end() {
    let so_far = |output: u64, finish: &str| {
        format!(
            r#"{{"id":"c","choices":[{{"index":0,"delta":{{}},"finish_reason":{finish}}}],"usage":{{"prompt_tokens":11,"completion_tokens":{output}}}}}"#
        )
    };
    let (one, two) = (so_far(1, "null"), so_far(2, "null"));
    let three = so_far(3, r#""stop""#);
    let (_, at_least) = unknown(&sse(&[&one, &two]));
    assert_eq!(tokens(&at_least.expect("a part")), [11, 0, 0, 0, 2, 0]);
    assert_eq!(
        tokens(&known(&sse(&[&one, &two, &three]))),
        [11, 0, 0, 0, 3, 0]
    );
    // One of two answers has ended, the other goes on.
    let other = two.replace(r#""index":0"#, r#""index":1"#);
    unknown(&sse(&[&other, &three]));
}

#[test]
fn responses_include_what_was_cached() {
    let report = known(&response(
        r#"{"input_tokens":2087,"input_tokens_details":{"cached_tokens":2048},"output_tokens":124,"output_tokens_details":{"reasoning_tokens":64},"total_tokens":2211}"#,
    ));
    assert_eq!(tokens(&report), [39, 2048, 0, 0, 124, 64]);
    assert_eq!(report.ids, ["resp_1"]);
    assert_eq!(report.models[0].service_tier.as_deref(), Some("flex"));
}

#[test]
fn the_event_that_ends_a_response_has_the_usage() {
    let usage = r#"{"input_tokens":10,"output_tokens":5}"#;
    let created = r#"{"type":"response.created","response":{"id":"resp_1","object":"response","status":"in_progress","usage":null}}"#;
    let text = r#"{"type":"response.output_text.delta","delta":"response.completed"}"#;
    for (event, status) in [
        ("response.completed", "completed"),
        ("response.incomplete", "incomplete"),
        ("response.failed", "failed"),
    ] {
        let whole = response(usage).replace(r#""completed""#, &format!("{status:?}"));
        let whole = whole.replace(r#""error":null"#, r#""error":{"code":"server_error"}"#);
        let end = format!(r#"{{"type":"{event}","response":{whole}}}"#);
        let report = known(&sse(&[created, text, &end]));
        assert_eq!(tokens(&report), [10, 0, 0, 0, 5, 0], "{event}");
    }
    let (reason, _) = unknown(&sse(&[created, text]));
    assert!(reason.contains("ends before"), "{reason}");
}

#[test]
fn a_response_that_is_not_done_is_unknown() {
    let text = response("null").replace(r#""completed""#, r#""in_progress""#);
    assert!(unknown(&text).0.contains("ends before"));
}

#[test]
fn searches_are_counted_and_pages_opened_are_not() {
    let text = response(r#"{"input_tokens":10,"output_tokens":5}"#).replace(
        r#"{"type":"message","content":[]}"#,
        r#"{"type":"web_search_call","action":{"type":"search"}},{"type":"web_search_call","action":{"type":"open_page"}},{"type":"web_search_call"}"#,
    );
    assert_eq!(known(&text).models[0].web_searches, 2);
}

fn routed(usage: &str) -> String {
    chat(usage).replace("chatcmpl-1", "gen-1")
}

#[test]
fn openrouter_says_what_it_charged() {
    let report = known(&routed(
        r#"{"prompt_tokens":17,"completion_tokens":2177,"cost":0.00435825,"is_byok":false,"cost_details":{"upstream_inference_cost":null}}"#,
    ));
    assert_eq!(report.source.as_str(), "openrouter");
    assert_eq!(report.cost, Some(usd("0.00435825")));
    assert_eq!(report.models[0].provider.as_deref(), Some("openrouter"));
}

#[test]
fn with_an_own_key_the_bill_of_the_provider_comes_on_top() {
    let usage = |upstream: &str| {
        format!(
            r#"{{"prompt_tokens":17,"completion_tokens":20,"cost":0.0001,"is_byok":true,"cost_details":{{"upstream_inference_cost":{upstream}}}}}"#
        )
    };
    assert_eq!(known(&routed(&usage("0.002"))).cost, Some(usd("0.0021")));
    assert_eq!(known(&routed(&usage("null"))).cost, None);
}

#[test]
fn a_charge_with_its_parts_is_read_as_its_total() {
    let report = known(&chat(
        r#"{"prompt_tokens":17,"completion_tokens":20,"cost":{"input_tokens_cost":0.1,"total_cost":0.006}}"#,
    ));
    assert_eq!(report.cost, Some(usd("0.006")));
}

#[test]
fn a_free_model_is_free_because_the_bill_says_so() {
    let report = known(&routed(
        r#"{"prompt_tokens":17,"completion_tokens":20,"cost":0}"#,
    ));
    assert_eq!(report.cost, Some(Cost::ZERO));
}
