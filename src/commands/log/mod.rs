//! `budget log`: the journal, all of it or what is asked for, and what is added to it.

mod follow;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cli::Verb;
use crate::commands::args::count;
use crate::commands::shared::JsonArgs;
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::calendar::Since;
use crate::ledger::entry::{Entry, EntryKind};
use crate::ledger::id::IdRef;
use crate::ledger::name::BudgetName;
use crate::ledger::tag::Tag;
use crate::ledger::verbs::{JournalOf, JournalPages};
use crate::render::log::Log;
use crate::render::wire;
use crate::ui::Ui;

/// How many entries a person is shown on a terminal who has not said how many.
const AT_ONCE: u32 = 1_000;

/// Show the journal: everything that moved, the latest last
///
/// Days and times are those of NAME's zone, else of the system's. On a terminal the latest 1,000
/// are shown unless -n says how many; into a pipe or a file, and as JSON, goes all that is asked
/// for.
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
        if self.follow {
            return follow::follow(cx, self.request());
        }
        let mut request = self.request();
        // A person who has said nothing about it is shown what can be looked through.
        let is_short = request.last.is_none() && !cx.ui.json && Ui::screen().is_some();
        if is_short {
            request.last = Some(AT_ONCE);
        }
        let zone = cx.zone();
        let mut pages = match cx.existing()? {
            None if request.within.is_none() => None,
            _ => Some(cx.ledger_for(false)?.journal_pages(&request, zone)?),
        };
        let leaves_out = is_short
            && pages
                .as_ref()
                .is_some_and(|pages| !pages.is_from_the_first());
        if cx.ui.json {
            write_json(cx, pages.as_mut())?;
        } else {
            write_table(cx, pages.as_mut())?;
        }
        if leaves_out {
            cx.ui.note(&format!(
                "these are the latest {AT_ONCE}; -n says how many, and `budget log | less` has all"
            ));
        }
        Ok(Exit::Done)
    }
}

/// Writes entries as they are read, one document in all.
fn write_json(cx: &mut Context, mut pages: Option<&mut JournalPages>) -> Result<()> {
    let [before, between, after] = wire::LOG;
    let mut text = before.to_owned();
    let mut is_first = true;
    loop {
        let page = next_page(cx, pages.as_deref_mut())?;
        for entry in &page {
            if !std::mem::take(&mut is_first) {
                text.push_str(between);
            }
            text.push_str(&wire::logged(entry));
        }
        if page.is_empty() {
            text.push_str(after);
            if is_first {
                cx.ui.note("no entries");
            }
            return cx.ui.out(&text);
        }
        if !cx.ui.part(&text)? {
            return Ok(());
        }
        text.clear();
    }
}

/// Writes entries as they are read, one table in all.
fn write_table(cx: &mut Context, mut pages: Option<&mut JournalPages>) -> Result<()> {
    let width = Ui::line_width(&cx.env);
    let table = |pages: &&mut JournalPages| Log::new(pages.last, pages.zone, width);
    let mut table = pages.as_ref().map(table);
    let mut is_first = true;
    loop {
        let page = next_page(cx, pages.as_deref_mut())?;
        let Some(table) = table.as_mut().filter(|_| !page.is_empty()) else {
            break;
        };
        is_first = false;
        if !cx.ui.line(&table.page(&page))? {
            break;
        }
    }
    if is_first {
        cx.ui.note("no entries");
    }
    Ok(())
}

/// The next entries; none at the end, and none where there is no ledger.
fn next_page(cx: &mut Context, pages: Option<&mut JournalPages>) -> Result<Vec<Entry>> {
    Ok(match pages {
        Some(pages) => cx.ledger_for(false)?.next_page(pages)?,
        None => Vec::new(),
    })
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
