use crate::cli::Verb;
use crate::commands::shared::{JsonArgs, show};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::budget::{Budget, Standing};
use crate::ledger::name::BudgetName;
use crate::render::human::{moment, quantity};
use crate::render::sanitize::line;
use crate::render::table::wrapped;
use crate::render::wire;
use crate::ui::Ui;

/// Show one budget in full
#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// The budget
    name: BudgetName,
    #[command(flatten)]
    json: JsonArgs,
}

impl Verb for ShowArgs {
    const NAME: &'static str = "show";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let standings = cx.ledger_for(false)?.standings(&self.name.into())?;
        let Some(last) = standings.last() else {
            return Ok(Exit::Done);
        };
        let width = Ui::line_width(&cx.env);
        show(cx, &wire::budget(last), |_| page(last, width))
    }
}

fn page(standing: &Standing, width: Option<usize>) -> String {
    let Budget {
        name,
        state,
        zone,
        anchor,
        on_unknown,
        reserve,
        caps,
        warn,
        note,
        ..
    } = &standing.budget;
    let mut lines = vec![format!("{name} ({})", state.as_str())];
    let mut fact = |what: &str, fact: String| {
        if !fact.is_empty() {
            let text = format!("  {what:<12} {}", line(&fact));
            lines.push(wrapped(&text, width.unwrap_or(usize::MAX), 15));
        }
    };
    for position in &standing.positions {
        let (unit, figures) = (&position.key.unit, &position.figures);
        let show = |atoms: i64| quantity(atoms, unit);
        let mut text = format!(
            "{}: {} spent, {} reserved, {} left of {}",
            position.key,
            show(figures.charged()),
            show(figures.reserved.atoms()),
            show(figures.available().atoms()),
            show(figures.capacity().atoms()),
        );
        if let Some(end) = position.bounds.end {
            text.push_str(&format!(", until {}", moment(end, zone)));
        }
        if !figures.debt.is_zero() {
            let debt = show(figures.debt.atoms());
            text.push_str(&format!(", {debt} of what was spent is debt"));
        }
        if figures.over {
            text.push_str(", over");
        }
        fact("limit", text);
        fact("overage", position.overage.to_string());
    }
    let words = |words: Vec<String>| words.join(", ");
    fact("zone", zone.name().to_owned());
    fact("anchor", anchor.to_string());
    fact("on unknown", on_unknown.to_string());
    fact(
        "reserve",
        words(reserve.iter().map(ToString::to_string).collect()),
    );
    fact("caps", caps.to_string().replace('\n', " "));
    fact(
        "warn at",
        words(warn.iter().map(ToString::to_string).collect()),
    );
    fact("note", note.clone());
    lines.join("\n")
}
