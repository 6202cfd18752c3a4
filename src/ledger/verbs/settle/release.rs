//! Giving a reservation back, or a part of it. It charges nothing.

use std::collections::BTreeMap;

use super::super::Ledger;
use super::super::answer::{Keyed, Outcome};
use super::super::detail;
use super::super::plan::{Amounts, Ground, by_unit, quantities};
use super::super::scene::Scene;
use super::{HOT, SettledNow};
use crate::ledger::amount::{Amount, Quantity};
use crate::ledger::entry::{Entry, EntryKind};
use crate::ledger::error::{Error, Result};
use crate::ledger::holding::{self, Holding};
use crate::ledger::id::IdRef;
use crate::ledger::limit::LimitId;
use crate::ledger::reservation::{Reservation, State};
use crate::ledger::window::{Movement, WindowId};

/// A request to give a reservation back, or a part of it.
#[derive(Debug, Clone)]
pub struct Release {
    /// The reservation.
    pub id: IdRef,
    /// The parts to give back; everything where empty.
    pub amounts: Vec<Quantity>,
    /// Reason and tags, as canonical JSON text; may be empty.
    pub detail: String,
}

impl Ledger {
    /// Gives a reservation back: nothing was spent.
    pub fn release(
        &mut self,
        request: &Release,
        keyed: &Keyed<'_, SettledNow>,
    ) -> Result<Outcome<SettledNow>> {
        let amounts = by_unit(&request.amounts)?;
        self.write(&HOT, |scene| {
            let id = scene.tx.resolve(&request.id)?;
            let payload = format!("{:?} {}", amounts, request.detail);
            scene.keyed(("release", &id.to_string()), &payload, keyed, || {
                let found = scene.settleable(&request.id, !amounts.is_empty())?;
                scene.expect_units(&amounts)?;
                let settled = match (found.state, amounts.is_empty()) {
                    (State::Open, false) => scene.release_part(&found, &amounts, &request.detail),
                    (State::Open, true) => scene.release(&found, &request.detail),
                    _ => scene.correct(&found, &nothing(&found), &request.detail),
                };
                settled.map(Outcome::Done)
            })
        })
    }
}

impl Scene<'_> {
    fn release(&self, found: &Reservation, detail: &str) -> Result<SettledNow> {
        let entry = Entry {
            detail: detail.to_owned(),
            ..self.entry_about(EntryKind::Released, found)
        };
        let ended = Reservation {
            state: State::Released,
            ..found.clone()
        };
        self.end_forced(&ended, entry, |_| nothing(found))
    }

    /// Gives back a part of what is held and keeps the rest open.
    fn release_part(
        &self,
        found: &Reservation,
        parts: &Amounts,
        detail: &str,
    ) -> Result<SettledNow> {
        for (unit, part) in parts {
            let held = found
                .stake(unit)
                .map_or(Amount::ZERO, |stake| stake.reserved);
            if *part > held {
                let held = Quantity::new(held, unit.clone());
                let part = Quantity::new(*part, unit.clone());
                let id = found.id;
                return Err(Error::Conflict(format!("{id} holds {held}, not {part}")));
            }
        }
        let ground = self.ground_of(found)?;
        let mut moved: BTreeMap<_, Movement> = BTreeMap::new();
        for (unit, part) in parts {
            for position in ground.positions.iter().filter(|p| p.key.unit == *unit) {
                for (window, movement) in self.give_back_part(&ground, position.limit, *part)? {
                    let sum = moved.entry(window).or_default();
                    *sum = sum.and(&movement)?;
                }
            }
        }
        let detail = detail::with(detail, "kept", true.into());
        let mut entry = Entry {
            detail,
            ..self.entry_about(EntryKind::Released, found)
        };
        entry.amounts = quantities(parts);
        entry.postings = moved.into_iter().map(|(w, m)| self.posting(w, m)).collect();
        let entry = self.tx.append(&entry)?;
        self.shrink_stakes(&found.id, parts)?;
        Ok(SettledNow {
            released: quantities(parts),
            ..self.settled(&found.id, entry)?
        })
    }

    /// One limit's part of it: what goes back to the window first, then what runs lent that are
    /// still open.
    fn give_back_part(
        &self,
        ground: &Ground,
        limit: LimitId,
        part: Amount,
    ) -> Result<Vec<(WindowId, Movement)>> {
        let own = ground
            .holdings
            .iter()
            .filter(|(of, _)| *of == limit)
            .map(|(_, h)| *h);
        let mut own: Vec<Holding> = own.collect();
        let mut lenders = ground.lent.get(&limit).cloned().unwrap_or_default();
        let lent: Vec<_> = lenders.iter().map(|l| (l.window, Some(l.id()))).collect();
        own.sort_by_key(|holding| lent.contains(&(holding.window, holding.source)));
        let taken = holding::take(&mut own, part)?;
        let mut freed = Vec::new();
        for part in taken {
            let lender = lenders.iter_mut().find(|lender| {
                Some(lender.id()) == part.from.source && lender.window == part.from.window
            });
            if let Some(lender) = lender {
                lender.atoms = lender.atoms.plus(part.atoms)?;
                self.tx.put_holding(lender)?;
            } else {
                let reserved = part.atoms.negated();
                freed.push((
                    part.from.window,
                    Movement {
                        reserved,
                        ..Movement::default()
                    },
                ));
            }
        }
        own.iter()
            .try_for_each(|holding| self.tx.put_holding(holding))?;
        Ok(freed)
    }
}

/// Nothing of every unit a reservation has a stake in.
fn nothing(found: &Reservation) -> Amounts {
    found
        .stakes
        .iter()
        .map(|stake| (stake.unit.clone(), Amount::ZERO))
        .collect()
}
