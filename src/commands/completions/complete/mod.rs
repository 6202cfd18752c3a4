//! What a shell asks to complete a line: budgets, open reservations, charges, limits. Whatever is
//! known without the ledger is in the shell's own script. It never writes, waits for nothing, and
//! says nothing where it cannot tell.

mod place;

use std::path::PathBuf;

use crate::cli::Verb;
use crate::commands::verb;
use crate::context::Context;
use crate::env;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::Ledger;
use crate::ledger::budget::{BudgetState, Standing};
use crate::ledger::entry::{Entry, EntryKind};
use crate::ledger::name::BudgetName;
use crate::ledger::reservation::{Reservation, State};
use crate::ledger::store::{EntryFilter, ReservationFilter, Which};
use crate::render::human::quantity;
use crate::render::sanitize::line;

pub(super) use place::Kind;
use place::{Line, Place, Typed};

/// The most that is offered; a list that is longer helps nobody.
const MOST: usize = 500;
/// How many charges `refund` is offered, the latest first.
const CHARGES: usize = 20;

/// Complete a line for a shell
#[derive(Debug, clap::Args)]
pub(crate) struct CompleteArgs {
    /// The words typed, without the program's own, up to the cursor
    #[arg(last = true)]
    words: Vec<String>,
}

/// A word that may stand there, and what it is.
struct Candidate {
    word: String,
    about: String,
}

impl Verb for CompleteArgs {
    const NAME: &'static str = "__complete";

    /// The first line says what stands at the cursor: one of the `values` that follow, a `command`
    /// to run, or something `other`, which the shell's script knows.
    fn run(self, cx: &mut Context) -> Result<Exit> {
        let words: Vec<_> = self.words.iter().map(|word| bare(word)).collect();
        let Some((verb, tree)) = verb_of(&words) else {
            return cx.ui.out("other").map(|()| Exit::Done);
        };
        let found = place::of(&tree, &words);
        let text = match &found.place {
            Place::Command => "command".to_owned(),
            Place::Other => "other".to_owned(),
            Place::Value(kind) => {
                let known =
                    ledger_of(&found, cx).and_then(|ledger| known(*kind, verb, &found, &ledger));
                shown(known.unwrap_or_default(), &found.typed)
            }
        };
        cx.ui.out(&text).map(|()| Exit::Done)
    }
}

/// The verb of a line, and the part of the command line that it is.
fn verb_of(words: &[String]) -> Option<(&'static str, clap::Command)> {
    let mut root = crate::cli::root();
    root.build();
    let name = words.get(place::first_free(&root, words)?)?;
    let verb = verb(name).filter(|verb| verb.name != CompleteArgs::NAME)?;
    let mut tree = crate::cli::root().subcommand((verb.build)());
    tree.build();
    Some((verb.name, tree))
}

/// The ledger that the line is about. Neither made nor waited for.
fn ledger_of(line: &Line, cx: &Context) -> Option<Ledger> {
    let named = line
        .option("ledger")
        .map(|typed| match typed.strip_prefix("~/") {
            Some(rest) => env::var("HOME").map_or_else(
                || PathBuf::from(typed),
                |home| PathBuf::from(home).join(rest),
            ),
            None => PathBuf::from(typed),
        });
    cx.open_at_once(named).ok().flatten()
}

/// What may stand there.
fn known(kind: Kind, verb: &str, line: &Line, ledger: &Ledger) -> Option<Vec<Candidate>> {
    Some(match kind {
        Kind::NewBudget => Vec::new(),
        Kind::Budget | Kind::Budgets => {
            let budgets = ledger.budgets(false).ok()?;
            let fits = |standing: &&Standing| match verb {
                "unfreeze" => standing.budget.state == BudgetState::Frozen,
                "freeze" => standing.budget.state != BudgetState::Frozen,
                _ => true,
            };
            budgets.iter().filter(fits).map(budget).collect()
        }
        Kind::Reservation => {
            let mut found = reservations(ledger, Which::In(State::Open));
            // What nobody accounted for waits for its late settlement.
            if matches!(verb, "commit" | "release" | "log") {
                found.extend(reservations(ledger, Which::Unknown));
            }
            found.iter().map(reservation).collect()
        }
        Kind::Limit => {
            let name = line.value("name")?.parse::<BudgetName>().ok()?;
            let budgets = ledger.overview(Some(&name)).ok()?.standings;
            let positions = &budgets.first()?.positions;
            let limit = |position: &crate::ledger::limit::Position| {
                let spec = position.spec();
                Candidate {
                    word: spec.key.to_string(),
                    about: spec.to_string(),
                }
            };
            positions.iter().map(limit).collect()
        }
        Kind::Charge => {
            let filter = EntryFilter {
                within: None,
                reservation: None,
                after: None,
                last: Some(200),
            };
            let entries = ledger.entries(&filter).ok()?;
            let charges = entries.iter().rev().filter(|entry| is_charge(entry));
            charges.take(CHARGES).map(charge).collect()
        }
    })
}

fn budget(standing: &Standing) -> Candidate {
    let left = standing.positions.iter().map(|position| {
        let left = quantity(position.figures.available().atoms(), &position.key.unit);
        format!("{left} left of {}", position.spec())
    });
    let left: Vec<_> = left.collect();
    let frozen = (standing.budget.state == BudgetState::Frozen).then(|| "frozen".to_owned());
    let about: Vec<_> = frozen.into_iter().chain(left).collect();
    Candidate {
        word: standing.budget.name.to_string(),
        about: about.join(", "),
    }
}

fn reservations(ledger: &Ledger, which: Which) -> Vec<Reservation> {
    let filter = ReservationFilter {
        which,
        within: None,
    };
    ledger.reservations(&filter).unwrap_or_default()
}

fn reservation(found: &Reservation) -> Candidate {
    let amounts = found
        .stakes
        .iter()
        .map(|stake| quantity(stake.reserved.atoms(), &stake.unit));
    let unknown = found.unknown.then(|| "unknown".to_owned());
    let about: Vec<_> = [found.names.to_string()]
        .into_iter()
        .chain(amounts)
        .chain(unknown)
        .collect();
    Candidate {
        word: found.id.to_string(),
        about: about.join(", "),
    }
}

fn is_charge(entry: &Entry) -> bool {
    use EntryKind::{Committed, Corrected, Expired, Spent};
    matches!(entry.kind, Committed | Corrected | Expired | Spent)
}

fn charge(entry: &Entry) -> Candidate {
    let amounts = entry
        .amounts
        .iter()
        .map(|q| quantity(q.amount.atoms(), &q.unit));
    let about: Vec<_> = [entry.budgets.clone()].into_iter().chain(amounts).collect();
    Candidate {
        word: entry.seq.0.to_string(),
        about: about.join(", "),
    }
}

/// The answer: what fits what was typed, each with what stood before it in the same word.
fn shown(candidates: Vec<Candidate>, typed: &Typed) -> String {
    let fits = |candidate: &Candidate| {
        let (word, part) = (&candidate.word, &typed.part);
        word.starts_with(part) || (typed.by_tail && part.len() >= 4 && word.ends_with(part))
    };
    let mut text = "values\n".to_owned();
    for Candidate { word, about } in candidates.into_iter().filter(fits).take(MOST) {
        let (word, about) = (line(&word), line(&about));
        text.push_str(&format!("{}{word}\t{about}\n", typed.before));
    }
    text
}

/// A word without the quotes that a shell may leave in it.
fn bare(word: &str) -> String {
    word.chars()
        .filter(|c| !matches!(c, '"' | '\'' | '\\'))
        .collect()
}
