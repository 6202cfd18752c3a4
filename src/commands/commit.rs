use crate::cli::Verb;
use crate::commands::args::UsageArgs;
use crate::commands::shared::{DetailArgs, JsonArgs, KeyArgs, amounts, lists, show};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::amount::Quantity;
use crate::ledger::id::IdRef;
use crate::ledger::verbs::{Booked, Commit};
use crate::render::wire;

/// Charge a reservation what its work cost
///
/// What is not named is charged as reserved; 0usd gives it back. More than was reserved goes by
/// the overage policy. A reservation is settled once; after its lease it is corrected once.
#[derive(Debug, clap::Args)]
pub(crate) struct CommitArgs {
    /// The reservation's id, or the end of it
    id: IdRef,
    /// What was spent, like 0.31usd; without it, what was reserved
    #[arg(value_name = "AMOUNT")]
    amounts: Vec<Quantity>,
    /// Charge only this much now, and keep the rest reserved
    #[arg(long)]
    keep: bool,
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

impl Verb for CommitArgs {
    const NAME: &'static str = "commit";
    const EXAMPLES: &'static str = "\
Examples:
  budget commit \"$id\" 0.31usd
  budget commit \"$id\" 0.31usd --model gpt-5 --input-tokens 1200
  budget commit 3fa9c1 0.10usd --keep";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let request = Commit {
            detail: self.detail.detail(self.usage.detail()),
            amounts: self.usage.with_tokens(self.amounts),
            id: self.id,
            keep: self.keep,
            booked: Booked::default(),
        };
        let ledger = cx.ledger_for(false)?;
        let json = self
            .key
            .once(wire::settled, |keyed| ledger.commit(&request, keyed))?;
        show(cx, &json, |answer| {
            let mut text = format!("charged {}", amounts(answer, "charged"));
            for (field, verb) in [("released", "released"), ("uncharged", "not charged:")] {
                if lists(answer, field) {
                    text.push_str(&format!(", {verb} {}", amounts(answer, field)));
                }
            }
            text
        })
    }
}
