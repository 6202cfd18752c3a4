//! Messages of Anthropic, on its own platform and on those of others. Input leaves out what was
//! read from or written to a cache; what `message_delta` says counts for the whole; compaction and
//! advisors are billed on top of what the message says of itself.

use super::fields::Fields;
use super::messages::End;
use super::{Answer, Api, Reader, SEVERAL, keep_id};
use crate::usage::ModelUsage;
use crate::usage::wire::Fault;
use counts::Counts;
pub(in crate::usage) use counts::surcharge;

mod counts;

/// The API.
pub(super) struct Messages;

impl Api for Messages {
    fn name(&self) -> &'static str {
        "anthropic"
    }

    fn recognises(&self, message: &Fields<'_>) -> bool {
        let kinds = ["message", "message_start", "message_delta"];
        let is_one = kinds.iter().any(|kind| message.is("type", kind));
        is_one && (message.has("usage") || message.has("message"))
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(MessageReader::default())
    }
}

#[derive(Debug, Default)]
struct MessageReader {
    id: Option<String>,
    model: Option<String>,
    counts: Option<Counts>,
    is_final: bool,
}

impl Reader for MessageReader {
    fn take(&mut self, message: &Fields<'_>) -> Result<(), Fault> {
        match message.text("type").as_deref() {
            Some("message_start") => match message.object("message")? {
                Some(message) => self.message(&message),
                None => Ok(()),
            },
            Some("message_delta") => {
                let delta = message.object("delta")?;
                let stops = delta.is_some_and(|delta| delta.has("stop_reason"));
                if let Some(usage) = message.object("usage")? {
                    self.counts.get_or_insert_default().merge(&usage)?;
                    self.is_final |= stops;
                }
                Ok(())
            }
            Some("message") | None => {
                self.message(message)?;
                self.is_final = true;
                Ok(())
            }
            Some(_) => Ok(()),
        }
    }

    fn answer(&self, _end: End) -> Result<Answer, Fault> {
        let usage = match &self.counts {
            Some(counts) => counts.requests(self.model.as_deref(), self.provider())?,
            None => Vec::new(),
        };
        Ok(Answer {
            id: self.id.clone(),
            usage,
            is_final: self.is_final,
            never: None,
            tokens_incomplete: false,
        })
    }
}

impl MessageReader {
    fn message(&mut self, message: &Fields<'_>) -> Result<(), Fault> {
        if self.counts.is_some() || self.id.is_some() {
            return Err(Fault::text(SEVERAL));
        }
        keep_id(&mut self.id, message.text("id"))?;
        self.model = message.text("model");
        if let Some(usage) = message.object("usage")? {
            self.counts.get_or_insert_default().merge(&usage)?;
        }
        Ok(())
    }

    fn provider(&self) -> &'static str {
        platform(self.id.as_deref().unwrap_or_default())
    }
}

/// Whose platform a message ran on, by the form of its id.
pub(in crate::usage) fn platform(id: &str) -> &'static str {
    match id {
        id if id.starts_with("msg_bdrk_") => "aws",
        id if id.starts_with("msg_vrtx_") => "google",
        _ => "anthropic",
    }
}

/// The requests that a message of `model` is made of, by its `usage` object.
pub(in crate::usage) fn requests(
    usage: &str,
    model: &str,
    platform: &str,
) -> Result<Vec<ModelUsage>, Fault> {
    let mut counts = Counts::default();
    counts.merge(&Fields::of(usage.as_bytes())?)?;
    counts.requests(Some(model), platform)
}
