//! `budget status --watch`: it is redrawn in place, follows what others do, and leaves the terminal
//! as it was, however it ends.

#[cfg(test)]
mod support;
#[path = "support/terminal.rs"]
mod terminal;

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::TestEnv;
use terminal::Terminal;

const ENTER: &str = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l";
const LEAVE: &str = "\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l";

/// `budget status --watch` on a terminal; time passes for it as it does.
fn watching(env: &TestEnv, more: &[&str]) -> Terminal {
    let mut command = env.command();
    command.args(["status", "--watch", "1s"]).args(more);
    let mut terminal = Terminal::start_as(&mut command, "xterm");
    terminal.expect(ENTER);
    terminal
}

fn signal(terminal: &Terminal, signal: Signal) {
    let id = i32::try_from(terminal.child.id()).expect("an id");
    kill(Pid::from_raw(id), signal).expect("own child");
}

#[test]
fn what_others_do_is_seen_in_place() {
    let env = TestEnv::with("me", &["5usd"]);
    let mut terminal = watching(&env, &[]);
    terminal.expect("$5.00  $0.00  $5.00");
    terminal.expect("every 1s; Ctrl-C ends");
    env.ok(&["spend", "me", "1.25usd"]);
    let before = terminal.expect("$1.25");
    // From the top, without a moment at which nothing is there.
    assert!(before.contains("\u{1b}[H"), "{before:?}");
    assert!(!before.contains("\u{1b}[2J"), "{before:?}");
    env.ok(&["create", "you", "--limit", "3calls"]);
    terminal.expect("3 calls");
}

/// Whoever ends it finds the terminal as it was, and learns what ended it.
#[test]
fn the_terminal_is_as_it_was_however_it_ends() {
    for ends in [
        Signal::SIGTERM,
        Signal::SIGINT,
        Signal::SIGHUP,
        Signal::SIGQUIT,
    ] {
        let env = TestEnv::with("me", &["5usd"]);
        let mut terminal = watching(&env, &[]);
        terminal.expect("Ctrl-C ends");
        signal(&terminal, ends);
        terminal.expect(LEAVE);
        let status = terminal.end();
        assert_eq!(status.signal(), Some(ends as i32), "{status}");
    }
}

#[test]
fn a_shell_sees_130_after_an_interrupt_and_its_settings_are_the_same() {
    let env = TestEnv::with("me", &["5usd"]);
    let script =
        "trap : INT; stty -g; echo; budget status --watch 1s; echo c=$?.; stty -g; echo end";
    let mut terminal = Terminal::start_as(env.program("bash").args(["-c", script]), "xterm");
    let before = terminal.expect("\r\n");
    terminal.expect(ENTER);
    terminal.expect("Ctrl-C ends");
    terminal.send("\u{3}");
    terminal.expect(LEAVE);
    terminal.expect("c=130.\r\n");
    assert_eq!(terminal.expect("\r\nend"), before);
}

#[test]
fn suspended_it_gives_the_screen_back_and_takes_it_again() {
    let env = TestEnv::with("me", &["5usd"]);
    let mut terminal = Terminal::start_as(
        env.program("bash").args(["--norc", "--noprofile", "-i"]),
        "xterm",
    );
    terminal.send("budget status --watch 1s\n");
    terminal.expect(ENTER);
    terminal.expect("Ctrl-C ends");
    terminal.send("\u{1a}");
    terminal.expect(LEAVE);
    terminal.expect("Stopped");
    terminal.send("fg\n");
    terminal.expect(ENTER);
    terminal.expect("Ctrl-C ends");
}

#[test]
fn another_size_is_another_view_at_once() {
    let env = TestEnv::with("me", &["5usd/day"]);
    let mut command = env.command();
    let mut terminal = Terminal::start_as(command.args(["status", "--watch", "1h"]), "xterm");
    terminal.expect("$5.00/day  $0.00  $5.00");
    terminal.expect("Ctrl-C ends");
    terminal.resize(40, 24);
    let narrow = terminal.expect("Ctrl-C ends");
    assert!(narrow.contains("  $0.00 spent, $5.00 left,"), "{narrow:?}");
    terminal.resize(40, 3);
    terminal.expect("more lines");
}

#[test]
fn a_ledger_that_is_gone_is_said() {
    let env = TestEnv::with("me", &["5usd"]);
    let mut terminal = watching(&env, &[]);
    terminal.expect("Ctrl-C ends");
    std::fs::rename(env.ledger(), env.path().join("elsewhere")).expect("a rename");
    terminal.expect(LEAVE);
    terminal.expect("it was moved or replaced while it was in use");
    assert_eq!(terminal.end().code(), Some(69));
}

#[test]
fn a_ledger_that_is_locked_for_a_moment_is_waited_for() {
    let env = TestEnv::with("me", &["5usd"]);
    let conn = rusqlite::Connection::open(env.ledger()).expect("the ledger");
    let locked = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK";
    conn.execute_batch(locked).expect("the lock");
    let mut terminal = watching(&env, &["--wait-lock", "0s"]);
    terminal.expect("the ledger is locked; trying again");
    drop(conn);
    terminal.expect("$5.00");
}

/// A budget that is not there yet, and a ledger, may still come.
#[test]
fn it_can_be_there_before_the_ledger() {
    let env = TestEnv::new();
    let mut terminal = watching(&env, &[]);
    terminal.expect("no budgets yet");
    env.ok(&["create", "me", "--limit", "5usd"]);
    terminal.expect("me");
}

#[test]
fn without_a_terminal_views_follow_each_other_until_nobody_reads() {
    let env = TestEnv::with("me", &["5usd"]);
    for (json, wanted) in [
        (false, ["BUDGET", "me", "", "BUDGET", "me"]),
        (true, ["{"; 5]),
    ] {
        let mut command = env.command();
        command
            .args(["status", "--watch", "1"])
            .args(json.then_some("--json"));
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        for wanted in wanted {
            let line = lines.next().expect("a line").expect("text");
            assert!(
                line.starts_with(wanted) && line.is_empty() == wanted.is_empty(),
                "{line}"
            );
            assert!(!line.contains('\u{1b}'), "{line:?}");
        }
        drop(lines);
        let until = Instant::now() + Duration::from_secs(20);
        let status = loop {
            if let Some(status) = child.try_wait().expect("own child") {
                break status;
            }
            assert!(Instant::now() < until, "it goes on for nobody");
            std::thread::yield_now();
        };
        assert_eq!(status.code(), Some(0));
    }
}

#[test]
fn how_often_is_a_second_to_an_hour() {
    let env = TestEnv::with("me", &["5usd"]);
    for wrong in ["0", "0s", "500ms", "61m", "often", "me", "-1s"] {
        let watch = format!("--watch={wrong}");
        let said = env.fails(&["status", &watch], 2);
        assert!(said.contains("it takes 1s to 1h"), "{wrong}: {said}");
    }
}
