use crate::cli::Verb;
use crate::commands::shared::JsonArgs;
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::render::wire;

/// Say which ledger is used and whether its clock is believed
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

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let path = cx.path()?;
        let zone = cx.zone();
        if self.accept_clock && cx.ledger_for(false)?.accept_clock()? {
            cx.ui.note("the clock is accepted as it is");
        }
        let (exists, believed, budgets) = match cx.existing()? {
            Some(ledger) => {
                let overview = ledger.overview(None)?;
                (true, overview.clock_believed, overview.standings.len())
            }
            None => (false, true, 0),
        };
        if cx.ui.json {
            let facts = serde_json::json!({
                "schema": wire::SCHEMA,
                "ledger": path.to_string_lossy(),
                "exists": exists,
                "clock_believed": believed,
                "zone": zone.name(),
                "budgets": budgets,
            });
            cx.ui.out(&facts.to_string())?;
            return Ok(Exit::Done);
        }
        let file = if exists { "" } else { " (not made yet)" };
        let clock = if believed {
            "believed"
        } else {
            "jumped: windows stay as they are"
        };
        let text = format!(
            "ledger   {}{file}\nbudgets  {budgets}\nclock    {clock}\nzone     {} (of new budgets)",
            crate::render::sanitize::line(&path.to_string_lossy()),
            zone.name(),
        );
        cx.ui.out(&text)?;
        Ok(Exit::Done)
    }
}
