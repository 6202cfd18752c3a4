//! Denials as JSON: what an error says beside its message, so that a script can decide whether
//! to wait.

use serde::Serialize;
use serde_json::Value;

use super::budgets::FiguresWire;
use super::{A, period, utc};
use crate::ledger::verbs::{Denial, FailedLimit};

#[derive(Serialize)]
struct FailedWire<'a> {
    budget: &'a str,
    unit: &'a str,
    period: Option<String>,
    #[serde(flatten)]
    figures: FiguresWire,
    asked: A,
    resets_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    said_by: Option<&'a str>,
}

/// The fields of a denial beside its message.
pub fn denial(denial: &Denial) -> Vec<(&'static str, Value)> {
    // Waiting helps neither what is too large nor what somebody stopped.
    let can_wait = !denial.is_final() && denial.stopped.is_none();
    let retry = denial.retry_at.filter(|_| can_wait).map(|at| {
        let micros = at.as_micros().saturating_sub(denial.at.as_micros()).max(0);
        // Rounded up: after so many seconds the window is over.
        Value::from(micros.saturating_add(999_999) / 1_000_000)
    });
    let mut more = vec![
        (
            "budgets",
            denial
                .names
                .iter()
                .map(|n| Value::from(n.as_str()))
                .collect(),
        ),
        ("failed", denial.failed.iter().map(failed).collect()),
        ("retry_after_seconds", retry.unwrap_or_default()),
    ];
    if let Some((name, state)) = &denial.stopped {
        more.push((
            "stopped",
            serde_json::json!({"budget": name.as_str(), "state": state.as_str()}),
        ));
    }
    more
}

fn failed(failed: &FailedLimit) -> Value {
    let position = &failed.position;
    let wire = FailedWire {
        budget: position.budget.as_str(),
        unit: position.key.unit.as_str(),
        period: period(position.key.period),
        figures: FiguresWire::of(position),
        asked: A::new(failed.asked.atoms(), &position.key.unit),
        resets_at: position.bounds.end.map(utc),
        said_by: failed.said_by.as_deref(),
    };
    serde_json::to_value(wire).unwrap_or_default()
}
