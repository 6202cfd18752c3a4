//! Everything a ledger can answer besides yes and no. A denial is an answer, not an error.

use std::path::PathBuf;

use super::amount::Overflow;
use super::calendar::CalendarError;
use super::entry::Seq;
use super::id::Id;
use super::limit::LimitSpec;
use super::reservation::State;
use super::unit::Unit;

/// Why a verb did nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was asked makes no sense.
    #[error("{0}")]
    Usage(String),
    /// A unit that nobody declared.
    #[error("`{unit}` is not a unit of this ledger")]
    UnknownUnit {
        /// The unit typed.
        unit: Unit,
        /// Units that were declared.
        declared: Vec<String>,
    },
    /// There is no such thing.
    #[error("there is no {what} `{text}`")]
    NotFound {
        /// A budget, a reservation, an entry, a limit.
        what: &'static str,
        /// What was asked for.
        text: String,
        /// Names that are near.
        near: Vec<String>,
    },
    /// The tail of an id fits several.
    #[error("`{text}` fits {count} reservations; give more of the id")]
    Ambiguous {
        /// The tail typed.
        text: String,
        /// How many it fits.
        count: usize,
    },
    /// The reservation has ended.
    #[error("reservation {id} is already {}", state.as_str())]
    AlreadySettled {
        /// Which.
        id: Id,
        /// How it ended.
        state: State,
    },
    /// The lease ran out before it was extended.
    #[error("the lease of reservation {id} is over")]
    LeaseOver {
        /// Which.
        id: Id,
    },
    /// The reservation belongs to a run, whose wrapper settles it.
    #[error("reservation {id} belongs to a run; its wrapper settles it")]
    OwnedByRun {
        /// Which.
        id: Id,
    },
    /// No limit on the path counts the unit.
    #[error("no limit on `{budgets}` counts {unit}; there are limits in {}", limited.join(", "))]
    UnitMismatch {
        /// The budgets named.
        budgets: String,
        /// The unit asked.
        unit: Unit,
        /// The units that are limited.
        limited: Vec<String>,
    },
    /// A limit that the request is to keep to, and that the budget does not have.
    #[error("{said_by}: `{budget}` has no limit {} that {limit} could tighten", limit.key)]
    NoSuchLimit {
        /// The budget.
        budget: String,
        /// The limit asked for.
        limit: LimitSpec,
        /// Who asks for it.
        said_by: String,
        /// Whether there is the budget at all.
        is_there: bool,
    },
    /// The key was used for another request.
    #[error("the key `{key}` was used for a different {verb}")]
    KeyReused {
        /// The key.
        key: String,
        /// The verb.
        verb: &'static str,
    },
    /// Another charge has counted it.
    #[error("{what} is booked already, by entry {}", entry.0)]
    BookedBefore {
        /// A message or a session.
        what: String,
        /// The entry.
        entry: Seq,
    },
    /// Nobody knows what money was spent, and nothing that was reserved can stand for it.
    #[error("it is not known what it cost: {0}")]
    UnknownCost(String),
    /// The state of the ledger does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// A sum would leave the range of the ledger.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// A window could not be computed.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// The ledger cannot be used.
    #[error("the ledger {} cannot be used: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: Unusable,
    },
}

/// Why a ledger cannot be used. All of them fail closed.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Others held it for too long.
    #[error("it was locked for too long")]
    Locked,
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// The file is not a ledger.
    #[error("it is not a budget ledger")]
    Foreign,
    /// A newer version wrote it.
    #[error("its schema {found} is newer than this program's ({known})")]
    Newer {
        /// The schema of the file.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// The file does not hold together.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// It cannot be read or written.
    #[error("{0}")]
    Io(String),
    /// The directory lets others write.
    #[error("{} may be written by others (mode {mode:o})", path.display())]
    Permissions {
        /// The directory or file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Locks cannot be trusted there.
    #[error("it is on {0}, where locks cannot be trusted")]
    FileSystem(&'static str),
    /// Nobody can say whether the last operation was recorded.
    #[error("it is unknown whether the operation was recorded ({0})")]
    OutcomeUnknown(String),
    /// The file was moved or replaced while it was open.
    #[error("it was moved or replaced while it was in use")]
    Replaced,
}

/// The result of a verb.
pub type Result<T> = std::result::Result<T, Error>;
