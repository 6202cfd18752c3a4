//! The JSON of every command. Fields are added, never changed: `docs/json.md` is a contract.

use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};

use crate::ledger::amount::{Amount, Quantity, decimal};
use crate::ledger::budget::Standing;
use crate::ledger::calendar::{Period, Zone};
use crate::ledger::entry::Entry;
use crate::ledger::limit::Position;
use crate::ledger::policy::{Cap, Caps};
use crate::ledger::reservation::{Reservation, UnitStake};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::{Admitted, Denial, Overview, SettledNow, Spent};

/// The version of every shape here.
pub const SCHEMA: u32 = 1;

/// An amount: an exact decimal with its unit. Time is in seconds.
#[derive(Debug, Clone, Serialize)]
pub struct A {
    unit: String,
    amount: String,
}

impl A {
    fn new(atoms: i64, unit: &Unit) -> Self {
        Self {
            unit: unit.to_string(),
            amount: decimal(atoms, unit),
        }
    }
}

impl From<&Quantity> for A {
    fn from(quantity: &Quantity) -> Self {
        Self::new(quantity.amount.atoms(), &quantity.unit)
    }
}

fn list(quantities: &[Quantity]) -> Vec<A> {
    quantities.iter().map(A::from).collect()
}

#[derive(Serialize)]
struct WindowWire {
    start: String,
    end: Option<String>,
}

#[derive(Serialize)]
struct LimitWire {
    unit: String,
    period: Option<String>,
    zone: String,
    limit: A,
    granted: A,
    spent: A,
    reserved: A,
    debt: A,
    over: bool,
    available: A,
    overage: String,
    window: Option<WindowWire>,
}

#[derive(Serialize)]
struct BudgetWire {
    name: String,
    state: String,
    limits: Vec<LimitWire>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<BudgetDetail>,
}

#[derive(Serialize)]
struct BudgetDetail {
    zone: String,
    anchor: String,
    on_unknown: String,
    reserve: Vec<String>,
    caps: Map<String, Value>,
    warn: Vec<u8>,
    note: String,
}

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
}

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

/// An instant with the offset of a zone.
pub fn instant(at: Timestamp, zone: &Zone) -> String {
    at.to_rfc3339(zone)
        .unwrap_or_else(|_| at.as_micros().to_string())
}

fn utc(at: Timestamp) -> String {
    instant(at, &Zone::utc())
}

fn limit(position: &Position, zone: Zone) -> LimitWire {
    let unit = &position.key.unit;
    let figures = &position.figures;
    let a = |atoms: i64| A::new(atoms, unit);
    let bounds = position.window.map(|_| &position.bounds);
    LimitWire {
        unit: unit.to_string(),
        period: period(position.key.period),
        zone: zone.name().to_owned(),
        limit: a(figures.limit.atoms()),
        granted: a(figures.granted.atoms()),
        spent: a(figures.spent.atoms()),
        reserved: a(figures.reserved.atoms()),
        debt: a(figures.debt.atoms()),
        over: figures.over,
        available: a(figures.available().atoms()),
        overage: position.overage.to_string(),
        window: bounds.map(|bounds| WindowWire {
            start: instant(bounds.start, &zone),
            end: bounds.end.map(|end| instant(end, &zone)),
        }),
    }
}

fn period(period: Period) -> Option<String> {
    (period != Period::Forever).then(|| period.to_string())
}

fn budget(standing: &Standing, detailed: bool) -> BudgetWire {
    let found = &standing.budget;
    let detail = || BudgetDetail {
        zone: found.zone.name().to_owned(),
        anchor: found.anchor.to_string(),
        on_unknown: found.on_unknown.to_string(),
        reserve: found.reserve.iter().map(ToString::to_string).collect(),
        caps: caps(&found.caps),
        warn: found.warn.iter().map(|percent| percent.get()).collect(),
        note: found.note.clone(),
    };
    BudgetWire {
        name: found.name.to_string(),
        state: found.state.as_str().to_owned(),
        limits: standing
            .positions
            .iter()
            .map(|p| limit(p, found.zone))
            .collect(),
        detail: detailed.then(detail),
    }
}

/// Caps as children read them.
pub fn caps(caps: &Caps) -> Map<String, Value> {
    let value = |cap: &Cap| match cap {
        Cap::MaxTokens(count) | Cap::MaxSteps(count) => (*count).into(),
        Cap::AllowTools(tools) | Cap::DenyTools(tools) => tools.clone().into(),
        Cap::Cooldown(span) => span.millis().into(),
    };
    let key = |cap: &Cap| match cap {
        Cap::Cooldown(_) => "cooldown_ms".to_owned(),
        other => other.key().to_owned(),
    };
    caps.iter().map(|cap| (key(cap), value(cap))).collect()
}

/// `status`, and what `create`, `set`, `grant`, `freeze`, `unfreeze` and `close` answer.
pub fn budgets(standings: &[Standing], detailed: bool) -> String {
    #[derive(Serialize)]
    struct Wire {
        schema: u32,
        budgets: Vec<BudgetWire>,
    }
    let budgets = standings
        .iter()
        .map(|standing| budget(standing, detailed))
        .collect();
    to_json(&Wire {
        schema: SCHEMA,
        budgets,
    })
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
    to_json(&Wire {
        schema: SCHEMA,
        at: utc(overview.at),
        clock_believed: overview.clock_believed,
        budgets: overview
            .standings
            .iter()
            .map(|standing| budget(standing, false))
            .collect(),
        open: overview.open.iter().map(reservation).collect(),
        unknown: overview.unknown.iter().map(reservation).collect(),
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
            limit: limit(p, *zone),
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

fn stakes(stakes: &[UnitStake], pick: impl Fn(&UnitStake) -> Option<Amount>) -> Vec<A> {
    let picked = stakes
        .iter()
        .filter_map(|s| Some(A::new(pick(s)?.atoms(), &s.unit)));
    picked.collect()
}

fn reservation(found: &Reservation) -> ReservationWire {
    let detail: Value = serde_json::from_str(&found.detail).unwrap_or_default();
    let consumed = |stake: &UnitStake| stake.unit.is_consumed();
    ReservationWire {
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
    }
}

/// `reservations`.
pub fn reservations(found: &[Reservation]) -> String {
    #[derive(Serialize)]
    struct Wire {
        schema: u32,
        reservations: Vec<ReservationWire>,
    }
    let reservations = found.iter().map(reservation).collect();
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
    })
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
    let budgets = spent
        .standings
        .iter()
        .map(|standing| budget(standing, false))
        .collect();
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

/// `log`.
pub fn log(entries: &[Entry]) -> String {
    #[derive(Serialize)]
    struct Wire<'a> {
        schema: u32,
        entries: Vec<EntryWire<'a>>,
    }
    to_json(&Wire {
        schema: SCHEMA,
        entries: entries.iter().map(entry).collect(),
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

/// `remaining`: plain numbers of every unit that the path limits; the common ones are always
/// there, `null` where nothing limits them. Exact digits, written as JSON numbers.
pub fn remaining(standings: &[Standing]) -> String {
    let mut least: std::collections::BTreeMap<String, Option<(i64, Unit)>> =
        [Unit::Usd, Unit::Tokens, Unit::Calls, Unit::Time]
            .iter()
            .map(|unit| (key_of(unit), None))
            .collect();
    for position in standings.iter().flat_map(|standing| &standing.positions) {
        let unit = &position.key.unit;
        let left = position.figures.available().floor().atoms();
        let slot = least.entry(key_of(unit)).or_default();
        let left = slot.as_ref().map_or(left, |(least, _)| left.min(*least));
        *slot = Some((left, unit.clone()));
    }
    let number = |(left, unit): &(i64, Unit)| {
        let text = if *unit == Unit::Time {
            left.to_string()
        } else {
            decimal(*left, unit)
        };
        RawValue::from_string(text).ok()
    };
    let fields: std::collections::BTreeMap<_, _> = least
        .iter()
        .map(|(key, left)| (key, left.as_ref().and_then(number)))
        .collect();
    to_json(&fields)
}

fn key_of(unit: &Unit) -> String {
    if *unit == Unit::Time {
        "time_ms".to_owned()
    } else {
        unit.to_string()
    }
}

/// The fields of a denial beside its message.
pub fn denial(denial: &Denial) -> Vec<(&'static str, Value)> {
    let failed = denial.failed.iter().map(|failed| {
        let unit = &failed.position.key.unit;
        let figures = &failed.position.figures;
        let a = |atoms: i64| serde_json::to_value(A::new(atoms, unit)).unwrap_or_default();
        serde_json::json!({
            "budget": failed.position.budget.as_str(),
            "unit": unit.as_str(),
            "period": period(failed.position.key.period),
            "limit": a(figures.limit.atoms()),
            "granted": a(figures.granted.atoms()),
            "spent": a(figures.spent.atoms()),
            "reserved": a(figures.reserved.atoms()),
            "debt": a(figures.debt.atoms()),
            "over": figures.over,
            "available": a(figures.available().atoms()),
            "asked": a(failed.asked.atoms()),
            "resets_at": failed.position.bounds.end.map(utc),
        })
    });
    // Waiting helps neither what is too large nor what somebody stopped.
    let can_wait = !denial.is_final() && denial.stopped.is_none();
    let retry = denial.retry_at.filter(|_| can_wait).map(|at| {
        let micros = at.as_micros().saturating_sub(denial.at.as_micros()).max(0);
        // Rounded up: after so many seconds the window is over.
        Value::from(micros.saturating_add(999_999) / 1_000_000)
    });
    let mut more = vec![
        (
            "budgets",
            denial
                .names
                .iter()
                .map(|n| Value::from(n.as_str()))
                .collect(),
        ),
        ("failed", failed.collect()),
        ("retry_after_seconds", retry.unwrap_or_default()),
    ];
    if let Some((name, state)) = &denial.stopped {
        more.push((
            "stopped",
            serde_json::json!({"budget": name.as_str(), "state": state.as_str()}),
        ));
    }
    more
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

/// Any of the shapes as text.
pub fn to_json(wire: &impl Serialize) -> String {
    super::sanitize::json(serde_json::to_string(wire).unwrap_or_default())
}
