//! Prices of one's own, in TOML: for private models, and for what a contract says. Dollars for a
//! million tokens, read as they are written; an unknown key is an error.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::table::Origin;
use super::writer::{Prices, Writer, any_of, complete, header, prices_json};
use super::{ImportError, reasonable};
use crate::usage::decimal::picodollars;

/// The provider of models that may be served by anybody.
const ANYBODY: &str = "own";
/// Cheaper than anything: 0.0001 dollar for a million tokens, in 10⁻¹² dollar.
const BELOW_REASON: u64 = 100;

/// The keys of prices, the table's names for them, and for how many they are: 10^n.
const KEYS: [(&str, &str, u8); 8] = [
    ("input", "input_mtok", 6),
    ("output", "output_mtok", 6),
    ("cache_read", "cache_read_mtok", 6),
    ("cache_write", "cache_write_mtok", 6),
    ("cache_write_1h", "cache_write_1h_mtok", 6),
    ("reasoning", "output_reasoning_mtok", 6),
    ("web_search", "web_searches_kcount", 0),
    ("request", "requests_kcount", 0),
];

#[derive(Default)]
struct Model {
    name: String,
    aliases: Vec<String>,
    provider: Option<String>,
    prices: Prices,
}

pub(super) fn read(text: &str, origin: &Origin) -> Result<String, ImportError> {
    let document = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| {
            text.get(..span.start)
                .map_or(1, |before| before.lines().count().max(1))
        });
        ImportError::form(format!("line {line}: {}", error.message()))
    })?;
    let mut providers: BTreeMap<String, Vec<Model>> = BTreeMap::new();
    for (key, value) in document.get_ref() {
        let list = match (key.get_ref().as_ref(), value.get_ref()) {
            ("model", DeValue::Array(list)) => list,
            ("model", _) => return Err(ImportError::form("`model` is written [[model]]")),
            (other, _) => return Err(unknown_key(other)),
        };
        for entry in list {
            let model = model(entry)?;
            let id = model.provider.clone().unwrap_or(ANYBODY.to_owned());
            let models = providers.entry(id).or_default();
            if let Some(name) = models.iter().find_map(|before| before.shared_name(&model)) {
                let why = format!("`{name}` of one provider is there twice");
                return Err(ImportError::form(why));
            }
            models.push(model);
        }
    }
    if providers.is_empty() {
        return Err(ImportError::form("it has no [[model]]"));
    }
    let has_anybody = providers.contains_key(ANYBODY);
    let mut writer = Writer::new(origin);
    for (id, models) in providers {
        let names = models.iter().flat_map(Model::names);
        let mut more = format!(",\"model_match\":{}", any_of(names));
        if id == ANYBODY {
            more.push_str(",\"provider_match\":{\"contains\":\"\"}");
        } else if has_anybody {
            more.push_str(&format!(",\"fallback_model_providers\":[\"{ANYBODY}\"]"));
        }
        writer.provider(&header(&id, &more));
        for model in models {
            let rule = any_of(model.names());
            writer.model(&model.name, &rule, &prices_json(&model.prices), None);
        }
    }
    Ok(writer.finish())
}

impl Model {
    fn names(&self) -> impl Iterator<Item = &str> {
        let aliases = self.aliases.iter().map(String::as_str);
        std::iter::once(self.name.as_str()).chain(aliases)
    }

    fn shared_name<'a>(&self, other: &'a Self) -> Option<&'a str> {
        let mut names = other.names();
        names.find(|name| self.names().any(|own| own.eq_ignore_ascii_case(name)))
    }
}

fn unknown_key(key: &str) -> ImportError {
    ImportError::form(format!("there is no key `{key}`"))
}

fn text(key: &str, value: &DeValue<'_>) -> Result<String, ImportError> {
    let text = value.as_str().filter(|text| !text.trim().is_empty());
    text.map(|text| text.trim().to_owned())
        .ok_or_else(|| ImportError::form(format!("`{key}` is not a text")))
}

fn model(entry: &Spanned<DeValue<'_>>) -> Result<Model, ImportError> {
    let table = entry.get_ref().as_table();
    let table = table.ok_or_else(|| ImportError::form("`model` is written [[model]]"))?;
    let name = table.get("name").map(|name| text("name", name.get_ref()));
    let mut model = Model {
        name: name.ok_or_else(|| ImportError::form("a model has no `name`"))??,
        ..Model::default()
    };
    for (key, value) in table {
        let (key, value) = (key.get_ref().as_ref(), value.get_ref());
        match (key, value) {
            ("name" | "above", _) => {}
            ("provider", value) => model.provider = Some(text(key, value)?.to_lowercase()),
            ("aliases", DeValue::Array(list)) => {
                let texts = list.iter().map(|alias| text(key, alias.get_ref()));
                model.aliases = texts.collect::<Result<_, _>>()?;
            }
            _ => {
                let (name, price) = price(&model.name, key, value)?;
                model.prices.entry(name).or_default().base = price;
            }
        }
    }
    if let Some(tiers) = table.get("above") {
        above(&mut model, tiers.get_ref())?;
    }
    if !model.prices.contains_key("input_mtok") {
        return Err(ImportError::price(&model.name, "input", "missing"));
    }
    complete(&mut model.prices);
    Ok(model)
}

/// The prices that hold for the whole request where its prompt is longer than `tokens`.
fn above(model: &mut Model, tiers: &DeValue<'_>) -> Result<(), ImportError> {
    let form = || ImportError::form("a tier is written [[model.above]]");
    for tier in tiers.as_array().ok_or_else(form)? {
        let tier = tier.get_ref().as_table().ok_or_else(form)?;
        let start = tier.get("tokens").and_then(|tokens| {
            let digits = tokens.get_ref().as_integer()?.as_str().replace('_', "");
            digits.parse::<u64>().ok()
        });
        let missing = || ImportError::price(&model.name, "tokens", "missing or no whole number");
        let start = start.ok_or_else(missing)?;
        for (key, value) in tier {
            if key.get_ref() == "tokens" {
                continue;
            }
            let (name, price) = price(&model.name, key.get_ref(), value.get_ref())?;
            let base = model.prices.get_mut(name);
            let base = base.ok_or_else(|| {
                ImportError::price(&model.name, key.get_ref(), "priced for long prompts only")
            })?;
            base.above.insert(start, price);
        }
    }
    Ok(())
}

/// The table's name of a price, and the price of one.
fn price(model: &str, key: &str, value: &DeValue<'_>) -> Result<(&'static str, u64), ImportError> {
    let known = KEYS.iter().find(|(name, _, _)| *name == key);
    let (_, name, per) = known.ok_or_else(|| unknown_key(key))?;
    let written = match value {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        DeValue::Float(number) => number.as_str(),
        _ => return Err(ImportError::price(model, key, "not a number")),
    };
    let digits = written.replace('_', "");
    let digits = digits.strip_prefix('+').unwrap_or(&digits);
    let price = picodollars(digits, *per);
    if *per == 0 {
        let price = price.map_err(|why| ImportError::price(model, key, why))?;
        return Ok((name, price));
    }
    let advice = "more than 10,000 dollars for a million tokens";
    let price = reasonable(model, key, price, advice)?;
    if (1..BELOW_REASON).contains(&price) {
        let why = "less than 0.0001 dollar for a million tokens; is it meant for one?";
        return Err(ImportError::price(model, key, why));
    }
    Ok((name, price))
}
