//! Prices what a report names without a cost. Owns which usage may be priced at all; refuses to
//! price what is incomplete, or whose kind of token nobody knows.

use std::fmt;
use std::time::SystemTime;

use super::{Pricing, Tables};
use crate::usage::{Cost, ModelUsage, Report};

/// A model whose cost stays unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpriced {
    /// The model as reported.
    pub model: Option<String>,
    /// Why, as a fragment for people.
    pub reason: String,
}

impl fmt::Display for Unpriced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = self.model.as_deref().unwrap_or("an unnamed model");
        write!(f, "no price for {model}: {}", self.reason)
    }
}

/// Prices every usage of a report that has tokens and no cost, each at the time it was made, else
/// at `now`; `provider` is who serves a model whose provider was not reported. Where every model
/// then has a cost, the report has one.
///
/// What cannot be priced is left as it is and returned, with the reason: unknown is never zero. A
/// report that has a cost, or whose tokens are incomplete, is not touched.
pub fn fill(
    report: &mut Report,
    provider: Option<&str>,
    now: SystemTime,
    tables: &mut Tables,
) -> Vec<Unpriced> {
    if report.cost.is_some() || report.tokens_incomplete || report.models.is_empty() {
        return Vec::new();
    }
    let mut unpriced = Vec::new();
    for usage in report.models.iter_mut().filter(|m| m.cost.is_none()) {
        if usage.provider.is_none() && usage.assumed_provider.is_none() {
            usage.assumed_provider = provider.map(str::to_owned);
        }
        match price(usage, now, tables) {
            Ok((cost, pricing)) => {
                usage.cost = Some(cost);
                usage.pricing = Some(pricing);
            }
            Err(reason) => {
                let model = usage.model.clone();
                let why = Unpriced { model, reason };
                if !unpriced.contains(&why) {
                    unpriced.push(why);
                }
            }
        }
    }
    if report.models.iter().all(|m| m.cost.is_some()) {
        report.cost = report.named_cost().ok().flatten();
    }
    unpriced
}

fn price(
    usage: &ModelUsage,
    now: SystemTime,
    tables: &mut Tables,
) -> Result<(Cost, Pricing), String> {
    let tokens = usage.tokens.ok_or("no tokens are known of it")?;
    if tokens.unspecified > 0 {
        return Err("the kind of its tokens was not named".to_owned());
    }
    if let Some(part) = usage.off_table {
        return Err(format!("{part} have a price of their own"));
    }
    let provider = usage.assumed_provider.as_deref();
    tables.price(usage, provider, usage.at.unwrap_or(now))
}
