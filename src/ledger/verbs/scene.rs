//! What every verb works with: one transaction, one reading of the clocks, and what the stored
//! rows come to at that moment.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::notice::Notice;
use super::projection::Projection;
use super::take_back::Later;
use crate::ledger::budget::{Budget, Standing};
use crate::ledger::entry::{Entry, EntryKind, Posting};
use crate::ledger::error::{Error, Result};
use crate::ledger::id::Id;
use crate::ledger::limit::{LimitId, Position};
use crate::ledger::moment::Moment;
use crate::ledger::reservation::Reservation;
use crate::ledger::standing::{LimitRow, position};
use crate::ledger::store::{Head, Tx};
use crate::ledger::unit::Unit;
use crate::ledger::window::{Movement, WindowId};

/// One transaction at one moment.
pub(super) struct Scene<'a> {
    pub(super) tx: &'a Tx<'a>,
    pub(super) path: &'a Path,
    /// Which ledger it is.
    pub(super) ledger: Id,
    pub(super) now: Moment,
    /// Whether the wall clock may open windows.
    pub(super) believable: bool,
    pub(super) units: Vec<String>,
    /// What is due, seen as closed; empty in a transaction that closes it.
    pub(super) projection: Projection,
    /// Owners whose files say nothing more, once this transaction is committed.
    pub(super) done_with: RefCell<Vec<Id>>,
    /// What happened beside the work, for whoever wants to know.
    pub(super) notices: RefCell<Vec<Notice>>,
    /// What became of windows after charges that are to be taken back.
    pub(super) later: RefCell<Later>,
    random: fn() -> [u8; 10],
    opened: RefCell<BTreeMap<LimitId, WindowId>>,
}

impl<'a> Scene<'a> {
    /// A transaction at a moment, one that writes or one that only reads.
    pub(super) fn at(
        tx: &'a Tx<'a>,
        path: &'a Path,
        now: Moment,
        head: &Head,
        random: fn() -> [u8; 10],
    ) -> Self {
        Self {
            tx,
            path,
            ledger: head.uuid,
            now,
            believable: now.is_believable_after(&head.latest),
            units: head.units.clone(),
            projection: Projection::default(),
            done_with: RefCell::default(),
            notices: RefCell::default(),
            later: RefCell::default(),
            random,
            opened: RefCell::default(),
        }
    }

    /// Does a part of the work on its own; `None` where it cannot be done and nothing of it is.
    pub(super) fn apart<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
        let opened = self.opened.borrow().clone();
        let noticed = self.notices.borrow().len();
        let done = self.tx.apart(work)?;
        if done.is_none() {
            *self.opened.borrow_mut() = opened;
            self.notices.borrow_mut().truncate(noticed);
        }
        Ok(done)
    }

    pub(super) fn new_id(&self) -> Id {
        Id::new(self.now.wall.as_micros().div_euclid(1_000), (self.random)())
    }

    /// Where a limit stands now.
    pub(super) fn position(&self, row: &LimitRow, budget: &Budget) -> Result<Position> {
        let mut position = position(row, budget, &self.now, self.believable)?;
        if let Some(movement) = self.projection.movement(&position) {
            position.figures = position.figures.after(movement)?;
        }
        Ok(position)
    }

    /// A budget with its limits as they stand now.
    pub(super) fn standing(&self, budget: Budget) -> Result<Standing> {
        let rows = self.tx.limits(budget.id)?;
        self.standing_of(budget, &rows)
    }

    /// The same for limits that were read with it.
    pub(super) fn standing_of(&self, budget: Budget, rows: &[LimitRow]) -> Result<Standing> {
        let positions = rows.iter().map(|row| self.position(row, &budget));
        let mut positions = positions.collect::<Result<Vec<_>>>()?;
        positions.sort_by(|a, b| a.key.unit.cmp(&b.key.unit).then(order(a).cmp(&order(b))));
        Ok(Standing { budget, positions })
    }

    /// Where a limit stands now, by its row.
    pub(super) fn position_of(&self, limit: LimitId) -> Result<Position> {
        let found = self.tx.limit(limit)?;
        let (row, budget) = found.ok_or_else(|| Error::NotFound {
            what: "limit",
            text: limit.0.to_string(),
            near: Vec::new(),
        })?;
        self.position(&row, &budget)
    }

    /// The row of a limit's window, opened where it is not.
    pub(super) fn window_of(&self, position: &Position) -> Result<WindowId> {
        if let Some(window) = position.window {
            return Ok(window);
        }
        if let Some(window) = self.opened.borrow().get(&position.limit) {
            return Ok(*window);
        }
        let limit = position.figures.limit;
        let window = self
            .tx
            .open_window(position.limit, &position.bounds, limit)?;
        self.opened.borrow_mut().insert(position.limit, window);
        Ok(window)
    }

    /// An error where a unit was neither built in nor declared.
    pub(super) fn expect_unit(&self, unit: &Unit) -> Result<()> {
        match unit {
            Unit::Declared(_) if !self.units.iter().any(|known| known == unit.as_str()) => {
                Err(Error::UnknownUnit {
                    unit: unit.clone(),
                    declared: self.units.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    /// An entry written now about nothing in particular yet.
    pub(super) fn entry(&self, kind: EntryKind, budgets: String) -> Entry {
        Entry {
            seq: crate::ledger::entry::Seq(0),
            at: self.now.wall,
            kind,
            budgets,
            reservation: None,
            session: None,
            of: None,
            amounts: Vec::new(),
            detail: String::new(),
            postings: Vec::new(),
        }
    }

    /// A posting that takes effect now.
    pub(super) fn posting(&self, window: WindowId, movement: Movement) -> Posting {
        Posting {
            window,
            effective_at: self.now.wall,
            movement,
        }
    }

    /// The open reservations that a run made inside another draws on, the nearest first. A parent
    /// that has ended, or that this ledger does not know, lends nothing.
    pub(super) fn lenders(&self, parent: Option<Id>) -> Result<Vec<Reservation>> {
        let mut lenders = Vec::new();
        let mut seen = BTreeSet::new();
        let mut next = parent;
        while let Some(id) = next.filter(|id| seen.insert(*id)) {
            let Some(found) = self.reservation(&id)? else {
                break;
            };
            next = found.parent;
            if found.state == crate::ledger::reservation::State::Open {
                lenders.push(found);
            }
        }
        Ok(lenders)
    }
}

/// Short periods first, as people read them.
fn order(position: &Position) -> (bool, i64) {
    let length = position.bounds.end.map(|end| {
        end.as_micros()
            .saturating_sub(position.bounds.start.as_micros())
    });
    (length.is_none(), length.unwrap_or_default())
}
