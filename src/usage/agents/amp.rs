//! Amp. Its messages are like those of Claude Code; its results name tokens in some versions only,
//! and no money that could be relied on.

use super::messages::Messages;
use super::result_lines::{Meaning, Tally};
use super::{Agent, Args};
use crate::usage::sessions::{self, Sessions};
use crate::usage::{Meter, Source};

const TITLE: &str = "the agent had a title made for its thread, which it does not write down";

/// The agent.
pub(super) struct Amp;

impl Agent for Amp {
    fn name(&self) -> &'static str {
        "amp"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["amp"]
    }

    fn is_at_work(&self, _: &str, args: Args<'_>) -> bool {
        // Other programs have the name too.
        let options = ["-x", "--execute", "--stream-json"];
        options.iter().any(|name| args.has(name))
    }

    fn packages(&self) -> &'static [&'static str] {
        &["@sourcegraph/amp", "@ampcode/cli"]
    }

    fn reports_on_stdout(&self, args: Args<'_>) -> bool {
        args.has("--stream-json")
    }

    fn report_option(&self, _: Args<'_>) -> Option<&'static str> {
        Some("--stream-json")
    }

    fn stdout_meter(&self, args: Args<'_>) -> Box<dyn Meter> {
        Box::new(Messages::new(Tally::new(Meaning {
            source: Source::new(self.name()),
            input_contains_cached: None,
            of_session: None,
            continued: args.options().any(|arg| arg == "continue" || arg == "fork"),
            omits_writes_of: &[],
        })))
    }

    fn unwritten(&self, _: Args<'_>) -> Option<&'static str> {
        Some(TITLE)
    }

    fn sessions(&self) -> Option<&'static dyn Sessions> {
        Some(&sessions::Threads)
    }
}
