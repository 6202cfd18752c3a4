//! `budget status` for people: what is left, at a glance. Limits and what runs now have files of their
//! own; here is what nobody could account for, and what is said of a limit elsewhere, too.

mod cards;
mod limits;
mod rows;
mod running;

use super::fit::{words_of, wrapped};
use super::sanitize::line;
use super::style::Styles;
use crate::ledger::amount::Amount;
use crate::ledger::limit::Position;
use crate::ledger::reservation::{Reservation, UnitStake};
use crate::ledger::verbs::Overview;

/// How many corrections are proposed at once.
const CORRECTIONS: usize = 5;

/// The whole view, in so many columns.
pub fn status(overview: &Overview, styles: &Styles, width: usize) -> String {
    let prose = |text: &str| wrapped(&words_of(text), width, 0);
    if overview.standings.is_empty() {
        return prose("no budgets yet; `budget create NAME --limit 20usd/day` makes one");
    }
    let mut parts = vec![limits::limits(overview, styles, width)];
    if !overview.clock_believed {
        parts.push(prose(
            "the clock jumped: windows stay as they are until it is back, or until \
             `budget doctor --accept-clock`",
        ));
    }
    if !overview.open.is_empty() {
        parts.push(running::running(overview, styles, width));
    }
    let unknown = overview.unknown.iter().take(CORRECTIONS);
    parts.extend(unknown.map(|found| prose(&unaccounted(found, overview, width))));
    let more = overview.unknown.len().saturating_sub(CORRECTIONS);
    if more > 0 {
        parts.push(prose(&format!(
            "and {more} more that nobody accounted for: see `budget reservations --state all`"
        )));
    }
    parts.join("\n\n")
}

/// How much of what a window can take is taken, in percent; `None` where it can take nothing.
pub(super) fn used(position: &Position) -> Option<i64> {
    let capacity = i128::from(position.figures.capacity().atoms());
    let taken = capacity - i128::from(position.figures.available().atoms());
    (capacity > 0).then(|| i64::try_from(taken * 100 / capacity).unwrap_or(i64::MAX))
}

/// The name of a file without its directory.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
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

/// What nobody could account for, why, and the command that corrects it: with its whole id where a
/// line has room for that.
fn unaccounted(unknown: &Reservation, overview: &Overview, width: usize) -> String {
    let who = running::who(unknown, overview);
    let what = format!("{} ({who} on {})", unknown.id.short(), unknown.names);
    let id = unknown.id.to_string();
    let is_wide = command(&id).len() < width;
    let id = if is_wide { id } else { unknown.id.short() };
    let why = overview.reasons.get(&unknown.id);
    let why = why.map(|why| format!(" ({})", line(why)));
    correct(unknown, &what, &why.unwrap_or_default(), &id)
}

/// The line that corrects a reservation nobody could account for. What was booked inside of it is
/// known and stays: the correction is about the rest.
pub fn correction(unknown: &Reservation) -> String {
    correct(unknown, &unknown.id.short(), "", &unknown.id.to_string())
}

fn command(id: &str) -> String {
    format!("`budget commit {id} AMOUNT`")
}

fn correct(unknown: &Reservation, what: &str, why: &str, id: &str) -> String {
    let list = |pick: &dyn Fn(&UnitStake) -> Option<Amount>| {
        let amounts = unknown.stakes.iter().filter_map(|stake| {
            let amount = pick(stake).filter(|amount| !amount.is_zero())?;
            Some(super::human::quantity(amount.atoms(), &stake.unit))
        });
        amounts.collect::<Vec<_>>().join(", ")
    };
    let mut charged = list(&|stake| stake.charged);
    if charged.is_empty() {
        "nothing".clone_into(&mut charged);
    }
    let inside = list(&|stake| stake.nested.filter(|_| stake.unit.is_reported()));
    let (beside, without) = if inside.is_empty() {
        (String::new(), String::new())
    } else {
        (
            format!(" beside the {inside} booked inside of it"),
            format!(", leaving the {inside} out"),
        )
    };
    format!(
        "unknown: {what} was charged {charged} because nobody said what it cost{beside}{why}; \
         correct it with {}{without}",
        command(id)
    )
}
