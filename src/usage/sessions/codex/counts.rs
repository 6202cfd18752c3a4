//! The token counts of Codex, in which the whole contains its parts: input what is cached, output
//! what is reasoning.

use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::usage::Tokens;
use crate::usage::wire::{Fault, read_count};

#[derive(Deserialize)]
pub(super) struct Usage<'a> {
    #[serde(borrow, rename = "input_tokens")]
    input: Option<&'a RawValue>,
    #[serde(
        borrow,
        rename = "cached_input_tokens",
        alias = "cache_read_input_tokens"
    )]
    cached: Option<&'a RawValue>,
    #[serde(borrow, rename = "cache_write_input_tokens")]
    written: Option<&'a RawValue>,
    #[serde(borrow, rename = "output_tokens")]
    output: Option<&'a RawValue>,
    #[serde(borrow, rename = "reasoning_output_tokens")]
    reasoning: Option<&'a RawValue>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    input: u64,
    cached: u64,
    written: u64,
    output: u64,
    reasoning: u64,
}

impl Usage<'_> {
    pub(super) fn counts(&self) -> Result<Counts, Fault> {
        let read = |figure: Option<&RawValue>, field: &str| {
            figure.map_or(Ok(0), |figure| read_count(figure.get(), field))
        };
        Ok(Counts {
            input: read(self.input, "input_tokens")?,
            cached: read(self.cached, "cached_input_tokens")?,
            written: read(self.written, "cache_write_input_tokens")?,
            output: read(self.output, "output_tokens")?,
            reasoning: read(self.reasoning, "reasoning_output_tokens")?,
        })
    }
}

impl Counts {
    pub(super) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// What was added since `before`; where a total fell, it began anew.
    pub(super) fn since(&self, before: &Self) -> Self {
        let difference = || {
            Some(Self {
                input: self.input.checked_sub(before.input)?,
                cached: self.cached.checked_sub(before.cached)?,
                written: self.written.checked_sub(before.written)?,
                output: self.output.checked_sub(before.output)?,
                reasoning: self.reasoning.checked_sub(before.reasoning)?,
            })
        };
        difference().unwrap_or(*self)
    }

    /// Each token once. No more can be cached, or have been written to a cache, than there was.
    pub(super) fn tokens(&self) -> Result<Tokens, Fault> {
        if self.reasoning > self.output {
            return Err(Fault::Contradiction {
                part: "reasoning_output_tokens",
                whole: "output_tokens",
            });
        }
        let cache_read = self.cached.min(self.input);
        let written = self.written.min(self.input - cache_read);
        Ok(Tokens {
            input: self.input - cache_read - written,
            cache_read,
            cache_write_5m: written,
            output: self.output,
            reasoning: self.reasoning,
            ..Tokens::default()
        })
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            input,
            cached,
            written,
            output,
            reasoning,
        } = self;
        write!(f, "{input}/{cached}/{written}/{output}/{reasoning}")
    }
}
