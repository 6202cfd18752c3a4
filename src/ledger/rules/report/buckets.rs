//! Which stretch of the calendar an instant lies in, for many instants: the calendar is asked once
//! for each stretch.

use std::collections::BTreeMap;

use crate::ledger::calendar::{Anchor, Bounds, CalendarError, Period, Zone, bounds};
use crate::ledger::timestamp::Timestamp;

/// Stretches of one period, by number.
pub(super) struct Buckets {
    period: Period,
    zone: Zone,
    anchor: Anchor,
    found: Vec<Bounds>,
    by_start: BTreeMap<Timestamp, usize>,
    /// The one asked for before.
    latest: usize,
}

impl Buckets {
    pub(super) fn new(period: Period, zone: Zone, anchor: Anchor) -> Self {
        Self {
            period,
            zone,
            anchor,
            found: Vec::new(),
            by_start: BTreeMap::new(),
            latest: 0,
        }
    }

    pub(super) fn get(&self, number: usize) -> Option<Bounds> {
        self.found.get(number).copied()
    }

    /// The number of the stretch that an instant lies in.
    pub(super) fn number(&mut self, at: Timestamp) -> Result<usize, CalendarError> {
        if self.holds(self.latest, at) {
            return Ok(self.latest);
        }
        let before = self.by_start.range(..=at).next_back();
        let before = before.map(|(_, number)| *number);
        self.latest = if let Some(number) = before.filter(|number| self.holds(*number, at)) {
            number
        } else {
            let found = bounds(self.period, &self.zone, self.anchor, at)?;
            let number = self.found.len();
            self.found.push(found);
            self.by_start.insert(found.start, number);
            number
        };
        Ok(self.latest)
    }

    fn holds(&self, number: usize, at: Timestamp) -> bool {
        let found = self.found.get(number);
        found.is_some_and(|b| b.start <= at && b.end.is_none_or(|end| at < end))
    }
}
