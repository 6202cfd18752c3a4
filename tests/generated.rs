//! What is written from the program and committed is what the program writes now: completions,
//! manual pages, the table of exit codes. `BUDGET_REGENERATE=1 cargo test --test generated`
//! writes it anew.

#[cfg(test)]
mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap_complete::Shell;
use support::{check, is_regenerating};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A directory holds these files and no other.
fn holds_only(dir: &Path, wanted: &BTreeSet<String>) {
    for entry in std::fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if wanted.contains(&name) {
            continue;
        }
        assert!(
            is_regenerating(),
            "{} is not written any more",
            path.display()
        );
        std::fs::remove_file(path).expect("a removable file");
    }
}

#[test]
fn completions_are_current() {
    let files = [
        (Shell::Bash, "budget.bash"),
        (Shell::Zsh, "_budget"),
        (Shell::Fish, "budget.fish"),
        (Shell::Elvish, "budget.elv"),
        (Shell::PowerShell, "_budget.ps1"),
    ];
    let dir = root().join("completions");
    for (shell, file) in files {
        check(&dir.join(file), &budget_ledger::completions(shell));
    }
    holds_only(&dir, &files.map(|(_, file)| file.to_owned()).into());
}

#[test]
fn manual_pages_are_current() {
    let dir = root().join("man");
    let pages = budget_ledger::manual().expect("the manual");
    for (file, page) in &pages {
        check(&dir.join(file), page);
    }
    holds_only(&dir, &pages.into_iter().map(|(file, _)| file).collect());
}

#[test]
fn the_table_of_exit_codes_is_current() {
    let page = budget_ledger::Exit::document();
    check(&root().join("docs/exit-codes.md"), page.as_bytes());
}

/// The page is written from the table, so the table must know every code there is.
#[test]
fn exit_codes_are_in_order_and_once() {
    let codes: Vec<u8> = budget_ledger::Exit::TABLE
        .iter()
        .map(|(exit, _)| exit.code())
        .collect();
    assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
}

#[test]
fn examples_fit_a_narrow_terminal() {
    let tree = budget_ledger::whole_tree();
    let helps = std::iter::once(&tree).chain(tree.get_subcommands());
    let texts =
        helps.filter_map(|verb| Some((verb.get_name(), verb.get_after_help()?.to_string())));
    let texts: Vec<_> = texts.collect();
    assert!(texts.len() > 10);
    for (verb, text) in texts {
        let wide = text.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{verb}");
    }
}
