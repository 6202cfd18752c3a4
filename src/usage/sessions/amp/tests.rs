//! Every way in which a count of threads goes wrong.

use super::*;
use crate::usage::sessions::tests::{outputs, scan, sums};
use crate::usage::sessions::{Message, Scan};

const AGENT: &Threads = &Threads;
const FILE: &str = ".local/share/amp/threads/T-1.json";
const NEW: &str = r#"{"v":9,"id":"T-1","created":1,"messages":[
    {"role":"user","messageId":0,"content":[]},
    {"role":"assistant","messageId":1,"usage":{"model":"claude-haiku-4-5-20251001","maxInputTokens":168000,"inputTokens":10,"outputTokens":178,"cacheCreationInputTokens":986,"cacheReadInputTokens":11372,"totalInputTokens":12368,"timestamp":"2026-01-19T11:42:10.652Z"}},
    {"role":"assistant","messageId":3,"usage":{"model":"gpt-5.5","inputTokens":0,"outputTokens":42,"cacheCreationInputTokens":700,"cacheReadInputTokens":300,"totalInputTokens":1000,"timestamp":"2026-01-19T11:43:00.000Z"}}],
    "env":{"initial":{"trees":[{"displayName":"work","uri":"file:///home/ann/work"}],"tags":["model:x"]}},"title":"a title"}"#;
const OLD: &str = r#"{"id":"T-1","messages":[
    {"role":"assistant","messageId":1,"usage":{"model":"claude-sonnet-4-5","inputTokens":10,"outputTokens":20,"cacheCreationInputTokens":null,"cacheReadInputTokens":500,"credits":1.5}}],
    "usageLedger":{"events":[
    {"id":"e1","timestamp":"2026-01-08T11:42:10.652Z","model":"claude-sonnet-4-5","credits":1.5,"tokens":{"input":10,"output":20},"operationType":"inference","fromMessageId":0,"toMessageId":1},
    {"id":"e2","timestamp":"2026-01-08T11:42:11.000Z","model":"claude-haiku-4-5","credits":0.1,"tokens":{"input":99,"output":7},"operationType":"title-generation","toMessageId":0},
    {"id":"e3","timestamp":"2026-01-08T11:42:12.000Z","model":"gpt-5","credits":0,"tokens":{"input":0,"output":0},"operationType":"inference"}]}}"#;

fn one_file(text: &str) -> Scan {
    scan(AGENT, &[(FILE, text)])
}

#[test]
fn every_answer_has_its_usage_beside_it() {
    let scan = one_file(NEW);
    assert_eq!(scan.lost, []);
    let [first, second] = scan.messages.as_slice() else {
        panic!("{scan:?}");
    };
    assert_eq!(
        (&*first.session, first.cwd.as_deref()),
        ("T-1", Some("/home/ann/work"))
    );
    let kinds = |message: &Message| {
        let tokens = message.usage.tokens.expect("tokens");
        [
            tokens.input,
            tokens.cache_read,
            tokens.cache_write_5m,
            tokens.output,
        ]
    };
    assert_eq!(kinds(first), [10, 11372, 986, 178]);
    // Input of other models that no cache had is called written to one, and is not.
    assert_eq!(kinds(second), [700, 300, 0, 42]);
}

#[test]
fn an_answer_and_its_charge_are_one_and_credits_are_not_money() {
    let scan = one_file(OLD);
    assert_eq!(scan.lost, []);
    assert_eq!(outputs(&scan), [20, 7]);
    assert_eq!(sums(&scan), [109, 500, 0, 27, 0]);
    assert!(
        scan.messages
            .iter()
            .all(|message| message.usage.cost.is_none())
    );
    // What a charge alone tells leaves out what was cached.
    let part = |at: usize| scan.messages[at].usage.off_table.is_some();
    assert_eq!((part(0), part(1)), (false, true));
}

#[test]
fn a_thread_begun_as_a_copy_of_another_repeats_its_answers() {
    let copy = NEW.replace("T-1", "T-2");
    let scan = scan(
        AGENT,
        &[(FILE, NEW), (".local/share/amp/threads/T-2.json", &copy)],
    );
    assert_eq!(outputs(&scan), [178, 42]);
}

#[test]
fn what_cannot_be_read_is_lost_and_not_free() {
    for (from, to) in [
        (r#""outputTokens":42"#, r#""outputTokens":-42"#),
        (r#""outputTokens":42"#, r#""outputTokens":4.2"#),
        (
            r#""outputTokens":42"#,
            r#""outputTokens":9223372036854775808"#,
        ),
        (r#""timestamp":"2026-01-19T11:43:00.000Z""#, r#""x":0"#),
        (
            r#""outputTokens":42,"cacheCreationInputTokens":700,"cacheReadInputTokens":300"#,
            r#""outputTokens":0"#,
        ),
    ] {
        let scan = one_file(&NEW.replace(from, to));
        assert_eq!((outputs(&scan), scan.lost.len()), (vec![178], 1), "{to}");
    }
    let cut: String = NEW.chars().take(NEW.len() - 1).collect();
    for torn in [cut.as_str(), "[]", ""] {
        let scan = one_file(torn);
        assert_eq!((scan.messages.len(), scan.lost.len()), (0, 1), "{torn}");
    }
}

#[test]
fn a_thread_without_answers_says_nothing() {
    for text in [
        r#"{"id":"T-1"}"#,
        r#"{"id":"T-1","messages":[{"role":"user"}],"env":7}"#,
    ] {
        assert_eq!(one_file(text), Scan::default());
    }
}
