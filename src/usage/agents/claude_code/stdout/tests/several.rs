//! Several results in one output: totals that run on, are set back, or are of several runs.

use super::*;

#[test]
fn of_several_results_the_last_counts() {
    let report = known(CLEAR);
    assert_eq!(report.tokens(), Ok(Some(served(3))));
    assert_eq!(cost(&report), "0.060525");
}

#[test]
fn totals_set_back_add_up() {
    let text = result("0.5", "9") + &result("0.75", "12") + &result("0.25", "3");
    let report = known(&text);
    assert_eq!(cost(&report), "1.00");
    assert_eq!(
        report
            .models
            .first()
            .and_then(|m| m.tokens)
            .map(|t| t.output),
        Some(15)
    );
    // Back to zero, and beyond the money of before, but not its tokens.
    assert_eq!(
        cost(&known(
            &(result("0.5", "9") + &result("0", "0") + &result("2", "4"))
        )),
        "2.50"
    );
    assert_eq!(
        cost(&known(&(result("0.5", "9") + &result("2", "4")))),
        "2.50"
    );
}

#[test]
fn several_runs_of_a_script_are_not_taken_for_running_totals_of_one() {
    let of = |text: &str| {
        let mut meter = script_meter(false);
        meter.feed(text.as_bytes());
        meter.finish()
    };
    assert_eq!(of(STREAM), read(STREAM), "one result is one run");
    let several = of(&(result("0.5", "9") + &result("0.75", "12")));
    let Reading::Unknown {
        reason,
        at_least: Some(least),
        at_most: Some(most),
    } = several
    else {
        panic!("not bounded: {several:?}");
    };
    assert_eq!(
        (reason.as_str(), cost(&least)),
        (SEVERAL, "0.75".to_owned())
    );
    assert_eq!(cost(&most), "1.25");
    // The second cannot contain the first.
    let text = result("0.5", "9") + &result("0.25", "3");
    assert_eq!(of(&text), read(&text));
    // The session is that of all of them, or none.
    let session = |reading: Reading| match reading {
        Reading::Unknown { at_most, .. } => at_most.and_then(|report| report.session),
        other => panic!("not unknown: {other:?}"),
    };
    let named = |usd, id| {
        result(usd, "9").replace(
            "\"subtype\"",
            &format!("\"session_id\":\"{id}\",\"subtype\""),
        )
    };
    assert_eq!(session(of(&(named("1", "a") + &named("2", "b")))), None);
    assert_eq!(
        session(of(&(named("1", "a") + &named("2", "a")))).as_deref(),
        Some("a")
    );
}

#[test]
fn a_gap_in_the_numbers_of_results_matters_where_totals_were_set_back() {
    let numbered = |index: &str, usd, output| {
        let told = format!("\"result_index\":{index},\"subtype\"");
        result(usd, output).replace("\"subtype\"", &told)
    };
    let (first, fell) = (numbered("0", "0.5", "9"), numbered("2", "0.25", "3"));
    let (reason, least) = unknown(&(first.clone() + &fell));
    assert_eq!((reason.as_str(), least.as_deref()), (MISSING, Some("0.75")));
    // Totals that went on include what did not arrive.
    assert_eq!(
        cost(&known(&(first.clone() + &numbered("2", "0.75", "12")))),
        "0.75"
    );
    assert_eq!(cost(&known(&(first + &numbered("1", "0.25", "3")))), "0.75");
}

#[test]
fn what_a_run_of_a_script_did_not_tell_is_in_no_later_result() {
    let of = |text: &str| {
        let mut meter = script_meter(false);
        meter.feed(text.as_bytes());
        match meter.finish() {
            Reading::Unknown {
                reason, at_least, ..
            } => (reason, at_least.and_then(|report| report.cost)),
            other => panic!("{other:?}"),
        }
    };
    let cost = Cost::from_decimal("0.020175").ok();
    let failed = include_str!("../../fixtures/api_error.json");
    assert_eq!(
        of(&(failed.to_owned() + STREAM)),
        (CRASHED.to_owned(), cost)
    );
    let killed = include_str!("../../fixtures/killed.jsonl");
    let killed = format!("{killed}\n{ASSISTANT}\n{STREAM}");
    assert_eq!(of(&killed), (UNFINISHED.to_owned(), cost));
}
