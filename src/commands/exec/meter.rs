//! From what was read of a run to what it is charged.

use std::ffi::OsString;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};

use super::{ExecArgs, MeterChoice};
use crate::ledger::amount::{Amount, Quantity, decimal};
use crate::ledger::store::amounts_json;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::RunReport;
use crate::supervise::Sink;
use crate::usage::{self, Agent, Meter, ModelUsage, Reading, Report, Tokens};

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
    agent: Option<Agent>,
    meter: Option<SharedMeter>,
}

impl RunMeter {
    /// The meter that was chosen, or that the program is known by.
    pub(super) fn of(args: &ExecArgs) -> Self {
        let rest = args.command.get(1..).unwrap_or_default();
        let claude = OsString::from("claude");
        let program = match args.meter {
            MeterChoice::None => None,
            MeterChoice::ClaudeCode => Some(&claude),
            MeterChoice::Auto => args.command.first(),
        };
        let agent = program.and_then(|program| usage::recognise(program, rest));
        let reads =
            agent.filter(|agent| args.meter == MeterChoice::ClaudeCode || agent.reads_stdout(rest));
        let meter = reads.map(|agent| Arc::new(Mutex::new(Some(agent.meter(rest)))));
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
        match (self.reading(), self.agent) {
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
                report: Some(run_report(&report)),
                unknown,
            }
        }
        // What is certain at the least is recorded as usage; it is not what is charged.
        Reading::Unknown {
            reason, at_least, ..
        } => {
            let report = at_least.map(|report| RunReport {
                amounts: "{}".to_owned(),
                usage: usage_json(&report).to_string(),
            });
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

fn run_report(report: &Report) -> RunReport {
    let atoms = |count: u64| {
        i64::try_from(count)
            .ok()
            .and_then(|a| Amount::from_atoms(a).ok())
    };
    let mut amounts: Vec<Quantity> = Vec::new();
    if let Some(cost) = report
        .cost
        .and_then(|cost| Amount::from_atoms(cost.atoms()).ok())
    {
        amounts.push(Quantity::new(cost, Unit::Usd));
    }
    let tokens = report
        .tokens()
        .ok()
        .flatten()
        .and_then(|tokens| tokens.total().ok());
    if let Some(tokens) = tokens.filter(|_| !report.tokens_incomplete).and_then(atoms) {
        amounts.push(Quantity::new(tokens, Unit::Tokens));
    }
    for (unit, count) in &report.amounts {
        if let (Ok(unit), Some(count)) = (unit.parse::<Unit>(), atoms(*count)) {
            amounts.push(Quantity::new(count, unit));
        }
    }
    RunReport {
        amounts: amounts_json(&amounts),
        usage: usage_json(report).to_string(),
    }
}

/// Usage as the journal keeps it: the sums, and each model where there are several.
fn usage_json(report: &Report) -> Value {
    let mut usage = Map::new();
    usage.insert("source".to_owned(), report.source.as_str().into());
    let one = match report.models.as_slice() {
        [one] => Some(one),
        _ => None,
    };
    usage.insert("model".to_owned(), one.and_then(|m| m.model.clone()).into());
    usage.insert(
        "provider".to_owned(),
        one.and_then(|m| m.provider.clone()).into(),
    );
    let tokens = report.tokens().ok().flatten();
    usage.insert("tokens".to_owned(), tokens.as_ref().map(tokens_json).into());
    if report.tokens_incomplete {
        usage.insert("tokens_incomplete".to_owned(), true.into());
    }
    if let Some(cost) = report.cost {
        usage.insert(
            "cost".to_owned(),
            json!({"unit": "usd", "amount": decimal(cost.atoms(), &Unit::Usd)}),
        );
        usage.insert("cost_is".to_owned(), "reported".into());
    }
    if report.models.len() > 1 {
        usage.insert(
            "models".to_owned(),
            report.models.iter().map(model_json).collect(),
        );
    }
    for (name, text) in [
        ("agent_session", &report.session),
        ("outcome", &report.outcome),
    ] {
        if let Some(text) = text {
            usage.insert(name.to_owned(), text.clone().into());
        }
    }
    Value::Object(usage)
}

fn model_json(model: &ModelUsage) -> Value {
    let cost = model.cost.map(|cost| decimal(cost.atoms(), &Unit::Usd));
    json!({
        "model": model.model,
        "provider": model.provider,
        "tokens": model.tokens.as_ref().map(tokens_json),
        "cost": cost.map(|amount| json!({"unit": "usd", "amount": amount})),
    })
}

fn tokens_json(tokens: &Tokens) -> Value {
    json!({
        "input": tokens.input,
        "cache_read": tokens.cache_read,
        "cache_write": tokens.cache_write_5m.saturating_add(tokens.cache_write_1h),
        "output": tokens.output,
        "reasoning": tokens.reasoning,
        "unspecified": tokens.unspecified,
    })
}
