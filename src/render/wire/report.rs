//! `report` as JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{A, SCHEMA, instant, to_json};
use crate::ledger::charge::TokenKinds;
use crate::ledger::rules::report::{Key, Row, Sums};
use crate::ledger::unit::Unit;
use crate::render::report::View;

#[derive(Serialize)]
struct Wire<'a> {
    schema: u32,
    budget: Option<&'a str>,
    by: Vec<String>,
    zone: &'a str,
    since: Option<String>,
    until: Option<String>,
    rows: Vec<RowWire>,
    total: SumsWire,
}

#[derive(Serialize)]
struct RowWire {
    #[serde(flatten)]
    keys: Map<String, Value>,
    #[serde(flatten)]
    sums: SumsWire,
}

#[derive(Serialize)]
struct SumsWire {
    spent: Vec<A>,
    unknown: Vec<A>,
    notional: Option<A>,
    tokens: Option<BTreeMap<&'static str, i128>>,
    entries: u64,
}

/// `report`.
pub fn report(view: &View) -> String {
    let at = |at: &Option<_>| at.map(|at| instant(at, &view.zone));
    to_json(&Wire {
        schema: SCHEMA,
        budget: view.budget.as_deref(),
        by: view.by.iter().map(ToString::to_string).collect(),
        zone: view.zone.name(),
        since: at(&view.since),
        until: at(&view.until),
        rows: view
            .report
            .rows
            .iter()
            .map(|row| row_json(view, row))
            .collect(),
        total: sums(&view.report.total),
    })
}

fn row_json(view: &View, row: &Row) -> RowWire {
    let mut fields = Map::new();
    for (by, key) in view.by.iter().zip(&row.keys) {
        let value = match key {
            Key::Name(None) | Key::Session(None) => Value::Null,
            _ => view.label(by, key).into(),
        };
        fields.insert(by.to_string(), value);
        // The finest stretch is the last one named.
        if let Key::Time(start, end) = key {
            fields.insert("start".to_owned(), instant(*start, &view.zone).into());
            fields.insert("end".to_owned(), instant(*end, &view.zone).into());
        }
    }
    RowWire {
        keys: fields,
        sums: sums(&row.sums),
    }
}

fn sums(sums: &Sums) -> SumsWire {
    let amounts = |by_unit: &BTreeMap<Unit, i128>| {
        let amounts = by_unit.iter();
        amounts.map(|(unit, atoms)| A::new(*atoms, unit)).collect()
    };
    let tokens = sums.tokens;
    SumsWire {
        spent: amounts(&sums.charged),
        unknown: amounts(&sums.unknown),
        notional: (sums.notional != 0).then(|| A::new(sums.notional, &Unit::Usd)),
        tokens: (!tokens.is_empty()).then(|| {
            let counts = TokenKinds::NAMES.iter().zip(tokens.counts());
            counts.map(|(name, count)| (*name, count)).collect()
        }),
        entries: sums.entries,
    }
}
