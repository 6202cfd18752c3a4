//! Planning and booking a settlement: how the charges of a reservation move every window,
//! holding and stake they touch. Planned without a write, so that reads can project it.

use std::collections::BTreeMap;

use super::scene::Scene;
use super::settle::final_charge;
use crate::ledger::amount::{Amount, Quantity};
use crate::ledger::entry::{Entry, EntryKind, Posting, Seq};
use crate::ledger::error::{Error, Result};
use crate::ledger::holding::{self, Holding};
use crate::ledger::id::Id;
use crate::ledger::limit::{LimitId, Position};
use crate::ledger::name::Names;
use crate::ledger::policy::Overage;
use crate::ledger::reservation::{Reservation, UnitStake};
use crate::ledger::rules::settle::{self, Mode, Moves, Rest, Settled, Stake, Verdict};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::window::{Movement, WindowId};

/// Amounts by unit.
pub(super) type Amounts = BTreeMap<Unit, Amount>;

/// A charge that is about to be settled: of a reservation, or of none.
pub(super) struct Charge<'a> {
    /// What is charged of each unit.
    pub(super) amounts: &'a Amounts,
    /// Whether it may be refused or cut.
    pub(super) mode: Mode,
    /// What happens to what is held beyond it.
    pub(super) rest: Rest,
    /// The policy of its own, before those of the limits.
    pub(super) policy: Option<&'a Overage>,
    /// When what was reserved took effect.
    pub(super) admitted_at: Timestamp,
    /// When what exceeds it takes effect.
    pub(super) settled_at: Timestamp,
}

/// How one unit of a charge settles.
pub(super) struct UnitPlan {
    pub(super) unit: Unit,
    pub(super) settled: Settled,
    positions: Vec<Position>,
}

/// A settlement that nothing stands against.
pub(super) struct Plan {
    pub(super) units: Vec<UnitPlan>,
    admitted_at: Timestamp,
    settled_at: Timestamp,
}

/// A limit without room for a charge that its policy does not let through.
pub(super) struct Refusal {
    pub(super) position: Position,
    /// What it was to take beyond what is held of it.
    pub(super) excess: Amount,
}

/// Which limits a charge touches: for each, what is held of it and what can be drawn on.
pub(super) struct Ground {
    pub(super) holdings: Vec<(LimitId, Holding)>,
    pub(super) lent: BTreeMap<LimitId, Vec<Holding>>,
    pub(super) positions: Vec<Position>,
}

impl Scene<'_> {
    pub(super) fn expect_units(&self, amounts: &Amounts) -> Result<()> {
        amounts.keys().try_for_each(|unit| self.expect_unit(unit))
    }

    /// The limits recorded on a reservation, with what it and its open ancestors hold of them.
    pub(super) fn ground_of(&self, reservation: &Reservation) -> Result<Ground> {
        let holdings = self.holdings(&reservation.id)?;
        let lenders = self.lenders(reservation.parent)?;
        let lent = self.lent(&lenders)?;
        let mut limits: Vec<_> = holdings.iter().map(|(limit, _)| *limit).collect();
        limits.sort_unstable();
        limits.dedup();
        let positions = limits.into_iter().map(|limit| self.position_of(limit));
        Ok(Ground {
            holdings,
            lent,
            positions: positions.collect::<Result<_>>()?,
        })
    }

    /// Stores a plan: holdings, windows and the entry that moves them.
    pub(super) fn book_plan(&self, plan: &Plan, entry: Entry) -> Result<Seq> {
        self.book_plan_as(plan, entry, plan.charged())
    }

    /// The same with amounts of the entry's own: a correction shows the sum that stands.
    pub(super) fn book_plan_as(
        &self,
        plan: &Plan,
        mut entry: Entry,
        amounts: Vec<Quantity>,
    ) -> Result<Seq> {
        for unit in &plan.units {
            for moves in &unit.settled.moves {
                for holding in moves.holdings.iter().chain(&moves.lenders) {
                    self.tx.put_holding(holding)?;
                }
            }
        }
        entry.postings.extend(plan.postings(self)?);
        entry.amounts = amounts;
        entry.seq = self.tx.append(&entry)?;
        self.look_at_charged(plan, &entry)?;
        Ok(entry.seq)
    }

    /// How a reservation ends with charges that cannot be refused any more. They are told what it
    /// comes to as reserved.
    pub(super) fn plan_of_end(
        &self,
        ended: &Reservation,
        charges: impl FnOnce(Amounts) -> Amounts,
    ) -> Result<Plan> {
        let ground = self.ground_of(ended)?;
        let charges = charges(self.as_reserved(ended, &ground)?);
        ground.plan_forced(&final_charge(self, ended, &charges))
    }

    /// What a reservation is charged of each unit where nobody says what was spent: what it still
    /// holds. What was charged inside of it is off that already, as far as it drew on it; the rest
    /// went to other budgets and says nothing of these. Slots come back.
    pub(super) fn as_reserved(&self, found: &Reservation, ground: &Ground) -> Result<Amounts> {
        let mut amounts = Amounts::new();
        for stake in &found.stakes {
            if !stake.unit.is_consumed() {
                amounts.insert(stake.unit.clone(), Amount::ZERO);
                continue;
            }
            // A limit whose part is lent out counts that where it was lent to.
            let limits = ground.positions.iter().filter(|p| p.key.unit == stake.unit);
            let held = limits.map(|limit| holding::held(&ground.stake(limit).holdings));
            let held = held.collect::<std::result::Result<Vec<_>, _>>()?;
            let held = if let Some(held) = held.into_iter().min() {
                held
            } else {
                // Its limits were removed.
                let path = found.names.union();
                let on_path = |names: &Names| names.union().iter().any(|name| path.contains(name));
                let nested = self.nested_charges(found, &stake.unit, &on_path)?;
                stake.reserved.less(nested)
            };
            amounts.insert(stake.unit.clone(), stake.reserved.min(held));
        }
        Ok(amounts)
    }

    /// Tells every open run around it what was charged inside of it.
    pub(super) fn report_nested(&self, parent: Option<Id>, amounts: &[Quantity]) -> Result<()> {
        for lender in self.lenders(parent)? {
            self.put_stakes(&lender, &charged_inside(&lender, amounts)?)?;
        }
        Ok(())
    }

    /// Adds what was charged to a reservation's stakes.
    pub(super) fn charge_stakes(&self, reservation: &Reservation, plan: &Plan) -> Result<()> {
        self.put_stakes(reservation, &plan.charge(reservation)?)
    }

    /// Stores the stakes that differ.
    fn put_stakes(&self, before: &Reservation, after: &Reservation) -> Result<()> {
        let changed = after
            .stakes
            .iter()
            .filter(|s| before.stake(&s.unit) != Some(s));
        changed
            .into_iter()
            .try_for_each(|stake| self.tx.put_stake(&after.id, stake))
    }

    /// An entry about a reservation.
    pub(super) fn entry_about(&self, kind: EntryKind, reservation: &Reservation) -> Entry {
        Entry {
            reservation: Some(reservation.id),
            session: reservation.session,
            ..self.entry(kind, reservation.names.to_string())
        }
    }
}

/// A run with what was charged inside of it added to its stakes.
pub(super) fn charged_inside(run: &Reservation, amounts: &[Quantity]) -> Result<Reservation> {
    let mut run = run.clone();
    for Quantity { unit, amount } in amounts.iter().filter(|q| q.unit.is_consumed()) {
        let stake = run.stake_or_none(unit);
        let nested = stake.nested.unwrap_or_default().plus(*amount)?;
        run.put_stake(UnitStake {
            nested: Some(nested),
            ..stake
        });
    }
    Ok(run)
}

impl Ground {
    /// Settles every unit of a charge, or lists the limits that refuse it. Writes nothing.
    pub(super) fn plan(
        &self,
        charge: &Charge<'_>,
    ) -> Result<std::result::Result<Plan, Vec<Refusal>>> {
        let (mut units, mut refusals) = (Vec::new(), Vec::new());
        for (unit, amount) in charge.amounts {
            let positions: Vec<_> = self
                .positions
                .iter()
                .filter(|p| p.key.unit == *unit)
                .cloned()
                .collect();
            let stakes: Vec<_> = positions.iter().map(|p| self.stake(p)).collect();
            match settle::settle(*amount, charge.mode, charge.rest, charge.policy, &stakes)? {
                Verdict::Settled(settled) => {
                    units.push(UnitPlan {
                        unit: unit.clone(),
                        settled,
                        positions,
                    });
                }
                Verdict::Refused(refused) => {
                    refusals.extend(refused.into_iter().filter_map(|(index, excess)| {
                        Some(Refusal {
                            position: positions.get(index)?.clone(),
                            excess,
                        })
                    }));
                }
            }
        }
        if !refusals.is_empty() {
            return Ok(Err(refusals));
        }
        let (admitted_at, settled_at) = (charge.admitted_at, charge.settled_at);
        Ok(Ok(Plan {
            units,
            admitted_at,
            settled_at,
        }))
    }

    /// The same for a charge that nothing may refuse any more.
    pub(super) fn plan_forced(&self, charge: &Charge<'_>) -> Result<Plan> {
        self.plan(charge)?
            .map_err(|_| Error::Conflict("a forced charge was refused".to_owned()))
    }

    fn stake(&self, position: &Position) -> Stake {
        let own = self
            .holdings
            .iter()
            .filter(|(limit, _)| *limit == position.limit);
        Stake {
            position: position.clone(),
            holdings: own.map(|(_, holding)| *holding).collect(),
            lenders: self.lent.get(&position.limit).cloned().unwrap_or_default(),
        }
    }
}

impl Plan {
    /// What is charged, by unit; slots are given back and charge nothing.
    pub(super) fn charged(&self) -> Vec<Quantity> {
        let consumed = self.units.iter().filter(|plan| plan.unit.is_consumed());
        consumed
            .map(|plan| Quantity::new(plan.settled.charged, plan.unit.clone()))
            .collect()
    }

    /// What policies cut off, by unit.
    pub(super) fn uncharged(&self) -> Vec<Quantity> {
        let cut = self
            .units
            .iter()
            .filter(|plan| !plan.settled.uncharged.is_zero());
        cut.map(|plan| Quantity::new(plan.settled.uncharged, plan.unit.clone()))
            .collect()
    }

    /// The units of which more was spent than was held for it.
    pub(super) fn exceeded(&self) -> impl Iterator<Item = &Unit> {
        let exceeds = |plan: &&UnitPlan| {
            let more = |moves: &Moves| moves.excess.spent > 0 || moves.excess.debt > 0;
            !plan.settled.uncharged.is_zero() || plan.settled.moves.iter().any(more)
        };
        self.units.iter().filter(exceeds).map(|plan| &plan.unit)
    }

    /// How each window moves, and as of when.
    fn postings(&self, scene: &Scene<'_>) -> Result<Vec<Posting>> {
        let mut moved: BTreeMap<(WindowId, Timestamp), Movement> = BTreeMap::new();
        for unit in &self.units {
            for (position, moves) in unit.positions.iter().zip(&unit.settled.moves) {
                for (window, movement) in &moves.covered {
                    let sum = moved.entry((*window, self.admitted_at)).or_default();
                    *sum = sum.and(movement)?;
                }
                if !moves.excess.is_empty() {
                    let window = scene.window_of(position)?;
                    let sum = moved.entry((window, self.settled_at)).or_default();
                    *sum = sum.and(&moves.excess)?;
                }
            }
        }
        let moved = moved
            .into_iter()
            .filter(|(_, movement)| !movement.is_empty());
        Ok(moved
            .map(|((window, effective_at), movement)| Posting {
                window,
                effective_at,
                movement,
            })
            .collect())
    }

    /// Every limit with how its windows and holdings move.
    pub(super) fn moves(&self) -> impl Iterator<Item = (&Position, &Moves)> {
        let units = self.units.iter();
        units.flat_map(|unit| unit.positions.iter().zip(&unit.settled.moves))
    }

    /// A reservation with what it is charged added to its stakes.
    pub(super) fn charge(&self, found: &Reservation) -> Result<Reservation> {
        let mut found = found.clone();
        for UnitPlan { unit, settled, .. } in &self.units {
            let stake = found.stake_or_none(unit);
            let charged = stake.charged.unwrap_or_default().plus(settled.charged)?;
            found.put_stake(UnitStake {
                charged: Some(charged),
                ..stake
            });
        }
        Ok(found)
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

/// Amounts by unit as a list of quantities.
pub(super) fn quantities(amounts: &Amounts) -> Vec<Quantity> {
    amounts
        .iter()
        .map(|(unit, amount)| Quantity::new(*amount, unit.clone()))
        .collect()
}
