//! Every way in which a count of session files goes wrong.

use crate::usage::sessions::Chats;
use crate::usage::sessions::Scan;
use crate::usage::sessions::tests::{outputs, scan, scan_fixture, sums};

const AGENT: &Chats = &Chats;
const FILE: &str = ".gemini/tmp/p/chats/session-1.jsonl";
const HEAD: &str = r#"{"sessionId":"s","projectHash":"h","startTime":"2026-11-21T12:00:00Z"}"#;

fn message(id: &str, tokens: &str) -> String {
    format!(
        r#"{{"id":"{id}","timestamp":"2026-11-21T12:00:01Z","type":"gemini","model":"gemini-2.5-pro","tokens":{tokens}}}"#
    )
}

fn tokens(output: u64) -> String {
    format!(
        r#"{{"input":100,"output":{output},"cached":40,"thoughts":3,"tool":2,"total":{}}}"#,
        output + 105
    )
}

fn one_file(lines: &[&str]) -> Scan {
    scan(AGENT, &[(FILE, &lines.join("\n"))])
}

#[test]
fn a_session_resumed_by_the_agent_is_what_the_provider_served() {
    let fixture = "gemini/fixtures/resume";
    let scan = scan_fixture(AGENT, "GEMINI_CLI_HOME", ".gemini/tmp", fixture);
    assert_eq!(scan.lost, []);
    assert_eq!(sums(&scan), [3 * 4200, 2 * 500 + 900, 0, 11 + 22 + 33, 5]);
    let first = &scan.messages[0];
    assert_eq!(first.usage.model.as_deref(), Some("gemini-2.5-pro"));
    assert_eq!(&*first.session, "d43b021c-eaa4-46dd-92ce-28e54b513bb6");
    assert_eq!(first.cwd.as_deref(), Some("/home/ann/work"));
    assert_eq!(first.key, "bfce652c-9a7d-49de-8f32-a7bb3f9ba874");
}

#[test]
fn a_message_written_anew_counts_as_it_was_written_last() {
    let (first, last) = (message("m", &tokens(9)), message("m", &tokens(5)));
    let scan = one_file(&[HEAD, &first, r#"{"$set":{"lastUpdated":"x"}}"#, &last]);
    assert_eq!(outputs(&scan), [8]);
}

#[test]
fn input_includes_what_was_cached_and_thoughts_are_output() {
    let scan = one_file(&[HEAD, &message("m", &tokens(7))]);
    assert_eq!(sums(&scan), [60 + 2, 40, 0, 10, 3]);
    let total = scan.messages[0].usage.tokens.map(|tokens| tokens.total());
    assert_eq!(total, Some(Ok(7 + 105)));
}

#[test]
fn input_excludes_what_was_cached_where_the_total_says_so() {
    let apart = r#"{"input":60,"output":7,"cached":40,"thoughts":3,"tool":2,"total":112}"#;
    let scan = one_file(&[HEAD, &message("m", apart)]);
    assert_eq!(sums(&scan), [62, 40, 0, 10, 3]);
}

#[test]
fn what_only_the_total_has_is_output() {
    for (counts, expected) in [
        // Thoughts that are told nowhere else.
        (
            r#"{"input":100,"output":7,"cached":40,"total":130}"#,
            [60, 40, 0, 30, 0],
        ),
        (
            r#"{"input":60,"output":7,"cached":40,"total":107}"#,
            [60, 40, 0, 7, 0],
        ),
        (r#"{"input":100,"output":7,"total":90}"#, [100, 0, 0, 7, 0]),
    ] {
        assert_eq!(
            sums(&one_file(&[HEAD, &message("m", counts)])),
            expected,
            "{counts}"
        );
    }
}

#[test]
fn messages_within_a_change_of_the_session_count_once() {
    let (one, two) = (message("one", &tokens(1)), message("two", &tokens(2)));
    let set = format!(r#"{{"$set":{{"messages":[{one},{two}]}}}}"#);
    let rewind = r#"{"$rewindTo":"one"}"#;
    let scan = one_file(&[HEAD, &one, &set, rewind]);
    assert_eq!(outputs(&scan), [4, 5], "what was taken back was paid");
}

#[test]
fn an_older_session_is_one_document() {
    let document = format!(
        "{{\n  \"sessionId\": \"s\",\n  \"messages\": [\n{},\n{{\"id\":\"u\",\"type\":\"user\",\"content\":\"x\"}},\n{}]}}\n",
        message("one", &tokens(1)),
        message("two", &tokens(2))
    );
    let old = ".gemini/tmp/p/chats/session-1.json";
    let found = scan(AGENT, &[(old, &document)]);
    assert_eq!((outputs(&found), found.lost), (vec![4, 5], vec![]));
    let torn = document.get(..document.len() - 9).expect("text");
    let found = scan(AGENT, &[(old, torn)]);
    assert_eq!((outputs(&found), found.lost.len()), (vec![], 1));
}

#[test]
fn a_helper_belongs_to_the_session_that_started_it() {
    let helper = [
        r#"{"sessionId":"h","kind":"subagent"}"#,
        &message("m", &tokens(1)),
    ]
    .join("\n");
    let files = [
        (".gemini/tmp/p/chats/s/h.jsonl", helper.as_str()),
        (".gemini/tmp/p/.project_root", "/w\n"),
        (".gemini/tmp/p/logs.json", "[]"),
    ];
    let scan = scan(AGENT, &files);
    assert_eq!(&*scan.messages[0].session, "s");
    assert_eq!(scan.messages[0].cwd.as_deref(), Some("/w"));
}

#[test]
fn messages_without_figures_are_none_and_hostile_ones_are_lost() {
    let none = [
        r#"{"id":"m","timestamp":"2026-11-21T12:00:01Z","type":"gemini","tokens":null}"#.to_owned(),
        message("m", r#"{"input":0,"output":0,"total":0}"#),
        message("m", &tokens(1)).replace("gemini\",\"model", "user\",\"model"),
    ];
    let none: Vec<_> = none.iter().map(String::as_str).collect();
    assert_eq!(
        one_file(&[&[HEAD], none.as_slice()].concat()),
        Scan::default()
    );
    for figure in ["-1", "1e308", "1.5", "9223372036854775808"] {
        let hostile = message("m", &tokens(1)).replace(":100,", &format!(":{figure},"));
        let scan = one_file(&[HEAD, &hostile]);
        assert_eq!((outputs(&scan), scan.lost.len()), (vec![], 1), "{figure}");
    }
    let nameless = message("m", &tokens(1)).replace("\"id\":\"m\",", "");
    assert_eq!(one_file(&[HEAD, &nameless]).lost.len(), 1, "no id");
    let unnamed = one_file(&[&message("m", &tokens(1))]);
    assert_eq!(unnamed.lost.len(), 1, "no session");
}
