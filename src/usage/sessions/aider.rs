//! Reads aider's log of what it did, a line for each event, of many runs one after the other. Owns
//! which of them are one run's, and what that run's other options make of their figures; refuses
//! figures that aider guessed.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Run;
use super::lines::{Line, Lines};
use super::run::{AFTER, STOPPED};
use crate::usage::wire::{Fault, read_cost, read_count};
use crate::usage::{Cost, ModelUsage, Reading, Report, Source, Tokens};

/// What every line contains.
const MARK: &str = r#""event""#;
const SEVERAL: &str = "several runs wrote to the agent's log";
const UNFINISHED: &str = "the agent asked for something that its log has no answer to";
const SUMMARIES: &str = "the agent counts no requests that sum up a long conversation";
pub(in crate::usage) const GUESSED: &str =
    "the agent guesses the tokens of answers that it streams";

/// A log, and what is known of the run that wrote to it.
#[derive(Debug, Clone, Copy)]
pub(in crate::usage) struct Log<'a> {
    /// The file.
    pub path: &'a Path,
    /// Answers were not streamed, so that their figures are the provider's.
    pub is_exact: bool,
    /// Conversations of so many tokens are not summed up.
    pub longest: u64,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    event: Option<Cow<'a, str>>,
    #[serde(borrow)]
    time: Option<&'a RawValue>,
    #[serde(borrow)]
    properties: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    main_model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    prompt_tokens: &'a RawValue,
    #[serde(borrow)]
    completion_tokens: &'a RawValue,
    #[serde(borrow)]
    cost: Option<&'a RawValue>,
}

/// What a run wrote so far.
struct Written {
    launched: u64,
    /// Programs that ended after the last launch.
    ended: u64,
    /// Answers that were asked for and did not come.
    open: u64,
    lost: Option<Fault>,
    report: Report,
}

/// What a run consumed, by what it wrote to its log. `Silent` where that is nothing.
pub(in crate::usage) fn reading(source: Source, log: &Log<'_>, run: &Run<'_>) -> Reading {
    let mut written = Written {
        launched: 0,
        ended: 0,
        open: 0,
        lost: None,
        report: Report::new(source),
    };
    match File::open(log.path).and_then(|file| written.read(file, run)) {
        Ok(()) => written.reading(log, run),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Reading::Silent,
        Err(error) => {
            let path = log.path.display();
            Reading::unknown(format!("{path} cannot be read: {}", error.kind()), None)
        }
    }
}

impl Written {
    fn read(&mut self, file: File, run: &Run<'_>) -> io::Result<()> {
        let mark = memmem::Finder::new(MARK);
        let mut lines = Lines::new(file);
        while let Some(line) = lines.next(&mark)? {
            let taken = match line {
                Line::Whole(text) | Line::Last(text) if mark.find(text).is_some() => {
                    self.line(text, run)
                }
                Line::Whole(_) | Line::Last(_) => Ok(()),
                Line::Oversize => Err(Fault::text("a line of the agent's log is too long")),
            };
            if let Err(fault) = taken {
                self.lost = Some(fault);
            }
        }
        Ok(())
    }

    fn line(&mut self, text: &[u8], run: &Run<'_>) -> Result<(), Fault> {
        let malformed = || Fault::text("a line of the agent's log is torn or malformed");
        let entry: Entry<'_> = serde_json::from_slice(text).map_err(|_| malformed())?;
        let time = entry.time.ok_or_else(malformed)?;
        let time = Duration::from_secs(read_count(time.get(), "time")?);
        let at = UNIX_EPOCH.checked_add(time).ok_or_else(malformed)?;
        let end = run.end.checked_add(AFTER).unwrap_or(run.end);
        if !(whole_seconds(run.start)..=end).contains(&at) {
            return Ok(());
        }
        match entry.event.as_deref() {
            Some("launched") => {
                self.launched = self.launched.saturating_add(1);
                // What was told before belongs to an earlier run.
                self.lost = None;
                self.ended = 0;
                self.open = 0;
                self.report = Report::new(self.report.source);
            }
            Some("exit") => self.ended = self.ended.saturating_add(1),
            Some("message_send_starting") => self.open = self.open.saturating_add(1),
            Some("message_send") => {
                self.open = self.open.saturating_sub(1);
                let answer = entry.properties.ok_or_else(malformed)?;
                let answer = serde_json::from_str::<Answer<'_>>(answer.get());
                let usage = answer.map_err(|_| malformed())?.usage(at)?;
                self.report.add_model(usage).map_err(Fault::text)?;
                self.report.check().map_err(Fault::text)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn reading(self, log: &Log<'_>, run: &Run<'_>) -> Reading {
        let Self {
            launched,
            ended,
            open,
            lost,
            mut report,
        } = self;
        if launched == 0 && report.models.is_empty() && lost.is_none() {
            return Reading::Silent;
        }
        // One that goes on tells of its launch before this run, and of its answers in it.
        if launched != 1 || ended > 1 {
            return Reading::unknown(SEVERAL, None);
        }
        if !log.is_exact {
            return Reading::unknown(GUESSED, None);
        }
        if report.models.is_empty() && lost.is_none() && open == 0 {
            report = Report::nothing(report.source);
        }
        let tokens = report.tokens().ok().flatten().unwrap_or_default();
        let is_long = tokens.total().is_ok_and(|total| total > log.longest);
        let why = match lost {
            Some(fault) => fault.to_string(),
            None if open > 0 => UNFINISHED.to_owned(),
            None if !run.is_complete => STOPPED.to_owned(),
            None if is_long => SUMMARIES.to_owned(),
            None => {
                if let Some(unwritten) = run.unwritten.filter(|_| !report.models.is_empty()) {
                    return Reading::unknown(unwritten, Some(report));
                }
                let all = report.models.iter().all(|usage| usage.cost.is_some());
                report.cost = report.named_cost().ok().flatten().filter(|_| all);
                return Reading::Known(report);
            }
        };
        let is_something = !report.models.is_empty();
        Reading::unknown(why, is_something.then_some(report))
    }
}

impl Answer<'_> {
    fn usage(&self, at: SystemTime) -> Result<ModelUsage, Fault> {
        let cost = self.cost.map(|cost| read_cost(cost.get(), "cost"));
        // It knows no price of its model then.
        let cost = cost.transpose()?.filter(|cost| *cost > Cost::ZERO);
        // Models that few know are not named.
        let is_name = |model: &&str| *model != "None" && !model.ends_with("REDACTED");
        Ok(ModelUsage {
            model: self
                .main_model
                .as_deref()
                .filter(is_name)
                .map(str::to_owned),
            tokens: Some(Tokens {
                input: read_count(self.prompt_tokens.get(), "prompt_tokens")?,
                output: read_count(self.completion_tokens.get(), "completion_tokens")?,
                ..Tokens::default()
            }),
            cost,
            at: Some(at),
            ..ModelUsage::default()
        })
    }
}

/// The log tells times in seconds, cut off.
fn whole_seconds(at: SystemTime) -> SystemTime {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let whole = UNIX_EPOCH.checked_add(Duration::from_secs(since.as_secs()));
    whole.unwrap_or(at)
}

#[cfg(test)]
mod tests;
