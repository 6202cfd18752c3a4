//! `budget statement` for people: one window after the other, each with what it opened with, what
//! moved it and what it came to. For spreadsheets the same is in `sheet`.

mod sheet;

use super::human::{amount, local, quantity, signed};
use super::sanitize::line as sanitized;
use super::style::Styles;
use super::table::{numbers, table, table_or_list, words, wrapped};
use super::wire::period;
use crate::ledger::calendar::Zone;
use crate::ledger::entry::EntryKind;
use crate::ledger::limit::Position;
use crate::ledger::rules::statement::{Line, Statement, Totals};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::{Statements, Uncounted, WindowStatement};

pub use sheet::statements_csv;

/// How many columns stay together where a table is too wide.
const HEAD: usize = 4;

/// The whole view, in so many columns if a person reads it.
pub fn statements(found: &Statements, styles: &Styles, width: Option<usize>) -> String {
    let windows = found.windows.iter();
    let views: Vec<_> = windows
        .map(|window| view(found, window, styles, width))
        .collect();
    let uncounted = found.uncounted.iter();
    let uncounted = uncounted.map(|of| uncounted_view(found, of, styles, width));
    views
        .into_iter()
        .chain(uncounted)
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// What was charged of a unit that no limit counts.
fn uncounted_view(
    found: &Statements,
    of: &Uncounted,
    styles: &Styles,
    width: Option<usize>,
) -> String {
    let fit = |text: &str| wrapped(text, width.unwrap_or(usize::MAX), 2);
    let (zone, unit) = (found.budget.zone, &of.unit);
    let heading = format!("{}  {unit}, which no limit of it counts", found.budget.name);
    let columns = [
        words("WHEN"),
        numbers("#"),
        numbers("CHARGED"),
        numbers("TOTAL"),
        words("WHAT"),
    ];
    let rows = of.lines.iter().map(|line| {
        let text = |text: &Option<String>| text.as_deref().map(|text| sanitized(text).into_owned());
        let unknown = line.unknown.then(|| "unknown".to_owned());
        let facts = [unknown, text(&line.agent), text(&line.model)];
        vec![
            minute(line.effective_at, zone),
            line.seq.map_or("-".to_owned(), |seq| seq.0.to_string()),
            amount(line.atoms.atoms(), unit),
            amount(line.total.atoms(), unit),
            facts.into_iter().flatten().collect::<Vec<_>>().join(", "),
        ]
    });
    let rows: Vec<_> = rows.collect();
    [
        styles.name.paint(&fit(&heading)),
        fit(&format!("times in {zone}")),
        table_or_list(&columns, &rows, width, HEAD),
    ]
    .join("\n")
}

fn view(
    found: &Statements,
    window: &WindowStatement,
    styles: &Styles,
    width: Option<usize>,
) -> String {
    let fit = |text: &str| wrapped(text, width.unwrap_or(usize::MAX), 2);
    let zone = found.budget.zone;
    let (position, statement) = (&window.position, &window.statement);
    let limit = quantity(position.figures.limit.atoms(), &position.key.unit);
    let each = period(position.key.period).map(|period| format!("/{period}"));
    let each = each.unwrap_or_default();
    let heading = format!("{}  {limit}{each}", found.budget.name);
    let mut parts = vec![
        styles.name.paint(&fit(&heading)),
        fit(&stretch(found, window)),
    ];
    if !statement.limit_is_told {
        parts.push(fit(
            "the journal does not tell how the limit came to its amount here: it is taken as it is",
        ));
    }
    let columns = [
        words("WHEN"),
        numbers("#"),
        numbers("AMOUNT"),
        numbers("LEFT"),
        words("WHAT"),
    ];
    let rows = rows(window, zone, found);
    parts.push(table_or_list(&columns, &rows, width, HEAD));
    parts.push(String::new());
    parts.push(sums(statement, &position.key.unit));
    let (painted, said) = verdict(window, styles);
    parts.push(painted.paint(&fit(&said)));
    parts.join("\n")
}

/// From when to when it runs, which part of that is shown, and in which zone.
fn stretch(found: &Statements, window: &WindowStatement) -> String {
    let zone = found.budget.zone;
    let bounds = &window.position.bounds;
    let minute = |at: Timestamp| minute(at, zone);
    let whole = match (window.position.window, bounds.end) {
        _ if day(window, zone).is_some() => day(window, zone).unwrap_or_default(),
        (None, None) => "nothing has counted against it yet".to_owned(),
        (_, None) => format!("from {}, without an end", minute(bounds.start)),
        (_, Some(end)) => format!("{} to {}", minute(bounds.start), minute(end)),
    };
    let since = found.part.since.filter(|since| *since > bounds.start);
    let until = window.statement.available.is_none();
    let until = found.part.until.filter(|_| until);
    let since = since.map(|at| format!(", shown from {}", minute(at)));
    let until = until.map(|at| format!(", shown up to {}", minute(at)));
    let (since, until) = (since.unwrap_or_default(), until.unwrap_or_default());
    format!("{whole} ({zone}){since}{until}")
}

/// The day that a window lies in, where it is no longer.
fn day(window: &WindowStatement, zone: Zone) -> Option<String> {
    let date = |at: Timestamp| local(at, &zone).get(..10).map(str::to_owned);
    let bounds = &window.position.bounds;
    let last = bounds.end?.checked_add_micros(-1)?;
    let hours = bounds.end?.as_micros() - bounds.start.as_micros();
    let is_day = date(bounds.start) == date(last) && hours >= 20 * 3_600_000_000;
    date(last).filter(|_| is_day)
}

fn minute(at: Timestamp, zone: Zone) -> String {
    let shown = local(at, &zone);
    shown.get(..16).unwrap_or(&shown).to_owned()
}

fn rows(window: &WindowStatement, zone: Zone, found: &Statements) -> Vec<Vec<String>> {
    let (position, statement) = (&window.position, &window.statement);
    let unit = &position.key.unit;
    let left = |atoms: i64| amount(atoms, unit);
    let day = day(window, zone);
    // Within one day the time says it all.
    let when = |at: Timestamp| {
        let shown = local(at, &zone);
        let time = day.as_deref().and_then(|day| shown.strip_prefix(day));
        time.map_or_else(|| minute(at, zone), |time| time.trim_start().to_owned())
    };
    let start = position.bounds.start;
    let since = found.part.since.filter(|since| *since > start);
    let opening = match since {
        Some(_) => "opening balance",
        None => "opening balance: the limit",
    };
    let begins = if position.window.is_none() && position.bounds.end.is_none() {
        String::new()
    } else {
        when(since.unwrap_or(start))
    };
    let mut rows = vec![vec![
        begins,
        String::new(),
        String::new(),
        left(statement.opening.atoms()),
        opening.to_owned(),
    ]];
    rows.extend(statement.lines.iter().map(|line| {
        vec![
            when(line.moved.at),
            line.moved
                .seq
                .map_or("-".to_owned(), |seq| seq.0.to_string()),
            signed(line.amount.atoms(), unit),
            left(line.balance.atoms()),
            what(line, unit, zone),
        ]
    }));
    rows
}

/// What happened, and what it was about.
fn what(shown: &Line, unit: &Unit, zone: Zone) -> String {
    let about = &shown.moved.about;
    let happened = happened(shown, unit);
    let corrects = about.of.map(|of| format!("of entry {}", of.0));
    let reservation = about.reservation.map(|id| id.short());
    let unknown = about.unknown.then(|| "unknown".to_owned());
    let as_of = about
        .imported
        .then(|| format!("as of {}", minute(shown.moved.effective_at, zone)));
    let text = |text: &Option<String>| text.as_deref().map(|text| sanitized(text).into_owned());
    let facts = [
        Some(happened),
        corrects,
        unknown,
        as_of,
        text(&about.program),
        text(&about.model),
        text(&about.note),
        reservation,
    ];
    facts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn happened(line: &Line, unit: &Unit) -> String {
    let movement = &line.moved.movement;
    if let Some((before, after)) = line.limit {
        let [before, after] = [before, after].map(|limit| quantity(limit.atoms(), unit));
        return format!("limit set from {before} to {after}");
    }
    let charged = movement.spent.saturating_add(movement.debt);
    let settled = settled(
        charged,
        movement.reserved.saturating_neg(),
        movement.debt,
        unit,
    );
    match line.moved.kind {
        None => format!("over, and not written yet: {settled}"),
        Some(EntryKind::Reserved) => "reserved".to_owned(),
        Some(EntryKind::Granted) if movement.granted < 0 => "debited".to_owned(),
        Some(EntryKind::Granted) => "granted".to_owned(),
        Some(EntryKind::Reset) => "reset".to_owned(),
        Some(EntryKind::Repaid) => "debt paid back".to_owned(),
        Some(EntryKind::Set) => set(charged, movement.reserved).to_owned(),
        Some(EntryKind::Expired) => format!("expired: {settled}"),
        Some(EntryKind::Corrected) => format!("corrected: {settled}"),
        Some(EntryKind::Repriced) => format!("repriced: {settled}"),
        Some(EntryKind::Refunded) => "refunded".to_owned(),
        Some(EntryKind::Released) if charged == 0 => "released".to_owned(),
        Some(_) => settled,
    }
}

/// What came with a limit that was set, or went with one that was removed.
fn set(charged: i64, reserved: i64) -> &'static str {
    match (charged, reserved) {
        (_, ..0) => "no more reserved of: this limit was removed",
        (0, _) => "reserved before this limit was there",
        (_, 0) => "charged before this limit was there",
        _ => "charged and reserved before this limit was there",
    }
}

/// What a settlement charged, and what it gave back of what was reserved.
fn settled(charged: i64, held: i64, debt: i64, unit: &Unit) -> String {
    let say = |atoms: i64| quantity(atoms, unit);
    let said = match (charged, held) {
        (0, 1..) => "nothing charged, the reservation came back".to_owned(),
        (0, _) => "nothing charged".to_owned(),
        (1.., 1..) if charged == held => format!("charged all of {} reserved", say(held)),
        (1.., 1..) if charged < held => {
            format!("charged {} of {} reserved", say(charged), say(held))
        }
        (1.., 1..) => format!(
            "charged {}, more than the {} reserved",
            say(charged),
            say(held)
        ),
        (1.., _) => "charged".to_owned(),
        _ => "given back".to_owned(),
    };
    match debt {
        1.. if debt == charged => format!("{said}, beyond the limit"),
        1.. => format!("{said}, {} of it beyond the limit", say(debt)),
        _ => said,
    }
}

/// The totals by kind, those that moved anything.
fn sums(statement: &Statement, unit: &Unit) -> String {
    let change = |atoms: i128| {
        let end = if atoms < 0 { -i64::MAX } else { i64::MAX };
        signed(i64::try_from(atoms).unwrap_or(end), unit)
    };
    let kinds = kinds(&statement.totals);
    let moved = kinds.iter().filter(|(_, atoms)| *atoms != 0);
    let mut rows = vec![vec![
        "opening balance".to_owned(),
        amount(statement.opening.atoms(), unit),
    ]];
    rows.extend(moved.map(|(name, atoms)| vec![(*name).to_owned(), change(*atoms)]));
    rows.push(vec![
        "closing balance".to_owned(),
        amount(statement.closing.atoms(), unit),
    ]);
    let shown = table(&[words(""), numbers("")], &rows);
    // The line of the headings, which has none.
    shown
        .split_once('\n')
        .map_or(shown.clone(), |(_, rows)| rows.to_owned())
}

fn kinds(totals: &Totals) -> [(&'static str, i128); 8] {
    [
        ("limit changed", totals.limit),
        ("granted", totals.granted),
        ("charged before it was there", totals.seeded),
        ("charged", totals.charged),
        ("given back", totals.refunded),
        ("reset", totals.reset),
        ("debt paid back", totals.repaid),
        ("reserved", totals.reserved),
    ]
}

/// Whether it adds up, and to what.
fn verdict(window: &WindowStatement, styles: &Styles) -> (super::style::Style, String) {
    let Position { key, figures, .. } = &window.position;
    let say = |atoms: i64| quantity(atoms, &key.unit);
    let statement = &window.statement;
    let closing = statement.closing.atoms();
    let overdrawn = if closing < 0 { ", overdrawn" } else { "" };
    match statement.available {
        Some(available) if !statement.adds_up() => (
            styles.over,
            format!(
                "it does not add up: the window itself has {} left; see `budget verify`",
                say(available.atoms())
            ),
        ),
        Some(_) if window.is_current => {
            let held = figures.reserved.atoms();
            let held = match held {
                0 => String::new(),
                held => format!(", {} reserved by what is open", say(held)),
            };
            let style = if closing < 0 {
                styles.over
            } else {
                styles.hint
            };
            (
                style,
                format!("as `budget status` shows it{overdrawn}{held}"),
            )
        }
        Some(_) => (
            styles.hint,
            format!("what the window ended with{overdrawn}"),
        ),
        None => (styles.hint, format!("what was left then{overdrawn}")),
    }
}
