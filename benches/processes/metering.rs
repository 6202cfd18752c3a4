//! What a meter costs that a gigabyte passes through: against `cat` in its place.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use budget_ledger::usage::agent_names;

use crate::alone::alternate_commands;
use crate::contenders::{NAME, Place};
use crate::programs::Programs;
use crate::report::Report;
use crate::rounds::timed;
use crate::{Options, Result};

const BYTES: usize = 1_000_000_000;
/// A command takes as long as hundreds of small ones.
const ROUNDS: usize = 12;

/// What Claude Code prints in a long run: pieces of text, whole messages, what tools said.
fn stream(directory: &Path) -> Result<PathBuf> {
    let path = directory.join("stream");
    let mut file = BufWriter::new(File::create(&path)?);
    let words = r#"the quick \"brown\" fox { jumps } over\n"#;
    let piece = format!(
        r#"{{"type":"stream_event","event":{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{words}"}}}},"session_id":"5f0a","parent_tool_use_id":null,"uuid":"00b3f73c-ce8a-4c2b-874b-06540f9d0446"}}"#
    );
    let message = format!(
        r#"{{"type":"assistant","message":{{"model":"claude-sonnet-4-5","id":"msg_1","content":[{{"type":"text","text":"{}"}}]}},"session_id":"5f0a"}}"#,
        words.repeat(100)
    );
    let tool = format!(
        r#"{{"type":"user","message":{{"content":[{{"type":"tool_result","content":"{}"}}]}},"session_id":"5f0a"}}"#,
        words.repeat(1_000)
    );
    let turn = format!("{}{message}\n{tool}\n", format!("{piece}\n").repeat(100));
    writeln!(
        file,
        r#"{{"type":"system","subtype":"init","session_id":"5f0a"}}"#
    )?;
    for _ in 0..BYTES.div_ceil(turn.len()) {
        file.write_all(turn.as_bytes())?;
    }
    writeln!(
        file,
        r#"{{"type":"result","subtype":"success","is_error":false,"session_id":"5f0a","total_cost_usd":0.01,"modelUsage":{{"claude-sonnet-4-5":{{"inputTokens":10,"outputTokens":5,"cacheReadInputTokens":0,"cacheCreationInputTokens":0,"costUSD":0.01}}}}}}"#
    )?;
    file.flush()?;
    Ok(path)
}

/// A child that prints a gigabyte, with a meter behind it and with `cat`.
pub(crate) fn metering(programs: &Programs, _: &Options, report: &mut Report) -> Result<()> {
    let directory = programs.work.join("metering");
    let place = Place::seeded(programs, &directory)?;
    let stream = stream(&directory)?;
    let (file, budget) = (stream.display(), programs.budget.display());
    let own = format!("{budget} exec {NAME} --reserve 1usd --meter claude-code -- cat {file}");
    let theirs = format!("cat {file} | cat");
    let shell = |line: String| {
        let mut command = place.run(Path::new("/bin/sh"));
        command.args(["-c", &line]);
        command
    };
    let mut commands: Vec<Box<dyn FnMut() -> Command + '_>> = vec![
        Box::new(|| shell(format!("{own} >/dev/null"))),
        Box::new(|| shell(format!("{theirs} >/dev/null"))),
        Box::new(|| shell(format!("{own} | cat >/dev/null"))),
        Box::new(|| shell(format!("{theirs} | cat >/dev/null"))),
    ];
    let times = alternate_commands(&mut commands, ROUNDS)?;
    if let [own, theirs, own_pipe, their_pipe] = times.as_slice() {
        report.times("1 GB through a meter to nowhere", own);
        report.ratio("to `cat` in its place", own.ratio(theirs), Some(1.3));
        report.times("1 GB through a meter to a pipe", own_pipe);
        report.ratio(
            "to `cat` in its place, to a pipe",
            own_pipe.ratio(their_pipe),
            Some(1.3),
        );
    }
    drop(commands);
    let note = directory.join("peak");
    let peak = |meter: &str| -> Result<f64> {
        let note = note.display();
        let status = format!("grep VmHWM /proc/$PPID/status >{note}");
        let child = format!("sh -c 'cat {file}; {status}'");
        let exec = format!("{budget} exec {NAME} --reserve 1usd --meter {meter} -- {child}");
        let (_, told) = timed(&mut shell(format!("{exec} | cat >/dev/null; cat {note}")))?;
        let kilobytes: f64 = told.split_whitespace().nth(1).ok_or("no VmHWM")?.parse()?;
        Ok(kilobytes / 1000.0)
    };
    let mut most: f64 = 0.0;
    for meter in agent_names() {
        most = most.max(peak(meter)?);
    }
    report.at_most(
        "memory of the meter that takes most",
        most,
        "MB",
        Some(64.0),
    );
    std::fs::remove_file(&stream)?;
    timed(place.run(&programs.budget).arg("verify")).map(drop)
}
