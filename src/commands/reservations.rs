use crate::cli::Verb;
use crate::commands::shared::{JsonArgs, show};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::amount::Amount;
use crate::ledger::name::BudgetName;
use crate::ledger::reservation::{Reservation, State, UnitStake};
use crate::ledger::store::{ReservationFilter, Which};
use crate::render::human::quantity;
use crate::render::table::{table_or_list, words};
use crate::render::wire;
use crate::ui::Ui;

/// List reservations
#[derive(Debug, clap::Args)]
pub(crate) struct ReservationsArgs {
    /// Only those on this budget and below it
    name: Option<BudgetName>,
    /// Only those in this state
    #[arg(long, value_enum, default_value = "open")]
    state: Standing,
    #[command(flatten)]
    json: JsonArgs,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Standing {
    Open,
    Committed,
    Released,
    Expired,
    /// Charged as reserved because nobody accounted for them, and not corrected
    Unknown,
    All,
}

impl Verb for ReservationsArgs {
    const NAME: &'static str = "reservations";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let which = match self.state {
            Standing::Open => Which::In(State::Open),
            Standing::Committed => Which::In(State::Committed),
            Standing::Released => Which::In(State::Released),
            Standing::Expired => Which::In(State::Expired),
            Standing::Unknown => Which::Unknown,
            Standing::All => Which::Any,
        };
        let filter = ReservationFilter {
            which,
            within: self.name,
        };
        let found = match cx.existing()? {
            Some(ledger) => ledger.reservations(&filter)?,
            None => Vec::new(),
        };
        if found.is_empty() {
            cx.ui.note("no such reservations");
        }
        let width = Ui::line_width(&cx.env);
        show(cx, &wire::reservations(&found), |_| list(&found, width))
    }
}

fn list(found: &[Reservation], width: Option<usize>) -> String {
    if found.is_empty() {
        return String::new();
    }
    let columns = [
        words("ID"),
        words("BUDGET"),
        words("STATE"),
        words("RESERVED"),
        words("CHARGED"),
    ];
    let rows: Vec<_> = found
        .iter()
        .map(|found| {
            let mut state = found.state.as_str().to_owned();
            for (is_so, word) in [
                (found.unknown && !found.late, "unknown"),
                (found.late, "late"),
            ] {
                if is_so {
                    state.push_str(&format!(", {word}"));
                }
            }
            vec![
                found.id.to_string(),
                found.names.to_string(),
                state,
                amounts(found, |stake| Some(stake.reserved)),
                amounts(found, |stake| {
                    stake.charged.filter(|_| stake.unit.is_consumed())
                }),
            ]
        })
        .collect();
    table_or_list(&columns, &rows, width, 1)
}

fn amounts(found: &Reservation, pick: impl Fn(&UnitStake) -> Option<Amount>) -> String {
    let picked = found
        .stakes
        .iter()
        .filter_map(|s| Some(quantity(pick(s)?.atoms(), &s.unit)));
    picked.collect::<Vec<_>>().join(", ")
}
