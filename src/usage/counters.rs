//! Counters that run on: some agents report the totals of a whole session, earlier runs included.
//! What a run consumed is how far they moved. Owns how far they had come, as a text to keep, and
//! the difference; refuses to take a total for a run's own where nobody knows what it began with.

use serde::{Deserialize, Serialize};

use super::report::Totals;
use super::{Cost, ModelUsage, Reading, Report, Tokens};

const BEGAN_ELSEWHERE: &str =
    "the agent continued a session, and nobody wrote down what that had used before";

/// How far the counters of a session had come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Money, in atoms of 10⁻⁸ USD.
    cost: Option<i64>,
    models: Vec<Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Counter {
    model: Option<String>,
    provider: Option<String>,
    /// In the order of [`kinds`].
    tokens: Option<[u64; 7]>,
    cost: Option<i64>,
    web_searches: u64,
    requests: Option<u64>,
}

const fn kinds(tokens: &Tokens) -> [u64; 7] {
    [
        tokens.input,
        tokens.cache_read,
        tokens.cache_write_5m,
        tokens.cache_write_1h,
        tokens.output,
        tokens.reasoning,
        tokens.unspecified,
    ]
}

const fn tokens(
    [
        input,
        cache_read,
        short,
        long,
        output,
        reasoning,
        unspecified,
    ]: [u64; 7],
) -> Tokens {
    Tokens {
        input,
        cache_read,
        cache_write_5m: short,
        cache_write_1h: long,
        output,
        reasoning,
        unspecified,
    }
}

impl Counters {
    /// How far a report says they have come.
    pub fn of(report: &Report) -> Self {
        let counter = |usage: ModelUsage| Counter {
            tokens: usage.tokens.as_ref().map(kinds),
            cost: usage.cost.map(Cost::atoms),
            model: usage.model,
            provider: usage.provider,
            web_searches: usage.web_searches,
            requests: usage.requests,
        };
        Self {
            cost: report.cost.map(Cost::atoms),
            models: report.by_model().into_iter().map(counter).collect(),
        }
    }

    /// Reads what [`Counters::to_text`] wrote; `None` where it is something else.
    pub fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The text to keep.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What was consumed since; `None` where a counter has fallen, so that they began anew.
    fn until(&self, now: &Report) -> Option<Report> {
        let cost = match (self.cost, now.cost) {
            (Some(before), Some(now)) => Some(less(before, now)?),
            _ => None,
        };
        let sums = now.by_model();
        let mut models = Vec::new();
        for usage in &sums {
            models.push(match self.models.iter().find(|c| c.is_of(usage)) {
                Some(counter) => counter.until(usage)?,
                None => usage.clone(),
            });
        }
        // A model that is told no more was set back with the rest.
        let told = |counter: &Counter| sums.iter().any(|usage| counter.is_of(usage));
        if !self.models.iter().all(|c| told(c) || c.is_idle()) {
            return None;
        }
        if models.iter().all(is_idle) && cost.is_none_or(|cost| cost == Cost::ZERO) {
            return Some(nothing(now, models));
        }
        models.retain(|usage| !is_idle(usage));
        Some(Report {
            cost,
            models,
            ..now.clone()
        })
    }
}

impl Counter {
    fn is_of(&self, usage: &ModelUsage) -> bool {
        (&self.model, &self.provider) == (&usage.model, &usage.provider)
    }

    fn is_idle(&self) -> bool {
        self.tokens.is_none_or(|t| t == [0; 7]) && self.cost.is_none_or(|cost| cost == 0)
    }

    fn until(&self, now: &ModelUsage) -> Option<ModelUsage> {
        let moved = match (self.tokens, now.tokens.as_ref().map(kinds)) {
            (Some(before), Some(mut now)) => {
                for (now, before) in now.iter_mut().zip(before) {
                    *now = now.checked_sub(before)?;
                }
                Some(tokens(now))
            }
            _ => None,
        };
        let cost = match (self.cost, now.cost) {
            (Some(before), Some(now)) => Some(less(before, now)?),
            _ => None,
        };
        Some(ModelUsage {
            tokens: moved,
            cost,
            web_searches: now.web_searches.checked_sub(self.web_searches)?,
            requests: match (self.requests, now.requests) {
                (Some(before), Some(now)) => Some(now.checked_sub(before)?),
                _ => None,
            },
            ..now.clone()
        })
    }
}

/// Nothing moved: that is known, and costs nothing whatever the price.
fn nothing(now: &Report, mut models: Vec<ModelUsage>) -> Report {
    for usage in &mut models {
        usage.cost = Some(Cost::ZERO);
    }
    Report {
        cost: Some(Cost::ZERO),
        models,
        ..now.clone()
    }
}

fn is_idle(usage: &ModelUsage) -> bool {
    let no_tokens = usage
        .tokens
        .is_none_or(|tokens| tokens == Tokens::default());
    no_tokens && usage.cost.is_none_or(|cost| cost == Cost::ZERO) && usage.web_searches == 0
}

fn less(before: i64, now: Cost) -> Option<Cost> {
    now.checked_sub(Cost::from_atoms(before)?)
}

/// What a run consumed, by the report at its end and by how far the counters of its session had
/// come before it.
pub fn of_run(report: Report, before: Option<&Counters>) -> Reading {
    match (report.totals, before) {
        (Totals::Run, _) | (Totals::Session { continued: false }, None) => Reading::Known(report),
        (Totals::Session { continued: true }, None) => Reading::Unknown {
            reason: BEGAN_ELSEWHERE.to_owned(),
            at_least: None,
            at_most: Some(Box::new(report)),
        },
        (Totals::Session { .. }, Some(before)) => {
            Reading::Known(before.until(&report).unwrap_or(report))
        }
    }
}

#[cfg(test)]
mod tests;
