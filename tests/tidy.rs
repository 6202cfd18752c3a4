//! The house is in order: rooms import only what `docs/architecture.md` lets them, files and
//! functions stay short, nothing is left lying about.

#![expect(
    clippy::string_slice,
    reason = "text is cut only where something was found in it"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const LONGEST_FILE: usize = 400;
const LONGEST_FUNCTION: usize = 70;

struct Source {
    /// From the root of the project.
    path: String,
    text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(dir: &str) -> Vec<Source> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                found.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    walk(&root().join(dir), &mut paths);
    paths.sort();
    let source = |path: PathBuf| Source {
        text: std::fs::read_to_string(&path).expect("a source file"),
        path: path
            .strip_prefix(root())
            .expect("inside")
            .to_string_lossy()
            .into_owned(),
    };
    paths.into_iter().map(source).collect()
}

/// Files that hold nothing but tests.
fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

fn product() -> Vec<Source> {
    read("src")
        .into_iter()
        .filter(|source| !is_test(&source.path))
        .collect()
}

/// `src/ledger/verbs/mod.rs` is `ledger::verbs`.
fn module_of(path: &str) -> Vec<&str> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut parts: Vec<_> = inner.split('/').collect();
    if matches!(parts.last(), Some(&("mod" | "lib" | "main"))) {
        parts.pop();
    }
    parts
}

/// The room that a path of ours leads to.
fn room_of(module: &[&str]) -> String {
    match module {
        [] => "lib".to_owned(),
        ["ledger"] => "ledger".to_owned(),
        ["ledger", room @ ("store" | "verbs" | "rules"), ..] => (*room).to_owned(),
        ["ledger", "Ledger" | "Sources", ..] => "verbs".to_owned(),
        ["ledger", ..] => "values".to_owned(),
        [room, ..] => (*room).to_owned(),
    }
}

/// The names that follow a `::`: one, or those of a group.
fn names_after(rest: &str) -> Vec<&str> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let first = |text: &'_ str| text.find(|c| !is_name(c)).unwrap_or(text.len());
    let Some(group) = rest.strip_prefix('{') else {
        return vec![&rest[..first(rest)]];
    };
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (index, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                let name = group[start..index].trim();
                names.push(&name[..first(name)]);
                start = index + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
}

/// Code without comments and without its inline tests.
fn code(text: &str) -> String {
    let text = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    text.lines()
        .filter(is_code)
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// Every path of ours that a file names, as the module it leads to.
fn imports(source: &Source) -> BTreeSet<Vec<String>> {
    let module = module_of(&source.path);
    let code = code(&source.text);
    let mut found = BTreeSet::new();
    for prefix in ["crate::", "super::"] {
        for (at, _) in code.match_indices(prefix) {
            let before = &code[..at];
            let is_inner =
                before.ends_with("::") || before.ends_with(|c: char| c.is_alphanumeric());
            if is_inner {
                continue;
            }
            let mut rest = &code[at..];
            let mut base = module.clone();
            if let Some(inner) = rest.strip_prefix("crate::") {
                (rest, base) = (inner, Vec::new());
            }
            while let Some(inner) = rest.strip_prefix("super::") {
                base.pop();
                rest = inner;
            }
            for name in names_after(rest) {
                let path = base.iter().copied().chain([name]);
                let mut path: Vec<_> = path.map(str::to_owned).collect();
                // `crate::ledger::Ledger` leads on to one more name.
                let tail = rest
                    .strip_prefix(name)
                    .and_then(|tail| tail.strip_prefix("::"));
                path.extend(tail.and_then(|t| names_after(t).first().map(|n| (*n).to_owned())));
                found.insert(path);
            }
        }
    }
    found
}

/// The rows of a table in the page about the house, under a heading.
fn table(heading: &str) -> BTreeMap<String, BTreeSet<String>> {
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).expect("the page");
    let (_, table) = page.split_once(heading).expect(heading);
    let words = |cell: &str| -> BTreeSet<String> {
        cell.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    };
    let rows = table.lines().skip_while(|line| !line.starts_with("| `"));
    let rows = rows.take_while(|line| line.starts_with("| `"));
    rows.map(|row| {
        let mut cells = row.trim_matches('|').split('|');
        let name = words(cells.next().unwrap_or_default())
            .pop_first()
            .expect("a name");
        (name, words(cells.next().unwrap_or_default()))
    })
    .collect()
}

#[test]
fn rooms_import_only_what_they_may() {
    let table = table("| room | may import |");
    assert!(table.len() >= 15, "{table:?}");
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in product() {
        let room = room_of(&module_of(&source.path));
        if matches!(room.as_str(), "lib" | "ledger") {
            continue;
        }
        let may = table
            .get(&room)
            .unwrap_or_else(|| panic!("{room} is not in the table"));
        for path in imports(&source) {
            let other = room_of(&path.iter().map(String::as_str).collect::<Vec<_>>());
            if other == room || matches!(other.as_str(), "lib" | "ledger") {
                continue;
            }
            let what = path.join("::");
            assert!(
                may.contains(&other),
                "{}: {room} may not import {what}",
                source.path
            );
            used.entry(room.clone()).or_default().insert(other);
        }
    }
    for (room, may) in table {
        let idle: Vec<_> = may
            .difference(used.entry(room.clone()).or_default())
            .cloned()
            .collect();
        assert!(
            idle.is_empty(),
            "the table lets {room} import {idle:?}, which it does not"
        );
    }
}

#[test]
fn crates_stay_in_their_rooms() {
    let table = table("| crate | only in |");
    for source in product() {
        let (room, code) = (room_of(&module_of(&source.path)), code(&source.text));
        for (name, rooms) in &table {
            let path = format!("{name}::");
            let names_it = code.match_indices(&path).any(|(at, _)| {
                !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
            });
            // A cell names rooms, or single files of a room that is else to do without.
            let may = rooms.contains(&room)
                || rooms
                    .iter()
                    .any(|place| source.path == format!("src/{place}"));
            assert!(!names_it || may, "{}: no {name} in {room}", source.path);
        }
    }
}

#[test]
fn commands_never_use_each_other() {
    let shared = [
        "args",
        "defaults",
        "events",
        "response",
        "shared",
        "usage_record",
        "GROUPS",
        "verb",
        "verbs",
    ];
    for source in product() {
        let module = module_of(&source.path);
        let ["commands", own, ..] = module.as_slice() else {
            continue;
        };
        for path in imports(&source) {
            if let [first, other, ..] = path.as_slice()
                && first == "commands"
            {
                let is_fine = other == own || shared.contains(&other.as_str());
                assert!(is_fine, "{} uses {}", source.path, path.join("::"));
            }
        }
    }
}

#[test]
fn files_are_short() {
    for source in product() {
        let lines = source.text.lines().count();
        assert!(
            lines <= LONGEST_FILE,
            "{} has {lines} lines; {LONGEST_FILE} are enough",
            source.path
        );
    }
}

#[test]
fn functions_are_short() {
    for source in product() {
        let mut begun: Option<(usize, usize, &str)> = None;
        for (number, line) in source.text.lines().enumerate() {
            let depth = line.len() - line.trim_start().len();
            let is_head = line
                .trim_start()
                .split(' ')
                .take(4)
                .any(|word| word == "fn")
                && !line.trim_start().starts_with("//");
            match begun {
                None if is_head && !line.ends_with([';', '}']) => {
                    begun = Some((number, depth, line.trim()));
                }
                Some((first, at, head)) if depth == at && line.trim_start().starts_with('}') => {
                    let lines = number - first + 1;
                    let place = format!("{}:{}", source.path, first + 1);
                    assert!(lines <= LONGEST_FUNCTION, "{place}: {lines} lines: {head}");
                    begun = None;
                }
                Some((_, at, _)) if depth == at && line.ends_with(';') => begun = None,
                _ => {}
            }
        }
    }
}

#[test]
fn nothing_is_left_lying_about() {
    let banned = [
        "todo",
        "fixme",
        "xxx",
        "dbg!",
        "println!",
        "eprintln!",
        "unimplemented!",
    ];
    for source in read("src") {
        for (number, line) in source.text.lines().enumerate() {
            let line = line.to_lowercase();
            for word in banned {
                let is_there = line.match_indices(word).any(|(at, _)| {
                    !line[..at].ends_with(|c: char| c.is_alphanumeric())
                        && !line[at + word.len()..].starts_with(|c: char| c.is_alphanumeric())
                });
                assert!(!is_there, "{}:{}: {word}", source.path, number + 1);
            }
        }
    }
}

#[test]
fn every_test_file_says_what_it_is_about() {
    let files = read("tests").into_iter().chain(read("benches"));
    for source in files {
        assert!(
            source.text.starts_with("//!"),
            "{} opens without a //! line",
            source.path
        );
    }
}

#[test]
fn every_dependency_says_what_it_costs() {
    let page = std::fs::read_to_string(root().join("docs/dependencies.md")).expect("the page");
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    for section in ["[dependencies]", "[dev-dependencies]"] {
        let (_, lines) = manifest.split_once(section).expect(section);
        let lines = lines
            .lines()
            .skip(1)
            .take_while(|line| !line.starts_with('['));
        for name in lines.filter_map(|line| line.split_once(" =").map(|(name, _)| name)) {
            let is_ours = name == "budget-ledger";
            assert!(
                is_ours || page.contains(&format!("`{name}`")),
                "{name} has no row"
            );
        }
    }
}
