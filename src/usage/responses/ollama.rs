//! Ollama's own API: one object, or one line for each piece, the last of which has the figures.
//! Says nothing of money: a model that runs at home has no bill, one that does not has none here.

use super::fields::Fields;
use super::messages::End;
use super::{Answer, Api, Reader, SEVERAL};
use crate::usage::wire::Fault;
use crate::usage::{ModelUsage, Tokens};

/// The API.
pub(super) struct Native;

impl Api for Native {
    fn name(&self) -> &'static str {
        "ollama"
    }

    fn recognises(&self, message: &Fields<'_>) -> bool {
        let is_embedding = message.has("embeddings") && message.has("prompt_eval_count");
        message.has("model") && (message.has("done") || is_embedding)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Lines::default())
    }
}

#[derive(Debug, Default)]
struct Lines {
    usage: Option<ModelUsage>,
    /// The count of the prompt was not told.
    is_partial: bool,
}

impl Reader for Lines {
    fn take(&mut self, message: &Fields<'_>) -> Result<(), Fault> {
        if self.usage.is_some() {
            return Err(Fault::text(SEVERAL));
        }
        let is_embedding = message.has("embeddings");
        if !message.flag("done") && !is_embedding {
            return Ok(());
        }
        let prompt = message.count("prompt_eval_count")?;
        let output = message.count("eval_count")?;
        if prompt.is_none() && output.is_none() {
            return Ok(());
        }
        // Older versions leave it out where the prompt was cached.
        self.is_partial = prompt.is_none() || (output.is_none() && !is_embedding);
        let tokens = Tokens {
            input: prompt.unwrap_or(0),
            output: output.unwrap_or(0),
            ..Tokens::default()
        };
        self.usage = Some(ModelUsage {
            model: message.text("model"),
            provider: Some("ollama".to_owned()),
            tokens: Some(tokens),
            requests: Some(1),
            ..ModelUsage::default()
        });
        Ok(())
    }

    fn answer(&self, _end: End) -> Result<Answer, Fault> {
        Ok(Answer {
            id: None,
            usage: self.usage.clone().into_iter().collect(),
            is_final: self.usage.is_some(),
            never: None,
            tokens_incomplete: self.is_partial,
        })
    }
}
