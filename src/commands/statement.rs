use crate::cli::Verb;
use crate::commands::defaults::named;
use crate::commands::shared::JsonArgs;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::calendar::Since;
use crate::ledger::limit::LimitKey;
use crate::ledger::name::{BudgetName, Names};
use crate::ledger::verbs::StatementOf;
use crate::render::statement::{statements, statements_csv};
use crate::render::wire;
use crate::ui::Ui;

/// Show what moved a budget's limits, entry by entry
///
/// Like a bank's statement: each limit's window opens with the limit; every entry that gave or took something is a line with
/// what was left after it; and what is left at the end is what `budget status` shows. A settlement
/// is one line: what was reserved comes back, what it cost is charged. Without --since and --until
/// the windows open now are shown. What belongs before or after an instant is told by when it took
/// effect: a charge with the admission of its reservation. What is over but not written yet is a
/// line without a number. Reads only.
#[derive(Debug, clap::Args)]
pub(crate) struct StatementArgs {
    /// The budget [default: the run's, else the project's, else yours]
    name: Option<BudgetName>,
    /// Only this limit, like usd/day; or a unit that no limit counts, like tokens
    #[arg(long, value_name = "LIMIT")]
    limit: Option<LimitKey>,
    /// From this day or instant on, like 2026-11-01, or so long ago, like 7d
    #[arg(long, value_name = "WHEN")]
    since: Option<Since>,
    /// Up to this day, which is part of it, or to an instant
    #[arg(long, value_name = "WHEN")]
    until: Option<Since>,
    /// Answer as comma-separated values, amounts as exact decimals
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    json: JsonArgs,
}

impl Verb for StatementArgs {
    const NAME: &'static str = "statement";
    const EXAMPLES: &'static str = "\
Examples:
  budget statement me
  budget statement me --limit usd/day --since 7d
  budget statement team --since 2026-10-01 --until 2026-10-31 --csv >october.csv";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let name = match self.name {
            Some(name) => name,
            None => only(&named(cx, None)?)?,
        };
        let found = cx.ledger_for(false)?.statements(&StatementOf {
            name,
            limit: self.limit,
            since: self.since,
            until: self.until,
        })?;
        if found.windows.is_empty() && found.uncounted.is_empty() {
            cx.ui.note("nothing to show");
        }
        let text = if cx.ui.json {
            wire::statements(&found)
        } else if self.csv {
            statements_csv(&found)
        } else {
            statements(&found, &cx.ui.styles, Ui::line_width(&cx.env))
        };
        cx.ui.out(&text)?;
        if found
            .windows
            .iter()
            .all(|window| window.statement.adds_up())
        {
            return Ok(Exit::Done);
        }
        let message = "the entries do not add up to what a window says";
        Err(Error::new(Exit::Conflict, "findings", message).hint("`budget verify` says where"))
    }
}

/// The one budget that is meant: the sums of several prove nothing together.
fn only(names: &Names) -> Result<BudgetName> {
    match names.iter().collect::<Vec<_>>().as_slice() {
        [name] => Ok((*name).clone()),
        _ => Err(
            Error::usage(format!("a statement is of one budget, not of {names}"))
                .hint("name one: budget statement NAME"),
        ),
    }
}
