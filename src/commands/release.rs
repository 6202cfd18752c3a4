use serde_json::Value;

use crate::cli::Verb;
use crate::commands::shared::{DetailArgs, JsonArgs, KeyArgs, Plain, amounts, show};
use crate::context::{Context, OnFault};
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::amount::Quantity;
use crate::ledger::id::IdRef;
use crate::ledger::verbs::Release;
use crate::render::wire;

/// Give a reservation back: nothing was spent
#[derive(Debug, clap::Args)]
pub(crate) struct ReleaseArgs {
    /// The reservation's id, or the end of it
    id: IdRef,
    /// Give back only this much, like 0.20usd, and keep the rest reserved
    #[arg(value_name = "AMOUNT")]
    amounts: Vec<Quantity>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<Plain>,
    #[command(flatten)]
    detail: DetailArgs,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    json: JsonArgs,
}

impl Verb for ReleaseArgs {
    const NAME: &'static str = "release";
    const ON_FAULT: OnFault = OnFault::Warn;
    const EXAMPLES: &'static str = "\
Examples:
  budget release \"$id\"
  budget release 3fa9c1 0.20usd --reason \"smaller than thought\"";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let reason = self.reason.map(|reason| ("reason", Value::from(reason.0)));
        let detail = self.detail.detail(reason);
        let request = Release {
            id: self.id,
            amounts: self.amounts,
            detail,
        };
        let ledger = cx.ledger_for(false)?;
        let json = self
            .key
            .once(wire::settled, |keyed| ledger.release(&request, keyed))?;
        show(cx, &json, |answer| {
            format!("released {}", amounts(answer, "released"))
        })
    }
}
