//! Cursor's agent. It reports tokens in newer versions and never money; how it counts what was
//! cached, and what it reports of a resumed conversation, is not documented.

use super::messages::Messages;
use super::result_lines::{Meaning, Tally};
use super::{Agent, Args};
use crate::usage::{Meter, Source};

/// The agent.
pub(super) struct Cursor;

impl Agent for Cursor {
    fn name(&self) -> &'static str {
        "cursor"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["cursor-agent", "agent"]
    }

    fn is_at_work(&self, program: &str, args: Args<'_>) -> bool {
        // Many programs are called `agent`.
        let prints = args.has("-p") || args.has("--print");
        program != "agent" || (prints && args.has("--output-format"))
    }

    fn reports_on_stdout(&self, args: Args<'_>) -> bool {
        let format = args.value(&["--output-format"]);
        format.is_some_and(|format| format == "json" || format == "stream-json")
    }

    fn report_option(&self, args: Args<'_>) -> Option<&'static str> {
        let prints = args.has("-p") || args.has("--print");
        prints.then_some("--output-format json")
    }

    fn stdout_meter(&self, args: Args<'_>) -> Box<dyn Meter> {
        let options = ["--resume", "--continue"];
        let named = options.iter().any(|name| args.has(name));
        Box::new(Messages::new(Tally::new(Meaning {
            source: Source::new(self.name()),
            input_contains_cached: None,
            of_session: None,
            continued: named || args.options().any(|arg| arg == "resume"),
            omits_writes_of: &[],
        })))
    }
}
