use serde_json::json;

use super::{Moments, When, json, say_old};
use crate::commands::shared::{JsonArgs, price_tables, show};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::render::sanitize::line;
use crate::render::table::{numbers, table, words};
use crate::usage::prices::{ModelPrices, PriceRow, UnitPrice};

/// Show what a model costs
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
            .map_err(|why| not_found(&self.model, &why))?;
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
        .hint("`budget prices list` shows what there is; `import` takes your own")
}

fn text(found: &ModelPrices) -> String {
    let head = format!(
        "{} of {}, by {} of {}",
        line(&found.model),
        line(&found.provider),
        line(&found.table.id),
        line(&found.table.date)
    );
    let columns = [
        words("PRICE OF"),
        numbers("USD"),
        words("PER"),
        words("WHERE"),
    ];
    let rows = found.rows.iter().flat_map(|row| {
        let of_row = |price: &UnitPrice| {
            let (usd, per) = each(*price);
            vec![price.of.replace('_', " "), usd, per.to_owned(), place(row)]
        };
        row.unit_prices.iter().map(of_row)
    });
    format!("{head}\n{}", table(&columns, &rows.collect::<Vec<_>>()))
}

/// Tokens are priced by the million, searches and requests by the thousand.
fn each(price: UnitPrice) -> (String, &'static str) {
    if ["web_search", "request"].contains(&price.of) {
        let thousandth = UnitPrice {
            picodollars: price.picodollars.div_ceil(1000),
            ..price
        };
        (thousandth.usd_per_million(), "thousand")
    } else {
        (price.usd_per_million(), "million tokens")
    }
}

fn place(row: &PriceRow) -> String {
    let above = (row.above > 0).then(|| format!("prompt above {} tokens", row.above));
    let tier = row.service_tier.map(|tier| format!("tier {tier}"));
    tier.into_iter().chain(above).collect::<Vec<_>>().join(", ")
}
