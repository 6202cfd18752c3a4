//! `budget import`: brings in what agents did outside of `budget exec`, from the files they keep.

mod charges;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cli::Verb;
use crate::commands::shared::{JsonArgs, price_tables, show};
use crate::context::Context;
use crate::env;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::calendar::Since;
use crate::ledger::limit::LimitSpec;
use crate::ledger::name::Names;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::verbs::{PastCharge, ReadFile};
use crate::render::human::quantity;
use crate::render::sanitize::line;
use crate::render::wire::{self, Imported};
use crate::usage::History;
use crate::usage::sessions::{self, Message, Places, SessionFile};
use charges::Made;
use rules::{Rule, Rules};

/// How long ago an answer was begun that is written down whole, in microseconds.
const SETTLED_US: i64 = 5 * 60 * 1_000_000;
/// How many charges are written at once: others get their turn in between.
const AT_ONCE: usize = 500;

/// Bring in what an agent did before or without budget
///
/// Reads the files in which the agent keeps its sessions and charges each message once, at the
/// time it was answered: the windows of those days, not today's. What was metered by exec, or
/// imported before, is not charged again.
#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// The agent
    #[arg(value_name = "AGENT", value_parser = agents())]
    agent: History,
    /// The budget that messages count against which no rule names another for
    #[arg(long, value_name = "NAME")]
    budget: Option<Names>,
    /// Where the session worked in this directory or below it; may repeat
    #[arg(long = "project", value_name = "DIR=NAME")]
    projects: Vec<Rule>,
    /// Where the model's name begins so; may repeat
    #[arg(long = "model", value_name = "MODEL=NAME")]
    models: Vec<Rule>,
    /// Make the --budget with this limit if it is not there; may repeat
    #[arg(long = "limit", value_name = "LIMIT", requires = "budget")]
    limits: Vec<LimitSpec>,
    /// Only what was answered since: 2026-11-01, or 7d for the last seven days
    #[arg(long, value_name = "WHEN")]
    since: Option<Since>,
    /// Nobody was billed for it, as where a subscription pays: charge everything but the money
    #[arg(long)]
    notional: bool,
    /// Say what would be imported, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    json: JsonArgs,
}

fn agents() -> impl TypedValueParser<Value = History> {
    PossibleValuesParser::new(History::names())
        .try_map(|name| History::of(&name).ok_or("it keeps no files that can be read"))
}

impl Verb for ImportArgs {
    const NAME: &'static str = "import";
    const EXAMPLES: &'static str = "\
Examples:
  budget import claude-code --budget me --limit 200usd/month
  budget import codex --project ~/src/web=team/web --budget me --since 30d
  budget import claude-code --model claude-opus=team/opus --budget me --dry-run";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let rules = self.rules()?;
        let (files, lost) = self.files(cx)?;
        self.ensure_targets(cx, &rules)?;
        let mut done = Imported {
            left_out: lost,
            is_dry_run: self.dry_run,
            ..Imported::default()
        };
        self.import(cx, &rules, files, &mut done)?;
        for (reason, count) in &done.left_out {
            cx.ui.warn(&format!("{count} left out: {reason}"));
        }
        show(cx, &wire::imported(&done), |_| summary(&done))
    }
}

impl ImportArgs {
    fn rules(&self) -> Result<Rules> {
        let mut rules = Rules {
            models: self.models.clone(),
            projects: self.projects.clone(),
            rest: self.budget.clone(),
        };
        rules.resolve(|path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()));
        if rules.targets().next().is_none() {
            return Err(Error::usage(
                "say which budget it counts against: --budget NAME, --project DIR=NAME or \
                 --model MODEL=NAME",
            ));
        }
        Ok(rules)
    }

    /// The agent's files. What cannot be looked into is told.
    fn files(&self, cx: &Context) -> Result<(Vec<SessionFile>, BTreeMap<String, usize>)> {
        let found = self.agent.files(&places());
        if !found.is_any_there {
            return Err(self.nothing_found());
        }
        let mut lost = BTreeMap::new();
        for place in found.unreadable {
            let reason = format!("{} cannot be read: {}", place.path.display(), place.reason);
            *lost.entry(reason).or_default() += 1;
        }
        let since = self.since(cx);
        let is_due = |file: &SessionFile| {
            since.is_none_or(|since| Timestamp::from_system(file.modified) >= since)
        };
        Ok((found.files.into_iter().filter(is_due).collect(), lost))
    }

    fn nothing_found(&self) -> Error {
        let roots = self.agent.roots(&places());
        let roots = roots
            .iter()
            .map(|root| line(&root.to_string_lossy()).into_owned());
        let mut roots = roots.collect::<Vec<_>>().join(" and ");
        if roots.is_empty() {
            roots.push_str("nothing: HOME is not set");
        }
        let agent = self.agent.source();
        let text = format!(
            "there are no files of {}; looked for {roots}",
            agent.as_str()
        );
        Error::new(Exit::NotFound, "not_found", text)
    }

    fn since(&self, cx: &Context) -> Option<Timestamp> {
        Some(self.since?.instant(cx.zone(), now()))
    }

    /// Every budget there is a rule for must be there before anything is imported.
    fn ensure_targets(&self, cx: &mut Context, rules: &Rules) -> Result<()> {
        let zone = cx.zone();
        for names in rules.targets() {
            let is_rest = rules.rest.as_ref() == Some(names);
            let limits = if is_rest { self.limits.as_slice() } else { &[] };
            if self.dry_run && !limits.is_empty() {
                continue;
            }
            let ledger = cx.ledger_for(!limits.is_empty())?;
            if limits.is_empty() {
                ledger.expect_all(names)?;
            } else {
                ledger.ensure(names, limits, zone)?;
            }
        }
        Ok(())
    }

    fn import(
        &self,
        cx: &mut Context,
        rules: &Rules,
        files: Vec<SessionFile>,
        done: &mut Imported,
    ) -> Result<()> {
        let files = self.changed(cx, files, done)?;
        let found: Vec<_> = files.iter().map(|(file, _)| file.clone()).collect();
        let scan = self.agent.scan(&found, &|read| {
            cx.ui.progress(read, found.len(), "files read");
        });
        cx.ui.progress_ends();
        for lost in &scan.lost {
            let reason = format!("{}: {}", lost.path.display(), lost.reason);
            *done.left_out.entry(reason).or_default() += 1;
        }
        let mut unfinished: BTreeSet<_> = scan.lost.iter().map(|l| Arc::clone(&l.path)).collect();
        let messages = self.due(cx, scan.messages, done, &mut unfinished)?;
        let (source, provider) = (self.agent.source(), self.agent.provider());
        let mut tables = price_tables(cx);
        let made = charges::charges(
            source,
            provider,
            self.notional,
            messages,
            rules,
            &mut tables,
        );
        unfinished.extend(made.unfinished.iter().cloned());
        // A file is not read again where nothing in it was left out.
        let read = files.into_iter();
        let read = read.filter(|(file, _)| !unfinished.contains(file.path.as_path()));
        let read: Vec<_> = read.map(|(_, state)| state).collect();
        self.book(cx, made, &read, done)
    }

    /// The files that changed since they were read, with how they are now.
    fn changed(
        &self,
        cx: &mut Context,
        files: Vec<SessionFile>,
        done: &mut Imported,
    ) -> Result<Vec<(SessionFile, ReadFile)>> {
        let states: Vec<_> = files.iter().map(|file| self.state(file)).collect();
        let before = match cx.existing()? {
            Some(ledger) => ledger.read_before(&states)?,
            None => vec![false; states.len()],
        };
        let all = files.into_iter().zip(states).zip(before);
        let (unchanged, changed): (Vec<_>, Vec<_>) = all.partition(|(_, read)| *read);
        (done.files_read, done.files_unchanged) = (changed.len(), unchanged.len());
        Ok(changed.into_iter().map(|(file, _)| file).collect())
    }

    fn state(&self, file: &SessionFile) -> ReadFile {
        let modified = Timestamp::from_system(file.modified);
        ReadFile {
            name: format!("{} {}", self.agent.source().as_str(), file.path.display()),
            state: format!("{} bytes at {}", file.length, modified.as_micros()),
        }
    }

    /// The messages that nobody has charged yet.
    fn due(
        &self,
        cx: &mut Context,
        messages: Vec<Message>,
        done: &mut Imported,
        unfinished: &mut BTreeSet<Arc<Path>>,
    ) -> Result<Vec<Message>> {
        let ids: Vec<_> = messages.iter().map(|m| m.id(self.agent.source())).collect();
        let booked = match cx.existing()? {
            Some(ledger) => ledger.booked_before(&ids)?,
            None => vec![false; ids.len()],
        };
        done.known = booked.iter().filter(|booked| **booked).count();
        let since = self.since(cx);
        // An answer is written down while it is made: what is young may not be all of it.
        let until = now().checked_add_micros(-SETTLED_US);
        let is_due = |at| since.is_none_or(|since| since <= at) && Some(at) <= until;
        let mut due = Vec::new();
        for (message, _) in messages
            .into_iter()
            .zip(booked)
            .filter(|(_, booked)| !booked)
        {
            if is_due(Timestamp::from_system(message.at)) {
                due.push(message);
            } else {
                unfinished.insert(Arc::clone(&message.path));
            }
        }
        Ok(due)
    }

    fn book(
        &self,
        cx: &mut Context,
        made: Made,
        files: &[ReadFile],
        done: &mut Imported,
    ) -> Result<()> {
        (done.messages, done.entries) = (made.messages, made.charges.len());
        for (reason, count) in made.left_out {
            *done.left_out.entry(reason).or_default() += count;
        }
        for quantity in made.charges.iter().flat_map(|charge| &charge.amounts) {
            let sum = done.amounts.entry(quantity.unit.clone()).or_default();
            *sum = sum.saturating_add(quantity.amount.atoms());
        }
        let is_nothing = made.charges.is_empty() && files.is_empty();
        if self.dry_run || is_nothing {
            return Ok(());
        }
        let ledger = cx.ledger_for(false)?;
        let parts: Vec<&[PastCharge]> = made.charges.chunks(AT_ONCE).collect();
        let Some((last, parts)) = parts.split_last() else {
            return Ok(ledger.import(&[], files).map(drop)?);
        };
        for part in parts {
            ledger.import(part, &[])?;
        }
        Ok(ledger.import(last, files).map(drop)?)
    }
}

/// What was done, in lines for people.
fn summary(done: &Imported) -> String {
    let amounts = done.amounts.iter().filter(|(_, atoms)| **atoms > 0);
    let amounts: Vec<_> = amounts
        .map(|(unit, atoms)| quantity(*atoms, unit))
        .collect();
    let verb = if done.is_dry_run {
        "would import"
    } else {
        "imported"
    };
    let charged = if amounts.is_empty() {
        String::new()
    } else {
        format!(": {}", amounts.join(", "))
    };
    format!(
        "{verb} {} in {}{charged}\n\
         charged before: {}; files read: {}, unchanged since all of them was charged: {}",
        counted(done.messages, "message", "messages"),
        counted(done.entries, "entry", "entries"),
        done.known,
        done.files_read,
        done.files_unchanged,
    )
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Where the agents of this user keep their files.
fn places() -> Places {
    Places::new(env::vars(&sessions::VARIABLES))
}

fn now() -> Timestamp {
    (crate::clock::sources().clock)().wall
}
