//! What programs report about their own consumption: one model of usage with disjoint token kinds,
//! and readers that turn an agent's output or a usage file into it, exactly and in bounded memory.
//! Knows nothing of budgets, limits or prices: what a reading is charged is decided elsewhere.

mod agent;
mod claude_code;
mod decimal;
mod objects;
mod usage_file;
mod wire;

pub use agent::{Agent, recognise};
pub use claude_code::{ClaudeCode, MAX_MESSAGE as CLAUDE_CODE_MAX_MESSAGE};
pub use decimal::{Cost, DecimalError};
pub use usage_file::{MAX_BYTES as USAGE_FILE_MAX_BYTES, UsageFile, read as read_usage_file};

/// A sum left the range the ledger can hold (`0..=i64::MAX`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the figures add up to more than a ledger can hold")]
pub struct Overflow;

/// Tokens by kind. Every token is in exactly one field, except that `reasoning` repeats a part of
/// `output`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Input that was neither read from nor written to a cache.
    pub input: u64,
    /// Input read from a cache.
    pub cache_read: u64,
    /// Input written to a cache for five minutes, or for a time the source did not name.
    pub cache_write_5m: u64,
    /// Input written to a cache for one hour.
    pub cache_write_1h: u64,
    /// Output, reasoning included.
    pub output: u64,
    /// The part of `output` that was reasoning, where the source told.
    pub reasoning: u64,
    /// Tokens whose kind the source did not name.
    pub unspecified: u64,
}

impl Tokens {
    /// All tokens, each once: every kind but `reasoning`, at most `i64::MAX`.
    pub fn total(&self) -> Result<u64, Overflow> {
        [
            self.cache_read,
            self.cache_write_5m,
            self.cache_write_1h,
            self.output,
            self.unspecified,
        ]
        .iter()
        .try_fold(self.input, |sum, kind| sum.checked_add(*kind))
        .filter(|sum| i64::try_from(*sum).is_ok())
        .ok_or(Overflow)
    }

    /// The sum, kind by kind; an error where a kind or the total leaves the range.
    pub fn checked_add(&self, other: &Self) -> Result<Self, Overflow> {
        let add = |a: u64, b: u64| a.checked_add(b).ok_or(Overflow);
        let sum = Self {
            input: add(self.input, other.input)?,
            cache_read: add(self.cache_read, other.cache_read)?,
            cache_write_5m: add(self.cache_write_5m, other.cache_write_5m)?,
            cache_write_1h: add(self.cache_write_1h, other.cache_write_1h)?,
            output: add(self.output, other.output)?,
            reasoning: add(self.reasoning, other.reasoning)?,
            unspecified: add(self.unspecified, other.unspecified)?,
        };
        sum.total().map(|_| sum)
    }
}

/// What was consumed of one model at one provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelUsage {
    /// The model's name as reported.
    pub model: Option<String>,
    /// The provider's name as reported.
    pub provider: Option<String>,
    /// Tokens by kind; `None` where none were named, which is not zero.
    pub tokens: Option<Tokens>,
    /// Reported money; `None` where none was named, which is not zero.
    pub cost: Option<Cost>,
    /// Billed searches of the web.
    pub web_searches: u64,
    /// The reporter did not know the model's price and guessed one.
    pub price_guessed: bool,
}

impl ModelUsage {
    /// Two usages of the same model added up; a cost or tokens known of only one are unknown of
    /// the sum.
    fn checked_add(&self, other: &Self) -> Result<Self, Overflow> {
        let tokens = match (&self.tokens, &other.tokens) {
            (Some(a), Some(b)) => Some(a.checked_add(b)?),
            _ => None,
        };
        let cost = match (self.cost, other.cost) {
            (Some(a), Some(b)) => Some(a.checked_add(b).ok_or(Overflow)?),
            _ => None,
        };
        let web_searches = self
            .web_searches
            .checked_add(other.web_searches)
            .ok_or(Overflow)?;
        let price_guessed = self.price_guessed || other.price_guessed;
        Ok(Self {
            tokens,
            cost,
            web_searches,
            price_guessed,
            ..self.clone()
        })
    }
}

/// Where a figure came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The end-of-run object of Claude Code.
    ClaudeCode,
    /// A usage file written by the child.
    UsageFile,
}

impl Source {
    /// The name used in records: `claude-code`, `usage-file`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::UsageFile => "usage-file",
        }
    }
}

/// What one run said it consumed. The sums over `models` are in range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Who said so.
    pub source: Source,
    /// The whole cost; `None` is unknown, never free. A part may still be named in `models`.
    pub cost: Option<Cost>,
    /// Usage by model and provider, in order of first appearance.
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
    fn new(source: Source) -> Self {
        Self {
            source,
            cost: None,
            models: Vec::new(),
            tokens_incomplete: false,
            session: None,
            outcome: None,
            amounts: Vec::new(),
            ids: Vec::new(),
        }
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
    fn check(&self) -> Result<(), Overflow> {
        self.tokens()?;
        self.named_cost()?;
        Ok(())
    }

    /// Adds `usage` to the entry of the same model and provider, or as a new one.
    fn add_model(&mut self, usage: ModelUsage) -> Result<(), Overflow> {
        // Priced and unpriced usage stay apart, so that the unpriced part can still be priced.
        let same = |m: &&mut ModelUsage| {
            (&m.model, &m.provider, m.cost.is_some(), m.tokens.is_some())
                == (
                    &usage.model,
                    &usage.provider,
                    usage.cost.is_some(),
                    usage.tokens.is_some(),
                )
        };
        match self.models.iter_mut().find(same) {
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
    fn unknown(reason: impl Into<String>, at_least: Option<Report>) -> Self {
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

#[cfg(test)]
mod tests;
