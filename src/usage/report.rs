//! What one run said it consumed, and how sure that is. Owns the difference between what is known,
//! what is bounded and what is unknown; refuses to turn the last into zero.

use std::collections::HashMap;

use super::{Cost, ModelUsage, Overflow, Tokens};

/// Where a figure came from, by the name used in records: `claude-code`, `usage-file`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Source(&'static str);

impl Source {
    /// A usage file written by the child.
    pub const USAGE_FILE: Self = Self("usage-file");

    /// A source of this name: lower-case words joined by hyphens.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name used in records.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// What the figures of a report are the totals of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Totals {
    /// Of the run alone.
    #[default]
    Run,
    /// Of the whole session that the report names: what earlier runs of it consumed is part of
    /// them, if there were any.
    Session {
        /// The run continued a session that was there before.
        continued: bool,
    },
}

/// What one run said it consumed. The sums over `models` are in range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Who said so.
    pub source: Source,
    /// The whole cost; `None` is unknown, never free. A part may still be named in `models`.
    pub cost: Option<Cost>,
    /// What the figures are the totals of.
    pub totals: Totals,
    /// Nobody is billed for it, as where a subscription pays: money is what it would have cost.
    pub is_notional: bool,
    /// Usage by model and provider, or request by request, in order of first appearance.
    pub models: Vec<ModelUsage>,
    /// The tokens in `models` are not all there were (only the main loop's are known).
    pub tokens_incomplete: bool,
    /// The agent's own session id.
    pub session: Option<String>,
    /// How the agent says it ended: `success`, `error_max_turns`, …; `error` where it names a
    /// success that is an error.
    pub outcome: Option<String>,
    /// Amounts in other units than money and tokens, whole, each unit once: `("calls", 3)`.
    pub amounts: Vec<(String, u64)>,
    /// Ids of the messages counted, each once, so that other sources do not count them again.
    pub ids: Vec<String>,
}

impl Report {
    /// An empty report of a run, or of an answer.
    pub fn new(source: Source) -> Self {
        Self {
            source,
            cost: None,
            totals: Totals::Run,
            is_notional: false,
            models: Vec::new(),
            tokens_incomplete: false,
            session: None,
            outcome: None,
            amounts: Vec::new(),
            ids: Vec::new(),
        }
    }

    /// An empty report of a session.
    pub fn of_session(source: Source, session: &str) -> Self {
        Self {
            session: Some(session.to_owned()),
            ..Self::new(source)
        }
    }

    /// Whether the figures of another can be added.
    pub fn takes(&self, other: &Self) -> bool {
        let tokens = |report: &Self| report.tokens().map(Option::unwrap_or_default);
        let cost = |report: &Self| report.named_cost().map(Option::unwrap_or_default);
        let sums = || {
            tokens(self)?.checked_add(&tokens(other)?)?;
            cost(self)?.checked_add(cost(other)?).ok_or(Overflow)
        };
        sums().is_ok()
    }

    /// A report of nothing, which is known and free.
    pub(super) fn nothing(source: Source) -> Self {
        let nothing = ModelUsage {
            tokens: Some(Tokens::default()),
            cost: Some(Cost::ZERO),
            ..ModelUsage::default()
        };
        Self {
            cost: Some(Cost::ZERO),
            models: vec![nothing],
            ..Self::new(source)
        }
    }

    /// Who said something, without what was said of amounts.
    #[must_use]
    pub fn without_figures(self) -> Self {
        Self {
            source: self.source,
            session: self.session,
            outcome: self.outcome,
            ..Self::new(self.source)
        }
    }

    /// Usage with one sum for each model at the same prices. Sums of what is in range are in range.
    pub fn by_model(&self) -> Vec<ModelUsage> {
        self.grouped().into_iter().map(|(sum, _)| sum).collect()
    }

    /// The same, each sum with what it is the sum of.
    pub fn grouped(&self) -> Vec<(ModelUsage, Vec<&ModelUsage>)> {
        let mut places: HashMap<_, usize> = HashMap::new();
        let mut groups: Vec<(ModelUsage, Vec<&ModelUsage>)> = Vec::new();
        for usage in &self.models {
            let place = places.entry(usage.likeness()).or_insert(groups.len());
            match groups.get_mut(*place) {
                Some((sum, parts)) => {
                    if let Ok(total) = sum.checked_add(usage) {
                        *sum = total;
                        parts.push(usage);
                    }
                }
                None => groups.push((usage.clone(), vec![usage])),
            }
        }
        groups
    }

    /// Tokens of all models, `None` where no source named any.
    pub fn tokens(&self) -> Result<Option<Tokens>, Overflow> {
        self.models
            .iter()
            .filter_map(|m| m.tokens.as_ref())
            .try_fold(None, |sum, tokens| {
                sum.unwrap_or_else(Tokens::default)
                    .checked_add(tokens)
                    .map(Some)
            })
    }

    /// The money named per model, added up: a lower bound where `cost` is unknown.
    pub fn named_cost(&self) -> Result<Option<Cost>, Overflow> {
        self.models
            .iter()
            .filter_map(|m| m.cost)
            .try_fold(None, |sum, cost| {
                sum.unwrap_or(Cost::ZERO)
                    .checked_add(cost)
                    .map(Some)
                    .ok_or(Overflow)
            })
    }

    /// An error where the tokens or the money of all models leave the range.
    pub(super) fn check(&self) -> Result<(), Overflow> {
        self.tokens()?;
        self.named_cost()?;
        Ok(())
    }

    /// Adds `usage` to the entry of the same model at the same prices, or as a new one.
    pub(super) fn add_model(&mut self, usage: ModelUsage) -> Result<(), Overflow> {
        let like = |m: &&mut ModelUsage| m.likeness() == usage.likeness();
        match self.models.iter_mut().find(like) {
            Some(entry) => *entry = entry.checked_add(&usage)?,
            None => self.models.push(usage),
        }
        Ok(())
    }
}

/// The end of a meter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The run's consumption. Single figures may still be unknown (`Report::cost`).
    Known(Report),
    /// Something was consumed or may have been, and nobody can say how much. Never zero.
    Unknown {
        /// Why, as a fragment for people.
        reason: String,
        /// What was certainly consumed, where anything is certain.
        at_least: Option<Box<Report>>,
        /// What was consumed at most, where that is certain.
        at_most: Option<Box<Report>>,
    },
    /// Nothing that looks like a report was seen. From an agent that was to report, that is
    /// unknown as well.
    Silent,
}

impl Reading {
    /// Ids of the messages counted.
    pub fn ids(&self) -> &[String] {
        match self {
            Self::Known(report) => &report.ids,
            Self::Unknown { at_least, .. } => at_least.as_ref().map_or(&[], |report| &report.ids),
            Self::Silent => &[],
        }
    }

    /// Unknown for a reason, with what is certain at the least.
    pub fn unknown(reason: impl Into<String>, at_least: Option<Report>) -> Self {
        let at_least = at_least.map(Box::new);
        Self::Unknown {
            reason: reason.into(),
            at_least,
            at_most: None,
        }
    }
}

/// Reads a stream as it passes by. Any split of the bytes into chunks gives the same reading;
/// memory stays within a few MiB whatever is fed; no input panics.
pub trait Meter: Send {
    /// Takes in the next bytes.
    fn feed(&mut self, bytes: &[u8]);
    /// Tells that the stream has ended, and what it said.
    fn finish(self: Box<Self>) -> Reading;
}
