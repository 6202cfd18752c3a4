//! What can be done with a ledger: a file or a room for each group of verbs, one transaction
//! for each verb. A verb loads values, asks the rules, and stores what they decided.

mod answer;
mod booked;
mod charges;
mod clock;
mod close_due;
mod configure;
mod correct;
mod denial;
mod detail;
mod forecast;
mod health;
mod held;
mod history;
mod import;
mod journal;
mod lease;
mod notice;
mod path;
mod plan;
mod projection;
mod reach;
mod reprice;
mod reserve;
mod run;
mod scene;
mod settle;
mod show;
mod spend;
mod statement;
mod take_back;
mod verify;

use std::path::Path;
use std::time::Duration;

use super::error::Result;
use super::id::Id;
use super::moment::Moment;
use super::store::{Opened, Store, owner};
use scene::Scene;
use take_back::Later;

pub use super::rules::history::{FEWEST as FEWEST_RUNS, History};
pub use super::rules::report;
pub use answer::{Keyed, Outcome};
pub use booked::{Booked, CounterMove};
pub use charges::{MoneyLimit, Origin, Picture};
pub use configure::{Change, Create, GrantHow, StateChange};
pub use correct::Refund;
pub use denial::{Denial, DenialOf, FailedLimit};
pub use forecast::{Forecasted, Outlook};
pub use health::Health;
pub use history::DAYS as HISTORY_DAYS;
pub use import::{PastCharge, ReadFile};
pub use journal::{Journal, JournalOf, JournalPages};
pub use notice::{LimitNow, Notice, Noticed};
pub use reprice::{Reprice, Repriced};
pub use reserve::{Admitted, Ceilings, Defaults, Lowered, Reserve, Wait};
pub use run::{RunEnd, RunReport, RunSettled, StartedRun};
pub use settle::{Commit, Release, SettledNow};
pub use show::Overview;
pub use spend::{Spend, Spent};
pub use statement::{
    StatementOf, StatementPages, StatementPiece, Statements, Uncounted, UncountedLine,
    WindowStatement,
};
pub use verify::{Anchor as ChainAnchor, Findings};

/// Where time and randomness come from.
#[derive(Clone, Copy)]
pub struct Sources {
    /// Reads the clocks.
    pub clock: fn() -> Moment,
    /// Ten random bytes.
    pub random: fn() -> [u8; 10],
}

/// An open ledger.
pub struct Ledger {
    store: Store,
    sources: Sources,
    /// What was looked through for one transaction is not looked through for the next.
    later: Later,
    /// What was noticed and not yet told.
    notices: Vec<Notice>,
}

impl Sources {
    /// A new id, which carries the time.
    pub fn new_id(&self) -> Id {
        Id::new(
            (self.clock)().wall.as_micros().div_euclid(1_000),
            (self.random)(),
        )
    }
}

impl Ledger {
    /// Opens the ledger at a path; `None` where there is none yet.
    pub fn open(path: &Path, wait: Duration, sources: Sources) -> Result<Option<Self>> {
        Ok(match Store::open(path, wait)? {
            Opened::Found(store) => Some(Self::of(store, sources)),
            Opened::Absent => None,
        })
    }

    /// Opens the ledger at a path, and makes it where there is none.
    pub fn open_or_create(path: &Path, wait: Duration, sources: Sources) -> Result<Self> {
        let now = (sources.clock)();
        let store = Store::open_or_create(path, wait, sources.new_id(), &now)?;
        Ok(Self::of(store, sources))
    }

    fn of(store: Store, sources: Sources) -> Self {
        Self {
            store,
            sources,
            later: Later::default(),
            notices: Vec::new(),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.store.path()
    }

    /// A new id, which carries the time.
    pub fn new_id(&self) -> Id {
        self.sources.new_id()
    }

    /// An error where the path no longer leads to the file that was opened.
    pub fn expect_in_place(&self) -> Result<()> {
        self.store.expect_in_place()
    }

    /// One writing transaction: reads the clocks once, takes in what others left behind, does the
    /// work, and stores what the clocks said.
    fn write<T>(&mut self, hot: &[&str], work: impl FnOnce(&Scene<'_>) -> Result<T>) -> Result<T> {
        let path = self.store.path().to_owned();
        let sources = self.sources;
        let (done, done_with, noticed) = self.store.write(hot, |tx| {
            let head = tx.head()?;
            let scene = Scene::at(tx, &path, (sources.clock)(), &head, sources.random);
            scene.anchor_leases(&head)?;
            scene.take_in_outcomes()?;
            scene.close_due()?;
            let done = work(&scene)?;
            if scene.believable {
                tx.stamp(&scene.now)?;
            }
            let (done_with, noticed) = (scene.done_with.into_inner(), scene.notices.into_inner());
            Ok((done, done_with, noticed))
        })?;
        self.keep_notices(noticed);
        for id in done_with {
            owner::forget(&path, &id);
        }
        Ok(done)
    }

    /// One reading transaction, which sees due reservations as closed already.
    fn read<T>(&self, work: impl FnOnce(&mut Scene<'_>) -> Result<T>) -> Result<T> {
        self.store.read(|tx| {
            let head = tx.head()?;
            let now = (self.sources.clock)();
            let path = self.store.path();
            let mut scene = Scene::at(tx, path, now, &head, self.sources.random);
            scene.project_due(&head)?;
            work(&mut scene)
        })
    }
}
