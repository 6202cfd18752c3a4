//! Ending a reservation: once by its caller; what comes after its lease corrects it, once. Here
//! is what every end has in common; what a caller may ask for is in `commit` and `release`, and
//! what moves because of it is planned in `plan`.

mod commit;
mod release;

use super::detail;
use super::plan::{Amounts, Charge, Plan};
use super::scene::Scene;
use crate::ledger::amount::Quantity;
use crate::ledger::entry::{Entry, Seq};
use crate::ledger::error::{Error, Result};
use crate::ledger::id::{Id, IdRef};
use crate::ledger::reservation::{Reservation, State, UnitStake};
use crate::ledger::rules::settle::{Mode, Rest};
use crate::ledger::store::Tx;

pub use commit::Commit;
pub use release::Release;

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

impl Scene<'_> {
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

    /// Ends a reservation with charges that cannot be refused any more. They are told what it
    /// comes to as reserved.
    pub(super) fn end_forced(
        &self,
        ended: &Reservation,
        entry: Entry,
        charges: impl FnOnce(Amounts) -> Amounts,
    ) -> Result<SettledNow> {
        self.end(ended, &self.plan_of_end(ended, charges)?, entry)
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
        let settled = SettledNow {
            charged: plan.charged(),
            uncharged: plan.uncharged(),
            released,
            ..self.settled(&ended.id, entry)?
        };
        self.look_at_end(ended, plan, &settled);
        Ok(settled)
    }

    /// The answer of a settlement that moved nothing yet.
    pub(super) fn settled(&self, id: &Id, entry: Seq) -> Result<SettledNow> {
        Ok(SettledNow {
            reservation: self.tx.find_reservation(&IdRef::Full(*id))?,
            entry,
            charged: Vec::new(),
            uncharged: Vec::new(),
            released: Vec::new(),
        })
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
