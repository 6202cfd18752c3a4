//! Charging a reservation what its work cost, all at once or part by part. A limit may refuse
//! that, which no other end of a reservation knows.

use super::super::Ledger;
use super::super::answer::{Keyed, Outcome};
use super::super::booked::Booked;
use super::super::denial::{Denial, DenialOf, FailedLimit};
use super::super::detail;
use super::super::plan::{Amounts, Charge, Refusal, by_unit};
use super::super::scene::Scene;
use super::{HOT, SettledNow, final_charge};
use crate::ledger::amount::{Amount, Quantity};
use crate::ledger::entry::{Entry, EntryKind};
use crate::ledger::error::{Error, Result};
use crate::ledger::id::IdRef;
use crate::ledger::limit::Position;
use crate::ledger::policy::OnUnknown;
use crate::ledger::reservation::{Reservation, State};
use crate::ledger::rules::admit::Reason;
use crate::ledger::rules::settle::{Mode, Rest};
use crate::ledger::unit::Unit;

/// A request to charge a reservation what its work cost.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The reservation.
    pub id: IdRef,
    /// What was spent. Units not named are charged as reserved.
    pub amounts: Vec<Quantity>,
    /// Charge only this and keep the reservation open.
    pub keep: bool,
    /// Why nobody knows what money the work cost, where it should be known and is not named. Money
    /// that was reserved is then charged as by `on_unknown`, flagged, and can be corrected.
    pub unknown: Option<String>,
    /// Usage, tags and note, as canonical JSON text; may be empty.
    pub detail: String,
    /// What it counts that no other charge may count again.
    pub booked: Booked,
}

impl Ledger {
    /// Charges a reservation.
    pub fn commit(
        &mut self,
        request: &Commit,
        keyed: &Keyed<'_, SettledNow>,
    ) -> Result<Outcome<SettledNow>> {
        let amounts = by_unit(&request.amounts)?;
        let answer = self.write(&HOT, |scene| {
            let id = scene.tx.resolve(&request.id)?;
            let payload = format!("{:?} {} {}", amounts, request.keep, request.detail);
            let payload = match &request.unknown {
                Some(reason) => format!("{payload} {reason}"),
                None => payload,
            };
            scene.keyed(("commit", &id.to_string()), &payload, keyed, || {
                let found = scene.settleable(&request.id, request.keep)?;
                scene.expect_units(&amounts)?;
                scene.expect_unbooked(&request.booked)?;
                let outcome = scene.commit_as(&found, &amounts, request)?;
                if let Outcome::Done(settled) = &outcome {
                    scene.mark_booked(&request.booked, settled.entry)?;
                }
                Ok(outcome)
            })
        });
        self.notice_answer(answer)
    }
}

impl Scene<'_> {
    /// As the reservation stands: a part of it, all of it, or what it should have been.
    fn commit_as(
        &self,
        found: &Reservation,
        named: &Amounts,
        request: &Commit,
    ) -> Result<Outcome<SettledNow>> {
        let unknown = self.unaccounted(found, named, request)?;
        let detail = request.booked.detail(request.detail.clone());
        match found.state {
            State::Open if request.keep => self.commit_part(found, named, &detail),
            State::Open => self.commit(found, named, (&detail, unknown)),
            _ => self.correct(found, named, &detail).map(Outcome::Done),
        }
    }

    fn commit(
        &self,
        found: &Reservation,
        named: &Amounts,
        (detail, unknown): (&str, Option<&str>),
    ) -> Result<Outcome<SettledNow>> {
        let ground = self.ground_of(found)?;
        let mut charges = charges(self.as_reserved(found, &ground)?, named);
        if unknown.is_some() && found.on_unknown == OnUnknown::Release {
            charges.insert(Unit::Usd, Amount::ZERO);
        }
        let detail = unknown.map_or_else(
            || detail.to_owned(),
            |reason| detail::with_unknown(detail, reason),
        );
        let charge = Charge {
            mode: Mode::Asked,
            ..final_charge(self, found, &charges)
        };
        match ground.plan(&charge)? {
            Err(refusals) => Ok(Outcome::Denied(Box::new(self.refused(found, refusals)))),
            Ok(plan) => {
                let entry = Entry {
                    detail,
                    ..self.entry_about(EntryKind::Committed, found)
                };
                let ended = Reservation {
                    state: State::Committed,
                    unknown: unknown.is_some(),
                    ..found.clone()
                };
                self.end(&ended, &plan, entry).map(Outcome::Done)
            }
        }
    }

    /// Why reserved money is not accounted for; `None` where it is named or none is at stake. What
    /// nobody knows can stand only for what was reserved, and only where the settlement can be
    /// corrected after.
    fn unaccounted<'r>(
        &self,
        found: &Reservation,
        named: &Amounts,
        request: &'r Commit,
    ) -> Result<Option<&'r str>> {
        let missing = request.unknown.as_deref();
        let Some(reason) = missing.filter(|_| !named.contains_key(&Unit::Usd)) else {
            return Ok(None);
        };
        let reserved = found.stake(&Unit::Usd).map(|stake| stake.reserved);
        let is_reserved = reserved.is_some_and(|amount| !amount.is_zero());
        let of_money = |position: &Position| position.key.unit == Unit::Usd;
        if !is_reserved && !self.ground_of(found)?.positions.iter().any(of_money) {
            return Ok(None);
        }
        if is_reserved && found.state == State::Open && !request.keep {
            return Ok(Some(reason));
        }
        Err(Error::UnknownCost(reason.to_owned()))
    }

    /// Charges a part and keeps the rest open.
    fn commit_part(
        &self,
        found: &Reservation,
        named: &Amounts,
        detail: &str,
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
        let detail = detail::with(detail, "kept", true.into());
        let entry = Entry {
            detail: detail::with_cut(detail, &plan.uncharged()),
            ..self.entry_about(EntryKind::Committed, found)
        };
        let entry = self.book_plan(&plan, entry)?;
        self.charge_stakes(found, &plan)?;
        self.shrink_stakes(&found.id, named)?;
        self.report_nested(found.parent, &plan.charged())?;
        let settled = SettledNow {
            charged: plan.charged(),
            uncharged: plan.uncharged(),
            ..self.settled(&found.id, entry)?
        };
        self.look_at_cost(found, plan.exceeded(), &settled);
        Ok(Outcome::Done(settled))
    }

    fn refused(&self, found: &Reservation, refusals: Vec<Refusal>) -> Denial {
        let failed = refusals.into_iter().map(|refusal| FailedLimit {
            asked: refusal.excess,
            position: refusal.position,
            reason: Reason::Exceeded,
            said_by: None,
        });
        let (failed, names) = (failed.collect(), found.names.clone());
        Denial {
            of: DenialOf::Charge,
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
