//! `budget reprice`: corrects what was charged by a price table to what it costs by those of now.

mod recorded;

use serde_json::Value;

use crate::cli::Verb;
use crate::commands::shared::{JsonArgs, price_tables};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::calendar::{Since, Zone};
use crate::ledger::entry::{Entry, Seq};
use crate::ledger::name::{BudgetName, Names};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::{Reprice, Repriced};
use crate::render::human::{amount, moment};
use crate::render::table::{Column, numbers, table, table_within, words};
use crate::render::wire::{self, Change, RepricedCharge, Repricing};
use crate::ui::Ui;
use crate::usage::prices::Tables;
use recorded::{Priced, Recorded, recorded};

/// How many charges are read, and corrected, at once: others get their turn in between.
const AT_ONCE: u32 = 500;
/// How many corrected charges are shown at once.
const PAGE: usize = 1000;
const REFUNDED: &str = "some of it was refunded; what is left stays as it is";

/// Correct charges to the price tables of now
///
/// What was computed from a price table is computed anew, from the same tokens at the prices of the
/// same time, and an entry is added where it differs. Money that an agent reported or somebody
/// typed stays. A run that was unknown because its model had no price is corrected once it has one.
/// It is safe to repeat: what is corrected is not corrected again.
#[derive(Debug, clap::Args)]
pub(crate) struct RepriceArgs {
    /// Charges to these budgets and those below them
    #[arg(value_name = "NAME", required_unless_present = "all")]
    names: Vec<BudgetName>,
    /// Charges to every budget
    #[arg(long, conflicts_with = "names")]
    all: bool,
    /// Only what was charged since: 2026-11-01, or 7d for the last seven days
    #[arg(long, value_name = "WHEN")]
    since: Option<Since>,
    /// Only what was charged before
    #[arg(long, value_name = "WHEN")]
    until: Option<Since>,
    /// Only where a model was used whose name begins so
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Say what would be corrected, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    json: JsonArgs,
}

/// A charge whose usage has a price.
struct Due {
    request: Reprice,
    row: RepricedCharge,
}

/// When charges are looked at.
struct Span {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Verb for RepriceArgs {
    const NAME: &'static str = "reprice";
    const EXAMPLES: &'static str = "\
Examples:
  What would a newer table change, and then change it:
    budget prices import model_prices_and_context_window.json
    budget reprice --all --dry-run
    budget reprice --all
  Only what one team spent on one model this month:
    budget reprice team/web --model claude-opus --since 2026-11-01";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        cx.ledger_for(false)?.expect_known(&self.names)?;
        let mut done = Repricing {
            is_dry_run: self.dry_run,
            ..Repricing::default()
        };
        self.reprice(cx, &mut done)?;
        for (reason, count) in &done.left {
            cx.ui.warn(&format!("{count} left as charged: {reason}"));
        }
        if cx.ui.json {
            cx.ui.out(&wire::repriced(&done))?;
        } else {
            show_page(cx, &mut done, 1)?;
            cx.ui.out(&sums(&done))?;
        }
        Ok(Exit::Done)
    }
}

impl RepriceArgs {
    fn reprice(&self, cx: &mut Context, done: &mut Repricing) -> Result<()> {
        let (zone, now) = (cx.zone(), (crate::clock::sources().clock)().wall);
        let instant = |when: Option<Since>| when.map(|when| when.instant(zone, now));
        let span = Span {
            since: instant(self.since),
            until: instant(self.until),
        };
        let mut tables = price_tables(cx);
        let mut after = Seq(0);
        loop {
            let entries = cx.ledger_for(false)?.charges_with_usage(after, AT_ONCE)?;
            let Some(last) = entries.last() else {
                return Ok(());
            };
            after = last.seq;
            let due = self.due(&entries, &span, &mut tables, done);
            self.correct(cx, due, done)?;
            if !cx.ui.json {
                show_page(cx, done, PAGE)?;
            }
        }
    }

    /// The charges among entries that are asked for, with what they cost now.
    fn due(
        &self,
        entries: &[Entry],
        span: &Span,
        tables: &mut Tables,
        done: &mut Repricing,
    ) -> Vec<Due> {
        let mut due = Vec::new();
        for entry in entries.iter().filter(|entry| self.is_named(entry)) {
            let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
            let at = time_of(entry, &detail);
            if !span.holds(at) || !self.has_model(&detail) {
                continue;
            }
            let used = match recorded(entry, &detail) {
                Recorded::NotPriced => continue,
                Recorded::Left(reason) => {
                    leave(done, reason.to_owned());
                    continue;
                }
                Recorded::Usage(used) => used,
            };
            let models = used.models().into_iter().map(str::to_owned).collect();
            match used.price(tables) {
                Ok(priced) => due.push(Due::of(entry, at, (models, used.was), priced)),
                Err(reason) => leave(done, reason),
            }
        }
        due
    }

    /// Corrects those that do not stand at what they cost: looked at first, which holds up nobody.
    fn correct(&self, cx: &mut Context, due: Vec<Due>, done: &mut Repricing) -> Result<()> {
        let ledger = cx.ledger_for(false)?;
        let requests = |due: &[Due]| due.iter().map(|d| d.request.clone()).collect::<Vec<_>>();
        let would = ledger.would_reprice(&requests(&due))?;
        let mut differing = Vec::new();
        for (due, outcome) in due.into_iter().zip(would) {
            match outcome {
                Repriced::Corrected { .. } if !self.dry_run => differing.push(due),
                outcome => due.take_down(outcome, done),
            }
        }
        if differing.is_empty() {
            return Ok(());
        }
        let outcomes = ledger.reprice(&requests(&differing))?;
        for (due, outcome) in differing.into_iter().zip(outcomes) {
            due.take_down(outcome, done);
        }
        Ok(())
    }

    /// Whether an entry is of a budget that is asked for.
    fn is_named(&self, entry: &Entry) -> bool {
        let within = |names: &Names| {
            let mut asked = self.names.iter();
            asked.any(|asked| names.any_within(asked))
        };
        self.all || Names::from_stored(&entry.budgets).is_some_and(|names| within(&names))
    }

    /// Whether a model was used that is asked for.
    fn has_model(&self, detail: &Value) -> bool {
        let Some(asked) = &self.model else {
            return true;
        };
        let usage = detail.get("usage");
        let several = usage.and_then(|usage| usage.get("models")?.as_array());
        let mut groups = several.into_iter().flatten().chain(usage);
        let name = |group: &Value| Some(group.get("model")?.as_str()?.starts_with(asked));
        groups.any(|group| name(group) == Some(true))
    }
}

impl Due {
    fn of(
        entry: &Entry,
        at: Timestamp,
        (models, was): (Vec<String>, Value),
        priced: Priced,
    ) -> Self {
        Self {
            row: RepricedCharge {
                charge: entry.of.unwrap_or(entry.seq).0,
                entry: None,
                at,
                budgets: entry.budgets.clone(),
                models,
                tables: priced.tables,
                figures: Change::of(priced.cost, priced.cost),
            },
            request: Reprice {
                usage: entry.seq,
                cost: priced.cost,
                was,
                is: priced.is,
            },
        }
    }

    fn take_down(self, outcome: Repriced, done: &mut Repricing) {
        match outcome {
            Repriced::Same => done.same = done.same.saturating_add(1),
            Repriced::Refunded => leave(done, REFUNDED.to_owned()),
            Repriced::Corrected { before, entry } => done.change(RepricedCharge {
                entry: entry.map(|seq| seq.0),
                figures: Change::of(before, self.request.cost),
                ..self.row
            }),
        }
    }
}

impl Span {
    fn holds(&self, at: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= at) && self.until.is_none_or(|until| at < until)
    }
}

fn leave(done: &mut Repricing, reason: String) {
    let count = done.left.entry(reason).or_default();
    *count = count.saturating_add(1);
}

/// When it was charged: what was imported, when it was answered.
fn time_of(entry: &Entry, detail: &Value) -> Timestamp {
    let imported = detail.pointer("/imported/at").and_then(Value::as_str);
    let imported = imported.and_then(|at| Timestamp::parse_rfc3339(at).ok());
    imported.unwrap_or(entry.at)
}

/// Shows people the charges that were corrected and not shown yet, where they are so many: what was
/// corrected is told also of a command that is interrupted.
fn show_page(cx: &Context, done: &mut Repricing, at_least: usize) -> Result<()> {
    if done.changed.len() < at_least {
        return Ok(());
    }
    let rows: Vec<_> = done.changed.drain(..).map(|charge| row(&charge)).collect();
    cx.ui
        .out(&table_within(&CHARGES, &rows, Ui::line_width(&cx.env)))
}

/// What was done in all, for people.
fn sums(done: &Repricing) -> String {
    let corrected = if done.is_dry_run {
        "would correct"
    } else {
        "corrected"
    };
    let counts = format!(
        "{corrected} {}; {} as charged, {} left",
        charges(done.count),
        done.same,
        done.left.values().sum::<usize>()
    );
    if done.count == 0 {
        return counts;
    }
    let budgets = done.budgets.iter();
    let budgets: Vec<_> = budgets
        .map(|(name, (count, change))| {
            let [was, now, difference] = figures(*change);
            vec![name.clone(), count.to_string(), was, now, difference]
        })
        .collect();
    format!("\n{}\n\n{counts}", table(&BUDGETS, &budgets))
}

const CHARGES: [Column; 6] = [
    numbers("ENTRY"),
    words("WHEN"),
    numbers("WAS"),
    numbers("NOW"),
    numbers("CHANGE"),
    words("MODEL"),
];

const BUDGETS: [Column; 5] = [
    words("BUDGET"),
    numbers("CHARGES"),
    numbers("WAS"),
    numbers("NOW"),
    numbers("CHANGE"),
];

fn row(charge: &RepricedCharge) -> Vec<String> {
    let [was, now, difference] = figures(charge.figures);
    let at = moment(charge.at, &Zone::utc());
    vec![
        charge.charge.to_string(),
        // To the minute, without its zone.
        at.get(..16).unwrap_or(&at).to_owned(),
        was,
        now,
        difference,
        crate::render::sanitize::line(&charge.models.join(", ")).into_owned(),
    ]
}

fn figures(change: Change) -> [String; 3] {
    let difference = change.difference();
    let sign = if difference > 0 { "+" } else { "" };
    [
        amount(change.before, &Unit::Usd),
        amount(change.after, &Unit::Usd),
        format!("{sign}{}", amount(difference, &Unit::Usd)),
    ]
}

fn charges(count: usize) -> String {
    format!("{count} {}", if count == 1 { "charge" } else { "charges" })
}
