//! `budget log`: the journal, all of it or what is asked for, and what is added to it.

mod follow;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cli::Verb;
use crate::commands::args::count;
use crate::commands::shared::{JsonArgs, show};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::calendar::Since;
use crate::ledger::entry::EntryKind;
use crate::ledger::id::IdRef;
use crate::ledger::name::BudgetName;
use crate::ledger::tag::Tag;
use crate::ledger::verbs::{Journal, JournalOf};
use crate::render::log::log;
use crate::render::wire;
use crate::ui::Ui;

/// Show the journal: everything that moved, the latest last
///
/// Days and times are those of NAME's zone, else of the system's.
#[derive(Debug, clap::Args)]
pub(crate) struct LogArgs {
    /// Only what names this budget or one below it
    name: Option<BudgetName>,
    /// Only what is about this reservation
    #[arg(long, value_name = "ID")]
    reservation: Option<IdRef>,
    /// Only what happened in this run
    #[arg(long, value_name = "ID")]
    session: Option<IdRef>,
    /// Only entries of this kind, like spent; may repeat
    #[arg(long = "kind", value_name = "KIND", value_parser = kinds())]
    kinds: Vec<EntryKind>,
    /// From this day or instant on, like 2026-11-01, or so long ago, like 7d
    #[arg(long, value_name = "WHEN")]
    since: Option<Since>,
    /// Up to this day, which is part of it, or to an instant
    #[arg(long, value_name = "WHEN")]
    until: Option<Since>,
    /// Only what carries this label; may repeat, and then all of them
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    tags: Vec<Tag>,
    /// Only where a model was used whose name begins so
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Only where nobody knew what was spent
    #[arg(long)]
    unknown: bool,
    /// Only the latest so many entries
    #[arg(short = 'n', long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    last: Option<u32>,
    /// Print new entries as they are written, those of other processes, too; after the latest N
    /// where -n says so
    #[arg(short, long, conflicts_with = "until")]
    follow: bool,
    #[command(flatten)]
    json: JsonArgs,
}

fn kinds() -> impl TypedValueParser<Value = EntryKind> {
    let names = EntryKind::ALL.map(EntryKind::as_str);
    PossibleValuesParser::new(names)
        .try_map(|name| EntryKind::from_name(&name).ok_or("there is no such kind"))
}

impl Verb for LogArgs {
    const NAME: &'static str = "log";
    const EXAMPLES: &'static str = "\
Examples:
  budget log -n 20
  budget log team --since 7d --kind spent --kind committed
  budget log --tag team=web --model claude --json
  budget log --follow --json | jq -c 'select(.unknown)'";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let is_followed = self.follow;
        let request = self.request();
        if is_followed {
            return follow::follow(cx, request);
        }
        let zone = cx.zone();
        let journal = match cx.existing()? {
            None if request.within.is_none() => Journal::empty(zone),
            _ => cx.ledger_for(false)?.journal(&request, zone)?,
        };
        if journal.entries.is_empty() {
            cx.ui.note("no entries");
        }
        let width = Ui::line_width(&cx.env);
        show(cx, &wire::log(&journal.entries), |_| log(&journal, width))
    }
}

impl LogArgs {
    fn request(self) -> JournalOf {
        JournalOf {
            within: self.name,
            reservation: self.reservation,
            session: self.session,
            kinds: self.kinds,
            since: self.since,
            until: self.until,
            tags: self
                .tags
                .into_iter()
                .map(|tag| (tag.key, tag.value))
                .collect(),
            model: self.model,
            unknown: self.unknown,
            after: None,
            last: self.last,
        }
    }
}
