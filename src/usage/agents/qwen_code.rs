//! Qwen Code, which prints messages like those of Claude Code with figures like those of Gemini CLI.

use super::gemini_cli::{json_option, prints_json};
use super::messages::Messages;
use super::result_lines::{Meaning, Tally};
use super::{Agent, Args};
use crate::usage::sessions::{self, Sessions};
use crate::usage::{Meter, Source};

/// The agent. It works with models of any provider, and names none.
pub(super) struct QwenCode;

impl Agent for QwenCode {
    fn name(&self) -> &'static str {
        "qwen-code"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["qwen"]
    }

    fn packages(&self) -> &'static [&'static str] {
        &["@qwen-code/qwen-code"]
    }

    fn reports_on_stdout(&self, args: Args<'_>) -> bool {
        prints_json(args)
    }

    fn report_option(&self, args: Args<'_>) -> Option<&'static str> {
        json_option(args)
    }

    fn stdout_meter(&self, args: Args<'_>) -> Box<dyn Meter> {
        // Every model is one of Anthropic's then, whatever its name.
        let anthropic = args.value(&["--auth-type"]) == Some("anthropic");
        Box::new(Messages::new(Tally::new(Meaning {
            source: Source::new(self.name()),
            input_contains_cached: Some(true),
            of_session: Some(true),
            continued: self.continues(args),
            omits_writes_of: if anthropic { &[""] } else { &["claude"] },
        })))
    }

    fn continues(&self, args: Args<'_>) -> bool {
        let options = ["-c", "--continue", "-r", "--resume"];
        options.iter().any(|name| args.has(name))
    }
    fn sessions(&self) -> Option<&'static dyn Sessions> {
        Some(&sessions::Recordings)
    }
}
