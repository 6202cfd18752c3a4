//! Completion scripts: what the parser's description gives, and around it the question to
//! [`complete`], which knows the ledger. Where no answer comes, the first alone remains.

mod complete;

use clap::Command;
use clap_complete::Shell;

use crate::cli::{Verb, completions};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;

pub(crate) use complete::CompleteArgs;
use complete::Kind;

/// Print the completion script of a shell
///
/// It completes commands and options, and from the ledger budgets, open reservations, limits and
/// charges. It never writes to the ledger and never waits for it.
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

impl Verb for CompletionsArgs {
    const NAME: &'static str = "completions";
    const EXAMPLES: &'static str = "\
bash, for new shells; with the package bash-completion:
  budget completions bash > ~/.local/share/bash-completion/completions/budget
and without it, in ~/.bashrc:
  source <(budget completions bash)
zsh, with a directory that is in fpath before compinit, in ~/.zshrc:
  budget completions zsh > ~/.zfunc/_budget
fish:
  budget completions fish > ~/.config/fish/completions/budget.fish
elvish, in ~/.config/elvish/rc.elv:
  eval (budget completions elvish | slurp)
PowerShell, in the file that $PROFILE names:
  budget completions powershell | Out-String | Invoke-Expression";

    fn run(self, cx: &mut Context) -> Result<Exit> {
        cx.ui
            .out(&String::from_utf8_lossy(&completions(self.shell)))?;
        Ok(Exit::Done)
    }
}

/// The whole script of a shell.
pub(crate) fn script(shell: Shell, tree: &mut Command) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, tree, "budget", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    match shell {
        Shell::Bash => {
            let script = script.replace("complete -F _budget ", "complete -F _budget_asking ");
            around(
                &script,
                include_str!("asking.bash"),
                "\nif [[ \"${BASH_VERSINFO[0]}\" -eq 4 && ",
            )
        }
        Shell::Zsh => {
            let script = script.replacen("\n_budget() {", "\n_budget_words() {", 1);
            around(
                &script,
                include_str!("asking.zsh"),
                "\nif [ \"$funcstack[1]\" = ",
            )
        }
        Shell::Fish => script + include_str!("asking.fish") + &fish_options(tree),
        Shell::Elvish => script + include_str!("asking.elv"),
        Shell::PowerShell => {
            let after = "param($wordToComplete, $commandAst, $cursorPosition)\n";
            let asking = format!("{after}{}", include_str!("asking.ps1"));
            script.replacen(after, &asking, 1)
        }
        _ => script,
    }
}

/// The script with a part put before where it registers itself.
fn around(script: &str, part: &str, before: &str) -> String {
    match script.rsplit_once(before) {
        Some((head, tail)) => format!("{head}\n{part}{before}{tail}"),
        None => script.to_owned(),
    }
}

/// Options whose values are asked for: fish asks each one by itself.
fn fish_options(tree: &Command) -> String {
    let of = |verb: &Command| {
        let name = verb.get_name().to_owned();
        let known = verb
            .get_opts()
            .filter(|option| Kind::of(verb.get_name(), option.get_id().as_str()).is_some());
        let lines = known.filter_map(|option| {
            let long = option.get_long()?;
            Some(format!(
                "complete -c budget -n \"__fish_budget_using_subcommand {name}\" -l {long} -r -f -a '(__fish_budget_values)'\n"
            ))
        });
        lines.collect::<String>()
    };
    tree.get_subcommands().map(of).collect()
}
