//! Entries of the journal as JSON: those just written, those listed, and what a verification
//! finds in them. Postings are never shown.

use serde::Serialize;
use serde_json::{Map, Value};

use super::budgets::BudgetWire;
use super::{A, SCHEMA, list, to_json, utc};
use crate::ledger::entry::Entry;
use crate::ledger::verbs::Spent;

#[derive(Serialize)]
struct EntryWire<'a> {
    seq: i64,
    at: String,
    kind: &'a str,
    budgets: Vec<&'a str>,
    reservation: Option<String>,
    session: Option<String>,
    corrects: Option<i64>,
    amounts: Vec<A>,
    usage: Option<Value>,
    tags: Value,
    note: Option<Value>,
    unknown: bool,
    detail: Value,
}

/// `spend`.
pub fn spent(spent: &Spent) -> String {
    #[derive(Serialize)]
    struct Wire {
        schema: u32,
        entry: i64,
        charged: Vec<A>,
        budgets: Vec<BudgetWire>,
    }
    let budgets = spent.standings.iter().map(BudgetWire::of).collect();
    let (entry, charged) = (spent.entry.0, list(&spent.charged));
    to_json(&Wire {
        schema: SCHEMA,
        entry,
        charged,
        budgets,
    })
}

/// `refund`.
pub fn refunded(entry: &Entry) -> String {
    #[derive(Serialize)]
    struct Wire {
        schema: u32,
        entry: i64,
        corrects: Option<i64>,
        refunded: Vec<A>,
    }
    let (corrects, refunded) = (entry.of.map(|seq| seq.0), list(&entry.amounts));
    to_json(&Wire {
        schema: SCHEMA,
        entry: entry.seq.0,
        corrects,
        refunded,
    })
}

/// `log`, as it is written: what comes before the entries, between two of them and at the end.
pub const LOG: [&str; 3] = [r#"{"schema":1,"entries":["#, ",", "]}"];

/// One of the entries of `log`.
pub fn logged(found: &Entry) -> String {
    to_json(&entry(found))
}

/// One line of `log --follow`.
pub fn log_entry(found: &Entry) -> String {
    #[derive(Serialize)]
    struct Wire<'a> {
        schema: u32,
        #[serde(flatten)]
        entry: EntryWire<'a>,
    }
    to_json(&Wire {
        schema: SCHEMA,
        entry: entry(found),
    })
}

/// `verify`.
pub fn verified(findings: &[String], entries: i64, head: &str) -> String {
    #[derive(Serialize)]
    struct Wire<'a> {
        schema: u32,
        entries: i64,
        head: &'a str,
        findings: &'a [String],
    }
    to_json(&Wire {
        schema: SCHEMA,
        entries,
        head,
        findings,
    })
}

fn entry(entry: &Entry) -> EntryWire<'_> {
    let mut detail: Map<String, Value> = serde_json::from_str(&entry.detail).unwrap_or_default();
    EntryWire {
        seq: entry.seq.0,
        at: utc(entry.at),
        kind: entry.kind.as_str(),
        budgets: entry
            .budgets
            .split(',')
            .filter(|name| !name.is_empty())
            .collect(),
        reservation: entry.reservation.map(|id| id.to_string()),
        session: entry.session.map(|id| id.to_string()),
        corrects: entry.of.map(|seq| seq.0),
        amounts: list(&entry.amounts),
        usage: detail.remove("usage"),
        tags: detail.remove("tags").unwrap_or_else(|| Map::new().into()),
        note: detail.remove("note").or_else(|| detail.remove("reason")),
        unknown: detail.remove("unknown").is_some(),
        detail: detail.into(),
    }
}
