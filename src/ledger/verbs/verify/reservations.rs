//! What the journal says that reservations and their stakes must be: every one is reserved once,
//! ends at most once, and was charged what its entries charged. Reads entries, judges rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use serde_json::Value;

use super::reprices::Says;
use crate::ledger::amount::Quantity;
use crate::ledger::entry::{Entry, EntryKind};
use crate::ledger::id::Id;
use crate::ledger::policy::OnUnknown;
use crate::ledger::reservation::State;
use crate::ledger::store::audit::{HeldRow, ReservationRow, StakeRow};
use crate::ledger::unit::Unit;

/// Every reservation of the journal so far.
#[derive(Default)]
pub(super) struct Reservations(BTreeMap<Id, Known>);

/// A reservation as the journal has it.
struct Known {
    row: ReservationRow,
    /// What stands of the charge that ended it, by unit.
    standing: BTreeMap<String, i64>,
}

impl Reservations {
    /// Takes one entry in.
    pub(super) fn see(&mut self, entry: &Entry, detail: &Value, lines: &mut Vec<String>) {
        let Some(id) = entry.reservation else {
            let charged = match entry.kind {
                EntryKind::Spent => entry.amounts.clone(),
                EntryKind::Repriced => more(entry),
                _ => Vec::new(),
            };
            for Quantity { unit, amount } in &charged {
                self.nest(inside(detail), unit, amount.atoms());
            }
            return;
        };
        let is_part = detail.get("kept") == Some(&Value::Bool(true));
        match entry.kind {
            EntryKind::Reserved => self.begin(id, entry, detail, lines),
            EntryKind::Committed | EntryKind::Released if is_part => {
                self.settle_part(id, entry, detail);
            }
            EntryKind::Committed => self.end(id, State::Committed, entry, detail, lines),
            EntryKind::Released => self.end(id, State::Released, entry, detail, lines),
            EntryKind::Expired => self.end(id, State::Expired, entry, detail, lines),
            EntryKind::Corrected => self.correct(id, entry),
            EntryKind::Refunded => self.refund(id, entry),
            EntryKind::Repriced => self.reprice(id, entry),
            _ => {}
        }
    }

    fn begin(&mut self, id: Id, entry: &Entry, detail: &Value, lines: &mut Vec<String>) {
        let stake = |quantity: &Quantity| {
            let stake = StakeRow {
                reserved: quantity.amount.atoms(),
                ..StakeRow::default()
            };
            (quantity.unit.to_string(), stake)
        };
        let row = ReservationRow {
            budgets: entry.budgets.clone(),
            state: State::Open,
            parent: inside(detail),
            session: entry.session,
            created: entry.at,
            overage: text(detail, "overage"),
            on_unknown: text(detail, "on_unknown")
                .unwrap_or_else(|| OnUnknown::default().to_string()),
            unknown: false,
            late: false,
            ended_by: None,
            stakes: entry.amounts.iter().map(stake).collect(),
        };
        let standing = BTreeMap::new();
        if let Some(before) = self.0.insert(id, Known { row, standing }) {
            lines.push(was(entry, State::Open, id, before.row.state.as_str()));
        }
    }

    fn end(
        &mut self,
        id: Id,
        state: State,
        entry: &Entry,
        detail: &Value,
        lines: &mut Vec<String>,
    ) {
        let Some(known) = self.0.get_mut(&id) else {
            lines.push(was(entry, state, id, "unknown"));
            return;
        };
        if known.row.state != State::Open {
            lines.push(was(entry, state, id, known.row.state.as_str()));
            return;
        }
        known.row.state = state;
        known.row.unknown = detail.get("unknown") == Some(&Value::Bool(true));
        known.row.ended_by = Some(entry.seq.0);
        for Quantity { unit, amount } in &entry.amounts {
            known.standing.insert(unit.to_string(), amount.atoms());
        }
        self.charge(id, entry);
    }

    /// Adds what an entry charged, to the reservation and to the open runs around it.
    fn charge(&mut self, id: Id, entry: &Entry) {
        for Quantity { unit, amount } in &entry.amounts {
            let Some(known) = self.0.get_mut(&id) else {
                return;
            };
            let stake = known.row.stakes.entry(unit.to_string()).or_default();
            stake.charged = stake.charged.saturating_add(amount.atoms());
            let parent = known.row.parent;
            self.nest(parent, unit, amount.atoms());
        }
    }

    /// A part was charged or given back, and the rest kept.
    fn settle_part(&mut self, id: Id, entry: &Entry, detail: &Value) {
        if let Some(known) = self.0.get_mut(&id) {
            for Quantity { unit, amount } in &entry.amounts {
                let part = amount.atoms().saturating_add(uncharged(detail, unit));
                let stake = known.row.stakes.entry(unit.to_string());
                stake.and_modify(|stake| {
                    stake.reserved = stake.reserved.saturating_sub(part).max(0);
                });
            }
        }
        if entry.kind == EntryKind::Committed {
            self.charge(id, entry);
        }
    }

    /// What a late settlement names stands instead of what was charged at the end.
    fn correct(&mut self, id: Id, entry: &Entry) {
        if let Some(known) = self.0.get_mut(&id) {
            known.row.late = true;
        }
        for Quantity { unit, amount } in &entry.amounts {
            let Some(known) = self.0.get_mut(&id) else {
                return;
            };
            let before = known.standing.insert(unit.to_string(), amount.atoms());
            let more = amount.atoms().saturating_sub(before.unwrap_or_default());
            let stake = known.row.stakes.entry(unit.to_string()).or_default();
            stake.charged = stake.charged.saturating_add(more);
            let parent = known.row.parent;
            self.nest(parent, unit, more.max(0));
        }
    }

    fn refund(&mut self, id: Id, entry: &Entry) {
        let Some(known) = self.0.get_mut(&id) else {
            return;
        };
        for Quantity { unit, amount } in &entry.amounts {
            let less = |figure: &mut i64| *figure = figure.saturating_sub(amount.atoms()).max(0);
            let unit = unit.to_string();
            known
                .row
                .stakes
                .entry(unit.clone())
                .and_modify(|stake| less(&mut stake.charged));
            if known.row.ended_by == entry.of.map(|seq| seq.0) {
                known.standing.entry(unit).and_modify(less);
            }
        }
    }

    /// What a charge costs by other prices stands instead of what it stood at, and accounts for it
    /// where nobody could.
    fn reprice(&mut self, id: Id, entry: &Entry) {
        let (Some(known), Some(says)) = (self.0.get_mut(&id), Says::of(entry)) else {
            return;
        };
        let unit = Unit::Usd.to_string();
        let stake = known.row.stakes.entry(unit.clone()).or_default();
        let rest = stake.charged.saturating_sub(says.before.atoms()).max(0);
        stake.charged = rest.saturating_add(says.after.atoms());
        if known.row.ended_by == entry.of.map(|seq| seq.0) {
            known.row.late |= known.row.unknown;
            known.standing.insert(unit, says.after.atoms());
        }
        let parent = known.row.parent;
        for Quantity { unit, amount } in more(entry) {
            self.nest(parent, &unit, amount.atoms());
        }
    }

    /// Tells every open run around it what was charged inside of it.
    fn nest(&mut self, inside: Option<Id>, unit: &Unit, atoms: i64) {
        let (mut next, mut seen) = (inside, BTreeSet::new());
        while let Some(id) = next.filter(|id| unit.is_consumed() && seen.insert(*id)) {
            let Some(known) = self.0.get_mut(&id) else {
                return;
            };
            next = known.row.parent;
            if known.row.state == State::Open && atoms > 0 {
                let stake = known.row.stakes.entry(unit.to_string()).or_default();
                stake.nested = stake.nested.saturating_add(atoms);
            }
        }
    }

    /// Says how rows differ from what the journal has them.
    pub(super) fn compare(&self, rows: &BTreeMap<Id, ReservationRow>, lines: &mut Vec<String>) {
        for (id, row) in rows {
            match self.0.get(id) {
                Some(known) => lines.extend(differences(*id, row, &known.row)),
                None => lines.push(format!(
                    "reservation {id} is {}, but the journal has it nowhere",
                    row.state.as_str()
                )),
            }
        }
        for id in self.0.keys().filter(|id| !rows.contains_key(id)) {
            lines.push(format!(
                "reservation {id} is in the journal, but its row is missing"
            ));
        }
    }
}

fn differences(id: Id, row: &ReservationRow, journal: &ReservationRow) -> Vec<String> {
    let mut lines = Vec::new();
    if row.state != journal.state {
        let (state, expected) = (row.state.as_str(), journal.state.as_str());
        lines.push(format!(
            "reservation {id} is {state}, but the journal has it {expected}"
        ));
    }
    let fields = [
        ("budgets", row.budgets.clone(), journal.budgets.clone()),
        ("parent", maybe(row.parent), maybe(journal.parent)),
        ("session", maybe(row.session), maybe(journal.session)),
        (
            "admission",
            row.created.as_micros().to_string(),
            journal.created.as_micros().to_string(),
        ),
        (
            "overage",
            maybe(row.overage.as_ref()),
            maybe(journal.overage.as_ref()),
        ),
        (
            "on_unknown",
            row.on_unknown.clone(),
            journal.on_unknown.clone(),
        ),
        (
            "unknown",
            row.unknown.to_string(),
            journal.unknown.to_string(),
        ),
        ("late", row.late.to_string(), journal.late.to_string()),
        ("last entry", maybe(row.ended_by), maybe(journal.ended_by)),
    ];
    for (what, row, journal) in fields.iter().filter(|(_, row, journal)| row != journal) {
        lines.push(format!(
            "reservation {id}: its {what} is {row}, but the journal has it {journal}"
        ));
    }
    let units: BTreeSet<_> = row.stakes.keys().chain(journal.stakes.keys()).collect();
    for unit in units {
        lines.extend(stake_differences(id, unit, row, journal));
    }
    lines
}

fn stake_differences(
    id: Id,
    unit: &str,
    row: &ReservationRow,
    journal: &ReservationRow,
) -> Vec<String> {
    let Some(stake) = row.stakes.get(unit) else {
        return vec![format!(
            "reservation {id}: what it has to do with {unit} is in the journal, but its row is missing"
        )];
    };
    let summed = journal.stakes.get(unit).copied().unwrap_or_default();
    let figures = [
        ("reserved", stake.reserved, summed.reserved),
        ("charged", stake.charged, summed.charged),
        ("nested", stake.nested, summed.nested),
    ];
    let wrong = figures.iter().filter(|(_, row, summed)| row != summed);
    let line = |(figure, row, summed): &(&str, i64, i64)| {
        format!(
            "reservation {id}: its {figure} {unit} are {row} atoms, but the entries add up to {summed}"
        )
    };
    wrong.map(line).collect()
}

fn was(entry: &Entry, state: State, id: Id, before: &str) -> String {
    let (seq, state) = (entry.seq.0, state.as_str());
    format!("entry {seq}: {state} reservation {id}, which was {before}")
}

fn maybe(value: Option<impl Display>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

/// What open reservations hold and did not reserve. One that lent to what ran inside of it holds
/// less, and how much less is nowhere written down: it is left out.
pub(super) fn holdings(rows: &BTreeMap<Id, ReservationRow>, held: &[HeldRow]) -> Vec<String> {
    let parents: BTreeSet<_> = rows.values().filter_map(|row| row.parent).collect();
    let mut lines = Vec::new();
    for HeldRow {
        holder,
        budget,
        limit: (unit, period),
        atoms,
    } in held
    {
        let Some(row) = rows.get(holder) else {
            continue;
        };
        let has_lent =
            parents.contains(holder) || row.stakes.values().any(|stake| stake.nested != 0);
        let reserved = row.stakes.get(unit).map_or(0, |stake| stake.reserved);
        if !has_lent && reserved != *atoms {
            lines.push(format!(
                "reservation {holder}: it holds {atoms} atoms of {unit}/{period} on {budget}, but \
                 reserved {reserved}"
            ));
        }
    }
    lines
}

/// What a charge costs more by other prices.
fn more(entry: &Entry) -> Vec<Quantity> {
    let more = Says::of(entry).map(|says| says.after.less(says.before));
    let more = more.filter(|more| !more.is_zero());
    more.map(|more| Quantity::new(more, Unit::Usd))
        .into_iter()
        .collect()
}

/// A text in a detail.
fn text(detail: &Value, field: &str) -> Option<String> {
    detail.get(field)?.as_str().map(str::to_owned)
}

/// The run's reservation that a charge or a reservation was made inside of.
fn inside(detail: &Value) -> Option<Id> {
    detail.get("inside")?.as_str()?.parse().ok()
}

/// What a policy cut off a charge.
fn uncharged(detail: &Value, unit: &Unit) -> i64 {
    let cut = detail
        .get("uncharged")
        .and_then(|cut| cut.get(unit.as_str()));
    let text = cut.and_then(Value::as_str).unwrap_or_default();
    let quantity = format!("{text}{unit}").parse::<Quantity>();
    quantity.map_or(0, |quantity| quantity.amount.atoms())
}
