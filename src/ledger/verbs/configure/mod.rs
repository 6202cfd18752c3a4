//! Making and changing budgets, a file for each way of it. Every change is an entry; closed
//! windows keep what they had. Here is what they have in common.

mod catch_up;
mod create;
mod grant;
mod hold;
mod set;
mod state;

use std::collections::BTreeMap;

use super::scene::Scene;
use crate::ledger::amount::Ask;
use crate::ledger::budget::{Budget, Standing};
use crate::ledger::calendar::{Anchor, Zone};
use crate::ledger::edits::nearest;
use crate::ledger::entry::{Entry, EntryKind};
use crate::ledger::error::{Error, Result};
use crate::ledger::limit::{LimitKey, LimitSpec, Position};
use crate::ledger::name::{BudgetName, Names};
use crate::ledger::policy::Overage;
use crate::ledger::unit::Unit;

pub use create::Create;
pub use grant::GrantHow;
pub use set::Change;
pub use state::StateChange;

impl Scene<'_> {
    /// Makes the budget of `--limit` where it is not there; an error where one of the limits is
    /// not the one that is set.
    pub(super) fn ensure_limits(
        &self,
        names: &Names,
        limits: &[LimitSpec],
        zone: Zone,
    ) -> Result<()> {
        if limits.is_empty() {
            return Ok(());
        }
        let mut several = names.iter();
        let (Some(name), None) = (several.next(), several.next()) else {
            return Err(Error::Usage("--limit goes with one budget".to_owned()));
        };
        let Some(budget) = self.tx.budget(name)? else {
            let create = Create {
                name: name.clone(),
                limits: limits.to_vec(),
                zone,
                anchor: Anchor::default(),
                units: Vec::new(),
                change: Change::default(),
            };
            return self.create(&create).map(drop);
        };
        let rows = self.tx.limits(budget.id)?;
        for spec in limits {
            let row = rows.iter().find(|row| row.key == spec.key);
            if row.is_none_or(|row| row.amount != spec.amount) {
                let set = row.map_or("no such limit".to_owned(), |row| row.spec().to_string());
                let text = format!(
                    "`{name}` has {set}, not {spec}; `budget set {name} --limit {spec}` changes it"
                );
                return Err(Error::Conflict(text));
            }
        }
        Ok(())
    }

    /// Appends what a budget is now: everything that was set, but what nobody chose.
    fn record(
        &self,
        kind: EntryKind,
        budget: &Budget,
        more: Vec<(&str, serde_json::Value)>,
    ) -> Result<Entry> {
        let rows = self.tx.limits(budget.id)?;
        let limits: Vec<_> = rows.iter().map(|row| row.spec().to_string()).collect();
        let mut detail: BTreeMap<&str, serde_json::Value> = BTreeMap::from([
            ("budget", budget.id.0.into()),
            ("limits", limits.into()),
            ("zone", budget.zone.name().into()),
            ("on_unknown", budget.on_unknown.to_string().into()),
        ]);
        let policies = rows.iter().filter(|row| row.overage != Overage::default());
        let policies: serde_json::Map<_, _> = policies
            .map(|row| (row.key.to_string(), row.overage.to_string().into()))
            .collect();
        if !policies.is_empty() {
            detail.insert("overage", policies.into());
        }
        let lists = [
            ("reserve", texts(&budget.reserve)),
            ("caps", texts(budget.caps.to_string().lines())),
            ("warn", texts(&budget.warn)),
        ];
        for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            detail.insert(name, list.into());
        }
        if budget.anchor != Anchor::default() {
            detail.insert("anchor", budget.anchor.to_string().into());
        }
        if !budget.note.is_empty() {
            detail.insert("note", budget.note.clone().into());
        }
        detail.extend(more);
        let detail = serde_json::to_string(&detail).unwrap_or_default();
        let entry = Entry {
            detail,
            ..self.entry(kind, budget.name.to_string())
        };
        let seq = self.tx.append(&entry)?;
        Ok(Entry { seq, ..entry })
    }

    /// A budget once its limits were changed, which may bring them past what is to be warned of.
    fn done_with_limits(&self, name: &BudgetName, entry: &Entry) -> Result<Standing> {
        let standing = self.existing(name)?;
        self.look_at_all(&standing, entry)?;
        Ok(standing)
    }
}

/// Items as they are typed.
fn texts<T: ToString>(items: impl IntoIterator<Item = T>) -> Vec<String> {
    items.into_iter().map(|item| item.to_string()).collect()
}

/// The units that a default reservation names.
fn reserved_units(change: &Change) -> impl Iterator<Item = &Unit> {
    change.reserve.iter().flatten().filter_map(Ask::unit)
}

fn expect_distinct(limits: &[LimitSpec], remove: &[LimitKey]) -> Result<()> {
    let limits = limits.iter().map(|spec| &spec.key);
    let mut keys: Vec<_> = limits.chain(remove).map(ToString::to_string).collect();
    keys.sort();
    let mut pairs = keys.windows(2);
    match pairs.find(|pair| matches!(pair, [a, b] if a == b)) {
        Some([key, _]) => Err(Error::Usage(format!("the limit {key} is given twice"))),
        _ => Ok(()),
    }
}

/// The limit of a budget that a key names; an error that lists those there are.
pub(super) fn position_of<'a>(standing: &'a Standing, key: &LimitKey) -> Result<&'a Position> {
    let found = standing
        .positions
        .iter()
        .find(|position| position.key == *key);
    found.ok_or_else(|| {
        let keys: Vec<_> = standing
            .positions
            .iter()
            .map(|p| p.key.to_string())
            .collect();
        let near = nearest(&key.to_string(), keys.iter().map(String::as_str));
        let near = if near.is_empty() { keys } else { near };
        Error::Usage(format!(
            "`{}` has no limit {key}; it has {}",
            standing.budget.name,
            near.join(", ")
        ))
    })
}
