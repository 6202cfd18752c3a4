use serde_json::Value;

use crate::cli::Verb;
use crate::commands::args::TermArgs;
use crate::commands::defaults::{First, labelled, target};
use crate::commands::shared::{DetailArgs, JsonArgs, KeyArgs, Plain, answer, field, show};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::amount::Ask;
use crate::ledger::duration::Pause;
use crate::ledger::verbs::{Keyed, Outcome, Reserve, Wait};
use crate::render::wire;

/// Hold an amount before the work, and print the reservation's id
///
/// All of it is held on the budget and on everything above it, or nothing is. Settle it with
/// `budget commit ID AMOUNT` or `budget release ID`; what nobody settles in time is charged.
#[derive(Debug, clap::Args)]
pub(crate) struct ReserveArgs {
    /// The budget, or several: team/web,ann [default: the project's, else yours]
    #[arg(value_name = "NAME")]
    first: Option<First<Ask>>,
    /// How much of what: 0.50usd, 200ktokens, all, all:usd; one of each unit
    #[arg(value_name = "AMOUNT")]
    amounts: Vec<Ask>,
    #[command(flatten)]
    terms: TermArgs,
    /// Wait so long for room, behind everybody who waits already
    #[arg(long, value_name = "DURATION", conflicts_with = "dry_run")]
    wait: Option<Pause>,
    /// Only say whether it would be admitted
    #[arg(long)]
    dry_run: bool,
    /// What it is for, like tool:bash
    #[arg(long, value_name = "KIND:NAME")]
    action: Option<Plain>,
    #[command(flatten)]
    detail: DetailArgs,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    json: JsonArgs,
}

impl Verb for ReserveArgs {
    const NAME: &'static str = "reserve";
    const EXAMPLES: &'static str = "\
Examples:
  id=$(budget reserve me 0.50usd --ttl 5m) || exit
  if ./job.sh; then budget commit \"$id\" 0.31usd; else budget release \"$id\"; fi
  budget reserve gpu --limit 2slots --wait 10m";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let (names, amounts) = target(cx, self.first, self.amounts)?;
        let action = self.action.map(|action| ("action", Value::from(action.0)));
        let request = Reserve {
            detail: labelled(cx, self.detail)?.detail(action),
            dry_run: self.dry_run,
            ..self.terms.request(cx, names, amounts)?
        };
        let is_real = !self.dry_run;
        let write = |admitted: &_| wire::admitted(admitted, is_real);
        let keyed = Keyed {
            key: self.key.as_deref(),
            write: &write,
        };
        let made = (!is_real && !request.limits.is_empty()).then(|| undone(&request));
        let explain = |error: Error| match &made {
            Some(hint) if error.code == "not_found" => error.hint(hint),
            _ => error,
        };
        let adds = is_real && !request.limits.is_empty();
        let ledger = cx.ledger_for(adds).map_err(explain)?;
        let outcome = ledger.reserve_waiting(
            &request,
            &keyed,
            &Wait {
                longest: self.wait.unwrap_or_default(),
                pass: &|pause| {
                    std::thread::sleep(pause);
                    true
                },
            },
        );
        // The usual case says its one word without a detour through JSON.
        if let Ok(Outcome::Done(admitted)) = &outcome
            && is_real
            && !cx.ui.json
        {
            cx.ui.out(&admitted.reservation.id.to_string())?;
            return Ok(Exit::Done);
        }
        let json = answer(outcome, write).map_err(explain)?;
        show(cx, &json, |answer| {
            if is_real {
                field(answer, "id").to_owned()
            } else {
                "it would be admitted".to_owned()
            }
        })
    }
}

/// What a dry run that finds nothing to decide about leaves undone.
fn undone(request: &Reserve) -> String {
    let limits: Vec<_> = request.limits.iter().map(ToString::to_string).collect();
    let (names, limits) = (&request.names, limits.join(", "));
    format!("without --dry-run, {names} is made with {limits}")
}
