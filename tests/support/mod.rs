//! A hermetic place to run the real binary in: its own home and ledger, a clock that stands still
//! unless it is moved, nothing of the caller's environment but the path.

#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::disallowed_methods,
    clippy::missing_docs_in_private_items,
    reason = "every test binary uses another part of it"
)]

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use budget_ledger::ledger::timestamp::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

/// Saturday noon, UTC.
pub(crate) const NOON: &str = "2026-11-21T12:00:00Z";

/// Whether committed files are to be written anew instead of compared.
#[expect(
    clippy::disallowed_methods,
    reason = "a switch for whoever runs the tests"
)]
pub(crate) fn is_regenerating() -> bool {
    std::env::var_os("BUDGET_REGENERATE").is_some_and(|value| value == "1")
}

/// Compares a file with what it should hold, or writes it.
#[track_caller]
pub(crate) fn check(path: &Path, wanted: &[u8]) {
    if is_regenerating() {
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        std::fs::write(path, wanted).expect("a writable file");
        return;
    }
    let found = std::fs::read(path).unwrap_or_default();
    let same = found == wanted;
    let first = || {
        let (found, wanted) = (
            String::from_utf8_lossy(&found),
            String::from_utf8_lossy(wanted),
        );
        let differs = |(a, b): &(&str, &str)| a != b;
        let lines = found.lines().zip(wanted.lines()).find(differs);
        format!("{lines:?}")
    };
    assert!(
        same,
        "{} is out of date; BUDGET_REGENERATE=1 writes it anew. First difference: {}",
        path.display(),
        first()
    );
}

/// Compares what a view shows with the committed file of that name in `tests/golden`, or writes it.
#[track_caller]
pub(crate) fn golden(name: &str, shown: &str) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    check(&golden.join(name), shown.as_bytes());
}

/// A home, a ledger and a clock.
pub(crate) struct TestEnv {
    dir: TempDir,
    clock: Mutex<Clock>,
    sound: Mutex<bool>,
}

#[derive(Clone, Copy)]
struct Clock {
    wall_us: i64,
    boot_us: i64,
    boot: i64,
}

/// What one run of the binary printed, and its exit code.
#[must_use]
pub(crate) struct Output {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl TestEnv {
    /// A place without a ledger, at noon.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let wall_us = Timestamp::parse_rfc3339(NOON).expect("noon").as_micros();
        let clock = Mutex::new(Clock {
            wall_us,
            boot_us: 1_000_000_000,
            boot: 1,
        });
        let env = Self {
            dir,
            clock,
            sound: Mutex::new(true),
        };
        env.write_clock();
        env
    }

    /// A place with one budget.
    pub(crate) fn with(name: &str, limits: &[&str]) -> Self {
        let env = Self::new();
        let mut args = vec!["create", name, "--tz", "UTC"];
        for limit in limits {
            args.extend(["--limit", limit]);
        }
        env.ok(&args);
        env
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.dir.path().join("ledger").join("ledger.db")
    }

    /// The binary, ready to be given arguments.
    pub(crate) fn command(&self) -> Command {
        self.program(env!("CARGO_BIN_EXE_budget"))
    }

    /// Any program in the same surroundings, with `budget` in its path.
    pub(crate) fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let bin = Path::new(env!("CARGO_BIN_EXE_budget"))
            .parent()
            .expect("a directory");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("HOME", self.dir.path())
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8")
            .env("BUDGET_LEDGER", self.ledger())
            .env("BUDGET_TEST_CLOCK", self.dir.path().join("clock"))
            .current_dir(self.dir.path())
            .stdin(Stdio::null());
        command
    }

    /// The same with the real clocks, for tests in which time really passes.
    pub(crate) fn real_time(&self) -> Command {
        let mut command = self.command();
        command.env_remove("BUDGET_TEST_CLOCK");
        command
    }

    /// Runs the binary.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Output {
        Output::of(self.command().args(args))
    }

    /// Runs the binary, which must succeed, and returns its stdout without the last line break.
    #[track_caller]
    pub(crate) fn ok<S: AsRef<OsStr>>(&self, args: &[S]) -> String {
        let output = self.run(args);
        assert_eq!(output.code, 0, "{output}");
        output.stdout.trim_end_matches('\n').to_owned()
    }

    /// Runs the binary, which must exit with a code, and returns its stderr.
    #[track_caller]
    pub(crate) fn fails<S: AsRef<OsStr>>(&self, args: &[S], code: i32) -> String {
        let output = self.run(args);
        assert_eq!(output.code, code, "{output}");
        output.stderr
    }

    /// Runs the binary with `--json`, which must succeed.
    #[track_caller]
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let mut args = args.to_vec();
        args.push("--json");
        serde_json::from_str(&self.ok(&args)).expect("JSON")
    }

    /// The JSON error of a run with `--json`, which must exit with a code.
    #[track_caller]
    pub(crate) fn json_error(&self, args: &[&str], code: i32) -> Value {
        let mut args = args.to_vec();
        args.push("--json");
        let stderr = self.fails(&args, code);
        serde_json::from_str(stderr.lines().next().unwrap_or_default()).expect("a JSON error")
    }

    /// Reserves and returns the id.
    #[track_caller]
    pub(crate) fn reserve(&self, name: &str, amounts: &[&str]) -> String {
        let mut args = vec!["reserve", name];
        args.extend(amounts);
        self.ok(&args)
    }

    /// A figure of a budget's limit as its exact decimal: `figure("me", "usd/day", "spent")`.
    #[track_caller]
    pub(crate) fn figure(&self, name: &str, limit: &str, figure: &str) -> String {
        let status = self.json(&["status", name]);
        let (unit, period) = limit
            .split_once('/')
            .map_or((limit, None), |(u, p)| (u, Some(p)));
        let budgets = status["budgets"].as_array().expect("budgets");
        let budget = budgets
            .iter()
            .find(|b| b["name"] == name)
            .expect("the budget");
        let limits = budget["limits"].as_array().expect("limits");
        let found = limits
            .iter()
            .find(|l| l["unit"] == unit && l["period"].as_str() == period)
            .unwrap_or_else(|| panic!("no {limit} in {budget}"));
        match &found[figure] {
            Value::Bool(flag) => flag.to_string(),
            amount => amount["amount"].as_str().expect("an amount").to_owned(),
        }
    }

    /// Every row of every table, as text: equal dumps are equal ledgers. Leaves out what the
    /// clocks said at the latest write.
    pub(crate) fn dump(&self) -> String {
        let conn = rusqlite::Connection::open(self.ledger()).expect("the ledger");
        let mut tables = conn
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            .expect("tables");
        let tables: Vec<String> = tables
            .query_map([], |row| row.get(0))
            .expect("tables")
            .collect::<Result<_, _>>()
            .expect("tables");
        let mut dump = String::new();
        for table in tables {
            let columns = if table == "ledger" {
                "uuid, created_us, units"
            } else {
                "*"
            };
            let mut rows = conn
                .prepare(&format!("SELECT {columns} FROM {table}"))
                .expect("a table");
            let count = rows.column_count();
            let mut rows = rows.query([]).expect("rows");
            while let Some(row) = rows.next().expect("a row") {
                dump.push_str(&table);
                for column in 0..count {
                    dump.push_str(&format!(" {:?}", row.get_ref(column).expect("a value")));
                }
                dump.push('\n');
            }
        }
        dump
    }

    /// Runs SQL that a ledger would never run, for tests that damage one.
    pub(crate) fn damage(&self, sql: &str) {
        *self.sound.lock().expect("the flag") = false;
        let conn = rusqlite::Connection::open(self.ledger()).expect("the ledger");
        conn.execute_batch(sql).expect(sql);
    }

    /// Says that the ledger is not expected to verify at the end of the test.
    pub(crate) fn expect_damage(&self) {
        *self.sound.lock().expect("the flag") = false;
    }

    /// Lets both clocks run on.
    pub(crate) fn advance(&self, seconds: i64) {
        let mut clock = self.clock.lock().expect("the clock");
        clock.wall_us += seconds * 1_000_000;
        clock.boot_us += seconds * 1_000_000;
        drop(clock);
        self.write_clock();
    }

    /// Lets both clocks run on by microseconds.
    pub(crate) fn advance_us(&self, micros: i64) {
        let mut clock = self.clock.lock().expect("the clock");
        clock.wall_us += micros;
        clock.boot_us += micros;
        drop(clock);
        self.write_clock();
    }

    /// Moves the wall clock alone, as somebody who sets it does.
    pub(crate) fn jump(&self, seconds: i64) {
        self.clock.lock().expect("the clock").wall_us += seconds * 1_000_000;
        self.write_clock();
    }

    /// Restarts the machine: another boot, whose clock starts at 0, `seconds` later.
    pub(crate) fn reboot(&self, seconds: i64) {
        let mut clock = self.clock.lock().expect("the clock");
        *clock = Clock {
            wall_us: clock.wall_us + seconds * 1_000_000,
            boot_us: 0,
            boot: clock.boot + 1,
        };
        drop(clock);
        self.write_clock();
    }

    /// Sets both clocks to an instant, as if the time in between had passed.
    pub(crate) fn set_time(&self, rfc3339: &str) {
        let wall_us = Timestamp::parse_rfc3339(rfc3339)
            .expect(rfc3339)
            .as_micros();
        let mut clock = self.clock.lock().expect("the clock");
        clock.boot_us += wall_us - clock.wall_us;
        clock.wall_us = wall_us;
        drop(clock);
        self.write_clock();
    }

    fn write_clock(&self) {
        let Clock {
            wall_us,
            boot_us,
            boot,
        } = *self.clock.lock().expect("the clock");
        let (part, whole) = (
            self.dir.path().join("clock.part"),
            self.dir.path().join("clock"),
        );
        std::fs::write(&part, format!("{wall_us} {boot_us} {boot}\n")).expect("the clock");
        std::fs::rename(part, whole).expect("the clock");
    }
}

impl Output {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::from(&command.output().expect("the command runs"))
    }
}

impl From<&std::process::Output> for Output {
    fn from(output: &std::process::Output) -> Self {
        use std::os::unix::process::ExitStatusExt;
        let code = output.status.code();
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: code
                .or(output.status.signal().map(|n| 128 + n))
                .unwrap_or(-1),
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "exit {}\n--- stdout\n{}--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}

impl Drop for TestEnv {
    /// A test that touched a ledger leaves one that verifies.
    fn drop(&mut self) {
        let is_sound = self.sound.lock().is_ok_and(|sound| *sound);
        if is_sound && !std::thread::panicking() && self.ledger().exists() {
            let output = self.run(&["verify"]);
            assert_eq!(output.code, 0, "{output}");
        }
    }
}
