use crate::cli::Verb;
use crate::commands::shared::{JsonArgs, KeyArgs, field, show};
use crate::context::{Context, OnFault};
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::duration::Span;
use crate::ledger::id::IdRef;
use crate::render::wire;

/// Move the end of a reservation's lease on
///
/// Counted from where it ends now, and only while it has not ended.
#[derive(Debug, clap::Args)]
pub(crate) struct ExtendArgs {
    /// The reservation's id, or the end of it
    id: IdRef,
    /// By how much [default: the reservation's own length]
    #[arg(long, value_name = "DURATION")]
    by: Option<Span>,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    json: JsonArgs,
}

impl Verb for ExtendArgs {
    const NAME: &'static str = "extend";
    const ON_FAULT: OnFault = OnFault::Warn;

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let by_ms = self.by.map(Span::millis);
        let ledger = cx.ledger_for(false)?;
        let json = self.key.once(wire::extended, |keyed| {
            ledger.extend(&self.id, by_ms, keyed)
        })?;
        show(cx, &json, |answer| {
            format!("holds until {}", field(answer, "expires_at"))
        })
    }
}
