//! Reads what `opencode run --format json` prints: events, of which the end of a step carries the
//! figures of one request. Owns their sum; refuses to take it for the whole where requests were
//! made that are not printed.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::counts::{Counts, cost_of};
use crate::usage::agents::messages::{self, KILLED, UNFINISHED, was_to_be};
use crate::usage::wire::{Fault, Figure, present};
use crate::usage::{ModelUsage, Overflow, Reading, Report, Source, Tokens};

pub(super) const MALFORMED: &str = "the agent's report of a step is malformed";
pub(super) const EMPTY: &str = "the agent reported a step without tokens";
pub(super) const FAILED: &str = "the agent failed, and a request that fails is not reported";
pub(super) const HELPERS: &str = "the agent had helpers, whose tokens it does not report";
pub(super) const TITLE: &str =
    "the agent had a title made for its session, which it does not report; --title names it";
const TOO_MANY: &str = "the agent reported more than 10000 steps";
/// Steps in one output.
const MAX_STEPS: usize = 10_000;

/// What the command line says of the run; the events say nothing of it.
#[derive(Debug, Default)]
pub(super) struct Started {
    /// No request is made for a title.
    pub has_title: bool,
    pub provider: Option<String>,
    pub model: Option<String>,
}

/// What the events so far amount to.
#[derive(Debug)]
pub(super) struct Tally {
    started: Started,
    seen: bool,
    /// A step has begun, or is to follow.
    open: bool,
    /// Why the figures are not all there is. What is missing is in no later figure.
    fault: Option<Fault>,
    /// The steps that were counted, and the messages that they are of.
    counted: HashSet<String>,
    report: Report,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: String,
    timestamp: Option<u64>,
    #[serde(rename = "sessionID")]
    session: Option<String>,
    #[serde(borrow)]
    part: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Tool {
    tool: Option<String>,
}

#[derive(Deserialize)]
struct Step {
    id: Option<String>,
    reason: Option<String>,
    #[serde(rename = "messageID")]
    message: Option<String>,
    tokens: Counts,
    #[serde(default, deserialize_with = "present")]
    cost: Option<Figure>,
}

impl Tally {
    pub(super) fn new(started: Started) -> Self {
        Self {
            started,
            seen: false,
            open: false,
            fault: None,
            counted: HashSet::new(),
            report: Report::new(Source::new("opencode")),
        }
    }

    fn step(&mut self, event: &Event<'_>) -> Result<(), Fault> {
        let step = event
            .part
            .and_then(|part| serde_json::from_str::<Step>(part.get()).ok());
        let step = step.ok_or_else(|| Fault::text(MALFORMED))?;
        // An agent that called tools has not seen what they said.
        self.open = step.reason.as_deref() == Some("tool-calls");
        let id = messages::name(step.id);
        if id.as_ref().is_some_and(|id| self.counted.contains(id)) {
            return Ok(());
        }
        if self.report.models.len() == MAX_STEPS {
            return Err(Fault::text(TOO_MANY));
        }
        let tokens = step.tokens.read()?;
        if tokens == Tokens::default() {
            return Err(Fault::text(EMPTY));
        }
        let cost = cost_of(step.cost.as_ref())?;
        let at = event.timestamp.map(Duration::from_millis);
        self.report.models.push(ModelUsage {
            model: self.started.model.clone(),
            provider: self.started.provider.clone(),
            tokens: Some(tokens),
            cost,
            requests: Some(1),
            at: at.and_then(|at| SystemTime::UNIX_EPOCH.checked_add(at)),
            ..ModelUsage::default()
        });
        self.counted.extend(id);
        let message = messages::name(step.message).filter(|id| self.counted.insert(id.clone()));
        self.report.ids.extend(message);
        Ok(())
    }

    /// A fault that no later figure makes up for; the first one counts.
    fn fail(&mut self, fault: Fault) {
        self.seen = true;
        self.fault.get_or_insert(fault);
    }

    fn sum(&mut self) -> Result<(), Overflow> {
        self.report.check()?;
        let all_priced = self.report.models.iter().all(|step| step.cost.is_some());
        self.report.cost = self.report.named_cost()?.filter(|_| all_priced);
        Ok(())
    }
}

impl messages::Tally for Tally {
    fn message(&mut self, bytes: &[u8]) {
        let Ok(event) = serde_json::from_slice::<Event<'_>>(bytes) else {
            if was_to_be(bytes, "step_finish") {
                self.fail(Fault::text(MALFORMED));
            }
            return;
        };
        // Other programs print events of such types too.
        let Some(session) = &event.session else {
            return;
        };
        self.seen = true;
        self.report.session = messages::name(Some(session.clone()));
        match event.kind.as_str() {
            "step_start" => self.open = true,
            "step_finish" => {
                if let Err(fault) = self.step(&event) {
                    self.fail(fault);
                }
            }
            "tool_use" if is_of_helpers(event.part) => self.fail(Fault::text(HELPERS)),
            "error" => self.fail(Fault::text(FAILED)),
            _ => {}
        }
    }

    fn skips(&self, beginning: &[u8]) -> bool {
        let kinds: [&[u8]; 2] = [b"text", b"reasoning"];
        self.seen && messages::kind_of(beginning).is_some_and(|kind| kinds.contains(&kind))
    }

    fn lose(&mut self, fault: Fault) {
        self.fail(fault);
    }

    fn reading(mut self) -> Reading {
        if !self.seen {
            return Reading::Silent;
        }
        if let Err(overflow) = self.sum() {
            return Reading::unknown(overflow.to_string(), None);
        }
        let silent = self.report.models.is_empty();
        let ending = if silent { KILLED } else { UNFINISHED };
        let ending = (self.open || silent).then(|| Fault::text(ending));
        let title = (!self.started.has_title).then(|| Fault::text(TITLE));
        match self.fault.or(ending).or(title) {
            None => Reading::Known(self.report),
            Some(fault) => Reading::unknown(fault.to_string(), (!silent).then_some(self.report)),
        }
    }
}

/// Helpers have sessions of their own, whose events are not printed.
fn is_of_helpers(part: Option<&RawValue>) -> bool {
    let part = part.and_then(|part| serde_json::from_str::<Tool>(part.get()).ok());
    part.and_then(|part| part.tool)
        .is_some_and(|tool| tool == "task")
}
