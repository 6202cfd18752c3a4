//! Tells from a command line which agent it starts, and which of its options matter to a meter.
//! Looks only at names and options; never runs or opens anything.

use std::ffi::{OsStr, OsString};

use super::{ClaudeCode, Meter, Source};

/// The package under which Claude Code is published.
const PACKAGE: &str = "@anthropic-ai/claude-code";

/// An agent recognised in a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agent {
    source: Source,
    /// How many of the arguments belong to a launcher such as `npx`.
    skip: usize,
}

/// The agent that `program` with `args` starts, by its base name (`claude`, `/opt/bin/claude`,
/// `claude.exe`) or through a package runner (`npx -y @anthropic-ai/claude-code`).
pub fn recognise(program: &OsStr, args: &[OsString]) -> Option<Agent> {
    let skip = match base_name(program)?.as_str() {
        "claude" => 0,
        "npx" | "bunx" | "pnpx" => after_package(args)?,
        "npm" | "pnpm" | "yarn" | "bun" => {
            let verb = args.first()?.to_str()?;
            let runs = matches!(verb, "exec" | "x" | "dlx");
            runs.then(|| after_package(&args[1..])).flatten()? + 1
        }
        _ => return None,
    };
    Some(Agent {
        source: Source::ClaudeCode,
        skip,
    })
}

impl Agent {
    /// What a meter of this agent names as the source of its figures.
    pub const fn source(self) -> Source {
        self.source
    }

    /// Whether the agent, started with `args` (those given to [`recognise`]), reports its usage
    /// on a standard output that is no terminal: `--output-format json` or `stream-json`.
    pub fn reads_stdout(self, args: &[OsString]) -> bool {
        // The last one wins; without a terminal, print mode needs no `--print`.
        let format = values(self.own(args), "--output-format").last();
        format.is_some_and(|format| format == "json" || format == "stream-json")
    }

    /// Whether the run continues an earlier conversation, whose cost its totals may contain.
    pub fn resumes(self, args: &[OsString]) -> bool {
        options(self.own(args)).any(|arg| {
            let name = arg.split_once('=').map_or(arg, |(name, _)| name);
            matches!(name, "--resume" | "--continue" | "--from-pr" | "--teleport")
                || short_cluster(arg)
        })
    }

    /// The meter to feed the agent's standard output to.
    pub fn meter(self, args: &[OsString]) -> Box<dyn Meter> {
        Box::new(ClaudeCode::new(self.resumes(args)))
    }

    fn own(self, args: &[OsString]) -> &[OsString] {
        args.get(self.skip..).unwrap_or_default()
    }
}

fn base_name(program: &OsStr) -> Option<String> {
    let name = std::path::Path::new(program).file_name()?.to_str()?;
    Some(name.strip_suffix(".exe").unwrap_or(name).to_owned())
}

/// The number of a runner's arguments up to and including the agent's name, where it runs one.
fn after_package(args: &[OsString]) -> Option<usize> {
    let mut named_by_option = false;
    let mut index = 0;
    while let Some(arg) = args.get(index) {
        let arg = arg.to_str()?;
        index += 1;
        match arg.split_once('=') {
            Some(("--package" | "-p", package)) => named_by_option |= is_package(package),
            _ if matches!(arg, "-p" | "--package") => {
                let package = args.get(index)?.to_str()?;
                named_by_option |= is_package(package);
                index += 1;
            }
            _ if arg.starts_with('-') => {}
            _ => return (is_package(arg) || (named_by_option && arg == "claude")).then_some(index),
        }
    }
    None
}

/// The package's name, with or without a version.
fn is_package(text: &str) -> bool {
    text.strip_prefix(PACKAGE)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
}

/// Arguments up to `--`; what follows is never an option.
fn options(args: &[OsString]) -> impl Iterator<Item = &str> {
    args.iter()
        .filter_map(|arg| arg.to_str())
        .take_while(|arg| *arg != "--")
}

/// The values of a long option, as `--name value` or `--name=value`.
fn values<'a>(args: &'a [OsString], name: &'a str) -> impl Iterator<Item = &'a str> {
    let mut due = false;
    options(args).filter_map(move |arg| {
        if std::mem::take(&mut due) {
            return Some(arg);
        }
        due = arg == name;
        arg.strip_prefix(name)?.strip_prefix('=')
    })
}

/// Whether short options bundled in one argument (`-pc`) contain `-c` or `-r`.
fn short_cluster(arg: &str) -> bool {
    // Behind an option that takes a value, the rest is that value.
    let mut flags = arg.strip_prefix('-').unwrap_or_default().chars();
    flags
        .find(|flag| *flag != 'p')
        .is_some_and(|flag| flag == 'c' || flag == 'r')
}

#[cfg(test)]
mod tests;
