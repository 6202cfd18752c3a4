//! Reading the journal: which entries are asked for, and whether there are new ones. What they
//! say beside their amounts is looked into here only where it is asked about.

use std::ops::ControlFlow;

use serde_json::Value;

use super::Ledger;
use super::charges::tags;
use super::scene::Scene;
use crate::ledger::calendar::{Since, Zone};
use crate::ledger::entry::{Entry, EntryKind, Seq};
use crate::ledger::error::{Error, Result};
use crate::ledger::id::{Id, IdRef};
use crate::ledger::name::BudgetName;
use crate::ledger::store::{EntryFilter, Order};

/// How many entries are read at once.
const PAGE: usize = 1_000;

/// Which entries to read; everything that is not said lets them all through.
#[derive(Debug, Clone, Default)]
pub struct JournalOf {
    /// Only those naming this budget or one below it.
    pub within: Option<BudgetName>,
    /// Only those about this reservation.
    pub reservation: Option<IdRef>,
    /// Only those of this run.
    pub session: Option<IdRef>,
    /// Only those of these kinds.
    pub kinds: Vec<EntryKind>,
    /// Only those written since.
    pub since: Option<Since>,
    /// Only those written up to then; a day is part of it.
    pub until: Option<Since>,
    /// Only those with all of these labels.
    pub tags: Vec<(String, String)>,
    /// Only those of a model whose name begins so.
    pub model: Option<String>,
    /// Only those where nobody knew what was spent.
    pub unknown: bool,
    /// Only those after this one.
    pub after: Option<Seq>,
    /// Only the latest so many.
    pub last: Option<u32>,
}

/// Entries, the oldest first.
#[derive(Debug, Clone)]
pub struct Journal {
    /// The zone that days were told in: that of the budget asked about, else the one given.
    pub zone: Zone,
    /// The entries.
    pub entries: Vec<Entry>,
    /// The place of the latest entry there is, asked for or not.
    pub last: Seq,
}

/// A journal that is read page by page: each page is a transaction of its own, and holds so many
/// entries at most. What is written after the first was asked for is not met.
#[derive(Debug, Clone)]
pub struct JournalPages {
    /// The zone that days are told in: that of the budget asked about, else the one given.
    pub zone: Zone,
    /// The place of the latest entry there is, asked for or not.
    pub last: Seq,
    request: JournalOf,
    filter: EntryFilter,
}

impl Ledger {
    /// Entries of the journal, all at once. Days are those of the budget that is asked about, else
    /// of the zone given. An error where no budget and no entry names it.
    pub fn journal(&self, request: &JournalOf, zone: Zone) -> Result<Journal> {
        let mut pages = self.journal_pages(request, zone)?;
        let mut entries = Vec::new();
        loop {
            let page = self.next_page(&mut pages)?;
            if page.is_empty() {
                break;
            }
            entries.extend(page);
        }
        Ok(Journal {
            zone: pages.zone,
            entries,
            last: pages.last,
        })
    }

    /// The same to be read page by page.
    pub fn journal_pages(&self, request: &JournalOf, zone: Zone) -> Result<JournalPages> {
        self.read(|scene| {
            let known = request.within.as_ref().map(|name| scene.known(name));
            let zone = known.transpose()?.unwrap_or(Some(zone)).unwrap_or(zone);
            let instant = |when: Option<Since>| when.map(|when| when.instant(zone, scene.now.wall));
            let last = scene.tx.last_seq()?;
            let mut filter = EntryFilter {
                within: request.within.clone(),
                reservation: scene.resolved(request.reservation.as_ref())?,
                session: scene.run_of(request.session.as_ref())?,
                kinds: request.kinds.clone(),
                since: instant(request.since),
                until: request.until.map(|until| until.end(zone, scene.now.wall)),
                after: request.after,
                up_to: Some(last),
            };
            if let Some(count) = request.last {
                filter.after = scene.before_the_latest(count, &filter, request)?;
            }
            Ok(JournalPages {
                zone,
                last,
                request: request.clone(),
                filter,
            })
        })
    }

    /// The next entries; none at the end.
    pub fn next_page(&self, pages: &mut JournalPages) -> Result<Vec<Entry>> {
        let mut page = Vec::new();
        if pages.filter.after >= pages.filter.up_to {
            return Ok(page);
        }
        self.read(|scene| {
            let (filter, request) = (&pages.filter, &pages.request);
            scene.tx.entries(filter, Order::Forward, |entry| {
                if request.keeps(scene, &entry) {
                    page.push(entry);
                }
                if page.len() < PAGE {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })
        })?;
        let full = page.last().filter(|_| page.len() == PAGE);
        pages.filter.after = full.map_or(pages.filter.up_to, |entry| Some(entry.seq));
        Ok(page)
    }

    /// A number that is another one once a different process has written.
    pub fn version(&self) -> Result<i64> {
        self.store.version()
    }
}

impl JournalPages {
    /// Whether it begins with the first entry there is.
    pub fn is_from_the_first(&self) -> bool {
        self.filter.after.is_none_or(|after| after.0 == 0)
    }
}

impl JournalOf {
    /// Whether an entry says what is asked for.
    fn keeps(&self, scene: &Scene<'_>, entry: &Entry) -> bool {
        if self.tags.is_empty() && self.model.is_none() && !self.unknown {
            return true;
        }
        let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
        // A settlement has the labels of its reservation.
        let reserved = entry.reservation.filter(|_| !self.tags.is_empty());
        let reserved = reserved.and_then(|id| scene.tx.reservation_detail(&id).ok().flatten());
        let reserved = reserved.and_then(|detail| serde_json::from_str(&detail).ok());
        let mut labels = reserved.as_ref().map(tags).unwrap_or_default();
        labels.extend(tags(&detail));
        let has_tag = |(key, value): &(String, String)| labels.get(key) == Some(value);
        let model = self.model.as_deref();
        (!self.unknown || detail.get("unknown").is_some())
            && model.is_none_or(|model| uses(&detail, model))
            && self.tags.iter().all(has_tag)
    }
}

/// Whether a usage is one of a model whose name begins so, or of several of which one is.
fn uses(detail: &Value, model: &str) -> bool {
    let usage = detail.get("usage");
    let several = usage.and_then(|usage| usage.get("models")?.as_array());
    let all = usage.into_iter().chain(several.into_iter().flatten());
    let mut names = all.filter_map(|usage| usage.get("model")?.as_str());
    names.any(|name| name.starts_with(model))
}

impl Scene<'_> {
    /// The place before the latest so many entries that are asked for; none older is read.
    fn before_the_latest(
        &self,
        count: u32,
        filter: &EntryFilter,
        request: &JournalOf,
    ) -> Result<Option<Seq>> {
        let (mut left, mut before) = (count, filter.after);
        if count == 0 {
            return Ok(filter.up_to);
        }
        self.tx.entries(filter, Order::Backward, |entry| {
            left = left.saturating_sub(request.keeps(self, &entry).into());
            if left > 0 {
                return ControlFlow::Continue(());
            }
            before = Some(Seq(entry.seq.0.saturating_sub(1)));
            ControlFlow::Break(())
        })?;
        Ok(before)
    }

    /// The zone of a budget, also of one that is closed; `None` where only budgets below it are
    /// there, an error where there is nothing of that name.
    fn known(&self, name: &BudgetName) -> Result<Option<Zone>> {
        let budgets = self.tx.budgets(true)?;
        let is_within = budgets.iter().any(|found| found.name.is_within(name));
        let own = budgets.iter().rfind(|found| found.name == *name);
        match own {
            Some(found) => Ok(Some(found.zone)),
            None if is_within => Ok(None),
            None => Err(self.missing(name)?),
        }
    }

    fn resolved(&self, typed: Option<&IdRef>) -> Result<Option<Id>> {
        typed
            .map(|typed| self.tx.find_reservation(typed).map(|found| found.id))
            .transpose()
    }

    /// The run that is meant.
    fn run_of(&self, typed: Option<&IdRef>) -> Result<Option<Id>> {
        let Some(typed) = typed else {
            return Ok(None);
        };
        let found = self.tx.find_session(typed)?;
        found.map(Some).ok_or_else(|| Error::NotFound {
            what: "session",
            text: typed.to_string(),
            near: Vec::new(),
        })
    }
}
