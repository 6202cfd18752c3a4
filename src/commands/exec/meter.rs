//! From what was read of a run to what it is charged.

use std::ffi::OsString;
use std::sync::{Arc, Mutex};

use super::{ExecArgs, MeterChoice};
use crate::commands::usage_record;
use crate::ledger::verbs::RunReport;
use crate::supervise::Sink;
use crate::usage::{self, Invocation, Meter, Reading};

/// What is known of a run's usage when it has ended.
pub(super) struct Known {
    /// What it reported.
    pub report: Option<RunReport>,
    /// Why its cost is not known, where it should be.
    pub unknown: Option<String>,
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

    fn reading(&self) -> Option<Reading> {
        let meter = self.meter.as_ref()?.lock().ok()?.take()?;
        Some(meter.finish())
    }

    /// What is known of the run, from its usage file and from its own report. A usage file that
    /// says something wins: the caller wrote it on purpose.
    pub(super) fn known(&self, usage_file: Option<&std::path::Path>) -> Known {
        match usage_file.map(usage::read_usage_file) {
            None | Some(Reading::Silent) => {}
            Some(reading) => return known(reading),
        }
        match (self.reading(), &self.agent) {
            (None | Some(Reading::Silent), Some(agent)) => Known {
                report: None,
                unknown: Some(format!("{} reported nothing", agent.source().as_str())),
            },
            (None | Some(Reading::Silent), None) => Known {
                report: None,
                unknown: None,
            },
            (Some(reading), _) => known(reading),
        }
    }
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
