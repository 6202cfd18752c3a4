//! Charging what was spent before it was known of: a past charge posts to the windows of its own
//! time, so that history is right and today's room is not touched.

use super::Ledger;
use super::booked::Booked;
use super::plan::{Amounts, Ground, by_unit};
use super::scene::Scene;
use super::settle::HOT;
use crate::ledger::amount::Quantity;
use crate::ledger::booked::file_key;
use crate::ledger::budget::{Budget, Standing};
use crate::ledger::calendar::{Bounds, Period, Zone, bounds};
use crate::ledger::entry::{Entry, EntryKind, Seq};
use crate::ledger::error::Result;
use crate::ledger::limit::{LimitSpec, Position};
use crate::ledger::name::Names;
use crate::ledger::standing::LimitRow;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::window::{Figures, WindowId};

/// A charge of the past.
#[derive(Debug, Clone)]
pub struct PastCharge {
    /// The budgets it counts against.
    pub names: Names,
    /// What was spent.
    pub amounts: Vec<Quantity>,
    /// When; what lies in the future counts as now.
    pub at: Timestamp,
    /// Usage, tags and note, as canonical JSON text; may be empty.
    pub detail: String,
    /// What it counts that no other charge may count again.
    pub booked: Booked,
}

/// A file whose messages are all counted, as it stood then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFile {
    /// Which file, in whatever words name it.
    pub name: String,
    /// What changes whenever it does.
    pub state: String,
}

impl Ledger {
    /// Makes a budget with limits where it is not there, else compares them.
    pub fn ensure(&mut self, names: &Names, limits: &[LimitSpec], zone: Zone) -> Result<()> {
        self.write(&HOT, |scene| {
            scene.ensure_limits(names, limits, zone)?;
            scene.standings(names).map(drop)
        })
    }

    /// An error where one of the budgets is not there.
    pub fn expect_all(&self, names: &Names) -> Result<()> {
        self.read(|scene| scene.standings(names).map(drop))
    }

    /// Which of the files were read before and have not changed since, in the order given.
    pub fn read_before(&self, files: &[ReadFile]) -> Result<Vec<bool>> {
        self.read(|scene| {
            let is_read = |file: &ReadFile| {
                let found = scene.tx.booked(&file_key(&file.name))?;
                Ok(found.is_some_and(|(_, state)| state.as_ref() == Some(&file.state)))
            };
            files.iter().map(is_read).collect()
        })
    }

    /// Records charges of the past, all or none. An error that changes nothing where another charge
    /// has counted a message meanwhile. Returns the entries made.
    pub fn import(&mut self, charges: &[PastCharge], files: &[ReadFile]) -> Result<Vec<Seq>> {
        self.write(&HOT, |scene| {
            let entries = charges.iter().map(|charge| scene.charge_past(charge));
            let entries = entries.collect::<Result<Vec<_>>>()?;
            let latest = scene.tx.last_seq()?;
            for file in files {
                let key = file_key(&file.name);
                scene.tx.put_state(&key, latest, &file.state)?;
            }
            Ok(entries)
        })
    }
}

impl Scene<'_> {
    fn charge_past(&self, charge: &PastCharge) -> Result<Seq> {
        let amounts = by_unit(&charge.amounts)?;
        self.expect_units(&amounts)?;
        self.expect_unbooked(&charge.booked)?;
        let at = charge.at.min(self.now.wall);
        let ground = Ground {
            holdings: Vec::new(),
            lent: std::collections::BTreeMap::new(),
            positions: self.positions_at(&charge.names, &amounts, at)?,
        };
        let entry = Entry {
            detail: charge.detail.clone(),
            ..self.entry(EntryKind::Spent, charge.names.to_string())
        };
        let (entry, _) = self.charge(&ground, &amounts, at, &charge.booked, entry)?;
        Ok(entry)
    }

    /// The limits on the path that count one of the units, each with its window at a past instant.
    fn positions_at(
        &self,
        names: &Names,
        amounts: &Amounts,
        at: Timestamp,
    ) -> Result<Vec<Position>> {
        self.positions_of(self.standings(names)?, amounts, at)
    }

    /// The same of certain budgets.
    pub(super) fn positions_of(
        &self,
        standings: Vec<Standing>,
        amounts: &Amounts,
        at: Timestamp,
    ) -> Result<Vec<Position>> {
        let mut positions = Vec::new();
        for standing in standings {
            let rows = self.tx.limits(standing.budget.id)?;
            for current in standing.positions {
                let row = rows.iter().find(|row| row.id == current.limit);
                if let Some(row) = row.filter(|row| amounts.contains_key(&row.key.unit)) {
                    positions.extend(self.position_at(row, &standing.budget, current, at)?);
                }
            }
        }
        Ok(positions)
    }

    /// Where a limit stood at a past instant; `None` where it counted nothing then.
    pub(super) fn position_at(
        &self,
        row: &LimitRow,
        budget: &Budget,
        current: Position,
        at: Timestamp,
    ) -> Result<Option<Position>> {
        if at >= current.bounds.start {
            return Ok(Some(current));
        }
        let natural = match row.key.period {
            Period::Forever | Period::Until(_) => return Ok(Some(current)),
            // It opens with a charge and has no windows but those that were opened. What is
            // younger than its length still counts.
            Period::Span { micros } => {
                let moment = Bounds {
                    start: at,
                    end: at.checked_add_micros(1),
                };
                let is_young = at
                    .checked_add_micros(micros)
                    .is_none_or(|end| end > self.now.wall);
                return match self.tx.window_over(row.id, &moment)? {
                    Some(found) => Ok(Some(with_window(current, found))),
                    None => Ok(is_young.then_some(current)),
                };
            }
            _ => bounds(row.key.period, &budget.zone, budget.anchor, at)?,
        };
        let found = match self.tx.window_over(row.id, &natural)? {
            Some(found) => found,
            None => self.tx.add_window(row.id, &natural, row.amount)?,
        };
        Ok(Some(with_window(current, found)))
    }
}

/// A limit as it stands in one of its windows.
pub(super) fn with_window(
    limit: Position,
    (window, bounds, figures): (WindowId, Bounds, Figures),
) -> Position {
    Position {
        window: Some(window),
        bounds,
        figures,
        ..limit
    }
}
