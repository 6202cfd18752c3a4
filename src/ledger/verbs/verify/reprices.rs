//! Entries that corrected a charge to other prices, compared with what they correct: each names one
//! charge and its money alone, begins where the charge stood, and moves its windows by the
//! difference.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::ledger::amount::{Amount, Quantity};
use crate::ledger::entry::{Entry, EntryKind, Seq};
use crate::ledger::error::Result;
use crate::ledger::rules::reprice::{Repricing, reprice};
use crate::ledger::store::Tx;
use crate::ledger::store::audit::WindowRow;
use crate::ledger::unit::Unit;
use crate::ledger::window::WindowId;

/// Every such entry.
#[derive(Default)]
pub(super) struct Reprices(Vec<Entry>);

/// What such an entry says of itself.
pub(super) struct Says {
    usage: Seq,
    /// What the charge stood at.
    pub(super) before: Amount,
    /// What it stands at now.
    pub(super) after: Amount,
}

impl Reprices {
    pub(super) fn see(&mut self, entry: &Entry) {
        if entry.kind == EntryKind::Repriced {
            self.0.push(entry.clone());
        }
    }

    pub(super) fn compare(
        &self,
        tx: &Tx<'_>,
        windows: &BTreeMap<WindowId, &WindowRow>,
        lines: &mut Vec<String>,
    ) -> Result<()> {
        for entry in &self.0 {
            if let Some(why) = fault(tx, entry, windows)? {
                lines.push(format!("entry {}: {why}", entry.seq.0));
            }
        }
        Ok(())
    }
}

impl Says {
    /// What it says; `None` where that makes no sense.
    pub(super) fn of(entry: &Entry) -> Option<Self> {
        let detail: Value = serde_json::from_str(&entry.detail).ok()?;
        let said = detail.get("repriced")?;
        let money = |field: &str| {
            let text = said.get(field)?.as_str()?;
            let quantity: Quantity = format!("{text}usd").parse().ok()?;
            Some(quantity.amount)
        };
        Some(Self {
            usage: Seq(said.get("usage")?.as_i64()?),
            before: money("before")?,
            after: money("after")?,
        })
    }
}

/// What is wrong with one.
fn fault(
    tx: &Tx<'_>,
    entry: &Entry,
    windows: &BTreeMap<WindowId, &WindowRow>,
) -> Result<Option<&'static str>> {
    let Some(says) = Says::of(entry) else {
        return Ok(Some("it does not say what it corrected"));
    };
    let usage = tx.entry(says.usage)?.filter(|usage| usage.seq < entry.seq);
    let charge = match entry.of {
        Some(of) => tx.entry(of)?,
        None => None,
    };
    let (Some(usage), Some(charge)) = (usage, charge) else {
        return Ok(Some("what it corrects is no charge before it"));
    };
    if !is_of(&usage, &charge) || !names_as(entry, &charge) {
        return Ok(Some("it corrects the charge of something else"));
    }
    if entry.amounts != [Quantity::new(says.after, Unit::Usd)] {
        return Ok(Some("it does not name what it says the charge comes to"));
    }
    let corrections = tx.corrections_of(charge.seq)?;
    let earlier: Vec<_> = corrections
        .into_iter()
        .filter(|c| c.seq < entry.seq)
        .collect();
    let stood = match reprice(&usage, &earlier, says.after) {
        Repricing::Differs { before, .. } => before,
        Repricing::Same | Repricing::Refunded => {
            return Ok(Some("the charge was not one to correct"));
        }
    };
    if stood != says.before {
        return Ok(Some("the charge did not stand at what it says"));
    }
    let is_moved = moves(entry, &says, &charge, windows);
    Ok((!is_moved).then_some("its windows do not move by the difference"))
}

/// Whether a usage is that of a charge: the charge's own, or what corrected it later.
fn is_of(usage: &Entry, charge: &Entry) -> bool {
    let is_charge = matches!(
        charge.kind,
        EntryKind::Committed | EntryKind::Expired | EntryKind::Spent
    );
    let is_later = usage.kind == EntryKind::Corrected && usage.of == Some(charge.seq);
    is_charge && (usage.seq == charge.seq || is_later)
}

fn names_as(entry: &Entry, charge: &Entry) -> bool {
    (&entry.budgets, entry.reservation, entry.session)
        == (&charge.budgets, charge.reservation, charge.session)
}

/// Whether every limit moves by the difference: up by all of it, down by no more than it, because
/// what was reset or repaid since does not come back.
fn moves(
    entry: &Entry,
    says: &Says,
    charge: &Entry,
    windows: &BTreeMap<WindowId, &WindowRow>,
) -> bool {
    let difference = says.after.atoms().saturating_sub(says.before.atoms());
    let mut limits: BTreeMap<i64, i64> = BTreeMap::new();
    for posting in &entry.postings {
        let movement = posting.movement;
        let charged = movement.spent.saturating_add(movement.debt);
        let Some(row) = windows.get(&posting.window) else {
            return false;
        };
        let is_money = row.limit.0 == Unit::Usd.as_str();
        let is_one_way = charged.signum() == difference.signum() || charged == 0;
        if !is_money || !is_one_way || movement.granted != 0 || movement.reserved > 0 {
            return false;
        }
        let sum = limits.entry(row.limit_id).or_default();
        *sum = sum.saturating_add(charged);
    }
    let mut moved_first = charge.postings.iter().filter_map(|posting| {
        let row = windows.get(&posting.window)?;
        let is_money = row.limit.0 == Unit::Usd.as_str() && posting.movement.spent > 0;
        is_money.then_some(row.limit_id)
    });
    if difference > 0 {
        // What the charge moved moves again.
        let is_whole = moved_first.all(|limit| limits.contains_key(&limit));
        is_whole && limits.values().all(|moved| *moved == difference)
    } else {
        limits.values().all(|moved| *moved >= difference)
    }
}
