//! A person who knows nothing but `budget --help` finds how to cap an agent at $5 a day, what is
//! left, and who spent it. Every command here is one that a help text shows; where a help stops
//! showing it, the walk ends.

#[cfg(test)]
#[path = "support/fake.rs"]
mod fake;
#[cfg(test)]
mod support;

use std::path::Path;

use support::{Output, TestEnv};

/// Whoever walks: what they read, and a shell in which `claude` is an agent.
struct Newcomer {
    env: TestEnv,
    path: String,
}

impl Newcomer {
    fn new(dollars: &str) -> Self {
        let env = TestEnv::new();
        let says = format!("cat <<'END'\n{}\nEND", fake::result(dollars));
        let agent = fake::claude(&env, &says);
        let directory = Path::new(&agent).parent().expect("a directory");
        let path = directory.display().to_string();
        Self { env, path }
    }

    /// What the program shows to one who only asks for help.
    fn reads(&self, args: &[&str]) -> String {
        let help = self.env.ok(args);
        assert!(args.contains(&"--help") || args.contains(&"help"));
        help
    }

    /// Types a line as a help shows it.
    fn types(&self, line: &str) -> Output {
        let mut shell = self.env.program("sh");
        let line = format!("PATH={}:$PATH; {line}", self.path);
        Output::of(shell.args(["-c", &line]))
    }
}

/// The commands that a help shows below a line which says this.
#[track_caller]
fn shown_below(help: &str, says: &str) -> Vec<String> {
    let mut lines = help.lines().skip_while(|line| !line.contains(says));
    assert!(lines.next().is_some(), "no line says {says:?}:\n{help}");
    let commands = lines.map_while(|line| line.strip_prefix("  budget "));
    let commands: Vec<_> = commands.map(|line| format!("budget {line}")).collect();
    assert!(
        !commands.is_empty(),
        "nothing to type below {says:?}:\n{help}"
    );
    commands
}

#[test]
fn the_help_alone_leads_to_a_cap_to_what_is_left_and_to_who_spent_it() {
    let newcomer = Newcomer::new("4.20");
    let help = newcomer.reads(&["--help"]);

    // How to cap an agent at $5 a day.
    let cap = &shown_below(&help, "Cap an agent at $5 a day")[0];
    assert!(
        cap.contains("5usd/day") && cap.contains("-- claude"),
        "{cap}"
    );
    let output = newcomer.types(cap);
    assert_eq!(output.code, 0, "{cap}\n{output}");
    let answer = std::fs::read_to_string(newcomer.env.path().join("out"));
    assert!(answer.expect("the answer").contains("\"result\":\"done\""));

    // What is left.
    let left = &shown_below(&help, "What is left")[0];
    let output = newcomer.types(left);
    for part in ["me", "$5.00/day", "$4.20", "$0.80", "12h"] {
        assert!(output.stdout.contains(part), "{part}: {output}");
    }

    // The cap holds: what cannot be paid is not started, and one is told until when.
    let exec = newcomer.reads(&["exec", "--help"]);
    let reserve = exec
        .lines()
        .find(|line| line.contains("exec ci --reserve 1usd"));
    assert!(reserve.is_some(), "an example reserves an amount:\n{exec}");
    let more = cap
        .replace("--limit 5usd/day", "--reserve 1usd")
        .replace(">out", ">more");
    let output = newcomer.types(&more);
    assert_eq!(output.code, 75, "{more}\n{output}");
    assert!(
        output.stderr.contains("me usd/day has $0.80 left of $5.00"),
        "{output}"
    );
    assert!(output.stderr.contains("resets in 12h"), "{output}");
    let codes = newcomer.reads(&["help", "exit-codes"]);
    assert!(help.contains("budget help exit-codes"), "{help}");
    let denied = codes
        .lines()
        .find(|line| line.trim_start().starts_with("75 "));
    assert!(
        denied.is_some_and(|line| line.contains("Denied")),
        "{codes}"
    );

    // Who spent it.
    let who = shown_below(&help, "Who spent it");
    let report = newcomer.types(&who[0]);
    for part in ["claude-code", "claude-sonnet-4-5", "4.20"] {
        assert!(report.stdout.contains(part), "{part}: {report}");
    }
    let log = newcomer.types(&who[1]);
    assert!(
        log.stdout.contains("me") && log.stdout.contains("$4.20"),
        "{log}"
    );
}

/// A day later the same command runs again.
#[test]
fn the_next_day_the_cap_is_new() {
    let newcomer = Newcomer::new("4.20");
    let help = newcomer.reads(&["--help"]);
    let cap = &shown_below(&help, "Cap an agent at $5 a day")[0];
    assert_eq!(newcomer.types(cap).code, 0);
    // The second run gets the 80 cents that are left, and tells a cost beyond them.
    assert_eq!(newcomer.types(cap).code, 0);
    let third = newcomer.types(cap);
    assert_eq!(third.code, 75, "{third}");
    newcomer.env.set_time("2026-11-22T00:00:01Z");
    let next = newcomer.types(cap);
    assert_eq!(next.code, 0, "{next}");
}

#[test]
fn every_pointer_in_a_help_leads_somewhere() {
    let env = TestEnv::new();
    let known = |words: &[&str]| {
        let mut tree = budget_ledger::whole_tree();
        tree.build();
        let mut command = &tree;
        for word in words {
            command = command.find_subcommand(word)?;
        }
        Some(command.get_name().to_owned())
    };
    let tree = budget_ledger::whole_tree();
    let verbs = tree
        .get_subcommands()
        .map(|verb| vec![verb.get_name().to_owned(), "--help".to_owned()]);
    let topics = env.ok(&["--help"]);
    let topics = topics
        .lines()
        .skip_while(|line| !line.starts_with("Topics"))
        .skip(1);
    let topics = topics.map_while(|line| line.split_whitespace().next());
    let topics: Vec<_> = topics.map(str::to_owned).collect();
    assert!(topics.len() >= 8, "{topics:?}");
    let pages = topics
        .iter()
        .map(|topic| vec!["help".to_owned(), topic.clone()]);
    for page in verbs.chain(pages) {
        let text = env.ok(&page);
        let words: Vec<_> = text
            .split(|c: char| c.is_whitespace() || "`,;:()".contains(c))
            .collect();
        for pair in words.windows(3).filter(|words| words[0] == "budget") {
            let is_word = |word: &str| {
                word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
                    && !word.is_empty()
                    && !word.starts_with('-')
            };
            if pair[1] == "help" && is_word(pair[2]) {
                let is_topic = topics.iter().any(|topic| topic == pair[2]);
                assert!(
                    is_topic || known(&[pair[2]]).is_some(),
                    "{page:?} points to {pair:?}"
                );
            } else if is_word(pair[1]) && text.contains(&format!("`budget {}", pair[1])) {
                assert!(known(&[pair[1]]).is_some(), "{page:?} names {pair:?}");
            }
        }
    }
}
