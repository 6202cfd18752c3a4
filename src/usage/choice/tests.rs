//! A table of which reading counts.

use super::*;
use crate::usage::{Cost, ModelUsage, Source};

/// A report of so many tokens in and out, with money or without.
fn report(name: &'static str, tokens: (u64, u64), usd: Option<&str>) -> Report {
    let model = ModelUsage {
        model: Some(name.to_owned()),
        tokens: Some(Tokens {
            input: tokens.0,
            output: tokens.1,
            ..Tokens::default()
        }),
        ..ModelUsage::default()
    };
    Report {
        cost: usd.map(|usd| Cost::from_decimal(usd).expect("money")),
        models: vec![model],
        session: Some(name.to_owned()),
        outcome: Some(name.to_owned()),
        ids: if name == "files" {
            vec!["id".to_owned()]
        } else {
            Vec::new()
        },
        ..Report::new(Source::new("agent"))
    }
}

fn continued(report: Report) -> Report {
    let totals = Totals::Session { continued: true };
    Report { totals, ..report }
}

fn unknown(least: Option<Report>, most: Option<Report>) -> Reading {
    Reading::Unknown {
        reason: "why".to_owned(),
        at_least: least.map(Box::new),
        at_most: most.map(Box::new),
    }
}

/// Whose figures a reading has, whether it is known, and its messages.
fn shown(reading: &Reading) -> String {
    let whose = |report: &Report| report.models[0].model.clone().unwrap_or_default();
    match reading {
        Reading::Known(r) => format!(
            "{} {} {}",
            whose(r),
            r.ids.len(),
            r.outcome.as_deref().unwrap_or("-")
        ),
        Reading::Unknown {
            at_least, at_most, ..
        } => {
            let one = |r: &Option<Box<Report>>| r.as_deref().map_or("-".to_owned(), &whose);
            format!("unknown {} {}", one(at_least), one(at_most))
        }
        Reading::Silent => "silent".to_owned(),
    }
}

/// What is told, what is kept, and which counts.
type Case = (&'static str, Reading, Reading, &'static str);

const SAME: (u64, u64) = (10, 5);
const MORE: (u64, u64) = (20, 5);
const LESS: (u64, u64) = (10, 4);

fn told(usd: Option<&str>) -> Report {
    report("told", SAME, usd)
}

fn kept(tokens: (u64, u64)) -> Reading {
    Reading::Known(report("files", tokens, None))
}

fn kept_in_part(tokens: (u64, u64)) -> Reading {
    unknown(Some(report("files", tokens, None)), None)
}

#[track_caller]
fn check(cases: impl IntoIterator<Item = Case>) {
    for (case, told, files, expected) in cases {
        assert_eq!(shown(&choose(told, files)), expected, "{case}");
    }
}

#[test]
fn where_one_is_silent_the_other_counts() {
    let (silent, known) = (|| Reading::Silent, Reading::Known);
    check([
        ("neither", silent(), silent(), "silent"),
        ("kept", silent(), kept(SAME), "files 1 files"),
        (
            "kept in part",
            silent(),
            kept_in_part(SAME),
            "unknown files -",
        ),
        ("told", known(told(Some("1"))), silent(), "told 0 told"),
        (
            "told with others",
            known(continued(told(None))),
            silent(),
            "told 0 told",
        ),
        (
            "told in part",
            unknown(Some(told(None)), None),
            silent(),
            "unknown told -",
        ),
    ]);
}

#[test]
fn what_is_told_with_money_counts_and_without_it_the_files_where_they_hold_all() {
    let known = Reading::Known;
    check([
        ("money", known(told(Some("1"))), kept(SAME), "told 1 told"),
        (
            "money, more kept",
            known(told(Some("1"))),
            kept(MORE),
            "told 1 told",
        ),
        ("no money", known(told(None)), kept(SAME), "files 1 told"),
        (
            "no money, and no helpers",
            known(told(None)),
            kept(MORE),
            "files 1 told",
        ),
        (
            "no money, not all kept",
            known(told(None)),
            kept(LESS),
            "told 1 told",
        ),
        (
            "no money, kept in part",
            known(told(None)),
            kept_in_part(LESS),
            "told 1 told",
        ),
    ]);
}

#[test]
fn totals_that_may_include_earlier_runs_count_where_there_were_none() {
    let all = |usd| Reading::Known(continued(told(usd)));
    let most = |usd| unknown(None, Some(told(usd)));
    check([
        ("session", all(Some("1")), kept(LESS), "files 1 told"),
        (
            "session is this run",
            all(Some("1")),
            kept(SAME),
            "told 1 told",
        ),
        (
            "session is this run, no money",
            all(None),
            kept(SAME),
            "files 1 told",
        ),
        ("most", most(Some("1")), kept(LESS), "files 1 told"),
        (
            "most is this run",
            most(Some("1")),
            kept(SAME),
            "told 1 told",
        ),
        (
            "most, more kept",
            most(Some("1")),
            kept(MORE),
            "files 1 told",
        ),
        (
            "most, kept in part",
            most(None),
            kept_in_part(LESS),
            "unknown files told",
        ),
    ]);
}

#[test]
fn of_what_is_certain_at_least_the_larger_counts() {
    let least = || unknown(Some(told(None)), None);
    let most_kept = unknown(None, Some(report("files", LESS, None)));
    check([
        (
            "nothing certain",
            unknown(None, None),
            kept(LESS),
            "files 1 files",
        ),
        ("all kept", least(), kept(SAME), "files 1 told"),
        ("not all kept", least(), kept(LESS), "unknown told -"),
        (
            "more kept in part",
            least(),
            kept_in_part(MORE),
            "unknown files -",
        ),
        (
            "less kept in part",
            least(),
            kept_in_part(LESS),
            "unknown told -",
        ),
        (
            "kept at most",
            unknown(None, None),
            most_kept,
            "unknown - files",
        ),
    ]);
}

#[test]
fn this_runs_part_of_a_sessions_totals_is_a_runs() {
    let chosen = choose(Reading::Known(continued(told(Some("1")))), kept(SAME));
    let Reading::Known(report) = chosen else {
        panic!("{chosen:?}")
    };
    assert_eq!(report.totals, Totals::Run);
}

#[test]
fn messages_that_were_told_stay() {
    let told = Report {
        ids: vec!["own".to_owned(), "two".to_owned()],
        ..report("told", (1, 1), Some("1"))
    };
    let chosen = choose(
        Reading::Known(told),
        Reading::Known(report("files", (1, 1), None)),
    );
    assert_eq!(shown(&chosen), "told 2 told");
}
