use crate::cli::Verb;
use crate::commands::args::UsageArgs;
use crate::commands::defaults::{First, labelled, target};
use crate::commands::response::{explained, used};
use crate::commands::shared::{DetailArgs, JsonArgs, KeyArgs, amounts, show};
use crate::context::{Context, OnFault};
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::limit::LimitSpec;
use crate::ledger::verbs::Spend;
use crate::ledger::{self, amount::Quantity};
use crate::render::wire;

/// Record what was spent without a reservation
///
/// The money is gone, so it is always recorded in full, over the limit if need be, and blocks
/// what follows. Inside a run it comes off what the run has reserved.
#[derive(Debug, clap::Args)]
pub(crate) struct SpendArgs {
    /// The budget, or several: team/web,ann [default: the project's, else yours]
    #[arg(value_name = "NAME")]
    first: Option<First<Quantity>>,
    /// What was spent: 0.31usd, 1200tokens, 3calls
    #[arg(value_name = "AMOUNT")]
    amounts: Vec<Quantity>,
    /// Make the budget with this limit if it is not there; may repeat
    #[arg(long = "limit", value_name = "LIMIT")]
    limits: Vec<LimitSpec>,
    #[command(flatten)]
    detail: DetailArgs,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    json: JsonArgs,
    // Last: its heading holds for what follows it.
    #[command(flatten)]
    usage: UsageArgs,
}

impl Verb for SpendArgs {
    const NAME: &'static str = "spend";
    const ON_FAULT: OnFault = OnFault::Warn;
    const EXAMPLES: &'static str = "\
Examples:
  budget spend me 0.31usd
  budget spend team/web 2calls --limit 500calls/hour --tag job=nightly
  curl -s … | budget spend me --response -";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let (names, typed) = target(cx, self.first, self.amounts)?;
        let (parent, session) = cx.parent();
        let used = used(cx, &self.usage, typed, self.key, RECORD)?;
        if let Some(reason) = used.unknown {
            return Err(ledger::Error::UnknownCost(reason).into());
        }
        let request = Spend {
            detail: labelled(cx, self.detail)?.detail(used.detail),
            amounts: used.amounts,
            names,
            parent,
            session,
            limits: self.limits,
            booked: used.booked,
            zone: cx.zone(),
        };
        let ledger = cx.ledger_for(!request.limits.is_empty())?;
        let json = used
            .key
            .once(wire::spent, |keyed| ledger.spend(&request, keyed))
            .map_err(|error| explained(error, used.is_own_key))?;
        show(cx, &json, |answer| {
            format!("charged {}", amounts(answer, "charged"))
        })
    }
}

const RECORD: &str = "`budget spend NAME AMOUNT` records what you know of";
