//! The command line: which verbs there are, and how the one that was typed is parsed and run.
//! Only the verb named first is built, because the whole tree costs more than a transaction.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Args, Command, FromArgMatches};

use crate::commands;
use crate::context::{Context, GlobalArgs, OnFault};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::mistakes::Mistake;
use crate::render::sanitize::line;
use crate::ui::{ColorChoice, Ui};

/// A command: its arguments, whose doc comment is its help, and what it does.
pub(crate) trait Verb: Args {
    /// The word typed.
    const NAME: &'static str;
    /// What follows the options in its help.
    const EXAMPLES: &'static str = "";
    /// What a fault of a file of settings does to it, where it can do without what that would say.
    const ON_FAULT: OnFault = OnFault::End;
    /// Whether answers and errors are asked for as JSON.
    fn wants_json(&self) -> bool {
        false
    }
    /// Does it.
    fn run(self, cx: &mut Context) -> Result<Exit>;
}

/// A verb in the list of verbs.
pub(crate) struct Entry {
    /// The word typed.
    pub(crate) name: &'static str,
    /// Its part of the command line.
    pub(crate) build: fn() -> Command,
    run: fn(ArgMatches, &mut Context) -> Result<Exit>,
}

impl Entry {
    pub(crate) const fn of<V: Verb>() -> Self {
        Self {
            name: V::NAME,
            build: build::<V>,
            run: run_verb::<V>,
        }
    }
}

fn build<V: Verb>() -> Command {
    V::augment_args(Command::new(V::NAME)).after_help(V::EXAMPLES)
}

/// Values are taken out of `matches`: where it is only read, it is copied first, 20 µs.
fn run_verb<V: Verb>(mut matches: ArgMatches, cx: &mut Context) -> Result<Exit> {
    let verb =
        V::from_arg_matches_mut(&mut matches).map_err(|error| Error::usage(error.to_string()))?;
    cx.ui.json = verb.wants_json();
    cx.on_fault = V::ON_FAULT;
    verb.run(cx)
}

const ABOUT: &str = "Put hard spending limits on anything run from a shell";

/// The options of the program itself.
pub(crate) fn root() -> Command {
    // What is said here comes after the options' own doc comment, which would be the help's title.
    GlobalArgs::augment_args(Command::new("budget"))
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .long_about(None)
        .after_help(commands::help::FIRST_STEPS)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .max_term_width(100)
}

/// The whole command line, for help, completions and manual pages.
pub fn whole_tree() -> Command {
    let verbs = commands::verbs().map(|verb| (verb.build)());
    let tree = root().subcommands(verbs);
    let groups = commands::help::groups(&tree);
    tree.help_template(groups)
}

/// The completion script of a shell.
pub fn completions(shell: clap_complete::Shell) -> Vec<u8> {
    commands::completions::script(shell, &mut whole_tree()).into_bytes()
}

/// Every manual page: its file name and its text. Commands are in section 1, topics in 7.
pub fn manual() -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut tree = whole_tree();
    tree.build();
    let root = tree.clone();
    let mut commands = vec![root];
    named(&tree, "budget", &mut commands);
    let commands = commands.into_iter().map(|command| {
        let file = format!("{}.1", command.get_name());
        let mut page = Vec::new();
        let examples = command.get_after_help().map(ToString::to_string);
        let page_of = clap_mangen::Man::new(command.after_help(None::<&str>)).date("");
        page_of.render(&mut page)?;
        page.extend(
            examples
                .map(|text| section(&text))
                .unwrap_or_default()
                .into_bytes(),
        );
        Ok((file, page))
    });
    commands
        .chain(commands::help::TOPICS.iter().map(|of| Ok(topic(of))))
        .collect()
}

/// The manual page of a topic of the help.
fn topic(topic: &commands::help::Topic) -> (String, Vec<u8>) {
    let name = format!("budget-{}", topic.name);
    let text = topic.text();
    // Its first line is its heading.
    let text = text
        .split_once("\n\n")
        .map_or(text.as_str(), |(_, text)| text);
    let page = format!(
        ".TH {name} 7  \"{name} \"\n.SH NAME\n{} \\- {}\n.SH DESCRIPTION\n{}",
        name.replace('-', "\\-"),
        topic.about,
        as_it_is(text)
    );
    (format!("{name}.7"), page.into_bytes())
}

/// The commands below one, each by its whole name: `budget-prices-show`.
fn named(above: &Command, name: &str, found: &mut Vec<Command>) {
    for command in above.get_subcommands() {
        let name = format!("{name} {}", command.get_name());
        let page = command.clone().name(name.replace(' ', "-"));
        found.push(page.bin_name(name.clone()));
        named(command, &name, found);
    }
}

/// What follows the options in a help, as a section of a manual page.
fn section(text: &str) -> String {
    let text = text.strip_prefix("Examples:\n").unwrap_or(text);
    format!(".SH EXAMPLES\n{}", as_it_is(text))
}

/// Lines of a manual page that stay as they are.
fn as_it_is(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('-', "\\-");
    let lines = escaped
        .lines()
        .map(|line| match line.strip_prefix(['.', '\'']) {
            Some(_) => format!("\\&{line}\n"),
            None => format!("{line}\n"),
        });
    format!(".nf\n{}.fi\n", lines.collect::<String>())
}

/// Parses and runs what was typed.
pub(crate) fn run(arguments: &[OsString]) -> Exit {
    let env = Env::read();
    if arguments
        .get(1)
        .is_some_and(|only| only == "--version" || only == "-V")
    {
        let ui = Ui::new(ColorChoice::Never, false, false, &env);
        return end(ui.out(concat!("budget ", env!("CARGO_PKG_VERSION"))), &ui);
    }
    let named = arguments.get(1).and_then(|word| word.to_str());
    let verb = named.and_then(commands::verb);
    let tree = match verb {
        Some(verb) => root().subcommand((verb.build)()),
        None => whole_tree(),
    };
    let verb = verb.map(|verb| verb.name);
    let refuse = |error: &clap::Error| refuse(error, verb, arguments, &env);
    let mut matches = match tree.try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => return refuse(&error),
    };
    let globals = match GlobalArgs::from_arg_matches_mut(&mut matches) {
        Ok(globals) => globals,
        Err(error) => return refuse(&error),
    };
    let mut cx = Context::new(globals, env);
    let done = match matches.remove_subcommand() {
        Some((name, matches)) => match commands::verb(&name) {
            Some(verb) => (verb.run)(matches, &mut cx),
            None => Err(Error::usage(format!("there is no command `{name}`"))),
        },
        None => Err(Error::usage("a command is missing")),
    };
    let exit = match done {
        Ok(exit) => exit,
        Err(error) => {
            cx.ui.error(&error);
            error.exit
        }
    };
    commands::events::tell(&mut cx);
    cx.abandon();
    exit
}

/// Help and version go to stdout; anything else that does not parse is one line of ours, in
/// which nothing typed can reach the terminal unescaped.
fn refuse(error: &clap::Error, verb: Option<&str>, arguments: &[OsString], env: &Env) -> Exit {
    let mut ui = Ui::new(ColorChoice::Auto, false, false, env);
    let ours = arguments.iter().take_while(|word| *word != "--");
    let typed: Vec<_> = ours
        .map(|word| line(&word.to_string_lossy()).into_owned())
        .collect();
    ui.json = typed.iter().any(|word| word == "--json");
    if !error.use_stderr() {
        return end(ui.out(&ui.styled(&error.render())), &ui);
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let text = error.render().to_string();
        return end(
            ui.out(&text).and(Err(Error::usage("a command is missing"))),
            &ui,
        );
    }
    let text = error.render().to_string();
    let (what, _) = text.split_once("\n\n").unwrap_or((text.as_str(), ""));
    let what = what.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let message = line(what.trim_start_matches("error: ")).into_owned();
    let usage = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("Usage: "));
    let mistake = Mistake {
        similar: words_of(error, &[ContextKind::SuggestedArg]),
        known: known(error, verb),
        message: &message,
        verb,
        typed,
    };
    let hint = mistake
        .meant()
        .or(usage.map(|usage| format!("usage: {usage}")))
        .unwrap_or_else(|| match verb {
            Some(verb) => format!("`budget {verb} --help` shows the forms"),
            None => "`budget --help` shows the forms".to_owned(),
        });
    ui.error(&Error::usage(mistake.said()).hint(hint));
    Exit::Usage
}

/// The words that are known where one is not: the commands, or the values of an option.
fn known(error: &clap::Error, verb: Option<&str>) -> Vec<String> {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return words_of(error, &[ContextKind::ValidValue]);
    }
    let tree = whole_tree();
    let above = verb.map_or(Some(&tree), |verb| tree.find_subcommand(verb));
    let below = above.into_iter().flat_map(Command::get_subcommands);
    below.map(|verb| verb.get_name().to_owned()).collect()
}

/// What the parser says of an error, as words.
fn words_of(error: &clap::Error, kinds: &[ContextKind]) -> Vec<String> {
    let values = kinds.iter().filter_map(|kind| error.get(*kind));
    let words = values.flat_map(|value| match value {
        ContextValue::String(word) => vec![word.clone()],
        ContextValue::Strings(words) => words.clone(),
        _ => Vec::new(),
    });
    words.collect()
}

fn end(written: Result<()>, ui: &Ui) -> Exit {
    match written {
        Ok(()) => Exit::Done,
        Err(error) => {
            ui.error(&error);
            error.exit
        }
    }
}
