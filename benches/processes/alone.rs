//! One process at a time: what an operation takes, and whether that stays so.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::contenders::{Contender, NAME, Place, RESERVED};
use crate::programs::{Programs, which};
use crate::report::Report;
use crate::rounds::{Dice, Times, timed};
use crate::{Options, Result};

/// Rounds that are run and not counted.
const WARM_UP: usize = 10;

/// One contender on its ledger, and its times.
struct Runner {
    contender: Contender,
    place: Place,
    reserve: Times,
    commit: Times,
    id: String,
}

impl Runner {
    fn new(contender: Contender, place: Place) -> Self {
        let (reserve, commit) = (Times::default(), Times::default());
        Self {
            contender,
            place,
            reserve,
            commit,
            id: String::new(),
        }
    }

    fn reserve(&mut self, dice: &mut Dice) -> Result<()> {
        let (mut command, id) = self.contender.reserve(&self.place, dice);
        let (took, printed) = timed(&mut command)?;
        self.id = id.unwrap_or(printed);
        self.reserve.0.push(took);
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        let (took, _) = timed(&mut self.contender.commit(&self.place, &self.id))?;
        self.commit.0.push(took);
        Ok(())
    }
}

/// Every runner reserves and then commits, in every round in another order.
fn alternate(runners: &mut [Runner], rounds: usize) -> Result<()> {
    let mut dice = Dice::new()?;
    for round in 0..rounds + WARM_UP {
        if round == WARM_UP {
            for runner in &mut *runners {
                (runner.reserve, runner.commit) = (Times::default(), Times::default());
            }
        }
        for n in dice.order(runners.len()) {
            if let Some(runner) = runners.get_mut(n) {
                runner.reserve(&mut dice)?;
            }
        }
        for n in dice.order(runners.len()) {
            if let Some(runner) = runners.get_mut(n) {
                runner.commit()?;
            }
        }
    }
    Ok(())
}

/// Commands that are alike every time, in every round in another order.
pub(crate) fn alternate_commands(
    commands: &mut [Box<dyn FnMut() -> Command + '_>],
    rounds: usize,
) -> Result<Vec<Times>> {
    let mut dice = Dice::new()?;
    let mut times = vec![Times::default(); commands.len()];
    for round in 0..rounds + WARM_UP {
        for n in dice.order(commands.len()) {
            let (Some(command), Some(times)) = (commands.get_mut(n), times.get_mut(n)) else {
                continue;
            };
            let (took, _) = timed(&mut command())?;
            if round >= WARM_UP {
                times.0.push(took);
            }
        }
    }
    Ok(times)
}

/// A reservation and its commit against C, an empty program and the `sqlite3` shell.
pub(crate) fn pair(programs: &Programs, options: &Options, report: &mut Report) -> Result<()> {
    let dir = programs.work.join("pair");
    let seed = Place::seeded(programs, &dir.join("seed"))?;
    let mut contenders = vec![
        ("budget", Contender::Budget(programs.budget.clone())),
        ("C", Contender::Txn(programs.txn.clone(), false)),
        (
            "C with SQLite's own memory settings",
            Contender::Txn(programs.txn.clone(), true),
        ),
        ("E", Contender::Empty(programs.empty.clone())),
        (
            "budget, dynamic",
            Contender::Budget(programs.dynamic.clone()),
        ),
    ];
    if let Some(shell) = &programs.sqlite3 {
        contenders.push(("`sqlite3`", Contender::Shell(shell.clone())));
    }
    let runners = contenders.iter().enumerate().map(|(n, (_, contender))| {
        Ok(Runner::new(
            contender.clone(),
            seed.copy(&dir.join(n.to_string()))?,
        ))
    });
    let mut runners = runners.collect::<Result<Vec<_>>>()?;
    alternate(&mut runners, options.rounds)?;
    let [budget, others @ ..] = runners.as_slice() else {
        return Ok(());
    };
    for (verb, times) in [
        (
            "reserve",
            (|r: &Runner| r.reserve.clone()) as fn(&Runner) -> Times,
        ),
        ("commit", |r| r.commit.clone()),
    ] {
        let own = times(budget);
        report.times(&format!("`{verb}`"), &own);
        let mine = [Some(1.3), None, Some(2.5), None, Some(0.65)];
        for ((other, (name, _)), most) in others.iter().zip(contenders.iter().skip(1)).zip(mine) {
            let other = times(other);
            match *name {
                "budget, dynamic" => {
                    let empty = times(others.get(2).unwrap_or(budget));
                    report.ratio(
                        &format!("`{verb}`, dynamic build, to E"),
                        other.ratio(&empty),
                        None,
                    );
                }
                _ => report.ratio(&format!("`{verb}` to {name}"), own.ratio(&other), most),
            }
        }
    }
    for (runner, (name, _)) in others.iter().zip(contenders.iter().skip(1)) {
        report.times(&format!("for scale: {name}, reserve"), &runner.reserve);
    }
    timed(budget.place.run(&programs.budget).arg("verify")).map(drop)
}

/// Two thousand operations one after another. Each is followed by an empty program, because the
/// machine itself drifts in that time.
pub(crate) fn growth(programs: &Programs, _: &Options, report: &mut Report) -> Result<()> {
    let place = Place::seeded(programs, &programs.work.join("growth"))?;
    let mut budget = Runner::new(Contender::Budget(programs.budget.clone()), place);
    let (mut operations, mut drift) = (Times::default(), Times::default());
    let (mut dice, mut log) = (Dice::new()?, 0);
    let empty = || timed(budget_free(programs).as_mut()).map(|(took, _)| took);
    for _ in 0..1_000 {
        budget.reserve(&mut dice)?;
        drift.0.push(empty()?);
        budget.commit()?;
        drift.0.push(empty()?);
        log = log.max(fs::metadata(budget.place.log())?.len());
        operations.0.extend(budget.reserve.0.pop());
        operations.0.extend(budget.commit.0.pop());
    }
    let part =
        |times: &Times, from: usize| Times(times.0.iter().skip(from).take(500).copied().collect());
    let last = part(&operations, 1_500).ratio(&part(&operations, 0));
    let drifted = part(&drift, 1_500).ratio(&part(&drift, 0));
    report.ratio(
        "2,000 operations: the last 500 to the first 500",
        last,
        Some(1.1),
    );
    report.ratio("an empty program in the same time", drifted, None);
    report.at_most("largest `-wal`", log as f64 / 1e6, "MB", Some(1.0));
    timed(budget.place.run(&programs.budget).arg("verify")).map(drop)
}

fn budget_free(programs: &Programs) -> Box<Command> {
    let mut command = Command::new(&programs.empty);
    command.env_clear();
    Box::new(command)
}

/// A wrapped command against the same under `timeout`.
pub(crate) fn exec(programs: &Programs, options: &Options, report: &mut Report) -> Result<()> {
    let timeout = which("timeout").ok_or("`timeout` is not there")?;
    let dir = programs.work.join("exec");
    let place = Place::seeded(programs, &dir.join("own"))?;
    let other = place.copy(&dir.join("c"))?;
    let wrap = |program: &Path| {
        let mut command = place.run(program);
        command.args(["exec", NAME, "--reserve", "1usd", "--", "true"]);
        command
    };
    let mut commands: Vec<Box<dyn FnMut() -> Command + '_>> = vec![
        Box::new(|| wrap(&programs.budget)),
        Box::new(|| {
            let mut command = place.run(&timeout);
            command.args(["10", "true"]);
            command
        }),
        Box::new(|| place.run(&programs.empty)),
        Box::new(|| wrap(&programs.dynamic)),
        Box::new(|| other.txn(programs, "exec", RESERVED)),
    ];
    let times = alternate_commands(&mut commands, options.rounds)?;
    if let [own, timeout, empty, dynamic, c] = times.as_slice() {
        report.times("`exec NAME --reserve 1usd -- true`", own);
        report.ratio(
            "`exec … -- true` to `timeout 10 true`",
            own.ratio(timeout),
            Some(2.0),
        );
        report.ratio("`exec … -- true` to E", own.ratio(empty), None);
        report.ratio(
            "`exec … -- true`, dynamic build, to `timeout 10 true`",
            dynamic.ratio(timeout),
            None,
        );
        report.ratio(
            "the same in C, with no owner file, to `timeout 10 true`",
            c.ratio(timeout),
            None,
        );
    }
    drop(commands);
    timed(place.run(&programs.budget).arg("verify")).map(drop)
}

/// What only reads, and what does not even do that.
pub(crate) fn readers(programs: &Programs, options: &Options, report: &mut Report) -> Result<()> {
    let place = Place::seeded(programs, &programs.work.join("readers"))?;
    let budget = |arguments: &[&str]| {
        let mut command = place.run(&programs.budget);
        command.args(arguments);
        command
    };
    let mut commands: Vec<Box<dyn FnMut() -> Command + '_>> = vec![
        Box::new(|| place.run(&programs.empty)),
        Box::new(|| budget(&["status", NAME])),
        Box::new(|| budget(&["--version"])),
        Box::new(|| budget(&["--help"])),
        Box::new(|| place.txn(programs, "status", "-")),
    ];
    let times = alternate_commands(&mut commands, options.rounds)?;
    if let [empty, status, version, help, c] = times.as_slice() {
        report.ratio("the reads of `status NAME` in C to E", c.ratio(empty), None);
        report.ratio("`status NAME` to E", status.ratio(empty), Some(1.6));
        report.ratio("`--version` to E", version.ratio(empty), Some(0.9));
        report.ratio("`--help` to E", help.ratio(empty), None);
    }
    Ok(())
}

/// Half a million reserve-commit pairs.
const PAIRS: u64 = 500_000;

/// A ledger with a million entries against one with hardly any.
pub(crate) fn million(programs: &Programs, options: &Options, report: &mut Report) -> Result<()> {
    let dir = programs.work.join("million");
    let seed = Place::seeded(programs, &dir.join("seed"))?;
    let full = seed.copy(&dir.join("full"))?;
    let before = fs::metadata(&full.ledger)?.len();
    let mut fill = full.run(&programs.txn);
    timed(
        fill.arg("fill")
            .arg(&full.ledger)
            .args([NAME, &PAIRS.to_string()]),
    )?;
    let grown = fs::metadata(&full.ledger)?.len().saturating_sub(before);
    report.at_most(
        "disk for a reserve-commit pair",
        grown as f64 / PAIRS as f64,
        "bytes",
        Some(900.0),
    );
    let empty = seed.copy(&dir.join("empty"))?;
    let budget = Contender::Budget(programs.budget.clone());
    let mut runners = [
        Runner::new(budget.clone(), full),
        Runner::new(budget, empty),
    ];
    alternate(&mut runners, options.rounds)?;
    let [full, empty] = &runners;
    for (verb, full, empty) in [
        ("reserve", &full.reserve, &empty.reserve),
        ("commit", &full.commit, &empty.commit),
    ] {
        report.ratio(
            &format!("`{verb}` with a million entries"),
            full.ratio(empty),
            Some(1.1),
        );
    }
    others_of_a_million(programs, &full.place, &empty.place, report)?;
    report_of_a_million(programs, &full.place, options, report)?;
    fs::remove_dir_all(&dir)?;
    Ok(())
}

/// What else people do all the time on a ledger that has grown.
fn others_of_a_million(
    programs: &Programs,
    full: &Place,
    empty: &Place,
    report: &mut Report,
) -> Result<()> {
    let command = |place: &Place, arguments: &[&str]| {
        let mut command = place.run(&programs.budget);
        command.args(arguments);
        command
    };
    for place in [full, empty] {
        timed(&mut command(
            place,
            &["create", "tight", "--limit", "1usd/day"],
        ))?;
    }
    for (what, arguments) in [
        (
            "`status NAME` with a million entries",
            &["status", NAME][..],
        ),
        (
            "a denial with a million entries",
            &["reserve", "tight", "0.9usd"],
        ),
        (
            "`statusline NAME` with a million entries",
            &["statusline", NAME],
        ),
    ] {
        let mut commands: Vec<Box<dyn FnMut() -> Command + '_>> = [full, empty]
            .map(|place| -> Box<dyn FnMut() -> Command + '_> {
                Box::new(|| command(place, arguments))
            })
            .into();
        if let [full, empty] = alternate_commands(&mut commands, 20)?.as_slice() {
            report.ratio(what, full.ratio(empty), Some(1.1));
            report.times(what, full);
        }
    }
    Ok(())
}

/// Spreads what was charged evenly over the year before the latest entry.
const SPREAD: &str = "DROP TRIGGER entry_is_final; DROP TRIGGER posting_is_final; BEGIN; \
    CREATE TEMP TABLE latest AS SELECT max(seq) AS seq, max(at_us) AS at FROM entry; \
    UPDATE entry SET at_us = (SELECT at - 31536000000000 / latest.seq * (latest.seq - entry.seq) \
        FROM latest); \
    UPDATE posting SET effective_us = (SELECT at_us FROM entry WHERE seq = posting.entry); COMMIT;";

/// The same sums over raw entries.
const RAW_SUMS: &str = "SELECT date(p.effective_us / 1000000, 'unixepoch') AS day, \
    sum(p.spent + p.debt) FROM posting p JOIN limit_window w ON w.id = p.window \
    JOIN budget_limit l ON l.id = w.limit_id WHERE l.unit = 'usd' GROUP BY day";

/// A year by days, against the `sqlite3` shell that adds up raw entries.
fn report_of_a_million(
    programs: &Programs,
    full: &Place,
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    let Some(shell) = &programs.sqlite3 else {
        report.note("there is no `sqlite3` shell to compare reports with");
        return Ok(());
    };
    let by_day = || {
        let mut command = full.run(&programs.budget);
        command.args(["report", "--by", "day", "--tz", "UTC"]);
        command
    };
    let sums = |sql: &str| {
        let mut command = full.run(shell);
        command.arg(&full.ledger).arg(sql);
        command
    };
    timed(&mut sums(SPREAD))?;
    let (first, _) = timed(&mut by_day())?;
    report.note(&format!(
        "the first report of a million entries, which makes the digest: {:.1} s",
        first.as_secs_f64()
    ));
    let mut commands: Vec<Box<dyn FnMut() -> Command + '_>> =
        vec![Box::new(by_day), Box::new(|| sums(RAW_SUMS))];
    let times = alternate_commands(&mut commands, options.rounds.min(20))?;
    if let [by_day, raw] = times.as_slice() {
        report.ratio(
            "`report --by day` of a year with a million entries to raw sums by `sqlite3`",
            by_day.ratio(raw),
            Some(0.05),
        );
        report.times("`report --by day` of a year with a million entries", by_day);
    }
    Ok(())
}
