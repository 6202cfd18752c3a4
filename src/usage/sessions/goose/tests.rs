//! Rows in the shape of goose's schema 16, as others document it, and what was before.

use crate::usage::sessions::tests::{scan_database, sums, times};
use crate::usage::sessions::{Scan, UsageLedger};

const PLACE: &str = ".local/share/goose/sessions/sessions.db";
const SESSIONS: &str = "CREATE TABLE sessions (id TEXT PRIMARY KEY, working_dir TEXT NOT NULL, \
    accumulated_input_tokens INTEGER, provider_name TEXT); \
    INSERT INTO sessions VALUES ('20261121_1', '/w', 900, 'anthropic');";
const LEDGER: &str = "CREATE TABLE usage_ledger (id INTEGER PRIMARY KEY AUTOINCREMENT, \
    session_id TEXT NOT NULL, created_timestamp INTEGER NOT NULL, model TEXT, \
    input_tokens INTEGER, output_tokens INTEGER, total_tokens INTEGER, \
    cache_read_tokens INTEGER, cache_write_tokens INTEGER, cost REAL, cost_source TEXT, \
    is_compaction INTEGER DEFAULT 0);";

fn scan(values: &str) -> Scan {
    let insert = "INSERT INTO usage_ledger (session_id, created_timestamp, model, input_tokens, \
        output_tokens, cache_read_tokens, cache_write_tokens, cost, cost_source)";
    let sql = format!("{SESSIONS}{LEDGER}{insert} VALUES {values}");
    scan_database(&UsageLedger, PLACE, &sql)
}

#[test]
fn each_request_is_a_message_and_input_contains_the_cache() {
    let scan = scan(
        "('20261121_1', 1795262400, 'claude-sonnet-4-5', 100, 20, 30, 10, 0.5, 'provider_reported'),\
         ('20261121_1', 1795262401, 'claude-sonnet-4-5', 50, 5, NULL, NULL, 0.25, 'estimated')",
    );
    assert_eq!(
        (sums(&scan), scan.lost.len()),
        ([60 + 50, 30, 10, 25, 0], 0)
    );
    let first = &scan.messages[0];
    assert_eq!(first.key, "20261121_1/1/1795262400");
    assert_eq!(first.usage.provider.as_deref(), Some("anthropic"));
    assert_eq!(first.cwd.as_deref(), Some("/w"));
    let costs: Vec<_> = scan.messages.iter().map(|m| m.usage.cost).collect();
    let told = costs[0].map(|cost| cost.to_string());
    assert_eq!(told.as_deref(), Some("0.50"));
    assert_eq!(
        costs[1], None,
        "its own estimate is no figure of a provider"
    );
    // What a second contains was not before its end.
    assert_eq!(times(&scan)[0], "2026-11-21T12:00:00.999Z");
}

#[test]
fn a_helper_belongs_to_the_session_that_started_it() {
    let helper = "ALTER TABLE sessions ADD COLUMN parent_session_id TEXT; \
        INSERT INTO sessions VALUES ('20261121_2', '/w', 0, 'anthropic', '20261121_1'); \
        INSERT INTO usage_ledger (session_id, created_timestamp, input_tokens) \
        VALUES ('20261121_2', 1795262400, 5)";
    let scan = scan_database(&UsageLedger, PLACE, &format!("{SESSIONS}{LEDGER}{helper}"));
    let found: Vec<_> = scan
        .messages
        .iter()
        .map(|m| (&*m.session, m.key.as_str()))
        .collect();
    assert_eq!(found, [("20261121_1", "20261121_2/1/1795262400")]);
}

#[test]
fn a_total_that_was_carried_over_is_lost() {
    let scan = scan("('20261121_1', 1795262400, 'm', 100, 20, 0, 0, 0.5, 'carried_forward')");
    assert_eq!((scan.messages.len(), scan.lost.len()), (0, 1));
}

#[test]
fn totals_of_sessions_alone_are_lost_and_told() {
    let scan = scan_database(&UsageLedger, PLACE, SESSIONS);
    assert_eq!(scan.messages, []);
    assert!(scan.lost[0].reason.contains("totals of its sessions only"));
}

#[test]
fn hostile_figures_are_lost_and_never_counted() {
    for figures in [
        "-1, 1, 0, 0, NULL",
        "1.5, 1, 0, 0, NULL",
        "1, 1, 2, 0, NULL",
        "1, 1, 0, 2, NULL",
        "1, 1, 0, 0, -0.5",
        "1, 1, 0, 0, 1e308",
        "0, 0, 0, 0, NULL",
        "9223372036854775807, 1, 0, 0, NULL",
    ] {
        let scan = scan(&format!("('s', 1795262400, 'm', {figures}, NULL)"));
        assert_eq!((scan.messages.len(), scan.lost.len()), (0, 1), "{figures}");
    }
    let scan = scan("('s', -5, 'm', 1, 1, 0, 0, NULL, NULL)");
    assert_eq!((scan.messages.len(), scan.lost.len()), (0, 1), "no time");
}
