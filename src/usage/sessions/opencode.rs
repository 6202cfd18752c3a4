//! Reads where opencode keeps its messages: a database, or, in older versions, a file for each.
//! Owns their places and fields; helpers have sessions of their own, which belong to the one that
//! started them.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;

use super::database::{self, Database, Refused, Row, UNFAMILIAR};
use super::lines::MAX_LINE;
use super::merge::{Copy, Figures, Keep, Sink};
use super::parents::Parents;
use super::{Places, Sessions};
use crate::usage::Tokens;
use crate::usage::agents::opencode::counts::{Counts, cost_of};
use crate::usage::wire::{Fault, Figure, present};

/// The agent's databases and files.
pub(in crate::usage) struct Storage;

/// The longest message that is read, in bytes. What was said is kept elsewhere, but those of people
/// may carry what was changed for them.
const MAX_MESSAGE: usize = MAX_LINE;
const MALFORMED: &str = "a message of it is torn or malformed";
const FAILED: &str = "a request failed, and what it took is not written down";
const UNFINISHED: &str = "an answer was not finished, and what it took is not written down";

impl Sessions for Storage {
    fn roots(&self, places: &Places) -> Vec<PathBuf> {
        let data = places.below("XDG_DATA_HOME", ".local/share", "opencode");
        data.into_iter().collect()
    }

    /// `opencode.db`, that of another channel (`opencode-dev.db`), or
    /// `storage/message/SESSION/MESSAGE.json`.
    fn is_session(&self, below: &Path) -> bool {
        let name = below.file_name().and_then(|name| name.to_str());
        let name = name.unwrap_or_default();
        let extension = below.extension().and_then(|extension| extension.to_str());
        match (extension, below.iter().count()) {
            (Some("db"), 1) => name == "opencode.db" || name.starts_with("opencode-"),
            (Some("json"), 4) => name.starts_with("msg_"),
            _ => false,
        }
    }

    /// Copies of what it works on are kept beside them.
    fn is_within(&self, below: &Path) -> bool {
        let messages = Path::new("storage/message");
        messages.starts_with(below) || below.starts_with(messages)
    }

    fn keep(&self) -> Keep {
        Keep::Largest
    }

    fn read_path(&self, path: &Path, sink: &mut Sink<'_>) -> io::Result<()> {
        if path.extension().is_some_and(|extension| extension == "db") {
            database::read_into(path, sink, &mut messages);
            return Ok(());
        }
        let mut text = Vec::new();
        let most = u64::try_from(MAX_MESSAGE).unwrap_or(u64::MAX);
        File::open(path)?.take(most).read_to_end(&mut text)?;
        // One that is longer is cut here, and torn.
        let named = serde_json::from_slice::<Named>(&text);
        match (named, serde_json::from_slice::<Message>(&text)) {
            (Ok(named), Ok(message)) => message.hand_on(&named.id, &named.session, sink),
            _ => sink.lost(MALFORMED.to_owned()),
        }
        Ok(())
    }
}

fn messages(database: &Database, sink: &mut Sink<'_>) -> Result<(), Refused> {
    let is_known = database.has("message", &["id", "session_id", "time_created", "data"])?
        && database.has("session", &["id", "parent_id"])?;
    if !is_known {
        sink.lost_row(UNFAMILIAR.to_owned(), None, None);
        return Ok(());
    }
    let helpers = "SELECT id, parent_id FROM session WHERE parent_id IS NOT NULL";
    let parents = Parents::of(database, helpers)?;
    let all = format!(
        "SELECT id, session_id, time_created, \
         CASE WHEN octet_length(data) <= {MAX_MESSAGE} THEN data END FROM message"
    );
    database.rows(&all, &mut |row| message(row, &parents, sink))
}

/// A message of a database; its own text names neither itself nor its session.
fn message(row: &Row<'_>, parents: &Parents, sink: &mut Sink<'_>) {
    let session = row.text(1).map(|session| parents.root(session));
    let read = row.text(3).map(serde_json::from_str::<Message>);
    if let (Some(id), Some(session), Some(Ok(message))) = (row.text(0), session, read) {
        message.hand_on(id, session, sink);
    } else {
        let at = row.count(2, "time_created").ok().flatten();
        sink.lost_row(MALFORMED.to_owned(), session, at.and_then(time));
    }
}

/// What a message of a file says of itself beside its figures.
#[derive(Deserialize)]
struct Named {
    id: String,
    #[serde(rename = "sessionID")]
    session: String,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    time: Option<Times>,
    #[serde(rename = "modelID")]
    model: Option<String>,
    #[serde(rename = "providerID")]
    provider: Option<String>,
    path: Option<Worked>,
    #[serde(default, deserialize_with = "present")]
    cost: Option<Figure>,
    tokens: Option<Counts>,
    error: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Times {
    created: Option<Figure>,
}

#[derive(Deserialize)]
struct Worked {
    cwd: Option<String>,
}

impl Message {
    fn hand_on(mut self, id: &str, session: &str, sink: &mut Sink<'_>) {
        if self.role != "assistant" {
            return;
        }
        let created = self.time.as_ref().and_then(|time| time.created.as_ref());
        let at = created.and_then(|created| created.count("time.created").ok());
        let at = at.and_then(time);
        if let Err(fault) = self.answer(id, session, at, sink) {
            sink.lost_row(fault.to_string(), Some(session), at);
        }
    }

    fn answer(
        &mut self,
        id: &str,
        session: &str,
        at: Option<SystemTime>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Fault> {
        let tokens = self.tokens.take().map(Counts::read).transpose()?;
        let tokens = tokens.unwrap_or_default();
        if tokens == Tokens::default() {
            let why = if self.error.is_some() {
                FAILED
            } else {
                UNFINISHED
            };
            return Err(Fault::text(why));
        }
        let cost = cost_of(self.cost.as_ref())?;
        sink.message(&Copy {
            id,
            request: None,
            is_aside: false,
            at: at.ok_or_else(|| Fault::text("a message of it has no time"))?,
            session,
            cwd: self.path.as_ref().and_then(|path| path.cwd.as_deref()),
            model: self.model.as_deref(),
            provider: self.provider.as_deref(),
            tier: None,
            figures: Figures {
                tokens,
                cost,
                ..Figures::default()
            },
        });
        Ok(())
    }
}

/// The instant of so many milliseconds since 1970.
fn time(millis: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests;
