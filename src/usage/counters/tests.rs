//! Sessions that go on.

use super::super::Source;
use super::*;

fn usage(model: &str, input: u64, output: u64) -> ModelUsage {
    ModelUsage {
        model: Some(model.to_owned()),
        tokens: Some(Tokens {
            input,
            output,
            ..Tokens::default()
        }),
        ..ModelUsage::default()
    }
}

fn session(continued: bool, models: &[ModelUsage]) -> Report {
    Report {
        totals: Totals::Session { continued },
        models: models.to_vec(),
        ..Report::new(Source::new("codex"))
    }
}

fn known(reading: Reading) -> Vec<ModelUsage> {
    match reading {
        Reading::Known(report) => report.models,
        other => panic!("not known: {other:?}"),
    }
}

#[test]
fn a_session_that_began_with_the_run_is_the_run() {
    let report = session(false, &[usage("m", 10, 2)]);
    assert_eq!(known(of_run(report, None)), [usage("m", 10, 2)]);
}

#[test]
fn a_continued_session_is_charged_for_what_it_moved() {
    let before = Counters::of(&session(false, &[usage("m", 10, 2), usage("n", 1, 1)]));
    let now = [usage("m", 25, 2), usage("n", 1, 1), usage("o", 4, 0)];
    let moved = known(of_run(session(true, &now), Some(&before)));
    assert_eq!(moved, [usage("m", 15, 0), usage("o", 4, 0)]);
}

#[test]
fn a_session_that_did_not_move_used_nothing() {
    let counters = Counters::of(&session(false, &[usage("m", 10, 2)]));
    let reading = of_run(session(true, &[usage("m", 10, 2)]), Some(&counters));
    let Reading::Known(report) = reading else {
        panic!("not known: {reading:?}");
    };
    assert_eq!(report.cost, Some(Cost::ZERO));
    assert_eq!(report.tokens(), Ok(Some(Tokens::default())));
}

#[test]
fn a_continued_session_without_a_baseline_is_unknown_and_bounded() {
    let report = session(true, &[usage("m", 22_400_000, 5)]);
    let Reading::Unknown {
        at_least, at_most, ..
    } = of_run(report.clone(), None)
    else {
        panic!("known");
    };
    assert_eq!((at_least, at_most), (None, Some(Box::new(report))));
}

#[test]
fn a_counter_that_fell_began_anew() {
    let before = Counters::of(&session(false, &[usage("m", 10, 9)]));
    // One kind is enough: the sum has grown.
    let now = session(true, &[usage("m", 500, 8)]);
    assert_eq!(known(of_run(now, Some(&before))), [usage("m", 500, 8)]);
    let now = session(true, &[usage("n", 500, 10)]);
    assert_eq!(known(of_run(now, Some(&before))), [usage("n", 500, 10)]);
}

#[test]
fn money_runs_on_as_tokens_do() {
    let paid = |usd: &str| Report {
        cost: Some(Cost::from_decimal(usd).expect("money")),
        ..session(true, &[])
    };
    let cost = |now, before: &Counters| match of_run(paid(now), Some(before)) {
        Reading::Known(report) => report.cost.map(|cost| cost.to_string()),
        other => panic!("not known: {other:?}"),
    };
    let before = Counters::of(&paid("1.25"));
    assert_eq!(cost("1.75", &before).as_deref(), Some("0.50"));
    assert_eq!(cost("0.10", &before).as_deref(), Some("0.10"));
}

#[test]
fn totals_of_the_run_alone_need_no_baseline() {
    let before = Counters::of(&session(false, &[usage("m", 5, 5)]));
    let report = Report {
        totals: Totals::Run,
        ..session(true, &[usage("m", 7, 7)])
    };
    assert_eq!(known(of_run(report, Some(&before))), [usage("m", 7, 7)]);
}

#[test]
fn what_is_kept_comes_back() {
    let counters = Counters::of(&session(false, &[usage("m", u64::MAX >> 1, 2)]));
    assert_eq!(Counters::from_text(&counters.to_text()), Some(counters));
    assert_eq!(Counters::from_text("{}"), None);
}
