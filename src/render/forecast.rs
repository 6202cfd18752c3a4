//! `budget forecast` for people: a few lines for each limit, of which the first say what was spent
//! and are certain, and the others where it is heading.

use super::fit::{words_of, wrapped};
use super::human::{amount, dollars, moment, quantity, until};
use super::style::{Style, Styles};
use super::table::{columns_of, shortened};
use crate::ledger::budget::{Budget, BudgetState};
use crate::ledger::calendar::Zone;
use crate::ledger::limit::Position;
use crate::ledger::rules::forecast::{Forecast, Heading, Range, RunsOut};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::Forecasted;

/// Where lines go on after their label.
const INDENT: usize = 14;

/// The whole view, in so many columns.
pub fn forecast(found: &Forecasted, styles: &Styles, width: usize) -> String {
    let at = found.at;
    let view = View { at, styles, width };
    let prose = |text: &str| wrapped(&words_of(text), width, 0);
    let mut parts = Vec::new();
    for outlook in &found.budgets {
        let limits = outlook.standing.positions.iter().zip(&outlook.forecasts);
        let told = limits.filter_map(|(position, found)| Some((position, found.as_ref()?)));
        parts.extend(
            told.map(|(position, found)| view.limit(&outlook.standing.budget, position, found)),
        );
    }
    if !found.clock_believed {
        parts.push(prose(
            "the clock jumped: nothing can be said until it is back, or until \
             `budget doctor --accept-clock`",
        ));
    } else if parts.is_empty() {
        parts.push(prose("there is no limit to look at"));
    }
    parts.join("\n\n")
}

struct View<'a> {
    at: Timestamp,
    styles: &'a Styles,
    width: usize,
}

impl View<'_> {
    fn limit(&self, budget: &Budget, position: &Position, forecast: &Forecast) -> String {
        let (figures, unit) = (&position.figures, &position.key.unit);
        let show = |atoms: i64| amount(atoms, unit);
        let charged = figures.charged();
        let mut so_far = vec![format!("{} spent", show(charged))];
        if !figures.reserved.is_zero() {
            so_far.push(format!("{} reserved", show(figures.reserved.atoms())));
        }
        so_far.push(format!("{} left", show(figures.available().atoms())));
        let mut lines = vec![self.head(budget, position), self.fact("so far", so_far)];
        let at_end = |text: &str| self.fact("at the end", vec![text.to_owned()]);
        let is_frozen = budget.state == BudgetState::Frozen;
        match forecast {
            _ if is_frozen => lines.push(at_end("as it is; the budget is frozen")),
            Forecast::Endless(_) => lines.push(at_end("never; it has no period")),
            Forecast::Heading(Heading { at_end, .. }) => {
                lines.push(self.fact("at the end", total(*at_end, unit)));
            }
            // Of what is used up there is more to say than that.
            _ if figures.is_used_up() => {}
            Forecast::Nothing => lines.push(at_end("nothing was charged to judge by")),
            Forecast::TooEarly => lines.push(at_end("too early to say")),
        }
        let out = match forecast {
            _ if is_frozen => None,
            _ if figures.is_used_up() => Some((&self.styles.over, used_up(position))),
            Forecast::Endless(out) => out.map(|out| self.straight_out(budget.zone, out)),
            Forecast::Heading(Heading { runs_out, .. }) => {
                Some(self.runs_out(budget.zone, *runs_out))
            }
            Forecast::Nothing | Forecast::TooEarly => None,
        };
        lines.extend(out.map(|(style, facts)| {
            let word = facts.first().cloned().unwrap_or_default();
            let text = self.fact("runs out", facts);
            text.replacen(&word, &style.paint(&word), 1)
        }));
        lines.join("\n")
    }

    /// Whose limit it is, what it is, and how much of its window has passed.
    fn head(&self, budget: &Budget, position: &Position) -> String {
        let figures = &position.figures;
        let mut limit = quantity(figures.capacity().atoms(), &position.key.unit);
        if let Some((_, period)) = position.key.to_string().split_once('/') {
            limit.push_str(&format!("/{period}"));
        }
        let name = shortened(budget.name.as_str(), self.width.saturating_sub(1));
        let mut pieces = vec![format!("{name}:"), limit];
        pieces.extend(position.bounds.end.map(|end| {
            let percent = passed(position.bounds.start, self.at, end);
            format!("{percent}% passed, resets in {}", until(end, self.at))
        }));
        wrapped(&with_commas(pieces, 1), self.width, 0)
    }

    /// A label and what there is to say, as many pieces a line as fit.
    fn fact(&self, label: &str, pieces: Vec<String>) -> String {
        let text = wrapped(&with_commas(pieces, 0), self.width, INDENT);
        let rest = text.get(INDENT..).unwrap_or_default();
        let gap = " ".repeat(INDENT.saturating_sub(2 + columns_of(label)));
        format!("  {label}{gap}{rest}")
    }

    /// When it runs out. The first piece is in a style, and says the same.
    fn runs_out(&self, zone: Zone, out: RunsOut) -> (&Style, Vec<String>) {
        let ok = &self.styles.ok;
        let span = |at: Timestamp| until(at, self.at);
        let when = |at: Timestamp| format!("in {}", span(at));
        match (out.earliest, out.likely, out.latest) {
            (None, ..) => (ok, vec!["not before it resets".to_owned()]),
            (Some(earliest), None, _) => {
                let earliest = format!("{} at the earliest", when(earliest));
                (ok, vec!["likely not before it resets".to_owned(), earliest])
            }
            (Some(earliest), Some(likely), latest) => {
                let (style, mut pieces) = self.straight_out(zone, likely);
                match latest.map(span) {
                    Some(latest) if latest == span(earliest) => {}
                    Some(latest) => {
                        pieces.push(format!("likely in {} to {latest}", span(earliest)));
                    }
                    None => {
                        pieces.push(format!("{} at the earliest or not at all", when(earliest)));
                    }
                }
                (style, pieces)
            }
        }
    }

    /// When it runs out if it goes on as it went.
    fn straight_out(&self, zone: Zone, out: Timestamp) -> (&Style, Vec<String>) {
        let when = format!("in {}", until(out, self.at));
        let on = format!("on {}", moment(out, &zone));
        (&self.styles.near, vec![when, on])
    }
}

fn used_up(position: &Position) -> Vec<String> {
    let text = if position.figures.available().atoms() <= 0 {
        "used up; nothing is left"
    } else {
        "over; it admits nothing"
    };
    vec![text.to_owned()]
}

/// Pieces with a comma behind each but the last; the first few have none.
fn with_commas(mut pieces: Vec<String>, without: usize) -> Vec<String> {
    let last = pieces.len().saturating_sub(1);
    let between = pieces.iter_mut().take(last).skip(without);
    between.for_each(|piece| piece.push(','));
    pieces
}

/// How much of a window has passed, in percent.
fn passed(start: Timestamp, at: Timestamp, end: Timestamp) -> i128 {
    let since = |at: Timestamp| i128::from(at.as_micros()) - i128::from(start.as_micros());
    let percent = (since(at) * 100).checked_div(since(end));
    percent.unwrap_or_default().clamp(0, 100)
}

/// What it comes to. Money is rounded: it is a guess.
fn total(range: Range, unit: &Unit) -> Vec<String> {
    let show = |atoms: i64| match unit {
        Unit::Usd => dollars(atoms, 2),
        _ => amount(atoms, unit),
    };
    let [low, likely, high] = [range.low, range.likely, range.high].map(|a| show(a.atoms()));
    if low == high {
        vec![likely]
    } else {
        vec![likely, format!("likely {low} to {high}")]
    }
}
