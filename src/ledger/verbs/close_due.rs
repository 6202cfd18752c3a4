//! What every write does first: take in outcomes that could not be booked when they happened, and
//! close reservations nobody settled. Reads see the same without writing it.

use std::collections::BTreeSet;

use super::plan::Amounts;
use super::run::RunEnd;
use super::scene::Scene;
use super::settle::final_charge;
use crate::ledger::amount::Amount;
use crate::ledger::entry::{Entry, EntryKind};
use crate::ledger::error::Result;
use crate::ledger::limit::LimitId;
use crate::ledger::reservation::{Reservation, State};
use crate::ledger::rules::lapse::{Fate, Owner, fate};
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

    /// Books outcomes that their wrappers could not. What cannot be understood, or belongs to
    /// another ledger, stays where it is, for a person to read, and is in nobody's way.
    pub(super) fn take_in_outcomes(&self) -> Result<()> {
        let mut taken_in = Vec::new();
        for spilled in owner::spilled_outcomes(self.path) {
            if let Some(end) = RunEnd::from_spilled(&spilled.text)
                && self.end_run_unless_booked(&end)?
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
        for id in self.tx.due(self.now.boot_us, AT_MOST)? {
            if let Some(found) = self.tx.reservation(&id)? {
                self.close_if_due(&found, false)?;
            }
        }
        Ok(())
    }

    /// Closes reservations of dead owners that hold something of the limits. Whether any was.
    pub(super) fn close_dead_holders(&self, limits: impl Iterator<Item = LimitId>) -> Result<bool> {
        let mut any = false;
        for limit in limits {
            for id in self.tx.owned_holders(limit, AT_MOST)? {
                if let Some(found) = self.tx.reservation(&id)? {
                    any |= self.close_if_due(&found, true)?;
                }
            }
        }
        Ok(any)
    }

    fn close_if_due(&self, found: &Reservation, doubted: bool) -> Result<bool> {
        let owner = self.owner_of(found);
        if self.has_ended(found, owner) {
            return Ok(false);
        }
        let end = found
            .owner
            .filter(|_| matches!(owner, Owner::Dead { .. }))
            .and_then(|id| {
                owner::outcome_of_dead(self.path, &id).and_then(|text| RunEnd::from_spilled(&text))
            });
        let fate = fate(&found.lease, owner, found.on_unknown, doubted, &self.now);
        match (fate, end) {
            (Fate::Open, _) => return Ok(false),
            (Fate::Renew, _) => {
                self.tx
                    .update_lease(&found.id, &found.lease.renewed(&self.now))?;
                return Ok(false);
            }
            (Fate::ChargeUnknown | Fate::Release, Some(end)) => {
                self.end_run_unless_booked(&end)?;
            }
            (Fate::ChargeUnknown | Fate::Release, None) => self.lapse(found, fate)?,
        }
        let dead = found.owner.filter(|_| matches!(owner, Owner::Dead { .. }));
        self.done_with.borrow_mut().extend(dead);
        Ok(true)
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

    /// Sees due reservations as closed, without a write.
    pub(super) fn project_due(&mut self, head: &Head) -> Result<()> {
        let mut due: BTreeSet<_> = self
            .tx
            .due(self.now.boot_us, u32::MAX)?
            .into_iter()
            .collect();
        if head.latest.boot != self.now.boot {
            due.extend(self.tx.unanchored(self.now.boot)?);
        }
        for id in due {
            let Some(found) = self.tx.reservation(&id)? else {
                continue;
            };
            let owner = self.owner_of(&found);
            if self.has_ended(&found, owner) {
                continue;
            }
            let fate = fate(&found.lease, owner, found.on_unknown, false, &self.now);
            if matches!(fate, Fate::ChargeUnknown | Fate::Release) {
                self.project(&found, fate)?;
            }
        }
        Ok(())
    }

    /// Sees reservations of dead owners that hold something of the limits as closed, without a
    /// write. Whether any was.
    pub(super) fn project_dead_holders(&mut self, limits: &[LimitId]) -> Result<bool> {
        let before = self.closed.len();
        for limit in limits {
            for id in self.tx.owned_holders(*limit, AT_MOST)? {
                if self.closed.iter().any(|closed| closed.id == id) {
                    continue;
                }
                let Some(found) = self.tx.reservation(&id)? else {
                    continue;
                };
                let owner = self.owner_of(&found);
                let fate = fate(&found.lease, owner, found.on_unknown, true, &self.now);
                if matches!(fate, Fate::ChargeUnknown | Fate::Release) {
                    self.project(&found, fate)?;
                }
            }
        }
        Ok(self.closed.len() > before)
    }

    fn project(&mut self, found: &Reservation, fate: Fate) -> Result<()> {
        let ground = self.ground_of(found)?;
        let charges = lapse_charges(ground.as_reserved(found)?, fate);
        let charge = final_charge(self, found, &charges);
        let Ok(plan) = ground.plan(&charge)? else {
            return Ok(());
        };
        for (window, movement) in plan.covered() {
            let sum = self.projected.entry(*window).or_default();
            *sum = sum.and(movement)?;
        }
        let mut closed = lapsed(found, fate);
        for stake in &mut closed.stakes {
            let charged = charges.get(&stake.unit).copied().unwrap_or_default();
            stake.charged = Some(stake.charged.unwrap_or_default().plus(charged)?);
        }
        self.closed.push(closed);
        Ok(())
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
