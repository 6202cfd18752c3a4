//! Budgets and their limits as JSON: how they stand, what is left of them. What counts
//! against them is shown elsewhere.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};

use super::{A, SCHEMA, instant, period, to_json};
use crate::ledger::amount::decimal;
use crate::ledger::budget::Standing;
use crate::ledger::calendar::Zone;
use crate::ledger::limit::Position;
use crate::ledger::policy::{Cap, Caps};
use crate::ledger::rules::pace::Pace;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::{Lowered, Overview};

/// From when to when a window runs.
#[derive(Serialize)]
pub(super) struct WindowWire {
    start: String,
    end: Option<String>,
}

/// The sums of a window.
#[derive(Serialize)]
pub(super) struct FiguresWire {
    limit: A,
    granted: A,
    spent: A,
    reserved: A,
    debt: A,
    over: bool,
    available: A,
}

#[derive(Serialize)]
pub(super) struct LimitWire {
    unit: String,
    period: Option<String>,
    zone: String,
    #[serde(flatten)]
    figures: FiguresWire,
    overage: String,
    window: Option<WindowWire>,
    /// Left out where it was not asked for; `null` where nothing can be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(clippy::option_option, reason = "left out and `null` are told apart")]
    pace: Option<Option<PaceWire>>,
    /// Left out where the project asks for no less.
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<LowerWire>,
}

/// What is left of a limit in a project that keeps to a lower one.
#[derive(Serialize)]
struct LowerWire {
    limit: A,
    available: A,
    said_by: String,
}

/// Where a window is heading.
#[derive(Serialize)]
struct PaceWire {
    runs_out_at: Option<String>,
    at_end: Option<A>,
}

#[derive(Serialize)]
pub(super) struct BudgetWire {
    name: String,
    state: String,
    limits: Vec<LimitWire>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<BudgetDetail>,
}

#[derive(Serialize)]
struct BudgetDetail {
    zone: String,
    anchor: String,
    on_unknown: String,
    reserve: Vec<String>,
    caps: Map<String, Value>,
    warn: Vec<u8>,
    note: String,
}

impl WindowWire {
    /// `None` before the first use.
    pub(super) fn of(position: &Position, zone: Zone) -> Option<Self> {
        let bounds = position.window.map(|_| &position.bounds);
        bounds.map(|bounds| Self {
            start: instant(bounds.start, &zone),
            end: bounds.end.map(|end| instant(end, &zone)),
        })
    }
}

impl FiguresWire {
    pub(super) fn of(position: &Position) -> Self {
        let figures = &position.figures;
        let a = |atoms: i64| A::new(atoms, &position.key.unit);
        Self {
            limit: a(figures.limit.atoms()),
            granted: a(figures.granted.atoms()),
            spent: a(figures.spent.atoms()),
            reserved: a(figures.reserved.atoms()),
            debt: a(figures.debt.atoms()),
            over: figures.over,
            available: a(figures.available().atoms()),
        }
    }
}

impl LimitWire {
    pub(super) fn of(position: &Position, zone: Zone) -> Self {
        Self {
            unit: position.key.unit.to_string(),
            period: period(position.key.period),
            zone: zone.name().to_owned(),
            figures: FiguresWire::of(position),
            overage: position.overage.to_string(),
            window: WindowWire::of(position, zone),
            pace: None,
            project: None,
        }
    }

    fn with_lower(self, position: &Position, lowered: &Lowered) -> Self {
        let wire = |lower: &Position| {
            let figures = FiguresWire::of(lower);
            LowerWire {
                limit: figures.limit,
                available: figures.available,
                said_by: lowered.said_by.clone(),
            }
        };
        Self {
            project: lowered.of(position).map(wire),
            ..self
        }
    }

    fn with_pace(self, position: &Position, pace: Option<Pace>, zone: Zone) -> Self {
        let wire = |pace: Pace| PaceWire {
            runs_out_at: pace.runs_out.map(|out| instant(out, &zone)),
            at_end: pace
                .at_end
                .map(|end| A::new(end.atoms(), &position.key.unit)),
        };
        Self {
            pace: Some(pace.map(wire)),
            ..self
        }
    }
}

impl BudgetWire {
    pub(super) fn of(standing: &Standing) -> Self {
        let found = &standing.budget;
        let limits = standing.positions.iter();
        Self {
            name: found.name.to_string(),
            state: found.state.as_str().to_owned(),
            limits: limits.map(|p| LimitWire::of(p, found.zone)).collect(),
            detail: None,
        }
    }

    /// The same with where each limit is heading, and what a project leaves of it.
    pub(super) fn heading(standing: &Standing, overview: &Overview) -> Self {
        let zone = standing.budget.zone;
        let limit = |position| {
            let pace = overview.pace(standing, position);
            let limit = LimitWire::of(position, zone).with_pace(position, pace, zone);
            limit.with_lower(position, &overview.lowered)
        };
        Self {
            limits: standing.positions.iter().map(limit).collect(),
            ..Self::of(standing)
        }
    }

    fn detailed(standing: &Standing) -> Self {
        let found = &standing.budget;
        let detail = BudgetDetail {
            zone: found.zone.name().to_owned(),
            anchor: found.anchor.to_string(),
            on_unknown: found.on_unknown.to_string(),
            reserve: found.reserve.iter().map(ToString::to_string).collect(),
            caps: caps(&found.caps),
            warn: found.warn.iter().map(|percent| percent.get()).collect(),
            note: found.note.clone(),
        };
        Self {
            detail: Some(detail),
            ..Self::of(standing)
        }
    }
}

/// Caps as children read them.
pub fn caps(caps: &Caps) -> Map<String, Value> {
    let value = |cap: &Cap| match cap {
        Cap::MaxTokens(count) | Cap::MaxSteps(count) => (*count).into(),
        Cap::AllowTools(tools) | Cap::DenyTools(tools) => tools.clone().into(),
        Cap::Cooldown(span) => span.millis().into(),
    };
    let key = |cap: &Cap| match cap {
        Cap::Cooldown(_) => "cooldown_ms".to_owned(),
        other => other.key().to_owned(),
    };
    caps.iter().map(|cap| (key(cap), value(cap))).collect()
}

/// `list`.
pub fn budgets(standings: &[Standing]) -> String {
    #[derive(Serialize)]
    struct Wire {
        schema: u32,
        budgets: Vec<BudgetWire>,
    }
    to_json(&Wire {
        schema: SCHEMA,
        budgets: standings.iter().map(BudgetWire::detailed).collect(),
    })
}

/// `show`, and what `create`, `set`, `grant`, `freeze`, `unfreeze` and `close` answer.
pub fn budget(standing: &Standing) -> String {
    budgets(std::slice::from_ref(standing))
}

/// `remaining`: plain numbers of every unit that the path limits; the common ones are always
/// there, `null` where nothing limits them. Exact digits, written as JSON numbers.
pub fn remaining(standings: &[Standing]) -> String {
    let mut least: BTreeMap<String, Option<(i64, Unit)>> =
        [Unit::Usd, Unit::Tokens, Unit::Calls, Unit::Time]
            .iter()
            .map(|unit| (key_of(unit), None))
            .collect();
    for position in standings.iter().flat_map(|standing| &standing.positions) {
        let unit = &position.key.unit;
        let left = position.figures.available().floor().atoms();
        let slot = least.entry(key_of(unit)).or_default();
        let left = slot.as_ref().map_or(left, |(least, _)| left.min(*least));
        *slot = Some((left, unit.clone()));
    }
    let number = |(left, unit): &(i64, Unit)| {
        let text = if *unit == Unit::Time {
            left.to_string()
        } else {
            decimal(*left, unit)
        };
        RawValue::from_string(text).ok()
    };
    let fields: BTreeMap<_, _> = least
        .iter()
        .map(|(key, left)| (key, left.as_ref().and_then(number)))
        .collect();
    to_json(&fields)
}

fn key_of(unit: &Unit) -> String {
    if *unit == Unit::Time {
        "time_ms".to_owned()
    } else {
        unit.to_string()
    }
}
