//! The README is true: every block of shell commands in it is run through the real program, and
//! what it shows is what is printed. `BUDGET_REGENERATE=1 cargo test --test readme` writes the
//! shown output anew.

#[cfg(test)]
mod support;

use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use support::{Output, TestEnv};

/// What an agent prints, with a cost that is easy to recognise.
const AGENT_SAYS: &str = include_str!("../src/usage/agents/claude_code/fixtures/success.json");

/// A part of the page.
enum Part {
    Prose(String),
    /// Commands to run here.
    Commands(String),
    /// What the commands before it print.
    Shown(String),
}

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

/// Splits the page at the fences of blocks marked `sh` and `text`; blocks marked with more than
/// one word are run elsewhere.
fn parts(page: &str) -> Vec<Part> {
    let mut parts = vec![Part::Prose(String::new())];
    for line in page.split_inclusive('\n') {
        let is_prose = matches!(parts.last(), Some(Part::Prose(_)));
        match (line.trim_end(), is_prose) {
            ("```sh", true) => parts.push(Part::Commands(String::new())),
            ("```text", true) => parts.push(Part::Shown(String::new())),
            ("```", false) => parts.push(Part::Prose(String::new())),
            _ => match parts.last_mut() {
                Some(Part::Prose(text) | Part::Commands(text) | Part::Shown(text)) => {
                    text.push_str(line);
                }
                None => unreachable!("there is always a part"),
            },
        }
    }
    parts
}

fn unparsed(parts: &[Part]) -> String {
    let mut page = String::new();
    for part in parts {
        match part {
            Part::Prose(text) => page.push_str(text),
            Part::Commands(text) => write!(page, "```sh\n{text}```\n").expect("text"),
            Part::Shown(text) => write!(page, "```text\n{text}```\n").expect("text"),
        }
    }
    page
}

/// What a provider answers.
const PROVIDER_SAYS: &str = r#"{"id":"msg_01","type":"message","model":"claude-sonnet-4-5-20250929","content":[],"usage":{"input_tokens":2095,"cache_read_input_tokens":0,"output_tokens":503}}"#;

/// A place with an agent and a provider in its path.
fn place() -> TestEnv {
    let env = TestEnv::new();
    program(
        &env,
        "claude",
        &AGENT_SAYS.trim().replace("0.020175", "0.4213"),
    );
    program(&env, "curl", PROVIDER_SAYS);
    env
}

/// A program that says something.
fn program(env: &TestEnv, name: &str, says: &str) {
    let path = env.path().join(name);
    std::fs::write(&path, format!("#!/bin/sh\ncat <<'END'\n{says}\nEND\n")).expect("a program");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("a program");
}

fn run(env: &TestEnv, commands: &str) -> String {
    let mut shell = env.program("sh");
    let path = format!("PATH={}:$PATH\n", env.path().display());
    shell.arg("-c").arg(format!("exec 2>&1\n{path}{commands}"));
    let output = Output::of(&mut shell);
    assert_eq!(output.code, 0, "{commands}\n{output}");
    output.stdout
}

/// What differs from run to run is made the same: ids, their tails, hashes.
fn stable(text: &str) -> String {
    let is_hex = |word: &str| word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let word = |word: &str| {
        let (bare, comma) = word
            .strip_suffix(',')
            .map_or((word, ""), |bare| (bare, ","));
        let tail = bare.split_once(':').map_or(bare, |(_, hash)| hash);
        match tail.len() {
            6 | 36 | 64 if is_hex(tail) => format!("<id>{comma}"),
            _ => word.to_owned(),
        }
    };
    let lines = text
        .lines()
        .map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_readme_shows_what_is_printed() {
    let page_text = std::fs::read_to_string(page()).expect("the page");
    let is_regenerating = support::is_regenerating();
    let env = place();
    let mut printed = String::new();
    let (mut blocks, mut compared) = (0, 0);
    let mut parts = parts(&page_text);
    assert_eq!(unparsed(&parts), page_text, "the page is read as it is");
    for part in &mut parts {
        match part {
            Part::Prose(text) => {
                let is_between = text.trim().is_empty();
                assert!(
                    printed.is_empty() || is_between,
                    "output is not shown: {printed}"
                );
            }
            Part::Commands(commands) => {
                printed = run(&env, commands);
                blocks += 1;
            }
            Part::Shown(shown) if is_regenerating => *shown = std::mem::take(&mut printed),
            Part::Shown(shown) => {
                assert_eq!(stable(shown), stable(&printed));
                printed.clear();
                compared += 1;
            }
        }
    }
    if is_regenerating {
        std::fs::write(page(), unparsed(&parts)).expect("the page");
    } else {
        assert!(
            blocks >= 8 && compared >= 8,
            "{blocks} blocks, {compared} compared"
        );
    }
}

/// The two commands that do all the set-up.
#[test]
fn the_readme_has_the_commands_that_set_up() {
    let page = std::fs::read_to_string(page()).expect("the page");
    let block = |command: &str| page.contains(&format!("```sh setup\n{command}"));
    assert!(block(
        "cargo run --release --locked -- exec demo --limit 1usd/day"
    ));
    assert!(block("cargo test --locked\n"));
    let toolchain = concat!("(", env!("CARGO_PKG_RUST_VERSION"), " or newer)");
    assert!(page.contains(toolchain), "{toolchain}");
}

#[test]
fn the_readme_names_every_exit_code() {
    let page = std::fs::read_to_string(page()).expect("the page");
    let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| ")).collect();
    for (exit, _) in budget_ledger::Exit::TABLE {
        let code = exit.code().to_string();
        let names = |row: &&str| {
            let first = row
                .trim_start_matches("| ")
                .split(" |")
                .next()
                .unwrap_or_default();
            first.split(", ").any(|word| word == code)
        };
        assert!(rows.iter().any(names), "{code} is missing");
    }
}

/// `src/env.rs` is the one door to the environment, so it names every variable there is.
#[test]
fn the_readme_names_every_variable() {
    let page = std::fs::read_to_string(page()).expect("the page");
    let door = include_str!("../src/env.rs");
    let is_name =
        |word: &&str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let variables: Vec<_> = door.split('"').filter(is_name).collect();
    assert!(variables.len() >= 9, "{variables:?}");
    for variable in &variables {
        assert!(
            page.contains(&format!("`{variable}")),
            "{variable} is missing"
        );
    }
    let (_, table) = page.split_once("## Environment").expect("the section");
    let rows = table
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with("##"));
    for row in rows.filter(|line| line.starts_with("| `")) {
        let names = row.split(" | ").next().unwrap_or_default();
        for name in names.split('`').skip(1).step_by(2) {
            let name = name.split(['=', '…']).next().unwrap_or_default();
            let is_cap = name == "BUDGET_CAP_";
            assert!(is_cap || variables.contains(&name), "{name} is not read");
        }
    }
}
