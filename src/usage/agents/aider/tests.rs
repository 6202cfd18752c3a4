//! The lines that aider prints, and how far their figures are from the truth.

use super::super::tests::{meter, read};
use super::stdout::MALFORMED;
use crate::usage::{Cost, Reading, Report, Tokens};

const FULL: &str = "Tokens: 12k sent, 1.2k cache write, 3.4k cache hit, 567 received.
Cost: $0.02 message, $0.15 session.
";

fn bounds(text: &str) -> (Report, Report) {
    match read("aider", "", text) {
        Reading::Unknown {
            at_least: Some(least),
            at_most: Some(most),
            ..
        } => (*least, *most),
        other => panic!("{other:?}"),
    }
}

fn cost(report: &Report) -> Option<String> {
    report.cost.map(|cost: Cost| cost.to_string())
}

fn tokens(report: &Report) -> Tokens {
    report.tokens().unwrap().expect("tokens")
}

#[test]
fn rounded_figures_are_bounds() {
    let (least, most) = bounds(FULL);
    assert_eq!(
        (cost(&least).as_deref(), cost(&most).as_deref()),
        (Some("0.145"), Some("0.155"))
    );
    assert_eq!(
        (tokens(&least).input, tokens(&most).input),
        (11_500, 12_500)
    );
    assert_eq!((tokens(&least).output, tokens(&most).output), (567, 567));
    // What was sent may contain what was cached.
    assert_eq!(
        (tokens(&least).cache_read, tokens(&most).cache_read),
        (0, 3450)
    );
    let most = tokens(&most);
    assert_eq!((most.cache_write_5m, most.total()), (1250, Ok(17_767)));
}

#[test]
fn the_cost_is_the_sessions_and_tokens_are_the_messages() {
    let text = "Tokens: 10 sent, 2 received. Cost: $0.0021 message, $0.0021 session.
some words of a model
Tokens: 20 sent, 3 received. Cost: $0.01 message, $0.0123 session.
";
    let (least, most) = bounds(text);
    assert_eq!(
        (cost(&least).as_deref(), cost(&most).as_deref()),
        (Some("0.01225"), Some("0.01235"))
    );
    assert_eq!(
        (tokens(&least), tokens(&least).total()),
        (tokens(&most), Ok(35))
    );
}

#[test]
fn a_message_without_a_price_has_no_upper_bound_of_cost() {
    let text = "Tokens: 10 sent, 2 received.\n";
    let (least, most) = bounds(text);
    assert_eq!((least.cost, most.cost), (None, None));
    let priced = "Tokens: 10 sent, 2 received. Cost: $0.50 message, $0.50 session.\n";
    let (least, most) = bounds(&(priced.to_owned() + text));
    assert_eq!((cost(&least).as_deref(), most.cost), (Some("0.495"), None));
}

#[test]
fn what_is_not_understood_has_no_upper_bound() {
    for line in [
        "Tokens: many sent.",
        "Tokens: -1 sent, 2 received.",
        "Tokens: 1e308 sent, 2 received.",
        "Tokens: 9223372036854775807k sent.",
        "Tokens: 1.23k sent.",
        "Tokens: 5 sent, 2 received. Cost: free",
        "Tokens: 5 sent, 2 received. Cost: $-1 message, $-1 session.",
        "Tokens: 5 sent, 2 received. Cost: $NaN message, $NaN session.",
        "Tokens: 5 sent, 2 thrown away.",
    ] {
        let text = format!("{FULL}{line}\n");
        match read("aider", "", &text) {
            Reading::Unknown {
                reason,
                at_least: Some(_),
                at_most: None,
            } => assert_eq!(reason, MALFORMED, "{line}"),
            other => panic!("{line}: {other:?}"),
        }
    }
}

#[test]
fn noise_and_a_torn_end_never_raise_what_is_certain() {
    let whole = read("aider", "", FULL);
    let noise = "\0\u{feff}\n{\"a\":1,\"a\":2}\n\u{1b}[1m\nTokens\nx Tokens: 9k sent\n";
    let mixed = FULL.replace('\n', &format!("\r\n{noise}"));
    // The cost follows the tokens at once, or it is not of them.
    let mixed = mixed.replacen(&format!("\r\n{noise}Cost"), "\r\nCost", 1);
    assert_eq!(read("aider", "", &format!("{noise}{mixed}")), whole);
    let (least, _) = bounds(FULL);
    for end in 0..FULL.len() {
        match read("aider", "", FULL.split_at(end).0) {
            Reading::Silent => {}
            Reading::Unknown { at_least, .. } => {
                let told = at_least.map(|report| (report.cost, tokens(&report)));
                let (cost, told) = told.unwrap_or_default();
                assert!(cost <= least.cost, "{end}");
                assert!(told.total().ok() <= tokens(&least).total().ok(), "{end}");
            }
            Reading::Known(report) => panic!("cut at {end}: {report:?}"),
        }
    }
}

#[test]
fn other_text_is_silent_and_any_split_is_the_same() {
    for text in [
        "",
        "hello\n",
        "Cost: $1 message, $1 session.\n",
        "my Tokens: 3 sent\n",
    ] {
        assert_eq!(read("aider", "", text), Reading::Silent, "{text}");
    }
    let whole = read("aider", "", FULL);
    for at in 0..FULL.len() {
        let (first, second) = FULL.as_bytes().split_at(at);
        let mut meter = meter("aider", "");
        meter.feed(first);
        meter.feed(second);
        assert_eq!(meter.finish(), whole);
    }
    let flood = "x".repeat(10 << 20) + "\n" + FULL;
    assert_eq!(read("aider", "", &flood), whole);
}
