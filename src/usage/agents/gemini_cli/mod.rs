//! Gemini CLI, the agent of Google.

use super::messages::Messages;
use super::{Agent, Args};
use crate::usage::Meter;
use crate::usage::sessions::{self, Sessions};

pub(super) mod stats;
mod stdout;

/// The agent.
pub(super) struct GeminiCli;

/// What manages its settings.
const MANAGEMENT: [&str; 6] = ["extension", "extensions", "gemma", "hooks", "mcp", "skills"];

impl Agent for GeminiCli {
    fn name(&self) -> &'static str {
        "gemini-cli"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["gemini"]
    }

    fn is_at_work(&self, _: &str, args: Args<'_>) -> bool {
        !args.begins_with(&MANAGEMENT)
    }

    fn packages(&self) -> &'static [&'static str] {
        &["@google/gemini-cli"]
    }

    fn provider(&self) -> Option<&'static str> {
        Some("google")
    }

    fn reports_on_stdout(&self, args: Args<'_>) -> bool {
        prints_json(args)
    }

    fn report_option(&self, args: Args<'_>) -> Option<&'static str> {
        json_option(args)
    }

    fn stdout_meter(&self, _: Args<'_>) -> Box<dyn Meter> {
        Box::new(Messages::new(stdout::Tally::default()))
    }

    fn continues(&self, args: Args<'_>) -> bool {
        ["-r", "--resume"].iter().any(|name| args.has(name))
    }

    fn sessions(&self) -> Option<&'static dyn Sessions> {
        Some(&sessions::Chats)
    }
}

/// The option that asks for JSON, where it answers and ends.
pub(super) fn json_option(args: Args<'_>) -> Option<&'static str> {
    let prints = args.has("-p") || args.has("--prompt");
    prints.then_some("--output-format json")
}

/// Whether `--output-format` asks for JSON; `-o` is the same.
pub(super) fn prints_json(args: Args<'_>) -> bool {
    let format = args.value(&["-o", "--output-format"]);
    format.is_some_and(|format| format == "json" || format == "stream-json")
}

#[cfg(test)]
mod tests;
