//! Prices as JSON, and as rows for people.

use serde_json::{Value, json};

use super::Moments;
use crate::commands::usage_record::usd_per_million;
use crate::usage::prices::{ModelPrices, PriceRow, TableInfo, UnitPrice};

pub(super) fn table(table: &TableInfo, moments: &Moments) -> Value {
    json!({"id": table.id, "date": table.date, "old": moments.is_old(table)})
}

pub(super) fn model(model: &ModelPrices) -> Value {
    let row = |row: &PriceRow| {
        json!({
            "service_tier": row.service_tier,
            "above": row.above,
            "usd_per_million": usd_per_million(&row.unit_prices),
        })
    };
    json!({
        "table": model.table.id,
        "provider": model.provider,
        "model": model.model,
        "guess": model.is_guess,
        "prices": model.rows.iter().map(row).collect::<Vec<_>>(),
    })
}

pub(super) fn models(models: &[ModelPrices]) -> Value {
    models.iter().map(model).collect()
}

/// The tables that models are from, each once.
pub(super) fn tables_of(models: &[ModelPrices]) -> Vec<TableInfo> {
    let mut tables: Vec<TableInfo> = Vec::new();
    for model in models {
        if !tables.contains(&model.table) {
            tables.push(model.table.clone());
        }
    }
    tables
}

/// A price for people: dollars for a million tokens, or for one of anything else.
pub(super) fn price(unit_prices: &[UnitPrice], of: &str) -> String {
    let found = unit_prices.iter().find(|price| price.of == of);
    found.map_or_else(String::new, |price| price.usd_per_million())
}
