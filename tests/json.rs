//! The JSON of every command is what `docs/schemas` says, and the shapes that scripts lean on
//! most are declared here a second time, without room for a field nobody wrote down.

#[cfg(test)]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use jsonschema::{Resource, Validator};
use serde::Deserialize;
use serde_json::Value;
use support::TestEnv;

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/schemas")
}

fn schema(name: &str) -> Value {
    let path = directory().join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn validator(name: &str) -> Validator {
    let common = Resource::from_contents(schema("common")).expect("a schema");
    jsonschema::options()
        .with_resource("urn:budget:1:common", common)
        .build(&schema(name))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The same as `jq` hands it on.
fn through_jq(answer: &Value) -> Value {
    let mut jq = Command::new("jq");
    let jq = jq.arg(".").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut jq = jq.spawn().expect("jq");
    let mut stdin = jq.stdin.take().expect("a pipe");
    stdin
        .write_all(answer.to_string().as_bytes())
        .expect("a reader");
    drop(stdin);
    let output = jq.wait_with_output().expect("an end");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Holds an answer against its schema; and `jq` reads it as it is.
#[track_caller]
fn check(name: &str, answer: &Value) {
    assert_eq!(through_jq(answer), *answer, "{name} through jq");
    let found: Vec<_> = validator(name)
        .iter_errors(answer)
        .map(|error| format!("{} at {}", error, error.instance_path))
        .collect();
    assert!(
        found.is_empty(),
        "{name}: {found:#?}\n{answer:#}\nis not what the schema says"
    );
}

/// A ledger in which everything has happened once.
fn lived_in() -> TestEnv {
    let env = TestEnv::with("me", &["3usd/day", "2slots"]);
    env.ok(&[
        "create",
        "me/sub",
        "--limit",
        "1usd/5h",
        "--cap",
        "max_tokens=5",
        "--tz",
        "UTC",
    ]);
    let lost = env.reserve("me", &["0.10usd"]);
    env.advance(100);
    env.ok(&["commit", &lost, "0.05usd"]);
    env.reserve("me", &["0.20usd"]);
    env.advance(100);
    env.ok(&[
        "spend", "me", "0.01usd", "--tag", "job=a", "--note", "n", "--model", "m",
    ]);
    env.ok(&["grant", "me", "1usd/day"]);
    env.ok(&["exec", "me", "--reserve", "0.10usd", "--", "true"]);
    env
}

#[test]
fn budgets_are_as_documented() {
    let env = lived_in();
    let forms: [&[&str]; 8] = [
        &[
            "create",
            "x",
            "--limit",
            "5usd/day",
            "--warn",
            "80%",
            "--reserve",
            "1usd",
        ],
        &[
            "set",
            "x",
            "--limit",
            "6usd/day",
            "--cap",
            "cooldown=5s",
            "--cap",
            "allow_tools=a,b",
        ],
        &["grant", "x", "1usd/day"],
        &["freeze", "x"],
        &["unfreeze", "x"],
        &["close", "x"],
        &["list", "--all"],
        &["show", "me"],
    ];
    for form in forms {
        check("budgets", &env.json(form));
    }
}

#[test]
fn status_is_as_documented_before_there_is_a_ledger_too() {
    let env = TestEnv::new();
    check("status", &env.json(&["status"]));
    check("budgets", &env.json(&["list"]));
    check("log", &env.json(&["log"]));
    check("reservations", &env.json(&["reservations"]));
    check("doctor", &env.json(&["doctor"]));
    check("config", &env.json(&["config"]));
    let env = lived_in();
    env.reserve("me", &["0.10usd"]);
    let lower = "budget = 'me'\nlimits = ['2usd/day']\n";
    std::fs::write(env.path().join(".budget.toml"), lower).expect("a file");
    let status = env.json(&["status"]);
    check("status", &status);
    let limits = &status["budgets"][0]["limits"];
    assert!(limits[0]["project"]["said_by"].is_string(), "{status}");
    assert_eq!(status["open"].as_array().map(Vec::len), Some(1), "{status}");
    assert_eq!(
        status["unknown"].as_array().map(Vec::len),
        Some(1),
        "{status}"
    );
}

#[test]
fn where_limits_are_heading_is_as_documented() {
    let env = lived_in();
    env.ok(&["create", "endless", "--limit", "9usd", "--tz", "UTC"]);
    let outlooks = || {
        let found = env.json(&["forecast"]);
        check("forecast", &found);
        check("status", &env.json(&["status"]));
        let budgets = found["budgets"].as_array().cloned().unwrap_or_default();
        let limits = budgets
            .iter()
            .filter_map(|b| b["limits"].as_array().cloned());
        let outlook = |limit: Value| limit["forecast"]["outlook"].as_str().map(str::to_owned);
        limits
            .flatten()
            .filter_map(outlook)
            .collect::<BTreeSet<_>>()
    };
    let early = ["endless", "nothing", "too_early"].map(str::to_owned);
    assert_eq!(outlooks(), early.into());
    env.set_time("2026-11-21T20:00:00Z");
    assert!(outlooks().contains("heading"));
    let pace = &env.json(&["status", "me"])["budgets"][0]["limits"][0]["pace"];
    assert!(pace["at_end"]["amount"].is_string(), "{pace}");
}

#[test]
fn reservations_are_as_documented() {
    let env = lived_in();
    check("check", &env.json(&["check", "me/sub", "0.10usd"]));
    check(
        "check",
        &env.json(&["reserve", "me", "0.10usd", "--dry-run"]),
    );
    let tagged = [
        "reserve",
        "me/sub",
        "0.20usd",
        "--tag",
        "a=b",
        "--action",
        "tool:bash",
    ];
    let held = env.json(&tagged);
    check("reserve", &held);
    let id = held["id"].as_str().expect("an id");
    check(
        "reservations",
        &env.json(&["reservations", "--state", "all"]),
    );
    check("extend", &env.json(&["extend", id]));
    check("settled", &env.json(&["commit", id, "0.05usd", "--keep"]));
    check(
        "settled",
        &env.json(&["commit", id, "0.05usd", "--output-tokens", "5"]),
    );
    let other = env.reserve("me", &["0.10usd"]);
    check(
        "settled",
        &env.json(&["release", &other, "--reason", "none"]),
    );
    let charged = env.json(&["spend", "me", "0.02usd", "3tokens"]);
    check("spend", &charged);
    check(
        "refund",
        &env.json(&["refund", &charged["entry"].to_string(), "0.01usd"]),
    );
    check(
        "reservations",
        &env.json(&["reservations", "--state", "all"]),
    );
    check("log", &env.json(&["log"]));
}

#[test]
fn what_is_left_and_what_is_proved_is_as_documented() {
    let env = lived_in();
    check("remaining", &env.json(&["remaining", "me"]));
    check("remaining", &env.json(&["remaining"]));
    check("doctor", &env.json(&["doctor"]));
    check("verify", &env.json(&["verify"]));
    env.damage("UPDATE limit_window SET spent = spent + 1 WHERE spent > 0");
    let output = env.run(&["verify", "--json"]);
    assert_eq!(output.code, 65, "{output}");
    check(
        "verify",
        &serde_json::from_str(&output.stdout).expect("JSON"),
    );
    check(
        "error",
        &serde_json::from_str(&output.stderr).expect("JSON"),
    );
}

#[test]
fn a_report_is_as_documented() {
    let env = TestEnv::new();
    check("report", &env.json(&["report"]));
    let env = lived_in();
    check("report", &env.json(&["report"]));
    let by = [
        "report", "me", "--by", "month", "--by", "model", "--by", "session", "--by", "tag:job",
    ];
    let report = env.json(&[&by[..], &["--since", "2026-11-01", "--until", "2026-11-21"]].concat());
    check("report", &report);
    assert_eq!(report["rows"].as_array().map(Vec::len), Some(3), "{report}");
}

#[test]
fn an_import_is_as_documented() {
    let env = TestEnv::with("me", &["9usd"]);
    let directory = env.path().join(".claude/projects/-src");
    std::fs::create_dir_all(&directory).expect("a directory");
    let line = r#"{"type":"assistant","timestamp":"2026-11-18T09:00:00Z","sessionId":"s","requestId":"r","cwd":"/src",
"message":{"id":"m","model":"MODEL","usage":{"input_tokens":5,"output_tokens":7}}}"#;
    let lines = ["claude-sonnet-4-5", "nobody-knows-1"].map(|model| {
        let line = line.replace('\n', "").replace("MODEL", model);
        line.replace(r#""id":"m""#, &format!(r#""id":"{model}""#))
    });
    std::fs::write(directory.join("s.jsonl"), lines.join("\n") + "\n").expect("a file");
    let done = env.json(&["import", "claude-code", "--budget", "me"]);
    check("import", &done);
    assert_eq!(done["messages"], 1, "{done}");
    assert_eq!(done["left_out"][0]["count"], 1, "{done}");
    check("log", &env.json(&["log"]));
}

#[test]
fn statements_and_quotes_are_as_documented() {
    let env = lived_in();
    env.ok(&["set", "me", "--limit", "4usd/day"]);
    env.reserve("me", &["0.10usd"]);
    env.advance(100);
    check("statement", &env.json(&["statement", "me"]));
    check(
        "statement",
        &env.json(&["statement", "me", "--since", "3d", "--until", "2026-11-21"]),
    );
    env.ok(&["spend", "me", "70tokens"]);
    let tokens = env.json(&["statement", "me", "--limit", "tokens"]);
    check("statement", &tokens);
    assert_eq!(
        tokens["uncounted"][0]["total"]["amount"], "70",
        "{tokens:#}"
    );
    let quote = || {
        let args = ["quote", "me", "--json", "--", "true"];
        serde_json::from_str::<Value>(&env.ok(&args)).expect("JSON")
    };
    check("quote", &quote());
    for _ in 0..4 {
        env.ok(&["exec", "me", "--reserve", "0.40usd", "--", "true"]);
    }
    check("quote", &quote());
    env.ok(&["spend", "me", "4usd"]);
    let denied = quote();
    assert_eq!(denied["admitted"], false, "{denied:#}");
    check("quote", &denied);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = env.command();
    command
        .args(["log", "-n", "3", "--follow", "--json"])
        .stdout(writer);
    let mut child = command.spawn().expect("the binary");
    drop(command);
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(reader));
    for _ in 0..3 {
        let line = lines.next().expect("a line").expect("text");
        check("log-entry", &serde_json::from_str(&line).expect("JSON"));
    }
    drop(lines);
    assert!(child.wait().expect("an end").success());
}

#[test]
fn repricing_is_as_documented() {
    let env = TestEnv::with("me", &["9usd"]);
    let price = |usd: u32| {
        let own = format!("[[model]]\nname = \"m\"\ninput = {usd}\n");
        std::fs::write(env.path().join("own.toml"), own).expect("a table");
        env.ok(&["prices", "import", "own.toml"]);
    };
    price(1);
    for id in ["1", "2"] {
        let answer = format!(
            r#"{{"id":"{id}","object":"chat.completion","model":"m","choices":[],"service_tier":"flex",
            "usage":{{"prompt_tokens":1000000,"completion_tokens":0}}}}"#
        );
        std::fs::write(env.path().join("answer"), answer).expect("an answer");
        env.ok(&["spend", "me", "--response", "answer"]);
    }
    env.ok(&["refund", "3", "0.50usd"]);
    price(2);
    let would = env.json(&["reprice", "--all", "--dry-run"]);
    check("reprice", &would);
    let done = env.json(&["reprice", "me"]);
    check("reprice", &done);
    assert_eq!(
        (&would["changed"][0]["charge"], &done["left"][0]["count"]),
        (&2.into(), &1.into())
    );
    check("log", &env.json(&["log"]));
    check("reprice", &env.json(&["reprice", "me"]));
}

#[test]
fn prices_are_as_documented() {
    let env = TestEnv::new();
    let own = "[[model]]\nname = \"m\"\ninput = 1\n";
    std::fs::write(env.path().join("own.toml"), own).expect("a table");
    check("prices", &env.json(&["prices", "show", "gpt-5.5"]));
    check("prices", &env.json(&["prices", "list"]));
    check("prices-diff", &env.json(&["prices", "diff", "own.toml"]));
    check(
        "prices-import",
        &env.json(&["prices", "import", "own.toml"]),
    );
    let dearer = own.replace("input = 1", "input = 2");
    std::fs::write(env.path().join("own.toml"), dearer).expect("a table");
    let changed = env.json(&["prices", "diff", "own.toml"]);
    assert_eq!(
        changed["changed"][0]["from"][0]["usd_per_million"]["input"],
        "1"
    );
    check("prices-diff", &changed);
}

#[test]
fn errors_are_as_documented() {
    let env = lived_in();
    let frozen = ["create", "cold", "--limit", "1usd", "--tz", "UTC"];
    env.ok(&frozen);
    env.ok(&["freeze", "cold"]);
    let forms: [(&[&str], i32, &str); 9] = [
        (&["reserve", "me", "3.70usd"], 75, "denied"),
        (&["reserve", "me", "9usd"], 77, "refused"),
        (&["reserve", "cold", "1usd"], 75, "denied"),
        (&["reserve", "you", "1usd"], 66, "not_found"),
        (&["reserve", "me", "1tokens"], 65, "unit_mismatch"),
        (&["reserve", "me", "1euro"], 2, "unknown_unit"),
        (&["reserve", "me", "much"], 2, "usage"),
        (&["frobnicate"], 2, "usage"),
        (&["create", "me", "--limit", "1usd"], 65, "conflict"),
    ];
    for (form, exit, code) in forms {
        let error = env.json_error(form, exit);
        check("error", &error);
        assert_eq!(error["error"]["code"], code, "{error}");
    }
    let stopped = env.json_error(&["reserve", "cold", "1usd"], 75);
    assert_eq!(stopped["error"]["stopped"]["state"], "frozen", "{stopped}");
    let never = env.json_error(&["reserve", "me", "9usd"], 77);
    assert_eq!(
        never["error"]["retry_after_seconds"],
        Value::Null,
        "{never}"
    );
}

#[test]
fn the_result_of_a_run_is_as_documented() {
    let env = lived_in();
    let result = |args: &[&str], code: i32| {
        let mut all = vec!["exec", "me", "--result", "result.json"];
        all.extend(args);
        let output = env.run(&all);
        assert_eq!(output.code, code, "{output}");
        let text = std::fs::read_to_string(env.path().join("result.json")).expect("a result");
        let result: Value = serde_json::from_str(&text).expect("JSON");
        check("result", &result);
        result
    };
    let ran = result(&["--reserve", "0.10usd", "--", "sh", "-c", "exit 4"], 4);
    assert_eq!(
        (&ran["outcome"], &ran["exit_code"]),
        (&"ran".into(), &4.into())
    );
    let nested = "budget spend me 0.03usd >/dev/null";
    let ran = result(&["--reserve", "0.10usd", "--", "sh", "-c", nested], 0);
    assert_eq!(ran["nested"][0]["amount"], "0.03", "{ran}");
    let killed = result(
        &["--reserve", "0.10usd", "--", "sh", "-c", "kill -9 $$"],
        137,
    );
    assert_eq!(killed["ending"], "signaled", "{killed}");
    let denied = result(&["--reserve", "9usd", "--", "true"], 77);
    assert_eq!(denied["outcome"], "not_started", "{denied}");
    let missing = result(&["--reserve", "0.10usd", "--", "./no-such-program"], 127);
    assert_eq!(missing["error"]["code"], "not_started", "{missing}");
}

/// What the program of `on_event` reads, one event of each kind and of each form.
#[test]
fn events_are_as_documented() {
    use std::os::unix::fs::PermissionsExt;
    let env = TestEnv::with("me", &["10usd/day", "2slots"]);
    let hook = env.path().join("hook");
    std::fs::write(&hook, "#!/bin/sh\ncat >>events\n").expect("a script");
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let directory = env.path().join(".config/budget");
    std::fs::create_dir_all(&directory).expect("a directory");
    let config = format!("on_event = [{:?}]\n", hook.display().to_string());
    std::fs::write(directory.join("config.toml"), config).expect("a file");
    let unpriced = r#"{"id":"1","object":"chat.completion","model":"nobody-knows-1",
"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":0}}"#;
    std::fs::write(env.path().join("answer"), unpriced).expect("an answer");

    env.fails(&["reserve", "me", "11usd"], 77);
    env.reserve("me", &["1usd"]);
    env.advance(120);
    let id = env.reserve("me", &["1usd"]);
    env.ok(&["commit", &id, "2usd"]);
    let id = env.reserve("me", &["1usd"]);
    env.ok(&["commit", &id, "--response", "answer"]);
    env.ok(&["set", "me", "--warn", "1%", "--warn", "90%"]);
    env.ok(&["spend", "me", "9usd"]);
    env.ok(&["freeze", "me"]);
    env.fails(&["exec", "me", "--reserve", "1usd", "--", "true"], 75);

    let events = std::fs::read_to_string(env.path().join("events")).expect("events");
    let mut kinds = BTreeMap::new();
    for line in events.lines() {
        let event: Value = serde_json::from_str(line).expect("JSON");
        check("event", &event);
        let kind = event["event"].as_str().expect("a kind").to_owned();
        *kinds.entry(kind).or_insert(0) += 1;
    }
    let kinds: Vec<_> = kinds
        .iter()
        .map(|(kind, count)| (kind.as_str(), *count))
        .collect();
    let expected = [
        ("denied", 2),
        ("exhausted", 1),
        ("expired", 1),
        ("overrun", 1),
        ("threshold", 2),
        ("unknown", 1),
    ];
    assert_eq!(kinds, expected);
    check("log", &env.json(&["log"]));
}

/// Every command that takes `--json` is in the page, and every schema belongs to one.
#[test]
fn the_page_names_every_command_and_every_schema() {
    let page = include_str!("../docs/json.md");
    for verb in budget_ledger::whole_tree().get_subcommands() {
        let takes_json = verb
            .get_arguments()
            .any(|arg| arg.get_long() == Some("json"));
        let name = format!("`{}`", verb.get_name());
        assert!(!takes_json || page.contains(&name), "{name} is missing");
    }
    for entry in std::fs::read_dir(directory()).expect("schemas") {
        let name = entry
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned();
        assert!(
            page.contains(&format!("schemas/{name}")),
            "{name} is missing"
        );
        assert_eq!(
            schema(name.trim_end_matches(".json"))["$id"]
                .as_str()
                .map(str::to_owned),
            Some(format!("urn:budget:1:{}", name.trim_end_matches(".json")))
        );
    }
}

/// Every error code in the source is in the page.
#[test]
fn the_page_names_every_error_code() {
    let page = include_str!("../docs/json.md");
    let sources = [
        include_str!("../src/error.rs"),
        include_str!("../src/render/denial.rs"),
        include_str!("../src/context.rs"),
        include_str!("../src/ui.rs"),
        include_str!("../src/commands/prices/mod.rs"),
        include_str!("../src/commands/verify.rs"),
        include_str!("../src/commands/exec/wrap.rs"),
    ];
    // A code stands right after the exit code, or after the reason it is given for.
    let code_after = |text: &'static str| {
        let (between, rest) = text.split_once('"')?;
        let is_near = !between.contains(';') && between.lines().count() <= 3;
        let code = rest.split('"').next()?;
        let is_code = code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        (is_near && is_code && !code.is_empty()).then_some(code)
    };
    let after = |name: &'static str| {
        let parts = sources
            .iter()
            .flat_map(move |source| source.split(name).skip(1));
        parts.filter_map(code_after)
    };
    let codes: BTreeSet<_> = after("Exit::").chain(after("Unusable::")).collect();
    assert!(codes.len() >= 20, "{codes:?}");
    for code in codes {
        assert!(page.contains(&format!("`{code}`")), "{code} is missing");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "declared for its names and types")]
struct A {
    unit: String,
    amount: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "declared for its names and types")]
struct Window {
    start: String,
    end: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "declared for its names and types")]
#[expect(clippy::struct_field_names, reason = "the names are the contract's")]
struct Limit {
    unit: String,
    period: Option<String>,
    zone: String,
    limit: A,
    granted: A,
    spent: A,
    reserved: A,
    debt: A,
    over: bool,
    available: A,
    overage: String,
    window: Option<Window>,
    pace: Option<Pace>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "declared for its names and types")]
struct Pace {
    runs_out_at: Option<String>,
    at_end: Option<A>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "declared for its names and types")]
struct Budget {
    name: String,
    state: String,
    limits: Vec<Limit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "declared for its names and types")]
struct Reservation {
    id: String,
    budgets: Vec<String>,
    state: String,
    amounts: Vec<A>,
    charged: Vec<A>,
    nested: Vec<A>,
    unknown: bool,
    late: bool,
    created_at: String,
    expires_at: String,
    parent: Option<String>,
    session: Option<String>,
    tags: BTreeMap<String, String>,
    action: Option<String>,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "declared for its names and types")]
struct Status {
    schema: u32,
    at: String,
    clock_believed: bool,
    budgets: Vec<Budget>,
    open: Vec<Reservation>,
    unknown: Vec<Reservation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "declared for its names and types")]
struct Entry {
    seq: i64,
    at: String,
    kind: String,
    budgets: Vec<String>,
    reservation: Option<String>,
    session: Option<String>,
    corrects: Option<i64>,
    amounts: Vec<A>,
    usage: Option<Value>,
    tags: BTreeMap<String, String>,
    note: Option<String>,
    unknown: bool,
    detail: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "declared for its names and types")]
struct Log {
    schema: u32,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "declared for its names and types")]
struct Failed {
    budget: String,
    unit: String,
    period: Option<String>,
    limit: A,
    granted: A,
    spent: A,
    reserved: A,
    debt: A,
    over: bool,
    available: A,
    asked: A,
    resets_at: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "declared for its names and types")]
struct Denial {
    code: String,
    message: String,
    hint: Option<String>,
    retryable: bool,
    budgets: Vec<String>,
    failed: Vec<Failed>,
    retry_after_seconds: Option<i64>,
}

fn declared<T: for<'a> Deserialize<'a>>(answer: &Value) {
    let found = serde_json::from_value::<T>(answer.clone());
    assert!(found.is_ok(), "{:?}\n{answer:#}", found.err());
}

#[test]
fn nothing_is_added_without_being_written_down() {
    let env = lived_in();
    env.reserve("me", &["0.10usd", "--tag", "a=b"]);
    declared::<Status>(&env.json(&["status"]));
    declared::<Log>(&env.json(&["log"]));
    let denied = env.json_error(&["reserve", "me", "3.70usd"], 75);
    declared::<Denial>(&denied["error"]);
}
