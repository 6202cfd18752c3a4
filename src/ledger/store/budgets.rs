//! Budgets and their limits.

use rusqlite::Row;

use super::{Tx, codec, windows};
use crate::ledger::budget::{Budget, BudgetId, BudgetState};
use crate::ledger::error::Result;
use crate::ledger::limit::{LimitId, LimitKey, LimitSpec};
use crate::ledger::name::BudgetName;
use crate::ledger::policy::Overage;
use crate::ledger::standing::LimitRow;
use crate::ledger::timestamp::Timestamp;

/// The columns of a budget, which is `b`.
macro_rules! budget_columns {
    () => {
        "b.id, b.name, b.state, b.zone, b.anchor, b.on_unknown, b.reserve, b.caps, b.warn, b.note, \
         b.created_us"
    };
}

/// The row of `budget_columns` from its column on.
fn budget(row: &Row<'_>, first: usize) -> rusqlite::Result<Budget> {
    let column = |offset: usize| first.saturating_add(offset);
    Ok(Budget {
        id: BudgetId(row.get(column(0))?),
        name: stored_name(row, column(1))?,
        state: codec::named(row, column(2), BudgetState::from_name)?,
        zone: codec::parsed(row, column(3))?,
        anchor: codec::parsed(row, column(4))?,
        on_unknown: codec::parsed(row, column(5))?,
        reserve: codec::parsed_list(row, column(6))?,
        caps: codec::parsed(row, column(7))?,
        warn: codec::parsed_list(row, column(8))?,
        note: row.get(column(9))?,
        created: Timestamp::from_micros(row.get(column(10))?),
    })
}

/// The columns of a limit, which is `l`, and of its latest window.
macro_rules! limit_columns {
    () => {
        concat!(
            "l.id, l.unit, l.period, l.amount, l.overage, ",
            windows::window_columns!()
        )
    };
}

/// How many those are: where the budget begins that follows them.
const AFTER_LIMIT: usize = 15;

/// The row of `limit_columns`.
fn limit(row: &Row<'_>) -> rusqlite::Result<LimitRow> {
    Ok(LimitRow {
        id: LimitId(row.get(0)?),
        key: LimitKey {
            unit: codec::parsed(row, 1)?,
            period: codec::parsed(row, 2)?,
        },
        amount: codec::amount(row, 3)?,
        overage: codec::parsed(row, 4)?,
        window: windows::maybe_window(row, 5)?,
    })
}

/// Reads budgets that are not closed with their limits, to be taken by `standing`.
macro_rules! select_standings {
    ($which:literal) => {
        concat!(
            "SELECT ",
            limit_columns!(),
            ", ",
            budget_columns!(),
            " FROM budget b LEFT JOIN budget_limit l ON l.budget = b.id AND l.removed = 0 \
             LEFT JOIN limit_window w ON w.id = l.window \
             WHERE b.state <> 'closed' AND ",
            $which,
            " ORDER BY b.name, l.unit, l.period"
        )
    };
}

/// The row of `select_standings`: a budget, and one of its limits if it has any.
fn standing(row: &Row<'_>) -> rusqlite::Result<(Budget, Option<LimitRow>)> {
    let has_limit = row.get::<_, Option<i64>>(0)?.is_some();
    Ok((
        budget(row, AFTER_LIMIT)?,
        has_limit.then(|| limit(row)).transpose()?,
    ))
}

/// Rows of the same budget as one.
fn grouped(rows: Vec<(Budget, Option<LimitRow>)>) -> Vec<(Budget, Vec<LimitRow>)> {
    let mut budgets: Vec<(Budget, Vec<LimitRow>)> = Vec::new();
    for (budget, limit) in rows {
        match budgets.last_mut().filter(|(last, _)| last.id == budget.id) {
            Some((_, limits)) => limits.extend(limit),
            None => budgets.push((budget, limit.into_iter().collect())),
        }
    }
    budgets
}

impl Tx<'_> {
    pub(crate) const BUDGET: &'static str = concat!(
        "SELECT ",
        budget_columns!(),
        " FROM budget b WHERE b.name = ?1 AND b.state <> 'closed'"
    );
    pub(crate) const STANDING: &'static str = select_standings!("b.name = ?1");
    const STANDINGS: &'static str = select_standings!("b.name >= ?1 AND b.name < ?2");
    pub(crate) const LIMITS: &'static str = concat!(
        "SELECT ",
        limit_columns!(),
        " FROM budget_limit l LEFT JOIN limit_window w ON w.id = l.window \
         WHERE l.budget = ?1 AND l.removed = 0 ORDER BY l.unit, l.period"
    );
    pub(crate) const LIMIT: &'static str = concat!(
        "SELECT ",
        limit_columns!(),
        ", ",
        budget_columns!(),
        " FROM budget_limit l JOIN budget b ON b.id = l.budget \
         LEFT JOIN limit_window w ON w.id = l.window WHERE l.id = ?1"
    );

    /// The budget that carries a name now.
    pub fn budget(&self, name: &BudgetName) -> Result<Option<Budget>> {
        self.one(Self::BUDGET, [name.as_str()], |row| budget(row, 0))
    }

    /// The budget that carries a name now, with its limits by unit and period.
    pub fn budget_with_limits(&self, name: &BudgetName) -> Result<Option<(Budget, Vec<LimitRow>)>> {
        let rows = self.all(Self::STANDING, [name.as_str()], standing)?;
        Ok(grouped(rows).pop())
    }

    /// The budgets that are not closed, with their limits: one and those below it, or every one.
    pub fn budgets_with_limits(
        &self,
        within: Option<&BudgetName>,
    ) -> Result<Vec<(Budget, Vec<LimitRow>)>> {
        // All that begins with the name lies between it and itself with a letter after any other.
        let first = within.map_or("", BudgetName::as_str);
        let rows = self.all(
            Self::STANDINGS,
            [first, &format!("{first}\u{7f}")],
            standing,
        )?;
        let mut found = grouped(rows);
        found.retain(|(budget, _)| within.is_none_or(|name| budget.name.is_within(name)));
        Ok(found)
    }

    /// Whether a closed budget carried a name.
    pub fn was_closed(&self, name: &BudgetName) -> Result<bool> {
        let sql = "SELECT 1 FROM budget WHERE name = ?1 AND state = 'closed' LIMIT 1";
        self.one(sql, [name.as_str()], |_| Ok(()))
            .map(|found| found.is_some())
    }

    /// Whether there is a budget below a name, or ever was.
    pub fn has_below(&self, name: &BudgetName) -> Result<bool> {
        let sql = "SELECT 1 FROM budget WHERE name > ?1 AND name < ?2 LIMIT 1";
        // A slash comes right before a nought.
        let (first, after) = (format!("{name}/"), format!("{name}0"));
        self.one(sql, (first, after), |_| Ok(()))
            .map(|found| found.is_some())
    }

    /// Every budget, by name; closed ones where asked for.
    pub fn budgets(&self, closed: bool) -> Result<Vec<Budget>> {
        let sql = concat!(
            "SELECT ",
            budget_columns!(),
            " FROM budget b WHERE ?1 OR b.state <> 'closed' ORDER BY b.name, b.id"
        );
        self.all(sql, [closed], |row| budget(row, 0))
    }

    /// Adds a budget; its row is filled in.
    pub fn insert_budget(&self, budget: &Budget) -> Result<BudgetId> {
        let sql = "INSERT INTO budget (name, state, zone, anchor, on_unknown, reserve, caps, warn, \
                   note, created_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id";
        let values = (
            budget.name.as_str(),
            budget.state.as_str(),
            budget.zone.name(),
            budget.anchor.to_string(),
            budget.on_unknown.to_string(),
            words(&budget.reserve),
            budget.caps.to_string(),
            words(&budget.warn),
            &budget.note,
            budget.created.as_micros(),
        );
        let id = self.one(sql, values, |row| row.get(0).map(BudgetId))?;
        id.ok_or_else(|| self.damaged("a budget vanished"))
    }

    /// Stores a budget's state and choices. Its name, zone and anchor never change.
    pub fn update_budget(&self, budget: &Budget) -> Result<()> {
        let sql = "UPDATE budget SET state = ?2, on_unknown = ?3, reserve = ?4, caps = ?5, \
                   warn = ?6, note = ?7 WHERE id = ?1";
        let values = (
            budget.id.0,
            budget.state.as_str(),
            budget.on_unknown.to_string(),
            words(&budget.reserve),
            budget.caps.to_string(),
            words(&budget.warn),
            &budget.note,
        );
        self.run(sql, values).map(drop)
    }

    /// The limits of a budget, by unit and period.
    pub fn limits(&self, budget: BudgetId) -> Result<Vec<LimitRow>> {
        self.all(Self::LIMITS, [budget.0], limit)
    }

    /// One limit, also after it was removed.
    pub fn limit(&self, limit_id: LimitId) -> Result<Option<(LimitRow, Budget)>> {
        self.one(Self::LIMIT, [limit_id.0], |row| {
            Ok((limit(row)?, budget(row, AFTER_LIMIT)?))
        })
    }

    /// Adds a limit, or puts a removed one back, or changes its amount.
    pub fn put_limit(
        &self,
        budget: BudgetId,
        spec: &LimitSpec,
        overage: &Overage,
    ) -> Result<LimitId> {
        let sql = "INSERT INTO budget_limit (budget, unit, period, amount, overage, window, removed) \
                   VALUES (?1, ?2, ?3, ?4, ?5, NULL, 0) \
                   ON CONFLICT (budget, unit, period) DO UPDATE SET amount = excluded.amount, \
                   overage = excluded.overage, removed = 0 RETURNING id";
        let (unit, period) = (spec.key.unit.as_str(), spec.key.period.to_string());
        let values = (
            budget.0,
            unit,
            period,
            spec.amount.atoms(),
            overage.to_string(),
        );
        let id = self.one(sql, values, |row| row.get(0).map(LimitId))?;
        id.ok_or_else(|| self.damaged("a limit vanished"))
    }

    /// Takes a limit off its budget; its windows stay.
    pub fn remove_limit(&self, limit: LimitId) -> Result<()> {
        self.run(
            "UPDATE budget_limit SET removed = 1 WHERE id = ?1",
            [limit.0],
        )
        .map(drop)
    }
}

fn words<T: ToString>(items: &[T]) -> String {
    items
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A stored name; unlike a typed one it may be a run's own.
fn stored_name(row: &Row<'_>, column: usize) -> rusqlite::Result<BudgetName> {
    codec::named(row, column, BudgetName::from_stored)
}
