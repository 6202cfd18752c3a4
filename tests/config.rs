//! Settings from files: what they say where nothing is typed, what a project's file may not say,
//! and files that nobody should have to read.

#[cfg(test)]
mod support;

use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::{Output, TestEnv, golden};

/// A home with files of settings, and directories below it.
struct Home {
    env: TestEnv,
}

impl std::ops::Deref for Home {
    type Target = TestEnv;

    fn deref(&self) -> &TestEnv {
        &self.env
    }
}

impl Home {
    fn new() -> Self {
        let home = Self {
            env: TestEnv::new(),
        };
        std::fs::create_dir_all(home.directory()).expect("a directory");
        std::fs::create_dir_all(home.user_file().parent().expect("a parent")).expect("a directory");
        home
    }

    /// A home with budgets, each with a limit of $20 a day.
    fn with(budgets: &[&str]) -> Self {
        let home = Self::new();
        for budget in budgets {
            home.ok(&["create", budget, "--limit", "20usd/day", "--tz", "UTC"]);
        }
        home
    }

    fn user_file(&self) -> PathBuf {
        self.path().join(".config/budget/config.toml")
    }

    /// A project, in which commands are run.
    fn directory(&self) -> PathBuf {
        self.path().join("src/shop")
    }

    fn project_file(&self) -> PathBuf {
        self.directory().join(".budget.toml")
    }

    fn user(&self, text: &str) {
        std::fs::write(self.user_file(), text).expect("a file");
    }

    fn project(&self, text: &str) {
        std::fs::write(self.project_file(), text).expect("a file");
    }

    /// The binary in the project.
    fn here(&self) -> Command {
        let mut command = self.command();
        command.current_dir(self.directory());
        command
    }

    /// Runs it there, and expects a code.
    #[track_caller]
    fn run(&self, args: &[&str], code: i32) -> Output {
        let output = Output::of(self.here().args(args));
        assert_eq!(output.code, code, "{args:?}: {output}");
        output
    }

    /// Runs it there, and looks at nothing but its code.
    #[track_caller]
    fn ends(&self, args: &[&str], code: i32) {
        drop(self.run(args, code));
    }

    /// Runs it there, and expects it to be done.
    #[track_caller]
    fn done(&self, args: &[&str]) -> String {
        let output = self.run(args, 0);
        output.stdout.trim_end().to_owned()
    }

    /// The JSON of a command that is run there.
    #[track_caller]
    fn answer(&self, args: &[&str]) -> Value {
        let args: Vec<_> = args.iter().copied().chain(["--json"]).collect();
        serde_json::from_str(&self.done(&args)).expect("JSON")
    }

    /// The latest entry of the journal of a kind.
    #[track_caller]
    fn entry(&self, kind: &str) -> Value {
        let log = self.json(&["log"]);
        let entries = log["entries"].as_array().expect("entries");
        let found = entries.iter().filter(|entry| entry["kind"] == kind);
        let latest = found.max_by_key(|entry| entry["seq"].as_i64());
        latest
            .unwrap_or_else(|| panic!("no {kind} in {log:#}"))
            .clone()
    }
}

fn is_root() -> bool {
    // Whoever makes a file owns it.
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::os::unix::fs::MetadataExt::uid(&file.as_file().metadata().expect("a file")) == 0
}

#[test]
fn inside_a_project_the_name_may_be_left_out() {
    let home = Home::with(&["team/shop", "me"]);
    home.project("budget = 'team/shop'\n");
    home.user("budget = 'me'\n");
    let id = home.done(&["reserve", "1usd"]);
    assert_eq!(
        home.entry("reserved")["budgets"],
        serde_json::json!(["team/shop"])
    );
    home.done(&["commit", &id]);
    home.done(&["exec", "--reserve", "0.50usd", "--", "true"]);
    home.done(&["spend", "0.25usd", "0tokens"]);
    home.done(&["check", "$1"]);
    assert_eq!(home.figure("team/shop", "usd/day", "spent"), "1.75");
    assert_eq!(home.answer(&["remaining"])["usd"], serde_json::json!(18.25));
    assert!(home.done(&["statusline"]).starts_with("team/shop "));
    // What is shown of everything stays so.
    assert!(home.done(&["status"]).contains("me"));
    // Elsewhere it is the user's own.
    home.ok(&["spend", "0.10usd"]);
    assert_eq!(home.figure("me", "usd/day", "spent"), "0.10");
    assert_eq!(home.figure("team/shop", "usd/day", "spent"), "1.75");
}

#[test]
fn verbs_that_change_a_budget_never_guess_it() {
    let home = Home::with(&["me"]);
    home.project("budget = 'me'\n");
    for args in [
        &["create", "--limit", "5usd"][..],
        &["set", "--limit", "5usd"],
        &["grant", "5usd/day"],
        &["freeze"],
        &["unfreeze"],
        &["close"],
        &["show"],
    ] {
        home.ends(args, 2);
    }
}

#[test]
fn the_closest_word_wins() {
    let home = Home::with(&["typed", "set", "project", "user"]);
    let spend = |set: bool, typed: &[&str]| {
        let mut command = home.here();
        if set {
            command.env("BUDGET_NAME", "set");
        }
        let output = Output::of(command.arg("spend").args(typed).arg("1usd"));
        assert_eq!(output.code, 0, "{output}");
        home.entry("spent")["budgets"][0]
            .as_str()
            .expect("a name")
            .to_owned()
    };
    home.user("budget = 'user'\n");
    assert_eq!(spend(false, &[]), "user");
    home.project("budget = 'project'\n");
    assert_eq!(spend(false, &[]), "project");
    assert_eq!(spend(true, &[]), "set");
    assert_eq!(spend(true, &["typed"]), "typed");
}

#[test]
fn inside_a_run_its_budget_is_meant() {
    let home = Home::with(&["outer", "project"]);
    home.project("budget = 'project'\n");
    let inner =
        "budget spend 0.25usd && BUDGET_NAME=project budget reserve 0.50usd && budget remaining";
    let output = home.done(&[
        "exec",
        "outer",
        "--reserve",
        "1usd",
        "--",
        "sh",
        "-c",
        inner,
    ]);
    assert!(output.ends_with("\"usd\":19.25}"), "{output}");
    assert_eq!(home.entry("spent")["budgets"][0], "outer");
    assert_eq!(home.figure("project", "usd/day", "reserved"), "0.00");
}

#[test]
fn an_amount_is_no_name_and_a_name_is_no_amount() {
    let home = Home::with(&["5usd/dev", "me"]);
    home.project("budget = 'me'\n");
    home.done(&["spend", "5usd/dev", "1usd"]);
    home.ok(&["set", "me", "--limit", "1h/day"]);
    home.done(&["reserve", "90s", "0usd"]);
    for (args, code, said) in [
        (&["spend", "5usd/day"][..], 2, "an amount"),
        (&["spend", "0,50usd"], 2, "not a budget name"),
        (&["reserve", "1usd", "2usd"], 2, "asked for twice"),
        (&["reserve", "3tokens"], 65, "counts tokens"),
        (&["spend", "nobody", "1usd"], 66, "no budget `nobody`"),
        (&["exec", "1usd", "--", "true"], 2, "is an amount"),
    ] {
        let output = home.run(args, code);
        assert!(output.stderr.contains(said), "{args:?}: {output}");
    }
}

#[test]
fn without_any_default_the_error_says_how_there_is_one() {
    let home = Home::with(&["me"]);
    for args in [
        &["reserve", "1usd"][..],
        &["spend", "1usd"],
        &["check", "1usd"],
        &["check"],
        &["exec", "--", "true"],
    ] {
        let said = home.run(args, 2).stderr;
        assert!(
            said.contains(".budget.toml") && said.contains("budget config --path"),
            "{said}"
        );
    }
    assert!(
        home.run(&["spend", "1usd"], 2)
            .stderr
            .contains("the budget comes first")
    );
    assert_eq!(home.done(&["remaining"]), "null");
}

#[test]
fn an_unknown_key_is_an_error_with_its_place() {
    let home = Home::with(&["me"]);
    home.user("budget = 'me'\n\nreserv = ['1usd']\n");
    let output = home.run(&["reserve", "1usd", "--json"], 78);
    let error: Value = serde_json::from_str(&output.stderr).expect("JSON");
    let error = &error["error"];
    assert_eq!(error["code"], "config");
    assert_eq!(error["file"], home.user_file().to_string_lossy().as_ref());
    assert_eq!(
        (error["line"].as_i64(), error["key"].as_str()),
        (Some(3), Some("reserv"))
    );
    assert_eq!(error["hint"], "did you mean `reserve`?");
    home.user("");
    home.project("budget = 'me'\n[tag]\na = 'b'\n");
    let said = home.run(&["spend", "1usd"], 78).stderr;
    let place = format!("{}:2: there is no key `tag`", home.project_file().display());
    assert!(said.contains(&place) && said.contains("`tags`"), "{said}");
    assert_eq!(home.figure("me", "usd/day", "spent"), "0.00");
}

#[test]
fn a_cloned_repository_runs_nothing_and_chooses_no_ledger() {
    let home = Home::with(&["me"]);
    let trap = home.directory().join("trap.sh");
    let sprung = home.path().join("sprung");
    std::fs::write(&trap, format!("#!/bin/sh\ntouch {}\n", sprung.display())).expect("a file");
    std::fs::set_permissions(&trap, std::fs::Permissions::from_mode(0o755)).expect("a file");
    let before = home.dump();
    for (setting, why) in [
        (format!("on_event = ['{}']", trap.display()), "run anything"),
        (format!("command = ['{}']", trap.display()), "run anything"),
        ("ledger = 'other.db'".to_owned(), "where money is counted"),
        (
            "[ledgers]\nme = 'other.db'".to_owned(),
            "where money is counted",
        ),
        ("prices = 'cheap.json'".to_owned(), "what things cost"),
        ("wait_lock = '0s'".to_owned(), "not of a project"),
    ] {
        home.project(&format!("budget = 'me'\n{setting}\n"));
        for args in [
            &["exec", "me", "--reserve", "1usd", "--", "true"][..],
            &["reserve", "me", "1usd"],
            &["check", "me", "1usd"],
            &["config"],
        ] {
            let said = home.run(args, 78).stderr;
            assert!(
                said.contains(why) && said.contains(".budget.toml:2: "),
                "{said}"
            );
        }
    }
    assert_eq!(home.dump(), before);
    assert!(!sprung.exists() && !home.directory().join("other.db").exists());
}

#[test]
fn limits_of_a_project_only_tighten() {
    let home = Home::with(&["me"]);
    home.project("budget = 'me'\nlimits = ['5usd/day']\n");
    home.done(&["check", "5usd"]);
    home.done(&["spend", "1usd"]);
    let denied = home.run(&["reserve", "4.50usd"], 75);
    let file = home.project_file();
    assert!(denied.stderr.contains("$4.00 left of $5.00"), "{denied}");
    assert!(denied.stderr.contains(&*file.to_string_lossy()), "{denied}");
    let never = home.run(&["exec", "--reserve", "6usd", "--", "true"], 77);
    assert!(never.stderr.contains("raise it in "), "{never}");
    let error: Value =
        serde_json::from_str(&home.run(&["check", "6usd", "--json"], 77).stderr).expect("JSON");
    assert_eq!(
        error["error"]["failed"][0]["said_by"],
        file.to_string_lossy().as_ref()
    );
    assert_eq!(home.answer(&["remaining"])["usd"], serde_json::json!(4.0));
    // The ledger's own limit is what it was, also of a window that was opened here.
    assert_eq!(home.figure("me", "usd/day", "limit"), "20.00");
    // More than the ledger's is nothing.
    home.project("budget = 'me'\nlimits = ['50usd/day']\n");
    let own = home.run(&["check", "30usd", "--json"], 77).stderr;
    assert!(!own.contains("said_by"), "{own}");
    assert_eq!(home.answer(&["remaining"])["usd"], serde_json::json!(19.0));
    // Elsewhere it says nothing.
    home.ok(&["check", "me", "19usd"]);
}

#[test]
fn limits_of_a_project_bind_all_that_counts_against_its_budget() {
    let home = Home::with(&["team/shop", "team/shop/night", "other"]);
    home.project("budget = 'team/shop'\nlimits = ['5usd/day']\n");
    home.ends(&["check", "team/shop/night", "6usd"], 77);
    home.ends(&["check", "other,team/shop", "6usd"], 77);
    home.done(&["check", "other", "6usd"]);
    home.done(&["reserve", "5usd"]);
    home.ends(
        &[
            "exec",
            "team/shop/night",
            "--reserve",
            "0.01usd",
            "--",
            "true",
        ],
        75,
    );
}

#[test]
fn all_of_a_budget_is_what_the_project_leaves() {
    let home = Home::with(&["me"]);
    home.project("budget = 'me'\nlimits = ['5usd/day']\n");
    let answer = home.answer(&["reserve", "me", "all:usd"]);
    assert_eq!(answer["amounts"][0]["amount"], "5.00", "{answer}");
    home.ends(&["reserve", "me", "all:usd"], 75);
    home.ok(&["reserve", "me", "15usd"]);
}

#[test]
fn a_limit_that_the_budget_does_not_have_is_an_error() {
    let home = Home::with(&["me"]);
    home.project("budget = 'me'\nlimits = ['5usd/day', '9usd/month']\n");
    for args in [
        &["exec", "--reserve", "1usd", "--", "true"][..],
        &["reserve", "1usd"],
        &["check", "1usd"],
    ] {
        let said = home.run(args, 78).stderr;
        assert!(said.contains("no limit usd/month"), "{said}");
        assert!(
            said.contains("budget set me --limit 9.00usd/month"),
            "{said}"
        );
    }
    home.ok(&["set", "me", "--limit", "30usd/month"]);
    home.done(&["check", "1usd"]);
    home.project("budget = 'team'\nlimits = ['5usd/day']\n");
    let said = home.run(&["check", "team/web", "1usd"], 66).stderr;
    assert!(said.contains("no budget `team/web`"), "{said}");
    home.ok(&["create", "team/web", "--limit", "1usd"]);
    let said = home.run(&["check", "team/web", "1usd"], 78).stderr;
    assert!(
        said.contains("budget create team --limit 5.00usd/day"),
        "{said}"
    );
}

#[test]
fn a_projects_file_makes_no_budget() {
    let home = Home::with(&["me"]);
    home.user("budget = 'me'\nreserve = ['0.50usd']\n");
    home.project("budget = 'fresh'\nlimits = ['999999usd/day']\nreserve = ['1usd']\n");
    for form in [
        &["exec", "--", "true"][..],
        &["reserve", "1usd"],
        &["reserve", "1usd", "--dry-run"],
        &["check", "1usd"],
        &["spend", "1usd"],
    ] {
        let said = home.run(form, 66).stderr;
        assert!(said.contains("there is no budget `fresh`"), "{said}");
    }
    // Who types a limit makes it.
    home.done(&["reserve", "1usd", "--limit", "3usd/day"]);
    assert_eq!(home.figure("fresh", "usd/day", "limit"), "3.00");
}

#[test]
fn a_run_reserves_what_the_project_says_only_where_nobody_else_does() {
    let home = Home::with(&["me"]);
    home.ok(&[
        "create",
        "own",
        "--limit",
        "20usd/day",
        "--limit",
        "90calls",
        "--reserve",
        "2usd",
    ]);
    let reserved = |name: &str| {
        home.done(&["exec", name, "--", "true"]);
        let amounts = home.entry("reserved")["amounts"].clone();
        let amounts = amounts.as_array().expect("amounts").iter();
        let usd = amounts.filter(|amount| amount["unit"] == "usd");
        usd.map(|usd| usd["amount"].as_str().expect("a decimal").to_owned())
            .collect::<String>()
    };
    let cases = [
        // The user's file, the project's, what is reserved of a budget without a default of its own
        // and of one with $2.
        ("", "", "", "2.00"),
        ("reserve = ['1usd']", "", "1.00", "2.00"),
        // What nobody can read is charged as reserved: less would be a way around the limit.
        (
            "reserve = ['1usd']",
            "reserve = ['0.25usd']",
            "1.00",
            "2.00",
        ),
        ("reserve = ['1usd']", "reserve = ['9usd']", "1.00", "2.00"),
        (
            "reserve = ['1usd']",
            "reserve = ['9usd', '5calls']",
            "1.00",
            "2.00",
        ),
        ("", "reserve = ['0.25usd']", "0.25", "2.00"),
    ];
    for (user, project, plain, own) in cases {
        home.user(user);
        home.project(project);
        if plain.is_empty() {
            home.ends(&["exec", "me", "--", "true"], 2);
        } else {
            assert_eq!(reserved("me"), plain, "{user} {project}");
        }
        assert_eq!(reserved("own"), own, "{user} {project}");
    }
    // What is typed goes before all of it.
    home.done(&["exec", "me", "--reserve", "3usd", "--", "true"]);
    assert_eq!(home.entry("reserved")["amounts"][0]["amount"], "3.00");
}

#[test]
fn labels_of_the_files_are_added_and_typed_ones_win() {
    let home = Home::with(&["me"]);
    home.user("[tags]\nhost = 'box'\nteam = 'mine'\n");
    home.ok(&["spend", "me", "1usd"]);
    assert_eq!(
        home.entry("spent")["tags"],
        serde_json::json!({"host": "box", "team": "mine"})
    );
    home.project("[tags]\nteam = 'web'\njob = 'x'\n");
    let tags = serde_json::json!({"host": "box", "team": "web", "job": "typed", "project": "shop"});
    home.done(&["spend", "me", "1usd", "--tag", "job=typed"]);
    assert_eq!(home.entry("spent")["tags"], tags);
    home.done(&["reserve", "me", "1usd", "--tag", "job=typed"]);
    assert_eq!(home.entry("reserved")["tags"], tags);
    home.done(&[
        "exec",
        "me",
        "--reserve",
        "1usd",
        "--tag",
        "job=typed",
        "--",
        "true",
    ]);
    assert_eq!(home.entry("reserved")["tags"], tags);
    home.project("[tags]\nproject = 'web-shop'\n");
    home.done(&["spend", "me", "1usd"]);
    assert_eq!(home.entry("spent")["tags"]["project"], "web-shop");
    home.done(&["spend", "me", "1usd", "--tag", "project=p"]);
    assert_eq!(home.entry("spent")["tags"]["project"], "p");
}

#[test]
fn a_directory_that_cannot_be_a_label_is_none() {
    let home = Home::with(&["me"]);
    for name in ["a\u{1b}[2Jb", "\u{202e}x"] {
        let place = home.path().join(name);
        std::fs::create_dir(&place).expect("a directory");
        std::fs::write(place.join(".budget.toml"), "budget = 'me'\n").expect("a file");
        let mut command = home.command();
        let output = Output::of(command.current_dir(&place).args(["spend", "1usd"]));
        assert_eq!(output.code, 0, "{output}");
        assert_eq!(home.entry("spent")["tags"], serde_json::json!({}));
        let shown = Output::of(home.command().current_dir(&place).arg("config"));
        assert!(!shown.stdout.contains(['\u{1b}', '\u{202e}']), "{shown}");
    }
}

#[test]
fn limits_and_defaults_of_files_are_no_part_of_what_a_key_stands_for() {
    let home = Home::with(&["me"]);
    home.ok(&["set", "me", "--reserve", "1usd"]);
    home.project("tags = { project = 'p' }\n");
    let reserve = || home.done(&["reserve", "me", "1usd", "--key", "k"]);
    let exec = || home.done(&["exec", "me", "--key", "k", "--", "true"]);
    let (id, _) = (reserve(), exec());
    home.project(
        "budget = 'me'\nlimits = ['3usd/day']\nreserve = ['0.10usd']\ntags = { project = 'p' }\n",
    );
    home.user("reserve = ['7usd']\n");
    assert_eq!(reserve(), id);
    exec();
    assert_eq!(home.figure("me", "usd/day", "spent"), "1.00");
    assert_eq!(home.figure("me", "usd/day", "reserved"), "1.00");
}

#[test]
fn the_file_of_the_closest_directory_is_the_projects() {
    let home = Home::with(&["a", "b", "c"]);
    let deep = home.directory().join("x/y/z");
    std::fs::create_dir_all(&deep).expect("a directory");
    let meant = |directory: &Path| {
        let mut command = home.command();
        let output = Output::of(command.current_dir(directory).args(["config", "--json"]));
        assert_eq!(output.code, 0, "{output}");
        let shown: Value = serde_json::from_str(&output.stdout).expect("JSON");
        shown["settings"][0]["value"]
            .as_str()
            .unwrap_or("none")
            .to_owned()
    };
    assert_eq!(meant(&deep), "none");
    std::fs::write(home.path().join(".budget.toml"), "budget = 'a'").expect("a file");
    assert_eq!(meant(&deep), "a");
    home.project("budget = 'b'\n");
    assert_eq!(meant(&deep), "b");
    std::fs::write(deep.join(".budget.toml"), "").expect("a file");
    assert_eq!(meant(&deep), "none");
    assert_eq!(meant(&home.directory()), "b");
    // What lies above the home directory is not the user's.
    std::fs::remove_file(deep.join(".budget.toml")).expect("a file");
    std::fs::remove_file(home.project_file()).expect("a file");
    let mut command = home.command();
    command.env("HOME", home.directory()).current_dir(&deep);
    let output = Output::of(command.args(["config", "--json"]));
    assert!(
        output.stdout.contains("\"key\":\"budget\",\"value\":null"),
        "{output}"
    );
    // A directory that is gone is in no project.
    let gone = "mkdir gone && cd gone && rmdir ../gone && budget config --json";
    let output = Output::of(home.program("sh").args(["-c", gone]));
    assert_eq!(output.code, 0, "{output}");
}

#[test]
fn the_ledger_may_be_named_in_the_users_file() {
    let home = Home::new();
    home.user("ledger = 'mine.db'\n[ledgers]\nwork = '~/work/w.db'\n");
    let meant = |args: &[&str], set: Option<&str>| {
        let mut command = home.here();
        command.env_remove("BUDGET_LEDGER");
        if let Some(set) = set {
            command.env("BUDGET_LEDGER", set);
        }
        let output = Output::of(command.args(args).args(["doctor", "--json"]));
        assert_eq!(output.code, 0, "{output}");
        let shown: Value = serde_json::from_str(&output.stdout).expect("JSON");
        PathBuf::from(shown["ledger"].as_str().expect("a path"))
    };
    let work = home.path().join("work/w.db");
    assert_eq!(meant(&[], None), home.path().join(".config/budget/mine.db"));
    assert_eq!(meant(&["--ledger", "work"], None), work);
    assert_eq!(meant(&[], Some("work")), work);
    assert_eq!(
        meant(&["--ledger", "other"], None),
        home.directory().join("other")
    );
    assert_eq!(
        meant(&["--ledger", "/x/l.db"], Some("work")),
        PathBuf::from("/x/l.db")
    );
    // The name goes before a file that is called so; its path is another word.
    std::fs::write(home.directory().join("work"), "").expect("a file");
    assert_eq!(meant(&["--ledger", "work"], None), work);
    assert_eq!(
        meant(&["--ledger", "./work"], None),
        home.directory().join("work")
    );
}

#[test]
fn the_users_file_may_be_somewhere_else() {
    let home = Home::with(&["me"]);
    home.user("budget = 'nobody'\n");
    std::fs::write(home.directory().join("c.toml"), "budget = 'me'\n").expect("a file");
    let spend = |file: &str, code: i32| {
        let output = Output::of(
            home.here()
                .env("BUDGET_CONFIG", file)
                .args(["spend", "1usd"]),
        );
        assert_eq!(output.code, code, "{file}: {output}");
        output.stderr
    };
    spend("c.toml", 0);
    spend(&home.directory().join("c.toml").to_string_lossy(), 0);
    assert!(spend("missing.toml", 78).contains("there is no such file"));
    assert!(spend("/dev/null", 2).contains("comes first"));
    spend("", 66);
    let place = home.path().join("xdg/budget");
    std::fs::create_dir_all(&place).expect("a directory");
    std::fs::write(place.join("config.toml"), "budget = 'me'\n").expect("a file");
    let mut command = home.here();
    command.env("XDG_CONFIG_HOME", home.path().join("xdg"));
    let output = Output::of(command.args(["spend", "1usd"]));
    assert_eq!(output.code, 0, "{output}");
    let mut command = home.here();
    command.env_remove("HOME").args(["config", "--path"]);
    assert_eq!(Output::of(&mut command).code, 78);
}

#[test]
fn a_file_that_others_could_have_written_is_refused() {
    let home = Home::with(&["me"]);
    home.user("budget = 'me'\n");
    for mode in [0o664, 0o646, 0o666] {
        let mode_of = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(home.user_file(), mode_of).expect("a file");
        let said = home.run(&["spend", "1usd"], 78).stderr;
        assert!(
            said.contains(&format!("mode {mode:o}")) && said.contains("chmod"),
            "{said}"
        );
    }
    std::fs::set_permissions(home.user_file(), std::fs::Permissions::from_mode(0o400))
        .expect("a file");
    home.done(&["spend", "1usd"]);
    // A project belongs to a team.
    home.project("budget = 'me'\n");
    std::fs::set_permissions(home.project_file(), std::fs::Permissions::from_mode(0o666))
        .expect("a file");
    home.done(&["spend", "1usd"]);
    if is_root() {
        std::fs::remove_file(home.project_file()).expect("a file");
        chown(home.user_file(), Some(12_345), None).expect("a file");
        let said = home.run(&["spend", "1usd"], 78).stderr;
        assert!(said.contains("belongs to another user"), "{said}");
        home.user("");
        chown(home.user_file(), Some(0), None).expect("a file");
    }
}

#[test]
fn a_projects_file_of_a_stranger_is_ignored_and_said_to_be() {
    if !is_root() {
        return; // Nobody else may give a file away; whose file counts is a test of its own.
    }
    let home = Home::with(&["me", "other"]);
    home.project("budget = 'other'\nlimits = ['1usd/day']\n");
    chown(home.project_file(), Some(12_345), None).expect("a file");
    let outer = "budget = 'me'\ntags = { project = 'ann' }\n";
    std::fs::write(home.path().join(".budget.toml"), outer).expect("a file");
    let run = home.run(&["exec", "--reserve", "3usd", "--", "true"], 0);
    let line = "shop/.budget.toml belongs to another user (12345): it is ignored\n";
    assert!(run.stderr.ends_with(line), "{run}");
    assert_eq!(run.stderr.lines().count(), 1, "{run}");
    // The next one above counts.
    assert_eq!(home.figure("me", "usd/day", "spent"), "3.00");
    let prompt = home.run(&["statusline"], 0);
    assert_eq!(prompt.stderr, "");
    assert!(prompt.stdout.starts_with("me "), "{prompt}");
    let shown = home.run(&["config"], 0);
    let shown = shown
        .stdout
        .replace(&*home.path().to_string_lossy(), "/home/ann");
    golden("config/ignored.txt", &shown);
    // Nor does a link of somebody else's to a file of one's own.
    home.project("budget = 'other'\n");
    chown(home.project_file(), Some(0), None).expect("a file");
    let own = home.path().join("own.toml");
    std::fs::rename(home.project_file(), &own).expect("a file");
    symlink(&own, home.project_file()).expect("a link");
    let meant = || home.answer(&["config"])["settings"][0]["value"].clone();
    assert_eq!(meant(), "other");
    std::os::unix::fs::lchown(home.project_file(), Some(12_345), None).expect("a link");
    assert_eq!(meant(), "me");
    std::os::unix::fs::lchown(home.project_file(), Some(0), None).expect("a link");
    chown(&own, Some(12_345), None).expect("a file");
    assert_eq!(meant(), "me");
    // Whoever became root by sudo is no stranger.
    let mut command = home.here();
    let output = Output::of(command.env("SUDO_UID", "12345").args(["config", "--json"]));
    assert!(output.stdout.contains("\"other\""), "{output}");
}

/// The one warning of a command that goes on.
#[track_caller]
fn warning(output: &Output) -> &str {
    let lines: Vec<_> = output.stderr.lines().collect();
    let [line] = lines.as_slice() else {
        panic!("{output}")
    };
    assert!(line.starts_with("budget: warning: "), "{output}");
    line
}

#[test]
fn what_happened_is_recorded_whatever_is_wrong_with_the_users_file() {
    let long = vec![b'#'; 65 << 10];
    let broken: [(&str, &[u8]); 5] = [
        ("bugdet = 'me'\n", b""),
        ("wait_lock = 'long'\n[tags]\na = 3\n", b""),
        ("budget = 'me\n", b""),
        ("\n", b"\xff"),
        ("x = 1\n", &long),
    ];
    for (text, more) in broken {
        let home = Home::with(&["me"]);
        let [first, second] = ["3usd", "2usd"].map(|amount| home.reserve("me", &[amount]));
        home.ok(&["spend", "me", "1usd"]);
        let entry = home.entry("spent")["seq"].to_string();
        std::fs::write(home.user_file(), [text.as_bytes(), more].concat()).expect("a file");
        home.ends(&["reserve", "me", "1usd"], 78);
        home.ends(&["exec", "me", "--reserve", "1usd", "--", "true"], 78);
        for args in [
            &["extend", &first][..],
            &["commit", &first, "2.50usd"],
            &["release", &second],
            &["spend", "me", "1usd"],
            &["refund", &entry, "0.25usd"],
        ] {
            let said = home.run(args, 0);
            let line = warning(&said);
            assert!(line.contains("config.toml"), "{text}: {said}");
            assert!(line.ends_with("; going on without it"), "{text}: {said}");
        }
        std::fs::remove_file(home.user_file()).expect("a file");
        assert_eq!(home.figure("me", "usd/day", "spent"), "4.25");
        assert_eq!(home.figure("me", "usd/day", "reserved"), "0.00");
    }
}

#[test]
fn nothing_is_recorded_where_a_broken_file_may_have_named_the_ledger() {
    let home = Home::with(&["me"]);
    let ledger = home.ledger();
    let ledger = ledger.to_str().expect("UTF-8");
    let spend = |text: &str, typed: &[&str], code: i32| {
        home.user(&text.replace("LEDGER", ledger));
        let mut command = home.here();
        command.env_remove("BUDGET_LEDGER").args(typed);
        let output = Output::of(command.args(["spend", "me", "1usd"]));
        assert_eq!(output.code, code, "{text} {typed:?}: {output}");
        output.stderr
    };
    for text in [
        "ledger = 3\n",
        "legder = 'LEDGER'\n",
        "ledger_file = 'LEDGER'\n",
        "ledger = 'LEDGER'\nledger = 'x'\n",
        "ledger = 'LEDGER\n",
    ] {
        let said = spend(text, &[], 78);
        assert!(said.contains("config.toml:"), "{said}");
        spend(text, &["--ledger", ledger], 0);
    }
    spend("ledger = 'LEDGER'\nbugdet = 'me'\n", &[], 0);
    spend(
        "x = 1\n[ledgers]\nwork = 'LEDGER'\n",
        &["--ledger", "work"],
        0,
    );
    spend("[ledgers]\nwork = 3\n", &["--ledger", "work"], 78);
    let said = spend("[ledgers\nwork = 'LEDGER'\n", &["--ledger", "work"], 78);
    assert!(said.contains("--ledger FILE"), "{said}");
    home.user("");
    assert_eq!(home.figure("me", "usd/day", "spent"), "7.00");
    assert!(!home.directory().join("work").exists());
    assert!(!home.path().join(".local").exists());
}

#[test]
fn a_budget_that_is_left_out_is_only_taken_from_what_can_be_read() {
    let home = Home::with(&["me"]);
    home.user("budget = 'me'\nx = 1\n");
    warning(&home.run(&["spend", "1usd"], 0));
    for text in ["budget = 3\n", "bugdet = 'me'\n", "budget = 'me\n"] {
        home.user(text);
        home.ends(&["spend", "1usd"], 78);
    }
    // What it says elsewhere counts.
    home.user("budget = 'me'\n[tags]\nhost = 'box'\n");
    home.project("x = 1\n");
    home.ends(&["spend", "1usd"], 78);
    warning(&home.run(&["spend", "me", "1usd"], 0));
    assert_eq!(
        home.entry("spent")["tags"],
        serde_json::json!({"host": "box"})
    );
    home.user("budget = 'me'\ntags = 3\n");
    home.project("");
    warning(&home.run(&["spend", "1usd"], 0));
    home.user("");
    assert_eq!(
        home.entry("spent")["tags"],
        serde_json::json!({"project": "shop"})
    );
}

/// Makes something that is no file to read.
type Make = fn(&Path);

const UNREADABLE: [(&str, Make, &str); 11] = [
    (
        "10 MB",
        |p| std::fs::write(p, vec![b'#'; 10 << 20]).expect("a file"),
        "larger than 64 KiB",
    ),
    (
        "binary",
        |p| std::fs::write(p, [b'\n', b'\n', 0xff, 0xfe]).expect("a file"),
        ":3: it is not text",
    ),
    (
        "nesting",
        |p| std::fs::write(p, format!("a = {}", "[".repeat(50_000))).expect("a file"),
        ":1: ",
    ),
    (
        "twice",
        |p| std::fs::write(p, "budget = 'a'\nbudget = 'b'").expect("a file"),
        ":2: duplicate key",
    ),
    (
        "NUL",
        |p| std::fs::write(p, "budget = 'a\u{0}'").expect("a file"),
        ":1: ",
    ),
    (
        "escape",
        |p| std::fs::write(p, "\"\\u001b[2J\\u202e\" = 1").expect("a file"),
        ":1: there is no key",
    ),
    (
        "directory",
        |p| std::fs::create_dir(p).expect("a directory"),
        "not a regular file",
    ),
    (
        "pipe",
        |p| nix::unistd::mkfifo(p, nix::sys::stat::Mode::S_IRWXU).expect("a pipe"),
        "not a regular file",
    ),
    ("loop", |p| symlink(p, p).expect("a link"), "symbolic links"),
    (
        "dangling",
        |p| symlink(p.with_extension("gone"), p).expect("a link"),
        "No such file",
    ),
    (
        "socket",
        |p| drop(std::os::unix::net::UnixListener::bind(p).expect("a socket")),
        "No such device",
    ),
];

#[test]
fn a_file_that_cannot_be_read_is_one_line_and_no_wait() {
    for (name, make, said) in UNREADABLE {
        let home = Home::with(&["me"]);
        let before = home.dump();
        for path in [home.project_file(), home.user_file()] {
            make(&path);
            for args in [
                &["exec", "me", "--reserve", "1usd", "--", "true"][..],
                &["reserve", "me", "1usd"],
                &["config"],
            ] {
                let told = home.run(args, 78).stderr;
                let lines = told.lines().filter(|line| line.starts_with("budget: "));
                assert_eq!(lines.count(), 1, "{name}: {told}");
                assert!(told.contains(said), "{name}: {told}");
                assert!(!told.contains(['\u{1b}', '\u{202e}']), "{name}: {told}");
            }
            // Whoever needs no file says nothing of it.
            home.done(&["completions", "bash"]);
            home.done(&["config", "--path"]);
            assert_eq!(home.done(&["statusline"]), "", "{name}");
            let remove = if path.is_dir() {
                std::fs::remove_dir
            } else {
                std::fs::remove_file
            };
            remove(&path).expect("it goes");
        }
        assert_eq!(home.dump(), before, "{name}");
    }
}

#[test]
fn a_link_to_a_file_is_that_file() {
    let home = Home::with(&["me"]);
    let real = home.path().join("dotfiles.toml");
    std::fs::write(&real, "budget = 'me'\n").expect("a file");
    symlink(&real, home.user_file()).expect("a link");
    home.done(&["spend", "1usd"]);
}

#[test]
fn what_is_in_force_is_shown_with_its_place() {
    let home = Home::with(&["me"]);
    let shown = |args: &[&str]| {
        let output = Output::of(home.here().arg("config").args(args));
        assert_eq!(output.code, 0, "{output}");
        let home = home.path().to_string_lossy().into_owned();
        output.stdout.replace(&home, "/home/ann")
    };
    golden("config/nothing.txt", &shown(&[]));
    home.user(
        "budget = 'me'\nreserve = ['1usd', '2ktokens']\non_event = ['notify', 'two words', '']\n\
         color = 'never'\nwait_lock = '1m'\nledger = '~/l.db'\n[ledgers]\nwork = 'w.db'\n[tags]\nteam = 'core'\n\
         'עברית' = '漢字'\n",
    );
    golden("config/user.txt", &shown(&[]));
    home.project("budget = 'team/shop'\nlimits = ['5usd/day', '2slots']\nreserve = ['0.25usd']\n[tags]\nteam = 'web'\n");
    golden("config/project.txt", &shown(&[]));
    golden(
        "config/typed.txt",
        &shown(&["--ledger", "work", "--wait-lock", "5s", "--color", "always"]),
    );
    golden("config/project.json", &shown(&["--json"]));
}

#[test]
fn money_that_is_gone_is_recorded_whatever_a_project_says() {
    let home = Home::with(&["me"]);
    home.project("x = 1\n");
    let said = home.run(&["spend", "me", "1usd"], 0).stderr;
    assert!(said.contains("its labels are left out"), "{said}");
    assert_eq!(home.figure("me", "usd/day", "spent"), "1.00");
}

#[test]
fn a_home_that_is_no_directory_has_no_settings() {
    let env = TestEnv::with("me", &["5usd"]);
    let status = |home: &str| {
        let mut command = env.command();
        command.args(["status", "me"]).env("HOME", home);
        command
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("BUDGET_CONFIG");
        command.env("BUDGET_LEDGER", env.ledger());
        command.output().expect("a run")
    };
    let done = status("/dev/null");
    assert!(done.status.success(), "{done:?}");
}
