//! Statements: of each limit of a budget, what its windows opened with, what moved them and what
//! they came to. Reads only; what is due is a line of its own, because no entry says it yet.

mod uncounted;

use std::collections::BTreeMap;

use serde_json::Value;

use super::Ledger;
use super::configure::position_of;
use super::scene::Scene;
use crate::ledger::budget::{Budget, Standing};
use crate::ledger::calendar::{Bounds, Period, Since};
use crate::ledger::entry::{Entry, Posting};
use crate::ledger::error::Result;
use crate::ledger::id::Id;
use crate::ledger::limit::{LimitKey, LimitSpec, Position};
use crate::ledger::name::BudgetName;
use crate::ledger::rules::statement::{
    About, Account, LimitSet, Moved, Part, Statement, statement,
};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::window::Movement;

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
struct Sheet {
    position: Position,
    is_current: bool,
    moves: Vec<Moved>,
    due: Option<Movement>,
}

impl Ledger {
    /// The statements of a budget: of the windows open now, or of those within a part of time.
    pub fn statements(&self, request: &StatementOf) -> Result<Statements> {
        self.read(|scene| {
            let standing = scene.existing(&request.name)?;
            let (zone, now) = (standing.budget.zone, scene.now.wall);
            let instant = |when: Option<Since>| when.map(|when| when.instant(zone, now));
            let part = Part {
                since: instant(request.since),
                until: request.until.map(|until| until.end(zone, now)),
            };
            let limit = request.limit.as_ref();
            if is_uncounted(&standing, limit) {
                let unit = limit.map(|key| &key.unit);
                return Ok(Statements {
                    at: now,
                    windows: Vec::new(),
                    uncounted: scene.uncounted(&standing.budget.name, unit, part)?,
                    budget: standing.budget,
                    part,
                });
            }
            let mut sheets = scene.sheets(&standing, limit, part)?;
            scene.fill(&mut sheets)?;
            let limits = scene.limits_of(&standing.budget)?;
            let windows = sheets.into_iter().map(|sheet| {
                let of = limits.get(&sheet.position.key.to_string());
                scene.stated(sheet, of.cloned().unwrap_or_default(), part)
            });
            Ok(Statements {
                at: now,
                windows: windows.collect(),
                uncounted: Vec::new(),
                budget: standing.budget,
                part,
            })
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
                sheets.push(Sheet {
                    position: position.clone(),
                    is_current: true,
                    moves: Vec::new(),
                    due: self.projection.movement(position).copied(),
                });
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
            sheets.push(Sheet {
                position: Position {
                    window: Some(window),
                    bounds,
                    figures: due.map_or(Ok(figures), |due| figures.after(&due))?,
                    ..position.clone()
                },
                is_current: false,
                moves: Vec::new(),
                due,
            });
        }
        Ok(sheets)
    }

    /// Gives each window what moved it.
    fn fill(&self, sheets: &mut [Sheet]) -> Result<()> {
        let windows = sheets.iter().filter_map(|sheet| sheet.position.window);
        let (Some(first), Some(last)) = (windows.clone().min(), windows.clone().max()) else {
            return Ok(());
        };
        let places: BTreeMap<_, _> = sheets
            .iter()
            .enumerate()
            .filter_map(|(place, sheet)| Some((sheet.position.window?, place)))
            .collect();
        let mut programs = BTreeMap::new();
        self.tx.each_move((first, last), |entry, posting| {
            let place = places.get(&posting.window);
            if let Some(sheet) = place.and_then(|place| sheets.get_mut(*place)) {
                let program = self.program_of(entry.session, &mut programs)?;
                sheet.see(&entry, posting, program);
            }
            Ok(())
        })
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

    /// The statement of one window.
    fn stated(&self, sheet: Sheet, limits: Vec<LimitSet>, part: Part) -> WindowStatement {
        let Sheet {
            position,
            is_current,
            mut moves,
            due,
        } = sheet;
        let due = due.filter(|due| Movement { over: None, ..*due } != Movement::default());
        moves.extend(due.map(|movement| Moved {
            seq: None,
            at: self.now.wall,
            effective_at: self.now.wall,
            kind: None,
            movement,
            about: About::default(),
        }));
        let account = Account {
            bounds: position.bounds,
            figures: position.figures,
            limits,
            moves,
        };
        WindowStatement {
            position,
            is_current,
            statement: statement(account, part),
        }
    }
}

impl Sheet {
    /// Takes in how an entry moved the window. What it posts as of one instant is one line.
    fn see(&mut self, entry: &Entry, posting: Posting, program: Option<String>) {
        self.moves.push(Moved {
            seq: Some(entry.seq),
            at: entry.at,
            effective_at: posting.effective_at,
            kind: Some(entry.kind),
            movement: posting.movement,
            about: about(entry, program),
        });
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
