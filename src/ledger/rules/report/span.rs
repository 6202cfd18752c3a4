//! Which charges are asked about, where each is wanted for itself.

use crate::ledger::charge::{Charge, Dictionary, Purpose};
use crate::ledger::name::{BudgetName, Names};
use crate::ledger::timestamp::Timestamp;

/// Some of the charges.
#[derive(Debug, Clone, Default)]
pub struct Span {
    /// Only what counts against this budget or one below it.
    pub within: Option<BudgetName>,
    /// From when on.
    pub since: Option<Timestamp>,
    /// Before when.
    pub until: Option<Timestamp>,
    /// The answer for each purpose, by number.
    known: Vec<bool>,
}

impl Span {
    /// The charges of a budget, or all, between two instants.
    pub fn new(
        within: Option<BudgetName>,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Self {
        Self {
            within,
            since,
            until,
            known: Vec::new(),
        }
    }

    /// Whether a charge is one of them.
    pub fn admits(&mut self, dictionary: &Dictionary, charge: &Charge) -> bool {
        let at = charge.effective_at;
        self.since.is_none_or(|since| since <= at)
            && self.until.is_none_or(|until| at < until)
            && self.is_for(dictionary, charge.purpose)
    }

    fn is_for(&mut self, dictionary: &Dictionary, purpose: u32) -> bool {
        let Ok(index) = usize::try_from(purpose) else {
            return false;
        };
        let purposes = dictionary.purposes.all();
        for purpose in purposes.iter().skip(self.known.len()) {
            let is_within = self
                .within
                .as_ref()
                .is_none_or(|name| is_below(purpose, name));
            self.known.push(is_within);
        }
        self.known.get(index).copied().unwrap_or(false)
    }
}

/// Whether a purpose counts against a budget or one below it.
pub(super) fn is_below(purpose: &Purpose, name: &BudgetName) -> bool {
    let names = Names::from_stored(&purpose.budgets);
    names.is_some_and(|names| names.any_within(name))
}
