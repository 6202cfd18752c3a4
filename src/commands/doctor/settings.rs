//! What each file of settings says of itself: whose it is, whether it can be read, and what of it is
//! in force. Facts come as values; nothing is looked at here.

use std::path::PathBuf;

use crate::config::{Origin, Owner, Project, Searched, User};
use crate::error::{Error, Result};
use crate::ledger::budget::Standing;
use crate::ledger::limit::LimitSpec;
use crate::ledger::name::BudgetName;
use crate::render::doctor::{Finding, Level};
use crate::render::sanitize::line;

/// The check of your own file.
pub(super) const OWN: &str = "settings";
/// The check of the project's.
pub(super) const PROJECT: &str = "project";

/// Your own file.
pub(super) fn own(file: &Searched, said: &Result<&User>) -> Option<Finding> {
    let found = Finding::ok(OWN, place(file)?);
    Some(match said {
        Ok(_) => found,
        Err(fault) => broken(found, fault),
    })
}

/// A project's file that is not read.
pub(super) fn ignored(file: &Searched) -> Finding {
    let owner = file.owner.map(Owner::said).unwrap_or_default();
    let text = format!("{} belongs to {owner}: it is ignored", path(file));
    Finding::ok(PROJECT, text).but(
        Level::Warn,
        "only files of your own and of root count; where it should, chown it",
    )
}

/// The project that a directory is in.
pub(super) struct Here<'a> {
    /// Its file.
    pub(super) file: &'a Searched,
    /// What that says.
    pub(super) said: Result<Option<&'a Project>>,
    /// Who says which budget is meant where none is named.
    pub(super) budget_by: Option<Origin>,
    /// Whether the user's own file says what a run reserves.
    pub(super) own_reserve: bool,
    /// The budgets there are; `None` where nobody can tell.
    pub(super) budgets: Option<Vec<Standing>>,
}

impl Here<'_> {
    /// What of it is in force.
    pub(super) fn finding(&self) -> Option<Finding> {
        let place = place(self.file)?;
        let project = match &self.said {
            Ok(project) => (*project)?,
            Err(fault) => return Some(broken(Finding::ok(PROJECT, place), fault)),
        };
        let parts: Vec<_> = [
            self.budget(project),
            limits(project),
            self.reserve(project),
            tags(project),
        ]
        .into_iter()
        .flatten()
        .collect();
        let says = if parts.is_empty() {
            "it says nothing".to_owned()
        } else {
            parts.join("; ")
        };
        let found = Finding::ok(PROJECT, format!("{place}: {says}"));
        Some(match self.missing(project) {
            Some(advice) => found.but(Level::Warn, advice),
            None => found,
        })
    }

    fn budget(&self, project: &Project) -> Option<String> {
        let budget = &project.budget.as_ref()?.value;
        let goes_before = match self.budget_by {
            Some(Origin::Run) => " (the run's goes before it)".to_owned(),
            Some(Origin::Variable(name)) => format!(" (${name} goes before it)"),
            _ => String::new(),
        };
        Some(format!("budget {budget}{goes_before}"))
    }

    fn reserve(&self, project: &Project) -> Option<String> {
        let reserve = listed(project.reserve.iter().map(|amount| &amount.value))?;
        let goes_before = if self.own_reserve {
            " (your own file's goes before it)"
        } else {
            ""
        };
        Some(format!("a run reserves {reserve}{goes_before}"))
    }

    /// What it takes for its budget to be there, and its limits to tighten anything.
    fn missing(&self, project: &Project) -> Option<String> {
        let (budgets, names) = (self.budgets.as_ref()?, project.budget.as_ref()?);
        let of = |name: &BudgetName| budgets.iter().find(|found| found.budget.name == *name);
        let limits = || project.limits.iter().map(|limit| &limit.value);
        if let Some(name) = names.value.iter().find(|name| of(name).is_none()) {
            let limit = limits().next();
            let limit = limit.map_or_else(|| "5usd/day".to_owned(), ToString::to_string);
            return Some(format!(
                "there is no budget {name} yet: `budget create {name} --limit {limit}`"
            ));
        }
        let name = project.limited()?;
        let carried = &of(name)?.positions;
        let is_missing = |limit: &&LimitSpec| carried.iter().all(|own| own.key != limit.key);
        let missing = limits().find(is_missing)?;
        let kind = &missing.key;
        Some(format!(
            "{name} has no limit of {kind} to tighten: `budget set {name} --limit {missing}`"
        ))
    }
}

/// The program that is told of events.
pub(super) fn on_event(words: &[String], files: &[PathBuf]) -> Option<Finding> {
    let program = line(words.first()?).into_owned();
    let Some(file) = files.first() else {
        let found = Finding::ok("on_event", format!("{program} cannot be run"));
        let advice = if program.contains('/') {
            "nobody is told of events: it is not there, or no program (chmod +x)"
        } else {
            "nobody is told of events: no program of that name is in $PATH"
        };
        return Some(found.but(Level::Warn, advice));
    };
    let file = line(&file.to_string_lossy()).into_owned();
    let told = if file == program {
        program
    } else {
        format!("{program}, which is {file}")
    };
    Some(Finding::ok("on_event", format!("{told} is told of events")))
}

fn limits(project: &Project) -> Option<String> {
    let limits = listed(project.limits.iter().map(|limit| &limit.value))?;
    Some(format!("at most {limits}"))
}

fn tags(project: &Project) -> Option<String> {
    let tags = listed(project.tags.iter().map(|tag| &tag.value))?;
    Some(format!("labels {tags}"))
}

/// A file, and whose it is.
fn place(file: &Searched) -> Option<String> {
    let whose = match file.owner? {
        Owner::Me => "yours".to_owned(),
        Owner::Root => "root's".to_owned(),
        other => format!("of {}", other.said()),
    };
    Some(format!("{} ({whose})", path(file)))
}

fn path(file: &Searched) -> String {
    line(&file.path.to_string_lossy()).into_owned()
}

/// A file that stops whatever needs it.
fn broken(found: Finding, fault: &Error) -> Finding {
    let advice = match &fault.hint {
        Some(hint) => format!("nothing is reserved until it is mended: {hint}"),
        None => "nothing is reserved until it is mended".to_owned(),
    };
    let text = line(&fault.message).into_owned();
    Finding { text, ..found }.but(Level::Fail, line(&advice))
}

fn listed<T: ToString>(items: impl Iterator<Item = T>) -> Option<String> {
    let words: Vec<_> = items.map(|item| item.to_string()).collect();
    (!words.is_empty()).then(|| line(&words.join(" ")).into_owned())
}
