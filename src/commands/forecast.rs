use crate::cli::Verb;
use crate::commands::shared::JsonArgs;
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::name::BudgetName;
use crate::render::forecast::forecast;
use crate::render::wire;
use crate::ui::Ui;

/// Show what limits come to by their end, and when they run out
///
/// From what was charged so far in each window, with a range that holds four times in five. Too
/// early in a window it says so instead. Reads only.
#[derive(Debug, clap::Args)]
pub(crate) struct ForecastArgs {
    /// Only this budget and those below it
    name: Option<BudgetName>,
    #[command(flatten)]
    json: JsonArgs,
}

impl Verb for ForecastArgs {
    const NAME: &'static str = "forecast";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let found = cx.ledger_for(false)?.forecast(self.name.as_ref())?;
        let text = if cx.ui.json {
            wire::forecast(&found)
        } else {
            forecast(&found, &cx.ui.styles, Ui::width(&cx.env))
        };
        cx.ui.out(&text).map(|()| Exit::Done)
    }
}
