//! The rules of a ledger, told once more and as plainly as possible: maps, and integers too wide
//! to overflow. Shares nothing with the ledger.

use std::collections::{BTreeMap, BTreeSet};

use super::calls::{
    Answer, Asked, Call, Change, Figures, HOUR, How, Key, Overage, Period, Refusal, Standings,
    Units,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Active,
    Frozen,
    Closed,
}

#[derive(Debug, Clone)]
pub(crate) struct Budget {
    pub(crate) name: &'static str,
    pub(crate) life: Life,
    pub(crate) releases: bool,
    created: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Limit {
    pub(crate) budget: usize,
    pub(crate) key: Key,
    pub(crate) amount: i128,
    pub(crate) overage: Overage,
    pub(crate) removed: bool,
    window: Option<usize>,
}

#[derive(Debug, Clone)]
pub(crate) struct Window {
    pub(crate) limit: usize,
    start: i64,
    end: Option<i64>,
    amount: i128,
    granted: i128,
    spent: i128,
    reserved: i128,
    debt: i128,
    over: bool,
    /// How often it was reset.
    resets: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Open,
    Committed,
    Released,
    Expired,
}

#[derive(Debug, Clone)]
pub(crate) struct Reservation {
    pub(crate) names: &'static str,
    pub(crate) fate: Fate,
    pub(crate) reserved: Units,
    pub(crate) charged: Units,
    pub(crate) overage: Option<Overage>,
    pub(crate) releases: bool,
    pub(crate) unknown: bool,
    pub(crate) late: bool,
    pub(crate) expires: i64,
    pub(crate) grace: i64,
    ttl: i64,
    created: i64,
    /// The window that admitted it, of every limit on its path.
    admitted: BTreeMap<usize, usize>,
    /// The charge that ended it.
    pub(crate) end: Option<usize>,
}

/// A part of a charge: where it went, and as of when.
#[derive(Debug, Clone)]
struct Part {
    window: usize,
    effective: i64,
    atoms: i128,
    /// The resets of the window before it.
    resets: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Charge {
    /// Its entry; that of an expiry is looked up once it is written.
    pub(crate) entry: Option<i64>,
    reservation: Option<usize>,
    names: &'static str,
    /// When it was admitted: with its reservation, else when it was made.
    admitted: i64,
    /// The earliest moment as of which it moved anything.
    first: i64,
    /// What stands of it.
    standing: Units,
    /// The same by the moments as of which it counts, whatever limits there are, and by when that
    /// was written down.
    moments: BTreeMap<(&'static str, i64, i64), i128>,
    parts: Vec<Part>,
}

/// Where a window that begins or lies at an instant starts and ends.
fn natural(period: Period, at: i64) -> (i64, Option<i64>) {
    let day = 24 * HOUR;
    let (start, length) = match period {
        Period::Hour => (at - at % HOUR, HOUR),
        Period::Day => (at - at % day, day),
        // The first of January 1970 was a Thursday.
        Period::Week => (at - (at + 3 * day) % (7 * day), 7 * day),
        Period::Span(length) => (at, length),
        Period::Forever => return (at, None),
    };
    (start, Some(start + length))
}

/// Whether a budget is one of those named, or above one.
fn is_on_path(names: &str, budget: &str) -> bool {
    let below = |name: &str| {
        name.strip_prefix(budget)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    names.split(',').any(|name| name == budget || below(name))
}

/// How a settlement is made.
#[derive(Debug, Clone, Copy)]
struct Terms {
    /// The caller can still be told no.
    asked: bool,
    keep: bool,
    overage: Option<Overage>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    pub(crate) now: i64,
    pub(crate) budgets: Vec<Budget>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) windows: Vec<Window>,
    pub(crate) reservations: Vec<Reservation>,
    pub(crate) charges: Vec<Charge>,
    pub(crate) entries: i64,
    pub(crate) answers: BTreeMap<(&'static str, String, String), (Call, String)>,
}

type Outcome = Result<Answer, Answer>;

fn refuse<T>(why: Refusal) -> Result<T, Answer> {
    Err(Answer::Refused(why))
}

fn is_consumed(unit: &str) -> bool {
    unit != "slots"
}

fn consumed(amounts: &Units) -> Units {
    let amounts = amounts.iter().filter(|(unit, _)| is_consumed(unit));
    amounts.map(|(unit, atoms)| (*unit, *atoms)).collect()
}

fn some(amounts: &Units) -> Units {
    let amounts = amounts.iter().filter(|(_, atoms)| **atoms > 0);
    amounts.map(|(unit, atoms)| (*unit, *atoms)).collect()
}

impl Window {
    fn available(&self) -> i128 {
        self.amount + self.granted - self.spent - self.reserved - self.debt
    }

    fn figures(&self) -> Figures {
        Figures {
            bounds: self.end.map(|end| (self.start, end)),
            limit: self.amount,
            granted: self.granted,
            spent: self.spent,
            reserved: self.reserved,
            debt: self.debt,
            over: self.over,
            available: self.available(),
        }
    }
}

impl Model {
    /// Answers a request, and remembers the answer where it has a key.
    pub(crate) fn call(&mut self, call: &Call, key: Option<&str>, answer: &str) -> Answer {
        self.expire();
        if let Call::Spend { amounts, .. } = call
            && (amounts.is_empty() || amounts.contains_key("slots"))
        {
            return Answer::Refused(Refusal::Usage);
        }
        let (verb, target) = call.scope();
        let slot = key.map(|key| (verb, target, key.to_owned()));
        if let Some((earlier, answer)) = slot.as_ref().and_then(|slot| self.answers.get(slot)) {
            return if earlier == call {
                Answer::Replayed(answer.clone())
            } else {
                Answer::Refused(Refusal::KeyReused)
            };
        }
        let before = self.clone();
        let done = match call {
            Call::Create { .. } => self.create(call),
            Call::Set { .. } => self.set(call),
            Call::Grant {
                name,
                limit,
                amount,
                how,
            } => self.grant(name, *limit, *amount, *how),
            Call::State { name, change } => self.change(name, *change),
            Call::Reserve { .. } => self.reserve(call),
            Call::Commit {
                which,
                amounts,
                keep,
            } => self.commit(*which, amounts, *keep),
            Call::Release { which, amounts } => self.release(*which, amounts),
            Call::Extend { which, by } => self.extend(*which, *by),
            Call::Spend { names, amounts } => self.spend(names, amounts),
            Call::Refund { entry, amounts } => self.refund(*entry, amounts),
        };
        match done {
            Ok(done) => {
                if let Some(slot) = slot {
                    self.answers.insert(slot, (call.clone(), answer.to_owned()));
                }
                done
            }
            Err(refused) => {
                *self = before;
                refused
            }
        }
    }

    fn enter(&mut self) -> i64 {
        self.entries += 1;
        self.entries
    }

    // Budgets and their limits.

    fn find(&self, name: &str) -> Option<usize> {
        let is_it = |budget: &Budget| budget.name == name && budget.life != Life::Closed;
        self.budgets.iter().position(is_it)
    }

    fn named(&self, name: &str) -> Result<usize, Answer> {
        self.find(name)
            .map_or_else(|| refuse(Refusal::NotFound), Ok)
    }

    /// The budgets on the paths of names, ancestors first; named ones must be there.
    fn path(&self, names: &str) -> Result<Vec<usize>, Answer> {
        let mut levels = BTreeSet::new();
        for name in names.split(',') {
            let ends = name.match_indices('/').map(|(at, _)| at);
            levels.extend(ends.chain([name.len()]).filter_map(|at| name.get(..at)));
            self.named(name)?;
        }
        Ok(levels
            .into_iter()
            .filter_map(|name| self.find(name))
            .collect())
    }

    /// The limits that a budget has now.
    fn limits_of(&self, budget: usize) -> Vec<usize> {
        let is_its = |limit: &usize| {
            let limit = &self.limits[*limit];
            limit.budget == budget && !limit.removed
        };
        (0..self.limits.len()).filter(is_its).collect()
    }

    /// The window of a limit in force now, and its place where there is one already.
    pub(crate) fn window(&self, limit: usize) -> (Option<usize>, Window) {
        let earlier = self.limits[limit].window.map(|at| (at, &self.windows[at]));
        if let Some((at, window)) = earlier
            && window.end.is_none_or(|end| self.now < end)
        {
            return (Some(at), window.clone());
        }
        let (start, end) = natural(self.limits[limit].key.1, self.now);
        let ended = earlier.and_then(|(_, window)| window.end);
        let window = Window {
            limit,
            start: start.max(ended.unwrap_or(start)),
            end,
            amount: self.limits[limit].amount,
            granted: 0,
            spent: 0,
            reserved: 0,
            debt: 0,
            over: false,
            resets: 0,
        };
        (None, window)
    }

    /// The place of the window in force, opened where it is not.
    fn open(&mut self, limit: usize) -> usize {
        let (at, window) = self.window(limit);
        at.unwrap_or_else(|| {
            self.windows.push(window);
            let at = self.windows.len() - 1;
            self.limits[limit].window = Some(at);
            at
        })
    }

    pub(crate) fn standings(&self, budgets: &[usize]) -> Standings {
        let mut standings = Standings::new();
        for budget in budgets {
            for limit in self.limits_of(*budget) {
                let name = self.budgets[*budget].name.to_owned();
                let key = self.limits[limit].key;
                standings.insert((name, key), self.window(limit).1.figures());
            }
        }
        standings
    }

    /// Every window there ever was: its budget, its limit and its figures.
    pub(crate) fn every_window(&self) -> Vec<(usize, Key, Figures)> {
        let windows = self.windows.iter().map(|window| {
            let limit = &self.limits[window.limit];
            (limit.budget, limit.key, window.figures())
        });
        windows.collect()
    }

    fn create(&mut self, call: &Call) -> Outcome {
        let Call::Create {
            name,
            limits,
            overage,
            releases,
        } = call
        else {
            unreachable!()
        };
        if limits.is_empty() {
            return refuse(Refusal::Usage);
        }
        if self.find(name).is_some() {
            return refuse(Refusal::Conflict);
        }
        let budget = self.budgets.len();
        self.budgets.push(Budget {
            name,
            life: Life::Active,
            releases: releases.unwrap_or(false),
            created: self.now,
        });
        let before = self.limits.len();
        for (key, amount) in limits {
            self.limits.push(Limit {
                budget,
                key: *key,
                amount: *amount,
                overage: overage.unwrap_or(Overage::Overdraft),
                removed: false,
                window: None,
            });
        }
        self.enter();
        let is_below = |other: &Budget| other.name != *name && is_on_path(other.name, name);
        if self.budgets.iter().any(is_below) {
            (before..self.limits.len()).for_each(|limit| self.catch_up(limit));
        }
        Ok(Answer::Budgets(self.standings(&[budget])))
    }

    fn set(&mut self, call: &Call) -> Outcome {
        let Call::Set {
            name,
            limits,
            remove,
            overage,
            releases,
        } = call
        else {
            unreachable!()
        };
        let budget = self.named(name)?;
        let before = self.limits_of(budget);
        if remove.iter().any(|key| limits.contains_key(key)) {
            return refuse(Refusal::Usage);
        }
        for (key, amount) in limits {
            self.put(budget, *key, *amount, *overage);
        }
        if limits.is_empty()
            && let Some(overage) = overage
        {
            for limit in &before {
                self.limits[*limit].overage = *overage;
            }
        }
        for key in remove {
            let found = before.iter().find(|limit| self.limits[**limit].key == *key);
            let Some(found) = found else {
                return refuse(Refusal::Usage);
            };
            self.limits[*found].removed = true;
            self.let_go(*found);
        }
        if let Some(releases) = releases {
            self.budgets[budget].releases = *releases;
        }
        self.enter();
        Ok(Answer::Budgets(self.standings(&[budget])))
    }

    fn put(&mut self, budget: usize, key: Key, amount: i128, overage: Option<Overage>) {
        let same = |limit: &Limit| limit.budget == budget && limit.key == key;
        let at = self.limits.iter().position(same).unwrap_or_else(|| {
            self.limits.push(Limit {
                budget,
                key,
                amount,
                overage: Overage::Overdraft,
                removed: true,
                window: None,
            });
            self.limits.len() - 1
        });
        let was_there = !self.limits[at].removed;
        let kept = if was_there {
            self.limits[at].overage
        } else {
            Overage::Overdraft
        };
        let limit = &mut self.limits[at];
        (limit.amount, limit.removed, limit.overage) = (amount, false, overage.unwrap_or(kept));
        if let (Some(found), _) = self.window(at) {
            self.windows[found].amount = amount;
        }
        if !was_there {
            self.catch_up(at);
        }
    }

    /// From when on what is admitted under its name counts against a budget.
    fn counts_from(&self, budget: usize) -> i64 {
        let Budget { name, created, .. } = self.budgets[budget];
        let is_earlier = |other: &Budget| other.name == name && other.life == Life::Closed;
        if self.budgets.iter().any(is_earlier) {
            created
        } else {
            i64::MIN
        }
    }

    fn counts(&self, budget: usize, names: &str, admitted: i64) -> bool {
        is_on_path(names, self.budgets[budget].name) && self.counts_from(budget) <= admitted
    }

    /// Brings a limit that was just set to where it would be had it been there before.
    fn catch_up(&mut self, limit: usize) {
        let (missed, parts) = self.missed(limit);
        let holds = self.hold_what_is_open(limit);
        if missed > 0 {
            let window = self.open(limit);
            let room = self.windows[window].available().max(0);
            self.windows[window].spent += missed.min(room);
            self.windows[window].debt += (missed - room).max(0);
            let resets = self.windows[window].resets;
            for (charge, effective, atoms) in parts {
                self.charges[charge].parts.push(Part {
                    window,
                    effective,
                    atoms,
                    resets,
                });
            }
        }
        self.entries += i64::from(holds || missed > 0);
    }

    /// What the window of a limit lacks of what was charged since its start, and of each charge.
    fn missed(&self, limit: usize) -> (i128, Vec<(usize, i64, i128)>) {
        let Limit { budget, key, .. } = self.limits[limit];
        let (found, window) = self.window(limit);
        // A window of a duration counts what was settled since it was opened, others what is of
        // their time.
        let (since, from) = match key.1 {
            Period::Forever => (i64::MIN, i64::MIN),
            Period::Span(_) if found.is_none() => return (0, Vec::new()),
            Period::Span(_) => (i64::MIN, window.start),
            _ => (window.start, i64::MIN),
        };
        let is_in = |at: i64| since <= at && window.end.is_none_or(|end| at < end);
        let (mut missed, mut parts) = (0, Vec::new());
        for (which, charge) in self.charges.iter().enumerate() {
            if !self.counts(budget, charge.names, charge.admitted) {
                continue;
            }
            let mut stood: BTreeMap<i64, i128> = BTreeMap::new();
            for ((unit, at, made), atoms) in &charge.moments {
                if *unit == key.0 && is_in(*at) && *made >= from {
                    *stood.entry(*at).or_default() += atoms;
                }
            }
            let own = |at: &dyn Fn(i64) -> bool| -> i128 {
                let parts = charge.parts.iter();
                let own = parts.filter(|part| Some(part.window) == found && at(part.effective));
                own.map(|part| part.atoms).sum()
            };
            let mut left = stood.values().sum::<i128>() - own(&is_in);
            // What a reset swept away and was taken back makes up for no other charge.
            missed += left.max(0);
            for (at, atoms) in stood.into_iter().rev() {
                let part = (atoms - own(&|effective| effective == at)).clamp(0, left.max(0));
                left -= part;
                parts.push((which, at, part));
            }
        }
        (missed, parts)
    }

    /// Lets what is open hold of a limit what it reserved of its unit; whether that is anything.
    fn hold_what_is_open(&mut self, limit: usize) -> bool {
        let Limit { budget, key, .. } = self.limits[limit];
        let mut holds = false;
        for which in 0..self.reservations.len() {
            let found = &self.reservations[which];
            if found.fate != Fate::Open || !self.counts(budget, found.names, found.created) {
                continue;
            }
            let held = found.reserved.get(key.0).copied().unwrap_or_default();
            let window = self.window_at(limit, found.created);
            self.windows[window].reserved += held;
            self.reservations[which].admitted.insert(limit, window);
            holds |= held > 0;
        }
        holds
    }

    /// Lets go of what is held of a limit.
    fn let_go(&mut self, limit: usize) {
        let unit = self.limits[limit].key.0;
        let mut held = 0;
        for found in self
            .reservations
            .iter_mut()
            .filter(|r| r.fate == Fate::Open)
        {
            if let Some(window) = found.admitted.remove(&limit) {
                let atoms = found.reserved.get(unit).copied().unwrap_or_default();
                self.windows[window].reserved -= atoms;
                held += atoms;
            }
        }
        self.entries += i64::from(held > 0);
    }

    /// The window that an admission at an instant counts in, made where there is none.
    fn window_at(&mut self, limit: usize, at: i64) -> usize {
        let period = self.limits[limit].key.1;
        if self.window(limit).1.start <= at || period == Period::Forever {
            return self.open(limit);
        }
        let (start, end) = match period {
            Period::Span(_) => (at, Some(at + 1)),
            _ => natural(period, at),
        };
        let its = self.windows.iter().enumerate().filter(|(_, window)| {
            window.limit == limit && end.is_none_or(|end| window.start < end)
        });
        let last = its.max_by_key(|(_, window)| window.start);
        if let Some((found, _)) = last.filter(|(_, w)| w.end.is_none_or(|end| end > start)) {
            return found;
        }
        if matches!(period, Period::Span(_)) {
            return self.open(limit);
        }
        self.windows.push(Window {
            start,
            end,
            ..self.window(limit).1
        });
        self.windows.len() - 1
    }

    fn grant(&mut self, name: &str, key: Key, amount: i128, how: How) -> Outcome {
        let budget = self.named(name)?;
        let limits = self.limits_of(budget);
        let found = limits
            .into_iter()
            .find(|limit| self.limits[*limit].key == key);
        let Some(limit) = found else {
            return refuse(Refusal::Usage);
        };
        let (at, window) = self.window(limit);
        match how {
            How::Debit if window.available() < amount => return refuse(Refusal::Conflict),
            How::Repay if window.debt < amount => return refuse(Refusal::Conflict),
            // What moves nothing opens no window.
            _ if at.is_none() && (amount == 0 || matches!(how, How::Repay | How::Reset)) => {}
            _ => {
                let at = self.open(limit);
                let window = &mut self.windows[at];
                match how {
                    How::Credit => (window.granted, window.over) = (window.granted + amount, false),
                    How::Debit => window.granted -= amount,
                    How::Repay => window.debt -= amount,
                    How::Reset => {
                        let moves = window.spent > 0 || window.debt > 0 || window.over;
                        window.resets += u32::from(moves);
                        (window.spent, window.debt, window.over) = (0, 0, false);
                    }
                }
            }
        }
        self.enter();
        Ok(Answer::Budgets(self.standings(&[budget])))
    }

    fn change(&mut self, name: &str, change: Change) -> Outcome {
        let budget = self.named(name)?;
        let life = match change {
            Change::Freeze => Life::Frozen,
            Change::Unfreeze => Life::Active,
            Change::Close(_) => Life::Closed,
        };
        let standings = self.standings(&[budget]);
        if self.budgets[budget].life != life {
            let is_its = |limit: &usize| self.limits[*limit].budget == budget;
            let counts = |r: &Reservation| match self.counts_from(budget) {
                i64::MIN => is_on_path(r.names, name),
                _ => r.admitted.keys().any(is_its),
            };
            let is_open = |r: &Reservation| r.fate == Fate::Open && counts(r);
            if change == Change::Close(false) && self.reservations.iter().any(is_open) {
                return refuse(Refusal::Conflict);
            }
            self.budgets[budget].life = life;
            self.enter();
        }
        Ok(Answer::Budgets(standings))
    }

    // Reserving.

    fn reserve(&mut self, call: &Call) -> Outcome {
        let Call::Reserve {
            names,
            asks,
            all,
            ttl,
            grace,
            overage,
            releases,
        } = call
        else {
            unreachable!()
        };
        let path = match self.path(names) {
            Ok(path) => path,
            Err(missing) => return Err(self.closed(names).unwrap_or(missing)),
        };
        let limits: Vec<_> = path
            .iter()
            .flat_map(|budget| self.limits_of(*budget))
            .collect();
        let (amounts, all) = self.asked(asks, *all, &limits)?;
        if let Some(denied) = self.denied(&path, &limits, &amounts, &all) {
            return Err(denied);
        }
        let mut admitted = BTreeMap::new();
        for limit in limits {
            let window = self.open(limit);
            let unit = self.limits[limit].key.0;
            self.windows[window].reserved += amounts.get(unit).copied().unwrap_or_default();
            admitted.insert(limit, window);
        }
        let all_release = path.iter().all(|budget| self.budgets[*budget].releases);
        let expires = self.now + ttl;
        self.reservations.push(Reservation {
            names,
            fate: Fate::Open,
            reserved: amounts.clone(),
            charged: Units::new(),
            overage: *overage,
            releases: releases.unwrap_or(true) && all_release,
            unknown: false,
            late: false,
            expires,
            grace: *grace,
            ttl: *ttl,
            created: self.now,
            admitted,
            end: None,
        });
        self.enter();
        let standings = self.standings(&path);
        Ok(Answer::Reserved {
            amounts,
            expires,
            standings,
        })
    }

    /// The answer where a name belongs to a closed budget only.
    fn closed(&self, names: &str) -> Option<Answer> {
        let was_closed = |name: &&str| {
            self.find(name).is_none() && self.budgets.iter().any(|budget| budget.name == *name)
        };
        let mut names: Vec<_> = names.split(',').collect();
        names.sort_unstable();
        let name = names.into_iter().find(was_closed)?;
        Some(Answer::Denied {
            failed: BTreeSet::new(),
            stopped: Some((name.to_owned(), "closed")),
            is_final: true,
            retry_at: None,
        })
    }

    /// What is asked of each unit, and of which units all there is.
    fn asked(
        &self,
        asks: &BTreeMap<&'static str, Asked>,
        all: bool,
        limits: &[usize],
    ) -> Result<(Units, BTreeSet<&'static str>), Answer> {
        let limited: BTreeSet<_> = limits
            .iter()
            .map(|limit| self.limits[*limit].key.0)
            .collect();
        if asks.is_empty()
            && !all
            && limited
                .iter()
                .any(|unit| !matches!(*unit, "calls" | "slots"))
        {
            return refuse(Refusal::Usage);
        }
        if asks.keys().any(|unit| !limited.contains(unit)) {
            return refuse(Refusal::UnitMismatch);
        }
        let mut asks = asks.clone();
        for unit in limited {
            let ask = match unit {
                "calls" | "slots" => Asked::Exactly(1),
                _ if all => Asked::All,
                _ => continue,
            };
            asks.entry(unit).or_insert(ask);
        }
        let least = |unit: &str| {
            let counting = limits
                .iter()
                .filter(|limit| self.limits[**limit].key.0 == unit);
            let rooms = counting.map(|limit| self.window(*limit).1.available().max(0));
            rooms.min().unwrap_or_default()
        };
        let amounts = asks.iter().map(|(unit, ask)| match ask {
            Asked::Exactly(atoms) => (*unit, *atoms),
            Asked::All => (*unit, least(unit)),
        });
        let all = asks.iter().filter(|(_, ask)| **ask == Asked::All);
        Ok((amounts.collect(), all.map(|(unit, _)| *unit).collect()))
    }

    fn denied(
        &self,
        path: &[usize],
        limits: &[usize],
        amounts: &Units,
        all: &BTreeSet<&'static str>,
    ) -> Option<Answer> {
        let mut failed = BTreeSet::new();
        let mut is_final = false;
        for limit in limits {
            let Limit { budget, key, .. } = &self.limits[*limit];
            let (_, window) = self.window(*limit);
            let asked = amounts.get(key.0).copied();
            let atoms = asked.unwrap_or_default();
            let available = window.available();
            let needs_none = key.0 == "slots" && asked == Some(0) && !all.contains("slots");
            // A debit ends with its window.
            let granted = match window.end {
                Some(_) => window.granted.max(0),
                None => window.granted,
            };
            let most = window.amount + granted;
            let never = atoms > most && most > 0;
            is_final |= never;
            if never || window.over || available < atoms || (available <= 0 && !needs_none) {
                let name = self.budgets[*budget].name.to_owned();
                failed.insert((name, *key, atoms, window.end));
            }
        }
        let frozen = path
            .iter()
            .find(|budget| self.budgets[**budget].life == Life::Frozen);
        let stopped = frozen.map(|budget| (self.budgets[*budget].name.to_owned(), "frozen"));
        if failed.is_empty() && stopped.is_none() {
            return None;
        }
        let ends: Option<Vec<_>> = failed.iter().map(|(_, _, _, end)| *end).collect();
        Some(Answer::Denied {
            retry_at: ends.and_then(|ends| ends.into_iter().max()),
            failed,
            stopped,
            is_final,
        })
    }

    // Settling.

    #[expect(clippy::too_many_lines, reason = "one rule, told in one piece")]
    /// Charges a reservation, or none, on every limit of its units; or says which refuse.
    fn settle(
        &mut self,
        reservation: Option<usize>,
        limits: &[usize],
        charges: &Units,
        terms: Terms,
    ) -> Result<(Units, Vec<Part>), Answer> {
        let mut refused = BTreeSet::new();
        let mut uncharged = Units::new();
        // Of every limit that counts a charged unit: held, excess, room, and whether it is short.
        let mut plans = Vec::new();
        for (unit, charge) in charges {
            for limit in limits
                .iter()
                .filter(|limit| self.limits[**limit].key.0 == *unit)
            {
                let held = reservation.map_or(0, |r| self.held(r, *limit));
                let (_, window) = self.window(*limit);
                let excess = (charge - held).max(0);
                let room = window.available().max(0);
                let short = (excess - room).max(0);
                let overage = terms.overage.unwrap_or(self.limits[*limit].overage);
                let bound = match overage {
                    Overage::Bound(of, bound) if of == *unit => Some(bound),
                    _ => None,
                };
                let cuts = overage == Overage::IfAvailable || bound == Some(0);
                let passed = bound.is_some_and(|bound| bound > 0 && window.debt + short > bound);
                let refuses = overage == Overage::Reject || passed;
                if terms.asked && short > 0 && refuses {
                    let (budget, key) = (self.limits[*limit].budget, self.limits[*limit].key);
                    let name = self.budgets[budget].name.to_owned();
                    refused.insert((name, key, excess, window.end));
                }
                if terms.asked && short > 0 && cuts {
                    let cut = uncharged.entry(*unit).or_default();
                    *cut = short.max(*cut);
                }
                let flagged = short > 0 && (cuts || refuses);
                plans.push((*limit, *unit, *charge, held, excess, room, flagged));
            }
        }
        if !refused.is_empty() {
            return Err(Answer::Denied {
                failed: refused,
                stopped: None,
                is_final: false,
                retry_at: None,
            });
        }
        let mut parts = Vec::new();
        for (limit, unit, charge, held, excess, room, flagged) in plans {
            let covered = charge.min(held);
            if let Some(r) = reservation {
                let window = self.reservations[r].admitted[&limit];
                self.windows[window].spent += covered;
                self.windows[window].reserved -= if terms.keep { covered } else { held };
                let effective = self.reservations[r].created;
                parts.push(Part {
                    window,
                    effective,
                    atoms: covered,
                    resets: self.windows[window].resets,
                });
            }
            let excess = excess - uncharged.get(unit).copied().unwrap_or_default();
            if excess > 0 || flagged {
                let window = self.open(limit);
                let funded = excess.min(room);
                self.windows[window].spent += funded;
                self.windows[window].debt += excess - funded;
                self.windows[window].over |= flagged;
                let effective = self.now;
                parts.push(Part {
                    window,
                    effective,
                    atoms: excess,
                    resets: self.windows[window].resets,
                });
            }
        }
        Ok((uncharged, parts))
    }

    /// What a reservation still holds of a limit.
    fn held(&self, reservation: usize, limit: usize) -> i128 {
        let found = &self.reservations[reservation];
        let unit = self.limits[limit].key.0;
        let held = found.reserved.get(unit).copied().unwrap_or_default();
        if found.fate == Fate::Open { held } else { 0 }
    }

    fn expire(&mut self) {
        for which in 0..self.reservations.len() {
            let found = &self.reservations[which];
            if found.fate != Fate::Open || self.now <= found.expires + found.grace {
                continue;
            }
            let releases = found.releases;
            let mut charges = found.reserved.clone();
            charges.retain(|_, atoms| {
                *atoms = if releases { 0 } else { *atoms };
                true
            });
            charges.entry("slots").and_modify(|atoms| *atoms = 0);
            self.enter();
            let terms = Terms {
                asked: false,
                keep: false,
                overage: None,
            };
            let ended = self.end(which, &charges, terms, Fate::Expired);
            ended.expect("what is held finds room");
            self.reservations[which].unknown = !releases;
            self.charges.last_mut().expect("its charge").entry = None;
        }
    }

    /// Settles and ends a reservation. Its entry is counted already.
    fn end(
        &mut self,
        which: usize,
        charges: &Units,
        terms: Terms,
        fate: Fate,
    ) -> Result<(Units, Units), Answer> {
        let limits: Vec<_> = self.reservations[which].admitted.keys().copied().collect();
        let (uncharged, parts) = self.settle(Some(which), &limits, charges, terms)?;
        let held = self.reservations[which].reserved.clone();
        let mut charged = consumed(charges);
        for (unit, cut) in &uncharged {
            *charged.entry(*unit).or_default() -= cut;
        }
        let found = &mut self.reservations[which];
        for (unit, atoms) in &charged {
            *found.charged.entry(*unit).or_default() += atoms;
        }
        if !terms.keep {
            found.fate = fate;
            found.end = Some(self.charges.len());
        }
        let mut moments = BTreeMap::new();
        for (unit, atoms) in &charged {
            // Where no limit counts it, nothing says that it was held since its admission.
            let is_counted = limits
                .iter()
                .any(|limit| self.limits[*limit].key.0 == *unit);
            let held = held.get(unit).copied().filter(|_| is_counted);
            let covered = held.unwrap_or_default().min(*atoms);
            *moments.entry((*unit, found.created, self.now)).or_default() += covered;
            *moments.entry((*unit, self.now, self.now)).or_default() += atoms - covered;
        }
        let covers = charges.iter().any(|(unit, atoms)| {
            let held = held.get(unit).copied().unwrap_or_default();
            (if terms.keep { held.min(*atoms) } else { held }) > 0
        });
        self.charges.push(Charge {
            entry: Some(self.entries),
            reservation: Some(which),
            names: found.names,
            admitted: found.created,
            first: if covers { found.created } else { self.now },
            standing: charged.clone(),
            moments,
            parts,
        });
        Ok((charged, uncharged))
    }

    /// A reservation that its caller may settle, or correct once.
    fn settleable(&self, which: usize) -> Result<bool, Answer> {
        let found = &self.reservations[which];
        match found.fate {
            Fate::Open => Ok(true),
            Fate::Expired if !found.late => Ok(false),
            _ => refuse(Refusal::Settled),
        }
    }

    fn commit(&mut self, which: usize, amounts: &Units, keep: bool) -> Outcome {
        let is_open = self.settleable(which)?;
        if !is_open && keep {
            return refuse(Refusal::Settled);
        }
        if !is_open {
            return self.correct(which, amounts);
        }
        if keep && consumed(amounts).is_empty() {
            return refuse(Refusal::Usage);
        }
        let found = &self.reservations[which];
        let terms = Terms {
            asked: true,
            keep,
            overage: found.overage,
        };
        let reserved = found.reserved.clone();
        let mut charges = if keep { Units::new() } else { reserved.clone() };
        charges.extend(consumed(amounts));
        charges.entry("slots").and_modify(|atoms| *atoms = 0);
        let entry = self.enter();
        let (charged, uncharged) = self.end(which, &charges, terms, Fate::Committed)?;
        let mut released = Units::new();
        for (unit, held) in consumed(&reserved) {
            let left = (held - charges.get(unit).copied().unwrap_or_default()).max(0);
            if keep {
                self.reservations[which].reserved.insert(unit, left);
            } else if left > 0 {
                released.insert(unit, left);
            }
        }
        Ok(Answer::Settled {
            entry,
            charged: some(&charged),
            uncharged,
            released,
        })
    }

    fn release(&mut self, which: usize, parts: &Units) -> Outcome {
        let is_open = self.settleable(which)?;
        let nothing: Units = self.reservations[which]
            .reserved
            .keys()
            .map(|u| (*u, 0))
            .collect();
        if parts.is_empty() && !is_open {
            let charged = self.reservations[which]
                .charged
                .keys()
                .map(|unit| (*unit, 0));
            return self.correct(which, &nothing.clone().into_iter().chain(charged).collect());
        }
        if !is_open {
            return refuse(Refusal::Settled);
        }
        if parts.is_empty() {
            let terms = Terms {
                asked: false,
                keep: false,
                overage: None,
            };
            let released = some(&consumed(&self.reservations[which].reserved));
            let entry = self.enter();
            self.end(which, &nothing, terms, Fate::Released)?;
            // A release charged nothing that could be taken back.
            self.charges.last_mut().expect("its charge").entry = Some(-1);
            return Ok(Answer::Settled {
                entry,
                charged: Units::new(),
                uncharged: Units::new(),
                released,
            });
        }
        for (unit, part) in parts {
            let held = self.reservations[which].reserved.get(unit).copied();
            if *part > held.unwrap_or_default() {
                return refuse(Refusal::Conflict);
            }
        }
        for (limit, window) in self.reservations[which].admitted.clone() {
            let part = parts.get(self.limits[limit].key.0).copied();
            self.windows[window].reserved -= part.unwrap_or_default();
        }
        for (unit, part) in parts {
            if let Some(held) = self.reservations[which].reserved.get_mut(unit) {
                *held -= part;
            }
        }
        Ok(Answer::Settled {
            entry: self.enter(),
            charged: Units::new(),
            uncharged: Units::new(),
            released: some(parts),
        })
    }

    fn extend(&mut self, which: usize, by: Option<i64>) -> Outcome {
        let found = &mut self.reservations[which];
        if found.fate != Fate::Open {
            return refuse(Refusal::Settled);
        }
        if self.now > found.expires {
            return refuse(Refusal::LeaseOver);
        }
        found.expires += by.unwrap_or(found.ttl);
        Ok(Answer::Extended(found.expires))
    }

    fn spend(&mut self, names: &'static str, amounts: &Units) -> Outcome {
        let path = self.path(names)?;
        let limits: Vec<_> = path
            .iter()
            .flat_map(|budget| self.limits_of(*budget))
            .collect();
        let terms = Terms {
            asked: false,
            keep: false,
            overage: None,
        };
        let (_, parts) = self.settle(None, &limits, amounts, terms)?;
        let entry = self.enter();
        self.charges.push(Charge {
            entry: Some(entry),
            reservation: None,
            names,
            admitted: self.now,
            first: self.now,
            standing: amounts.clone(),
            moments: amounts
                .iter()
                .map(|(unit, atoms)| ((*unit, self.now, self.now), *atoms))
                .collect(),
            parts,
        });
        Ok(Answer::Spent {
            entry,
            charged: some(amounts),
            standings: self.standings(&path),
        })
    }

    // Corrections.

    /// The one late settlement of what expired.
    fn correct(&mut self, which: usize, actual: &Units) -> Outcome {
        let actual = consumed(actual);
        let charge = self.reservations[which].end.expect("it ended");
        let first = self.charges[charge].first;
        let (mut more, mut less) = (Units::new(), Vec::new());
        for (unit, atoms) in &actual {
            let standing = &mut self.charges[charge].standing;
            let before = standing.insert(*unit, *atoms).unwrap_or_default();
            *self.reservations[which].charged.entry(*unit).or_default() += atoms - before;
            if *atoms > before {
                more.insert(*unit, atoms - before);
            } else {
                less.push((*unit, before - atoms));
            }
        }
        let goes_down = less.iter().any(|(_, atoms)| *atoms > 0);
        for (unit, atoms) in less {
            let moments = self.take_back(charge, unit, atoms);
            self.count(charge, unit, moments);
        }
        self.reservations[which].late = true;
        let limits = self.limits_then(which);
        let terms = Terms {
            asked: false,
            keep: false,
            overage: self.reservations[which].overage,
        };
        let (_, parts) = self.settle(None, &limits, &more, terms)?;
        self.charges[charge].parts.extend(parts);
        for (unit, atoms) in more {
            let is_counted = limits.iter().any(|limit| self.limits[*limit].key.0 == unit);
            let at = if is_counted || !goes_down {
                self.now
            } else {
                first
            };
            self.count(charge, unit, vec![(at, atoms)]);
        }
        Ok(Answer::Settled {
            entry: self.enter(),
            charged: some(&actual),
            uncharged: Units::new(),
            released: Units::new(),
        })
    }

    /// The limits that a reservation recorded, and those set on its path since.
    fn limits_then(&self, which: usize) -> Vec<usize> {
        let found = &self.reservations[which];
        let mut limits: BTreeSet<_> = found.admitted.keys().copied().collect();
        for budget in 0..self.budgets.len() {
            if self.budgets[budget].life != Life::Closed
                && self.counts(budget, found.names, found.created)
            {
                limits.extend(self.limits_of(budget));
            }
        }
        limits.into_iter().collect()
    }

    /// Adds to what stands of a charge at each moment.
    fn count(&mut self, charge: usize, unit: &'static str, moments: Vec<(i64, i128)>) {
        for (at, atoms) in moments {
            let place = (unit, at, self.now);
            *self.charges[charge].moments.entry(place).or_default() += atoms;
        }
    }

    /// Takes a charge back where it went: the latest first, debt before what was spent, and
    /// nothing of what was reset since. From which moments it is taken is what a limit says that
    /// gave all of it back, the one that says the earliest; else it is the charge's own.
    fn take_back(&mut self, charge: usize, unit: &str, amount: i128) -> Vec<(i64, i128)> {
        let mut left: BTreeMap<usize, (i128, BTreeMap<i64, i128>)> = BTreeMap::new();
        let first = self.charges[charge].first;
        let mut parts: Vec<_> = self.charges[charge].parts.iter_mut().collect();
        parts.sort_by_key(|part| std::cmp::Reverse((part.window, part.effective)));
        for part in parts {
            let window = &mut self.windows[part.window];
            if self.limits[window.limit].key.0 != unit || part.resets < window.resets {
                continue;
            }
            let (left, moments) = left
                .entry(window.limit)
                .or_insert((amount, BTreeMap::new()));
            let back = part.atoms.min(*left);
            *left -= back;
            let debt = back.min(window.debt);
            let spent = (back - debt).min(window.spent);
            window.debt -= debt;
            window.spent -= spent;
            part.atoms -= debt + spent;
            *moments.entry(part.effective).or_default() -= debt + spent;
        }
        let moments = left.into_values().map(|(_, moments)| moments);
        let all = moments.filter(|moments| moments.values().sum::<i128>() == -amount);
        let all = all.map(|moments| moments.into_iter().filter(|(_, by)| *by != 0).collect());
        all.min().unwrap_or_else(|| vec![(first, -amount)])
    }

    fn refund(&mut self, entry: i64, amounts: &Units) -> Outcome {
        if entry > self.entries {
            return refuse(Refusal::NotFound);
        }
        let found = self
            .charges
            .iter()
            .position(|charge| charge.entry == Some(entry));
        let Some(charge) = found else {
            return refuse(Refusal::Conflict);
        };
        let standing = some(&self.charges[charge].standing);
        let parts = if amounts.is_empty() {
            standing.clone()
        } else {
            amounts.clone()
        };
        if parts.is_empty() {
            return refuse(Refusal::Conflict);
        }
        for (unit, part) in &parts {
            if standing.get(unit).is_none_or(|most| part > most) {
                return refuse(Refusal::Conflict);
            }
            let moments = self.take_back(charge, unit, *part);
            self.count(charge, unit, moments);
            *self.charges[charge].standing.entry(*unit).or_default() -= part;
            if let Some(which) = self.charges[charge].reservation {
                *self.reservations[which].charged.entry(*unit).or_default() -= part;
            }
        }
        Ok(Answer::Refunded {
            entry: self.enter(),
            amounts: some(&parts),
        })
    }

    /// What nobody could account for and nobody corrected.
    pub(crate) fn unknown(&self) -> usize {
        let open = self.reservations.iter().filter(|r| r.unknown && !r.late);
        open.count()
    }

    /// Lets what is due expire now.
    pub(crate) fn look(&mut self) {
        self.expire();
    }

    /// Instants at which something changes by itself: ends of leases, graces and windows.
    pub(crate) fn edges(&self) -> Vec<i64> {
        let open = self.reservations.iter().filter(|r| r.fate == Fate::Open);
        let leases = open.flat_map(|r| [r.expires, r.expires + r.grace]);
        let windows = (0..self.limits.len()).filter_map(|limit| self.window(limit).1.end);
        let mut edges: Vec<_> = leases.chain(windows).filter(|at| *at > self.now).collect();
        edges.sort_unstable();
        edges.dedup();
        edges
    }
}
