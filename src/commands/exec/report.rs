//! The outcome of a run, for a file and for the terminal.

use std::path::Path;

use serde_json::{Value, json};

use crate::context::Context;
use crate::error::Error;
use crate::ledger::amount::{Quantity, decimal};
use crate::ledger::verbs::{RunEnd, RunSettled};
use crate::render::human::quantity;
use crate::render::wire::SCHEMA;

fn amounts(list: &[Quantity]) -> Value {
    list.iter()
        .map(|q| json!({"unit": q.unit.as_str(), "amount": q.decimal()}))
        .collect()
}

/// The outcome of a run that ended.
pub(super) fn ended(end: &RunEnd, settled: Option<&RunSettled>) -> Value {
    json!({
        "schema": SCHEMA,
        "outcome": "ran",
        "session": end.session,
        "reservation": end.reservation,
        "exit_code": end.exit_code,
        "ending": end.ending,
        "active_seconds": decimal(end.active_ms, &crate::ledger::unit::Unit::Time),
        "charged": settled.map(|settled| amounts(&settled.charged)),
        "nested": settled.map(|settled| amounts(&settled.nested)),
        "recorded": settled.is_some(),
        "unknown": end.unknown.as_ref().filter(|_| settled.is_none_or(|s| s.reservation.unknown)),
    })
}

/// The outcome of a run that never began.
pub(super) fn failed(error: &Error) -> Value {
    let error = serde_json::from_str::<Value>(&error.to_json()).unwrap_or_default();
    json!({"schema": SCHEMA, "outcome": "not_started", "error": error.get("error")})
}

/// Writes an outcome to its file, whole or not at all.
pub(super) fn write(cx: &Context, path: &Path, outcome: &Value) {
    let mut part = path.as_os_str().to_owned();
    part.push(format!(".{}.part", std::process::id()));
    let written =
        std::fs::write(&part, format!("{outcome}\n")).and_then(|()| std::fs::rename(&part, path));
    if let Err(error) = written {
        cx.ui
            .warn(&format!("cannot write {}: {error}", path.display()));
    }
}

/// What a run cost, in a line.
pub(super) fn summary(settled: &RunSettled) -> String {
    let list = |list: &[Quantity]| {
        let items = list.iter().map(|q| quantity(q.amount.atoms(), &q.unit));
        items.collect::<Vec<_>>().join(", ")
    };
    let names = &settled.reservation.names;
    let charged = if settled.charged.is_empty() {
        "nothing".to_owned()
    } else {
        list(&settled.charged)
    };
    if settled.nested.is_empty() {
        format!("charged {charged} to {names}")
    } else {
        format!(
            "charged {charged} to {names}; what ran inside was charged {}, on the budgets it named",
            list(&settled.nested)
        )
    }
}
