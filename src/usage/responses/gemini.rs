//! `generateContent` of Gemini and Vertex AI. What was cached is part of the prompt; thoughts and
//! the prompts of tools are told apart from both sides. In a stream, the last word counts.

use super::fields::Fields;
use super::messages::End;
use super::{Answer, Api, Reader, keep_id, sum, tier, without};
use crate::usage::wire::Fault;
use crate::usage::{ModelUsage, Tokens};

const AUDIO: &str = "tokens of audio";
const IMAGES: &str = "tokens of images";

/// The API.
pub(super) struct GenerateContent;

impl Api for GenerateContent {
    fn name(&self) -> &'static str {
        "gemini"
    }

    fn recognises(&self, message: &Fields<'_>) -> bool {
        let names = ["usageMetadata", "candidates", "promptFeedback"];
        names.iter().any(|name| message.has(name))
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Chunks::default())
    }
}

#[derive(Debug, Default)]
struct Chunks {
    id: Option<String>,
    model: Option<String>,
    usage: Option<ModelUsage>,
    searches: u64,
    /// The model finished, or was not let begin.
    ended: bool,
}

impl Reader for Chunks {
    fn take(&mut self, message: &Fields<'_>) -> Result<(), Fault> {
        keep_id(&mut self.id, message.text("responseId"))?;
        self.model = message.text("modelVersion").or(self.model.take());
        let Self {
            searches, ended, ..
        } = self;
        message.each("candidates", &mut |candidate| {
            *ended |= candidate.has("finishReason");
            *searches = searches.saturating_add(searches_of(candidate)?);
            Ok(())
        })?;
        let feedback = message.object("promptFeedback")?;
        self.ended |= feedback.is_some_and(|feedback| feedback.has("blockReason"));
        if let Some(usage) = message.object("usageMetadata")? {
            self.usage = Some(read(&usage)?);
        }
        Ok(())
    }

    fn answer(&self, end: End) -> Result<Answer, Fault> {
        let usage = self.usage.clone().map(|usage| ModelUsage {
            model: self.model.clone(),
            provider: Some("google".to_owned()),
            web_searches: self.billed_searches(),
            ..usage
        });
        Ok(Answer {
            id: self.id.clone(),
            usage: usage.into_iter().collect(),
            is_final: self.ended || end.is_body,
            never: None,
            tokens_incomplete: false,
        })
    }
}

impl Chunks {
    /// Older models bill a prompt that was searched for once, newer ones every search.
    fn billed_searches(&self) -> u64 {
        let model = self.model.as_deref().unwrap_or_default();
        let by_prompt = ["gemini-1", "gemini-2"];
        if by_prompt.iter().any(|older| model.starts_with(older)) {
            self.searches.min(1)
        } else {
            self.searches
        }
    }
}

fn searches_of(candidate: &Fields<'_>) -> Result<u64, Fault> {
    let grounding = candidate.object("groundingMetadata")?;
    grounding.map_or(Ok(0), |grounding| grounding.texts("webSearchQueries"))
}

/// A `usageMetadata` object. Counts of 0 are left out of it, but never all of them.
fn read(usage: &Fields<'_>) -> Result<ModelUsage, Fault> {
    let count = |name| Ok::<_, Fault>(usage.count(name)?.unwrap_or(0));
    let total = usage.count("totalTokenCount")?;
    let prompt = match total {
        Some(_) => count("promptTokenCount")?,
        None => usage.due("promptTokenCount")?,
    };
    let cached = count("cachedContentTokenCount")?;
    let tools = count("toolUsePromptTokenCount")?;
    let thoughts = count("thoughtsTokenCount")?;
    let output = sum(&[count("candidatesTokenCount")?, thoughts])?;
    // What only the total has is billed like output.
    let told = sum(&[prompt, tools, output])?;
    let beyond = total.unwrap_or(0).saturating_sub(told);
    let input = without(
        (prompt, "promptTokenCount"),
        &[(cached, "cachedContentTokenCount")],
    )?;
    let tokens = Tokens {
        input: sum(&[input, tools])?,
        cache_read: cached,
        output: sum(&[output, beyond])?,
        reasoning: thoughts,
        ..Tokens::default()
    };
    let traffic = usage.text("serviceTier").or(usage.text("trafficType"));
    Ok(ModelUsage {
        tokens: Some(tokens),
        service_tier: tier(traffic),
        off_table: off_table(usage)?,
        requests: Some(1),
        ..ModelUsage::default()
    })
}

/// What has prices of its own: sound on either side, and pictures that were made.
fn off_table(usage: &Fields<'_>) -> Result<Option<&'static str>, Fault> {
    let has = |list: &str, modality: &str| {
        let mut found = false;
        usage.each(list, &mut |part| {
            let is_one = part.is("modality", modality);
            found |= is_one && part.count("tokenCount")?.unwrap_or(0) > 0;
            Ok(())
        })?;
        Ok::<_, Fault>(found)
    };
    let lists = [
        "promptTokensDetails",
        "cacheTokensDetails",
        "candidatesTokensDetails",
        "toolUsePromptTokensDetails",
    ];
    for list in lists {
        if has(list, "AUDIO")? {
            return Ok(Some(AUDIO));
        }
    }
    let makes =
        has("candidatesTokensDetails", "IMAGE")? || has("candidatesTokensDetails", "VIDEO")?;
    Ok(makes.then_some(IMAGES))
}
