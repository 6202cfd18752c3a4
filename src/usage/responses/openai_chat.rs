//! Chat Completions of OpenAI, and of the many who answer in its shape; embeddings, too. Input
//! includes what was cached; a stream says its usage only where it was asked to.

use std::time::{SystemTime, UNIX_EPOCH};

use super::fields::Fields;
use super::messages::End;
use super::{Answer, Api, Reader, SEVERAL, instant, keep_id, sum, tier, without};
use crate::usage::wire::Fault;
use crate::usage::{Cost, ModelUsage, Tokens, UNIQUE};

const NOT_ASKED: &str = "the stream does not say what was used: ask for it with \
                         \"stream_options\":{\"include_usage\":true}";
const AUDIO: &str = "tokens of audio";
const IMAGES: &str = "tokens of images";
/// Answers to one request.
const MAX_CHOICES: usize = 1000;

/// The API.
pub(super) struct Chat;

impl Api for Chat {
    fn name(&self) -> &'static str {
        "openai-chat"
    }

    fn provider(&self) -> Option<&'static str> {
        Some("openai")
    }

    fn recognises(&self, message: &Fields<'_>) -> bool {
        let objects = [
            "chat.completion",
            "chat.completion.chunk",
            "text_completion",
        ];
        let is_embedding = message.is("object", "list") && message.has("usage");
        objects.iter().any(|object| message.is("object", object))
            || message.has("choices")
            || is_embedding
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(ChatReader::default())
    }
}

/// What was said so far.
#[derive(Debug, Default)]
pub(super) struct ChatReader {
    id: Option<String>,
    model: Option<String>,
    provider: Option<&'static str>,
    tier: Option<String>,
    at: Option<SystemTime>,
    usage: Option<ModelUsage>,
    /// Whole answers, which come alone.
    whole: usize,
    is_stream: bool,
    /// Choices of a stream that are not finished.
    open: Vec<u64>,
    any_finished: bool,
    /// The last usage came when all choices were finished.
    is_final: bool,
}

impl Reader for ChatReader {
    fn take(&mut self, message: &Fields<'_>) -> Result<(), Fault> {
        self.choices(message)?;
        if !self.is_stream {
            self.whole = self.whole.saturating_add(1);
        }
        if self.whole > 1 {
            return Err(Fault::text(SEVERAL));
        }
        // Some give every chunk of a stream an id of its own.
        if self.id.is_none() || self.usage.is_some() {
            keep_id(&mut self.id, message.text("id"))?;
        }
        self.model = message.text("model").or(self.model.take());
        self.tier = message.text("service_tier").or(self.tier.take());
        self.at = self.at.or(instant(message.count("created").ok().flatten()));
        if message.is("system_fingerprint", "fp_ollama") {
            self.provider = Some("ollama");
        }
        if let Some(usage) = message.object("usage")? {
            let has_output = !message.is("object", "list");
            self.usage = Some(read(&usage, has_output)?);
            self.is_final = self.any_finished && self.open.is_empty();
        }
        Ok(())
    }

    fn answer(&self, end: End) -> Result<Answer, Fault> {
        let usage = self.usage.clone().map(|usage| ModelUsage {
            model: self.model.clone(),
            provider: self.provider.map(str::to_owned),
            service_tier: tier(self.tier.clone()),
            at: self.at,
            web_searches: usage.web_searches.max(self.searched()),
            ..usage
        });
        // Some count their ids from small numbers and use them again.
        let second = self.at.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let id = match (&self.id, second) {
            (Some(id), Some(second)) if id.len() < UNIQUE => {
                Some(format!("{id}@{}", second.as_secs()))
            }
            (id, _) => id.clone(),
        };
        let is_over = end.done || (self.any_finished && self.open.is_empty());
        Ok(Answer {
            id,
            is_final: !self.is_stream || end.done || self.is_final,
            never: (usage.is_none() && self.is_stream && is_over).then_some(NOT_ASKED),
            usage: usage.into_iter().collect(),
            tokens_incomplete: false,
        })
    }
}

impl ChatReader {
    /// Which choices a message goes on with, and which it ends.
    fn choices(&mut self, message: &Fields<'_>) -> Result<(), Fault> {
        self.is_stream |= message.is("object", "chat.completion.chunk");
        let mut none = true;
        let Self {
            open,
            is_stream,
            any_finished,
            ..
        } = self;
        message.each("choices", &mut |choice| {
            none = false;
            *is_stream |= choice.has("delta");
            let index = choice.count("index")?.unwrap_or(0);
            open.retain(|other| *other != index);
            if choice.has("finish_reason") {
                *any_finished = true;
            } else if open.len() < MAX_CHOICES {
                open.push(index);
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Models that always search the web do not say that they did.
    fn searched(&self) -> u64 {
        let model = self.model.as_deref().unwrap_or_default();
        u64::from(model.contains("-search-preview") || model.contains("-search-api"))
    }
}

/// A `usage` object.
fn read(usage: &Fields<'_>, has_output: bool) -> Result<ModelUsage, Fault> {
    let prompt = usage.due("prompt_tokens")?;
    let completion = if has_output {
        usage.due("completion_tokens")?
    } else {
        usage.count("completion_tokens")?.unwrap_or(0)
    };
    let before = usage.object("prompt_tokens_details")?;
    let after = usage.object("completion_tokens_details")?;
    let part = |details: &Option<Fields<'_>>, name| {
        let count = details.as_ref().map(|details| details.count(name));
        Ok::<_, Fault>(count.transpose()?.flatten())
    };
    let cached = match part(&before, "cached_tokens")? {
        Some(cached) => cached,
        None => match usage.count("prompt_cache_hit_tokens")? {
            Some(cached) => cached,
            None => usage.count("cached_tokens")?.unwrap_or(0),
        },
    };
    let written = part(&before, "cache_write_tokens")?.unwrap_or(0);
    let reasoning = part(&after, "reasoning_tokens")?.unwrap_or(0);
    // Some count reasoning beside the completion, and some only in the total.
    let total = usage.count("total_tokens")?.unwrap_or(0);
    let beyond = total.saturating_sub(sum(&[prompt, completion])?);
    let tokens = Tokens {
        input: without(
            (prompt, "prompt_tokens"),
            &[(cached, "cached_tokens"), (written, "cache_write_tokens")],
        )?,
        cache_read: cached,
        cache_write_5m: written,
        output: sum(&[completion, beyond])?,
        reasoning,
        ..Tokens::default()
    };
    without(
        (tokens.output, "completion_tokens"),
        &[(reasoning, "reasoning_tokens")],
    )?;
    let audio = [
        part(&before, "audio_tokens")?,
        part(&after, "audio_tokens")?,
    ];
    let images = part(&after, "image_tokens")?;
    let is_some = |count: &Option<u64>| count.is_some_and(|count| count > 0);
    let off_table = if audio.iter().any(is_some) {
        Some(AUDIO)
    } else {
        is_some(&images).then_some(IMAGES)
    };
    Ok(ModelUsage {
        tokens: Some(tokens),
        cost: cost(usage)?,
        web_searches: usage.count("num_search_queries")?.unwrap_or(0),
        off_table,
        requests: Some(1),
        ..ModelUsage::default()
    })
}

/// The charge that some tell beside the tokens: a number, or a sum with its parts. Where the
/// account's own key was used, what the provider behind takes comes on top.
pub(super) fn cost(usage: &Fields<'_>) -> Result<Option<Cost>, Fault> {
    if usage.json("cost").is_some_and(|json| json.starts_with('{')) {
        let parts = usage.object("cost")?;
        let total = parts.map(|parts| parts.cost("total_cost"));
        let missing = || Fault::text("total_cost is missing");
        return total.transpose()?.flatten().ok_or_else(missing).map(Some);
    }
    let Some(charged) = usage.cost("cost")? else {
        return Ok(None);
    };
    if !usage.flag("is_byok") {
        return Ok(Some(charged));
    }
    let details = usage.object("cost_details")?;
    let upstream = details.map(|details| details.cost("upstream_inference_cost"));
    let Some(upstream) = upstream.transpose()?.flatten() else {
        return Ok(None);
    };
    let total = charged.checked_add(upstream);
    total
        .map(Some)
        .ok_or_else(|| Fault::text(crate::usage::Overflow))
}
