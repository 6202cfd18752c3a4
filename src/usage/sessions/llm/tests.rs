//! What `llm` 0.36 wrote while a provider served known tokens, and what its plugins tell.

use crate::usage::sessions::tests::{scan_database, sums, times};
use crate::usage::sessions::{Logs, Scan};

const PLACE: &str = ".config/io.datasette.llm/logs.db";
const OWN: &str = include_str!("logs.sql");
/// The table of versions before 0.32, with what a prompt needs.
const EARLIER: &str = "CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, \
    conversation_id TEXT, datetime_utc TEXT, input_tokens INTEGER, output_tokens INTEGER, \
    token_details TEXT);";

fn scan(sql: &str) -> Scan {
    scan_database(&Logs, PLACE, sql)
}

fn earlier(input: &str, output: &str, details: &str) -> Scan {
    scan(&format!(
        "{EARLIER} INSERT INTO responses VALUES ('r', 'm', 'c', '2025-05-01T10:00:00.123456', \
         {input}, {output}, {details})"
    ))
}

#[test]
fn answers_are_what_the_provider_served() {
    let scan = scan(OWN);
    assert_eq!(scan.lost, []);
    assert_eq!(sums(&scan), [2 * 4200, 2 * 500, 0, 2 * 345, 0]);
    let first = &scan.messages[0];
    assert_eq!(
        first.usage.model.as_deref(),
        Some("gpt-5.5"),
        "the provider's name, not the user's"
    );
    assert_eq!(&*first.session, "01m7z605f7bf4t0yc53gs7epjn");
    assert_eq!(scan.messages[1].session, first.session);
    assert_eq!(first.key, "01m7z605fas4f87ey8aj6wrdgx");
    assert_eq!((first.usage.requests, &first.cwd), (Some(1), &None));
    assert_eq!(times(&scan)[0], "2026-11-21T13:51:12.362Z");
}

#[test]
fn an_answer_has_the_providers_id_where_that_is_nobody_elses() {
    let long = OWN.replace("chatcmpl-fake000001", "chatcmpl-fake000001fake000001");
    assert_ne!(long, OWN);
    let keys: Vec<_> = scan(&long).messages.into_iter().map(|m| m.key).collect();
    assert_eq!(
        keys,
        [
            "chatcmpl-fake000001fake000001",
            "01m7z607qfrne7e6vpw2xxdm44"
        ]
    );
}

#[test]
fn the_table_of_earlier_versions_is_read() {
    let scan = earlier("10", "5", "NULL");
    assert_eq!((sums(&scan), scan.lost.len()), ([10, 0, 0, 5, 0], 0));
    assert_eq!(times(&scan), ["2025-05-01T10:00:00.123Z"]);
    assert_eq!(scan.messages[0].usage.model.as_deref(), Some("m"));
}

#[test]
fn each_provider_has_its_own_words_for_the_cache_and_for_thoughts() {
    for (details, expected) in [
        (
            r#"{"input_tokens_details": {"cached_tokens": 40}, "output_tokens_details": {"reasoning_tokens": 3}}"#,
            [60, 40, 0, 10, 3],
        ),
        (
            r#"{"candidatesTokenCount": 7, "thoughtsTokenCount": 3, "cachedContentTokenCount": 40, "promptTokensDetails": []}"#,
            [60, 40, 0, 10, 3],
        ),
        (
            r#"{"cache_read_input_tokens": 40, "cache_creation_input_tokens": 9, "cache_creation": {"ephemeral_1h_input_tokens": 4}}"#,
            [100, 40, 9, 10, 0],
        ),
        (
            r#"{"cost": 0.1, "cached_tokens": "later"}"#,
            [100, 0, 0, 10, 0],
        ),
    ] {
        let scan = earlier("100", "10", &format!("'{details}'"));
        assert_eq!((sums(&scan), scan.lost.len()), (expected, 0), "{details}");
    }
}

#[test]
fn hostile_figures_are_lost_and_never_counted() {
    for (input, output, details) in [
        ("-1", "1", "NULL"),
        ("1", "1e308", "NULL"),
        ("NULL", "NULL", "NULL"),
        ("0", "0", "NULL"),
        ("9223372036854775807", "1", "NULL"),
        (
            "1",
            "1",
            "'{\"prompt_tokens_details\": {\"cached_tokens\": 2}}'",
        ),
        (
            "1",
            "1",
            "'{\"prompt_tokens_details\": {\"cached_tokens\": -1}}'",
        ),
        ("1", "1", "'{\"thoughtsTokenCount\": 2}'"),
        ("1", "1", "'{\"cache_read_input_tokens\": 1e300}'"),
        ("1", "1", "'{\"prompt_tokens_details\": '"),
    ] {
        let scan = earlier(input, output, details);
        let found = (scan.messages.len(), scan.lost.len());
        assert_eq!(found, (0, 1), "{input} {output} {details}");
        assert_eq!(scan.lost[0].session.as_deref(), Some("c"));
    }
}
