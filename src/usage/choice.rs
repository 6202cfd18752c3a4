//! Which reading of a run counts where there are two: what the agent printed, and what its session
//! files hold. One pure rule; it never adds the two up.

use super::{Reading, Report, Tokens, Totals};

/// The reading that counts. `told`: what the agent printed. `files`: what its session files hold.
pub fn choose(told: Reading, files: Reading) -> Reading {
    match (told, files) {
        (Reading::Silent, files) => files,
        (told, Reading::Silent) => told,
        (Reading::Known(told), Reading::Known(files)) => Reading::Known(better(told, files)),
        (Reading::Known(told), Reading::Unknown { at_least, .. }) => {
            let ids = at_least.map(|report| report.ids).unwrap_or_default();
            Reading::Known(with_ids(told, ids))
        }
        (
            Reading::Unknown {
                reason,
                at_least: Some(least),
                at_most,
            },
            Reading::Known(files),
        ) if !covers(&files, &least) => Reading::Unknown {
            reason,
            at_least: Some(least),
            at_most,
        },
        // It is the most there was because earlier runs may be part of it.
        (
            Reading::Unknown {
                at_most: Some(most),
                ..
            },
            Reading::Known(files),
        ) => Reading::Known(of_this_run(*most, files)),
        (Reading::Unknown { at_least, .. }, Reading::Known(files)) => {
            Reading::Known(match at_least {
                Some(least) => named(&least, files),
                None => files,
            })
        }
        (
            Reading::Unknown {
                reason,
                at_least,
                at_most,
            },
            Reading::Unknown {
                at_least: in_files,
                at_most: most_in_files,
                ..
            },
        ) => Reading::Unknown {
            reason,
            at_least: larger(at_least, in_files),
            at_most: at_most.or(most_in_files),
        },
    }
}

/// Of two that are known.
fn better(told: Report, files: Report) -> Report {
    if told.totals == (Totals::Session { continued: true }) {
        of_this_run(told, files)
    } else if told.cost.is_none() && covers(&files, &told) {
        named(&told, files)
    } else {
        with_ids(told, files.ids)
    }
}

/// Of totals that may include earlier runs, which the files tell apart. Where they are what this
/// run alone consumed, there were none, and the money is this run's, too.
fn of_this_run(told: Report, files: Report) -> Report {
    let is_alone = !told.tokens_incomplete && covers(&files, &told) && covers(&told, &files);
    if told.cost.is_some() && files.cost.is_none() && is_alone {
        let told = Report {
            totals: Totals::Run,
            ..told
        };
        with_ids(told, files.ids)
    } else {
        named(&told, files)
    }
}

/// The figures of the files, under the name and outcome that the agent told.
fn named(told: &Report, files: Report) -> Report {
    Report {
        outcome: told.outcome.clone(),
        session: told.session.clone().or(files.session),
        amounts: told.amounts.clone(),
        ..files
    }
}

/// The figures that were told; the messages that they are the sum of are those of the files.
pub(super) fn with_ids(told: Report, ids: Vec<String>) -> Report {
    let ids = if told.ids.is_empty() { ids } else { told.ids };
    Report { ids, ..told }
}

/// Whether the files hold all tokens that were told, kind by kind. They hold more where the agent
/// leaves out its helpers.
pub(super) fn covers(files: &Report, told: &Report) -> bool {
    let sum = |report: &Report| report.tokens().ok().flatten();
    let (Some(files), told) = (sum(files), sum(told).unwrap_or_default()) else {
        return false;
    };
    let written = |t: &Tokens| t.cache_write_5m.saturating_add(t.cache_write_1h);
    files.input >= told.input
        && files.cache_read >= told.cache_read
        && written(&files) >= written(&told)
        && files.output >= told.output
        && told.unspecified == 0
}

/// The report of more tokens: both are certain.
fn larger(one: Option<Box<Report>>, other: Option<Box<Report>>) -> Option<Box<Report>> {
    let (Some(one), Some(other)) = (&one, &other) else {
        return one.or(other);
    };
    let total = |report: &Report| report.tokens().ok().flatten().and_then(|t| t.total().ok());
    let is_more = total(other) > total(one);
    Some(if is_more { other.clone() } else { one.clone() })
}

#[cfg(test)]
mod tests;
