//! Reads what Gemini CLI prints with `--output-format json`, one object, and `stream-json`, events
//! that end with a result. Owns which of the figures count; refuses to take a failed run for one
//! that was free.
//!
//! The figures are of the run, also of one that resumed a session: only the interactive program
//! takes up the counts of earlier runs, and it prints no JSON.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::stats::{Stats, Thoughts, check_models};
use crate::usage::agents::messages::{self, KILLED, UNFINISHED, contains, was_to_be};
use crate::usage::wire::{Fault, Figure, Pairs, optional, rest};
use crate::usage::{ModelUsage, Reading, Report, Source, Tokens};

pub(super) const MALFORMED: &str = "the agent's statistics are malformed";
pub(super) const EMPTY: &str = "the agent reported no tokens";
pub(super) const FAILED: &str = "the agent failed, and a request that fails is not reported";
/// It stopped between two requests, so that all it used is reported.
const TURN_LIMIT: &str = "FatalTurnLimitedError";

/// What was printed so far amounts to.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Something of the agent was seen.
    seen: bool,
    /// A run has begun and not told its result.
    runs: bool,
    /// Why what was read last is not all; the run's own result makes up for it.
    lost: Option<Fault>,
    /// Why no later result can make up for it.
    spoilt: Option<Fault>,
    /// The model and the session that the run began with.
    model: Option<String>,
    session: Option<String>,
    /// The results of all runs that printed here.
    done: Option<Report>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    session_id: Option<String>,
    model: Option<String>,
    status: Option<String>,
    #[serde(borrow)]
    stats: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Failure {
    #[serde(rename = "type")]
    kind: String,
}

/// The counts by model, which older versions do not print.
#[derive(Deserialize)]
struct ByModel {
    models: Option<Pairs<Counts>>,
}

#[derive(Deserialize)]
struct Counts {
    #[serde(rename = "total_tokens")]
    total: Figure,
    #[serde(rename = "input_tokens")]
    input: Figure,
    #[serde(rename = "output_tokens")]
    output: Figure,
    cached: Option<Figure>,
}

impl messages::Tally for Tally {
    fn message(&mut self, bytes: &[u8]) {
        let Ok(wire) = serde_json::from_slice::<Wire<'_>>(bytes) else {
            if was_to_be(bytes, "result") || contains(bytes, "\"stats\"") {
                self.lose(Fault::text(MALFORMED));
            }
            return;
        };
        match wire.kind.as_deref() {
            Some("init") => self.begin(wire.model, wire.session_id),
            Some("result") => {
                let usage = self.streamed(wire.stats);
                self.end(&wire, usage);
            }
            Some("message" | "tool_use" | "tool_result") if self.seen => {
                self.lost.get_or_insert(Fault::text(UNFINISHED));
            }
            None if wire.is_whole() => self.end(&wire, whole(wire.stats)),
            _ => {}
        }
    }

    fn skips(&self, beginning: &[u8]) -> bool {
        // What goes on is known to go on until there is a result.
        let kinds: [&[u8]; 3] = [b"message", b"tool_use", b"tool_result"];
        let is_open = self.seen && self.lost.is_some();
        is_open && messages::kind_of(beginning).is_some_and(|kind| kinds.contains(&kind))
    }

    fn lose(&mut self, fault: Fault) {
        self.seen = true;
        self.lost = Some(fault);
    }

    fn reading(self) -> Reading {
        let silent = self.done.is_none().then(|| Fault::text(KILLED));
        match (self.spoilt.or(self.lost).or(silent), self.done) {
            _ if !self.seen => Reading::Silent,
            (None, Some(report)) => Reading::Known(report),
            (fault, least) => {
                let reason = fault.map_or_else(String::new, |fault| fault.to_string());
                Reading::unknown(reason, least)
            }
        }
    }
}

impl Tally {
    /// A program has started. One that started before it and told nothing never will.
    fn begin(&mut self, model: Option<String>, session: Option<String>) {
        if self.runs {
            self.spoilt = self.spoilt.take().or(self.lost.take());
        }
        self.runs = true;
        self.model = messages::name(model);
        self.session = messages::name(session);
        self.seen = true;
        self.lost = Some(Fault::text(KILLED));
    }

    fn end(&mut self, wire: &Wire<'_>, usage: Result<Vec<ModelUsage>, Fault>) {
        self.seen = true;
        self.runs = false;
        self.lost = None;
        let ended = match usage {
            Err(fault) => Err(fault),
            Ok(used) if used.is_empty() => Err(Fault::text(EMPTY)),
            Ok(used) => self.add(used, wire),
        };
        let ended = match wire.failure() {
            Some(kind) if kind != TURN_LIMIT => Err(Fault::text(FAILED)),
            _ => ended,
        };
        if let Err(fault) = ended {
            self.spoilt.get_or_insert(fault);
        }
    }

    fn add(&mut self, used: Vec<ModelUsage>, wire: &Wire<'_>) -> Result<(), Fault> {
        let session = messages::name(wire.session_id.clone()).or(self.session.clone());
        let mut report = self.done.take().unwrap_or_else(|| Report {
            session: session.clone(),
            ..Report::new(Source::new("gemini-cli"))
        });
        report.session = report
            .session
            .filter(|of_all| Some(of_all) == session.as_ref());
        for usage in used {
            report.add_model(usage).map_err(Fault::text)?;
        }
        report.check().map_err(Fault::text)?;
        check_models(report.models.len())?;
        report.outcome = Some(wire.outcome());
        self.done = Some(report);
        Ok(())
    }

    /// The counts of a stream's result.
    fn streamed(&self, stats: Option<&RawValue>) -> Result<Vec<ModelUsage>, Fault> {
        let models = parse::<ByModel>(stats)?.models;
        let pairs = match models {
            Some(pairs) => pairs.0.into_iter().map(|(m, c)| (Some(m), c)).collect(),
            None => vec![(self.model.clone(), parse::<Counts>(stats)?)],
        };
        check_models(pairs.len())?;
        let mut used = Vec::new();
        for (model, counts) in pairs {
            let tokens = counts.read()?;
            if tokens != Tokens::default() {
                used.push(ModelUsage {
                    model: messages::name(model),
                    tokens: Some(tokens),
                    ..ModelUsage::default()
                });
            }
        }
        Ok(used)
    }
}

impl Wire<'_> {
    /// All that is printed, not an event.
    fn is_whole(&self) -> bool {
        self.stats.is_some() || (self.session_id.is_some() && self.error.is_some())
    }

    /// The kind of the error that the run ended with.
    fn failure(&self) -> Option<String> {
        let error = self.error.filter(|error| error.get() != "null");
        let kind = error.map(|error| {
            let failure = serde_json::from_str::<Failure>(error.get());
            failure.map_or_else(|_| "error".to_owned(), |failure| failure.kind)
        });
        let failed = self.status.as_deref().is_some_and(|s| s != "success");
        kind.or_else(|| failed.then(|| "error".to_owned()))
    }

    fn outcome(&self) -> String {
        messages::name(self.failure()).unwrap_or_else(|| "success".to_owned())
    }
}

impl Counts {
    /// Thoughts, and what tools put into the prompt, show only in the total: they are taken for
    /// output, the dearer of the two.
    fn read(self) -> Result<Tokens, Fault> {
        let whole = "total_tokens";
        let total = self.total.count(whole)?;
        let input = self.input.count("input_tokens")?;
        let output = self.output.count("output_tokens")?;
        let cached = optional(self.cached, "cached")?;
        let all_output = rest((total, whole), (input, "input_tokens"))?;
        rest((all_output, whole), (output, "output_tokens"))?;
        Ok(Tokens {
            input: rest((input, "input_tokens"), (cached, "cached"))?,
            cache_read: cached,
            output: all_output,
            ..Tokens::default()
        })
    }
}

fn parse<'a, T: Deserialize<'a>>(stats: Option<&'a RawValue>) -> Result<T, Fault> {
    let stats = stats.and_then(|stats| serde_json::from_str(stats.get()).ok());
    stats.ok_or_else(|| Fault::text(MALFORMED))
}

/// The counts of the one object.
fn whole(stats: Option<&RawValue>) -> Result<Vec<ModelUsage>, Fault> {
    parse::<Stats>(stats)?.read(Thoughts::Beside)
}
