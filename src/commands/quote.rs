use std::ffi::OsString;

use crate::cli::Verb;
use crate::commands::defaults::{ceilings, named};
use crate::commands::shared::{JsonArgs, program_name};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::amount::{Ask, Quantity};
use crate::ledger::budget::Standing;
use crate::ledger::name::Names;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::{History, Outcome, Reserve};
use crate::render::denial::denied;
use crate::render::quote::{Quote, quote};
use crate::render::wire;
use crate::ui::Ui;

/// Say what runs like this one cost before
///
/// And whether another would be admitted now at what nine of ten of them cost.
/// Like this one are the finished runs of the same program on the same budget or below it: the
/// latest 200 of the last 90 days. Percentiles are by the nearest rank, so that each is what one of
/// the runs did cost. Runs of which nobody knows what they cost are counted apart. Nothing is
/// started and nothing changes; the exit code says nothing of the admission.
#[derive(Debug, clap::Args)]
pub(crate) struct QuoteArgs {
    /// The budget, or several: team/web,ann [default: the run's, else the project's,
    /// else yours]
    #[arg(value_name = "NAME")]
    names: Option<Names>,
    #[command(flatten)]
    json: JsonArgs,
    /// The command; only its program counts
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Verb for QuoteArgs {
    const NAME: &'static str = "quote";
    const EXAMPLES: &'static str = "\
Examples:
  budget quote me -- claude
  budget quote ci --json -- ./nightly.sh | jq .units";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let program = program_name(&self.command);
        let names = named(cx, self.names)?;
        let ceilings = ceilings(cx, &names)?;
        let (parent, session) = cx.parent();
        let ledger = cx.ledger_for(false)?;
        let history = ledger.history(&names, &program)?;
        let asks = asks(&history, &ledger.standings(&names)?);
        let request = Reserve {
            parent,
            session,
            ceilings,
            dry_run: true,
            ..Reserve::of(names.clone(), asks)
        };
        let would = (!request.asks.is_empty()).then(|| ledger.check(&request));
        let denial = match would.transpose()? {
            Some(Outcome::Denied(denial)) => Some(Err(denied(&denial))),
            Some(Outcome::Done(_) | Outcome::Replayed(_)) => Some(Ok(())),
            None => None,
        };
        let found = Quote {
            names: names.to_string(),
            program,
            history,
            asks: request.asks,
            admitted: denial,
        };
        let text = if cx.ui.json {
            wire::quote(&found)
        } else {
            quote(&found, Ui::line_width(&cx.env))
        };
        cx.ui.out(&text).map(|()| Exit::Done)
    }
}

/// The 90th percentile of every unit that would be asked for: those that the path limits, without
/// those that every run takes anyway.
fn asks(history: &History, standings: &[Standing]) -> Vec<Ask> {
    let limits = standings.iter().flat_map(|standing| &standing.positions);
    let mut units: Vec<_> = limits.map(|position| position.key.unit.clone()).collect();
    units.sort();
    units.dedup();
    let asked = units.into_iter().filter(Unit::is_reported);
    let enough = asked.filter_map(|unit| {
        let estimate = history.estimate(&unit, 90).ok()?;
        Some(Ask::Exactly(Quantity::new(estimate, unit)))
    });
    enough.collect()
}
