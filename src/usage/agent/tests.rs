//! Command lines, and what is seen in them.

use super::*;

fn args(line: &str) -> Vec<OsString> {
    line.split_whitespace().map(OsString::from).collect()
}

fn agent(line: &str) -> Option<(Agent, Vec<OsString>)> {
    let all = args(line);
    let (program, rest) = all.split_first()?;
    recognise(program, rest).map(|agent| (agent, rest.to_vec()))
}

fn reads(line: &str) -> bool {
    agent(line).is_some_and(|(agent, args)| agent.reads_stdout(&args))
}

fn resumes(line: &str) -> bool {
    agent(line).is_some_and(|(agent, args)| agent.resumes(&args))
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
        let found = agent(line).map(|(agent, _)| agent.source());
        assert_eq!(found, Some(Source::ClaudeCode), "{line}");
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
        assert_eq!(agent(line), None, "{line}");
    }
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

#[test]
fn a_continued_conversation_is_seen() {
    for line in [
        "claude -p hi --resume abc",
        "claude --resume=abc -p hi",
        "claude -r abc -p hi",
        "claude -rabc",
        "claude -c -p hi",
        "claude -pc hi",
        "claude -p --continue hi",
        "claude --from-pr 12",
        "npx -y @anthropic-ai/claude-code -c -p hi",
    ] {
        assert!(resumes(line), "{line}");
    }
    for line in [
        "claude -p hi",
        "claude -p -- -c",
        "claude -p resume",
        "claude -ncold",
        "claude -",
    ] {
        assert!(!resumes(line), "{line}");
    }
    assert!(!resumes("npx -c @anthropic-ai/claude-code -p hi"));
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_do_no_harm() {
    use std::os::unix::ffi::OsStringExt;
    let odd = OsString::from_vec(vec![0xff, 0xfe]);
    assert_eq!(recognise(&odd, &[]), None);
    let args = [odd.clone(), OsString::from("--output-format=json"), odd];
    let agent = recognise("claude".as_ref(), &args);
    assert!(agent.is_some_and(|agent| agent.reads_stdout(&args)));
}
