//! A statement as comma-separated values, with exact decimals.

use super::super::csv::{Cell, csv, rows};
use super::super::wire::{instant, period};
use super::Form;
use crate::ledger::amount::decimal;
use crate::ledger::entry::EntryKind;
use crate::ledger::limit::Position;
use crate::ledger::rules::statement::Line;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::verbs::{StatementPiece, Statements, Uncounted, UncountedLine};

const HEADINGS: [&str; 18] = [
    "budget",
    "unit",
    "period",
    "window_start",
    "window_end",
    "entry",
    "at",
    "effective_at",
    "kind",
    "amount",
    "balance",
    "reservation",
    "session",
    "program",
    "model",
    "note",
    "corrects",
    "unknown",
];

/// The same as comma-separated values: a row for each line, with the opening and the closing
/// balance of each window before and after them.
pub struct Sheet;

impl Form for Sheet {
    fn begins(&mut self, _: &Statements) -> String {
        csv(&HEADINGS, [])
    }

    fn window(&mut self, about: &Statements, piece: &StatementPiece) -> String {
        let position = &piece.window.position;
        let (statement, bounds) = (&piece.window.statement, &position.bounds);
        let since = about.part.since.filter(|since| *since > bounds.start);
        let opening = Row::Balance(
            "opening",
            since.unwrap_or(bounds.start),
            statement.opening.atoms(),
        );
        let ends = if statement.available.is_none() {
            about.part.until
        } else {
            bounds.end.filter(|end| *end <= about.at)
        };
        let closing = Row::Balance(
            "closing",
            ends.unwrap_or(about.at),
            statement.closing.atoms(),
        );
        let opening = Some(opening).filter(|_| piece.begins);
        let closing = Some(closing).filter(|_| piece.ends);
        let lines = statement.lines.iter().map(Row::Line);
        let all = opening.into_iter().chain(lines).chain(closing);
        rows(all.map(|row| row.cells(about, position)))
    }

    fn uncounted(&mut self, about: &Statements, piece: &Uncounted) -> String {
        let lines = piece.lines.iter();
        rows(lines.map(|line| uncounted_cells(about, piece, line)))
    }

    fn ends(&mut self) -> String {
        String::new()
    }
}

/// A charge that no limit counts: it takes from no balance.
fn uncounted_cells(found: &Statements, of: &Uncounted, line: &UncountedLine) -> Vec<Cell> {
    let plain = |text: &str| Cell::Plain(text.to_owned());
    let none = || plain("");
    let at = instant(line.effective_at, &found.budget.zone);
    let atoms = line.atoms.atoms().saturating_neg();
    vec![
        Cell::Text(found.budget.name.to_string()),
        plain(of.unit.as_str()),
        none(),
        none(),
        none(),
        Cell::maybe(line.seq.map(|seq| seq.0.to_string())),
        none(),
        plain(&at),
        plain("charged"),
        Cell::Plain(decimal(atoms, &of.unit)),
        none(),
        none(),
        Cell::maybe(line.session.map(|id| id.to_string())),
        Cell::maybe_text(line.agent.as_deref()),
        Cell::maybe_text(line.model.as_deref()),
        none(),
        none(),
        plain(if line.unknown { "true" } else { "false" }),
    ]
}

/// A row of the values.
enum Row<'a> {
    Balance(&'static str, Timestamp, i64),
    Line(&'a Line),
}

impl Row<'_> {
    fn cells(&self, found: &Statements, position: &Position) -> Vec<Cell> {
        let (zone, unit) = (&found.budget.zone, &position.key.unit);
        let plain = |text: &str| Cell::Plain(text.to_owned());
        let time = |at: Timestamp| Cell::Plain(instant(at, zone));
        let exact = |atoms: i64| Cell::Plain(decimal(atoms, unit));
        let mut cells = vec![
            Cell::Text(found.budget.name.to_string()),
            plain(unit.as_str()),
            Cell::maybe(period(position.key.period)),
            time(position.bounds.start),
            Cell::maybe(position.bounds.end.map(|end| instant(end, zone))),
        ];
        match self {
            Self::Balance(kind, at, balance) => {
                let none = || plain("");
                cells.extend([
                    none(),
                    time(*at),
                    time(*at),
                    plain(kind),
                    none(),
                    exact(*balance),
                ]);
                cells.extend(std::iter::repeat_with(none).take(7));
            }
            Self::Line(line) => {
                let (moved, about) = (&line.moved, &line.moved.about);
                cells.extend([
                    Cell::maybe(moved.seq.map(|seq| seq.0.to_string())),
                    time(moved.at),
                    time(moved.effective_at),
                    plain(moved.kind.map_or("due", EntryKind::as_str)),
                    exact(line.amount.atoms()),
                    exact(line.balance.atoms()),
                    Cell::maybe(about.reservation.map(|id| id.to_string())),
                    Cell::maybe(about.session.map(|id| id.to_string())),
                    Cell::maybe_text(about.program.as_deref()),
                    Cell::maybe_text(about.model.as_deref()),
                    Cell::maybe_text(about.note.as_deref()),
                    Cell::maybe(about.of.map(|of| of.0.to_string())),
                    plain(if about.unknown { "true" } else { "false" }),
                ]);
            }
        }
        cells
    }
}
