//! `budget doctor`: which ledger is used, and whether everything around it is as it should be. It
//! writes nothing, and says what it can of a ledger that cannot be used.

mod checks;
mod settings;

use serde_json::{Value, json};

use crate::cli::Verb;
use crate::clock;
use crate::commands::defaults::implied_from;
use crate::commands::shared::{JsonArgs, price_tables};
use crate::config::{Searched, Whose, searched};
use crate::context::{Context, OnFault};
use crate::env;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::store::{health, library_version};
use crate::ledger::verbs::Health;
use crate::render::doctor::{Finding, Level, doctor};
use crate::render::wire;
use crate::ui::Ui;
use checks::Ledger;
use settings::Here;

/// Say which ledger is used, and whether all around it is sound
///
/// Looks at the file, its permissions and file system, the clock, the zone, the files of settings,
/// the price tables, and at what is not recorded yet. Changes nothing. Exits with 69 where the
/// ledger cannot be used, with 78 where a file of settings is at fault. Whether the figures are
/// right is what `budget verify` proves.
#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    /// Believe the wall clock as it is now, after it jumped; recorded in the journal
    #[arg(long)]
    accept_clock: bool,
    #[command(flatten)]
    json: JsonArgs,
}

impl Verb for DoctorArgs {
    const NAME: &'static str = "doctor";
    const ON_FAULT: OnFault = OnFault::Show;

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        if self.accept_clock && cx.ledger_for(false)?.accept_clock()? {
            cx.ui.note("the clock is accepted as it is");
        }
        // What ordinary file calls say is asked before anything is opened.
        let facts = health::facts(&cx.path()?);
        let found = health_of(cx);
        let settings = settings_of(cx);
        let ledger = Ledger {
            path: &cx.path()?,
            by: cx.path_is_by(),
            facts: &facts,
            health: &found,
        };
        let findings = findings(&ledger, settings, cx);
        let text = if cx.ui.json {
            answer(&ledger, &findings, cx).to_string()
        } else {
            doctor(&findings, &cx.ui.styles, Ui::width(&cx.env))
        };
        cx.ui.out(&text)?;
        Ok(exit(&findings))
    }
}

/// How the program ends: a ledger that cannot be used is worse than files that are not valid.
fn exit(findings: &[Finding]) -> Exit {
    let fails = findings.iter().filter(|found| found.level == Level::Fail);
    let fails: Vec<_> = fails.map(|found| found.check).collect();
    let is_of_settings = |check: &&str| [settings::OWN, settings::PROJECT].contains(check);
    match fails.as_slice() {
        [] => Exit::Done,
        fails if fails.iter().all(is_of_settings) => Exit::Config,
        _ => Exit::Ledger,
    }
}

/// How the ledger is; `None` where there is none yet.
fn health_of(cx: &mut Context) -> Result<Option<Health>> {
    match cx.existing()? {
        Some(ledger) => Ok(Some(ledger.health()?)),
        None => Ok(None),
    }
}

/// What the files of settings say, where there are any.
fn settings_of(cx: &mut Context) -> Vec<Finding> {
    let budget_by = implied_from(cx).ok().flatten().map(|(_, origin)| origin);
    let budgets = match cx.existing() {
        Ok(Some(ledger)) => ledger.budgets(false).ok(),
        Ok(None) => Some(Vec::new()),
        Err(_) => None,
    };
    let files = searched(&cx.env);
    let own = files.iter().filter(|file| file.whose == Whose::User);
    let mut findings: Vec<_> = own
        .filter_map(|file| settings::own(file, &cx.user()))
        .collect();
    let ignored = files.iter().filter(|file| file.is_ignored());
    findings.extend(ignored.map(settings::ignored));
    let reserve = cx.user_on("reserve");
    let here = |file| Here {
        file,
        said: cx.project(),
        budget_by,
        own_reserve: reserve.as_ref().is_ok_and(|user| !user.reserve.is_empty()),
        budgets: budgets.clone(),
    };
    let read = |file: &&Searched| file.whose == Whose::Project && file.is_read();
    findings.extend(
        files
            .iter()
            .find(read)
            .and_then(|file| here(file).finding()),
    );
    let words = cx.on_event().ok().flatten().unwrap_or_default();
    let programs = words.first().map(|program| env::programs(program));
    findings.extend(settings::on_event(words, &programs.unwrap_or_default()));
    findings
}

fn findings(ledger: &Ledger<'_>, settings: Vec<Finding>, cx: &Context) -> Vec<Finding> {
    let now = (clock::sources().clock)().wall;
    let (zone, by) = cx.zone_and_source();
    let mut findings = vec![ledger.which()];
    findings.extend(ledger.contents());
    findings.extend(ledger.permissions());
    findings.extend(ledger.file_system());
    findings.push(ledger.clock(now));
    findings.push(checks::zone(zone, by, cx.env.zone.as_deref()));
    findings.extend(settings);
    findings.push(checks::prices(
        price_tables(cx).infos().map_err(|why| why.to_string()),
        now,
    ));
    findings.push(checks::program(
        library_version(),
        &env::programs("budget"),
        env::own_program().as_deref(),
    ));
    findings.extend(ledger.unrecorded());
    findings
}

/// The whole answer as JSON.
fn answer(ledger: &Ledger<'_>, findings: &[Finding], cx: &Context) -> Value {
    let health = ledger.health.as_ref().ok().and_then(Option::as_ref);
    let is_known = ledger.health.is_ok();
    let budgets = health
        .map(|health| health.budgets)
        .or(is_known.then_some(0));
    let believed = health
        .map(|health| health.clock_believed)
        .or(is_known.then_some(true));
    let error = ledger.health.as_ref().err().map(|error: &Error| error.code);
    json!({
        "schema": wire::SCHEMA,
        "ledger": ledger.path.to_string_lossy(),
        "ledger_from": ledger.by,
        "exists": ledger.exists(),
        "error": error,
        "clock_believed": believed,
        "zone": cx.zone().name(),
        "budgets": budgets,
        "entries": health.map(|health| health.entries),
        "schema_of_file": health.map(|health| health.schema),
        "bytes": ledger.facts.size,
        "log_bytes": ledger.facts.log,
        "version": env!("CARGO_PKG_VERSION"),
        "sqlite": library_version(),
        "checks": findings.iter().map(Finding::to_json).collect::<Vec<_>>(),
    })
}
