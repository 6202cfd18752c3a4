//! aider, an agent for models of many providers. What it prints is rounded for people, so that it
//! is read only where that is asked for: it bounds a cost and does not tell it. Its log, where the
//! caller has it write one, is exact, as far as it goes.

use std::path::{Path, PathBuf};

use super::{Agent, Args};
use crate::usage::sessions::{self, Log, Places, Run};
use crate::usage::{Meter, Reading, Source};

mod stdout;

use stdout::Bounds;

/// The agent. It works with models of any provider.
pub(super) struct Aider;

const COMMITS: &str =
    "the agent counts no requests for the texts of its commits; --no-git makes none";
/// The option that names its log.
const LOG: &str = "--analytics-log";
/// Whatever the model, it leaves conversations of so many tokens alone.
const SHORT: u64 = 1024;

impl Agent for Aider {
    fn name(&self) -> &'static str {
        "aider"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["aider"]
    }

    fn stdout_meter(&self, args: Args<'_>) -> Box<dyn Meter> {
        let bounds = match (is_exact(args), has_no_repository(args)) {
            (false, _) => Bounds::Neither,
            (true, false) => Bounds::Least,
            (true, true) => Bounds::Both,
        };
        Box::new(stdout::Lines::new(bounds))
    }

    fn unwritten(&self, args: Args<'_>) -> Option<&'static str> {
        (!has_no_repository(args)).then_some(COMMITS)
    }

    fn keeps_files(&self, args: Args<'_>) -> bool {
        args.value(&[LOG]).is_some() && is_exact(args)
    }

    fn written(&self, args: Args<'_>, places: &Places, run: &Run<'_>) -> Reading {
        let named = args.value(&[LOG]).map(PathBuf::from);
        let Some(path) = named.or_else(|| places.directory("AIDER_ANALYTICS_LOG")) else {
            return Reading::Silent;
        };
        let log = Log {
            path: Path::new(&path),
            is_exact: is_exact(args),
            longest: longest(args),
        };
        sessions::log_reading(Source::new(self.name()), &log, run)
    }
}

/// Whether answers are not streamed. Of those that are, nobody tells it what they used.
fn is_exact(args: Args<'_>) -> bool {
    let mut options = args.options().collect::<Vec<_>>().into_iter().rev();
    options.find(|arg| matches!(*arg, "--stream" | "--no-stream")) == Some("--no-stream")
}

fn has_no_repository(args: Args<'_>) -> bool {
    args.has("--no-git")
}

/// How many tokens a conversation may have before another model sums it up.
fn longest(args: Args<'_>) -> u64 {
    let named = args.value(&["--max-chat-history-tokens"]);
    named.and_then(|count| count.parse().ok()).unwrap_or(SHORT)
}

#[cfg(test)]
mod tests;
