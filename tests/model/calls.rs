//! What can be asked of a ledger, said once for the ledger and for the reference, and what it
//! answers, in plain words and numbers.

use std::collections::{BTreeMap, BTreeSet};

/// Amounts in atoms, by unit.
pub(crate) type Units = BTreeMap<&'static str, i128>;

/// What limits count, and last one that no limit does.
pub(crate) const UNITS: [&str; 5] = ["usd", "tokens", "calls", "slots", "credits"];
pub(crate) const NAMES: [&str; 11] = [
    "root",
    "root/a",
    "root/a/x",
    "root/b",
    "ann",
    "root/a,ann",
    "ann,root/b",
    "root/a/x,root/b",
    "ann/new",
    "zoe/new",
    "zoe",
];
/// Those that name one budget.
pub(crate) const SINGLE: [&str; 8] = [
    "root", "root/a", "root/a/x", "root/b", "ann", "ann/new", "zoe/new", "zoe",
];

pub(crate) const HOUR: i64 = 3_600_000_000;
pub(crate) const SECOND: i64 = 1_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Period {
    Hour,
    Day,
    Week,
    Span(i64),
    Forever,
}

pub(crate) const PERIODS: [Period; 6] = [
    Period::Hour,
    Period::Day,
    Period::Week,
    Period::Span(5 * HOUR),
    Period::Span(HOUR / 2),
    Period::Forever,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Overage {
    Overdraft,
    /// A bound on the debt, for limits of its unit.
    Bound(&'static str, i128),
    IfAvailable,
    Reject,
}

pub(crate) const OVERAGES: [Overage; 6] = [
    Overage::Overdraft,
    Overage::Bound("usd", 5),
    Overage::Bound("usd", 0),
    Overage::Bound("tokens", 3),
    Overage::IfAvailable,
    Overage::Reject,
];

/// A limit's unit and period.
pub(crate) type Key = (&'static str, Period);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum How {
    Credit,
    Debit,
    Repay,
    Reset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    Freeze,
    Unfreeze,
    Close(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asked {
    Exactly(i128),
    All,
}

/// One request. Reservations are named by their place in the order of admission, entries by
/// their number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Create {
        name: &'static str,
        limits: BTreeMap<Key, i128>,
        overage: Option<Overage>,
        releases: Option<bool>,
    },
    Set {
        name: &'static str,
        limits: BTreeMap<Key, i128>,
        remove: BTreeSet<Key>,
        overage: Option<Overage>,
        releases: Option<bool>,
    },
    Grant {
        name: &'static str,
        limit: Key,
        amount: i128,
        how: How,
    },
    State {
        name: &'static str,
        change: Change,
    },
    Reserve {
        names: &'static str,
        asks: BTreeMap<&'static str, Asked>,
        /// Everything else that is consumed, too.
        all: bool,
        ttl: i64,
        grace: i64,
        overage: Option<Overage>,
        releases: Option<bool>,
    },
    Commit {
        which: usize,
        amounts: Units,
        keep: bool,
    },
    Release {
        which: usize,
        amounts: Units,
    },
    Extend {
        which: usize,
        by: Option<i64>,
    },
    Spend {
        names: &'static str,
        amounts: Units,
    },
    Refund {
        entry: i64,
        amounts: Units,
    },
}

impl Call {
    /// What a key is scoped to.
    pub(crate) fn scope(&self) -> (&'static str, String) {
        match self {
            Self::Create { name, .. } => ("create", (*name).to_owned()),
            Self::Set { name, .. } => ("set", (*name).to_owned()),
            Self::Grant { name, .. } => ("grant", (*name).to_owned()),
            Self::State { name, .. } => ("state", (*name).to_owned()),
            Self::Reserve { names, .. } => ("reserve", (*names).to_owned()),
            Self::Commit { which, .. } => ("commit", which.to_string()),
            Self::Release { which, .. } => ("release", which.to_string()),
            Self::Extend { which, .. } => ("extend", which.to_string()),
            Self::Spend { names, .. } => ("spend", (*names).to_owned()),
            Self::Refund { entry, .. } => ("refund", entry.to_string()),
        }
    }
}

/// The figures of one window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figures {
    /// From when to when; the start of one that never ends says nothing.
    pub(crate) bounds: Option<(i64, i64)>,
    pub(crate) limit: i128,
    pub(crate) granted: i128,
    pub(crate) spent: i128,
    pub(crate) reserved: i128,
    pub(crate) debt: i128,
    pub(crate) over: bool,
    pub(crate) available: i128,
}

/// How limits stand, by budget and limit.
pub(crate) type Standings = BTreeMap<(String, Key), Figures>;

/// A limit that said no: which, what was asked of it beyond the rest, and when it starts anew.
pub(crate) type Failed = (String, Key, i128, Option<i64>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Budgets as they stand now.
    Budgets(Standings),
    Reserved {
        amounts: Units,
        expires: i64,
        standings: Standings,
    },
    Settled {
        entry: i64,
        charged: Units,
        uncharged: Units,
        released: Units,
    },
    Extended(i64),
    Spent {
        entry: i64,
        charged: Units,
        standings: Standings,
    },
    Refunded {
        entry: i64,
        amounts: Units,
    },
    Replayed(String),
    Denied {
        failed: BTreeSet<Failed>,
        stopped: Option<(String, &'static str)>,
        is_final: bool,
        retry_at: Option<i64>,
    },
    Refused(Refusal),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Usage,
    NotFound,
    Settled,
    LeaseOver,
    UnitMismatch,
    KeyReused,
    Conflict,
}
