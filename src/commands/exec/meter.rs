//! How a run's usage is read: from its output as it passes, or from its usage file.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::{ExecArgs, MeterChoice};
use crate::env;
use crate::ledger::timestamp::Timestamp;
use crate::supervise::{Ending, Outcome, Sink};
use crate::usage::sessions::{Places, Run, VARIABLES};
use crate::usage::{self, Invocation, Meter, Reading, Report, Totals};

/// A run that has ended.
pub(super) struct Ended<'a> {
    /// When it was started.
    pub start: Timestamp,
    /// When it had ended.
    pub end: Timestamp,
    /// How.
    pub outcome: &'a Outcome,
}

/// What a run said.
pub(super) struct Said {
    /// What it used.
    pub reading: Reading,
    /// Where it told totals of its session: those, whatever else is known.
    pub totals: Option<Report>,
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

    /// How to start the agent so that its usage is read of what it prints, where it was not.
    pub(super) fn advice(&self) -> Option<String> {
        let agent = self.agent.as_ref()?;
        let place = std::io::stdout().is_terminal();
        let place = place.then_some("its output in a file or a pipe");
        match (agent.report_option(), place) {
            (Some(option), Some(place)) => Some(format!("with `{option}`, and {place}")),
            (Some(option), None) => Some(format!("with `{option}`")),
            (None, Some(place)) if agent.reports_on_stdout() => Some(format!("with {place}")),
            (None, _) => None,
        }
    }

    /// The provider whose prices hold where the agent's report names none.
    pub(super) fn provider(&self) -> Option<&'static str> {
        self.agent.as_ref()?.provider()
    }

    /// The options that tell the agent to stop at so much money, and before which of the program's
    /// arguments they belong.
    pub(super) fn cap_options(&self, usd: &str) -> Option<(usize, Vec<OsString>)> {
        self.agent.as_ref()?.cap_options(usd)
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

    /// Whether all that it used can be read of files that it keeps itself.
    pub(super) fn keeps_files(&self) -> bool {
        let keeps = |agent: &Invocation| agent.keeps_files() && agent.unwritten().is_none();
        self.agent.as_ref().is_some_and(keeps)
    }

    /// What the run printed: asked for once.
    pub(super) fn told(&self) -> Reading {
        let shared = self
            .meter
            .as_ref()
            .and_then(|meter| meter.lock().ok()?.take());
        shared.map_or(Reading::Silent, Meter::finish)
    }

    /// What the agent's own files say about the run; `session`: what it said its session was.
    fn kept(
        &self,
        session: Option<&str>,
        ended: &Ended<'_>,
        counted: &BTreeSet<String>,
    ) -> Reading {
        let Some(agent) = &self.agent else {
            return Reading::Silent;
        };
        let directory = env::directory();
        let run = Run {
            start: ended.start.to_system(),
            end: ended.end.to_system(),
            session,
            directory: directory.as_deref().and_then(Path::to_str),
            is_interactive: std::io::stdout().is_terminal() && agent.is_interactive(),
            counted,
            is_continued: agent.continues(),
            is_complete: ended_itself(ended.outcome),
            unwritten: agent.unwritten(),
        };
        agent.written(&Places::new(env::vars(&VARIABLES)), &run)
    }

    /// What the run said: in its usage file, in what it printed, in the files that its agent
    /// keeps; nothing of what was charged before as `counted`. A usage file that says something
    /// wins: the caller wrote it on purpose.
    pub(super) fn said(
        &self,
        usage_file: Option<&Path>,
        told: &Reading,
        ended: &Ended<'_>,
        counted: &mut dyn FnMut(&[String]) -> BTreeSet<String>,
    ) -> Said {
        let file = |counted| usage_file.map(|path| usage::read_usage_file(path, counted));
        match file(&BTreeSet::new()) {
            None | Some(Reading::Silent) => {}
            Some(reading) => {
                let before = counted(reading.ids());
                let again = (!before.is_empty()).then(|| file(&before)).flatten();
                let (reading, totals) = (again.unwrap_or(reading), None);
                return Said { reading, totals };
            }
        }
        let totals = totals_of_session(told);
        let session = session_of(told);
        let kept = self.kept(session, ended, &BTreeSet::new());
        let mut reading = usage::choose(told.clone(), kept);
        let before = counted(reading.ids());
        if !before.is_empty() {
            // Only the files tell which part of it is new.
            reading = self.kept(session, ended, &before);
        }
        let reading = match (reading, &self.agent) {
            (Reading::Silent, Some(agent)) => {
                let reason = format!("{} reported nothing", agent.source().as_str());
                Reading::unknown(reason, None)
            }
            (reading, _) => reading,
        };
        Said { reading, totals }
    }
}

fn totals_of_session(reading: &Reading) -> Option<Report> {
    let told = match reading {
        Reading::Known(report) => Some(report),
        _ => None,
    };
    told.filter(|report| matches!(report.totals, Totals::Session { .. }))
        .cloned()
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
