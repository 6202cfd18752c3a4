//! Reads the database in which `llm` logs what it asked. Owns its place, its two generations of
//! tables, and what the words mean that its plugins pass on from providers.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::database::{self, Database, Refused, Row, UNFAMILIAR};
use super::merge::{Copy, Figures, Keep, Sink};
use super::{Places, Sessions, instant};
use crate::usage::wire::{Fault, read_count, rest};
use crate::usage::{Tokens, UNIQUE};

/// The agent's database.
pub(in crate::usage) struct Logs;

/// Where a generation of it logs answers, with the column that names the conversation.
const TABLES: [(&str, &str); 2] = [("responses", "conversation_id"), ("turns", "thread_id")];
/// Answers that are longer are not looked into for the name of their model.
const MAX_ANSWER: u32 = 1024 * 1024;
const MALFORMED: &str = "the details of an answer's tokens are malformed";
const UNTOLD: &str = "an answer of it has no tokens";

impl Sessions for Logs {
    fn roots(&self, places: &Places) -> Vec<PathBuf> {
        let of_system = || {
            let usual = places.below("XDG_CONFIG_HOME", ".config", "io.datasette.llm");
            let support = places.at_home("Library/Application Support/io.datasette.llm");
            usual.into_iter().chain(support).collect()
        };
        let own = places.directory("LLM_USER_PATH");
        own.map_or_else(of_system, |own| vec![own])
    }

    fn is_session(&self, below: &Path) -> bool {
        below == Path::new("logs.db")
    }

    fn is_within(&self, below: &Path) -> bool {
        below == Path::new("")
    }

    fn tells_directory(&self) -> bool {
        false
    }

    fn keep(&self) -> Keep {
        Keep::First
    }

    fn read_path(&self, path: &Path, sink: &mut Sink<'_>) -> io::Result<()> {
        database::read_into(path, sink, &mut answers);
        Ok(())
    }
}

fn answers(database: &Database, sink: &mut Sink<'_>) -> Result<(), Refused> {
    let mut is_known = false;
    for (table, session) in TABLES {
        let columns = [
            "id",
            "datetime_utc",
            "input_tokens",
            "token_details",
            session,
        ];
        if !database.has(table, &columns)? {
            continue;
        }
        is_known = true;
        // Columns that came later are NULL in earlier versions.
        let later = |column| match database.has(table, &[column]) {
            Ok(true) => Ok(column),
            other => other.map(|_| "NULL"),
        };
        let (resolved, answer) = (later("resolved_model")?, later("response_json")?);
        let sql = format!(
            "SELECT id, {session}, datetime_utc, model, {resolved}, input_tokens, output_tokens, \
             token_details, CASE WHEN octet_length({answer}) <= {MAX_ANSWER} THEN {answer} END \
             FROM {table}"
        );
        database.rows(&sql, &mut |row| {
            let at = row.text(2).and_then(instant);
            if let Err(fault) = answer_of(row, at, sink) {
                sink.lost_row(fault.to_string(), row.text(1), at);
            }
        })?;
    }
    if !is_known {
        sink.lost_row(UNFAMILIAR.to_owned(), None, None);
    }
    Ok(())
}

/// What of the provider's own answer is kept.
#[derive(Default, Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    service_tier: Option<Cow<'a, str>>,
}

fn answer_of(row: &Row<'_>, at: Option<SystemTime>, sink: &mut Sink<'_>) -> Result<(), Fault> {
    let Some(id) = row.text(0) else {
        return Err(Fault::text("an answer of it has no id"));
    };
    let at = at.ok_or_else(|| Fault::text("an answer of it has no time"))?;
    let (input, output) = (
        row.count(5, "input_tokens")?,
        row.count(6, "output_tokens")?,
    );
    let details = row.text(7).map(serde_json::from_str::<Details<'_>>);
    let details = details
        .transpose()
        .map_err(|_| Fault::text(MALFORMED))?
        .unwrap_or_default();
    let tokens = details.tokens(input.unwrap_or_default(), output.unwrap_or_default())?;
    if tokens == Tokens::default() {
        return Err(Fault::text(UNTOLD));
    }
    let answer: Answer<'_> = row
        .text(8)
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    // Providers on one's own machine count their answers from small numbers.
    let theirs = answer.id.as_deref().filter(|id| id.len() >= UNIQUE);
    let tier = answer.service_tier.as_deref();
    sink.message(&Copy {
        id: theirs.unwrap_or(id),
        request: None,
        is_aside: false,
        at,
        session: row.text(1).unwrap_or(id),
        cwd: None,
        // The name that the user gave to a model may be none of its provider's.
        model: answer.model.as_deref().or(row.text(4)).or(row.text(3)),
        provider: None,
        tier: tier.filter(|tier| !matches!(*tier, "default" | "standard")),
        figures: Figures {
            tokens,
            ..Figures::default()
        },
    });
    Ok(())
}

/// What a plugin passes on of the provider's figures, without those that are zero.
#[derive(Default, Deserialize)]
struct Details<'a> {
    /// Of OpenAI's two APIs: parts of input and output.
    #[serde(
        borrow,
        rename = "prompt_tokens_details",
        alias = "input_tokens_details"
    )]
    of_input: Option<Parts<'a>>,
    #[serde(
        borrow,
        rename = "completion_tokens_details",
        alias = "output_tokens_details"
    )]
    of_output: Option<Parts<'a>>,
    /// Of Google: parts of input and output.
    #[serde(borrow, rename = "cachedContentTokenCount")]
    cached_content: Option<&'a RawValue>,
    #[serde(borrow, rename = "thoughtsTokenCount")]
    thoughts: Option<&'a RawValue>,
    /// Of Anthropic: beside input.
    #[serde(borrow)]
    cache_read_input_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_creation_input_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_creation: Option<Written<'a>>,
}

#[derive(Default, Deserialize)]
struct Parts<'a> {
    #[serde(borrow, rename = "cached_tokens")]
    cached: Option<&'a RawValue>,
    #[serde(borrow, rename = "cache_write_tokens")]
    cache_write: Option<&'a RawValue>,
    #[serde(borrow, rename = "reasoning_tokens")]
    reasoning: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Written<'a> {
    #[serde(borrow)]
    ephemeral_1h_input_tokens: Option<&'a RawValue>,
}

impl Details<'_> {
    fn tokens(&self, input: u64, output: u64) -> Result<Tokens, Fault> {
        let read = |figure: Option<&RawValue>, field: &str| {
            figure
                .filter(|figure| figure.get() != "null")
                .map_or(Ok(0), |figure| read_count(figure.get(), field))
        };
        let none = Parts::default();
        let of_input = self.of_input.as_ref().unwrap_or(&none);
        let of_output = self.of_output.as_ref().unwrap_or(&none);
        let inside = read(of_input.cached, "cached_tokens")?
            .max(read(self.cached_content, "cachedContentTokenCount")?);
        let written = read(of_input.cache_write, "cache_write_tokens")?;
        let beside = read(self.cache_read_input_tokens, "cache_read_input_tokens")?;
        let all_written = read(
            self.cache_creation_input_tokens,
            "cache_creation_input_tokens",
        )?;
        let long = self
            .cache_creation
            .as_ref()
            .and_then(|w| w.ephemeral_1h_input_tokens);
        let long = read(long, "ephemeral_1h_input_tokens")?;
        let reasoning = read(of_output.reasoning, "reasoning_tokens")?
            .max(read(self.thoughts, "thoughtsTokenCount")?);
        rest((output, "output_tokens"), (reasoning, "reasoning"))?;
        let input = rest((input, "input_tokens"), (inside, "cached_tokens"))?;
        let input = rest((input, "input_tokens"), (written, "cache_write_tokens"))?;
        let short = rest(
            (all_written, "cache_creation_input_tokens"),
            (long, "ephemeral_1h_input_tokens"),
        )?;
        let add = |a: u64, b: u64| {
            a.checked_add(b)
                .ok_or_else(|| Fault::text(crate::usage::Overflow))
        };
        Ok(Tokens {
            input,
            cache_read: add(inside, beside)?,
            cache_write_5m: add(written, short)?,
            cache_write_1h: long,
            output,
            reasoning,
            ..Tokens::default()
        })
    }
}

/// The time of a row, in UTC, which earlier versions do not say.
fn instant(text: &str) -> Option<SystemTime> {
    instant::parse(text).or_else(|| instant::parse(&format!("{text}Z")))
}

#[cfg(test)]
mod tests;
