use std::collections::BTreeMap;

use crate::cli::Verb;
use crate::clock;
use crate::commands::shared::JsonArgs;
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::name::BudgetName;
use crate::ledger::verbs::Overview;
use crate::render::status::status;
use crate::render::wire;
use crate::ui::Ui;

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
        let overview = match self.name {
            None if cx.existing()?.is_none() => nothing_yet(),
            name => cx.ledger_for(false)?.overview(name.as_ref())?,
        };
        let text = if cx.ui.json {
            wire::status(&overview)
        } else {
            status(&overview, &cx.ui.styles, Ui::width(&cx.env))
        };
        cx.ui.out(&text).map(|()| Exit::Done)
    }
}

/// What there is to see before there is a ledger.
fn nothing_yet() -> Overview {
    Overview {
        at: (clock::sources().clock)().wall,
        clock_believed: true,
        standings: Vec::new(),
        open: Vec::new(),
        unknown: Vec::new(),
        programs: BTreeMap::new(),
        reasons: BTreeMap::new(),
    }
}
