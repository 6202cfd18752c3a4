//! Which agent a command line starts, and what its options say. Looks only at names and options;
//! never runs or opens anything.

use std::ffi::{OsStr, OsString};

use super::Agent;

/// The arguments that `program` with `args` hands to `agent`, where that is what it starts.
pub(super) fn own_args<'a>(
    agent: &dyn Agent,
    program: &OsStr,
    args: &'a [OsString],
) -> Option<&'a [OsString]> {
    let name = base_name(program)?;
    if agent.programs().contains(&name.as_str()) {
        if Args(args).options().any(asks_for_help) {
            return None;
        }
        return agent.is_at_work(&name, Args(args)).then_some(args);
    }
    let skip = match name.as_str() {
        "npx" | "bunx" | "pnpx" => after_package(agent, args)?,
        "npm" | "pnpm" | "yarn" | "bun" => {
            let verb = args.first()?.to_str()?;
            let runs = matches!(verb, "exec" | "x" | "dlx");
            runs.then(|| after_package(agent, &args[1..])).flatten()? + 1
        }
        _ => return None,
    };
    args.get(skip..)
}

/// Whether an option makes a program tell of itself, and do nothing else.
fn asks_for_help(option: &str) -> bool {
    matches!(option, "--help" | "-h" | "--version" | "-V")
}

/// Programs that run what they are given, whose options are theirs alone.
const INTERPRETERS: [&str; 12] = [
    "bash", "dash", "deno", "env", "fish", "node", "perl", "python", "python3", "ruby", "sh", "zsh",
];

/// The agent's arguments among those of another program: what stands behind its name, as in
/// `nice -n 5 codex exec`; else all of them, which a script may pass on, but none of a shell's.
pub(super) fn args_within<'a>(
    agent: &dyn Agent,
    program: &OsStr,
    args: &'a [OsString],
) -> &'a [OsString] {
    let is_agent = |arg: &OsString| {
        base_name(arg).is_some_and(|name| agent.programs().contains(&name.as_str()))
    };
    if let Some(place) = args.iter().position(is_agent) {
        return args.get(place.saturating_add(1)..).unwrap_or_default();
    }
    let is_interpreter =
        base_name(program).is_some_and(|name| INTERPRETERS.contains(&name.as_str()));
    if is_interpreter { &[] } else { args }
}

fn base_name(program: &OsStr) -> Option<String> {
    let name = std::path::Path::new(program).file_name()?.to_str()?;
    Some(name.strip_suffix(".exe").unwrap_or(name).to_owned())
}

/// The number of a runner's arguments up to and including the agent's name, where it runs it.
fn after_package(agent: &dyn Agent, args: &[OsString]) -> Option<usize> {
    let mut named_by_option = false;
    let mut index = 0;
    while let Some(arg) = args.get(index) {
        let arg = arg.to_str()?;
        index += 1;
        match arg.split_once('=') {
            Some(("--package" | "-p", package)) => named_by_option |= is_package(agent, package),
            _ if matches!(arg, "-p" | "--package") => {
                let package = args.get(index)?.to_str()?;
                named_by_option |= is_package(agent, package);
                index += 1;
            }
            _ if arg.starts_with('-') => {}
            _ => {
                let named = named_by_option && agent.programs().contains(&arg);
                return (is_package(agent, arg) || named).then_some(index);
            }
        }
    }
    None
}

/// The name of one of the agent's packages, with or without a version.
fn is_package(agent: &dyn Agent, text: &str) -> bool {
    agent.packages().iter().any(|package| {
        text.strip_prefix(package)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
    })
}

/// An agent's own arguments. What follows `--` is never an option.
#[derive(Debug, Clone, Copy)]
pub(in crate::usage) struct Args<'a>(pub(super) &'a [OsString]);

impl<'a> Args<'a> {
    /// Arguments up to `--` that are text.
    pub(in crate::usage) fn options(self) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter_map(|arg| arg.to_str())
            .take_while(|arg| *arg != "--")
    }

    /// Whether the first argument is one of these verbs.
    pub(in crate::usage) fn begins_with(self, verbs: &[&str]) -> bool {
        self.options()
            .next()
            .is_some_and(|verb| verbs.contains(&verb))
    }

    /// The last value of an option with several names, also as `-nvalue` where a name is short.
    pub(in crate::usage) fn value(self, names: &[&str]) -> Option<&'a str> {
        let mut due = false;
        let values = self.options().filter_map(|arg| {
            if std::mem::take(&mut due) {
                return Some(arg);
            }
            due = names.contains(&arg);
            names.iter().find_map(|name| {
                let rest = arg.strip_prefix(name)?;
                let short = !name.starts_with("--") && !rest.is_empty();
                rest.strip_prefix('=').or(short.then_some(rest))
            })
        });
        values.last()
    }

    /// Whether an option is given, with or without a value.
    pub(in crate::usage) fn has(self, name: &str) -> bool {
        self.options()
            .any(|arg| arg.split_once('=').map_or(arg, |(name, _)| name) == name)
    }
}
