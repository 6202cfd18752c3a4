//! What repricing did, as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{A, Reason, SCHEMA, reasons, to_json, utc};
use crate::ledger::amount::Amount;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;

/// What repricing did, or would do.
#[derive(Debug, Clone, Default)]
pub struct Repricing {
    /// The charges that are corrected, the oldest entry first; those that are shown already may be
    /// taken out.
    pub changed: Vec<RepricedCharge>,
    /// How many they are in all.
    pub count: usize,
    /// How many of each budget, and what they come to.
    pub budgets: BTreeMap<String, (usize, Change)>,
    /// How many stand at what they cost.
    pub same: usize,
    /// How many are left as they are, by reason.
    pub left: BTreeMap<String, usize>,
    /// Nothing was changed.
    pub is_dry_run: bool,
}

/// A charge that is corrected.
#[derive(Debug, Clone)]
pub struct RepricedCharge {
    /// The charge's entry.
    pub charge: i64,
    /// The entry that corrects it; `None` where nothing was changed.
    pub entry: Option<i64>,
    /// When it was charged.
    pub at: Timestamp,
    /// The budgets that it names, joined by commas.
    pub budgets: String,
    /// The models that were used.
    pub models: Vec<String>,
    /// The tables whose prices hold now.
    pub tables: Vec<String>,
    /// How it stood and stands.
    pub figures: Change,
}

/// How money stood, and stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    /// Before, in atoms.
    pub before: i64,
    /// After, in atoms.
    pub after: i64,
}

impl Change {
    /// From one amount to another.
    pub fn of(before: Amount, after: Amount) -> Self {
        Self {
            before: before.atoms(),
            after: after.atoms(),
        }
    }

    /// The difference, in atoms.
    pub fn difference(self) -> i64 {
        self.after.saturating_sub(self.before)
    }

    fn and(self, other: Self) -> Self {
        Self {
            before: self.before.saturating_add(other.before),
            after: self.after.saturating_add(other.after),
        }
    }
}

impl Repricing {
    /// Takes down a charge that is corrected. One that names several budgets counts for each.
    pub fn change(&mut self, charge: RepricedCharge) {
        for name in charge.budgets.split(',') {
            let (count, sum) = self.budgets.entry(name.to_owned()).or_default();
            (*count, *sum) = (count.saturating_add(1), sum.and(charge.figures));
        }
        self.count = self.count.saturating_add(1);
        self.changed.push(charge);
    }
}

#[derive(Serialize)]
struct ChangeWire {
    before: A,
    after: A,
    difference: A,
}

impl From<Change> for ChangeWire {
    fn from(change: Change) -> Self {
        let usd = |atoms| A::new(atoms, &Unit::Usd);
        Self {
            before: usd(change.before),
            after: usd(change.after),
            difference: usd(change.difference()),
        }
    }
}

#[derive(Serialize)]
struct ChargeWire<'a> {
    charge: i64,
    entry: Option<i64>,
    at: String,
    budgets: Vec<&'a str>,
    models: &'a [String],
    tables: &'a [String],
    #[serde(flatten)]
    change: ChangeWire,
}

/// `reprice`.
pub fn repriced(done: &Repricing) -> String {
    #[derive(Serialize)]
    struct BudgetSum<'a> {
        name: &'a str,
        charges: usize,
        #[serde(flatten)]
        change: ChangeWire,
    }
    #[derive(Serialize)]
    struct Wire<'a> {
        schema: u32,
        dry_run: bool,
        changed: Vec<ChargeWire<'a>>,
        budgets: Vec<BudgetSum<'a>>,
        same: usize,
        left: Vec<Reason<'a>>,
    }
    let budgets = done.budgets.iter();
    to_json(&Wire {
        schema: SCHEMA,
        dry_run: done.is_dry_run,
        changed: done.changed.iter().map(charge).collect(),
        budgets: budgets
            .map(|(name, (charges, change))| BudgetSum {
                name,
                charges: *charges,
                change: (*change).into(),
            })
            .collect(),
        same: done.same,
        left: reasons(&done.left),
    })
}

fn charge(charge: &RepricedCharge) -> ChargeWire<'_> {
    ChargeWire {
        charge: charge.charge,
        entry: charge.entry,
        at: utc(charge.at),
        budgets: charge.budgets.split(',').collect(),
        models: &charge.models,
        tables: &charge.tables,
        change: charge.figures.into(),
    }
}
