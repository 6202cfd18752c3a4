//! Changing a budget's limits and policies. History stays as it is, and what
//! was granted on top of a limit is not touched.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::Ledger;
use super::super::answer::{Keyed, Outcome, sorted};
use super::super::scene::Scene;
use super::{expect_distinct, position_of, reserved_units};
use crate::ledger::amount::Ask;
use crate::ledger::budget::{Budget, Standing};
use crate::ledger::entry::EntryKind;
use crate::ledger::error::Result;
use crate::ledger::limit::{LimitId, LimitKey, LimitSpec};
use crate::ledger::name::BudgetName;
use crate::ledger::policy::{Caps, OnUnknown, Overage, Percent};

/// What can be changed about a budget; `None` and empty leave it as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    /// Limits to add or to give another amount.
    pub limits: Vec<LimitSpec>,
    /// Limits to take off.
    pub remove: Vec<LimitKey>,
    /// What happens to an overrun, for every limit named here; on its own, for every limit.
    pub overage: Option<Overage>,
    /// What is charged where nobody knows.
    pub on_unknown: Option<OnUnknown>,
    /// What `exec` reserves where it is told nothing.
    pub reserve: Option<Vec<Ask>>,
    /// Caps to add or to give another value.
    pub caps: Caps,
    /// Shares of the limits at which a warning is due; none where it is empty.
    pub warn: Option<Vec<Percent>>,
    /// A note for people.
    pub note: Option<String>,
}

impl Change {
    /// The change in canonical text: everything that makes it another request.
    pub(super) fn payload(&self) -> String {
        let (limits, remove) = (sorted(&self.limits), sorted(&self.remove));
        let Self {
            overage,
            on_unknown,
            caps,
            note,
            ..
        } = self;
        let reserve = self.reserve.as_deref().map(sorted);
        let warn = self.warn.as_deref().map(sorted);
        format!(
            "{limits:?}\n{remove:?}\n{overage:?}\n{on_unknown:?}\n{reserve:?}\n{caps:?}\n{warn:?}\n{note:?}"
        )
    }
}

/// What became of a limit.
struct Put {
    /// The limit, where it is new or is there again.
    added: Option<LimitId>,
    /// What the entry says of a window that may warn again.
    rearmed: Option<Value>,
}

impl Ledger {
    /// Changes a budget.
    pub fn set(
        &mut self,
        name: &BudgetName,
        change: &Change,
        keyed: &Keyed<'_, Standing>,
    ) -> Result<Outcome<Standing>> {
        self.read(|scene| {
            let rows = scene.tx.budget_with_limits(name)?.map(|(_, rows)| rows);
            let is_new = |spec: &LimitSpec| {
                let mut known = rows.iter().flatten().map(|row| &row.key);
                known.all(|key| *key != spec.key)
            };
            if change.limits.iter().any(is_new) {
                scene.renew_digest()?;
            }
            Ok(())
        })?;
        self.write(&[], |scene| {
            let payload = change.payload();
            scene.keyed(("set", name.as_str()), &payload, keyed, || {
                let standing = scene.existing(name)?;
                let (overage, limits) = (change.overage.as_ref(), &change.limits);
                expect_distinct(limits, &change.remove)?;
                reserved_units(change).try_for_each(|unit| scene.expect_unit(unit))?;
                let (mut added, mut rearmed) = (Vec::new(), Vec::new());
                for spec in limits {
                    let put = scene.put_limit(&standing, spec, overage)?;
                    added.extend(put.added);
                    rearmed.extend(put.rearmed);
                }
                scene.catch_up(&standing.budget, &added)?;
                for position in standing.positions.iter().filter(|_| limits.is_empty()) {
                    if let Some(overage) = overage {
                        let budget = standing.budget.id;
                        scene.tx.put_limit(budget, &position.spec(), overage)?;
                    }
                }
                for key in &change.remove {
                    let position = position_of(&standing, key)?;
                    scene.tx.remove_limit(position.limit)?;
                    scene.let_go(position)?;
                }
                let budget = changed(standing.budget, change);
                scene.tx.update_budget(&budget)?;
                let rearmed = (!rearmed.is_empty()).then(|| ("rearmed", rearmed.into()));
                let more = rearmed.into_iter().collect();
                let entry = scene.record(EntryKind::Set, &budget, more)?;
                scene.done_with_limits(name, &entry).map(Outcome::Done)
            })
        })
    }
}

impl Scene<'_> {
    /// Adds one limit, or gives it another amount, also in its open window.
    fn put_limit(
        &self,
        standing: &Standing,
        spec: &LimitSpec,
        overage: Option<&Overage>,
    ) -> Result<Put> {
        self.expect_unit(&spec.key.unit)?;
        let known = standing
            .positions
            .iter()
            .find(|position| position.key == spec.key);
        let policy = overage
            .or(known.map(|known| &known.overage))
            .cloned()
            .unwrap_or_default();
        let limit = self.tx.put_limit(standing.budget.id, spec, &policy)?;
        let position = self.position_of(limit)?;
        let figures = position.figures.with_limit(spec.amount);
        figures.expect_capacity()?;
        let mut rearmed = None;
        if let Some(window) = position.window {
            self.tx.set_window_limit(window, spec.amount)?;
            if spec.amount > position.figures.limit {
                rearmed = self.rearm(window, &figures)?;
            }
        }
        let added = known.is_none().then_some(limit);
        Ok(Put { added, rearmed })
    }
}

pub(super) fn changed(budget: Budget, change: &Change) -> Budget {
    Budget {
        on_unknown: change.on_unknown.unwrap_or(budget.on_unknown),
        reserve: change.reserve.clone().unwrap_or(budget.reserve),
        caps: budget.caps.with(&change.caps),
        warn: change.warn.as_deref().map_or(budget.warn, distinct),
        note: change.note.clone().unwrap_or(budget.note),
        ..budget
    }
}

/// Shares in their order, each once.
fn distinct(shares: &[Percent]) -> Vec<Percent> {
    let shares: BTreeSet<_> = shares.iter().copied().collect();
    shares.into_iter().collect()
}
