//! Reads Amp's threads: a file for each, with the usage of every answer beside it, and in older
//! versions a list of charges. Owns their places and fields; refuses credits, which are not money.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::merge::{Copy, Figures, Keep, Sink};
use super::{Places, Sessions, instant, lines};
use crate::usage::wire::{Fault, read_count};
use crate::usage::{Overflow, Tokens};

const MALFORMED: &str = "it is torn or malformed";
const NOTHING: &str = "what an answer in it used is not told";
/// Of the work of helpers, only what no cache had is told.
const CACHED: &str = "tokens that helpers read from a cache or wrote to it";

/// The agent's threads.
pub(in crate::usage) struct Threads;

impl Sessions for Threads {
    fn roots(&self, places: &Places) -> Vec<PathBuf> {
        let threads = places.below("XDG_DATA_HOME", ".local/share", "amp/threads");
        threads.into_iter().collect()
    }

    /// `T-UUID.json`.
    fn is_session(&self, below: &Path) -> bool {
        let is_document = below
            .extension()
            .is_some_and(|extension| extension == "json");
        let name = below.to_str().unwrap_or_default();
        is_document && name.starts_with("T-")
    }

    /// A thread that was begun as a copy of another one repeats its answers.
    fn keep(&self) -> Keep {
        Keep::First
    }

    fn read(&self, path: &Path, source: &mut dyn Read, sink: &mut Sink<'_>) -> io::Result<()> {
        let Some(text) = lines::whole(source)? else {
            sink.lost("it is too large".to_owned());
            return Ok(());
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        sink.session(&name);
        match serde_json::from_slice::<Thread<'_>>(&text) {
            Ok(thread) => thread.hand_on(&name, sink),
            Err(_) => sink.lost(MALFORMED.to_owned()),
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Thread<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    messages: Vec<Message<'a>>,
    #[serde(borrow)]
    usage_ledger: Option<Ledger<'a>>,
    #[serde(borrow)]
    env: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    #[serde(borrow)]
    message_id: Option<&'a RawValue>,
    #[serde(borrow)]
    usage: Option<Usage<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Usage<'a> {
    #[serde(borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    timestamp: Option<Cow<'a, str>>,
    #[serde(borrow)]
    input_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    output_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_creation_input_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_read_input_tokens: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Ledger<'a> {
    #[serde(borrow, default)]
    events: Vec<Event<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    timestamp: Option<Cow<'a, str>>,
    #[serde(borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    tokens: Option<Sides<'a>>,
    #[serde(borrow)]
    operation_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    to_message_id: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Sides<'a> {
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow)]
    output: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Environment<'a> {
    #[serde(borrow)]
    initial: Initial<'a>,
}

#[derive(Deserialize)]
struct Initial<'a> {
    #[serde(borrow)]
    trees: Vec<Tree<'a>>,
}

#[derive(Deserialize)]
struct Tree<'a> {
    #[serde(borrow)]
    uri: Cow<'a, str>,
}

/// What a thread says of all its messages.
struct Whole<'a> {
    session: &'a str,
    cwd: Option<String>,
}

impl Thread<'_> {
    fn hand_on(&self, name: &str, sink: &mut Sink<'_>) {
        let whole = Whole {
            session: self.id.as_deref().unwrap_or(name),
            cwd: self.env.and_then(directory),
        };
        // When an answer was charged, by the answer.
        let mut charged: HashMap<&str, &str> = HashMap::new();
        let events = self.usage_ledger.iter().flat_map(|ledger| &ledger.events);
        for event in events.clone().filter(|event| event.is_answer()) {
            if let (Some(id), Some(time)) = (event.to_message_id, &event.timestamp) {
                charged.insert(id.get(), time);
            }
        }
        let mut told = Vec::new();
        for message in &self.messages {
            let Some(usage) = &message.usage else {
                continue;
            };
            let id = message.message_id.map(RawValue::get);
            told.extend(id);
            let time = id.and_then(|id| charged.get(id).copied());
            if let Err(fault) = usage.hand_on(&whole, time, sink) {
                sink.lost(fault.to_string());
            }
        }
        told.sort_unstable();
        for event in events {
            let id = event.to_message_id.map(RawValue::get);
            let is_told = id.is_some_and(|id| told.binary_search(&id).is_ok());
            if (!event.is_answer() || !is_told)
                && let Err(fault) = event.hand_on(&whole, sink)
            {
                sink.lost(fault.to_string());
            }
        }
    }
}

impl Usage<'_> {
    fn hand_on(
        &self,
        whole: &Whole<'_>,
        charged: Option<&str>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Fault> {
        let tokens = self.tokens()?;
        if tokens == Tokens::default() {
            return Err(Fault::text(NOTHING));
        }
        let model = self.model.as_deref().unwrap_or_default();
        let time = self.timestamp.as_deref().or(charged).unwrap_or_default();
        let Tokens {
            input,
            cache_read,
            cache_write_5m,
            output,
            ..
        } = tokens;
        // The ids of messages are small numbers, and a copy of a thread has another name.
        let id = format!("{time}/{model}/{input}/{cache_read}/{cache_write_5m}/{output}");
        let figures = Figures {
            tokens,
            ..Figures::default()
        };
        whole.hand_on(&id, time, self.model.as_deref(), figures, sink)
    }

    /// Input leaves out what was read from or written to a cache. Where the model is none of
    /// Anthropic's, all input that no cache had is called written to one.
    fn tokens(&self) -> Result<Tokens, Fault> {
        let input = count(self.input_tokens, "inputTokens")?;
        let written = count(self.cache_creation_input_tokens, "cacheCreationInputTokens")?;
        let writes = self
            .model
            .as_deref()
            .is_some_and(|model| model.contains("claude"));
        let all = input.checked_add(written);
        let all = all.ok_or_else(|| Fault::text(Overflow))?;
        Ok(Tokens {
            input: if writes { input } else { all },
            cache_write_5m: if writes { written } else { 0 },
            cache_read: count(self.cache_read_input_tokens, "cacheReadInputTokens")?,
            output: count(self.output_tokens, "outputTokens")?,
            ..Tokens::default()
        })
    }
}

impl Event<'_> {
    /// Whether it is an answer in the thread itself.
    fn is_answer(&self) -> bool {
        let kind = self.operation_type.as_deref();
        kind.is_none_or(|kind| kind == "inference")
    }

    fn hand_on(&self, whole: &Whole<'_>, sink: &mut Sink<'_>) -> Result<(), Fault> {
        let Some(sides) = &self.tokens else {
            return Ok(());
        };
        let tokens = Tokens {
            input: count(sides.input, "input")?,
            output: count(sides.output, "output")?,
            ..Tokens::default()
        };
        if tokens == Tokens::default() {
            return Ok(());
        }
        let id = self.id.as_deref().filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| Fault::text("a charge in it has no id"))?;
        let time = self.timestamp.as_deref().unwrap_or_default();
        let figures = Figures {
            tokens,
            off_table: Some(CACHED),
            ..Figures::default()
        };
        whole.hand_on(id, time, self.model.as_deref(), figures, sink)
    }
}

impl Whole<'_> {
    fn hand_on(
        &self,
        id: &str,
        time: &str,
        model: Option<&str>,
        figures: Figures,
        sink: &mut Sink<'_>,
    ) -> Result<(), Fault> {
        let at = instant::parse(time);
        sink.message(&Copy {
            id,
            request: None,
            is_aside: false,
            at: at.ok_or_else(|| Fault::text("an answer in it has no time"))?,
            session: self.session,
            cwd: self.cwd.as_deref(),
            model,
            provider: None,
            tier: None,
            figures,
        });
        Ok(())
    }
}

/// The first directory that a thread was begun in.
fn directory(env: &RawValue) -> Option<String> {
    let env: Environment<'_> = serde_json::from_str(env.get()).ok()?;
    let uri = &env.initial.trees.first()?.uri;
    // With other characters in it, nobody needs to guess how they were written.
    let path = uri
        .strip_prefix("file://")
        .filter(|path| !path.contains('%'));
    path.map(str::to_owned)
}

fn count(figure: Option<&RawValue>, field: &str) -> Result<u64, Fault> {
    figure.map_or(Ok(0), |figure| read_count(figure.get(), field))
}

#[cfg(test)]
mod tests;
