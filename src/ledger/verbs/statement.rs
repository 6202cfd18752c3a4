//! Statements: of each limit of a budget, what its windows opened with, what moved them and what
//! they came to. Reads only; what is due is a line of its own, because no entry says it yet.

mod pages;
mod uncounted;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde_json::Value;

use super::Ledger;
use super::configure::position_of;
use super::scene::Scene;
use crate::ledger::budget::{Budget, Standing};
use crate::ledger::calendar::{Bounds, Period, Since};
use crate::ledger::entry::{Entry, Posting, Seq};
use crate::ledger::error::Result;
use crate::ledger::id::Id;
use crate::ledger::limit::{LimitKey, LimitSpec, Position};
use crate::ledger::name::BudgetName;
use crate::ledger::rules::statement::{About, Account, LimitSet, Moved, Part, Statement};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::window::{Movement, WindowId};

pub use pages::{StatementPages, StatementPiece};
pub use uncounted::{Uncounted, UncountedLine};

/// What a statement is asked of.
#[derive(Debug, Clone)]
pub struct StatementOf {
    /// The budget.
    pub name: BudgetName,
    /// One of its limits; every one where `None`.
    pub limit: Option<LimitKey>,
    /// From then on, in the budget's zone.
    pub since: Option<Since>,
    /// Up to then; a day is part of it.
    pub until: Option<Since>,
}

/// The statements of a budget.
#[derive(Debug, Clone)]
pub struct Statements {
    /// When they were read.
    pub at: Timestamp,
    /// The budget.
    pub budget: Budget,
    /// The part of time that was asked about.
    pub part: Part,
    /// The windows: by limit, then by time.
    pub windows: Vec<WindowStatement>,
    /// What was charged of the unit asked about where no limit counts it; of every unit where there
    /// is no limit at all.
    pub uncounted: Vec<Uncounted>,
}

/// The statement of one window.
#[derive(Debug, Clone)]
pub struct WindowStatement {
    /// The limit with the window and its sums.
    pub position: Position,
    /// Whether it is the window open now.
    pub is_current: bool,
    /// What moved it.
    pub statement: Statement,
}

/// A window that a statement is made of.
#[derive(Debug, Clone)]
struct Sheet {
    position: Position,
    is_current: bool,
    account: Account,
    /// What is due and not written yet.
    due: Option<Moved>,
    /// The last entry that moved it.
    last: Seq,
}

impl Ledger {
    /// The statements of a budget, all at once: of the windows open now, or of those within a part
    /// of time.
    pub fn statements(&self, request: &StatementOf) -> Result<Statements> {
        let mut pages = self.statement_pages(request)?;
        let mut lines = Vec::new();
        let mut windows = Vec::new();
        while let Some(piece) = self.next_piece(&mut pages)? {
            let StatementPiece {
                mut window, ends, ..
            } = piece;
            lines.append(&mut window.statement.lines);
            if ends {
                window.statement.lines = std::mem::take(&mut lines);
                windows.push(window);
            }
        }
        let mut uncounted = Vec::new();
        for unit in &pages.units {
            let mut all: Option<Uncounted> = None;
            self.each_uncounted(&pages.about, unit, |part| match &mut all {
                None => all = Some(part),
                Some(all) => all.extend(part),
            })?;
            uncounted.extend(all);
        }
        Ok(Statements {
            windows,
            uncounted,
            ..pages.about
        })
    }
}

/// Whether no limit counts the unit that is asked about, or any.
fn is_uncounted(standing: &Standing, limit: Option<&LimitKey>) -> bool {
    let mut limited = standing.positions.iter().map(|position| &position.key.unit);
    match limit {
        None => standing.positions.is_empty(),
        Some(key) => {
            let is_unit = key.period == Period::Forever;
            is_unit && !limited.any(|unit| *unit == key.unit)
        }
    }
}

impl Scene<'_> {
    /// The windows that are asked about, without what moved them.
    fn sheets(
        &self,
        standing: &Standing,
        limit: Option<&LimitKey>,
        part: Part,
    ) -> Result<Vec<Sheet>> {
        let positions = match limit {
            Some(key) => vec![position_of(standing, key)?],
            None => standing.positions.iter().collect(),
        };
        let mut sheets = Vec::new();
        for position in positions {
            if part != Part::default() {
                sheets.extend(self.earlier(position, part)?);
            }
            if overlaps(&position.bounds, part) {
                let due = self.projection.movement(position).copied();
                sheets.push(self.sheet(position.clone(), due, true));
            }
        }
        Ok(sheets)
    }

    /// The windows of a limit before the one in force that share time with a part.
    fn earlier(&self, position: &Position, part: Part) -> Result<Vec<Sheet>> {
        let stretch = Bounds {
            start: part.since.unwrap_or(Timestamp::from_micros(i64::MIN)),
            end: part.until,
        };
        let mut sheets = Vec::new();
        for (window, bounds, figures) in self.tx.windows_within(position.limit, &stretch)? {
            if Some(window) == position.window {
                continue;
            }
            let due = self.projection.movement_of(window).copied();
            let position = Position {
                window: Some(window),
                bounds,
                figures: due.map_or(Ok(figures), |due| figures.after(&due))?,
                ..position.clone()
            };
            sheets.push(self.sheet(position, due, false));
        }
        Ok(sheets)
    }

    /// A window without what it is known to have been moved by.
    fn sheet(&self, position: Position, due: Option<Movement>, is_current: bool) -> Sheet {
        let due = due.filter(|due| Movement { over: None, ..*due } != Movement::default());
        let account = Account::of(position.bounds, position.figures, Vec::new());
        Sheet {
            position,
            is_current,
            account,
            due: due.map(|movement| Moved {
                seq: None,
                at: self.now.wall,
                effective_at: self.now.wall,
                kind: None,
                movement,
                about: About::default(),
            }),
            last: Seq(0),
        }
    }

    /// Looks which entries move each window, and what of it is before the part asked about.
    fn foresee(&self, sheets: &mut [Sheet], part: Part) -> Result<()> {
        let windows = sheets.iter().filter_map(|sheet| sheet.position.window);
        let (Some(first), Some(last)) = (windows.clone().min(), windows.clone().max()) else {
            return Ok(());
        };
        let places: BTreeMap<_, _> = sheets
            .iter()
            .enumerate()
            .filter_map(|(place, sheet)| Some((sheet.position.window?, place)))
            .collect();
        self.tx.each_posting_to((first, last), |seq, posting| {
            let place = places.get(&posting.window);
            if let Some(sheet) = place.and_then(|place| sheets.get_mut(*place)) {
                sheet.account.foresee(seq, posting, part);
                sheet.last = seq;
            }
        })
    }

    /// The next movements of a window after an entry, so many entries at most, and the last entry
    /// that they are of.
    fn moves_after(
        &self,
        (window, after, up_to): (WindowId, Seq, Seq),
        at_most: usize,
    ) -> Result<(Vec<Moved>, Seq)> {
        let mut programs = BTreeMap::new();
        let (mut entries, mut last) = (0_usize, after);
        let mut moves = Vec::new();
        self.tx.moves_of(window, (after, up_to), |entry, posting| {
            entries = entries.saturating_add((entry.seq != last).into());
            if entries > at_most {
                return Ok(ControlFlow::Break(()));
            }
            last = entry.seq;
            let program = self.program_of(entry.session, &mut programs)?;
            moves.push(moved(&entry, &posting, program));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok((moves, last))
    }

    /// The program of a run, looked up once.
    fn program_of(
        &self,
        session: Option<Id>,
        known: &mut BTreeMap<Id, Option<String>>,
    ) -> Result<Option<String>> {
        let Some(id) = session else {
            return Ok(None);
        };
        if let Some(found) = known.get(&id) {
            return Ok(found.clone());
        }
        let found = self.tx.session(&id)?.map(|found| found.program);
        Ok(known.entry(id).or_insert(found).clone())
    }

    /// Every amount that each limit of a budget was given, by limit.
    fn limits_of(&self, budget: &Budget) -> Result<BTreeMap<String, Vec<LimitSet>>> {
        let mut limits: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for entry in self.tx.settings_of(&budget.name)? {
            let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
            if detail.get("budget").and_then(Value::as_i64) != Some(budget.id.0) {
                continue;
            }
            let specs = detail.get("limits").and_then(Value::as_array);
            let specs = specs.into_iter().flatten().filter_map(Value::as_str);
            for spec in specs.filter_map(|text| text.parse::<LimitSpec>().ok()) {
                limits
                    .entry(spec.key.to_string())
                    .or_default()
                    .push(LimitSet {
                        seq: entry.seq,
                        at: entry.at,
                        kind: entry.kind,
                        amount: spec.amount,
                    });
            }
        }
        Ok(limits)
    }
}

/// How an entry moved a window.
fn moved(entry: &Entry, posting: &Posting, program: Option<String>) -> Moved {
    Moved {
        seq: Some(entry.seq),
        at: entry.at,
        effective_at: posting.effective_at,
        kind: Some(entry.kind),
        movement: posting.movement,
        about: about(entry, program),
    }
}

/// Whether a window shares time with a part.
fn overlaps(bounds: &Bounds, part: Part) -> bool {
    part.until.is_none_or(|until| bounds.start < until)
        && part
            .since
            .is_none_or(|since| bounds.end.is_none_or(|end| since < end))
}

fn about(entry: &Entry, program: Option<String>) -> About {
    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
    let text = |path: &str| {
        let found = detail.pointer(path).and_then(Value::as_str);
        found.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    About {
        reservation: entry.reservation,
        session: entry.session,
        of: entry.of,
        program,
        model: text("/usage/model"),
        note: text("/note").or_else(|| text("/reason")),
        unknown: detail.get("unknown").is_some(),
        imported: detail.get("imported").is_some(),
    }
}
