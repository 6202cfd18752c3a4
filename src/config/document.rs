//! The text of a file as keys and values, each with its line. It knows TOML and how a wrong value
//! is told of, and no key of ours.

use std::fmt::Display;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::ledger::amount::safe;
use crate::ledger::edits::edits;

use super::Set;

/// What is wrong with a file, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The key it is about, where it is about one.
    pub key: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub hint: Option<String>,
}

/// A key with its value.
pub(super) struct Item<'t> {
    text: &'t str,
    /// The key, with those of the tables it is in: `tags.team`.
    pub key: String,
    at: usize,
    value: &'t DeValue<'t>,
}

/// The tables of a text.
pub(super) fn document(text: &str) -> Result<DeTable<'_>, Fault> {
    let parsed = DeTable::parse(text).map_err(|error| Fault {
        line: error.span().map_or(1, |span| line_at(text, span.start)),
        key: None,
        message: error.message().lines().collect::<Vec<_>>().join(", "),
        hint: None,
    })?;
    Ok(parsed.into_inner())
}

/// The keys of a table in the order they are written in.
pub(super) fn items<'t>(text: &'t str, table: &'t DeTable<'t>) -> Vec<Item<'t>> {
    let mut items: Vec<_> = table
        .iter()
        .map(|(key, value)| Item {
            text,
            key: key.get_ref().to_string(),
            at: key.span().start,
            value: value.get_ref(),
        })
        .collect();
    items.sort_by_key(|item| item.at);
    items
}

/// The line of a place in a text, from 1.
pub(super) fn line_at(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    before.split(|byte| *byte == b'\n').count()
}

impl<'t> Item<'t> {
    /// The line it is on, from 1.
    pub(super) fn line(&self) -> usize {
        line_at(self.text, self.at)
    }

    /// What is wrong with it.
    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault {
            line: self.line(),
            key: Some(safe(&self.key)),
            message: message.into(),
            hint: None,
        }
    }

    /// The value, with the line it is on.
    pub(super) fn set<T>(&self, value: T) -> Set<T> {
        Set {
            value,
            line: self.line(),
        }
    }

    /// A text; `form` shows how it is written.
    pub(super) fn text(&self, form: &str) -> Result<&'t str, Fault> {
        let text = self.value.as_str();
        text.ok_or_else(|| self.another_type("a text", form))
    }

    /// A text that says something of ours.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&self, form: &str) -> Result<Set<T>, Fault> {
        let text = self.text(form)?;
        let value = text.parse().map_err(|error| {
            let key = safe(&self.key);
            self.fault(format!("`{key}`: {error}"))
        })?;
        Ok(self.set(value))
    }

    /// The items of a list.
    pub(super) fn list(&self, form: &str) -> Result<Vec<Item<'t>>, Fault> {
        let list = self.value.as_array();
        let list = list.ok_or_else(|| self.another_type("a list", form))?;
        let item = |value: &'t Spanned<DeValue<'t>>| Item {
            text: self.text,
            key: self.key.clone(),
            at: value.span().start,
            value: value.get_ref(),
        };
        Ok(list.iter().map(item).collect())
    }

    /// The keys of a table.
    pub(super) fn table(&self, form: &str) -> Result<Vec<Item<'t>>, Fault> {
        let table = self.value.as_table();
        let table = table.ok_or_else(|| self.another_type("a table", form))?;
        Ok(items(self.text, table))
    }

    fn another_type(&self, wanted: &str, form: &str) -> Fault {
        let found = match self.value {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let key = safe(&self.key);
        Fault {
            hint: Some(format!("write it like {form}")),
            ..self.fault(format!("`{key}` is {wanted}, and this is {found}"))
        }
    }

    /// That there is no such key; `known` are those there are.
    pub(super) fn unknown(&self, known: &[&str]) -> Fault {
        let near = known
            .iter()
            .map(|other| (edits(&self.key, other), *other))
            .filter(|(distance, other)| *distance <= 2 || other.starts_with(&self.key))
            .min();
        let hint = match near {
            Some((_, near)) => format!("did you mean `{near}`?"),
            None => format!("keys are {}", known.join(", ")),
        };
        let key = safe(&self.key);
        Fault {
            hint: Some(hint),
            ..self.fault(format!("there is no key `{key}`"))
        }
    }
}
