//! The agents whose usage can be read, a file for each, and how one is recognised in a command
//! line. Adding an agent is its file and one line in [`AGENTS`].

use std::ffi::{OsStr, OsString};
use std::fmt;

use super::sessions::{self, Places, Run, Sessions};
use super::{Meter, Reading, Source};
pub use claude_code::{AgentStatus, read_status};
pub(super) use command_line::Args;
pub use history::History;

mod aider;
mod amp;
pub(super) mod claude_code;
mod codex;
mod command_line;
mod copilot;
mod cursor;
mod gemini_cli;
mod goose;
mod history;
mod llm;
mod messages;
pub(super) mod opencode;
mod qwen_code;
mod result_lines;

/// The largest message of an agent that is read, in bytes; larger ones are skipped without keeping
/// them.
pub const MAX_MESSAGE: usize = 8 * 1024 * 1024;

/// Every agent, in the order in which they are told to people.
static AGENTS: &[&dyn Agent] = &[
    &claude_code::ClaudeCode,
    &codex::Codex,
    &gemini_cli::GeminiCli,
    &qwen_code::QwenCode,
    &opencode::Opencode,
    &cursor::Cursor,
    &amp::Amp,
    &copilot::Copilot,
    &aider::Aider,
    &goose::Goose,
    &llm::Llm,
];

/// What is known of an agent: how its program is recognised, and how its report is read. Never runs
/// anything.
pub(super) trait Agent: Sync {
    /// What records and `--meter` call it: `claude-code`.
    fn name(&self) -> &'static str;

    /// The names of its program: `claude`.
    fn programs(&self) -> &'static [&'static str];

    /// Whether a program of that name, started with `args`, is the agent at work. A name that other
    /// programs have too is not enough, and what manages an agent's settings consumes nothing.
    fn is_at_work(&self, _program: &str, _args: Args<'_>) -> bool {
        true
    }

    /// The packages that carry its program, for those started through `npx` and the like.
    fn packages(&self) -> &'static [&'static str] {
        &[]
    }

    /// The provider whose prices hold where a report names none: `anthropic`.
    fn provider(&self) -> Option<&'static str> {
        None
    }

    /// The options that tell it to stop at so many dollars, where it can, and where the caller has
    /// not told it an amount already.
    fn cap_options(&self, _args: Args<'_>, _usd: &str) -> Option<Vec<String>> {
        None
    }

    /// Whether, started with `args`, it reports its usage on a standard output that is no terminal.
    fn reports_on_stdout(&self, _args: Args<'_>) -> bool {
        false
    }

    /// The option with which, started with `args`, it would report its usage there, where it has
    /// one.
    fn report_option(&self, _args: Args<'_>) -> Option<&'static str> {
        None
    }

    /// The meter to feed its standard output to.
    fn stdout_meter(&self, _args: Args<'_>) -> Box<dyn Meter> {
        Box::new(messages::Unread)
    }

    /// The same where another program starts it, which may do so more than once.
    fn script_meter(&self, args: Args<'_>) -> Box<dyn Meter> {
        self.stdout_meter(args)
    }

    /// Whether, started with `args` on a terminal, people talk to it.
    fn is_interactive(&self, _args: Args<'_>) -> bool {
        false
    }

    /// Whether, started with `args`, it continues an earlier session.
    fn continues(&self, _args: Args<'_>) -> bool {
        false
    }

    /// What, started with `args`, it asks its model for that is in none of its files, if there is
    /// such a thing.
    fn unwritten(&self, _args: Args<'_>) -> Option<&'static str> {
        None
    }

    /// How it keeps its sessions, where its files can be read.
    fn sessions(&self) -> Option<&'static dyn Sessions> {
        None
    }

    /// Whether, started with `args`, it writes files that can be read.
    fn keeps_files(&self, _args: Args<'_>) -> bool {
        self.sessions().is_some()
    }

    /// What the files that it wrote, started with `args`, say about a run that has ended.
    fn written(&self, _args: Args<'_>, places: &Places, run: &Run<'_>) -> Reading {
        self.sessions().map_or(Reading::Silent, |sessions| {
            sessions::reading(Source::new(self.name()), sessions, places, run)
        })
    }
}

/// The start of an agent: which one, and with which arguments of its own.
#[derive(Clone)]
pub struct Invocation {
    agent: &'static dyn Agent,
    args: Vec<OsString>,
    /// How many of the program's arguments belong to a package runner; `None` where the program is
    /// another one that starts the agent.
    skipped: Option<usize>,
}

/// The names of the agents, in the order in which they are told to people.
pub fn agent_names() -> impl Iterator<Item = &'static str> {
    AGENTS.iter().map(|agent| agent.name())
}

/// The agent that a program is, by the program's name alone: only where one of the two names begins
/// with the other, because a program may be called `agent` and be none of these.
pub fn agent_of_program(program: &str) -> Option<&'static str> {
    let is_it = |agent: &&&dyn Agent| {
        let name = agent.name();
        let is_alike = name.starts_with(program) || program.starts_with(name);
        is_alike && agent.programs().contains(&program)
    };
    AGENTS.iter().find(is_it).map(|agent| agent.name())
}

/// The agent that `program` with `args` starts, by its base name (`claude`, `/opt/bin/claude`,
/// `claude.exe`) or through a package runner (`npx -y @anthropic-ai/claude-code`).
pub fn recognise(program: &OsStr, args: &[OsString]) -> Option<Invocation> {
    AGENTS.iter().find_map(|agent| {
        let own = command_line::own_args(*agent, program, args)?;
        Some(Invocation {
            agent: *agent,
            args: own.to_vec(),
            skipped: Some(args.len().saturating_sub(own.len())),
        })
    })
}

impl Invocation {
    /// The agent of this name, started with `args` under a name that may not be its own.
    pub fn of(name: &str, program: &OsStr, args: &[OsString]) -> Option<Self> {
        let agent = AGENTS.iter().find(|agent| agent.name() == name)?;
        let own = command_line::own_args(*agent, program, args);
        Some(Self {
            agent: *agent,
            args: own
                .unwrap_or_else(|| command_line::args_within(*agent, program, args))
                .to_vec(),
            skipped: own.map(|own| args.len().saturating_sub(own.len())),
        })
    }

    /// What the agent's figures name as their source.
    pub fn source(&self) -> Source {
        Source::new(self.agent.name())
    }

    /// The provider whose prices hold where its report names none.
    pub fn provider(&self) -> Option<&'static str> {
        self.agent.provider()
    }

    /// The options that tell the agent to stop at so many dollars, and before which of the
    /// program's arguments they belong. `None` where it cannot, or was told an amount already.
    pub fn cap_options(&self, usd: &str) -> Option<(usize, Vec<OsString>)> {
        let place = self.skipped?;
        let options = self.agent.cap_options(Args(&self.args), usd)?;
        Some((place, options.into_iter().map(OsString::from).collect()))
    }

    /// Whether the agent reports its usage on a standard output that is no terminal.
    pub fn reports_on_stdout(&self) -> bool {
        self.agent.reports_on_stdout(Args(&self.args))
    }

    /// The option with which the agent would report its usage on its standard output; `None` where
    /// it does, or cannot.
    pub fn report_option(&self) -> Option<&'static str> {
        let option = self.agent.report_option(Args(&self.args));
        option.filter(|_| !self.reports_on_stdout())
    }

    /// The meter to feed the agent's standard output to.
    pub fn stdout_meter(&self) -> Box<dyn Meter> {
        let args = Args(&self.args);
        if self.skipped.is_some() {
            self.agent.stdout_meter(args)
        } else {
            self.agent.script_meter(args)
        }
    }

    /// Whether people talk to the agent, where it is on a terminal.
    pub fn is_interactive(&self) -> bool {
        self.agent.is_interactive(Args(&self.args))
    }

    /// Whether the agent is to continue an earlier session.
    pub fn continues(&self) -> bool {
        self.agent.continues(Args(&self.args))
    }

    /// What the agent asks for that is in none of its files, if there is such a thing.
    pub fn unwritten(&self) -> Option<&'static str> {
        self.agent.unwritten(Args(&self.args))
    }

    /// Whether the agent writes files that can be read.
    pub fn keeps_files(&self) -> bool {
        self.agent.keeps_files(Args(&self.args))
    }

    /// What the files that the agent wrote say about a run that has ended. Reads those that were
    /// written to since it began.
    pub fn written(&self, places: &Places, run: &Run<'_>) -> Reading {
        self.agent.written(Args(&self.args), places, run)
    }
}

impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invocation")
            .field("agent", &self.agent.name())
            .field("args", &self.args)
            .field("skipped", &self.skipped)
            .finish()
    }
}

#[cfg(test)]
mod tests;
