//! Reads Claude Code's transcripts: a line for each part of an answer, copied whenever a session is
//! forked. Owns their places and fields; what counts of several copies is told to `merge`.

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::lines::{Line, Lines, OVERSIZE, TORN, is_torn};
use super::merge::{Copy, Figures, Keep, Sink};
use super::{Places, Run, Sessions, instant};
use crate::usage::responses::anthropic;
use crate::usage::wire::{Fault, read_cost, read_count};
use crate::usage::{Cost, Report, Tokens};

mod closing;

/// What every line that counts contains.
const MARK: &str = r#""usage":{"#;
/// What the agent writes instead of a model's name where it answered itself.
const SYNTHETIC: &str = "<synthetic>";

/// The agent's transcripts.
pub(in crate::usage) struct Transcripts;

impl Sessions for Transcripts {
    fn roots(&self, places: &Places) -> Vec<PathBuf> {
        let own = places
            .get("CLAUDE_CONFIG_DIR")
            .and_then(|dirs| dirs.to_str());
        let dirs: Vec<PathBuf> = if let Some(dirs) = own {
            let dirs = dirs.split(',').map(str::trim).filter(|dir| !dir.is_empty());
            dirs.map(PathBuf::from).collect()
        } else {
            let config = places.directory("XDG_CONFIG_HOME");
            let config = config.or_else(|| places.at_home(".config"));
            let config = config.map(|config| config.join("claude"));
            [places.at_home(".claude"), config]
                .into_iter()
                .flatten()
                .collect()
        };
        dirs.into_iter().map(|dir| dir.join("projects")).collect()
    }

    /// `PROJECT/SESSION.jsonl`, and what helpers of a session wrote.
    fn is_session(&self, below: &Path) -> bool {
        let is_lines = below
            .extension()
            .is_some_and(|extension| extension == "jsonl");
        let is_helper = below
            .components()
            .any(|part| part == Component::Normal("subagents".as_ref()));
        is_lines && (is_helper || below.components().count() == 2)
    }

    fn keep(&self) -> Keep {
        Keep::Largest
    }

    /// It suggests what to ask next.
    fn leaves_out_requests(&self) -> bool {
        true
    }

    fn totals(&self, places: &Places, run: &Run<'_>) -> Option<Report> {
        closing::totals(places, run)
    }

    fn read(&self, path: &Path, source: &mut dyn Read, sink: &mut Sink<'_>) -> io::Result<()> {
        let own = session_of(path);
        sink.session(&own);
        let mark = memmem::Finder::new(MARK);
        let mut lines = Lines::new(source);
        while let Some(line) = lines.next(&mark)? {
            match line {
                Line::Whole(text) | Line::Last(text) if mark.find(text).is_some() => {
                    take(text, &own, sink);
                }
                Line::Last(text) if is_torn(text) => sink.lost(TORN.to_owned()),
                Line::Whole(_) | Line::Last(_) => {}
                Line::Oversize => sink.lost(OVERSIZE.to_owned()),
            }
        }
        Ok(())
    }
}

/// The session that a file belongs to by its place.
fn session_of(path: &Path) -> String {
    let names: Vec<_> = path.iter().collect();
    let helpers = names.iter().rposition(|name| *name == "subagents");
    let own = match helpers.and_then(|at| at.checked_sub(1)) {
        Some(at) => names.get(at).map(|name| name.to_string_lossy()),
        None => path.file_stem().map(|stem| stem.to_string_lossy()),
    };
    own.unwrap_or_default().into_owned()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    timestamp: Option<Cow<'a, str>>,
    #[serde(borrow)]
    session_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    request_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    cwd: Option<Cow<'a, str>>,
    is_sidechain: Option<bool>,
    #[serde(rename = "costUSD", borrow)]
    cost: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<Answer<'a>>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    usage: Option<Usage<'a>>,
}

#[derive(Deserialize)]
struct Usage<'a> {
    #[serde(borrow)]
    input_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    output_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_read_input_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_creation_input_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_creation: Option<Written<'a>>,
    #[serde(borrow)]
    server_tool_use: Option<ServerTools<'a>>,
    #[serde(borrow)]
    service_tier: Option<Cow<'a, str>>,
    #[serde(borrow)]
    speed: Option<Cow<'a, str>>,
    #[serde(borrow)]
    inference_geo: Option<Cow<'a, str>>,
    #[serde(borrow)]
    iterations: Option<&'a RawValue>,
}

/// The same line, where a message is made of several requests.
#[derive(Deserialize)]
struct Several<'a> {
    #[serde(borrow)]
    message: SeveralOf<'a>,
}

#[derive(Deserialize)]
struct SeveralOf<'a> {
    #[serde(borrow)]
    usage: &'a RawValue,
}

#[derive(Deserialize)]
struct Written<'a> {
    #[serde(borrow)]
    ephemeral_5m_input_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    ephemeral_1h_input_tokens: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ServerTools<'a> {
    #[serde(borrow)]
    web_search_requests: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
}

fn take(text: &[u8], own: &str, sink: &mut Sink<'_>) {
    // Looked at once as a whole, not string by string.
    let entry = std::str::from_utf8(text).ok();
    match entry.and_then(|text| serde_json::from_str::<Entry<'_>>(text).ok()) {
        Some(entry) => {
            if let Err(fault) = hand_on(&entry, text, own, sink) {
                sink.lost(fault.to_string());
            }
        }
        // A line of another kind may hold anything where an answer has its message.
        None if is_of_another_kind(text) => {}
        None => sink.lost(TORN.to_owned()),
    }
}

fn is_of_another_kind(text: &[u8]) -> bool {
    let kind = serde_json::from_slice::<Kind<'_>>(text);
    kind.is_ok_and(|line| line.kind.as_deref() != Some("assistant"))
}

/// Lines that are no answer of a model, or lack what makes them one, are none.
fn hand_on(entry: &Entry<'_>, text: &[u8], own: &str, sink: &mut Sink<'_>) -> Result<(), Fault> {
    let Some(answer) = &entry.message else {
        return Ok(());
    };
    let (Some(id), Some(model), Some(usage)) = (&answer.id, &answer.model, &answer.usage) else {
        return Ok(());
    };
    if entry.kind.as_deref() != Some("assistant") || model == SYNTHETIC {
        return Ok(());
    }
    if id.is_empty() {
        return Err(Fault::text("a message of it has no id"));
    }
    let Some(mut figures) = usage.read()? else {
        return Ok(());
    };
    let platform = anthropic::platform(id);
    if usage.is_of_several() {
        several(&mut figures, text, model, platform)?;
    }
    let cost = entry.cost.map(|cost| read_cost(cost.get(), "costUSD"));
    // Tokens for nothing mean that no price was known.
    figures.cost = cost.transpose()?.filter(|cost| *cost != Cost::ZERO);
    if figures.cost.is_some() {
        let beside = figures.beside.iter_mut();
        beside.for_each(|usage| usage.cost = Some(Cost::ZERO));
    }
    let at = entry.timestamp.as_deref().and_then(instant::parse);
    sink.message(&Copy {
        id,
        request: entry.request_id.as_deref().filter(|id| !id.is_empty()),
        is_aside: entry.is_sidechain == Some(true),
        at: at.ok_or_else(|| Fault::text("a message of it has no time"))?,
        session: entry.session_id.as_deref().unwrap_or(own),
        cwd: entry.cwd.as_deref(),
        model: Some(model),
        provider: (platform != "anthropic").then_some(platform),
        tier: usage.tier(),
        figures,
    });
    Ok(())
}

/// The figures of a message that is made of several requests, each at its own model: advisors, and
/// what shortens a conversation, are billed on top of what the message says of itself.
fn several(figures: &mut Figures, text: &[u8], model: &str, platform: &str) -> Result<(), Fault> {
    let line = serde_json::from_slice::<Several<'_>>(text).map_err(Fault::text)?;
    let requests = anthropic::requests(line.message.usage.get(), model, platform)?;
    let mut requests = requests.into_iter();
    if let Some(first) = requests.next() {
        figures.tokens = first.tokens.unwrap_or_default();
        figures.requests = first.requests;
    }
    figures.beside = requests.collect();
    if platform == "anthropic" {
        // As with the message itself, the agent's own provider is meant.
        let beside = figures.beside.iter_mut();
        beside.for_each(|usage| usage.provider = None);
    }
    Ok(())
}

impl Usage<'_> {
    /// `None` where the line is of an answer that was not counted.
    fn read(&self) -> Result<Option<Figures>, Fault> {
        let (Some(input), Some(output)) = (self.input_tokens, self.output_tokens) else {
            return Ok(None);
        };
        let (mut short, long) = match &self.cache_creation {
            Some(written) => (
                optional(
                    written.ephemeral_5m_input_tokens,
                    "ephemeral_5m_input_tokens",
                )?,
                optional(
                    written.ephemeral_1h_input_tokens,
                    "ephemeral_1h_input_tokens",
                )?,
            ),
            None => (0, 0),
        };
        if let Some(written) = self.cache_creation_input_tokens {
            let written = read_count(written.get(), "cache_creation_input_tokens")?;
            // Those of no named time are counted as of the shorter one.
            short = written.checked_sub(long).ok_or(Fault::Contradiction {
                part: "one-hour cache writes",
                whole: "the count of all cache writes",
            })?;
        }
        let searches = self
            .server_tool_use
            .as_ref()
            .and_then(|t| t.web_search_requests);
        Ok(Some(Figures {
            tokens: Tokens {
                input: read_count(input.get(), "input_tokens")?,
                cache_read: optional(self.cache_read_input_tokens, "cache_read_input_tokens")?,
                cache_write_5m: short,
                cache_write_1h: long,
                output: read_count(output.get(), "output_tokens")?,
                ..Tokens::default()
            },
            web_searches: optional(searches, "web_search_requests")?,
            off_table: anthropic::surcharge(self.inference_geo.as_deref()),
            ..Figures::default()
        }))
    }

    fn is_of_several(&self) -> bool {
        let list = self.iterations.map_or("null", RawValue::get);
        list != "null" && list != "[]"
    }

    /// The tier, where it is not the usual one.
    fn tier(&self) -> Option<&str> {
        let tier = [self.speed.as_deref(), self.service_tier.as_deref()];
        tier.into_iter().flatten().find(|tier| *tier != "standard")
    }
}

/// A count that older versions do not name.
fn optional(figure: Option<&RawValue>, field: &str) -> Result<u64, Fault> {
    figure.map_or(Ok(0), |figure| read_count(figure.get(), field))
}

#[cfg(test)]
mod tests;
