//! What was consumed of a model, with disjoint kinds of tokens, and what it cost. Owns the sums,
//! which stay within what a ledger can hold; refuses to guess anything that was not told.

use std::hash::Hash;
use std::time::SystemTime;

use super::Cost;
use super::prices::Pricing;

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
    /// Whose prices it was asked for by, where no provider was reported.
    pub assumed_provider: Option<String>,
    /// Tokens by kind; `None` where none were named, which is not zero.
    pub tokens: Option<Tokens>,
    /// Reported money; `None` where none was named, which is not zero.
    pub cost: Option<Cost>,
    /// Billed searches of the web.
    pub web_searches: u64,
    /// The reporter did not know the model's price and guessed one.
    pub price_guessed: bool,
    /// The tier of service as reported (`priority`, `flex`, `batch`, `fast`), where it changes
    /// the price.
    pub service_tier: Option<String>,
    /// What of it has a price of its own that no table here tells (`tokens of audio`), so that it
    /// cannot be computed.
    pub off_table: Option<&'static str>,
    /// How many requests the figures are the sum of, where that is known. Prices that depend on
    /// the length of a prompt are exact for one request only.
    pub requests: Option<u64>,
    /// When the request was answered, where that is known: prices change by date.
    pub at: Option<SystemTime>,
    /// How `cost` was computed; `None` where it was reported.
    pub pricing: Option<Pricing>,
}

impl ModelUsage {
    /// What usages have in common that may be told as one sum: the model, and its prices. Priced
    /// and unpriced usage stay apart, so that the unpriced part can still be priced.
    pub(super) fn likeness(&self) -> impl Eq + Hash + '_ {
        let known = (self.cost.is_some(), self.tokens.is_some(), self.off_table);
        let model = (&self.model, &self.provider, &self.service_tier);
        (model, known, &self.pricing)
    }

    /// Two usages of the same model added up; a cost or tokens known of only one are unknown of
    /// the sum.
    pub(super) fn checked_add(&self, other: &Self) -> Result<Self, Overflow> {
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
        let requests = match (self.requests, other.requests) {
            (Some(a), Some(b)) => Some(a.checked_add(b).ok_or(Overflow)?),
            _ => None,
        };
        Ok(Self {
            tokens,
            cost,
            web_searches,
            requests,
            price_guessed: self.price_guessed || other.price_guessed,
            at: self.at.max(other.at),
            ..self.clone()
        })
    }
}
