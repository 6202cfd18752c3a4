//! Statements piece by piece: each is read in a transaction of its own and holds so many lines at
//! most. What is written after the first was asked for is not met.

use std::collections::VecDeque;

use super::super::Ledger;
use super::{Sheet, StatementOf, Statements, WindowStatement, is_uncounted};
use crate::ledger::calendar::Since;
use crate::ledger::entry::Seq;
use crate::ledger::error::Result;
use crate::ledger::rules::statement::{Part, Statement, Telling};
use crate::ledger::unit::Unit;

/// How many entries are read at once.
pub(super) const PAGE: usize = 1_000;

/// The statements of a budget that are left to be read.
#[derive(Debug)]
pub struct StatementPages {
    /// All but the windows, and what no limit counts.
    pub about: Statements,
    /// The units of which something was charged that no limit counts.
    pub units: Vec<Unit>,
    sheets: VecDeque<Sheet>,
    open: Option<Open>,
}

/// A part of the statement of a window: the lines that come next, and what it comes to so far.
#[derive(Debug)]
pub struct StatementPiece {
    /// The window with these lines.
    pub window: WindowStatement,
    /// The last entry that moves it.
    pub last: Seq,
    /// Whether it begins here.
    pub begins: bool,
    /// Whether it ends here, and its totals are those of the whole.
    pub ends: bool,
}

/// The window that is being told.
#[derive(Debug)]
struct Open {
    sheet: Sheet,
    telling: Telling,
    /// The last entry that was told.
    after: Seq,
}

impl Ledger {
    /// The statements of a budget, of the windows open now or of those within a part of time, to be
    /// read piece by piece.
    pub fn statement_pages(&self, request: &StatementOf) -> Result<StatementPages> {
        self.read(|scene| {
            let standing = scene.existing(&request.name)?;
            let (zone, now) = (standing.budget.zone, scene.now.wall);
            let instant = |when: Option<Since>| when.map(|when| when.instant(zone, now));
            let part = Part {
                since: instant(request.since),
                until: request.until.map(|until| until.end(zone, now)),
            };
            let limit = request.limit.as_ref();
            let mut sheets = Vec::new();
            let mut units = Vec::new();
            if is_uncounted(&standing, limit) {
                let unit = limit.map(|key| &key.unit);
                units = scene.charged_units(&standing.budget.name, unit, part)?;
            } else {
                sheets = scene.sheets(&standing, limit, part)?;
                scene.foresee(&mut sheets, part)?;
                let limits = scene.limits_of(&standing.budget)?;
                for sheet in &mut sheets {
                    let of = limits.get(&sheet.position.key.to_string());
                    sheet.account.limits = of.cloned().unwrap_or_default();
                }
            }
            Ok(StatementPages {
                about: Statements {
                    at: now,
                    windows: Vec::new(),
                    uncounted: Vec::new(),
                    budget: standing.budget,
                    part,
                },
                units,
                sheets: sheets.into(),
                open: None,
            })
        })
    }

    /// The next piece of a window; `None` at the end.
    pub fn next_piece(&self, pages: &mut StatementPages) -> Result<Option<StatementPiece>> {
        let told = pages.open.take();
        let begins = told.is_none();
        let next = || {
            pages
                .sheets
                .pop_front()
                .map(|sheet| Open::new(sheet, pages.about.part))
        };
        let Some(mut open) = told.or_else(next) else {
            return Ok(None);
        };
        let moves = match open.sheet.position.window {
            Some(window) if open.after < open.sheet.last => {
                let stretch = (window, open.after, open.sheet.last);
                let (moves, last) = self.read(|scene| scene.moves_after(stretch, PAGE))?;
                let is_all = moves.is_empty();
                open.after = if is_all { open.sheet.last } else { last };
                moves
            }
            _ => Vec::new(),
        };
        let ends = open.after >= open.sheet.last;
        let due = open.sheet.due.take_if(|_| ends);
        let mut lines = Vec::new();
        let mut tell = |line| lines.push(line);
        for moved in moves.into_iter().chain(due) {
            open.telling.sees(moved, &mut tell);
        }
        if ends {
            open.telling.closes(&mut tell);
        }
        let window = WindowStatement {
            position: open.sheet.position.clone(),
            is_current: open.sheet.is_current,
            statement: Statement {
                lines,
                ..open.telling.so_far().clone()
            },
        };
        let last = open.sheet.last;
        pages.open = (!ends).then_some(open);
        Ok(Some(StatementPiece {
            window,
            last,
            begins,
            ends,
        }))
    }
}

impl StatementPages {
    /// Whether there is nothing to be told.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty() && self.sheets.is_empty() && self.open.is_none()
    }
}

impl Open {
    fn new(sheet: Sheet, part: Part) -> Self {
        Self {
            telling: Telling::new(&sheet.account, part),
            // Nothing before its first entry is of this window.
            after: sheet
                .account
                .first
                .map_or(Seq(0), |first| Seq(first.0.saturating_sub(1))),
            sheet,
        }
    }
}
