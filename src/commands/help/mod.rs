//! `budget help`: the list of commands in groups, the help of each, and topics that belong to no
//! single one. What is true of one command is in its own file and not here.

mod topics;

use clap::Command;
use clap::builder::styling::Styles;
use clap::builder::{PossibleValue, PossibleValuesParser};

use crate::cli::{Verb, whole_tree};
use crate::commands::GROUPS;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::render::sanitize::line;

pub(crate) use topics::{TOPICS, Topic};

/// What a newcomer wants first, at the end of the help, where a terminal stops.
pub(crate) const FIRST_STEPS: &str = "\
Cap an agent at $5 a day, and keep its answer:
  budget exec me --limit 5usd/day -- claude -p \"…\" --output-format json >out
What is left, and when it starts anew:
  budget status
Who spent it, and each charge one by one:
  budget report --by agent --by model
  budget log

Exit codes: 75 denied, 77 refused for good, 65 conflict, 66 not found,
69 the ledger cannot be used; all of them: budget help exit-codes";

/// Explain a command or a topic
///
/// Without a word, the commands in groups. `budget help VERB` is what `budget VERB --help` says.
#[derive(Debug, clap::Args)]
pub(crate) struct HelpArgs {
    /// A topic or a command, like limits or exec
    #[arg(value_name = "TOPIC", value_parser = PossibleValuesParser::new(words()), hide_possible_values = true)]
    topic: Option<String>,
    /// The command below it, like show of prices
    #[arg(value_name = "COMMAND")]
    below: Vec<String>,
}

impl Verb for HelpArgs {
    const NAME: &'static str = "help";
    const EXAMPLES: &'static str = "\
Examples:
  budget help limits
  budget help exec
  budget help prices import";

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let topic = self.topic.as_deref().unwrap_or_default();
        let is_meant = |known: &&Topic| known.name == topic || one_of(known) == Some(topic);
        let text = match TOPICS.iter().find(is_meant) {
            Some(topic) => topic.text(),
            None => help_of(self.topic.into_iter().chain(self.below), cx)?,
        };
        cx.ui.out(&text).map(|()| Exit::Done)
    }
}

/// Everything that can be explained.
fn words() -> impl Iterator<Item = PossibleValue> {
    let topics = TOPICS.iter().map(|topic| {
        let word = PossibleValue::new(topic.name);
        word.aliases(one_of(topic))
    });
    topics.chain(crate::commands::verbs().map(|verb| PossibleValue::new(verb.name)))
}

/// What a topic is called by who means one of what it is about: `limit`. None is a command.
fn one_of(topic: &Topic) -> Option<&'static str> {
    let word = topic.name.strip_suffix('s');
    word.filter(|word| crate::commands::verb(word).is_none())
}

/// What a command says to `--help`.
fn help_of(words: impl Iterator<Item = String>, cx: &Context) -> Result<String> {
    let words: Vec<_> = words.collect();
    let tree = whole_tree();
    let mut command = &tree;
    for word in &words {
        command = command
            .find_subcommand(word)
            .ok_or_else(|| no_such(command, word))?;
    }
    let typed = ["budget"]
        .into_iter()
        .chain(words.iter().map(String::as_str));
    match tree.clone().try_get_matches_from(typed.chain(["--help"])) {
        Err(help) => Ok(cx.ui.styled(&help.render())),
        Ok(_) => Err(Error::usage("there is no help")),
    }
}

fn no_such(command: &Command, word: &str) -> Error {
    let known: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
    let hint = match known.as_slice() {
        [] => "it has none".to_owned(),
        known => format!("it has {}", known.join(", ")),
    };
    let word = line(word);
    Error::usage(format!("`{}` has no command `{word}`", command.get_name())).hint(hint)
}

/// The template of the program's own help: the commands in groups, then topics, then options.
pub(crate) fn groups(tree: &Command) -> String {
    let styles = Styles::styled();
    let (title, word) = (styles.get_header(), styles.get_literal());
    let mut text = "{about-with-newline}\n{usage-heading} {usage}\n".to_owned();
    for (heading, verbs) in GROUPS {
        text.push_str(&format!("\n{title}{heading}{title:#}\n"));
        for verb in *verbs {
            let about = tree.find_subcommand(verb.name).and_then(Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            text.push_str(&format!("  {word}{:<14}{word:#}{about}\n", verb.name));
        }
    }
    text.push_str(&format!(
        "\n{title}Topics, by{title:#} {word}budget help TOPIC{word:#}\n"
    ));
    for topic in TOPICS {
        text.push_str(&format!(
            "  {word}{:<14}{word:#}{}\n",
            topic.name, topic.about
        ));
    }
    text.push_str(&format!(
        "\n{title}Options{title:#}\n{{options}}{{after-help}}"
    ));
    text
}

#[cfg(test)]
mod tests;
