//! OpenRouter: the shape of Chat Completions, with what it really charged.

use super::fields::Fields;
use super::messages::End;
use super::openai_chat::{Chat, ChatReader};
use super::{Answer, Api, Reader};
use crate::usage::wire::Fault;

/// The API.
pub(super) struct OpenRouter;

impl Api for OpenRouter {
    fn name(&self) -> &'static str {
        "openrouter"
    }

    fn recognises(&self, message: &Fields<'_>) -> bool {
        let is_generation = message.text("id").is_some_and(|id| id.starts_with("gen-"));
        let usage = message.object("usage").ok().flatten();
        let is_charged = usage.is_some_and(|usage| usage.has("cost_details"));
        Chat.recognises(message) && (is_generation || is_charged)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Routed(ChatReader::default()))
    }
}

struct Routed(ChatReader);

impl Reader for Routed {
    fn take(&mut self, message: &Fields<'_>) -> Result<(), Fault> {
        self.0.take(message)
    }

    fn answer(&self, end: End) -> Result<Answer, Fault> {
        let mut answer = self.0.answer(end)?;
        for usage in &mut answer.usage {
            usage.provider = Some("openrouter".to_owned());
        }
        Ok(answer)
    }
}
