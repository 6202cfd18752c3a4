//! `budget quote` for people: what runs cost before, and whether another would be admitted.

use super::human::{amount, span};
use super::table::{numbers, table_or_list, words, wrapped};
use crate::error::Error;
use crate::ledger::amount::{Amount, Ask};
use crate::ledger::rules::history::{FEWEST, History};
use crate::ledger::unit::Unit;
use crate::ledger::verbs::HISTORY_DAYS;

/// What is known of runs like one.
pub struct Quote {
    /// The budgets.
    pub names: String,
    /// The program.
    pub program: String,
    /// What its runs cost.
    pub history: History,
    /// What another would reserve; nothing where too little is known.
    pub asks: Vec<Ask>,
    /// Whether that would be admitted now; `None` where there is nothing to go by.
    pub admitted: Option<Result<(), Error>>,
}

/// The whole view, in so many columns if a person reads it.
pub fn quote(found: &Quote, width: Option<usize>) -> String {
    let fit = |text: &str| wrapped(text, width.unwrap_or(usize::MAX), 2);
    let (history, program) = (&found.history, super::sanitize::line(&found.program));
    let runs = match history.runs {
        0 => "no finished run".to_owned(),
        1 => "1 finished run".to_owned(),
        runs => format!("{runs} finished runs"),
    };
    let names = &found.names;
    let mut parts = vec![fit(&format!(
        "{runs} of {program} on {names} in the last {HISTORY_DAYS} days"
    ))];
    if history.unknown > 0 {
        let unknown = history.unknown;
        parts.push(fit(&format!(
            "{unknown} of unknown cost, in no figure below"
        )));
    }
    if !history.costs.is_empty() {
        parts.push(costs(history, width));
    }
    if let Some(mean) = history.mean_ms {
        parts.push(fit(&format!("they took {} on average", span(mean))));
    }
    parts.push(fit(&outlook(found)));
    parts.join("\n")
}

fn costs(history: &History, width: Option<usize>) -> String {
    let columns = [
        words("UNIT"),
        numbers("RUNS"),
        numbers("MEDIAN"),
        numbers("P90"),
        numbers("MAX"),
    ];
    let rows = history.costs.iter().map(|(unit, costs)| {
        let say = |cost: Option<Amount>| cost.map(|cost| amount(cost.atoms(), unit));
        let say = |cost| say(cost).unwrap_or_default();
        vec![
            unit.to_string(),
            costs.runs().to_string(),
            say(costs.percentile(50)),
            say(costs.percentile(90)),
            say(costs.max()),
        ]
    });
    table_or_list(&columns, &rows.collect::<Vec<_>>(), width, columns.len())
}

/// Whether another would be admitted.
fn outlook(found: &Quote) -> String {
    let asks: Vec<_> = found.asks.iter().map(ask).collect();
    let asks = asks.join(", ");
    match &found.admitted {
        None => format!("too little is known to reserve by: it takes {FEWEST} runs of known cost"),
        Some(Ok(())) => format!("with p90, {asks}, it would be admitted now"),
        Some(Err(error)) => {
            let why = error.message.trim_start_matches("denied: ");
            format!("with p90, {asks}, it would be denied now: {why}")
        }
    }
}

fn ask(ask: &Ask) -> String {
    match ask {
        Ask::Exactly(asked) => super::human::quantity(asked.amount.atoms(), &asked.unit),
        Ask::AllOf(_) | Ask::All => ask.to_string(),
    }
}

/// What one unit's runs cost, as it is shown elsewhere.
pub(super) fn figures(history: &History, unit: &Unit) -> [Option<Amount>; 3] {
    let costs = history.costs.get(unit);
    let at = |percent| costs.and_then(|costs| costs.percentile(percent));
    [at(50), at(90), at(100)]
}
