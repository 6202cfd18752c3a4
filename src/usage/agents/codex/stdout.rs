//! Reads what `codex exec --json` prints: events of threads, of which the end of a turn carries the
//! thread's totals. Owns which totals count and of what they are; refuses to take a turn without
//! figures for one that was free.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::usage::agents::messages::{self, KILLED, UNFINISHED, was_to_be};
use crate::usage::wire::{Fault, Figure, optional, rest};
use crate::usage::{ModelUsage, Overflow, Reading, Report, Source, Tokens, Totals};

const MALFORMED: &str = "the agent's report of a turn is malformed";
pub(super) const FAILED: &str = "a turn failed, and failed turns are not reported";
pub(super) const EMPTY: &str = "the agent reported a turn without tokens";
pub(super) const HELPERS: &str = "the agent had helpers, whose tokens it does not report";
const TOO_MANY: &str = "the agent's output names more than 1000 threads";
const CONTINUED: &str = "one of several threads was continued, and its totals include earlier runs";
/// Threads in one output.
const MAX_THREADS: usize = 1000;

/// What the command line says of the run; the events say nothing of it.
#[derive(Debug, Default)]
pub(super) struct Started {
    /// The thread was there before, or began with the totals of one that was (`fork`).
    pub continued: bool,
    pub model: Option<String>,
    pub provider: Option<String>,
    pub service_tier: Option<String>,
}

/// What the events so far amount to.
#[derive(Debug)]
pub(super) struct Tally {
    started: Started,
    /// In order of their last start; the last one is spoken of.
    threads: Vec<Thread>,
    /// Why nothing that follows can make the reading known.
    spoilt: Option<Fault>,
}

/// One thread. Its totals are running ones: the last ones count, and they include turns that were
/// not reported.
#[derive(Debug, Default)]
struct Thread {
    id: Option<String>,
    /// Totals before the counters were last set back.
    past: Tokens,
    last: Option<Tokens>,
    /// Why the totals are not all there is; totals told later make up for it.
    lost: Option<Fault>,
    /// Threads of helpers are not in the totals.
    has_helpers: bool,
}

impl Tally {
    pub(super) const fn new(started: Started) -> Self {
        let threads = Vec::new();
        Self {
            started,
            threads,
            spoilt: None,
        }
    }

    /// The thread that is spoken of.
    fn current(&mut self) -> &mut Thread {
        if self.threads.is_empty() {
            self.threads.push(Thread::default());
        }
        let last = self.threads.len() - 1;
        &mut self.threads[last]
    }

    fn start(&mut self, id: Option<String>) {
        let known = self.threads.iter().position(|thread| thread.id == id);
        // What was heard before any thread was named belongs to the first one.
        let nameless = self.threads.iter().position(Thread::is_nameless);
        let mut thread = match known.or(nameless) {
            Some(index) => self.threads.remove(index),
            None => Thread::default(),
        };
        thread.id = id;
        thread.lose(Fault::text(KILLED));
        if self.threads.len() < MAX_THREADS {
            self.threads.push(thread);
        } else {
            self.spoilt = Some(Fault::text(TOO_MANY));
        }
    }
}

impl Thread {
    fn is_nameless(&self) -> bool {
        self.id.is_none() && self.last.is_none()
    }

    fn lose(&mut self, fault: Fault) {
        self.lost = Some(fault);
    }

    fn turn(&mut self, tokens: Tokens) -> Result<(), Overflow> {
        // A review is done by a helper, and reported as if nothing had been done.
        if tokens == Tokens::default() {
            self.lose(Fault::text(EMPTY));
            return Ok(());
        }
        if let Some(last) = self.last.filter(|last| fell(last, &tokens)) {
            self.past = self.past.checked_add(&last)?;
        }
        self.last = Some(tokens);
        self.lost = None;
        Ok(())
    }

    fn total(&self) -> Result<Option<Tokens>, Overflow> {
        let add = |last: &Tokens| self.past.checked_add(last);
        self.last.as_ref().map(add).transpose()
    }

    fn fault(&self) -> Option<Fault> {
        let helpers = self.has_helpers.then(|| Fault::text(HELPERS));
        self.lost.clone().or(helpers)
    }
}

/// Running totals never fall, so those that fell were set back to zero in between.
fn fell(before: &Tokens, now: &Tokens) -> bool {
    before.input > now.input
        || before.cache_read > now.cache_read
        || before.cache_write_5m > now.cache_write_5m
        || before.output > now.output
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: String,
    thread_id: Option<String>,
    #[serde(borrow)]
    item: Option<&'a RawValue>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(rename = "input_tokens")]
    input: Figure,
    #[serde(rename = "cached_input_tokens")]
    cached: Option<Figure>,
    #[serde(rename = "cache_write_input_tokens")]
    written: Option<Figure>,
    #[serde(rename = "output_tokens")]
    output: Figure,
    #[serde(rename = "reasoning_output_tokens")]
    reasoning: Option<Figure>,
}

impl messages::Tally for Tally {
    fn message(&mut self, bytes: &[u8]) {
        let Ok(event) = serde_json::from_slice::<Event<'_>>(bytes) else {
            let kinds = ["turn.completed", "thread.started"];
            if kinds.iter().any(|kind| was_to_be(bytes, kind)) {
                self.lose(Fault::text(MALFORMED));
            }
            return;
        };
        match event.kind.as_str() {
            "thread.started" => self.start(messages::name(event.thread_id)),
            "turn.started" => self.lose(Fault::text(UNFINISHED)),
            "turn.failed" => self.lose(Fault::text(FAILED)),
            "turn.completed" => match read(event.usage) {
                Ok(tokens) => {
                    if let Err(overflow) = self.current().turn(tokens) {
                        self.spoilt = Some(Fault::text(overflow));
                    }
                }
                Err(fault) => self.lose(fault),
            },
            kind if kind.starts_with("item.") => {
                let thread = self.current();
                thread.lost.get_or_insert(Fault::text(UNFINISHED));
                thread.has_helpers |= is_of_helpers(event.item);
            }
            _ => {}
        }
    }

    fn skips(&self, beginning: &[u8]) -> bool {
        // What goes on is known to go on until the turn ends, but for the work of helpers.
        let is_open = self
            .threads
            .last()
            .is_some_and(|thread| thread.lost.is_some());
        is_open && is_plain_item(beginning)
    }

    fn lose(&mut self, fault: Fault) {
        self.current().lose(fault);
    }

    fn reading(self) -> Reading {
        if self.threads.is_empty() {
            return Reading::Silent;
        }
        let report = match self.report() {
            Ok(report) => report,
            Err(overflow) => return Reading::unknown(overflow.to_string(), None),
        };
        let continued = self.started.continued;
        let mut faults = self.threads.iter().filter_map(Thread::fault);
        match self.spoilt.clone().or_else(|| faults.next_back()) {
            // Nor is it a lower bound, where earlier runs are part of it.
            Some(fault) if continued => Reading::unknown(fault.to_string(), None),
            Some(fault) => {
                let at_least = (!report.models.is_empty()).then_some(report);
                Reading::unknown(fault.to_string(), at_least)
            }
            None if continued && report.totals == Totals::Run => Reading::Unknown {
                reason: CONTINUED.to_owned(),
                at_least: None,
                at_most: Some(Box::new(report)),
            },
            None => Reading::Known(report),
        }
    }
}

impl Tally {
    fn report(&self) -> Result<Report, Overflow> {
        let mut report = Report::new(Source::new("codex"));
        for thread in &self.threads {
            let Some(tokens) = thread.total()? else {
                continue;
            };
            report.models.push(ModelUsage {
                model: self.started.model.clone(),
                provider: self.started.provider.clone(),
                service_tier: self.started.service_tier.clone(),
                tokens: Some(tokens),
                ..ModelUsage::default()
            });
        }
        report.check()?;
        if let [Thread { id: Some(id), .. }] = self.threads.as_slice() {
            let continued = self.started.continued;
            report.totals = Totals::Session { continued };
            report.session = Some(id.clone());
        }
        Ok(report)
    }
}

/// Whether a message tells of an item that is not the work of other agents:
/// `{"type":"item.completed","item":{"id":"item_1","type":"agent_message",…`.
fn is_plain_item(beginning: &[u8]) -> bool {
    let mut strings = beginning.split(|byte| *byte == b'"');
    let mut next = |count| strings.nth(count).unwrap_or_default();
    let kind = messages::kind_of(beginning).unwrap_or_default();
    let is_item = kind.starts_with(b"item.") && next(5) == b"item";
    let id_then_type = next(1) == b"id" && next(3) == b"type";
    is_item
        && id_then_type
        && [&b"agent_message"[..], b"command_execution", b"reasoning"].contains(&next(1))
}

/// Whether an item is the work of other agents.
fn is_of_helpers(item: Option<&RawValue>) -> bool {
    let item = item.and_then(|item| serde_json::from_str::<Item>(item.get()).ok());
    item.is_some_and(|item| item.kind.starts_with("collab"))
}

/// Cached and written input is part of the input, reasoning is part of the output.
fn read(usage: Option<&RawValue>) -> Result<Tokens, Fault> {
    let usage = usage.and_then(|usage| serde_json::from_str::<Usage>(usage.get()).ok());
    let usage = usage.ok_or_else(|| Fault::text(MALFORMED))?;
    let cache_read = optional(usage.cached, "cached_input_tokens")?;
    let written = optional(usage.written, "cache_write_input_tokens")?;
    let whole = "input_tokens";
    let input = usage.input.count(whole)?;
    let unread = rest((input, whole), (cache_read, "cached_input_tokens"))?;
    let tokens = Tokens {
        input: rest((unread, whole), (written, "cache_write_input_tokens"))?,
        cache_read,
        cache_write_5m: written,
        output: usage.output.count("output_tokens")?,
        reasoning: optional(usage.reasoning, "reasoning_output_tokens")?,
        ..Tokens::default()
    };
    let whole = "output_tokens";
    rest(
        (tokens.output, whole),
        (tokens.reasoning, "reasoning_output_tokens"),
    )?;
    tokens.total().map_err(Fault::text)?;
    Ok(tokens)
}
