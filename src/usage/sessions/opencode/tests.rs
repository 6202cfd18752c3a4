//! What opencode 1.18.33 wrote while a provider served known tokens, the files of earlier versions,
//! and how a count of both goes wrong.

use crate::usage::sessions::tests::{
    database, home, outputs, places, scan as scan_files, scan_database, scan_home, sums, times,
};
use crate::usage::sessions::{Scan, Storage, find};

const PLACE: &str = ".local/share/opencode/opencode.db";
const OWN: &str = include_str!("opencode.sql");
const ROOT: &str = "ses_e018e52c3ffefLVmqjlFFl7UBj";

/// A message in the words of both generations.
fn message(id: &str, figures: &str) -> String {
    format!(
        r#"{{"id":"{id}","sessionID":"ses_1","role":"assistant","time":{{"created":1761000000000}},"modelID":"claude-sonnet-4-5","providerID":"anthropic","path":{{"cwd":"/w","root":"/"}},{figures}}}"#
    )
}

fn tokens(output: &str) -> String {
    format!(
        r#""cost":0.5,"tokens":{{"input":3,"output":{output},"reasoning":2,"cache":{{"read":5,"write":7}}}}"#
    )
}

/// A database in which this is the text of a message.
fn one(data: &str) -> Scan {
    let sql = format!(
        "CREATE TABLE session (id, parent_id); \
         CREATE TABLE message (id, session_id, time_created, data); \
         INSERT INTO message VALUES ('msg_1', 'ses_1', 1761000000000, '{data}')"
    );
    scan_database(&Storage, PLACE, &sql)
}

#[test]
fn messages_are_what_the_provider_served_those_of_helpers_included() {
    let scan = scan_database(&Storage, PLACE, OWN);
    // The protocol tells nothing of what was written to a cache: it is input.
    assert_eq!(
        sums(&scan),
        [100 + 307 + 200, 20 + 21, 0, 30 + 40 + 31, 5 + 6 + 5]
    );
    assert!(
        scan.messages
            .iter()
            .all(|message| &*message.session == ROOT)
    );
    let helper = &scan.messages[1];
    assert_eq!(helper.key, "msg_1fe71bd050011c0AmiA395MkrU");
    assert_eq!(helper.cwd.as_deref(), Some("/w"));
    assert_eq!(helper.usage.provider.as_deref(), Some("fake"));
    assert_eq!(helper.usage.model.as_deref(), Some("gpt-5.5"));
    let cost = helper.usage.cost.map(|cost| cost.to_string());
    assert_eq!(cost.as_deref(), Some("0.00078375"));
    assert_eq!(times(&scan)[1], "2026-11-21T14:10:29.253Z");
    // The request that was refused is known to have been one, and no more.
    assert_eq!(scan.lost.len(), 1);
    assert!(scan.lost[0].reason.contains("a request failed"));
    assert_eq!(scan.lost[0].session.as_deref(), Some(ROOT));
}

#[test]
fn files_of_earlier_versions_are_read_and_a_message_in_both_counts_once() {
    let file = ".local/share/opencode/storage/message/ses_1/msg_1.json";
    let text = message("msg_1", &tokens("11"));
    let scan = scan_files(&Storage, &[(file, &text)]);
    assert_eq!((sums(&scan), scan.lost.len()), ([3, 5, 7, 13, 2], 0));
    assert_eq!(times(&scan), ["2025-10-20T22:40:00.000Z"]);
    assert_eq!(&*scan.messages[0].session, "ses_1");

    let home = home(&[(file, &text)]);
    let other = message("msg_9", &tokens("1"));
    let sql = format!(
        "CREATE TABLE session (id, parent_id); \
         CREATE TABLE message (id, session_id, time_created, data); \
         INSERT INTO message VALUES ('msg_1', 'ses_1', 1, '{text}'), ('msg_2', 'ses_1', 1, '{other}')"
    );
    database(home.path(), PLACE, &sql);
    let scan = scan_home(&Storage, home.path());
    assert_eq!(outputs(&scan), [13, 3]);
    let keys: Vec<_> = scan.messages.iter().map(|m| m.key.as_str()).collect();
    assert_eq!(keys, ["msg_1", "msg_2"]);
}

#[test]
fn nothing_is_looked_for_where_no_message_is() {
    let data = ".local/share/opencode";
    let files = [
        "opencode.db",
        "opencode-dev.db",
        "other.db",
        "opencode.db-wal",
        "storage/session/p/ses_1.json",
        "storage/message/ses_1/msg_1.json",
        "storage/part/msg_1/prt_1.json",
        "snapshot/global/opencode.db",
        "storage/message/ses_1/deep/msg_1.json",
    ];
    let files = files.map(|file| (format!("{data}/{file}"), String::new()));
    let files: Vec<_> = files
        .iter()
        .map(|(f, t)| (f.as_str(), t.as_str()))
        .collect();
    let home = home(&files);
    let found = find(&Storage, &places(home.path())).files;
    let root = home.path().join(data);
    let names = found.iter().map(|file| file.path.strip_prefix(&root));
    let names: Vec<_> = names
        .map(|name| name.expect("below").display().to_string())
        .collect();
    assert_eq!(
        names,
        [
            "opencode-dev.db",
            "opencode.db",
            "storage/message/ses_1/msg_1.json"
        ]
    );
}

#[test]
fn no_cost_beside_tokens_is_no_cost() {
    let free = message("msg_1", &tokens("1").replace("0.5", "0"));
    assert_eq!(one(&free).messages[0].usage.cost, None);
}

#[test]
fn what_is_torn_hostile_or_not_finished_is_lost() {
    for figures in [
        tokens("-1"),
        tokens("1e308"),
        tokens("9223372036854775808"),
        tokens("9223372036854775807"),
        tokens("1.5"),
        tokens("NaN"),
        tokens("null"),
        tokens("1").replace("0.5", "-0.5"),
        tokens("1").replace("0.5", "1e308"),
        r#""cost":0,"tokens":{"input":0,"output":0,"reasoning":0,"cache":{"read":0,"write":0}}"#
            .to_owned(),
        r#""error":{"name":"MessageAbortedError","data":{}}"#.to_owned(),
        format!("\"x\":\"{}\",{}", "x".repeat(16 * 1024 * 1024), tokens("1")),
    ] {
        let scan = one(&message("msg_1", &figures));
        let shown: String = figures.chars().take(100).collect();
        assert_eq!((scan.messages.len(), scan.lost.len()), (0, 1), "{shown}");
        assert_eq!(scan.lost[0].session.as_deref(), Some("ses_1"), "{shown}");
        assert!(scan.lost[0].before.is_some(), "{shown}");
    }
    let whole = message("msg_1", &tokens("1"));
    for cut in (1..whole.len()).step_by(5) {
        let scan = one(whole.get(..cut).expect("ASCII"));
        assert_eq!((scan.messages.len(), scan.lost.len()), (0, 1), "{cut}");
    }
    assert_eq!(one(&whole).lost, []);
}

#[test]
fn what_people_said_is_no_usage() {
    let said = message("msg_1", &tokens("1")).replace("assistant", "user");
    assert_eq!(one(&said), Scan::default());
    // It may carry all files that were changed for them.
    let diffs = format!("\"summary\":\"{}\"", "x".repeat(3_000_000));
    let said = message("msg_1", &diffs).replace("assistant", "user");
    assert_eq!(one(&said), Scan::default());
}

#[test]
fn helpers_in_a_circle_end() {
    let sql = format!(
        "CREATE TABLE session (id, parent_id); \
         INSERT INTO session VALUES ('ses_1', 'ses_2'), ('ses_2', 'ses_1'); \
         CREATE TABLE message (id, session_id, time_created, data); \
         INSERT INTO message VALUES ('msg_1', 'ses_1', 1, '{}')",
        message("msg_1", &tokens("1"))
    );
    assert_eq!(outputs(&scan_database(&Storage, PLACE, &sql)), [3]);
}
