//! Full disks and failing ones: every file call of an operation fails in turn, once or from then
//! on. An operation happens, or it does not, or says that it does not know; never does it claim
//! what is not so.

#[path = "shim/mod.rs"]
mod shim;
#[cfg(test)]
mod support;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use budget_ledger::ledger::moment::Moment;
use budget_ledger::ledger::reservation::{Reservation, State};
use budget_ledger::ledger::store::{ReservationFilter, Which};
use budget_ledger::ledger::timestamp::Timestamp;
use budget_ledger::ledger::{Ledger, Sources};
use shim::Fault;
use support::{NOON, Output, TestEnv};

const IMPOSSIBLE: u32 = 2_000;
const CENT: i64 = 1_000_000;

/// A disk with a ledger on it, or with none.
struct Disk {
    env: TestEnv,
    root: PathBuf,
}

/// What a ledger holds.
struct Books {
    reservations: Vec<Reservation>,
    budgets: usize,
    /// Cents spent, and cents reserved.
    figures: (i64, i64),
}

impl Disk {
    fn new() -> Self {
        let env = TestEnv::new();
        let root = env.path().join("disk");
        std::fs::create_dir(&root).expect("a directory");
        let root = root.canonicalize().expect("the directory");
        Self { env, root }
    }

    fn with_budget() -> Self {
        let disk = Self::new();
        let _ = disk.ok(&["create", "me", "--limit", "3usd/day", "--tz", "UTC"]);
        disk
    }

    /// The same disk once more. Nobody has the ledger open, so its files are all there is.
    fn copy(&self) -> Self {
        let copy = Self::new();
        if self.ledger().exists() {
            std::fs::create_dir(copy.root.join("home")).expect("a directory");
            for suffix in ["", "-wal", ".lock"] {
                let name = format!("home/ledger.db{suffix}");
                std::fs::copy(self.root.join(&name), copy.root.join(&name)).expect("a copy");
            }
        }
        copy
    }

    fn ledger(&self) -> PathBuf {
        self.root.join("home/ledger.db")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.env.command();
        command.env("BUDGET_LEDGER", self.ledger()).args(args);
        command
    }

    #[track_caller]
    fn ok(&self, args: &[&str]) -> String {
        let output = Output::of(&mut self.command(args));
        assert_eq!(output.code, 0, "{args:?}: {output}");
        output.stdout.trim().to_owned()
    }

    /// Runs a command with a fault. `None` where it has no such call any more.
    fn run_with(&self, args: &[&str], fault: Fault) -> Option<(Output, String)> {
        let log = self.env.path().join("fault");
        let mut command = self.command(args);
        shim::inject(&mut command, &self.root, fault, &log);
        let output = Output::of(&mut command);
        let at = std::fs::read_to_string(&log).unwrap_or_default();
        let what = format!("{fault:?} at {at}{output}");
        assert!(!output.stderr.contains("panicked"), "{what}");
        if at.is_empty() {
            assert!(output.stderr.is_empty(), "without a fault: {what}");
            return None;
        }
        Some((output, what))
    }

    /// What the ledger holds, which must verify.
    fn books(&self, what: &str) -> Option<Books> {
        let clock = || Moment {
            wall: Timestamp::parse_rfc3339(NOON).expect("noon"),
            boot_us: 1_000_000_000,
            boot: 1,
        };
        let sources = Sources {
            clock,
            random: || [7; 10],
        };
        let ledger = Ledger::open(&self.ledger(), Duration::from_secs(1), sources);
        let ledger = ledger.unwrap_or_else(|error| panic!("{error}: {what}"))?;
        let findings = ledger
            .verify(None)
            .unwrap_or_else(|error| panic!("{error}: {what}"));
        assert!(findings.lines.is_empty(), "{:?}: {what}", findings.lines);
        let every = ReservationFilter {
            which: Which::Any,
            within: None,
        };
        let budgets = ledger.budgets(true).expect("the budgets");
        let me = budgets
            .iter()
            .find(|standing| standing.budget.name.as_str() == "me");
        let figures = me.map(|me| me.positions[0].figures).unwrap_or_default();
        Some(Books {
            reservations: ledger.reservations(&every).expect("the reservations"),
            budgets: budgets.len(),
            figures: (
                figures.spent.atoms() / CENT,
                figures.reserved.atoms() / CENT,
            ),
        })
    }
}

fn says_unknown(output: &Output) -> bool {
    output
        .stderr
        .contains("it is unknown whether the operation was recorded")
}

/// Lets each call fail in turn, in every way, until the operation gets by without. Returns how
/// many states that were.
fn sweep(template: &Disk, args: &[&str], judge: impl Fn(&Disk, &Output, &str)) -> u32 {
    let mut states = 0;
    for errno in ["ENOSPC", "EIO"] {
        for sticky in [false, true] {
            for at in 1.. {
                assert!(at < IMPOSSIBLE, "it never gets by");
                let disk = template.copy();
                let Some((output, what)) = disk.run_with(args, Fault { at, errno, sticky }) else {
                    break;
                };
                judge(&disk, &output, &what);
                states += 1;
            }
        }
    }
    states
}

/// What could not be flushed is not claimed. SQLite flushes directories as well, and goes on where
/// that fails; it is not relied on.
fn check_flushed(output: &Output, what: &str) {
    let flushes = ["fsync home/ledger.db", "fdatasync home/ledger.db"];
    let is_flush = flushes.iter().any(|flush| what.contains(flush));
    assert!(
        !is_flush || output.code == 69,
        "not flushed, and claimed: {what}"
    );
}

/// Checks the operation and its repetition with the same key. `effects` counts what it did.
fn check_keyed(
    (disk, output, what): (&Disk, &Output, &str),
    args: &[&str],
    effects: impl Fn(Option<&Books>) -> usize,
) {
    assert!(matches!(output.code, 0 | 69), "{what}");
    assert_eq!(output.code == 0, !output.stdout.is_empty(), "{what}");
    let happened = effects(disk.books(what).as_ref());
    match output.code {
        0 => assert_eq!(happened, 1, "claimed: {what}"),
        _ if says_unknown(output) => {
            assert!(happened <= 1, "twice: {what}");
            let says = |words: &str| output.stderr.contains(words);
            assert!(says("same --key") && says("`budget log`"), "{what}");
        }
        _ => assert_eq!(happened, 0, "denied: {what}"),
    }
    let answer = disk.ok(args);
    assert!(
        output.code != 0 || answer == output.stdout.trim(),
        "another answer {answer}: {what}"
    );
    assert_eq!(effects(disk.books(what).as_ref()), 1, "repeated: {what}");
}

#[test]
fn reserve_happens_once_or_not_at_all() {
    let args = ["reserve", "me", "1usd", "--ttl", "1h", "--key", "k"];
    let states = sweep(&Disk::with_budget(), &args, |disk, output, what| {
        check_flushed(output, what);
        check_keyed((disk, output, what), &args, |books| {
            let books = books.expect("a ledger");
            let held = i64::try_from(books.reservations.len()).expect("a count") * 100;
            assert_eq!(books.figures, (0, held), "{what}");
            books.reservations.len()
        });
    });
    assert!(states > 60, "only {states}");
}

#[test]
fn reserve_that_starts_the_log_anew_happens_once_or_not_at_all() {
    let template = Disk::with_budget();
    let frames = || {
        let log = template.ledger().with_file_name("ledger.db-wal");
        std::fs::metadata(log).expect("the log").len() / 4_120
    };
    let mut before = 0;
    while frames() < 100 {
        let _ = template.ok(&["reserve", "me", "0.01usd", "--ttl", "1h"]);
        before += 1;
    }
    let args = ["reserve", "me", "1usd", "--ttl", "1h", "--key", "k"];
    let states = sweep(&template, &args, |disk, output, what| {
        check_flushed(output, what);
        check_keyed((disk, output, what), &args, |books| {
            books.expect("a ledger").reservations.len() - before
        });
    });
    assert!(states > 100, "only {states}");
}

/// The kernel tells of a page that it could not write once, to those who have the file open: who
/// opens it after its own write may hear nothing of it, because a neighbour was told.
#[test]
fn the_log_is_flushed_through_a_file_that_was_open_before_the_write() {
    let template = Disk::with_budget();
    let mut calls = Vec::new();
    for at in 1.. {
        assert!(at < IMPOSSIBLE, "it never gets by");
        let (errno, sticky) = ("EIO", false);
        let disk = template.copy();
        let fault = Fault { at, errno, sticky };
        let Some((_, what)) = disk.run_with(&["reserve", "me", "1usd"], fault) else {
            break;
        };
        let call = what.split_once(" at ").map(|(_, at)| at.to_owned());
        calls.push(call.expect("a call"));
    }
    let last = |name: &str| {
        let is_it = |call: &String| call.contains(&format!(" {name} home/ledger.db-wal"));
        calls.iter().rposition(is_it).expect(name)
    };
    let (opened, written, flushed) = (last("open"), last("pwrite"), last("fdatasync"));
    assert!(opened < written && written < flushed, "{calls:#?}");
}

#[test]
fn commit_happens_once_or_not_at_all() {
    let template = Disk::with_budget();
    let id = template.ok(&["reserve", "me", "1usd", "--ttl", "1h"]);
    let args = ["commit", &id, "0.40usd", "--key", "k"];
    let states = sweep(&template, &args, |disk, output, what| {
        check_flushed(output, what);
        check_keyed((disk, output, what), &args, |books| {
            let books = books.expect("a ledger");
            match books.reservations[0].state {
                State::Open => assert_eq!(books.figures, (0, 100), "{what}"),
                _ => assert_eq!(books.figures, (40, 0), "{what}"),
            }
            usize::from(books.reservations[0].state == State::Committed)
        });
    });
    assert!(states > 60, "only {states}");
}

#[test]
fn the_first_create_makes_a_ledger_or_can_be_repeated() {
    let args = [
        "create", "me", "--limit", "3usd/day", "--tz", "UTC", "--key", "k",
    ];
    let states = sweep(&Disk::new(), &args, |disk, output, what| {
        check_keyed((disk, output, what), &args, |books| {
            books.map_or(0, |books| books.budgets)
        });
        // The format for reading and writing: 2 is a write-ahead log.
        let head = std::fs::read(disk.ledger()).expect("the ledger");
        assert_eq!(head[18..20], [2, 2], "{what}");
    });
    assert!(states > 150, "only {states}");
}

#[test]
fn a_run_keeps_its_code_and_its_cost() {
    let args = ["exec", "me", "--reserve", "1usd", "--ttl", "60s"];
    let args = [&args[..], &["--", "sh", "-c", "echo ran; exit 3"]].concat();
    let (mut in_time, mut later) = (0, 0);
    let counts = std::sync::Mutex::new((&mut in_time, &mut later));
    let template = Disk::with_budget();
    let states = sweep(&template, &args, |disk, output, what| {
        let has_run = output.stdout == "ran\n";
        match output.code {
            3 => assert!(has_run, "{what}"),
            69 | 125 => assert_eq!(output.stdout, "", "{what}"),
            _ => panic!("{what}"),
        }
        let is_booked = |books: &Books| books.reservations.iter().all(|r| r.state != State::Open);
        let mut counts = counts.lock().expect("the counts");
        *if disk.books(what).as_ref().is_some_and(is_booked) {
            &mut *counts.0
        } else {
            &mut *counts.1
        } += 1;
        // Whatever was left behind is taken in by the next command once the lease is over.
        disk.env.advance(60 + 6);
        let _ = disk.ok(&["create", "other", "--limit", "1usd", "--tz", "UTC"]);
        let books = disk.books(what).expect("a ledger");
        let charged = if has_run { 100 } else { 0 };
        assert_eq!(books.figures, (charged, 0), "{what}");
        assert!(is_booked(&books) && books.reservations.len() <= 1, "{what}");
    });
    println!("exec: {in_time} settled in time, {later} later");
    assert!(states > 100 && later > 0, "{states} states, {later} later");
}
