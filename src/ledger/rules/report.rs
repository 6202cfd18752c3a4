//! Adding charges up: by time, by what they were for, or both. Every charge is in exactly one row,
//! so that rows add up to the total, to the atom.

mod buckets;
mod by;
mod span;
mod sums;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use crate::ledger::calendar::{Anchor, Bounds, Zone};
use crate::ledger::charge::{Charge, Dictionary, Purpose, quarter};
use crate::ledger::error::Result;
use crate::ledger::id::Id;
use crate::ledger::name::BudgetName;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use buckets::Buckets;
use sums::Sum;

pub use by::{By, InvalidBy};
pub use span::Span;
pub use sums::Sums;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Ask {
    /// What makes a row, the coarsest first.
    pub by: Vec<By>,
    /// Only what counts against this budget or one below it.
    pub within: Option<BudgetName>,
    /// From when on.
    pub since: Option<Timestamp>,
    /// Before when.
    pub until: Option<Timestamp>,
    /// The zone of its days.
    pub zone: Zone,
    /// Where its days, weeks and months start.
    pub anchor: Anchor,
    /// The agent that a program is by another name: a run that reported nothing is known by its
    /// program.
    pub agent_of: fn(&str) -> Option<&'static str>,
}

/// What a row is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A stretch of time.
    Time(Timestamp, Timestamp),
    /// A name; `None` where there is none.
    Name(Option<String>),
    /// A run; `None` where a charge was made outside of any.
    Session(Option<Id>),
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is about, in the order in which it was asked.
    pub keys: Vec<Key>,
    /// What was charged.
    pub sums: Sums,
}

/// Charges added up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The rows: times in their order, names by what was spent on them.
    pub rows: Vec<Row>,
    /// All of them together.
    pub total: Sums,
}

/// Adds charges up, one after the other.
pub struct Collector {
    ask: Ask,
    times: Vec<Buckets>,
    /// For each purpose the number of its names; `None` where it is not asked about.
    places: Vec<Option<usize>>,
    names: Vec<Vec<Option<String>>>,
    numbers: HashMap<Vec<Option<String>>, usize>,
    groups: HashMap<Group, usize>,
    sums: Vec<(Group, Sum)>,
    total: Sum,
    /// The group of the charge before, which the next one often is in.
    latest: Option<(Group, usize)>,
    trouble: Option<crate::ledger::Error>,
}

/// The most units of time that there are to group by.
const TIMES: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Group {
    names: usize,
    times: [usize; TIMES],
    session: Option<Id>,
}

impl Ask {
    /// Whether sums of quarters of an hour are as good as single charges: nobody asks for runs, and
    /// everything begins and ends with a quarter.
    pub fn takes_quarters(&self) -> bool {
        let begins_one = |at: &Timestamp| quarter(*at) == *at;
        let ends = [self.since, self.until];
        !self.by.contains(&By::Session)
            && ends.iter().flatten().all(begins_one)
            && self.anchor.minute().is_multiple_of(15)
    }
}

impl Report {
    /// Every unit that something was charged of, also where it was all taken back.
    pub fn units(&self) -> Vec<Unit> {
        let units = self.rows.iter().flat_map(|row| row.sums.charged.keys());
        units
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }
}

impl Collector {
    /// Nothing added up yet.
    pub fn new(ask: Ask) -> Self {
        let times = ask.by.iter().filter_map(By::period);
        let times = times.map(|period| Buckets::new(period, ask.zone, ask.anchor));
        Self {
            times: times.take(TIMES).collect(),
            ask,
            places: Vec::new(),
            names: Vec::new(),
            numbers: HashMap::new(),
            groups: HashMap::new(),
            sums: Vec::new(),
            total: Sum::default(),
            latest: None,
            trouble: None,
        }
    }

    /// Adds a charge.
    pub fn see(&mut self, dictionary: &Dictionary, charge: &Charge) {
        let at = charge.effective_at;
        let is_early = self.ask.since.is_some_and(|since| at < since);
        let is_late = self.ask.until.is_some_and(|until| at >= until);
        if is_early || is_late || self.trouble.is_some() {
            return;
        }
        let Some(names) = self.place(dictionary, charge.purpose) else {
            return;
        };
        let mut times = [0; TIMES];
        for (time, buckets) in times.iter_mut().zip(&mut self.times) {
            match buckets.number(at) {
                Ok(number) => *time = number,
                Err(error) => {
                    self.trouble = Some(error.into());
                    return;
                }
            }
        }
        let by_session = self.ask.by.contains(&By::Session);
        let group = Group {
            names,
            times,
            session: charge.session.filter(|_| by_session),
        };
        let number = match self.latest {
            Some((latest, number)) if latest == group => number,
            _ => self.group(group),
        };
        self.latest = Some((group, number));
        if let Some((_, sum)) = self.sums.get_mut(number) {
            sum.add(charge);
        }
        self.total.add(charge);
    }

    fn group(&mut self, group: Group) -> usize {
        let next = self.sums.len();
        let number = *self.groups.entry(group).or_insert(next);
        if number == next {
            self.sums.push((group, Sum::default()));
        }
        number
    }

    /// The number of a purpose's names; `None` where it is not asked about.
    fn place(&mut self, dictionary: &Dictionary, purpose: u32) -> Option<usize> {
        let index = usize::try_from(purpose).ok()?;
        while self.places.len() <= index {
            let next = u32::try_from(self.places.len()).ok()?;
            let found = dictionary.purposes.get(next);
            let place = found
                .filter(|purpose| self.asks_about(purpose))
                .map(|purpose| {
                    let by = self.ask.by.iter().filter(|by| by.is_name());
                    let names: Vec<_> = by.map(|by| self.name(by, purpose)).collect();
                    let next = self.names.len();
                    let number = *self.numbers.entry(names.clone()).or_insert(next);
                    if number == next {
                        self.names.push(names);
                    }
                    number
                });
            self.places.push(place);
        }
        self.places.get(index).copied().flatten()
    }

    fn name(&self, by: &By, purpose: &Purpose) -> Option<String> {
        let name = by.name(purpose)?;
        let agent = (self.ask.agent_of)(&name).filter(|_| *by == By::Agent);
        Some(agent.map_or(name, str::to_owned))
    }

    fn asks_about(&self, purpose: &Purpose) -> bool {
        let within = self.ask.within.as_ref();
        within.is_none_or(|name| span::is_below(purpose, name))
    }

    /// The report.
    ///
    /// # Errors
    /// A sum that does not fit, or an instant beyond the calendar.
    pub fn finish(self, dictionary: &Dictionary) -> Result<Report> {
        if let Some(trouble) = self.trouble {
            return Err(trouble);
        }
        let units = dictionary.units.all();
        let mut rows = Vec::with_capacity(self.sums.len());
        for (group, sum) in &self.sums {
            rows.push(Row {
                keys: self.keys(group),
                sums: sum.named(units)?,
            });
        }
        let total = self.total.named(units)?;
        sort(&mut rows, self.ask.by.len())?;
        Ok(Report { rows, total })
    }

    fn keys(&self, group: &Group) -> Vec<Key> {
        let names = self.names.get(group.names).cloned().unwrap_or_default();
        let mut names = names.into_iter();
        let mut times = self.times.iter().zip(group.times);
        let mut key = |by: &By| match by {
            By::Session => Key::Session(group.session),
            By::Hour | By::Day | By::Week | By::Month | By::Year => {
                let bounds = times
                    .next()
                    .and_then(|(buckets, number)| buckets.get(number));
                let start = bounds.map_or(Timestamp::from_micros(i64::MIN), |b| b.start);
                let end = bounds.and_then(|bounds: Bounds| bounds.end);
                Key::Time(start, end.unwrap_or(Timestamp::from_micros(i64::MAX)))
            }
            By::Budget | By::Model | By::Provider | By::Agent | By::Project | By::Tag(_) => {
                Key::Name(names.next().flatten())
            }
        };
        self.ask.by.iter().map(&mut key).collect()
    }
}

/// How much there is under a beginning of keys, in the order of units: what rows are sorted by.
type Weight = Reverse<Vec<i128>>;

/// Sorts times by time, runs by their beginning, and names by what was spent on them.
fn sort(rows: &mut [Row], depth: usize) -> Result<()> {
    let mut weights: HashMap<Vec<Key>, Sums> = HashMap::new();
    for row in rows.iter() {
        for length in 1..=depth {
            let prefix = row.keys.get(..length).unwrap_or_default();
            if matches!(prefix.last(), Some(Key::Name(_))) {
                let sums = weights.entry(prefix.to_vec()).or_default();
                sums.add(&row.sums)?;
            }
        }
    }
    let weight = |prefix: &[Key]| -> Weight {
        let sums = weights.get(prefix);
        let of = |unit: &Unit| {
            sums.and_then(|s| s.charged.get(unit))
                .copied()
                .unwrap_or_default()
        };
        Reverse(Unit::BUILT_IN.iter().map(of).collect())
    };
    rows.sort_by_cached_key(|row| {
        let level = |length| {
            let prefix = row.keys.get(..length).unwrap_or_default();
            (weight(prefix), prefix.last().cloned())
        };
        (1..=depth).map(level).collect::<Vec<_>>()
    });
    Ok(())
}
