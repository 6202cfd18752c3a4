//! goose, an agent for models of many providers. It prints no figures, and keeps them.

use super::{Agent, Args};
use crate::usage::sessions::{self, Sessions};

/// The agent.
pub(super) struct Goose;

impl Agent for Goose {
    fn name(&self) -> &'static str {
        "goose"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["goose"]
    }

    fn is_at_work(&self, _: &str, args: Args<'_>) -> bool {
        // A program that migrates databases has the name too.
        args.begins_with(&["run", "session", "s"])
    }

    fn continues(&self, args: Args<'_>) -> bool {
        ["-r", "--resume"].iter().any(|name| args.has(name))
    }

    fn sessions(&self) -> Option<&'static dyn Sessions> {
        Some(&sessions::UsageLedger)
    }
}
