//! The things that have a price, and how much of each a usage holds. Every token is counted once.

use crate::usage::ModelUsage;

/// Something that has a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Input that no cache was part of.
    Input,
    /// Input read from a cache.
    CacheRead,
    /// Input written to a cache for five minutes.
    CacheWrite5m,
    /// Input written to a cache for an hour.
    CacheWrite1h,
    /// Output that has no price of its own.
    Output,
    /// Output that was reasoning, where that has its own price.
    Reasoning,
    /// A search of the web.
    WebSearch,
    /// The request itself.
    Request,
}

impl Kind {
    /// All of them.
    pub(super) const ALL: [Self; 8] = [
        Self::Input,
        Self::CacheRead,
        Self::CacheWrite5m,
        Self::CacheWrite1h,
        Self::Output,
        Self::Reasoning,
        Self::WebSearch,
        Self::Request,
    ];

    /// What a prompt is made of.
    pub(super) const PROMPT: [Self; 4] = [
        Self::Input,
        Self::CacheRead,
        Self::CacheWrite5m,
        Self::CacheWrite1h,
    ];

    /// The name used in records.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::CacheRead => "cache_read",
            Self::CacheWrite5m => "cache_write_5m",
            Self::CacheWrite1h => "cache_write_1h",
            Self::Output => "output",
            Self::Reasoning => "reasoning",
            Self::WebSearch => "web_search",
            Self::Request => "request",
        }
    }

    /// The name of its price in a table.
    pub(super) const fn price_key(self) -> &'static str {
        match self {
            Self::Input => "input_mtok",
            Self::CacheRead => "cache_read_mtok",
            Self::CacheWrite5m => "cache_write_mtok",
            Self::CacheWrite1h => "cache_write_1h_mtok",
            Self::Output => "output_mtok",
            Self::Reasoning => "output_reasoning_mtok",
            Self::WebSearch => "web_searches_kcount",
            Self::Request => "requests_kcount",
        }
    }

    /// What it is charged as where it has no price of its own.
    pub(super) const fn else_as(self) -> Option<Self> {
        match self {
            Self::CacheRead | Self::CacheWrite5m => Some(Self::Input),
            Self::CacheWrite1h => Some(Self::CacheWrite5m),
            Self::Reasoning => Some(Self::Output),
            _ => None,
        }
    }
}

/// How much of each kind there is; `None` where no tokens are known. Reasoning is told apart from
/// other output.
pub(super) fn counts(usage: &ModelUsage) -> Option<[(Kind, u64); 8]> {
    let tokens = usage.tokens?;
    let reasoning = tokens.reasoning.min(tokens.output);
    Some([
        (Kind::Input, tokens.input),
        (Kind::CacheRead, tokens.cache_read),
        (Kind::CacheWrite5m, tokens.cache_write_5m),
        (Kind::CacheWrite1h, tokens.cache_write_1h),
        (Kind::Output, tokens.output - reasoning),
        (Kind::Reasoning, reasoning),
        (Kind::WebSearch, usage.web_searches),
        (Kind::Request, usage.requests.unwrap_or(1)),
    ])
}
