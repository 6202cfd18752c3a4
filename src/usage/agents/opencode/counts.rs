//! The figures of one request, as opencode prints and keeps them.

use serde::Deserialize;

use crate::usage::wire::{Fault, Figure, optional};
use crate::usage::{Cost, Overflow, Tokens};

#[derive(Debug, Deserialize)]
pub(in crate::usage) struct Counts {
    input: Figure,
    output: Figure,
    reasoning: Option<Figure>,
    cache: Option<Cache>,
}

#[derive(Debug, Deserialize)]
struct Cache {
    read: Option<Figure>,
    write: Option<Figure>,
}

/// What a request cost. What is paid by subscription, and what has no price, is told to be free.
pub(in crate::usage) fn cost_of(figure: Option<&Figure>) -> Result<Option<Cost>, Fault> {
    let cost = figure.map(|figure| figure.cost("cost")).transpose()?;
    Ok(cost.filter(|cost| *cost != Cost::ZERO))
}

impl Counts {
    /// Input is without what was cached, output without reasoning.
    pub(in crate::usage) fn read(self) -> Result<Tokens, Fault> {
        let cache = self.cache.map(|cache| (cache.read, cache.write));
        let (cache_read, cache_write) = cache.unwrap_or_default();
        let reasoning = optional(self.reasoning, "reasoning")?;
        let output = self.output.count("output")?;
        let tokens = Tokens {
            input: self.input.count("input")?,
            cache_read: optional(cache_read, "cache.read")?,
            cache_write_5m: optional(cache_write, "cache.write")?,
            output: output
                .checked_add(reasoning)
                .ok_or_else(|| Fault::text(Overflow))?,
            reasoning,
            ..Tokens::default()
        };
        tokens.total().map_err(Fault::text)?;
        Ok(tokens)
    }
}
