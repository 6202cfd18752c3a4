//! What a child of a run finds in its environment.

use std::ffi::OsString;

use serde_json::Value;

use crate::context::Context;
use crate::env;
use crate::error::Result;
use crate::ledger::id::Id;
use crate::ledger::verbs::Admitted;
use crate::render::wire;

/// What leads `budget` inside the run to the run.
pub(super) fn variables(
    cx: &Context,
    session: Id,
    admitted: &Admitted,
) -> Result<Vec<(OsString, OsString)>> {
    let found = &admitted.reservation;
    let mut variables = vec![
        (env::SESSION.into(), session.to_string().into()),
        (env::RESERVATION.into(), found.id.to_string().into()),
        (env::LEDGER.into(), cx.path()?.into_os_string()),
    ];
    for (key, value) in wire::caps(&admitted.caps) {
        let text = match value {
            Value::Array(items) => {
                let items = items.iter().filter_map(Value::as_str);
                items.collect::<Vec<_>>().join(",")
            }
            other => other.to_string(),
        };
        let name = format!("BUDGET_CAP_{}", key.to_ascii_uppercase());
        variables.push((name.into(), text.into()));
    }
    Ok(variables)
}
