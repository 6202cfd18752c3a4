use crate::cli::Verb;
use crate::commands::shared::{DetailArgs, JsonArgs, KeyArgs, amounts, show};
use crate::context::{Context, OnFault};
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::amount::Quantity;
use crate::ledger::entry::Seq;
use crate::ledger::verbs::Refund;
use crate::render::wire;

/// Take a charge back with a new entry
///
/// It goes back to where the charge was posted; the charge itself stays in the journal.
#[derive(Debug, clap::Args)]
pub(crate) struct RefundArgs {
    /// The entry that charged it, as `budget log` numbers it
    #[arg(value_parser = entry, allow_negative_numbers = true)]
    entry: i64,
    /// How much; without it, all that is left of it
    #[arg(value_name = "AMOUNT")]
    amounts: Vec<Quantity>,
    #[command(flatten)]
    detail: DetailArgs,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    json: JsonArgs,
}

impl Verb for RefundArgs {
    const NAME: &'static str = "refund";
    const ON_FAULT: OnFault = OnFault::Warn;

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let detail = self.detail.detail(None);
        let request = Refund {
            entry: Seq(self.entry),
            amounts: self.amounts,
            detail,
        };
        let ledger = cx.ledger_for(false)?;
        let json = self
            .key
            .once(wire::refunded, |keyed| ledger.refund(&request, keyed))?;
        show(cx, &json, |answer| {
            format!("refunded {}", amounts(answer, "refunded"))
        })
    }
}

fn entry(text: &str) -> std::result::Result<i64, String> {
    let entry = text.parse().ok().filter(|entry| *entry > 0);
    entry
        .ok_or_else(|| "an entry is a number, as `budget log` shows it under #, like 12".to_owned())
}
