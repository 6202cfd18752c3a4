use crate::cli::Verb;
use crate::commands::args::PolicyArgs;
use crate::commands::shared::{JsonArgs, KeyArgs, budget_line, show};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::Ledger;
use crate::ledger::calendar::Period;
use crate::ledger::limit::{LimitKey, LimitSpec, Position};
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
        // Only a remark needs them: what is wrong is said by the change itself.
        let before = limits_of(ledger, &self.name).unwrap_or_default();
        let json = self
            .key
            .once(wire::budget, |keyed| ledger.set(&self.name, &change, keyed))?;
        let remarks = added(&change, &before).filter(|_| !cx.ui.json);
        for (added, others) in remarks {
            cx.ui.note(&beside(&self.name, added, &others));
        }
        show(cx, &json, |answer| {
            let is_below = |limit: &serde_json::Value| {
                let left = limit.get("available").and_then(|a| a.get("amount"));
                left.and_then(serde_json::Value::as_str)
                    .is_some_and(|left| left.starts_with('-'))
            };
            let limits = answer
                .pointer("/budgets/0/limits")
                .and_then(|l| l.as_array());
            let below = limits.into_iter().flatten().any(is_below) && !change.limits.is_empty();
            let said = if below {
                "\na limit is below what is spent and reserved; it admits nothing for now"
            } else {
                ""
            };
            format!("{}{said}", budget_line(answer))
        })
    }
}

/// The limits of a budget.
fn limits_of(ledger: &Ledger, name: &BudgetName) -> Result<Vec<LimitSpec>> {
    let standings = ledger.standings(&name.clone().into())?;
    let own = standings.iter().filter(|s| s.budget.name == *name);
    Ok(own.flat_map(|s| &s.positions).map(Position::spec).collect())
}

/// Limits that a change adds beside others of the same unit, and those others.
fn added<'a>(
    change: &'a Change,
    before: &'a [LimitSpec],
) -> impl Iterator<Item = (&'a LimitSpec, Vec<&'a LimitSpec>)> {
    let is_new = |limit: &&LimitSpec| before.iter().all(|other| other.key != limit.key);
    let others = |limit: &'a LimitSpec| {
        let stays = |other: &&LimitSpec| {
            let is_named = change.limits.iter().any(|named| named.key == other.key);
            other.key.unit == limit.key.unit && !is_named && !change.remove.contains(&other.key)
        };
        (limit, before.iter().filter(stays).collect::<Vec<_>>())
    };
    let all = change.limits.iter().filter(is_new).map(others);
    all.filter(|(_, others)| !others.is_empty())
}

/// Who meant to change a limit and left out its period has one more now.
fn beside(name: &BudgetName, added: &LimitSpec, others: &[&LimitSpec]) -> String {
    let list = others.iter().map(ToString::to_string);
    let list = list.collect::<Vec<_>>().join(" and ");
    if added.key.period != Period::Forever {
        return format!("{added} was added beside {list}");
    }
    let meant = others.first().map_or(&added.key, |other| &other.key);
    let meant = LimitSpec {
        key: meant.clone(),
        amount: added.amount,
    };
    format!(
        "{added} for ever was added beside {list}; to change that instead: \
         `budget set {name} --limit {meant} --remove-limit {}`",
        added.key
    )
}
