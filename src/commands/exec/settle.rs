//! Books the end of a run. Owns what happens where that cannot be done at once: the outcome is kept
//! beside the ledger, durably, for the next command to take in.

use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::store::owner::{OUTCOME_ROOM, OwnerFile};
use crate::ledger::verbs::{RunEnd, RunSettled};

/// How often what a run used is looked at anew because others have counted some of it meanwhile.
const TRIES: u32 = 8;

/// Books the end of the run; where that fails, keeps it for the next command to take in. `learn`:
/// finds out what it used, less what is counted already.
pub(super) fn settle(
    cx: &mut Context,
    owner: OwnerFile,
    end: &mut RunEnd,
    learn: &mut dyn FnMut(&mut Context, &mut RunEnd),
) -> Option<RunSettled> {
    let mut tries = 0..TRIES;
    let settled = loop {
        learn(cx, end);
        match book(cx, end) {
            Err(error) if is_counted_meanwhile(&error) && tries.next().is_some() => {}
            settled => break settled,
        }
    };
    match settled {
        Ok(settled) => {
            owner.remove();
            Some(settled)
        }
        Err(error) => {
            keep_for_later(cx, owner, end, &error);
            None
        }
    }
}

fn book(cx: &mut Context, end: &RunEnd) -> Result<RunSettled> {
    let ledger = cx.ledger_for(false)?;
    ledger.expect_in_place()?;
    ledger.end_run(end)?.ok_or_else(|| {
        // As where an older state of it was put in its place while the run went on.
        Error::new(
            Exit::NotFound,
            "not_found",
            "the ledger does not know the run",
        )
    })
}

/// Whether another charge has counted some of the run since it was looked at.
fn is_counted_meanwhile(error: &Error) -> bool {
    error.code == "booked_before"
}

fn keep_for_later(cx: &Context, owner: OwnerFile, end: &RunEnd, error: &Error) {
    let (whole, short) = (end.to_spilled(), end.without_names().to_spilled());
    cx.ui
        .warn(&format!("the run could not be recorded: {}", error.message));
    match owner.spill(&whole, &short) {
        Ok(()) => cx
            .ui
            .note("its outcome is kept; the next command takes it in"),
        Err(error) => cx
            .ui
            .warn(&format!("its outcome could not be kept either: {error}")),
    }
    let is_long = whole.len() > OUTCOME_ROOM;
    let told = if is_long { short } else { whole };
    cx.ui.warn(&format!("outcome: {told}"));
}
