//! A report as one page that needs nothing else: no script, no network, no font. What was spent
//! over time against the limit, by model, by budget and by what else was asked for, each as a
//! picture and in figures. The page is well-formed XML, too, and nothing of it is computed from
//! anything but what it is given.

mod chart;
mod drawing;
mod escape;
mod names;
mod scale;
mod tables;
mod timeline;

use crate::ledger::calendar::Anchor;
use crate::ledger::charge::TokenKinds;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::MoneyLimit;
use crate::render::human::{amount, dollars, moment};

use super::View;
use super::grid::Figure;
use super::table::shared_figure;
use escape::escape;
use timeline::Timeline;

/// What a page shows: the same charges, added up in several ways.
#[derive(Debug, Clone)]
pub struct Page {
    /// When it was made.
    pub made: Timestamp,
    /// By time: as asked for first, then ever coarser, for where there are too many stretches.
    pub times: Vec<View>,
    /// By names, one after the other.
    pub names: Vec<View>,
    /// The rows asked for, where each is about several things.
    pub rows: Option<View>,
    /// Where days, weeks and months start.
    pub anchor: Anchor,
    /// The limits on money of the budget it is about.
    pub limits: Vec<MoneyLimit>,
}

const STYLE: &str = include_str!("html/style.css");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The page.
pub fn html(page: &Page) -> String {
    let Some(first) = page.times.first() else {
        return String::new();
    };
    let about = match &first.budget {
        Some(name) => format!("<bdi>{}</bdi>", escape(name)),
        None => "all budgets".to_owned(),
    };
    let title = match &first.budget {
        Some(name) => escape(name),
        None => "all budgets".to_owned(),
    };
    let body = if first.report.rows.is_empty() {
        "<p class=\"empty\">Nothing was charged.</p>\n".to_owned()
    } else {
        body(page, first)
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\" />\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n\
         <meta name=\"color-scheme\" content=\"light dark\" />\n\
         <title>Spending of {title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header>\n<h1>Spending of {about}</h1>\n<p>{}</p>\n</header>\n{body}</main>\n\
         <footer>{}</footer>\n</body>\n</html>\n",
        escape(&range(first)),
        escape(&format!(
            "Made {} by budget",
            moment(page.made, &first.zone)
        )),
    )
}

fn body(page: &Page, first: &View) -> String {
    let mut body = tiles(first);
    let figure = shared_figure(first);
    if let Some(timeline) = Timeline::of(page) {
        body.push_str("<section>\n");
        body.push_str(&chart::over_time(&timeline, &figure, page));
        if figure == Figure::Charged(Unit::Usd) {
            body.push_str(&chart::towards_limit(&timeline, page));
            if first.report.total.notional != 0 {
                body.push_str(&chart::over_time(&timeline, &Figure::Notional, page));
            }
        }
        body.push_str(&tables::by_time(&timeline));
        body.push_str("</section>\n");
    }
    body.push_str("<div class=\"columns\">\n");
    for view in &page.names {
        body.push_str(&names::ranked(view, &figure));
    }
    body.push_str("</div>\n");
    if let Some(view) = &page.rows {
        body.push_str(&tables::of_rows(view));
    }
    body
}

/// From when to when, and in which zone.
fn range(view: &View) -> String {
    let zone = &view.zone;
    let plain = |at: Timestamp| {
        let text = moment(at, zone);
        let day = text.split_once(" 00:00:00").map(|(day, _)| day.to_owned());
        day.unwrap_or(text)
    };
    let first = view.report.rows.first().and_then(|row| row.keys.first());
    let first = view
        .by
        .first()
        .zip(first)
        .map(|(by, key)| view.label(by, key));
    let since = view.since.map(plain);
    let until = view.until.map(|until| {
        // A day that ends with the range is part of it.
        let last = Timestamp::from_micros(until.as_micros().saturating_sub(1));
        let day = |at| plain(at).get(..10).unwrap_or_default().to_owned();
        let text = plain(until);
        if text.len() == 10 { day(last) } else { text }
    });
    let range = match (since, until) {
        (None, None) => first.map_or("Everything".to_owned(), |first| {
            format!("Since the first charge ({first})")
        }),
        (Some(since), None) => format!("Since {since}"),
        (None, Some(until)) => format!("Up to {until}"),
        (Some(since), Some(until)) => format!("{since} to {until}"),
    };
    format!("{range} · time zone {}", zone.name())
}

/// The figures of everything, large, with what a reader has to know of them.
fn tiles(view: &View) -> String {
    let total = &view.report.total;
    let is_money = shared_figure(view).is_money();
    let mut tiles = Vec::new();
    if is_money {
        let spent = total.sum_of(&Unit::Usd);
        tiles.push(tile("spent", &rounded(spent), ""));
    }
    let apart = [
        (
            "unknown",
            Figure::Unknown,
            "part of it: charged because nobody said what it cost",
        ),
        (
            "notional",
            Figure::Notional,
            "no part of it: what a subscription paid for",
        ),
    ];
    for (name, figure, note) in apart {
        let atoms = figure.of(total);
        if atoms != 0 {
            tiles.push(tile(name, &rounded(atoms), note));
        }
    }
    let told = tokens(total.tokens);
    let charged = total.sum_of(&Unit::Tokens);
    let tokens = if told == 0 { charged } else { told };
    if tokens != 0 {
        tiles.push(tile("tokens", &amount(tokens, &Unit::Tokens), ""));
    }
    for (unit, atoms) in &total.charged {
        if !matches!(unit, Unit::Usd | Unit::Tokens) {
            let name = unit.as_str().replace('_', " ");
            tiles.push(tile(&name, &amount(*atoms, unit), ""));
        }
    }
    let entries = total.entries;
    tiles.push(tile("entries", &amount(entries, &Unit::Calls), ""));
    format!("<dl class=\"tiles\">\n{}</dl>\n", tiles.concat())
}

fn tile(name: &str, figure: &str, note: &str) -> String {
    let class = if name == "spent" {
        " class=\"main\""
    } else {
        ""
    };
    let note = match note {
        "" => String::new(),
        note => format!("<dd class=\"note\">{}</dd>", escape(note)),
    };
    let (name, figure) = (escape(name), escape(figure));
    format!("<div{class}><dt>{name}</dt><dd>{figure}</dd>{note}</div>\n")
}

/// Money for a look: exact figures are in the tables.
fn rounded(atoms: i128) -> String {
    let is_small = atoms.unsigned_abs() < 100_000_000 && atoms % 1_000_000 != 0;
    dollars(atoms, if is_small { 4 } else { 2 })
}

/// All of them, reasoning being part of output.
fn tokens(kinds: TokenKinds<i128>) -> i128 {
    let all = [
        kinds.input,
        kinds.cache_read,
        kinds.cache_write,
        kinds.output,
    ];
    let all = all.iter();
    all.fold(kinds.unspecified, |sum, count| sum.saturating_add(*count))
}
