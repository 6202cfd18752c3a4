//! GitHub's Copilot CLI. What it prints names premium requests, neither tokens nor money; its own
//! records name tokens.

use super::{Agent, Args};
use crate::usage::sessions::{self, Sessions};

/// The agent.
pub(super) struct Copilot;

impl Agent for Copilot {
    fn name(&self) -> &'static str {
        "copilot"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["copilot"]
    }

    fn is_at_work(&self, _: &str, args: Args<'_>) -> bool {
        // The command lines of other clouds have a program of that name.
        let verb = args.options().next();
        verb.is_none_or(|verb| verb.starts_with('-'))
    }

    fn packages(&self) -> &'static [&'static str] {
        &["@github/copilot"]
    }

    fn continues(&self, args: Args<'_>) -> bool {
        let goes_on = ["--continue", "-r", "--resume", "--session-id"];
        goes_on.iter().any(|name| args.has(name))
    }

    fn sessions(&self) -> Option<&'static dyn Sessions> {
        Some(&sessions::SessionStore)
    }
}
