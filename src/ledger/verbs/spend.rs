//! Charging without a reservation: the money is gone, so it is always recorded in full.

use super::Ledger;
use super::answer::{Keyed, Outcome, sorted};
use super::booked::Booked;
use super::path::candidates;
use super::plan::{Amounts, Charge, Ground, by_unit};
use super::scene::Scene;
use super::settle::HOT;
use crate::ledger::amount::Quantity;
use crate::ledger::budget::Standing;
use crate::ledger::calendar::Zone;
use crate::ledger::entry::{Entry, EntryKind, Seq};
use crate::ledger::error::{Error, Result};
use crate::ledger::id::Id;
use crate::ledger::limit::LimitSpec;
use crate::ledger::name::Names;
use crate::ledger::rules::settle::{Mode, Rest};
use crate::ledger::timestamp::Timestamp;

/// A charge after the fact.
#[derive(Debug, Clone)]
pub struct Spend {
    /// The budgets named.
    pub names: Names,
    /// What was spent.
    pub amounts: Vec<Quantity>,
    /// The run's reservation it happened inside of, which it draws on first.
    pub parent: Option<Id>,
    /// The run it happened in.
    pub session: Option<Id>,
    /// Limits that the budget must have; it is made with them where it is not there.
    pub limits: Vec<LimitSpec>,
    /// The zone of a budget made here.
    pub zone: Zone,
    /// Usage, tags and note, as canonical JSON text; may be empty.
    pub detail: String,
    /// What it counts that no other charge may count again.
    pub booked: Booked,
}

/// A charge that is recorded.
#[derive(Debug, Clone)]
pub struct Spent {
    /// The entry.
    pub entry: Seq,
    /// What was charged.
    pub charged: Vec<Quantity>,
    /// The budgets as they stand after it.
    pub standings: Vec<Standing>,
}

impl Ledger {
    /// Records a charge without a reservation.
    pub fn spend(&mut self, request: &Spend, keyed: &Keyed<'_, Spent>) -> Result<Outcome<Spent>> {
        let amounts = by_unit(&request.amounts)?;
        if amounts.is_empty() {
            return Err(Error::Usage("say what was spent, like 0.50usd".to_owned()));
        }
        if amounts.keys().any(|unit| !unit.is_consumed()) {
            let text = "slots are not spent: they come back when what holds them ends";
            return Err(Error::Usage(text.to_owned()));
        }
        self.write(&HOT, |scene| {
            let payload = format!(
                "{:?} {} {:?}",
                amounts,
                request.detail,
                sorted(&request.limits)
            );
            let target = request.names.to_string();
            scene.keyed(("spend", &target), &payload, keyed, || {
                scene.spend(request, &amounts).map(Outcome::Done)
            })
        })
    }
}

impl Scene<'_> {
    fn spend(&self, request: &Spend, amounts: &Amounts) -> Result<Spent> {
        self.ensure_limits(&request.names, &request.limits, request.zone)?;
        self.expect_units(amounts)?;
        self.expect_unbooked(&request.booked)?;
        let standings = self.standings(&request.names)?;
        let lenders = self.lenders(request.parent)?;
        let lent = self.lent(&lenders)?;
        let positions = candidates(&standings, &lent)
            .into_iter()
            .map(|c| c.position)
            .collect();
        let ground = Ground {
            holdings: Vec::new(),
            lent,
            positions,
        };
        let entry = Entry {
            session: request.session,
            detail: super::detail::inside(&request.detail, request.parent),
            ..self.entry(EntryKind::Spent, request.names.to_string())
        };
        let (entry, charged) =
            self.charge(&ground, amounts, self.now.wall, &request.booked, entry)?;
        self.report_nested(request.parent, &charged)?;
        let standings = self.standings(&request.names)?;
        Ok(Spent {
            entry,
            charged,
            standings,
        })
    }

    /// Records a charge without a reservation as of an instant, in full.
    pub(super) fn charge(
        &self,
        ground: &Ground,
        amounts: &Amounts,
        at: Timestamp,
        booked: &Booked,
        entry: Entry,
    ) -> Result<(Seq, Vec<Quantity>)> {
        let plan = ground.plan_forced(&Charge {
            amounts,
            mode: Mode::Forced,
            rest: Rest::GiveBack,
            policy: None,
            admitted_at: at,
            settled_at: at,
        })?;
        let detail = booked.detail(entry.detail);
        let entry = self.book_plan(&plan, Entry { detail, ..entry })?;
        self.mark_booked(booked, entry)?;
        Ok((entry, plan.charged()))
    }
}
