//! `statement` as JSON: every window with its lines, and what they add up to.

use serde::Serialize;

use super::budgets::{FiguresWire, WindowWire};
use super::{A, SCHEMA, instant, period, to_json};
use crate::ledger::calendar::Zone;
use crate::ledger::entry::EntryKind;
use crate::ledger::rules::statement::{Line, Totals};
use crate::ledger::unit::Unit;
use crate::ledger::verbs::{StatementPiece, Statements, Uncounted, UncountedLine, WindowStatement};
use crate::render::statement::Form;

/// What is said of all windows before the first.
#[derive(Serialize)]
struct AboutWire<'a> {
    schema: u32,
    at: String,
    budget: &'a str,
    zone: &'a str,
    since: Option<String>,
    until: Option<String>,
}

/// A window before its lines.
#[derive(Serialize)]
struct OpeningWire {
    unit: String,
    period: Option<String>,
    window: Option<WindowWire>,
    current: bool,
    opening: A,
}

/// A window after its lines.
#[derive(Serialize)]
struct ClosingWire {
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

/// `statement`, written piece by piece: one document in all.
#[derive(Debug, Default)]
pub struct StatementsJson {
    /// Whether anything is in the list that is open.
    is_listing: bool,
    /// Whether the windows are over.
    is_past_windows: bool,
}

impl Form for StatementsJson {
    fn begins(&mut self, about: &Statements) -> String {
        let zone = &about.budget.zone;
        let time = |at| instant(at, zone);
        let head = unclosed(&AboutWire {
            schema: SCHEMA,
            at: time(about.at),
            budget: about.budget.name.as_str(),
            zone: zone.name(),
            since: about.part.since.map(time),
            until: about.part.until.map(time),
        });
        format!("{head},\"statements\":[")
    }

    fn window(&mut self, about: &Statements, piece: &StatementPiece) -> String {
        let (zone, window) = (about.budget.zone, &piece.window);
        let unit = &window.position.key.unit;
        let mut text = String::new();
        if piece.begins {
            let head = unclosed(&opening(window, zone));
            text = format!("{}{head},\"lines\":[", self.separator());
            self.is_listing = false;
        }
        for found in &window.statement.lines {
            text.push_str(self.separator());
            text.push_str(&to_json(&line(found, unit, zone)));
        }
        if piece.ends {
            text.push_str(&format!("],{}", unopened(&closing(window))));
            self.is_listing = true;
        }
        text
    }

    fn uncounted(&mut self, about: &Statements, piece: &Uncounted) -> String {
        let unit = &piece.unit;
        let mut text = self.past_windows();
        if piece.begins {
            let unit = to_json(&unit.as_str());
            text.push_str(&format!(
                "{}{{\"unit\":{unit},\"lines\":[",
                self.separator()
            ));
            self.is_listing = false;
        }
        for line in &piece.lines {
            text.push_str(self.separator());
            text.push_str(&to_json(&charged(line, unit, about.budget.zone)));
        }
        if piece.ends {
            let total = to_json(&A::new(piece.total, unit));
            text.push_str(&format!("],\"total\":{total}}}"));
            self.is_listing = true;
        }
        text
    }

    fn ends(&mut self) -> String {
        format!("{}]}}\n", self.past_windows())
    }
}

impl StatementsJson {
    /// What stands before the next thing of a list.
    fn separator(&mut self) -> &'static str {
        if std::mem::replace(&mut self.is_listing, true) {
            ","
        } else {
            ""
        }
    }

    fn past_windows(&mut self) -> String {
        if std::mem::replace(&mut self.is_past_windows, true) {
            return String::new();
        }
        self.is_listing = false;
        "],\"uncounted\":[".to_owned()
    }
}

/// An object to which something is to be added.
fn unclosed(head: &impl Serialize) -> String {
    let text = to_json(head);
    text.strip_suffix('}').map(str::to_owned).unwrap_or(text)
}

/// What is to be added to an object, and its end.
fn unopened(tail: &impl Serialize) -> String {
    let text = to_json(tail);
    text.strip_prefix('{').map(str::to_owned).unwrap_or(text)
}

fn opening(found: &WindowStatement, zone: Zone) -> OpeningWire {
    let unit = &found.position.key.unit;
    OpeningWire {
        unit: unit.to_string(),
        period: period(found.position.key.period),
        window: WindowWire::of(&found.position, zone),
        current: found.is_current,
        opening: A::new(found.statement.opening.atoms(), unit),
    }
}

fn closing(found: &WindowStatement) -> ClosingWire {
    let (unit, statement) = (&found.position.key.unit, &found.statement);
    ClosingWire {
        totals: totals(&statement.totals, unit),
        closing: A::new(statement.closing.atoms(), unit),
        figures: FiguresWire::of(&found.position),
        complete: statement.available.is_some(),
        adds_up: statement.adds_up(),
        limit_is_told: statement.limit_is_told,
    }
}

fn charged(line: &UncountedLine, unit: &Unit, zone: Zone) -> ChargedWire {
    ChargedWire {
        entry: line.seq.map(|seq| seq.0),
        effective_at: instant(line.effective_at, &zone),
        charged: A::new(line.atoms.atoms(), unit),
        total: A::new(line.total, unit),
        session: line.session.map(|id| id.to_string()),
        agent: line.agent.clone(),
        model: line.model.clone(),
        unknown: line.unknown,
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
    let a = |atoms: i128| A::new(atoms, unit);
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
