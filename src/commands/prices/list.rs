use serde_json::json;

use super::{Moments, json, say_old, unusable};
use crate::commands::shared::{JsonArgs, price_tables, show};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::render::sanitize::line;
use crate::render::table::{numbers, table_or_list, words};
use crate::ui::Ui;
use crate::usage::prices::ModelPrices;

/// List every model and what it costs now, in US dollars for a million tokens
#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// Only what this provider serves
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    #[command(flatten)]
    pub(super) json: JsonArgs,
}

impl ListArgs {
    pub(super) fn run(self, cx: &mut Context) -> Result<Exit> {
        let moments = Moments::of(None);
        let models = price_tables(cx)
            .list(self.provider.as_deref(), moments.system())
            .map_err(|why| unusable(&line(&why.to_string())))?;
        let tables = json::tables_of(&models);
        say_old(cx, &moments, &tables);
        if let Some(provider) = self.provider.as_ref().filter(|_| models.is_empty()) {
            let text = format!(
                "no price table has a provider {}; `budget prices list` shows them all",
                line(provider)
            );
            return Err(Error::new(Exit::NotFound, "not_found", text));
        }
        let tables: Vec<_> = tables.iter().map(|t| json::table(t, &moments)).collect();
        let answer = json!({
            "schema": 1,
            "at": moments.text(),
            "tables": tables,
            "models": json::models(&models),
        });
        let width = Ui::line_width(&cx.env);
        show(cx, &answer.to_string(), |_| text(&models, width))
    }
}

fn text(models: &[ModelPrices], width: Option<usize>) -> String {
    let columns = [
        words("PROVIDER"),
        words("MODEL"),
        numbers("INPUT"),
        numbers("CACHE READ"),
        numbers("CACHE WRITE"),
        numbers("OUTPUT"),
        words("MORE"),
    ];
    let rows = models.iter().map(|model| {
        let standard = model.rows.iter().find(|row| row.service_tier.is_none());
        let price = |of| standard.map_or_else(String::new, |row| json::price(&row.unit_prices, of));
        let more = match model.rows.len() {
            0 => "no price",
            1 => "",
            _ => "depends",
        };
        vec![
            line(&model.provider).into_owned(),
            line(&model.model).into_owned(),
            price("input"),
            price("cache_read"),
            price("cache_write_5m"),
            price("output"),
            more.to_owned(),
        ]
    });
    table_or_list(&columns, &rows.collect::<Vec<_>>(), width, 2)
}
