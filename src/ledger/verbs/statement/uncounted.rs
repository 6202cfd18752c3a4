//! What was charged of units that no limit of a budget counts: there is no balance, only a total.

use std::collections::BTreeMap;

use super::super::scene::Scene;
use super::Part;
use crate::ledger::amount::Balance;
use crate::ledger::charge::{Charge, Dictionary};
use crate::ledger::entry::Seq;
use crate::ledger::error::Result;
use crate::ledger::id::Id;
use crate::ledger::name::{BudgetName, Names};
use crate::ledger::store::digest::Grain;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;

/// What was charged of one unit.
#[derive(Debug, Clone)]
pub struct Uncounted {
    /// The unit.
    pub unit: Unit,
    /// The charges, in the order of the journal.
    pub lines: Vec<UncountedLine>,
}

/// What one entry charged of it.
#[derive(Debug, Clone)]
pub struct UncountedLine {
    /// The entry; `None` for what is due and not written yet.
    pub seq: Option<Seq>,
    /// From when on it counts.
    pub effective_at: Timestamp,
    /// What was charged; negative where it was given back.
    pub atoms: Balance,
    /// What was charged up to here.
    pub total: Balance,
    /// Nobody knew what was spent.
    pub unknown: bool,
    /// The run it happened in.
    pub session: Option<Id>,
    /// The agent whose report it was, else the program that ran.
    pub agent: Option<String>,
    /// The model that was used.
    pub model: Option<String>,
}

impl Scene<'_> {
    /// What was charged to a budget and to those below it, of one unit or of every one.
    pub(super) fn uncounted(
        &self,
        name: &BudgetName,
        unit: Option<&Unit>,
        part: Part,
    ) -> Result<Vec<Uncounted>> {
        let last = self.tx.last_seq()?;
        let mut within: BTreeMap<u32, bool> = BTreeMap::new();
        let mut found: BTreeMap<Unit, Vec<UncountedLine>> = BTreeMap::new();
        self.each_charge(Grain::Each, &mut |names, charge| {
            let of = within
                .entry(charge.purpose)
                .or_insert_with(|| is_within(names, charge.purpose, name));
            if *of && part.holds(charge.effective_at) {
                see(&mut found, names, charge, (unit, last));
            }
        })?;
        let found = found.into_iter();
        Ok(found
            .map(|(unit, lines)| Uncounted { unit, lines })
            .collect())
    }
}

fn see(
    found: &mut BTreeMap<Unit, Vec<UncountedLine>>,
    names: &Dictionary,
    charge: &Charge,
    (wanted, last): (Option<&Unit>, Seq),
) {
    let purpose = names.purposes.get(charge.purpose);
    for part in &charge.parts {
        let Some(unit) = names.units.get(part.unit) else {
            continue;
        };
        if wanted.is_some_and(|wanted| wanted != unit) || part.atoms == 0 {
            continue;
        }
        let lines = found.entry(unit.clone()).or_default();
        let before = lines.last().map_or(0, |line| line.total.atoms());
        lines.push(UncountedLine {
            seq: Some(charge.seq).filter(|seq| *seq <= last),
            effective_at: charge.effective_at,
            atoms: Balance::from_atoms(part.atoms),
            total: Balance::from_atoms(before.saturating_add(part.atoms)),
            unknown: part.unknown != 0,
            session: charge.session,
            agent: purpose.and_then(|purpose| purpose.agent.clone()),
            model: purpose.and_then(|purpose| purpose.model.clone()),
        });
    }
}

/// Whether a purpose is one of a budget, or of one below it.
fn is_within(names: &Dictionary, purpose: u32, budget: &BudgetName) -> bool {
    let budgets = names.purposes.get(purpose).map(|purpose| &purpose.budgets);
    let budgets = budgets.and_then(|budgets| Names::from_stored(budgets));
    budgets.is_some_and(|names| names.iter().any(|name| name.is_within(budget)))
}
