//! Reads Codex's rollouts: a line for each event of a thread, among them running totals. Owns which
//! events are new consumption; refuses to take a total for the consumption of one request.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use memchr::memmem;

use super::lines::{self, TORN};
use super::merge::{Copy, Figures, Keep, Sink};
use super::{Places, SessionFile, Sessions, instant};
use crate::usage::wire::Fault;
use counts::{Counts, Usage};
use wire::{Count, Event, Meta, Record, Search, Settings, Source};

mod counts;
mod wire;

/// What every line with figures contains.
const MARK: &str = "token_usage";
/// How far into a line its kind is named.
const HEAD: usize = 256;

/// The agent's rollouts.
pub(in crate::usage) struct Rollouts;

impl Sessions for Rollouts {
    fn roots(&self, places: &Places) -> Vec<PathBuf> {
        let home = places
            .directory("CODEX_HOME")
            .or_else(|| places.at_home(".codex"));
        let below = |home: PathBuf| ["sessions", "archived_sessions"].map(|name| home.join(name));
        home.map(below).into_iter().flatten().collect()
    }

    fn is_session(&self, below: &Path) -> bool {
        let name = below
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let is_lines = below
            .extension()
            .is_some_and(|extension| extension == "jsonl");
        is_lines && name.starts_with("rollout-")
    }

    /// A session that is archived and active is the active one.
    fn sift(&self, files: &mut Vec<SessionFile>) {
        let is_archived =
            |file: &SessionFile| file.path.iter().any(|part| part == "archived_sessions");
        let active = files.iter().filter(|file| !is_archived(file));
        let active: HashSet<_> = active
            .filter_map(|f| f.path.file_name().map(ToOwned::to_owned))
            .collect();
        files.retain(|file| {
            let name = file.path.file_name().unwrap_or_default();
            !is_archived(file) || !active.contains(name)
        });
    }

    fn keep(&self) -> Keep {
        Keep::First
    }

    fn read(&self, path: &Path, source: &mut dyn Read, sink: &mut Sink<'_>) -> io::Result<()> {
        let mark = memmem::Finder::new(MARK);
        let mut thread = Thread::new(path);
        lines::each(source, &mark, sink, &mut |text, sink| {
            if let Some(kind) = Kind::of(text)
                && let Err(fault) = thread.line(kind, text, sink)
            {
                sink.lost(fault.to_string());
            }
        })
    }
}

/// The lines that say something about consumption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Meta,
    Settings,
    Count,
    Record,
    Search,
}

impl Kind {
    fn of(line: &[u8]) -> Option<Self> {
        let head = line.get(..HEAD).unwrap_or(line);
        let is = |kind: &[u8]| memmem::find(head, kind).is_some();
        if is(br#""token_count""#) {
            Some(Self::Count)
        } else if is(br#""token_usage_record""#) {
            Some(Self::Record)
        } else if is(br#""web_search_call""#) && is(br#""response_item""#) {
            Some(Self::Search)
        } else if is(br#""turn_context""#) || is(br#""thread_settings_applied""#) {
            Some(Self::Settings)
        } else {
            is(br#""session_meta""#).then_some(Self::Meta)
        }
    }
}

/// What is known of a thread while its file is read.
struct Thread {
    /// The thread's own id; its session's is that of the thread that started it.
    id: String,
    session: String,
    is_begun: bool,
    cwd: Option<String>,
    model: Option<String>,
    provider: Option<String>,
    tier: Option<String>,
    /// When it began, where it began as a copy of another one: what is told in the same second is
    /// the copy.
    copied: Option<u64>,
    /// The totals so far; unknown at the beginning of a copy.
    total: Option<Counts>,
    /// Figures of a request that are told once more by the next event.
    recorded: Option<Counts>,
    /// Searches of the web in the answer that is to be counted next.
    searches: u64,
}

impl Thread {
    fn new(path: &Path) -> Self {
        // The name ends with the id: `rollout-2026-11-21T10-28-19-UUID`.
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let id = stem.get(stem.len().saturating_sub(36)..).unwrap_or(&stem);
        Self {
            id: id.to_owned(),
            session: id.to_owned(),
            is_begun: false,
            cwd: None,
            model: None,
            provider: None,
            tier: None,
            copied: None,
            total: Some(Counts::default()),
            recorded: None,
            searches: 0,
        }
    }

    fn line(&mut self, kind: Kind, text: &[u8], sink: &mut Sink<'_>) -> Result<(), Fault> {
        let malformed = || Fault::text(TORN);
        let event: Event<'_> = serde_json::from_slice(text).map_err(|_| malformed())?;
        let Some(payload) = event.payload else {
            return Ok(());
        };
        let at = event.timestamp.as_deref().and_then(instant::parse);
        match kind {
            Kind::Meta => {
                let meta = serde_json::from_str(payload.get()).map_err(|_| malformed())?;
                self.begin(&meta, at);
                sink.session(&self.session);
            }
            Kind::Settings => {
                let settings = serde_json::from_str(payload.get()).map_err(|_| malformed())?;
                self.settings(settings);
            }
            Kind::Count => {
                let count = serde_json::from_str(payload.get()).map_err(|_| malformed())?;
                let stamp = event.timestamp.as_deref().unwrap_or_default();
                self.count(&count, (stamp, at), sink)?;
            }
            Kind::Record => {
                let record = serde_json::from_str(payload.get()).map_err(|_| malformed())?;
                self.record(&record, at, sink)?;
            }
            Kind::Search => {
                let call: Search<'_> =
                    serde_json::from_str(payload.get()).map_err(|_| malformed())?;
                self.searches = self.searches.saturating_add(u64::from(call.is_billed()));
            }
        }
        Ok(())
    }

    /// The first such line is the thread's own; later ones are of threads it was copied from.
    fn begin(&mut self, meta: &Meta<'_>, at: Option<SystemTime>) {
        if std::mem::replace(&mut self.is_begun, true) {
            return;
        }
        let source = meta
            .source
            .and_then(|s| serde_json::from_str::<Source<'_>>(s.get()).ok());
        let spawn = source
            .and_then(|s| s.subagent)
            .and_then(|helper| helper.thread_spawn);
        let is_copy = spawn.is_some() || meta.forked_from_id.is_some();
        if let Some(id) = &meta.id {
            self.id = id.to_string();
            self.session = id.to_string();
        }
        let parent = spawn.and_then(|spawn| spawn.parent_thread_id);
        if let Some(session) = meta.session_id.as_ref().or(parent.as_ref()) {
            self.session = session.to_string();
        }
        self.cwd = meta.cwd.as_deref().map(str::to_owned);
        self.provider = meta.model_provider.as_deref().map(str::to_owned);
        if is_copy {
            self.copied = at.and_then(second);
            self.total = None;
        }
    }

    fn settings(&mut self, settings: Settings<'_>) {
        let set = |to: &mut Option<String>, from: Option<Cow<'_, str>>| {
            if let Some(from) = from {
                *to = Some(from.into_owned());
            }
        };
        set(&mut self.model, settings.model);
        if let Some(thread) = settings.thread_settings {
            set(&mut self.model, thread.model);
            set(&mut self.provider, thread.model_provider_id);
            let tier = thread.service_tier.map(Cow::into_owned);
            self.tier = tier.filter(|tier| tier != "default");
        }
    }

    /// One request, told with its own id.
    fn record(
        &mut self,
        record: &Record<'_>,
        at: Option<SystemTime>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Fault> {
        let Some(usage) = &record.usage else {
            return Ok(());
        };
        let used = usage.counts()?;
        if let Some(total) = &record.thread_token_usage {
            self.total = Some(total.counts()?);
        }
        self.recorded = Some(used);
        let searches = std::mem::take(&mut self.searches);
        let is_own = record.thread_id.as_ref().is_none_or(|id| *id == self.id);
        if !is_own {
            return Ok(());
        }
        let total = self
            .total
            .map(|total| total.to_string())
            .unwrap_or_default();
        let id = record
            .response_id
            .as_deref()
            .map_or_else(|| format!("{}/{total}", self.id), str::to_owned);
        self.hand_on(&id, (used, searches), at, sink)
    }

    /// Totals, and mostly what the last request added to them.
    fn count(
        &mut self,
        count: &Count<'_>,
        (stamp, at): (&str, Option<SystemTime>),
        sink: &mut Sink<'_>,
    ) -> Result<(), Fault> {
        let Some(info) = &count.info else {
            return Ok(());
        };
        let counts = |usage: &Option<Usage<'_>>| usage.as_ref().map(Usage::counts).transpose();
        let (total, last) = (
            counts(&info.total_token_usage)?,
            counts(&info.last_token_usage)?,
        );
        let before = self.total;
        self.total = total.or(self.total);
        let is_told = self.recorded.take().is_some_and(|told| last == Some(told));
        // The same totals once more come with news of other things.
        if is_told || (total.is_some() && total == before) {
            return Ok(());
        }
        let searches = std::mem::take(&mut self.searches);
        if self.copied.is_some() && self.copied == at.and_then(second) {
            return Ok(());
        }
        let used = match (last, total, before) {
            (Some(last), ..) => last,
            (None, Some(total), Some(before)) => total.since(&before),
            (None, Some(_), None) => {
                return Err(Fault::text(
                    "a total of it includes those of another session",
                ));
            }
            (None, None, _) => return Ok(()),
        };
        let id = format!(
            "{stamp}/{}/{used}",
            self.model.as_deref().unwrap_or_default()
        );
        self.hand_on(&id, (used, searches), at, sink)
    }

    fn hand_on(
        &self,
        id: &str,
        (used, web_searches): (Counts, u64),
        at: Option<SystemTime>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Fault> {
        if used.is_nothing() {
            return Ok(());
        }
        sink.message(&Copy {
            id,
            request: None,
            is_aside: false,
            at: at.ok_or_else(|| Fault::text("an event of it has no time"))?,
            session: &self.session,
            cwd: self.cwd.as_deref(),
            model: self.model.as_deref(),
            provider: self.provider.as_deref(),
            tier: self.tier.as_deref(),
            figures: Figures {
                tokens: used.tokens()?,
                web_searches,
                ..Figures::default()
            },
        });
        Ok(())
    }
}

fn second(at: SystemTime) -> Option<u64> {
    at.duration_since(UNIX_EPOCH)
        .ok()
        .map(|since| since.as_secs())
}

#[cfg(test)]
mod tests;
