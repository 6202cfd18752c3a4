//! The statement of one window: what it opened with, what moved it, what it came to. Lines are in
//! the order of the journal; what belongs to a part of the window is told by when it took effect,
//! as in every other sum. Reads nothing: entries and rows are given as values.

use super::super::amount::{Amount, Balance};
use super::super::calendar::Bounds;
use super::super::entry::{EntryKind, Seq};
use super::super::id::Id;
use super::super::timestamp::Timestamp;
use super::super::window::{Figures, Movement};

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

/// Everything about one window that its statement is made of.
#[derive(Debug, Clone)]
pub struct Account {
    /// From when to when it runs.
    pub bounds: Bounds,
    /// How it stands, with what is due seen as closed.
    pub figures: Figures,
    /// Every amount that its limit was ever given, in the order of the journal.
    pub limits: Vec<LimitSet>,
    /// What moved it, in the order of the journal; what is due comes last.
    pub moves: Vec<Moved>,
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
    /// What moved it since.
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

/// The statement of an account, or of the part of it that is asked about.
pub fn statement(account: Account, part: Part) -> Statement {
    let part = part.within(&account.bounds);
    let (limit, changes) = limit_history(&account);
    let limit_is_told = changes.is_some();
    let is_before =
        |moved: &Moved, at: Option<Timestamp>| at.is_some_and(|at| moved.effective_at < at);
    let ordered = in_order(changes.unwrap_or_default(), account.moves);
    let (earlier, ordered): (Vec<_>, Vec<_>) =
        ordered.partition(|(moved, _)| is_before(moved, part.since));
    let gives = |moved: &Moved, limit| limit_delta(limit).saturating_add(given(&moved.movement));
    let opening = earlier
        .iter()
        .fold(i128::from(limit.atoms()), |sum, (moved, limit)| {
            sum.saturating_add(gives(moved, *limit))
        });
    let (mut left, mut totals) = (opening, Totals::default());
    let shown = ordered
        .into_iter()
        .filter(|(moved, _)| part.until.is_none() || is_before(moved, part.until));
    let lines = one_an_entry(shown).into_iter().map(|(moved, limit)| {
        let gives = gives(&moved, limit);
        left = left.saturating_add(gives);
        totals.add(&moved, limit);
        Line {
            moved,
            limit,
            amount: clipped(gives),
            balance: clipped(left),
        }
    });
    let lines = lines.collect();
    Statement {
        opening: clipped(opening),
        lines,
        totals,
        closing: clipped(left),
        available: part.until.is_none().then(|| account.figures.available()),
        limit_is_told,
    }
}

impl Part {
    /// Whether an instant lies in it.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= at) && self.until.is_none_or(|until| at < until)
    }

    /// The bounds of it that lie within the window; those beyond it cut nothing off.
    fn within(self, window: &Bounds) -> Self {
        let ends_later = |until: &Timestamp| window.end.is_none_or(|end| *until < end);
        Self {
            since: self.since.filter(|since| *since > window.start),
            until: self.until.filter(ends_later),
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
    let first_move = account.moves.first().and_then(|moved| moved.seq);
    let before = |set: &&LimitSet| {
        let opened_after = first_move.is_none_or(|first| set.seq < first);
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

/// What an entry posted as of several instants as one movement.
fn one_an_entry(
    moves: impl Iterator<Item = (Moved, Option<(Amount, Amount)>)>,
) -> Vec<(Moved, Option<(Amount, Amount)>)> {
    let mut merged: Vec<(Moved, Option<(Amount, Amount)>)> = Vec::new();
    for (moved, limit) in moves {
        let last = merged.last_mut().map(|(last, _)| last);
        let last = last.filter(|last| last.seq.is_some() && last.seq == moved.seq);
        match last.map(|last| (last.movement.and(&moved.movement), last)) {
            Some((Ok(sum), last)) if limit.is_none() => {
                last.movement = sum;
                last.effective_at = last.effective_at.max(moved.effective_at);
            }
            _ => merged.push((moved, limit)),
        }
    }
    merged
}

/// Changes of the limit and movements in the order of the journal; what is due comes last.
fn in_order(
    changes: Vec<LimitChange>,
    moves: Vec<Moved>,
) -> impl Iterator<Item = (Moved, Option<(Amount, Amount)>)> {
    let changes = changes.into_iter().map(|(set, limit)| {
        let moved = Moved {
            seq: Some(set.seq),
            at: set.at,
            effective_at: set.at,
            kind: Some(set.kind),
            movement: Movement::default(),
            about: About::default(),
        };
        (moved, Some(limit))
    });
    let mut changes = changes.peekable();
    let mut moves = moves.into_iter().map(|moved| (moved, None)).peekable();
    std::iter::from_fn(move || {
        let place = |next: &(Moved, _)| next.0.seq.map_or(i64::MAX, |seq| seq.0);
        match (changes.peek(), moves.peek()) {
            (Some(change), Some(moved)) if place(change) > place(moved) => moves.next(),
            (None, _) => moves.next(),
            _ => changes.next(),
        }
    })
}

#[cfg(test)]
mod tests;
