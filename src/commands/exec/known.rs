//! What is known of a run when it has ended: what it said, less what the ledger has counted before.

use std::collections::BTreeSet;
use std::path::Path;

use super::meter::RunMeter;
use crate::commands::usage_record;
use crate::context::Context;
use crate::ledger::verbs::{CounterMove, RunReport};
use crate::usage::counters::{Counters, of_run};
use crate::usage::{Reading, Report, Totals};

/// What a run is charged by, and why that is not all.
pub(super) struct Known {
    /// What it reported.
    pub report: Option<RunReport>,
    /// Why its cost is not known, where it should be.
    pub unknown: Option<String>,
}

impl Known {
    /// What the run said. A ledger that cannot be asked has counted nothing: then the outcome is
    /// written down, and taken in when it can be.
    pub(super) fn of(meter: &RunMeter, usage_file: Option<&Path>, cx: &mut Context) -> Self {
        let reading = meter.reading(usage_file, &mut |ids| counted_before(ids, cx));
        let (reading, counter) = own_part(reading, cx);
        let mut known = match reading {
            Reading::Known(mut report) => {
                let unpriced = usage_record::price(&mut report, meter.provider());
                Self::reported(&report, unpriced)
            }
            other => Self::from(other),
        };
        if let (Some(report), Some(counter)) = (&mut known.report, counter) {
            report.booked.counter = Some(counter);
        }
        known
    }

    /// What a report charges, and why that is not its cost, where it is not.
    fn reported(report: &Report, unpriced: Option<String>) -> Self {
        let is_named = report.cost.is_some() || !report.amounts.is_empty();
        let nothing = || "no cost was reported".to_owned();
        Self {
            report: Some(usage_record::settled(report)),
            unknown: unpriced.or_else(|| (!is_named).then(nothing)),
        }
    }
}

impl From<Reading> for Known {
    fn from(reading: Reading) -> Self {
        let (report, unknown) = match reading {
            Reading::Known(report) => return Self::reported(&report, None),
            // What is certain at the least is recorded as usage; it is not what is charged.
            Reading::Unknown {
                reason,
                at_least,
                at_most,
            } => {
                let nothing = at_most.map(|report| report.without_figures());
                let certain = at_least.map(|report| *report).or(nothing);
                (certain.map(|r| usage_record::noted(&r)), Some(reason))
            }
            Reading::Silent => (None, None),
        };
        Self { report, unknown }
    }
}

fn counted_before(ids: &[String], cx: &mut Context) -> BTreeSet<String> {
    if ids.is_empty() {
        return BTreeSet::new();
    }
    let counted = cx
        .ledger_for(false)
        .and_then(|ledger| Ok(ledger.booked_before(ids)?));
    let counted = counted.unwrap_or_default();
    let pairs = ids.iter().zip(counted);
    pairs
        .filter(|(_, counted)| *counted)
        .map(|(id, _)| id.clone())
        .collect()
}

/// What is the run's own of the totals of a session, and how far the session's counters are now.
fn own_part(reading: Reading, cx: &mut Context) -> (Reading, Option<CounterMove>) {
    let Reading::Known(report) = reading else {
        return (reading, None);
    };
    let Some(session) = counted_session(&report) else {
        return (of_run(report, None), None);
    };
    let before = cx
        .ledger_for(false)
        .and_then(|ledger| Ok(ledger.counter(&session)?));
    let before = before.unwrap_or_default();
    let counters = before.as_deref().and_then(Counters::from_text);
    let after = Counters::of(&report).to_text();
    let counter = CounterMove {
        session,
        before,
        after,
    };
    (of_run(report, counters.as_ref()), Some(counter))
}

/// The session whose counters run on, by the name that it has in the ledger.
fn counted_session(report: &Report) -> Option<String> {
    let session = report.session.as_ref()?;
    matches!(report.totals, Totals::Session { .. })
        .then(|| format!("{} {session}", report.source.as_str()))
}
