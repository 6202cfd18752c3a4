//! Reads the totals that Claude Code writes down when it is closed: of all that one process
//! consumed, also of what it asked for on its own and left out of its transcripts. Owns whether
//! they are those of a run; what they are beside the messages is decided by `totals`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::usage::agents::claude_code::read_totals;
use crate::usage::sessions::{Places, Run};
use crate::usage::{Cost, ModelUsage, Report, Tokens};

/// The largest file of settings that is read, in bytes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// The agent's own time begins later than the run's and ends earlier, by so much at most.
const SLACK: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Settings<'a> {
    #[serde(borrow, default)]
    projects: HashMap<Cow<'a, str>, &'a RawValue>,
}

/// What the process that was closed last in a directory consumed.
#[derive(Deserialize)]
struct Closing<'a> {
    #[serde(borrow, rename = "lastSessionId")]
    session: Cow<'a, str>,
    #[serde(borrow, rename = "lastCost")]
    cost: &'a RawValue,
    #[serde(borrow, rename = "lastModelUsage")]
    models: &'a RawValue,
    /// Milliseconds.
    #[serde(rename = "lastDuration")]
    duration: u64,
}

/// The totals of a run that ended by itself.
pub(super) fn totals(places: &Places, run: &Run<'_>) -> Option<Report> {
    let text = read(&place(places)?, run).filter(|_| run.is_complete)?;
    let settings: Settings<'_> = serde_json::from_str(&text).ok()?;
    let project = settings.projects.get(run.directory?)?;
    let closing: Closing<'_> = serde_json::from_str(project.get()).ok()?;
    if !is_of(run, Duration::from_millis(closing.duration)) {
        return None;
    }
    let (cost, models) = (closing.cost.get(), closing.models.get());
    let result = format!(r#"{{"total_cost_usd":{cost},"modelUsage":{models}}}"#);
    let mut report = read_totals(result.as_bytes()).ok()?;
    if report.models.is_empty() && report.cost == Some(Cost::ZERO) {
        // Nothing was asked of a model at all.
        report.tokens_incomplete = false;
        report.models.push(ModelUsage {
            tokens: Some(Tokens::default()),
            ..ModelUsage::default()
        });
    }
    Some(Report {
        session: Some(closing.session.into_owned()),
        outcome: None,
        ..report
    })
}

fn place(places: &Places) -> Option<PathBuf> {
    let name = ".claude.json";
    let own = places.directory("CLAUDE_CONFIG_DIR");
    own.map(|dir| dir.join(name))
        .or_else(|| places.at_home(name))
}

/// What is in a file that was written to in the run.
fn read(path: &Path, run: &Run<'_>) -> Option<String> {
    let found = std::fs::metadata(path).ok()?;
    let is_recent = found.modified().is_ok_and(|at| at >= run.since());
    if !found.is_file() || !is_recent || found.len() > MAX_BYTES {
        return None;
    }
    let mut text = String::new();
    File::open(path)
        .ok()?
        .take(MAX_BYTES)
        .read_to_string(&mut text)
        .ok()?;
    Some(text)
}

/// Whether a process that lived so long was the run's: another one that was closed in the same
/// directory lived for another time.
fn is_of(run: &Run<'_>, lived: Duration) -> bool {
    let elapsed = run.end.duration_since(run.start).unwrap_or_default();
    lived <= elapsed + Duration::from_secs(1) && lived + SLACK >= elapsed
}

#[cfg(test)]
mod tests;
