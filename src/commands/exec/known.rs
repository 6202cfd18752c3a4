//! What is known of a run when it has ended: what it said, less what the ledger has counted before.

use std::collections::BTreeSet;

use super::meter::Said;
use crate::commands::shared::price_tables;
use crate::commands::usage_record;
use crate::context::Context;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::verbs::{CounterMove, RunReport};
use crate::usage::counters::{Counters, of_run};
use crate::usage::{Reading, Report};

/// What a run is charged by, and why that is not all.
pub(super) struct Known {
    /// What it reported.
    pub report: Option<RunReport>,
    /// Why its cost is not known, where it should be.
    pub unknown: Option<String>,
}

impl Known {
    /// What the run said that ended at a time, at the prices of `provider` where nothing names
    /// another.
    pub(super) fn of(
        said: Said,
        ended: Timestamp,
        provider: Option<&str>,
        is_notional: bool,
        cx: &mut Context,
    ) -> Self {
        let counter = said.totals.as_ref().and_then(|t| counter_move(t, cx));
        let before = counter.as_ref().and_then(|c| c.before.as_deref());
        let reading = match said.reading {
            Reading::Known(report) => of_run(report, before.and_then(Counters::from_text).as_ref()),
            other => other,
        };
        let mut known = match reading {
            Reading::Known(mut report) => {
                report.is_notional = is_notional;
                // What names no time of its own is of the run's end; the entry may be made later.
                for usage in &mut report.models {
                    usage.at.get_or_insert(ended.to_system());
                }
                let mut tables = price_tables(cx);
                let unpriced = usage_record::price(&mut report, provider, &mut tables);
                Self::reported(&report, unpriced)
            }
            Reading::Unknown {
                reason,
                at_least,
                at_most,
            } => {
                let nothing = at_most.map(|report| report.without_figures());
                let certain = at_least.map(|report| *report).or(nothing);
                let noted = certain.map(|report| {
                    usage_record::noted(&Report {
                        is_notional,
                        ..report
                    })
                });
                // What is certain at the least is recorded; it is not what is charged.
                Self {
                    report: noted,
                    unknown: Some(reason),
                }
            }
            Reading::Silent => Self {
                report: None,
                unknown: None,
            },
        };
        if is_notional {
            known.report.get_or_insert_with(usage_record::unbilled);
        }
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
            unknown: unpriced
                .or_else(|| (!is_named).then(nothing))
                .filter(|_| !report.is_notional),
        }
    }
}

/// Which messages the ledger has counted. One that cannot be asked has counted nothing: then the
/// outcome is written down, and taken in when it can be.
pub(super) fn counted_before(ids: &[String], cx: &mut Context) -> BTreeSet<String> {
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

/// How the counters of a session have moved, as far as the ledger knows.
fn counter_move(totals: &Report, cx: &mut Context) -> Option<CounterMove> {
    let session = format!("{} {}", totals.source.as_str(), totals.session.as_ref()?);
    let before = cx
        .ledger_for(false)
        .and_then(|ledger| Ok(ledger.counter(&session)?));
    Some(CounterMove {
        before: before.unwrap_or_default(),
        after: Counters::of(totals).to_text(),
        session,
    })
}
