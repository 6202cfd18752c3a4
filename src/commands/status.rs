use crate::cli::Verb;
use crate::commands::shared::{JsonArgs, show};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::name::BudgetName;
use crate::render::status::status;
use crate::render::wire;

/// Show what is left, per budget and limit
///
/// Reads only, and never waits for a writer. What is due is shown as closed already.
#[derive(Debug, clap::Args)]
pub(crate) struct StatusArgs {
    /// Only this budget and those below it
    name: Option<BudgetName>,
    #[command(flatten)]
    json: JsonArgs,
}

impl Verb for StatusArgs {
    const NAME: &'static str = "status";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        if self.name.is_none() && cx.existing()?.is_none() {
            let none = "no budgets yet; `budget create NAME --limit 20usd/day` makes one";
            return show(cx, &wire::budgets(&[], false), |_| none.to_owned());
        }
        let overview = cx.ledger_for(false)?.overview(self.name.as_ref())?;
        let json = if cx.ui.json {
            wire::status(&overview)
        } else {
            String::new()
        };
        let styles = cx.ui.styles;
        show(cx, &json, |_| status(&overview, &styles))
    }
}
