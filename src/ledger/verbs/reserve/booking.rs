//! Storing what was granted: the reservation, what it holds in each window, and the entry that
//! says so. It decides nothing.

use super::super::detail;
use super::super::plan::quantities;
use super::super::scene::Scene;
use super::decision::Decision;
use super::{Admitted, Reserve};
use crate::ledger::amount::Amount;
use crate::ledger::budget::Standing;
use crate::ledger::entry::{Entry, EntryKind};
use crate::ledger::error::Result;
use crate::ledger::holding::Holding;
use crate::ledger::id::Id;
use crate::ledger::policy::{Caps, OnUnknown};
use crate::ledger::reservation::{Reservation, State, UnitStake};
use crate::ledger::rules::admit::Grant;
use crate::ledger::rules::lapse::Lease;
use crate::ledger::store::Session;
use crate::ledger::unit::Unit;
use crate::ledger::window::{Movement, WindowId};

impl Scene<'_> {
    /// Books what was granted.
    pub(super) fn book(
        &self,
        request: &Reserve,
        decision: &Decision,
        grants: &[Grant],
    ) -> Result<Admitted> {
        let id = request
            .run
            .as_ref()
            .map_or_else(|| self.new_id(), |run| run.reservation);
        let reservation = self.new_reservation(request, decision, id);
        if let Some(run) = &request.run {
            self.tx.insert_session(&Session {
                id: run.session,
                budgets: request.names.to_string(),
                program: run.program.clone(),
                started: self.now.wall,
                end: None,
            })?;
        }
        self.tx.insert_reservation(&reservation)?;
        let mut entry = Entry {
            reservation: Some(id),
            session: reservation.session,
            amounts: quantities(&decision.amounts),
            detail: detail::of_reservation(&reservation),
            ..self.entry(EntryKind::Reserved, request.names.to_string())
        };
        for grant in grants {
            let Some(candidate) = decision.candidates.get(grant.candidate) else {
                continue;
            };
            let window = self.window_of(&candidate.position)?;
            self.hold(&reservation, window, grant)?;
            if !grant.own.is_zero() {
                entry.postings.push(self.posting(window, movement(grant)));
            }
        }
        self.tx.append(&entry)?;
        Ok(admitted(request, decision, grants, reservation))
    }

    /// What `book` would answer. Stores nothing, and the reservation has no id.
    pub(super) fn as_if_booked(
        &self,
        request: &Reserve,
        decision: &Decision,
        grants: &[Grant],
    ) -> Admitted {
        let reservation = self.new_reservation(request, decision, Id::new(0, [0; 10]));
        admitted(request, decision, grants, reservation)
    }

    fn new_reservation(&self, request: &Reserve, decision: &Decision, id: Id) -> Reservation {
        let allows = |s: &Standing| s.budget.on_unknown == OnUnknown::Release;
        let asked = request.on_unknown.unwrap_or(OnUnknown::Release) == OnUnknown::Release;
        let released =
            asked && !decision.standings.is_empty() && decision.standings.iter().all(allows);
        let run = request.run.as_ref().map(|run| run.session);
        let stake = |(unit, amount): (&Unit, &Amount)| UnitStake {
            unit: unit.clone(),
            reserved: *amount,
            charged: None,
            nested: None,
        };
        Reservation {
            id,
            names: request.names.clone(),
            state: State::Open,
            parent: request.parent,
            owner: run,
            session: run.or(request.session),
            created: self.now.wall,
            lease: Lease::starting(&self.now, request.ttl_ms, request.grace_ms),
            overage: request.overage.clone(),
            on_unknown: if released {
                OnUnknown::Release
            } else {
                OnUnknown::Charge
            },
            unknown: false,
            late: false,
            settled_by: None,
            detail: request.detail.clone(),
            stakes: decision.amounts.iter().map(stake).collect(),
        }
    }

    /// Stores what one limit gives: what the window holds anew, and what moves over from others.
    fn hold(&self, reservation: &Reservation, window: WindowId, grant: &Grant) -> Result<()> {
        let holder = reservation.id;
        self.tx.insert_holding(&Holding {
            holder,
            window,
            source: None,
            atoms: grant.own,
        })?;
        for part in &grant.drawn {
            let left = part.from.atoms.minus(part.atoms)?;
            self.tx.put_holding(&Holding {
                atoms: left,
                ..part.from
            })?;
            self.tx.insert_holding(&Holding {
                holder,
                window: part.from.window,
                source: Some(part.from.id()),
                atoms: part.atoms,
            })?;
        }
        Ok(())
    }
}

/// How a grant moves its window.
fn movement(grant: &Grant) -> Movement {
    Movement {
        reserved: grant.own.atoms(),
        ..Movement::default()
    }
}

fn admitted(
    request: &Reserve,
    decision: &Decision,
    grants: &[Grant],
    reservation: Reservation,
) -> Admitted {
    Admitted {
        reservation,
        standings: after(decision, grants),
        caps: caps(request, &decision.standings),
    }
}

fn caps(request: &Reserve, standings: &[Standing]) -> Caps {
    let named = request.named(standings);
    named.fold(Caps::default(), |caps, standing| {
        caps.with(&standing.budget.caps)
    })
}

/// The budgets on the path as they stand once the grants are booked.
fn after(decision: &Decision, grants: &[Grant]) -> Vec<Standing> {
    let mut standings = decision.standings.clone();
    for grant in grants {
        let Some(candidate) = decision.candidates.get(grant.candidate) else {
            continue;
        };
        let limit = candidate.position.limit;
        let movement = movement(grant);
        let positions = standings.iter_mut().flat_map(|s| &mut s.positions);
        for position in positions.filter(|p| p.limit == limit) {
            position.figures = position
                .figures
                .after(&movement)
                .unwrap_or(position.figures);
        }
    }
    standings
}
