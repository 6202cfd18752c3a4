//! LiteLLM's table: one object of models, dollars for one token as JSON text, which is read
//! exactly. Entries that price no tokens are left out, and so are those that cost nothing: there,
//! 0 often means that nobody filled it in.

use std::collections::{BTreeMap, HashMap};

use serde_json::value::RawValue;

use super::super::table::{Origin, Table};
use super::super::{calculator, names};
use super::writer::{Price, Prices, Writer, any_of, complete, header, prices_json};
use super::{ImportError, reasonable};
use crate::usage::decimal::picodollars;

/// LiteLLM's names and the table's; longer ones before those they begin with.
const KEYS: [(&str, &str); 6] = [
    (
        "cache_creation_input_token_cost_above_1hr",
        "cache_write_1h_mtok",
    ),
    ("cache_creation_input_token_cost", "cache_write_mtok"),
    ("cache_read_input_token_cost", "cache_read_mtok"),
    ("input_cost_per_token", "input_mtok"),
    ("output_cost_per_reasoning_token", "output_reasoning_mtok"),
    ("output_cost_per_token", "output_mtok"),
];

/// What follows a name where the price is of a tier of service, and how the table names the tier.
const TIERS: [(&str, &str); 4] = [
    ("", ""),
    ("_batches", r#"{"processing":"batch"}"#),
    ("_flex", r#"{"service_tier":"flex"}"#),
    ("_priority", r#"{"service_tier":"priority"}"#),
];

type Fields<'a> = HashMap<String, &'a RawValue>;

/// A model of one provider.
struct Model {
    key: String,
    prices: Prices,
    variants: Option<String>,
}

/// A table that was read.
pub(super) struct Read {
    pub(super) text: String,
    /// How many entries have no price for tokens.
    pub(super) skipped: usize,
    /// Models whose prices cannot be meant.
    pub(super) refused: Vec<ImportError>,
}

pub(super) fn read(text: &str, origin: &Origin) -> Result<Read, ImportError> {
    let entries: BTreeMap<String, &RawValue> =
        serde_json::from_str(text).map_err(ImportError::form)?;
    let built_in = Table::built_in();
    let mut ids: HashMap<String, String> = HashMap::new();
    let mut providers: BTreeMap<String, BTreeMap<String, Model>> = BTreeMap::new();
    let (mut skipped, mut refused) = (0, Vec::new());
    for (key, entry) in entries.iter().filter(|(key, _)| *key != "sample_spec") {
        let fields: Fields<'_> = serde_json::from_str(entry.get())
            .map_err(|why| ImportError::form(format!("`{key}`: {why}")))?;
        let model = match model(key, &fields) {
            Ok(Some(model)) => model,
            Ok(None) => {
                skipped += 1;
                continue;
            }
            Err(why) => {
                refused.push(why);
                continue;
            }
        };
        let named: Option<String> = fields
            .get("litellm_provider")
            .and_then(|name| serde_json::from_str(name.get()).ok());
        let named = named.unwrap_or_default();
        let id = if let Some(id) = ids.get(&named) {
            id.clone()
        } else {
            let id = provider_id(&built_in, &named)?;
            ids.insert(named.clone(), id.clone());
            id
        };
        let name = own_name(key, &named).to_owned();
        let models = providers.entry(id).or_default();
        match models.get(&name) {
            // Two ways to the same model: the charge must not be too low.
            Some(other) if dearness(&other.prices) >= dearness(&model.prices) => {}
            _ => drop(models.insert(name, model)),
        }
    }
    if providers.is_empty() {
        let nothing = ImportError::form("it prices no tokens");
        return Err(refused.into_iter().next().unwrap_or(nothing));
    }
    Ok(Read {
        text: written(providers, &built_in, origin),
        skipped,
        refused,
    })
}

fn written(
    providers: BTreeMap<String, BTreeMap<String, Model>>,
    built_in: &Table,
    origin: &Origin,
) -> String {
    let mut writer = Writer::new(origin);
    for (id, models) in providers {
        match built_in.block(&id) {
            Some(known) => writer.provider(known.header),
            None => writer.provider(&header(&id, "")),
        }
        for (name, model) in models {
            let names = [name.as_str(), model.key.as_str()];
            let rule = any_of(
                names
                    .into_iter()
                    .take(if name == model.key { 1 } else { 2 }),
            );
            let prices = prices_json(&model.prices);
            writer.model(&name, &rule, &prices, model.variants.as_deref());
        }
    }
    writer.finish()
}

fn dearness(prices: &Prices) -> u64 {
    let base = |key| prices.get(key).map_or(0, |price: &Price| price.base);
    base("input_mtok").saturating_add(base("output_mtok"))
}

/// The provider's id in the built-in table, else LiteLLM's own name for it.
fn provider_id(built_in: &Table, named: &str) -> Result<String, ImportError> {
    let known = names::provider(named).unwrap_or_else(|| "unknown".to_owned());
    if built_in.block(&known).is_some() {
        return Ok(known);
    }
    let found = calculator::provider_of(&built_in.headers(), Some(&known), "");
    Ok(found.map_err(ImportError::form)?.unwrap_or(known))
}

/// The model's name without the provider that LiteLLM puts before it.
fn own_name<'a>(key: &'a str, provider: &str) -> &'a str {
    match key.split_once('/') {
        Some((prefix, rest)) if !prefix.is_empty() && provider.starts_with(prefix) => rest,
        _ => key,
    }
}

/// The prices of an entry, or `None` where it has none for tokens.
fn model(key: &str, fields: &Fields<'_>) -> Result<Option<Model>, ImportError> {
    let mut tiers: BTreeMap<usize, Prices> = BTreeMap::new();
    let mut above: Vec<(usize, &'static str, u64, u64)> = Vec::new();
    for (field, value) in fields {
        let Some((tier, name, start)) = meaning(field) else {
            continue;
        };
        if value.get() == "null" {
            continue;
        }
        let advice = "more than 0.01 dollar for a token; is it meant for a million?";
        let price = reasonable(key, field, picodollars(value.get(), 0), advice)?;
        if let Some(start) = start {
            above.push((tier, name, start, price));
        } else {
            let prices = tiers.entry(tier).or_default();
            prices.entry(name).or_default().base = price;
        }
    }
    for (tier, name, start, price) in above {
        if let Some(found) = tiers.get_mut(&tier).and_then(|p| p.get_mut(name)) {
            found.above.insert(start, price);
        }
    }
    let Some(mut prices) = tiers.remove(&0) else {
        return Ok(None);
    };
    let base = |name| prices.get(name).map(|price: &Price| price.base);
    let is_free = base("input_mtok") == Some(0) && base("output_mtok").unwrap_or(0) == 0;
    if !prices.contains_key("input_mtok") || (is_free && !key.ends_with(":free")) {
        return Ok(None);
    }
    complete(&mut prices);
    if !prices.contains_key("output_mtok") {
        prices.remove("output_reasoning_mtok");
    }
    if let Some(price) = search_price(fields) {
        prices.insert("web_searches_kcount", price);
    }
    Ok(Some(Model {
        key: key.to_owned(),
        variants: variants(&tiers, &prices),
        prices,
    }))
}

/// Prices of tiers of service, of what has a standard price.
fn variants(tiers: &BTreeMap<usize, Prices>, standard: &Prices) -> Option<String> {
    let of = |(tier, prices): (&usize, &Prices)| {
        let (_, when) = TIERS.get(*tier)?;
        let known = prices.iter().filter(|(key, _)| standard.contains_key(*key));
        let known: Prices = known.map(|(key, price)| (*key, price.clone())).collect();
        let prices = prices_json(&known);
        (!known.is_empty()).then(|| format!("{{\"when\":{when},\"prices\":{prices}}}"))
    };
    let list: Vec<_> = tiers.iter().filter_map(of).collect();
    (!list.is_empty()).then(|| format!("[{}]", list.join(",")))
}

/// What a field is the price of: the tier of service, the kind, and above which length of prompt.
fn meaning(field: &str) -> Option<(usize, &'static str, Option<u64>)> {
    let (rest, name) = KEYS
        .iter()
        .find_map(|(key, name)| Some((field.strip_prefix(key)?, *name)))?;
    let split = |(index, (suffix, _)): (usize, &(&str, &str))| {
        (index > 0).then(|| rest.strip_suffix(suffix).map(|rest| (index, rest)))?
    };
    let (tier, rest) = TIERS
        .iter()
        .enumerate()
        .find_map(split)
        .unwrap_or((0, rest));
    if rest.is_empty() {
        return Some((tier, name, None));
    }
    let thousands = rest.strip_prefix("_above_")?.strip_suffix("k_tokens")?;
    let start = thousands.parse::<u64>().ok()?.checked_mul(1000)?;
    Some((tier, name, Some(start)))
}

/// The price of a search, where it is one for all sizes of context.
fn search_price(fields: &Fields<'_>) -> Option<Price> {
    let sizes: HashMap<String, &RawValue> =
        serde_json::from_str(fields.get("search_context_cost_per_query")?.get()).ok()?;
    let mut prices = sizes.values().map(|price| picodollars(price.get(), 0).ok());
    let first = prices.next()??;
    let is_one = prices.all(|price| price == Some(first));
    (is_one && first > 0).then(|| Price {
        base: first,
        ..Price::default()
    })
}
