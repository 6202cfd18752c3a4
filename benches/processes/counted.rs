//! What can be counted instead of timed: instructions, flushes, system calls, files opened.

use std::fs;
use std::process::Command;

use crate::contenders::{Contender, NAME, Place};
use crate::programs::{Programs, which};
use crate::report::Report;
use crate::rounds::{Dice, timed};
use crate::{Options, Result};

/// Instructions in user space of one reservation, the least of five.
pub(crate) fn instructions(programs: &Programs, _: &Options, report: &mut Report) -> Result<()> {
    let valgrind = which("valgrind").ok_or("`valgrind` is not there")?;
    let dir = programs.work.join("instructions");
    let seed = Place::seeded(programs, &dir.join("seed"))?;
    let mut counts = Vec::new();
    for (name, contender) in [
        ("budget", Contender::Budget(programs.budget.clone())),
        ("C", Contender::Txn(programs.txn.clone(), false)),
    ] {
        let place = seed.copy(&dir.join(name))?;
        let mut dice = Dice::new()?;
        let mut least = u64::MAX;
        for _ in 0..5 {
            let (command, _) = contender.reserve(&place, &mut dice);
            let mut counted = place.run(&valgrind);
            counted.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
            counted.arg(command.get_program()).args(command.get_args());
            let said = counted.output()?;
            let said = String::from_utf8_lossy(&said.stderr).into_owned();
            let count = said
                .split("Collected : ")
                .nth(1)
                .and_then(|rest| rest.lines().next());
            least = least.min(count.ok_or("valgrind counted nothing")?.trim().parse()?);
        }
        counts.push(least as f64);
        report.at_most(
            &format!("instructions of `reserve`, {name}"),
            least as f64 / 1e6,
            "million",
            None,
        );
    }
    if let [own, other] = counts.as_slice() {
        report.at_most(
            "instructions of `reserve` to C",
            own / other,
            "×",
            Some(2.0),
        );
    }
    Ok(())
}

/// Runs a command under `strace` and returns its calls, one a line.
fn calls(place: &Place, which_calls: &str, command: &Command) -> Result<(Vec<String>, String)> {
    let strace = which("strace").ok_or("`strace` is not there")?;
    let log = place.ledger.with_extension("strace");
    let mut traced = place.run(&strace);
    traced
        .args(["-f", "-qq", "-e", which_calls, "-o"])
        .arg(&log);
    traced.arg(command.get_program()).args(command.get_args());
    let (_, printed) = timed(&mut traced)?;
    let lines = fs::read_to_string(&log)?
        .lines()
        .map(str::to_owned)
        .collect();
    Ok((lines, printed))
}

/// Flushes and system calls of an operation alone, mean of a hundred.
pub(crate) fn syncs(programs: &Programs, _: &Options, report: &mut Report) -> Result<()> {
    let place = Place::seeded(programs, &programs.work.join("syncs"))?;
    let budget = Contender::Budget(programs.budget.clone());
    let mut dice = Dice::new()?;
    let (mut flushes, mut all) = (0, 0);
    for _ in 0..50 {
        let (reserve, _) = budget.reserve(&place, &mut dice);
        let (reserved, id) = calls(&place, "trace=all", &reserve)?;
        let (committed, _) = calls(&place, "trace=all", &budget.commit(&place, &id))?;
        let lines = || {
            reserved
                .iter()
                .chain(&committed)
                .filter(|line| !line.contains("resumed>"))
        };
        all += lines().count();
        let is_flush = |line: &&String| {
            ["sync(", "msync(", "sync_file_range("]
                .iter()
                .any(|call| line.contains(call))
        };
        flushes += lines().filter(is_flush).count();
    }
    report.at_most(
        "flushes of an operation, mean of 100",
        f64::from(u32::try_from(flushes)?) / 100.0,
        "",
        Some(1.25),
    );
    report.at_most(
        "system calls of an operation, mean of 100",
        f64::from(u32::try_from(all)?) / 100.0,
        "",
        None,
    );
    timed(place.run(&programs.budget).arg("verify")).map(drop)
}

/// Help and completions open no ledger.
pub(crate) fn files(programs: &Programs, _: &Options, report: &mut Report) -> Result<()> {
    let place = Place::seeded(programs, &programs.work.join("files"))?;
    let mut touching = 0;
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["help", "reserve"],
        &["reserve", "--help"],
        &["completions", "bash"],
    ] {
        let mut command = place.run(&programs.budget);
        command.args(arguments);
        let (calls, _) = calls(&place, "trace=%file", &command)?;
        touching += calls
            .iter()
            .skip(1)
            .filter(|call| call.contains("ledger.db"))
            .count();
    }
    report.at_most(
        "ledger files touched by help, version and completions",
        f64::from(u32::try_from(touching)?),
        "",
        Some(0.0),
    );
    let mut command = place.run(&programs.budget);
    let (status, _) = calls(&place, "trace=%file", command.args(["status", NAME]))?;
    if !status.iter().skip(1).any(|call| call.contains("ledger.db")) {
        return Err("the trace does not show files".into());
    }
    Ok(())
}
