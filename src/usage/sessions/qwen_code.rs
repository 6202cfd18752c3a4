//! Reads Qwen Code's session files: a line for each step of a session, among them every answer that
//! a model gave to the agent or to a helper. Owns their places and fields; what older versions say
//! of the main conversation counts only where no answer was told.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::lines::{self, TORN};
use super::merge::{Copy, Figures, Keep, Sink};
use super::{Places, Sessions, instant};
use crate::usage::wire::{Fault, read_count, rest};
use crate::usage::{Overflow, Tokens, UNIQUE};

/// What every line with an answer contains.
const ANSWER: &str = r#""qwen-code.api_response""#;
/// What every step of a conversation with figures contains.
const OLDER: &str = r#""usageMetadata""#;
const OMITTED: &str = "it leaves out what was written to a cache";
const NOTHING: &str = "the provider did not say what an answer in it used";

/// The agent's session files.
pub(in crate::usage) struct Recordings;

impl Sessions for Recordings {
    fn roots(&self, places: &Places) -> Vec<PathBuf> {
        let home = places
            .directory("QWEN_RUNTIME_DIR")
            .or_else(|| places.directory("QWEN_HOME"))
            .or_else(|| places.at_home(".qwen"));
        let below = |home: PathBuf| ["projects", "tmp"].map(|name| home.join(name));
        home.map(below).into_iter().flatten().collect()
    }

    /// `PROJECT/chats/SESSION.jsonl`.
    fn is_session(&self, below: &Path) -> bool {
        let is_lines = below
            .extension()
            .is_some_and(|extension| extension == "jsonl");
        is_lines && below.iter().nth(1).is_some_and(|part| part == "chats")
    }

    fn keep(&self) -> Keep {
        Keep::First
    }

    fn read(&self, _: &Path, source: &mut dyn Read, sink: &mut Sink<'_>) -> io::Result<()> {
        let (answer, older) = (memmem::Finder::new(ANSWER), memmem::Finder::new(OLDER));
        let mut session = Session::default();
        lines::each(source, &answer, sink, &mut |text, sink| {
            if answer.find(text).is_some() || older.find(text).is_some() {
                session.line(text, sink);
            }
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    uuid: Option<Cow<'a, str>>,
    #[serde(borrow)]
    session_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    timestamp: Option<Cow<'a, str>>,
    #[serde(borrow)]
    cwd: Option<Cow<'a, str>>,
    #[serde(borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    usage_metadata: Option<Counts<'a>>,
    #[serde(borrow)]
    system_payload: Option<Payload<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a> {
    #[serde(borrow)]
    ui_event: Option<Answer<'a>>,
}

/// An answer of a model.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(rename = "event.name", borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    response_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    auth_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    subagent_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    input_token_count: Option<&'a RawValue>,
    #[serde(borrow)]
    output_token_count: Option<&'a RawValue>,
    #[serde(borrow)]
    cached_content_token_count: Option<&'a RawValue>,
    #[serde(borrow)]
    thoughts_token_count: Option<&'a RawValue>,
    #[serde(borrow)]
    total_token_count: Option<&'a RawValue>,
}

/// The figures of an answer as they stand in a file.
#[derive(Deserialize)]
struct Counts<'a> {
    #[serde(rename = "promptTokenCount", borrow)]
    input: Option<&'a RawValue>,
    #[serde(rename = "candidatesTokenCount", borrow)]
    output: Option<&'a RawValue>,
    #[serde(rename = "cachedContentTokenCount", borrow)]
    cached: Option<&'a RawValue>,
    #[serde(rename = "thoughtsTokenCount", borrow)]
    thoughts: Option<&'a RawValue>,
    #[serde(rename = "totalTokenCount", borrow)]
    total: Option<&'a RawValue>,
}

/// What is known of a session while its file is read.
#[derive(Default)]
struct Session {
    /// How often such an answer was told, and the step of the conversation that came of it was not.
    told: HashMap<[u64; 3], u64>,
}

impl Session {
    fn line(&mut self, text: &[u8], sink: &mut Sink<'_>) {
        match serde_json::from_slice::<Step<'_>>(text) {
            Ok(step) => {
                if let Err(fault) = self.step(&step, sink) {
                    sink.lost(fault.to_string());
                }
            }
            Err(_) => sink.lost(TORN.to_owned()),
        }
    }

    fn step(&mut self, step: &Step<'_>, sink: &mut Sink<'_>) -> Result<(), Fault> {
        let answer = step
            .system_payload
            .as_ref()
            .and_then(|p| p.ui_event.as_ref());
        if let Some(answer) = answer {
            if !is(answer.name.as_ref(), "qwen-code.api_response") {
                return Ok(());
            }
            let tokens = answer.counts().tokens()?;
            // What helpers were told is not part of the conversation.
            if answer.subagent_name.is_none() {
                *self.told.entry(likeness(&tokens)).or_default() += 1;
            }
            return answer.hand_on(step, tokens, sink);
        }
        let Some(usage) = step
            .usage_metadata
            .as_ref()
            .filter(|_| is(step.kind.as_ref(), "assistant"))
        else {
            return Ok(());
        };
        let tokens = usage.tokens()?;
        let told = self.told.get_mut(&likeness(&tokens));
        if let Some(count) = told.filter(|count| **count > 0) {
            *count -= 1;
            return Ok(());
        }
        let id = step.uuid.as_deref().unwrap_or_default();
        hand_on(
            step,
            (id, None),
            (step.model.as_deref(), false),
            tokens,
            sink,
        )
    }
}

fn likeness(tokens: &Tokens) -> [u64; 3] {
    [tokens.input, tokens.cache_read, tokens.output]
}

fn is(text: Option<&Cow<'_, str>>, wanted: &str) -> bool {
    text.is_some_and(|text| text == wanted)
}

impl Answer<'_> {
    fn hand_on(&self, step: &Step<'_>, tokens: Tokens, sink: &mut Sink<'_>) -> Result<(), Fault> {
        let id = self.response_id.as_deref().filter(|id| !id.is_empty());
        let model = self.model.as_deref();
        // Some providers count their answers from small numbers, and do so anew.
        let name = match id {
            Some(id) if id.len() < UNIQUE => (id, step.timestamp.as_deref()),
            Some(id) => (id, None),
            None => (step.uuid.as_deref().unwrap_or_default(), None),
        };
        let is_anthropic = is(self.auth_type.as_ref(), "anthropic");
        hand_on(step, name, (model, is_anthropic), tokens, sink)
    }

    const fn counts(&self) -> Counts<'_> {
        Counts {
            input: self.input_token_count,
            output: self.output_token_count,
            cached: self.cached_content_token_count,
            thoughts: self.thoughts_token_count,
            total: self.total_token_count,
        }
    }
}

fn hand_on(
    step: &Step<'_>,
    (id, request): (&str, Option<&str>),
    (model, is_anthropic): (Option<&str>, bool),
    tokens: Tokens,
    sink: &mut Sink<'_>,
) -> Result<(), Fault> {
    let missing = |what| Fault::text(format!("a message of it has no {what}"));
    if id.is_empty() {
        return Err(missing("id"));
    }
    if tokens == Tokens::default() {
        return Err(Fault::text(NOTHING));
    }
    let at = step.timestamp.as_deref().and_then(instant::parse);
    let at = at.ok_or_else(|| missing("time"))?;
    let session = step.session_id.as_deref();
    let session = session.ok_or_else(|| missing("session"))?;
    let is_claude = model.is_some_and(|model| model.starts_with("claude"));
    let off_table = (is_anthropic || is_claude).then_some("tokens written to a cache");
    if off_table.is_some() {
        sink.lost(OMITTED.to_owned());
    }
    sink.message(&Copy {
        id,
        request,
        is_aside: false,
        at,
        session,
        cwd: step.cwd.as_deref(),
        model,
        provider: None,
        tier: None,
        figures: Figures {
            tokens,
            off_table,
            ..Figures::default()
        },
    });
    Ok(())
}

impl Counts<'_> {
    /// Input contains what was cached. Whether thoughts are in the output or beside it, the total
    /// says.
    fn tokens(&self) -> Result<Tokens, Fault> {
        let read = |figure: Option<&RawValue>, field: &str| {
            figure.map_or(Ok(0), |figure| read_count(figure.get(), field))
        };
        let (input, output) = (read(self.input, "input")?, read(self.output, "output")?);
        let cached = read(self.cached, "cached input")?;
        let told = input.checked_add(output);
        let told = told.ok_or_else(|| Fault::text(Overflow))?;
        let beyond = read(self.total, "total")?.saturating_sub(told);
        // It stays below the total.
        let output = output.saturating_add(beyond);
        Ok(Tokens {
            input: rest((input, "input"), (cached, "cached input"))?,
            cache_read: cached,
            output,
            reasoning: read(self.thoughts, "thoughts")?.min(output),
            ..Tokens::default()
        })
    }
}

#[cfg(test)]
mod tests;
