//! A real ledger beside the reference: every request is put to both, and after each of them
//! everything that a ledger shows is compared.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use budget_ledger::ledger::amount::{Amount, Ask, Quantity};
use budget_ledger::ledger::budget::{BudgetState, Standing};
use budget_ledger::ledger::calendar::{self, Anchor, Zone};
use budget_ledger::ledger::entry::Seq;
use budget_ledger::ledger::id::{Id, IdRef};
use budget_ledger::ledger::limit::{LimitKey, LimitSpec, Position};
use budget_ledger::ledger::policy::{self, OnUnknown};
use budget_ledger::ledger::reservation::{Reservation, State};
use budget_ledger::ledger::store::{ReservationFilter, Which};
use budget_ledger::ledger::timestamp::Timestamp;
use budget_ledger::ledger::verbs::{
    self, Commit, Create, Denial, GrantHow, Keyed, Outcome, Refund, Release, Reserve, Spend,
    StateChange,
};
use budget_ledger::ledger::{Error, Ledger};
use rusqlite::Connection;
use tempfile::TempDir;

use super::calls::{
    Answer, Asked, Call, Change, Figures, How, Key, Overage, Period, Refusal, Standings, UNITS,
    Units,
};
use super::reference::{Fate, Life, Model};
use super::steered;

/// Saturday morning, UTC.
pub(crate) const MORNING_US: i64 = 1_795_240_800_000_000;

pub(crate) struct World {
    _dir: TempDir,
    ledger: Ledger,
    /// Another process, which sees whether anything was written.
    watcher: Connection,
    pub(crate) model: Model,
    /// Reservations in the order of their admission.
    ids: Vec<Id>,
    calls: u32,
    /// What was answered to requests with a key.
    pub(crate) keyed: Vec<(Call, String)>,
}

impl World {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("ledger.db");
        let sources = steered::begin(MORNING_US);
        let ledger = Ledger::open_or_create(&path, Duration::from_secs(10), sources);
        let ledger = ledger.expect("a ledger");
        let model = Model {
            now: MORNING_US,
            ..Model::default()
        };
        Self {
            _dir: dir,
            ledger,
            watcher: Connection::open(&path).expect("the ledger"),
            model,
            ids: Vec::new(),
            calls: 0,
            keyed: Vec::new(),
        }
    }

    /// Lets time pass up to an instant.
    pub(crate) fn pass_until(&mut self, now: i64) {
        let now = now.max(self.model.now);
        (self.model.now, self.calls) = (now, self.calls + 1);
        steered::set_us(now);
        self.model.look();
        self.check();
    }

    /// Puts a request to both, and compares their answers and all that they show afterwards.
    pub(crate) fn call(&mut self, call: &Call, key: Option<&str>) {
        self.calls += 1;
        let text = format!("answer {}", self.calls);
        if let Call::Reserve { .. } = call {
            self.foresee(call);
        }
        let expected = self.model.call(call, key, &text);
        let found = self.real(call, key, &text);
        assert_eq!(found, expected, "{call:?} with {key:?}");
        let admitted = match &expected {
            Answer::Reserved { standings, .. } => Some(standings),
            _ => None,
        };
        for (limit, figures) in admitted.into_iter().flatten() {
            let fits = figures.spent + figures.reserved <= figures.limit + figures.granted;
            assert!(fits, "{call:?}: {limit:?} was admitted beyond {figures:?}");
        }
        if let Some(key) = key
            && !matches!(
                expected,
                Answer::Replayed(_) | Answer::Denied { .. } | Answer::Refused(_)
            )
        {
            self.keyed.push((call.clone(), key.to_owned()));
        }
        self.check();
    }

    /// A check and a dry run say what a reservation would be told, and change nothing.
    fn foresee(&mut self, call: &Call) {
        let seen = self.version();
        let expected = self.model.clone().call(call, None, "");
        let mut request = reserve(call);
        let checked = self.ledger.check(&request);
        request.dry_run = true;
        let dry = self
            .ledger
            .reserve(&request, &keyed(None, &|_| String::new()));
        for outcome in [checked, dry] {
            let found = admitted(outcome);
            match (&found, &expected) {
                (
                    Answer::Reserved {
                        amounts, standings, ..
                    },
                    Answer::Reserved {
                        amounts: expected_amounts,
                        standings: expected_standings,
                        ..
                    },
                ) => {
                    assert_eq!(amounts, expected_amounts, "{call:?}");
                    assert_eq!(standings, expected_standings, "{call:?}");
                }
                _ => assert_eq!(found, expected, "{call:?} foreseen"),
            }
        }
        assert_eq!(
            self.version(),
            seen,
            "{call:?}: looking ahead wrote something"
        );
    }

    #[expect(clippy::too_many_lines, reason = "every request there is")]
    fn real(&mut self, call: &Call, key: Option<&str>, text: &str) -> Answer {
        let ledger = &mut self.ledger;
        let id = |which: &usize| IdRef::Full(self.ids[*which]);
        let standing = |_: &Standing| text.to_owned();
        let settlement = |_: &verbs::SettledNow| text.to_owned();
        match call {
            Call::Create {
                name,
                limits,
                overage,
                releases,
            } => {
                let request = Create {
                    name: name.parse().expect("a name"),
                    limits: specs(limits),
                    zone: Zone::utc(),
                    anchor: Anchor::default(),
                    units: Vec::new(),
                    change: verbs::Change {
                        overage: overage.map(policy),
                        on_unknown: releases.map(on_unknown),
                        ..verbs::Change::default()
                    },
                };
                budgets(ledger.create(&request, &keyed(key, &standing)))
            }
            Call::Set {
                name,
                limits,
                remove,
                overage,
                releases,
            } => {
                let change = verbs::Change {
                    limits: specs(limits),
                    remove: remove.iter().map(|key| limit_key(*key)).collect(),
                    overage: overage.map(policy),
                    on_unknown: releases.map(on_unknown),
                    ..verbs::Change::default()
                };
                let name = name.parse().expect("a name");
                budgets(ledger.set(&name, &change, &keyed(key, &standing)))
            }
            Call::Grant {
                name,
                limit,
                amount,
                how,
            } => {
                let how = match how {
                    How::Credit => GrantHow::Credit,
                    How::Debit => GrantHow::Debit,
                    How::Repay => GrantHow::Repay,
                    How::Reset => GrantHow::Reset,
                };
                let name = name.parse().expect("a name");
                let what = (&limit_key(*limit), atoms(*amount));
                budgets(ledger.grant(&name, what, how, "", &keyed(key, &standing)))
            }
            Call::State { name, change } => {
                let change = match change {
                    Change::Freeze => StateChange::Freeze,
                    Change::Unfreeze => StateChange::Unfreeze,
                    Change::Close(force) => StateChange::Close { force: *force },
                };
                let name = name.parse().expect("a name");
                budgets(ledger.change_state(&name, change, "").map(Outcome::Done))
            }
            Call::Reserve { .. } => {
                let write = |_: &verbs::Admitted| text.to_owned();
                let outcome = ledger.reserve(&reserve(call), &keyed(key, &write));
                if let Ok(Outcome::Done(admitted)) = &outcome {
                    self.ids.push(admitted.reservation.id);
                }
                admitted(outcome)
            }
            Call::Commit {
                which,
                amounts,
                keep,
            } => {
                let request = Commit {
                    id: id(which),
                    amounts: quantities(amounts),
                    keep: *keep,
                    unknown: None,
                    detail: String::new(),
                    booked: verbs::Booked::default(),
                };
                settled(ledger.commit(&request, &keyed(key, &settlement)))
            }
            Call::Release { which, amounts } => {
                let request = Release {
                    id: id(which),
                    amounts: quantities(amounts),
                    detail: String::new(),
                };
                settled(ledger.release(&request, &keyed(key, &settlement)))
            }
            Call::Extend { which, by } => {
                let write = |_: &Reservation| text.to_owned();
                let by_ms = by.map(|by| by / 1_000);
                let outcome = ledger.extend(&id(which), by_ms, &keyed(key, &write));
                answer(outcome, |found| {
                    Answer::Extended(found.lease.expires.as_micros())
                })
            }
            Call::Spend { names, amounts } => {
                let request = Spend {
                    names: names.parse().expect("names"),
                    amounts: quantities(amounts),
                    parent: None,
                    session: None,
                    limits: Vec::new(),
                    zone: Zone::utc(),
                    detail: String::new(),
                    booked: verbs::Booked::default(),
                };
                let write = |_: &verbs::Spent| text.to_owned();
                answer(ledger.spend(&request, &keyed(key, &write)), |spent| {
                    Answer::Spent {
                        entry: spent.entry.0,
                        charged: units(&spent.charged),
                        standings: standings(&spent.standings),
                    }
                })
            }
            Call::Refund { entry, amounts } => {
                let request = Refund {
                    entry: Seq(*entry),
                    amounts: quantities(amounts),
                    detail: String::new(),
                };
                let write = |_: &_| text.to_owned();
                let outcome = ledger.refund(&request, &keyed(key, &write));
                answer(outcome, |entry| Answer::Refunded {
                    entry: entry.seq.0,
                    amounts: units(&entry.amounts),
                })
            }
        }
    }

    /// Changes whenever somebody else commits a change to the file.
    fn version(&self) -> i64 {
        let pragma = "PRAGMA data_version";
        self.watcher
            .query_row(pragma, [], |row| row.get(0))
            .expect("a version")
    }

    fn check(&mut self) {
        let seen = self.version();
        self.compare();
        let findings = self.ledger.verify(None).expect("a verification");
        assert_eq!(findings.lines, Vec::<String>::new());
        assert_eq!(self.version(), seen, "a read wrote something");
        // What reads foresaw is what the next write does.
        self.ledger.renew(&Id::new(0, [9; 10])).expect("a write");
        self.compare();
        self.compare_windows();
        self.note_expiries();
    }

    /// Budgets, limits and reservations, as reads show them.
    fn compare(&self) {
        let mut budgets = self.ledger.budgets(true).expect("budgets");
        budgets.sort_by_key(|standing| standing.budget.id);
        assert_eq!(budgets.len(), self.model.budgets.len());
        for (at, (found, expected)) in budgets.iter().zip(&self.model.budgets).enumerate() {
            assert_eq!(found.budget.name.as_str(), expected.name);
            let state = match expected.life {
                Life::Active => BudgetState::Active,
                Life::Frozen => BudgetState::Frozen,
                Life::Closed => BudgetState::Closed,
            };
            assert_eq!(found.budget.state, state, "{}", expected.name);
            assert_eq!(found.budget.on_unknown, on_unknown(expected.releases));
            assert_eq!(
                standings(std::slice::from_ref(found)),
                self.model.standings(&[at])
            );
            for position in &found.positions {
                let mut limits = self.model.limits.iter();
                let same = limits.find(|l| l.budget == at && l.key == key_of(position));
                let overage = same.expect("the limit").overage;
                assert_eq!(
                    position.overage,
                    policy(overage),
                    "{} {}",
                    expected.name,
                    position.key
                );
            }
        }
        self.compare_reservations();
    }

    fn compare_reservations(&self) {
        let list = |which| {
            let filter = ReservationFilter {
                which,
                within: None,
            };
            self.ledger.reservations(&filter).expect("reservations")
        };
        let mut all: BTreeMap<_, _> = list(Which::Any).into_iter().map(|r| (r.id, r)).collect();
        for (id, expected) in self.ids.iter().zip(&self.model.reservations) {
            let found = all.remove(id).expect("the reservation");
            assert_eq!(
                found,
                self.ledger.reservation(&IdRef::Full(*id)).expect("it")
            );
            let state = match expected.fate {
                Fate::Open => State::Open,
                Fate::Committed => State::Committed,
                Fate::Released => State::Released,
                Fate::Expired => State::Expired,
            };
            let place = format!("{id} {expected:?}");
            assert_eq!(found.state, state, "{place}");
            let names: BTreeSet<_> = found.names.iter().map(ToString::to_string).collect();
            assert_eq!(
                names,
                expected.names.split(',').map(str::to_owned).collect()
            );
            let flags = (found.unknown, found.late, found.on_unknown);
            assert_eq!(
                flags,
                (
                    expected.unknown,
                    expected.late,
                    on_unknown(expected.releases)
                )
            );
            assert_eq!(found.overage, expected.overage.map(policy), "{place}");
            assert_eq!(found.lease.expires.as_micros(), expected.expires, "{place}");
            let figures = |figure: fn(&_) -> Amount| {
                let stakes = found.stakes.iter();
                let all = stakes.map(|s| (unit(s.unit.as_str()), i128::from(figure(s).atoms())));
                all.filter(|(_, atoms)| *atoms > 0).collect::<Units>()
            };
            let some = |amounts: &Units| -> Units {
                let some = amounts.iter().filter(|(_, atoms)| **atoms > 0);
                some.map(|(unit, atoms)| (*unit, *atoms)).collect()
            };
            assert_eq!(figures(|s| s.reserved), some(&expected.reserved), "{place}");
            let charged = figures(|s| s.charged.unwrap_or_default());
            assert_eq!(charged, some(&expected.charged), "{place}");
            assert!(
                found.stakes.iter().all(|stake| stake.nested.is_none()),
                "{place}"
            );
        }
        assert_eq!(all.len(), 0, "no other reservations: {all:?}");
        assert_eq!(list(Which::Unknown).len(), self.model.unknown());
        let open = self
            .model
            .reservations
            .iter()
            .filter(|r| r.fate == Fate::Open);
        assert_eq!(list(Which::In(State::Open)).len(), open.count());
    }

    /// Every window there ever was, and how many entries there are.
    fn compare_windows(&self) {
        let sql = "SELECT l.budget - 1, l.unit, l.period, w.start_us, w.end_us, w.amount, \
                   w.granted, w.spent, w.reserved, w.debt, w.over FROM limit_window w \
                   JOIN budget_limit l ON l.id = w.limit_id";
        let mut statement = self.watcher.prepare_cached(sql).expect(sql);
        let rows = statement.query_map([], |row| {
            let (unit_text, period): (String, String) = (row.get(1)?, row.get(2)?);
            let (start, end): (i64, Option<i64>) = (row.get(3)?, row.get(4)?);
            let figure = |column| row.get::<_, i64>(column).map(i128::from);
            let (limit, granted, spent) = (figure(5)?, figure(6)?, figure(7)?);
            let (reserved, debt) = (figure(8)?, figure(9)?);
            let figures = Figures {
                bounds: end.map(|end| (start, end)),
                limit,
                granted,
                spent,
                reserved,
                debt,
                over: row.get(10)?,
                available: limit + granted - spent - reserved - debt,
            };
            let period = period_of(period.parse().expect("a period"));
            Ok((
                row.get::<_, u32>(0)? as usize,
                (unit(&unit_text), period),
                figures,
            ))
        });
        let sorted = |mut windows: Vec<(usize, Key, Figures)>| {
            windows.sort_by_key(|(budget, key, figures)| (*budget, *key, figures.bounds));
            windows
        };
        let found = rows.expect(sql).collect::<Result<Vec<_>, _>>().expect(sql);
        assert_eq!(sorted(found), sorted(self.model.every_window()));
        let count = "SELECT count(*) FROM entry";
        let entries: i64 = self
            .watcher
            .query_row(count, [], |row| row.get(0))
            .expect(count);
        assert_eq!(entries, self.model.entries, "entries");
    }

    /// Looks up which entries the expiries became.
    fn note_expiries(&mut self) {
        for (id, found) in self.ids.iter().zip(&self.model.reservations) {
            let Some(end) = found.end else { continue };
            let charge = &mut self.model.charges[end];
            if charge.entry.is_none() {
                let found = self.ledger.reservation(&IdRef::Full(*id)).expect("it");
                charge.entry = found.settled_by.map(|seq| seq.0);
            }
        }
    }
}

fn keyed<'a, T>(key: Option<&'a str>, write: &'a dyn Fn(&T) -> String) -> Keyed<'a, T> {
    Keyed { key, write }
}

fn answer<T>(outcome: Result<Outcome<T>, Error>, done: impl FnOnce(&T) -> Answer) -> Answer {
    match outcome {
        Ok(Outcome::Done(found)) => done(&found),
        Ok(Outcome::Replayed(answer)) => Answer::Replayed(answer),
        Ok(Outcome::Denied(denial)) => denied(&denial),
        Err(error) => Answer::Refused(match error {
            Error::Usage(_) | Error::UnknownUnit { .. } => Refusal::Usage,
            Error::NotFound { .. } => Refusal::NotFound,
            Error::AlreadySettled { .. } => Refusal::Settled,
            Error::LeaseOver { .. } => Refusal::LeaseOver,
            Error::UnitMismatch { .. } => Refusal::UnitMismatch,
            Error::KeyReused { .. } => Refusal::KeyReused,
            Error::Conflict(_) => Refusal::Conflict,
            other => panic!("{other}"),
        }),
    }
}

fn denied(denial: &Denial) -> Answer {
    let failed = denial.failed.iter().map(|failed| {
        let position = &failed.position;
        let end = position.bounds.end.map(Timestamp::as_micros);
        (
            position.budget.to_string(),
            key_of(position),
            i128::from(failed.asked.atoms()),
            end,
        )
    });
    let stopped = denial.stopped.as_ref();
    Answer::Denied {
        failed: failed.collect(),
        stopped: stopped.map(|(name, state)| (name.to_string(), state.as_str())),
        is_final: denial.is_final(),
        retry_at: denial.retry_at.map(Timestamp::as_micros),
    }
}

fn budgets(outcome: Result<Outcome<Standing>, Error>) -> Answer {
    answer(outcome, |found| {
        Answer::Budgets(standings(std::slice::from_ref(found)))
    })
}

fn settled(outcome: Result<Outcome<verbs::SettledNow>, Error>) -> Answer {
    answer(outcome, |found| Answer::Settled {
        entry: found.entry.0,
        charged: units(&found.charged),
        uncharged: units(&found.uncharged),
        released: units(&found.released),
    })
}

fn admitted(outcome: Result<Outcome<verbs::Admitted>, Error>) -> Answer {
    answer(outcome, |found| {
        let stakes = found.reservation.stakes.iter();
        let amounts = stakes.map(|s| (unit(s.unit.as_str()), i128::from(s.reserved.atoms())));
        Answer::Reserved {
            amounts: amounts.collect(),
            expires: found.reservation.lease.expires.as_micros(),
            standings: standings(&found.standings),
        }
    })
}

fn reserve(call: &Call) -> Reserve {
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
    let asks = asks.iter().map(|(unit, ask)| {
        let named = unit.parse().expect("a unit");
        match ask {
            Asked::Exactly(count) => Ask::Exactly(Quantity::new(atoms(*count), named)),
            Asked::All => Ask::AllOf(named),
        }
    });
    let asks = asks.chain(all.then_some(Ask::All)).collect();
    let mut request = Reserve::of(names.parse().expect("names"), asks);
    (request.ttl_ms, request.grace_ms) = (ttl / 1_000, grace / 1_000);
    (request.overage, request.on_unknown) = (overage.map(policy), releases.map(on_unknown));
    request
}

fn standings(found: &[Standing]) -> Standings {
    let positions = found.iter().flat_map(|standing| &standing.positions);
    let figures = positions.map(|position| {
        let figures = &position.figures;
        let end = position.bounds.end.map(Timestamp::as_micros);
        let figures = Figures {
            bounds: end.map(|end| (position.bounds.start.as_micros(), end)),
            limit: figures.limit.atoms().into(),
            granted: figures.granted.atoms().into(),
            spent: figures.spent.atoms().into(),
            reserved: figures.reserved.atoms().into(),
            debt: figures.debt.atoms().into(),
            over: figures.over,
            available: figures.available().atoms().into(),
        };
        ((position.budget.to_string(), key_of(position)), figures)
    });
    figures.collect()
}

fn key_of(position: &Position) -> Key {
    (
        unit(position.key.unit.as_str()),
        period_of(position.key.period),
    )
}

fn unit(name: &str) -> &'static str {
    UNITS
        .into_iter()
        .find(|unit| *unit == name)
        .expect("a unit of ours")
}

fn period_of(period: calendar::Period) -> Period {
    match period {
        calendar::Period::Hour => Period::Hour,
        calendar::Period::Day => Period::Day,
        calendar::Period::Week => Period::Week,
        calendar::Period::Span { micros } => Period::Span(micros),
        calendar::Period::Forever => Period::Forever,
        other => panic!("{other:?}"),
    }
}

fn limit_key((unit, period): Key) -> LimitKey {
    let period = match period {
        Period::Hour => calendar::Period::Hour,
        Period::Day => calendar::Period::Day,
        Period::Week => calendar::Period::Week,
        Period::Span(micros) => calendar::Period::span(micros).expect("a length"),
        Period::Forever => calendar::Period::Forever,
    };
    LimitKey {
        unit: unit.parse().expect("a unit"),
        period,
    }
}

fn specs(limits: &BTreeMap<Key, i128>) -> Vec<LimitSpec> {
    let spec = |(key, amount): (&Key, &i128)| LimitSpec {
        key: limit_key(*key),
        amount: atoms(*amount),
    };
    limits.iter().map(spec).collect()
}

fn atoms(count: i128) -> Amount {
    let count = i64::try_from(count).expect("in range");
    Amount::from_atoms(count).expect("in range")
}

fn quantities(amounts: &Units) -> Vec<Quantity> {
    let quantity =
        |(unit, count): (&&str, &i128)| Quantity::new(atoms(*count), unit.parse().expect("a unit"));
    amounts.iter().map(quantity).collect()
}

/// What is more than nothing, by unit.
fn units(found: &[Quantity]) -> Units {
    let some = found.iter().filter(|quantity| !quantity.amount.is_zero());
    some.map(|q| (unit(q.unit.as_str()), q.amount.atoms().into()))
        .collect()
}

fn policy(overage: Overage) -> policy::Overage {
    match overage {
        Overage::Overdraft => policy::Overage::Overdraft { bound: None },
        Overage::Bound(unit, bound) => policy::Overage::Overdraft {
            bound: Some(Quantity::new(atoms(bound), unit.parse().expect("a unit"))),
        },
        Overage::IfAvailable => policy::Overage::IfAvailable,
        Overage::Reject => policy::Overage::Reject,
    }
}

fn on_unknown(releases: bool) -> OnUnknown {
    if releases {
        OnUnknown::Release
    } else {
        OnUnknown::Charge
    }
}
