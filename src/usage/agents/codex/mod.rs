//! Codex, the agent of OpenAI.

use super::messages::Messages;
use super::{Agent, Args};
use crate::usage::Meter;
use crate::usage::sessions::{self, Sessions};

mod stdout;

/// The agent.
pub(super) struct Codex;

/// What manages its settings and its records.
const MANAGEMENT: [&str; 13] = [
    "apply",
    "archive",
    "completion",
    "debug",
    "delete",
    "doctor",
    "features",
    "login",
    "logout",
    "mcp",
    "plugin",
    "unarchive",
    "update",
];

impl Agent for Codex {
    fn name(&self) -> &'static str {
        "codex"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["codex"]
    }

    fn is_at_work(&self, _: &str, args: Args<'_>) -> bool {
        !args.begins_with(&MANAGEMENT)
    }

    fn packages(&self) -> &'static [&'static str] {
        &["@openai/codex"]
    }

    fn provider(&self) -> Option<&'static str> {
        Some("openai")
    }

    fn reports_on_stdout(&self, args: Args<'_>) -> bool {
        runs(args) && (args.has("--json") || args.has("--experimental-json"))
    }

    fn report_option(&self, args: Args<'_>) -> Option<&'static str> {
        runs(args).then_some("--json")
    }

    fn stdout_meter(&self, args: Args<'_>) -> Box<dyn Meter> {
        let model = args.value(&["-m", "--model"]).map(str::to_owned);
        Box::new(Messages::new(stdout::Tally::new(stdout::Started {
            continued: self.continues(args),
            model: model.or_else(|| config(args, "model")),
            provider: local_provider(args).or_else(|| config(args, "model_provider")),
            service_tier: config(args, "service_tier"),
        })))
    }

    fn continues(&self, args: Args<'_>) -> bool {
        args.options().any(|arg| arg == "resume" || arg == "fork")
    }

    fn sessions(&self) -> Option<&'static dyn Sessions> {
        Some(&sessions::Rollouts)
    }
}

/// Whether it answers and ends.
fn runs(args: Args<'_>) -> bool {
    args.options().any(|arg| arg == "exec" || arg == "e")
}

/// Who serves models of one's own machine, where they are asked for.
fn local_provider(args: Args<'_>) -> Option<String> {
    let named = args.value(&["--local-provider"]);
    args.has("--oss")
        .then(|| named.unwrap_or("ollama").to_owned())
}

/// The last `-c name=value`, where the value is TOML text or what stands for it.
fn config(args: Args<'_>, name: &str) -> Option<String> {
    let mut due = false;
    let settings = args.options().filter_map(|arg| {
        if std::mem::take(&mut due) {
            return Some(arg);
        }
        due = arg == "-c" || arg == "--config";
        arg.strip_prefix("--config=")
            .or_else(|| arg.strip_prefix("-c"))
    });
    let values = settings.filter_map(|setting| setting.strip_prefix(name)?.strip_prefix('='));
    values
        .last()
        .map(|value| value.trim_matches(['"', '\'']).to_owned())
}

#[cfg(test)]
mod tests;
