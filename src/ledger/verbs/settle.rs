//! Settling a reservation: commit, release, extend, refund. Each reservation is settled once by
//! its caller; what comes after its lease corrects it, once.

use std::collections::BTreeMap;

use super::Ledger;
use super::answer::{Keyed, Outcome};
use super::detail;
use super::reserve::{Denial, FailedLimit};
use super::scene::Scene;
use super::settlement::{Amounts, Charge, Ground, Plan, Refusal};
use crate::ledger::amount::{Amount, Quantity};
use crate::ledger::entry::{Entry, EntryKind, Seq};
use crate::ledger::error::{Error, Result};
use crate::ledger::holding::Holding;
use crate::ledger::id::{Id, IdRef};
use crate::ledger::reservation::{Reservation, State, UnitStake};
use crate::ledger::rules::admit::Reason;
use crate::ledger::rules::settle::{Mode, Rest};
use crate::ledger::store::Tx;
use crate::ledger::window::Movement;

/// A request to charge a reservation what its work cost.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The reservation.
    pub id: IdRef,
    /// What was spent. Units not named are charged as reserved.
    pub amounts: Vec<Quantity>,
    /// Charge only this and keep the reservation open.
    pub keep: bool,
    /// Usage, tags and note, as canonical JSON text; may be empty.
    pub detail: String,
}

/// A request to give a reservation back, or a part of it.
#[derive(Debug, Clone)]
pub struct Release {
    /// The reservation.
    pub id: IdRef,
    /// The parts to give back; everything where empty.
    pub amounts: Vec<Quantity>,
    /// Reason and tags, as canonical JSON text; may be empty.
    pub detail: String,
}

/// A request to take a charge back.
#[derive(Debug, Clone)]
pub struct Refund {
    /// The entry that charged it.
    pub entry: Seq,
    /// How much; everything where empty.
    pub amounts: Vec<Quantity>,
    /// Note, as canonical JSON text; may be empty.
    pub detail: String,
}

/// A reservation after a settlement.
#[derive(Debug, Clone)]
pub struct SettledNow {
    /// The reservation as it stands now.
    pub reservation: Reservation,
    /// The entry that settled it.
    pub entry: Seq,
    /// What this charged; for a correction, what stands charged now.
    pub charged: Vec<Quantity>,
    /// What a policy cut off.
    pub uncharged: Vec<Quantity>,
    /// What went back.
    pub released: Vec<Quantity>,
}

/// The statements of a settlement, prepared before the lock is taken.
pub(super) const HOT: [&str; 13] = [
    Tx::HEAD,
    Tx::STAMP,
    Tx::DUE,
    Tx::RESERVATION,
    Tx::STAKES,
    Tx::HOLDINGS,
    Tx::LIMIT,
    Tx::PUT_HOLDING,
    Tx::INSERT_ENTRY,
    Tx::INSERT_POSTING,
    Tx::MOVE_WINDOW,
    Tx::END_RESERVATION,
    Tx::PUT_STAKE,
];

impl Ledger {
    /// Charges a reservation.
    pub fn commit(
        &mut self,
        request: &Commit,
        keyed: &Keyed<'_, SettledNow>,
    ) -> Result<Outcome<SettledNow>> {
        let amounts = by_unit(&request.amounts)?;
        self.write(&HOT, |scene| {
            let id = scene.tx.resolve(&request.id)?;
            let payload = format!("{:?} {} {}", amounts, request.keep, request.detail);
            scene.keyed(("commit", &id.to_string()), &payload, keyed, || {
                let found = scene.settleable(&request.id, request.keep)?;
                scene.expect_units(&amounts)?;
                match found.state {
                    State::Open if request.keep => scene.commit_part(&found, &amounts, request),
                    State::Open => scene.commit(&found, &amounts, &request.detail),
                    _ => scene
                        .correct(&found, &amounts, &request.detail)
                        .map(Outcome::Done),
                }
            })
        })
    }

    /// Gives a reservation back: nothing was spent.
    pub fn release(
        &mut self,
        request: &Release,
        keyed: &Keyed<'_, SettledNow>,
    ) -> Result<Outcome<SettledNow>> {
        let amounts = by_unit(&request.amounts)?;
        self.write(&HOT, |scene| {
            let id = scene.tx.resolve(&request.id)?;
            let payload = format!("{:?} {}", amounts, request.detail);
            scene.keyed(("release", &id.to_string()), &payload, keyed, || {
                let found = scene.settleable(&request.id, !amounts.is_empty())?;
                scene.expect_units(&amounts)?;
                let settled = match (found.state, amounts.is_empty()) {
                    (State::Open, false) => scene.release_part(&found, &amounts, &request.detail),
                    (State::Open, true) => scene.release(&found, &request.detail),
                    _ => scene.correct(&found, &nothing(&found), &request.detail),
                };
                settled.map(Outcome::Done)
            })
        })
    }

    /// Moves the end of a lease on, counted from its present end.
    pub fn extend(
        &mut self,
        id: &IdRef,
        by_ms: Option<i64>,
        keyed: &Keyed<'_, Reservation>,
    ) -> Result<Outcome<Reservation>> {
        self.write(&HOT, |scene| {
            let full = scene.tx.resolve(id)?;
            let payload = format!("{by_ms:?}");
            scene.keyed(("extend", &full.to_string()), &payload, keyed, || {
                let mut found = scene.tx.find_reservation(id)?;
                expect_open(&found)?;
                if found.lease.is_over(&scene.now) {
                    return Err(Error::LeaseOver { id: found.id });
                }
                found.lease = found.lease.extended(by_ms.unwrap_or(found.lease.ttl_ms));
                scene.tx.update_lease(&found.id, &found.lease)?;
                Ok(Outcome::Done(found))
            })
        })
    }

    /// Starts the lease of a run's reservation anew. Not an entry.
    pub fn renew(&mut self, id: &Id) -> Result<()> {
        self.write(&[], |scene| {
            let Some(mut found) = scene.tx.reservation(id)? else {
                return Ok(());
            };
            if found.state == State::Open {
                let Reservation { lease, .. } = &found;
                let (ttl, grace) = (lease.ttl_ms, lease.grace_ms);
                found.lease = crate::ledger::rules::lapse::Lease::starting(&scene.now, ttl, grace);
                scene.tx.update_lease(&found.id, &found.lease)?;
            }
            Ok(())
        })
    }

    /// Takes a charge back, or a part of it.
    pub fn refund(
        &mut self,
        request: &Refund,
        keyed: &Keyed<'_, (Entry, Seq)>,
    ) -> Result<Outcome<(Entry, Seq)>> {
        let amounts = by_unit(&request.amounts)?;
        self.write(&HOT, |scene| {
            let payload = format!("{:?} {}", amounts, request.detail);
            let target = request.entry.0.to_string();
            scene.keyed(("refund", &target), &payload, keyed, || {
                scene.expect_units(&amounts)?;
                scene.refund(request, &amounts).map(Outcome::Done)
            })
        })
    }
}

impl Scene<'_> {
    pub(super) fn expect_units(&self, amounts: &Amounts) -> Result<()> {
        amounts.keys().try_for_each(|unit| self.expect_unit(unit))
    }

    /// A reservation that its caller may still settle or correct. A part of it can be settled only
    /// while it is open: the rest of what ended is not kept.
    fn settleable(&self, id: &IdRef, in_part: bool) -> Result<Reservation> {
        let found = self.tx.find_reservation(id)?;
        if found.owner.is_some() && found.state == State::Open {
            return Err(Error::OwnedByRun { id: found.id });
        }
        // What nobody could account for is corrected once, whether it expired or its run ended.
        let is_correctable = (found.state == State::Expired || found.unknown) && !in_part;
        if found.state == State::Open || (is_correctable && !found.late) {
            return Ok(found);
        }
        Err(Error::AlreadySettled {
            id: found.id,
            state: found.state,
        })
    }

    fn commit(
        &self,
        found: &Reservation,
        named: &Amounts,
        detail: &str,
    ) -> Result<Outcome<SettledNow>> {
        let ground = self.ground_of(found)?;
        let charges = charges(ground.as_reserved(found)?, named);
        let charge = Charge {
            mode: Mode::Asked,
            ..final_charge(self, found, &charges)
        };
        match ground.plan(&charge)? {
            Err(refusals) => Ok(Outcome::Denied(Box::new(self.refused(found, refusals)))),
            Ok(plan) => {
                let entry = Entry {
                    detail: detail.to_owned(),
                    ..self.entry_about(EntryKind::Committed, found)
                };
                let ended = Reservation {
                    state: State::Committed,
                    ..found.clone()
                };
                self.end(&ended, &plan, entry).map(Outcome::Done)
            }
        }
    }

    /// Charges a part and keeps the rest open.
    fn commit_part(
        &self,
        found: &Reservation,
        named: &Amounts,
        request: &Commit,
    ) -> Result<Outcome<SettledNow>> {
        let named = &consumed(named);
        if named.is_empty() {
            return Err(Error::Usage("--keep needs the amount to charge".to_owned()));
        }
        let ground = self.ground_of(found)?;
        let charge = Charge {
            mode: Mode::Asked,
            rest: Rest::Keep,
            ..final_charge(self, found, named)
        };
        let plan = match ground.plan(&charge)? {
            Err(refusals) => {
                return Ok(Outcome::Denied(Box::new(self.refused(found, refusals))));
            }
            Ok(plan) => plan,
        };
        let detail = detail::with(&request.detail, "kept", true.into());
        let entry = Entry {
            detail: detail::with_cut(detail, &plan.uncharged()),
            ..self.entry_about(EntryKind::Committed, found)
        };
        let entry = self.book_plan(&plan, entry)?;
        self.charge_stakes(found, &plan)?;
        self.shrink_stakes(&found.id, named)?;
        self.report_nested(found.parent, &plan.charged())?;
        self.settled(&found.id, entry, &plan, Vec::new())
            .map(Outcome::Done)
    }

    fn release(&self, found: &Reservation, detail: &str) -> Result<SettledNow> {
        let entry = Entry {
            detail: detail.to_owned(),
            ..self.entry_about(EntryKind::Released, found)
        };
        let ended = Reservation {
            state: State::Released,
            ..found.clone()
        };
        self.end_forced(&ended, entry, |_| nothing(found))
    }

    /// Ends a reservation with charges that cannot be refused any more. They are told what it
    /// comes to as reserved.
    pub(super) fn end_forced(
        &self,
        ended: &Reservation,
        entry: Entry,
        charges: impl FnOnce(Amounts) -> Amounts,
    ) -> Result<SettledNow> {
        let ground = self.ground_of(ended)?;
        let charges = charges(ground.as_reserved(ended)?);
        let charge = final_charge(self, ended, &charges);
        match ground.plan(&charge)? {
            Ok(plan) => self.end(ended, &plan, entry),
            Err(_) => Err(Error::Conflict("a forced charge was refused".to_owned())),
        }
    }

    fn end(&self, ended: &Reservation, plan: &Plan, mut entry: Entry) -> Result<SettledNow> {
        entry.detail = detail::with_cut(entry.detail, &plan.uncharged());
        let released = ended
            .stakes
            .iter()
            .filter(|s| s.unit.is_consumed())
            .filter_map(|stake| {
                let plan = plan.units.iter().find(|plan| plan.unit == stake.unit)?;
                let back = stake.reserved.less(plan.settled.charged);
                (!back.is_zero()).then(|| Quantity::new(back, stake.unit.clone()))
            });
        let released = released.collect();
        let entry = self.book_plan(plan, entry)?;
        let settled_by = Some(entry);
        self.tx.end_reservation(&Reservation {
            settled_by,
            ..ended.clone()
        })?;
        self.charge_stakes(ended, plan)?;
        let charged: Vec<_> = plan
            .charged()
            .into_iter()
            .filter(|q| !q.amount.is_zero())
            .collect();
        if ended.state != State::Released {
            self.report_nested(ended.parent, &charged)?;
        }
        self.settled(&ended.id, entry, plan, released)
    }

    fn settled(
        &self,
        id: &Id,
        entry: Seq,
        plan: &Plan,
        released: Vec<Quantity>,
    ) -> Result<SettledNow> {
        let reservation = self.tx.find_reservation(&IdRef::Full(*id))?;
        let (charged, uncharged) = (plan.charged(), plan.uncharged());
        Ok(SettledNow {
            reservation,
            entry,
            charged,
            uncharged,
            released,
        })
    }

    /// Gives back a part of what is held and keeps the rest open.
    fn release_part(
        &self,
        found: &Reservation,
        parts: &Amounts,
        detail: &str,
    ) -> Result<SettledNow> {
        for (unit, part) in parts {
            let held = found
                .stake(unit)
                .map_or(Amount::ZERO, |stake| stake.reserved);
            if *part > held {
                let held = Quantity::new(held, unit.clone());
                let part = Quantity::new(*part, unit.clone());
                let id = found.id;
                return Err(Error::Conflict(format!("{id} holds {held}, not {part}")));
            }
        }
        let ground = self.ground_of(found)?;
        let mut moved: BTreeMap<_, Movement> = BTreeMap::new();
        for (unit, part) in parts {
            for position in ground.positions.iter().filter(|p| p.key.unit == *unit) {
                for (window, movement) in self.give_back_part(&ground, position.limit, *part)? {
                    let sum = moved.entry(window).or_default();
                    *sum = sum.and(&movement)?;
                }
            }
        }
        let detail = detail::with(detail, "kept", true.into());
        let mut entry = Entry {
            detail,
            ..self.entry_about(EntryKind::Released, found)
        };
        entry.amounts = super::reserve::quantities(parts);
        entry.postings = moved.into_iter().map(|(w, m)| self.posting(w, m)).collect();
        let entry = self.tx.append(&entry)?;
        self.shrink_stakes(&found.id, parts)?;
        let reservation = self.tx.find_reservation(&IdRef::Full(found.id))?;
        let released = super::reserve::quantities(parts);
        let (charged, uncharged) = (Vec::new(), Vec::new());
        Ok(SettledNow {
            reservation,
            entry,
            charged,
            uncharged,
            released,
        })
    }

    /// One limit's part of it: what the window admitted goes back first, then what was drawn.
    fn give_back_part(
        &self,
        ground: &Ground,
        limit: crate::ledger::limit::LimitId,
        part: Amount,
    ) -> Result<Vec<(crate::ledger::window::WindowId, Movement)>> {
        let own = ground
            .holdings
            .iter()
            .filter(|(of, _)| *of == limit)
            .map(|(_, h)| *h);
        let mut own: Vec<Holding> = own.collect();
        own.sort_by_key(|holding| holding.source.is_some());
        let mut lenders = ground.lent.get(&limit).cloned().unwrap_or_default();
        let taken = crate::ledger::holding::take(&mut own, part)?;
        let mut freed = Vec::new();
        for part in taken {
            let lender = lenders.iter_mut().find(|lender| {
                Some(lender.holder) == part.from.source && lender.window == part.from.window
            });
            if let Some(lender) = lender {
                lender.atoms = lender.atoms.plus(part.atoms)?;
                self.tx.put_holding(lender)?;
            } else {
                let reserved = part.atoms.negated();
                freed.push((
                    part.from.window,
                    Movement {
                        reserved,
                        ..Movement::default()
                    },
                ));
            }
        }
        own.iter()
            .try_for_each(|holding| self.tx.put_holding(holding))?;
        Ok(freed)
    }

    /// Takes settled parts off what a reservation still holds.
    fn shrink_stakes(&self, id: &Id, parts: &Amounts) -> Result<()> {
        let found = self.tx.find_reservation(&IdRef::Full(*id))?;
        for (unit, part) in parts {
            if let Some(stake) = found.stake(unit) {
                let reserved = stake.reserved.less(*part);
                self.tx.put_stake(
                    id,
                    &UnitStake {
                        reserved,
                        ..stake.clone()
                    },
                )?;
            }
        }
        Ok(())
    }

    fn refused(&self, found: &Reservation, refusals: Vec<Refusal>) -> Denial {
        let failed = refusals.into_iter().map(|refusal| FailedLimit {
            asked: refusal.short,
            position: refusal.position,
            reason: Reason::Exceeded,
        });
        let (failed, names) = (failed.collect(), found.names.clone());
        Denial {
            names,
            failed,
            stopped: None,
            retry_at: None,
            at: self.now.wall,
        }
    }
}

/// What a final settlement charges of each unit: what was named, else as reserved; slots come
/// back.
fn charges(as_reserved: Amounts, named: &Amounts) -> Amounts {
    as_reserved.into_iter().chain(consumed(named)).collect()
}

/// What can be charged: slots come back.
fn consumed(named: &Amounts) -> Amounts {
    let named = named.iter().filter(|(unit, _)| unit.is_consumed());
    named
        .map(|(unit, amount)| (unit.clone(), *amount))
        .collect()
}

/// Nothing of every unit a reservation has a stake in.
fn nothing(found: &Reservation) -> Amounts {
    found
        .stakes
        .iter()
        .map(|stake| (stake.unit.clone(), Amount::ZERO))
        .collect()
}

/// A charge that ends a reservation and cannot be refused.
pub(super) fn final_charge<'a>(
    scene: &Scene<'_>,
    found: &'a Reservation,
    amounts: &'a Amounts,
) -> Charge<'a> {
    Charge {
        amounts,
        mode: Mode::Forced,
        rest: Rest::GiveBack,
        policy: found.overage.as_ref(),
        admitted_at: found.created,
        settled_at: scene.now.wall,
    }
}

/// Amounts as a map; naming a unit twice is an error.
pub(super) fn by_unit(amounts: &[Quantity]) -> Result<Amounts> {
    let mut map = Amounts::new();
    for Quantity { unit, amount } in amounts {
        if map.insert(unit.clone(), *amount).is_some() {
            return Err(Error::Usage(format!("{unit} is named twice")));
        }
    }
    Ok(map)
}

fn expect_open(found: &Reservation) -> Result<()> {
    match found.state {
        State::Open => Ok(()),
        state => Err(Error::AlreadySettled {
            id: found.id,
            state,
        }),
    }
}
