//! From a report of usage to the amounts it charges and what the journal keeps of it.

use serde_json::{Map, Value, json};

use crate::ledger::amount::{Amount, Quantity, decimal};
use crate::ledger::calendar::Zone;
use crate::ledger::store::amounts_json;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::{Booked, RunReport};
use crate::render::wire::instant;
use crate::usage::prices::{self, Pricing, Tables, UnitPrice};
use crate::usage::{Cost, ModelUsage, Report, Tokens};

/// Prices what a report names without a cost, at the prices of now where it names no date;
/// `provider` serves the models whose provider it does not name. Why some of it has no price, where
/// it has none.
pub(super) fn price(
    report: &mut Report,
    provider: Option<&str>,
    tables: &mut Tables,
) -> Option<String> {
    let now = (crate::clock::sources().clock)().wall.to_system();
    let unpriced = prices::fill(report, provider, now, tables);
    let reasons: Vec<_> = unpriced.iter().map(ToString::to_string).collect();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

/// What a run is charged by `report`, and what its entry says of it.
pub(super) fn settled(report: &Report) -> RunReport {
    run_report(&amounts(report), report)
}

/// What an entry says of a report that is less than all there was: what was reserved is charged,
/// and stands for these messages, too.
pub(super) fn noted(report: &Report) -> RunReport {
    let billed = report.is_notional.then(nothing);
    let report = Report {
        tokens_incomplete: true,
        ..report.clone()
    };
    run_report(billed.as_slice(), &report)
}

fn run_report(amounts: &[Quantity], report: &Report) -> RunReport {
    RunReport {
        amounts: amounts_json(amounts),
        usage: usage_json(report).to_string(),
        booked: Booked {
            messages: report.ids.clone(),
            counter: None,
        },
    }
}

/// What is charged of a run that said nothing and is billed to nobody.
pub(super) fn unbilled() -> RunReport {
    let usage = json!({"source": "caller", "model": null, "provider": null, "tokens": null,
        "notional": true});
    RunReport {
        amounts: amounts_json(&[nothing()]),
        usage: usage.to_string(),
        booked: Booked::default(),
    }
}

fn nothing() -> Quantity {
    Quantity::new(Amount::ZERO, Unit::Usd)
}

/// The amounts that a report names: money, tokens where all are known, and its other units.
pub(super) fn amounts(report: &Report) -> Vec<Quantity> {
    let atoms = |count: u64| {
        i64::try_from(count)
            .ok()
            .and_then(|a| Amount::from_atoms(a).ok())
    };
    let mut amounts: Vec<Quantity> = Vec::new();
    let billed = if report.is_notional {
        Some(Cost::ZERO)
    } else {
        report.cost
    };
    if let Some(cost) = billed.and_then(|cost| Amount::from_atoms(cost.atoms()).ok()) {
        amounts.push(Quantity::new(cost, Unit::Usd));
    }
    let tokens = report
        .tokens()
        .ok()
        .flatten()
        .and_then(|tokens| tokens.total().ok());
    if let Some(tokens) = tokens.filter(|_| !report.tokens_incomplete).and_then(atoms) {
        amounts.push(Quantity::new(tokens, Unit::Tokens));
    }
    for (unit, count) in &report.amounts {
        if let (Ok(unit), Some(count)) = (unit.parse::<Unit>(), atoms(*count)) {
            amounts.push(Quantity::new(count, unit));
        }
    }
    amounts
}

/// Usage as the journal keeps it: the sums, and each model where there are several; with what its
/// price is computed from, where that is for us to do.
pub(super) fn usage_json(report: &Report) -> Value {
    let groups = report.grouped();
    let one = match groups.as_slice() {
        [one] => Some(one),
        _ => None,
    };
    let tokens = report.tokens().ok().flatten();
    let mut usage = Map::new();
    let mut put = |name: &str, value: Value| usage.insert(name.to_owned(), value);
    put("source", report.source.as_str().into());
    put("model", one.and_then(|(m, _)| m.model.clone()).into());
    put("provider", one.and_then(|(m, _)| m.provider.clone()).into());
    put("tokens", tokens.as_ref().map(tokens_json).into());
    if report.tokens_incomplete {
        put("tokens_incomplete", true.into());
    }
    if let Some(cost) = report.cost {
        put("cost", money(cost));
        put("cost_is", cost_is(&report.models).into());
    }
    if report.is_notional {
        put("notional", true.into());
    }
    if let Some(pricing) = one.and_then(|(m, _)| m.pricing.as_ref()) {
        put("pricing", pricing_json(pricing));
    }
    for (name, text) in [
        ("agent_session", &report.session),
        ("outcome", &report.outcome),
    ] {
        if let Some(text) = text {
            put(name, text.clone().into());
        }
    }
    let is_ours = is_priced_here(report);
    if groups.len() > 1 {
        let models = groups.iter().map(|group| model_json(group, is_ours));
        put("models", models.collect());
    } else if let Some(one) = one.filter(|_| is_ours) {
        usage.extend(priced_from(one));
    }
    Value::Object(usage)
}

/// Whether a price table says what it cost, in part at least.
fn is_priced_here(report: &Report) -> bool {
    let is_computed = report.models.iter().any(|m| m.pricing.is_some());
    !report.tokens_incomplete && (is_computed || report.cost.is_none())
}

/// Whether money was told by the source or computed from a price table.
fn cost_is(models: &[ModelUsage]) -> &'static str {
    let computed = |model: &ModelUsage| model.pricing.is_some();
    match (models.iter().any(computed), models.iter().all(computed)) {
        (false, _) => "reported",
        (true, true) => "computed",
        (true, false) => "reported and computed",
    }
}

/// The usages of one model at the same prices: their sum, and each.
type Group<'a> = (ModelUsage, Vec<&'a ModelUsage>);

fn model_json(group: &Group<'_>, is_ours: bool) -> Value {
    let (sum, _) = group;
    let mut model = Map::new();
    let mut put = |name: &str, value: Value| model.insert(name.to_owned(), value);
    put("model", sum.model.clone().into());
    put("provider", sum.provider.clone().into());
    put("tokens", sum.tokens.as_ref().map(tokens_json).into());
    put("cost", sum.cost.map(money).into());
    put("pricing", sum.pricing.as_ref().map(pricing_json).into());
    if is_ours {
        model.extend(priced_from(group));
    }
    Value::Object(model)
}

/// The prices that a report was computed by, model by model.
pub(super) fn prices_json(report: &Report) -> Value {
    let groups = report.by_model();
    let priced = groups.iter().filter_map(|sum| {
        let pricing = pricing_json(sum.pricing.as_ref()?);
        Some(json!({"model": sum.model, "cost": sum.cost.map(money), "pricing": pricing}))
    });
    priced.collect()
}

/// All that a price depends on, for what has no reported cost: with the same table, it computes to
/// the same figure again.
fn priced_from((sum, parts): &Group<'_>) -> Map<String, Value> {
    let mut from = Map::new();
    if (sum.cost.is_some() && sum.pricing.is_none()) || sum.tokens.is_none() {
        return from;
    }
    let texts = [
        ("assumed_provider", sum.assumed_provider.as_deref()),
        ("service_tier", sum.service_tier.as_deref()),
        ("off_table", sum.off_table),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            from.insert(name.to_owned(), text.into());
        }
    }
    let requests = parts.iter().map(|usage| request_json(usage));
    from.insert("requests".to_owned(), requests.collect());
    from
}

/// What the source told in one figure, of one request or of several: all that is not 0.
fn request_json(usage: &ModelUsage) -> Value {
    let mut request = Map::new();
    if let Some(at) = usage.at {
        let at = instant(Timestamp::from_system(at), &Zone::utc());
        request.insert("at".to_owned(), at.into());
    }
    if usage.requests != Some(1) {
        request.insert("sum_of".to_owned(), usage.requests.into());
    }
    let tokens = usage.tokens.unwrap_or_default();
    let counts = [
        ("input", tokens.input),
        ("cache_read", tokens.cache_read),
        ("cache_write_5m", tokens.cache_write_5m),
        ("cache_write_1h", tokens.cache_write_1h),
        ("output", tokens.output),
        ("reasoning", tokens.reasoning),
        ("unspecified", tokens.unspecified),
        ("web_searches", usage.web_searches),
    ];
    for (name, count) in counts.iter().filter(|(_, count)| *count > 0) {
        request.insert((*name).to_owned(), (*count).into());
    }
    Value::Object(request)
}

/// The table, and dollars for a million of each thing that was used.
fn pricing_json(pricing: &Pricing) -> Value {
    json!({
        "table": pricing.table,
        "provider": pricing.provider,
        "model": pricing.model,
        "usd_per_million": usd_per_million(&pricing.unit_prices),
        "estimate": pricing.is_estimate,
    })
}

/// Dollars for a million of each thing that has a price.
pub(super) fn usd_per_million(prices: &[UnitPrice]) -> Map<String, Value> {
    let dollars = |price: &UnitPrice| (price.of.to_owned(), price.usd_per_million().into());
    prices.iter().map(dollars).collect()
}

fn money(cost: Cost) -> Value {
    json!({"unit": "usd", "amount": decimal(cost.atoms(), &Unit::Usd)})
}

fn tokens_json(tokens: &Tokens) -> Value {
    json!({
        "input": tokens.input,
        "cache_read": tokens.cache_read,
        "cache_write": tokens.cache_write_5m.saturating_add(tokens.cache_write_1h),
        "cache_write_1h": tokens.cache_write_1h,
        "output": tokens.output,
        "reasoning": tokens.reasoning,
        "unspecified": tokens.unspecified,
    })
}
