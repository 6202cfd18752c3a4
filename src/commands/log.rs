use crate::cli::Verb;
use crate::commands::args::count;
use crate::commands::shared::{JsonArgs, show};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::calendar::Zone;
use crate::ledger::entry::Entry;
use crate::ledger::id::IdRef;
use crate::ledger::name::BudgetName;
use crate::ledger::store::EntryFilter;
use crate::render::human::{moment, quantity};
use crate::render::sanitize::line;
use crate::render::table::{numbers, table_within, words};
use crate::render::wire;
use crate::ui::Ui;

/// Show the journal: everything that moved, the latest last
#[derive(Debug, clap::Args)]
pub(crate) struct LogArgs {
    /// Only what names this budget or one below it
    name: Option<BudgetName>,
    /// Only what is about this reservation
    #[arg(long, value_name = "ID")]
    reservation: Option<IdRef>,
    /// Only the latest so many entries
    #[arg(short = 'n', long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    last: Option<u32>,
    #[command(flatten)]
    json: JsonArgs,
}

impl Verb for LogArgs {
    const NAME: &'static str = "log";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let entries = match cx.existing()? {
            Some(ledger) => {
                let found = self
                    .reservation
                    .map(|id| ledger.reservation(&id))
                    .transpose()?;
                let reservation = found.map(|found| found.id);
                let (within, last) = (self.name, self.last);
                ledger.entries(&EntryFilter {
                    within,
                    reservation,
                    after: None,
                    last,
                })?
            }
            None => Vec::new(),
        };
        if entries.is_empty() {
            cx.ui.note("no entries");
        }
        let width = Ui::line_width(&cx.env);
        show(cx, &wire::log(&entries), |_| list(&entries, width))
    }
}

fn list(entries: &[Entry], width: Option<usize>) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let columns = [
        numbers("#"),
        words("WHEN"),
        words("WHAT"),
        words("BUDGET"),
        words("AMOUNT"),
        words("MORE"),
    ];
    let rows: Vec<_> = entries.iter().map(row).collect();
    table_within(&columns, &rows, width)
}

fn row(entry: &Entry) -> Vec<String> {
    let amounts = entry
        .amounts
        .iter()
        .map(|q| quantity(q.amount.atoms(), &q.unit));
    vec![
        entry.seq.0.to_string(),
        moment(entry.at, &Zone::utc()),
        entry.kind.as_str().replace('_', " "),
        entry.budgets.clone(),
        amounts.collect::<Vec<_>>().join(", "),
        more(entry),
    ]
}

/// What else there is to say: the reservation, the model, the reason.
fn more(entry: &Entry) -> String {
    let detail: serde_json::Value = serde_json::from_str(&entry.detail).unwrap_or_default();
    let text = |path: &str| {
        detail
            .pointer(path)
            .and_then(|v| v.as_str())
            .map(str::to_owned)
    };
    let reservation = entry.reservation.map(|id| id.short());
    let unknown = detail.get("unknown").map(|_| "unknown".to_owned());
    let limits = detail
        .get("limits")
        .and_then(|limits| limits.as_array())
        .map(|limits| {
            limits
                .iter()
                .filter_map(|limit| limit.as_str())
                .collect::<Vec<_>>()
                .join(" ")
        });
    let warned = detail.get("warned").map(warned);
    let repriced = text("/repriced/before").zip(entry.of);
    let repriced = repriced.map(|(before, of)| format!("of entry {}, was ${before}", of.0));
    let facts = [
        reservation,
        warned,
        repriced,
        unknown,
        text("/usage/model"),
        text("/reason"),
        text("/note"),
        limits,
    ];
    let facts: Vec<_> = facts.into_iter().flatten().collect();
    line(&facts.join(", ")).into_owned()
}

/// What was warned of: `usd/day past 50% 80%`.
fn warned(warned: &serde_json::Value) -> String {
    let limit = warned.get("limit").and_then(|limit| limit.as_str());
    let shares = warned
        .get("thresholds")
        .and_then(|shares| shares.as_array());
    let shares = shares
        .into_iter()
        .flatten()
        .map(|share| format!(" {share}%"));
    format!(
        "{} past{}",
        limit.unwrap_or_default(),
        shares.collect::<String>()
    )
}
