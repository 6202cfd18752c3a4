use crate::cli::Verb;
use crate::commands::args::PolicyArgs;
use crate::commands::shared::{JsonArgs, KeyArgs, budget_line, show};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::limit::{LimitKey, LimitSpec};
use crate::ledger::name::BudgetName;
use crate::ledger::verbs::Change;
use crate::render::wire;

/// Change a budget's limits and policies
///
/// History stays as it is: the open window takes the new amount, closed ones keep theirs. A limit
/// may be set below what is spent already; it then admits nothing until it has room again. One
/// that is added counts what was charged since its period began, and what is reserved.
#[derive(Debug, clap::Args)]
pub(crate) struct SetArgs {
    /// The budget
    name: BudgetName,
    /// A limit to add, or to give another amount; may repeat
    #[arg(long = "limit", value_name = "LIMIT")]
    limits: Vec<LimitSpec>,
    /// A limit to take off, like usd/day; may repeat
    #[arg(long = "remove-limit", value_name = "UNIT/PERIOD")]
    remove: Vec<LimitKey>,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    json: JsonArgs,
}

impl Verb for SetArgs {
    const NAME: &'static str = "set";
    const EXAMPLES: &'static str = "\
Examples:
  budget set me --limit 8usd/day
  budget set me --limit 100usd/month --remove-limit usd/day";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let change = Change {
            limits: self.limits,
            remove: self.remove,
            ..self.policy.change()?
        };
        if change == Change::default() {
            let hint = format!(
                "like `budget set {} --limit 8usd/day`; `budget set --help` has the rest",
                self.name
            );
            return Err(Error::usage("it is not said what to change").hint(hint));
        }
        let ledger = cx.ledger_for(false)?;
        let json = self
            .key
            .once(wire::budget, |keyed| ledger.set(&self.name, &change, keyed))?;
        show(cx, &json, |answer| {
            let is_below = |limit: &serde_json::Value| {
                let left = limit.get("available").and_then(|a| a.get("amount"));
                left.and_then(serde_json::Value::as_str)
                    .is_some_and(|left| left.starts_with('-'))
            };
            let limits = answer
                .pointer("/budgets/0/limits")
                .and_then(|l| l.as_array());
            let below = limits.into_iter().flatten().any(is_below);
            let said = if below {
                "\na limit is below what is spent and reserved; it admits nothing for now"
            } else {
                ""
            };
            format!("{}{said}", budget_line(answer))
        })
    }
}
