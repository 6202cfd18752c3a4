//! From a recorded answer of a provider to what `commit` and `spend` book. Owns what stands in for
//! what: typed amounts go before those of the answer, its own charge before a price.

use std::fs::File;
use std::io::{ErrorKind, Read, stdin};
use std::path::Path;

use serde_json::Value;

use crate::commands::args::UsageArgs;
use crate::commands::shared::{Key, KeyArgs, price_tables};
use crate::commands::usage_record;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::amount::Quantity;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::Booked;
use crate::usage::prices::Tables;
use crate::usage::{self, MAX_RESPONSE, Reading, Report};

/// What is booked of a model's usage.
pub(super) struct Used {
    /// What the entry says of it.
    pub(super) detail: Option<(&'static str, Value)>,
    /// What is charged.
    pub(super) amounts: Vec<Quantity>,
    /// What makes it safe to repeat.
    pub(super) key: KeyArgs,
    /// The key is the answer's own; none was typed.
    pub(super) is_own_key: bool,
    /// Why nobody knows what it cost, where it should be known.
    pub(super) unknown: Option<String>,
    /// What no other charge may count again.
    pub(super) booked: Booked,
}

/// What was typed, with what the answer says, if there is one. `otherwise` is what can be typed
/// where it does not say enough.
pub(super) fn used(
    cx: &Context,
    usage: &UsageArgs,
    typed: Vec<Quantity>,
    key: KeyArgs,
    otherwise: &str,
) -> Result<Used> {
    let Some(path) = &usage.response else {
        return without_answer(cx, usage, typed, key);
    };
    let answer = content(path)?;
    if answer.trim_ascii().is_empty() {
        return Err(refused("the answer is empty").hint(otherwise));
    }
    let reading = usage::read_response(&answer, usage.api.as_deref());
    let mut report = report(reading, otherwise)?;
    name(&mut report, usage);
    report.is_notional = usage.notional;
    let unknown = if names_money(&typed) {
        None
    } else {
        price(&mut report, &mut price_tables(cx)).filter(|_| !usage.notional)
    };
    Ok(Used {
        detail: Some(("usage", usage_record::usage_json(&report))),
        amounts: typed_first(typed, &report),
        is_own_key: key.key.is_none(),
        key: key_of(&report, key),
        unknown,
        booked: Booked {
            messages: report.ids,
            counter: None,
        },
    })
}

/// What was typed alone. The tokens of a model have a price where no money was typed beside them.
fn without_answer(
    cx: &Context,
    usage: &UsageArgs,
    typed: Vec<Quantity>,
    key: KeyArgs,
) -> Result<Used> {
    if usage.notional || usage.api.is_some() {
        let option = if usage.notional { "notional" } else { "api" };
        return Err(Error::usage(format!(
            "--{option} goes with --response FILE"
        )));
    }
    let (mut unknown, mut detail, mut amounts) = (None, usage.detail(), typed);
    match usage.report() {
        Some(mut report) if !names_money(&amounts) => {
            unknown = price(&mut report, &mut price_tables(cx));
            detail = Some(("usage", usage_record::usage_json(&report)));
            amounts = typed_first(amounts, &report);
        }
        _ => amounts = usage.with_tokens(amounts),
    }
    Ok(Used {
        detail,
        amounts,
        key,
        is_own_key: false,
        unknown,
        booked: Booked::default(),
    })
}

fn names_money(amounts: &[Quantity]) -> bool {
    amounts.iter().any(|amount| amount.unit == Unit::Usd)
}

/// The amounts typed, and what else a report says.
fn typed_first(mut amounts: Vec<Quantity>, report: &Report) -> Vec<Quantity> {
    for told in usage_record::amounts(report) {
        if amounts.iter().all(|amount| amount.unit != told.unit) {
            amounts.push(told);
        }
    }
    amounts
}

/// A conflict over a key that nobody typed is one over the answer.
pub(super) fn explained(error: Error, is_own_key: bool) -> Error {
    if !is_own_key || error.code != "key_reused" {
        return error;
    }
    let message = "this answer is booked already, with other options or figures";
    Error::new(Exit::Conflict, "booked_before", message)
        .hint("each message of a provider is charged once, whatever path brings it")
}

/// The bytes of the answer, one more than may be read where there are too many.
fn content(path: &Path) -> Result<Vec<u8>> {
    let limit = u64::try_from(MAX_RESPONSE)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| {
            let size = file.metadata()?.len().min(limit);
            bytes.reserve_exact(usize::try_from(size).unwrap_or(0));
            file.take(limit).read_to_end(&mut bytes)
        })
    };
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => {
            let what = match error.kind() {
                ErrorKind::NotFound => "there is no such file".to_owned(),
                kind => kind.to_string(),
            };
            let path = path.display();
            Err(Error::usage(format!(
                "--response cannot be read: {what}: {path}"
            )))
        }
    }
}

fn refused(reason: &str) -> Error {
    let message = format!("nothing was booked: {reason}");
    Error::new(Exit::Conflict, "unknown_usage", message)
}

/// What an answer says, where it says all of it.
fn report(reading: Reading, otherwise: &str) -> Result<Report> {
    match reading {
        Reading::Known(report) => Ok(report),
        Reading::Unknown {
            reason, at_least, ..
        } => {
            let tokens = at_least.and_then(|report| report.tokens().ok().flatten());
            let total = tokens.and_then(|tokens| tokens.total().ok());
            let certain = total.filter(|total| *total > 0);
            let certain = certain.map(|total| format!("; {total} tokens are certain"));
            let reason = format!("{reason}{}", certain.unwrap_or_default());
            Err(refused(&reason).hint(otherwise))
        }
        Reading::Silent => {
            let names = usage::api_names().join(", ");
            Err(refused("it is no answer of an API that is known")
                .hint(format!("--api says whose it is: {names}; else {otherwise}")))
        }
    }
}

/// What was typed of the model and who served it goes before what the answer says. Models of other
/// names were asked beside it.
fn name(report: &mut Report, usage: &UsageArgs) {
    let own = report.models.first().and_then(|first| first.model.clone());
    for part in &mut report.models {
        if let Some(model) = usage.model.as_ref().filter(|_| part.model == own) {
            part.model = Some(model.0.clone());
        }
        if let Some(provider) = &usage.provider {
            part.provider = Some(provider.0.clone());
        }
    }
}

/// Prices what has no charge of its own, and says why it has no price.
fn price(report: &mut Report, tables: &mut Tables) -> Option<String> {
    let reason = usage_record::price(report, usage::api_provider(report.source), tables);
    let incomplete = || "the answer does not say all tokens".to_owned();
    let is_unknown = report.cost.is_none();
    is_unknown.then(|| reason.unwrap_or_else(incomplete))
}

/// An answer is booked once: where no key was typed, its own id is one.
fn key_of(report: &Report, typed: KeyArgs) -> KeyArgs {
    let id = report.ids.first().filter(|_| typed.key.is_none());
    let own = id.map(|id| format!("response:{}:{id}", report.source.as_str()));
    let own = own.and_then(|key| key.parse::<Key>().ok());
    KeyArgs {
        key: typed.key.or(own),
    }
}
