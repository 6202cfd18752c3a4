//! Reads the messages of agents that print what Claude Code prints, but mean other things by it: a
//! `result` with the tokens of the run. Owns which of them count; refuses to add up the single
//! messages, whose figures are placeholders, and to believe money.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::gemini_cli::stats::{Stats, Thoughts};
use super::messages::{self, CONTINUED, KILLED, UNFINISHED, was_to_be};
use crate::usage::wire::{Fault, Figure, Pairs, optional};
use crate::usage::{ModelUsage, Overflow, Reading, Report, Source, Tokens, Totals};

pub(super) const MALFORMED: &str = "the agent's result is malformed";
pub(super) const EMPTY: &str = "the agent's result names no tokens";
pub(super) const FAILED: &str = "the agent failed, and a request that fails is not reported";
pub(super) const UNCLEAR: &str =
    "nothing tells whether the agent counts cached input as input as well";
pub(super) const OMITTED: &str = "the agent leaves out what was written to a cache";
const TOO_MANY: &str = "the agent's output names more than 1000 models";
/// Models in one output, told by one result or by several.
const MAX_MODELS: usize = 1000;
/// It stopped between two requests, so that all it used is reported.
const TURN_LIMIT: &str = "error_max_turns";

/// What an agent means by its results.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meaning {
    pub source: Source,
    /// Input contains what was cached. Where that is not known, both are bounds.
    pub input_contains_cached: Option<bool>,
    /// Figures are running totals of the session; `None` where that is not known.
    pub of_session: Option<bool>,
    /// The run continues an earlier conversation.
    pub continued: bool,
    /// How the names of models begin of which it leaves out what was written to a cache.
    pub omits_writes_of: &'static [&'static str],
}

/// What the messages so far amount to.
#[derive(Debug)]
pub(super) struct Tally {
    meaning: Meaning,
    seen: bool,
    /// Something was going on after the last result.
    open: bool,
    /// Why the last word was not understood; a later result makes up for it.
    lost: Option<Fault>,
    model: Named,
    told: Vec<Told>,
}

/// The model that the messages name.
#[derive(Debug)]
enum Named {
    Nothing,
    One(String),
    Several,
}

/// One result.
#[derive(Debug)]
struct Told {
    session: Option<String>,
    outcome: Option<String>,
    least: Vec<ModelUsage>,
    most: Vec<ModelUsage>,
    /// Why it is not all there is.
    fault: Option<Fault>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(rename = "type")]
    kind: String,
    subtype: Option<String>,
    is_error: Option<bool>,
    session_id: Option<String>,
    model: Option<String>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow, rename = "modelUsage")]
    model_usage: Option<&'a RawValue>,
    #[serde(borrow)]
    stats: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Message {
    model: String,
}

/// Counts in all spellings there are.
#[derive(Deserialize)]
struct Counts {
    #[serde(alias = "input_tokens", alias = "inputTokens")]
    input: Figure,
    #[serde(alias = "output_tokens", alias = "outputTokens")]
    output: Figure,
    #[serde(
        alias = "cache_read_input_tokens",
        alias = "cacheReadInputTokens",
        alias = "cache_read_tokens",
        alias = "cacheReadTokens"
    )]
    cache_read: Option<Figure>,
    #[serde(
        alias = "cache_creation_input_tokens",
        alias = "cacheCreationInputTokens",
        alias = "cache_write_tokens",
        alias = "cacheWriteTokens"
    )]
    cache_write: Option<Figure>,
    #[serde(alias = "total_tokens", alias = "totalTokens")]
    total: Option<Figure>,
}

impl Tally {
    pub(super) const fn new(meaning: Meaning) -> Self {
        Self {
            meaning,
            seen: false,
            open: false,
            lost: None,
            model: Named::Nothing,
            told: Vec::new(),
        }
    }

    fn work(&mut self, wire: &Wire<'_>) {
        (self.seen, self.open) = (true, true);
        let message = wire
            .message
            .and_then(|message| serde_json::from_str::<Message>(message.get()).ok());
        let model = message.map(|message| message.model);
        let Some(model) = messages::name(model.or_else(|| wire.model.clone())) else {
            return;
        };
        match &self.model {
            Named::Nothing => self.model = Named::One(model),
            Named::One(before) if *before != model => self.model = Named::Several,
            Named::One(_) | Named::Several => {}
        }
    }

    fn result(&mut self, wire: Wire<'_>, bytes: &[u8]) -> Result<(), Fault> {
        let (least, most) = self.usage(&wire, bytes)?;
        let failed = wire.is_error == Some(true) && wire.subtype.as_deref() != Some(TURN_LIMIT);
        // A request that was refused may be told as a success with nothing used.
        let fault = if failed {
            Some(Fault::text(FAILED))
        } else {
            least.is_empty().then(|| Fault::text(EMPTY))
        };
        let told = Told {
            session: messages::name(wire.session_id),
            outcome: messages::name(wire.subtype),
            least,
            most,
            fault,
        };
        let models = self.told.iter().map(|told| told.least.len().max(1));
        if models.sum::<usize>() + told.least.len() > MAX_MODELS {
            return Err(Fault::text(TOO_MANY));
        }
        let running = self.meaning.of_session == Some(true);
        let replaces = |before: &Told| running && before.session == told.session;
        match self.told.iter().position(replaces) {
            Some(before) => self.told[before] = told,
            None => self.told.push(told),
        }
        Ok(())
    }

    /// The usage that a result tells, at the least and at the most.
    fn usage(
        &self,
        wire: &Wire<'_>,
        bytes: &[u8],
    ) -> Result<(Vec<ModelUsage>, Vec<ModelUsage>), Fault> {
        if let Some(stats) = wire.stats {
            let used = parse::<Stats>(stats.get())?.read(Thoughts::AsTheTotalSays)?;
            return Ok((used.clone(), used));
        }
        let counts = match (wire.model_usage, wire.usage) {
            (Some(models), _) => {
                let models = parse::<Pairs<Counts>>(models.get())?.0;
                models.into_iter().map(|(m, c)| (Some(m), c)).collect()
            }
            (None, Some(usage)) => vec![(self.the_model(), parse::<Counts>(usage.get())?)],
            // Some versions have no object for them.
            (None, None) => {
                let counts = std::str::from_utf8(bytes).ok().map(parse::<Counts>);
                let counts = counts.and_then(Result::ok);
                let none = || Fault::text(EMPTY);
                vec![(self.the_model(), counts.ok_or_else(none)?)]
            }
        };
        let (mut least, mut most) = (Vec::new(), Vec::new());
        for (model, counts) in counts {
            let (at_least, at_most) = counts.read(self.meaning.input_contains_cached)?;
            if at_most != Tokens::default() {
                least.push(usage_of(model.clone(), at_least));
                most.push(usage_of(model, at_most));
            }
        }
        Ok((least, most))
    }

    fn the_model(&self) -> Option<String> {
        match &self.model {
            Named::One(model) => Some(model.clone()),
            Named::Nothing | Named::Several => None,
        }
    }

    fn report(&self, of: fn(&Told) -> &Vec<ModelUsage>) -> Result<Report, Overflow> {
        let mut report = Report::new(self.meaning.source);
        for told in &self.told {
            for usage in of(told) {
                report.add_model(usage.clone())?;
            }
            report.outcome.clone_from(&told.outcome);
        }
        report.check()?;
        if let [told] = self.told.as_slice() {
            report.session.clone_from(&told.session);
            let continued = self.meaning.continued;
            if self.meaning.of_session == Some(true) && told.session.is_some() {
                report.totals = Totals::Session { continued };
            }
        }
        Ok(report)
    }

    fn fault(&self) -> Option<Fault> {
        let told = self.told.iter().find_map(|told| told.fault.clone());
        let open = if self.told.is_empty() {
            KILLED
        } else {
            UNFINISHED
        };
        let unfinished = (self.open || self.told.is_empty()).then(|| Fault::text(open));
        let omitted = self.omits_writes().then(|| Fault::text(OMITTED));
        self.lost.clone().or(told).or(unfinished).or(omitted)
    }

    fn omits_writes(&self) -> bool {
        let names = self.told.iter().flat_map(|told| &told.least);
        let mut names = names.map(|usage| usage.model.as_deref().unwrap_or_default());
        let omitted = self.meaning.omits_writes_of;
        names.any(|name| omitted.iter().any(|beginning| name.starts_with(beginning)))
    }
}

impl messages::Tally for Tally {
    fn message(&mut self, bytes: &[u8]) {
        let Ok(wire) = serde_json::from_slice::<Wire<'_>>(bytes) else {
            if was_to_be(bytes, "result") {
                self.lose(Fault::text(MALFORMED));
            }
            return;
        };
        match wire.kind.as_str() {
            "result" => {
                (self.seen, self.open, self.lost) = (true, false, None);
                if let Err(fault) = self.result(wire, bytes) {
                    self.lose(fault);
                }
            }
            "assistant" | "user" | "stream_event" | "tool_call" | "thinking" => self.work(&wire),
            "system" if wire.subtype.as_deref() == Some("init") => self.work(&wire),
            _ => {}
        }
    }

    fn skips(&self, beginning: &[u8]) -> bool {
        // They name no model, and what goes on is known to go on until there is a result.
        let kinds: [&[u8]; 4] = [b"stream_event", b"user", b"tool_call", b"thinking"];
        self.open && messages::kind_of(beginning).is_some_and(|kind| kinds.contains(&kind))
    }

    fn lose(&mut self, fault: Fault) {
        self.seen = true;
        self.lost = Some(fault);
    }

    fn reading(self) -> Reading {
        if !self.seen {
            return Reading::Silent;
        }
        let (Ok(least), Ok(most)) = (self.report(|t| &t.least), self.report(|t| &t.most)) else {
            return Reading::unknown(Overflow.to_string(), None);
        };
        let told_once = most.totals != Totals::Run;
        let mixes = self.meaning.continued && !told_once;
        // Earlier runs may be part of it, so that it is no lower bound.
        let is_bound = !self.meaning.continued && !least.models.is_empty();
        let at_least = is_bound.then(|| Box::new(least.clone()));
        let (reason, at_most) = match self.fault() {
            Some(fault) => (fault.to_string(), None),
            None if mixes => (CONTINUED.to_owned(), Some(most)),
            None if least.models != most.models => (UNCLEAR.to_owned(), Some(most)),
            None => return Reading::Known(least),
        };
        Reading::Unknown {
            reason,
            at_least,
            at_most: at_most.map(Box::new),
        }
    }
}

impl Counts {
    /// The tokens at the least and at the most: they differ where input may or may not contain
    /// what was cached.
    fn read(self, contains_cached: Option<bool>) -> Result<(Tokens, Tokens), Fault> {
        let input = self.input.count("the count of input")?;
        let output = self.output.count("the count of output")?;
        let cache_read = optional(self.cache_read, "the count of cache reads")?;
        let cache_write = optional(self.cache_write, "the count of cache writes")?;
        let total = optional(self.total, "the total")?;
        let told = input.checked_add(output).ok_or(Fault::text(Overflow))?;
        // Some providers count thoughts in the total alone.
        let thoughts = if contains_cached == Some(true) {
            total.saturating_sub(told)
        } else {
            0
        };
        let most = Tokens {
            input,
            cache_read,
            cache_write_5m: cache_write,
            output: output.saturating_add(thoughts),
            ..Tokens::default()
        };
        most.total().map_err(Fault::text)?;
        let uncached = cache_read
            .checked_add(cache_write)
            .and_then(|cached| input.checked_sub(cached));
        match (contains_cached, uncached) {
            (Some(true), None) => Err(Fault::Contradiction {
                part: "the count of cached input",
                whole: "the count of input",
            }),
            (Some(true), Some(input)) => {
                let least = Tokens { input, ..most };
                Ok((least, least))
            }
            (None, Some(input)) => Ok((Tokens { input, ..most }, most)),
            (Some(false), _) | (None, None) => Ok((most, most)),
        }
    }
}

fn usage_of(model: Option<String>, tokens: Tokens) -> ModelUsage {
    ModelUsage {
        model: messages::name(model),
        tokens: Some(tokens),
        ..ModelUsage::default()
    }
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|_| Fault::text(MALFORMED))
}

#[cfg(test)]
mod tests;
