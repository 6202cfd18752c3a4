//! Reads what Claude Code prints with `--output-format json` and `stream-json`: the `result`
//! objects, which carry running totals of the whole process. Owns which of them counts; refuses to
//! add up the single messages, whose figures are placeholders.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::result;
use crate::usage::agents::messages::{self, CONTINUED, KILLED, Messages, UNFINISHED, was_to_be};
use crate::usage::wire::Fault;
use crate::usage::{Meter, ModelUsage, Overflow, Reading, Report, Tokens};

const SEVERAL: &str =
    "nothing tells whether the agent ran once, with running totals, or several times";
const MISSING: &str = "a result of the agent is missing";
const CRASHED: &str = "the agent failed and reported neither cost nor tokens";

/// The meter of one run's standard output. `resumed`: the run continues an earlier conversation
/// (`--resume`, `--continue`); some versions then report totals that include earlier runs, and
/// nothing in the output tells which, so that the reading is `Unknown` with an upper bound.
pub(super) fn meter(resumed: bool) -> Box<dyn Meter> {
    Box::new(Messages::new(Tally::new(resumed)))
}

/// The same for the output of a program that may have started the agent several times: a result
/// that is larger than the one before may be of the same run, or of another one.
pub(super) fn script_meter(resumed: bool) -> Box<dyn Meter> {
    let is_script = true;
    Box::new(Messages::new(Tally {
        is_script,
        ..Tally::new(resumed)
    }))
}

/// What the messages so far amount to.
#[derive(Debug)]
struct Tally {
    resumed: bool,
    is_script: bool,
    /// Some message of the agent was seen.
    seen: bool,
    /// Something was going on after the last result.
    open: bool,
    /// Why the last word was not understood; a later result makes up for it.
    lost: Option<Fault>,
    /// Why no later result can make up for it.
    spoilt: Option<Fault>,
    /// Totals before the counters were last set back.
    past: Option<Report>,
    /// The last result.
    last: Option<Report>,
    /// The number of the next result, where they are numbered.
    due: Option<u64>,
    /// All results, as if each was of a run of its own.
    apart: Option<Report>,
}

impl Tally {
    const fn new(resumed: bool) -> Self {
        let (past, last, apart, lost, spoilt) = (None, None, None, None, None);
        Self {
            resumed,
            is_script: false,
            seen: false,
            open: false,
            lost,
            spoilt,
            past,
            last,
            due: None,
            apart,
        }
    }

    /// A turn begins. What was open before it was of a run that ended.
    fn begin(&mut self) {
        if self.is_script && self.open {
            self.spoilt.get_or_insert(Fault::text(UNFINISHED));
        }
        (self.seen, self.open) = (true, true);
    }

    fn result(&mut self, report: Report, index: Option<u64>) {
        self.seen = true;
        self.open = false;
        let is_due = index.is_none() || self.due.is_none() || index == self.due;
        self.due = index.and_then(|index| index.checked_add(1));
        if !is_due {
            self.lost.get_or_insert(Fault::text(MISSING));
        }
        if self.is_script {
            // It may have been of another run, whose totals will not be told again.
            self.spoilt = self.spoilt.take().or(self.lost.take());
        }
        if result::is_crash(&report) {
            self.lost = Some(Fault::text(CRASHED));
            return;
        }
        if let Some(last) = self.last.take_if(|last| was_set_back(last, &report)) {
            // What was lost belonged to totals that will not be told again.
            self.spoilt = self.spoilt.take().or(self.lost.take());
            match sum(self.past.take(), last) {
                Ok(past) => self.past = Some(past),
                Err(fault) => self.spoilt = Some(fault),
            }
        }
        self.lost = None;
        if self.is_script {
            let session = match &self.apart {
                Some(before) if before.session != report.session => None,
                _ => report.session.clone(),
            };
            match sum(self.apart.take(), report.clone()) {
                Ok(apart) => self.apart = Some(Report { session, ..apart }),
                Err(fault) => self.spoilt = Some(fault),
            }
        }
        self.last = Some(report);
    }

    /// What it was at most, where that is more than the totals say.
    fn most(&mut self, total: &Report) -> Option<Report> {
        let figures = |report: &Report| (report.cost, report.tokens().ok());
        let apart = self.apart.take()?;
        (figures(&apart) != figures(total)).then_some(apart)
    }
}

impl messages::Tally for Tally {
    fn message(&mut self, bytes: &[u8]) {
        match Kind::of(bytes) {
            Kind::Foreign => {}
            Kind::Quiet => self.seen = true,
            Kind::Begin => self.begin(),
            Kind::Work => (self.seen, self.open) = (true, true),
            Kind::Result => match result::read(bytes) {
                Ok(report) => self.result(report, index_of(bytes)),
                Err(fault) => self.lose(fault),
            },
        }
    }

    fn skips(&self, beginning: &[u8]) -> bool {
        // What goes on is known to go on until there is a result.
        let kinds: [&[u8]; 3] = [b"stream_event", b"assistant", b"user"];
        let is_plain = |kind| kinds.contains(&kind) || (kind == b"system" && !self.is_script);
        self.open && messages::kind_of(beginning).is_some_and(is_plain)
    }

    fn lose(&mut self, fault: Fault) {
        self.seen = true;
        self.lost = Some(fault);
    }

    fn reading(mut self) -> Reading {
        if !self.seen {
            return Reading::Silent;
        }
        let silent = self.last.is_none() && self.past.is_none();
        let open = if silent { KILLED } else { UNFINISHED };
        let unfinished = (self.open || silent).then(|| Fault::text(open));
        let fault = self.spoilt.take().or(self.lost.take()).or(unfinished);
        let total = match (self.past.take(), self.last.take()) {
            (past, Some(last)) => sum(past, last).map(Some),
            (past, None) => Ok(past),
        };
        match (fault, total) {
            (_, Err(fault)) => Reading::unknown(fault.to_string(), None),
            // Nor is it a lower bound, where earlier runs may be part of it.
            (Some(fault), Ok(_)) if self.resumed => Reading::unknown(fault.to_string(), None),
            (Some(fault), Ok(total)) => Reading::unknown(fault.to_string(), total),
            (None, Ok(None)) => Reading::unknown(KILLED, None),
            (None, Ok(Some(total))) if self.resumed => Reading::Unknown {
                reason: CONTINUED.to_owned(),
                at_least: None,
                at_most: Some(Box::new(total)),
            },
            (None, Ok(Some(total))) => match self.most(&total) {
                None => Reading::Known(total),
                Some(most) => Reading::Unknown {
                    reason: SEVERAL.to_owned(),
                    at_least: Some(Box::new(Report {
                        session: most.session.clone(),
                        ..total
                    })),
                    at_most: Some(Box::new(most)),
                },
            },
        }
    }
}

/// Running totals never fall, so one that fell was set back to zero in between.
fn was_set_back(last: &Report, now: &Report) -> bool {
    let cheaper = matches!((last.cost, now.cost), (Some(a), Some(b)) if b < a);
    // Without totals per model, tokens are those of one turn and may fall freely.
    let per_turn = last.tokens_incomplete || now.tokens_incomplete;
    cheaper || (!per_turn && last.models.iter().any(|model| fell(model, now)))
}

fn fell(model: &ModelUsage, now: &Report) -> bool {
    let same = now.models.iter().find(|m| m.model == model.model);
    match (model.tokens, same.and_then(|m| m.tokens)) {
        (Some(before), Some(after)) => {
            before.output > after.output
                || before.input > after.input
                || before.cache_read > after.cache_read
                || before.cache_write_1h > after.cache_write_1h
                || before.cache_write_5m > after.cache_write_5m
        }
        (before, _) => before.is_some_and(|tokens| tokens != Tokens::default()),
    }
}

/// Totals before and after the counters were set back; the later one names the session.
fn sum(past: Option<Report>, last: Report) -> Result<Report, Fault> {
    let overflow = |_| Fault::text(Overflow);
    let Some(mut total) = past else {
        return Ok(last);
    };
    total.cost = match (total.cost, last.cost) {
        (Some(a), Some(b)) => Some(a.checked_add(b).ok_or(Overflow).map_err(overflow)?),
        _ => None,
    };
    total.tokens_incomplete |= last.tokens_incomplete;
    for model in last.models {
        total.add_model(model).map_err(overflow)?;
    }
    total.check().map_err(overflow)?;
    result::check_models(total.models.len())?;
    Ok(Report {
        session: last.session,
        outcome: last.outcome,
        ..total
    })
}

/// What a message says about usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Not a message of the agent.
    Foreign,
    /// A message that costs nothing.
    Quiet,
    /// A turn begins.
    Begin,
    /// A sign that a turn is going on.
    Work,
    Result,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    subtype: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Message {
    model: String,
}

#[derive(Deserialize)]
struct Numbered {
    result_index: Option<u64>,
}

/// The number of a result among those of its run, where it is told.
fn index_of(bytes: &[u8]) -> Option<u64> {
    let numbered = serde_json::from_slice::<Numbered>(bytes).ok()?;
    numbered.result_index
}

impl Kind {
    fn of(bytes: &[u8]) -> Self {
        let Ok(head) = serde_json::from_slice::<Head<'_>>(bytes) else {
            return if was_to_be(bytes, "result") {
                Self::Result
            } else {
                Self::Foreign
            };
        };
        match head.kind.as_str() {
            "result" => Self::Result,
            "assistant" if head.is_synthetic() => Self::Quiet,
            "assistant" | "user" | "stream_event" => Self::Work,
            "system" if head.subtype.is_some_and(|s| s.get() == r#""init""#) => Self::Begin,
            "system" | "rate_limit_event" => Self::Quiet,
            _ => Self::Foreign,
        }
    }
}

impl Head<'_> {
    /// The agent itself wrote the message, no model did.
    fn is_synthetic(&self) -> bool {
        let message = self
            .message
            .and_then(|m| serde_json::from_str::<Message>(m.get()).ok());
        message.is_some_and(|message| message.model == "<synthetic>")
    }
}

#[cfg(test)]
mod tests;
