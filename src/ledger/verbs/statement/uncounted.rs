//! What was charged of units that no limit of a budget counts: there is no balance, only a total.

use std::collections::BTreeSet;

use super::super::Ledger;
use super::super::scene::Scene;
use super::pages::PAGE;
use super::{Part, Statements};
use crate::ledger::amount::Balance;
use crate::ledger::charge::{self, Charge, Dictionary};
use crate::ledger::entry::Seq;
use crate::ledger::error::Result;
use crate::ledger::id::Id;
use crate::ledger::name::BudgetName;
use crate::ledger::rules::report::Span;
use crate::ledger::store::digest::Grain;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;

/// What was charged of one unit, or the part of it that comes next.
#[derive(Debug, Clone)]
pub struct Uncounted {
    /// The unit.
    pub unit: Unit,
    /// The charges, in the order of the journal.
    pub lines: Vec<UncountedLine>,
    /// What was charged up to the last of them, in atoms.
    pub total: i128,
    /// The last entry there is.
    pub last: Seq,
    /// Whether it begins here.
    pub begins: bool,
    /// Whether it ends here.
    pub ends: bool,
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
    /// What was charged up to here, in atoms.
    pub total: i128,
    /// Nobody knew what was spent.
    pub unknown: bool,
    /// The run it happened in.
    pub session: Option<Id>,
    /// The agent whose report it was, else the program that ran.
    pub agent: Option<String>,
    /// The model that was used.
    pub model: Option<String>,
}

impl Ledger {
    /// Goes through what was charged of a unit that no limit counts, so many charges at a time.
    pub fn each_uncounted(
        &self,
        about: &Statements,
        unit: &Unit,
        mut see: impl FnMut(Uncounted),
    ) -> Result<()> {
        let mut next = Uncounted {
            unit: unit.clone(),
            lines: Vec::new(),
            total: 0,
            last: Seq(0),
            begins: true,
            ends: false,
        };
        self.read(|scene| {
            next.last = scene.tx.last_seq()?;
            scene.each_within(
                &about.budget.name,
                about.part,
                &mut |names, charge, part| {
                    if names.units.get(part.unit) != Some(unit) {
                        return;
                    }
                    next.total = next.total.saturating_add(part.atoms.into());
                    next.lines
                        .push(line(names, charge, part, (next.last, next.total)));
                    if next.lines.len() >= PAGE {
                        let rest = next.rest();
                        see(std::mem::replace(&mut next, rest));
                    }
                },
            )
        })?;
        next.ends = true;
        see(next);
        Ok(())
    }
}

impl Uncounted {
    /// Takes in the part that comes next.
    pub(super) fn extend(&mut self, next: Self) {
        self.lines.extend(next.lines);
        (self.total, self.ends) = (next.total, next.ends);
    }

    /// What follows it, of which nothing is known yet.
    fn rest(&self) -> Self {
        Self {
            unit: self.unit.clone(),
            lines: Vec::new(),
            total: self.total,
            last: self.last,
            begins: false,
            ends: false,
        }
    }
}

impl Scene<'_> {
    /// The units of which anything was charged to a budget or to those below it; one unit or every
    /// one.
    pub(super) fn charged_units(
        &self,
        name: &BudgetName,
        unit: Option<&Unit>,
        part: Part,
    ) -> Result<Vec<Unit>> {
        let mut found = BTreeSet::new();
        self.each_within(name, part, &mut |names, _, part| {
            let charged = names.units.get(part.unit);
            let charged = charged.filter(|charged| unit.is_none_or(|unit| unit == *charged));
            if let Some(charged) = charged.filter(|charged| !found.contains(*charged)) {
                found.insert(charged.clone());
            }
        })?;
        Ok(found.into_iter().collect())
    }

    /// Goes through what was charged to a budget and to those below it.
    fn each_within(
        &self,
        name: &BudgetName,
        stretch: Part,
        see: &mut dyn FnMut(&Dictionary, &Charge, &charge::Part),
    ) -> Result<()> {
        let mut span = Span::new(Some(name.clone()), stretch.since, stretch.until);
        self.each_charge(Grain::Each, &mut |names, charge| {
            if span.admits(names, charge) {
                let parts = charge.parts.iter().filter(|part| part.atoms != 0);
                parts.for_each(|part| see(names, charge, part));
            }
        })
        .map(drop)
    }
}

fn line(
    names: &Dictionary,
    charge: &Charge,
    part: &charge::Part,
    (last, total): (Seq, i128),
) -> UncountedLine {
    let purpose = names.purposes.get(charge.purpose);
    UncountedLine {
        seq: Some(charge.seq).filter(|seq| *seq <= last),
        effective_at: charge.effective_at,
        atoms: Balance::from_atoms(part.atoms),
        total,
        unknown: part.unknown != 0,
        session: charge.session,
        agent: purpose.and_then(|purpose| purpose.agent.clone()),
        model: purpose.and_then(|purpose| purpose.model.clone()),
    }
}
