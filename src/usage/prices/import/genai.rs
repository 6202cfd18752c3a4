//! genai-prices' own data, version 2: a list of providers. Its rules and prices are kept as they
//! are; what decides no price is left out.

use serde::Deserialize;
use serde_json::Value;

use super::super::table::Origin;
use super::writer::{Writer, header};
use super::{ImportError, reasonable};
use crate::usage::decimal::picodollars;

#[derive(Deserialize)]
struct Provider {
    id: String,
    model_match: Option<Value>,
    #[serde(rename = "provider_match")]
    alias_match: Option<Value>,
    fallback_model_providers: Option<Value>,
    #[serde(default)]
    models: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
    #[serde(rename = "match")]
    rule: Value,
    #[serde(default)]
    prices: Value,
    price_variants: Option<Value>,
}

pub(super) fn read(text: &str, origin: &Origin) -> Result<String, ImportError> {
    let providers: Vec<Provider> = serde_json::from_str(text).map_err(ImportError::form)?;
    let mut writer = Writer::new(origin);
    for provider in providers {
        let fields = [
            ("model_match", provider.model_match),
            ("provider_match", provider.alias_match),
            (
                "fallback_model_providers",
                provider.fallback_model_providers,
            ),
        ];
        let more = fields
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| format!(",\"{name}\":{value}")));
        writer.provider(&header(&provider.id, &more.collect::<String>()));
        for model in provider.models {
            check(&model.id, &model.prices)?;
            if let Some(variants) = &model.price_variants {
                check(&model.id, variants)?;
            }
            let variants = model.price_variants.map(|list| list.to_string());
            writer.model(
                &model.id,
                &folded(model.rule).to_string(),
                &model.prices.to_string(),
                variants.as_deref(),
            );
        }
    }
    Ok(writer.finish())
}

/// The same rule with the literals of `equals` in lower case, as they are compared.
fn folded(rule: Value) -> Value {
    match rule {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(operation, argument)| {
                let argument = match (operation.as_str(), argument) {
                    ("equals", Value::String(text)) => text.to_lowercase().into(),
                    (_, argument) => folded(argument),
                };
                (operation, argument)
            })
            .collect(),
        Value::Array(rules) => rules.into_iter().map(folded).collect(),
        other => other,
    }
}

/// Refuses prices for tokens that cannot be meant for a million.
fn check(model: &str, prices: &Value) -> Result<(), ImportError> {
    match prices {
        Value::Array(items) => items.iter().try_for_each(|item| check(model, item)),
        Value::Object(fields) => fields.iter().try_for_each(|(key, value)| {
            if key.ends_with("_mtok") {
                numbers(value).try_for_each(|number| {
                    let price = picodollars(&number.to_string(), 6);
                    let advice = "more than 10,000 dollars for a million tokens";
                    reasonable(model, key, price, advice).map(|_| ())
                })
            } else {
                check(model, value)
            }
        }),
        _ => Ok(()),
    }
}

/// The price, or that of every tier.
fn numbers(price: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match price {
        Value::Object(fields) => {
            let tiers = fields.get("tiers").and_then(Value::as_array);
            let tiers = tiers.into_iter().flatten().filter_map(|t| t.get("price"));
            Box::new(fields.get("base").into_iter().chain(tiers))
        }
        number => Box::new(std::iter::once(number)),
    }
}
