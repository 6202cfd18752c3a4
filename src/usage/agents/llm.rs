//! `llm`, a program that asks one model one thing. It prints figures for people only, on the
//! standard error, and logs them.

use super::{Agent, Args};
use crate::usage::sessions::{self, Places, Run, Sessions};
use crate::usage::{Reading, Source};

/// The agent.
pub(super) struct Llm;

/// What manages its settings and its records.
const MANAGEMENT: [&str; 16] = [
    "aliases",
    "collections",
    "fragments",
    "install",
    "keys",
    "logs",
    "models",
    "openai",
    "plugins",
    "schemas",
    "similar",
    "templates",
    "tools",
    "uninstall",
    "--help",
    "--version",
];

impl Agent for Llm {
    fn name(&self) -> &'static str {
        "llm"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["llm"]
    }

    fn is_at_work(&self, _: &str, args: Args<'_>) -> bool {
        !args.begins_with(&MANAGEMENT)
    }

    fn continues(&self, args: Args<'_>) -> bool {
        let goes_on = ["-c", "--continue", "--cid", "--conversation"];
        goes_on.iter().any(|name| args.has(name))
    }

    fn sessions(&self) -> Option<&'static dyn Sessions> {
        Some(&sessions::Logs)
    }

    fn keeps_files(&self, args: Args<'_>) -> bool {
        !logs_elsewhere(args)
    }

    fn written(&self, args: Args<'_>, places: &Places, run: &Run<'_>) -> Reading {
        if logs_elsewhere(args) {
            return Reading::Silent;
        }
        sessions::reading(Source::new(self.name()), &sessions::Logs, places, run)
    }
}

/// Whether it writes nothing down, or not where it is looked for: what is found there is another's.
fn logs_elsewhere(args: Args<'_>) -> bool {
    let options = ["-n", "--no-log", "-d", "--database"];
    options.iter().any(|name| args.has(name))
}
