//! Gemini, Bedrock, Ollama.

use super::*;

#[test]
fn thoughts_are_output_and_prompts_of_tools_are_input() {
    let report = known(
        r#"{"responseId":"r1","modelVersion":"gemini-2.5-pro","candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":60,"candidatesTokenCount":20,"thoughtsTokenCount":30,"toolUsePromptTokenCount":5,"totalTokenCount":155}}"#,
    );
    assert_eq!(tokens(&report), [45, 60, 0, 0, 50, 30]);
    assert_eq!(report.ids, ["r1"]);
    let usage = &report.models[0];
    assert_eq!(usage.model.as_deref(), Some("gemini-2.5-pro"));
    assert_eq!(usage.provider.as_deref(), Some("google"));
}

#[test]
fn thoughts_are_output_without_a_total_that_says_so() {
    let report = known(
        r#"{"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"thoughtsTokenCount":3}}"#,
    );
    assert_eq!(tokens(&report), [1, 0, 0, 0, 5, 3]);
}

#[test]
fn what_only_geminis_total_has_is_output() {
    let report = known(r#"{"usageMetadata":{"promptTokenCount":100,"totalTokenCount":155}}"#);
    assert_eq!(tokens(&report), [100, 0, 0, 0, 55, 0]);
}

fn chunk(output: u64, finish: &str) -> String {
    format!(
        r#"{{"responseId":"r1","modelVersion":"gemini-2.5-pro","candidates":[{{"content":{{}}{finish}}}],"usageMetadata":{{"promptTokenCount":10,"candidatesTokenCount":{output},"totalTokenCount":{}}}}}"#,
        output + 10
    )
}

#[test]
fn the_last_word_of_gemini_wins_in_either_form_of_stream() {
    let chunks = [
        chunk(1, ""),
        chunk(2, ""),
        chunk(3, r#","finishReason":"STOP""#),
    ];
    let array = format!("[{}]", chunks.join("\n,\n"));
    let chunks: Vec<_> = chunks.iter().map(String::as_str).collect();
    for text in [array, sse(&chunks)] {
        let report = known(&text);
        assert_eq!(tokens(&report), [10, 0, 0, 0, 3, 0], "{text}");
        assert_eq!(report.ids, ["r1"]);
    }
}

#[test]
fn a_cut_stream_of_gemini_is_a_lower_bound() {
    let (one, two) = (chunk(1, ""), chunk(2, ""));
    for text in [
        format!("[{one},{two}"),
        format!("[{one},{two},"),
        format!("[{one},{two},{{\"a"),
        sse(&[&one, &two]),
        sse(&[&one, &two]) + "data: {\"cand",
    ] {
        let (_, at_least) = unknown(&text);
        let report = at_least.expect("a part");
        assert_eq!(tokens(&report), [10, 0, 0, 0, 2, 0], "{text}");
    }
}

#[test]
fn a_prompt_that_was_blocked_is_billed() {
    let report = known(
        r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":9,"totalTokenCount":9}}"#,
    );
    assert_eq!(tokens(&report), [9, 0, 0, 0, 0, 0]);
}

#[test]
fn searches_of_gemini_are_billed_by_prompt_or_by_search() {
    for (model, searches) in [("gemini-2.5-pro", 1), ("gemini-3-pro", 2)] {
        let grounding =
            r#","finishReason":"STOP","groundingMetadata":{"webSearchQueries":["a","","b"]}"#;
        let text = chunk(3, grounding).replace("gemini-2.5-pro", model);
        assert_eq!(known(&text).models[0].web_searches, searches, "{model}");
    }
}

#[test]
fn the_traffic_of_vertex_is_a_tier() {
    for (traffic, tier) in [
        ("ON_DEMAND", None),
        ("ON_DEMAND_FLEX", Some("flex")),
        ("ON_DEMAND_PRIORITY", Some("priority")),
    ] {
        let text = format!(
            r#"{{"usageMetadata":{{"promptTokenCount":9,"totalTokenCount":9,"trafficType":"{traffic}"}}}}"#
        );
        assert_eq!(known(&text).models[0].service_tier.as_deref(), tier);
    }
}

#[test]
fn input_of_converse_leaves_out_what_the_cache_had() {
    let usage = r#"{"inputTokens":10,"outputTokens":20,"totalTokens":180,"cacheReadInputTokens":100,"cacheWriteInputTokens":50,"cacheDetails":[{"ttl":"1h","inputTokens":30},{"ttl":"5m","inputTokens":20}]}"#;
    let body = format!(
        r#"{{"output":{{}},"stopReason":"end_turn","usage":{usage},"serviceTier":{{"type":"priority"}}}}"#
    );
    let stream = format!(
        "{{\"messageStart\":{{\"role\":\"assistant\"}}}}\n{{\"metadata\":{{\"usage\":{usage},\"serviceTier\":{{\"type\":\"priority\"}}}}}}\n"
    );
    for text in [body, stream] {
        let report = known(&text);
        assert_eq!(tokens(&report), [10, 100, 20, 30, 20, 0], "{text}");
        let usage = &report.models[0];
        assert_eq!(
            (&usage.model, usage.provider.as_deref()),
            (&None, Some("aws"))
        );
        assert_eq!(usage.service_tier.as_deref(), Some("priority"));
    }
}

#[test]
fn a_cut_stream_of_converse_is_unknown() {
    let (reason, at_least) = unknown(r#"{"messageStart":{"role":"assistant"}}"#);
    assert!(reason.contains("ends before"), "{reason}");
    assert_eq!(at_least, None);
}

const PIECE: &str = r#"{"model":"llama3.2","created_at":"2026-11-21T10:00:00Z","message":{"role":"assistant","content":"x"},"done":false}"#;
const END: &str = r#"{"model":"llama3.2","message":{"content":""},"done":true,"total_duration":5,"prompt_eval_count":26,"eval_count":298}"#;

#[test]
fn the_last_line_of_ollama_has_the_figures_and_no_money() {
    let report = known(&format!("{PIECE}\n{PIECE}\n{END}\n"));
    assert_eq!(tokens(&report), [26, 0, 0, 0, 298, 0]);
    assert_eq!((report.cost, report.ids.len()), (None, 0));
    assert_eq!(report.models[0].provider.as_deref(), Some("ollama"));
    assert!(!report.tokens_incomplete);
}

#[test]
fn a_prompt_that_ollama_does_not_count_is_not_zero() {
    let report = known(&END.replace(r#""prompt_eval_count":26,"#, ""));
    assert!(report.tokens_incomplete);
}

#[test]
fn a_cut_stream_of_ollama_is_unknown() {
    for text in [
        PIECE.to_owned(),
        format!("{PIECE}\n{}", END.replace('}', "")),
    ] {
        let (_, at_least) = unknown(&text);
        assert_eq!(at_least, None);
    }
}
