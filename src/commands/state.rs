use crate::cli::Verb;
use crate::commands::shared::{JsonArgs, Plain, budget_line, show};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::name::BudgetName;
use crate::ledger::verbs::StateChange;
use crate::render::wire;

/// Stop a budget from admitting anything
///
/// Reservations that are open settle as ever; new ones, on it or below it, are denied until
/// `budget unfreeze`.
#[derive(Debug, clap::Args)]
pub(crate) struct FreezeArgs {
    #[command(flatten)]
    on: OnArgs,
}

/// Let a frozen budget admit again
#[derive(Debug, clap::Args)]
pub(crate) struct UnfreezeArgs {
    #[command(flatten)]
    on: OnArgs,
}

/// Close a budget for good
///
/// Its history stays, and its name may be used anew. Open reservations forbid it, unless --force
/// lets them settle.
#[derive(Debug, clap::Args)]
pub(crate) struct CloseArgs {
    #[command(flatten)]
    on: OnArgs,
    /// Close it while reservations are open, and let them settle
    #[arg(long)]
    force: bool,
}

#[derive(Debug, clap::Args)]
struct OnArgs {
    /// The budget
    name: BudgetName,
    /// A note for people
    #[arg(long, value_name = "TEXT")]
    note: Option<Plain>,
    #[command(flatten)]
    json: JsonArgs,
}

fn change(cx: &mut Context, on: &OnArgs, change: StateChange) -> Result<Exit> {
    let note = on.note.as_ref().map_or("", |note| note.0.as_str());
    let standing = cx.ledger_for(false)?.change_state(&on.name, change, note)?;
    show(cx, &wire::budget(&standing), budget_line)
}

impl Verb for FreezeArgs {
    const NAME: &'static str = "freeze";

    fn wants_json(&self) -> bool {
        self.on.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        change(cx, &self.on, StateChange::Freeze)
    }
}

impl Verb for UnfreezeArgs {
    const NAME: &'static str = "unfreeze";

    fn wants_json(&self) -> bool {
        self.on.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        change(cx, &self.on, StateChange::Unfreeze)
    }
}

impl Verb for CloseArgs {
    const NAME: &'static str = "close";

    fn wants_json(&self) -> bool {
        self.on.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        change(cx, &self.on, StateChange::Close { force: self.force })
    }
}
