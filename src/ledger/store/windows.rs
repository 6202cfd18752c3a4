//! Windows: the sums of each period of each limit.

use rusqlite::Row;

use super::charging::charging;
use super::{Tx, codec};
use crate::ledger::amount::{Amount, Balance};
use crate::ledger::calendar::Bounds;
use crate::ledger::entry::Seq;
use crate::ledger::error::Result;
use crate::ledger::limit::LimitId;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::window::{Ceiling, Figures, Movement, WindowId};

/// The columns of a window, which is `w`.
macro_rules! window_columns {
    () => {
        "w.id, w.start_us, w.end_us, w.amount, w.granted, w.spent, w.reserved, w.debt, w.over, \
         w.warned"
    };
}

pub(super) use window_columns;

/// The row of `window_columns` from its column on; `None` where there is no window.
pub(super) fn maybe_window(
    row: &Row<'_>,
    first: usize,
) -> rusqlite::Result<Option<(WindowId, Bounds, Figures)>> {
    let column = |offset: usize| first.saturating_add(offset);
    let Some(id) = row.get::<_, Option<i64>>(first)? else {
        return Ok(None);
    };
    let end: Option<i64> = row.get(column(2))?;
    let bounds = Bounds {
        start: Timestamp::from_micros(row.get(column(1))?),
        end: end.map(Timestamp::from_micros),
    };
    let figures = Figures {
        limit: codec::amount(row, column(3))?,
        granted: Balance::from_atoms(row.get(column(4))?),
        spent: codec::amount(row, column(5))?,
        reserved: codec::amount(row, column(6))?,
        debt: codec::amount(row, column(7))?,
        over: row.get(column(8))?,
        warned: row.get(column(9))?,
    };
    Ok(Some((WindowId(id), bounds, figures)))
}

impl Tx<'_> {
    pub(crate) const MOVE_WINDOW: &'static str = "UPDATE limit_window SET granted = granted + ?2, spent = spent + ?3, \
         reserved = reserved + ?4, debt = debt + ?5, over = coalesce(?6, over) WHERE id = ?1";

    /// Opens a window and makes it the limit's current one.
    pub fn open_window(&self, limit: LimitId, bounds: &Bounds, amount: Amount) -> Result<WindowId> {
        let id = self.insert_window(limit, bounds, amount)?;
        self.run(
            "UPDATE budget_limit SET window = ?2 WHERE id = ?1",
            (limit.0, id.0),
        )?;
        Ok(id)
    }

    /// Adds a window of the past. The limit's current one stays what it is.
    pub fn add_window(
        &self,
        limit: LimitId,
        bounds: &Bounds,
        amount: Amount,
    ) -> Result<(WindowId, Bounds, Figures)> {
        let id = self.insert_window(limit, bounds, amount)?;
        Ok((id, *bounds, Figures::fresh(amount)))
    }

    /// The last of a limit's windows that shares time with these bounds. Windows of a limit never
    /// overlap, so only the last one that begins before their end can.
    pub fn window_over(
        &self,
        limit: LimitId,
        bounds: &Bounds,
    ) -> Result<Option<(WindowId, Bounds, Figures)>> {
        let sql = concat!(
            "SELECT ",
            window_columns!(),
            " FROM limit_window w WHERE w.limit_id = ?1 AND w.start_us < ?2 \
             ORDER BY w.start_us DESC LIMIT 1"
        );
        let before = bounds.end.map_or(i64::MAX, Timestamp::as_micros);
        let values = (limit.0, before);
        let last = self
            .one(sql, values, |row| maybe_window(row, 0))
            .map(Option::flatten)?;
        Ok(last.filter(|(_, found, _)| found.end.is_none_or(|end| end > bounds.start)))
    }

    fn insert_window(&self, limit: LimitId, bounds: &Bounds, amount: Amount) -> Result<WindowId> {
        let sql = "INSERT INTO limit_window (limit_id, start_us, end_us, amount, granted, spent, \
                   reserved, debt, over) VALUES (?1, ?2, ?3, ?4, 0, 0, 0, 0, 0) RETURNING id";
        let end = bounds.end.map(Timestamp::as_micros);
        let values = (limit.0, bounds.start.as_micros(), end, amount.atoms());
        let id = self.one(sql, values, |row| row.get(0).map(WindowId))?;
        id.ok_or_else(|| self.damaged("a window vanished"))
    }

    /// Moves the figures of a window.
    pub fn move_window(&self, window: WindowId, movement: &Movement) -> Result<()> {
        let Movement {
            granted,
            spent,
            reserved,
            debt,
            over,
        } = *movement;
        let values = (window.0, granted, spent, reserved, debt, over);
        match self.run(Self::MOVE_WINDOW, values)? {
            1 => Ok(()),
            _ => Err(self.damaged("a window is missing")),
        }
    }

    /// Gives a window another limit.
    pub fn set_window_limit(&self, window: WindowId, amount: Amount) -> Result<()> {
        let sql = "UPDATE limit_window SET amount = ?2 WHERE id = ?1";
        self.run(sql, (window.0, amount.atoms())).map(drop)
    }

    /// Notes the highest share of a window that was warned of, in percent.
    pub fn set_warned(&self, window: WindowId, warned: u8) -> Result<()> {
        let sql = "UPDATE limit_window SET warned = ?2 WHERE id = ?1";
        self.run(sql, (window.0, warned)).map(drop)
    }

    /// The figures of a window.
    pub fn figures(&self, window: WindowId) -> Result<Option<Figures>> {
        Ok(self.window(window)?.map(|(_, _, figures)| figures))
    }

    /// A window.
    pub fn window(&self, window: WindowId) -> Result<Option<(WindowId, Bounds, Figures)>> {
        let sql = concat!(
            "SELECT ",
            window_columns!(),
            " FROM limit_window w WHERE w.id = ?1"
        );
        self.one(sql, [window.0], |row| maybe_window(row, 0))
            .map(Option::flatten)
    }

    /// What every window of a limit admits, the oldest first.
    pub fn ceilings(&self, limit: LimitId) -> Result<Vec<Ceiling>> {
        let sql = "SELECT start_us, amount, granted FROM limit_window WHERE limit_id = ?1 \
                   ORDER BY start_us";
        self.all(sql, [limit.0], |row| {
            Ok(Ceiling {
                start: Timestamp::from_micros(row.get(0)?),
                limit: row.get(1)?,
                granted: row.get(2)?,
            })
        })
    }

    /// What each entry charged to a window, and as of when.
    pub fn charged_to(&self, window: WindowId) -> Result<Vec<(Seq, Timestamp, i64)>> {
        let sql = concat!(
            "SELECT p.entry, p.effective_us, p.spent + p.debt FROM posting p \
             JOIN entry e ON e.seq = p.entry WHERE p.window = ?1 AND e.kind IN (",
            charging!(),
            ")"
        );
        self.all(sql, [window.0], |row| {
            let at = Timestamp::from_micros(row.get(1)?);
            Ok((Seq(row.get(0)?), at, row.get(2)?))
        })
    }
}
