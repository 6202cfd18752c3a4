//! How a run's usage is read: from its output as it passes, or from its usage file.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::{ExecArgs, MeterChoice};
use crate::supervise::Sink;
use crate::usage::{self, Invocation, Meter, Reading};

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

    /// What the run said, in its usage file or by itself; nothing of what was charged before as
    /// `counted`. A usage file that says something wins: the caller wrote it on purpose.
    pub(super) fn reading(
        &self,
        usage_file: Option<&Path>,
        counted: &mut dyn FnMut(&[String]) -> BTreeSet<String>,
    ) -> Reading {
        let file = |counted| usage_file.map(|path| usage::read_usage_file(path, counted));
        match file(&BTreeSet::new()) {
            None | Some(Reading::Silent) => {}
            Some(reading) => {
                let before = counted(reading.ids());
                let again = (!before.is_empty()).then(|| file(&before)).flatten();
                return again.unwrap_or(reading);
            }
        }
        match (self.finish(), &self.agent) {
            (None | Some(Reading::Silent), Some(agent)) => Reading::unknown(
                format!("{} reported nothing", agent.source().as_str()),
                None,
            ),
            (reading, _) => reading.unwrap_or(Reading::Silent),
        }
    }

    fn finish(&self) -> Option<Reading> {
        let meter = self.meter.as_ref()?.lock().ok()?.take()?;
        Some(meter.finish())
    }
}
