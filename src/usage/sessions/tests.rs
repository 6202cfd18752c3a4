//! What holds of every agent's files, and what the tests of each agent share.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::usage::Tokens;

mod hostile;

/// Files below a home, by their paths.
pub(super) fn home(files: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a directory");
    for (path, text) in files {
        let path = home.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }
    home
}

pub(super) fn places(home: &Path) -> Places {
    Places::new([("HOME", home.into())])
}

/// What is in an agent's files below a home.
pub(super) fn scan_home(sessions: &dyn Sessions, home: &Path) -> Scan {
    messages(sessions, &find(sessions, &places(home)).files, &|_| ())
}

pub(super) fn scan(sessions: &dyn Sessions, files: &[(&str, &str)]) -> Scan {
    scan_home(sessions, home(files).path())
}

/// What is in files that the agent itself wrote.
pub(super) fn scan_fixture(
    sessions: &dyn Sessions,
    variable: &'static str,
    below: &str,
    fixture: &str,
) -> Scan {
    let home = tempfile::tempdir().expect("a directory");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/usage/sessions");
    let link = home.path().join(below);
    std::fs::create_dir_all(link.parent().expect("a parent")).expect("a directory");
    symlink(own.join(fixture), link).expect("a link");
    let places = Places::new([(variable, home.path().into())]);
    messages(sessions, &find(sessions, &places).files, &|_| ())
}

/// Makes a database of these statements below a home.
pub(super) fn database(home: &Path, path: &str, sql: &str) {
    let path = home.join(path);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    let connection = rusqlite::Connection::open(path).expect("a database");
    let quick = "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY";
    connection.execute_batch(quick).expect("no care");
    connection.execute_batch(sql).expect("statements");
}

pub(super) fn scan_database(sessions: &dyn Sessions, path: &str, sql: &str) -> Scan {
    let home = home(&[]);
    database(home.path(), path, sql);
    scan_home(sessions, home.path())
}

/// When the messages were written, to the millisecond.
pub(super) fn times(scan: &Scan) -> Vec<String> {
    let time = |message: &Message| {
        let time: chrono::DateTime<chrono::Utc> = message.at.into();
        time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    };
    scan.messages.iter().map(time).collect()
}

/// Input, cache read, cache write, output, reasoning of all messages.
pub(super) fn sums(scan: &Scan) -> [u64; 5] {
    let all = scan
        .messages
        .iter()
        .filter_map(|message| message.usage.tokens);
    all.fold([0; 5], |sum, t| {
        let written = t.cache_write_5m + t.cache_write_1h;
        let kinds = [t.input, t.cache_read, written, t.output, t.reasoning];
        std::array::from_fn(|at| sum[at] + kinds[at])
    })
}

pub(super) fn outputs(scan: &Scan) -> Vec<u64> {
    let tokens = scan
        .messages
        .iter()
        .filter_map(|message| message.usage.tokens);
    tokens.map(|tokens: Tokens| tokens.output).collect()
}

fn answer(id: u64) -> String {
    format!(
        r#"{{"type":"assistant","timestamp":"2026-11-21T12:00:00Z","requestId":"r{id}","sessionId":"s","message":{{"id":"m{id}","model":"m","usage":{{"input_tokens":1,"output_tokens":{id}}}}}}}"#
    )
}

const FILE: &str = ".claude/projects/p/s.jsonl";

#[test]
fn lost_lines_say_before_what_they_were_written() {
    let lost = r#"{"type":"assistant","message":{"usage":{"#;
    let text = format!("{}\n{lost}\n{lost}\n{}\n{lost}", answer(1), answer(2));
    let scan = scan(&Transcripts, &[(FILE, &text)]);
    assert_eq!(outputs(&scan), [1, 2]);
    let lost: Vec<_> = scan
        .lost
        .iter()
        .map(|lost| (lost.lines, lost.before))
        .collect();
    assert_eq!(
        lost,
        [(2, instant::parse("2026-11-21T12:00:00Z")), (1, None)]
    );
    assert_eq!(scan.lost[0].session.as_deref(), Some("s"));
}

#[test]
fn tables_that_are_not_known_are_told() {
    let every: [(&dyn Sessions, &str); 4] = [
        (&SessionStore, ".copilot/session-store.db"),
        (&UsageLedger, ".local/share/goose/sessions/sessions.db"),
        (&Logs, ".config/io.datasette.llm/logs.db"),
        (&Storage, ".local/share/opencode/opencode.db"),
    ];
    let tables = ["message", "session", "sessions", "turns", "usage_ledger"];
    let tables = tables
        .map(|table| format!("CREATE TABLE {table} (id);"))
        .concat();
    for (sessions, place) in every {
        let scan = scan_database(sessions, place, &tables);
        assert_eq!((scan.messages.len(), scan.lost.len()), (0, 1), "{place}");
    }
}

#[test]
fn lost_rows_say_of_which_session_and_time_they_are() {
    let at = |second: u64| Some(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(second));
    let mut merge = Merge::new(Keep::First);
    let mut sink = merge.file(Path::new("/f"));
    for (session, time) in [("s", at(2)), ("s", at(1)), ("t", at(1)), ("t", None)] {
        sink.lost_row("why".to_owned(), Some(session), time);
    }
    let lost = merge.finish().lost;
    let found: Vec<_> = lost
        .iter()
        .map(|lost| (lost.session.as_deref(), lost.before, lost.lines))
        .collect();
    assert_eq!(found, [(Some("s"), at(2), 2), (Some("t"), None, 2)]);
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let home = home(&[
        (FILE, &answer(1)),
        (".claude/projects/p/t.jsonl", &answer(2)),
    ]);
    let secret = home.path().join(FILE);
    let sessions = &Transcripts;
    let mut files = find(sessions, &places(home.path())).files;
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o000)).expect("a mode");
    // Where permissions bind nobody, one that is gone does.
    files[0].path = home.path().join("gone.jsonl");
    let scan = messages(sessions, &files, &|_| ());
    assert_eq!(outputs(&scan), [2]);
    assert_eq!(scan.lost[0].reason, "cannot be read: entity not found");
}

#[test]
fn many_bytes_are_read_by_two_threads_and_say_the_same() {
    let filler = "x".repeat(1_000_000);
    let path = |file: u64| format!(".claude/projects/p/s{file}.jsonl");
    let text = |file: u64| {
        let user = format!("{{\"type\":\"user\",\"text\":\"{filler}\"}}\n");
        let (own, shared) = (answer(100 + file), answer(1));
        let larger = shared.replace(
            "\"output_tokens\":1",
            &format!("\"output_tokens\":{}", 10 + file),
        );
        format!("{own}\n{user}{larger}\n{{\"usage\":{{\n")
    };
    let files: Vec<_> = (0..20).map(|file| (path(file), text(file))).collect();
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let found = scan(&Transcripts, &files);
    assert!(files.iter().map(|(_, text)| text.len() as u64).sum::<u64>() > WORTH_A_THREAD);
    let mut all = outputs(&found);
    all.sort_unstable();
    let expected: Vec<_> = std::iter::once(29).chain(100..120).collect();
    assert_eq!((all, found.lost.len()), (expected, 20));
}
