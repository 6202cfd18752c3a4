//! The help says what there is, in groups and topics, and what it shows can be typed.

#[cfg(test)]
#[path = "support/fake.rs"]
mod fake;
#[cfg(test)]
mod support;

use support::{Output, TestEnv, golden};

const TOPICS: [&str; 8] = [
    "limits",
    "reserving",
    "agents",
    "unknown",
    "reports",
    "scripting",
    "exit-codes",
    "configuration",
];

/// Every command, as the parser knows them.
fn commands() -> Vec<String> {
    let tree = budget_ledger::whole_tree();
    tree.get_subcommands()
        .map(|verb| verb.get_name().to_owned())
        .collect()
}

/// What a help says at a width.
fn at(env: &TestEnv, columns: &str, args: &[&str]) -> String {
    let output = Output::of(env.command().env("COLUMNS", columns).args(args));
    assert_eq!(output.code, 0, "{output}");
    output.stdout
}

#[test]
fn the_help_is_as_committed() {
    let env = TestEnv::new();
    golden("help/budget.txt", &at(&env, "80", &["--help"]));
    for topic in TOPICS {
        golden(&format!("help/{topic}.txt"), &env.ok(&["help", topic]));
    }
    let mut colored = env.command();
    let colored = Output::of(colored.env("CLICOLOR_FORCE", "1").args(["--help"]));
    assert!(colored.stdout.contains("\u{1b}[1m"), "{colored}");
}

#[test]
fn every_command_and_topic_stands_in_the_help_once() {
    let env = TestEnv::new();
    let help = at(&env, "80", &["--help"]);
    let listed = |word: &str| {
        let is_listed = |line: &&str| line.starts_with(&format!("  {word} "));
        help.lines().filter(is_listed).count()
    };
    for word in commands().iter().map(String::as_str).chain(TOPICS) {
        assert_eq!(listed(word), 1, "{word}\n{help}");
    }
    let wide = help.lines().find(|line| line.chars().count() > 80);
    assert_eq!(wide, None);
    assert_eq!(at(&env, "80", &["help"]), help);
    assert_eq!(at(&env, "80", &["-h"]), help);
}

#[test]
fn help_of_a_command_is_what_the_command_says_of_itself() {
    let env = TestEnv::new();
    for verb in commands() {
        assert_eq!(
            env.ok(&["help", &verb]),
            env.ok(&[&verb, "--help"]),
            "{verb}"
        );
    }
    let below = env.ok(&["prices", "import", "--help"]);
    assert_eq!(env.ok(&["help", "prices", "import"]), below);
}

#[test]
fn a_topic_that_is_none_is_refused_with_what_is_near() {
    let env = TestEnv::new();
    let said = env.fails(&["help", "limts"], 2);
    assert!(said.contains("no command or topic `limts`"), "{said}");
    assert!(said.contains("did you mean `budget help limits`"), "{said}");
    assert!(env.fails(&["help", "run"], 2).contains("budget exec NAME"));
    assert!(env.fails(&["help", "prices", "nope"], 2).contains("show"));
}

/// The commands that a page shows: the lines after a prompt.
fn examples(page: &str) -> String {
    let typed = page.lines().filter_map(|line| line.strip_prefix("  $ "));
    typed.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn what_topics_show_can_be_typed() {
    for topic in TOPICS {
        let env = TestEnv::new();
        let says = format!("cat <<'END'\n{}\nEND", fake::result("0.0421"));
        let agent = fake::claude(&env, &says);
        let directory = std::path::Path::new(&agent).parent().expect("a directory");
        let script = examples(&env.ok(&["help", topic]));
        assert!(script.contains("budget "), "{topic} shows something");
        // Pages may begin in the middle: the budgets they name are there.
        let names: &[&str] = match topic {
            "limits" | "reserving" => &[],
            "unknown" | "agents" | "exit-codes" | "configuration" => &["other"],
            _ => &["team", "ci"],
        };
        for name in names {
            env.ok(&["create", name, "--limit", "5usd/day"]);
        }
        let mut shell = env.program("sh");
        let path = format!("PATH={}:$PATH", directory.display());
        shell.args(["-ec", &format!("{path}\n{script}")]);
        let output = Output::of(&mut shell);
        assert_eq!(output.code, 0, "{topic}\n{script}\n{output}");
    }
}

#[test]
fn one_of_what_a_topic_is_about_leads_to_it() {
    let env = TestEnv::new();
    for (one, topic) in [
        ("limit", "limits"),
        ("agent", "agents"),
        ("exit-code", "exit-codes"),
    ] {
        assert_eq!(env.ok(&["help", one]), env.ok(&["help", topic]));
    }
    // A command is itself.
    assert!(
        env.ok(&["help", "report"])
            .contains("budget report [OPTIONS]")
    );
    assert!(!env.ok(&["--help"]).contains("exit-code "));
}

#[test]
fn the_manual_is_written_where_its_readers_look() {
    let env = TestEnv::new();
    env.ok(&["man", "--dir", "share/man"]);
    let page = |path: &str| std::fs::read_to_string(env.path().join(path)).expect(path);
    assert!(page("share/man/man1/budget.1").starts_with(".ie"));
    assert!(page("share/man/man1/budget-prices-show.1").contains("prices show"));
    for topic in TOPICS {
        let text = page(&format!("share/man/man7/budget-{topic}.7"));
        assert!(text.starts_with(&format!(".TH budget-{topic} 7")), "{text}");
        let said = env.ok(&["help", topic]);
        let last = said.lines().last().expect("a line").replace('-', "\\-");
        assert!(text.contains(&last), "{topic}: {last}");
    }
}
