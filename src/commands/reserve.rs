use serde_json::Value;

use crate::cli::Verb;
use crate::commands::shared::{DetailArgs, JsonArgs, KeyArgs, Plain, answer, field, show};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::amount::Ask;
use crate::ledger::duration::Span;
use crate::ledger::limit::LimitSpec;
use crate::ledger::name::Names;
use crate::ledger::policy::{OnUnknown, Overage};
use crate::ledger::verbs::{Keyed, Reserve};
use crate::render::wire;

/// Hold an amount before the work, and print the reservation's id
///
/// All of it is held on the budget and on everything above it, or nothing is. Settle it with
/// `budget commit ID AMOUNT` or `budget release ID`; what nobody settles in time is charged.
#[derive(Debug, clap::Args)]
pub(crate) struct ReserveArgs {
    /// The budget, or several: team/web,ann
    #[arg(value_name = "NAME")]
    names: Names,
    /// How much of what: 0.50usd, 200ktokens, all, all:usd; one of each unit
    #[arg(value_name = "AMOUNT")]
    amounts: Vec<Ask>,
    #[command(flatten)]
    terms: TermArgs,
    /// Wait so long for room, behind everybody who waits already
    #[arg(long, value_name = "DURATION", conflicts_with = "dry_run")]
    wait: Option<Span>,
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

/// What `reserve` and `exec` have in common.
#[derive(Debug, clap::Args)]
pub(super) struct TermArgs {
    /// Make the budget with this limit if it is not there; may repeat
    #[arg(long = "limit", value_name = "LIMIT")]
    pub(super) limits: Vec<LimitSpec>,
    /// How long it holds without being settled or renewed
    #[arg(long, value_name = "DURATION", default_value = "60s")]
    pub(super) ttl: Span,
    /// How long after that a settlement is still in time
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    pub(super) grace: Span,
    /// What happens when more was spent, instead of what the limits say
    #[arg(long, value_name = "POLICY")]
    pub(super) overage: Option<Overage>,
    /// What is charged when nobody knows what was spent; release only where every budget on the
    /// path allows it
    #[arg(long, value_name = "WHAT")]
    pub(super) on_unknown: Option<OnUnknown>,
}

impl TermArgs {
    /// A request on these terms.
    pub(super) fn request(&self, cx: &Context, names: Names, asks: Vec<Ask>) -> Reserve {
        let (parent, session) = cx.parent();
        Reserve {
            names,
            asks,
            ttl_ms: self.ttl.millis(),
            grace_ms: self.grace.millis(),
            overage: self.overage.clone(),
            on_unknown: self.on_unknown,
            detail: String::new(),
            parent,
            session,
            run: None,
            command: String::new(),
            zone: if self.limits.is_empty() {
                crate::ledger::calendar::Zone::utc()
            } else {
                cx.zone()
            },
            limits: self.limits.clone(),
            dry_run: false,
        }
    }
}

impl Verb for ReserveArgs {
    const NAME: &'static str = "reserve";
    const EXAMPLES: &'static str = "\
Examples:
  id=$(budget reserve me 0.50usd) || exit
  curl … && budget commit \"$id\" 0.31usd || budget release \"$id\"";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let action = self.action.map(|action| ("action", Value::from(action.0)));
        let request = Reserve {
            detail: self.detail.detail(action),
            dry_run: self.dry_run,
            ..self.terms.request(cx, self.names, self.amounts)
        };
        let is_real = !self.dry_run;
        let write = |admitted: &_| wire::admitted(admitted, is_real);
        let keyed = Keyed {
            key: self.key.as_deref(),
            write: &write,
        };
        let ledger = cx.ledger_for(!request.limits.is_empty())?;
        let outcome = match self.wait {
            Some(wait) => ledger.reserve_waiting(&request, &keyed, wait),
            None => ledger.reserve(&request, &keyed),
        };
        let json = answer(outcome, write)?;
        show(cx, &json, |answer| match is_real {
            true => field(answer, "id").to_owned(),
            false => "it would be admitted".to_owned(),
        })
    }
}
