//! Making and opening the file: many processes at once, what others may read, and what the
//! schema itself refuses.

#[cfg(test)]
mod support;

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Stdio};

use support::{Output, TestEnv};

/// Eight processes that find no file all get in; the file is made once.
#[test]
fn eight_processes_make_one_ledger() {
    for round in 0..15 {
        let env = TestEnv::new();
        let spawn = |n: usize| -> Child {
            let mut command = env.command();
            command.args(["create", &format!("b{n}"), "--limit", "5usd"]);
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the binary")
        };
        let children: Vec<Child> = (0..8).map(spawn).collect();
        for child in children {
            let output = Output::from(&child.wait_with_output().expect("an end"));
            assert_eq!(output.code, 0, "round {round}: {output}");
        }
        let listed = env.json(&["list"]);
        assert_eq!(
            listed["budgets"].as_array().map(Vec::len),
            Some(8),
            "round {round}"
        );
        assert!(
            env.ok(&["verify"]).starts_with("ok: 8 entries"),
            "round {round}"
        );
    }
}

/// The same budget made by all of them: one makes it, seven are told that it is there.
#[test]
fn eight_processes_make_one_budget() {
    let env = TestEnv::new();
    let spawn = |_| -> Child {
        let mut command = env.command();
        command.args(["create", "me", "--limit", "5usd"]);
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary")
    };
    let children: Vec<Child> = (0..8).map(spawn).collect();
    let ended = children
        .into_iter()
        .map(|mut child| child.wait().expect("an end").code());
    let mut codes: Vec<_> = ended.collect();
    codes.sort_unstable();
    assert_eq!(codes, [vec![Some(0)], vec![Some(65); 7]].concat());
}

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path)
        .expect("the file")
        .permissions()
        .mode()
        & 0o7777
}

/// Nothing that is made may be read by others, whatever the umask says.
#[test]
fn nobody_else_may_read_anything() {
    let env = TestEnv::new();
    let script = "umask 0; budget create me --limit 5usd --tz UTC >/dev/null \
                  && budget exec me --reserve 1usd -- sh -c 'ls -ld \"$BUDGET_LEDGER.owners\"/*'";
    let output = Output::of(env.program("sh").args(["-c", script]));
    assert_eq!(output.code, 0, "{output}");
    assert!(
        output.stdout.starts_with("-rw-------"),
        "the owner's file: {output}"
    );
    let ledger = env.ledger();
    let directory = ledger.parent().expect("a directory");
    assert_eq!(mode(directory), 0o700);
    let mut seen = Vec::new();
    for file in std::fs::read_dir(directory).expect("the directory") {
        let path = file.expect("a file").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{name}");
        seen.push(name);
    }
    seen.sort();
    let expected = [
        "ledger.db",
        "ledger.db-shm",
        "ledger.db-wal",
        "ledger.db.lock",
        "ledger.db.owners",
    ];
    assert_eq!(seen, expected);
}

/// Entries and postings are only ever added, and no column takes what it cannot mean.
#[test]
fn the_schema_refuses_what_cannot_be() {
    let env = TestEnv::with("me", &["5usd/day", "3calls"]);
    let id = env.reserve("me", &["1usd"]);
    env.reserve("me", &["1usd"]);
    env.ok(&["commit", &id, "0.50usd"]);
    let before = env.dump();
    let conn = rusqlite::Connection::open(env.ledger()).expect("the ledger");
    for (sql, reason) in [
        (
            "UPDATE entry SET amounts = '{}'",
            "entries are never changed",
        ),
        (
            "UPDATE entry SET hash = zeroblob(32)",
            "entries are never changed",
        ),
        (
            "DELETE FROM entry WHERE seq = 3",
            "entries are never deleted",
        ),
        ("DELETE FROM entry", "entries are never deleted"),
        ("UPDATE posting SET spent = 0", "postings are never changed"),
        ("DELETE FROM posting", "postings are never deleted"),
        ("UPDATE budget SET state = 'gone'", "CHECK"),
        ("UPDATE budget SET name = ''", "CHECK"),
        ("UPDATE budget SET on_unknown = 'ignore'", "CHECK"),
        ("UPDATE budget_limit SET amount = -1", "CHECK"),
        ("UPDATE budget_limit SET unit = ''", "CHECK"),
        ("UPDATE budget_limit SET removed = 2", "CHECK"),
        ("UPDATE limit_window SET spent = -1", "CHECK"),
        ("UPDATE limit_window SET reserved = -1", "CHECK"),
        ("UPDATE limit_window SET debt = -1", "CHECK"),
        ("UPDATE limit_window SET over = 2", "CHECK"),
        ("UPDATE limit_window SET warned = 101", "CHECK"),
        ("UPDATE limit_window SET end_us = start_us", "CHECK"),
        (
            "UPDATE limit_window SET spent = 'much'",
            "cannot store TEXT value in INTEGER column",
        ),
        (
            "UPDATE limit_window SET spent = 0.5",
            "cannot store REAL value in INTEGER column",
        ),
        ("UPDATE reservation SET state = 'lost'", "CHECK"),
        ("UPDATE reservation SET ttl_ms = 0", "CHECK"),
        ("UPDATE reservation SET parent = x'00'", "CHECK"),
        ("UPDATE stake SET reserved = -1", "CHECK"),
        ("UPDATE holding SET atoms = -1", "CHECK"),
        (
            "INSERT INTO ledger SELECT 2, uuid, 0, 0, 0, 0, '' FROM ledger",
            "CHECK",
        ),
        (
            "INSERT INTO entry SELECT 0, 0, 'x', '', NULL, NULL, NULL, '', '', hash FROM entry",
            "CHECK",
        ),
    ] {
        let error = conn.execute(sql, []).expect_err(sql).to_string();
        assert!(error.contains(reason), "{sql}: {error}");
    }
    drop(conn);
    assert_eq!(env.dump(), before);
}

/// Somebody who has the queue's lock and lets nobody by.
fn in_the_way(env: &TestEnv) -> nix::fcntl::Flock<std::fs::File> {
    use nix::fcntl::{Flock, FlockArg};
    let file = std::fs::File::create(env.ledger().with_file_name("ledger.db.lock"));
    Flock::lock(file.expect("a file"), FlockArg::LockExclusive).expect("the lock")
}

#[test]
fn making_a_ledger_waits_no_longer_than_it_was_told() {
    let env = TestEnv::new();
    std::fs::create_dir(env.path().join("ledger")).expect("a directory");
    let lock = in_the_way(&env);
    let create = ["create", "me", "--limit", "5usd", "--wait-lock", "200ms"];
    let output = Output::of(
        env.program("timeout")
            .args(["20", env!("CARGO_BIN_EXE_budget")])
            .args(create),
    );
    assert_eq!(output.code, 69, "{output}");
    assert!(output.stderr.contains("locked for too long"), "{output}");
    assert!(!env.ledger().exists());
    drop(lock);
    env.ok(&create);
}

/// The queue and the lock of the database have one deadline between them.
#[test]
fn a_write_waits_once() {
    let env = TestEnv::with("me", &["5usd"]);
    let _lock = in_the_way(&env);
    let held = rusqlite::Connection::open(env.ledger()).expect("the ledger");
    held.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let started = std::time::Instant::now();
    let said = env.fails(&["spend", "me", "1usd", "--wait-lock", "3s"], 69);
    let waited = started.elapsed();
    assert!(said.contains("locked for too long"), "{said}");
    assert!((2_900..5_500).contains(&waited.as_millis()), "{waited:?}");
    held.execute_batch("ROLLBACK").expect("the end");
}

/// What takes a ledger back to an earlier schema.
const SECOND: &str = "ALTER TABLE limit_window DROP COLUMN warned; PRAGMA user_version = 2";
const FIRST: &str = "ALTER TABLE limit_window DROP COLUMN warned; DROP TABLE booked; \
                     DROP INDEX limit_window_start; PRAGMA user_version = 1";

/// A ledger with some of everything.
fn lively() -> TestEnv {
    let env = TestEnv::with("a", &["9usd/day", "5calls"]);
    env.ok(&["create", "a/b", "--limit", "9usd", "--tz", "UTC"]);
    env.ok(&["spend", "a", "1usd"]);
    let id = env.reserve("a/b", &["2usd"]);
    env.ok(&["commit", &id, "3usd"]);
    env.reserve("a/b", &["1usd"]);
    env
}

/// What only looks at a ledger.
const READS: [&[&str]; 14] = [
    &["status"],
    &["statusline", "a"],
    &["__complete", "--", "spend", "a"],
    &["__complete", "--", "commit", ""],
    &["list"],
    &["show", "a"],
    &["check", "a", "1usd"],
    &["remaining", "a/b"],
    &["reservations", "--state", "all"],
    &["log"],
    &["statement", "a"],
    &["forecast"],
    &["quote", "a/b", "--", "true"],
    &["verify"],
];

/// A ledger of an earlier schema is read as it is, and looks like one of the newest.
#[test]
fn reading_leaves_an_earlier_schema_as_it_is() {
    for (earlier, version) in [(FIRST, 1), (SECOND, 2)] {
        let env = lively();
        let seen = || READS.map(|args| env.ok(args));
        let newest = seen();
        env.damage(earlier);
        let files = || {
            let log = env.ledger().with_extension("db-wal");
            [env.ledger(), log].map(|path| std::fs::read(path).unwrap_or_default())
        };
        let before = files();
        assert_eq!(seen(), newest, "schema {version}");
        assert_eq!(env.json(&["doctor"])["schema_of_file"], version);
        assert!(files() == before, "schema {version} was written to");
        env.ok(&["spend", "a", "1usd"]);
        assert_eq!(env.json(&["doctor"])["schema_of_file"], 3);
        assert!(env.ok(&["verify"]).starts_with("ok: "));
    }
}

/// Whoever reads for long goes on where somebody else upgrades the ledger.
#[test]
fn a_reader_outlives_an_upgrade() {
    let env = lively();
    env.damage(FIRST);
    let mut command = env.command();
    command.args(["log", "--follow", "-n", "1"]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the binary");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut next = || lines.next().expect("a line").expect("text");
    assert!(next().contains("reserved"));
    env.ok(&["spend", "a", "1.50usd"]);
    assert!(next().contains("$1.50"));
    child.kill().expect("it goes on");
    child.wait().expect("an end");
}

/// A ledger of an earlier schema is brought to the newest by whoever writes first.
#[test]
fn eight_processes_upgrade_one_ledger() {
    for round in 0..10 {
        let env = TestEnv::with("a", &["9usd"]);
        env.damage(if round % 2 == 0 { FIRST } else { SECOND });
        let spawn = |_: usize| -> Child {
            let mut command = env.command();
            command.args(["spend", "a", "1usd"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().expect("the binary")
        };
        let children: Vec<Child> = (0..8).map(spawn).collect();
        for child in children {
            let output = Output::from(&child.wait_with_output().expect("an end"));
            assert_eq!(output.code, 0, "round {round}: {output}");
        }
        assert!(
            env.ok(&["remaining", "a"]).contains(r#""usd":1.00"#),
            "round {round}"
        );
        assert!(
            env.ok(&["verify"]).starts_with("ok: 9 entries"),
            "round {round}"
        );
    }
}
