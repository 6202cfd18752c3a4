use crate::cli::Verb;
use crate::commands::shared::{JsonArgs, KeyArgs, Plain, budget_line, show};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::amount::Amount;
use crate::ledger::limit::{LimitKey, LimitSpec};
use crate::ledger::name::BudgetName;
use crate::ledger::verbs::GrantHow;
use crate::render::wire;

/// Add to a limit's current window
///
/// The window that is open now may take so much more; the next one starts with the limit as it
/// is. A grant lets a budget go on that is over its limit, but it repays no debt.
#[derive(Debug, clap::Args)]
pub(crate) struct GrantArgs {
    /// The budget
    name: BudgetName,
    /// How much, and to which limit: 5usd/day; with --reset only which: usd/day
    #[arg(value_name = "AMOUNT[/PERIOD]")]
    amount: String,
    /// Take off instead of adding
    #[arg(long, conflicts_with_all = ["reset", "repay"])]
    debit: bool,
    /// Pay back debt instead of adding room
    #[arg(long, conflicts_with = "reset")]
    repay: bool,
    /// Set spent and debt to 0; what is reserved stays
    #[arg(long)]
    reset: bool,
    /// A note for people
    #[arg(long, value_name = "TEXT")]
    note: Option<Plain>,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    json: JsonArgs,
}

impl GrantArgs {
    fn what(&self) -> Result<(LimitKey, Amount)> {
        if self.reset {
            let key = self
                .amount
                .parse()
                .map_err(|e: crate::ledger::limit::InvalidLimit| {
                    Error::usage(e.to_string())
                        .hint("--reset takes a limit without an amount: usd/day")
                });
            return Ok((key?, Amount::ZERO));
        }
        let spec: LimitSpec = self
            .amount
            .parse()
            .map_err(|error: crate::ledger::limit::InvalidLimit| Error::usage(error.to_string()))?;
        Ok((spec.key, spec.amount))
    }
}

impl Verb for GrantArgs {
    const NAME: &'static str = "grant";
    const EXAMPLES: &'static str = "\
Examples:
  budget grant me 5usd/day            five dollars more today
  budget grant me 5usd/day --debit    five dollars less
  budget grant me usd/day --reset     start the day anew";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let (key, amount) = self.what()?;
        let how = match (self.debit, self.repay, self.reset) {
            (true, _, _) => GrantHow::Debit,
            (_, true, _) => GrantHow::Repay,
            (_, _, true) => GrantHow::Reset,
            _ => GrantHow::Credit,
        };
        let note = self.note.as_ref().map_or("", |note| note.0.as_str());
        let ledger = cx.ledger_for(false)?;
        let json = self.key.once(wire::budget, |keyed| {
            ledger.grant(&self.name, (&key, amount), how, note, keyed)
        })?;
        show(cx, &json, budget_line)
    }
}
