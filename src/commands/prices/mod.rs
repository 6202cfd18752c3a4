mod diff;
mod import;
mod json;
mod list;
mod show;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::SystemTime;

use crate::cli::Verb;
use crate::clock;
use crate::commands::shared::{OLD_DAYS, price_directory, table_age};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::calendar::Zone;
use crate::ledger::timestamp::Timestamp;
use crate::usage::prices::{Import, TableInfo};

/// Look at the price table, and bring another one
///
/// Prices are looked up in your own table, then in an imported one, then in the one that is part
/// of this program. Nothing is ever fetched.
#[derive(Debug, clap::Args)]
pub(crate) struct PricesArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Show(show::ShowArgs),
    List(list::ListArgs),
    Import(import::ImportArgs),
    Diff(diff::DiffArgs),
}

const EXAMPLES: &str = "\
Examples:
  What does a model cost, and what did it cost in March?
    budget prices show claude-opus-5
    budget prices show claude-opus-4-6 --at 2026-03-01
  Bring a newer table, or prices of your own:
    budget prices diff model_prices_and_context_window.json
    budget prices import model_prices_and_context_window.json
    budget prices import my-models.toml";

impl Verb for PricesArgs {
    const NAME: &'static str = "prices";
    const EXAMPLES: &'static str = EXAMPLES;

    fn wants_json(&self) -> bool {
        match &self.what {
            What::Show(args) => args.json.json,
            What::List(args) => args.json.json,
            What::Import(args) => args.json.json,
            What::Diff(args) => args.json.json,
        }
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        match self.what {
            What::Show(args) => args.run(cx),
            What::List(args) => args.run(cx),
            What::Import(args) => args.run(cx),
            What::Diff(args) => args.run(cx),
        }
    }
}

/// A day, or an instant.
#[derive(Debug, Clone, Copy)]
struct When(Timestamp);

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let day = format!("{text}T00:00:00Z");
        let found = Timestamp::parse_rfc3339(&day).or_else(|_| Timestamp::parse_rfc3339(text));
        found
            .map(Self)
            .map_err(|_| "a day is written 2026-03-13, an instant 2026-03-13T09:00:00Z".to_owned())
    }
}

/// A time, and now where none is given.
struct Moments {
    now: Timestamp,
    at: Timestamp,
}

impl Moments {
    fn of(at: Option<When>) -> Self {
        let now = (clock::sources().clock)().wall;
        let at = at.map_or(now, |at| at.0);
        Self { now, at }
    }

    fn system(&self) -> SystemTime {
        self.at.to_system()
    }

    fn text(&self) -> String {
        self.at.to_rfc3339(&Zone::utc()).unwrap_or_default()
    }

    /// Today, `2026-11-21`.
    fn today(&self) -> String {
        let now = self.now.to_rfc3339(&Zone::utc()).unwrap_or_default();
        now.split('T').next().unwrap_or_default().to_owned()
    }

    /// How many days old a table is.
    fn days_since(&self, table: &TableInfo) -> Option<i64> {
        table_age(table, self.now)
    }

    /// Whether a table is so old that its prices may have changed.
    fn is_old(&self, table: &TableInfo) -> bool {
        self.days_since(table).is_some_and(|days| days > OLD_DAYS)
    }
}

/// Says which tables are old.
fn say_old<'a>(cx: &Context, moments: &Moments, tables: impl IntoIterator<Item = &'a TableInfo>) {
    for table in tables {
        if let Some(days) = moments.days_since(table).filter(|days| *days > OLD_DAYS) {
            cx.ui.warn(&format!(
                "the price table {} is {days} days old; `budget prices import FILE` takes another",
                table.id
            ));
        }
    }
}

/// The table in a file.
fn read(path: &Path, moments: &Moments) -> Result<Import> {
    const LARGEST: u64 = 64 << 20;
    let bad = |why: &dyn std::fmt::Display| unusable(&format!("{}: {why}", path.display()));
    let size = std::fs::metadata(path).map_err(|why| bad(&why))?.len();
    if size > LARGEST {
        return Err(bad(&"larger than 64 MiB"));
    }
    let text = std::fs::read_to_string(path).map_err(|why| bad(&why))?;
    let is_toml = path
        .extension()
        .is_some_and(|extension| extension == "toml");
    Import::read(&text, is_toml, &moments.today()).map_err(|why| bad(&why))
}

/// A price table that cannot be used.
fn unusable(why: &str) -> Error {
    Error::new(Exit::Config, "bad_prices", why)
}

/// Where tables are kept, for a command that keeps one.
fn directory(cx: &Context) -> Result<PathBuf> {
    cx.path()?;
    price_directory(cx).ok_or_else(|| Error::usage("--ledger has no directory"))
}
