//! opencode, an agent for models of many providers.

use super::messages::Messages;
use super::{Agent, Args};
use crate::usage::Meter;
use crate::usage::sessions::{self, Sessions};

pub(in crate::usage) mod counts;
mod stdout;

/// The agent. It works with models of any provider.
pub(super) struct Opencode;

/// What manages its settings and its records.
const MANAGEMENT: [&str; 12] = [
    "agent",
    "auth",
    "completion",
    "db",
    "debug",
    "export",
    "import",
    "mcp",
    "models",
    "stats",
    "uninstall",
    "upgrade",
];

impl Agent for Opencode {
    fn name(&self) -> &'static str {
        "opencode"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["opencode"]
    }

    fn is_at_work(&self, _: &str, args: Args<'_>) -> bool {
        !args.begins_with(&MANAGEMENT)
    }

    fn packages(&self) -> &'static [&'static str] {
        &["opencode-ai"]
    }

    fn reports_on_stdout(&self, args: Args<'_>) -> bool {
        args.value(&["--format"]) == Some("json")
    }

    fn report_option(&self, args: Args<'_>) -> Option<&'static str> {
        runs(args).then_some("--format json")
    }

    fn stdout_meter(&self, args: Args<'_>) -> Box<dyn Meter> {
        let has_title = args.has("--title") || self.continues(args);
        let model = args.value(&["-m", "--model"]);
        let (provider, model) = model.and_then(|both| both.split_once('/')).unzip();
        Box::new(Messages::new(stdout::Tally::new(stdout::Started {
            has_title,
            provider: provider.map(str::to_owned),
            model: model.map(str::to_owned),
        })))
    }

    fn continues(&self, args: Args<'_>) -> bool {
        let goes_on = ["-c", "--continue", "-s", "--session"];
        goes_on.iter().any(|name| args.has(name))
    }

    fn unwritten(&self, args: Args<'_>) -> Option<&'static str> {
        // Who talks to it on a terminal may begin another session at any time.
        let has_title = runs(args) && (args.has("--title") || self.continues(args));
        (!has_title).then_some(stdout::TITLE)
    }

    fn sessions(&self) -> Option<&'static dyn Sessions> {
        Some(&sessions::Storage)
    }
}

/// Whether it answers and ends.
fn runs(args: Args<'_>) -> bool {
    args.options().any(|arg| arg == "run")
}

#[cfg(test)]
mod tests;
