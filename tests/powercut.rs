//! Power cuts: what several processes did is recorded call by call; the disk is rebuilt as it may
//! be after a cut at any point, and every acknowledged operation must be in the ledger that opens.

#[path = "shim/disk.rs"]
mod disk;
#[path = "shim/mod.rs"]
mod shim;
#[cfg(test)]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use budget_ledger::ledger::moment::Moment;
use budget_ledger::ledger::reservation::{Reservation, State};
use budget_ledger::ledger::store::{ReservationFilter, Which};
use budget_ledger::ledger::timestamp::Timestamp;
use budget_ledger::ledger::unit::Unit;
use budget_ledger::ledger::verbs::RunEnd;
use budget_ledger::ledger::{Ledger, Sources};
use disk::{Disk, Event, Model, Random, Sync};
use support::{NOON, Output, TestEnv};

/// Processes at the same time.
const SHELLS: usize = 8;
/// What each does, one after the other: a reservation and its commit.
const ROUNDS: usize = 6;
/// How much longer each flush takes, so that others write meanwhile.
const FLUSH_US: u32 = 1_000;

/// What was acknowledged up to a cut.
#[derive(Default)]
struct Acknowledged {
    reserved: BTreeSet<String>,
    /// With what was charged.
    committed: BTreeMap<String, String>,
    /// Runs whose command said that it runs.
    started: BTreeSet<String>,
    ended: BTreeSet<String>,
}

/// What was found in all the states that were looked at.
#[derive(Default, Debug)]
struct Tally {
    states: usize,
    /// Acknowledged operations that were not there.
    lost: usize,
    /// States in which the ledger does not open, does not verify, or has wrong sums.
    findings: usize,
    /// The first of both.
    examples: Vec<String>,
}

#[test]
fn every_acknowledged_operation_survives_a_power_cut() {
    // From the first operations on there is no ledger, and no directory for it.
    let events = Recorder::new().record(SHELLS, ROUNDS);
    let logs = count(&events, |event| {
        matches!(event, Event::Changed { change: disk::Change::Write { offset: 0, bytes }, .. }
            if bytes.len() == 32)
    });
    let acknowledged = count(&events, |event| matches!(event, Event::Acknowledged { .. }));
    assert!(logs >= 2, "the log was never started anew");

    let tally = survey(&events, 300, true);
    println!(
        "{acknowledged} acknowledgements, {logs} logs, {} steps: {} states, {} lost, {} findings",
        events.len(),
        tally.states,
        tally.lost,
        tally.findings
    );
    assert_eq!((tally.lost, tally.findings), (0, 0), "{tally:#?}");

    // The same harness must see what is wrong with a ledger that flushes less.
    let log = |sync: &Sync| sync.path.ends_with("-wal") && sync.data_only && sync.read_only;
    let tally = survey(&without(&events, log), 40, false);
    println!(
        "without the flush of the log: {} of {} lost",
        tally.lost, tally.states
    );
    assert!(tally.lost > 0, "{tally:?}");
    let tally = survey(&without(&events, |sync| sync.directory), 40, false);
    println!(
        "without flushes of directories: {} of {} lost",
        tally.lost, tally.states
    );
    assert!(tally.lost > 0, "{tally:?}");
    let database = |sync: &Sync| sync.path.ends_with("ledger.db");
    let tally = survey(&without(&events, database), 40, false);
    println!(
        "without flushes of the database: {} findings, {} lost in {}",
        tally.findings, tally.lost, tally.states
    );
    assert!(tally.findings + tally.lost > 0, "{tally:?}");
}

#[test]
fn a_restored_backup_without_a_log_survives_a_power_cut() {
    let recorder = Recorder::new();
    let ledger = recorder.ledger.to_str().expect("text");
    let create = [
        "create",
        "team/me",
        "--limit",
        "1000usd/day",
        "--ledger",
        ledger,
    ];
    let _ = recorder.env.ok(&create);
    let backup = recorder.ledger.with_file_name("backup.db");
    let conn = rusqlite::Connection::open(&recorder.ledger).expect("the ledger");
    conn.execute("VACUUM INTO ?1", [backup.to_str()])
        .expect("a backup");
    drop(conn);
    std::fs::rename(&backup, &recorder.ledger).expect("the backup is restored");
    let before = disk::history_of(&recorder.root);

    let events = [before, recorder.record(4, 3)].concat();
    let is_log =
        |event: &Event| matches!(event, Event::Linked { path, .. } if path.ends_with("-wal"));
    assert_eq!(count(&events, is_log), 0, "there is a log after all");
    let tally = survey(&events, 60, true);
    println!(
        "without a log: {} states, {} lost",
        tally.states, tally.lost
    );
    assert_eq!((tally.lost, tally.findings), (0, 0), "{tally:#?}");
}

fn count(events: &[Event], is_counted: impl Fn(&Event) -> bool) -> usize {
    events.iter().filter(|event| is_counted(event)).count()
}

/// The trace as if some flushes had not been made.
fn without(events: &[Event], left_out: impl Fn(&Sync) -> bool) -> Vec<Event> {
    let stays = |event: &&Event| match event {
        Event::SyncBegins { sync } | Event::SyncEnds { sync } => !left_out(sync),
        _ => true,
    };
    events.iter().filter(stays).cloned().collect()
}

/// A disk that shells work on, with every call written down.
struct Recorder {
    env: TestEnv,
    root: PathBuf,
    trace: PathBuf,
    ledger: PathBuf,
}

impl Recorder {
    fn new() -> Self {
        let env = TestEnv::new();
        let root = env.path().join("disk");
        std::fs::create_dir(&root).expect("a directory");
        let root = root.canonicalize().expect("the directory");
        let (trace, ledger) = (env.path().join("trace"), root.join("home/data/ledger.db"));
        Self {
            env,
            root,
            trace,
            ledger,
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.env.program(program);
        shim::record(&mut command, &self.root, &self.trace, FLUSH_US);
        command.env("BUDGET_LEDGER", &self.ledger);
        command
    }

    /// One shell: reservations and their commits, and one run.
    fn shell(&self, name: usize, rounds: usize) {
        for round in 0..rounds {
            let mut reserve = self.command(env!("CARGO_BIN_EXE_budget"));
            reserve.args([
                "reserve",
                "team/me",
                "1usd",
                "--limit",
                "1000usd/day",
                "--ttl",
                "12h",
            ]);
            let id = done(&mut reserve);
            let mut commit = self.command(env!("CARGO_BIN_EXE_budget"));
            done(commit.args([
                "commit",
                id.trim(),
                &format!("0.{name}{round}usd"),
                "--json",
            ]));
            if name == round {
                let mut run = self.command("sh");
                done(run.env("SHELL_NAME", name.to_string()).args(["-c", EXEC]));
            }
        }
    }

    /// So many shells at once, and what they did.
    fn record(&self, shells: usize, rounds: usize) -> Vec<Event> {
        std::thread::scope(|scope| {
            for name in 0..shells {
                scope.spawn(move || self.shell(name, rounds));
            }
        });
        let state = look(&self.ledger, soon)
            .expect("the ledger at the end")
            .expect("a ledger");
        assert_eq!(
            state.reservations.len(),
            shells * rounds + rounds.min(shells)
        );
        disk::read_trace(&self.trace)
    }
}

/// A run that says when it is running and when it is over.
const EXEC: &str = r#"
budget exec team/me --reserve 2usd --ttl 12h -- \
    sh -c 'echo "started $SHELL_NAME $BUDGET_RESERVATION"' || exit
echo "ended $SHELL_NAME"
"#;

fn done(command: &mut Command) -> String {
    let output = Output::of(command);
    assert_eq!(output.code, 0, "{output}");
    output.stdout
}

impl Acknowledged {
    fn see(&mut self, line: &str) {
        let line = line.trim();
        let words: Vec<_> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            ["started", name, id] => {
                self.started.insert((*id).to_owned());
                self.reserved.insert((*id).to_owned());
                self.ended.insert(format!("{name} {id}"));
            }
            ["ended", name] => {
                let prefix = format!("{name} ");
                let run = self
                    .ended
                    .iter()
                    .find(|run| run.starts_with(&prefix))
                    .cloned();
                let id = run.expect("a run that started").split_off(prefix.len());
                self.committed.insert(id, "2.00".to_owned());
            }
            [id] if !id.starts_with('{') => {
                self.reserved.insert((*id).to_owned());
            }
            _ => {
                let answer: serde_json::Value = serde_json::from_str(line).expect(line);
                let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
                let charged = text(&answer["charged"][0]["amount"]);
                self.committed.insert(text(&answer["id"]), charged);
            }
        }
    }
}

/// Cuts the power at so many points, and right after each acknowledgement where asked for, and
/// looks at every state the disk may then be in.
fn survey(events: &[Event], cuts: usize, after_each: bool) -> Tally {
    let mut random = Random(0x0b0d_6e71);
    let mut points: BTreeSet<_> = (0..cuts).map(|_| random.below(events.len() + 1)).collect();
    while points.len() < cuts.min(events.len()) {
        points.insert(random.below(events.len() + 1));
    }
    if after_each {
        let said = |event: &Event| matches!(event, Event::Acknowledged { .. });
        points.extend(
            (0..events.len())
                .filter(|n| said(&events[*n]))
                .map(|n| n + 1),
        );
    }
    let halves = std::thread::scope(|scope| {
        let half = |n: usize| {
            let mine: BTreeSet<_> = points.iter().copied().skip(n).step_by(2).collect();
            scope.spawn(move || survey_points(events, &mine))
        };
        [half(0), half(1)].map(|half| half.join().expect("the survey"))
    });
    let mut sum = Tally::default();
    for half in halves {
        sum.states += half.states;
        sum.lost += half.lost;
        sum.findings += half.findings;
        sum.examples.extend(half.examples.into_iter().take(5));
    }
    sum
}

fn survey_points(events: &[Event], points: &BTreeSet<usize>) -> Tally {
    let mut disk = Disk::default();
    let mut acknowledged = Acknowledged::default();
    let mut tally = Tally::default();
    for step in 0..=events.len() {
        if points.contains(&step) {
            for model in Model::ALL {
                let mut random = Random(u64::try_from(step).expect("a step"));
                let place = tempfile::tempdir().expect("a directory");
                disk.cut(model, &mut random, place.path());
                let before = tally.lost + tally.findings;
                judge(
                    &place.path().join("home/data/ledger.db"),
                    &acknowledged,
                    &mut tally,
                );
                if tally.lost + tally.findings > before
                    && let Some(example) = tally.examples.last_mut()
                {
                    example.push_str(&format!(" (step {step}, {model:?})"));
                }
                tally.states += 1;
                if tally.states.is_multiple_of(40) {
                    check_goes_on(&place.path().join("home/data/ledger.db"), &mut tally);
                }
            }
        }
        if let Some(event) = events.get(step) {
            disk.see(event);
            if let Event::Acknowledged { line } = event {
                acknowledged.see(line);
            }
        }
    }
    tally
}

/// What a ledger says of itself after a cut.
struct Found {
    reservations: BTreeMap<String, Reservation>,
    findings: Vec<String>,
}

/// After a restart, a minute later: no lease is over yet.
fn soon() -> Moment {
    after_restart(60, 30)
}

/// After a restart on the next day, when every lease is over.
fn next_day() -> Moment {
    after_restart(24 * 3_600, 30)
}

/// An hour after that.
fn next_day_later() -> Moment {
    after_restart(25 * 3_600, 3_630)
}

fn after_restart(seconds: i64, up: i64) -> Moment {
    let noon = Timestamp::parse_rfc3339(NOON).expect("noon").as_micros();
    let wall = Timestamp::from_micros(noon + seconds * 1_000_000);
    Moment {
        wall,
        boot_us: up * 1_000_000,
        boot: 2,
    }
}

fn look(path: &Path, clock: fn() -> Moment) -> Result<Option<Found>, String> {
    let text = |error: budget_ledger::ledger::Error| error.to_string();
    let sources = Sources {
        clock,
        random: || [7; 10],
    };
    let Some(ledger) = Ledger::open(path, Duration::from_secs(1), sources).map_err(text)? else {
        return Ok(None);
    };
    let every = ReservationFilter {
        which: Which::Any,
        within: None,
    };
    let found = ledger.reservations(&every).map_err(text)?;
    let mut findings = ledger.verify(None).map_err(text)?.lines;
    for standing in ledger.budgets(true).map_err(text)? {
        for position in &standing.positions {
            let usd = found
                .iter()
                .filter_map(|found| Some((found.state, found.stake(&Unit::Usd)?)));
            let (mut spent, mut reserved) = (0, 0);
            for (state, stake) in usd {
                spent += stake
                    .charged
                    .map_or(0, budget_ledger::ledger::amount::Amount::atoms);
                reserved += if state == State::Open {
                    stake.reserved.atoms()
                } else {
                    0
                };
            }
            let figures = position.figures;
            if (figures.spent.atoms(), figures.reserved.atoms()) != (spent, reserved) {
                findings.push(format!(
                    "{figures:?} for {spent} spent and {reserved} reserved"
                ));
            }
        }
    }
    let reservations = found
        .into_iter()
        .map(|found| (found.id.to_string(), found))
        .collect();
    Ok(Some(Found {
        reservations,
        findings,
    }))
}

/// Compares what a state holds with what was acknowledged.
fn judge(ledger: &Path, acknowledged: &Acknowledged, tally: &mut Tally) {
    let promised = acknowledged.reserved.len() + acknowledged.committed.len();
    let found = match look(ledger, soon) {
        Ok(Some(found)) => found,
        // A ledger that was not made yet: nothing may have been promised.
        Ok(None) if promised == 0 => return check_makes_anew(ledger, tally),
        Ok(None) => {
            tally.lost += promised;
            tally
                .examples
                .push(format!("no ledger, {promised} promised"));
            return;
        }
        Err(error) => {
            tally.findings += 1;
            tally.examples.push(error);
            return;
        }
    };
    if !found.findings.is_empty() {
        tally.findings += 1;
        tally.examples.push(found.findings.join("; "));
    }
    let is_reserved = |id: &&String| found.reservations.contains_key(*id);
    let mut lost: Vec<_> = acknowledged
        .reserved
        .iter()
        .filter(|id| !is_reserved(id))
        .cloned()
        .collect();
    for (id, charged) in &acknowledged.committed {
        let there = found
            .reservations
            .get(id)
            .is_some_and(|found| found.state == State::Committed && &charged_usd(found) == charged);
        if !there {
            lost.push(format!("the commit of {id}"));
        }
    }
    if !lost.is_empty() {
        tally.lost += lost.len();
        tally.examples.push(lost.join(", "));
    }
    let unsettled = |id: &&String| {
        found
            .reservations
            .get(*id)
            .is_some_and(|found| found.state != State::Committed)
    };
    for id in acknowledged.started.iter().filter(unsettled) {
        check_is_charged(ledger, id, tally);
    }
}

fn charged_usd(found: &Reservation) -> String {
    let atoms = found
        .stake(&Unit::Usd)
        .and_then(|stake| stake.charged)
        .unwrap_or_default()
        .atoms();
    budget_ledger::ledger::amount::decimal(atoms, &Unit::Usd)
}

/// A command that ran may have cost something: nobody may find out later that it was free.
fn check_is_charged(path: &Path, id: &str, tally: &mut Tally) {
    let sources = Sources {
        clock: next_day,
        random: || [7; 10],
    };
    let ledger = Ledger::open(path, Duration::from_secs(1), sources);
    // Any write puts the leases in terms of this boot, after which they run out.
    let written = ledger.map(|ledger| ledger.expect("a ledger").end_run(&no_run()));
    let found = look(path, next_day_later).ok().flatten();
    let charged = found.and_then(|found| found.reservations.get(id).map(charged_usd));
    if charged.as_deref() != Some("2.00") || !matches!(written, Ok(Ok(_))) {
        tally.findings += 1;
        tally.examples.push(format!(
            "run {id} was started and charged {charged:?}: {written:?}"
        ));
    }
}

/// The binary itself works with what a cut left.
fn check_goes_on(ledger: &Path, tally: &mut Tally) {
    let env = TestEnv::new();
    let run = |args: &[&str]| Output::of(env.command().env("BUDGET_LEDGER", ledger).args(args));
    let reserve = run(&["reserve", "team/me", "1usd", "--limit", "1000usd/day"]);
    let verify = run(&["verify"]);
    if (reserve.code, verify.code) != (0, 0) {
        tally.findings += 1;
        tally.examples.push(format!("{reserve} and {verify}"));
    }
}

fn no_run() -> RunEnd {
    RunEnd {
        session: String::new(),
        reservation: String::new(),
        started: false,
        exit_code: 0,
        ending: String::new(),
        active_ms: 0,
        ended_us: 0,
        report: None,
        unknown: None,
    }
}

/// A ledger that was being made when the power went is made anew by the next command.
fn check_makes_anew(ledger: &Path, tally: &mut Tally) {
    let sources = Sources {
        clock: soon,
        random: || [7; 10],
    };
    let made = Ledger::open_or_create(ledger, Duration::from_secs(1), sources)
        .and_then(|ledger| ledger.verify(None));
    match made {
        Ok(findings) if findings.lines.is_empty() => {}
        other => {
            tally.findings += 1;
            tally.examples.push(format!("not made anew: {other:?}"));
        }
    }
}
