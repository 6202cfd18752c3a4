//! Reads the database in which Copilot CLI keeps a row for each request. Owns its place and its
//! columns; what GitHub takes for a request is counted in credits, not in dollars, and is not told.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::database::{self, Database, Refused, Row, UNFAMILIAR};
use super::merge::{Copy, Figures, Keep, Sink};
use super::{Places, Sessions, instant};
use crate::usage::Tokens;
use crate::usage::wire::{Fault, rest};

/// The agent's database.
pub(in crate::usage) struct SessionStore;

const REQUESTS: &str = "SELECT e.id, e.session_id, e.created_at, s.cwd, e.model, e.input_tokens, \
    e.output_tokens, e.cache_read_tokens, e.cache_write_tokens, e.reasoning_tokens \
    FROM assistant_usage_events AS e LEFT JOIN sessions AS s ON s.id = e.session_id";
const COLUMNS: [&str; 9] = [
    "id",
    "session_id",
    "created_at",
    "model",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
];

impl Sessions for SessionStore {
    fn roots(&self, places: &Places) -> Vec<PathBuf> {
        let store = places.below("COPILOT_HOME", ".copilot", "");
        store.into_iter().collect()
    }

    fn is_session(&self, below: &Path) -> bool {
        below == Path::new("session-store.db")
    }

    fn is_within(&self, below: &Path) -> bool {
        below == Path::new("")
    }

    fn keep(&self) -> Keep {
        Keep::First
    }

    fn read_path(&self, path: &Path, sink: &mut Sink<'_>) -> io::Result<()> {
        database::read_into(path, sink, &mut requests);
        Ok(())
    }
}

fn requests(database: &Database, sink: &mut Sink<'_>) -> Result<(), Refused> {
    let is_known = database.has("assistant_usage_events", &COLUMNS)?
        && database.has("sessions", &["id", "cwd"])?;
    if !is_known {
        sink.lost_row(UNFAMILIAR.to_owned(), None, None);
        return Ok(());
    }
    database.rows(REQUESTS, &mut |row| {
        let at = row.text(2).and_then(instant);
        if let Err(fault) = request(row, at, sink) {
            sink.lost_row(fault.to_string(), row.text(1), at);
        }
    })
}

fn request(row: &Row<'_>, at: Option<SystemTime>, sink: &mut Sink<'_>) -> Result<(), Fault> {
    let count = |place, field| row.count(place, field).map(Option::unwrap_or_default);
    let (Some(id), Some(session)) = (row.count(0, "id")?, row.text(1)) else {
        return Err(Fault::text("a request of it does not name its session"));
    };
    let at = at.ok_or_else(|| Fault::text("a request of it has no time"))?;
    let (input, cache_read) = (count(5, "input_tokens")?, count(7, "cache_read_tokens")?);
    let cache_write = count(8, "cache_write_tokens")?;
    // Input contains both, whatever the provider.
    let input = rest((input, "input_tokens"), (cache_read, "cache_read_tokens"))?;
    let tokens = Tokens {
        input: rest((input, "input_tokens"), (cache_write, "cache_write_tokens"))?,
        cache_read,
        cache_write_5m: cache_write,
        output: count(6, "output_tokens")?,
        reasoning: count(9, "reasoning_tokens")?,
        ..Tokens::default()
    };
    rest(
        (tokens.output, "output_tokens"),
        (tokens.reasoning, "reasoning_tokens"),
    )?;
    if tokens == Tokens::default() {
        return Err(Fault::text("a request of it has no tokens"));
    }
    sink.message(&Copy {
        // A database that is made anew counts from one again, also in a session that goes on.
        id: &format!("{session}/{id}/{}", row.text(2).unwrap_or_default()),
        request: None,
        is_aside: false,
        at,
        session,
        cwd: row.text(3),
        model: row.text(4),
        provider: None,
        tier: None,
        figures: Figures {
            tokens,
            ..Figures::default()
        },
    });
    Ok(())
}

/// The time of a row. Older versions write UTC, in whole seconds, without saying so.
fn instant(text: &str) -> Option<SystemTime> {
    instant::parse(text).or_else(|| instant::end_of_second(&format!("{text}Z")))
}

#[cfg(test)]
mod tests;
