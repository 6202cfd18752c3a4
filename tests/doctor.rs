//! `budget doctor`: which ledger, why, and whether it is sound; of one that cannot be used, too.

#[cfg(test)]
#[path = "support/fake.rs"]
mod fake;
#[cfg(test)]
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use support::{Output, TestEnv, golden};

/// What it says at a width, with what differs from machine to machine made the same.
fn shown(env: &TestEnv, columns: &str) -> (i32, String) {
    let mut command = env.command();
    let output = Output::of(command.env("COLUMNS", columns).arg("doctor"));
    assert_eq!(output.stderr, "", "{output}");
    (output.code, stable(env, &output.stdout))
}

fn stable(env: &TestEnv, text: &str) -> String {
    let place = env.path().to_string_lossy().into_owned();
    let mut findings: Vec<Vec<&str>> = Vec::new();
    for line in text.lines() {
        match findings.last_mut() {
            Some(finding) if line.starts_with(' ') => finding.push(line),
            _ => findings.push(vec![line]),
        }
    }
    let differs = |line: &str| line.contains(" file system ") || line.contains(" program ");
    findings.retain(|finding| !differs(finding[0]));
    let stable = |finding: Vec<&str>| {
        // How long the path is decides where its lines end.
        let whole = finding.join("\n");
        if !whole.contains(&place) {
            return whole;
        }
        let words: Vec<_> = whole.split_whitespace().collect();
        words.join(" ").replace(&place, "HOME")
    };
    let lines = findings.into_iter().map(|finding| stable(finding) + "\n");
    let text: String = lines.collect();
    text.lines().map(|line| without_size(line) + "\n").collect()
}

/// Sizes and ages of tables depend on versions of libraries.
fn without_size(line: &str) -> String {
    let words = line.split(' ').map(|word| match word.parse::<f64>() {
        Ok(_) if word.contains('.') => "N",
        _ if word.starts_with("genai-prices@") => "genai-prices@V",
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The findings as JSON: the check, and its level.
fn levels(env: &TestEnv, code: i32) -> Vec<(String, String)> {
    let output = env.run(&["doctor", "--json"]);
    assert_eq!(output.code, code, "{output}");
    let answer: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    let checks = answer["checks"].as_array().expect("checks");
    let text =
        |check: &serde_json::Value, field: &str| check[field].as_str().expect("text").to_owned();
    checks
        .iter()
        .map(|check| (text(check, "check"), text(check, "level")))
        .collect()
}

#[track_caller]
fn level(env: &TestEnv, code: i32, check: &str) -> String {
    let found = levels(env, code)
        .into_iter()
        .find(|(name, _)| name == check);
    found.expect(check).1
}

#[test]
fn a_sound_ledger_and_none_at_all() {
    let env = TestEnv::new();
    let (code, text) = shown(&env, "80");
    assert_eq!(code, 0);
    golden("doctor/none.txt", &text);
    assert!(!env.ledger().exists());
    env.ok(&["create", "me", "--limit", "5usd/day"]);
    env.reserve("me", &["1usd"]);
    let before = env.dump();
    for columns in ["40", "80", "120"] {
        let (code, text) = shown(&env, columns);
        assert_eq!(code, 0, "{text}");
        golden(&format!("doctor/sound-{columns}.txt"), &text);
    }
    assert_eq!(env.dump(), before, "it writes nothing");
}

/// Writes a file of settings, and makes its directory.
fn write(env: &TestEnv, file: &str, text: &str) {
    let path = env.path().join(file);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(path, text).expect("a file");
}

const OWN: &str = ".config/budget/config.toml";

#[test]
fn files_of_settings_are_looked_at() {
    let env = TestEnv::new();
    let script = fake::script(&env, "tell", "cat");
    let tell = script.to_str().expect("UTF-8");
    write(&env, OWN, &format!("on_event = ['{tell}', 'x']\n"));
    let project = "budget = 'team/shop'\nlimits = ['5usd/day', '2slots']\nreserve = ['0.20usd']\n\
                   tags = { team = 'web', 'עברית' = '漢字' }\n";
    write(&env, ".budget.toml", project);
    let check = |case: &str, code: i32| {
        let (found, text) = shown(&env, "80");
        assert_eq!(found, code, "{text}");
        let mut is_about = false;
        let text = text.lines().filter(|line| {
            let check = line.split_whitespace().nth(1).unwrap_or_default();
            if !line.starts_with(' ') {
                is_about = ["settings", "project", "on_event"].contains(&check);
            }
            is_about
        });
        let text = text.collect::<Vec<_>>().join("\n") + "\n";
        golden(&format!("doctor/settings-{case}.txt"), &text);
    };
    check("no-budget", 0);
    env.ok(&["create", "team/shop", "--limit", "9usd/day"]);
    check("no-limit", 0);
    env.ok(&["set", "team/shop", "--limit", "3slots"]);
    check("sound", 0);
    write(
        &env,
        OWN,
        "on_event = ['no-such-program-here']\nreserve = ['1usd']\n",
    );
    check("own-reserve", 0);
    fs::set_permissions(&script, fs::Permissions::from_mode(0o644)).expect("a mode");
    write(&env, OWN, &format!("on_event = ['{tell}']\nx = 1\n"));
    write(&env, ".budget.toml", "on_event = ['x']\n");
    check("broken", 78);
    write(&env, OWN, "budget = \"\u{1b}[2J\u{202e}\n");
    write(&env, ".budget.toml", "");
    check("unreadable", 78);
    // What a broken file may have named is not guessed.
    let output = Output::of(env.command().env_remove("BUDGET_LEDGER").arg("doctor"));
    assert_eq!(output.code, 78, "{output}");
    assert!(output.stderr.contains("config.toml:1"), "{output}");
    write(&env, OWN, "");
    let owned = env.path().join(".budget.toml");
    if std::os::unix::fs::chown(&owned, Some(12_345), None).is_ok() {
        check("ignored", 0);
    }
}

#[test]
fn it_says_what_chose_the_file() {
    let env = TestEnv::new();
    let from = |command: &mut std::process::Command| {
        let output = Output::of(command.args(["doctor", "--json"]));
        let answer: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
        answer["ledger_from"].as_str().expect("text").to_owned()
    };
    assert_eq!(from(&mut env.command()), "$BUDGET_LEDGER");
    assert_eq!(from(env.command().args(["--ledger", "x.db"])), "--ledger");
    assert_eq!(from(env.command().env_remove("BUDGET_LEDGER")), "default");
}

#[test]
fn what_is_not_recorded_and_what_nobody_knows_is_told() {
    let env = TestEnv::with("me", &["5usd/day"]);
    env.reserve("me", &["1usd"]);
    assert_eq!(level(&env, 0, "unrecorded"), "ok");
    env.advance(3_600);
    assert_eq!(level(&env, 0, "unrecorded"), "warn");
    golden("doctor/due.txt", &shown(&env, "80").1);
    env.ok(&["spend", "me", "0.10usd"]);
    assert_eq!(level(&env, 0, "unrecorded"), "ok");
    assert_eq!(level(&env, 0, "unknown"), "warn");
    let unknown = env.ok(&["reservations", "--state", "unknown"]);
    assert!(unknown.contains("expired, unknown"), "{unknown}");
    let id = env.json(&["reservations", "--state", "unknown"]);
    let id = id["reservations"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    env.ok(&["commit", &id, "0.20usd"]);
    assert!(levels(&env, 0).iter().all(|(check, _)| check != "unknown"));
    assert_eq!(env.ok(&["reservations", "--state", "unknown"]), "");
}

#[test]
fn a_run_that_died_is_told() {
    let env = TestEnv::with("me", &["5usd/day"]);
    let run = [
        "exec",
        "me",
        "--reserve",
        "1usd",
        "--",
        "sh",
        "-c",
        "kill -9 $PPID",
    ];
    let _ = env.run(&run);
    assert_eq!(fake::owner_files(&env).len(), 1);
    assert_eq!(level(&env, 0, "unrecorded"), "warn");
    let text = shown(&env, "80").1;
    assert!(text.contains("1 process died without a word"), "{text}");
}

#[test]
fn an_outcome_that_waits_is_told() {
    let env = TestEnv::with("me", &["5usd/day"]);
    let mut owners = env.ledger().into_os_string();
    owners.push(".owners");
    fs::create_dir(&owners).expect("a directory");
    let name = "01a1fdfa-49e8-7773-9489-c0d5a80b6a9e.out";
    fs::write(Path::new(&owners).join(name), "1{}\0").expect("a file");
    assert_eq!(level(&env, 0, "unrecorded"), "warn");
    let text = shown(&env, "80").1;
    assert!(text.contains("1 outcome of a run waits"), "{text}");
}

#[test]
fn a_clock_that_jumped_is_told_and_accepted() {
    let env = TestEnv::with("me", &["5usd/day"]);
    env.jump(7_200);
    assert_eq!(level(&env, 0, "clock"), "warn");
    golden("doctor/jumped.txt", &shown(&env, "80").1);
    env.ok(&["doctor", "--accept-clock"]);
    assert_eq!(level(&env, 0, "clock"), "ok");
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("a mode");
}

#[test]
fn others_may_neither_read_nor_write_it() {
    let env = TestEnv::with("me", &["5usd/day"]);
    assert_eq!(level(&env, 0, "permissions"), "ok");
    set_mode(&env.ledger(), 0o644);
    assert_eq!(level(&env, 0, "permissions"), "warn");
    set_mode(&env.ledger(), 0o666);
    assert_eq!(level(&env, 69, "permissions"), "fail");
    golden("doctor/open.txt", &shown(&env, "80").1);
    set_mode(&env.ledger(), 0o600);
    let mut command = env.command();
    let output = Output::of(command.env("TZ", ":/etc/localtime").args(["doctor"]));
    assert!(output.stdout.contains("no IANA name"), "{output}");
}

#[test]
fn a_ledger_that_cannot_be_used_is_told_of_all_the_same() {
    let env = TestEnv::with("me", &["5usd/day"]);
    env.expect_damage();
    let sound = fs::read(env.ledger()).expect("the ledger");
    env.damage("PRAGMA user_version = 99");
    let (code, newer) = shown(&env, "80");
    assert_eq!(code, 69, "{newer}");
    golden("doctor/newer.txt", &newer);
    for foreign in [&b"text of somebody"[..], &[7; 9_000]] {
        fs::write(env.ledger(), foreign).expect("a file");
        let (code, text) = shown(&env, "80");
        assert_eq!(code, 69, "{text}");
        assert!(
            text.starts_with("fail ledger") && text.contains("permissions"),
            "{text}"
        );
        assert_eq!(
            fs::read(env.ledger()).expect("a file"),
            foreign,
            "untouched"
        );
    }
    let half = &sound[..sound.len() / 2];
    fs::write(env.ledger(), half).expect("a file");
    for file in ["-wal", "-shm"] {
        let mut name = env.ledger().into_os_string();
        name.push(file);
        let _ = fs::remove_file(name);
    }
    let (code, text) = shown(&env, "80");
    assert_eq!(code, 69, "{text}");
    fs::remove_file(env.ledger()).expect("a file");
    fs::create_dir(env.ledger()).expect("a directory");
    assert_eq!(shown(&env, "80").0, 69);
}

#[test]
fn old_prices_and_a_table_that_is_none_are_told() {
    let env = TestEnv::with("me", &["5usd/day"]);
    assert_eq!(level(&env, 0, "prices"), "ok");
    env.set_time("2027-11-21T12:00:00Z");
    assert_eq!(level(&env, 0, "prices"), "warn");
    let table = env.ledger().with_file_name("prices-own.json");
    fs::write(&table, "no table").expect("a file");
    assert_eq!(level(&env, 0, "prices"), "warn");
}
