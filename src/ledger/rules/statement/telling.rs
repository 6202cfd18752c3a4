//! A statement told line by line, in the order of the journal: what was told need not be kept, so
//! that a window may have been moved any number of times.

use std::collections::VecDeque;

use super::{
    About, Account, LimitChange, Line, Moved, Part, Statement, Totals, clipped, given, limit_delta,
    limit_history,
};
use crate::ledger::amount::Amount;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::window::Movement;

/// A movement, or a change of the limit from one amount to another.
type Change = (Moved, Option<(Amount, Amount)>);

/// The statement of an account, or of the part of it that is asked about.
#[derive(Debug, Clone)]
pub struct Telling {
    part: Part,
    statement: Statement,
    left: i128,
    /// Changes of the limit that are not told yet.
    changes: VecDeque<LimitChange>,
    /// What one entry posts as of several instants is one line: this one may not be whole.
    last: Option<Change>,
}

impl Telling {
    /// Begins with what the window or the part of it begins with.
    pub fn new(account: &Account, part: Part) -> Self {
        let part = part.within(&account.bounds);
        let (limit, changes) = limit_history(account);
        let limit_is_told = changes.is_some();
        let is_earlier = |(set, _): &LimitChange| is_before(set.at, part.since);
        let changes = changes.unwrap_or_default().into_iter();
        let (earlier, changes): (VecDeque<_>, VecDeque<_>) = changes.partition(is_earlier);
        let deltas = earlier.iter().map(|(_, limit)| limit_delta(Some(*limit)));
        let opening = deltas.fold(i128::from(limit.atoms()), i128::saturating_add);
        let opening = opening.saturating_add(account.before);
        Self {
            part,
            statement: Statement {
                opening: clipped(opening),
                lines: Vec::new(),
                totals: Totals::default(),
                closing: clipped(opening),
                available: part.until.is_none().then(|| account.figures.available()),
                limit_is_told,
            },
            left: opening,
            changes,
            last: None,
        }
    }

    /// The statement as far as it was told, without its lines.
    pub fn so_far(&self) -> &Statement {
        &self.statement
    }

    /// Takes in the next movement in the order of the journal; what is due comes last.
    pub fn sees(&mut self, moved: Moved, tell: &mut impl FnMut(Line)) {
        let place = moved.seq.map_or(i64::MAX, |seq| seq.0);
        while let Some(change) = self.changes.front().copied()
            && change.0.seq.0 <= place
        {
            self.changes.pop_front();
            self.put(changed(change), tell);
        }
        // What is earlier is in the opening balance.
        if !is_before(moved.effective_at, self.part.since) {
            self.put((moved, None), tell);
        }
    }

    /// Ends it with the lines that are left to be told.
    pub fn closes(&mut self, tell: &mut impl FnMut(Line)) {
        while let Some(change) = self.changes.pop_front() {
            self.put(changed(change), tell);
        }
        self.tell_last(tell);
    }

    fn put(&mut self, (moved, limit): Change, tell: &mut impl FnMut(Line)) {
        if self.part.until.is_some() && !is_before(moved.effective_at, self.part.until) {
            return;
        }
        let last = self.last.as_mut().map(|(last, _)| last);
        let last = last.filter(|last| last.seq.is_some() && last.seq == moved.seq);
        match last.map(|last| (last.movement.and(&moved.movement), last)) {
            Some((Ok(sum), last)) if limit.is_none() => {
                last.movement = sum;
                last.effective_at = last.effective_at.max(moved.effective_at);
            }
            _ => {
                self.tell_last(tell);
                self.last = Some((moved, limit));
            }
        }
    }

    fn tell_last(&mut self, tell: &mut impl FnMut(Line)) {
        let Some((moved, limit)) = self.last.take() else {
            return;
        };
        let gives = limit_delta(limit).saturating_add(given(&moved.movement));
        self.left = self.left.saturating_add(gives);
        self.statement.closing = clipped(self.left);
        self.statement.totals.add(&moved, limit);
        tell(Line {
            moved,
            limit,
            amount: clipped(gives),
            balance: clipped(self.left),
        });
    }
}

fn is_before(at: Timestamp, end: Option<Timestamp>) -> bool {
    end.is_some_and(|end| at < end)
}

fn changed((set, limit): LimitChange) -> Change {
    let moved = Moved {
        seq: Some(set.seq),
        at: set.at,
        effective_at: set.at,
        kind: Some(set.kind),
        movement: Movement::default(),
        about: About::default(),
    };
    (moved, Some(limit))
}
