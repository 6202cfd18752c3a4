mod watch;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::cli::Verb;
use crate::clock;
use crate::commands::defaults::ceilings_if_readable;
use crate::commands::shared::JsonArgs;
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::duration::Span;
use crate::ledger::name::BudgetName;
use crate::ledger::verbs::{Ceilings, Lowered, Overview};
use crate::render::status::status;
use crate::render::wire;
use crate::ui::Ui;

/// Show what is left, per budget and limit
///
/// Reads only, and never waits for a writer. What is due is shown as closed already.
#[derive(Debug, clap::Args)]
pub(crate) struct StatusArgs {
    /// Only this budget and those below it
    name: Option<BudgetName>,
    /// Show it anew, in place, every 2 seconds or so often (1s to 1h), until Ctrl-C; where there is
    /// no terminal, one view after another, with --json a line each
    #[arg(
        long,
        value_name = "SECONDS",
        num_args = 0..=1,
        default_missing_value = "2s",
        value_parser = every
    )]
    watch: Option<Duration>,
    #[command(flatten)]
    json: JsonArgs,
}

impl Verb for StatusArgs {
    const NAME: &'static str = "status";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let asked = Asked {
            ceilings: ceilings_if_readable(cx),
            name: self.name,
        };
        if let Some(every) = self.watch {
            return watch::watch(every, &asked, cx);
        }
        let text = view(&asked, cx, Ui::width(&cx.env))?;
        cx.ui.out(&text).map(|()| Exit::Done)
    }
}

/// What is looked at.
struct Asked {
    /// One budget and those below it.
    name: Option<BudgetName>,
    /// What the project keeps to.
    ceilings: Option<Ceilings>,
}

/// What is shown, in so many columns.
fn view(asked: &Asked, cx: &mut Context, width: usize) -> Result<String> {
    let mut overview = match &asked.name {
        None if cx.existing()?.is_none() => nothing_yet(),
        name => cx.ledger_for(false)?.overview(name.as_ref())?,
    };
    if let Some(ceilings) = &asked.ceilings {
        overview.lowered = ceilings.lowered(&overview.standings);
    }
    Ok(if cx.ui.json {
        wire::status(&overview)
    } else {
        status(&overview, &cx.ui.styles, width)
    })
}

/// What there is to see before there is a ledger.
fn nothing_yet() -> Overview {
    Overview {
        at: (clock::sources().clock)().wall,
        clock_believed: true,
        standings: Vec::new(),
        lowered: Lowered::default(),
        open: Vec::new(),
        unknown: Vec::new(),
        programs: BTreeMap::new(),
        reasons: BTreeMap::new(),
    }
}

/// How often to look: seconds, or a duration.
fn every(text: &str) -> std::result::Result<Duration, String> {
    let seconds = text.parse::<u64>().ok().map(Duration::from_secs);
    let typed = || text.parse::<Span>().ok();
    let span = || typed().map(|span| Duration::from_millis(span.millis().unsigned_abs()));
    seconds
        .or_else(span)
        .filter(|every| (Duration::from_secs(1)..=Duration::from_hours(1)).contains(every))
        .ok_or_else(|| {
            "it takes 1s to 1h, like 5s; the name of a budget comes before it".to_owned()
        })
}
