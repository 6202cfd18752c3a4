//! `budget status` at a glance: it fits the terminal, its colours have a word beside them.

#[cfg(test)]
mod support;

use support::{Output, TestEnv};

fn shown(env: &TestEnv, columns: &str) -> String {
    let output = Output::of(env.command().arg("status").env("COLUMNS", columns));
    assert_eq!(output.code, 0, "{output}");
    output.stdout
}

fn widest(text: &str) -> usize {
    text.lines()
        .map(|line| line.chars().count())
        .max()
        .unwrap_or_default()
}

#[test]
fn bars_give_way_where_the_terminal_is_narrow() {
    let env = TestEnv::with("team", &["200usd/month", "500calls/hour"]);
    env.ok(&["create", "team/web", "--limit", "20usd/day", "--tz", "UTC"]);
    env.ok(&["spend", "team/web", "25usd"]);
    let (wide, narrow, least) = (shown(&env, "120"), shown(&env, "80"), shown(&env, "20"));
    assert!(wide.contains("██████████ 125%, over"), "{wide}");
    assert!(widest(&wide) > 80, "{wide}");
    assert!(widest(&narrow) <= 80, "{narrow}");
    assert!(narrow.contains("125%, over"), "{narrow}");
    assert!(
        !least.contains('█') && least.contains("125%, over"),
        "{least}"
    );
}

#[test]
fn colour_follows_the_environment_and_the_option() {
    let env = TestEnv::with("me", &["3usd/day"]);
    let is_coloured = |variable: &str, option: &str| {
        let args = ["status", "--color", option];
        let output = Output::of(env.command().args(args).env(variable, "1"));
        output.stdout.contains('\u{1b}')
    };
    assert!(!is_coloured("UNRELATED", "auto"), "a pipe has none");
    assert!(is_coloured("CLICOLOR_FORCE", "auto"));
    assert!(!is_coloured("CLICOLOR_FORCE", "never"));
    assert!(is_coloured("NO_COLOR", "always"));
}

#[test]
fn a_reader_that_is_gone_ends_it_quietly() {
    let env = TestEnv::with("me", &["3usd/day"]);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = env.command().arg("status").stdout(writer).output();
    let output = output.expect("a process");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stderr, b"");
}
