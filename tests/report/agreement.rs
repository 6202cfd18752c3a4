//! A ledger of random operations: for each window of each limit the report of that stretch of time
//! shows what the window shows.

use std::collections::BTreeMap;
use std::time::Duration;

use budget_ledger::ledger::Ledger;
use budget_ledger::ledger::amount::{Amount, Ask, Quantity};
use budget_ledger::ledger::calendar::{Anchor, Since, Zone};
use budget_ledger::ledger::entry::{EntryKind, Seq};
use budget_ledger::ledger::id::{Id, IdRef};
use budget_ledger::ledger::limit::{LimitKey, LimitSpec};
use budget_ledger::ledger::name::BudgetName;
use budget_ledger::ledger::rules::report::{self, By, Report};
use budget_ledger::ledger::timestamp::Timestamp;
use budget_ledger::ledger::unit::Unit;
use budget_ledger::ledger::verbs::{
    Booked, Change, Commit, Create, GrantHow, JournalOf, Keyed, PastCharge, Refund, Release,
    Reserve, Spend, StatementOf, Statements,
};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use rusqlite::Connection;

use super::steered::{self, now_us};

#[derive(Debug, Clone)]
enum Step {
    Pass(i64),
    Reserve(usize, i64, Option<usize>),
    Commit(usize, i64, bool),
    Release(usize),
    Spend(usize, i64, i64, Option<usize>),
    Refund(usize, i64),
    Past(usize, i64, i64),
    Set(usize, i64),
    Grant(usize, i64),
    /// A limit that was not there, or one that is there no more.
    Add(usize, usize),
    Remove(usize, usize),
    /// A budget above one that is there.
    Above,
}

const NAMES: [&str; 4] = ["team", "team/web", "org/ann", "team/web,org/ann"];
const BUDGETS: [(&str, &[&str]); 3] = [
    ("team", &["50usd/day", "500usd", "90ktokens/month"]),
    ("team/web", &["20usd/week", "9usd/hour", "40calls/hour"]),
    ("org/ann", &["60usd/month", "30usd/day", "5ktokens/day"]),
];
/// Limits that come and go.
const LATER: [&str; 6] = [
    "12usd/day",
    "15usd/hour",
    "90usd",
    "9ktokens/day",
    "80ktokens",
    "70usd/month",
];
/// Zones, each with a moment shortly before its clocks change.
pub(crate) const PLACES: [(&str, &str); 5] = [
    ("UTC", "2026-12-31T20:00:00Z"),
    ("Europe/Berlin", "2026-10-24T20:00:00Z"),
    ("America/New_York", "2027-03-14T02:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T10:00:00Z"),
    ("Asia/Kathmandu", "2027-02-28T12:00:00Z"),
];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let dollars = || 0..1_500_000_000_i64;
    let step = prop_oneof![
        3 => (1..30_000_i64).prop_map(Step::Pass),
        4 => (0..4_usize, dollars(), proptest::option::of(0..9_usize))
            .prop_map(|(name, atoms, inside)| Step::Reserve(name, atoms, inside)),
        4 => (0..9_usize, dollars(), any::<bool>())
            .prop_map(|(which, atoms, keep)| Step::Commit(which, atoms, keep)),
        1 => (0..9_usize).prop_map(Step::Release),
        3 => (0..4_usize, dollars(), 0..9_000_i64, proptest::option::of(0..4_usize))
            .prop_map(|(name, atoms, tokens, inside)| Step::Spend(name, atoms, tokens, inside)),
        1 => (0..40_usize, dollars()).prop_map(|(entry, atoms)| Step::Refund(entry, atoms)),
        1 => (0..4_usize, dollars(), 1..200_000_i64)
            .prop_map(|(name, atoms, ago)| Step::Past(name, atoms, ago)),
        1 => (0..3_usize, 1..9_000_i64).prop_map(|(name, cents)| Step::Set(name, cents)),
        1 => (0..3_usize, 1..900_i64).prop_map(|(name, cents)| Step::Grant(name, cents)),
        2 => (0..4_usize, 0..LATER.len()).prop_map(|(name, limit)| Step::Add(name, limit)),
        1 => (0..4_usize, 0..LATER.len()).prop_map(|(name, limit)| Step::Remove(name, limit)),
        1 => Just(Step::Above),
    ];
    proptest::collection::vec(step, 1..60)
}

pub(crate) struct World {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) ledger: Ledger,
    zone: Zone,
    /// Reservations in the order of their admission, with the budgets that they name.
    ids: Vec<(Id, usize)>,
    /// When limits were set that were not there from the beginning.
    set_at: BTreeMap<(String, String), i64>,
}

pub(crate) fn usd(atoms: i64) -> Quantity {
    Quantity::new(Amount::from_atoms(atoms).expect("an amount"), Unit::Usd)
}

impl World {
    pub(crate) fn new((zone, start): (&str, &str)) -> Self {
        let start = Timestamp::parse_rfc3339(start)
            .expect("an instant")
            .as_micros();
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("ledger.db");
        let ledger = Ledger::open_or_create(&path, Duration::from_secs(10), steered::begin(start));
        let mut world = Self {
            dir,
            ledger: ledger.expect("a ledger"),
            zone: zone.parse().expect("a zone"),
            ids: Vec::new(),
            set_at: BTreeMap::new(),
        };
        for (name, limits) in BUDGETS {
            assert!(world.create(name, limits), "{name}");
        }
        world
    }

    fn create(&mut self, name: &str, limits: &[&str]) -> bool {
        let limits = limits.iter().map(|limit| limit.parse().expect("a limit"));
        let request = Create {
            name: name.parse().expect("a name"),
            limits: limits.collect(),
            zone: self.zone,
            anchor: Anchor::default(),
            units: Vec::new(),
            change: Change::default(),
        };
        let done = self.ledger.create(&request, &keyed(&|_| String::new()));
        done.is_ok()
    }

    fn change(&mut self, name: &str, change: &Change) -> bool {
        let name = name.parse().expect("a name");
        let done = self.ledger.set(&name, change, &keyed(&|_| String::new()));
        done.is_ok()
    }

    /// The limits of a budget, as they are there now.
    fn keys(&self, name: &str) -> Vec<LimitKey> {
        let budgets = self.ledger.budgets(false).expect("budgets").into_iter();
        let found = budgets.filter(|standing| standing.budget.name.as_str() == name);
        let positions = found.flat_map(|standing| standing.positions);
        positions.map(|position| position.key).collect()
    }

    fn put(&mut self, name: &str, limit: &str) {
        let spec: LimitSpec = limit.parse().expect("a limit");
        let key = spec.key.clone();
        let change = Change {
            limits: vec![spec],
            ..Change::default()
        };
        let is_new = !self.keys(name).contains(&key);
        if self.change(name, &change) && is_new {
            let place = (name.to_owned(), key.to_string());
            self.set_at.insert(place, now_us());
        }
    }

    /// Whether a window ended before its limit was set: then it shows what came in since, if anything.
    fn is_of_before(&self, name: &str, key: &str, end: Option<i64>) -> bool {
        let set_at = self.set_at.get(&(name.to_owned(), key.to_owned()));
        set_at.is_some_and(|set_at| end.is_some_and(|end| end <= *set_at))
    }

    /// Errors and denials are answers: what matters is that the sums agree after them.
    #[expect(clippy::too_many_lines, reason = "every operation there is")]
    fn step(&mut self, step: &Step) {
        let found = |ids: &[(Id, usize)], which: usize| {
            let at = ids.len().checked_sub(which + 1)?;
            ids.get(at).copied()
        };
        let id = |ids: &[(Id, usize)], which: usize| found(ids, which).map(|(id, _)| id);
        match step {
            Step::Pass(seconds) => steered::set_us(now_us() + seconds * 1_000_000),
            Step::Reserve(name, atoms, inside) => {
                // What is made inside of a run names the same budgets: else a charge may count on
                // another day for one budget than for the other.
                let parent = inside.and_then(|which| found(&self.ids, which));
                let name = parent.map_or(*name, |(_, name)| name);
                let parent = parent.map(|(id, _)| id);
                let request = Reserve {
                    ttl_ms: 80_000_000,
                    parent,
                    ..Reserve::of(
                        NAMES[name].parse().expect("names"),
                        vec![Ask::Exactly(usd(*atoms))],
                    )
                };
                let write = |_: &_| String::new();
                let answer = self.ledger.reserve(&request, &keyed(&write));
                if let Ok(budget_ledger::ledger::verbs::Outcome::Done(admitted)) = answer {
                    self.ids.push((admitted.reservation.id, name));
                }
            }
            Step::Commit(which, atoms, keep) => {
                if let Some(id) = id(&self.ids, *which) {
                    let request = Commit {
                        id: IdRef::Full(id),
                        amounts: vec![usd(*atoms)],
                        keep: *keep,
                        unknown: None,
                        detail: String::new(),
                        booked: Booked::default(),
                    };
                    let _ = self.ledger.commit(&request, &keyed(&|_| String::new()));
                }
            }
            Step::Release(which) => {
                if let Some(id) = id(&self.ids, *which) {
                    let request = Release {
                        id: IdRef::Full(id),
                        amounts: Vec::new(),
                        detail: String::new(),
                    };
                    let _ = self.ledger.release(&request, &keyed(&|_| String::new()));
                }
            }
            Step::Spend(name, atoms, tokens, inside) => {
                let parent = inside.and_then(|which| found(&self.ids, which));
                let name = parent.map_or(*name, |(_, name)| name);
                let tokens = Amount::from_atoms(*tokens).expect("an amount");
                let request = Spend {
                    names: NAMES[name].parse().expect("names"),
                    amounts: vec![usd(*atoms), Quantity::new(tokens, Unit::Tokens)],
                    parent: parent.map(|(id, _)| id),
                    session: None,
                    limits: Vec::new(),
                    zone: self.zone,
                    detail: String::new(),
                    booked: Booked::default(),
                };
                let _ = self.ledger.spend(&request, &keyed(&|_| String::new()));
            }
            Step::Refund(which, atoms) => {
                let journal = self.ledger.journal(&JournalOf::default(), self.zone);
                let entries = journal.expect("entries").entries;
                let charged: Vec<Seq> = entries
                    .iter()
                    .filter(|entry| entry.kind != EntryKind::Reserved)
                    .map(|entry| entry.seq)
                    .collect();
                if let Some(entry) = charged.get(*which % charged.len().max(1)) {
                    let request = Refund {
                        entry: *entry,
                        amounts: vec![usd(*atoms)],
                        detail: String::new(),
                    };
                    let _ = self.ledger.refund(&request, &keyed(&|_| String::new()));
                }
            }
            Step::Set(which, cents) => {
                let (name, limits) = BUDGETS[*which];
                let limit = limits[0].trim_start_matches(|c: char| c.is_ascii_digit());
                let limit = format!("{}.{:02}{limit}", cents / 100, cents % 100);
                self.put(name, &limit);
            }
            Step::Add(which, limit) => {
                let name = BUDGETS.get(*which).map_or("org", |(name, _)| name);
                self.put(name, LATER[*limit]);
            }
            Step::Remove(which, limit) => {
                let name = BUDGETS.get(*which).map_or("org", |(name, _)| name);
                let spec: LimitSpec = LATER[*limit].parse().expect("a limit");
                let change = Change {
                    remove: vec![spec.key],
                    ..Change::default()
                };
                self.change(name, &change);
            }
            Step::Above => {
                if self.create("org", &["40usd/day", "9ktokens/hour"]) {
                    for key in ["usd/day", "tokens/hour"] {
                        let place = ("org".to_owned(), key.to_owned());
                        self.set_at.insert(place, now_us());
                    }
                }
            }
            Step::Grant(which, cents) => {
                let (name, limits) = BUDGETS[*which];
                let limit: LimitSpec = limits[0].parse().expect("a limit");
                let amount = usd(cents * 1_000_000).amount;
                let name = name.parse().expect("a name");
                let (of, how) = ((&limit.key, amount), GrantHow::Credit);
                let _ = self
                    .ledger
                    .grant(&name, of, how, "", &keyed(&|_| String::new()));
            }
            Step::Past(name, atoms, ago) => {
                let charge = PastCharge {
                    names: NAMES[*name].parse().expect("names"),
                    amounts: vec![usd(*atoms)],
                    at: Timestamp::from_micros(now_us() - ago * 1_000_000),
                    detail: String::new(),
                    booked: Booked::default(),
                };
                self.ledger.import(&[charge], &[]).expect("an import");
            }
        }
    }

    pub(crate) fn report(
        &self,
        within: Option<&str>,
        since: Option<i64>,
        until: Option<i64>,
        by: &[By],
    ) -> Report {
        let ask = report::Ask {
            by: by.to_vec(),
            within: within.map(|name| name.parse::<BudgetName>().expect("a name")),
            since: since.map(Timestamp::from_micros),
            until: until.map(Timestamp::from_micros),
            zone: self.zone,
            anchor: Anchor::default(),
            agent_of: |_| None,
        };
        self.ledger.report(ask).expect("a report")
    }

    /// What windows that are stored show, against the report of their time.
    fn compare_windows(&self) {
        let conn = Connection::open(self.dir.path().join("ledger.db")).expect("the ledger");
        let sql = "SELECT b.name, l.unit, l.period, w.start_us, w.end_us, w.spent + w.debt \
                   FROM limit_window w JOIN budget_limit l ON l.id = w.limit_id \
                   JOIN budget b ON b.id = l.budget WHERE l.removed = 0";
        let mut windows = conn.prepare(sql).expect("windows");
        let mut rows = windows.query([]).expect("windows");
        while let Some(row) = rows.next().expect("a window") {
            let (name, unit): (String, String) =
                (row.get(0).expect("name"), row.get(1).expect("unit"));
            let (start, end): (i64, Option<i64>) =
                (row.get(3).expect("start"), row.get(4).expect("end"));
            let shown: i64 = row.get(5).expect("a sum");
            let shown = i128::from(shown);
            let period: String = row.get(2).expect("period");
            let key = format!("{unit}/{period}");
            if self.is_of_before(&name, key.trim_end_matches('/'), end) {
                continue;
            }
            let since = end.map(|_| start);
            let report = self.report(Some(&name), since, end, &[By::Day]);
            let unit: Unit = unit.parse().expect("a unit");
            assert_eq!(
                report.total.sum_of(&unit),
                shown,
                "{name} {unit}/{period} from {start}, {}",
                self.zone
            );
        }
    }

    /// What reads show of the windows open now, against the report of their time.
    fn compare_standings(&self) {
        for standing in self.ledger.budgets(false).expect("budgets") {
            for position in &standing.positions {
                let (bounds, figures) = (position.bounds, position.figures);
                let since = bounds.end.map(|_| bounds.start.as_micros());
                let until = bounds.end.map(Timestamp::as_micros);
                let name = standing.budget.name.as_str();
                let report = self.report(Some(name), since, until, &[By::Day]);
                let shown = i128::from(figures.spent.atoms() + figures.debt.atoms());
                let place = format!("{name} {} {bounds:?} {}", position.key, self.zone);
                assert_eq!(report.total.sum_of(&position.key.unit), shown, "{place}");
            }
        }
    }

    fn statements(&self, name: &BudgetName, since: Option<i64>, until: Option<i64>) -> Statements {
        let instant = |at: Option<i64>| at.map(|at| Since::Instant(Timestamp::from_micros(at)));
        let request = StatementOf {
            name: name.clone(),
            limit: None,
            since: instant(since),
            until: instant(until),
        };
        self.ledger.statements(&request).expect("statements")
    }

    /// Every statement there is adds up to what its window has left, and charges what the report
    /// of its time does; parts of it join without a gap.
    fn compare_statements(&self) {
        for standing in self.ledger.budgets(false).expect("budgets") {
            let name = &standing.budget.name;
            let now = self.statements(name, None, None);
            for (shown, position) in now.windows.iter().zip(&standing.positions) {
                let left = position.figures.available();
                assert_eq!((&shown.position, shown.statement.closing), (position, left));
            }
            let middle = now_us() - 40_000_000_000;
            let before = self.statements(name, None, Some(middle)).windows;
            let after = self.statements(name, Some(middle), None).windows;
            for whole in self.statements(name, Some(0), None).windows {
                let (bounds, statement) = (whole.position.bounds, &whole.statement);
                let key = whole.position.key.to_string();
                let place = format!("{name} {key} {bounds:?} {}", self.zone);
                if self.is_of_before(name.as_str(), &key, bounds.end.map(Timestamp::as_micros)) {
                    continue;
                }
                assert!(statement.adds_up(), "{place} {statement:#?}");
                let since = bounds.end.map(|_| bounds.start.as_micros());
                let until = bounds.end.map(Timestamp::as_micros);
                let report = self.report(Some(name.as_str()), since, until, &[By::Day]);
                let totals = &statement.totals;
                let charged = -(totals.charged + totals.refunded + totals.seeded);
                let reported = report.total.sum_of(&whole.position.key.unit);
                assert_eq!(charged, reported, "{place}");
                let same = |part: &&budget_ledger::ledger::verbs::WindowStatement| {
                    part.position.window.is_some() && part.position.window == whole.position.window
                };
                if let Some(before) = before.iter().find(same)
                    && let Some(after) = after.iter().find(same)
                {
                    assert_eq!(before.statement.closing, after.statement.opening, "{place}");
                }
            }
        }
    }

    /// However charges are put into rows, the rows add up to all of them.
    fn compare_rows(&self) {
        let all = self.report(None, None, None, &[]).total;
        for by in [
            vec![By::Hour],
            vec![By::Month, By::Day],
            vec![By::Week, By::Budget],
            vec![By::Session, By::Model],
        ] {
            let report = self.report(None, None, None, &by);
            let mut sum = report::Sums::default();
            for row in &report.rows {
                sum.add(&row.sums).expect("a sum");
            }
            for unit in report.units() {
                assert_eq!(sum.sum_of(&unit), all.sum_of(&unit), "{by:?} {unit}");
            }
            assert_eq!(report.total, all, "{by:?}");
        }
    }
}

fn keyed<T>(write: &dyn Fn(&T) -> String) -> Keyed<'_, T> {
    Keyed { key: None, write }
}

fn play(place: (&str, &str), steps: &[Step]) {
    let mut world = World::new(place);
    for step in steps {
        world.step(step);
    }
    world.compare_standings();
    world.compare_statements();
    // What reads foresaw is written now.
    world.ledger.renew(&Id::new(0, [9; 10])).expect("a write");
    world.compare_standings();
    world.compare_statements();
    world.compare_windows();
    world.compare_rows();
    let findings = world.ledger.verify(None).expect("a verification");
    assert_eq!(findings.lines, Vec::<String>::new());
}

#[test]
fn reports_windows_and_reads_agree_to_the_atom() {
    let config = ProptestConfig {
        cases: 60,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(11),
        max_shrink_iters: 5_000,
        ..ProptestConfig::default()
    };
    let outcome = TestRunner::new(config).run(&(0..PLACES.len(), steps()), |(place, steps)| {
        play(PLACES[place], &steps);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
