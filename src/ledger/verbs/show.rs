//! Reading a ledger. Nothing is written: what is due is seen as closed, what has passed as over.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Ledger, Lowered};
use crate::ledger::budget::{BudgetState, Standing};
use crate::ledger::error::Result;
use crate::ledger::id::{Id, IdRef};
use crate::ledger::limit::Position;
use crate::ledger::name::{BudgetName, Names};
use crate::ledger::reservation::{Reservation, State};
use crate::ledger::rules::pace::{Pace, pace};
use crate::ledger::store::{ReservationFilter, Which};
use crate::ledger::timestamp::Timestamp;

/// The state of budgets at one moment.
#[derive(Debug, Clone)]
pub struct Overview {
    /// When it was read.
    pub at: Timestamp,
    /// Whether the wall clock is believed; where not, windows stay as they are.
    pub clock_believed: bool,
    /// The budgets, by name.
    pub standings: Vec<Standing>,
    /// Limits that are lower where this is asked for.
    pub lowered: Lowered,
    /// What holds something right now.
    pub open: Vec<Reservation>,
    /// What nobody could account for and nobody corrected.
    pub unknown: Vec<Reservation>,
    /// Programs of the runs among them.
    pub programs: BTreeMap<Id, String>,
    /// Why it is unknown what some of them cost, where that was said.
    pub reasons: BTreeMap<Id, String>,
}

impl Overview {
    /// Where one of the limits is heading. A clock that is not believed says nothing of that, and
    /// what is frozen goes nowhere.
    pub fn pace(&self, standing: &Standing, position: &Position) -> Option<Pace> {
        let budget = &standing.budget;
        let is_told = self.clock_believed && budget.state == BudgetState::Active;
        is_told.then(|| pace(position, budget.created, self.at))?
    }
}

impl Ledger {
    /// How budgets stand: one with all that is below it, or every one.
    pub fn overview(&self, within: Option<&BudgetName>) -> Result<Overview> {
        self.read(|scene| {
            let standings = scene.standings_within(within)?;
            let list = |which| ReservationFilter {
                which,
                within: within.cloned(),
            };
            let (open, unknown) = (list(Which::In(State::Open)), list(Which::Unknown));
            let open = scene.reservations(&open)?;
            let unknown = scene.reservations(&unknown)?;
            let mut programs = BTreeMap::new();
            for session in open.iter().chain(&unknown).filter_map(|found| found.owner) {
                if let Some(found) = scene.tx.session(&session)? {
                    programs.insert(session, found.program);
                }
            }
            let mut reasons = BTreeMap::new();
            for found in &unknown {
                if let Some(reason) = scene.reason(found)? {
                    reasons.insert(found.id, reason);
                }
            }
            Ok(Overview {
                at: scene.now.wall,
                clock_believed: scene.believable,
                standings,
                lowered: Lowered::default(),
                open,
                unknown,
                programs,
                reasons,
            })
        })
    }

    /// The budgets on the paths of names, ancestors first; the named ones must exist.
    pub fn standings(&self, names: &Names) -> Result<Vec<Standing>> {
        self.read(|scene| scene.standings(names))
    }

    /// The same as a run sees it from inside: what it and the runs around it hold is there for it.
    pub fn standings_inside(&self, names: &Names, run: Option<Id>) -> Result<Vec<Standing>> {
        self.read(|scene| {
            let mut standings = scene.standings(names)?;
            let lent = scene.lent(&scene.lenders(run)?)?;
            let positions = standings.iter_mut().flat_map(|s| &mut s.positions);
            for position in positions {
                let holdings = lent.get(&position.limit).into_iter().flatten();
                for holding in holdings.filter(|held| Some(held.window) == position.window) {
                    let reserved = &mut position.figures.reserved;
                    *reserved = reserved.less(holding.atoms);
                }
            }
            Ok(standings)
        })
    }

    /// Every budget, with the closed ones where asked for.
    pub fn budgets(&self, closed: bool) -> Result<Vec<Standing>> {
        self.read(|scene| {
            let budgets = scene.tx.budgets(closed)?;
            budgets
                .into_iter()
                .map(|budget| scene.standing(budget))
                .collect()
        })
    }

    /// Reservations, the oldest first.
    pub fn reservations(&self, filter: &ReservationFilter) -> Result<Vec<Reservation>> {
        self.read(|scene| scene.reservations(filter))
    }

    /// One reservation.
    pub fn reservation(&self, id: &IdRef) -> Result<Reservation> {
        self.read(|scene| {
            let found = scene.tx.find_reservation(id)?;
            Ok(scene.reservation(&found.id)?.unwrap_or(found))
        })
    }
}

impl super::scene::Scene<'_> {
    /// How budgets stand: one with all that is below it, which must be there, or every one.
    pub(super) fn standings_within(&self, within: Option<&BudgetName>) -> Result<Vec<Standing>> {
        let budgets = self.tx.budgets_with_limits(within)?;
        // What is below a name sorts after it.
        if let Some(name) = within
            && budgets.first().is_none_or(|(first, _)| first.name != *name)
        {
            return Err(self.missing(name)?);
        }
        let standings = budgets.into_iter();
        let standings = standings.map(|(budget, rows)| self.standing_of(budget, &rows));
        standings.collect()
    }

    /// Why it is unknown what a reservation cost.
    fn reason(&self, found: &Reservation) -> Result<Option<String>> {
        let detail = match found.settled_by {
            Some(entry) => self.tx.detail(entry)?,
            None => None,
        };
        let detail = detail.and_then(|text| serde_json::from_str::<Value>(&text).ok());
        let reason = detail
            .as_ref()
            .and_then(|detail| detail.get("reason")?.as_str());
        Ok(reason.map(str::to_owned))
    }

    /// Reservations as they are once what is due is closed.
    fn reservations(&self, filter: &ReservationFilter) -> Result<Vec<Reservation>> {
        let mut found = self.tx.reservations(filter)?;
        let changed: BTreeMap<_, _> = self.projection.changed().map(|c| (c.id, c)).collect();
        found.retain(|found| !changed.contains_key(&found.id));
        let admitted = changed.into_values().filter(|later| filter.admits(later));
        found.extend(admitted.cloned());
        found.sort_by_key(|found| found.id);
        Ok(found)
    }
}
