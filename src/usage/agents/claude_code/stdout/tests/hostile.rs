//! Figures, names and floods that no honest agent prints.

use proptest::prelude::*;

use super::*;
use crate::usage::agents::tests::hostile::{Subject, pieces};

#[test]
fn hostile_output_is_borne() {
    let subject = Subject {
        agent: "claude-code",
        args: "-p hi --output-format stream-json",
        text: STREAM,
        figures: &[
            "\"inputTokens\":1200",
            "\"outputTokens\":345",
            "\"cacheReadInputTokens\":500",
            "\"cacheCreationInputTokens\":3000",
        ],
    };
    subject.bears_everything();
}

#[test]
fn hostile_figures_make_the_cost_unknown() {
    for (usd, reason) in [
        ("-0.01", "total_cost_usd is negative"),
        ("1e308", "total_cost_usd is too large"),
        ("9223372036854775808", "total_cost_usd is too large"),
        ("\"0.01\"", "total_cost_usd is not a number"),
        ("null", "total_cost_usd is not a number"),
        ("[]", "total_cost_usd is not a number"),
        ("NaN", "the agent's result is malformed"),
    ] {
        assert_eq!(
            unknown(&result(usd, "1")),
            (reason.to_owned(), None),
            "{usd}"
        );
    }
    for (output, reason) in [
        ("-1", "outputTokens is negative"),
        ("1.5", "outputTokens is not a whole number"),
        ("9223372036854775808", "outputTokens is too large"),
        ("1e308", "outputTokens is too large"),
        ("null", "outputTokens is not a number"),
        ("\"1\"", "outputTokens is not a number"),
        (
            "9223372036854775807",
            "the figures add up to more than a ledger can hold",
        ),
    ] {
        assert_eq!(
            unknown(&result("1", output)),
            (reason.to_owned(), None),
            "{output}"
        );
    }
}

#[test]
fn a_bad_last_result_leaves_the_one_before_as_lower_bound() {
    let (reason, least) = unknown(&(result("0.5", "9") + &result("-1", "9")));
    assert_eq!(reason, "total_cost_usd is negative");
    assert_eq!(least.as_deref(), Some("0.50"));
    assert_eq!(
        cost(&known(&(result("-1", "9") + &result("0.5", "9")))),
        "0.50"
    );
    // What was lost lies before the totals were set back: gone for good.
    let text = result("0.5", "9") + &result("-1", "9") + &result("0.25", "9");
    assert_eq!(unknown(&text).1.as_deref(), Some("0.75"));
}

#[test]
fn names_given_twice_are_refused() {
    let twice = r#"{"type":"result","total_cost_usd":1,"total_cost_usd":0}"#;
    assert_eq!(unknown(twice).0, "the agent's result is malformed");
    let entry = r#""m":{"inputTokens":1,"outputTokens":1}"#;
    let models =
        format!("{{\"type\":\"result\",\"total_cost_usd\":1,\"modelUsage\":{{{entry},{entry}}}}}");
    assert_eq!(unknown(&models).0, "the agent's result is malformed");
}

#[test]
fn too_many_models_are_refused() {
    let entries: Vec<_> = (0..1001)
        .map(|n| format!("\"{n}\":{{\"inputTokens\":1,\"outputTokens\":1}}"))
        .collect();
    let text = format!(
        "{{\"type\":\"result\",\"modelUsage\":{{{}}}}}",
        entries.join(",")
    );
    assert_eq!(
        unknown(&text).0,
        "the agent's result names more than 1000 models"
    );
}

#[test]
fn a_flood_neither_fills_memory_nor_hides_the_result() {
    let chunk = vec![b'x'; 1 << 20];
    let mut meter = meter(false);
    meter.feed(b"{\"type\":\"user\",\"text\":\"");
    for _ in 0..64 {
        meter.feed(&chunk);
    }
    meter.feed(b"\"}\n");
    for _ in 0..64 {
        meter.feed(&chunk);
    }
    meter.feed(b"\n");
    meter.feed(STREAM.as_bytes());
    assert_eq!(meter.finish(), read(STREAM));
}

proptest! {
    #[test]
    fn chunks_do_not_matter(
        which in 0..4_usize,
        cut in any::<prop::sample::Index>(),
        sizes in prop::collection::vec(1..700_usize, 1..40),
        flip in any::<(prop::sample::Index, u8, bool)>(),
    ) {
        let texts = [SUCCESS, STREAM, CLEAR, include_str!("../../fixtures/verbose.json")];
        let mut bytes = texts[which].as_bytes().to_vec();
        bytes.truncate(cut.index(bytes.len()) + 1);
        if flip.2 {
            let at = flip.0.index(bytes.len());
            bytes[at] = flip.1;
        }
        let chunks = pieces(&bytes, &sizes);
        prop_assert_eq!(read_chunks(chunks, false), read_chunks([bytes.as_slice()], false));
    }

    #[test]
    fn a_cut_stream_is_never_cheaper_than_known(cut in 0..CLEAR.len()) {
        // Only complete results are known, and only where nothing was begun after them.
        match read_chunks([CLEAR.as_bytes().split_at(cut).0], false) {
            Reading::Known(report) => {
                let done = CLEAR.as_bytes().split_at(cut).0;
                let trimmed = done.trim_ascii_end();
                let whole = trimmed.ends_with(b"}");
                prop_assert!(whole);
                prop_assert!(report.cost.is_some());
            }
            Reading::Silent => prop_assert_eq!(cut, 0),
            Reading::Unknown { .. } => {}
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        read_chunks([bytes.as_slice()], false);
    }

    #[test]
    fn no_message_panics(text in "(\\{\"type\":\"(result|assistant)\",\"total_cost_usd\":[-0-9.eE]{1,6},\"modelUsage\":\\{\"m\":\\{\"inputTokens\":[-0-9.e]{1,5},\"outputTokens\":[0-9]{1,20}\\}\\}\\}\n){0,6}") {
        read(&text);
    }
}
