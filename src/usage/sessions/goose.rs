//! Reads the database in which goose keeps a row for each request. Owns its place and its columns;
//! refuses the totals of whole sessions, which are all that older versions keep.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::database::{self, Database, Refused, Row};
use super::merge::{Copy, Figures, Keep, Sink};
use super::parents::Parents;
use super::{Places, Sessions, instant};
use crate::usage::Tokens;
use crate::usage::wire::{Fault, rest};

/// The agent's database.
pub(in crate::usage) struct UsageLedger;

const REQUESTS: &str = "SELECT u.id, u.session_id, u.created_timestamp, s.working_dir, u.model, \
    s.provider_name, u.input_tokens, u.output_tokens, u.cache_read_tokens, u.cache_write_tokens, \
    u.cost, u.cost_source \
    FROM usage_ledger AS u LEFT JOIN sessions AS s ON s.id = u.session_id";
const COLUMNS: [&str; 9] = [
    "id",
    "session_id",
    "created_timestamp",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cost",
    "cost_source",
];
const TOTALS: &str = "this version of goose keeps the totals of its sessions only";
const CARRIED: &str = "a row of it is a total that was carried over";

impl Sessions for UsageLedger {
    fn roots(&self, places: &Places) -> Vec<PathBuf> {
        let own = places.directory("GOOSE_PATH_ROOT");
        let of_system = || {
            let usual = places.below("XDG_DATA_HOME", ".local/share", "goose/sessions");
            let support = places.at_home("Library/Application Support/goose/sessions");
            usual.into_iter().chain(support).collect()
        };
        own.map_or_else(of_system, |root| vec![root.join("data/sessions")])
    }

    fn is_session(&self, below: &Path) -> bool {
        below == Path::new("sessions.db")
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
    let has_sessions = database.has("sessions", &["id", "working_dir", "provider_name"])?;
    if !has_sessions || !database.has("usage_ledger", &COLUMNS)? {
        sink.lost_row(TOTALS.to_owned(), None, None);
        return Ok(());
    }
    let helpers = if database.has("sessions", &["parent_session_id"])? {
        "SELECT id, parent_session_id FROM sessions WHERE parent_session_id IS NOT NULL"
    } else {
        "SELECT NULL, NULL WHERE FALSE"
    };
    let parents = Parents::of(database, helpers)?;
    database.rows(REQUESTS, &mut |row| {
        let at = row.count(2, "created_timestamp").ok().flatten();
        let at = at.and_then(instant::of_second);
        let root = row.text(1).map(|session| parents.root(session));
        if let Err(fault) = request(row, root, at, sink) {
            sink.lost_row(fault.to_string(), root, at);
        }
    })
}

fn request(
    row: &Row<'_>,
    root: Option<&str>,
    at: Option<SystemTime>,
    sink: &mut Sink<'_>,
) -> Result<(), Fault> {
    let count = |place, field| row.count(place, field).map(Option::unwrap_or_default);
    let (Some(id), Some(session), Some(root)) = (row.count(0, "id")?, row.text(1), root) else {
        return Err(Fault::text("a request of it does not name its session"));
    };
    let time = count(2, "created_timestamp")?;
    let at = at.ok_or_else(|| Fault::text("a request of it has no time"))?;
    let source = row.text(11);
    if source == Some("carried_forward") {
        return Err(Fault::text(CARRIED));
    }
    let (input, cache_read) = (count(6, "input_tokens")?, count(8, "cache_read_tokens")?);
    let cache_write = count(9, "cache_write_tokens")?;
    // Input contains both, whatever the provider.
    let input = rest((input, "input_tokens"), (cache_read, "cache_read_tokens"))?;
    let tokens = Tokens {
        input: rest((input, "input_tokens"), (cache_write, "cache_write_tokens"))?,
        cache_read,
        cache_write_5m: cache_write,
        output: count(7, "output_tokens")?,
        ..Tokens::default()
    };
    if tokens == Tokens::default() {
        return Err(Fault::text("a request of it has no tokens"));
    }
    let cost = row.cost(10, "cost")?;
    sink.message(&Copy {
        // Sessions are numbered by the day, and a database that is made anew begins again.
        id: &format!("{session}/{id}/{time}"),
        request: None,
        is_aside: false,
        at,
        session: root,
        cwd: row.text(3),
        model: row.text(4),
        provider: row.text(5),
        tier: None,
        figures: Figures {
            tokens,
            // Its own estimate is by a table of its own.
            cost: cost.filter(|_| source == Some("provider_reported")),
            ..Figures::default()
        },
    });
    Ok(())
}

#[cfg(test)]
mod tests;
