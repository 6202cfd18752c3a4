//! Sixty-four processes at once: how many operations a second, and how long the slowest wait.

use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::contenders::{Contender, Place};
use crate::programs::Programs;
use crate::report::Report;
use crate::rounds::{Dice, Times, timed};
use crate::{Options, Result};

/// Processes that run at once.
const CROWD: usize = 64;
/// Reserve-commit pairs of each; 64 × 16 × 2 = 2,048 operations.
const PAIRS: usize = 16;
/// How often each is measured; what is reported is the middle one.
const REPEATS: usize = 5;

/// What a crowd achieved.
#[derive(Clone, Copy)]
struct Rush {
    per_second: f64,
    p99: Duration,
}

/// A crowd that works on ledgers made for it: all on one, or each on its own.
struct Crowd<'a> {
    contender: Contender,
    seed: &'a Place,
    dir: PathBuf,
    is_shared: bool,
    environment: Vec<(&'static str, String)>,
}

impl Crowd<'_> {
    fn rush(&self) -> Result<Rush> {
        let shared = self.seed.copy(&self.dir.join("shared"))?;
        let places = (0..CROWD).map(|n| {
            if self.is_shared {
                Ok(shared.clone())
            } else {
                self.seed.copy(&self.dir.join(n.to_string()))
            }
        });
        let places = places.collect::<Result<Vec<_>>>()?;
        let start = Barrier::new(CROWD + 1);
        let (took, lists) = thread::scope(|scope| {
            let start = &start;
            let workers = places
                .iter()
                .map(|place| scope.spawn(move || self.work(place, start)));
            let workers: Vec<_> = workers.collect();
            start.wait();
            let began = Instant::now();
            let lists: Vec<_> = workers
                .into_iter()
                .map(|worker| {
                    worker
                        .join()
                        .unwrap_or_else(|_| Err("a worker panicked".to_owned()))
                })
                .collect();
            (began.elapsed(), lists)
        });
        let lists = lists
            .into_iter()
            .collect::<std::result::Result<Vec<_>, String>>()?;
        let times = Times(lists.into_iter().flatten().collect());
        let per_second = times.0.len() as f64 / took.as_secs_f64();
        Ok(Rush {
            per_second,
            p99: times.percentile(99),
        })
    }

    /// One member: operation after operation. Any failure ends the measurement.
    fn work(&self, place: &Place, start: &Barrier) -> std::result::Result<Vec<Duration>, String> {
        start.wait();
        let work = || -> Result<Vec<Duration>> {
            let mut dice = Dice::new()?;
            let mut times = Vec::new();
            for _ in 0..PAIRS {
                let (mut reserve, id) = self.contender.reserve(place, &mut dice);
                reserve.envs(self.environment.iter().cloned());
                let (took, printed) = timed(&mut reserve)?;
                times.push(took);
                let mut commit = self.contender.commit(place, &id.unwrap_or(printed));
                commit.envs(self.environment.iter().cloned());
                times.push(timed(&mut commit)?.0);
            }
            Ok(times)
        };
        work().map_err(|error| error.to_string())
    }
}

/// Every crowd rushes a few times, in random order; the middle of each.
fn alternate(crowds: &[Crowd<'_>]) -> Result<Vec<Vec<Rush>>> {
    let mut dice = Dice::new()?;
    let mut rushes = vec![Vec::new(); crowds.len()];
    for _ in 0..REPEATS {
        for n in dice.order(crowds.len()) {
            if let (Some(crowd), Some(rushes)) = (crowds.get(n), rushes.get_mut(n)) {
                rushes.push(crowd.rush()?);
            }
        }
    }
    Ok(rushes)
}

fn middle(rushes: &[Rush], read: impl Fn(&Rush) -> f64) -> (f64, String) {
    let mut numbers: Vec<f64> = rushes.iter().map(read).collect();
    numbers.sort_unstable_by(f64::total_cmp);
    let at = |n: usize| numbers.get(n).copied().unwrap_or(f64::NAN);
    let (low, high) = (at(0), at(numbers.len().saturating_sub(1)));
    let digits = if high >= 100.0 { 0 } else { 2 };
    (
        at(numbers.len() / 2),
        format!("{low:.digits$}–{high:.digits$}"),
    )
}

fn per_second(rushes: &[Rush]) -> (f64, String) {
    middle(rushes, |rush| rush.per_second)
}

fn p99_ms(rushes: &[Rush]) -> (f64, String) {
    middle(rushes, |rush| rush.p99.as_secs_f64() * 1e3)
}

/// One budget for all against a ledger each, and against the `sqlite3` shell.
pub(crate) fn storm(programs: &Programs, _: &Options, report: &mut Report) -> Result<()> {
    let dir = programs.work.join("storm");
    let seed = Place::seeded(programs, &dir.join("seed"))?;
    let crowd = |name: &str, contender: Contender, is_shared: bool| Crowd {
        contender,
        seed: &seed,
        dir: dir.join(name),
        is_shared,
        environment: Vec::new(),
    };
    let budget = Contender::Budget(programs.budget.clone());
    let crowds = [
        crowd("one", budget.clone(), true),
        crowd("each", budget, false),
    ];
    let rushes = alternate(&crowds)?;
    let [one, each] = rushes.as_slice() else {
        return Ok(());
    };
    let ((own, spread), (others, _)) = (per_second(one), per_second(each));
    report.at_least(
        "64 at once on one budget",
        own,
        "operations/s",
        0.0,
        &spread,
    );
    report.at_least(
        "throughput, to a ledger each",
        own / others,
        "×",
        0.75,
        &spread,
    );
    let ((own_p99, spread), (others_p99, _)) = (p99_ms(one), p99_ms(each));
    report.at_most(&format!("p99 in ms ({spread})"), own_p99, "ms", None);
    report.at_most(
        "p99, to a ledger each",
        own_p99 / others_p99,
        "×",
        Some(3.0),
    );
    verify(programs, &dir.join("one/shared/ledger.db"))?;
    let Some(shell) = &programs.sqlite3 else {
        return Ok(());
    };
    let shell = crowd("sqlite3", Contender::Shell(shell.clone()), true);
    let rushes = [shell.rush()?];
    let (theirs, _) = per_second(&rushes);
    report.at_least(
        "throughput, to the `sqlite3` shell",
        own / theirs,
        "×",
        2.0,
        "",
    );
    report.at_most(
        "p99, to the `sqlite3` shell",
        own_p99 / p99_ms(&rushes).0,
        "×",
        None,
    );
    Ok(())
}

/// The same where every flush takes 5 ms: in memory, with a preloaded shim, which a static build
/// would not load.
pub(crate) fn slow(programs: &Programs, _: &Options, report: &mut Report) -> Result<()> {
    let dir = Path::new("/dev/shm").join(format!("budget-slow-{}", std::process::id()));
    let seed = Place::seeded(programs, &dir.join("seed"))?;
    let crowd = Crowd {
        contender: Contender::Budget(programs.preloadable.clone()),
        seed: &seed,
        dir: dir.join("crowd"),
        is_shared: true,
        environment: vec![
            ("LD_PRELOAD", programs.shim.display().to_string()),
            ("FLUSH_US", "5000".to_owned()),
        ],
    };
    let rushes = alternate(&[crowd])?;
    let (own, spread) = per_second(rushes.first().map_or(&[][..], Vec::as_slice));
    report.at_least(
        "64 at once, 5 ms a flush",
        own,
        "operations/s",
        500.0,
        &spread,
    );
    verify(programs, &dir.join("crowd/shared/ledger.db"))?;
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}

/// The books balance after all of it.
fn verify(programs: &Programs, ledger: &Path) -> Result<()> {
    let place = Place {
        ledger: ledger.to_owned(),
    };
    timed(place.run(&programs.budget).arg("verify")).map(drop)
}
