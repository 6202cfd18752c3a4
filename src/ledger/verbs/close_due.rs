//! What every write does first: take in outcomes that could not be booked when they happened, and
//! close reservations nobody settled. Reads see the same without writing it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::plan::Amounts;
use super::run::{RunEnd, run_charges};
use super::scene::Scene;
use crate::ledger::amount::Amount;
use crate::ledger::entry::{Entry, EntryKind};
use crate::ledger::error::{Error, Result};
use crate::ledger::id::Id;
use crate::ledger::limit::LimitId;
use crate::ledger::reservation::{Reservation, State};
use crate::ledger::rules::lapse::{Fate, Lease, Owner, fate};
use crate::ledger::store::{Head, SessionEnd, owner};

/// How many reservations one write closes at most, so that no write is slow.
const AT_MOST: u32 = 100;
/// How many outcomes one write takes in at most.
const OUTCOMES_AT_MOST: usize = 16;

impl Scene<'_> {
    /// After a reboot, or in another time namespace, puts every lease in terms of this boot.
    pub(super) fn anchor_leases(&self, head: &Head) -> Result<()> {
        if head.latest.boot == self.now.boot {
            return Ok(());
        }
        for id in self.tx.unanchored(self.now.boot)? {
            if let Some(found) = self.tx.reservation(&id)? {
                self.tx
                    .update_lease(&id, &found.lease.anchored(&self.now))?;
            }
        }
        Ok(())
    }

    /// Books outcomes that their wrappers could not. What cannot be understood or booked, or belongs
    /// to another ledger, stays where it is, for a person to read, and is in nobody's way.
    pub(super) fn take_in_outcomes(&self) -> Result<()> {
        let mut taken_in = Vec::new();
        for spilled in owner::spilled_outcomes(self.path) {
            if let Some(end) = RunEnd::from_spilled(&spilled.text)
                && self.apart(|| self.end_run_unless_booked(&end))? == Some(true)
            {
                taken_in.push(spilled.owner);
            }
            if taken_in.len() >= OUTCOMES_AT_MOST {
                break;
            }
        }
        self.done_with.borrow_mut().extend(taken_in);
        Ok(())
    }

    /// Closes reservations whose lease is over and whose owner does not live.
    pub(super) fn close_due(&self) -> Result<()> {
        let due = self.tx.due(self.now.boot_us, AT_MOST)?;
        self.close_those_due(due, false).map(drop)
    }

    /// Closes reservations of dead owners that hold something of the limits, and those that hold
    /// something now because another gave it back. Whether any was.
    pub(super) fn close_dead_holders(
        &self,
        limits: &(impl Iterator<Item = LimitId> + Clone),
    ) -> Result<bool> {
        let mut any = false;
        while self.close_those_due(self.owned_holders(limits.clone())?, true)? {
            any = true;
        }
        Ok(any)
    }

    fn close_those_due(&self, ids: impl IntoIterator<Item = Id>, doubted: bool) -> Result<bool> {
        let mut any = false;
        for id in self.inner_first(ids)? {
            if let Some(found) = self.reservation(&id)? {
                let closed = self.apart(|| self.close_if_due(&found, doubted))?;
                any |= closed.unwrap_or_default();
            }
        }
        Ok(any)
    }

    /// Open reservations with an owner that hold something of the limits.
    fn owned_holders(&self, limits: impl Iterator<Item = LimitId>) -> Result<BTreeSet<Id>> {
        let mut holders = BTreeSet::new();
        for limit in limits {
            holders.extend(self.tx.owned_holders(limit, AT_MOST)?);
            holders.extend(self.projection.holders(limit));
        }
        Ok(holders)
    }

    /// What is inside of a run before the run, so that the run gets back what it lent before it is
    /// closed itself; else the most overdue first.
    fn inner_first(&self, ids: impl IntoIterator<Item = Id>) -> Result<Vec<Id>> {
        let mut order = Vec::new();
        for id in ids {
            if let Some(found) = self.reservation(&id)? {
                let depth = self.lenders(found.parent)?.len();
                let expires = found.lease.anchored(&self.now).expires_boot_us;
                order.push((Reverse(depth), expires, id));
            }
        }
        order.sort_unstable();
        Ok(order.into_iter().map(|(_, _, id)| id).collect())
    }

    fn close_if_due(&self, found: &Reservation, doubted: bool) -> Result<bool> {
        let dead = match self.ending(found, doubted) {
            None => return Ok(false),
            Some(Ending::Renewed(lease)) => {
                self.tx.update_lease(&found.id, &lease)?;
                return Ok(false);
            }
            Some(Ending::Told(end)) => {
                self.end_run_unless_booked(&end)?;
                found.owner
            }
            Some(Ending::Lapsed {
                fate,
                dead,
                started,
            }) => {
                self.lapse(found, fate)?;
                if !started {
                    self.forget_key(found)?;
                }
                dead
            }
        };
        self.done_with.borrow_mut().extend(dead);
        Ok(true)
    }

    /// What becomes of an open reservation now; `None` where it stays as it is.
    fn ending(&self, found: &Reservation, doubted: bool) -> Option<Ending> {
        let owner = self.owner_of(found);
        if self.has_ended(found, owner) {
            return None;
        }
        let dead = found.owner.filter(|_| matches!(owner, Owner::Dead { .. }));
        let fate = fate(&found.lease, owner, found.on_unknown, doubted, &self.now);
        match fate {
            Fate::Open => None,
            Fate::Renew => Some(Ending::Renewed(found.lease.renewed(&self.now))),
            Fate::ChargeUnknown | Fate::Release => {
                let told = dead.and_then(|id| owner::outcome_of_dead(self.path, &id));
                let told = told.and_then(|text| RunEnd::from_spilled(&text));
                let told = told.filter(|end| end.reservation == found.id.to_string());
                let started = owner != Owner::Dead { started: false };
                let lapsed = Ending::Lapsed {
                    fate,
                    dead,
                    started,
                };
                Some(told.map_or(lapsed, |end| Ending::Told(Box::new(end))))
            }
        }
    }

    fn lapse(&self, found: &Reservation, fate: Fate) -> Result<()> {
        let closed = lapsed(found, fate);
        let entry = self.entry_about(EntryKind::Expired, found);
        let entry = Entry {
            detail: reason(found, fate),
            ..entry
        };
        self.end_forced(&closed, entry, |as_reserved| {
            lapse_charges(as_reserved, fate)
        })?;
        if let Some(session) = found.owner {
            let end = SessionEnd {
                at: self.now.wall,
                exit_code: 125,
                ending: "lost".to_owned(),
            };
            self.tx.end_session(&session, &end)?;
        }
        Ok(())
    }

    pub(super) fn owner_of(&self, found: &Reservation) -> Owner {
        found.owner.map_or(Owner::None, |id| {
            owner::probe(self.path, &id, self.now.boot)
        })
    }

    /// Whether its outcome is written down and only waits for its turn to be booked.
    fn has_ended(&self, found: &Reservation, owner: Owner) -> bool {
        let outcome = found
            .owner
            .filter(|_| owner == Owner::Lost)
            .and_then(|id| owner::spilled_outcome(self.path, &id));
        outcome
            .and_then(|text| RunEnd::from_spilled(&text))
            .is_some_and(|end| end.reservation == found.id.to_string())
    }

    /// Sees outcomes that wait as booked, and due reservations as closed, without a write.
    pub(super) fn project_due(&mut self, head: &Head) -> Result<()> {
        for spilled in owner::spilled_outcomes(self.path).take(OUTCOMES_AT_MOST) {
            if let Some(end) = RunEnd::from_spilled(&spilled.text) {
                if_possible(self.project_run(&end))?;
            }
        }
        let due = self.tx.due(self.now.boot_us, u32::MAX)?;
        let mut ids: BTreeSet<_> = due.into_iter().collect();
        if head.latest.boot != self.now.boot {
            ids.extend(self.tx.unanchored(self.now.boot)?);
        }
        self.project_those_due(ids, false).map(drop)
    }

    /// Sees reservations of dead owners that hold something of the limits as closed, without a
    /// write. Whether any was.
    pub(super) fn project_dead_holders(
        &mut self,
        limits: &(impl Iterator<Item = LimitId> + Clone),
    ) -> Result<bool> {
        let mut any = false;
        while self.project_those_due(self.owned_holders(limits.clone())?, true)? {
            any = true;
        }
        Ok(any)
    }

    fn project_those_due(
        &mut self,
        ids: impl IntoIterator<Item = Id>,
        doubted: bool,
    ) -> Result<bool> {
        let mut any = false;
        for id in self.inner_first(ids)? {
            any |= if_possible(self.project_if_due(&id, doubted))?;
        }
        Ok(any)
    }

    fn project_if_due(&mut self, id: &Id, doubted: bool) -> Result<bool> {
        let found = self.reservation(id)?;
        let Some(found) = found.filter(|found| found.state == State::Open) else {
            return Ok(false);
        };
        match self.ending(&found, doubted) {
            None | Some(Ending::Renewed(_)) => return Ok(false),
            Some(Ending::Told(end)) => self.project_run(&end)?,
            Some(Ending::Lapsed { fate, .. }) => {
                let closed = lapsed(&found, fate);
                self.project_end(&closed, |as_reserved| lapse_charges(as_reserved, fate))?;
            }
        }
        Ok(true)
    }

    fn project_run(&mut self, end: &RunEnd) -> Result<()> {
        let found = self.reservation_of(end)?;
        let Some(found) = found.filter(|found| found.state == State::Open) else {
            return Ok(());
        };
        let ended = end.ended(&found);
        self.project_end(&ended, |as_reserved| run_charges(&found, end, &as_reserved))
    }
}

/// What becomes of a reservation that its caller left open.
enum Ending {
    /// Its owner lives and only was late.
    Renewed(Lease),
    /// Its owner wrote down how its run ended.
    Told(Box<RunEnd>),
    /// Nobody settled it.
    Lapsed {
        fate: Fate,
        /// Its owner, where it is known to be dead.
        dead: Option<Id>,
        /// Whether something may have been done with it.
        started: bool,
    },
}

/// What cannot be seen as booked stays as it is, and is in nobody's way.
fn if_possible<T: Default>(seen: Result<T>) -> Result<T> {
    match seen {
        Err(error @ Error::Unusable { .. }) => Err(error),
        seen => Ok(seen.unwrap_or_default()),
    }
}

fn lapsed(found: &Reservation, fate: Fate) -> Reservation {
    let unknown = fate == Fate::ChargeUnknown;
    Reservation {
        state: State::Expired,
        unknown,
        ..found.clone()
    }
}

/// What a reservation is charged when nobody settled it.
fn lapse_charges(as_reserved: Amounts, fate: Fate) -> Amounts {
    match fate {
        Fate::ChargeUnknown => as_reserved,
        Fate::Release | Fate::Open | Fate::Renew => as_reserved
            .into_keys()
            .map(|unit| (unit, Amount::ZERO))
            .collect(),
    }
}

fn reason(found: &Reservation, fate: Fate) -> String {
    let why = if found.owner.is_some() {
        "its wrapper died"
    } else {
        "its lease ran out"
    };
    match fate {
        Fate::ChargeUnknown => format!(r#"{{"reason":"{why}","unknown":true}}"#),
        Fate::Release | Fate::Open | Fate::Renew => format!(r#"{{"reason":"{why}"}}"#),
    }
}
