//! Runs inside of runs: whatever they reserve, charge, give back and however they die, every
//! level of the tree is charged what was spent, once, and the windows never move for what a
//! child merely drew from its parent.

#[cfg(test)]
#[path = "support/search.rs"]
mod search;
#[path = "support/steered.rs"]
mod steered;
#[cfg(test)]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use budget_ledger::ledger::Ledger;
use budget_ledger::ledger::amount::{Amount, Ask, Quantity};
use budget_ledger::ledger::budget::Standing;
use budget_ledger::ledger::calendar::{Anchor, Bounds, Zone};
use budget_ledger::ledger::holding::{Holding, HoldingId};
use budget_ledger::ledger::id::{Id, IdRef};
use budget_ledger::ledger::limit::Position;
use budget_ledger::ledger::name::Names;
use budget_ledger::ledger::reservation::{Reservation, State};
use budget_ledger::ledger::rules::lapse::Lease;
use budget_ledger::ledger::store::owner::OwnerFile;
use budget_ledger::ledger::store::{ReservationFilter, Which, amounts_json};
use budget_ledger::ledger::unit::Unit;
use budget_ledger::ledger::verbs::{
    Admitted, Booked, Change, Commit, Create, Denial, Keyed, Outcome, Release, Reserve, RunEnd,
    RunReport, Spend, StartedRun,
};
use budget_ledger::ledger::window::{Figures, WindowId};
use proptest::prelude::*;
use steered::now_us;
use tempfile::TempDir;

const MORNING_US: i64 = 1_795_240_800_000_000;

/// Every budget, its limits and what happens to an overrun of them.
const BUDGETS: [(&str, &[&str], &str); 5] = [
    (
        "root",
        &["60usd", "90tokens/day", "14calls"],
        "allow-with-overdraft",
    ),
    (
        "root/a",
        &["40usd/day", "4slots"],
        "allow-with-overdraft:5usd",
    ),
    ("root/a/x", &["25usd", "50tokens"], "allow-with-overdraft"),
    ("root/b", &["45usd/day", "60tokens/5h"], "reject"),
    ("ann", &["30usd/day", "40tokens/day"], "allow-if-available"),
];
/// What a run or a reservation may name.
const NAMES: [&str; 7] = [
    "root",
    "root/a",
    "root/a/x",
    "root/b",
    "ann",
    "root/a,ann",
    "root/b,root/a/x",
];

/// Amounts of dollars and tokens; `None` does not name the unit.
type Counts = (Option<u8>, Option<u8>);

#[derive(Debug, Clone)]
enum Step {
    Run {
        inside: usize,
        names: usize,
        asks: Counts,
        started: bool,
    },
    Reserve {
        inside: usize,
        names: usize,
        asks: Counts,
    },
    Spend {
        inside: usize,
        names: usize,
        amounts: Counts,
    },
    Commit {
        which: usize,
        amounts: Counts,
        keep: bool,
    },
    Release {
        which: usize,
        parts: Counts,
    },
    Extend {
        which: usize,
    },
    End {
        which: usize,
        report: Option<Counts>,
        started: bool,
        unknown: bool,
        spilled: bool,
    },
    Crash {
        which: usize,
    },
    Pass {
        seconds: i64,
    },
}

fn figures(below: u8) -> impl Strategy<Value = Counts> {
    let figure = || proptest::option::weighted(0.7, 0..below);
    (figure(), figure())
}

/// A step with amounts below a bound, on some of the names.
fn step(below: u8, names: &'static [usize]) -> impl Strategy<Value = Step> {
    let figures = move || figures(below);
    let (any, names) = (|| 0_usize..64, || proptest::sample::select(names));
    prop_oneof![
        4 => (any(), names(), figures(), prop::bool::weighted(0.8))
            .prop_map(|(inside, names, asks, started)| Step::Run { inside, names, asks, started }),
        5 => (any(), names(), figures())
            .prop_map(|(inside, names, asks)| Step::Reserve { inside, names, asks }),
        2 => (any(), names(), figures())
            .prop_map(|(inside, names, amounts)| Step::Spend { inside, names, amounts }),
        5 => (any(), figures(), prop::bool::weighted(0.3))
            .prop_map(|(which, amounts, keep)| Step::Commit { which, amounts, keep }),
        2 => (any(), figures()).prop_map(|(which, parts)| Step::Release { which, parts }),
        1 => any().prop_map(|which| Step::Extend { which }),
        4 => (any(), proptest::option::of(figures()), prop::bool::ANY, prop::bool::ANY, prop::bool::ANY)
            .prop_map(|(which, report, started, unknown, spilled)| Step::End {
                which, report, started, unknown: unknown && report.is_none(), spilled
            }),
        1 => any().prop_map(|which| Step::Crash { which }),
        2 => prop_oneof![5 => 1_i64..90, 1 => 3_000_i64..40_000]
            .prop_map(|seconds| Step::Pass { seconds }),
    ]
}

fn quantities((usd, tokens): Counts) -> Vec<Quantity> {
    let text = |count: Option<u8>, unit: &str| count.map(|count| format!("{count}{unit}"));
    let texts = [text(usd, "usd"), text(tokens, "tokens")];
    texts
        .into_iter()
        .flatten()
        .map(|text| text.parse().expect("an amount"))
        .collect()
}

/// What a limit was charged and holds over all of its windows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sums {
    charged: i64,
    reserved: i64,
}

impl Sums {
    fn taken(self) -> i64 {
        self.charged + self.reserved
    }
}

/// A limit with what a read says of its window.
type Reading = (String, String, Bounds, Figures);

fn reading(at: &Position) -> Reading {
    let (budget, key) = (at.budget.to_string(), at.key.to_string());
    (budget, key, at.bounds, at.figures)
}

fn readings(standings: &[Standing]) -> Vec<Reading> {
    let positions = standings.iter().flat_map(|standing| &standing.positions);
    positions.map(reading).collect()
}

/// A limit: its budget and its unit with the period.
type LimitName = (String, String);

struct World {
    _dir: TempDir,
    path: PathBuf,
    ledger: Ledger,
    owners: BTreeMap<Id, (Id, OwnerFile)>,
    /// What was spent without a reservation: names, unit, atoms.
    spends: Vec<(Names, Unit, i64)>,
    /// What every run should know to have been charged inside of it.
    nested: BTreeMap<(Id, Unit), i64>,
    /// Runs that ended together with something inside of them.
    unsure: BTreeSet<Id>,
    /// How reservations stood after the latest step.
    seen: BTreeMap<Id, Reservation>,
}

/// What a request is told: the windows after it, or the limits that failed.
fn answered(
    outcome: &budget_ledger::ledger::error::Result<Outcome<Admitted>>,
) -> Result<Vec<Reading>, Vec<Reading>> {
    match outcome {
        Ok(Outcome::Done(admitted)) => Ok(readings(&admitted.standings)),
        Ok(Outcome::Denied(denial)) => {
            let failed = denial.failed.iter().map(|failed| reading(&failed.position));
            Err(failed.collect())
        }
        Ok(Outcome::Replayed(_)) | Err(_) => Err(Vec::new()),
    }
}

fn unkeyed<T>() -> Keyed<'static, T> {
    Keyed {
        key: None,
        write: &|_| String::new(),
    }
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("ledger.db");
        let sources = steered::begin(MORNING_US);
        let ledger = Ledger::open_or_create(&path, Duration::from_secs(10), sources);
        let mut ledger = ledger.expect("a ledger");
        for (name, limits, overage) in BUDGETS {
            let create = Create {
                name: name.parse().expect("a name"),
                limits: limits
                    .iter()
                    .map(|limit| limit.parse().expect("a limit"))
                    .collect(),
                zone: Zone::utc(),
                anchor: Anchor::default(),
                units: Vec::new(),
                change: Change {
                    overage: Some(overage.parse().expect("a policy")),
                    ..Change::default()
                },
            };
            ledger.create(&create, &unkeyed()).expect("a budget");
        }
        let (owners, spends, nested) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
        let (unsure, seen) = (BTreeSet::new(), BTreeMap::new());
        Self {
            _dir: dir,
            path,
            ledger,
            owners,
            spends,
            nested,
            unsure,
            seen,
        }
    }

    fn all(&self) -> Vec<Reservation> {
        self.ledger
            .reservations(&ReservationFilter {
                which: Which::Any,
                within: None,
            })
            .expect("reservations")
    }

    fn one(&self, id: Id) -> Reservation {
        self.ledger
            .reservation(&IdRef::Full(id))
            .expect("the reservation")
    }

    fn pick(&self, which: usize, wanted: impl Fn(&Reservation) -> bool) -> Option<Id> {
        let ids: Vec<_> = self
            .all()
            .into_iter()
            .filter(wanted)
            .map(|found| found.id)
            .collect();
        ids.get(which.checked_rem(ids.len())?).copied()
    }

    /// A run to be inside of; about every third time none.
    fn parent(&self, inside: usize) -> Option<Id> {
        if inside.is_multiple_of(3) {
            return None;
        }
        self.pick(inside / 3, |found| found.owner.is_some())
    }

    fn ancestors(&self, parent: Option<Id>) -> Vec<Reservation> {
        let mut chain = Vec::new();
        let mut next = parent;
        while let Some(id) = next {
            let found = self.one(id);
            next = found.parent;
            if found.state == State::Open {
                chain.push(found);
            }
        }
        chain
    }

    fn sums(&self) -> BTreeMap<LimitName, Sums> {
        let sql = "SELECT b.name, l.unit || '/' || l.period, sum(w.spent + w.debt), \
                   sum(w.reserved) FROM limit_window w JOIN budget_limit l ON l.id = w.limit_id \
                   JOIN budget b ON b.id = l.budget GROUP BY l.id";
        self.rows(sql, |row| {
            let sums = Sums {
                charged: row.get(2)?,
                reserved: row.get(3)?,
            };
            Ok(((row.get(0)?, row.get(1)?), sums))
        })
    }

    /// What a reservation holds: of each limit what windows admitted and what it drew, by whom.
    fn held(&self, id: Id) -> BTreeMap<(LimitName, Option<Id>), i64> {
        let sql = "SELECT b.name, l.unit || '/' || l.period, h.source, h.atoms, h.reservation, \
                   h.window FROM holding h JOIN limit_window w ON w.id = h.window \
                   JOIN budget_limit l ON l.id = w.limit_id JOIN budget b ON b.id = l.budget";
        let rows: BTreeMap<_, _> = self.rows(sql, |row| {
            let source: Vec<u8> = row.get(2)?;
            let holding = Holding {
                holder: Id::from_bytes(row.get(4)?),
                window: WindowId(row.get(5)?),
                source: source.try_into().ok().map(HoldingId::from_bytes),
                atoms: Amount::from_atoms(row.get(3)?).expect("an amount"),
            };
            Ok((
                (holding.window, holding.id()),
                (holding, (row.get(0)?, row.get(1)?)),
            ))
        });
        let mut held = BTreeMap::new();
        for (holding, limit) in rows.values().filter(|(holding, _)| holding.holder == id) {
            let source = holding
                .source
                .map(|source| rows[&(holding.window, source)].0.holder);
            *held.entry((limit.clone(), source)).or_default() += holding.atoms.atoms();
        }
        held
    }

    /// Of each unit the least that a reservation holds of any limit.
    fn least_held(&self, id: Id) -> BTreeMap<String, i64> {
        let mut limits: BTreeMap<_, i64> = BTreeMap::new();
        for ((limit, _), atoms) in self.held(id) {
            *limits.entry(limit).or_default() += atoms;
        }
        let mut least = BTreeMap::new();
        for ((_, key), atoms) in limits {
            let unit = key.split('/').next().expect("a unit").to_owned();
            let known = least.entry(unit).or_insert(atoms);
            *known = atoms.min(*known);
        }
        least
    }

    fn rows<K: Ord, V>(
        &self,
        sql: &str,
        read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<(K, V)>,
    ) -> BTreeMap<K, V> {
        let conn = rusqlite::Connection::open(&self.path).expect("the ledger");
        let mut statement = conn.prepare(sql).expect(sql);
        let rows = statement.query_map([], |row| read(row)).expect(sql);
        rows.collect::<Result<_, _>>().expect(sql)
    }

    /// What open runs around hold of a limit.
    fn lent(&self, parent: Option<Id>, limit: &LimitName) -> i64 {
        let held = self
            .ancestors(parent)
            .into_iter()
            .flat_map(|lender| self.held(lender.id));
        held.filter(|((of, _), _)| of == limit)
            .map(|(_, atoms)| atoms)
            .sum()
    }

    /// Takes over how reservations stand now: what was charged since the latest look counts as
    /// nested in every run around it that was open then and is open now.
    fn look(&mut self) {
        let now: BTreeMap<_, _> = self
            .all()
            .into_iter()
            .map(|found| (found.id, found))
            .collect();
        let before = std::mem::replace(&mut self.seen, now.clone());
        let was_open = |id: &Id| {
            before
                .get(id)
                .is_none_or(|earlier| earlier.state == State::Open)
        };
        for found in now.values() {
            let earlier = before.get(&found.id);
            for stake in found.stakes.iter().filter(|stake| stake.unit.is_consumed()) {
                let charged = |found: &Reservation| {
                    let stake = found.stake(&stake.unit);
                    stake
                        .and_then(|stake| stake.charged)
                        .map_or(0, Amount::atoms)
                };
                let more = charged(found) - earlier.map_or(0, charged);
                let mut next = found.parent;
                while let Some(run) = next.and_then(|id| now.get(&id)) {
                    next = run.parent;
                    if run.state == State::Open {
                        *self.nested.entry((run.id, stake.unit.clone())).or_default() +=
                            more.max(0);
                    } else if was_open(&run.id) && more > 0 {
                        // Both ended in one step, in an order that is not ours to say.
                        self.unsure.insert(run.id);
                    }
                }
            }
        }
    }

    /// All that reads say of windows and of reservations, but for leases.
    fn read(&self) -> Vec<String> {
        let standings = self.ledger.budgets(true).expect("standings");
        let windows = readings(&standings);
        let mut said: Vec<_> = windows.iter().map(|window| format!("{window:?}")).collect();
        for mut found in self.all() {
            found.settled_by = None;
            found.lease = Lease::starting(&steered::clock(), 1, 0);
            said.push(format!("{found:?}"));
        }
        let overview = self.ledger.overview(None).expect("an overview");
        let listed = overview.open.iter().chain(&overview.unknown);
        said.extend(listed.map(|found| format!("listed {}", found.id)));
        said
    }

    /// Lets the ledger close what is due, as every write does first; reads saw it so before.
    fn close_due(&mut self) {
        let seen = self.read();
        self.ledger.renew(&Id::new(0, [9; 10])).expect("a write");
        let now = self.read();
        let differ = seen
            .iter()
            .zip(&now)
            .find(|(before, after)| before != after);
        assert_eq!(differ, None, "a read says what the next write does");
        assert_eq!(seen.len(), now.len());
        self.look();
    }

    fn apply(&mut self, step: &Step) {
        steered::set_us(now_us() + 2_000);
        match step {
            Step::Pass { seconds } => steered::set_us(now_us() + seconds * 1_000_000),
            Step::Crash { which } => {
                let run = self.pick(*which, |r| r.owner.is_some() && r.state == State::Open);
                drop(run.and_then(|id| self.owners.remove(&id)));
            }
            _ => {}
        }
        self.close_due();
        match step {
            Step::Pass { .. } | Step::Crash { .. } => {}
            Step::Run {
                inside,
                names,
                asks,
                started,
            } => {
                self.reserve(*inside, *names, *asks, Some(*started));
            }
            Step::Reserve {
                inside,
                names,
                asks,
            } => self.reserve(*inside, *names, *asks, None),
            Step::Spend {
                inside,
                names,
                amounts,
            } => self.spend(*inside, *names, *amounts),
            Step::Commit {
                which,
                amounts,
                keep,
            } => self.commit(*which, *amounts, *keep),
            Step::Release { which, parts } => self.release(*which, *parts),
            Step::Extend { which } => self.extend(*which),
            Step::End {
                which,
                report,
                started,
                unknown,
                spilled,
            } => {
                self.end(*which, *report, *started, *unknown, *spilled);
            }
        }
        self.look();
        self.check();
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one request and all that it must come to"
    )]
    fn reserve(&mut self, inside: usize, names: usize, asks: Counts, run: Option<bool>) {
        let parent = self.parent(inside);
        let names: Names = NAMES[names].parse().expect("names");
        let asked = quantities(asks);
        let mut request = Reserve::of(
            names.clone(),
            asked.iter().cloned().map(Ask::Exactly).collect(),
        );
        request.parent = parent;
        let owner = run.map(|started| {
            let session = self.ledger.new_id();
            let owner = OwnerFile::create(&self.path, session, 1).expect("an owner");
            if started {
                owner.mark_started().expect("the owner's file");
            }
            (session, owner)
        });
        let reservation = self.ledger.new_id();
        request.run = owner.as_ref().map(|(session, _)| StartedRun {
            session: *session,
            reservation,
            program: "agent".to_owned(),
            is_metered: false,
            max_time_ms: None,
        });
        let before = self.sums();
        let lent: BTreeMap<_, _> = before
            .keys()
            .map(|limit| (limit.clone(), self.lent(parent, limit)))
            .collect();
        let open = self.open();
        let said = self.ledger.check(&request);
        let outcome = self.ledger.reserve(&request, &unkeyed());
        assert_eq!(answered(&said), answered(&outcome), "{outcome:?}");
        let Ok(Outcome::Done(admitted)) = outcome else {
            if self.open() == open {
                assert_eq!(self.sums(), before, "{outcome:?} moves nothing");
            }
            if let Ok(Outcome::Denied(denial)) = outcome {
                self.expect_no_dead_holders(&denial);
            }
            return;
        };
        if let Some((session, owner)) = owner {
            self.owners
                .insert(admitted.reservation.id, (session, owner));
        }
        if open.iter().any(|id| self.one(*id).state != State::Open) {
            return;
        }
        let on_path: BTreeSet<_> = names.union().iter().map(ToString::to_string).collect();
        for (limit, sums) in self.sums() {
            let unit = limit.1.split('/').next().expect("a unit");
            let stake = admitted
                .reservation
                .stakes
                .iter()
                .find(|stake| stake.unit.as_str() == unit);
            let asked = stake
                .filter(|_| on_path.contains(&limit.0))
                .map_or(0, |s| s.reserved.atoms());
            let lent = lent.get(&limit).copied().unwrap_or_default();
            let before = before.get(&limit).copied().unwrap_or_default();
            assert_eq!(sums.charged, before.charged, "{limit:?}");
            let anew = sums.reserved - before.reserved;
            assert_eq!(
                anew,
                (asked - lent).max(0),
                "{limit:?}: only the difference is held anew"
            );
        }
        for position in admitted
            .standings
            .iter()
            .flat_map(|standing| &standing.positions)
        {
            let figures = &position.figures;
            let taken = figures.spent.atoms() + figures.reserved.atoms();
            let limit = (position.budget.to_string(), position.key.to_string());
            let was_moved = lent.get(&limit).is_none_or(|lent| *lent == 0);
            assert!(
                !was_moved || taken <= figures.capacity().atoms(),
                "{limit:?} is over its limit"
            );
        }
    }

    /// Whoever died and holds what was missing was closed before anybody was told no.
    fn expect_no_dead_holders(&self, denial: &Denial) {
        let open = self.all().into_iter().filter(|r| r.state == State::Open);
        let dead = open.filter(|r| r.owner.is_some() && !self.owners.contains_key(&r.id));
        for dead in dead.map(|r| r.id) {
            for failed in &denial.failed {
                let (budget, key) = (&failed.position.budget, &failed.position.key);
                let period = key.period.to_string();
                let limit = (budget.to_string(), format!("{}/{period}", key.unit));
                let held = self
                    .held(dead)
                    .into_iter()
                    .filter(|((of, _), _)| *of == limit);
                let held: i64 = held.map(|(_, atoms)| atoms).sum();
                assert_eq!(held, 0, "{dead} is dead and holds {limit:?}");
            }
        }
    }

    fn open(&self) -> Vec<Id> {
        self.all()
            .into_iter()
            .filter(|r| r.state == State::Open)
            .map(|r| r.id)
            .collect()
    }

    fn spend(&mut self, inside: usize, names: usize, amounts: Counts) {
        let parent = self.parent(inside);
        let names: Names = NAMES[names].parse().expect("names");
        let amounts = quantities(amounts);
        let request = Spend {
            names: names.clone(),
            amounts: amounts.clone(),
            parent,
            session: None,
            limits: Vec::new(),
            zone: Zone::utc(),
            detail: String::new(),
            booked: Booked::default(),
        };
        let before = self.sums();
        let lent: BTreeMap<_, _> = before
            .keys()
            .map(|limit| (limit.clone(), self.lent(parent, limit)))
            .collect();
        if self.ledger.spend(&request, &unkeyed()).is_err() {
            assert_eq!(self.sums(), before);
            return;
        }
        for run in self.ancestors(parent) {
            for Quantity { unit, amount } in &amounts {
                *self.nested.entry((run.id, unit.clone())).or_default() += amount.atoms();
            }
        }
        let charged = |limit: &LimitName| {
            let on_path = names.union().iter().any(|name| name.as_str() == limit.0);
            let unit = limit.1.split('/').next().expect("a unit");
            let charged = amounts
                .iter()
                .find(|quantity| quantity.unit.as_str() == unit);
            charged
                .filter(|_| on_path)
                .map_or(0, |quantity| quantity.amount.atoms())
        };
        for (limit, sums) in self.sums() {
            let before = before.get(&limit).copied().unwrap_or_default();
            let lent = lent.get(&limit).copied().unwrap_or_default();
            let beyond = (charged(&limit) - lent).max(0);
            assert_eq!(
                sums.taken() - before.taken(),
                beyond,
                "{limit:?}: the run's own is used first"
            );
        }
        for Quantity { unit, amount } in amounts {
            self.spends.push((names.clone(), unit, amount.atoms()));
        }
    }

    fn commit(&mut self, which: usize, amounts: Counts, keep: bool) {
        let Some(id) = self.pick(which, |r| r.owner.is_none()) else {
            return;
        };
        let found = self.one(id);
        let amounts = quantities(amounts);
        let request = Commit {
            id: IdRef::Full(id),
            amounts: amounts.clone(),
            keep,
            unknown: None,
            detail: String::new(),
            booked: Booked::default(),
        };
        let (before, drawn) = (self.sums(), self.draws(&found));
        let Ok(Outcome::Done(done)) = self.ledger.commit(&request, &unkeyed()) else {
            assert_eq!(self.sums(), before, "a refused commit moves nothing");
            return;
        };
        for Quantity { unit, amount } in &amounts {
            let cut = done
                .uncharged
                .iter()
                .find(|q| q.unit == *unit)
                .map_or(0, |q| q.amount.atoms());
            let charged = done
                .charged
                .iter()
                .find(|q| q.unit == *unit)
                .map_or(0, |q| q.amount.atoms());
            assert_eq!(charged + cut, amount.atoms(), "{unit}");
        }
        if found.state != State::Open {
            return;
        }
        for (limit, (drawn, others, lent)) in drawn {
            let unit = limit.1.split('/').next().expect("a unit");
            let charged = done.charged.iter().find(|q| q.unit.as_str() == unit);
            let charged = charged.map_or(0, |q| q.amount.atoms());
            if others == 0 && charged <= drawn + lent {
                let (now, before) = (self.sums()[&limit], before[&limit]);
                assert_eq!(
                    now.taken(),
                    before.taken(),
                    "{limit:?}: it was all the parent's"
                );
            }
        }
    }

    /// Of every limit a reservation is on: what it drew from runs that are open, what else it
    /// holds, and what those runs still hold.
    fn draws(&self, found: &Reservation) -> BTreeMap<LimitName, (i64, i64, i64)> {
        let mut draws: BTreeMap<_, (i64, i64, i64)> = BTreeMap::new();
        let lenders: BTreeSet<_> = self
            .ancestors(found.parent)
            .iter()
            .map(|run| run.id)
            .collect();
        for ((limit, source), atoms) in self.held(found.id) {
            let sums = draws.entry(limit).or_default();
            if source.is_some_and(|source| lenders.contains(&source)) {
                sums.0 += atoms;
            } else {
                sums.1 += atoms;
            }
        }
        for (limit, sums) in &mut draws {
            sums.2 = self.lent(found.parent, limit);
        }
        draws
    }

    fn release(&mut self, which: usize, parts: Counts) {
        let Some(id) = self.pick(which, |r| r.owner.is_none()) else {
            return;
        };
        let found = self.one(id);
        let (before, drawn) = (self.sums(), self.draws(&found));
        let amounts = quantities(parts);
        let request = Release {
            id: IdRef::Full(id),
            amounts: amounts.clone(),
            detail: String::new(),
        };
        if self.ledger.release(&request, &unkeyed()).is_err() {
            assert_eq!(self.sums(), before, "a refused release moves nothing");
            return;
        }
        if found.state != State::Open {
            return;
        }
        for (limit, (_, others, _)) in drawn {
            let unit = limit.1.split('/').next().expect("a unit");
            let part = amounts
                .iter()
                .find(|q| q.unit.as_str() == unit)
                .map_or(0, |q| q.amount.atoms());
            let part = if amounts.is_empty() { i64::MAX } else { part };
            let (now, before) = (self.sums()[&limit], before[&limit]);
            assert_eq!(
                before.taken() - now.taken(),
                part.min(others),
                "{limit:?}: the own goes back"
            );
        }
    }

    fn extend(&mut self, which: usize) {
        let Some(id) = self.pick(which, |_| true) else {
            return;
        };
        let before = self.sums();
        let _ = self
            .ledger
            .extend(&IdRef::Full(id), Some(60_000), &unkeyed());
        assert_eq!(self.sums(), before, "a lease moves nothing");
    }

    fn end(
        &mut self,
        which: usize,
        report: Option<Counts>,
        started: bool,
        unknown: bool,
        spilled: bool,
    ) {
        let Some(id) = self.pick(which, |r| r.owner.is_some() && r.state == State::Open) else {
            return;
        };
        let Some((session, owner)) = self.owners.remove(&id) else {
            return;
        };
        let found = self.one(id);
        let held = self.least_held(id);
        let reported = report.map(quantities);
        let end = RunEnd {
            session: session.to_string(),
            reservation: id.to_string(),
            started,
            exit_code: 0,
            ending: "exited".to_owned(),
            active_ms: 1_000,
            ended_us: now_us(),
            report: reported.as_ref().map(|amounts| RunReport {
                amounts: amounts_json(amounts),
                usage: "{}".to_owned(),
                booked: Booked::default(),
            }),
            unknown: unknown.then(|| "killed".to_owned()),
        };
        if spilled {
            owner
                .spill(&end.to_spilled(), &end.without_names().to_spilled())
                .expect("the owner's file");
            self.close_due();
        } else {
            self.ledger.end_run(&end).expect("the end");
            owner.remove();
        }
        let ended = self.one(id);
        assert_ne!(ended.state, State::Open);
        for stake in ended.stakes.iter().filter(|stake| stake.unit.is_consumed()) {
            let charged = stake.charged.map_or(0, Amount::atoms);
            let nested = stake.nested.map_or(0, Amount::atoms);
            let reserved = found.stake(&stake.unit).map_or(0, |s| s.reserved.atoms());
            let reported = reported
                .as_ref()
                .and_then(|all| all.iter().find(|q| q.unit == stake.unit));
            match reported {
                _ if !started => assert_eq!(charged, 0, "what never started costs nothing"),
                Some(quantity) => assert_eq!(charged, quantity.amount.atoms(), "its own report"),
                None if stake.unit == Unit::Calls || unknown || stake.nested.is_none() => {
                    let held = held.get(stake.unit.as_str()).copied().unwrap_or_default();
                    let all = if stake.unit == Unit::Calls {
                        reserved - nested
                    } else {
                        reserved
                    };
                    assert!(
                        charged <= all.max(0).min(held),
                        "no more than was reserved and is not lent"
                    );
                }
                None => assert_eq!(charged, 0, "what ran inside of it said it all"),
            }
        }
    }

    fn check(&self) {
        let findings = self.ledger.verify(None).expect("a verification");
        assert_eq!(findings.lines, Vec::<String>::new());
        let reservations = self.all();
        for (limit, sums) in self.sums() {
            let unit = limit.1.split('/').next().expect("a unit");
            let on_path = |names: &Names| names.union().iter().any(|name| name.as_str() == limit.0);
            let settled = reservations
                .iter()
                .filter(|r| on_path(&r.names))
                .flat_map(|r| &r.stakes);
            let settled = settled.filter(|stake| stake.unit.as_str() == unit && unit != "slots");
            let settled: i64 = settled.filter_map(|s| s.charged).map(Amount::atoms).sum();
            let spent = self
                .spends
                .iter()
                .filter(|(names, of, _)| of.as_str() == unit && on_path(names));
            let spent: i64 = spent.map(|(_, _, atoms)| atoms).sum();
            assert_eq!(
                sums.charged,
                settled + spent,
                "{limit:?} was charged everything once"
            );
            let open = reservations
                .iter()
                .filter(|r| r.state == State::Open && on_path(&r.names));
            let open = open
                .flat_map(|r| &r.stakes)
                .filter(|stake| stake.unit.as_str() == unit);
            let open: i64 = open.map(|stake| stake.reserved.atoms()).sum();
            assert!(
                sums.reserved <= open,
                "{limit:?} holds {} for {open}",
                sums.reserved
            );
        }
        for run in reservations
            .iter()
            .filter(|run| !self.unsure.contains(&run.id))
        {
            for stake in run.stakes.iter().filter(|stake| stake.unit.is_consumed()) {
                let expected = self.nested.get(&(run.id, stake.unit.clone())).copied();
                let nested = stake.nested.map_or(0, Amount::atoms);
                assert_eq!(
                    nested,
                    expected.unwrap_or_default(),
                    "{} of {}",
                    stake.unit,
                    run.id
                );
            }
        }
    }

    /// Ends everything that is open, the outermost first or last; then nothing is reserved.
    fn finish(&mut self) {
        self.owners.clear();
        steered::set_us(now_us() + 200_000_000_000);
        self.close_due();
        self.check();
        assert_eq!(self.open(), Vec::new());
        assert!(
            self.sums().values().all(|sums| sums.reserved == 0),
            "{:?}",
            self.sums()
        );
    }
}

fn play(steps: &[Step]) {
    let mut world = World::new();
    for step in steps {
        world.apply(step);
    }
    world.finish();
}

#[test]
fn whatever_nested_runs_do_every_level_is_charged_once() {
    let steps = proptest::collection::vec(step(16, &[0, 1, 2, 3, 4, 5, 6]), 1..40);
    search::search(48, steps, |steps| play(steps));
}

#[test]
fn many_runs_in_each_other_on_few_budgets_are_charged_once() {
    let steps = proptest::collection::vec(step(6, &[0, 1, 5]), 20..60);
    search::search(6, steps, |steps| play(steps));
}

/// What searches have found. `inside: 1` is inside of the first run, `4` of the second, with two.
mod found {
    use super::*;

    fn run(inside: usize, names: usize, asks: Counts, started: bool) -> Step {
        Step::Run {
            inside,
            names,
            asks,
            started,
        }
    }

    fn reserve(inside: usize, names: usize, asks: Counts) -> Step {
        Step::Reserve {
            inside,
            names,
            asks,
        }
    }

    fn commit(which: usize, amounts: Counts) -> Step {
        Step::Commit {
            which,
            amounts,
            keep: false,
        }
    }

    fn end(which: usize, started: bool) -> Step {
        Step::End {
            which,
            report: None,
            started,
            unknown: false,
            spilled: false,
        }
    }

    #[test]
    fn what_one_level_cuts_no_lender_pays_at_another() {
        play(&[
            run(0, 0, (None, Some(60)), true),
            Step::Spend {
                inside: 0,
                names: 4,
                amounts: (None, Some(25)),
            },
            reserve(1, 5, (None, Some(10))),
            commit(0, (None, Some(30))),
        ]);
    }

    #[test]
    fn what_a_grandchild_gives_back_stays_with_who_added_it() {
        play(&[
            run(0, 0, (Some(1), None), false),
            run(1, 0, (Some(5), None), false),
            reserve(4, 0, (Some(5), None)),
            commit(0, (Some(0), None)),
            end(1, false),
        ]);
    }

    #[test]
    fn a_read_can_say_how_a_dead_run_and_what_it_lent_end_together() {
        play(&[
            run(0, 0, (Some(8), None), false),
            run(1, 5, (Some(1), None), true),
            reserve(4, 0, (Some(1), None)),
        ]);
        play(&[
            run(0, 0, (Some(8), None), true),
            run(1, 0, (Some(5), None), false),
        ]);
    }

    #[test]
    fn a_read_books_what_waits_to_be_taken_in() {
        let spilled = |report| Step::End {
            which: 0,
            report,
            started: true,
            unknown: false,
            spilled: true,
        };
        let (small, large) = ((Some(1), Some(1)), (Some(9), Some(9)));
        play(&[
            run(0, 1, (Some(4), Some(4)), true),
            run(1, 0, (Some(6), None), true),
            spilled(Some(large)),
            spilled(Some(small)),
        ]);
    }

    #[test]
    fn what_a_run_lends_to_another_budget_is_not_charged_to_it_as_reserved() {
        play(&[
            run(0, 2, (Some(1), None), false),
            reserve(1, 0, (Some(1), None)),
            end(0, true),
        ]);
    }

    #[test]
    fn a_part_given_back_is_freed_first_where_its_lender_has_ended() {
        play(&[
            run(0, 1, (None, Some(8)), false),
            run(1, 0, (None, Some(1)), false),
            reserve(4, 0, (None, Some(3))),
            end(1, false),
            Step::Release {
                which: 0,
                parts: (None, Some(1)),
            },
        ]);
    }

    #[test]
    fn a_dead_run_inside_of_a_dead_run_denies_nobody_anything() {
        play(&[
            run(0, 2, (None, Some(40)), false),
            run(1, 2, (None, Some(40)), false),
            Step::Crash { which: 0 },
            Step::Crash { which: 1 },
            reserve(0, 2, (None, Some(50))),
        ]);
    }
}
