//! What the journal says that windows were warned of: each share once, until an entry that made
//! more room says that it may be warned of again. Reads entries, judges windows.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::ledger::amount::decimal;
use crate::ledger::entry::{Entry, EntryKind};
use crate::ledger::store::audit::WindowRow;
use crate::ledger::unit::Unit;
use crate::ledger::window::{Figures, WindowId};

/// Takes one entry in, after its postings.
pub(super) fn see(
    entry: &Entry,
    detail: &Value,
    windows: &mut BTreeMap<WindowId, Figures>,
    rows: &BTreeMap<WindowId, &WindowRow>,
    lines: &mut Vec<String>,
) {
    let rearmed = detail.get("rearmed").and_then(Value::as_array);
    for armed in rearmed.into_iter().flatten() {
        if let Some((window, left)) = id(armed.get("window")).zip(percent(armed.get("warned"))) {
            windows.entry(window).or_default().warned = left;
        }
    }
    if entry.kind != EntryKind::Warned {
        return;
    }
    let warned = detail.get("warned").unwrap_or(&Value::Null);
    let shares = warned.get("thresholds").and_then(Value::as_array);
    let shares: Vec<_> = shares
        .into_iter()
        .flatten()
        .map(|s| percent(Some(s)))
        .collect();
    let window = id(warned.pointer("/window/id"));
    let (Some(window), Some(Some(first)), Some(Some(last))) =
        (window, shares.first().copied(), shares.last().copied())
    else {
        lines.push(format!("entry {}: it warns of nothing", entry.seq.0));
        return;
    };
    let figures = windows.entry(window).or_default();
    let (seq, window_id) = (entry.seq.0, window.0);
    if first <= figures.warned {
        lines.push(format!(
            "entry {seq}: it warns of {first}% of window {window_id} a second time"
        ));
    }
    figures.warned = last;
    let unit = rows
        .get(&window)
        .and_then(|row| row.limit.0.parse::<Unit>().ok());
    let charged = unit.map(|unit| decimal(figures.charged(), &unit));
    if charged.as_deref() != warned.get("charged").and_then(Value::as_str) {
        lines.push(format!(
            "entry {seq}: what it says was charged to window {window_id} was not"
        ));
    }
}

fn id(value: Option<&Value>) -> Option<WindowId> {
    value.and_then(Value::as_i64).map(WindowId)
}

fn percent(value: Option<&Value>) -> Option<u8> {
    value
        .and_then(Value::as_u64)
        .and_then(|n| u8::try_from(n).ok())
}
