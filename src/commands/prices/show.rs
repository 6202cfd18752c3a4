use serde_json::json;

use super::{Moments, When, json, say_old, unusable};
use crate::commands::shared::{JsonArgs, price_tables, show};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::render::sanitize::line;
use crate::render::table::{numbers, table, words};
use crate::usage::prices::{ModelPrices, NotShown, PriceRow, UnitPrice};

/// Show what a model costs, in US dollars for a million tokens
#[derive(Debug, clap::Args)]
pub(super) struct ShowArgs {
    /// The model, as an agent or an API names it
    model: String,
    /// Who serves it [default: whom the name stands for]
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// The prices of this day or instant [default: now]
    #[arg(long, value_name = "DATE")]
    at: Option<When>,
    #[command(flatten)]
    pub(super) json: JsonArgs,
}

impl ShowArgs {
    pub(super) fn run(self, cx: &mut Context) -> Result<Exit> {
        let moments = Moments::of(self.at);
        let found = price_tables(cx)
            .show(&self.model, self.provider.as_deref(), moments.system())
            .map_err(|why| match why {
                NotShown::Unknown(why) => not_found(&self.model, &why),
                NotShown::Unusable(why) => unusable(&line(&why)),
            })?;
        if found.rows.is_empty() {
            let why = format!("{} lists it without a price", found.table.id);
            return Err(not_found(&self.model, &why));
        }
        say_old(cx, &moments, [&found.table]);
        if found.is_guess {
            let known = line(&found.model).into_owned();
            cx.ui.note(&format!(
                "its version is not known; these are the prices of {known}"
            ));
        }
        let answer = json!({
            "schema": 1,
            "at": moments.text(),
            "tables": [json::table(&found.table, &moments)],
            "models": [json::model(&found)],
        });
        show(cx, &answer.to_string(), |_| text(&found))
    }
}

fn not_found(model: &str, why: &str) -> Error {
    let message = format!("no price for {}: {}", line(model), line(why));
    Error::new(Exit::NotFound, "not_found", message)
        .hint("`budget prices list` shows what there is; `budget prices import` takes your own")
}

fn text(found: &ModelPrices) -> String {
    let head = format!(
        "{} of {}, by {} of {}\nUS dollars for a million tokens, for a thousand searches or requests",
        line(&found.model),
        line(&found.provider),
        line(&found.table.id),
        line(&found.table.date)
    );
    let has = |kind: &&(&str, &str)| {
        let mut prices = found.rows.iter().flat_map(|row| &row.unit_prices);
        prices.any(|price| price.of == kind.0)
    };
    let kinds: Vec<_> = KINDS.iter().filter(has).collect();
    let columns: Vec<_> = kinds
        .iter()
        .map(|(_, title)| numbers(title))
        .chain([words("WHERE")])
        .collect();
    let cells = |row: &PriceRow| {
        let price = |kind: &&(&str, &str)| price(&row.unit_prices, kind.0);
        let cells = kinds.iter().map(price).chain([place(row)]);
        cells.collect::<Vec<_>>()
    };
    let rows: Vec<_> = found.rows.iter().map(cells).collect();
    format!("{head}\n{}", table(&columns, &rows))
}

/// What has a price, and how its column is called.
const KINDS: [(&str, &str); 8] = [
    ("input", "INPUT"),
    ("cache_read", "CACHE READ"),
    ("cache_write_5m", "WRITE 5M"),
    ("cache_write_1h", "WRITE 1H"),
    ("output", "OUTPUT"),
    ("reasoning", "REASONING"),
    ("web_search", "WEB SEARCH"),
    ("request", "REQUEST"),
];

/// A price for people: tokens by the million, searches and requests by the thousand.
fn price(unit_prices: &[UnitPrice], of: &str) -> String {
    let found = unit_prices.iter().find(|price| price.of == of);
    let is_counted = ["web_search", "request"].contains(&of);
    let scaled = found.map(|price| UnitPrice {
        picodollars: price
            .picodollars
            .div_ceil(if is_counted { 1000 } else { 1 }),
        ..*price
    });
    scaled.map_or_else(String::new, UnitPrice::usd_per_million)
}

fn place(row: &PriceRow) -> String {
    let above = (row.above > 0).then(|| format!("prompt above {} tokens", row.above));
    let tier = row.service_tier.map(|tier| format!("tier {tier}"));
    tier.into_iter().chain(above).collect::<Vec<_>>().join(", ")
}
