//! One line for a prompt: what it says, and that nothing breaks it or waits for it.

#[cfg(test)]
mod support;

use std::io::Write;
use std::process::Stdio;

use support::{Output, TestEnv};

/// The line, where an agent says this on standard input.
fn told(env: &TestEnv, said: &str) -> String {
    let mut command = env.command();
    command.args(["statusline", "me"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the binary");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(said.as_bytes()).expect("a reader");
    drop(stdin);
    let output = child.wait_with_output().expect("an end");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(text.lines().count(), 1, "one line: {text:?}");
    text.trim_end().to_owned()
}

#[test]
fn the_limit_nearest_its_end_is_shown() {
    let env = TestEnv::with("me", &["5usd/day", "10calls"]);
    env.ok(&["create", "you", "--limit", "1usd"]);
    env.ok(&["spend", "me", "1.20usd"]);
    let day = "me $1.20 of $5.00/day 24% · resets in 12h";
    assert_eq!(env.ok(&["statusline"]), day);
    assert_eq!(env.ok(&["statusline", "me"]), day);
    assert_eq!(env.ok(&["statusline", "you"]), "you $0.00 of $1.00 0%");
    env.ok(&["spend", "you", "0.90usd"]);
    assert_eq!(env.ok(&["statusline"]), "you $0.90 of $1.00 90%");
    let template = "[{bar}] {left} left of {limit}, {reserved} held";
    env.reserve("me", &["1usd"]);
    assert_eq!(
        env.ok(&["statusline", "me", "--format", template]),
        "[████░░░░░░] $2.80 left of $5.00/day, $1.00 held"
    );
    env.ok(&["grant", "you", "1usd"]);
    env.ok(&["freeze", "you"]);
    let you = "you (frozen) $0.90 of $2.00 45%";
    assert_eq!(env.ok(&["statusline", "you"]), you);
}

#[test]
fn what_claude_code_says_of_its_session_is_shown_beside_it() {
    let env = TestEnv::with("me", &["5usd"]);
    let said = r#"{"hook_event_name":"Status","model":{"id":"claude-opus-4-5","display_name":"Opus"},
        "cost":{"total_cost_usd":0.417},"workspace":{"current_dir":"/"}}"#;
    let me = "me $0.00 of $5.00 0%";
    assert_eq!(told(&env, said), format!("Opus · $0.417 · {me}"));
    for noise in [
        "",
        "hello",
        "{}",
        "[1,2",
        "{\"cost\":{\"total_cost_usd\":-1}}",
    ] {
        assert_eq!(told(&env, noise), me, "{noise}");
    }
    let hostile = "{\"model\":{\"display_name\":\"a\\u001b[2J\\nb\"}}";
    assert_eq!(
        told(&env, hostile),
        format!("a\\u{{1b}}[2J\\u{{a}}b · {me}")
    );
    let endless = format!("{{\"model\":{{\"display_name\":\"{}", "x".repeat(60_000));
    assert_eq!(told(&env, &endless), me);
}

#[test]
fn inside_of_a_run_its_budgets_are_meant() {
    let env = TestEnv::with("me", &["5usd"]);
    env.ok(&["create", "you", "--limit", "1usd"]);
    env.ok(&["spend", "you", "0.90usd"]);
    let run = [
        "exec",
        "me",
        "--reserve",
        "1usd",
        "--",
        "budget",
        "statusline",
    ];
    let inside = env.ok(&run);
    assert!(inside.starts_with("me $0.00 of $5.00"), "{inside}");
}

#[test]
fn where_it_cannot_tell_the_line_is_empty_and_nothing_is_made() {
    let env = TestEnv::new();
    let empty = |args: &[&str]| {
        let output = env.run(args);
        let found = (output.code, output.stdout.as_str(), output.stderr.as_str());
        assert_eq!(found, (0, "", ""), "{output}");
    };
    empty(&["statusline"]);
    assert!(!env.ledger().exists());
    env.ok(&["create", "me", "--limit", "5usd"]);
    empty(&["statusline", "nobody"]);
    std::fs::write(env.ledger(), "no ledger").expect("a file");
    empty(&["statusline", "me"]);
    env.expect_damage();
}

#[test]
fn it_waits_for_no_writer_and_writes_nothing() {
    let env = TestEnv::with("me", &["5usd"]);
    env.ok(&["spend", "me", "1usd"]);
    let files = || {
        let mut wal = env.ledger().into_os_string();
        wal.push("-wal");
        [env.ledger(), wal.into()].map(|path| std::fs::read(path).ok())
    };
    let conn = rusqlite::Connection::open(env.ledger()).expect("the ledger");
    conn.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let before = files();
    let mut command = env.command();
    let output = Output::of(command.args(["statusline", "--wait-lock", "0s"]));
    assert_eq!(
        output.stdout.trim_end(),
        "me $1.00 of $5.00 20%",
        "{output}"
    );
    assert_eq!(files(), before);
    conn.execute_batch("ROLLBACK").expect("the lock");
}

#[test]
fn a_template_that_is_none_is_refused() {
    let env = TestEnv::with("me", &["5usd"]);
    let said = env.fails(&["statusline", "--format", "{lefft}"], 2);
    assert!(
        said.contains("there is no {lefft}; there is {budget}"),
        "{said}"
    );
}

#[test]
fn fifty_at_once_wait_for_no_lock_and_write_nothing() {
    let env = TestEnv::with("me", &["5usd/day"]);
    env.ok(&["spend", "me", "1usd"]);
    // A writer that is in the middle of a write, and one that waits for its turn before it.
    let writer = rusqlite::Connection::open(env.ledger()).expect("the ledger");
    writer.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    let queue = std::fs::File::open(env.ledger().with_extension("db.lock")).expect("the queue");
    queue.lock().expect("the front of the queue");
    let before = files(&env);
    let children: Vec<_> = (0..50)
        .map(|_| {
            let mut command = env.command();
            command.args(["statusline", "me", "--wait-lock", "1h"]);
            command.stdout(Stdio::piped()).spawn().expect("the binary")
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("an end");
        let line = String::from_utf8(output.stdout).expect("text");
        assert_eq!(line, "me $1.00 of $5.00/day 20% · resets in 12h\n");
    }
    assert_eq!(files(&env), before, "something was written");
}

/// Every file beside the ledger, with what is in it; shared memory is for locks.
fn files(env: &TestEnv) -> std::collections::BTreeMap<String, Vec<u8>> {
    let ledger = env.ledger();
    let place = ledger.parent().expect("a directory");
    let found = std::fs::read_dir(place).expect("a directory");
    let named = found.map(|entry| entry.expect("an entry").file_name());
    let named = named.map(|name| name.to_string_lossy().into_owned());
    // The database itself is not read: closing it would drop the locks of this process.
    named
        .filter(|name| !name.ends_with("-shm") && !name.ends_with(".owners"))
        .map(|name| {
            let is_database = name == "ledger.db";
            let path = place.join(&name);
            let content = if is_database {
                std::fs::metadata(&path).map(|found| found.len().to_le_bytes().to_vec())
            } else {
                std::fs::read(&path)
            };
            (name, content.unwrap_or_default())
        })
        .collect()
}
