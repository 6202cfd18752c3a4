//! Which messages are those of one run. Owns the question whose they are; where the files do not
//! answer it, the reading is unknown, with what it was at most.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Lost, Message, Scan};
use crate::usage::{Cost, Overflow, Reading, Report, Source};

/// The last message is written down just before the agent ends.
const AFTER: Duration = Duration::from_secs(1);
/// How much later than a file says it may have been written to.
const COARSE: Duration = Duration::from_secs(2);
const STOPPED: &str =
    "the agent was stopped, and its session files leave out what it asked for last";
const SEVERAL: &str =
    "several sessions went on in this directory, and their files do not tell which is this run's";
const OLDER: &str =
    "a session in this directory went on, and its files do not tell whether in this run";
const NOWHERE: &str = "the agent's session files do not tell in which directory it ran";
const LOST: &str = "the agent's session files cannot be read whole";

/// A run of an agent.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// When it was started.
    pub start: SystemTime,
    /// When it had ended.
    pub end: SystemTime,
    /// Its session, where it told.
    pub session: Option<&'a str>,
    /// The directory it was started in, as the system tells it.
    pub directory: Option<&'a str>,
    /// People talked to it on a terminal.
    pub is_interactive: bool,
    /// Messages that were charged before, by their names in the ledger.
    pub counted: &'a BTreeSet<String>,
    /// It was to continue an earlier session.
    pub is_continued: bool,
    /// It ended by itself, so that nothing it asked for was cut off.
    pub is_complete: bool,
    /// What it asked for without writing it down, where it did.
    pub unwritten: Option<&'static str>,
}

impl Run<'_> {
    /// Files that were written to in the run say that they were after this. Some file systems keep
    /// whole seconds, two of them at worst.
    pub(super) fn since(&self) -> SystemTime {
        self.start.checked_sub(COARSE).unwrap_or(self.start)
    }
}

/// What a run consumed, by the files of its agent. `Silent` where they hold nothing of it.
pub(in crate::usage) fn reading(source: Source, scan: &Scan, run: &Run<'_>) -> Reading {
    let start = whole_millis(run.start);
    let in_time = in_time(scan, run, start);
    let (sessions, doubt) = sessions(scan, &in_time, run, start);
    let own: Vec<&Message> = in_time
        .into_iter()
        .filter(|message| sessions.contains(&message.session))
        .collect();
    let is_own = |lost: &&Lost| {
        let is_late = lost.before.is_none_or(|before| before >= start);
        let session = lost.session.as_ref();
        is_late && (own.is_empty() || session.is_none_or(|id| sessions.contains(id)))
    };
    let lost = scan.lost.iter().find(is_own);
    let is_new = |message: &&&Message| !run.counted.contains(&message.id(source));
    let new: Vec<&Message> = own.iter().filter(is_new).copied().collect();
    let report = (!own.is_empty()).then(|| report(source, &own, &new));
    let report = match report.transpose() {
        Ok(report) => report,
        Err(error) => return Reading::unknown(error.to_string(), None),
    };
    if let Some(doubt) = doubt.filter(|_| report.is_some()) {
        return Reading::Unknown {
            reason: doubt.to_owned(),
            at_least: None,
            // With lines that cannot be read it may be more.
            at_most: report
                .filter(|_| lost.is_none() && run.is_complete)
                .map(Box::new),
        };
    }
    match (report, lost) {
        (report, Some(lost)) => Reading::unknown(format!("{LOST}: {}", lost.reason), report),
        (Some(report), None) => match run.unwritten {
            _ if !run.is_complete => Reading::unknown(STOPPED, Some(report)),
            Some(unwritten) => Reading::unknown(unwritten, Some(report)),
            None => Reading::Known(report),
        },
        (None, None) => Reading::Silent,
    }
}

fn in_time<'a>(scan: &'a Scan, run: &Run<'_>, start: SystemTime) -> Vec<&'a Message> {
    let end = run.end.checked_add(AFTER).unwrap_or(run.end);
    let is_in_time = |message: &&Message| (start..=end).contains(&message.at);
    scan.messages.iter().filter(is_in_time).collect()
}

/// The session that went on in the run, where there is one only.
pub(in crate::usage) fn only_session(scan: &Scan, run: &Run<'_>) -> Option<Arc<str>> {
    let start = whole_millis(run.start);
    let in_time = in_time(scan, run, start);
    let sessions: BTreeSet<_> = in_time.iter().map(|message| &message.session).collect();
    let mut new = new_sessions(scan, sessions, run, start).into_iter();
    new.next().filter(|_| new.next().is_none()).cloned()
}

/// Those of these sessions that the run may have begun: it goes on with none that was there before,
/// unless it was to.
fn new_sessions<'a>(
    scan: &Scan,
    sessions: BTreeSet<&'a Arc<str>>,
    run: &Run<'_>,
    start: SystemTime,
) -> BTreeSet<&'a Arc<str>> {
    let before = scan.messages.iter().filter(|message| message.at < start);
    let before: BTreeSet<_> = before.map(|message| &message.session).collect();
    let is_new = |session: &&Arc<str>| run.is_continued || !before.contains(session);
    sessions.into_iter().filter(is_new).collect()
}

/// The sessions that may be the run's, and why they may not be.
fn sessions(
    scan: &Scan,
    in_time: &[&Message],
    run: &Run<'_>,
    start: SystemTime,
) -> (BTreeSet<Arc<str>>, Option<&'static str>) {
    let of = |pick: &dyn Fn(&Message) -> bool| -> BTreeSet<Arc<str>> {
        let picked = in_time.iter().filter(|message| pick(message));
        picked.map(|message| Arc::clone(&message.session)).collect()
    };
    if let Some(session) = run.session {
        return (of(&|message| *message.session == *session), None);
    }
    let here = of(&|message| {
        run.directory
            .is_none_or(|dir| message.cwd.as_deref() == Some(dir))
    });
    let somewhere = of(&|message| message.cwd.is_some());
    let nowhere = of(&|message| message.cwd.is_none());
    let nowhere: BTreeSet<_> = nowhere.difference(&somewhere).cloned().collect();
    if !nowhere.is_empty() || run.directory.is_none() {
        let may_be: BTreeSet<_> = here.union(&nowhere).cloned().collect();
        let doubt = if may_be.len() > 1 { SEVERAL } else { NOWHERE };
        return (may_be, Some(doubt));
    }
    let new = new_sessions(scan, here.iter().collect(), run, start);
    let new: BTreeSet<_> = new.into_iter().cloned().collect();
    match new.len() {
        0 => (here, Some(OLDER)),
        1 => (new, None),
        _ => (new, Some(SEVERAL)),
    }
}

/// Files tell times in milliseconds, cut off.
fn whole_millis(at: SystemTime) -> SystemTime {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let millis = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
    UNIX_EPOCH
        .checked_add(Duration::from_millis(millis))
        .unwrap_or(at)
}

/// The report of a run's messages, less those that were charged before.
fn report(source: Source, all: &[&Message], messages: &[&Message]) -> Result<Report, Overflow> {
    if messages.is_empty() {
        return Ok(Report {
            session: all.first().map(|message| message.session.to_string()),
            ..Report::nothing(source)
        });
    }
    let report = Report {
        cost: cost(messages)?,
        models: messages
            .iter()
            .flat_map(|message| message.usages().cloned())
            .collect(),
        session: messages.first().map(|message| message.session.to_string()),
        ids: messages.iter().map(|message| message.id(source)).collect(),
        ..Report::new(source)
    };
    report.check()?;
    Ok(report)
}

/// The money of all messages, where all name some.
fn cost(messages: &[&Message]) -> Result<Option<Cost>, Overflow> {
    let mut sum = Cost::ZERO;
    for usage in messages.iter().flat_map(|message| message.usages()) {
        let Some(cost) = usage.cost else {
            return Ok(None);
        };
        sum = sum.checked_add(cost).ok_or(Overflow)?;
    }
    Ok(Some(sum))
}

#[cfg(test)]
mod tests;
