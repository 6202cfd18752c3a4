//! A project's file, `.budget.toml`: whose budget it is and what is labelled how. Whoever clones a
//! repository has not read it, so it can only make less be spent, and can run nothing.

use std::path::PathBuf;

use super::document::{Fault, Item, document, items};
use super::tags::tags;
use super::{AMOUNTS, NAME, Set};
use crate::ledger::amount::{Ask, Quantity, safe};
use crate::ledger::limit::LimitSpec;
use crate::ledger::name::{BudgetName, Names};
use crate::ledger::tag::Tag;

/// The keys there are.
const KEYS: [&str; 4] = ["budget", "limits", "reserve", "tags"];

/// Keys that a project's file must not have, and why.
const FORBIDDEN: [(&str, &str); 11] = [
    ("on_event", COMMANDS),
    ("command", COMMANDS),
    ("commands", COMMANDS),
    ("hooks", COMMANDS),
    ("ledger", LEDGERS),
    ("ledgers", LEDGERS),
    ("prices", PRICES),
    ("price_file", PRICES),
    ("price_files", PRICES),
    ("color", HABITS),
    ("wait_lock", HABITS),
];
const COMMANDS: &str = "a cloned repository must not run anything";
const LEDGERS: &str = "a cloned repository must not choose where money is counted";
const PRICES: &str = "a cloned repository must not choose what things cost";
const HABITS: &str = "it is a habit of yours, not of a project";

/// What a project's file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Project {
    /// The file.
    pub(crate) file: PathBuf,
    /// The budget that is meant where none is named.
    pub(crate) budget: Option<Set<Names>>,
    /// What its limits are at the most.
    pub(crate) limits: Vec<Set<LimitSpec>>,
    /// What a run reserves at the most where it does not say how much.
    pub(crate) reserve: Vec<Set<Quantity>>,
    /// Labels of everything that is recorded.
    pub(crate) tags: Vec<Set<Tag>>,
}

impl Project {
    /// The one budget that the limits are of.
    pub(crate) fn limited(&self) -> Option<&BudgetName> {
        let names = self.budget.as_ref().map(|budget| &budget.value)?;
        names.iter().next().filter(|_| !self.limits.is_empty())
    }
}

/// What the text of a project's file says.
pub(super) fn project(text: &str) -> Result<Project, Fault> {
    let table = document(text)?;
    let mut project = Project::default();
    for item in items(text, &table) {
        match item.key.as_str() {
            "budget" => project.budget = Some(item.parsed(NAME)?),
            "limits" => project.limits = limits(&item)?,
            "reserve" => project.reserve = reserve(&item)?,
            "tags" => project.tags = tags(&item)?,
            _ => return Err(refused(&item)),
        }
    }
    expect_one_budget(&project)?;
    Ok(project)
}

fn limits(item: &Item<'_>) -> Result<Vec<Set<LimitSpec>>, Fault> {
    let form = "limits = [\"5usd/day\"]";
    let mut limits: Vec<Set<LimitSpec>> = Vec::new();
    for entry in item.list(form)? {
        let limit: Set<LimitSpec> = entry.parsed(form)?;
        if limits
            .iter()
            .any(|other| other.value.key == limit.value.key)
        {
            return Err(entry.fault(format!("the limit {} is given twice", limit.value.key)));
        }
        limits.push(limit);
    }
    Ok(limits)
}

fn reserve(item: &Item<'_>) -> Result<Vec<Set<Quantity>>, Fault> {
    let mut amounts: Vec<Set<Quantity>> = Vec::new();
    for entry in item.list(AMOUNTS)? {
        let ask: Set<Ask> = entry.parsed(AMOUNTS)?;
        let Ask::Exactly(quantity) = ask.value else {
            let typed = safe(entry.text(AMOUNTS)?);
            return Err(Fault {
                hint: Some("name an amount; `all` is for the user's file or --reserve".to_owned()),
                ..entry.fault(format!("`{typed}` sets no bound to what a run reserves"))
            });
        };
        if quantity.amount.is_zero() {
            let why = "a run that reserves nothing at all may be charged nothing";
            return Err(entry.fault(why));
        }
        if amounts
            .iter()
            .any(|other| other.value.unit == quantity.unit)
        {
            return Err(entry.fault(format!("{} is reserved twice", quantity.unit)));
        }
        amounts.push(entry.set(quantity));
    }
    Ok(amounts)
}

/// Limits say nothing where it is not said whose they are.
fn expect_one_budget(project: &Project) -> Result<(), Fault> {
    let Some(first) = project.limits.first() else {
        return Ok(());
    };
    let count = project
        .budget
        .as_ref()
        .map(|names| names.value.iter().count());
    if count == Some(1) {
        return Ok(());
    }
    Err(Fault {
        line: first.line,
        key: Some("limits".to_owned()),
        message: "`limits` go with one budget".to_owned(),
        hint: Some("name it in the same file: budget = \"team/web\"".to_owned()),
    })
}

fn refused(item: &Item<'_>) -> Fault {
    let forbidden = FORBIDDEN.iter().find(|(key, _)| *key == item.key);
    let Some((key, reason)) = forbidden else {
        return item.unknown(&KEYS);
    };
    let hint = if matches!(*reason, PRICES) {
        "`budget prices import` takes prices"
    } else {
        "it belongs in the user's file; `budget config --path` says which that is"
    };
    Fault {
        hint: Some(hint.to_owned()),
        ..item.fault(format!("`{key}` is not for a project's file: {reason}"))
    }
}
