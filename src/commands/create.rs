use crate::cli::Verb;
use crate::commands::args::PolicyArgs;
use crate::commands::shared::{JsonArgs, KeyArgs, budget_line, show};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::calendar::{Anchor, Zone};
use crate::ledger::limit::LimitSpec;
use crate::ledger::name::BudgetName;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::Create;
use crate::render::wire;

/// Make a budget
///
/// A budget is a node of a tree: what runs under team/web counts against team as well. It may
/// have several limits, each of one unit and one period. Calendar periods follow its time zone.
#[derive(Debug, clap::Args)]
pub(crate) struct CreateArgs {
    /// Its name, like team/web
    name: BudgetName,
    /// A limit, like 20usd/day, 100usd/month, 500calls/hour, 5usd/30d or 3slots; may repeat
    #[arg(long = "limit", value_name = "LIMIT", required = true)]
    limits: Vec<LimitSpec>,
    /// The time zone of its days and months, like Europe/Berlin [default: the system's]
    #[arg(long, value_name = "ZONE")]
    tz: Option<Zone>,
    /// Where its days, weeks and months start, like 06:00, sun or 15
    #[arg(
        long,
        value_name = "WHERE",
        default_value = "",
        hide_default_value = true
    )]
    anchor: Anchor,
    /// Declare a unit of your own, like rows; may repeat
    #[arg(long = "unit", value_name = "NAME")]
    units: Vec<Unit>,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    json: JsonArgs,
}

impl Verb for CreateArgs {
    const NAME: &'static str = "create";
    const EXAMPLES: &'static str = "\
Examples:
  budget create me --limit 5usd/day
  budget create team --limit 100usd/month --limit 3slots --tz Europe/Berlin
  budget create team/web --limit 20usd/day --reserve 1usd";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let request = Create {
            name: self.name,
            limits: self.limits,
            zone: self.tz.unwrap_or_else(|| cx.zone()),
            anchor: self.anchor,
            units: self.units,
            change: self.policy.change()?,
        };
        let ledger = cx.ledger()?;
        let json = self
            .key
            .once(wire::budget, |keyed| ledger.create(&request, keyed))?;
        show(cx, &json, budget_line)
    }
}
