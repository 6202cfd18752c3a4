//! What Copilot CLI 1.0.102 wrote while a provider served known tokens, and how a count of it goes
//! wrong.

use crate::usage::sessions::tests::{scan_database, sums, times};
use crate::usage::sessions::{Scan, SessionStore};

const PLACE: &str = ".copilot/session-store.db";
const OWN: &str = include_str!("session-store.sql");

fn scan(sql: &str) -> Scan {
    scan_database(&SessionStore, PLACE, sql)
}

/// A row with these figures: input, output, cache read, cache write, reasoning.
fn row(figures: &str, at: &str) -> String {
    format!(
        "DELETE FROM assistant_usage_events; INSERT INTO assistant_usage_events (id, session_id, \
         model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, \
         reasoning_tokens, created_at) VALUES (9, 's', 'm', {figures}, {at})"
    )
}

#[test]
fn requests_are_what_the_provider_served() {
    let scan = scan(OWN);
    assert_eq!(scan.lost, []);
    // Chat Completions tell nothing of what was written to a cache, Messages do.
    assert_eq!(
        sums(&scan),
        [
            930 + 1040 + 1200,
            20 + 500 + 500,
            3000,
            51 + 77 + 345,
            5 + 7
        ]
    );
    let first = &scan.messages[0];
    assert_eq!(first.usage.model.as_deref(), Some("gpt-5.4"));
    assert_eq!((first.usage.cost, &first.usage.provider), (None, &None));
    assert_eq!(first.cwd.as_deref(), Some("/w"));
    assert_eq!(&*first.session, "b35e44f2-e8b3-4e55-a628-9c3c6abd02cd");
    assert_eq!(
        first.key,
        "b35e44f2-e8b3-4e55-a628-9c3c6abd02cd/1/2026-11-21T13:53:48.119Z"
    );
    assert_eq!(times(&scan)[0], "2026-11-21T13:53:48.119Z");
}

#[test]
fn older_versions_tell_the_time_in_seconds_without_a_zone() {
    let at = "'2026-07-01 12:34:56'";
    let scan = scan(&format!("{OWN}{}", row("5, 1, 0, 0, 0", at)));
    assert_eq!(times(&scan), ["2026-07-01T12:34:56.999Z"]);
}

#[test]
fn hostile_rows_are_lost_one_by_one() {
    let at = "'2026-11-21T12:00:00.000Z'";
    for (figures, at) in [
        ("-1, 1, 0, 0, 0", at),
        ("1.5, 1, 0, 0, 0", at),
        ("1e308, 1, 0, 0, 0", at),
        ("9223372036854775808, 1, 0, 0, 0", at),
        ("9223372036854775807, 1, 0, 0, 0", at),
        ("'x', 1, 0, 0, 0", at),
        ("5, 1, 3, 3, 0", at),
        ("5, 1, 0, 0, 2", at),
        ("0, 0, 0, 0, 0", at),
        ("NULL, NULL, NULL, NULL, NULL", at),
        ("5, 1, 0, 0, 0", "'yesterday'"),
        ("5, 1, 0, 0, 0", "NULL"),
    ] {
        let good = "; INSERT INTO assistant_usage_events (session_id, model, input_tokens, \
            created_at) VALUES ('t', 'm', 3, '2026-11-21T12:00:01Z')";
        let scan = scan(&format!("{OWN}{}{good}", row(figures, at)));
        assert_eq!((sums(&scan)[0], scan.lost.len()), (3, 1), "{figures} {at}");
        assert_eq!(scan.lost[0].session.as_deref(), Some("s"));
    }
}
