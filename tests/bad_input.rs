//! Whatever is typed wrong gets one clear line, the right exit code, nothing a terminal would
//! obey, and leaves the ledger as it was.

#[cfg(test)]
mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use support::{Output, TestEnv};

/// One line of ours, at most one indented hint, and no control character anywhere.
#[track_caller]
fn is_one_clear_line(output: &Output, code: i32, what: &str) {
    assert_eq!(output.code, code, "{what}\n{output}");
    let stdout_is_empty = output.stdout.is_empty();
    assert!(stdout_is_empty, "{what}\n{output}");
    let lines: Vec<_> = output.stderr.lines().collect();
    assert!(matches!(lines.len(), 1 | 2), "{what}\n{output}");
    assert!(
        lines[0].starts_with("budget: ") && lines[0].len() > 12,
        "{what}\n{output}"
    );
    assert!(
        lines.get(1).is_none_or(|hint| hint.starts_with("  ")),
        "{what}\n{output}"
    );
    let plain = |c: char| c == '\n' || !c.is_control();
    assert!(
        output.stderr.chars().all(plain),
        "{what}\n{:?}",
        output.stderr
    );
}

/// Each of them is refused and changes nothing.
#[track_caller]
fn refused(env: &TestEnv, code: i32, cases: &[&[&str]]) {
    for args in cases {
        let before = env.dump();
        is_one_clear_line(&env.run(args), code, &format!("{args:?}"));
        assert_eq!(env.dump(), before, "{args:?} changes nothing");
    }
}

fn with_reservation() -> (TestEnv, String) {
    let env = TestEnv::with("me", &["50usd/day", "9000tokens"]);
    let id = env.reserve("me", &["1usd"]);
    (env, id)
}

const AMOUNTS: [&str; 26] = [
    "",
    " ",
    "5",
    "usd",
    "-5usd",
    "+5usd",
    "5 usd",
    "5,00usd",
    "5.usd",
    ".5usd",
    "1e3usd",
    "0x5usd",
    "5usdd",
    "5.000000001usd",
    "1.5tokens",
    "$",
    "$-1",
    "$1usd",
    "99999999999999999999usd",
    "92233720369usd",
    "NaNusd",
    "infusd",
    "5Musd",
    "5usd\u{1b}[31m",
    "5\nusd",
    "\u{0665}usd",
];

#[test]
fn amounts() {
    let (env, id) = with_reservation();
    env.ok(&["spend", "me", "1usd"]);
    for amount in AMOUNTS {
        refused(
            &env,
            2,
            &[
                &["reserve", "me", "--", amount],
                &["check", "me", "--", amount],
                &["commit", &id, "--", amount],
                &["release", &id, "--", amount],
                &["spend", "me", "--", amount],
                &["grant", "me", "--", amount],
                &["refund", "3", "--", amount],
                &["create", "new", &format!("--limit={amount}")],
                &["set", "me", &format!("--reserve={amount}")],
            ],
        );
    }
    for amount in ["all:", "all:us d", "all:usd:usd", "ALL", "all:5usd"] {
        refused(&env, 2, &[&["reserve", "me", amount]]);
    }
    refused(
        &env,
        2,
        &[
            &["reserve", "me", "1usd", "2usd"],
            &["spend", "me", "1usd", "2usd"],
            &["commit", &id, "1usd", "2usd"],
            &["commit", &id, "all"],
            &["commit", &id, "--keep"],
            &["spend", "me"],
            &["reserve", "me"],
            &["spend", "me", "5rows"],
            &["reserve", "me", "5rows"],
        ],
    );
}

#[test]
fn limits() {
    let (env, _) = with_reservation();
    for limit in [
        "",
        "5",
        "5usd/",
        "/day",
        "5usd/fortnight",
        "3slots/day",
        "5usd/2months",
        "5usd/day/day",
        "5usd/0h",
        "5usd/-1h",
        "all/day",
        "5usd/99999999999h",
        "5usd/\u{7}day",
        "5usd/1.5",
        "5usd/forever",
    ] {
        refused(
            &env,
            2,
            &[
                &["create", "new", "--limit", limit],
                &["set", "me", "--limit", limit],
                &["reserve", "me", "1usd", "--limit", limit],
                &["spend", "me", "1usd", "--limit", limit],
            ],
        );
    }
    refused(
        &env,
        2,
        &[
            &["create", "new"],
            &["create", "new", "--limit", "5usd", "--limit", "6usd"],
            &["set", "me", "--remove-limit", "usd/week"],
            &["set", "me", "--remove-limit", "5usd/day"],
            &["grant", "me", "5usd/week"],
            &["create", "new", "--limit", "5rows"],
        ],
    );
    refused(
        &env,
        65,
        &[&["reserve", "me", "1usd", "--limit", "7usd/day"]],
    );
}

#[test]
fn names() {
    let (env, _) = with_reservation();
    let (long, deep) = ("x".repeat(161), ["y"; 600].join("/"));
    for name in [
        "",
        "/",
        "a//b",
        "/a",
        "a/",
        "a b",
        "a\tb",
        "a\u{1b}[2Jb",
        "@run",
        "a/@run",
        "é",
        "a*",
        "kind:",
        ":x",
        &long,
        &deep,
    ] {
        refused(
            &env,
            2,
            &[
                &["create", "--limit", "5usd", "--", name],
                &["reserve", "--", name, "1usd"],
                &["spend", "--", name, "1usd"],
                &["status", "--", name],
                &["freeze", "--", name],
            ],
        );
    }
    for name in ["me,", ",me", "me,,me"] {
        refused(&env, 2, &[&["reserve", name, "1usd"]]);
    }
    refused(
        &env,
        66,
        &[
            &["reserve", "nobody", "1usd"],
            &["reserve", "me,nobody", "1usd"],
            &["spend", "nobody", "1usd"],
            &["status", "nobody"],
            &["show", "nobody"],
            &["freeze", "nobody"],
            &["set", "nobody", "--note", "x"],
            &["grant", "nobody", "5usd"],
        ],
    );
    refused(&env, 65, &[&["create", "me", "--limit", "5usd"]]);
}

#[test]
fn ids_and_entries() {
    let (env, _) = with_reservation();
    let long = "f".repeat(40);
    for id in [
        "",
        "x",
        "zz",
        "not-an-id",
        "\u{1b}]0;x\u{7}",
        &long,
        "01234567-89ab",
    ] {
        let before = env.dump();
        for verb in ["commit", "release", "extend"] {
            let output = env.run(&[verb, "--", id]);
            assert!(matches!(output.code, 2 | 66), "{verb} {id:?} {output}");
            is_one_clear_line(&output, output.code, id);
        }
        assert_eq!(env.dump(), before);
    }
    refused(
        &env,
        66,
        &[
            &["commit", "ffffffffffff"],
            &["release", "00000000-0000-7000-8000-000000000000"],
            &["refund", "999"],
        ],
    );
    refused(
        &env,
        2,
        &[
            &["refund", "x"],
            &["refund", "--", "-1"],
            &["refund", "99999999999999999999"],
        ],
    );
    refused(&env, 65, &[&["refund", "1"], &["refund", "2"]]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn options() {
    let (env, id) = with_reservation();
    let (key, note, tag) = (
        "k".repeat(257),
        "n".repeat(1_025),
        format!("{}=x", "t".repeat(65)),
    );
    for duration in [
        "",
        "x",
        "-1s",
        "0.5",
        "5",
        "1h30",
        "99999999999999999999s",
        "500ms",
        "25h",
        "0s",
    ] {
        refused(
            &env,
            2,
            &[&["reserve", "me", "1usd", &format!("--ttl={duration}")]],
        );
    }
    refused(
        &env,
        2,
        &[
            &["reserve", "me", "1usd", "--grace", "61s"],
            &["extend", &id, "--by", "soon"],
            &["status", "--wait-lock", "soon"],
            &[
                "create",
                "new",
                "--limit",
                "5usd",
                "--tz",
                "Europe/Atlantis",
            ],
            &["create", "new", "--limit", "5usd", "--tz", ""],
            &["create", "new", "--limit", "5usd/day", "--anchor", "25:00"],
            &["create", "new", "--limit", "5usd/day", "--anchor", "32"],
            &["create", "new", "--limit", "5usd/day", "--anchor", "0"],
            &[
                "create", "new", "--limit", "5usd/day", "--anchor", "someday",
            ],
            &["create", "new", "--limit", "5usd", "--overage", "maybe"],
            &[
                "create",
                "new",
                "--limit",
                "5usd",
                "--overage",
                "reject:5usd",
            ],
            &[
                "create",
                "new",
                "--limit",
                "5usd",
                "--overage",
                "allow-with-overdraft:",
            ],
            &["create", "new", "--limit", "5usd", "--on-unknown", "forget"],
            &["create", "new", "--limit", "5usd", "--unit", "usd"],
            &["create", "new", "--limit", "5usd", "--unit", "9x"],
            &["create", "new", "--limit", "5usd", "--unit", "a-b"],
            &["set", "me", "--cap", "max_tokens"],
            &["set", "me", "--cap", "max_tokens=-1"],
            &["set", "me", "--cap", "max_tokens="],
            &["set", "me", "--cap", "unheard=1"],
            &["set", "me", "--cap", "cooldown=x"],
            &["set", "me", "--cap", "allow_tools=a\u{1b}b"],
            &["set", "me", "--warn", "0%"],
            &["set", "me", "--warn", "101%"],
            &["set", "me", "--warn", "x%"],
            &["set", "me", "--warn=-5%"],
            &["spend", "me", "1usd", "--tag", "noequals"],
            &["spend", "me", "1usd", "--tag", "=x"],
            &["spend", "me", "1usd", "--tag", &tag],
            &["spend", "me", "1usd", "--tag", "a=\u{1b}[1m"],
            &["spend", "me", "1usd", "--key", ""],
            &["spend", "me", "1usd", "--key", &key],
            &["spend", "me", "1usd", "--key", "a\nb"],
            &["spend", "me", "1usd", "--note", &note],
            &["spend", "me", "1usd", "--note", "a\u{7}"],
            &["spend", "me", "1usd", "--note", "a\u{9b}31m"],
            &["spend", "me", "1usd", "--input-tokens", "-1"],
            &["spend", "me", "1usd", "--input-tokens", "1.5"],
            &["verify", "--anchor", "x"],
            &["verify", "--anchor", "1:00"],
            &["reservations", "--state", "gone"],
            &["status", "--color", "pink"],
            &["frobnicate"],
            &["status", "--frobnicate"],
            &["\u{1b}[31m"],
        ],
    );
}

/// At the end of the range a sum is an error, and nothing moves at any level.
#[test]
fn amounts_at_the_end_of_the_range() {
    let most = "9223372036854775807tokens";
    let env = TestEnv::with("me", &[most, "92233720368.54775807usd/day"]);
    env.ok(&["create", "me/sub", "--limit", most, "--tz", "UTC"]);
    env.ok(&["spend", "me", most]);
    env.ok(&["spend", "me", "92233720368.54775807usd"]);
    env.ok(&["spend", "me", most]);
    assert_eq!(env.figure("me", "tokens", "debt"), "9223372036854775807");
    refused(
        &env,
        65,
        &[
            &["spend", "me", "1tokens"],
            &["spend", "me/sub", "1tokens"],
            &["spend", "me/sub", "0.00000001usd", "1tokens"],
        ],
    );
    refused(
        &env,
        65,
        &[&["grant", "me", most], &["grant", "me", "1tokens"]],
    );
}

/// Paths that are no ledger are named, refused and left alone.
#[test]
fn paths_that_are_no_ledger() {
    let env = TestEnv::new();
    let at = |name: &str| env.path().join(name);
    std::fs::create_dir(at("directory")).expect("a directory");
    std::fs::write(at("text"), "this is a letter, not a ledger\n".repeat(200)).expect("a file");
    let foreign = rusqlite::Connection::open(at("foreign")).expect("a file");
    foreign
        .execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        .expect("a table");
    drop(foreign);
    std::fs::write(at("short"), "x").expect("a file");
    for name in ["directory", "text", "short", "foreign"] {
        let contents = std::fs::read(at(name)).ok();
        refused_path(&env, &at(name));
        assert_eq!(std::fs::read(at(name)).ok(), contents, "{name}");
    }
}

#[track_caller]
fn refused_path(env: &TestEnv, path: &Path) {
    for verb in [
        &["status"][..],
        &["reserve", "me", "1usd"],
        &["create", "me", "--limit", "5usd"],
        &["verify"],
    ] {
        let output = Output::of(env.command().args(verb).arg("--ledger").arg(path));
        is_one_clear_line(&output, 69, &format!("{verb:?} {}", path.display()));
    }
}

#[test]
fn ledgers_that_cannot_be_trusted() {
    let env = TestEnv::with("me", &["5usd"]);
    env.expect_damage();
    let ledger = env.ledger();
    let directory = ledger.parent().expect("a directory");
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    };
    for (place, open, closed) in [(directory, 0o770, 0o700), (ledger.as_path(), 0o660, 0o600)] {
        set(place, open);
        refused_path(&env, &ledger);
        set(place, closed);
        env.ok(&["status"]);
    }
    env.damage("PRAGMA user_version = 99");
    let before = env.dump();
    refused_path(&env, &ledger);
    assert_eq!(env.dump(), before);
    env.damage("PRAGMA user_version = 1; PRAGMA wal_checkpoint(TRUNCATE)");
    std::fs::OpenOptions::new()
        .write(true)
        .open(&ledger)
        .and_then(|f| f.set_len(5_000))
        .expect("cut");
    let cut = std::fs::read(&ledger).expect("the file");
    refused_path(&env, &ledger);
    assert_eq!(std::fs::read(&ledger).expect("the file"), cut);
}

/// Reading where there is nothing makes nothing.
#[test]
fn no_ledger_is_made_by_a_mistake() {
    let env = TestEnv::new();
    for (args, code) in [
        (&["reserve", "me", "1usd"][..], 66),
        (&["spend", "me", "1usd"], 66),
        (&["commit", "ffffff"], 66),
        (&["verify"], 66),
        (&["freeze", "me"], 66),
        (&["set", "me", "--note", "x"], 66),
        (&["reserve", "me", "1usdd!"], 2),
        (&["create", "me", "--limit", "5"], 2),
    ] {
        is_one_clear_line(&env.run(args), code, &format!("{args:?}"));
        assert!(
            !env.ledger().parent().expect("a directory").exists(),
            "{args:?} made something"
        );
    }
}
