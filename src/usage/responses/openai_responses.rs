//! The Responses API of OpenAI. Input includes what was cached; in a stream, only the event that
//! ends it says what was used.

use super::fields::Fields;
use super::messages::End;
use super::openai_chat::cost;
use super::{Answer, Api, Reader, SEVERAL, instant, keep_id, sum, tier, without};
use crate::usage::wire::Fault;
use crate::usage::{ModelUsage, Tokens};

const AUDIO: &str = "tokens of audio";

/// The API.
pub(super) struct Responses;

impl Api for Responses {
    fn name(&self) -> &'static str {
        "openai-responses"
    }

    fn provider(&self) -> Option<&'static str> {
        Some("openai")
    }

    fn recognises(&self, message: &Fields<'_>) -> bool {
        message.is("object", "response") || event(message).is_some()
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(ResponseReader::default())
    }
}

/// The name of an event of a stream.
fn event(message: &Fields<'_>) -> Option<String> {
    message
        .text("type")
        .filter(|kind| kind.starts_with("response."))
}

#[derive(Debug, Default)]
struct ResponseReader {
    id: Option<String>,
    usage: Option<ModelUsage>,
    is_final: bool,
    /// It ended, and was told to end without a word on usage.
    ended: bool,
}

impl Reader for ResponseReader {
    fn take(&mut self, message: &Fields<'_>) -> Result<(), Fault> {
        if event(message).is_some() {
            return match message.object("response")? {
                Some(response) => self.response(&response),
                None => Ok(()),
            };
        }
        if self.id.is_some() || self.usage.is_some() {
            return Err(Fault::text(SEVERAL));
        }
        self.response(message)
    }

    fn answer(&self, _end: End) -> Result<Answer, Fault> {
        Ok(Answer {
            id: self.id.clone(),
            usage: self.usage.clone().into_iter().collect(),
            is_final: self.is_final || self.ended,
            never: None,
            tokens_incomplete: false,
        })
    }
}

impl ResponseReader {
    fn response(&mut self, response: &Fields<'_>) -> Result<(), Fault> {
        keep_id(&mut self.id, response.text("id"))?;
        let status = response.text("status");
        let goes_on = matches!(status.as_deref(), Some("in_progress" | "queued"));
        self.ended |= !goes_on;
        let Some(usage) = response.object("usage")? else {
            return Ok(());
        };
        let mut searches = 0_u64;
        response.each("output", &mut |item| {
            searches = searches.saturating_add(u64::from(is_search(item)?));
            Ok(())
        })?;
        self.is_final = !goes_on;
        self.usage = Some(ModelUsage {
            model: response.text("model"),
            service_tier: tier(response.text("service_tier")),
            at: instant(response.count("created_at").ok().flatten()),
            web_searches: searches,
            ..read(&usage)?
        });
        Ok(())
    }
}

/// Whether an item of the output is a search of the web; opening a page found is not billed.
fn is_search(item: &Fields<'_>) -> Result<bool, Fault> {
    let action = item.object("action")?;
    let kind = action.and_then(|action| action.text("type"));
    Ok(item.is("type", "web_search_call") && kind.is_none_or(|kind| kind == "search"))
}

/// A `usage` object.
fn read(usage: &Fields<'_>) -> Result<ModelUsage, Fault> {
    let (input, output) = (usage.due("input_tokens")?, usage.due("output_tokens")?);
    let before = usage.object("input_tokens_details")?;
    let after = usage.object("output_tokens_details")?;
    let part = |details: &Option<Fields<'_>>, name| {
        let count = details.as_ref().map(|details| details.count(name));
        Ok::<_, Fault>(count.transpose()?.flatten().unwrap_or(0))
    };
    let cached = part(&before, "cached_tokens")?;
    let written = part(&before, "cache_write_tokens")?;
    let reasoning = part(&after, "reasoning_tokens")?;
    let total = usage.count("total_tokens")?.unwrap_or(0);
    let beyond = total.saturating_sub(sum(&[input, output])?);
    let output = sum(&[output, beyond])?;
    without(
        (output, "output_tokens"),
        &[(reasoning, "reasoning_tokens")],
    )?;
    let audio = [
        part(&before, "audio_tokens")?,
        part(&after, "audio_tokens")?,
    ];
    let tokens = Tokens {
        input: without(
            (input, "input_tokens"),
            &[(cached, "cached_tokens"), (written, "cache_write_tokens")],
        )?,
        cache_read: cached,
        cache_write_5m: written,
        output,
        reasoning,
        ..Tokens::default()
    };
    Ok(ModelUsage {
        tokens: Some(tokens),
        cost: cost(usage)?,
        off_table: audio.iter().any(|count| *count > 0).then_some(AUDIO),
        requests: Some(1),
        ..ModelUsage::default()
    })
}
