//! Real output of opencode 1.18.33 against a provider that served known tokens, and the ways in
//! which its figures go wrong.

use std::time::{Duration, SystemTime};

use super::super::messages::{KILLED, TORN, UNFINISHED};
use super::super::tests::hostile::Subject;
use super::super::tests::{known, only, read, unknown};
use super::stdout::{EMPTY, FAILED, HELPERS, MALFORMED, TITLE};
use crate::usage::{Reading, Tokens, Totals};

const TITLED: &str = include_str!("fixtures/titled.jsonl");
const TOOL: &str = include_str!("fixtures/tool.jsonl");
const LINE: &str = "run --title t --format json hi";

/// 100 and 3 uncached, 20 cached, 30 out, of which 5 were reasoning.
fn served() -> Tokens {
    Tokens {
        input: 103,
        cache_read: 20,
        output: 30,
        reasoning: 5,
        ..Tokens::default()
    }
}

fn both() -> Tokens {
    Tokens {
        input: 103 + 203,
        cache_read: 20 + 21,
        output: 30 + 31,
        reasoning: 5 + 5,
        ..Tokens::default()
    }
}

#[test]
fn reasoning_is_beside_the_output_and_cached_input_beside_the_input() {
    assert!(TITLED.contains("\"output\":25,\"reasoning\":5"));
    let report = known("opencode", LINE, TITLED);
    let usage = only(&report);
    assert_eq!(usage.tokens, Some(served()));
    assert_eq!((usage.requests, report.totals), (Some(1), Totals::Run));
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_258_406_207);
    assert_eq!(usage.at, Some(at));
    assert_eq!(
        report.cost.map(|cost| cost.to_string()).as_deref(),
        Some("0.000173")
    );
    assert_eq!(report.ids, ["msg_1fdbd509e0018Cjdxosun1qPrJ"]);
    assert!(report.session.is_some_and(|id| id.starts_with("ses_")));
}

#[test]
fn steps_add_up_request_by_request() {
    let report = known("opencode", LINE, TOOL);
    assert_eq!(report.tokens(), Ok(Some(both())));
    assert_eq!((report.models.len(), report.ids.len()), (2, 2));
    assert_eq!(report.named_cost(), Ok(report.cost));
    // A step that is told twice counts once.
    let last = TOOL.lines().last().expect("a line");
    let twice = format!("{TOOL}{last}\n");
    assert_eq!(known("opencode", LINE, &twice), report);
}

#[test]
fn no_cost_beside_tokens_is_no_cost() {
    let text = include_str!("fixtures/continued_free.jsonl");
    assert!(text.contains("\"cost\":0"));
    let report = known("opencode", "run --continue --format json hi", text);
    assert_eq!((report.cost, only(&report).cost), (None, None));
    assert_eq!(only(&report).tokens, Some(served()));
    // Nor is a sum known of which a part is not.
    let free = TOOL.replacen(&cost_of(TOOL), "\"cost\":0", 1);
    assert_ne!(free, TOOL);
    let report = known("opencode", LINE, &free);
    assert_eq!(
        (report.cost, report.named_cost().unwrap().is_some()),
        (None, true)
    );
}

/// The first cost as it stands in the text.
fn cost_of(text: &str) -> String {
    let (_, rest) = text.split_once("\"cost\":").expect("a cost");
    let figure: String = rest.chars().take_while(|c| *c != '}').collect();
    format!("\"cost\":{figure}")
}

#[test]
fn a_session_without_a_title_has_one_made_in_a_request_that_is_not_told() {
    // The provider served two requests, and one is printed.
    let text = include_str!("fixtures/untitled.jsonl");
    assert_eq!(
        unknown("opencode", "run --format json hi", text),
        (TITLE.to_owned(), Some(served()))
    );
    for line in [
        "run --title=x --format json hi",
        "run -c --format json hi",
        "run --session ses_1 --format json hi",
    ] {
        assert_eq!(known("opencode", line, text).tokens(), Ok(Some(served())));
    }
}

#[test]
fn only_the_root_session_is_told() {
    // The helper was served 1000 and 1000.
    let text = include_str!("fixtures/helpers.jsonl");
    assert_eq!(
        unknown("opencode", LINE, text),
        (HELPERS.to_owned(), Some(both()))
    );
}

#[test]
fn a_refused_run_is_not_free() {
    assert_eq!(
        unknown("opencode", LINE, include_str!("fixtures/refused.jsonl")),
        (FAILED.to_owned(), None)
    );
    let (reason, least) = unknown(
        "opencode",
        LINE,
        include_str!("fixtures/refused_after_tool.jsonl"),
    );
    assert_eq!(reason, FAILED);
    assert_eq!(least.map(|tokens| tokens.input), Some(203));
}

#[test]
fn the_last_step_may_be_missing() {
    assert_eq!(
        unknown("opencode", LINE, include_str!("fixtures/killed.jsonl")),
        (KILLED.to_owned(), None)
    );
    let lines: Vec<_> = TOOL.lines().collect();
    let (last, before) = lines.split_last().expect("lines");
    assert!(last.contains("step_finish"));
    // Without its end, and without even its start: an agent that called a tool goes on.
    for kept in [before, lines.get(..3).expect("three lines")] {
        let (reason, least) = unknown("opencode", LINE, &(kept.join("\n") + "\n"));
        assert_eq!(
            (reason.as_str(), least.map(|t| t.input)),
            (UNFINISHED, Some(203))
        );
    }
    let half = TOOL.trim_end().split_at(TOOL.len() - 9).0;
    assert_eq!(unknown("opencode", LINE, half).0, TORN);
}

#[test]
fn a_step_of_zeros_is_not_free() {
    let zeros = TITLED
        .replace("\"input\":103", "\"input\":0")
        .replace("\"output\":25", "\"output\":0")
        .replace("\"reasoning\":5", "\"reasoning\":0")
        .replace("\"read\":20", "\"read\":0");
    assert_eq!(unknown("opencode", LINE, &zeros), (EMPTY.to_owned(), None));
    let later = zeros + TOOL;
    assert_eq!(
        unknown("opencode", LINE, &later),
        (EMPTY.to_owned(), Some(both()))
    );
}

#[test]
fn the_model_is_in_no_event_and_known_from_the_arguments_only() {
    let model = |line: &str| {
        let report = known("opencode", line, TITLED);
        let usage = only(&report);
        (usage.provider.clone(), usage.model.clone())
    };
    assert_eq!(model(LINE), (None, None));
    let named = (Some("anthropic".to_owned()), Some("claude-x".to_owned()));
    assert_eq!(model("run -m anthropic/claude-x --title t"), named);
    let nested = model("run --title t --model=openrouter/z-ai/glm");
    assert_eq!(nested.1.as_deref(), Some("z-ai/glm"));
}

#[test]
fn nothing_of_the_agent_is_silent() {
    for text in ["", "hello\n", "{\"type\":\"step_finish\",\"part\":{}}\n"] {
        assert_eq!(read("opencode", LINE, text), Reading::Silent, "{text}");
    }
    let broken = "{\"type\":\"step_finish\",\"sessionID\":\"s\",\"part\":{}}\n";
    assert_eq!(
        unknown("opencode", LINE, broken),
        (MALFORMED.to_owned(), None)
    );
}

#[test]
fn too_many_steps_are_refused() {
    let step = |n: u32| {
        format!(
            r#"{{"type":"step_finish","sessionID":"s","part":{{"id":"{n}","tokens":{{"input":1,"output":1}}}}}}"#
        ) + "\n"
    };
    let text: String = (0..10_001).map(step).collect();
    let (reason, least) = unknown("opencode", LINE, &text);
    assert!(reason.contains("10000 steps"), "{reason}");
    assert_eq!(least.map(|tokens| tokens.input), Some(10_000));
}

#[test]
fn hostile_output_is_borne() {
    let subject = Subject {
        agent: "opencode",
        args: LINE,
        text: TITLED,
        figures: &[
            "\"input\":103",
            "\"output\":25",
            "\"reasoning\":5",
            "\"write\":0",
            "\"read\":20",
        ],
    };
    subject.bears_everything();
}
