//! Agents that keep their sessions in databases: what a run wrote there is what it is charged, what
//! was there before is imported once, and nothing of the agent's is changed.

#[cfg(test)]
mod support;

#[path = "support/fake.rs"]
mod fake;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::Connection;
use serde_json::Value;
use support::{NOON, Output, TestEnv};

/// How an agent keeps a request of 100,000 tokens of input, for 30 cents.
struct Kept {
    agent: &'static str,
    /// Its command line.
    line: &'static [&'static str],
    /// From the home directory.
    place: &'static str,
    tables: &'static str,
    /// Adds a request with the number `{n}`, of the session `{s}`, in the directory `{cwd}`, at
    /// `{at}` in milliseconds.
    request: &'static str,
}

const AGENTS: [Kept; 4] = [
    Kept {
        agent: "copilot",
        line: &["copilot", "-p", "hi"],
        place: ".copilot/session-store.db",
        tables: "CREATE TABLE sessions (id TEXT PRIMARY KEY, cwd TEXT); \
            CREATE TABLE assistant_usage_events (id INTEGER PRIMARY KEY AUTOINCREMENT, \
            session_id TEXT, model TEXT, input_tokens INTEGER, output_tokens INTEGER, \
            cache_read_tokens INTEGER, cache_write_tokens INTEGER, reasoning_tokens INTEGER, \
            initiator TEXT, created_at TEXT)",
        request: "INSERT OR IGNORE INTO sessions VALUES ('{s}', '{cwd}'); \
            INSERT INTO assistant_usage_events (id, session_id, model, input_tokens, \
            output_tokens, created_at) VALUES ({n}, '{s}', 'claude-sonnet-4-5', 100000, 0, \
            strftime('%Y-%m-%dT%H:%M:%fZ', {at} / 1000.0, 'unixepoch'))",
    },
    Kept {
        agent: "goose",
        line: &["goose", "run", "--name", "n", "-t", "hi"],
        place: ".local/share/goose/sessions/sessions.db",
        tables: "CREATE TABLE sessions (id TEXT PRIMARY KEY, working_dir TEXT, \
            provider_name TEXT); \
            CREATE TABLE usage_ledger (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, \
            created_timestamp INTEGER, model TEXT, input_tokens INTEGER, output_tokens INTEGER, \
            cache_read_tokens INTEGER, cache_write_tokens INTEGER, cost REAL, cost_source TEXT)",
        request: "INSERT OR IGNORE INTO sessions VALUES ('{s}', '{cwd}', 'anthropic'); \
            INSERT INTO usage_ledger (id, session_id, created_timestamp, model, input_tokens, \
            output_tokens) VALUES ({n}, '{s}', {at} / 1000, 'claude-sonnet-4-5', 100000, 0)",
    },
    Kept {
        agent: "llm",
        line: &["llm", "hi"],
        place: ".config/io.datasette.llm/logs.db",
        tables: "CREATE TABLE turns (id TEXT PRIMARY KEY, thread_id TEXT, model TEXT, \
            resolved_model TEXT, input_tokens INTEGER, output_tokens INTEGER, \
            token_details TEXT, datetime_utc TEXT, response_json TEXT)",
        request: "INSERT INTO turns (id, thread_id, model, input_tokens, output_tokens, \
            datetime_utc) VALUES ('01m7z605fas4f87ey8aj6wrdg{n}', '{s}', 'claude-sonnet-4-5', \
            100000, 0, strftime('%Y-%m-%dT%H:%M:%f+00:00', {at} / 1000.0, 'unixepoch'))",
    },
    Kept {
        agent: "opencode",
        line: &["opencode", "run", "--title", "t", "hi"],
        place: ".local/share/opencode/opencode.db",
        tables: "CREATE TABLE session (id TEXT PRIMARY KEY, parent_id TEXT); \
            CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, \
            data TEXT)",
        request: "INSERT INTO message VALUES ('msg_1fe71bd050011c0AmiA395MkrU{n}', '{s}', {at}, \
            json_object('role', 'assistant', 'modelID', 'claude-sonnet-4-5', \
            'providerID', 'anthropic', 'path', json_object('cwd', '{cwd}'), 'cost', 0.3, \
            'time', json_object('created', {at}), \
            'tokens', json_object('input', 100000, 'output', 0)))",
    },
];

/// Noon, in milliseconds.
const AT: u64 = 1_795_262_400_000;
const DAY: u64 = 86_400_000;

impl Kept {
    fn request(&self, env: &TestEnv, number: u64, session: &str, at: u64) -> String {
        self.request
            .replace("{n}", &number.to_string())
            .replace("{s}", session)
            .replace("{cwd}", env.path().to_str().expect("UTF-8"))
            .replace("{at}", &at.to_string())
    }

    /// The database in its place, still open.
    fn database(&self, env: &TestEnv, mode: &str) -> Connection {
        let path = env.path().join(self.place);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        let connection = Connection::open(path).expect("a database");
        let mode = format!("PRAGMA journal_mode = {mode}; PRAGMA wal_autocheckpoint = 0");
        connection.execute_batch(&mode).expect("a mode");
        connection.execute_batch(self.tables).expect("tables");
        connection
    }

    /// A program of the agent's name that puts this database in its place, as of noon.
    fn program(&self, env: &TestEnv, requests: &[String]) -> PathBuf {
        let made = env.path().join(format!("{}.made", self.agent));
        let _ = fs::remove_file(&made);
        let connection = Connection::open(&made).expect("a database");
        connection.execute_batch(self.tables).expect("tables");
        for request in requests {
            connection.execute_batch(request).expect("a request");
        }
        connection.close().expect("it is closed");
        let place = env.path().join(self.place);
        let body = format!(
            "mkdir -p '{}'\ncp '{}' '{}'\ntouch -d {NOON} '{3}'",
            place.parent().expect("a parent").display(),
            made.display(),
            place.display(),
            place.display(),
        );
        fake::script(env, self.line[0], &body)
    }

    /// What a run of it is charged.
    fn exec(&self, env: &TestEnv, requests: &[String], line: &[&str]) -> Output {
        let program = self.program(env, requests);
        let mut command = env.command();
        command.args(["exec", "me", "--reserve", "5usd", "--"]);
        Output::of(command.arg(program).args(&line[1..]))
    }
}

fn env() -> TestEnv {
    TestEnv::with("me", &["100usd"])
}

fn spent(env: &TestEnv) -> String {
    env.figure("me", "usd", "spent")
}

fn import(env: &TestEnv, agent: &str) -> Value {
    env.json(&["import", agent, "--budget", "me"])
}

/// How many were imported, how many were charged before, how many files were read.
fn counts(done: &Value) -> [u64; 3] {
    [&done["messages"], &done["known"], &done["files"]["read"]]
        .map(|count| count.as_u64().expect("a count"))
}

/// The files beside a database, whole, with their times; of the index of a log that they are there.
fn files(database: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let directory = database.parent().expect("a directory");
    let entries = fs::read_dir(directory).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let file = |path: PathBuf| {
        let modified = fs::metadata(&path).and_then(|found| found.modified());
        let text = fs::read(&path).expect("a file");
        (path, (text, modified.expect("a time")))
    };
    paths.map(file).collect()
}

#[test]
fn a_run_is_charged_what_it_wrote_into_its_database() {
    for kept in &AGENTS {
        let env = env();
        let requests = [
            kept.request(&env, 1, "old", AT - DAY),
            kept.request(&env, 2, "s", AT),
            kept.request(&env, 3, "s", AT + 10),
        ];
        let output = kept.exec(&env, &requests, kept.line);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
        assert_eq!(spent(&env), "0.60", "{}", kept.agent);
        let log = env.json(&["log"]);
        let entries = log["entries"].as_array().expect("entries");
        let entry = entries.iter().find(|entry| entry["kind"] == "committed");
        let usage = &entry.expect("an entry")["usage"];
        assert_eq!(usage["source"], kept.agent, "{usage}");
        assert_eq!(usage["agent_session"], "s", "{usage}");
        assert_eq!(usage["tokens"]["input"], 200_000, "{usage}");
        let is_told = kept.agent == "opencode";
        let cost_is = if is_told { "reported" } else { "computed" };
        assert_eq!(usage["cost_is"], cost_is, "{usage}");
    }
}

#[test]
fn a_session_of_another_time_or_one_of_two_is_not_guessed() {
    for kept in &AGENTS {
        let env = env();
        let older = [
            kept.request(&env, 1, "s", AT - DAY),
            kept.request(&env, 2, "s", AT),
        ];
        let output = kept.exec(&env, &older, kept.line);
        assert!(output.stderr.contains("files do not tell"), "{output}");
        let two = [
            kept.request(&env, 1, "s", AT),
            kept.request(&env, 2, "t", AT),
        ];
        let output = kept.exec(&env, &two, kept.line);
        assert!(output.stderr.contains("several sessions"), "{output}");
        assert_eq!(spent(&env), "10.00", "as reserved, twice");
        // A session that was to be continued is.
        let goes_on = kept.exec(
            &env,
            &older,
            &[kept.line, &["--continue", "--resume"]].concat(),
        );
        assert_eq!(goes_on.code, 0, "{goes_on}");
        assert_eq!(spent(&env), "10.30", "{}: {goes_on}", kept.agent);
    }
}

#[test]
fn a_session_of_another_directory_is_not_the_runs() {
    for kept in AGENTS.iter().filter(|kept| kept.agent != "llm") {
        let env = env();
        let here = env.path().to_str().expect("UTF-8");
        let there = kept.request(&env, 1, "t", AT).replace(here, "/elsewhere");
        let requests = [kept.request(&env, 2, "s", AT), there];
        let output = kept.exec(&env, &requests, kept.line);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
        assert_eq!(spent(&env), "0.30", "{}", kept.agent);
    }
}

#[test]
fn a_title_that_an_agent_has_made_is_unknown() {
    let [_, goose, _, opencode] = &AGENTS;
    for (kept, line) in [
        (opencode, &["opencode", "run", "hi"][..]),
        (opencode, &["opencode"]),
        (goose, &["goose", "run", "-t", "hi"]),
    ] {
        let env = env();
        let output = kept.exec(&env, &[kept.request(&env, 1, "s", AT)], line);
        assert!(output.stderr.contains("made for its session"), "{output}");
        assert_eq!(spent(&env), "5.00");
        let log = env.json(&["log", "-n", "1"]);
        let usage = &log["entries"][0]["usage"];
        assert_eq!(usage["tokens"]["input"], 100_000, "{log}");
    }
}

#[test]
fn all_that_is_left_is_given_unasked_only_to_what_writes_everything_down() {
    for kept in &AGENTS {
        let env = env();
        let program = kept.program(&env, &[kept.request(&env, 1, "s", AT)]);
        let run = |line: &[&str]| {
            let mut command = env.command();
            Output::of(command.args(["exec", "me", "--"]).arg(&program).args(line))
        };
        let output = run(&kept.line[1..]);
        assert_eq!(
            (output.code, spent(&env)),
            (0, "0.30".to_owned()),
            "{output}"
        );
        if matches!(kept.agent, "goose" | "opencode") {
            assert_eq!(run(&["run", "hi"]).code, 2);
        }
    }
}

#[test]
fn each_request_is_imported_once_also_from_the_log_of_a_running_agent() {
    for kept in &AGENTS {
        let env = env();
        let running = kept.database(&env, "WAL");
        let add = |number| {
            let request = kept.request(&env, number, "s", AT - DAY);
            running.execute_batch(&request).expect("a request");
        };
        add(1);
        add(2);
        let place = env.path().join(kept.place);
        let before = files(&place);
        assert_eq!(before.len(), 3, "with its log and index");
        assert_eq!(
            counts(&import(&env, kept.agent)),
            [2, 0, 1],
            "{}",
            kept.agent
        );
        assert_eq!(
            counts(&import(&env, kept.agent)),
            [0, 0, 0],
            "{}",
            kept.agent
        );
        assert_eq!(files(&place), before, "{}", kept.agent);
        // In the log alone.
        add(3);
        assert_eq!(
            counts(&import(&env, kept.agent)),
            [1, 2, 1],
            "{}",
            kept.agent
        );
        assert_eq!(spent(&env), "0.90");
        // The same rows in a file that is another one.
        running.close().expect("it is closed");
        let before = files(&place);
        assert_eq!(before.len(), 1);
        assert_eq!(
            counts(&import(&env, kept.agent)),
            [0, 3, 1],
            "{}",
            kept.agent
        );
        assert_eq!(files(&place), before, "{}", kept.agent);
    }
}

#[test]
fn what_exec_metered_is_not_imported_again() {
    for kept in &AGENTS {
        let env = env();
        let ran = kept.exec(&env, &[kept.request(&env, 1, "s", AT)], kept.line);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran}");
        env.advance(3600);
        assert_eq!(
            counts(&import(&env, kept.agent)),
            [0, 1, 1],
            "{}",
            kept.agent
        );
        assert_eq!(spent(&env), "0.30", "{}", kept.agent);
    }
}

#[test]
fn a_database_that_is_locked_or_broken_is_left_out_and_told() {
    for kept in &AGENTS {
        let env = env();
        let writer = kept.database(&env, "DELETE");
        let request = kept.request(&env, 1, "s", AT - DAY);
        writer.execute_batch(&request).expect("a request");
        writer.execute_batch("BEGIN EXCLUSIVE").expect("a lock");
        let arguments = ["import", kept.agent, "--budget", "me"];
        let output = env.run(&arguments);
        let is_told = output.stderr.contains("another process keeps it locked");
        assert!(is_told && output.code == 0, "{output}");
        writer.execute_batch("COMMIT").expect("no lock");
        writer.close().expect("it is closed");
        assert_eq!(
            counts(&import(&env, kept.agent)),
            [1, 0, 1],
            "{}",
            kept.agent
        );
        fs::write(env.path().join(kept.place), "no database").expect("a file");
        let output = env.run(&arguments);
        assert!(output.stderr.contains("it is no database"), "{output}");
        assert_eq!(spent(&env), "0.30");
    }
}

#[test]
fn a_goose_that_keeps_totals_only_is_told_apart() {
    let env = env();
    let place = env.path().join(".local/share/goose/sessions/sessions.db");
    fs::create_dir_all(place.parent().expect("a parent")).expect("a directory");
    let totals = "CREATE TABLE sessions (id TEXT PRIMARY KEY, accumulated_input_tokens INTEGER)";
    let connection = Connection::open(place).expect("a database");
    connection.execute_batch(totals).expect("a table");
    let output = env.run(&["import", "goose", "--budget", "me"]);
    assert!(
        output
            .stderr
            .contains("keeps the totals of its sessions only"),
        "{output}"
    );
}

#[test]
fn the_places_of_the_variables_are_read() {
    let named = [
        ("COPILOT_HOME", "session-store.db"),
        ("GOOSE_PATH_ROOT", "data/sessions/sessions.db"),
        ("LLM_USER_PATH", "logs.db"),
        ("XDG_DATA_HOME", "opencode/opencode.db"),
    ];
    for (kept, (variable, place)) in AGENTS.iter().zip(named) {
        let env = env();
        let database = kept.database(&env, "DELETE");
        let request = kept.request(&env, 1, "s", AT - DAY);
        database.execute_batch(&request).expect("a request");
        database.close().expect("it is closed");
        let own = env.path().join("own").join(place);
        fs::create_dir_all(own.parent().expect("a parent")).expect("a directory");
        fs::rename(env.path().join(kept.place), own).expect("a place");
        let mut command = env.command();
        command.env(variable, env.path().join("own"));
        let output = Output::of(command.args(["import", kept.agent, "--budget", "me"]));
        assert_eq!(output.code, 0, "{output}");
        assert_eq!(spent(&env), "0.30", "{}", kept.agent);
    }
}
