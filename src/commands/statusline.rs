use std::io::{IsTerminal, Read, stdin};
use std::os::fd::AsFd;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::cli::Verb;
use crate::clock;
use crate::commands::defaults::implied;
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::budget::Standing;
use crate::ledger::name::Names;
use crate::render::statusline::{AgentSession, Template, nearest, statusline};
use crate::usage::{self, Cost};

/// The most that an agent says, in bytes.
const MAX_SESSION: usize = 64 * 1024;
/// How long an agent may take to begin, in milliseconds: a line that is late is of no use.
const PATIENCE_MS: u16 = 100;
/// And to go on.
const PAUSE_MS: u16 = 10;
/// In how many parts it may say it.
const PARTS: usize = 32;

/// Print one line for a shell's prompt or an agent's status line
///
/// It shows the limit of which most is taken: of NAME and what is above it; inside of a run, of its
/// budgets; in a project, of its budget; else of yours, or of all. On standard input, which it reads unless that is a terminal, it takes what
/// Claude Code says to its status line. It never writes to the ledger, and where it cannot tell, the
/// line is empty.
#[derive(Debug, clap::Args)]
pub(crate) struct StatuslineArgs {
    /// The budget, or several: team/web,ann
    #[arg(value_name = "NAME")]
    names: Option<Names>,
    /// What to print, with {budget}, {limit}, {spent}, {reserved}, {left}, {percent}, {bar},
    /// {resets}, {model} and {session} (its cost)
    #[arg(long, value_name = "TEMPLATE")]
    format: Option<Template>,
}

impl Verb for StatuslineArgs {
    const NAME: &'static str = "statusline";
    const EXAMPLES: &'static str = "\
In a shell's prompt:
  PS1='$(budget statusline --format \"{left} left\" </dev/null) \\$ '
In Claude Code's settings.json:
  \"statusLine\": {\"type\": \"command\", \"command\": \"budget statusline\"}";

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let session = told().unwrap_or_default();
        // A prompt is no place for errors, nor for remarks.
        cx.ui.quiet = true;
        let standings = standings(self.names.as_ref(), cx).unwrap_or_default();
        let now = (clock::sources().clock)().wall;
        let text = statusline(self.format.as_ref(), nearest(&standings), &session, now);
        cx.ui.out(&text).map(|()| Exit::Done)
    }
}

fn standings(names: Option<&Names>, cx: &mut Context) -> Result<Vec<Standing>> {
    if cx.existing()?.is_none() {
        return Ok(Vec::new());
    }
    let found = match names {
        Some(names) => Some(names.clone()),
        None => implied(cx)?,
    };
    let ledger = cx.ledger_for(false)?;
    Ok(match found {
        Some(names) => ledger.standings_inside(&names, None)?,
        None => ledger.budgets(false)?,
    })
}

/// What an agent says on standard input, where there is one that says anything.
fn told() -> Option<AgentSession> {
    let told = usage::read_status(&input()?)?;
    Some(AgentSession {
        model: told.model,
        cost: told.cost.map(Cost::atoms),
    })
}

fn input() -> Option<Vec<u8>> {
    let mut stdin = stdin();
    if stdin.is_terminal() {
        return None;
    }
    let mut text = Vec::new();
    let mut part = [0; 4096];
    for count in 0..PARTS {
        let mut ready = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
        let patience = if count == 0 { PATIENCE_MS } else { PAUSE_MS };
        if poll(&mut ready, PollTimeout::from(patience)) != Ok(1) || text.len() > MAX_SESSION {
            return None;
        }
        match stdin.read(&mut part).ok()? {
            0 => return Some(text),
            length => text.extend_from_slice(part.get(..length)?),
        }
    }
    None
}
