//! What several commands have in common: options, details, and how an answer is shown.

use std::path::PathBuf;
use std::str::FromStr;

use serde_json::{Map, Value};

use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::Result as LedgerResult;
use crate::ledger::plain::is_plain;
use crate::ledger::tag::Tag;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::verbs::{Keyed, Outcome};
use crate::render::denial::denied;
use crate::usage::prices::{TableInfo, Tables};

/// `--json`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct JsonArgs {
    /// Answer as JSON; errors, too
    #[arg(long)]
    pub(crate) json: bool,
}

/// `--key`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct KeyArgs {
    /// Make the request safe to repeat: the same key gets the same answer, and nothing moves twice
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<Key>,
}

/// `--tag` and `--note`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct DetailArgs {
    /// A label for reports, like team=web; may repeat
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    pub(crate) tags: Vec<Tag>,
    /// A note for people
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<Plain>,
}

/// A caller's key: 1 to 256 bytes.
#[derive(Debug, Clone)]
pub(super) struct Key(pub String);

/// Text without anything that a terminal would obey, at most 1,024 bytes.
#[derive(Debug, Clone)]
pub(super) struct Plain(pub String);

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text.len() {
            1..=256 if is_plain(text) => Ok(Self(text.to_owned())),
            _ => Err("a key has 1 to 256 bytes and no control characters".to_owned()),
        }
    }
}

impl FromStr for Plain {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if text.len() <= 1_024 && is_plain(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err("a text has at most 1,024 bytes and no control characters".to_owned())
        }
    }
}

impl KeyArgs {
    /// The key as text.
    pub(crate) fn as_deref(&self) -> Option<&str> {
        self.key.as_ref().map(|key| key.0.as_str())
    }

    /// The JSON of what a verb answers to a request with this key.
    pub(crate) fn once<T>(
        &self,
        write: impl Fn(&T) -> String,
        act: impl FnOnce(&Keyed<'_, T>) -> LedgerResult<Outcome<T>>,
    ) -> Result<String> {
        let keyed = Keyed {
            key: self.as_deref(),
            write: &write,
        };
        answer(act(&keyed), write)
    }
}

impl DetailArgs {
    /// The detail of an entry: canonical JSON, empty where there is nothing.
    pub(crate) fn detail(&self, more: impl IntoIterator<Item = (&'static str, Value)>) -> String {
        let mut detail = Map::new();
        if !self.tags.is_empty() {
            let tags = self
                .tags
                .iter()
                .map(|tag| (tag.key.clone(), tag.value.clone().into()));
            detail.insert("tags".to_owned(), Value::Object(tags.collect()));
        }
        if let Some(note) = &self.note {
            detail.insert("note".to_owned(), note.0.clone().into());
        }
        detail.extend(
            more.into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
        if detail.is_empty() {
            String::new()
        } else {
            Value::Object(detail).to_string()
        }
    }
}

/// The JSON of an outcome, given before or now; a denial is the command's error.
pub(super) fn answer<T>(
    outcome: LedgerResult<Outcome<T>>,
    write: impl Fn(&T) -> String,
) -> Result<String> {
    match outcome? {
        Outcome::Done(done) => Ok(write(&done)),
        Outcome::Replayed(answer) => Ok(answer),
        Outcome::Denied(denial) => Err(denied(&denial)),
    }
}

/// Shows an answer: as it is, or what it says to a person.
pub(super) fn show(cx: &Context, json: &str, human: impl FnOnce(&Value) -> String) -> Result<Exit> {
    if cx.ui.json {
        cx.ui.out(json)?;
    } else {
        let value = serde_json::from_str(json).unwrap_or_default();
        let text = human(&value);
        if !text.is_empty() {
            cx.ui.out(&text)?;
        }
    }
    Ok(Exit::Done)
}

/// Where price tables of the user are kept: beside the ledger. `None` where there is no place.
pub(super) fn price_directory(cx: &Context) -> Option<PathBuf> {
    Some(cx.path().ok()?.parent()?.to_owned())
}

/// The price tables, of which nothing is read before a price is asked for.
pub(super) fn price_tables(cx: &Context) -> Tables {
    price_directory(cx).map_or_else(Tables::built_in, |place| Tables::in_directory(&place))
}

/// After so many days a price table is said to be old.
pub(super) const OLD_DAYS: i64 = 60;

/// How many days old a price table is.
pub(super) fn table_age(table: &TableInfo, now: Timestamp) -> Option<i64> {
    const DAY: i64 = 86_400_000_000;
    let date = Timestamp::parse_rfc3339(&format!("{}T00:00:00Z", table.date)).ok()?;
    Some((now.as_micros() - date.as_micros()).div_euclid(DAY))
}

/// A text field of an answer.
pub(super) fn field<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The amounts in a field of an answer, for people.
pub(super) fn amounts(answer: &Value, name: &str) -> String {
    crate::render::human::amounts(answer.get(name).unwrap_or(&Value::Null))
}

/// Whether a field of an answer lists anything.
pub(super) fn lists(answer: &Value, name: &str) -> bool {
    answer
        .get(name)
        .and_then(Value::as_array)
        .is_some_and(|list| !list.is_empty())
}

/// One budget in a line, as `create`, `set` and `grant` show it: `ann: 20usd/day, 3 slots`.
pub(super) fn budget_line(answer: &Value) -> String {
    let budgets = answer.get("budgets").and_then(Value::as_array);
    let Some(budget) = budgets.and_then(|list| list.last()) else {
        return String::new();
    };
    let limit = |limit: &Value| {
        let amount =
            crate::render::human::amounts(&Value::Array(vec![limit.get("limit")?.clone()]));
        let left =
            crate::render::human::amounts(&Value::Array(vec![limit.get("available")?.clone()]));
        let period = limit
            .get("period")?
            .as_str()
            .map(|period| format!("/{period}"));
        Some(format!(
            "{amount}{} ({left} left)",
            period.unwrap_or_default()
        ))
    };
    let limits = budget
        .get("limits")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let limits: Vec<_> = limits.filter_map(limit).collect();
    let state = match field(budget, "state") {
        "active" => String::new(),
        other => format!(" is {other}"),
    };
    let limits = if limits.is_empty() {
        "no limits".to_owned()
    } else {
        limits.join(", ")
    };
    format!("{}{state}: {limits}", field(budget, "name"))
}
