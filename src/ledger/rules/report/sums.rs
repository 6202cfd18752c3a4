//! Sums of charges, which may be larger than any amount of the ledger. One that does not fit even
//! so is an error, never another number.

use std::collections::BTreeMap;

use crate::ledger::amount::Overflow;
use crate::ledger::charge::{Charge, TokenKinds};
use crate::ledger::unit::Unit;

/// What charges add up to, in atoms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// What was charged, by unit; what was taken back is off. Without units of which nothing was.
    pub charged: BTreeMap<Unit, i128>,
    /// How much of it because nobody knew.
    pub unknown: BTreeMap<Unit, i128>,
    /// Tokens by kind, as they were reported.
    pub tokens: TokenKinds<i128>,
    /// What would have been paid where nobody was billed, in atoms of a dollar.
    pub notional: i128,
    /// How many entries it comes from; one that is in several rows is counted in the first.
    pub entries: u64,
}

/// The same while it is added up, by the numbers of units.
#[derive(Debug, Clone, Default)]
pub(super) struct Sum {
    charged: Vec<i128>,
    unknown: Vec<i128>,
    tokens: [i128; 6],
    notional: i128,
    entries: u64,
    overflows: bool,
}

impl Sum {
    pub(super) fn add(&mut self, charge: &Charge) {
        for part in &charge.parts {
            self.overflows |= add_at(&mut self.charged, part.unit, part.atoms).is_none();
            self.overflows |= add_at(&mut self.unknown, part.unit, part.unknown).is_none();
        }
        for (sum, count) in self.tokens.iter_mut().zip(charge.tokens.counts()) {
            self.overflows |= add(sum, count).is_none();
        }
        self.overflows |= add(&mut self.notional, charge.notional).is_none();
        self.entries = self.entries.saturating_add(charge.entries.into());
    }

    pub(super) fn named(&self, units: &[Unit]) -> Result<Sums, Overflow> {
        if self.overflows {
            return Err(Overflow);
        }
        let by_unit = |sums: &[i128]| {
            let named = units.iter().cloned().zip(sums.iter().copied());
            named.filter(|(_, atoms)| *atoms != 0).collect()
        };
        Ok(Sums {
            charged: by_unit(&self.charged),
            unknown: by_unit(&self.unknown),
            tokens: TokenKinds::from_counts(self.tokens),
            notional: self.notional,
            entries: self.entries,
        })
    }
}

impl Sums {
    /// Adds other sums.
    pub fn add(&mut self, other: &Self) -> Result<(), Overflow> {
        let by_unit = |sums: &mut BTreeMap<Unit, i128>, other: &BTreeMap<Unit, i128>| {
            other.iter().try_for_each(|(unit, atoms)| {
                add(sums.entry(unit.clone()).or_default(), *atoms).ok_or(Overflow)
            })
        };
        by_unit(&mut self.charged, &other.charged)?;
        by_unit(&mut self.unknown, &other.unknown)?;
        let mut counts = self.tokens.counts();
        for (sum, count) in counts.iter_mut().zip(other.tokens.counts()) {
            add(sum, count).ok_or(Overflow)?;
        }
        self.tokens = TokenKinds::from_counts(counts);
        add(&mut self.notional, other.notional).ok_or(Overflow)?;
        self.entries = self.entries.saturating_add(other.entries);
        Ok(())
    }

    /// What was charged of a unit.
    pub fn sum_of(&self, unit: &Unit) -> i128 {
        self.charged.get(unit).copied().unwrap_or_default()
    }
}

fn add(sum: &mut i128, by: impl Into<i128>) -> Option<()> {
    *sum = sum.checked_add(by.into())?;
    Some(())
}

fn add_at(sums: &mut Vec<i128>, number: u32, by: i64) -> Option<()> {
    let index = usize::try_from(number).ok()?;
    if sums.len() <= index {
        sums.resize(index.saturating_add(1), 0);
    }
    add(sums.get_mut(index)?, by)
}
