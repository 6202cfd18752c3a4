//! Reservations: what was asked and held before the work, and how it ended.

use super::amount::Amount;
use super::entry::Seq;
use super::id::Id;
use super::name::Names;
use super::policy::{OnUnknown, Overage};
use super::rules::lapse::Lease;
use super::timestamp::Timestamp;
use super::unit::Unit;

/// Where a reservation stands. Every one but `Open` is an end, reached once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It holds what it was given.
    Open,
    /// It was charged.
    Committed,
    /// It was given back.
    Released,
    /// Nobody settled it in time.
    Expired,
}

/// A reservation, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// Its id.
    pub id: Id,
    /// The budgets it names.
    pub names: Names,
    /// Where it stands.
    pub state: State,
    /// The run's reservation it was made inside of.
    pub parent: Option<Id>,
    /// The process that keeps it alive.
    pub owner: Option<Id>,
    /// The run it belongs to.
    pub session: Option<Id>,
    /// When it was admitted.
    pub created: Timestamp,
    /// Until when it holds.
    pub lease: Lease,
    /// Its own overage policy.
    pub overage: Option<Overage>,
    /// What happens where nobody knows what was spent; decided at admission.
    pub on_unknown: OnUnknown,
    /// It was closed without anybody knowing what was spent.
    pub unknown: bool,
    /// It was corrected after it had expired.
    pub late: bool,
    /// The entry that ended it.
    pub settled_by: Option<Seq>,
    /// What it is for: tags and action, as JSON text.
    pub detail: String,
    /// What it holds and was charged, by unit.
    pub stakes: Vec<UnitStake>,
}

/// One unit of a reservation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitStake {
    /// The unit.
    pub unit: Unit,
    /// What was reserved and is not settled in part already.
    pub reserved: Amount,
    /// What was charged so far, refunds taken off; `None` before any settlement.
    pub charged: Option<Amount>,
    /// What was charged to reservations made inside of it; `None` where nothing named the unit.
    pub nested: Option<Amount>,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Committed, Self::Released, Self::Expired];

    /// The name in the ledger and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Committed => "committed",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }

    /// The state of a stored or typed name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

impl UnitStake {
    /// A stake in a unit that nothing was reserved of.
    fn none(unit: &Unit) -> Self {
        Self {
            unit: unit.clone(),
            reserved: Amount::ZERO,
            charged: None,
            nested: None,
        }
    }
}

impl Reservation {
    /// The stake in a unit, if there is one.
    pub fn stake(&self, unit: &Unit) -> Option<&UnitStake> {
        self.stakes.iter().find(|stake| stake.unit == *unit)
    }

    /// The stake in a unit, also where there is none yet.
    pub fn stake_or_none(&self, unit: &Unit) -> UnitStake {
        self.stake(unit)
            .cloned()
            .unwrap_or_else(|| UnitStake::none(unit))
    }

    /// Replaces the stake in a unit, or adds it in its place.
    pub fn put_stake(&mut self, stake: UnitStake) {
        self.stakes.retain(|known| known.unit != stake.unit);
        self.stakes.push(stake);
        self.stakes
            .sort_by(|a, b| a.unit.as_str().cmp(b.unit.as_str()));
    }
}
