//! What a charge's usage costs by the price tables there are now: from what the journal keeps of it
//! back to what a price is computed from. Owns which charges a table has to do with at all; refuses
//! to compute from less than the charge itself was computed from.

use serde_json::Value;

use crate::commands::usage_record;
use crate::ledger::amount::Amount;
use crate::ledger::entry::Entry;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::usage::prices::{Tables, fill};
use crate::usage::{Cost, ModelUsage, Report, Source, Tokens};

const NOT_ENOUGH: &str = "its entry does not hold all that a price depends on";
const INCOMPLETE: &str = "not all that it used is known";
const CUT: &str = "what was charged is not what its tokens cost: a policy cut it off";
const ESTIMATE: &str = "it could only be estimated: its entry holds sums of several requests, or \
                        the table does not know the version of its model or its tier of service";

/// What an entry says of usage.
#[derive(Debug)]
pub(super) enum Recorded {
    /// Nothing that a price table has to do with: the money was reported, typed, or billed to
    /// nobody.
    NotPriced,
    /// Something that cannot be priced anew, and why.
    Left(&'static str),
    /// All that a price depends on.
    Usage(Used),
}

/// The usage of a charge.
#[derive(Debug)]
pub(super) struct Used {
    report: Report,
    at: Timestamp,
    /// The prices that it was charged at; empty where there was none.
    pub(super) was: Value,
    /// It was charged an exact figure, not an estimate, and not what was reserved.
    is_exact: bool,
}

/// What it costs by other prices.
#[derive(Debug)]
pub(super) struct Priced {
    pub(super) cost: Amount,
    /// The prices, model by model.
    pub(super) is: Value,
    /// The tables that they are from.
    pub(super) tables: Vec<String>,
}

/// What an entry says of usage, by its detail.
pub(super) fn recorded(entry: &Entry, detail: &Value) -> Recorded {
    let Some(usage) = detail
        .get("usage")
        .filter(|_| !is(detail, "/usage/notional"))
    else {
        return Recorded::NotPriced;
    };
    let charged = entry.amounts.iter().find(|q| q.unit == Unit::Usd);
    let is_unknown = is(detail, "/unknown");
    let is_computed = match usage.get("cost_is").and_then(Value::as_str) {
        Some("computed" | "reported and computed") => true,
        None if is_unknown || charged.is_none() => false,
        _ => return Recorded::NotPriced,
    };
    if is_computed && charged.map(|q| q.amount) != cost(usage).and_then(amount) {
        return Recorded::Left(CUT);
    }
    let one = std::slice::from_ref(usage);
    let groups = usage.get("models").and_then(Value::as_array);
    let groups = groups.map_or(one, Vec::as_slice);
    if !is_computed && !groups.iter().any(|group| group.get("requests").is_some()) {
        return if is_unknown {
            Recorded::Left(INCOMPLETE)
        } else {
            Recorded::NotPriced
        };
    }
    let mut report = Report::of_session(Source::new("journal"), "");
    for group in groups {
        match usages(group) {
            Some(usages) => report.models.extend(usages),
            None => return Recorded::Left(NOT_ENOUGH),
        }
    }
    let is_estimate = groups.iter().any(|group| is(group, "/pricing/estimate"));
    Recorded::Usage(Used {
        report,
        at: entry.at,
        was: groups.iter().filter_map(was).collect(),
        is_exact: is_computed && !is_estimate,
    })
}

impl Used {
    /// The models that were used.
    pub(super) fn models(&self) -> Vec<&str> {
        let names = self.report.models.iter();
        let mut names: Vec<_> = names.filter_map(|usage| usage.model.as_deref()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What it costs by the tables; why that cannot be said, where it cannot.
    pub(super) fn price(&self, tables: &mut Tables) -> Result<Priced, String> {
        let mut report = self.report.clone();
        let unpriced = fill(&mut report, None, self.at.to_system(), tables);
        if let Some(why) = unpriced.first() {
            return Err(why.to_string());
        }
        let pricings = || report.models.iter().filter_map(|m| m.pricing.as_ref());
        if self.is_exact && pricings().any(|pricing| pricing.is_estimate) {
            return Err(ESTIMATE.to_owned());
        }
        let cost = report.cost.and_then(amount);
        let mut tables: Vec<_> = pricings().map(|pricing| pricing.table.clone()).collect();
        tables.sort_unstable();
        tables.dedup();
        Ok(Priced {
            cost: cost.ok_or("it costs more than a ledger can hold")?,
            is: usage_record::prices_json(&report),
            tables,
        })
    }
}

/// The usages that one model's record is the sum of; `None` where it does not hold them all.
fn usages(group: &Value) -> Option<Vec<ModelUsage>> {
    let Some(requests) = group.get("requests") else {
        let is_reported = group.get("pricing").is_none_or(Value::is_null);
        let cost = cost(group).filter(|_| is_reported)?;
        return Some(vec![ModelUsage {
            cost: Some(cost),
            ..ModelUsage::default()
        }]);
    };
    let text = |name: &str| group.get(name).and_then(Value::as_str).map(str::to_owned);
    let is_off_table = group.get("off_table").is_some();
    let model = ModelUsage {
        model: text("model"),
        provider: text("provider"),
        assumed_provider: text("assumed_provider"),
        service_tier: text("service_tier"),
        off_table: is_off_table.then_some("parts of it"),
        ..ModelUsage::default()
    };
    let each = requests.as_array()?.iter();
    each.map(|request| usage(request, &model)).collect()
}

fn usage(request: &Value, model: &ModelUsage) -> Option<ModelUsage> {
    let count = |name: &str| request.get(name).map_or(Some(0), Value::as_u64);
    let at = match request.get("at") {
        Some(at) => Some(Timestamp::parse_rfc3339(at.as_str()?).ok()?.to_system()),
        None => None,
    };
    let requests = match request.get("sum_of") {
        None => Some(1),
        Some(Value::Null) => None,
        Some(count) => Some(count.as_u64()?),
    };
    Some(ModelUsage {
        tokens: Some(Tokens {
            input: count("input")?,
            cache_read: count("cache_read")?,
            cache_write_5m: count("cache_write_5m")?,
            cache_write_1h: count("cache_write_1h")?,
            output: count("output")?,
            reasoning: count("reasoning")?,
            unspecified: count("unspecified")?,
        }),
        web_searches: count("web_searches")?,
        requests,
        at,
        ..model.clone()
    })
}

/// The prices that one model was charged at.
fn was(group: &Value) -> Option<Value> {
    let pricing = group.get("pricing").filter(|pricing| !pricing.is_null())?;
    Some(serde_json::json!({
        "model": group.get("model"),
        "cost": group.get("cost"),
        "pricing": pricing,
    }))
}

fn cost(usage: &Value) -> Option<Cost> {
    Cost::from_decimal(usage.pointer("/cost/amount")?.as_str()?).ok()
}

fn amount(cost: Cost) -> Option<Amount> {
    Amount::from_atoms(cost.atoms()).ok()
}

fn is(value: &Value, path: &str) -> bool {
    value.pointer(path) == Some(&Value::Bool(true))
}
