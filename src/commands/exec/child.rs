//! How the child is started: its command line, its environment, and where its output goes.

use std::ffi::OsString;

use serde_json::Value;

use super::ExecArgs;
use super::meter::RunMeter;
use super::stdout::child_stdout;
use crate::context::Context;
use crate::env;
use crate::error::Result;
use crate::ledger::amount::decimal;
use crate::ledger::id::Id;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::Admitted;
use crate::render::wire;
use crate::supervise;

/// The child of a run that is admitted.
pub(super) fn command(
    asked: &ExecArgs,
    cx: &Context,
    session: Id,
    meter: &RunMeter,
    admitted: &Admitted,
) -> Result<supervise::Command> {
    let mut command = asked.command.clone();
    if !asked.no_pass_down {
        pass_down(&mut command, cx, meter, admitted);
    }
    let mut command = command.into_iter();
    Ok(supervise::Command {
        program: command.next().unwrap_or_default(),
        args: command.collect(),
        env: variables(cx, session, admitted)?,
        stdout: child_stdout(meter),
    })
}

/// Hands what is reserved to an agent that keeps to it: the second fence, inside of ours.
fn pass_down(command: &mut Vec<OsString>, cx: &Context, meter: &RunMeter, admitted: &Admitted) {
    let Some(reserved) = admitted
        .reservation
        .stake(&Unit::Usd)
        .map(|stake| stake.reserved)
        .filter(|reserved| !reserved.is_zero())
    else {
        return;
    };
    let cap = decimal(reserved.atoms(), &Unit::Usd);
    if let Some((at, options)) = meter.cap_options(&cap) {
        let shown: Vec<_> = options.iter().map(|text| text.to_string_lossy()).collect();
        cx.ui.detail(&format!("passed down: {}", shown.join(" ")));
        // Behind the program's name and, for a package runner, behind the agent's.
        let at = at.saturating_add(1).min(command.len());
        command.splice(at..at, options);
    }
}

/// What leads `budget` inside the run to the run.
fn variables(cx: &Context, session: Id, admitted: &Admitted) -> Result<Vec<(OsString, OsString)>> {
    let found = &admitted.reservation;
    let mut variables = vec![
        (env::SESSION.into(), session.to_string().into()),
        (env::RESERVATION.into(), found.id.to_string().into()),
        (env::LEDGER.into(), cx.path()?.into_os_string()),
    ];
    for (key, value) in wire::caps(&admitted.caps) {
        let text = match value {
            Value::Array(items) => {
                let items = items.iter().filter_map(Value::as_str);
                items.collect::<Vec<_>>().join(",")
            }
            other => other.to_string(),
        };
        let name = format!("BUDGET_CAP_{}", key.to_ascii_uppercase());
        variables.push((name.into(), text.into()));
    }
    Ok(variables)
}
