//! `budget log` for people: a table, or one line for each entry as it comes.

use serde_json::Value;

use super::human::{local, quantity};
use super::sanitize::line;
use super::table::{Column, Paged, columns_of, numbers, words, wrapped};
use crate::ledger::calendar::Zone;
use crate::ledger::entry::{Entry, EntryKind, Seq};
use crate::ledger::timestamp::Timestamp;

/// How many columns stay together where a table is too wide.
const HEAD: usize = 3;

const COLUMNS: [Column; 6] = [
    numbers("#"),
    words("WHEN"),
    words("WHAT"),
    words("BUDGET"),
    words("AMOUNT"),
    words("MORE"),
];

/// The table, which comes page by page.
pub struct Log {
    table: Paged<'static>,
    zone: Zone,
    is_begun: bool,
}

impl Log {
    /// A table of entries up to a place, with times in a zone, in so many columns if a person
    /// reads it.
    pub fn new(last: Seq, zone: Zone, width: Option<usize>) -> Self {
        let numbers = columns_of(&last.0.to_string());
        Self {
            table: Paged::new(&COLUMNS, width, HEAD).at_least(vec![numbers]),
            zone,
            is_begun: false,
        }
    }

    /// The next entries; the zone is named before the first.
    pub fn page(&mut self, entries: &[Entry]) -> String {
        let rows: Vec<_> = entries.iter().map(|entry| row(entry, self.zone)).collect();
        let table = self.table.page(&rows);
        if std::mem::replace(&mut self.is_begun, true) {
            return table;
        }
        format!("times in {}\n{table}", self.zone)
    }
}

/// One entry in a line, or in several where a person reads it and it does not fit.
pub fn entry_line(entry: &Entry, zone: &Zone, width: Option<usize>) -> String {
    let cells = row(entry, *zone);
    let told = |cells: &[String], between| {
        let cells = cells.iter().filter(|cell| !cell.is_empty());
        cells.cloned().collect::<Vec<_>>().join(between)
    };
    let line = told(&cells, "  ");
    let Some(width) = width.filter(|width| columns_of(&line) > *width) else {
        return line;
    };
    let (head, rest) = cells.split_at(HEAD.min(cells.len()));
    let rest = format!("  {}", told(rest, " · "));
    let parts = [
        wrapped(&told(head, "  "), width, 2),
        wrapped(&rest, width, 2),
    ];
    parts.join("\n")
}

fn row(entry: &Entry, zone: Zone) -> Vec<String> {
    let amounts = entry
        .amounts
        .iter()
        .map(|q| quantity(q.amount.atoms(), &q.unit));
    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
    let kind = match entry.kind {
        EntryKind::Granted if detail.get("debit").is_some() => "debited".to_owned(),
        kind => kind.as_str().replace('_', " "),
    };
    vec![
        entry.seq.0.to_string(),
        local(entry.at, &zone),
        kind,
        entry.budgets.clone(),
        amounts.collect::<Vec<_>>().join(", "),
        more(entry, &detail, zone),
    ]
}

/// What else there is to say: the reservation, the model, the reason.
fn more(entry: &Entry, detail: &Value, zone: Zone) -> String {
    let text = |path: &str| {
        let found = detail.pointer(path).and_then(Value::as_str);
        found.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let is_set = |path: &str| detail.pointer(path).is_some();
    let repriced = text("/repriced/before").zip(entry.of);
    let repriced = repriced.map(|(before, of)| format!("of entry {}, was ${before}", of.0));
    let corrects = entry.of.map(|of| format!("of entry {}", of.0));
    let as_of = text("/imported/at").and_then(|at| Timestamp::parse_rfc3339(&at).ok());
    let cost = text("/usage/cost").unwrap_or_default();
    let notional = match cost.as_str() {
        "" => "notional".to_owned(),
        cost => format!("notional ${cost}"),
    };
    let facts = [
        entry.reservation.map(|id| id.short()),
        detail.get("warned").map(warned),
        repriced.or(corrects),
        is_set("/unknown").then(|| "unknown".to_owned()),
        as_of.map(|at| format!("as of {}", local(at, &zone))),
        is_set("/usage/notional").then_some(notional),
        text("/usage/model"),
        tags(detail),
        text("/reason"),
        text("/limit"),
        text("/note"),
        text("/seeded").map(|key| format!("{key} counts what was before it")),
        text("/removed").map(|key| format!("{key} lets go of what is reserved")),
        limits(detail),
    ];
    let facts: Vec<_> = facts.into_iter().flatten().collect();
    line(&facts.join(", ")).into_owned()
}

fn tags(detail: &Value) -> Option<String> {
    let tags = detail.get("tags")?.as_object()?.iter();
    let tags: Vec<_> = tags
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
        .collect();
    Some(tags.join(" ")).filter(|tags| !tags.is_empty())
}

fn limits(detail: &Value) -> Option<String> {
    let limits = detail.get("limits")?.as_array()?.iter();
    let limits: Vec<_> = limits.filter_map(Value::as_str).collect();
    Some(limits.join(" "))
}

/// What was warned of: `usd/day past 50% 80%`.
fn warned(warned: &Value) -> String {
    let limit = warned.get("limit").and_then(Value::as_str);
    let shares = warned.get("thresholds").and_then(Value::as_array);
    let shares: Vec<_> = shares
        .into_iter()
        .flatten()
        .map(|share| format!(" {share}%"))
        .collect();
    format!("{} past{}", limit.unwrap_or_default(), shares.join(""))
}
