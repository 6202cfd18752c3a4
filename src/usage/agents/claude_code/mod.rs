//! Claude Code, the agent of Anthropic.

use super::{Agent, Args};
use crate::usage::sessions::{self, Sessions};
use crate::usage::wire::Fault;
use crate::usage::{Meter, Report};
pub use status::{AgentStatus, read_status};

mod result;
mod status;
mod stdout;

/// The agent.
pub(super) struct ClaudeCode;

impl Agent for ClaudeCode {
    fn name(&self) -> &'static str {
        "claude-code"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["claude"]
    }

    fn packages(&self) -> &'static [&'static str] {
        &["@anthropic-ai/claude-code"]
    }

    fn is_at_work(&self, _: &str, args: Args<'_>) -> bool {
        // What manages it asks no model; everything else is a prompt.
        const MANAGES: [&str; 11] = [
            "agents",
            "auth",
            "config",
            "doctor",
            "install",
            "mcp",
            "migrate-installer",
            "plugin",
            "setup-token",
            "update",
            "upgrade",
        ];
        !args.begins_with(&MANAGES) && !args.options().any(|arg| arg == "-v")
    }

    fn provider(&self) -> Option<&'static str> {
        Some("anthropic")
    }

    fn cap_options(&self, args: Args<'_>, usd: &str) -> Option<Vec<String>> {
        // It checks its running estimate after each answer, in print mode only.
        let is_told = args.has(MAX_BUDGET);
        (prints(args) && !is_told).then(|| vec![MAX_BUDGET.to_owned(), usd.to_owned()])
    }

    fn reports_on_stdout(&self, args: Args<'_>) -> bool {
        // The last one wins; without a terminal, print mode needs no `--print`.
        let format = args.value(&["--output-format"]);
        format.is_some_and(|format| format == "json" || format == "stream-json")
    }

    fn report_option(&self, args: Args<'_>) -> Option<&'static str> {
        prints(args).then_some("--output-format json")
    }

    fn stdout_meter(&self, args: Args<'_>) -> Box<dyn Meter> {
        stdout::meter(continues(args))
    }

    fn script_meter(&self, args: Args<'_>) -> Box<dyn Meter> {
        stdout::script_meter(continues(args))
    }

    fn is_interactive(&self, args: Args<'_>) -> bool {
        !prints(args)
    }

    fn continues(&self, args: Args<'_>) -> bool {
        continues(args)
    }

    fn sessions(&self) -> Option<&'static dyn Sessions> {
        Some(&sessions::Transcripts)
    }
}

/// The option that stops a run at so many dollars, since 2.0.28.
const MAX_BUDGET: &str = "--max-budget-usd";

/// Whether it answers and ends: `--print`, `-p`, or other short options bundled behind it.
fn prints(args: Args<'_>) -> bool {
    let is_short = |arg: &str| {
        let rest = arg.strip_prefix("-p");
        rest.is_some_and(|rest| !rest.starts_with('='))
    };
    args.has("--print") || args.options().any(is_short)
}

/// The totals of a process, from an object like its `result`.
pub(in crate::usage) fn read_totals(result: &[u8]) -> Result<Report, Fault> {
    result::read(result)
}

/// Whether the run continues an earlier conversation, whose cost its totals may contain.
fn continues(args: Args<'_>) -> bool {
    let long = ["--resume", "--continue", "--from-pr", "--teleport"];
    long.iter().any(|name| args.has(name)) || args.options().any(short_cluster)
}

/// Whether short options bundled in one argument (`-pc`) contain `-c` or `-r`.
fn short_cluster(arg: &str) -> bool {
    // Behind an option that takes a value, the rest is that value.
    let mut flags = arg.strip_prefix('-').unwrap_or_default().chars();
    flags
        .find(|flag| *flag != 'p')
        .is_some_and(|flag| flag == 'c' || flag == 'r')
}

#[cfg(test)]
mod tests;
