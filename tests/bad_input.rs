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
        ".",
        "..",
        "../me",
        "me/..",
        "me/./x",
        "tenant:..",
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

/// A file without anything in it is no ledger yet: reading leaves it so, `create` makes it one.
#[test]
fn a_ledger_of_zero_length() {
    let env = TestEnv::new();
    let empty = env.path().join("empty");
    std::fs::write(&empty, "").expect("a file");
    std::fs::set_permissions(&empty, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    let on_it = |args: &[&str]| Output::of(env.command().args(args).arg("--ledger").arg(&empty));
    for args in [
        &["reserve", "me", "1usd"][..],
        &["spend", "me", "1usd"],
        &["verify"],
    ] {
        is_one_clear_line(&on_it(args), 66, &format!("{args:?}"));
    }
    assert_eq!(on_it(&["status"]).code, 0);
    assert_eq!(std::fs::metadata(&empty).expect("the file").len(), 0);
    assert!(!env.path().join("empty-wal").exists());
    assert_eq!(on_it(&["create", "me", "--limit", "5usd"]).code, 0);
    assert_eq!(on_it(&["verify"]).code, 0);
}

/// A link to a ledger is that ledger: its log, its lock and what runs leave behind lie beside the
/// file, where everybody looks for them. A link to anything else is refused as that is.
#[test]
fn links() {
    let env = TestEnv::with("me", &["5usd"]);
    let at = |name: &str| env.path().join(name);
    let link = |to: &Path, name: &str| std::os::unix::fs::symlink(to, at(name)).expect("a link");
    std::fs::create_dir(at("links")).expect("a directory");
    std::fs::set_permissions(at("links"), std::fs::Permissions::from_mode(0o700)).expect("a mode");
    link(&env.ledger(), "links/good");
    link(&at("nowhere"), "dangling");
    link(&at("round"), "round");
    std::fs::write(at("text"), "this is a letter\n".repeat(200)).expect("a file");
    link(&at("text"), "letter");
    link(env.path(), "place");
    for name in ["dangling", "round", "letter", "place"] {
        refused_path(&env, &at(name));
    }
    assert!(!at("nowhere").exists());
    let good = at("links/good");
    let run = "test \"$(readlink -f \"$BUDGET_LEDGER\")\" = \"$0\" && budget reserve me 1usd";
    let ledger = env.ledger();
    let real = ledger.to_str().expect("text");
    for args in [
        &["reserve", "me", "1usd"][..],
        &[
            "exec",
            "me",
            "--reserve",
            "1usd",
            "--",
            "sh",
            "-c",
            run,
            real,
        ],
        &["verify"],
    ] {
        let output = Output::of(env.command().env("BUDGET_LEDGER", &good).args(args));
        assert_eq!(output.code, 0, "{args:?} {output}");
    }
    let beside: Vec<_> = std::fs::read_dir(at("links"))
        .expect("the directory")
        .collect();
    assert_eq!(beside.len(), 1, "nothing is made beside a link: {beside:?}");
    let open = env.json(&["reservations", "--state", "all"]);
    assert_eq!(open["reservations"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_ledger_that_may_not_be_read() {
    let env = TestEnv::with("me", &["5usd"]);
    let set = |mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(env.ledger(), mode).expect("a mode");
    };
    set(0o000);
    // Whoever may read everything is not kept out.
    if std::fs::File::open(env.ledger()).is_err() {
        refused_path(&env, &env.ledger());
    }
    set(0o600);
    env.ok(&["status"]);
}

/// A ledger that was cut anywhere, or written over, is damaged; it is not written to.
#[test]
fn cut_and_overwritten_ledgers() {
    for (keep, over) in [
        (4_096, ""),
        (600, ""),
        (12_288, ""),
        (i64::MAX, "a letter\n"),
    ] {
        let env = TestEnv::with("me", &["5usd"]);
        env.damage("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
        let mut contents = std::fs::read(env.ledger()).expect("the file");
        contents.truncate(usize::try_from(keep).unwrap_or(usize::MAX));
        let over = over.repeat(20);
        contents[..over.len()].copy_from_slice(over.as_bytes());
        std::fs::write(env.ledger(), &contents).expect("the file");
        refused_path(&env, &env.ledger());
        let now = std::fs::read(env.ledger()).expect("the file");
        assert_eq!(now, contents, "cut at {keep}");
    }
}

/// What cannot be read of a usage file is unknown, never 0, and said in one line.
#[test]
fn a_usage_line_in_bad_json() {
    for line in [
        "{\"usd\":0.10",
        "{'usd':0.10}",
        "usd 0.10",
        "{\"usd\":\"\u{1b}[31m0.10\"}",
        "{\"usd\":0.10,\"usd\":0.20}",
        "[]",
        "{}",
        "{\"usd\":-1}",
        "{\"tokens\":{\"\u{1b}[2J\":1}}",
        "\u{0}",
    ] {
        let env = TestEnv::with("me", &["5usd"]);
        std::fs::write(
            env.path().join("usage"),
            format!("{{\"usd\":0.1}}\n{line}\n"),
        )
        .expect("a file");
        let run = [
            "exec",
            "me",
            "--reserve",
            "1usd",
            "--usage-file",
            "out.jsonl",
        ];
        let copy = ["--", "cp", "usage", "out.jsonl"];
        let output = env.run(&[&run[..], &copy].concat());
        assert_eq!(output.code, 0, "{line:?} {output}");
        let about = output
            .stderr
            .lines()
            .filter(|l| l.contains("line 2 of the usage file"));
        assert_eq!(about.count(), 1, "{line:?} {output}");
        is_harmless(&output, line);
        assert_eq!(env.figure("me", "usd", "spent"), "1.00", "{line:?}");
        let found = env.json(&["reservations", "--state", "all"]);
        assert_eq!(found["reservations"][0]["unknown"], true, "{line:?}");
    }
}

/// Nothing that a terminal would obey.
#[track_caller]
fn is_harmless(output: &Output, what: &str) {
    let obeyed = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
    };
    for text in [&output.stdout, &output.stderr] {
        assert!(!text.contains(obeyed), "{what:?}: {text:?}");
    }
}

/// Free text is refused where it holds what a terminal would obey, wherever it is given.
#[test]
fn hostile_text_comes_in_nowhere() {
    let (env, id) = with_reservation();
    env.ok(&["spend", "me", "1usd"]);
    for text in [
        "a\u{1b}[31mb",
        "a\u{1b}]52;c;Zm9v\u{7}",
        "a\nb",
        "a\rb",
        "a\tb",
        "a\u{9b}2J",
        "a\u{202e}b",
        "a\u{200b}b",
        "a\u{7f}b",
        "a\u{2028}b",
    ] {
        let (tag, key) = (format!("k={text}"), format!("{text}=v"));
        let cases: [&[&str]; 22] = [
            &["reserve", "me", "1usd", "--tag", &tag],
            &["reserve", "me", "1usd", "--tag", &key],
            &["reserve", "me", "1usd", "--note", text],
            &["reserve", "me", "1usd", "--key", text],
            &["reserve", "me", "1usd", "--action", text],
            &["commit", &id, "1usd", "--note", text],
            &["commit", &id, "1usd", "--model", text],
            &["commit", &id, "1usd", "--provider", text],
            &["commit", &id, "1usd", "--key", text],
            &["release", &id, "--reason", text],
            &["release", &id, "--tag", &tag],
            &["extend", &id, "--key", text],
            &["spend", "me", "1usd", "--model", text],
            &["spend", "me", "1usd", "--tag", text],
            &["refund", "3", "--note", text],
            &["create", "new", "--limit", "5usd", "--note", text],
            &["create", text, "--limit", "5usd"],
            &["set", "me", "--note", text],
            &["grant", "me", "1usd/day", "--note", text],
            &["freeze", "me", "--note", text],
            &["reserve", text, "1usd"],
            &[
                "exec",
                "me",
                "--key",
                text,
                "--reserve",
                "1usd",
                "--",
                "true",
            ],
        ];
        refused(&env, 2, &cases);
        for args in cases {
            let mut args = args.to_vec();
            let before = args
                .iter()
                .position(|arg| *arg == "--")
                .unwrap_or(args.len());
            if args[0] != "exec" {
                args.insert(before, "--json");
            }
            let output = env.run(&args);
            assert_eq!(output.code, 2, "{args:?} {output}");
            is_harmless(&output, text);
        }
    }
}

/// Should such text have got into a ledger all the same, it is shown escaped.
#[test]
fn hostile_text_goes_out_nowhere() {
    let (env, id) = with_reservation();
    env.ok(&[
        "spend", "me", "1usd", "--note", "NOTE", "--tag", "TAG=TAG", "--model", "MODEL",
    ]);
    env.ok(&["set", "me", "--note", "NOTE"]);
    env.ok(&["exec", "me", "--reserve", "1usd", "--", "true"]);
    env.ok(&["commit", &id, "1usd", "--tag", "TAG=TAG"]);
    env.ok(&[
        "reserve", "me", "1usd", "--action", "ACTION", "--tag", "TAG=TAG",
    ]);
    let hostile = "a\u{1b}]52;c;Zm9v\u{7}\u{9b}2J\u{202e}";
    let escaped = "a\\u001b]52;c;Zm9v\\u0007\u{9b}2J\u{202e}";
    env.damage(&format!(
        "DROP TRIGGER entry_is_final; \
         UPDATE budget SET note = '{hostile}'; UPDATE session SET program = '{hostile}'; \
         UPDATE entry SET detail = replace(replace(replace(detail, 'NOTE', '{escaped}'), \
         'TAG', '{escaped}'), 'MODEL', '{escaped}'); \
         UPDATE reservation SET detail = replace(replace(detail, 'ACTION', '{escaped}'), \
         'TAG', '{escaped}')"
    ));
    for args in [
        &["status"][..],
        &["forecast"],
        &["list"],
        &["show", "me"],
        &["log"],
        &["reservations"],
        &["reservations", "--state", "all"],
        &["verify"],
        &["doctor"],
        &["check", "me", "1usd", "1tokens"],
    ] {
        for more in [&[][..], &["--json"]] {
            let args = [args, more].concat();
            let output = env.run(&args);
            assert!(!output.stdout.is_empty(), "{args:?} {output}");
            is_harmless(&output, &format!("{args:?}"));
        }
    }
    let path = env.path().join("ledger\u{1b}[31m");
    let output = Output::of(env.command().args(["verify", "--ledger"]).arg(&path));
    is_one_clear_line(&output, 66, "a hostile path");
}
