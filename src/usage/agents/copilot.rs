//! GitHub's Copilot CLI. What it prints names premium requests, neither tokens nor money.

use super::{Agent, Args};

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
}
