//! Budgets: named nodes of a tree, with their limits and the choices made for them.

use super::amount::Ask;
use super::calendar::{Anchor, Zone};
use super::limit::Position;
use super::name::BudgetName;
use super::policy::{Caps, OnUnknown, Percent};
use super::timestamp::Timestamp;

/// The row of a budget. Never reused, though a closed budget's name may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BudgetId(pub i64);

/// Whether a budget admits reservations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BudgetState {
    /// It does.
    Active,
    /// Not now; what is open still settles.
    Frozen,
    /// Never again.
    Closed,
}

/// A budget, as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// Its row.
    pub id: BudgetId,
    /// Its name.
    pub name: BudgetName,
    /// Whether it admits reservations.
    pub state: BudgetState,
    /// The zone of its days and months.
    pub zone: Zone,
    /// Where its days, weeks and months start.
    pub anchor: Anchor,
    /// Whether reservations under it may choose to be released when nobody knows.
    pub on_unknown: OnUnknown,
    /// What `exec` reserves where it is told nothing.
    pub reserve: Vec<Ask>,
    /// What it tells children to keep to.
    pub caps: Caps,
    /// Shares of its limits at which a warning is due.
    pub warn: Vec<Percent>,
    /// A note for people.
    pub note: String,
    /// When it was made.
    pub created: Timestamp,
}

/// A budget with its limits as they stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The budget.
    pub budget: Budget,
    /// Its limits, each with the window open now.
    pub positions: Vec<Position>,
}

impl BudgetState {
    /// The name in the ledger and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Frozen => "frozen",
            Self::Closed => "closed",
        }
    }

    /// The state of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Active, Self::Frozen, Self::Closed]
            .into_iter()
            .find(|s| s.as_str() == name)
    }
}
