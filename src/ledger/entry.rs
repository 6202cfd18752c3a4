//! The journal: one immutable entry for everything that moved, chained by hash so that no entry
//! can be edited, dropped or swapped without the next one showing it.

use sha2::{Digest, Sha256};

use super::amount::Quantity;
use super::id::Id;
use super::timestamp::Timestamp;
use super::window::{Movement, WindowId};

/// The place of an entry in the journal, from 1, without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub i64);

/// A link of the chain: SHA-256 of the one before and of the entry.
pub type Hash = [u8; 32];

/// What the first entry is chained to.
pub const GENESIS: Hash = [0; 32];

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A budget was created.
    Created,
    /// A budget's limits or policies were changed.
    Set,
    /// A window was granted more, or less.
    Granted,
    /// A window's spent and debt were set to 0.
    Reset,
    /// A window's debt was paid back.
    Repaid,
    /// A budget was frozen.
    Frozen,
    /// A budget was unfrozen.
    Unfrozen,
    /// A budget was closed for good.
    Closed,
    /// A reservation was admitted.
    Reserved,
    /// A reservation was charged; a part of it only, where it stays open.
    Committed,
    /// A reservation, or a part of it, was given back.
    Released,
    /// A reservation was closed because nobody settled it.
    Expired,
    /// An expired reservation was corrected by a late settlement.
    Corrected,
    /// A charge without a reservation.
    Spent,
    /// A charge was taken back.
    Refunded,
    /// A charge was corrected to what its usage costs by another price table.
    Repriced,
    /// A doubted wall clock was accepted.
    ClockAccepted,
    /// A window was charged past shares of its limit that are to be warned of.
    Warned,
}

/// How an entry moved one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// The window.
    pub window: WindowId,
    /// When it took effect: the admission for what was reserved, the settlement for what exceeded
    /// it, the occurrence for a charge without a reservation.
    pub effective_at: Timestamp,
    /// The deltas.
    pub movement: Movement,
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place.
    pub seq: Seq,
    /// When it was written.
    pub at: Timestamp,
    /// What happened.
    pub kind: EntryKind,
    /// The budgets named, joined by commas.
    pub budgets: String,
    /// The reservation it is about.
    pub reservation: Option<Id>,
    /// The run it happened in.
    pub session: Option<Id>,
    /// The entry that it corrects.
    pub of: Option<Seq>,
    /// How much of what; the same at every level.
    pub amounts: Vec<Quantity>,
    /// Everything else, as canonical JSON text; empty where there is nothing.
    pub detail: String,
    /// How it moved each window, by window.
    pub postings: Vec<Posting>,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 18] = [
        Self::Created,
        Self::Set,
        Self::Granted,
        Self::Reset,
        Self::Repaid,
        Self::Frozen,
        Self::Unfrozen,
        Self::Closed,
        Self::Reserved,
        Self::Committed,
        Self::Released,
        Self::Expired,
        Self::Corrected,
        Self::Spent,
        Self::Refunded,
        Self::Repriced,
        Self::ClockAccepted,
        Self::Warned,
    ];

    /// The name in the ledger and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Set => "set",
            Self::Granted => "granted",
            Self::Reset => "reset",
            Self::Repaid => "repaid",
            Self::Frozen => "frozen",
            Self::Unfrozen => "unfrozen",
            Self::Closed => "closed",
            Self::Reserved => "reserved",
            Self::Committed => "committed",
            Self::Released => "released",
            Self::Expired => "expired",
            Self::Corrected => "corrected",
            Self::Spent => "spent",
            Self::Refunded => "refunded",
            Self::Repriced => "repriced",
            Self::ClockAccepted => "clock_accepted",
            Self::Warned => "warned",
        }
    }

    /// The kind of a stored or typed name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl Entry {
    /// The entry's link: a hash of the link before it and of every field.
    pub fn hash(&self, previous: &Hash) -> Hash {
        let mut hasher = Hasher(Sha256::new());
        hasher.0.update(previous);
        hasher.number(self.seq.0);
        hasher.number(self.at.as_micros());
        hasher.text(self.kind.as_str());
        hasher.text(&self.budgets);
        hasher.bytes(self.reservation.as_ref().map_or(&[], |id| id.as_bytes()));
        hasher.bytes(self.session.as_ref().map_or(&[], |id| id.as_bytes()));
        hasher.number(self.of.map_or(0, |seq| seq.0));
        for amount in &self.amounts {
            hasher.text(amount.unit.as_str());
            hasher.number(amount.amount.atoms());
        }
        hasher.text(&self.detail);
        for Posting {
            window,
            effective_at,
            movement,
        } in &self.postings
        {
            let over = movement.over.map_or(-1, i64::from);
            let Movement {
                granted,
                spent,
                reserved,
                debt,
                over: _,
            } = *movement;
            for number in [
                window.0,
                effective_at.as_micros(),
                granted,
                spent,
                reserved,
                debt,
                over,
            ] {
                hasher.number(number);
            }
        }
        hasher.0.finalize().into()
    }
}

/// Feeds fields so that no two different entries feed the same bytes: everything of variable
/// length goes with its length.
struct Hasher(Sha256);

impl Hasher {
    fn number(&mut self, number: i64) {
        self.0.update(number.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0
            .update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }
}
