//! Every way in which a count of rollouts goes wrong.

use super::*;
use crate::usage::sessions::Scan;
use crate::usage::sessions::tests::{outputs, scan, scan_fixture, sums};

const AGENT: &Rollouts = &Rollouts;
const FILE: &str = ".codex/sessions/2026/11/21/rollout-2026-11-21T12-00-00-a.jsonl";

fn event(time: &str, kind: &str, payload: &str) -> String {
    format!(r#"{{"timestamp":"2026-11-21T12:00:{time}Z","type":"{kind}","payload":{payload}}}"#)
        + "\n"
}

fn meta(id: &str, more: &str) -> String {
    let payload = format!(r#"{{"id":"{id}","cwd":"/w","model_provider":"openai"{more}}}"#);
    event("00.000", "session_meta", &payload)
}

fn context(model: &str) -> String {
    event(
        "00.100",
        "turn_context",
        &format!(r#"{{"cwd":"/w","model":"{model}"}}"#),
    )
}

fn usage(input: u64, cached: u64, output: u64) -> String {
    format!(
        r#"{{"input_tokens":{input},"cached_input_tokens":{cached},"output_tokens":{output},"reasoning_output_tokens":0,"total_tokens":{}}}"#,
        input + output
    )
}

/// Totals, and what the last request added, each where it is told.
fn count(time: &str, total: Option<(u64, u64)>, last: Option<(u64, u64)>) -> String {
    let told = |name: &str, figures: Option<(u64, u64)>| {
        figures.map(|(input, output)| format!(r#""{name}":{}"#, usage(input, 0, output)))
    };
    let parts = [
        told("total_token_usage", total),
        told("last_token_usage", last),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    let payload = format!(r#"{{"type":"token_count","info":{{{}}}}}"#, parts.join(","));
    event(time, "event_msg", &payload)
}

fn record(time: &str, thread: &str, response: &str, output: u64, total: (u64, u64)) -> String {
    let payload = format!(
        r#"{{"thread_id":"{thread}","response_id":"{response}","usage":{},"thread_token_usage":{}}}"#,
        usage(10, 0, output),
        usage(total.0, 0, total.1)
    );
    event(time, "token_usage_record", &payload)
}

fn one_file(lines: &[String]) -> Scan {
    scan(AGENT, &[(FILE, &lines.concat())])
}

#[test]
fn a_session_resumed_by_the_agent_is_what_the_provider_served() {
    let scan = scan_fixture(AGENT, "CODEX_HOME", "sessions", "codex/fixtures/resume");
    assert_eq!(scan.lost, []);
    let input = 3 * (1200 + 3000) + 1200 + 3000;
    assert_eq!(sums(&scan), [input, 3 * 500 + 900, 0, 11 + 22 + 33 + 7, 5]);
    let first = &scan.messages[0];
    assert_eq!(first.key, "resp_fake000001");
    assert_eq!(first.usage.model.as_deref(), Some("gpt-5.5"));
    assert_eq!(first.usage.provider.as_deref(), Some("fake"));
    assert_eq!(first.cwd.as_deref(), Some("/home/ann/work"));
    let tiers: Vec<_> = scan
        .messages
        .iter()
        .map(|m| m.usage.service_tier.as_deref())
        .collect();
    assert_eq!(tiers, [None, None, None, Some("priority")]);
}

#[test]
fn a_session_forked_by_the_agent_does_not_count_its_parents_totals() {
    let scan = scan_fixture(AGENT, "CODEX_HOME", "sessions", "codex/fixtures/fork");
    assert_eq!(scan.lost, []);
    assert_eq!(outputs(&scan), [22, 33, 11, 12, 13, 7]);
    let sessions: HashSet<_> = scan.messages.iter().map(|m| &m.session).collect();
    assert_eq!(sessions.len(), 3);
}

#[test]
fn what_a_request_added_is_preferred_to_the_difference_of_totals() {
    let lines = [
        meta("a", ""),
        context("gpt-5.5"),
        count("01.000", Some((100, 5)), Some((40, 2))),
        count("02.000", Some((300, 9)), None),
        count("03.000", Some((450, 20)), None),
    ];
    let scan = one_file(&lines);
    assert_eq!(outputs(&scan), [2, 4, 11]);
    assert_eq!(sums(&scan)[0], 40 + 200 + 150);
}

#[test]
fn totals_that_are_told_again_are_no_consumption() {
    let same = Some((100, 5));
    let lines = [
        meta("a", ""),
        count("01.000", same, same),
        count("02.000", same, same),
        event(
            "03.000",
            "event_msg",
            r#"{"type":"token_count","info":null,"rate_limits":{}}"#,
        ),
        count("04.000", same, None),
        count("05.000", Some((100, 5)), Some((0, 0))),
    ];
    assert_eq!(outputs(&one_file(&lines)), [5]);
}

#[test]
fn a_total_that_fell_began_anew() {
    let lines = [
        meta("a", ""),
        count("01.000", Some((100, 50)), None),
        count("02.000", Some((30, 20)), None),
    ];
    assert_eq!(outputs(&one_file(&lines)), [50, 20]);
}

#[test]
fn events_of_zeros_and_without_figures_are_none() {
    let none = |time| event(time, "event_msg", r#"{"type":"token_count","info":null}"#);
    let lines = [
        meta("a", ""),
        none("00.000"),
        count("01.000", None, Some((0, 0))),
        count("02.000", None, None),
    ];
    assert_eq!(one_file(&lines), Scan::default());
}

#[test]
fn a_request_told_with_its_id_is_not_told_again_by_the_totals() {
    let lines = [
        meta("a", ""),
        record("01.000", "a", "r1", 5, (10, 5)),
        count("01.100", Some((10, 5)), Some((10, 5))),
        record("02.000", "a", "r2", 6, (20, 11)),
        // Totals of another kind, as of a request that was repeated.
        count("02.100", Some((77, 77)), Some((10, 6))),
        count("03.000", Some((99, 99)), Some((22, 22))),
    ];
    let scan = one_file(&lines);
    assert_eq!(outputs(&scan), [5, 6, 22]);
    assert_eq!(scan.messages[1].key, "r2");
}

#[test]
fn a_first_line_longer_than_twenty_kilobytes_is_read() {
    let long = format!(
        r#","base_instructions":{{"text":"{}"}}"#,
        "x".repeat(30_000)
    );
    let scan = one_file(&[meta("a", &long), count("01.000", None, Some((1, 1)))]);
    assert_eq!(&*scan.messages[0].session, "a");
}

#[test]
fn history_copied_into_another_file_counts_once() {
    let lines = [
        context("gpt-5.5"),
        count("01.000", Some((100, 5)), Some((100, 5))),
        count("02.000", Some((200, 9)), Some((100, 4))),
    ];
    let copy = [&[meta("b", r#","forked_from_id":"a""#)], &lines[..]]
        .concat()
        .concat();
    let own = count("09.000", Some((300, 10)), Some((100, 1)));
    let files = [
        (FILE, &[meta("a", ""), lines.concat()].concat()),
        (&FILE.replace("-a.", "-b."), &format!("{copy}{own}")),
    ];
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    let scan = scan(AGENT, &files);
    assert_eq!(outputs(&scan), [5, 4, 1]);
    assert_eq!(&*scan.messages[2].session, "b");
}

#[test]
fn a_helper_replays_its_parents_events_in_the_second_it_began() {
    let spawn = r#","source":{"subagent":{"thread_spawn":{"parent_thread_id":"a","depth":1}}}"#;
    let lines = [
        meta("b", spawn),
        meta("a", ""),
        count("00.200", Some((100, 5)), Some((100, 5))),
        count("00.200", Some((200, 9)), Some((100, 4))),
        record("00.300", "a", "r1", 3, (210, 12)),
        // The totals of the copy are those that this one adds to.
        count("07.000", Some((260, 14)), None),
    ];
    let scan = one_file(&lines);
    assert_eq!((outputs(&scan), sums(&scan)[0]), (vec![2], 50));
    assert_eq!(
        &*scan.messages[0].session, "a",
        "it belongs to the session that started it"
    );
    let [spawned, parent, one, two, _, own] = lines;
    let scan = one_file(&[spawned, parent, one, two, own]);
    assert_eq!((outputs(&scan), sums(&scan)[0]), (vec![5], 60));
}

#[test]
fn the_first_total_of_a_fork_alone_says_nothing_of_the_fork() {
    let lines = [
        meta("b", r#","forked_from_id":"a""#),
        count("05.000", Some((900, 90)), None),
        count("06.000", Some((950, 95)), None),
    ];
    let scan = one_file(&lines);
    assert_eq!((outputs(&scan), scan.lost.len()), (vec![5], 1));
}

#[test]
fn no_more_is_cached_than_there_was_and_reasoning_is_output() {
    let payload =
        |usage: &str| format!(r#"{{"type":"token_count","info":{{"last_token_usage":{usage}}}}}"#);
    let tokens = |usage: &str| {
        let scan = one_file(&[meta("a", ""), event("01.000", "event_msg", &payload(usage))]);
        scan.messages
            .first()
            .and_then(|message| message.usage.tokens)
    };
    let all = r#"{"input_tokens":100,"cached_input_tokens":150,"output_tokens":30,"reasoning_output_tokens":30}"#;
    let found = tokens(all).expect("tokens");
    assert_eq!(
        (found.input, found.cache_read, found.output, found.reasoning),
        (0, 100, 30, 30)
    );
    assert_eq!(found.total(), Ok(130));
    let written = r#"{"input_tokens":100,"cached_input_tokens":40,"cache_write_input_tokens":50,"output_tokens":1}"#;
    let found = tokens(written).expect("tokens");
    assert_eq!(
        (found.input, found.cache_read, found.cache_write_5m),
        (10, 40, 50)
    );
    assert_eq!(
        tokens(&all.replace(r#"tokens":30,"reas"#, r#"tokens":29,"reas"#)),
        None
    );
    assert_eq!(tokens(&all.replace("100", "-1")), None);
}

#[test]
fn the_model_is_that_of_the_turn_and_unknown_without_one() {
    let lines = [
        meta("a", ""),
        count("01.000", None, Some((1, 1))),
        context("gpt-5.5"),
        count("02.000", None, Some((1, 2))),
        context("gpt-5.5-mini"),
        count("03.000", None, Some((1, 3))),
    ];
    let scan = one_file(&lines);
    let models: Vec<_> = scan
        .messages
        .iter()
        .map(|m| m.usage.model.as_deref())
        .collect();
    assert_eq!(models, [None, Some("gpt-5.5"), Some("gpt-5.5-mini")]);
}

#[test]
fn the_tier_is_that_of_the_threads_settings_which_multiply_the_price() {
    let set = |tier: &str| {
        let payload = format!(
            r#"{{"type":"thread_settings_applied","thread_settings":{{"model":"gpt-5.5","service_tier":"{tier}"}}}}"#
        );
        event("00.200", "event_msg", &payload)
    };
    let lines = [
        meta("a", ""),
        set("priority"),
        count("01.000", None, Some((1, 1))),
        set("default"),
        count("02.000", None, Some((1, 2))),
    ];
    let scan = one_file(&lines);
    let tiers = scan
        .messages
        .iter()
        .map(|m| m.usage.service_tier.as_deref());
    assert_eq!(tiers.collect::<Vec<_>>(), [Some("priority"), None]);
}

#[test]
fn a_session_archived_and_active_is_read_once() {
    let active = [meta("a", ""), count("01.000", None, Some((1, 1)))].concat();
    let archived = [meta("a", ""), count("01.500", None, Some((1, 7)))].concat();
    let name = ".codex/archived_sessions/rollout-2026-11-21T12-00-00-";
    let (same, other) = (format!("{name}a.jsonl"), format!("{name}c.jsonl"));
    let files = [
        (FILE, active.as_str()),
        (&same, &archived),
        (&other, &archived.replace("01.5", "02.5")),
    ];
    assert_eq!(outputs(&scan(AGENT, &files)), [7, 1]);
}

#[test]
fn a_file_without_its_first_line_belongs_to_the_thread_in_its_name() {
    let path =
        ".codex/sessions/rollout-2026-11-21T10-28-19-01a1fda6-583c-7d52-b7f8-ef684124ea70.jsonl";
    let scan = scan(AGENT, &[(path, &count("01.000", None, Some((1, 1))))]);
    assert_eq!(
        &*scan.messages[0].session,
        "01a1fda6-583c-7d52-b7f8-ef684124ea70"
    );
}

#[test]
fn the_place_is_that_of_the_variable_or_of_the_home() {
    let roots = |name, value: &str| {
        let roots = AGENT.roots(&Places::new([(name, value.into())]));
        roots
            .into_iter()
            .map(|root| root.to_string_lossy().into_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        roots("HOME", "/h"),
        ["/h/.codex/sessions", "/h/.codex/archived_sessions"]
    );
    assert_eq!(
        roots("CODEX_HOME", "/c"),
        ["/c/sessions", "/c/archived_sessions"]
    );
}
