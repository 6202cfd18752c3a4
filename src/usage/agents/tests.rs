//! Command lines, and what is seen in them.

use super::*;

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
