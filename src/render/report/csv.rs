//! A report as CSV (RFC 4180) with exact figures: what was asked for first, then one column for
//! each figure.

use super::View;
use crate::ledger::amount::decimal;
use crate::ledger::charge::TokenKinds;
use crate::ledger::rules::report::{Key, Sums};
use crate::ledger::unit::Unit;
use crate::render::csv::line_of;
use crate::render::wire::instant;

/// The rows; no total, which programs make themselves.
pub fn csv(view: &View) -> String {
    let units = units(view);
    let mut titles: Vec<String> = Vec::new();
    for by in &view.by {
        titles.push(by.to_string());
        if by.period().is_some() {
            titles.extend([format!("{by}_start"), format!("{by}_end")]);
        }
    }
    titles.extend(units.iter().map(Unit::to_string));
    titles.extend(units.iter().map(|unit| format!("unknown_{unit}")));
    titles.push("notional_usd".to_owned());
    titles.extend(TokenKinds::NAMES.map(|name| format!("tokens_{name}")));
    titles.push("entries".to_owned());
    let mut lines = vec![line_of(&titles)];
    for row in &view.report.rows {
        let mut cells: Vec<String> = Vec::new();
        for (by, key) in view.by.iter().zip(&row.keys) {
            cells.push(view.label(by, key));
            if let Key::Time(start, end) = key {
                cells.extend([start, end].map(|at| instant(*at, &view.zone)));
            }
        }
        cells.extend(figures(&row.sums, &units));
        lines.push(line_of(&cells));
    }
    lines.join("\r\n")
}

/// Every unit that is built in and used up, so that the columns are the same whatever was charged,
/// and those that were declared and charged.
fn units(view: &View) -> Vec<Unit> {
    let built_in = Unit::BUILT_IN.into_iter().filter(Unit::is_consumed);
    let mut units: Vec<_> = built_in.chain(view.report.units()).collect();
    units.sort();
    units.dedup();
    units
}

fn figures(sums: &Sums, units: &[Unit]) -> Vec<String> {
    let of = |atoms: Option<&i128>, unit: &Unit| decimal(atoms.copied().unwrap_or_default(), unit);
    let charged = units.iter().map(|unit| of(sums.charged.get(unit), unit));
    let unknown = units.iter().map(|unit| of(sums.unknown.get(unit), unit));
    let counts = sums.tokens.counts().map(|count| count.to_string());
    charged
        .chain(unknown)
        .chain([decimal(sums.notional, &Unit::Usd)])
        .chain(counts)
        .chain([sums.entries.to_string()])
        .collect()
}
