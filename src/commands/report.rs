mod file;
mod focus;
mod page;

use std::path::PathBuf;

use clap::{ArgGroup, ValueEnum};

use crate::cli::Verb;
use crate::clock;
use crate::commands::shared::JsonArgs;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::calendar::{Anchor, Since, Zone};
use crate::ledger::name::BudgetName;
use crate::ledger::verbs::report::{Ask, By, Report};
use crate::render::report::{View, csv, html, markdown, table};
use crate::render::wire;
use crate::ui::Ui;
use crate::usage::agent_of_program;

/// Show what was spent: by time, by what it was for, or both
///
/// Every charge is in exactly one row, so that the rows add up to the total. A day is one of the
/// budget's zone, as it is for its limits. UNKNOWN is the part of SPENT that was charged because
/// nobody said what it cost; NOTIONAL is what a subscription covered, and is not in SPENT. Money is
/// rounded for people; JSON and CSV are exact.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("form").args(["json", "csv", "markdown", "format", "html"]))]
pub(crate) struct ReportArgs {
    /// Only this budget and those below it
    name: Option<BudgetName>,
    /// What makes a row: hour, day, week, month, year, budget, model, provider, agent, project,
    /// session or tag:KEY; may repeat, or be several, like agent,model, the coarsest first
    /// [default: day]
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    by: Vec<By>,
    /// From this day or instant on, like 2026-11-01, or so long ago, like 7d
    #[arg(long, value_name = "WHEN")]
    since: Option<Since>,
    /// Up to this day, which is part of it, or to an instant
    #[arg(long, value_name = "WHEN")]
    until: Option<Since>,
    /// The zone of the days [default: the budget's, else the system's]
    #[arg(long, value_name = "ZONE")]
    tz: Option<Zone>,
    #[command(flatten)]
    json: JsonArgs,
    /// Print rows as CSV, with exact figures
    #[arg(long)]
    csv: bool,
    /// Print a Markdown table
    #[arg(long)]
    markdown: bool,
    /// Print it in this form
    #[arg(long, value_name = "FORM")]
    format: Option<Format>,
    /// Write one page with charts, which needs no network, to a file, or to stdout for `-`
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for people.
    Table,
    /// The same as --json.
    Json,
    /// The same as --csv.
    Csv,
    /// The same as --markdown.
    Markdown,
    /// Every charge as CSV in the columns of FOCUS, the FinOps specification of billing data
    Focus,
}

impl Verb for ReportArgs {
    const NAME: &'static str = "report";
    const EXAMPLES: &'static str = "\
Examples:
  budget report
  budget report me --by month --by model
  budget report --by agent --since 7d
  budget report team --by day --since 2026-11-01 --until 2026-11-30 --csv
  budget report team --since 30d --html report.html
  budget report --since 2026-11-01 --format focus >focus.csv";

    fn wants_json(&self) -> bool {
        self.form() == Format::Json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        self.expect_distinct()?;
        if let Some(path) = &self.html {
            let text = html(&self.page(cx)?);
            return if path.as_os_str() == "-" {
                cx.ui.out(&text).map(|()| Exit::Done)
            } else {
                file::write(path, &text).map(|()| Exit::Done)
            };
        }
        if self.form() == Format::Focus {
            return self.focus(cx).map(|()| Exit::Done);
        }
        let view = self.view(cx)?;
        let text = match self.form() {
            Format::Json => wire::report(&view),
            Format::Csv => csv(&view),
            Format::Markdown => markdown(&view),
            Format::Table | Format::Focus => table(&view, &cx.ui.styles, Ui::width(&cx.env)),
        };
        if view.report.rows.is_empty() {
            cx.ui.note("nothing was charged");
        }
        cx.ui.out(&text).map(|()| Exit::Done)
    }
}

impl ReportArgs {
    fn form(&self) -> Format {
        let said = [
            (self.json.json, Format::Json),
            (self.csv, Format::Csv),
            (self.markdown, Format::Markdown),
        ];
        let said = said.into_iter().find(|(is_said, _)| *is_said);
        let said = said.map(|(_, form)| form).or(self.format);
        said.unwrap_or(Format::Table)
    }

    fn ask(&self, cx: &mut Context) -> Result<Ask> {
        let (zone, anchor) = self.calendar(cx)?;
        let now = (clock::sources().clock)().wall;
        let by = if self.by.is_empty() {
            vec![By::Day]
        } else {
            self.by.clone()
        };
        Ok(Ask {
            by,
            within: self.name.clone(),
            since: self.since.map(|since| since.instant(zone, now)),
            until: self.until.map(|until| until.end(zone, now)),
            zone,
            anchor,
            agent_of: agent_of_program,
        })
    }

    fn view(&self, cx: &mut Context) -> Result<View> {
        let ask = self.ask(cx)?;
        let view = self.view_of(&ask);
        let report = match self.name {
            None if cx.existing()?.is_none() => Report::default(),
            _ => cx.ledger_for(false)?.report(ask)?,
        };
        Ok(View { report, ..view })
    }

    /// A view of what is asked, without rows.
    fn view_of(&self, ask: &Ask) -> View {
        View {
            report: Report::default(),
            by: ask.by.clone(),
            budget: self.name.as_ref().map(ToString::to_string),
            zone: ask.zone,
            since: ask.since,
            until: ask.until,
        }
    }

    fn expect_distinct(&self) -> Result<()> {
        let mut seen = Vec::new();
        for by in &self.by {
            if seen.contains(&by) {
                return Err(Error::usage(format!("--by {by} is given twice")));
            }
            seen.push(by);
        }
        Ok(())
    }

    /// The calendar of the budget, or the one that all budgets have; else that of new ones.
    fn calendar(&self, cx: &mut Context) -> Result<(Zone, Anchor)> {
        let of_budgets = match cx.existing()? {
            Some(ledger) => ledger.calendar_of(self.name.as_ref())?,
            None => None,
        };
        let (zone, anchor) = of_budgets.unwrap_or_else(|| (cx.zone(), Anchor::default()));
        Ok((self.tz.unwrap_or(zone), anchor))
    }
}
