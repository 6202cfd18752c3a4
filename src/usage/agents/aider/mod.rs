//! aider, an agent for models of many providers. What it prints is rounded for people, so that it
//! is read only where that is asked for: it bounds a cost and does not tell it.

use super::{Agent, Args};
use crate::usage::Meter;

mod stdout;

/// The agent. It works with models of any provider.
pub(super) struct Aider;

impl Agent for Aider {
    fn name(&self) -> &'static str {
        "aider"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["aider"]
    }

    fn stdout_meter(&self, _: Args<'_>) -> Box<dyn Meter> {
        Box::new(stdout::Lines::default())
    }
}

#[cfg(test)]
mod tests;
