//! `statement` as JSON: every window with its lines, and what they add up to.

use serde::Serialize;

use super::budgets::{FiguresWire, WindowWire};
use super::{A, SCHEMA, instant, period, to_json};
use crate::ledger::calendar::Zone;
use crate::ledger::entry::EntryKind;
use crate::ledger::rules::statement::{Line, Totals};
use crate::ledger::unit::Unit;
use crate::ledger::verbs::{Statements, Uncounted, WindowStatement};

#[derive(Serialize)]
struct StatementWire {
    unit: String,
    period: Option<String>,
    window: Option<WindowWire>,
    current: bool,
    opening: A,
    lines: Vec<LineWire>,
    totals: TotalsWire,
    closing: A,
    figures: FiguresWire,
    complete: bool,
    adds_up: bool,
    limit_is_told: bool,
}

#[derive(Serialize)]
struct LineWire {
    entry: Option<i64>,
    at: String,
    effective_at: String,
    kind: &'static str,
    amount: A,
    balance: A,
    limit: A,
    granted: A,
    charged: A,
    reserved: A,
    reservation: Option<String>,
    session: Option<String>,
    program: Option<String>,
    model: Option<String>,
    note: Option<String>,
    corrects: Option<i64>,
    unknown: bool,
}

#[derive(Serialize)]
struct UncountedWire {
    unit: String,
    lines: Vec<ChargedWire>,
    total: A,
}

#[derive(Serialize)]
struct ChargedWire {
    entry: Option<i64>,
    effective_at: String,
    charged: A,
    total: A,
    session: Option<String>,
    agent: Option<String>,
    model: Option<String>,
    unknown: bool,
}

#[derive(Serialize)]
struct TotalsWire {
    limit: A,
    granted: A,
    charged: A,
    given_back: A,
    reset: A,
    repaid: A,
    seeded: A,
    reserved: A,
}

/// `statement`.
pub fn statements(found: &Statements) -> String {
    #[derive(Serialize)]
    struct Wire {
        schema: u32,
        at: String,
        budget: String,
        zone: String,
        since: Option<String>,
        until: Option<String>,
        statements: Vec<StatementWire>,
        uncounted: Vec<UncountedWire>,
    }
    let zone = found.budget.zone;
    let time = |at| instant(at, &zone);
    to_json(&Wire {
        schema: SCHEMA,
        at: time(found.at),
        budget: found.budget.name.to_string(),
        zone: zone.name().to_owned(),
        since: found.part.since.map(time),
        until: found.part.until.map(time),
        statements: found.windows.iter().map(|w| window(w, zone)).collect(),
        uncounted: found
            .uncounted
            .iter()
            .map(|of| uncounted(of, zone))
            .collect(),
    })
}

fn window(found: &WindowStatement, zone: Zone) -> StatementWire {
    let WindowStatement {
        position,
        is_current,
        statement,
    } = found;
    let unit = &position.key.unit;
    StatementWire {
        unit: unit.to_string(),
        period: period(position.key.period),
        window: WindowWire::of(position, zone),
        current: *is_current,
        opening: A::new(statement.opening.atoms(), unit),
        lines: statement
            .lines
            .iter()
            .map(|l| line(l, unit, zone))
            .collect(),
        totals: totals(&statement.totals, unit),
        closing: A::new(statement.closing.atoms(), unit),
        figures: FiguresWire::of(position),
        complete: statement.available.is_some(),
        adds_up: statement.adds_up(),
        limit_is_told: statement.limit_is_told,
    }
}

fn uncounted(of: &Uncounted, zone: Zone) -> UncountedWire {
    let unit = &of.unit;
    let total = of.lines.last().map_or(0, |line| line.total.atoms());
    let lines = of.lines.iter().map(|line| ChargedWire {
        entry: line.seq.map(|seq| seq.0),
        effective_at: instant(line.effective_at, &zone),
        charged: A::new(line.atoms.atoms(), unit),
        total: A::new(line.total.atoms(), unit),
        session: line.session.map(|id| id.to_string()),
        agent: line.agent.clone(),
        model: line.model.clone(),
        unknown: line.unknown,
    });
    UncountedWire {
        unit: unit.to_string(),
        lines: lines.collect(),
        total: A::new(total, unit),
    }
}

fn line(line: &Line, unit: &Unit, zone: Zone) -> LineWire {
    let (moved, about) = (&line.moved, &line.moved.about);
    let movement = &moved.movement;
    let a = |atoms: i64| A::new(atoms, unit);
    let raised = line
        .limit
        .map(|(before, after)| after.atoms().saturating_sub(before.atoms()));
    LineWire {
        entry: moved.seq.map(|seq| seq.0),
        at: instant(moved.at, &zone),
        effective_at: instant(moved.effective_at, &zone),
        kind: moved.kind.map_or("due", EntryKind::as_str),
        amount: a(line.amount.atoms()),
        balance: a(line.balance.atoms()),
        limit: a(raised.unwrap_or_default()),
        granted: a(movement.granted),
        charged: a(movement.spent.saturating_add(movement.debt)),
        reserved: a(movement.reserved),
        reservation: about.reservation.map(|id| id.to_string()),
        session: about.session.map(|id| id.to_string()),
        program: about.program.clone(),
        model: about.model.clone(),
        note: about.note.clone(),
        corrects: about.of.map(|of| of.0),
        unknown: about.unknown,
    }
}

fn totals(totals: &Totals, unit: &Unit) -> TotalsWire {
    let a = |atoms: i128| {
        let end = if atoms < 0 { i64::MIN } else { i64::MAX };
        A::new(i64::try_from(atoms).unwrap_or(end), unit)
    };
    TotalsWire {
        limit: a(totals.limit),
        granted: a(totals.granted),
        charged: a(totals.charged),
        given_back: a(totals.refunded),
        reset: a(totals.reset),
        repaid: a(totals.repaid),
        seeded: a(totals.seeded),
        reserved: a(totals.reserved),
    }
}
