//! Correcting charges to what their usage costs by other prices. The charge itself stays; an entry
//! of its own posts the difference, in the windows of the charge's own time, however late that is.
//! What a usage costs is computed elsewhere; what it stands at is read in the transaction that
//! corrects it, so that of two who do the same one does nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Ledger;
use super::charges::happened_at;
use super::detail::{self, ran_inside};
use super::import::with_window;
use super::plan::{Amounts, Charge, Ground};
use super::scene::Scene;
use super::settle::HOT;
use crate::ledger::amount::{Amount, Quantity};
use crate::ledger::entry::{Entry, EntryKind, Seq};
use crate::ledger::error::{Error, Result};
use crate::ledger::limit::Position;
use crate::ledger::name::BudgetName;
use crate::ledger::reservation::{Reservation, UnitStake};
use crate::ledger::rules::reprice::{Repricing, reprice};
use crate::ledger::rules::settle::{Mode, Rest};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;

/// A usage in the journal at other prices.
#[derive(Debug, Clone)]
pub struct Reprice {
    /// The entry that says what was used.
    pub usage: Seq,
    /// What it costs.
    pub cost: Amount,
    /// The prices it was charged at, as JSON.
    pub was: Value,
    /// The prices it costs that at, as JSON.
    pub is: Value,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repriced {
    /// Nothing: it stands at that, or somebody has said since what it was.
    Same,
    /// Nothing: somebody has taken some of it back since.
    Refunded,
    /// It is corrected, or would be.
    Corrected {
        /// What it stood at.
        before: Amount,
        /// The entry that corrects it.
        entry: Option<Seq>,
    },
}

/// A charge that stands at another amount than its usage costs.
struct Differing {
    charge: Entry,
    before: Amount,
    detail: String,
}

/// What looking at a charge found.
enum Found {
    Nothing(Repriced),
    Differing(Box<Differing>),
}

impl Ledger {
    /// The next charges, after an entry, of which the journal keeps a model's usage, the oldest
    /// first, without their postings.
    pub fn charges_with_usage(&self, after: Seq, at_most: u32) -> Result<Vec<Entry>> {
        self.read(|scene| scene.tx.charges_with_usage(after, at_most))
    }

    /// An error where no budget carries one of the names, or ever did.
    pub fn expect_known(&self, names: &[BudgetName]) -> Result<()> {
        self.read(|scene| {
            for name in names {
                if scene.tx.budget(name)?.is_none() && !scene.tx.was_closed(name)? {
                    return Err(scene.missing(name)?);
                }
            }
            Ok(())
        })
    }

    /// What [`Ledger::reprice`] would do.
    pub fn would_reprice(&self, requests: &[Reprice]) -> Result<Vec<Repriced>> {
        self.read(|scene| {
            let each = requests.iter().map(|request| {
                Ok(match scene.stands(request)? {
                    Found::Nothing(done) => done,
                    Found::Differing(found) => found.corrected(None),
                })
            });
            each.collect()
        })
    }

    /// Corrects each charge that does not stand at what its usage costs, all of them or none.
    pub fn reprice(&mut self, requests: &[Reprice]) -> Result<Vec<Repriced>> {
        let known = std::mem::take(&mut self.later);
        let (done, known) = self.write(&HOT, |scene| {
            scene.later.replace(known);
            let each = requests.iter().map(|request| {
                Ok(match scene.stands(request)? {
                    Found::Nothing(done) => done,
                    Found::Differing(found) => {
                        let entry = scene.correct_price(&found, request.cost)?;
                        found.corrected(Some(entry))
                    }
                })
            });
            let done = each.collect::<Result<_>>()?;
            Ok((done, scene.later.take()))
        })?;
        self.later = known;
        Ok(done)
    }
}

impl Differing {
    fn corrected(&self, entry: Option<Seq>) -> Repriced {
        Repriced::Corrected {
            before: self.before,
            entry,
        }
    }
}

impl Scene<'_> {
    /// What a charge stands at now, compared with what its usage costs.
    fn stands(&self, request: &Reprice) -> Result<Found> {
        let usage = self.expect_entry(request.usage)?;
        let charge = match usage.of {
            Some(of) => self.expect_entry(of)?,
            None => usage.clone(),
        };
        let corrections = self.tx.corrections_of(charge.seq)?;
        let (before, by) = match reprice(&usage, &corrections, request.cost) {
            Repricing::Same => return Ok(Found::Nothing(Repriced::Same)),
            Repricing::Refunded => return Ok(Found::Nothing(Repriced::Refunded)),
            Repricing::Differs { before, by } => (before, by),
        };
        let said = |entry: &Entry| serde_json::from_str(&entry.detail).unwrap_or(Value::Null);
        let was = match by.kind {
            EntryKind::Repriced => said(by)
                .pointer("/repriced/is")
                .cloned()
                .unwrap_or_default(),
            _ => request.was.clone(),
        };
        let money = |amount: Amount| Quantity::new(amount, Unit::Usd).decimal();
        let repriced = json!({
            "usage": usage.seq.0,
            "before": money(before),
            "after": money(request.cost),
            "was": was,
            "is": request.is,
        });
        let detail = detail::with("", "repriced", repriced);
        let detail = detail::inside(&detail, ran_inside(&charge));
        Ok(Found::Differing(Box::new(Differing {
            charge,
            before,
            detail,
        })))
    }

    fn expect_entry(&self, seq: Seq) -> Result<Entry> {
        self.tx.entry(seq)?.ok_or_else(|| Error::NotFound {
            what: "entry",
            text: seq.0.to_string(),
            near: Vec::new(),
        })
    }

    /// Posts the difference: what goes down goes back where the charge was posted, what goes up is
    /// recorded in full, as of the charge's own time.
    fn correct_price(&self, found: &Differing, cost: Amount) -> Result<Seq> {
        let Differing {
            charge,
            before,
            detail,
        } = found;
        let reservation = match &charge.reservation {
            Some(id) => self.tx.reservation(id)?,
            None => None,
        };
        let entry = Entry {
            reservation: charge.reservation,
            session: charge.session,
            of: Some(charge.seq),
            detail: detail.clone(),
            amounts: vec![Quantity::new(cost, Unit::Usd)],
            ..self.entry(EntryKind::Repriced, charge.budgets.clone())
        };
        if let Some(reservation) = &reservation {
            self.restate(charge, reservation, *before, cost)?;
        }
        if cost < *before {
            let postings = self.take_back(charge.seq, &Unit::Usd, before.minus(cost)?)?;
            return self.tx.append(&Entry { postings, ..entry });
        }
        let parent = reservation
            .as_ref()
            .map_or_else(|| ran_inside(charge), |r| r.parent);
        let lenders = self.lenders(parent)?;
        let more = Amounts::from([(Unit::Usd, cost.minus(*before)?)]);
        let at = self.time_of(charge)?;
        let ground = Ground {
            holdings: Vec::new(),
            lent: self.lent(&lenders)?,
            positions: self.positions_then(charge, &more, at)?,
        };
        let plan = ground.plan_forced(&Charge {
            amounts: &more,
            mode: Mode::Forced,
            rest: Rest::Keep,
            policy: reservation.as_ref().and_then(|r| r.overage.as_ref()),
            admitted_at: at,
            settled_at: at,
        })?;
        self.report_nested(parent, &plan.charged())?;
        let amounts = entry.amounts.clone();
        self.book_plan_as(&plan, entry, amounts)
    }

    /// What a reservation shows as charged, by what it costs now. What nobody could account for is
    /// accounted for by that.
    fn restate(
        &self,
        charge: &Entry,
        found: &Reservation,
        before: Amount,
        cost: Amount,
    ) -> Result<()> {
        let stake = found.stake_or_none(&Unit::Usd);
        let charged = stake.charged.unwrap_or_default().less(before).plus(cost)?;
        let charged = Some(charged);
        self.tx
            .put_stake(&found.id, &UnitStake { charged, ..stake })?;
        if found.unknown && !found.late && found.settled_by == Some(charge.seq) {
            let late = true;
            self.tx.end_reservation(&Reservation {
                late,
                ..found.clone()
            })?;
        }
        Ok(())
    }

    /// When a charge took effect, the last of it.
    fn time_of(&self, charge: &Entry) -> Result<Timestamp> {
        let parts = self.tx.charges_of(charge.seq, &Unit::Usd)?;
        let posted = parts.iter().map(|part| part.effective_at).max();
        let imported = || {
            let detail: Value = serde_json::from_str(&charge.detail).ok()?;
            happened_at(&detail)
        };
        Ok(posted.or_else(imported).unwrap_or(charge.at))
    }

    /// The limits that count a charge, each with the window of its time: those that it moved, and
    /// those on its path that it did not, because it was free or they were set since.
    fn positions_then(
        &self,
        charge: &Entry,
        amounts: &Amounts,
        at: Timestamp,
    ) -> Result<Vec<Position>> {
        let (mut positions, mut moved) = (Vec::new(), BTreeSet::new());
        // The latest window of each limit first.
        for part in self.tx.charges_of(charge.seq, &Unit::Usd)? {
            if let Some(window) = self.tx.window(part.window)?
                && moved.insert(part.limit)
            {
                positions.push(with_window(self.position_of(part.limit)?, window));
            }
        }
        let standings = self.standings_then(charge)?;
        let others = self.positions_of(standings, amounts, at)?.into_iter();
        positions.extend(others.filter(|position| !moved.contains(&position.limit)));
        Ok(positions)
    }
}
