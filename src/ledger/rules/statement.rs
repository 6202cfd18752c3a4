//! The statement of one window: what it opened with, what moved it, what it came to. Lines are in
//! the order of the journal; what belongs to a part of the window is told by when it took effect,
//! as in every other sum. Reads nothing: entries and rows are given as values.

mod telling;

use super::super::amount::{Amount, Balance};
use super::super::calendar::Bounds;
use super::super::entry::{EntryKind, Posting, Seq};
use super::super::id::Id;
use super::super::timestamp::Timestamp;
use super::super::window::{Figures, Movement};

pub use telling::Telling;

/// An amount that a limit was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitSet {
    /// The entry that says so.
    pub seq: Seq,
    /// When it was written.
    pub at: Timestamp,
    /// What it was: `created` or `set`.
    pub kind: EntryKind,
    /// How much one period may take from then on.
    pub amount: Amount,
}

/// What an entry says beside its amounts, as far as a statement shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// The reservation it is about.
    pub reservation: Option<Id>,
    /// The run it happened in.
    pub session: Option<Id>,
    /// The entry that it corrects.
    pub of: Option<Seq>,
    /// The program of the run.
    pub program: Option<String>,
    /// The model that was used.
    pub model: Option<String>,
    /// A note, or a reason.
    pub note: Option<String>,
    /// Nobody knew what was spent.
    pub unknown: bool,
    /// It was recorded after the fact, as of another time.
    pub imported: bool,
}

/// How one entry moved the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The entry; `None` for what is due and not written yet.
    pub seq: Option<Seq>,
    /// When it was written.
    pub at: Timestamp,
    /// When it took effect.
    pub effective_at: Timestamp,
    /// What happened; `None` for what is due.
    pub kind: Option<EntryKind>,
    /// By how much.
    pub movement: Movement,
    /// What else it says.
    pub about: About,
}

/// Everything about one window that its statement is made of, but what moved it: those are told
/// one by one.
#[derive(Debug, Clone)]
pub struct Account {
    /// From when to when it runs.
    pub bounds: Bounds,
    /// How it stands, with what is due seen as closed.
    pub figures: Figures,
    /// Every amount that its limit was ever given, in the order of the journal.
    pub limits: Vec<LimitSet>,
    /// The first entry that moved it.
    pub first: Option<Seq>,
    /// What was given, less what was taken, before the part that is asked about.
    pub before: i128,
}

/// The part of time that is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// From then on.
    pub since: Option<Timestamp>,
    /// Up to, but without, then.
    pub until: Option<Timestamp>,
}

/// One line of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What moved the window.
    pub moved: Moved,
    /// What the limit was and became, where that moved it.
    pub limit: Option<(Amount, Amount)>,
    /// What it gave, or took where negative.
    pub amount: Balance,
    /// What was left after it.
    pub balance: Balance,
}

/// The lines by what they did; each is what it gave the balance, negative where it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Changes of the limit.
    pub limit: i128,
    /// Granted and debited.
    pub granted: i128,
    /// Charged.
    pub charged: i128,
    /// Given back of what was charged: refunds and corrections.
    pub refunded: i128,
    /// Spent and debt set to 0.
    pub reset: i128,
    /// Debt paid back.
    pub repaid: i128,
    /// Charged before the limit was there to count it.
    pub seeded: i128,
    /// Reserved, less what was settled of it.
    pub reserved: i128,
}

/// The statement of one window, or of a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What it begins with: the limit at the window's start, or what was left at the part's.
    pub opening: Balance,
    /// What moved it since, as far as it is held at once.
    pub lines: Vec<Line>,
    /// The lines by what they did.
    pub totals: Totals,
    /// What is left at its end: opening and every line.
    pub closing: Balance,
    /// What the window's own sums say is left; `None` where the statement ends earlier.
    pub available: Option<Balance>,
    /// Whether the journal tells how the limit came to its amount; where not, the statement
    /// begins with what it is and has no line for its changes.
    pub limit_is_told: bool,
}

impl Statement {
    /// Whether the lines add up to what the window's own sums say.
    pub fn adds_up(&self) -> bool {
        self.available
            .is_none_or(|available| available == self.closing)
    }
}

impl Part {
    /// The bounds of it that lie within the window; those beyond it cut nothing off.
    #[must_use]
    pub fn within(self, window: &Bounds) -> Self {
        let ends_later = |until: &Timestamp| window.end.is_none_or(|end| *until < end);
        Self {
            since: self.since.filter(|since| *since > window.start),
            until: self.until.filter(ends_later),
        }
    }
}

impl Account {
    /// A window of which nothing is known yet but its limit and where it stands.
    pub fn of(bounds: Bounds, figures: Figures, limits: Vec<LimitSet>) -> Self {
        Self {
            bounds,
            figures,
            limits,
            first: None,
            before: 0,
        }
    }

    /// Takes in that an entry moves the window, before any is told. `part` is what is asked about.
    pub fn foresee(&mut self, seq: Seq, posting: &Posting, part: Part) {
        self.first = Some(self.first.map_or(seq, |first| first.min(seq)));
        let since = part.within(&self.bounds).since;
        if since.is_some_and(|since| posting.effective_at < since) {
            self.before = self.before.saturating_add(given(&posting.movement));
        }
    }
}

impl Totals {
    fn add(&mut self, moved: &Moved, limit: Option<(Amount, Amount)>) {
        let movement = &moved.movement;
        let charged = i128::from(movement.spent).saturating_add(movement.debt.into());
        let is = |kind| moved.kind == Some(kind);
        let sum = if is(EntryKind::Reset) {
            &mut self.reset
        } else if is(EntryKind::Repaid) {
            &mut self.repaid
        } else if is(EntryKind::Set) {
            &mut self.seeded
        } else if charged < 0 {
            &mut self.refunded
        } else {
            &mut self.charged
        };
        *sum = sum.saturating_sub(charged);
        self.limit = self.limit.saturating_add(limit_delta(limit));
        self.granted = self.granted.saturating_add(movement.granted.into());
        self.reserved = self.reserved.saturating_sub(movement.reserved.into());
    }

    /// All of them together.
    pub fn sum(&self) -> i128 {
        let Self {
            limit,
            granted,
            charged,
            refunded,
            reset,
            repaid,
            seeded,
            reserved,
        } = *self;
        [
            limit, granted, charged, refunded, reset, repaid, seeded, reserved,
        ]
        .into_iter()
        .fold(0, i128::saturating_add)
    }
}

/// What a movement gives the balance.
fn given(movement: &Movement) -> i128 {
    let Movement {
        granted,
        spent,
        reserved,
        debt,
        over: _,
    } = *movement;
    [spent, reserved, debt]
        .into_iter()
        .fold(i128::from(granted), |sum, taken| {
            sum.saturating_sub(taken.into())
        })
}

fn limit_delta(limit: Option<(Amount, Amount)>) -> i128 {
    limit.map_or(0, |(before, after)| {
        i128::from(after.atoms()).saturating_sub(before.atoms().into())
    })
}

/// Beyond the range of the ledger a balance stays at the end of the range, as what is available
/// does.
fn clipped(atoms: i128) -> Balance {
    let end = if atoms < 0 { i64::MIN } else { i64::MAX };
    Balance::from_atoms(i64::try_from(atoms).unwrap_or(end))
}

/// A limit that became another.
type LimitChange = (LimitSet, (Amount, Amount));

/// What the limit was at the window's start, and how it changed while it was open. Where that
/// does not lead to the window's own limit, as where the clock was doubted or a past window was
/// opened later, the window's own limit, and no changes.
fn limit_history(account: &Account) -> (Amount, Option<Vec<LimitChange>>) {
    let Account { bounds, .. } = account;
    let before = |set: &&LimitSet| {
        let opened_after = account.first.is_none_or(|first| set.seq < first);
        set.at < bounds.start || (set.at == bounds.start && opened_after)
    };
    let inside = |set: &&LimitSet| !before(set) && bounds.end.is_none_or(|end| set.at < end);
    let sets = &account.limits;
    let first = sets.iter().rev().find(before).or_else(|| sets.first());
    let own = account.figures.limit;
    let opening = first.map_or(own, |set| set.amount);
    let mut limit = opening;
    let mut changes = Vec::new();
    for set in sets.iter().filter(inside) {
        if set.amount != limit {
            changes.push((*set, (limit, set.amount)));
            limit = set.amount;
        }
    }
    if limit == own {
        (opening, Some(changes))
    } else {
        (own, None)
    }
}

#[cfg(test)]
mod tests;
