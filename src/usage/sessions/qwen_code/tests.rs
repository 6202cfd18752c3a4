//! Every way in which a count of session files goes wrong.

use super::*;
use crate::usage::sessions::Scan;
use crate::usage::sessions::tests::{outputs, scan, scan_fixture, sums};

const AGENT: &Recordings = &Recordings;
const FILE: &str = ".qwen/projects/p/chats/s.jsonl";

fn step(id: &str, kind: &str, more: &str) -> String {
    format!(
        r#"{{"uuid":"{id}","sessionId":"s","timestamp":"2026-11-21T12:00:01.000Z","type":"{kind}","cwd":"/w",{more}}}"#
    ) + "\n"
}

fn answer(id: &str, output: u64, more: &str) -> String {
    let total = 100 + output;
    step(
        id,
        "system",
        &format!(
            r#""subtype":"ui_telemetry","systemPayload":{{"uiEvent":{{"event.name":"qwen-code.api_response","response_id":"chatcmpl-0123456789-{id}","model":"m","input_token_count":100,"output_token_count":{output},"cached_content_token_count":40,"thoughts_token_count":3,"total_token_count":{total}{more}}}}}"#
        ),
    )
}

fn assistant(id: &str, output: u64) -> String {
    let usage = format!(
        r#""model":"m","message":{{"role":"model","parts":[]}},"usageMetadata":{{"promptTokenCount":100,"candidatesTokenCount":{output},"cachedContentTokenCount":40,"totalTokenCount":{}}}"#,
        100 + output
    );
    step(id, "assistant", &usage)
}

fn one_file(lines: &[String]) -> Scan {
    scan(AGENT, &[(FILE, &lines.concat())])
}

#[test]
fn sessions_of_the_agent_are_what_the_provider_served() {
    let fixture = "qwen_code/fixtures";
    let scan = scan_fixture(AGENT, "QWEN_HOME", "projects", fixture);
    assert_eq!(scan.lost, []);
    // Tools, a conversation that was continued, a helper, what the agent asks for its memory, and
    // requests that were refused.
    assert_eq!(scan.messages.len(), 14);
    let input = 4200 + 11 + 3900 + 4200 + (3012..=3021).sum::<u64>();
    assert_eq!(
        sums(&scan),
        [
            input,
            13 * 500,
            0,
            345 + 2 + 51 + 77 + (3..=12).sum::<u64>(),
            52
        ]
    );
    let of = |id: &str| scan.messages.iter().find(|m| m.key.starts_with(id));
    let first = of("chatcmpl-fake000001").expect("a message");
    assert_eq!(first.usage.model.as_deref(), Some("gpt-5.5"));
    assert_eq!(first.cwd.as_deref(), Some("/home/ann/work"));
    // What helpers do belongs to the session that started them.
    let helper = of("chatcmpl-fake000013").expect("a message");
    let parent = of("chatcmpl-fake000012").expect("a message");
    assert_eq!(helper.session, parent.session);
}

#[test]
fn an_answer_and_the_step_that_came_of_it_are_one() {
    let scan = one_file(&[
        answer("a", 7, ""),
        answer("h", 7, r#","subagent_name":"x""#),
        assistant("1", 7),
        answer("b", 7, ""),
        assistant("2", 7),
    ]);
    assert_eq!(scan.lost, []);
    assert_eq!(outputs(&scan), [7, 7, 7]);
}

#[test]
fn older_versions_tell_the_steps_alone() {
    let scan = one_file(&[
        assistant("1", 7),
        assistant("1", 7),
        assistant("2", 7),
        answer("a", 9, ""),
        assistant("3", 9),
    ]);
    assert_eq!(outputs(&scan), [7, 7, 9]);
}

#[test]
fn input_includes_what_was_cached_and_thoughts_are_output() {
    let inside = one_file(&[answer("a", 7, "")]);
    assert_eq!(sums(&inside), [60, 40, 0, 7, 3]);
    let beside =
        answer("a", 7, "").replace(r#""total_token_count":107"#, r#""total_token_count":110"#);
    assert_eq!(sums(&one_file(&[beside])), [60, 40, 0, 10, 3]);
}

#[test]
fn short_ids_are_counted_anew_by_some_and_are_no_ones_own() {
    let at = |time: &str| {
        let short = answer("a", 7, "").replace("chatcmpl-0123456789-a", "chatcmpl-42");
        short.replace("12:00:01", time)
    };
    let lines = [at("12:00:01"), at("12:00:02"), at("12:00:01")];
    let scan = one_file(&lines);
    assert_eq!(outputs(&scan), [7, 7]);
    assert_ne!(scan.messages[0].key, scan.messages[1].key);
}

#[test]
fn a_session_in_two_files_is_counted_once() {
    let lines = [answer("a", 7, ""), assistant("1", 7)].concat();
    let copy = ".qwen/tmp/hash/chats/t.jsonl";
    assert_eq!(
        outputs(&scan(AGENT, &[(FILE, &lines), (copy, &lines)])),
        [7]
    );
}

#[test]
fn what_is_written_to_a_cache_of_anthropic_is_not_told_and_not_nothing() {
    for (from, to) in [
        (r#""model":"m""#, r#""model":"claude-sonnet-4-5""#),
        (r#""model":"m""#, r#""model":"m","auth_type":"anthropic""#),
    ] {
        let scan = one_file(&[answer("a", 7, "").replace(from, to)]);
        assert_eq!(scan.lost.len(), 1, "{to}");
        assert!(scan.messages[0].usage.off_table.is_some());
        assert_eq!(outputs(&scan), [7]);
    }
    let older = assistant("1", 7).replace(r#""model":"m""#, r#""model":"claude-x""#);
    assert_eq!(one_file(&[older]).lost.len(), 1);
}

#[test]
fn an_answer_whose_figures_are_none_is_lost_and_not_free() {
    let zeros = answer("a", 0, "")
        .replace(":100", ":0")
        .replace(":40", ":0")
        .replace(":3,", ":0,");
    let of = |from: &str, to: &str| answer("a", 7, "").replace(from, to);
    for line in [
        zeros,
        of(r#""input_token_count":100"#, r#""input_token_count":-1"#),
        of(r#""input_token_count":100"#, r#""input_token_count":39"#),
        of(r#""output_token_count":7"#, r#""output_token_count":1e308"#),
        of(
            r#""output_token_count":7"#,
            r#""output_token_count":9223372036854775808"#,
        ),
        of(r#""output_token_count":7"#, r#""output_token_count":"7""#),
        of("2026-11-21T12:00:01.000Z", "yesterday"),
        of(r#""sessionId":"s","#, ""),
        answer("a", 7, "").replace("}}}\n", "\n"),
    ] {
        let scan = one_file(std::slice::from_ref(&line));
        assert_eq!((scan.messages.len(), scan.lost.len()), (0, 1), "{line}");
    }
}

#[test]
fn what_is_no_answer_is_passed_over() {
    let scan = one_file(&[
        step(
            "1",
            "user",
            r#""message":{"parts":[{"text":"\"usageMetadata\""}]}"#,
        ),
        step(
            "2",
            "system",
            r#""systemPayload":{"uiEvent":{"event.name":"qwen-code.tool_call","x":"qwen-code.api_response"}}"#,
        ),
        "{\"usageMetadata\":null}\n".to_owned(),
        "noise\n".to_owned(),
    ]);
    assert_eq!(scan, Scan::default());
}
