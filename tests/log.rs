//! `budget log`: filters, the zone of its times, what fits a terminal, and `--follow`.

#[cfg(test)]
mod support;
#[path = "support/terminal.rs"]
mod terminal;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use budget_ledger::render::table::widest;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use support::{Output, TestEnv, golden};
use terminal::Terminal;

/// How long a line may take to come before the test is wrong.
const PATIENCE: Duration = Duration::from_mins(1);

fn shown(env: &TestEnv, args: &[&str], columns: &str) -> String {
    let mut command = env.command();
    let output = Output::of(command.arg("log").args(args).env("COLUMNS", columns));
    assert_eq!(output.code, 0, "{output}");
    output.stdout
}

/// The places of the entries that the filters let through.
#[track_caller]
fn places(env: &TestEnv, filters: &[&str]) -> Vec<i64> {
    let log = env.json(&[&["log"], filters].concat());
    let entries = log["entries"].as_array().expect("entries").iter();
    entries
        .map(|entry| entry["seq"].as_i64().expect("a place"))
        .collect()
}

/// Two budgets in two zones, without anything random in what is shown.
fn lived_in() -> TestEnv {
    let env = TestEnv::with("me", &["3usd/day"]);
    env.ok(&["create", "team", "--limit", "9usd", "--tz", "Asia/Kolkata"]);
    env.ok(&[
        "spend", "me", "0.25usd", "--tag", "job=a", "--model", "gpt-5", "--note", "by hand",
    ]);
    env.advance(86_400);
    env.ok(&[
        "spend",
        "team",
        "1.50usd",
        "200tokens",
        "--tag",
        "job=a",
        "--tag",
        "who=ann",
    ]);
    env.ok(&["refund", "4", "0.50usd"]);
    env.ok(&["set", "me", "--limit", "4usd/day", "--note", "=1+1"]);
    env
}

#[test]
fn filters_let_through_what_they_say() {
    let env = lived_in();
    assert_eq!(places(&env, &[]), [1, 2, 3, 4, 5, 6]);
    assert_eq!(places(&env, &["-n", "2"]), [5, 6]);
    assert_eq!(places(&env, &["me"]), [1, 3, 6]);
    assert_eq!(places(&env, &["--kind", "spent"]), [3, 4]);
    assert_eq!(
        places(&env, &["--kind", "spent", "--kind", "set"]),
        [3, 4, 6]
    );
    assert_eq!(places(&env, &["--kind", "spent", "-n", "1"]), [4]);
    assert_eq!(places(&env, &["--since", "2026-11-22"]), [4, 5, 6]);
    assert_eq!(places(&env, &["--until", "2026-11-21"]), [1, 2, 3]);
    assert_eq!(places(&env, &["--tag", "job=a"]), [3, 4]);
    assert_eq!(places(&env, &["--tag", "job=a", "--tag", "who=ann"]), [4]);
    assert_eq!(places(&env, &["--tag", "job=b"]), [0_i64; 0]);
    assert_eq!(places(&env, &["--model", "gpt"]), [3]);
    assert_eq!(places(&env, &["--model", "claude"]), [0_i64; 0]);
    assert_eq!(places(&env, &["--unknown"]), [0_i64; 0]);
    env.ok(&["exec", "me", "--reserve", "0.10usd", "--", "true"]);
    let log = env.json(&["log", "-n", "1"]);
    let session = log["entries"][0]["session"].as_str().expect("a session");
    assert_eq!(places(&env, &["--session", session]), [7, 8]);
    let tail = session.get(28..).expect("a tail");
    assert_eq!(places(&env, &["--session", tail]), [7, 8]);
    env.reserve("me", &["0.10usd"]);
    env.advance(600);
    env.ok(&["spend", "me", "0usd"]);
    assert_eq!(places(&env, &["--unknown"]), [10]);
}

#[test]
fn days_are_those_of_the_budget_asked_about() {
    let env = TestEnv::new();
    env.ok(&["create", "team", "--limit", "9usd", "--tz", "Asia/Kolkata"]);
    env.set_time("2026-11-21T18:40:00Z");
    env.ok(&["spend", "team", "1usd"]);
    assert_eq!(places(&env, &["team", "--since", "2026-11-22"]), [2]);
    assert_eq!(places(&env, &["--since", "2026-11-22"]), [0_i64; 0]);
    let text = shown(&env, &["team"], "80");
    assert!(text.starts_with("times in Asia/Kolkata\n"), "{text}");
    assert!(text.contains("2026-11-22 00:10:00"), "{text}");
}

#[test]
fn it_fits_the_terminal() {
    let env = lived_in();
    for columns in ["40", "80", "120"] {
        let text = shown(&env, &[], columns);
        let width = columns.parse().expect("a number");
        assert!(widest(&text) <= width, "{text}");
        golden(&format!("log/{columns}.txt"), &text);
    }
    golden("log/one.txt", &shown(&env, &["-n", "1"], "80"));
    golden("log/empty.txt", &shown(&env, &["--kind", "closed"], "80"));
    let long = format!("team:{}/{}", "a".repeat(150), "b".repeat(160));
    env.ok(&["create", &long, "--limit", "1usd"]);
    env.ok(&[
        "spend",
        &long,
        "0.10usd",
        "--note",
        "שלום 你好,世界 and more of it than fits",
    ]);
    let text = shown(&env, &["-n", "2"], "60");
    assert!(widest(&text) <= 60, "{text}");
    golden("log/long.txt", &text);
}

#[test]
fn what_there_is_not_is_named() {
    let env = TestEnv::with("team/web", &["3usd/day"]);
    let said = env.fails(&["log", "team/wbe"], 66);
    assert!(said.contains("did you mean team/web?"), "{said}");
    assert_eq!(
        places(&env, &["team"]),
        [1],
        "only what is below it is there"
    );
    env.ok(&["close", "team/web"]);
    assert_eq!(places(&env, &["team/web"]), [1, 2]);
    let said = env.fails(&["log", "--kind", "spend"], 2);
    assert!(said.contains("spent"), "{said}");
    env.fails(&["log", "--session", "abcdef"], 66);
    env.fails(&["log", "--reservation", "abcdef"], 66);
}

#[test]
fn notional_cost_and_the_time_of_a_past_charge_are_shown() {
    let env = TestEnv::with("me", &["3usd/day"]);
    env.ok(&["spend", "me", "0.25usd"]);
    env.damage(
        r#"INSERT INTO entry SELECT 3, at_us, kind, budgets, reservation, session, corrects, amounts,
        '{"imported":{"at":"2026-11-10T09:00:00Z"},"usage":{"cost":"0.42","notional":true}}', hash
        FROM entry WHERE seq = 2"#,
    );
    let text = shown(&env, &["-n", "1"], "120");
    assert!(
        text.contains("as of 2026-11-10 09:00:00, notional $0.42"),
        "{text}"
    );
}

/// A ledger with so many entries, all but the first two alike.
fn long_ledger(entries: usize) -> TestEnv {
    let env = TestEnv::with("me", &["1000usd"]);
    env.ok(&["spend", "me", "0.01usd"]);
    env.damage(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < {entries}) \
         INSERT INTO entry SELECT i, at_us + i, kind, budgets, reservation, session, corrects, \
         amounts, detail, hash FROM n JOIN entry ON seq = 2"
    ));
    env
}

#[test]
fn the_latest_of_ten_thousand_are_told_without_the_others() {
    let env = long_ledger(10_002);
    assert_eq!(places(&env, &[]), (1..=10_002).collect::<Vec<_>>());
    assert_eq!(
        places(&env, &["-n", "2001"]),
        (8_002..=10_002).collect::<Vec<_>>()
    );
    assert_eq!(shown(&env, &[], "80").lines().count(), 10_002 + 2);
    // What cannot be read is not met, because it is not read.
    env.damage("DROP TRIGGER entry_is_final; UPDATE entry SET kind = 'none' WHERE seq < 10000");
    assert_eq!(places(&env, &["-n", "3"]), [10_000, 10_001, 10_002]);
    env.fails(&["log", "-n", "4"], 69);
}

#[test]
fn ten_thousand_fit_a_narrow_terminal_and_none_is_left_out() {
    let env = long_ledger(10_002);
    let text = shown(&env, &[], "40");
    assert!(widest(&text) <= 40);
    assert_eq!(text.matches("\n  me · $").count(), 10_001);
    assert_eq!(text.matches("WHEN").count(), 1, "one heading");
}

#[test]
fn a_long_journal_is_read_no_further_than_anybody_reads_it() {
    let env = long_ledger(3_000);
    env.damage("DROP TRIGGER entry_is_final; UPDATE entry SET kind = 'none' WHERE seq > 2000");
    for json in [&["log"][..], &["log", "--json"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = env.command();
        let output = command.args(json).stdout(writer).output();
        let output = output.expect("a process");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(output.stderr, b"");
    }
    env.fails(&["log"], 69);
}

#[test]
fn a_reader_who_pauses_keeps_nobody_from_writing_and_meets_nothing_newer() {
    let env = long_ledger(5_000);
    let mut command = env.command();
    let child = command.args(["log", "--json"]).stdout(Stdio::piped());
    let mut child = child.spawn().expect("the binary");
    let mut stdout = child.stdout.take().expect("a pipe");
    let mut text = vec![0; 1];
    // It has begun, and cannot go on: a pipe holds less than all of it.
    stdout.read_exact(&mut text).expect("a beginning");
    env.ok(&["spend", "me", "0.02usd"]);
    stdout.read_to_end(&mut text).expect("the rest");
    assert!(child.wait().expect("an end").success());
    let log: Value = serde_json::from_slice(&text).expect("one document");
    let entries = log["entries"].as_array().expect("entries");
    assert_eq!(entries.len(), 5_000);
    assert_eq!(entries[4_999]["seq"], 5_000);
    assert_eq!(places(&env, &["-n", "1"]), [5_001]);
}

#[test]
fn on_a_terminal_the_latest_thousand_are_shown_and_the_others_are_named() {
    let env = long_ledger(1_500);
    let mut terminal = Terminal::start(env.command().arg("log"));
    let text = terminal.expect("budget: these are the latest 1000;");
    assert_eq!(text.matches("  spent  ").count(), 1_000, "{text}");
    assert!(terminal.end().success());
    let mut terminal = Terminal::start(env.command().args(["log", "-n", "1200"]));
    terminal.expect("\r\n 301  ");
    let text = terminal.expect("\r\n1500  ");
    assert_eq!(text.matches("  spent  ").count(), 1_199);
    assert!(terminal.end().success());
}

/// `budget log --follow` as it runs, whose lines come one by one.
struct Follower {
    child: Child,
    lines: Receiver<String>,
}

impl Follower {
    fn of(env: &TestEnv, args: &[&str]) -> Self {
        Self::start(env.command().args(["log", "--follow"]).args(args))
    }

    fn start(command: &mut Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary");
        let stdout = child.stdout.take().expect("a pipe");
        let (sender, lines) = channel();
        let read = BufReader::new(stdout).lines();
        std::thread::spawn(move || {
            for line in read.map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines }
    }

    #[track_caller]
    fn next(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line in time")
    }

    fn ends_by(self, signal: Signal) -> Output {
        let pid = Pid::from_raw(self.child.id().try_into().expect("a pid"));
        kill(pid, signal).expect("a signal");
        let output = self.child.wait_with_output().expect("an end");
        self.lines.iter().for_each(drop);
        Output::from(&output)
    }
}

#[test]
fn following_prints_what_others_write_as_they_write_it() {
    let env = TestEnv::with("me", &["3usd/day"]);
    env.ok(&["spend", "me", "0.10usd"]);
    let follower = Follower::of(&env, &["-n", "1"]);
    let first = follower.next();
    assert!(
        first.starts_with("2  2026-11-21 12:00:00  spent  me  $0.10"),
        "{first}"
    );
    env.ok(&["spend", "me", "0.20usd"]);
    let line = follower.next();
    assert!(
        line.starts_with("3  2026-11-21 12:00:00  spent  me  $0.20"),
        "{line}"
    );
    env.ok(&["spend", "me", "0.30usd", "--note", "a"]);
    env.ok(&["spend", "me", "0.40usd"]);
    assert!(follower.next().contains("$0.30"));
    assert!(follower.next().contains("$0.40"));
    let output = follower.ends_by(Signal::SIGINT);
    assert_eq!(
        (output.code, output.stderr.as_str()),
        (130, "budget: times in UTC\n")
    );
}

#[test]
fn what_is_followed_is_wrapped_where_it_does_not_fit() {
    let env = TestEnv::with("me", &["3usd/day"]);
    let mut command = env.command();
    command.args(["log", "--follow"]).env("COLUMNS", "40");
    let follower = Follower::start(&mut command);
    let note = "not one word of 你好 is cut off because of that";
    // Whether it is seen depends on whether it is written after the first look.
    let line = loop {
        env.ok(&["spend", "me", "0.10usd", "--note", note]);
        if let Ok(line) = follower.lines.recv_timeout(Duration::from_secs(1)) {
            break line;
        }
    };
    let lines = [line, follower.next(), follower.next()];
    assert!(lines.iter().all(|line| widest(line) <= 40), "{lines:?}");
    assert_eq!(
        [lines[1].as_str(), lines[2].as_str()],
        [
            "  me · $0.10 · not one word of 你好 is",
            "  cut off because of that"
        ]
    );
    let _ = follower.ends_by(Signal::SIGINT);
}

#[test]
fn following_as_json_is_one_entry_a_line_and_filters_hold() {
    let env = TestEnv::with("me", &["3usd/day"]);
    env.ok(&["create", "you", "--limit", "3usd"]);
    let follower = Follower::of(&env, &["-n", "1", "me", "--json"]);
    let read = |line: String| serde_json::from_str::<Value>(&line).expect("JSON");
    assert_eq!(read(follower.next())["seq"], 1);
    env.ok(&["spend", "you", "1usd"]);
    env.ok(&["spend", "me", "1usd"]);
    let entry = read(follower.next());
    assert_eq!((&entry["seq"], &entry["schema"]), (&4.into(), &1.into()));
    let output = follower.ends_by(Signal::SIGINT);
    assert_eq!((output.code, output.stderr.as_str()), (130, ""));
}

#[test]
fn following_waits_for_a_ledger_and_for_a_budget_in_it() {
    let env = TestEnv::new();
    let follower = Follower::of(&env, &["me", "--json"]);
    env.ok(&["create", "other", "--limit", "3usd"]);
    env.ok(&["create", "me", "--limit", "3usd"]);
    let entry: Value = serde_json::from_str(&follower.next()).expect("JSON");
    assert_eq!(
        (&entry["seq"], &entry["kind"]),
        (&2.into(), &"created".into())
    );
    let _ = follower.ends_by(Signal::SIGTERM);
    let said = env.fails(&["log", "nobody", "--follow"], 66);
    assert!(said.contains("there is no budget `nobody`"), "{said}");
}

#[test]
fn following_ends_quietly_when_nobody_reads_it() {
    let env = TestEnv::with("me", &["3usd/day"]);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = env.command();
    command.args(["log", "--follow", "--json"]).stdout(writer);
    let output = command.output().expect("a process");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stderr, b"");
}

#[test]
fn a_settlement_has_the_labels_of_its_reservation() {
    let env = TestEnv::with("me", &["3usd/day"]);
    let id = env.reserve("me", &["0.50usd", "--tag", "job=c"]);
    env.ok(&["commit", &id, "0.20usd"]);
    assert_eq!(places(&env, &["--tag", "job=c"]), [2, 3]);
}
