//! The JSON of every command, a file for each thing that is shown. Fields are added, never
//! changed: `docs/json.md` is a contract. Here is what all shapes are made of; nothing in this
//! room decides what is shown.

mod budgets;
mod denials;
mod entries;
mod events;
mod forecast;
mod imports;
mod quotes;
mod report;
mod reprices;
mod reservations;
mod settings;
mod statements;

use std::collections::BTreeMap;

use serde::Serialize;

use super::sanitize;
use crate::ledger::amount::{Quantity, decimal};
use crate::ledger::calendar::{Period, Zone};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;

pub use budgets::{budget, budgets, caps, remaining};
pub use denials::denial;
pub use entries::{LOG, log_entry, logged, refunded, spent, verified};
pub use events::event;
pub use forecast::forecast;
pub use imports::{Imported, imported};
pub use quotes::quote;
pub use report::report;
pub use reprices::{Change, RepricedCharge, Repricing, repriced};
pub use reservations::{admitted, extended, reservations, run_started, settled, status};
pub(crate) use settings::settings;
pub use statements::StatementsJson;

/// The version of every shape here.
pub const SCHEMA: u32 = 1;

/// An amount: an exact decimal with its unit. Time is in seconds.
#[derive(Debug, Clone, Serialize)]
pub struct A {
    unit: String,
    amount: String,
}

impl A {
    fn new(atoms: impl Into<i128>, unit: &Unit) -> Self {
        Self {
            unit: unit.to_string(),
            amount: decimal(atoms, unit),
        }
    }
}

impl From<&Quantity> for A {
    fn from(quantity: &Quantity) -> Self {
        Self::new(quantity.amount.atoms(), &quantity.unit)
    }
}

fn list(quantities: &[Quantity]) -> Vec<A> {
    quantities.iter().map(A::from).collect()
}

/// How many of something were left as they are, and why.
#[derive(Serialize)]
struct Reason<'a> {
    reason: &'a str,
    count: usize,
}

fn reasons(counts: &BTreeMap<String, usize>) -> Vec<Reason<'_>> {
    let counts = counts.iter();
    counts
        .map(|(reason, &count)| Reason { reason, count })
        .collect()
}

/// An instant with the offset of a zone.
pub fn instant(at: Timestamp, zone: &Zone) -> String {
    at.to_rfc3339(zone)
        .unwrap_or_else(|_| at.as_micros().to_string())
}

fn utc(at: Timestamp) -> String {
    instant(at, &Zone::utc())
}

/// A period as it is typed; `None` where there is none.
pub fn period(period: Period) -> Option<String> {
    (period != Period::Forever).then(|| period.to_string())
}

/// Any of the shapes as text.
pub fn to_json(wire: &impl Serialize) -> String {
    sanitize::json(serde_json::to_string(wire).unwrap_or_default())
}
