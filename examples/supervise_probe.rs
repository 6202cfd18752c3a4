//! A minimal wrapper around `supervise`, for the tests of its relay.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is only run by tests, which notice"
)]

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use budget_ledger::supervise as s;

struct Log {
    file: Option<std::fs::File>,
    stop_at: Option<u32>,
    beats: u32,
    /// A file that is waited for while the child already runs.
    until: Option<PathBuf>,
}

impl s::Watcher for Log {
    fn started(&mut self, pid: u32) {
        if let Some(file) = &mut self.file {
            let _ = writeln!(file, "started {pid}");
        }
        while self.until.as_ref().is_some_and(|file| !file.exists()) {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    fn heartbeat(&mut self) -> s::Beat {
        self.beats += 1;
        if let Some(file) = &mut self.file {
            let _ = writeln!(file, "beat");
        }
        if self.stop_at == Some(self.beats) {
            s::Beat::Stop
        } else {
            s::Beat::Continue
        }
    }
}

fn main() -> ExitCode {
    let mut terms = s::Terms::default();
    let mut log = Log {
        file: None,
        stop_at: None,
        beats: 0,
        until: None,
    };
    let (mut stdout, mut env, mut note) = (s::Stdout::Inherit, Vec::new(), None::<PathBuf>);
    let mut args = std::env::args_os().skip(1);
    let ms = |v: OsString| Duration::from_millis(v.to_str().unwrap().parse().unwrap());
    while let Some(flag) = args.next() {
        if flag == "--" {
            break;
        }
        let value = args.next().unwrap();
        match flag.to_str().unwrap() {
            "--max-time" => terms.max_time = Some(ms(value)),
            "--deadline" => terms.deadline = Some(ms(value)),
            "--grace" => terms.grace = ms(value),
            "--heartbeat" => terms.heartbeat = ms(value),
            "--stop-at" => log.stop_at = value.to_str().unwrap().parse().ok(),
            "--until" => log.until = Some(value.into()),
            "--beats" => log.file = std::fs::File::create(value).ok(),
            "--note" => note = Some(value.into()),
            "--env" => {
                let (k, v) = value.to_str().unwrap().split_once('=').unwrap();
                env.push((k.into(), v.into()));
            }
            "--relay" => {
                let mut copy = std::fs::File::create(value).unwrap();
                stdout = s::Stdout::Relay(Box::new(move |chunk| copy.write_all(chunk).unwrap()));
            }
            _ => return ExitCode::from(2),
        }
    }
    let program = args.next().unwrap();
    let command = s::Command {
        program,
        args: args.collect(),
        env,
        stdout,
    };
    let signals = s::Signals::hold();
    match s::run(command, &terms, &signals, &mut log) {
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "probe: {error}");
            ExitCode::from(error.exit_code() as u8)
        }
        Ok(outcome) => {
            if let Some(note) = note {
                let text = format!(
                    "{:?} {:?} active={} elapsed={}\n",
                    outcome.ending,
                    outcome.stopped_by_us,
                    outcome.active.as_millis(),
                    outcome.elapsed.as_millis()
                );
                let _ = std::fs::write(note, text);
            }
            let (ending, stopped) = (outcome.ending, outcome.stopped_by_us);
            if let Some(tail) = outcome.tail {
                tail.finish(signals);
            }
            if stopped.is_some() {
                return ExitCode::from(124);
            }
            ExitCode::from(s::die_as(ending) as u8)
        }
    }
}
