use crate::cli::Verb;
use crate::commands::shared::{JsonArgs, show};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::render::sanitize::line;
use crate::render::table::{table_or_list, words};
use crate::render::wire;
use crate::ui::Ui;

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
                let positions = standing.positions.iter();
                let limits = positions.map(|position| position.spec().to_string());
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
        let width = Ui::line_width(&cx.env);
        show(cx, &wire::budgets(&budgets), |_| {
            if rows.is_empty() {
                String::new()
            } else {
                table_or_list(&columns, &rows, width, 2)
            }
        })
    }
}
