//! The table of results.

use std::fmt::Write;

use crate::rounds::{Ratio, Times};

/// What was measured so far.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    notes: Vec<String>,
}

struct Row {
    what: String,
    measured: String,
    spread: String,
    target: String,
}

impl Report {
    /// A ratio of times; `at_most` is the target, where there is one.
    pub(crate) fn ratio(&mut self, what: &str, ratio: Ratio, at_most: Option<f64>) {
        self.row(
            what,
            ratio.middle,
            "×",
            &ratio.spread(),
            at_most.map(|most| (false, most)),
        );
    }

    /// A number that should be small.
    pub(crate) fn at_most(&mut self, what: &str, found: f64, unit: &str, most: Option<f64>) {
        self.row(what, found, unit, "", most.map(|most| (false, most)));
    }

    /// A number that should be large.
    pub(crate) fn at_least(
        &mut self,
        what: &str,
        found: f64,
        unit: &str,
        least: f64,
        spread: &str,
    ) {
        self.row(what, found, unit, spread, Some((true, least)));
    }

    /// The times of one contender, for scale.
    pub(crate) fn times(&mut self, what: &str, times: &Times) {
        let ms = |percent| times.percentile(percent).as_secs_f64() * 1e3;
        self.rows.push(Row {
            what: what.to_owned(),
            measured: format!("{:.2} ms", ms(50)),
            spread: format!("{:.2}–{:.2}", ms(25), ms(75)),
            target: String::new(),
        });
        eprintln!("  {what}: {:.3} ms", ms(50));
    }

    /// A remark below the table.
    pub(crate) fn note(&mut self, remark: &str) {
        eprintln!("  {remark}");
        self.notes.push(remark.to_owned());
    }

    fn row(
        &mut self,
        what: &str,
        found: f64,
        unit: &str,
        spread: &str,
        target: Option<(bool, f64)>,
    ) {
        let target = target.map_or(String::new(), |(least, bound)| {
            let met = if least {
                found >= bound
            } else {
                found <= bound
            };
            let sign = if least { "≥" } else { "≤" };
            let verdict = if met { "met" } else { "MISSED" };
            format!("{sign} {bound} {unit}: {verdict}")
        });
        let digits = if found >= 100.0 { 0 } else { 2 };
        let measured = format!("{found:.digits$} {unit}");
        eprintln!("  {what}: {measured} ({spread}) {target}");
        let (what, spread) = (what.to_owned(), spread.to_owned());
        self.rows.push(Row {
            what,
            measured,
            spread,
            target,
        });
    }

    /// All of it.
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::from("| what | measured | spread | target |\n|---|---|---|---|\n");
        for Row {
            what,
            measured,
            spread,
            target,
        } in &self.rows
        {
            let _ = writeln!(text, "| {what} | {measured} | {spread} | {target} |");
        }
        for note in &self.notes {
            let _ = write!(text, "\n{note}\n");
        }
        text
    }
}
