//! What happened as JSON, for a program that is told of it: `docs/events.md`.

use serde_json::{Map, Value, json};

use super::budgets::LimitWire;
use super::reservations::stakes;
use super::{SCHEMA, denial, to_json, utc};
use crate::ledger::amount::decimal;
use crate::ledger::reservation::Reservation;
use crate::ledger::rules::warn;
use crate::ledger::verbs::{LimitNow, Notice, Noticed};
use crate::render::denial::denied;
use crate::render::notice::message;

/// One event, in one line.
pub fn event(notice: &Notice) -> String {
    let mut fields = Map::from_iter([
        ("schema".to_owned(), SCHEMA.into()),
        ("event".to_owned(), notice.what.name().into()),
        ("at".to_owned(), utc(notice.at).into()),
        ("message".to_owned(), message(notice).into()),
        ("reservation".to_owned(), id(notice.reservation)),
        ("session".to_owned(), id(notice.session)),
    ]);
    fields.extend(match &notice.what {
        Noticed::Threshold { limit, shares } => {
            let shares: Vec<_> = shares.iter().map(|share| share.get()).collect();
            let mut more = of_limit(limit);
            more.push(("thresholds".to_owned(), shares.into()));
            more
        }
        Noticed::Exhausted(limit) => of_limit(limit),
        Noticed::Denied(found) => {
            let retryable = denied(found).retryable.into();
            let more = denial(found).into_iter();
            let more = more.map(|(name, value)| (name.to_owned(), value));
            more.chain([("retryable".to_owned(), retryable)]).collect()
        }
        Noticed::Expired(found) | Noticed::Overrun(found) | Noticed::Unknown(found) => {
            of_reservation(found)
        }
    });
    to_json(&fields)
}

fn id(id: Option<crate::ledger::id::Id>) -> Value {
    id.map(|id| id.to_string()).into()
}

fn of_limit(limit: &LimitNow) -> Vec<(String, Value)> {
    let position = &limit.position;
    let (figures, unit) = (&position.figures, &position.key.unit);
    let shown = LimitWire::of(position, limit.zone);
    let mut shown = serde_json::to_value(shown).unwrap_or_default();
    shown["budget"] = position.budget.as_str().into();
    shown["charged"] = json!({"unit": unit.as_str(), "amount": decimal(figures.charged(), unit)});
    shown["percent"] = warn::share(figures).into();
    vec![
        ("budgets".to_owned(), json!([position.budget.as_str()])),
        ("limit".to_owned(), shown),
    ]
}

fn of_reservation(found: &Reservation) -> Vec<(String, Value)> {
    let names: Vec<_> = found.names.iter().map(ToString::to_string).collect();
    let (reserved, charged) = (
        stakes(&found.stakes, |stake| Some(stake.reserved)),
        stakes(&found.stakes, |stake| {
            stake.charged.filter(|_| stake.unit.is_consumed())
        }),
    );
    vec![
        ("budgets".to_owned(), names.into()),
        ("reserved".to_owned(), json!(reserved)),
        ("charged".to_owned(), json!(charged)),
        ("unknown".to_owned(), found.unknown.into()),
    ]
}
