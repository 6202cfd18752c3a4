//! What an agent wrote down when it was closed, beside the messages in its session files. Owns
//! which of the two an interactive run consumed; refuses totals that leave out a message.

use super::{Places, Run, Sessions};
use crate::usage::choice::{covers, with_ids};
use crate::usage::{Reading, Report};

const LEFT_OUT: &str =
    "the agent did not write down its totals, and its session files leave out some requests";
const CONTINUED: &str =
    "the agent continued an earlier conversation, and its totals include earlier runs";

/// What an interactive run consumed. `kept`: what the session files hold of it.
pub(super) fn of_interactive(
    sessions: &dyn Sessions,
    places: &Places,
    run: &Run<'_>,
    kept: Reading,
) -> Reading {
    if !sessions.leaves_out_requests() {
        return kept;
    }
    let total = sessions.totals(places, run);
    let total = total.filter(|total| certain(&kept).is_none_or(|least| covers(total, least)));
    match total {
        None => at_least(kept),
        Some(total) if run.is_continued => continued(total, &kept),
        Some(total) => {
            let ids = messages(&total, &kept);
            Reading::Known(with_ids(total, ids))
        }
    }
}

/// What was consumed for certain.
fn certain(kept: &Reading) -> Option<&Report> {
    match kept {
        Reading::Known(report) => Some(report),
        Reading::Unknown { at_least, .. } => at_least.as_deref(),
        Reading::Silent => None,
    }
}

/// The messages that a total is of: where several sessions may be the run's, those of all of them
/// if there is room for them in it, as where a conversation was begun anew.
fn messages(total: &Report, kept: &Reading) -> Vec<String> {
    let most = match kept {
        Reading::Unknown { at_most, .. } => at_most.as_deref(),
        _ => None,
    };
    let report = certain(kept).or(most.filter(|most| covers(total, most)));
    report.map(|report| report.ids.clone()).unwrap_or_default()
}

/// Nobody says what was left out.
fn at_least(kept: Reading) -> Reading {
    match kept {
        Reading::Known(report) => Reading::unknown(LEFT_OUT, Some(report)),
        // What is in the files is not all there was.
        Reading::Unknown {
            reason, at_least, ..
        } => Reading::unknown(reason, at_least.map(|report| *report)),
        Reading::Silent => Reading::Silent,
    }
}

fn continued(total: Report, kept: &Reading) -> Reading {
    let least = certain(kept).cloned();
    match least {
        Some(least) if covers(&least, &total) => Reading::Known(with_ids(total, least.ids)),
        least => Reading::Unknown {
            reason: CONTINUED.to_owned(),
            at_least: least.map(Box::new),
            at_most: Some(Box::new(total)),
        },
    }
}
