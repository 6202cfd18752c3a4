//! What shells complete: asked for in the shells themselves. Bash is always there; others are
//! tried where they are installed.

#[cfg(test)]
#[path = "support/fake.rs"]
mod fake;
#[cfg(test)]
mod support;
#[cfg(test)]
#[path = "support/terminal.rs"]
mod terminal;

use std::fs;
use std::path::PathBuf;

use support::{Output, TestEnv};
use terminal::Terminal;

/// A tree of budgets, one of them with a name that shells cut, and two open reservations.
fn place() -> (TestEnv, String, String) {
    let env = TestEnv::with("team", &["100usd/month"]);
    env.ok(&[
        "create", "team/web", "--limit", "5usd/day", "--limit", "3slots",
    ]);
    env.ok(&["create", "tenant:acme/agent:x", "--limit", "5usd"]);
    env.ok(&["create", "ann", "--limit", "5usd"]);
    let one = env.reserve("team/web", &["1usd"]);
    env.advance(1);
    let two = env.reserve("ann", &["0.50usd"]);
    (env, one, two)
}

/// The answer to a shell, as lines.
fn asked(env: &TestEnv, words: &[&str]) -> Vec<String> {
    let args = ["__complete", "--"].iter().chain(words);
    let output = Output::of(env.command().args(args));
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output}");
    output.stdout.lines().map(str::to_owned).collect()
}

/// The values among them, without what is said of each.
fn values(env: &TestEnv, words: &[&str]) -> Vec<String> {
    let answer = asked(env, words);
    let (first, rest) = answer.split_first().expect("a first line");
    assert_eq!(first, "values", "{words:?}");
    let value = |line: &String| line.split('\t').next().unwrap_or_default().to_owned();
    rest.iter().map(value).collect()
}

#[test]
fn budgets_reservations_limits_and_charges_are_offered() {
    let (env, one, two) = place();
    let all = ["ann", "team", "team/web", "tenant:acme/agent:x"];
    assert_eq!(values(&env, &["status", ""]), all);
    assert_eq!(values(&env, &["exec", "te"]), all[1..]);
    assert_eq!(values(&env, &["spend", "ann,team/"]), ["ann,team/web"]);
    assert!(values(&env, &["create", "te"]).is_empty());
    assert_eq!(values(&env, &["commit", ""]), [one.clone(), two.clone()]);
    let tail = two.get(two.len() - 6..).expect("an id");
    assert_eq!(values(&env, &["release", tail]), [two.as_str()]);
    let limits = ["usd/day", "slots"];
    assert_eq!(
        values(&env, &["set", "team/web", "--remove-limit", ""]),
        limits
    );
    assert_eq!(
        values(&env, &["set", "team/web", "--remove-limit=u"]),
        ["--remove-limit=usd/day"]
    );
    env.ok(&["spend", "ann", "0.31usd"]);
    let charges = asked(&env, &["refund", ""]);
    assert_eq!(charges, ["values", "7\tann, $0.31"]);
    assert!(values(&env, &["unfreeze", ""]).is_empty());
    env.ok(&["freeze", "ann"]);
    assert_eq!(values(&env, &["unfreeze", ""]), ["ann"]);
    assert_eq!(values(&env, &["freeze", "a"]), [""; 0]);
    let said = asked(&env, &["commit", ""]);
    assert_eq!(said[1], format!("{one}\tteam/web, 1 slot, $1.00"));
}

#[test]
fn what_nobody_accounted_for_is_offered_to_be_corrected() {
    let (env, one, two) = place();
    env.advance(3_600);
    assert!(values(&env, &["extend", ""]).is_empty());
    assert_eq!(values(&env, &["commit", ""]), [one, two]);
    assert!(asked(&env, &["commit", ""])[1].ends_with(", unknown"));
}

#[test]
fn what_the_ledger_does_not_know_is_left_to_the_script() {
    let (env, ..) = place();
    for words in [
        &[][..],
        &["sta"],
        &["status", "--js"],
        &["prices", "show", ""],
        &["nope", ""],
        &["__complete", ""],
    ] {
        assert_eq!(asked(&env, words), ["other"], "{words:?}");
    }
    assert_eq!(asked(&env, &["exec", "ann", "--", "clau"]), ["command"]);
}

#[test]
fn the_ledger_that_the_line_names_is_asked() {
    let (env, ..) = place();
    let other = env.path().join("other").join("other.db");
    env.ok(&[
        "create",
        "elsewhere",
        "--limit",
        "1usd",
        "--ledger",
        other.to_str().expect("text"),
    ]);
    let other = other.to_str().expect("text");
    assert_eq!(
        values(&env, &["--ledger", other, "status", ""]),
        ["elsewhere"]
    );
    assert_eq!(
        values(&env, &["status", &format!("--ledger={other}"), ""]),
        ["elsewhere"]
    );
    assert_eq!(
        values(&env, &["status", "--ledger", "'~/other/other.db'", ""]),
        ["elsewhere"]
    );
    let mut command = env.command();
    command
        .env("BUDGET_LEDGER", other)
        .args(["__complete", "--", "show", ""]);
    assert!(Output::of(&mut command).stdout.contains("elsewhere"));
}

#[test]
fn it_makes_nothing_and_says_nothing_of_trouble() {
    let env = TestEnv::new();
    assert_eq!(asked(&env, &["status", ""]), ["values"]);
    assert!(!env.ledger().exists());
    env.ok(&["create", "me", "--limit", "5usd"]);
    let before = env.dump();
    let conn = rusqlite::Connection::open(env.ledger()).expect("the ledger");
    conn.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    assert_eq!(values(&env, &["status", ""]), ["me"]);
    conn.execute_batch("ROLLBACK").expect("the lock");
    drop(conn);
    assert_eq!(env.dump(), before);
    for damage in ["no ledger at all", &"x".repeat(9_000)] {
        fs::write(env.ledger(), damage).expect("a file");
        assert_eq!(asked(&env, &["status", ""]), ["values"]);
    }
    env.expect_damage();
}

#[test]
fn no_help_shows_what_shells_ask() {
    let env = TestEnv::new();
    assert!(!env.ok(&["--help"]).contains("__complete"));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = env.ok(&["completions", shell]);
        assert!(script.contains("__complete"), "{shell} asks");
    }
}

/// The program of a shell, where it is installed.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a shell that is missing is told to whoever runs the tests"
)]
fn shell(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let files = std::env::split_paths(&path).map(|directory| directory.join(name));
    let found = files.into_iter().find(|file| file.exists());
    if found.is_none() {
        eprintln!("{name} is not installed here: its completion is not tried");
    }
    found
}

/// Types a line and the key that completes, and looks at what stands in the line then.
#[track_caller]
fn completes(terminal: &mut Terminal, typed: &str, wanted: &str) {
    terminal.send(&format!("{typed}\t"));
    // The line goes to a command that shows it.
    terminal.send("\u{1}show \r");
    let shown = terminal.expect("]]");
    let shown = shown.rsplit("[[").next().unwrap_or_default();
    assert_eq!(shown, wanted, "{typed}");
}

/// What is typed, and what it becomes.
const LINES: [(&str, &str); 8] = [
    ("budget verif", "budget verify"),
    ("budget status team/", "budget status team/web"),
    ("budget status ten", "budget status tenant:acme/agent:x"),
    (
        "budget status tenant:ac",
        "budget status tenant:acme/agent:x",
    ),
    (
        "budget spend ann,tenant:acme/ag",
        "budget spend ann,tenant:acme/agent:x",
    ),
    (
        "budget set team/web --remove-limit sl",
        "budget set team/web --remove-limit slots",
    ),
    (
        "budget reservations --state unk",
        "budget reservations --state unknown",
    ),
    (
        "budget exec ann -- uname_of_te",
        "budget exec ann -- uname_of_test",
    ),
];

fn lines(terminal: &mut Terminal, one: &str) {
    for (typed, wanted) in LINES {
        completes(terminal, typed, wanted);
    }
    // The first completes what all have in common; the next lists.
    terminal.send("budget commit \t\t\t");
    let list = terminal.expect("ann, $0.50");
    assert!(
        list.contains(one) && list.contains("team/web, 1 slot, $1.00"),
        "{list}"
    );
}

/// A command of a name that nothing else has.
fn known_command(env: &TestEnv) -> String {
    let script = fake::script(env, "uname_of_test", "true");
    let directory = script.parent().expect("a directory");
    let path = env
        .program("sh")
        .get_envs()
        .find(|(name, _)| *name == "PATH")
        .and_then(|(_, path)| path)
        .expect("a path")
        .to_owned();
    format!("{}:{}", directory.display(), path.display())
}

#[test]
fn bash_completes() {
    let (env, one, _) = place();
    let script = env.path().join("budget.bash");
    fs::write(&script, env.ok(&["completions", "bash"])).expect("a script");
    let mut bash = env.program("bash");
    bash.env("PATH", known_command(&env));
    let mut terminal = Terminal::start(bash.args(["--norc", "--noprofile", "-i"]));
    terminal
        .send("show() { printf '[%s%s]%s' '[' \"$*\" ']'; echo; }; bind 'set bell-style none'\r");
    terminal.send("bind 'set completion-query-items 0'; bind 'set page-completions off'\r");
    terminal.send("source ./budget.bash; echo rea''dy\r");
    terminal.expect("ready");
    lines(&mut terminal, &one);
}

#[test]
fn zsh_completes() {
    let Some(zsh) = shell("zsh") else { return };
    let (env, one, _) = place();
    let functions = env.path().join("functions");
    fs::create_dir(&functions).expect("a directory");
    fs::write(functions.join("_budget"), env.ok(&["completions", "zsh"])).expect("a script");
    let mut zsh = env.program(zsh);
    zsh.env("PATH", known_command(&env));
    let mut terminal = Terminal::start(zsh.args(["-f", "-i"]));
    terminal.send("show() { printf '[%s%s]%s' '[' \"$*\" ']'; echo; }; setopt nobeep\r");
    terminal.send("bindkey -e; fpath=($PWD/functions $fpath); LISTMAX=0\r");
    terminal.send("autoload -Uz compinit; compinit -u -D; echo rea''dy\r");
    terminal.expect("ready");
    lines(&mut terminal, &one);
}

#[test]
fn fish_completes() {
    let Some(fish) = shell("fish") else { return };
    let (env, one, _) = place();
    let script = env.path().join("budget.fish");
    fs::write(&script, env.ok(&["completions", "fish"])).expect("a script");
    let complete = |typed: &str| {
        let mut fish = env.program(&fish);
        fish.env("PATH", known_command(&env));
        let line = format!("source budget.fish; complete -C '{typed}'");
        let output = Output::of(fish.args(["--no-config", "-c", &line]));
        assert_eq!(output.stderr, "", "{typed}");
        output.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        complete("budget status team/"),
        ["team/web\t$4.00 left of 5.00usd/day, 2 slots left of 3slots"]
    );
    assert_eq!(
        complete("budget status ten"),
        ["tenant:acme/agent:x\t$5.00 left of 5.00usd"]
    );
    assert_eq!(
        complete("budget set team/web --remove-limit sl"),
        ["slots\t3slots"]
    );
    let open = format!("{one}\tteam/web, 1 slot, $1.00");
    assert!(complete("budget commit ").contains(&open));
    assert!(complete("budget reservations --state unk")[0].starts_with("unknown"));
    assert!(complete("budget exec ann -- uname_of_te")[0].starts_with("uname_of_test"));
    assert!(
        complete("budget statu")
            .iter()
            .any(|line| line.starts_with("statusline"))
    );
}

#[test]
fn elvish_completes() {
    let Some(elvish) = shell("elvish") else {
        return;
    };
    let (env, ..) = place();
    let script = env.ok(&["completions", "elvish"]);
    // Control-A goes to the beginning of the line, as elsewhere.
    let settings = "set edit:insert:binding[Ctrl-A] = { edit:move-dot-sol }
        fn show {|@words| echo '['(print '[' $@words ']')']' }
        edit:add-var show~ $show~
        echo ready";
    let directory = env.path().join(".config/elvish");
    fs::create_dir_all(&directory).expect("a directory");
    fs::write(directory.join("rc.elv"), format!("{script}\n{settings}\n")).expect("a script");
    let mut terminal = Terminal::start(&mut env.program(elvish));
    terminal.expect("ready");
    // It looks for a command to run among files, and knows no words of options.
    let is_known = |typed: &str| !typed.contains(" -- ") && !typed.contains("--state");
    let lines = LINES.iter().filter(|(typed, _)| is_known(typed));
    for (typed, wanted) in lines {
        // Where quotes have to be put around it, even a single word is only offered.
        let taken = if typed.contains(',') { "\r" } else { "" };
        terminal.send(&format!("{typed}\t{taken}\u{1}show \r"));
        let shown = terminal.expect(" ]]");
        let shown = shown.rsplit("[[ ").next().unwrap_or_default();
        assert_eq!(shown, *wanted, "{typed}");
    }
    terminal.send("budget commit \t\t");
    terminal.expect("ann, $0.50");
}
