//! What entries say beside their amounts: a JSON object, to which verbs add fields of their own.

use serde_json::{Map, Value};

use crate::ledger::amount::Quantity;
use crate::ledger::entry::Entry;
use crate::ledger::id::Id;
use crate::ledger::policy::OnUnknown;
use crate::ledger::reservation::Reservation;

/// A detail with one more field.
pub(super) fn with(detail: &str, field: &str, value: Value) -> String {
    let mut detail: Map<String, Value> = serde_json::from_str(detail).unwrap_or_default();
    detail.insert(field.to_owned(), value);
    Value::Object(detail).to_string()
}

/// A detail of what was charged without being known, and why.
pub(super) fn with_unknown(detail: &str, reason: &str) -> String {
    let detail = with(detail, "unknown", true.into());
    with(&detail, "reason", reason.into())
}

/// A detail with what policies cut off, where they did.
pub(super) fn with_cut(detail: String, uncharged: &[Quantity]) -> String {
    if uncharged.is_empty() {
        return detail;
    }
    let cut = uncharged
        .iter()
        .map(|q| (q.unit.to_string(), q.decimal().into()));
    with(&detail, "uncharged", Value::Object(cut.collect()))
}

/// The detail of a reservation with what it chose and the run's reservation that it was made
/// inside of.
pub(super) fn of_reservation(reservation: &Reservation) -> String {
    let mut detail = inside(&reservation.detail, reservation.parent);
    if let Some(overage) = &reservation.overage {
        detail = with(&detail, "overage", overage.to_string().into());
    }
    if reservation.on_unknown != OnUnknown::default() {
        let on_unknown = reservation.on_unknown.to_string();
        detail = with(&detail, "on_unknown", on_unknown.into());
    }
    detail
}

/// The run's reservation that a charge without one of its own was made inside of.
pub(super) fn ran_inside(charge: &Entry) -> Option<Id> {
    let detail: Value = serde_json::from_str(&charge.detail).ok()?;
    detail.get("inside")?.as_str()?.parse().ok()
}

/// A detail with the run's reservation that it was made inside of.
pub(super) fn inside(detail: &str, parent: Option<Id>) -> String {
    parent.map_or_else(
        || detail.to_owned(),
        |id| with(detail, "inside", id.to_string().into()),
    )
}
