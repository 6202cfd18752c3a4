use crate::cli::Verb;
use crate::commands::shared::{JsonArgs, show};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::limit::LimitSpec;
use crate::render::sanitize::line;
use crate::render::table::{table, words};
use crate::render::wire;

/// List budgets and their limits
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Closed ones, too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    json: JsonArgs,
}

impl Verb for ListArgs {
    const NAME: &'static str = "list";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let budgets = match cx.existing()? {
            Some(ledger) => ledger.budgets(self.all)?,
            None => Vec::new(),
        };
        if budgets.is_empty() && !cx.ui.json {
            cx.ui
                .note("no budgets yet; `budget create NAME --limit 20usd/day` makes one");
        }
        let rows: Vec<_> = budgets
            .iter()
            .map(|standing| {
                let limits = standing.positions.iter().map(|position| {
                    let (key, amount) = (position.key.clone(), position.figures.limit);
                    LimitSpec { key, amount }.to_string()
                });
                let budget = &standing.budget;
                vec![
                    budget.name.to_string(),
                    budget.state.as_str().to_owned(),
                    limits.collect::<Vec<_>>().join(" "),
                    budget.zone.name().to_owned(),
                    line(&budget.note).into_owned(),
                ]
            })
            .collect();
        let columns = [
            words("BUDGET"),
            words("STATE"),
            words("LIMITS"),
            words("ZONE"),
            words("NOTE"),
        ];
        show(cx, &wire::budgets(&budgets, true), |_| {
            if rows.is_empty() {
                String::new()
            } else {
                table(&columns, &rows)
            }
        })
    }
}
