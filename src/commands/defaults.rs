//! What a command takes from its surroundings where it was not typed: the budget, labels, limits to
//! keep to, what a run reserves. Options go before all of it; each command says what it asks for.

use std::str::FromStr;

use super::shared::DetailArgs;
use crate::config::{Origin, Set, Whose};
use crate::context::Context;
use crate::env;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::id::IdRef;
use crate::ledger::name::{InvalidName, Names};
use crate::ledger::tag::Tag;
use crate::ledger::verbs::{Ceilings, Defaults};

/// The first word of a command: the budget, or an amount where the budget is left out.
#[derive(Debug, Clone)]
pub(super) enum First<A> {
    /// The budget, or several.
    Names(Names),
    /// An amount, and why it names no budget.
    Amount(A, InvalidName),
}

impl<A: FromStr> FromStr for First<A> {
    type Err = InvalidName;

    fn from_str(text: &str) -> std::result::Result<Self, InvalidName> {
        match (text.parse(), text.parse()) {
            (Ok(names), _) => Ok(Self::Names(names)),
            (Err(why), Ok(amount)) => Ok(Self::Amount(amount, why)),
            (Err(why), Err(_)) => Err(why),
        }
    }
}

/// The budgets that are meant and the amounts, by the first word and those behind it.
pub(super) fn target<A>(
    cx: &mut Context,
    first: Option<First<A>>,
    mut amounts: Vec<A>,
) -> Result<(Names, Vec<A>)> {
    let names = match first {
        Some(First::Names(names)) => names,
        None => named(cx, None)?,
        Some(First::Amount(amount, why)) => {
            amounts.insert(0, amount);
            implied(cx)?.ok_or_else(|| nameless(&why.to_string()))?
        }
    };
    Ok((names, amounts))
}

/// The budgets typed, else those that are meant where none is; an error where there are none.
pub(super) fn named(cx: &mut Context, typed: Option<Names>) -> Result<Names> {
    match typed {
        Some(names) => Ok(names),
        None => implied(cx)?.ok_or_else(|| nameless("no budget is named")),
    }
}

/// The budgets that are meant where none is typed.
pub(super) fn implied(cx: &mut Context) -> Result<Option<Names>> {
    Ok(implied_from(cx)?.map(|(names, _)| names))
}

/// The budgets that are meant where none is typed, and who says so: the run that this is inside of,
/// else the environment, the project's file, the user's.
pub(super) fn implied_from(cx: &mut Context) -> Result<Option<(Names, Origin)>> {
    if let Some(names) = of_run(cx)? {
        return Ok(Some((names, Origin::Run)));
    }
    if let Some(name) = &cx.env.name {
        let names = name.parse().map_err(|error: InvalidName| {
            Error::new(Exit::Config, "config", format!("{}: {error}", env::NAME))
        })?;
        return Ok(Some((names, Origin::Variable(env::NAME))));
    }
    let project = cx.project()?.and_then(|project| project.budget.as_ref());
    let (budget, whose) = match project {
        Some(budget) => (Some(budget), Whose::Project),
        None => (cx.user_on("budget")?.budget.as_ref(), Whose::User),
    };
    Ok(budget.map(|budget| (budget.value.clone(), budget.origin(whose))))
}

fn of_run(cx: &mut Context) -> Result<Option<Names>> {
    let (Some(run), _) = cx.parent() else {
        return Ok(None);
    };
    let Some(ledger) = cx.existing()? else {
        return Ok(None);
    };
    let found = ledger.reservation(&IdRef::Full(run)).ok();
    Ok(found.map(|found| found.names))
}

fn nameless(why: &str) -> Error {
    Error::usage(why).hint(
        "name one, or put budget = \"NAME\" into the project's .budget.toml or into your own file, \
         which `budget config --path` names",
    )
}

/// The labels typed, with those of the surroundings where they say more.
pub(super) fn labelled(cx: &Context, mut detail: DetailArgs) -> Result<DetailArgs> {
    let tags = tags_from(cx)?.into_iter().map(|(tag, _)| tag);
    // Of two with the same key the last one counts.
    detail.tags = tags.chain(detail.tags).collect();
    Ok(detail)
}

/// The labels of everything that is recorded here, and who says so: which project it is, the user's
/// file, the project's. Of two with the same key the last one counts.
pub(super) fn tags_from(cx: &Context) -> Result<Vec<(Tag, Origin)>> {
    let project = cx.project_if_possible()?;
    let directory = project.and_then(|project| project.file.parent()?.file_name());
    let name = directory.and_then(|name| Tag::new("project", &name.to_string_lossy()).ok());
    let own = project.map_or(&[][..], |project| &project.tags);
    let of = |whose| move |tag: &Set<Tag>| (tag.value.clone(), tag.origin(whose));
    let name = name.into_iter().map(|tag| (tag, Origin::Directory));
    let user = cx.user_if_possible("tags")?;
    let user = user.map_or(&[][..], |user| &user.tags);
    Ok(name
        .chain(user.iter().map(of(Whose::User)))
        .chain(own.iter().map(of(Whose::Project)))
        .collect())
}

/// What the project's file has a request keep to, where it counts against that project's budget.
pub(super) fn ceilings(cx: &Context, names: &Names) -> Result<Option<Ceilings>> {
    let Some(project) = cx.project()? else {
        return Ok(None);
    };
    let budget = project
        .limited()
        .filter(|budget| names.union().contains(budget));
    Ok(budget.map(|budget| Ceilings {
        budget: budget.clone(),
        limits: project
            .limits
            .iter()
            .map(|limit| limit.value.clone())
            .collect(),
        said_by: project.file.display().to_string(),
    }))
}

/// What a run reserves that says nothing.
pub(super) fn defaults(cx: &Context) -> Result<Defaults> {
    let otherwise = cx.project()?.map_or(&[][..], |project| &project.reserve);
    Ok(Defaults {
        asks: cx
            .user()?
            .reserve
            .iter()
            .map(|ask| ask.value.clone())
            .collect(),
        otherwise: otherwise
            .iter()
            .map(|amount| amount.value.clone())
            .collect(),
    })
}
