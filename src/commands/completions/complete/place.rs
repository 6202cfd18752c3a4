//! Where in a command line the cursor stands: at the value of which option or argument. It reads
//! the command line's own description, and knows no budget.

use clap::{Arg, ArgAction, Command};

/// What is known to the ledger and may stand in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands::completions) enum Kind {
    /// The name of a budget that is to be made: nothing that exists.
    NewBudget,
    /// A budget.
    Budget,
    /// Budgets, with commas.
    Budgets,
    /// A reservation's id, or the end of it.
    Reservation,
    /// What identifies a limit of the budget that the line names.
    Limit,
    /// The number of an entry that charged something.
    Charge,
}

/// What stands at the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A value that the ledger knows.
    Value(Kind),
    /// A word of the command to run.
    Command,
    /// Anything else.
    Other,
}

/// The word at the cursor.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Typed {
    /// What stands in it before the value: `--limit=`, or the names before the last comma.
    pub(super) before: String,
    /// The value as far as it was typed.
    pub(super) part: String,
    /// Whether its end may have been typed instead.
    pub(super) by_tail: bool,
}

/// A line as far as it was typed.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) place: Place,
    pub(super) typed: Typed,
    values: Vec<(String, String)>,
}

impl Line {
    /// The value of an option or argument that stands before the cursor, by its name here.
    pub(super) fn value(&self, id: &str) -> Option<&str> {
        let found = self.values.iter().find(|(known, _)| known == id);
        found.map(|(_, value)| value.as_str())
    }

    /// The same of an option that is nowhere empty.
    pub(super) fn option(&self, id: &str) -> Option<&str> {
        self.value(id).filter(|value| !value.is_empty())
    }
}

impl Kind {
    /// What an option or argument takes, by the name that it has in every command.
    pub(in crate::commands::completions) fn of(verb: &str, id: &str) -> Option<Self> {
        Some(match (verb, id) {
            ("create", "name") => Self::NewBudget,
            (_, "name" | "budget" | "within") => Self::Budget,
            (_, "names" | "first") => Self::Budgets,
            (_, "id" | "reservation") => Self::Reservation,
            (_, "remove") => Self::Limit,
            ("refund", "entry") => Self::Charge,
            _ => return None,
        })
    }
}

/// Which of the words is the first that is neither an option nor an option's value.
pub(super) fn first_free(root: &Command, words: &[String]) -> Option<usize> {
    let mut index = 0;
    // The word at the cursor is not finished.
    while index < words.len().saturating_sub(1) {
        let word = words.get(index)?;
        match option(root, word) {
            Some((arg, None)) if takes_value(arg) => index += 2,
            Some(_) => index += 1,
            None if word.starts_with('-') => index += 1,
            None => return Some(index),
        }
    }
    None
}

/// Where the cursor stands: at the end of the last word.
pub(super) fn of(root: &Command, words: &[String]) -> Line {
    let mut line = Line {
        place: Place::Other,
        typed: Typed::default(),
        values: Vec::new(),
    };
    let Some((last, before)) = words.split_last() else {
        return line;
    };
    let (mut command, mut free, mut is_free) = (root, 0, false);
    let mut rest = before.iter();
    while let Some(word) = rest.next() {
        if !is_free && word == "--" {
            is_free = true;
            free = free.max(
                command
                    .get_positionals()
                    .position(Arg::is_last_set)
                    .unwrap_or(free),
            );
        } else if let Some((arg, value)) = option(command, word).filter(|_| !is_free) {
            let value = value.map(str::to_owned);
            if !takes_value(arg) {
                continue;
            }
            match value.or_else(|| rest.next().cloned()) {
                Some(value) => line.values.push((arg.get_id().to_string(), value)),
                None => return at(line, command, arg, "", last),
            }
        } else if let Some(below) = command.find_subcommand(word).filter(|_| !is_free) {
            command = below;
        } else if is_free || !word.starts_with('-') {
            if let Some(arg) = positional(command, free) {
                line.values.push((arg.get_id().to_string(), word.clone()));
            }
            free += 1;
        }
    }
    if !is_free && last.starts_with('-') {
        return match option(command, last) {
            Some((arg, Some(part))) => {
                let before = last.strip_suffix(part).unwrap_or_default();
                at(line, command, arg, before, part)
            }
            _ => line,
        };
    }
    match positional(command, free) {
        Some(arg) if arg.is_last_set() && !is_free => line,
        Some(arg) => at(line, command, arg, "", last),
        None => line,
    }
}

/// The line with its cursor at a value of this option or argument.
fn at(line: Line, command: &Command, arg: &Arg, before: &str, part: &str) -> Line {
    if arg.is_last_set() {
        return Line {
            place: Place::Command,
            ..line
        };
    }
    let Some(kind) = Kind::of(command.get_name(), arg.get_id().as_str()) else {
        return line;
    };
    let (mut before, mut part) = (before.to_owned(), part.to_owned());
    if kind == Kind::Budgets
        && let Some((names, last)) = part.clone().rsplit_once(',')
    {
        before.push_str(&format!("{names},"));
        last.clone_into(&mut part);
    }
    let by_tail = kind == Kind::Reservation;
    Line {
        place: Place::Value(kind),
        typed: Typed {
            before,
            part,
            by_tail,
        },
        ..line
    }
}

/// The option that a word is, and its value where it stands in the same word.
fn option<'a, 'w>(command: &'a Command, word: &'w str) -> Option<(&'a Arg, Option<&'w str>)> {
    if let Some(long) = word.strip_prefix("--") {
        let (name, value) = long
            .split_once('=')
            .map_or((long, None), |(n, v)| (n, Some(v)));
        let arg = command
            .get_arguments()
            .find(|arg| arg.get_long() == Some(name))?;
        return Some((arg, value));
    }
    let mut letters = word.strip_prefix('-')?.chars();
    let letter = letters.next()?;
    let arg = command
        .get_arguments()
        .find(|arg| arg.get_short() == Some(letter))?;
    let value = letters.as_str();
    Some((
        arg,
        (takes_value(arg) && !value.is_empty()).then_some(value),
    ))
}

fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

/// The argument at a place among those that are no options; the last one may repeat.
fn positional(command: &Command, index: usize) -> Option<&Arg> {
    let mut arguments = command.get_positionals();
    let repeats = |arg: &&Arg| matches!(arg.get_action(), ArgAction::Append);
    let last = command.get_positionals().last().filter(repeats);
    arguments.nth(index).or(last)
}

#[cfg(test)]
mod tests;
