//! Converse of Amazon Bedrock, and the events of its stream written down as JSON. Input leaves out
//! what was read from or written to a cache; the model is not named.

use super::fields::Fields;
use super::messages::End;
use super::{Answer, Api, Reader, SEVERAL, sum, tier, without};
use crate::usage::wire::Fault;
use crate::usage::{ModelUsage, Tokens};

const FASTER: &str = "answers of optimized latency";

/// The API.
pub(super) struct Converse;

impl Api for Converse {
    fn name(&self) -> &'static str {
        "bedrock-converse"
    }

    fn recognises(&self, message: &Fields<'_>) -> bool {
        let usage = message.object("usage").ok().flatten();
        let counts = usage.is_some_and(|usage| usage.has("inputTokens"));
        counts || message.has("messageStart") || message.has("metadata")
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(ConverseReader::default())
    }
}

#[derive(Debug, Default)]
struct ConverseReader {
    usage: Option<ModelUsage>,
}

impl Reader for ConverseReader {
    fn take(&mut self, message: &Fields<'_>) -> Result<(), Fault> {
        let metadata = message.object("metadata")?;
        let body = metadata.as_ref().unwrap_or(message);
        let Some(usage) = body.object("usage")? else {
            return Ok(());
        };
        let speed = body.object("performanceConfig")?;
        let is_faster = speed.is_some_and(|speed| speed.is("latency", "optimized"));
        let tier_of = body.object("serviceTier")?;
        let usage = ModelUsage {
            provider: Some("aws".to_owned()),
            tokens: Some(read(&usage)?),
            service_tier: tier(tier_of.and_then(|tier| tier.text("type"))),
            off_table: is_faster.then_some(FASTER),
            requests: Some(1),
            ..ModelUsage::default()
        };
        match self.usage.replace(usage) {
            Some(_) => Err(Fault::text(SEVERAL)),
            None => Ok(()),
        }
    }

    fn answer(&self, _end: End) -> Result<Answer, Fault> {
        Ok(Answer {
            id: None,
            usage: self.usage.clone().into_iter().collect(),
            is_final: self.usage.is_some(),
            never: None,
            tokens_incomplete: false,
        })
    }
}

/// A `usage` object.
fn read(usage: &Fields<'_>) -> Result<Tokens, Fault> {
    let written = usage.count("cacheWriteInputTokens")?.unwrap_or(0);
    let mut written_1h = 0;
    usage.each("cacheDetails", &mut |detail| {
        if detail.is("ttl", "1h") {
            written_1h = sum(&[written_1h, detail.due("inputTokens")?])?;
        }
        Ok(())
    })?;
    Ok(Tokens {
        input: usage.due("inputTokens")?,
        cache_read: usage.count("cacheReadInputTokens")?.unwrap_or(0),
        cache_write_5m: without(
            (written, "cacheWriteInputTokens"),
            &[(written_1h, "the one-hour part")],
        )?,
        cache_write_1h: written_1h,
        output: usage.due("outputTokens")?,
        ..Tokens::default()
    })
}
