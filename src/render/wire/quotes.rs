//! `quote` as JSON.

use serde::Serialize;
use serde_json::Value;

use super::{A, SCHEMA, to_json};
use crate::ledger::amount::Ask;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::HISTORY_DAYS;
use crate::render::quote::{Quote, figures};

#[derive(Serialize)]
struct UnitWire {
    unit: String,
    runs: usize,
    median: Option<A>,
    p90: Option<A>,
    max: Option<A>,
}

/// `quote`.
pub fn quote(found: &Quote) -> String {
    #[derive(Serialize)]
    struct Wire<'a> {
        schema: u32,
        budgets: Vec<&'a str>,
        program: &'a str,
        days: i64,
        runs: usize,
        unknown: usize,
        mean: Option<A>,
        units: Vec<UnitWire>,
        asks: Vec<A>,
        admitted: Option<bool>,
        denial: Option<Value>,
    }
    let history = &found.history;
    let denial = match &found.admitted {
        Some(Err(error)) => serde_json::from_str(&error.to_json()).ok(),
        Some(Ok(())) | None => None,
    };
    let units = history.costs.iter().map(|(unit, costs)| {
        let [median, p90, max] = figures(history, unit);
        let [median, p90, max] =
            [median, p90, max].map(|cost| cost.map(|cost| A::new(cost.atoms(), unit)));
        UnitWire {
            unit: unit.to_string(),
            runs: costs.runs(),
            median,
            p90,
            max,
        }
    });
    let asks = found.asks.iter().filter_map(|ask| match ask {
        Ask::Exactly(asked) => Some(A::from(asked)),
        Ask::AllOf(_) | Ask::All => None,
    });
    to_json(&Wire {
        schema: SCHEMA,
        budgets: found.names.split(',').collect(),
        program: &found.program,
        days: HISTORY_DAYS,
        runs: history.runs,
        unknown: history.unknown,
        mean: history.mean_ms.map(|mean| A::new(mean, &Unit::Time)),
        units: units.collect(),
        asks: asks.collect(),
        admitted: found.admitted.as_ref().map(Result::is_ok),
        denial,
    })
}
