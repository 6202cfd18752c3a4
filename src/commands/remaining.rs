use crate::cli::Verb;
use crate::commands::defaults::{ceilings, implied};
use crate::commands::shared::show;
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::name::Names;
use crate::render::wire;

/// Print what is left as plain numbers in JSON
///
/// The least that any limit on the path has left, never below 0; null where nothing limits it.
/// Money in dollars, time in milliseconds. Inside a run, what the run holds itself is left, too.
#[derive(Debug, clap::Args)]
pub(crate) struct RemainingArgs {
    /// The budget, or several: team/web,ann [default: the run's, else the project's,
    /// else yours]
    #[arg(value_name = "NAME")]
    names: Option<Names>,
    /// Accepted and without effect: the answer is JSON
    #[arg(long, hide = true)]
    json: bool,
}

impl Verb for RemainingArgs {
    const NAME: &'static str = "remaining";

    fn wants_json(&self) -> bool {
        self.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let (parent, _) = cx.parent();
        let names = match self.names {
            Some(names) => Some(names),
            None => implied(cx)?,
        };
        let Some(names) = names else {
            cx.ui.out("null")?;
            return Ok(Exit::Done);
        };
        let ceilings = ceilings(cx, &names)?;
        let mut standings = cx.ledger_for(false)?.standings_inside(&names, parent)?;
        if let Some(ceilings) = ceilings {
            ceilings.hold(&mut standings);
        }
        let json = wire::remaining(&standings);
        show(cx, &json, |_| json.clone())
    }
}
