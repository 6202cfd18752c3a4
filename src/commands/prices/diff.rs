use std::path::PathBuf;

use serde_json::json;

use super::{Moments, json, read, say_old, unusable};
use crate::commands::shared::{JsonArgs, price_tables, show};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::render::sanitize::line;
use crate::render::table::{table, words};
use crate::usage::prices::{Difference, ModelPrices, UnitPrice};

/// Show what importing a file would change; changes nothing
#[derive(Debug, clap::Args)]
pub(super) struct DiffArgs {
    /// The table
    file: PathBuf,
    #[command(flatten)]
    pub(super) json: JsonArgs,
}

impl DiffArgs {
    pub(super) fn run(self, cx: &mut Context) -> Result<Exit> {
        let moments = Moments::of(None);
        let import = read(&self.file, &moments)?;
        let difference = price_tables(cx)
            .diff(&import, moments.system())
            .map_err(|why| unusable(&line(&why.to_string())))?;
        say_old(cx, &moments, [&import.info()]);
        let changed = difference.changed.iter().map(|(from, to)| {
            let (from, to) = (json::model(from), json::model(to));
            json!({
                "provider": to.get("provider"),
                "model": to.get("model"),
                "from": from.get("prices"),
                "to": to.get("prices"),
            })
        });
        let answer = json!({
            "schema": 1,
            "table": json::table(&import.info(), &moments),
            "against": difference.against.as_ref().map(|t| json::table(t, &moments)),
            "added": json::models(&difference.added),
            "removed": json::models(&difference.removed),
            "changed": changed.collect::<Vec<_>>(),
        });
        show(cx, &answer.to_string(), |_| text(&difference))
    }
}

fn text(difference: &Difference) -> String {
    let columns = [
        words("WHAT"),
        words("PROVIDER"),
        words("MODEL"),
        words("US DOLLARS FOR A MILLION"),
    ];
    let mut rows = Vec::new();
    for (what, models) in [("new", &difference.added), ("gone", &difference.removed)] {
        rows.extend(
            models
                .iter()
                .map(|model| row(what, model, &standing(model))),
        );
    }
    let changed = difference.changed.iter();
    rows.extend(changed.map(|(from, to)| row("changed", to, &moves(from, to))));
    if rows.is_empty() {
        return "nothing would change".to_owned();
    }
    table(&columns, &rows)
}

fn row(what: &str, model: &ModelPrices, prices: &str) -> Vec<String> {
    vec![
        what.to_owned(),
        line(&model.provider).into_owned(),
        line(&model.model).into_owned(),
        prices.to_owned(),
    ]
}

/// What it costs where nothing special holds.
fn standard(model: &ModelPrices) -> &[UnitPrice] {
    let row = model.rows.iter().find(|row| row.service_tier.is_none());
    row.map_or(&[], |row| &row.unit_prices)
}

fn standing(model: &ModelPrices) -> String {
    let main = ["input", "output"].map(|of| format!("{of} {}", json::price(standard(model), of)));
    main.join(", ")
}

/// Which prices change, and how.
fn moves(from: &ModelPrices, to: &ModelPrices) -> String {
    let (from, to) = (standard(from), standard(to));
    let known = |prices: &[UnitPrice], of| Some(json::price(prices, of)).filter(|p| !p.is_empty());
    let none = || "none".to_owned();
    let gone = from.iter().filter(|price| known(to, price.of).is_none());
    let moved = to.iter().chain(gone).filter_map(|price| {
        let (before, after) = (known(from, price.of), known(to, price.of));
        let (is_moved, of) = (before != after, price.of);
        let (before, after) = (before.unwrap_or_else(none), after.unwrap_or_else(none));
        is_moved.then(|| format!("{of} {before} -> {after}"))
    });
    let moved: Vec<_> = moved.collect();
    if moved.is_empty() {
        return "in long prompts or other tiers".to_owned();
    }
    moved.join(", ")
}
