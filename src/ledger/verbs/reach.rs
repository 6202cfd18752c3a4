//! Which charges count in a window.

use super::scene::Scene;
use crate::ledger::calendar::{Bounds, Period};
use crate::ledger::entry::Seq;
use crate::ledger::error::Result;
use crate::ledger::timestamp::Timestamp;

/// The charges that count in a window: of a calendar's those of its time, of a duration's those
/// that were settled since it was opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    since: Timestamp,
    from: Seq,
    end: Option<Timestamp>,
}

impl Scene<'_> {
    pub(super) fn reach_of(&self, period: Period, bounds: &Bounds) -> Result<Reach> {
        let ever = Timestamp::from_micros(i64::MIN);
        let (since, from) = match period {
            Period::Forever => (ever, Seq(0)),
            Period::Span { .. } | Period::Until(_) => {
                let first = self.tx.first_since(bounds.start)?;
                (ever, first.unwrap_or(Seq(i64::MAX)))
            }
            _ => (bounds.start, Seq(0)),
        };
        let end = bounds.end;
        Ok(Reach { since, from, end })
    }
}

impl Reach {
    /// Whether what an entry charged as of an instant counts.
    pub(super) fn counts(&self, entry: Seq, at: Timestamp) -> bool {
        self.had(entry, at) && self.end.is_none_or(|end| at < end)
    }

    /// Whether what an entry posted to the window is of that; what was drawn from an older
    /// reservation may be posted as of an instant after its end.
    pub(super) fn had(&self, entry: Seq, at: Timestamp) -> bool {
        self.from <= entry && self.since <= at
    }

    /// Before when nothing counts.
    pub(super) fn since(&self) -> Timestamp {
        self.since
    }
}
