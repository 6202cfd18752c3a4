use clap_complete::Shell;

use crate::cli::{Verb, completions};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

impl Verb for CompletionsArgs {
    const NAME: &'static str = "completions";
    const EXAMPLES: &'static str = "\
Example:
  budget completions bash > ~/.local/share/bash-completion/completions/budget";

    fn run(self, cx: &mut Context) -> Result<Exit> {
        cx.ui
            .out(&String::from_utf8_lossy(&completions(self.shell)))?;
        Ok(Exit::Done)
    }
}
