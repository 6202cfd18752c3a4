//! What a log tells of one run, and what it leaves out.

use std::collections::BTreeSet;

use super::*;

/// Noon of 2026-11-21.
const NOON: u64 = 1_795_262_400;
const LAUNCHED: &str = r#"{"event":"launched","properties":{},"user_id":"u","time":TIME}"#;
const ALONE: &str = r#"{"event":"no-repo","properties":{},"user_id":"u","time":TIME}"#;
const ASKED: &str =
    r#"{"event":"message_send_starting","properties":{},"user_id":"u","time":TIME}"#;
const ANSWERED: &str = r#"{"event":"message_send","properties":{"main_model":"gpt-4o","weak_model":"None","editor_model":"gpt-4o","edit_format":"diff","prompt_tokens":101,"completion_tokens":6,"total_tokens":107,"cost":0.0003125,"total_cost":0.013372499999999999},"user_id":"u","time":TIME}"#;
const LEFT: &str =
    r#"{"event":"exit","properties":{"reason":"Completed --message"},"user_id":"u","time":TIME}"#;
const WHOLE: [&str; 6] = [LAUNCHED, ALONE, ASKED, ANSWERED, ASKED, ANSWERED];

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn read(lines: &[&str], is_exact: bool, longest: u64) -> Reading {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("log");
    let text: String = lines.iter().map(|line| [line, "\n"].concat()).collect();
    std::fs::write(&path, text.replace("TIME", &NOON.to_string())).expect("a file");
    let log = Log {
        path: &path,
        is_exact,
        longest,
    };
    let run = Run {
        start: at(NOON) + Duration::from_millis(400),
        end: at(NOON + 5),
        session: None,
        directory: None,
        is_interactive: false,
        counted: &BTreeSet::new(),
        is_continued: false,
        is_complete: true,
        unwritten: None,
    };
    reading(Source::new("aider"), &log, &run)
}

#[track_caller]
fn known(lines: &[&str]) -> Report {
    match read(lines, true, 1024) {
        Reading::Known(report) => report,
        other => panic!("{other:?}"),
    }
}

/// Why it is unknown, and the output that is certain.
#[track_caller]
fn unknown(reading: Reading) -> (String, Option<u64>) {
    match reading {
        Reading::Unknown {
            reason,
            at_least,
            at_most: None,
        } => {
            let tokens = at_least.and_then(|report| report.tokens().expect("in range"));
            (reason, tokens.map(|tokens| tokens.output))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_log_has_the_exact_figures_of_every_message() {
    let report = known(&WHOLE);
    let tokens = report.tokens().expect("in range").expect("tokens");
    assert_eq!((tokens.input, tokens.output), (202, 12));
    assert_eq!(
        report.cost.map(|cost| cost.to_string()).as_deref(),
        Some("0.000625")
    );
    assert_eq!(report.models[0].model.as_deref(), Some("gpt-4o"));
}

#[test]
fn a_model_without_a_price_costs_what_the_table_says_and_not_nothing() {
    let free = ANSWERED
        .replace("0.0003125", "0")
        .replace("gpt-4o", "openai/REDACTED");
    let report = known(&[LAUNCHED, ALONE, ASKED, &free]);
    assert_eq!(
        (report.cost, report.models[0].model.as_deref()),
        (None, None)
    );
    assert_eq!(report.models[0].cost, None);
}

#[test]
fn lines_of_earlier_and_later_runs_are_not_this_ones() {
    let earlier = |line: &str| line.replace("TIME", &(NOON - 1).to_string());
    let later = |line: &str| line.replace("TIME", &(NOON + 60).to_string());
    let (first, last) = (earlier(ANSWERED), later(ANSWERED));
    let (begun, torn) = (earlier(LAUNCHED), r#"{"event":"#);
    let mut lines = vec![begun.as_str(), first.as_str(), torn];
    lines.extend(WHOLE);
    lines.extend([LEFT, last.as_str()]);
    assert_eq!(known(&lines).models[0].tokens.expect("tokens").output, 12);
}

#[test]
fn a_run_that_asked_nothing_is_known_and_one_that_wrote_nothing_is_silent() {
    assert_eq!(known(&[LAUNCHED, ALONE, LEFT]).cost, Some(Cost::ZERO));
    assert_eq!(read(&[], true, 1024), Reading::Silent);
    assert_eq!(read(&["{}"], true, 1024), Reading::Silent);
}

#[test]
fn answers_that_were_streamed_are_a_guess() {
    assert_eq!(
        unknown(read(&WHOLE, false, 1024)),
        (GUESSED.to_owned(), None)
    );
}

#[test]
fn what_a_weaker_model_is_asked_is_in_no_log() {
    assert_eq!(
        unknown(read(&WHOLE, true, 213)),
        (SUMMARIES.to_owned(), Some(12))
    );
    assert!(matches!(read(&WHOLE, true, 214), Reading::Known(_)));
}

#[test]
fn a_request_without_an_answer_is_not_free() {
    let cut = [LAUNCHED, ALONE, ASKED, ANSWERED, ASKED];
    assert_eq!(
        unknown(read(&cut, true, 1024)),
        (UNFINISHED.to_owned(), Some(6))
    );
}

#[test]
fn two_runs_at_once_are_told_apart_by_nothing() {
    let both = [LAUNCHED, LAUNCHED, ALONE, ASKED, ANSWERED];
    assert_eq!(unknown(read(&both, true, 1024)), (SEVERAL.to_owned(), None));
}

#[test]
fn hostile_figures_are_unknown() {
    for (from, to) in [
        (r#""prompt_tokens":101"#, r#""prompt_tokens":-1"#),
        (
            r#""prompt_tokens":101"#,
            r#""prompt_tokens":9223372036854775808"#,
        ),
        (r#""prompt_tokens":101"#, r#""prompt_tokens":1e308"#),
        (r#""prompt_tokens":101"#, r#""x":1"#),
        (r#""cost":0.0003125"#, r#""cost":-0.1"#),
        (r#""cost":0.0003125"#, r#""cost":NaN"#),
        (r#""cost":0.0003125"#, r#""cost":1e308"#),
    ] {
        let bad = ANSWERED.replace(from, to);
        let lines = [LAUNCHED, ALONE, ASKED, ANSWERED, ASKED, &bad];
        let (_, output) = unknown(read(&lines, true, 1024));
        assert_eq!(output, Some(6), "{to}");
    }
    let torn: String = ANSWERED.chars().take(200).collect();
    let torn = read(&[LAUNCHED, ALONE, ASKED, &torn], true, 1024);
    assert!(matches!(torn, Reading::Unknown { .. }));
}
