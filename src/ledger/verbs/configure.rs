//! Making and changing budgets. Every change is an entry; closed windows keep what they had.

use std::collections::BTreeMap;

use super::Ledger;
use super::answer::{Keyed, Outcome};
use super::path::nearest;
use super::reserve::unit_of;
use super::scene::Scene;
use crate::ledger::amount::{Amount, Ask, Quantity};
use crate::ledger::budget::{Budget, BudgetId, BudgetState, Standing};
use crate::ledger::calendar::{Anchor, Period, Zone};
use crate::ledger::entry::{Entry, EntryKind};
use crate::ledger::error::{Error, Result};
use crate::ledger::limit::{LimitKey, LimitSpec, Position};
use crate::ledger::name::{BudgetName, Names};
use crate::ledger::policy::{Caps, OnUnknown, Overage, Percent};
use crate::ledger::unit::Unit;
use crate::ledger::window::Movement;

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

/// What can be changed about a budget; `None` and empty leave it as it is.
#[derive(Debug, Clone, Default)]
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
    /// Shares of the limits at which a warning is due.
    pub warn: Option<Vec<Percent>>,
    /// A note for people.
    pub note: Option<String>,
}

/// How a grant moves a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantHow {
    /// More room.
    Credit,
    /// Less room; refused where it is not there.
    Debit,
    /// Less debt; refused beyond the debt.
    Repay,
    /// Spent and debt back to 0; what is reserved stays.
    Reset,
}

/// Another state for a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateChange {
    /// No new reservations.
    Freeze,
    /// New reservations again.
    Unfreeze,
    /// Never again; `force` lets open reservations settle, else they forbid it.
    Close {
        /// Whether open reservations are left to settle.
        force: bool,
    },
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

impl Change {
    /// The change in canonical text: everything that makes it another request.
    fn payload(&self) -> String {
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

/// Items as sorted text, so that the order they were typed in makes no difference.
pub(super) fn sorted<T: ToString>(items: &[T]) -> Vec<String> {
    let mut texts: Vec<_> = items.iter().map(ToString::to_string).collect();
    texts.sort();
    texts
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

    /// Changes a budget.
    pub fn set(
        &mut self,
        name: &BudgetName,
        change: &Change,
        keyed: &Keyed<'_, Standing>,
    ) -> Result<Outcome<Standing>> {
        self.write(&[], |scene| {
            let payload = change.payload();
            scene.keyed(("set", name.as_str()), &payload, keyed, || {
                let standing = scene.existing(name)?;
                let (overage, limits) = (change.overage.as_ref(), &change.limits);
                expect_distinct(limits, &change.remove)?;
                reserved_units(change).try_for_each(|unit| scene.expect_unit(unit))?;
                for spec in limits {
                    scene.put_limit(&standing, spec, overage)?;
                }
                for position in standing.positions.iter().filter(|_| limits.is_empty()) {
                    if let Some(overage) = overage {
                        let spec = LimitSpec {
                            key: position.key.clone(),
                            amount: position.figures.limit,
                        };
                        scene.tx.put_limit(standing.budget.id, &spec, overage)?;
                    }
                }
                for key in &change.remove {
                    let position = position_of(&standing, key)?;
                    scene.tx.remove_limit(position.limit)?;
                }
                let budget = changed(standing.budget, change);
                scene.tx.update_budget(&budget)?;
                scene.record(EntryKind::Set, &budget, Vec::new())?;
                scene.existing(name).map(Outcome::Done)
            })
        })
    }

    /// Moves what a limit's open window may take.
    pub fn grant(
        &mut self,
        name: &BudgetName,
        (key, amount): (&LimitKey, Amount),
        how: GrantHow,
        note: &str,
        keyed: &Keyed<'_, Standing>,
    ) -> Result<Outcome<Standing>> {
        self.write(&[], |scene| {
            let payload = format!("{key} {} {how:?} {note}", amount.atoms());
            scene.keyed(("grant", name.as_str()), &payload, keyed, || {
                let standing = scene.existing(name)?;
                let position = position_of(&standing, key)?;
                let (kind, movement) = granted(position, amount, how)?;
                position.figures.after(&movement)?.expect_capacity()?;
                let mut entry = scene.entry(kind, name.to_string());
                entry.amounts = vec![Quantity::new(amount, key.unit.clone())];
                entry.detail =
                    serde_json::json!({"limit": key.to_string(), "note": note}).to_string();
                if !movement.is_empty() {
                    entry.postings = vec![scene.posting(scene.window_of(position)?, movement)];
                }
                scene.tx.append(&entry)?;
                scene.existing(name).map(Outcome::Done)
            })
        })
    }

    /// Freezes, unfreezes or closes a budget. The state it is in already changes nothing.
    pub fn change_state(
        &mut self,
        name: &BudgetName,
        change: StateChange,
        note: &str,
    ) -> Result<Standing> {
        self.write(&[], |scene| {
            let mut standing = scene.existing(name)?;
            let (state, kind) = match change {
                StateChange::Freeze => (BudgetState::Frozen, EntryKind::Frozen),
                StateChange::Unfreeze => (BudgetState::Active, EntryKind::Unfrozen),
                StateChange::Close { .. } => (BudgetState::Closed, EntryKind::Closed),
            };
            if standing.budget.state == state {
                return Ok(standing);
            }
            if change == (StateChange::Close { force: false }) {
                scene.expect_nothing_open(&standing.budget)?;
            }
            standing.budget.state = state;
            scene.tx.update_budget(&standing.budget)?;
            let note = (!note.is_empty()).then(|| ("note", note.into()));
            scene.record(kind, &standing.budget, note.into_iter().collect())?;
            Ok(standing)
        })
    }

    /// Accepts the wall clock as it is, after it jumped.
    pub fn accept_clock(&mut self) -> Result<bool> {
        self.write(&[], |scene| {
            if scene.believable {
                return Ok(false);
            }
            scene
                .tx
                .append(&scene.entry(EntryKind::ClockAccepted, String::new()))?;
            scene.tx.stamp(&scene.now)?;
            Ok(true)
        })
    }
}

impl Scene<'_> {
    fn expect_nothing_open(&self, budget: &Budget) -> Result<()> {
        match self.tx.open_on(budget.id)? {
            0 => Ok(()),
            open => Err(Error::Conflict(format!(
                "{open} reservations on `{}` are still open",
                budget.name
            ))),
        }
    }

    fn create(&self, request: &Create) -> Result<Standing> {
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
        };
        let mut budget = changed(budget, &request.change);
        budget.id = self.tx.insert_budget(&budget, self.now.wall)?;
        let overage = request.change.overage.clone().unwrap_or_default();
        for spec in &request.limits {
            self.tx.put_limit(budget.id, spec, &overage)?;
        }
        self.record(EntryKind::Created, &budget, Vec::new())?;
        self.existing(&request.name)
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
            let (zone, limits) = (zone, limits.to_vec());
            let (anchor, units, change) = (Anchor::default(), Vec::new(), Change::default());
            let create = Create {
                name: name.clone(),
                limits,
                zone,
                anchor,
                units,
                change,
            };
            return self.create(&create).map(drop);
        };
        let rows = self.tx.limits(budget.id)?;
        for spec in limits {
            let row = rows.iter().find(|row| row.key == spec.key);
            if row.is_none_or(|row| row.amount != spec.amount) {
                let set = row.map_or("no such limit".to_owned(), |row| {
                    LimitSpec {
                        key: row.key.clone(),
                        amount: row.amount,
                    }
                    .to_string()
                });
                let text = format!(
                    "`{name}` has {set}, not {spec}; `budget set {name} --limit {spec}` changes it"
                );
                return Err(Error::Conflict(text));
            }
        }
        Ok(())
    }

    /// Adds one limit, or gives it another amount, also in its open window. A new period's first
    /// window starts with what was charged since its start.
    fn put_limit(
        &self,
        standing: &Standing,
        spec: &LimitSpec,
        overage: Option<&Overage>,
    ) -> Result<()> {
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
        position.figures.with_limit(spec.amount).expect_capacity()?;
        match (known, position.window) {
            (_, Some(window)) => self.tx.set_window_limit(window, spec.amount),
            (Some(_), None) => Ok(()),
            (None, None) => self.seed(&position),
        }
    }

    fn seed(&self, position: &Position) -> Result<()> {
        let natural = matches!(position.key.period, Period::Span { .. } | Period::Until(_));
        if natural {
            return Ok(());
        }
        let since = match position.key.period {
            Period::Forever => crate::ledger::timestamp::Timestamp::from_micros(i64::MIN),
            _ => position.bounds.start,
        };
        let charged = self.tx.charged_since(position.limit, since)?;
        if charged.is_zero() {
            return Ok(());
        }
        let window = self.window_of(position)?;
        let movement = Movement {
            spent: charged.atoms(),
            ..Movement::default()
        };
        let mut entry = self.entry(EntryKind::Set, position.budget.to_string());
        entry.detail = serde_json::json!({"seeded": position.key.to_string()}).to_string();
        entry.postings = vec![self.posting(window, movement)];
        self.tx.append(&entry).map(drop)
    }

    /// Appends what a budget is now.
    fn record(
        &self,
        kind: EntryKind,
        budget: &Budget,
        more: Vec<(&str, serde_json::Value)>,
    ) -> Result<()> {
        let rows = self.tx.limits(budget.id)?;
        let limit = |row: &crate::ledger::standing::LimitRow| {
            LimitSpec {
                key: row.key.clone(),
                amount: row.amount,
            }
            .to_string()
        };
        let limits: Vec<_> = rows.iter().map(limit).collect();
        let mut detail: BTreeMap<&str, serde_json::Value> = BTreeMap::from([
            ("budget", budget.id.0.into()),
            ("limits", limits.into()),
            ("zone", budget.zone.name().into()),
            ("on_unknown", budget.on_unknown.to_string().into()),
        ]);
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
        self.tx.append(&entry).map(drop)
    }
}

/// The units that a default reservation names.
fn reserved_units(change: &Change) -> impl Iterator<Item = &Unit> {
    change.reserve.iter().flatten().filter_map(unit_of)
}

fn changed(budget: Budget, change: &Change) -> Budget {
    Budget {
        on_unknown: change.on_unknown.unwrap_or(budget.on_unknown),
        reserve: change.reserve.clone().unwrap_or(budget.reserve),
        caps: budget.caps.with(&change.caps),
        warn: change.warn.clone().unwrap_or(budget.warn),
        note: change.note.clone().unwrap_or(budget.note),
        ..budget
    }
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
fn position_of<'a>(standing: &'a Standing, key: &LimitKey) -> Result<&'a Position> {
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

fn granted(position: &Position, amount: Amount, how: GrantHow) -> Result<(EntryKind, Movement)> {
    let figures = &position.figures;
    let quantity = |amount: Amount| Quantity::new(amount, position.key.unit.clone());
    let atoms = amount.atoms();
    let less = amount.negated();
    let cleared = figures.over.then_some(false);
    match how {
        GrantHow::Credit => Ok((
            EntryKind::Granted,
            Movement {
                granted: atoms,
                over: cleared,
                ..Movement::default()
            },
        )),
        GrantHow::Debit if figures.available().atoms() < atoms => {
            let left = quantity(figures.available().floor());
            Err(Error::Conflict(format!(
                "{left} is left to take off {}",
                position.key
            )))
        }
        GrantHow::Debit => Ok((
            EntryKind::Granted,
            Movement {
                granted: less,
                ..Movement::default()
            },
        )),
        GrantHow::Repay if amount > figures.debt => {
            let debt = quantity(figures.debt);
            Err(Error::Conflict(format!(
                "the debt of {} is {debt}",
                position.key
            )))
        }
        GrantHow::Repay => Ok((
            EntryKind::Repaid,
            Movement {
                debt: less,
                ..Movement::default()
            },
        )),
        GrantHow::Reset => {
            let spent = figures.spent.negated();
            let debt = figures.debt.negated();
            Ok((
                EntryKind::Reset,
                Movement {
                    spent,
                    debt,
                    over: cleared,
                    ..Movement::default()
                },
            ))
        }
    }
}
