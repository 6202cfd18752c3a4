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

#[test]
fn the_reading_that_counts() {
    let told = |usd| report("told", (10, 5), usd);
    let files = |tokens| Reading::Known(report("files", tokens, None));
    let (same, more, less) = ((10, 5), (20, 5), (10, 4));
    let known = Reading::Known;
    let cases = [
        (
            "nothing told, nothing kept",
            Reading::Silent,
            Reading::Silent,
            "silent",
        ),
        (
            "nothing told",
            Reading::Silent,
            files(same),
            "files 1 files",
        ),
        (
            "nothing told, some of it kept",
            Reading::Silent,
            unknown(Some(report("files", same, None)), None),
            "unknown files -",
        ),
        (
            "nothing kept",
            known(told(Some("1"))),
            Reading::Silent,
            "told 0 told",
        ),
        (
            "told with money",
            known(told(Some("1"))),
            files(same),
            "told 1 told",
        ),
        (
            "told with money, more kept",
            known(told(Some("1"))),
            files(more),
            "told 1 told",
        ),
        (
            "told without money",
            known(told(None)),
            files(same),
            "files 1 told",
        ),
        (
            "told without money, and without helpers",
            known(told(None)),
            files(more),
            "files 1 told",
        ),
        (
            "told without money, not all kept",
            known(told(None)),
            files(less),
            "told 1 told",
        ),
        (
            "told of the whole session",
            known(continued(told(Some("1")))),
            files(less),
            "files 1 told",
        ),
        (
            "told of the whole session, nothing kept",
            known(continued(told(None))),
            Reading::Silent,
            "told 0 told",
        ),
        (
            "told, and kept in part",
            known(told(None)),
            unknown(Some(report("files", less, None)), None),
            "told 1 told",
        ),
        (
            "told at most",
            unknown(None, Some(told(Some("1")))),
            files(less),
            "files 1 told",
        ),
        (
            "told nothing certain",
            unknown(None, None),
            files(less),
            "files 1 files",
        ),
        (
            "told at least, all kept",
            unknown(Some(told(None)), None),
            files(same),
            "files 1 told",
        ),
        (
            "told at least, not all kept",
            unknown(Some(told(None)), None),
            files(less),
            "unknown told -",
        ),
        (
            "both at least, more kept",
            unknown(Some(told(None)), None),
            unknown(Some(report("files", more, None)), None),
            "unknown files -",
        ),
        (
            "both at least, more told",
            unknown(Some(told(None)), None),
            unknown(Some(report("files", less, None)), None),
            "unknown told -",
        ),
        (
            "told at most, kept at least",
            unknown(None, Some(told(None))),
            unknown(Some(report("files", less, None)), None),
            "unknown files told",
        ),
        (
            "kept at most",
            unknown(None, None),
            unknown(None, Some(report("files", less, None))),
            "unknown - files",
        ),
        (
            "unknown, nothing kept",
            unknown(Some(told(None)), None),
            Reading::Silent,
            "unknown told -",
        ),
    ];
    for (case, told, files, expected) in cases {
        assert_eq!(shown(&choose(told, files)), expected, "{case}");
    }
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
