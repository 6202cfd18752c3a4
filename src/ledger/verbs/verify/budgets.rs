//! What the journal says that budgets, their limits and the bounds of their windows must be: what
//! the latest entry about each says. Reads entries, judges rows.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::ledger::calendar::{Anchor, Period, Zone, bounds};
use crate::ledger::entry::{Entry, EntryKind};
use crate::ledger::limit::LimitSpec;
use crate::ledger::policy::Overage;
use crate::ledger::store::audit::{BudgetRow, Choices, SetLimit, WindowRow};
use crate::ledger::timestamp::Timestamp;

/// A limit: its budget, its unit and its period.
type LimitName = (i64, (String, String));

/// Every budget of the journal so far.
#[derive(Default)]
pub(super) struct Budgets {
    rows: BTreeMap<i64, BudgetRow>,
    /// Every amount that a limit was ever given, and when.
    limits: BTreeMap<LimitName, Vec<(Timestamp, i64)>>,
}

impl Budgets {
    /// Takes one entry in.
    pub(super) fn see(&mut self, entry: &Entry, detail: &Value, lines: &mut Vec<String>) {
        let Some(id) = detail.get("budget").and_then(Value::as_i64) else {
            return;
        };
        let limits = limits(detail);
        for set in &limits {
            let limit = (id, (set.unit.clone(), set.period.clone()));
            let given = self.limits.entry(limit).or_default();
            if given.last().is_none_or(|(_, before)| *before != set.amount) {
                given.push((entry.at, set.amount));
            }
        }
        if entry.kind == EntryKind::Created && self.rows.contains_key(&id) {
            let seq = entry.seq.0;
            lines.push(format!("entry {seq}: it creates a budget that exists"));
        }
        let before = self.rows.get(&id);
        let state = match entry.kind {
            EntryKind::Created | EntryKind::Unfrozen => "active",
            EntryKind::Frozen => "frozen",
            EntryKind::Closed => "closed",
            _ => before.map_or("active", |row| row.state.as_str()),
        };
        // What is noted of another state is not noted of the budget.
        let note = match (entry.kind, before) {
            (EntryKind::Created | EntryKind::Set, _) | (_, None) => text(detail, "note"),
            (_, Some(before)) => before.choices.note.clone(),
        };
        let row = BudgetRow {
            id,
            name: entry.budgets.clone(),
            state: state.to_owned(),
            limits,
            choices: Choices {
                zone: text(detail, "zone"),
                anchor: text(detail, "anchor"),
                on_unknown: text(detail, "on_unknown"),
                reserve: texts(detail, "reserve").join(" "),
                caps: texts(detail, "caps").join("\n"),
                warn: texts(detail, "warn").join(" "),
                note,
            },
        };
        self.rows.insert(id, row);
    }

    /// The amount of a window's limit at this point of the replay.
    pub(super) fn limit_then(&self, window: &WindowRow) -> Option<i64> {
        let mut limits = self.rows.get(&window.budget)?.limits.iter();
        let (unit, period) = &window.limit;
        limits
            .find(|set| (&set.unit, &set.period) == (unit, period))
            .map(|set| set.amount)
    }

    /// Whether a window's limit is the one that was set last before it ended: closed windows keep
    /// theirs. A clock that is not believed ends no window, so that a later one may be right, too.
    pub(super) fn was_set(&self, row: &WindowRow) -> bool {
        let limit = (row.budget, row.limit.clone());
        let Some(set) = self.limits.get(&limit) else {
            return true;
        };
        let in_time = |(at, _): &(Timestamp, i64)| row.end.is_none_or(|end| *at < end);
        let last = set.iter().rposition(in_time).unwrap_or_default();
        let amount = row.figures.limit.atoms();
        set.iter().skip(last).any(|(_, set)| *set == amount)
    }

    /// Whether a window begins and ends as its period does in the budget's zone; it begins later
    /// where the one before it ended later.
    pub(super) fn keeps_its_period(&self, row: &WindowRow, windows: &[WindowRow]) -> bool {
        let Some((period, zone, anchor)) = self.calendar_of(row) else {
            // A budget or limit that cannot be read is a finding of its own.
            return true;
        };
        let follows = |other: &WindowRow| {
            other.limit_id == row.limit_id && other.id != row.id && other.end == Some(row.start)
        };
        bounds(period, &zone, anchor, row.start).is_ok_and(|natural| {
            natural.end == row.end && (natural.start == row.start || windows.iter().any(follows))
        })
    }

    fn calendar_of(&self, row: &WindowRow) -> Option<(Period, Zone, Anchor)> {
        let choices = &self.rows.get(&row.budget)?.choices;
        let (zone, anchor) = (choices.zone.parse().ok()?, choices.anchor.parse().ok()?);
        Some((row.limit.1.parse().ok()?, zone, anchor))
    }

    /// Says how rows differ from what the journal has them.
    pub(super) fn compare(&self, rows: Vec<BudgetRow>, lines: &mut Vec<String>) {
        let rows: BTreeMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
        for (id, row) in &rows {
            if self.rows.get(id) != Some(row) {
                lines.push(format!(
                    "budget {} is not what the journal says it is",
                    row.name
                ));
            }
        }
        for (_, row) in self.rows.iter().filter(|(id, _)| !rows.contains_key(id)) {
            lines.push(format!(
                "budget {} is in the journal, but its row is missing",
                row.name
            ));
        }
    }
}

/// The limits that an entry says are in force, by unit and period.
fn limits(detail: &Value) -> Vec<SetLimit> {
    let specs = texts(detail, "limits");
    let specs = specs.iter().filter_map(|text| text.parse().ok());
    let policies = detail.get("overage");
    let mut limits: Vec<_> = specs
        .map(|spec: LimitSpec| {
            let policy = policies.and_then(|policies| policies.get(spec.key.to_string()));
            SetLimit {
                unit: spec.key.unit.to_string(),
                period: spec.key.period.to_string(),
                amount: spec.amount.atoms(),
                overage: policy
                    .and_then(Value::as_str)
                    .map_or_else(|| Overage::default().to_string(), str::to_owned),
            }
        })
        .collect();
    limits.sort();
    limits
}

fn text(detail: &Value, field: &str) -> String {
    let text = detail.get(field).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

fn texts<'a>(detail: &'a Value, field: &str) -> Vec<&'a str> {
    let texts = detail.get(field).and_then(Value::as_array);
    let texts = texts.into_iter().flatten();
    texts.filter_map(Value::as_str).collect()
}
