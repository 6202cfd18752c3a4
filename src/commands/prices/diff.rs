use std::path::PathBuf;

use serde_json::json;

use super::{Moments, json, read, say_old, unusable};
use crate::commands::shared::{JsonArgs, price_tables, show};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::render::sanitize::line;
use crate::render::table::{numbers, table, words};
use crate::usage::prices::{Difference, ModelPrices};

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
        numbers("INPUT"),
        numbers("OUTPUT"),
    ];
    let mut rows = Vec::new();
    for (what, models) in [("new", &difference.added), ("gone", &difference.removed)] {
        rows.extend(models.iter().map(|model| row(what, None, model)));
    }
    let changed = difference.changed.iter();
    rows.extend(changed.map(|(from, to)| row("changed", Some(from), to)));
    if rows.is_empty() {
        return "nothing would change".to_owned();
    }
    table(&columns, &rows)
}

fn row(what: &str, from: Option<&ModelPrices>, to: &ModelPrices) -> Vec<String> {
    let standard = |model: &ModelPrices, of| {
        let row = model.rows.iter().find(|row| row.service_tier.is_none());
        row.map_or_else(String::new, |row| json::price(&row.unit_prices, of))
    };
    let price = |of| match (from.map(|from| standard(from, of)), standard(to, of)) {
        (Some(before), after) if before != after => format!("{before} -> {after}"),
        (_, after) => after,
    };
    vec![
        what.to_owned(),
        line(&to.provider).into_owned(),
        line(&to.model).into_owned(),
        price("input"),
        price("output"),
    ]
}
