//! Real output of Codex 0.169.0 against a provider that served known tokens, and the ways in which
//! its figures go wrong.

use super::super::messages::{KILLED, TORN, UNFINISHED};
use super::super::tests::hostile::Subject;
use super::super::tests::{known, only, read, unknown};
use crate::usage::{Reading, Report, Tokens, Totals};

const ONE_TURN: &str = include_str!("fixtures/one_turn.jsonl");
const EXEC: &str = "exec --json -m gpt-5.5";

fn tokens_of(text: &str) -> Tokens {
    let report = known("codex", EXEC, text);
    only(&report).tokens.expect("tokens")
}

fn event(input: u64, output: u64) -> String {
    format!(
        r#"{{"type":"turn.completed","usage":{{"input_tokens":{input},"output_tokens":{output}}}}}"#
    ) + "\n"
}

fn thread(id: &str, turns: &[(u64, u64)]) -> String {
    let start = format!(r#"{{"type":"thread.started","thread_id":"{id}"}}"#) + "\n";
    let turn = |(input, output): &(u64, u64)| {
        "{\"type\":\"turn.started\"}\n".to_owned() + &event(*input, *output)
    };
    start + &turns.iter().map(turn).collect::<String>()
}

/// The whole reading: its totals, and what they are of.
fn summary(report: &Report) -> (u64, u64, Totals, Option<&str>) {
    let tokens = report.tokens().expect("in range").expect("tokens");
    let session = report.session.as_deref();
    (tokens.input, tokens.output, report.totals, session)
}

#[test]
fn cached_and_written_input_is_inside_input_and_reasoning_inside_output() {
    // Served: 1000 uncached, 200 read from the cache, 77 written to it, 300 out, of which 40 thought.
    let served = Tokens {
        input: 1000,
        cache_read: 200,
        cache_write_5m: 77,
        output: 300,
        reasoning: 40,
        ..Tokens::default()
    };
    assert_eq!(tokens_of(ONE_TURN), served);
    assert_eq!(served.total(), Ok(1577));
}

#[test]
fn a_turn_with_tools_is_the_sum_of_its_requests() {
    let served = Tokens {
        input: 900 + 901,
        cache_read: 10 + 11,
        cache_write_5m: 20 + 21,
        output: 50 + 51,
        reasoning: 5 + 6,
        ..Tokens::default()
    };
    assert_eq!(tokens_of(include_str!("fixtures/tool_call.jsonl")), served);
    let report = known("codex", EXEC, include_str!("fixtures/tool_call.jsonl"));
    assert_eq!(only(&report).requests, None);
}

#[test]
fn totals_are_of_the_whole_thread_so_a_resumed_one_tells_earlier_runs_again() {
    let first = known("codex", EXEC, include_str!("fixtures/resume_1.jsonl"));
    let resumed = "exec resume 01a1 --json";
    let second = known("codex", resumed, include_str!("fixtures/resume_2.jsonl"));
    let thread = first.session.as_deref();
    assert_eq!(
        summary(&first),
        (1000, 300, Totals::Session { continued: false }, thread)
    );
    // The second run was served 1111 + 44 and 222 alone.
    let both = (1000 + 1155, 300 + 222);
    assert_eq!(
        summary(&second),
        (both.0, both.1, Totals::Session { continued: true }, thread)
    );
    for line in ["exec --json resume --last hi", "e fork 01a1 --json"] {
        let again = known("codex", line, include_str!("fixtures/resume_2.jsonl"));
        assert_eq!(again.totals, Totals::Session { continued: true }, "{line}");
    }
}

#[test]
fn a_fork_has_a_new_thread_and_the_totals_of_the_old_one() {
    let before = known("codex", EXEC, include_str!("fixtures/before_fork.jsonl"));
    let fork = known(
        "codex",
        "exec --json fork 01a1",
        include_str!("fixtures/forked.jsonl"),
    );
    assert_ne!(before.session, fork.session);
    let twice = (1200 * 2, 345 * 2);
    assert_eq!(
        summary(&fork),
        (
            twice.0,
            twice.1,
            Totals::Session { continued: true },
            fork.session.as_deref()
        )
    );
}

#[test]
fn of_several_turns_of_a_thread_the_last_counts() {
    let turns = thread("t", &[(16_504, 3), (85_681, 9), (103_779, 12)]);
    let report = known("codex", EXEC, &turns);
    let fresh = Totals::Session { continued: false };
    assert_eq!(summary(&report), (103_779, 12, fresh, Some("t")));
    // The same thread, spoken of again.
    let again = turns + &thread("t", &[(110_000, 20)]);
    assert_eq!(
        summary(&known("codex", EXEC, &again)),
        (110_000, 20, fresh, Some("t"))
    );
}

#[test]
fn totals_that_fall_were_set_back_and_add_up() {
    let report = known(
        "codex",
        EXEC,
        &thread("t", &[(100, 10), (40, 20), (50, 30)]),
    );
    assert_eq!((summary(&report).0, summary(&report).1), (150, 40));
}

#[test]
fn several_threads_add_up_and_are_no_session() {
    let text = thread("a", &[(1, 2), (10, 20)]) + &thread("b", &[(100, 200)]);
    let report = known("codex", EXEC, &text);
    assert_eq!(summary(&report), (110, 220, Totals::Run, None));
    assert_eq!(report.models.len(), 2);
    let unfinished = text.clone() + &thread("c", &[]);
    let (reason, least) = unknown("codex", EXEC, &unfinished);
    assert_eq!(
        (reason.as_str(), least.map(|t| t.input)),
        (KILLED, Some(110))
    );
    // One of them was there before, and nothing tells which.
    match read("codex", "exec resume --last --json", &text) {
        Reading::Unknown {
            at_least: None,
            at_most: Some(most),
            ..
        } => assert_eq!(most.tokens(), report.tokens()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_failed_turn_carries_no_usage_and_is_not_free() {
    for text in [
        include_str!("fixtures/refused.jsonl"),
        // The provider served one request before it refused.
        include_str!("fixtures/refused_after_tool.jsonl"),
    ] {
        assert_eq!(
            unknown("codex", EXEC, text),
            (super::stdout::FAILED.to_owned(), None)
        );
    }
    let later = ONE_TURN.to_owned() + include_str!("fixtures/refused.jsonl");
    let (reason, least) = unknown("codex", EXEC, &later);
    assert_eq!(reason, super::stdout::FAILED);
    assert_eq!(least.and_then(|t| t.total().ok()), Some(1577));
}

#[test]
fn what_a_failed_turn_used_is_in_the_totals_of_the_next() {
    let text = include_str!("fixtures/resumed_after_refusal.jsonl");
    let report = known("codex", "exec resume 01a1 --json", text);
    assert_eq!(
        (summary(&report).0, summary(&report).1),
        (2 * 1200, 2 * 345)
    );
    let both = include_str!("fixtures/refused_after_tool.jsonl").to_owned() + text;
    assert_eq!(tokens_of(&both).output, 2 * 345);
}

#[test]
fn a_refused_request_that_was_repeated_costs_once() {
    let tokens = tokens_of(include_str!("fixtures/retried.jsonl"));
    assert_eq!((tokens.input, tokens.output), (3, 4));
}

#[test]
fn a_turn_that_reports_zeros_is_not_free() {
    // The review was served 4700 and 345 tokens.
    let review = include_str!("fixtures/review.jsonl");
    assert_eq!(
        unknown("codex", "exec --json review", review),
        (super::stdout::EMPTY.to_owned(), None)
    );
}

#[test]
fn helpers_make_the_totals_a_lower_bound() {
    let item = r#"{"type":"item.completed","item":{"id":"i","type":"collab_tool_call"}}"#;
    let text = ONE_TURN.replacen(
        "{\"type\":\"item",
        &(item.to_owned() + "\n{\"type\":\"item"),
        1,
    );
    let (reason, least) = unknown("codex", EXEC, &text);
    assert_eq!(reason, super::stdout::HELPERS);
    assert_eq!(least, Some(tokens_of(ONE_TURN)));
}

#[test]
fn a_killed_run_is_unknown_with_what_is_certain() {
    let killed = include_str!("fixtures/killed.jsonl");
    assert_eq!(
        unknown("codex", EXEC, killed),
        (UNFINISHED.to_owned(), None)
    );
    let (reason, least) = unknown(
        "codex",
        EXEC,
        &(thread("t", &[(5, 6)]) + "{\"type\":\"turn.st"),
    );
    assert_eq!(
        (reason.as_str(), least.map(|t| t.total())),
        (TORN, Some(Ok(11)))
    );
    // Of a thread that was there before, no total is certain to be this run's.
    let resumed = "exec resume --last --json";
    assert_eq!(
        unknown("codex", resumed, &(ONE_TURN.to_owned() + killed)),
        (UNFINISHED.to_owned(), None)
    );
}

#[test]
fn parts_larger_than_their_whole_are_refused() {
    for (from, to) in [
        (
            "\"cached_input_tokens\":200",
            "\"cached_input_tokens\":1278",
        ),
        (
            "\"cache_write_input_tokens\":77",
            "\"cache_write_input_tokens\":1078",
        ),
        (
            "\"reasoning_output_tokens\":40",
            "\"reasoning_output_tokens\":301",
        ),
    ] {
        let (reason, _) = unknown("codex", EXEC, &ONE_TURN.replace(from, to));
        assert!(reason.contains("is larger than"), "{reason}");
    }
}

#[test]
fn the_model_is_in_no_event_and_known_from_the_arguments_only() {
    let model = |line: &str| {
        let report = known("codex", line, ONE_TURN);
        let usage = only(&report);
        assert_eq!(usage.cost, None);
        (usage.model.clone(), usage.provider.clone())
    };
    let name = |text: &str| Some(text.to_owned());
    assert_eq!(model("exec --json"), (None, None));
    for line in [
        "exec --json -m gpt-5.5",
        "-m gpt-5 exec --json --model gpt-5.5",
        "exec --json --model=gpt-5.5 -c model=\"other\"",
        "exec --json -mgpt-5.5",
        "exec --json -c model=\"gpt-5.5\"",
        "exec --json --config model='gpt-5.5' -c model_reasoning_effort=high",
        "exec --json -cmodel=gpt-5.5",
    ] {
        assert_eq!(model(line), (name("gpt-5.5"), None), "{line}");
    }
    assert_eq!(model("exec --json -- -m gpt-5.5"), (None, None));
    assert_eq!(
        model("exec --json --oss -m gpt-oss:20b"),
        (name("gpt-oss:20b"), name("ollama"))
    );
    assert_eq!(
        model("exec --json -c model_provider=azure -m gpt-5.5"),
        (name("gpt-5.5"), name("azure"))
    );
    let fast = known("codex", "exec --json -c service_tier=\"fast\"", ONE_TURN);
    assert_eq!(only(&fast).service_tier.as_deref(), Some("fast"));
}

#[test]
fn nothing_of_the_agent_is_silent() {
    for text in ["", "hello\n", "{\"type\":\"error\",\"message\":\"no\"}\n"] {
        assert_eq!(read("codex", EXEC, text), Reading::Silent, "{text}");
    }
}

#[test]
fn an_id_that_is_too_long_to_be_one_is_not_kept() {
    let report = known("codex", EXEC, &thread(&"x".repeat(257), &[(1, 2)]));
    assert_eq!(summary(&report), (1, 2, Totals::Run, None));
}

#[test]
fn too_many_threads_are_refused() {
    let text: String = (0..1001)
        .map(|n| thread(&n.to_string(), &[(1, 1)]))
        .collect();
    let (reason, least) = unknown("codex", EXEC, &text);
    assert!(reason.contains("more than 1000 threads"), "{reason}");
    assert_eq!(least.map(|t| t.input), Some(1000));
}

#[test]
fn hostile_output_is_borne() {
    let subject = Subject {
        agent: "codex",
        args: EXEC,
        text: ONE_TURN,
        figures: &[
            "\"input_tokens\":1277",
            "\"cached_input_tokens\":200",
            "\"cache_write_input_tokens\":77",
            "\"output_tokens\":300",
            "\"reasoning_output_tokens\":40",
        ],
    };
    subject.bears_everything();
}

#[test]
fn searches_of_the_web_have_a_price_of_their_own() {
    let report = known("codex", EXEC, include_str!("fixtures/searched.jsonl"));
    assert_eq!(only(&report).off_table, Some("searches of the web"));
    assert_eq!(only(&known("codex", EXEC, ONE_TURN)).off_table, None);
}
