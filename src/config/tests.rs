use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::document::Fault;
use super::project::{Project, project};
use super::user::{self, Place, User, hides};

fn place() -> Place<'static> {
    Place {
        directory: Path::new("/home/ann/.config/budget"),
        home: Some(Path::new("/home/ann")),
    }
}

/// What a file says of which nothing is wrong, or the first that is.
fn user(text: &str, place: Place<'_>) -> Result<User, Fault> {
    let (user, faults) = user::user(text, place)?;
    faults
        .into_iter()
        .next()
        .map_or(Ok(user), |(_, fault)| Err(fault))
}

fn read(text: &str) -> User {
    user(text, place()).unwrap_or_else(|fault| panic!("{text}: {fault:?}"))
}

fn read_project(text: &str) -> Project {
    project(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"))
}

#[test]
fn the_users_file_says_all_of_it() {
    let text = "\
# mine
budget = \"Team/Web,ann\"
reserve = [
  \"0.50usd\",
  'all:tokens',
]
on_event = ['~/bin/notify', '--title', 'a b']
ledger = 'work.db'
color = 'never'
wait_lock = '250ms'
[ledgers]
home = '~/money/ledger.db'
far = '/mnt/ledger.db'
[tags]
team = 'web'
";
    let user = read(text);
    let budget = user.budget.expect("a budget");
    assert_eq!(
        (budget.value.to_string().as_str(), budget.line),
        ("ann,team/web", 2)
    );
    let asks: Vec<_> = user
        .reserve
        .iter()
        .map(|ask| (ask.value.to_string(), ask.line))
        .collect();
    assert_eq!(
        asks,
        [("0.50usd".to_owned(), 4), ("all:tokens".to_owned(), 5)]
    );
    let event = user.on_event.expect("a program");
    assert_eq!(event.value, ["/home/ann/bin/notify", "--title", "a b"]);
    assert_eq!(event.line, 7);
    let path = |path: &str| PathBuf::from(path);
    assert_eq!(
        user.ledger.expect("a path").value,
        path("/home/ann/.config/budget/work.db")
    );
    let ledgers: Vec<_> = user
        .ledgers
        .into_iter()
        .map(|(name, set)| (name, set.value))
        .collect();
    let named = |name: &str, to: &str| (name.to_owned(), path(to));
    assert_eq!(
        ledgers,
        [
            named("far", "/mnt/ledger.db"),
            named("home", "/home/ann/money/ledger.db")
        ]
    );
    assert!(!user.color.expect("a choice").value);
    assert_eq!(user.wait_lock.expect("a pause").value.millis(), 250);
    let tags: Vec<_> = user
        .tags
        .iter()
        .map(|tag| (tag.value.to_string(), tag.line))
        .collect();
    assert_eq!(tags, [("team=web".to_owned(), 15)]);
}

#[test]
fn a_projects_file_says_all_of_it() {
    let text =
        "budget = 'shop'\nlimits = ['5usd/day', '2slots']\nreserve = ['0.20usd']\ntags.a = 'b'\n";
    let project = read_project(text);
    assert_eq!(
        project.limited().map(ToString::to_string),
        Some("shop".to_owned())
    );
    let limits: Vec<_> = project
        .limits
        .iter()
        .map(|limit| limit.value.to_string())
        .collect();
    assert_eq!(limits, ["5.00usd/day", "2slots"]);
    assert_eq!(
        project
            .reserve
            .first()
            .map(|amount| amount.value.to_string()),
        Some("0.20usd".to_owned())
    );
    assert_eq!(
        project
            .tags
            .first()
            .map(|tag| (tag.value.to_string(), tag.line)),
        Some(("a=b".to_owned(), 4))
    );
}

#[test]
fn files_may_be_empty_and_written_anywhere() {
    for text in ["", "\n", "# nothing", "\u{feff}", "\r\n# dos\r\n"] {
        assert_eq!(read(text), User::default(), "{text:?}");
        assert_eq!(read_project(text), Project::default(), "{text:?}");
    }
    let dos = read_project("# a\r\nbudget = 'x'\r\n");
    assert_eq!(dos.budget.map(|set| set.line), Some(2));
}

/// What is wrong, on which line, and what would be right.
#[track_caller]
fn wrong(fault: Fault, text: &str, line: usize, message: &str, hint: &str) {
    assert_eq!(fault.line, line, "{text}: {fault:?}");
    assert!(fault.message.contains(message), "{text}: {fault:?}");
    assert!(
        fault.hint.unwrap_or_default().contains(hint),
        "{text}: {hint}"
    );
}

#[test]
fn what_is_wrong_with_the_users_file_is_said() {
    for (text, line, message, hint) in [
        ("\nbugdet = 'x'", 2, "no key `bugdet`", "mean `budget`"),
        ("zzz = 1", 1, "no key `zzz`", "keys are budget, color"),
        ("limits = ['1usd']", 1, "for a project's file", "budget set"),
        (
            "budget = 3",
            1,
            "is a text, and this is a number",
            "budget = \"team/web\"",
        ),
        ("budget = 'a b'", 1, "not a budget name", ""),
        ("budget = ''", 1, "not a budget name", ""),
        (
            "reserve = '1usd'",
            1,
            "is a list, and this is a text",
            "reserve = [\"0.50usd\"]",
        ),
        ("reserve = [\n'1usd',\n'x']", 3, "not an amount", ""),
        ("reserve = [1.5]", 1, "this is a number", ""),
        (
            "on_event = 'notify me'",
            1,
            "is a list, and this is a text",
            "on_event = [",
        ),
        ("on_event = []", 1, "names no program", "on_event = ["),
        ("on_event = ['']", 1, "names no program", "on_event = ["),
        (
            "on_event = ['./x']",
            1,
            "another in every directory",
            "whole path",
        ),
        (
            "on_event = ['bin/x']",
            1,
            "another in every directory",
            "whole path",
        ),
        ("on_event = ['x', \"a\\u0000b\"]", 1, "no NUL", ""),
        ("on_event = [['x']]", 1, "this is a list", ""),
        ("ledger = ''", 1, "path of a file", ""),
        ("ledger = 'x/'", 1, "path of a file", ""),
        ("ledger = true", 1, "this is true or false", ""),
        ("[ledgers]\n'a/b' = 'x'", 2, "no `/`", ""),
        ("[ledgers]\n'' = 'x'", 2, "no `/`", ""),
        ("ledgers = 'x'", 1, "is a table", "ledgers = {"),
        ("[tags]\n'a=b' = 'c'", 2, "a tag is", ""),
        ("[tags]\na = \"\\u001b\"", 2, "a tag is", ""),
        ("[tags]\na = 1979-05-27", 2, "this is a date", ""),
        ("[tags.a]\nb = 'c'", 1, "this is a table", ""),
        ("color = 'always'", 1, "auto or never", "--color always"),
        ("color = 'red'", 1, "not `red`", ""),
        ("wait_lock = '5'", 1, "not a duration", ""),
        ("budget = 'a'\nbudget = 'b'", 2, "duplicate key", ""),
        ("budget = 'a", 1, "", ""),
        ("a\u{0}b = 1", 1, "", ""),
    ] {
        wrong(
            user(text, place()).expect_err(text),
            text,
            line,
            message,
            hint,
        );
    }
}

#[test]
fn a_fault_hides_its_own_key_and_what_it_may_have_been() {
    let text = "budget = 3\nwait_lock = '1s'\nlegder = 'x'\ntags = { a = 'b' }\n";
    let (user, faults) = user::user(text, place()).expect("it is TOML");
    let faulty: Vec<_> = faults.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(faulty, ["budget", "legder"]);
    assert!(user.budget.is_none() && user.wait_lock.is_some());
    assert_eq!(user.tags.len(), 1);
    for (faulty, key, is_hidden) in [
        ("budget", "budget", true),
        ("budget", "ledger", false),
        ("ledger", "ledgers", false),
        ("ledgers", "ledger", false),
        ("legder", "ledger", true),
        ("legder", "ledgers", false),
        ("legders", "ledgers", true),
        ("ledger_file", "ledger", true),
        ("led", "ledger", true),
        ("bugdet", "ledger", false),
        ("bugdet", "budget", true),
        ("zzz", "ledger", false),
    ] {
        assert_eq!(hides(faulty, key), is_hidden, "{faulty} {key}");
    }
}

#[test]
fn a_path_below_a_home_that_is_not_there_is_an_error() {
    let homeless = Place {
        home: None,
        ..place()
    };
    let fault = user("ledger = '~/x.db'", homeless).expect_err("no home");
    assert!(fault.message.contains("no home directory"), "{fault:?}");
}

#[test]
fn what_a_projects_file_must_not_say_is_said() {
    for (text, line, message, hint) in [
        (
            "on_event = ['x']",
            1,
            "must not run anything",
            "budget config --path",
        ),
        ("command = 'x'", 1, "must not run anything", ""),
        (
            "ledger = 'x'",
            1,
            "where money is counted",
            "budget config --path",
        ),
        ("[ledgers]\nx = 'y'", 1, "where money is counted", ""),
        ("prices = 'x'", 1, "what things cost", "prices import"),
        ("color = 'never'", 1, "a habit of yours", ""),
        ("budgte = 'x'", 1, "no key", "mean `budget`"),
        (
            "limits = ['5usd/day']",
            1,
            "go with one budget",
            "budget = ",
        ),
        (
            "budget = 'a,b'\nlimits = ['5usd/day']",
            2,
            "go with one budget",
            "",
        ),
        (
            "budget = 'a'\nlimits = ['5usd/day', '6usd/day']",
            2,
            "given twice",
            "",
        ),
        ("budget = 'a'\nlimits = [\n'5'\n]", 3, "not a limit", ""),
        ("limits = '5usd'", 1, "is a list", "limits = ["),
        ("reserve = ['all']", 1, "sets no bound", "name an amount"),
        ("reserve = ['all:usd']", 1, "sets no bound", ""),
        ("reserve = ['1usd', '2usd']", 1, "reserved twice", ""),
        ("reserve = ['0usd']", 1, "nothing at all", ""),
    ] {
        wrong(project(text).expect_err(text), text, line, message, hint);
    }
}

#[test]
fn deep_and_long_texts_are_refused_or_read_but_never_too_much() {
    for text in [
        format!("a = {}", "[".repeat(60_000)),
        format!("a = {}", "{a=".repeat(20_000)),
        format!("{}a = 1", "a.".repeat(30_000)),
        format!("[{}a]", "a.".repeat(30_000)),
        format!("{}\n", "x = 1\n".repeat(9_000)),
        "\"".repeat(60_000),
    ] {
        user(&text, place()).expect_err("refused");
        project(&text).expect_err("refused");
    }
    let name = "x".repeat(60_000);
    let fault = user(&format!("{name} = 1"), place()).expect_err("no such key");
    assert!(fault.message.len() < 200, "{}", fault.message.len());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_a_line(text in "(?s)[a-z_=\\[\\]{}\"'.,\n\r\t #0-9\u{0}\u{e9}\u{1f600}]{0,200}") {
        let lines = text.split('\n').count();
        for fault in [user(&text, place()).err(), project(&text).err()].into_iter().flatten() {
            prop_assert!((1..=lines).contains(&fault.line), "{fault:?}");
            prop_assert!(!fault.message.is_empty());
        }
    }
}
