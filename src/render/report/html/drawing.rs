//! Charts as inline SVG. A picture is stretched to the width there is, with its labels beside it,
//! so that text has the same size on a telephone and on a large screen. What it shows stands in the
//! table below it, too.

use crate::ledger::unit::Unit;
use crate::render::human::{amount, quantity};

use super::escape::escape;
use super::scale::{HEIGHT, Scale};
use super::timeline::{Slot, Timeline};

/// How wide a stretch is, before the picture is stretched.
const SLOT: usize = 100;
/// The most labels of stretches.
const LABELS: usize = 8;
/// The fewest stretches that the picture has room for: fewer leave some of it empty.
const FEWEST: usize = 10;
/// From how many stretches on nothing is between them.
const DENSE: usize = 150;
/// A limit that is so many times what was spent is not drawn: all else would be flat.
const FAR: i128 = 4;

/// One chart.
pub(super) struct Chart<'a> {
    /// What tells it from the others, in its ids.
    pub(super) id: &'static str,
    pub(super) title: String,
    pub(super) about: String,
    pub(super) remark: String,
    pub(super) timeline: &'a Timeline<'a>,
    pub(super) unit: Unit,
    pub(super) bars: Vec<Bar>,
    /// The limit in each stretch.
    pub(super) limit: Vec<Option<i128>>,
    pub(super) legend: Vec<(&'static str, String)>,
    /// Whether each stretch goes on from the one before.
    pub(super) is_sum: bool,
}

/// What is drawn of one stretch, in atoms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bar {
    pub(super) all: i128,
    /// The part of it that nobody knew.
    pub(super) unknown: i128,
}

impl Chart<'_> {
    /// Adds the limit in each stretch to what is shown.
    pub(super) fn add_limit(&mut self, limit: Option<Vec<Option<i128>>>, every: &str) {
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

    /// The whole chart.
    pub(super) fn draw(&self) -> String {
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
        let rect = |class: &str, from: i128, to: i128| {
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
        let labels = labels.map(|(number, (index, slot))| {
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
        });
        let labels: String = labels.collect();
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

pub(super) fn money(atoms: i128) -> String {
    amount(atoms, &Unit::Usd)
}
