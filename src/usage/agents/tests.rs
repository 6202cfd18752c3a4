//! Command lines, and what is seen in them.

use super::*;
use crate::usage::{Report, Tokens};

pub(super) mod hostile;

/// The meter of an agent that was started with `line`.
pub(super) fn meter(agent: &str, line: &str) -> Box<dyn Meter> {
    let named = Invocation::of(agent, "wrapper".as_ref(), &args(line));
    named.expect("an agent").stdout_meter()
}

/// What an agent that was started with `line` said by printing `text`.
pub(super) fn read(agent: &str, line: &str, text: &str) -> Reading {
    let mut meter = meter(agent, line);
    meter.feed(text.as_bytes());
    meter.finish()
}

pub(super) fn known(agent: &str, line: &str, text: &str) -> Report {
    match read(agent, line, text) {
        Reading::Known(report) => report,
        other => panic!("not known: {other:?}"),
    }
}

/// The reason, and the tokens that were used at least.
pub(super) fn unknown(agent: &str, line: &str, text: &str) -> (String, Option<Tokens>) {
    match read(agent, line, text) {
        Reading::Unknown {
            reason,
            at_least,
            at_most: None,
        } => {
            let tokens = at_least.and_then(|report| report.tokens().expect("in range"));
            (reason, tokens)
        }
        other => panic!("not unknown: {other:?}"),
    }
}

/// The only usage of a report.
pub(super) fn only(report: &Report) -> &crate::usage::ModelUsage {
    match report.models.as_slice() {
        [one] => one,
        other => panic!("not one: {other:?}"),
    }
}

fn args(line: &str) -> Vec<OsString> {
    line.split_whitespace().map(OsString::from).collect()
}

fn agent(line: &str) -> Option<Invocation> {
    let all = args(line);
    let (program, rest) = all.split_first()?;
    recognise(program, rest)
}

fn name(line: &str) -> Option<&'static str> {
    agent(line).map(|agent| agent.source().as_str())
}

fn reads(line: &str) -> bool {
    agent(line).is_some_and(|agent| agent.reports_on_stdout())
}

#[test]
fn an_agent_that_printed_text_is_told_how_it_prints_figures() {
    let option = |line: &str| agent(line).and_then(|agent| agent.report_option());
    for (line, expected) in [
        ("claude -p hi", Some("--output-format json")),
        (
            "npx -y @anthropic-ai/claude-code -p hi",
            Some("--output-format json"),
        ),
        (
            "claude -p hi --output-format text",
            Some("--output-format json"),
        ),
        ("claude -p hi --output-format json", None),
        ("claude", None),
        ("codex exec hi", Some("--json")),
        ("codex exec --json hi", None),
        ("codex", None),
        ("gemini -p hi", Some("--output-format json")),
        ("gemini -p hi -o json", None),
        ("qwen -p hi", Some("--output-format json")),
        ("opencode run hi", Some("--format json")),
        ("opencode run hi --format json", None),
        ("cursor-agent -p hi", Some("--output-format json")),
        ("amp -x hi", Some("--stream-json")),
        ("amp -x hi --stream-json", None),
        ("aider", None),
        ("llm hi", None),
    ] {
        assert_eq!(option(line), expected, "{line}");
    }
}

#[test]
fn claude_code_is_known_by_its_names() {
    for line in [
        "claude -p hi",
        "/opt/x/claude",
        "./claude.exe",
        "npx @anthropic-ai/claude-code",
        "npx -y @anthropic-ai/claude-code@2.1.197 -p hi",
        "npx --yes --package=@anthropic-ai/claude-code claude -p hi",
        "npx -p @anthropic-ai/claude-code@latest claude",
        "npm exec -- @anthropic-ai/claude-code -p hi",
        "pnpm dlx @anthropic-ai/claude-code",
        "bunx @anthropic-ai/claude-code",
    ] {
        assert_eq!(name(line), Some("claude-code"), "{line}");
    }
}

#[test]
fn codex_is_known_by_its_names() {
    for line in [
        "codex exec --json hi",
        "/opt/x/codex",
        "npx -y @openai/codex@0.169.0 exec --json hi",
    ] {
        assert_eq!(name(line), Some("codex"), "{line}");
    }
    for line in [
        "codex exec --json hi",
        "codex -m gpt-5.5 e hi --json",
        "codex exec resume --last --json",
        "codex exec --experimental-json hi",
    ] {
        assert!(reads(line), "{line}");
    }
    for line in ["codex", "codex exec hi", "codex exec -- --json"] {
        assert!(!reads(line), "{line}");
    }
}

#[test]
fn gemini_cli_is_known_by_its_names() {
    for line in [
        "gemini -p hi -o json",
        "gemini -p hi --output-format stream-json",
        "npx @google/gemini-cli -p hi -ojson",
    ] {
        assert_eq!(name(line), Some("gemini-cli"), "{line}");
        assert!(reads(line), "{line}");
    }
    for line in [
        "gemini",
        "gemini -p hi",
        "gemini -p hi -o text",
        "gemini -o json -o text",
    ] {
        assert!(!reads(line), "{line}");
    }
}

#[test]
fn agents_are_known_by_names_of_their_own() {
    for (expected, lines) in [
        (
            "qwen-code",
            &["qwen -p hi -o stream-json", "npx @qwen-code/qwen-code"][..],
        ),
        (
            "opencode",
            &["opencode", "opencode run hi", "npx opencode-ai run hi"],
        ),
        (
            "copilot",
            &["copilot", "copilot -p hi", "npx @github/copilot -p hi"],
        ),
        ("aider", &["aider", "aider --message hi"]),
        ("goose", &["goose run -t hi", "goose session"]),
        ("llm", &["llm hi", "llm -m gpt-5.5 hi", "llm chat", "llm"]),
        ("amp", &["amp -x hi", "amp --execute hi --stream-json"]),
        ("cursor", &["cursor-agent", "cursor-agent -p hi"]),
        (
            "cursor",
            &[
                "agent -p hi --output-format json",
                "agent --print --output-format=text hi",
            ],
        ),
    ] {
        for line in lines {
            assert_eq!(name(line), Some(expected), "{line}");
        }
    }
}

#[test]
fn programs_that_share_a_name_with_an_agent_are_not_taken_for_it() {
    for line in [
        "agent",
        "./agent --config x",
        "agent -p 8080",
        "agent --output-format json",
        "amp",
        "amp notes.txt",
        "goose up",
        "goose postgres dsn status",
        "copilot app deploy",
    ] {
        assert_eq!(name(line), None, "{line}");
    }
}

#[test]
fn what_manages_an_agent_is_not_the_agent_at_work() {
    for line in [
        "llm logs -n 3",
        "llm models",
        "llm --version",
        "opencode models",
        "opencode auth login",
        "codex mcp list --json",
        "codex login",
        "gemini mcp list",
    ] {
        assert_eq!(name(line), None, "{line}");
    }
}

#[test]
fn what_is_printed_for_people_is_read_of_no_agent() {
    for line in [
        "qwen -p hi -o json",
        "opencode run --format json hi",
        "cursor-agent -p hi --output-format stream-json",
        "agent -p hi --output-format json",
        "amp -x hi --stream-json",
    ] {
        assert!(reads(line), "{line}");
    }
    for line in [
        "qwen -p hi",
        "opencode run hi",
        "opencode run --format default hi",
        "cursor-agent -p hi",
        "agent -p hi --output-format text",
        "amp -x hi",
        "copilot -p hi --output-format json",
        "aider --message hi",
        "goose run -t hi",
        "llm -u hi",
    ] {
        assert!(name(line).is_some(), "{line}");
        assert!(!reads(line), "{line}");
    }
}

#[test]
fn an_agent_that_prints_no_figures_is_silent_whatever_it_prints() {
    for agent in ["copilot", "goose", "llm"] {
        let said = r#"{"type":"result","usage":{"premiumRequests":1,"totalApiDurationMs":5}}"#;
        assert_eq!(read(agent, "-p hi", said), Reading::Silent);
    }
}

#[test]
fn other_programs_are_not() {
    for line in [
        "claudette",
        "claude/run.sh",
        "cargo claude",
        "npx claude",
        "npx",
        "npx cowsay @anthropic-ai/claude-code",
        "npx @anthropic-ai/claude-code-x",
        "npx -p cowsay claude",
        "npm install @anthropic-ai/claude-code",
        "npm",
    ] {
        assert_eq!(name(line), None, "{line}");
    }
}

#[test]
fn every_agent_has_a_name_of_its_own() {
    let mut names: Vec<_> = agent_names().collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn an_agent_is_found_by_its_name_whatever_starts_it() {
    let given = args("-p hi --output-format json");
    let named = Invocation::of("claude-code", "wrapper.sh".as_ref(), &given).unwrap();
    assert!(named.reports_on_stdout());
    assert!(Invocation::of("nobody", "claude".as_ref(), &given).is_none());
}

#[test]
fn options_of_a_shell_are_not_the_agents() {
    let continues = |program: &str, line: &str| {
        let named = Invocation::of("claude-code", program.as_ref(), &args(line));
        named.unwrap().continues()
    };
    assert!(!continues("sh", "-c claude.sh"));
    assert!(!continues("/usr/bin/python3", "-c x -r"));
    assert!(continues("./wrapper.sh", "-p hi --resume x"));
    assert!(continues("nice", "-n 5 claude -c -p hi"));
    assert!(!continues("timeout", "-c 5 claude -p hi"));
}

#[test]
fn what_only_tells_of_itself_is_not_at_work() {
    for line in [
        "claude --version",
        "claude -v",
        "claude update",
        "claude mcp list",
        "codex --help",
        "gemini --version",
    ] {
        assert_eq!(name(line), None, "{line}");
    }
    assert_eq!(name("claude explain --version"), None);
    assert_eq!(name("claude -p explain -- --version"), Some("claude-code"));
}

#[test]
fn the_last_output_format_decides() {
    for line in [
        "claude -p hi --output-format json",
        "claude -p --output-format=stream-json --verbose hi",
        "claude --output-format json",
        "claude --output-format text --output-format json -p hi",
        "npx -y @anthropic-ai/claude-code -p hi --output-format json",
        "npm exec -- @anthropic-ai/claude-code -p hi --output-format json",
    ] {
        assert!(reads(line), "{line}");
    }
    for line in [
        "claude",
        "claude -p hi",
        "claude -p hi --output-format text",
        "claude -p hi --output-format",
        "claude -p hi --output-format json --output-format=text",
        "claude -p hi -- --output-format json",
        "claude -p --output-formatjson",
        "npx --output-format=json @anthropic-ai/claude-code -p hi",
    ] {
        assert!(!reads(line), "{line}");
    }
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_do_no_harm() {
    use std::os::unix::ffi::OsStringExt;
    let odd = OsString::from_vec(vec![0xff, 0xfe]);
    assert!(recognise(&odd, &[]).is_none());
    let args = [odd.clone(), OsString::from("--output-format=json"), odd];
    let agent = recognise("claude".as_ref(), &args);
    assert!(agent.is_some_and(|agent| agent.reports_on_stdout()));
}

#[test]
fn a_cap_goes_before_the_agents_own_arguments() {
    let options = |line: &str| agent(line).and_then(|agent| agent.cap_options("0.50"));
    let cap = args("--max-budget-usd 0.50");
    assert_eq!(options("claude -p hi"), Some((0, cap.clone())));
    assert_eq!(options("claude --print hi -- -x"), Some((0, cap.clone())));
    let by_runner = "npx -y @anthropic-ai/claude-code -pc hi";
    assert_eq!(options(by_runner), Some((2, cap)));
    // It is told an amount already, or would not keep to it.
    assert_eq!(options("claude -p hi --max-budget-usd=3"), None);
    assert_eq!(options("claude -p hi --max-budget-usd 3"), None);
    assert_eq!(options("claude"), None);
    assert_eq!(options("claude hi -- -p"), None);
    // A script of another name may not know the option.
    let script = Invocation::of("claude-code", "run.sh".as_ref(), &args("-p hi"));
    assert_eq!(script.and_then(|agent| agent.cap_options("0.50")), None);
}
