//! The runs of an agent's own program under `budget exec`, what they left behind, and what the
//! provider served to them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::support::{Output, TestEnv};
use serde_json::Value;

/// The programs, and the packages that carry them.
const AGENTS: [(&str, &str); 5] = [
    ("claude", "@anthropic-ai/claude-code@2.1.197"),
    ("codex", "@openai/codex@0.169.0"),
    ("copilot", "@github/copilot@1.0.102"),
    ("gemini", "@google/gemini-cli@0.61.0"),
    ("opencode", "opencode-ai@1.18.33"),
];
/// The one that is carried by another registry.
const LLM: &str = "llm==0.36";

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
    let what = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|e| format!("{what}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{what}: {}", Output::from(&output)))
}

/// The directories with the agents' programs, installed where they are not there yet, as in `PATH`.
fn agents() -> Result<String, String> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/target/agents");
    let place = variable("BUDGET_AGENTS_DIR").unwrap_or_else(|| own.to_owned());
    let programs = Path::new(&place).join("node_modules/.bin");
    let missing = AGENTS
        .iter()
        .filter(|(name, _)| !programs.join(name).exists());
    let packages: Vec<_> = missing.map(|(_, package)| package).collect();
    if !packages.is_empty() {
        let install = ["install", "--no-audit", "--no-fund", "--prefix", &place];
        succeeds(Command::new("npm").args(install).args(packages))?;
    }
    let own = Path::new(&place).join("llm");
    if !own.join("bin/llm").exists() {
        succeeds(Command::new("python3").args(["-m", "venv"]).arg(&own))?;
        succeeds(Command::new(own.join("bin/pip")).args(["install", "-q", LLM]))?;
    }
    Ok(format!("{}:{}/bin", programs.display(), own.display()))
}

/// The same, looked for once.
fn programs() -> Result<String, String> {
    static PROGRAMS: OnceLock<Result<String, String>> = OnceLock::new();
    PROGRAMS.get_or_init(agents).clone()
}

/// What the runs left behind.
pub(super) struct Runs {
    pub(super) env: TestEnv,
    out: PathBuf,
}

impl Runs {
    /// The runs of one agent, for which the provider answers by a script; nothing where it cannot
    /// be run and need not be.
    pub(super) fn of(agent: &str, script: &str) -> Option<Self> {
        match Self::make(agent, script) {
            Ok(runs) => Some(runs),
            Err(missing) if variable("BUDGET_TEST_AGENTS").as_deref() == Some("required") => {
                panic!("{agent} cannot be run here: {missing}")
            }
            Err(missing) => {
                println!("skipped: {agent} cannot be run here: {missing}");
                None
            }
        }
    }

    fn make(agent: &str, script: &str) -> Result<Self, String> {
        let tools = tools()?;
        let programs = programs()?;
        succeeds(Command::new("unshare").args(["-n", "true"]))?;
        let env = TestEnv::new();
        let out = env.path().join("out");
        fs::create_dir(&out).expect("a directory");
        fs::write(env.path().join("script"), script).expect("a script");
        let mut command = env.program("timeout");
        let path = command
            .get_envs()
            .find_map(|(name, value)| (name == "PATH").then(|| value?.to_str()).flatten())
            .map(|path| format!("{programs}:{path}"))
            .expect("a path");
        let run = format!("{}/tests/agent/{agent}.sh", env!("CARGO_MANIFEST_DIR"));
        let output = Output::of(
            command
                .env("PATH", path)
                .args(["-k", "5", "85"])
                .arg(&tools)
                .args(["--script", "script", "--log", "provider", "--", &run])
                .arg(&out),
        );
        assert_eq!(output.code, 0, "{output}");
        Ok(Self { env, out })
    }

    pub(super) fn text(&self, file: &str) -> String {
        let path = self.out.join(file);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// The last message that a run printed, as text.
    pub(super) fn last_message(&self, run: &str) -> String {
        let out = self.text(&format!("{run}.out"));
        out.lines().last().expect("a message").to_owned()
    }

    /// The journal's entry that settled a run.
    pub(super) fn entry(&self, run: &str) -> Value {
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

    /// What the provider served to one run after another, all kinds of tokens by name.
    pub(super) fn served(&self, runs: &[&str]) -> Vec<Served> {
        let log = fs::read_to_string(self.env.path().join("provider")).expect("its log");
        let mut lines = log.lines();
        let mut seen = 0;
        let mut of_run = |run: &str| {
            let until: usize = self
                .text(&format!("{run}.served"))
                .trim()
                .parse()
                .expect(run);
            let own = lines
                .by_ref()
                .take(until - std::mem::replace(&mut seen, until));
            own.map(|line| serde_json::from_str(line).expect("JSON"))
                .collect()
        };
        runs.iter().map(|run| Served(of_run(run))).collect()
    }
}

/// The lines of the provider's log about one run.
pub(super) struct Served(Vec<Value>);

impl Served {
    /// What was served of one kind.
    pub(super) fn count(&self, kind: &str) -> u64 {
        let answered = self.0.iter().filter(|line| line["status"] == 0);
        answered.map(|line| line[kind].as_u64().expect(kind)).sum()
    }

    /// All tokens.
    pub(super) fn total(&self) -> u64 {
        let kinds = ["input", "cache_read", "cache_write", "output"];
        kinds.iter().map(|kind| self.count(kind)).sum()
    }

    /// The requests, answered or refused.
    pub(super) fn requests(&self) -> usize {
        self.0.len()
    }
}

/// An amount of an entry as it stands there.
pub(super) fn booked(entry: &Value, unit: &str) -> String {
    let amounts = entry["amounts"].as_array().expect("amounts");
    let found = amounts.iter().find(|amount| amount["unit"] == unit);
    let amount = &found.unwrap_or_else(|| panic!("no {unit}: {entry}"))["amount"];
    amount.as_str().expect("an amount").to_owned()
}

/// A run is booked with the tokens that the provider served to it. These agents are not told what
/// of their input was written to a cache: it is input to them.
pub(super) fn is_booked_as_served(entry: &Value, served: &Served, tells_reasoning: bool) {
    let tokens = &entry["usage"]["tokens"];
    let input = served.count("input") + served.count("cache_write");
    assert_eq!(tokens["input"], input, "{entry}");
    assert_eq!(tokens["cache_read"], served.count("cache_read"), "{entry}");
    assert_eq!(tokens["output"], served.count("output"), "{entry}");
    if tells_reasoning {
        assert_eq!(tokens["reasoning"], served.count("reasoning"), "{entry}");
    }
    assert_eq!(
        booked(entry, "tokens"),
        served.total().to_string(),
        "{entry}"
    );
}
