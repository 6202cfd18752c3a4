//! Charts over time as inline SVG. A picture is stretched to the width there is, with its labels
//! beside it, so that text has the same size on a telephone and on a large screen. What it shows
//! stands in the table below it, too.

use crate::ledger::calendar::{Period, bounds};
use crate::ledger::rules::report::By;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::MoneyLimit;
use crate::render::human::{amount, quantity};

use super::Page;
use super::escape::escape;
use super::scale::{HEIGHT, Scale};
use super::timeline::{Slot, Timeline};
use crate::render::report::grid::Figure;

/// How wide a stretch is, before the picture is stretched.
const SLOT: usize = 100;
/// The most labels of stretches.
const LABELS: usize = 8;
/// The fewest stretches that the picture has room for: fewer leave some of it empty.
const FEWEST: usize = 10;
/// From how many stretches on nothing is between them.
const DENSE: usize = 150;
/// A limit that is so many times what was spent is not drawn: all else would be flat.
const FAR: i64 = 4;

/// One chart.
struct Chart<'a> {
    /// What tells it from the others, in its ids.
    id: &'static str,
    title: String,
    about: String,
    remark: String,
    timeline: &'a Timeline<'a>,
    unit: Unit,
    bars: Vec<Bar>,
    /// The limit in each stretch.
    limit: Vec<Option<i64>>,
    legend: Vec<(&'static str, String)>,
    /// Whether each stretch goes on from the one before.
    is_sum: bool,
}

/// What is drawn of one stretch, in atoms.
#[derive(Debug, Clone, Copy)]
struct Bar {
    all: i64,
    /// The part of it that nobody knew.
    unknown: i64,
}

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
        id: if is_spent { "spent" } else { "figure" },
        title: format!("{what} by {by}"),
        about: about(timeline, figure, &bars),
        remark: coarser(timeline),
        timeline,
        unit: figure.unit(),
        bars,
        limit: Vec::new(),
        legend,
        is_sum: false,
    };
    chart.add_limit(limit, &format!("a {by}"));
    if *figure == Figure::Notional {
        chart.id = "notional";
        chart.remark =
            "What a subscription paid for would have cost; no part of what was spent.".to_owned();
    }
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
) -> Vec<Option<i64>> {
    let of_slot = |slot: &Slot| {
        let start = window(slot.start);
        let upto = limit.windows.partition_point(|found| found.start <= start);
        let before = upto.checked_sub(1).and_then(|last| limit.windows.get(last));
        let found = before.or(limit.windows.first());
        Some(match found {
            Some(found) if found.start == start => found.limit.saturating_add(found.granted),
            Some(found) if upto < limit.windows.len() => found.limit,
            _ => limit.now,
        })
    };
    timeline.slots.iter().map(of_slot).collect()
}

impl Chart<'_> {
    fn add_limit(&mut self, limit: Option<Vec<Option<i64>>>, every: &str) {
        let Some(limit) = limit else { return };
        let highest = self
            .bars
            .iter()
            .map(|bar| bar.all)
            .max()
            .unwrap_or_default();
        let (least, last) = (
            limit.iter().flatten().min(),
            limit.last().copied().flatten(),
        );
        let (Some(least), Some(last)) = (least, last) else {
            return;
        };
        let is_constant = limit.iter().flatten().all(|found| *found == last);
        let now = if is_constant { "" } else { " (at the end)" };
        let text = format!("limit of {} {every}{now}", money(last));
        self.about.push_str(&format!(" There is a {text}."));
        if *least > highest.saturating_mul(FAR) {
            self.legend
                .push(("", format!("{text}, which is above the picture")));
        } else {
            self.legend.push(("limit", text));
            self.limit = limit;
        }
    }

    fn draw(&self) -> String {
        let figures = self.bars.iter().map(|bar| bar.all);
        let figures = figures.chain(self.limit.iter().copied().flatten());
        let scale = Scale::of(&self.unit, figures);
        let legend = self.legend.iter().map(|(key, text)| match *key {
            "" => format!("<li>{}</li>", escape(text)),
            key => format!("<li><i class=\"key {key}\"></i>{}</li>", escape(text)),
        });
        let legend: String = legend.collect();
        let remark = match self.remark.as_str() {
            "" => String::new(),
            remark => format!("<p class=\"remark\">{}</p>\n", escape(remark)),
        };
        format!(
            "<figure>\n<figcaption>\n<h2>{}</h2>\n<ul class=\"legend\">{legend}</ul>\n{remark}\
             </figcaption>\n<div class=\"chart\">\n{}{}{}</div>\n</figure>\n",
            escape(&self.title),
            heights(&scale),
            self.picture(&scale),
            self.times()
        )
    }

    fn picture(&self, scale: &Scale) -> String {
        let (id, width) = (self.id, self.places() * SLOT);
        let dense = if self.is_dense() { " dense" } else { "" };
        let mut parts = String::new();
        for (_, y) in scale.ticks() {
            parts.push_str(&format!("<path class=\"grid\" d=\"M0 {y}H{width}\" />\n"));
        }
        for (index, (bar, slot)) in self.bars.iter().zip(&self.timeline.slots).enumerate() {
            parts.push_str(&self.bar(index, *bar, slot, scale));
        }
        let zero = scale.y(0);
        parts.push_str(&format!(
            "<path class=\"zero\" d=\"M0 {zero}H{width}\" />\n"
        ));
        if let Some(line) = self.limit_line(scale) {
            parts.push_str(&format!("<path class=\"limit\" d=\"{line}\" />\n"));
        }
        format!(
            "<svg class=\"plot{dense}\" role=\"img\" aria-labelledby=\"{id}-title {id}-about\" \
             viewBox=\"0 0 {width} {HEIGHT}\" preserveAspectRatio=\"none\">\n\
             <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-about\">{}</desc>\n{parts}</svg>\n",
            escape(&self.title),
            escape(&self.about)
        )
    }

    /// How many stretches there is room for.
    fn places(&self) -> usize {
        self.bars.len().max(FEWEST)
    }

    /// Whether bars touch each other.
    fn is_dense(&self) -> bool {
        self.is_sum || self.bars.len() > DENSE
    }

    fn bar(&self, index: usize, bar: Bar, slot: &Slot, scale: &Scale) -> String {
        if bar.all == 0 {
            return String::new();
        }
        let gap = if self.is_dense() { 0 } else { SLOT / 10 };
        let (x, width) = (index * SLOT + gap, SLOT - 2 * gap);
        let rect = |class: &str, from: i64, to: i64| {
            let (top, bottom) = (scale.y(from.max(to)), scale.y(from.min(to)));
            // What is there can be seen.
            let height = (bottom - top).max(10);
            let top = if to < 0 { top } else { bottom - height };
            format!(
                "<rect class=\"{class}\" x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" />"
            )
        };
        let known = bar.all.saturating_sub(bar.unknown);
        let mut shapes = String::new();
        if known != 0 {
            shapes.push_str(&rect("bar", 0, known));
        }
        let mut text = format!("{}: {}", slot.label, quantity(bar.all, &self.unit));
        if bar.unknown > 0 {
            shapes.push_str(&rect("unknown", known, bar.all));
            text.push_str(&format!(", {} of it unknown", money(bar.unknown)));
        }
        format!("<g><title>{}</title>{shapes}</g>\n", escape(&text))
    }

    /// The limit as steps; broken off where there was none.
    fn limit_line(&self, scale: &Scale) -> Option<String> {
        let mut line = String::new();
        let mut before = None;
        for (index, limit) in self.limit.iter().enumerate() {
            let (from, to) = (index * SLOT, (index + 1) * SLOT);
            if let Some(limit) = limit {
                let y = scale.y(*limit);
                match before {
                    Some(other) if other == y => {}
                    Some(_) => line.push_str(&format!("V{y}")),
                    None => line.push_str(&format!("M{from} {y}")),
                }
                line.push_str(&format!("H{to}"));
            }
            before = limit.map(|limit| scale.y(limit));
        }
        (!line.is_empty()).then_some(line)
    }

    /// The names of some stretches, under their middle.
    fn times(&self) -> String {
        let slots = &self.timeline.slots;
        let every = slots.len().div_ceil(LABELS).max(1);
        let labels = slots.iter().enumerate().step_by(every).enumerate();
        let labels: String = labels
            .map(|(number, (index, slot))| {
                let left = (2 * index + 1) * 10_000 / (2 * self.places());
                // Every other one makes room where there is little.
                let class = if number % 2 == 1 {
                    " class=\"wide\""
                } else {
                    ""
                };
                let text = escape(&self.timeline.short(slot));
                format!(
                    "<span{class} style=\"left:{}\">{text}</span>",
                    percent(left)
                )
            })
            .collect();
        format!("<div class=\"x\" aria-hidden=\"true\">{labels}</div>\n")
    }
}

/// The figures of the steps, beside their lines.
fn heights(scale: &Scale) -> String {
    let ticks = scale.ticks();
    let longest = ticks.iter().map(|(label, _)| label.len()).max();
    let labels = ticks.iter().map(|(label, y)| {
        let top = usize::try_from(y * 10_000 / HEIGHT).unwrap_or_default();
        format!(
            "<span style=\"top:{}\">{}</span>",
            percent(top),
            escape(label)
        )
    });
    let labels: String = labels.collect();
    let width = longest.unwrap_or_default();
    format!("<div class=\"y\" style=\"width:{width}ch\" aria-hidden=\"true\">{labels}</div>\n")
}

/// Hundredths of a percent as a length.
fn percent(hundredths: usize) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

fn money(atoms: i64) -> String {
    amount(atoms, &Unit::Usd)
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
