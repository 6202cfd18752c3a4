//! A real agent: Claude Code's own program, against a provider on loopback with no model behind it.
//! What is booked is exactly what the program says it cost, and its output arrives byte for byte.
//!
//! Needs Linux, root for a network namespace, npm, and `../shared/tools` beside the checkout; says
//! what is missing and checks nothing where it is not there, unless `BUDGET_TEST_AGENTS=required`.

#[cfg(test)]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::{Output, TestEnv};

const PACKAGE: &str = "@anthropic-ai/claude-code@2.1.197";

fn variable(name: &str) -> Option<String> {
    std::env::vars()
        .find(|(found, _)| found == name)
        .map(|(_, value)| value)
}

/// The script that gives agents a provider.
fn tools() -> Result<PathBuf, String> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/tools");
    let tools = variable("BUDGET_TOOLS_DIR").unwrap_or_else(|| beside.to_owned());
    let script = Path::new(&tools).join("with_agents.sh");
    match script.canonicalize() {
        Ok(script) => Ok(script),
        Err(error) => Err(format!("{}: {error}", script.display())),
    }
}

fn succeeds(command: &mut Command) -> Result<(), String> {
    let what = format!("{:?}", command.get_program());
    let output = command.output().map_err(|e| format!("{what}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{what}: {}", Output::from(&output)))
}

/// The directory with the agent's program, installed where it is not there yet.
fn agents() -> Result<PathBuf, String> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/target/agents");
    let place = variable("BUDGET_AGENTS_DIR").unwrap_or_else(|| own.to_owned());
    let programs = Path::new(&place).join("node_modules/.bin");
    if !programs.join("claude").exists() {
        let install = ["install", "--no-audit", "--no-fund", "--prefix", &place];
        succeeds(Command::new("npm").args(install).arg(PACKAGE))?;
    }
    Ok(programs)
}

/// What the runs left behind.
struct Runs {
    env: TestEnv,
    out: PathBuf,
}

impl Runs {
    fn make() -> Result<Self, String> {
        let tools = tools()?;
        let programs = agents()?;
        succeeds(Command::new("unshare").args(["-n", "true"]))?;
        let env = TestEnv::new();
        let out = env.path().join("out");
        fs::create_dir(&out).expect("a directory");
        // The last answer asks for a second turn, which the last run is not given.
        let script = r#"[{}, {"output": 77}, {}, {"input": 9, "cache_read": 0}, {"tool": {"name": "Bash", "input": {"command": "true"}}}]"#;
        fs::write(env.path().join("script"), script).expect("a script");
        let mut command = env.program("timeout");
        let path = command
            .get_envs()
            .find_map(|(name, value)| (name == "PATH").then(|| value?.to_str()).flatten())
            .map(|path| format!("{}:{path}", programs.display()))
            .expect("a path");
        let run = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agent/run.sh");
        let output = Output::of(
            command
                .env("PATH", path)
                .args(["-k", "5", "85"])
                .arg(&tools)
                .args(["--script", "script", "--log", "provider", "--", run])
                .arg(&out),
        );
        assert_eq!(output.code, 0, "{output}");
        Ok(Self { env, out })
    }

    fn text(&self, file: &str) -> String {
        let path = self.out.join(file);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// The last message that a run printed, as text.
    fn last_message(&self, run: &str) -> String {
        let out = self.text(&format!("{run}.out"));
        out.lines().last().expect("a message").to_owned()
    }

    /// The journal's entry that settled a run.
    fn entry(&self, run: &str) -> Value {
        let result: Value = serde_json::from_str(&self.text(&format!("{run}.result"))).expect(run);
        let log = self.env.json(&["log"]);
        let entries = log["entries"].as_array().expect("entries");
        let found = entries.iter().find(|entry| {
            entry["kind"] == "committed" && entry["reservation"] == result["reservation"]
        });
        found
            .unwrap_or_else(|| panic!("{run}: {result} in {log}"))
            .clone()
    }
}

/// Hundred-millionths of a dollar, rounded up, from a decimal as JSON writes it.
fn atoms(decimal: &str) -> u64 {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let digits = |text: &str| text.parse::<u64>().unwrap_or_else(|_| panic!("{decimal}"));
    let kept: String = fraction.chars().chain("00000000".chars()).take(8).collect();
    let lost = fraction.chars().skip(8).any(|digit| digit != '0');
    digits(whole) * 100_000_000 + digits(&kept) + u64::from(lost)
}

/// A number of a message exactly as it stands there.
fn number<'a>(message: &'a str, name: &str) -> &'a str {
    let (_, rest) = message.split_once(&format!("\"{name}\":")).expect(name);
    rest.split([',', '}']).next().expect(name)
}

fn booked(entry: &Value, unit: &str) -> String {
    let amounts = entry["amounts"].as_array().expect("amounts");
    let found = amounts.iter().find(|amount| amount["unit"] == unit);
    let amount = &found.unwrap_or_else(|| panic!("no {unit}: {entry}"))["amount"];
    amount.as_str().expect("an amount").to_owned()
}

fn check(runs: &Runs, run: &str) -> u64 {
    let message = runs.last_message(run);
    let cost = number(&message, "total_cost_usd");
    let entry = runs.entry(run);
    assert!(atoms(cost) > 0, "{message}");
    assert_eq!(
        atoms(&booked(&entry, "usd")),
        atoms(cost),
        "{run}: {cost}: {entry}"
    );
    assert_eq!(entry["unknown"], false, "{run}: {entry}");
    let message: Value = serde_json::from_str(&message).expect("a result");
    let models = message["modelUsage"].as_object().expect("models");
    assert_eq!(models.len(), 1, "{message}");
    let (model, used) = models.iter().next().expect("a model");
    let usage = &entry["usage"];
    assert_eq!(usage["source"], "claude-code", "{run}: {entry}");
    assert_eq!(usage["model"], model.as_str(), "{run}: {entry}");
    for (kind, theirs) in [
        ("input", "inputTokens"),
        ("cache_read", "cacheReadInputTokens"),
        ("cache_write", "cacheCreationInputTokens"),
        ("output", "outputTokens"),
    ] {
        assert_eq!(
            usage["tokens"][kind], used[theirs],
            "{run}: {kind}: {entry}"
        );
    }
    atoms(cost)
}

#[test]
fn a_real_agent_is_booked_as_it_reports_and_heard_as_it_speaks() {
    let runs = match Runs::make() {
        Ok(runs) => runs,
        Err(missing) if variable("BUDGET_TEST_AGENTS").as_deref() == Some("required") => {
            panic!("a real agent cannot be run here: {missing}")
        }
        Err(missing) => {
            println!("skipped: a real agent cannot be run here: {missing}");
            return;
        }
    };
    let names = ["json", "file", "stream", "appended", "stopped"];
    for run in names {
        let expected = if run == "stopped" { "1" } else { "0" };
        let (code, said) = (
            runs.text(&format!("{run}.code")),
            runs.text(&format!("{run}.err")),
        );
        assert_eq!((code.trim(), said.as_str()), (expected, ""), "{run}");
    }
    let total: u64 = names.iter().map(|run| check(&runs, run)).sum();
    for run in ["stream", "appended"] {
        let (raw, out) = (
            runs.text(&format!("{run}.raw")),
            runs.text(&format!("{run}.out")),
        );
        assert!(raw.lines().count() >= 3, "{raw}");
        assert_eq!(out, raw, "{run}: byte for byte");
    }
    assert!(runs.last_message("stopped").contains("error_max_turns"));
    assert_eq!(atoms(&runs.env.figure("me", "usd/day", "spent")), total);
    assert_eq!(runs.env.figure("me", "usd/day", "reserved"), "0.00");
    // The provider's own count of what it served.
    let served = fs::read_to_string(runs.env.path().join("provider")).expect("its log");
    let served = served.lines().map(|line| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let kinds = ["input", "cache_read", "cache_write", "output"];
        kinds
            .map(|kind| line[kind].as_u64().expect("a count"))
            .iter()
            .sum::<u64>()
    });
    let served: u64 = served.sum();
    assert_eq!(
        runs.env.figure("me", "tokens/day", "spent"),
        served.to_string()
    );
}
