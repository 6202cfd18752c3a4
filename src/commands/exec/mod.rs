//! `budget exec`: reserve, run, settle, die as the child died.

mod child;
mod known;
mod meter;
mod report;
mod settle;
mod stdout;
mod wrap;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::cli::Verb;
use crate::commands::args::TermArgs;
use crate::commands::shared::{DetailArgs, KeyArgs};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::amount::Ask;
use crate::ledger::duration::{Pause, Span};
use crate::ledger::name::Names;
use crate::usage::agent_names;

/// Run a command under a budget
///
/// Reserves first: where there is no room, nothing is started and the exit code is 75. Then the
/// command runs with its own streams, terminal and signals, and what it cost is recorded: what it
/// reported, else what it reserved. Ends as the command ended.
#[derive(Debug, clap::Args)]
pub(crate) struct ExecArgs {
    /// The budget, or several: team/web,ann [default: the project's, else yours]
    #[arg(value_name = "NAME")]
    names: Option<Names>,
    /// How much to reserve, like 0.50usd or all:usd; may repeat [default: the budget's own, else yours, else, for an agent
    /// whose usage can be read, all that the budget has left]
    #[arg(long, value_name = "AMOUNT")]
    reserve: Vec<Ask>,
    #[command(flatten)]
    terms: TermArgs,
    /// Whose usage is read, from its output or the files that it keeps
    #[arg(long, value_parser = meters(), default_value = "auto", value_name = "METER")]
    meter: MeterChoice,
    /// A file in which the command writes what it used, as JSON lines
    #[arg(long, value_name = "FILE")]
    usage_file: Option<PathBuf>,
    /// Nobody is billed for it, as where a subscription pays: record what it would have cost, and
    /// charge everything but the money
    #[arg(long)]
    notional: bool,
    /// Do not hand the reserved money to an agent that can keep to it itself
    #[arg(long)]
    no_pass_down: bool,
    /// Stop the command after so much active time
    #[arg(long, value_name = "DURATION")]
    max_time: Option<Span>,
    /// Stop the command after so much wall time
    #[arg(long, value_name = "DURATION")]
    deadline: Option<Span>,
    /// How long to wait between asking the command to stop, telling it to, and killing it
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    stop_grace: Pause,
    /// Wait so long for room, behind everybody who waits already
    #[arg(long, value_name = "DURATION")]
    wait: Option<Pause>,
    /// Write the outcome there as JSON
    #[arg(long, value_name = "FILE")]
    result: Option<PathBuf>,
    /// Exit with this code instead of 75 or 77
    #[arg(long, value_name = "N", value_parser = exit_code)]
    denied_exit: Option<u8>,
    #[command(flatten)]
    detail: DetailArgs,
    #[command(flatten)]
    key: KeyArgs,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

fn exit_code(text: &str) -> std::result::Result<u8, String> {
    let code = text.parse().ok().filter(|code| *code > 0);
    code.ok_or_else(|| "an exit code is a number from 1 to 255".to_owned())
}

/// How a command's usage is read.
#[derive(Debug, Clone, PartialEq, Eq)]
enum MeterChoice {
    /// As the agent reports that the program is known as.
    Auto,
    /// Not at all.
    None,
    /// As this agent reports.
    Named(String),
}

fn meters() -> impl TypedValueParser<Value = MeterChoice> {
    let own = [
        PossibleValue::new("auto").help("As the agent reports that the program is known as"),
        PossibleValue::new("none").help("Not at all"),
    ];
    let agents = agent_names().map(PossibleValue::new);
    PossibleValuesParser::new(own.into_iter().chain(agents)).map(|name| match name.as_str() {
        "auto" => MeterChoice::Auto,
        "none" => MeterChoice::None,
        _ => MeterChoice::Named(name),
    })
}

impl Verb for ExecArgs {
    const NAME: &'static str = "exec";
    const EXAMPLES: &'static str = "\
Examples:
  budget exec me --limit 5usd/day -- claude -p \"…\" --output-format json >out
  budget exec ci --reserve 1usd --max-time 10m -- ./nightly.sh
  budget exec gpu --limit 2slots --wait 1h -- python train.py

An agent's report is read from a stdout that is a pipe or a file, and from the
files that it keeps of its sessions, so that interactive runs are metered, too.
Inside the run, BUDGET_SESSION, BUDGET_RESERVATION and BUDGET_LEDGER lead
`budget spend`, `reserve` and `exec` to what the run has reserved: nothing is
charged twice.";

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let denied_exit = self.denied_exit;
        let result = self.result.clone();
        match self.wrap(cx) {
            Ok(exit) => Ok(exit),
            Err(error) => {
                if let Some(path) = &result {
                    report::write(cx, path, &report::failed(&error));
                }
                match (error.exit, denied_exit) {
                    (Exit::Denied | Exit::Refused, Some(code)) => Err(Error {
                        exit: Exit::Child(code),
                        ..error
                    }),
                    _ => Err(error),
                }
            }
        }
    }
}
