//! Which totals are those of a run, as an interactive run is read as a whole.

use std::collections::BTreeSet;
use std::time::SystemTime;

use super::*;
use crate::usage::sessions::tests::{home, places};
use crate::usage::sessions::{Transcripts, instant, reading};
use crate::usage::{Reading, Source};

const SETTINGS: &str = ".claude.json";

static NONE: BTreeSet<String> = BTreeSet::new();

fn at(time: &str) -> SystemTime {
    instant::parse(&format!("2026-11-21T{time}Z")).expect("a time")
}

/// Twenty seconds of an interactive run in `/w`.
fn run() -> Run<'static> {
    Run {
        start: at("12:00:00"),
        end: at("12:00:20"),
        session: None,
        directory: Some("/w"),
        counted: &NONE,
        is_interactive: true,
        is_continued: false,
        is_complete: true,
        unwritten: None,
    }
}

/// What the agent wrote down when it was closed: so many tokens in, ten out, after so many ms.
fn settings(session: &str, input: u64, cost: &str, lived: u64) -> String {
    let models = match input {
        0 => String::new(),
        input => format!(
            r#""claude-sonnet-4-5":{{"inputTokens":{input},"outputTokens":10,"cacheReadInputTokens":0,"cacheCreationInputTokens":0,"webSearchRequests":0,"costUSD":{cost}}}"#
        ),
    };
    format!(
        r#"{{"numStartups":3,"projects":{{"/other":{{"lastCost":9}},"/w":{{"hasTrustDialogAccepted":true,"lastCost":{cost},"lastDuration":{lived},"lastModelUsage":{{{models}}},"lastSessionId":"{session}"}}}}}}"#
    )
}

/// An answer in a transcript: so many tokens in, ten out.
fn answer(session: &str, time: &str, input: u64) -> String {
    format!(
        r#"{{"type":"assistant","timestamp":"2026-11-21T{time}Z","requestId":"r","sessionId":"{session}","cwd":"/w","message":{{"id":"{session}{time}","model":"claude-sonnet-4-5","usage":{{"input_tokens":{input},"output_tokens":10}}}}}}"#
    )
}

fn read_files(files: &[(&str, &str)], run: &Run<'_>) -> Reading {
    let home = home(files);
    let sessions = &Transcripts;
    for (path, _) in files {
        let file = File::options()
            .append(true)
            .open(home.path().join(path))
            .expect("a file");
        file.set_modified(run.end).expect("a time");
    }
    reading(
        Source::new("claude-code"),
        sessions,
        &places(home.path()),
        run,
    )
}

/// Transcripts of two sessions, and what was written down at the end.
fn read_all(one: &str, other: &str, settings: &str, run: &Run<'_>) -> Reading {
    let files = [
        (".claude/projects/p/one.jsonl", one),
        (".claude/projects/p/two.jsonl", other),
        (SETTINGS, settings),
    ];
    read_files(&files, run)
}

/// Tokens in, money, messages.
fn told(report: &Report) -> (u64, Option<String>, usize) {
    let tokens = report
        .tokens()
        .ok()
        .flatten()
        .map_or(0, |tokens| tokens.input);
    (
        tokens,
        report.cost.map(|cost| cost.to_string()),
        report.ids.len(),
    )
}

#[track_caller]
fn known(reading: &Reading) -> (u64, Option<String>, usize) {
    match reading {
        Reading::Known(report) => told(report),
        other => panic!("{other:?}"),
    }
}

/// The least and the most tokens in.
#[track_caller]
fn unknown(reading: &Reading) -> (Option<u64>, Option<u64>) {
    let Reading::Unknown {
        at_least, at_most, ..
    } = reading
    else {
        panic!("{reading:?}")
    };
    let input = |report: &Option<Box<Report>>| report.as_deref().map(|report| told(report).0);
    (input(at_least), input(at_most))
}

#[test]
fn requests_left_out_of_the_transcript_are_in_the_totals() {
    let (kept, told) = (
        answer("s", "12:00:05", 100),
        settings("s", 250, "0.5", 19_500),
    );
    let reading = read_all(&kept, "", &told, &run());
    assert_eq!(known(&reading), (250, Some("0.50".to_owned()), 1));
}

#[test]
fn without_totals_an_interactive_run_is_at_least_what_its_transcript_holds() {
    let kept = answer("s", "12:00:05", 100);
    for told in [
        String::new(),
        "{".to_owned(),
        r#"{"projects":{"/w":{}}}"#.to_owned(),
        settings("s", 250, "0.5", 2_000),
        settings("s", 250, "0.5", 60_000),
        settings("s", 250, "-1", 19_500),
        settings("s", 99, "0.5", 19_500),
        settings("s", 250, "0.5", 19_500).replace("/w", "/elsewhere"),
    ] {
        let reading = read_all(&kept, "", &told, &run());
        assert_eq!(unknown(&reading), (Some(100), None), "{told}");
    }
    let stopped = Run {
        is_complete: false,
        ..run()
    };
    let reading = read_all(&kept, "", &settings("s", 250, "0.5", 19_500), &stopped);
    assert_eq!(unknown(&reading), (Some(100), None));
}

#[test]
fn a_run_that_printed_is_what_its_transcript_holds() {
    let printed = Run {
        is_interactive: false,
        ..run()
    };
    let reading = read_all(&answer("s", "12:00:05", 100), "", "", &printed);
    assert_eq!(known(&reading), (100, None, 1));
}

#[test]
fn a_conversation_begun_anew_is_two_sessions_of_one_total() {
    let (one, two) = (answer("s", "12:00:05", 100), answer("t", "12:00:10", 50));
    let reading = read_all(&one, &two, &settings("t", 150, "0.5", 19_500), &run());
    assert_eq!(known(&reading).0, 150);
    assert_eq!(known(&reading).2, 0, "one output is missing in the total");
    let all =
        settings("t", 150, "0.5", 19_500).replace(r#""outputTokens":10"#, r#""outputTokens":20"#);
    assert_eq!(known(&read_all(&one, &two, &all, &run())).2, 2);
}

#[test]
fn nothing_asked_is_nothing_spent() {
    let reading = read_files(&[(SETTINGS, &settings("s", 0, "0", 19_500))], &run());
    assert_eq!(known(&reading), (0, Some("0.00".to_owned()), 0));
    let Reading::Known(report) = reading else {
        panic!()
    };
    assert!(!report.tokens_incomplete);
    let asked = read_all(
        &answer("s", "12:00:05", 1),
        "",
        &settings("s", 0, "0", 19_500),
        &run(),
    );
    assert_eq!(unknown(&asked), (Some(1), None), "a message says otherwise");
}

#[test]
fn totals_of_a_continued_session_are_the_most() {
    let continued = Run {
        is_continued: true,
        ..run()
    };
    let kept = [answer("s", "11:00:00", 70), answer("s", "12:00:05", 100)].join("\n");
    let reading = read_all(&kept, "", &settings("s", 250, "0.5", 19_500), &continued);
    assert_eq!(unknown(&reading), (Some(100), Some(250)));
    let alone = read_all(&kept, "", &settings("s", 100, "0.5", 19_500), &continued);
    assert_eq!(known(&alone), (100, Some("0.50".to_owned()), 1));
}
