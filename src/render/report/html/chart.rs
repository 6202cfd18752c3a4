//! Which charts over time a page has, and what each of them shows: a figure against the limit of
//! its stretch, and what was spent so far against the limit of a month. Draws nothing.

use crate::ledger::calendar::{Period, bounds};
use crate::ledger::rules::report::By;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::MoneyLimit;
use crate::render::human::quantity;

use super::Page;
use super::drawing::{Bar, Chart, money};
use super::timeline::{Slot, Timeline};
use crate::render::report::grid::Figure;

const NOTIONAL: &str = "What a subscription paid for would have cost; no part of what was spent.";

/// A figure in each stretch, against the limit that starts anew with each.
pub(super) fn over_time(timeline: &Timeline<'_>, figure: &Figure, page: &Page) -> String {
    let is_spent = *figure == Figure::Charged(Unit::Usd);
    let bars = timeline.slots.iter().map(|slot| {
        let all = figure.of(&slot.sums);
        let unknown = if is_spent {
            Figure::Unknown.of(&slot.sums)
        } else {
            0
        };
        Bar {
            all,
            unknown: unknown.clamp(0, all.max(0)),
        }
    });
    let bars: Vec<_> = bars.collect();
    let by = &timeline.by;
    let what = match figure {
        Figure::Charged(Unit::Usd) => "Spent".to_owned(),
        Figure::Notional => "Notional".to_owned(),
        figure => capital(&figure.title().to_lowercase()),
    };
    let mut legend = vec![("bar", what.to_lowercase())];
    if bars.iter().any(|bar| bar.unknown > 0) {
        legend.push((
            "unknown",
            "of it charged as reserved, because nobody knew".to_owned(),
        ));
    }
    let own = page
        .limits
        .iter()
        .find(|limit| by.period() == Some(limit.period));
    let own = own.filter(|_| is_spent);
    let limit = own.map(|limit| limits(limit, timeline, |start| start));
    let mut chart = Chart {
        id: match figure {
            Figure::Notional => "notional",
            _ => "figure",
        },
        title: format!("{what} by {by}"),
        about: about(timeline, figure, &bars),
        remark: if *figure == Figure::Notional {
            NOTIONAL.to_owned()
        } else {
            coarser(timeline)
        },
        timeline,
        unit: figure.unit(),
        bars,
        limit: Vec::new(),
        legend,
        is_sum: false,
    };
    chart.add_limit(limit, &format!("a {by}"));
    chart.draw()
}

/// What was spent so far in each month, against the limit of a month; nothing where there is no
/// such limit, or no finer picture of a month.
pub(super) fn towards_limit(timeline: &Timeline<'_>, page: &Page) -> String {
    let limit = page
        .limits
        .iter()
        .find(|limit| limit.period == Period::Month);
    let Some(limit) = limit.filter(|_| matches!(timeline.by, By::Hour | By::Day)) else {
        return String::new();
    };
    let month = |at: Timestamp| {
        let found = bounds(Period::Month, &timeline.view.zone, page.anchor, at);
        found.map_or(at, |found| found.start)
    };
    let mut bars: Vec<Bar> = Vec::new();
    let mut before: Option<Timestamp> = None;
    for slot in &timeline.slots {
        let own = month(slot.start);
        let is_same = before == Some(own);
        // Of a month that began before the range, nobody here knows the beginning.
        let is_whole = timeline.view.since.is_none_or(|since| since <= own);
        let so_far = bars.last().filter(|_| is_same).copied();
        let so_far = so_far.unwrap_or(Bar { all: 0, unknown: 0 });
        let by = if is_whole && slot.start <= page.made {
            Figure::Charged(Unit::Usd).of(&slot.sums)
        } else {
            0
        };
        let is_future = slot.start > page.made;
        let all = so_far.all.saturating_add(by);
        bars.push(Bar {
            all: if is_future { 0 } else { all },
            unknown: 0,
        });
        before = Some(own);
    }
    let highest = bars.iter().map(|bar| bar.all).max().unwrap_or_default();
    let mut chart = Chart {
        id: "month",
        title: "Spent so far in the month".to_owned(),
        about: format!(
            "The sum since the beginning of each month; at most {}.",
            money(highest)
        ),
        remark: String::new(),
        timeline,
        unit: Unit::Usd,
        bars,
        limit: Vec::new(),
        legend: vec![("bar", "spent since the month began".to_owned())],
        is_sum: true,
    };
    chart.add_limit(Some(limits(limit, timeline, month)), "a month");
    chart.draw()
}

/// What a limit admitted in each stretch, which belongs to the window that starts at `window` of
/// its start: where there was none, as in the one before.
fn limits(
    limit: &MoneyLimit,
    timeline: &Timeline<'_>,
    window: impl Fn(Timestamp) -> Timestamp,
) -> Vec<Option<i128>> {
    let of_slot = |slot: &Slot| {
        let start = window(slot.start);
        let upto = limit.windows.partition_point(|found| found.start <= start);
        let before = upto.checked_sub(1).and_then(|last| limit.windows.get(last));
        let found = before.or(limit.windows.first());
        Some(match found {
            Some(found) if found.start == start => {
                i128::from(found.limit).saturating_add(found.granted.into())
            }
            Some(found) if upto < limit.windows.len() => found.limit.into(),
            _ => limit.now.into(),
        })
    };
    timeline.slots.iter().map(of_slot).collect()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// What the picture shows, for those who do not see it.
fn about(timeline: &Timeline<'_>, figure: &Figure, bars: &[Bar]) -> String {
    let highest = bars
        .iter()
        .zip(&timeline.slots)
        .max_by_key(|(bar, _)| bar.all);
    let unit = figure.unit();
    let all = quantity(figure.of(&timeline.view.report.total), &unit);
    let Some((bar, slot)) = highest else {
        return format!("{all} in all.");
    };
    let (count, by) = (bars.len(), &timeline.by);
    let plural = if count == 1 { "" } else { "s" };
    let most = quantity(bar.all, &unit);
    format!(
        "{count} {by}{plural}, {all} in all; the most, {most}, in {}.",
        slot.label
    )
}

fn coarser(timeline: &Timeline<'_>) -> String {
    match &timeline.asked {
        Some(asked) => format!(
            "There are too many {asked}s for a page; each bar is a {}. --csv lists every {asked}.",
            timeline.by
        ),
        None => String::new(),
    }
}
