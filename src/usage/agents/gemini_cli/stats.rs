//! The statistics that Gemini CLI, and what was made of it, prints by model. Owns which counts
//! contain which; refuses to leave thoughts out, which are paid for like output.

use serde::Deserialize;

use crate::usage::agents::messages;
use crate::usage::wire::{Fault, Figure, Pairs, optional, rest};
use crate::usage::{ModelUsage, Tokens};

const TOO_MANY: &str = "the agent's statistics name more than 1000 models";
/// Models in one report.
const MAX_MODELS: usize = 1000;

/// `stats` as `--output-format json` prints it.
#[derive(Deserialize)]
pub(in crate::usage::agents) struct Stats {
    models: Pairs<Model>,
}

#[derive(Deserialize)]
struct Model {
    api: Option<Api>,
    tokens: Counts,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Api {
    total_requests: Figure,
    total_errors: Option<Figure>,
}

#[derive(Deserialize)]
struct Counts {
    prompt: Figure,
    candidates: Figure,
    total: Option<Figure>,
    cached: Option<Figure>,
    thoughts: Option<Figure>,
    tool: Option<Figure>,
}

/// Whether thoughts are counted among the candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::usage::agents) enum Thoughts {
    /// Never.
    Beside,
    /// Where the total has no room for them beside the candidates: it is as the API told it, and
    /// there are several APIs.
    AsTheTotalSays,
}

impl Stats {
    /// Usage by model, of those that were used.
    pub(in crate::usage::agents) fn read(
        self,
        thoughts: Thoughts,
    ) -> Result<Vec<ModelUsage>, Fault> {
        check_models(self.models.0.len())?;
        let mut used = Vec::new();
        for (name, model) in self.models.0 {
            let requests = model.api.map(Api::answered).transpose()?;
            let tokens = model.tokens.read(thoughts)?;
            if tokens != Tokens::default() {
                used.push(ModelUsage {
                    model: messages::name(Some(name)),
                    tokens: Some(tokens),
                    requests,
                    ..ModelUsage::default()
                });
            }
        }
        Ok(used)
    }
}

/// No run uses so many models.
pub(super) fn check_models(count: usize) -> Result<(), Fault> {
    if count > MAX_MODELS {
        Err(Fault::text(TOO_MANY))
    } else {
        Ok(())
    }
}

impl Api {
    /// Requests that were answered; refused ones are counted, and consumed nothing.
    fn answered(self) -> Result<u64, Fault> {
        let whole = "totalRequests";
        let requests = self.total_requests.count(whole)?;
        let errors = optional(self.total_errors, "totalErrors")?;
        rest((requests, whole), (errors, "totalErrors"))
    }
}

impl Counts {
    /// The prompt contains what was cached; what tools put into it is counted apart.
    fn read(self, convention: Thoughts) -> Result<Tokens, Fault> {
        let prompt = self.prompt.count("prompt")?;
        let cached = optional(self.cached, "cached")?;
        let candidates = self.candidates.count("candidates")?;
        let thoughts = optional(self.thoughts, "thoughts")?;
        let tool = optional(self.tool, "tool")?;
        let total = optional(self.total, "total")?;
        let add = |a: u64, b: u64| a.checked_add(b).ok_or(Fault::text(crate::usage::Overflow));
        let apart = add(add(prompt, tool)?, add(candidates, thoughts)?)?;
        let inside = convention == Thoughts::AsTheTotalSays && total < apart;
        let output = if inside {
            candidates.max(thoughts)
        } else {
            candidates + thoughts
        };
        let tokens = Tokens {
            input: add(rest((prompt, "prompt"), (cached, "cached"))?, tool)?,
            cache_read: cached,
            output,
            reasoning: thoughts,
            unspecified: total.saturating_sub(apart),
            ..Tokens::default()
        };
        tokens.total().map_err(Fault::text)?;
        Ok(tokens)
    }
}
