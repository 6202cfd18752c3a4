use serde_json::Value;

use crate::cli::Verb;
use crate::commands::args::UsageArgs;
use crate::commands::response::{explained, used};
use crate::commands::shared::{DetailArgs, JsonArgs, KeyArgs, amounts, field, lists, show};
use crate::context::{Context, OnFault};
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::amount::Quantity;
use crate::ledger::id::IdRef;
use crate::ledger::verbs::Commit;
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
    const ON_FAULT: OnFault = OnFault::Warn;
    const EXAMPLES: &'static str = "\
Examples:
  budget commit \"$id\" 0.31usd
  budget commit \"$id\" 0.31usd --model gpt-5 --input-tokens 1200
  budget commit 3fa9c1 0.10usd --keep
  curl -s … | budget commit \"$id\" --response -";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let used = used(cx, &self.usage, self.amounts, self.key, SETTLE)?;
        let request = Commit {
            detail: self.detail.detail(used.detail),
            amounts: used.amounts,
            id: self.id,
            keep: self.keep,
            unknown: used.unknown,
            booked: used.booked,
        };
        let ledger = cx.ledger_for(false)?;
        let json = used
            .key
            .once(wire::settled, |keyed| ledger.commit(&request, keyed))
            .map_err(|error| explained(error, used.is_own_key))?;
        if let Some(reason) = &request.unknown {
            warn_of_unknown(cx, reason, &json);
        }
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

const SETTLE: &str = "`budget commit ID` charges what was reserved, `budget commit ID AMOUNT` what \
                      you know of, `budget release ID` nothing";

/// Says what stands for a cost that nobody knows, and how it is corrected.
fn warn_of_unknown(cx: &Context, reason: &str, answer: &str) {
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    if answer.get("unknown") == Some(&Value::Bool(true)) {
        let id = field(&answer, "id");
        cx.ui.warn(&format!(
            "{reason}; its money is charged as reserved until `budget commit {id} AMOUNT` \
             corrects it"
        ));
    }
}
