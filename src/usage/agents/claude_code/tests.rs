//! What the options say.

use std::ffi::OsString;

use super::*;
use crate::usage::agents::command_line::own_args;

fn continued(line: &str) -> bool {
    let all: Vec<_> = line.split_whitespace().map(OsString::from).collect();
    let (program, rest) = all.split_first().expect("a program");
    own_args(&ClaudeCode, program, rest).is_some_and(|own| continues(Args(own)))
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
        assert!(continued(line), "{line}");
    }
    for line in [
        "claude -p hi",
        "claude -p -- -c",
        "claude -p resume",
        "claude -ncold",
        "claude -",
    ] {
        assert!(!continued(line), "{line}");
    }
    assert!(!continued("npx -c @anthropic-ai/claude-code -p hi"));
}
