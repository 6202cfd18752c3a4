//! `budget status` for people: what is left, at a glance.

use std::collections::BTreeSet;

use super::human::{amount, moment, until};
use super::sanitize::line;
use super::style::{Style, Styles};
use super::table::{numbers, table, widest, words};
use crate::ledger::amount::Amount;
use crate::ledger::budget::BudgetState;
use crate::ledger::calendar::Zone;
use crate::ledger::limit::Position;
use crate::ledger::reservation::{Reservation, UnitStake};
use crate::ledger::unit::Unit;
use crate::ledger::verbs::Overview;

/// The width of a bar, in characters, where there is room for it.
const BAR: usize = 10;
/// How many corrections are proposed at once.
const CORRECTIONS: usize = 5;
/// The width below which a bar says nothing.
const SHORTEST_BAR: usize = 4;

/// The whole view, in so many columns if it can be.
pub fn status(overview: &Overview, styles: &Styles, width: usize) -> String {
    if overview.standings.is_empty() {
        return "no budgets yet; `budget create NAME --limit 20usd/day` makes one".to_owned();
    }
    let mut view = limits(overview, styles, width);
    if !overview.clock_believed {
        view.push_str(
            "\n\nthe clock jumped: windows stay as they are until it is back, or until \
             `budget doctor --accept-clock`",
        );
    }
    if !overview.open.is_empty() {
        view.push_str("\n\nrunning now:\n");
        view.push_str(&open(overview));
    }
    for unknown in overview.unknown.iter().take(CORRECTIONS) {
        view.push('\n');
        view.push_str(&correction(unknown));
    }
    let more = overview.unknown.len().saturating_sub(CORRECTIONS);
    if more > 0 {
        view.push_str(&format!(
            "\nand {more} more that nobody accounted for: see `budget reservations --state all`"
        ));
    }
    view
}

/// The table of limits. Where it is too wide, the bars give way.
fn limits(overview: &Overview, styles: &Styles, width: usize) -> String {
    let mut view = limits_with_bars(overview, BAR);
    let excess = widest(&view).saturating_sub(width);
    if excess > 0 {
        let bar = Some(BAR.saturating_sub(excess)).filter(|bar| *bar >= SHORTEST_BAR);
        view = limits_with_bars(overview, bar.unwrap_or_default());
    }
    paint(&view, overview, styles)
}

fn limits_with_bars(overview: &Overview, bar: usize) -> String {
    let columns = [
        words("BUDGET"),
        words("LIMIT"),
        numbers("SPENT"),
        numbers("RESERVED"),
        numbers("LEFT"),
        words("USED"),
        words("RESETS IN"),
    ];
    let mut rows = Vec::new();
    let shown: BTreeSet<_> = overview.standings.iter().map(|s| &s.budget.name).collect();
    for standing in &overview.standings {
        let levels = standing.budget.name.levels();
        let above = levels.filter(|level| shown.contains(level)).count();
        let indent = "  ".repeat(above.saturating_sub(1));
        let state = match standing.budget.state {
            BudgetState::Active => "",
            BudgetState::Frozen => " (frozen)",
            BudgetState::Closed => " (closed)",
        };
        let mut name = format!("{indent}{}{state}", standing.budget.name);
        if standing.positions.is_empty() {
            rows.push(vec![name, "none".to_owned()]);
            continue;
        }
        for position in &standing.positions {
            rows.push(row(std::mem::take(&mut name), position, overview, bar));
        }
    }
    table(&columns, &rows)
}

fn row(name: String, position: &Position, overview: &Overview, width: usize) -> Vec<String> {
    let unit = &position.key.unit;
    let figures = &position.figures;
    let charged = figures.spent.atoms().saturating_add(figures.debt.atoms());
    let limit = position.key.to_string();
    let limit = match limit.split_once('/') {
        Some((_, period)) => format!("{}/{period}", with_unit(figures.limit.atoms(), position)),
        None => with_unit(figures.limit.atoms(), position),
    };
    vec![
        name,
        limit,
        amount(charged, unit),
        amount(figures.reserved.atoms(), unit),
        amount(figures.available().atoms(), unit),
        format!("{} {}", bar_of(position, width), word(position))
            .trim_start()
            .to_owned(),
        position
            .bounds
            .end
            .map(|end| until(end, overview.at))
            .unwrap_or_default(),
    ]
}

fn with_unit(atoms: i64, position: &Position) -> String {
    super::human::quantity(atoms, &position.key.unit)
}

/// How much of what a window can take is taken, in percent; `None` where it can take nothing.
pub(super) fn used(position: &Position) -> Option<i64> {
    let capacity = i128::from(position.figures.capacity().atoms());
    let taken = capacity - i128::from(position.figures.available().atoms());
    (capacity > 0).then(|| i64::try_from(taken * 100 / capacity).unwrap_or(i64::MAX))
}

pub(super) fn bar_of(position: &Position, width: usize) -> String {
    let percent = used(position).unwrap_or(100).clamp(0, 100);
    let filled = usize::try_from(percent).unwrap_or(0) * width / 100;
    format!("{}{}", "█".repeat(filled), "░".repeat(width - filled))
}

pub(super) fn word(position: &Position) -> String {
    match used(position) {
        _ if position.figures.over => "over".to_owned(),
        None => "nothing allowed".to_owned(),
        Some(percent) if percent > 100 => format!("{percent}%, over"),
        Some(percent) => format!("{percent}%"),
    }
}

/// Colours each row's bar; the word beside it says the same.
fn paint(table: &str, overview: &Overview, styles: &Styles) -> String {
    if *styles == Styles::default() {
        return table.to_owned();
    }
    let positions = overview.standings.iter().flat_map(|standing| {
        let none = standing.positions.is_empty().then_some(None);
        standing.positions.iter().map(Some).chain(none)
    });
    let mut lines = table.lines();
    let heading = lines.next().map(|heading| styles.hint.paint(heading));
    let rows = lines.zip(positions).map(|(line, position)| match position {
        Some(position) => paint_bar(line, style_of(position, styles)),
        None => line.to_owned(),
    });
    heading
        .into_iter()
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}

fn style_of<'a>(position: &Position, styles: &'a Styles) -> &'a Style {
    match used(position) {
        Some(percent) if percent < 80 && !position.figures.over => &styles.ok,
        Some(percent) if percent < 100 && !position.figures.over => &styles.near,
        _ => &styles.over,
    }
}

fn paint_bar(line: &str, style: &Style) -> String {
    let is_bar = |c: char| matches!(c, '█' | '░');
    match (line.find(is_bar), line.rfind(is_bar)) {
        (Some(first), Some(last)) => {
            let end = last + '█'.len_utf8();
            let (before, rest) = line.split_at(first);
            let (bar, after) = rest.split_at(end - first);
            format!("{before}{}{after}", style.paint(bar))
        }
        _ => line.to_owned(),
    }
}

fn open(overview: &Overview) -> String {
    let rows: Vec<_> = overview
        .open
        .iter()
        .map(|found| open_row(found, overview))
        .collect();
    let columns = [
        words("ID"),
        words("BUDGET"),
        words("HOLDS"),
        words("WHAT"),
        words("SINCE"),
    ];
    table(&columns, &rows)
}

fn open_row(found: &Reservation, overview: &Overview) -> Vec<String> {
    let held = found
        .stakes
        .iter()
        .filter(|stake| !stake.reserved.is_zero());
    let held: Vec<_> = held
        .map(|s| super::human::quantity(s.reserved.atoms(), &s.unit))
        .collect();
    let program = found.owner.and_then(|owner| overview.programs.get(&owner));
    let what = program.map_or_else(
        || "reserve".to_owned(),
        |program| line(program).into_owned(),
    );
    vec![
        found.id.short(),
        found.names.to_string(),
        held.join(", "),
        what,
        moment(found.created, &Zone::utc()),
    ]
}

/// The line that corrects a reservation nobody could account for. What was booked inside of it is
/// known and stays: the correction is about the rest.
pub fn correction(unknown: &Reservation) -> String {
    let list = |pick: &dyn Fn(&UnitStake) -> Option<Amount>| {
        let amounts = unknown.stakes.iter().filter_map(|stake| {
            let amount = pick(stake).filter(|amount| !amount.is_zero())?;
            Some(super::human::quantity(amount.atoms(), &stake.unit))
        });
        amounts.collect::<Vec<_>>().join(", ")
    };
    // Time and calls are counted by us.
    let is_told = |unit: &Unit| !unit.is_implicit() && *unit != Unit::Time;
    let mut charged = list(&|stake| stake.charged);
    if charged.is_empty() {
        "nothing".clone_into(&mut charged);
    }
    let inside = list(&|stake| stake.nested.filter(|_| is_told(&stake.unit)));
    let (beside, without) = if inside.is_empty() {
        (String::new(), String::new())
    } else {
        (
            format!(" beside the {inside} booked inside of it"),
            format!(", leaving the {inside} out"),
        )
    };
    let id = unknown.id;
    format!(
        "unknown: {} was charged {charged} because nobody said what it cost{beside}; correct it \
         with `budget commit {id} AMOUNT`{without}",
        id.short()
    )
}
