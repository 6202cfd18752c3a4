//! Corrections: a late settlement of what expired, and refunds. What goes down goes back where
//! the charge was posted; what goes up posts to the windows open now.

use super::Ledger;
use super::answer::{Keyed, Outcome};
use super::plan::{Amounts, Charge, Ground, by_unit, quantities};
use super::scene::Scene;
use super::settle::{HOT, SettledNow};
use crate::ledger::amount::{Amount, Quantity};
use crate::ledger::entry::{Entry, EntryKind, Seq};
use crate::ledger::error::{Error, Result};
use crate::ledger::reservation::{Reservation, UnitStake};
use crate::ledger::rules::settle::{Mode, Rest};
use crate::ledger::unit::Unit;

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

impl Ledger {
    /// Takes a charge back, or a part of it.
    pub fn refund(&mut self, request: &Refund, keyed: &Keyed<'_, Entry>) -> Result<Outcome<Entry>> {
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
    /// Accepts the one late settlement of an expired reservation: `actual` is what was spent of
    /// each unit it names; units it does not name stay as they were charged.
    pub(super) fn correct(
        &self,
        found: &Reservation,
        actual: &Amounts,
        detail: &str,
    ) -> Result<SettledNow> {
        let ending = found
            .settled_by
            .map(|seq| self.tx.entry(seq))
            .transpose()?
            .flatten();
        let ending = ending.ok_or_else(|| Error::NotFound {
            what: "settlement of",
            text: found.id.to_string(),
            near: Vec::new(),
        })?;
        let booked = self.refundable(&ending)?;
        let mut more = Amounts::new();
        let mut postings = Vec::new();
        let mut charged = Vec::new();
        for (unit, amount) in actual.iter().filter(|(unit, _)| unit.is_consumed()) {
            let stake = found.stake_or_none(unit);
            let before = booked.get(unit).copied().unwrap_or_default();
            if *amount > before {
                more.insert(unit.clone(), amount.minus(before)?);
            } else {
                postings.extend(self.take_back(ending.seq, unit, before.minus(*amount)?)?);
            }
            let total = stake
                .charged
                .unwrap_or_default()
                .less(before)
                .plus(*amount)?;
            self.tx.put_stake(
                &found.id,
                &UnitStake {
                    charged: Some(total),
                    ..stake
                },
            )?;
            charged.push(Quantity::new(*amount, unit.clone()));
        }
        let ended = Reservation {
            late: true,
            ..found.clone()
        };
        self.tx.end_reservation(&ended)?;
        let entry = Entry {
            of: Some(ending.seq),
            detail: detail.to_owned(),
            postings,
            ..self.entry_about(EntryKind::Corrected, found)
        };
        let entry = self.book_excess(found, &ending, &more, entry, &charged)?;
        let settled = SettledNow {
            charged,
            ..self.settled(&found.id, entry)?
        };
        let reserved = |unit| found.stake(unit).map(|stake| stake.reserved);
        let exceeds = actual
            .iter()
            .filter(|(unit, cost)| Some(**cost) > reserved(unit));
        self.look_at_cost(found, exceeds.map(|(unit, _)| unit), &settled);
        Ok(settled)
    }

    /// Posts what a correction adds to the windows open now of every limit on the reservation, and of
    /// those that were set on its path since.
    fn book_excess(
        &self,
        found: &Reservation,
        ending: &Entry,
        more: &Amounts,
        entry: Entry,
        charged: &[Quantity],
    ) -> Result<Seq> {
        let mut ground = Ground {
            holdings: Vec::new(),
            ..self.ground_of(found)?
        };
        for position in self
            .standings_then(ending)?
            .into_iter()
            .flat_map(|s| s.positions)
        {
            if ground
                .positions
                .iter()
                .all(|known| known.limit != position.limit)
            {
                ground.positions.push(position);
            }
        }
        let charge = Charge {
            amounts: more,
            mode: Mode::Forced,
            rest: Rest::Keep,
            policy: found.overage.as_ref(),
            admitted_at: found.created,
            settled_at: self.now.wall,
        };
        let plan = ground.plan_forced(&charge)?;
        self.report_nested(found.parent, &plan.charged())?;
        self.book_plan_as(&plan, entry, charged.to_vec())
    }

    /// Takes a charge back, or a part of it.
    pub(super) fn refund(&self, request: &Refund, parts: &Amounts) -> Result<Entry> {
        let missing = || Error::NotFound {
            what: "entry",
            text: request.entry.0.to_string(),
            near: Vec::new(),
        };
        let charge = self.tx.entry(request.entry)?.ok_or_else(missing)?;
        if !matches!(
            charge.kind,
            EntryKind::Committed | EntryKind::Expired | EntryKind::Spent
        ) {
            let (seq, kind) = (charge.seq.0, charge.kind.as_str());
            return Err(Error::Conflict(match charge.of {
                Some(Seq(of)) => format!(
                    "entry {seq} ({kind}) corrects entry {of}; `budget refund {of}` takes back \
                     what that charged"
                ),
                None => format!("entry {seq} ({kind}) charged nothing"),
            }));
        }
        let left = self.refundable(&charge)?;
        let parts = if parts.is_empty() { &left } else { parts };
        if parts.is_empty() {
            let seq = charge.seq.0;
            return Err(Error::Conflict(format!(
                "entry {seq} has nothing left to refund"
            )));
        }
        let mut entry = Entry {
            reservation: charge.reservation,
            session: charge.session,
            of: Some(charge.seq),
            detail: request.detail.clone(),
            amounts: quantities(parts),
            ..self.entry(EntryKind::Refunded, charge.budgets.clone())
        };
        for (unit, part) in parts {
            let most = left.get(unit).copied().unwrap_or_default();
            if *part > most || most.is_zero() {
                let left = Quantity::new(most, unit.clone());
                let seq = charge.seq.0;
                return Err(Error::Conflict(format!(
                    "entry {seq} has {left} left to refund"
                )));
            }
            entry
                .postings
                .extend(self.take_back(charge.seq, unit, *part)?);
            self.uncharge(&charge, unit, *part)?;
        }
        let seq = self.tx.append(&entry)?;
        Ok(Entry { seq, ..entry })
    }

    /// What an entry charged and has not been refunded or corrected.
    fn refundable(&self, charge: &Entry) -> Result<Amounts> {
        let mut left = by_unit(&charge.amounts)?;
        left.retain(|unit, _| unit.is_consumed());
        for correction in self.tx.corrections_of(charge.seq)? {
            for Quantity { unit, amount } in correction.amounts {
                let refunded = correction.kind == EntryKind::Refunded;
                let before = left.get(&unit).copied().unwrap_or_default();
                left.insert(
                    unit,
                    if refunded {
                        before.less(amount)
                    } else {
                        amount
                    },
                );
            }
        }
        left.retain(|_, amount| !amount.is_zero());
        Ok(left)
    }

    /// Takes a refund off what its reservation shows as charged.
    fn uncharge(&self, charge: &Entry, unit: &Unit, part: Amount) -> Result<()> {
        let Some(id) = charge.reservation else {
            return Ok(());
        };
        let Some(found) = self.tx.reservation(&id)? else {
            return Ok(());
        };
        let Some(stake) = found.stake(unit) else {
            return Ok(());
        };
        let charged = Some(stake.charged.unwrap_or_default().less(part));
        self.tx.put_stake(
            &id,
            &UnitStake {
                charged,
                ..stake.clone()
            },
        )
    }
}
