//! Proving a ledger: the chain of entries holds, and everything else follows from it. Changes
//! nothing.

mod budgets;
mod messages;
mod reprices;
mod reservations;
mod warnings;

use std::collections::BTreeMap;

use super::Ledger;
use crate::ledger::entry::{Entry, EntryKind, GENESIS, Hash, Seq};
use crate::ledger::error::Result;
use crate::ledger::store::Tx;
use crate::ledger::store::audit::WindowRow;
use crate::ledger::window::{Figures, WindowId};
use budgets::Budgets;
use messages::Messages;
use reprices::Reprices;
use reservations::{Reservations, holdings};

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
            lines.extend(scene.wrong_digest()?);
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

/// What the journal says that everything must be.
struct Replay<'a> {
    last: Seq,
    head: Hash,
    windows: BTreeMap<WindowId, Figures>,
    rows: BTreeMap<WindowId, &'a WindowRow>,
    budgets: Budgets,
    reservations: Reservations,
    messages: Messages,
    reprices: Reprices,
}

impl<'a> Replay<'a> {
    fn new(windows: &'a [WindowRow]) -> Self {
        Self {
            last: Seq(0),
            head: GENESIS,
            windows: BTreeMap::new(),
            rows: windows.iter().map(|row| (row.id, row)).collect(),
            budgets: Budgets::default(),
            reservations: Reservations::default(),
            messages: Messages::default(),
            reprices: Reprices::default(),
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
        self.budgets.see(entry, &detail, lines);
        self.reservations.see(entry, &detail, lines);
        self.messages.see(entry, &detail);
        self.reprices.see(entry);
        self.see_postings(entry, lines);
        warnings::see(entry, &detail, &mut self.windows, &self.rows, lines);
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
                && let Some(row) = self.rows.get(&posting.window)
                && let Some(limit) = self.budgets.limit_then(row)
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
            if row.is_latest && !self.budgets.was_set(row) {
                lines.push(format!(
                    "{}: its limit is not the one that was set",
                    row.name
                ));
            }
            if !self.budgets.keeps_its_period(row, windows) {
                lines.push(format!(
                    "{}: it does not begin and end as its period does",
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
        let reservations = tx.every_reservation()?;
        self.reservations.compare(&reservations, lines);
        lines.extend(holdings(&reservations, &tx.held_by_open()?));
        self.budgets.compare(tx.every_budget()?, lines);
        self.messages.compare(tx, lines)?;
        self.reprices.compare(tx, &self.rows, lines)?;
        Ok(())
    }
}

fn difference(summed: &Figures, row: &Figures) -> String {
    let figures = [
        ("granted", summed.granted.atoms(), row.granted.atoms()),
        ("spent", summed.spent.atoms(), row.spent.atoms()),
        ("reserved", summed.reserved.atoms(), row.reserved.atoms()),
        ("debt", summed.debt.atoms(), row.debt.atoms()),
        ("over", summed.over.into(), row.over.into()),
        ("warned", summed.warned.into(), row.warned.into()),
    ];
    let wrong = figures.iter().filter(|(_, summed, row)| summed != row);
    let text = wrong
        .map(|(name, summed, row)| format!("{name} is {row}, but the entries add up to {summed}"));
    text.collect::<Vec<_>>().join("; ")
}
