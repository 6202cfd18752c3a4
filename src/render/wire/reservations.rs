//! Reservations as JSON: admitted, listed, settled, and what is open beside the budgets it counts
//! against. Why one was denied is in `denials`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::budgets::{BudgetWire, LimitWire, caps};
use super::{A, SCHEMA, list, to_json, utc};
use crate::ledger::amount::Amount;
use crate::ledger::reservation::{Reservation, UnitStake};
use crate::ledger::verbs::{Admitted, Overview, SettledNow};

#[derive(Serialize)]
struct ReservationWire {
    id: String,
    budgets: Vec<String>,
    state: String,
    amounts: Vec<A>,
    charged: Vec<A>,
    nested: Vec<A>,
    unknown: bool,
    late: bool,
    created_at: String,
    expires_at: String,
    parent: Option<String>,
    session: Option<String>,
    tags: Value,
    action: Option<Value>,
    /// Why it is unknown what it cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl ReservationWire {
    fn of(found: &Reservation) -> Self {
        let detail: Value = serde_json::from_str(&found.detail).unwrap_or_default();
        let consumed = |stake: &UnitStake| stake.unit.is_consumed();
        Self {
            id: found.id.to_string(),
            budgets: found.names.iter().map(ToString::to_string).collect(),
            state: found.state.as_str().to_owned(),
            amounts: stakes(&found.stakes, |stake| Some(stake.reserved)),
            charged: stakes(&found.stakes, |stake| {
                stake.charged.filter(|_| consumed(stake))
            }),
            nested: stakes(&found.stakes, |stake| stake.nested),
            unknown: found.unknown,
            late: found.late,
            created_at: utc(found.created),
            expires_at: utc(found.lease.expires),
            parent: found.parent.map(|id| id.to_string()),
            session: found.session.map(|id| id.to_string()),
            tags: detail
                .get("tags")
                .cloned()
                .unwrap_or_else(|| Map::new().into()),
            action: detail.get("action").cloned(),
            reason: None,
        }
    }
}

/// `status`, with what is open and what is unknown beside the budgets.
pub fn status(overview: &Overview) -> String {
    #[derive(Serialize)]
    struct Wire {
        schema: u32,
        at: String,
        clock_believed: bool,
        budgets: Vec<BudgetWire>,
        open: Vec<ReservationWire>,
        unknown: Vec<ReservationWire>,
    }
    let standings = overview.standings.iter();
    let standings = standings.map(|standing| BudgetWire::heading(standing, overview));
    let unknown = |found: &Reservation| ReservationWire {
        reason: overview.reasons.get(&found.id).cloned(),
        ..ReservationWire::of(found)
    };
    to_json(&Wire {
        schema: SCHEMA,
        at: utc(overview.at),
        clock_believed: overview.clock_believed,
        budgets: standings.collect(),
        open: overview.open.iter().map(ReservationWire::of).collect(),
        unknown: overview.unknown.iter().map(unknown).collect(),
    })
}

/// `reserve` and `check`.
pub fn admitted(admitted: &Admitted, is_real: bool) -> String {
    #[derive(Serialize)]
    struct Wire {
        schema: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        decision: &'static str,
        budgets: Vec<String>,
        amounts: Vec<A>,
        #[serde(skip_serializing_if = "Option::is_none")]
        expires_at: Option<String>,
        caps: Map<String, Value>,
        limits: Vec<LimitOf>,
    }
    #[derive(Serialize)]
    struct LimitOf {
        budget: String,
        #[serde(flatten)]
        limit: LimitWire,
    }
    let found = &admitted.reservation;
    let limits = admitted.standings.iter().flat_map(|standing| {
        let (name, zone) = (&standing.budget.name, &standing.budget.zone);
        let of = |p| LimitOf {
            budget: name.to_string(),
            limit: LimitWire::of(p, *zone),
        };
        standing.positions.iter().map(of)
    });
    to_json(&Wire {
        schema: SCHEMA,
        id: is_real.then(|| found.id.to_string()),
        decision: if admitted.caps.is_empty() {
            "allow"
        } else {
            "allow_with_caps"
        },
        budgets: admitted
            .standings
            .iter()
            .map(|s| s.budget.name.to_string())
            .collect(),
        amounts: stakes(&found.stakes, |stake| Some(stake.reserved)),
        expires_at: is_real.then(|| utc(found.lease.expires)),
        caps: caps(&admitted.caps),
        limits: limits.collect(),
    })
}

/// What is kept for the key of a run, so that its repetition finds it.
pub fn run_started(admitted: &Admitted) -> String {
    let found = &admitted.reservation;
    let session = found.session.map(|id| id.to_string());
    serde_json::json!({"schema": SCHEMA, "id": found.id.to_string(), "session": session})
        .to_string()
}

/// `reservations`.
pub fn reservations(found: &[Reservation]) -> String {
    #[derive(Serialize)]
    struct Wire {
        schema: u32,
        reservations: Vec<ReservationWire>,
    }
    let reservations = found.iter().map(ReservationWire::of).collect();
    to_json(&Wire {
        schema: SCHEMA,
        reservations,
    })
}

/// `extend`.
pub fn extended(found: &Reservation) -> String {
    #[derive(Serialize)]
    struct Wire {
        schema: u32,
        id: String,
        state: &'static str,
        expires_at: String,
    }
    let (id, state) = (found.id.to_string(), found.state.as_str());
    to_json(&Wire {
        schema: SCHEMA,
        id,
        state,
        expires_at: utc(found.lease.expires),
    })
}

/// `commit` and `release`.
pub fn settled(settled: &SettledNow) -> String {
    #[derive(Serialize)]
    struct Wire {
        schema: u32,
        id: String,
        state: &'static str,
        entry: i64,
        charged: Vec<A>,
        released: Vec<A>,
        uncharged: Vec<A>,
        late: bool,
        unknown: bool,
    }
    to_json(&Wire {
        schema: SCHEMA,
        id: settled.reservation.id.to_string(),
        state: settled.reservation.state.as_str(),
        entry: settled.entry.0,
        charged: list(&settled.charged),
        released: list(&settled.released),
        uncharged: list(&settled.uncharged),
        late: settled.reservation.late,
        unknown: settled.reservation.unknown && !settled.reservation.late,
    })
}

pub(super) fn stakes(stakes: &[UnitStake], pick: impl Fn(&UnitStake) -> Option<Amount>) -> Vec<A> {
    let picked = stakes
        .iter()
        .filter_map(|s| Some(A::new(pick(s)?.atoms(), &s.unit)));
    picked.collect()
}
