//! Which window of a limit is in force now: the stored one while it runs, else a new one that
//! its first charge will open.

use super::amount::Amount;
use super::budget::Budget;
use super::calendar::{Bounds, CalendarError, bounds};
use super::limit::{LimitId, LimitKey, LimitSpec, Position};
use super::moment::Moment;
use super::policy::Overage;
use super::window::{Figures, WindowId};

/// A limit as stored, without its budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitRow {
    /// Its row.
    pub id: LimitId,
    /// What identifies it within its budget.
    pub key: LimitKey,
    /// How much one period may take.
    pub amount: Amount,
    /// What happens to an overrun.
    pub overage: Overage,
    /// The latest window; `None` before the first.
    pub window: Option<(WindowId, Bounds, Figures)>,
}

impl LimitRow {
    /// The limit as it was set.
    pub fn spec(&self) -> LimitSpec {
        LimitSpec {
            key: self.key.clone(),
            amount: self.amount,
        }
    }
}

/// Where a limit stands at a moment. `believable` is whether the wall clock may open windows.
pub fn position(
    row: &LimitRow,
    budget: &Budget,
    now: &Moment,
    believable: bool,
) -> Result<Position, CalendarError> {
    let in_force = |bounds: &Bounds| !believable || bounds.end.is_none_or(|end| now.wall < end);
    let (window, bounds, figures) = match &row.window {
        Some((id, bounds, figures)) if in_force(bounds) => (Some(*id), *bounds, *figures),
        earlier => {
            let next = next_bounds(row, budget, earlier.as_ref().map(|(_, b, _)| b), now)?;
            (None, next, Figures::fresh(row.amount))
        }
    };
    Ok(Position {
        limit: row.id,
        budget: budget.name.clone(),
        key: row.key.clone(),
        overage: row.overage.clone(),
        window,
        bounds,
        figures,
        warn: budget.warn.clone(),
    })
}

/// The bounds of a new window, which never starts before the last one ended.
fn next_bounds(
    row: &LimitRow,
    budget: &Budget,
    earlier: Option<&Bounds>,
    now: &Moment,
) -> Result<Bounds, CalendarError> {
    let natural = bounds(row.key.period, &budget.zone, budget.anchor, now.wall)?;
    let earliest = earlier.and_then(|b| b.end).unwrap_or(natural.start);
    Ok(Bounds {
        start: natural.start.max(earliest),
        end: natural.end,
    })
}
