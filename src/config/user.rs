//! The user's own file: what holds wherever nothing closer says otherwise, and the only one that
//! may name a command or a ledger.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::document::{Fault, Item, document, items};
use super::tags::tags;
use super::{AMOUNTS, NAME, Set};
use crate::ledger::amount::{Ask, safe};
use crate::ledger::duration::Pause;
use crate::ledger::edits::edits;
use crate::ledger::name::Names;
use crate::ledger::tag::Tag;

/// The keys there are.
const KEYS: [&str; 8] = [
    "budget",
    "color",
    "ledger",
    "ledgers",
    "on_event",
    "reserve",
    "tags",
    "wait_lock",
];

/// What the user's file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct User {
    /// The file; `None` where there is none.
    pub(crate) file: Option<PathBuf>,
    /// The budget that is meant where none is named.
    pub(crate) budget: Option<Set<Names>>,
    /// What a run reserves where neither it nor its budget says how much.
    pub(crate) reserve: Vec<Set<Ask>>,
    /// Labels of everything that is recorded.
    pub(crate) tags: Vec<Set<Tag>>,
    /// The program that is told of events, and its arguments; never a line for a shell.
    pub(crate) on_event: Option<Set<Vec<String>>>,
    /// The ledger file.
    pub(crate) ledger: Option<Set<PathBuf>>,
    /// Names of ledger files.
    pub(crate) ledgers: BTreeMap<String, Set<PathBuf>>,
    /// Whether a terminal is shown colours.
    pub(crate) color: Option<Set<bool>>,
    /// How long to wait for others that write.
    pub(crate) wait_lock: Option<Set<Pause>>,
}

/// Where a file is, for the paths in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The directory that relative paths start from.
    pub(super) directory: &'a Path,
    /// What `~` stands for.
    pub(super) home: Option<&'a Path>,
}

/// What the text of a user's file says, and what is wrong with the rest of it: each fault with the
/// key that it hides. An error where nothing of it can be told.
pub(super) fn user(text: &str, place: Place<'_>) -> Result<(User, Vec<(String, Fault)>), Fault> {
    let table = document(text)?;
    let (mut user, mut faults) = (User::default(), Vec::new());
    for item in items(text, &table) {
        if let Err(fault) = user.take(&item, place) {
            faults.push((item.key, fault));
        }
    }
    Ok((user, faults))
}

/// Whether an item that is at fault may be what should have said something of a key: it is that
/// key, or none at all and like it.
pub(super) fn hides(faulty: &str, key: &str) -> bool {
    let is_like = || edits(faulty, key) <= 2 || faulty.contains(key) || key.starts_with(faulty);
    faulty == key || (!KEYS.contains(&faulty) && is_like())
}

impl User {
    fn take(&mut self, item: &Item<'_>, place: Place<'_>) -> Result<(), Fault> {
        match item.key.as_str() {
            "budget" => self.budget = Some(item.parsed(NAME)?),
            "color" => self.color = Some(color(item)?),
            "ledger" => self.ledger = Some(ledger(item, place)?),
            "ledgers" => self.ledgers = ledgers(item, place)?,
            "on_event" => self.on_event = Some(on_event(item, place)?),
            "reserve" => {
                let list = item.list(AMOUNTS)?;
                let asks = list.iter().map(|item| item.parsed(AMOUNTS));
                self.reserve = asks.collect::<Result<_, _>>()?;
            }
            "tags" => self.tags = tags(item)?,
            "wait_lock" => self.wait_lock = Some(item.parsed("wait_lock = \"10s\"")?),
            "limits" => {
                return Err(Fault {
                    hint: Some("`budget set NAME --limit LIMIT` limits a budget".to_owned()),
                    ..item.fault("`limits` is for a project's file")
                });
            }
            _ => return Err(item.unknown(&KEYS)),
        }
        Ok(())
    }
}

fn color(item: &Item<'_>) -> Result<Set<bool>, Fault> {
    let form = "color = \"never\"";
    match item.text(form)? {
        "auto" => Ok(item.set(true)),
        "never" => Ok(item.set(false)),
        "always" => Err(Fault {
            hint: Some("--color always asks for it, CLICOLOR_FORCE=1 for all commands".to_owned()),
            ..item.fault("`color` is auto or never: always would colour what scripts read")
        }),
        other => Err(item.fault(format!("`color` is auto or never, not `{}`", safe(other)))),
    }
}

fn ledger(item: &Item<'_>, place: Place<'_>) -> Result<Set<PathBuf>, Fault> {
    let text = item.text("ledger = \"~/work/ledger.db\"")?;
    let key = &safe(&item.key);
    if text.is_empty() || text.ends_with('/') || text.contains('\0') {
        return Err(item.fault(format!("`{key}` is the path of a file")));
    }
    Ok(item.set(place.path(text, item)?))
}

fn ledgers(item: &Item<'_>, place: Place<'_>) -> Result<BTreeMap<String, Set<PathBuf>>, Fault> {
    let mut ledgers = BTreeMap::new();
    for entry in item.table("ledgers = { work = \"~/work/ledger.db\" }")? {
        if entry.key.is_empty() || entry.key.contains('/') {
            return Err(entry.fault("the name of a ledger has no `/`, which a path has"));
        }
        ledgers.insert(entry.key.clone(), ledger(&entry, place)?);
    }
    Ok(ledgers)
}

/// A program and its arguments. A program that is found from the working directory would be one of
/// whatever project that is.
fn on_event(item: &Item<'_>, place: Place<'_>) -> Result<Set<Vec<String>>, Fault> {
    let form = "on_event = [\"notify\", \"--title\", \"budget\"]";
    let mut words = Vec::new();
    for word in item.list(form)? {
        let text = word.text(form)?;
        if text.contains('\0') {
            return Err(word.fault("an argument of `on_event` has no NUL in it"));
        }
        words.push(text.to_owned());
    }
    let Some(program) = words.first_mut().filter(|program| !program.is_empty()) else {
        return Err(Fault {
            hint: Some(format!("write it like {form}")),
            ..item.fault("`on_event` names no program")
        });
    };
    if program.starts_with("~/") {
        let path = place.path(program, item)?;
        *program = path.to_string_lossy().into_owned();
    } else if program.contains('/') && !program.starts_with('/') {
        return Err(Fault {
            hint: Some("give its whole path, or a name that is found in PATH".to_owned()),
            ..item.fault("the program of `on_event` would be another in every directory")
        });
    }
    Ok(item.set(words))
}

impl Place<'_> {
    /// The path that a text in the file means.
    fn path(&self, text: &str, item: &Item<'_>) -> Result<PathBuf, Fault> {
        match (text.strip_prefix("~/"), self.home) {
            (Some(rest), Some(home)) => Ok(home.join(rest)),
            (Some(_), None) => Err(item.fault("there is no home directory that `~` could mean")),
            (None, _) => Ok(self.directory.join(text)),
        }
    }
}
