//! From counts and unit prices to one charge. Owns the sum, which is exact and rounded up once,
//! and the tiers of service and of prompt length; refuses whatever the table does not price.

use std::time::SystemTime;

use super::UnitPrice;
use super::calculator::{Found, Terms, Unusable};
use super::kind::{Kind, counts};
use super::table::Slice;
use crate::usage::{Cost, ModelUsage};

/// What a usage costs by a table.
#[derive(Debug)]
pub(super) struct Bill {
    pub(super) cost: Cost,
    pub(super) unit_prices: Vec<UnitPrice>,
    pub(super) is_estimate: bool,
}

/// Why a usage has no price, as a fragment for people.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoPrice {
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error("{0}")]
    Reason(String),
}

/// A model of a table, and what the table says of it.
pub(super) struct Priced<'a> {
    pub(super) found: &'a Found,
    pub(super) slice: &'a Slice,
}

pub(super) type Context = &'static [(&'static str, &'static str)];

/// The tiers of service that a table may price, and how genai-prices is asked for them.
pub(super) const TIERS: [(&str, Context); 4] = [
    ("batch", &[("processing", "batch")]),
    ("flex", &[("service_tier", "flex")]),
    ("priority", &[("service_tier", "priority")]),
    ("fast", &[("service_tier", "fast"), ("speed", "fast")]),
];

/// What a tier of service does to a price.
enum Tier {
    /// Nothing.
    Standard,
    /// It is cheaper: where the table does not price it, the standard price is the most it can be.
    Cheaper(Context),
    /// It is dearer: where the table does not price it, nobody knows.
    Dearer(Context),
    /// Nobody knows; it may be dearer.
    Other,
}

impl Tier {
    fn of(name: Option<&str>) -> Self {
        let name = name.unwrap_or_default().to_ascii_lowercase();
        let known = TIERS.iter().find(|(tier, _)| *tier == name);
        match (name.as_str(), known) {
            ("" | "standard" | "default" | "auto" | "on_demand", _) => Self::Standard,
            ("batch" | "flex", Some((_, context))) => Self::Cheaper(context),
            (_, Some((_, context))) => Self::Dearer(context),
            (_, None) => Self::Other,
        }
    }
}

/// What `usage` costs at the prices of `at`.
pub(super) fn bill(
    priced: &Priced<'_>,
    usage: &ModelUsage,
    at: SystemTime,
) -> Result<Bill, NoPrice> {
    let used = used(usage);
    let prompt = used
        .iter()
        .filter(|(kind, _)| Kind::PROMPT.contains(kind))
        .fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
    // Which price holds is decided by the prompt of each request. Of several requests only the sum
    // is known: the best that can be said is that they were alike.
    let each = usage.requests.map_or(prompt, |n| prompt.div_ceil(n.max(1)));
    let found = priced.found;
    let (context, is_bound) = context(found, usage, &used, at, each)?;
    let terms = Terms {
        at,
        prompt: each,
        context,
    };
    let unit_prices = prices(priced, &used, terms)?;
    let is_same = |prompt: u64| -> Result<bool, Unusable> {
        let terms = Terms { prompt, ..terms };
        for (kind, price) in &unit_prices {
            if found.unit_price(*kind, terms)? != *price {
                return Ok(false);
            }
        }
        Ok(true)
    };
    let is_one_tier = each == prompt || is_same(prompt)?;
    let is_exact = match usage.requests {
        Some(1) => true,
        Some(_) => is_one_tier && is_same(0)?,
        None => is_one_tier && is_same(0)? && !has_price(&unit_prices, Kind::Request),
    };
    let total = sum(&used, &unit_prices);
    let cost = Cost::from_picodollars(total)
        .ok_or_else(|| NoPrice::Reason("the cost is more than a ledger can hold".to_owned()))?;
    if is_one_tier {
        confirm(found, &used, Terms { prompt, ..terms }, total)?;
    }
    let unit_price = |(kind, picodollars): (Kind, u64)| UnitPrice {
        of: kind.name(),
        picodollars,
    };
    Ok(Bill {
        cost,
        unit_prices: unit_prices.into_iter().map(unit_price).collect(),
        is_estimate: is_bound || !is_exact,
    })
}

fn used(usage: &ModelUsage) -> Vec<(Kind, u64)> {
    let all = counts(usage).into_iter().flatten();
    all.filter(|(_, count)| *count > 0).collect()
}

fn has_price(prices: &[(Kind, u64)], kind: Kind) -> bool {
    prices.iter().any(|(k, price)| *k == kind && *price > 0)
}

/// The context in which prices are asked for, and whether they are only a bound of what is paid.
fn context(
    found: &Found,
    usage: &ModelUsage,
    used: &[(Kind, u64)],
    at: SystemTime,
    prompt: u64,
) -> Result<(Context, bool), NoPrice> {
    let (context, is_dearer) = match Tier::of(usage.service_tier.as_deref()) {
        Tier::Standard => return Ok((&[], false)),
        Tier::Cheaper(context) => (context, false),
        Tier::Dearer(context) => (context, true),
        Tier::Other => return Err(unpriced_tier(usage)),
    };
    let terms = |context| Terms {
        at,
        prompt,
        context,
    };
    for (kind, _) in used {
        let standard = found.unit_price(*kind, terms(&[]))?;
        if found.unit_price(*kind, terms(context))? != standard {
            return Ok((context, false));
        }
    }
    if is_dearer {
        return Err(unpriced_tier(usage));
    }
    Ok((&[], true))
}

fn unpriced_tier(usage: &ModelUsage) -> NoPrice {
    let tier = usage.service_tier.as_deref().unwrap_or_default();
    NoPrice::Reason(format!(
        "the price table has no price for it in the tier `{tier}`"
    ))
}

/// The price of each kind that was used. What costs nothing does so only where the table says it.
fn prices(
    priced: &Priced<'_>,
    used: &[(Kind, u64)],
    terms: Terms<'_>,
) -> Result<Vec<(Kind, u64)>, NoPrice> {
    let mut prices = Vec::with_capacity(used.len());
    for (kind, _) in used {
        let price = priced.found.unit_price(*kind, terms)?;
        if price == 0 && *kind == Kind::Request {
            continue;
        }
        if price == 0 && !is_free(priced, *kind) {
            let what = kind.name().replace('_', " ");
            return Err(NoPrice::Reason(format!(
                "the price table has no price for its {what}"
            )));
        }
        // Reasoning that costs what other output costs is output.
        let is_output =
            *kind == Kind::Reasoning && price == priced.found.unit_price(Kind::Output, terms)?;
        let kind = if is_output { Kind::Output } else { *kind };
        if !prices.contains(&(kind, price)) {
            prices.push((kind, price));
        }
    }
    Ok(prices)
}

fn is_free(priced: &Priced<'_>, kind: Kind) -> bool {
    let model = &priced.found.model;
    std::iter::successors(Some(kind), |kind| kind.else_as())
        .any(|kind| priced.slice.says_free(model, kind.price_key()))
}

/// Count times price, in 10⁻¹² dollar. Kinds without a price of their own are priced as another.
fn sum(used: &[(Kind, u64)], prices: &[(Kind, u64)]) -> u128 {
    let price_of = |kind: Kind| {
        std::iter::successors(Some(kind), |kind| kind.else_as())
            .find_map(|kind| prices.iter().find(|(k, _)| *k == kind))
            .map_or(0, |(_, price)| *price)
    };
    let charge = |(kind, count): &(Kind, u64)| u128::from(*count) * u128::from(price_of(*kind));
    used.iter().map(charge).sum()
}

/// An error where genai-prices makes another sum of the same counts.
fn confirm(
    found: &Found,
    used: &[(Kind, u64)],
    terms: Terms<'_>,
    total: u128,
) -> Result<(), NoPrice> {
    let (theirs, noise) = found.total(used, terms)?;
    // A price with more than six decimals was rounded up by less than one picodollar.
    let rounded = used.iter().map(|(_, count)| u128::from(*count));
    if total.abs_diff(theirs) <= rounded.sum::<u128>() + noise + 1 {
        Ok(())
    } else {
        Err(NoPrice::Reason(
            "two ways to compute its price disagree".to_owned(),
        ))
    }
}
