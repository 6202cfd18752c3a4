//! goose, an agent for models of many providers. It prints no figures, and keeps them.

use super::{Agent, Args};
use crate::usage::sessions::{self, Sessions};

const NAME: &str =
    "the agent had a name made for its session, which it does not write down; --name gives one";

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

    fn unwritten(&self, args: Args<'_>) -> Option<&'static str> {
        args.value(&["-n", "--name"]).is_none().then_some(NAME)
    }

    fn sessions(&self) -> Option<&'static dyn Sessions> {
        Some(&sessions::UsageLedger)
    }
}
