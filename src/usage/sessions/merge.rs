//! Each message once: agents write the same answer of a model several times, in parts, in copies
//! of a session, in replays by helpers. Owns which copy counts and what their common time is.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use super::{Lost, Message, Scan};
use crate::usage::UNIQUE;
use crate::usage::{Cost, ModelUsage, Overflow, Tokens};

/// The longest id, name or path that is kept of a message, in bytes.
const MAX_TEXT: usize = 4096;
/// How many requests may share the id of a message. Ids of providers are their own; comparing what
/// shares one takes time that grows with the square.
const MAX_SHARING: usize = 256;

const SHARED: &str = "too many messages in it share an id";

/// Which copy of a message counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::usage) enum Keep {
    /// The first: all are the same.
    First,
    /// The last: it was corrected.
    Last,
    /// The one with the most tokens: the others are of an answer that was still being written.
    Largest,
}

/// A message as a file tells it.
#[derive(Debug, Clone)]
pub(super) struct Copy<'a> {
    pub id: &'a str,
    /// Tells apart messages of one id, where it is known.
    pub request: Option<&'a str>,
    /// Written by a helper, which may replay what its parent wrote.
    pub is_aside: bool,
    pub at: SystemTime,
    pub session: &'a str,
    pub cwd: Option<&'a str>,
    pub model: Option<&'a str>,
    pub provider: Option<&'a str>,
    pub tier: Option<&'a str>,
    pub figures: Figures,
}

/// What a message says it consumed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub tokens: Tokens,
    pub cost: Option<Cost>,
    pub web_searches: u64,
    /// What of it has a price of its own that no table here tells.
    pub off_table: Option<&'static str>,
    /// How many requests it took; one where that is not told.
    pub requests: Option<u64>,
    /// Requests billed on top.
    pub beside: Vec<ModelUsage>,
}

impl Figures {
    fn total(&self) -> Result<u64, Overflow> {
        let mut beside = self.beside.iter().filter_map(|usage| usage.tokens);
        let all = beside.try_fold(self.tokens, |sum, tokens| sum.checked_add(&tokens));
        all?.total()
    }
}

struct Entry {
    id: Arc<str>,
    path: Arc<Path>,
    request: Option<Box<str>>,
    is_aside: bool,
    /// The next entry of the same id.
    next: Option<usize>,
    at: SystemTime,
    session: Arc<str>,
    cwd: Option<Arc<str>>,
    model: Option<Arc<str>>,
    provider: Option<Arc<str>>,
    tier: Option<Arc<str>>,
    figures: Figures,
}

/// All messages so far.
pub(super) struct Merge {
    keep: Keep,
    names: Names,
    /// The first entry of each id.
    ids: HashMap<Arc<str>, usize>,
    entries: Vec<Entry>,
    lost: Vec<Lost>,
}

impl Merge {
    pub(super) fn new(keep: Keep) -> Self {
        Self {
            keep,
            names: Names::default(),
            ids: HashMap::new(),
            entries: Vec::new(),
            lost: Vec::new(),
        }
    }

    /// What takes in the messages of a file.
    pub(super) fn file(&mut self, path: &Path) -> Sink<'_> {
        Sink {
            path: Arc::from(path),
            session: None,
            open: None,
            merge: self,
        }
    }

    /// Takes in a copy; false where too many messages share its id.
    fn add(&mut self, copy: &Copy<'_>, path: &Arc<Path>) -> bool {
        let Some(first) = self.ids.get(copy.id).copied() else {
            let id: Arc<str> = Arc::from(copy.id);
            self.ids.insert(Arc::clone(&id), self.entries.len());
            self.push(id, copy, path);
            return true;
        };
        let mut index = first;
        let mut sharing = 1_usize;
        while let Some(entry) = self.entries.get_mut(index) {
            if entry.is_same(copy) {
                let names = &mut self.names;
                entry.meet(copy, self.keep, names);
                return true;
            }
            let Some(next) = entry.next else { break };
            index = next;
            sharing += 1;
        }
        if sharing >= MAX_SHARING {
            return false;
        }
        let (id, last) = (Arc::clone(&self.entries[first].id), self.entries.len());
        self.entries[index].next = Some(last);
        self.push(id, copy, path);
        true
    }

    /// All messages of both; `later`: of files that come after these.
    pub(super) fn and(mut self, later: Self) -> Self {
        for entry in &later.entries {
            if !self.add(&entry.copy(), &entry.path) {
                let mut sink = self.file(&entry.path);
                sink.lost(SHARED.to_owned());
            }
        }
        self.lost.extend(later.lost);
        self
    }

    fn push(&mut self, id: Arc<str>, copy: &Copy<'_>, path: &Arc<Path>) {
        let names = &mut self.names;
        let mut name = |text: Option<&str>| text.map(|text| names.share(text));
        self.entries.push(Entry {
            id,
            path: Arc::clone(path),
            request: copy.request.map(Box::from),
            is_aside: copy.is_aside,
            next: None,
            at: copy.at,
            cwd: name(copy.cwd),
            model: name(copy.model),
            provider: name(copy.provider),
            tier: name(copy.tier),
            session: names.share(copy.session),
            figures: copy.figures.clone(),
        });
    }

    /// The messages. What was written aside replays a message of the main conversation wherever
    /// both have one id.
    pub(super) fn finish(self) -> Scan {
        let mut replays = HashSet::new();
        for first in self.ids.values() {
            let chain = || {
                let next = |index: &usize| self.entries.get(*index)?.next;
                std::iter::successors(Some(*first), next)
            };
            let is_aside = |index: &usize| self.entries.get(*index).is_some_and(|e| e.is_aside);
            if chain().nth(1).is_some() && !chain().all(|index| is_aside(&index)) {
                replays.extend(chain().filter(is_aside));
            }
        }
        let entries = self.entries.into_iter().enumerate();
        let counted = entries.filter(|(index, _)| !replays.contains(index));
        Scan {
            messages: counted.map(|(_, entry)| entry.message()).collect(),
            lost: self.lost,
        }
    }
}

impl Entry {
    /// The same message: older files name no request, and then the id says it alone, as does one
    /// that is nobody else's.
    fn is_same(&self, copy: &Copy<'_>) -> bool {
        match (&self.request, copy.request) {
            (Some(own), Some(other)) if self.id.len() < UNIQUE => **own == *other,
            _ => true,
        }
    }

    fn meet(&mut self, copy: &Copy<'_>, keep: Keep, names: &mut Names) {
        let total = |figures: &Figures| figures.total().unwrap_or(u64::MAX);
        let is_better = match keep {
            // A replay has figures of its own.
            _ if self.is_aside != copy.is_aside => self.is_aside,
            Keep::First => false,
            Keep::Last => true,
            Keep::Largest => total(&copy.figures) > total(&self.figures),
        };
        if is_better {
            self.figures = copy.figures.clone();
            self.model = copy.model.map(|text| names.share(text));
            self.tier = copy.tier.map(|text| names.share(text));
        }
        self.at = self.at.min(copy.at);
        self.is_aside &= copy.is_aside;
        if self.request.is_none() {
            self.request = copy.request.map(Box::from);
        }
        if self.cwd.is_none() {
            self.cwd = copy.cwd.map(|text| names.share(text));
        }
    }

    fn copy(&self) -> Copy<'_> {
        Copy {
            id: &self.id,
            request: self.request.as_deref(),
            is_aside: self.is_aside,
            at: self.at,
            session: &self.session,
            cwd: self.cwd.as_deref(),
            model: self.model.as_deref(),
            provider: self.provider.as_deref(),
            tier: self.tier.as_deref(),
            figures: self.figures.clone(),
        }
    }

    fn message(self) -> Message {
        let text = |name: Option<Arc<str>>| name.map(|name| name.to_string());
        // An id that is nobody else's names the message alone: some copies lack the request, and
        // replays have another.
        let key = match self.request {
            Some(request) if self.id.len() < UNIQUE => format!("{}:{request}", self.id),
            _ => self.id.to_string(),
        };
        let at = Some(self.at);
        let figures = self.figures;
        let beside = figures.beside.into_iter();
        Message {
            key,
            path: self.path,
            session: self.session,
            at: self.at,
            cwd: self.cwd,
            usage: ModelUsage {
                model: text(self.model),
                provider: text(self.provider),
                service_tier: text(self.tier),
                tokens: Some(figures.tokens),
                cost: figures.cost,
                web_searches: figures.web_searches,
                off_table: figures.off_table,
                requests: figures.requests.or(Some(1)),
                at,
                ..ModelUsage::default()
            },
            beside: beside.map(|usage| ModelUsage { at, ..usage }).collect(),
        }
    }
}

/// Text that many messages share, kept once.
#[derive(Default)]
struct Names(HashSet<Arc<str>>);

impl Names {
    fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(text);
        self.0.insert(Arc::clone(&new));
        new
    }
}

/// Takes in what is in one file.
pub(in crate::usage) struct Sink<'a> {
    path: Arc<Path>,
    session: Option<Arc<str>>,
    /// Where in `lost` the lines are that were lost since the last message.
    open: Option<usize>,
    merge: &'a mut Merge,
}

impl Sink<'_> {
    /// What follows belongs to this session.
    pub(super) fn session(&mut self, id: &str) {
        if id.len() <= MAX_TEXT {
            self.session = Some(self.merge.names.share(id));
        }
    }

    /// A message.
    pub(super) fn message(&mut self, copy: &Copy<'_>) {
        let texts = [
            Some(copy.id),
            copy.request,
            Some(copy.session),
            copy.cwd,
            copy.model,
            copy.provider,
            copy.tier,
        ];
        if texts.iter().flatten().any(|text| text.len() > MAX_TEXT) {
            self.lost_copy("a name in it is too long", copy);
            return;
        }
        if copy.figures.total().is_err() {
            self.lost_copy("its figures add up to more than a ledger can hold", copy);
            return;
        }
        if let Some(lost) = self.open.take().and_then(|at| self.merge.lost.get_mut(at)) {
            lost.before = Some(copy.at);
            lost.session.get_or_insert_with(|| Arc::from(copy.session));
        }
        if !self.merge.add(copy, &self.path) {
            self.lost_copy(SHARED, copy);
        }
    }

    fn lost_copy(&mut self, reason: &str, copy: &Copy<'_>) {
        self.lost_row(reason.to_owned(), Some(copy.session), Some(copy.at));
    }

    /// A line with usage that could not be read.
    pub(super) fn lost(&mut self, reason: String) {
        if let Some(lost) = self.open.and_then(|at| self.merge.lost.get_mut(at)) {
            lost.lines = lost.lines.saturating_add(1);
            return;
        }
        self.open = Some(self.merge.lost.len());
        self.merge.lost.push(Lost {
            path: Arc::clone(&self.path),
            session: self.session.clone(),
            before: None,
            reason,
            lines: 1,
        });
    }

    /// A row with usage that could not be read: where it tells, of which session and time.
    pub(super) fn lost_row(
        &mut self,
        reason: String,
        session: Option<&str>,
        at: Option<SystemTime>,
    ) {
        self.open = None;
        let session = session.filter(|id| id.len() <= MAX_TEXT);
        let session = session.map(|id| self.merge.names.share(id));
        let last = self.merge.lost.last_mut();
        let is_alike = |lost: &&mut Lost| {
            (&lost.path, &lost.session, &lost.reason) == (&self.path, &session, &reason)
        };
        if let Some(lost) = last.filter(is_alike) {
            lost.lines = lost.lines.saturating_add(1);
            lost.before = lost.before.zip(at).map(|(before, at)| before.max(at));
            return;
        }
        self.merge.lost.push(Lost {
            path: Arc::clone(&self.path),
            session,
            before: at,
            reason,
            lines: 1,
        });
    }
}
