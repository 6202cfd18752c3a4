//! Making a budget with its limits and the units that it declares. What can be changed about
//! it later belongs to `set`.

use super::super::Ledger;
use super::super::answer::{Keyed, Outcome, sorted};
use super::super::scene::Scene;
use super::set::changed;
use super::{Change, expect_distinct, reserved_units};
use crate::ledger::budget::{Budget, BudgetId, BudgetState, Standing};
use crate::ledger::calendar::{Anchor, Zone};
use crate::ledger::entry::EntryKind;
use crate::ledger::error::{Error, Result};
use crate::ledger::limit::LimitSpec;
use crate::ledger::name::BudgetName;
use crate::ledger::policy::{Caps, OnUnknown};
use crate::ledger::unit::Unit;

/// A request for a new budget.
#[derive(Debug, Clone)]
pub struct Create {
    /// Its name.
    pub name: BudgetName,
    /// Its limits; at least one.
    pub limits: Vec<LimitSpec>,
    /// The zone of its days and months.
    pub zone: Zone,
    /// Where its days, weeks and months start.
    pub anchor: Anchor,
    /// Units that it declares.
    pub units: Vec<Unit>,
    /// Everything that can be changed later.
    pub change: Change,
}

impl Create {
    /// The request in canonical text: everything that makes it another request.
    fn payload(&self) -> String {
        let mut units: Vec<_> = self.units.iter().map(Unit::as_str).collect();
        units.sort_unstable();
        let limits = sorted(&self.limits);
        let change = self.change.payload();
        let zone = self.zone.name();
        format!("{limits:?}\n{zone}\n{}\n{units:?}\n{change}", self.anchor)
    }
}

impl Ledger {
    /// Makes a budget.
    pub fn create(
        &mut self,
        request: &Create,
        keyed: &Keyed<'_, Standing>,
    ) -> Result<Outcome<Standing>> {
        if request.limits.is_empty() {
            let text = "a budget needs a limit, like --limit 20usd/day";
            return Err(Error::Usage(text.to_owned()));
        }
        self.read(|scene| {
            if scene.tx.has_below(&request.name)? {
                scene.renew_digest()?;
            }
            Ok(())
        })?;
        self.write(&[], |scene| {
            let payload = request.payload();
            scene.keyed(("create", request.name.as_str()), &payload, keyed, || {
                if scene.tx.budget(&request.name)?.is_some() {
                    let text = format!("there is a budget `{}` already", request.name);
                    return Err(Error::Conflict(text));
                }
                scene.create(request).map(Outcome::Done)
            })
        })
    }
}

impl Scene<'_> {
    pub(super) fn create(&self, request: &Create) -> Result<Standing> {
        expect_distinct(&request.limits, &[])?;
        let units = self.declare(&request.units)?;
        let known = |unit: &Unit| units.iter().any(|known| known == unit.as_str());
        let limited = request.limits.iter().map(|spec| &spec.key.unit);
        for unit in limited.chain(reserved_units(&request.change)) {
            if matches!(unit, Unit::Declared(_)) && !known(unit) {
                self.expect_unit(unit)?;
            }
        }
        let budget = Budget {
            id: BudgetId(0),
            name: request.name.clone(),
            state: BudgetState::Active,
            zone: request.zone,
            anchor: request.anchor,
            on_unknown: OnUnknown::default(),
            reserve: Vec::new(),
            caps: Caps::default(),
            warn: Vec::new(),
            note: String::new(),
            created: self.now.wall,
        };
        let mut budget = changed(budget, &request.change);
        budget.id = self.tx.insert_budget(&budget)?;
        let overage = request.change.overage.clone().unwrap_or_default();
        let limits = request.limits.iter();
        let limits = limits.map(|spec| self.tx.put_limit(budget.id, spec, &overage));
        let limits = limits.collect::<Result<Vec<_>>>()?;
        let entry = self.record(EntryKind::Created, &budget, Vec::new())?;
        if !self.tx.has_below(&request.name)? {
            return self.existing(&request.name);
        }
        self.catch_up(&budget, &limits)?;
        self.done_with_limits(&request.name, &entry)
    }

    fn declare(&self, units: &[Unit]) -> Result<Vec<String>> {
        let mut known = self.units.clone();
        for unit in units {
            if !matches!(unit, Unit::Declared(_)) {
                let text = format!("{unit} is built in and needs no --unit");
                return Err(Error::Usage(text));
            }
            if !known.iter().any(|other| other == unit.as_str()) {
                known.push(unit.to_string());
            }
        }
        if known.len() > self.units.len() {
            self.tx.declare_units(&known)?;
        }
        Ok(known)
    }
}
