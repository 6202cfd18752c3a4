use crate::cli::Verb;
use crate::commands::defaults::{First, ceilings, target};
use crate::commands::shared::{JsonArgs, answer, show};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::amount::Ask;
use crate::ledger::verbs::Reserve;
use crate::render::wire;

/// Say whether a reservation would be admitted; nothing changes
///
/// Decided by the same rules as `reserve`, with the same exit codes.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// The budget, or several: team/web,ann [default: the project's, else yours]
    #[arg(value_name = "NAME")]
    first: Option<First<Ask>>,
    /// How much of what: 0.50usd, or all; may be left out where only calls, slots or time are limited
    #[arg(value_name = "AMOUNT")]
    amounts: Vec<Ask>,
    #[command(flatten)]
    json: JsonArgs,
}

impl Verb for CheckArgs {
    const NAME: &'static str = "check";
    const EXAMPLES: &'static str = "\
Example:
  budget check me 0.50usd && ./expensive.sh";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let (names, amounts) = target(cx, self.first, self.amounts)?;
        let (parent, session) = cx.parent();
        let request = Reserve {
            parent,
            session,
            dry_run: true,
            ceilings: ceilings(cx, &names)?,
            ..Reserve::of(names, amounts)
        };
        let outcome = cx.ledger_for(false)?.check(&request);
        let json = answer(outcome, |admitted| wire::admitted(admitted, false))?;
        show(cx, &json, |_| "it would be admitted".to_owned())
    }
}
