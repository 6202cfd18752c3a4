//! From what was read of a run to what it is charged.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{ExecArgs, MeterChoice};
use crate::commands::usage_record;
use crate::env;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::verbs::RunReport;
use crate::supervise::{Ending, Outcome, Sink};
use crate::usage::sessions::{Places, Run, VARIABLES};
use crate::usage::{self, Invocation, Meter, Reading, Report};

/// What is known of a run's usage when it has ended.
pub(super) struct Known {
    /// What it reported.
    pub report: Option<RunReport>,
    /// Why its cost is not known, where it should be.
    pub unknown: Option<String>,
}

/// A run that has ended.
pub(super) struct Ended<'a> {
    /// When it was started.
    pub start: Timestamp,
    /// When it had ended.
    pub end: Timestamp,
    /// How.
    pub outcome: &'a Outcome,
}

/// Taken out when the run has ended.
type SharedMeter = Arc<Mutex<Option<Box<dyn Meter>>>>;

/// The meter of a run, shared with the thread that relays its output.
pub(super) struct RunMeter {
    agent: Option<Invocation>,
    meter: Option<SharedMeter>,
}

impl RunMeter {
    /// The meter that was chosen, or that the program is known by.
    pub(super) fn of(args: &ExecArgs) -> Self {
        let program = args
            .command
            .first()
            .map(OsString::as_os_str)
            .unwrap_or_default();
        let rest = args.command.get(1..).unwrap_or_default();
        let (agent, is_named) = match &args.meter {
            MeterChoice::None => (None, false),
            MeterChoice::Auto => (usage::recognise(program, rest), false),
            MeterChoice::Named(name) => (Invocation::of(name, program, rest), true),
        };
        let reads = agent
            .as_ref()
            .filter(|agent| is_named || agent.reports_on_stdout());
        let meter = reads.map(|agent| Arc::new(Mutex::new(Some(agent.stdout_meter()))));
        Self { agent, meter }
    }

    /// Whether the program is an agent that should say what it used.
    pub(super) fn is_agent(&self) -> bool {
        self.agent.is_some()
    }

    /// Whether the run's output must pass through us.
    pub(super) fn reads_stdout(&self) -> bool {
        self.meter.is_some()
    }

    /// What shows the output to the meter.
    pub(super) fn sink(&self) -> Option<Sink> {
        let meter = Arc::clone(self.meter.as_ref()?);
        Some(Box::new(move |bytes: &[u8]| {
            if let Ok(mut meter) = meter.lock()
                && let Some(meter) = meter.as_mut()
            {
                meter.feed(bytes);
            }
        }))
    }

    /// Shows the meter what the run wrote to a file.
    pub(super) fn feed_file(&self, file: &mut impl std::io::Read) {
        let Some(mut sink) = self.sink() else { return };
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = file.read(&mut buffer) {
            sink(buffer.get(..count).unwrap_or_default());
        }
    }

    /// Whether what it used can be read of files that it keeps itself.
    pub(super) fn keeps_sessions(&self) -> bool {
        self.agent.as_ref().is_some_and(Invocation::keeps_sessions)
    }

    /// What the run printed.
    fn told(&self) -> Reading {
        let shared = self
            .meter
            .as_ref()
            .and_then(|meter| meter.lock().ok()?.take());
        shared.map_or(Reading::Silent, Meter::finish)
    }

    /// What the agent's own files say about the run; `session`: what it said its session was.
    fn kept(&self, session: Option<&str>, ended: &Ended<'_>) -> Reading {
        let Some(agent) = self.agent.as_ref().filter(|agent| agent.keeps_sessions()) else {
            return Reading::Silent;
        };
        let directory = env::directory();
        let run = Run {
            start: system_time(ended.start),
            end: system_time(ended.end),
            session,
            directory: directory.as_deref().and_then(Path::to_str),
            is_interactive: std::io::stdout().is_terminal() && agent.is_interactive(),
            is_continued: agent.continues(),
            is_complete: ended_itself(ended.outcome),
        };
        agent.session_reading(&Places::new(env::vars(&VARIABLES)), &run)
    }

    /// What is known of the run, from its usage file, from what it printed and from the files that
    /// its agent keeps. A usage file that says something wins: the caller wrote it on purpose.
    pub(super) fn known(&self, usage_file: Option<&Path>, ended: &Ended<'_>) -> Known {
        match usage_file.map(usage::read_usage_file) {
            None | Some(Reading::Silent) => {}
            Some(reading) => return known(reading),
        }
        let told = self.told();
        let kept = self.kept(session_of(&told), ended);
        match (usage::choose(told, kept), &self.agent) {
            (Reading::Silent, Some(agent)) => Known {
                report: None,
                unknown: Some(format!("{} reported nothing", agent.source().as_str())),
            },
            (reading, _) => known(reading),
        }
    }
}

/// The session that a reading names.
fn session_of(reading: &Reading) -> Option<&str> {
    let report: Option<&Report> = match reading {
        Reading::Known(report) => Some(report),
        Reading::Unknown {
            at_least, at_most, ..
        } => at_most.as_deref().or(at_least.as_deref()),
        Reading::Silent => None,
    };
    report.and_then(|report| report.session.as_deref())
}

/// Whether nothing cut the child short: a signal, also one that it made an exit code of.
fn ended_itself(outcome: &Outcome) -> bool {
    let is_exit = matches!(outcome.ending, Ending::Exited(code) if code <= 128);
    is_exit && outcome.stopped_by_us.is_none()
}

fn system_time(at: Timestamp) -> SystemTime {
    let micros = u64::try_from(at.as_micros()).unwrap_or_default();
    let since = Duration::from_micros(micros);
    UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH)
}

fn known(reading: Reading) -> Known {
    match reading {
        Reading::Known(report) => {
            let priced = report.cost.is_some();
            let named = !report.amounts.is_empty();
            let unknown = (!priced && !named).then(|| "no cost was reported".to_owned());
            Known {
                report: Some(usage_record::settled(&report)),
                unknown,
            }
        }
        // What is certain at the least is recorded as usage; it is not what is charged.
        Reading::Unknown {
            reason, at_least, ..
        } => {
            let report = at_least.map(|report| usage_record::noted(&report));
            Known {
                report,
                unknown: Some(reason),
            }
        }
        Reading::Silent => Known {
            report: None,
            unknown: None,
        },
    }
}
