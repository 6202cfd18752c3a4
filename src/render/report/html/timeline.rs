//! The axis of time: every stretch from the first to the last, also those in which nothing was
//! charged, in the finest unit of which there are not too many.

use std::collections::BTreeMap;

use crate::ledger::calendar::{Anchor, Bounds, Period, Zone, bounds};
use crate::ledger::rules::report::{By, Key, Sums};
use crate::ledger::timestamp::Timestamp;

use super::Page;
use crate::render::report::View;

/// The most stretches that a chart shows.
const MOST: usize = 400;

/// What was charged in one stretch.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) start: Timestamp,
    /// Its name in full.
    pub(super) label: String,
    pub(super) sums: Sums,
}

/// Stretches that follow each other.
#[derive(Debug, Clone)]
pub(super) struct Timeline<'a> {
    pub(super) view: &'a View,
    pub(super) by: By,
    /// What was asked for, where that is finer than what is shown.
    pub(super) asked: Option<By>,
    pub(super) slots: Vec<Slot>,
}

impl<'a> Timeline<'a> {
    /// The finest of the page's views that a chart can show.
    pub(super) fn of(page: &'a Page) -> Option<Self> {
        let asked = page.times.first()?.by.first()?;
        let found = page.times.iter().find_map(|view| {
            let stretches = stretches(page, view)?;
            Some((view, stretches))
        });
        let (view, stretches) = match found {
            Some(found) => found,
            None => (page.times.last()?, Vec::new()),
        };
        let by = view.by.first()?.clone();
        Some(Self {
            asked: (by != *asked).then(|| asked.clone()),
            slots: slots(view, &by, &stretches),
            view,
            by,
        })
    }

    /// The name of a stretch for an axis: `21 Nov`.
    pub(super) fn short(&self, slot: &Slot) -> String {
        let part = |from: usize, to: usize| slot.label.get(from..to).unwrap_or_default();
        let month = part(5, 7).parse::<usize>().unwrap_or_default();
        let month = MONTHS.get(month.saturating_sub(1)).unwrap_or(&"");
        let (year, day) = (part(0, 4), part(8, 10).trim_start_matches('0'));
        match self.by {
            By::Hour => format!("{day} {month} {}", part(11, 16)),
            By::Month => format!("{month} {year}"),
            By::Year => year.to_owned(),
            _ => format!("{day} {month}"),
        }
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// What happened in each of the stretches, or in those of the rows where there are none.
fn slots(view: &View, by: &By, stretches: &[Bounds]) -> Vec<Slot> {
    let mut rows: BTreeMap<Timestamp, &Sums> = BTreeMap::new();
    for row in &view.report.rows {
        if let Some(Key::Time(start, _)) = row.keys.first() {
            rows.insert(*start, &row.sums);
        }
    }
    let slot = |start: Timestamp| Slot {
        start,
        label: view.label(by, &Key::Time(start, start)),
        sums: rows.get(&start).copied().cloned().unwrap_or_default(),
    };
    if stretches.is_empty() {
        let skipped = rows.len().saturating_sub(MOST);
        return rows
            .keys()
            .skip(skipped)
            .map(|start| slot(*start))
            .collect();
    }
    stretches.iter().map(|found| slot(found.start)).collect()
}

/// All stretches of a view's range; `None` where they are too many.
fn stretches(page: &Page, view: &View) -> Option<Vec<Bounds>> {
    let period = view.by.first()?.period()?;
    let starts = view
        .report
        .rows
        .iter()
        .filter_map(|row| match row.keys.first() {
            Some(Key::Time(start, _)) => Some(*start),
            _ => None,
        });
    let (first, last) = (starts.clone().min(), starts.max()?);
    let first = view.since.or(first)?;
    let before = |until: Timestamp| Timestamp::from_micros(until.as_micros().saturating_sub(1));
    let last = view.until.map_or(page.made, before).max(last);
    between(period, view.zone, page.anchor, (first, last))
}

fn between(
    period: Period,
    zone: Zone,
    anchor: Anchor,
    (first, last): (Timestamp, Timestamp),
) -> Option<Vec<Bounds>> {
    let mut found = Vec::new();
    let mut at = first;
    while found.len() < MOST {
        let stretch = bounds(period, &zone, anchor, at).ok()?;
        found.push(stretch);
        at = stretch.end?;
        if at > last {
            return Some(found);
        }
    }
    None
}
