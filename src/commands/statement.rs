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
use crate::render::statement::{Form, Sheet, Tables};
use crate::render::wire::StatementsJson;
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
        let request = StatementOf {
            name,
            limit: self.limit,
            since: self.since,
            until: self.until,
        };
        let styles = cx.ui.styles;
        let mut form: Box<dyn Form> = if cx.ui.json {
            Box::new(StatementsJson::default())
        } else if self.csv {
            Box::new(Sheet)
        } else {
            Box::new(Tables::new(&styles, Ui::line_width(&cx.env)))
        };
        if tell(cx, &request, &mut *form)? {
            return Ok(Exit::Done);
        }
        let message = "the entries do not add up to what a window says";
        Err(Error::new(Exit::Conflict, "findings", message).hint("`budget verify` says where"))
    }
}

/// Writes statements as they are read. Whether they add up.
fn tell(cx: &mut Context, request: &StatementOf, form: &mut dyn Form) -> Result<bool> {
    let ui = cx.ui.clone();
    let ledger = cx.ledger_for(false)?;
    let mut pages = ledger.statement_pages(request)?;
    if pages.is_empty() {
        ui.note("nothing to show");
    }
    let (mut adds_up, mut is_read) = (true, ui.part(&form.begins(&pages.about))?);
    while let Some(piece) = ledger.next_piece(&mut pages)? {
        adds_up &= !piece.ends || piece.window.statement.adds_up();
        is_read = is_read && ui.part(&form.window(&pages.about, &piece))?;
        if !is_read {
            return Ok(adds_up);
        }
    }
    for unit in &pages.units {
        let mut written = Ok(true);
        ledger.each_uncounted(&pages.about, unit, |piece| {
            if matches!(written, Ok(true)) {
                written = ui.part(&form.uncounted(&pages.about, &piece));
            }
        })?;
        is_read = is_read && written?;
    }
    if is_read {
        ui.part(&form.ends())?;
    }
    Ok(adds_up)
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
