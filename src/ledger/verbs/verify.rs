//! Proving a ledger: the chain of entries holds, and everything else follows from it. Changes
//! nothing.

mod reservations;

use std::collections::BTreeMap;

use serde_json::Value;

use super::Ledger;
use crate::ledger::entry::{Entry, EntryKind, GENESIS, Hash, Seq};
use crate::ledger::error::Result;
use crate::ledger::limit::LimitSpec;
use crate::ledger::store::Tx;
use crate::ledger::store::audit::{BudgetRow, WindowRow};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::window::{Figures, WindowId};
use reservations::Reservations;

/// A link of the chain that was kept elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The entry.
    pub seq: Seq,
    /// Its hash then.
    pub hash: Hash,
}

/// What a verification found.
#[derive(Debug, Clone)]
pub struct Findings {
    /// Each finding in a line: what, and where.
    pub lines: Vec<String>,
    /// How many entries there are.
    pub entries: i64,
    /// The hash of the last one.
    pub head: Hash,
}

impl Ledger {
    /// Compares everything with the journal, and the journal with itself.
    pub fn verify(&self, anchor: Option<Anchor>) -> Result<Findings> {
        self.read(|scene| {
            let mut lines = scene.tx.integrity()?;
            lines.extend(scene.tx.dangling()?);
            let windows = scene.tx.every_window()?;
            let mut replay = Replay::new(&windows);
            scene.tx.each_entry(|entry, hash| {
                replay.see(&entry, &hash, anchor, &mut lines);
                Ok(())
            })?;
            replay.compare(scene.tx, &windows, &mut lines)?;
            if anchor.is_some_and(|anchor| anchor.seq.0 > replay.last.0) {
                lines.push("entries were cut off: the anchored entry is missing".to_owned());
            }
            Ok(Findings {
                lines,
                entries: replay.last.0,
                head: replay.head,
            })
        })
    }
}

/// A limit: its budget, its unit and its period.
type LimitName = (i64, (String, String));

/// What the journal says that everything must be.
struct Replay<'a> {
    last: Seq,
    head: Hash,
    windows: BTreeMap<WindowId, Figures>,
    rows: BTreeMap<WindowId, &'a WindowRow>,
    budgets: BTreeMap<i64, BudgetRow>,
    /// Every amount that a limit was ever given, and when.
    limits: BTreeMap<LimitName, Vec<(Timestamp, i64)>>,
    reservations: Reservations,
}

impl<'a> Replay<'a> {
    fn new(windows: &'a [WindowRow]) -> Self {
        Self {
            last: Seq(0),
            head: GENESIS,
            windows: BTreeMap::new(),
            rows: windows.iter().map(|row| (row.id, row)).collect(),
            budgets: BTreeMap::new(),
            limits: BTreeMap::new(),
            reservations: Reservations::default(),
        }
    }

    fn see(&mut self, entry: &Entry, hash: &Hash, anchor: Option<Anchor>, lines: &mut Vec<String>) {
        let seq = entry.seq.0;
        if seq != self.last.0.saturating_add(1) {
            lines.push(format!("entry {seq}: the entries before it are missing"));
        }
        if entry.hash(&self.head) != *hash {
            lines.push(format!("entry {seq}: it or the one before it was changed"));
        }
        if anchor.is_some_and(|anchor| anchor.seq == entry.seq && anchor.hash != *hash) {
            lines.push(format!(
                "entry {seq}: it is not the anchored one; the journal was rewritten"
            ));
        }
        (self.last, self.head) = (entry.seq, *hash);
        let detail = serde_json::from_str(&entry.detail).unwrap_or_default();
        self.see_budget(entry, &detail, lines);
        self.reservations.see(entry, &detail, lines);
        self.see_postings(entry, lines);
    }

    /// Budgets are what their latest entry says.
    fn see_budget(&mut self, entry: &Entry, detail: &Value, lines: &mut Vec<String>) {
        let Some(id) = detail.get("budget").and_then(Value::as_i64) else {
            return;
        };
        let texts = detail.get("limits").and_then(Value::as_array);
        let specs = texts
            .into_iter()
            .flatten()
            .filter_map(|text| text.as_str()?.parse().ok());
        let mut limits: Vec<_> = specs
            .map(|spec: LimitSpec| {
                let (unit, period) = (spec.key.unit.to_string(), spec.key.period.to_string());
                (unit, period, spec.amount.atoms())
            })
            .collect();
        limits.sort();
        for (unit, period, amount) in &limits {
            let limit = (id, (unit.clone(), period.clone()));
            let set = self.limits.entry(limit).or_default();
            if set.last().is_none_or(|(_, before)| before != amount) {
                set.push((entry.at, *amount));
            }
        }
        let state = match entry.kind {
            EntryKind::Created | EntryKind::Unfrozen => "active",
            EntryKind::Frozen => "frozen",
            EntryKind::Closed => "closed",
            _ => self
                .budgets
                .get(&id)
                .map_or("active", |row| row.state_word()),
        };
        if entry.kind == EntryKind::Created && self.budgets.contains_key(&id) {
            lines.push(format!(
                "entry {}: it creates a budget that exists",
                entry.seq.0
            ));
        }
        let (name, state) = (entry.budgets.clone(), state.to_owned());
        self.budgets.insert(
            id,
            BudgetRow {
                id,
                name,
                state,
                limits,
            },
        );
    }

    fn see_postings(&mut self, entry: &Entry, lines: &mut Vec<String>) {
        for posting in &entry.postings {
            let figures = self.windows.entry(posting.window).or_default();
            match figures.after(&posting.movement) {
                Ok(after) => *figures = after,
                Err(_) => lines.push(format!(
                    "entry {}: it moves window {} below 0",
                    entry.seq.0, posting.window.0
                )),
            }
            if entry.kind == EntryKind::Reserved
                && let Some(limit) = self.limit_then(posting.window)
            {
                let figures = self
                    .windows
                    .get(&posting.window)
                    .copied()
                    .unwrap_or_default();
                let taken = figures
                    .spent
                    .atoms()
                    .saturating_add(figures.reserved.atoms());
                if taken > limit.saturating_add(figures.granted.atoms()) {
                    let (seq, window) = (entry.seq.0, posting.window.0);
                    lines.push(format!(
                        "entry {seq}: it was admitted beyond window {window}"
                    ));
                }
            }
        }
    }

    /// The limit in force at this point of the replay.
    fn limit_then(&self, window: WindowId) -> Option<i64> {
        let row = self.rows.get(&window)?;
        let limits = &self.budgets.get(&row.budget)?.limits;
        limits
            .iter()
            .find(|(unit, period, _)| (unit, period) == (&row.limit.0, &row.limit.1))
            .map(|l| l.2)
    }

    /// Whether a window's limit is the one that was set last before it ended: closed windows keep
    /// theirs. A clock that is not believed ends no window, so that a later one may be right, too.
    fn was_set(&self, row: &WindowRow) -> bool {
        let limit = (row.budget, row.limit.clone());
        let Some(set) = self.limits.get(&limit) else {
            return true;
        };
        let in_time = |(at, _): &(Timestamp, i64)| row.end.is_none_or(|end| *at < end);
        let last = set.iter().rposition(in_time).unwrap_or_default();
        let amount = row.figures.limit.atoms();
        set.iter().skip(last).any(|(_, set)| *set == amount)
    }

    fn compare(&self, tx: &Tx<'_>, windows: &[WindowRow], lines: &mut Vec<String>) -> Result<()> {
        let held: BTreeMap<_, _> = tx.held_by_window()?.into_iter().collect();
        for row in windows {
            let summed = self.windows.get(&row.id).copied().unwrap_or_default();
            let limit = row.figures.limit;
            if (Figures { limit, ..summed }) != row.figures {
                lines.push(format!(
                    "{}: {}",
                    row.name,
                    difference(&summed, &row.figures)
                ));
            }
            let held = held.get(&row.id).copied().unwrap_or_default();
            if held != row.figures.reserved.atoms() {
                let reserved = row.figures.reserved.atoms();
                lines.push(format!(
                    "{}: {reserved} atoms are reserved, but open reservations hold {held}",
                    row.name
                ));
            }
            if row.is_latest && !self.was_set(row) {
                lines.push(format!(
                    "{}: its limit is not the one that was set",
                    row.name
                ));
            }
        }
        for (id, atoms) in tx.leaked()? {
            lines.push(format!(
                "reservation {id} has ended and still holds {} atoms",
                atoms.atoms()
            ));
        }
        self.reservations.compare(&tx.every_reservation()?, lines);
        self.compare_budgets(tx, lines)
    }

    fn compare_budgets(&self, tx: &Tx<'_>, lines: &mut Vec<String>) -> Result<()> {
        let rows: BTreeMap<_, _> = tx
            .every_budget()?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        for (id, row) in &rows {
            if self.budgets.get(id) != Some(row) {
                lines.push(format!(
                    "budget {} is not what the journal says it is",
                    row.name
                ));
            }
        }
        for (_, row) in self.budgets.iter().filter(|(id, _)| !rows.contains_key(id)) {
            lines.push(format!(
                "budget {} is in the journal, but its row is missing",
                row.name
            ));
        }
        Ok(())
    }
}

impl BudgetRow {
    fn state_word(&self) -> &'static str {
        match self.state.as_str() {
            "frozen" => "frozen",
            "closed" => "closed",
            _ => "active",
        }
    }
}

fn difference(summed: &Figures, row: &Figures) -> String {
    let figures = [
        ("granted", summed.granted.atoms(), row.granted.atoms()),
        ("spent", summed.spent.atoms(), row.spent.atoms()),
        ("reserved", summed.reserved.atoms(), row.reserved.atoms()),
        ("debt", summed.debt.atoms(), row.debt.atoms()),
        ("over", summed.over.into(), row.over.into()),
    ];
    let wrong = figures.iter().filter(|(_, summed, row)| summed != row);
    let text = wrong
        .map(|(name, summed, row)| format!("{name} is {row}, but the entries add up to {summed}"));
    text.collect::<Vec<_>>().join("; ")
}
