//! Whose messages they are.

use std::path::Path;

use super::*;
use crate::usage::sessions::instant;
use crate::usage::{ModelUsage, Tokens};

const HERE: &str = "/w";

static NONE: BTreeSet<String> = BTreeSet::new();

fn at(time: &str) -> SystemTime {
    instant::parse(&format!("2026-11-21T{time}Z")).expect("a time")
}

fn message(session: &str, time: &str, output: u64) -> Message {
    let tokens = Tokens {
        output,
        ..Tokens::default()
    };
    Message {
        key: format!("{session}{time}"),
        session: Arc::from(session),
        path: Arc::from(Path::new("/f")),
        at: at(time),
        cwd: Some(Arc::from(HERE)),
        usage: ModelUsage {
            tokens: Some(tokens),
            requests: Some(1),
            ..ModelUsage::default()
        },
        beside: Vec::new(),
    }
}

/// From noon to five past, in `HERE`.
fn run() -> Run<'static> {
    Run {
        start: at("12:00:00.000999"),
        end: at("12:05:00"),
        session: None,
        directory: Some(HERE),
        counted: &NONE,
        is_interactive: false,
        is_continued: false,
        is_complete: true,
        unwritten: None,
    }
}

fn read(messages: &[Message], lost: &[Lost], run: &Run<'_>) -> Reading {
    let scan = Scan {
        messages: messages.to_vec(),
        lost: lost.to_vec(),
    };
    reading(Source::new("agent"), &scan, run)
}

fn total(report: &Report) -> u64 {
    report
        .tokens()
        .ok()
        .flatten()
        .map_or(0, |tokens| tokens.output)
}

fn known(messages: &[Message], run: &Run<'_>) -> u64 {
    match read(messages, &[], run) {
        Reading::Known(report) => total(&report),
        other => panic!("{other:?}"),
    }
}

/// The reason, and the least and most there was.
fn unknown(reading: &Reading) -> (&str, Option<u64>, Option<u64>) {
    let Reading::Unknown {
        reason,
        at_least,
        at_most,
    } = reading
    else {
        panic!("{reading:?}")
    };
    let sum = |report: &Option<Box<Report>>| report.as_deref().map(total);
    (reason, sum(at_least), sum(at_most))
}

#[test]
fn messages_count_from_the_start_to_a_second_after_the_end() {
    let messages = [
        message("s", "11:59:59.999", 1),
        message("s", "12:00:00.000", 2),
        message("s", "12:05:01", 4),
        message("s", "12:05:01.001", 8),
    ];
    let continued = Run {
        is_continued: true,
        ..run()
    };
    assert_eq!(known(&messages, &continued), 6);
    let named = Run {
        session: Some("s"),
        ..run()
    };
    assert_eq!(known(&messages, &named), 6);
}

#[test]
fn a_session_that_the_agent_named_is_the_only_one_wherever_it_worked() {
    let mut elsewhere = message("mine", "12:01:00", 1);
    elsewhere.cwd = None;
    let messages = [elsewhere, message("other", "12:01:00", 2)];
    assert_eq!(
        known(
            &messages,
            &Run {
                session: Some("mine"),
                ..run()
            }
        ),
        1
    );
    let none = read(
        &messages,
        &[],
        &Run {
            session: Some("gone"),
            ..run()
        },
    );
    assert_eq!(none, Reading::Silent);
}

#[test]
fn without_a_name_it_is_the_one_of_the_directory() {
    let mut elsewhere = message("other", "12:01:00", 1);
    elsewhere.cwd = Some(Arc::from("/elsewhere"));
    // A session that went into a directory below is still that of where it began.
    let mut below = message("mine", "12:02:00", 4);
    below.cwd = Some(Arc::from("/w/below"));
    let messages = [elsewhere.clone(), message("mine", "12:01:00", 2), below];
    assert_eq!(known(&messages, &run()), 6);
    assert_eq!(read(&[elsewhere], &[], &run()), Reading::Silent);
    assert_eq!(read(&[], &[], &run()), Reading::Silent);
}

#[test]
fn two_sessions_of_one_directory_are_unknown_with_the_sum_as_the_most() {
    let messages = [message("one", "12:01:00", 1), message("two", "12:01:00", 2)];
    assert_eq!(
        unknown(&read(&messages, &[], &run())),
        (SEVERAL, None, Some(3))
    );
}

#[test]
fn a_session_that_went_on_from_before_is_unknown_unless_the_run_continued_one() {
    let messages = [message("s", "11:00:00", 1), message("s", "12:01:00", 2)];
    assert_eq!(
        unknown(&read(&messages, &[], &run())),
        (OLDER, None, Some(2))
    );
    assert_eq!(
        known(
            &messages,
            &Run {
                is_continued: true,
                ..run()
            }
        ),
        2
    );
}

#[test]
fn a_session_that_went_on_from_before_beside_the_run_is_not_its_own() {
    let messages = [
        message("old", "11:00:00", 1),
        message("old", "12:01:00", 2),
        message("new", "12:01:00", 4),
    ];
    assert_eq!(known(&messages, &run()), 4);
    let continued = Run {
        is_continued: true,
        ..run()
    };
    let found = read(&messages, &[], &continued);
    assert_eq!(unknown(&found), (SEVERAL, None, Some(6)));
}

#[test]
fn a_session_of_no_directory_is_unknown() {
    let mut nowhere = message("s", "12:01:00", 1);
    nowhere.cwd = None;
    let found = read(&[nowhere.clone()], &[], &run());
    assert_eq!(unknown(&found), (NOWHERE, None, Some(1)));
    let lost = Run {
        directory: None,
        ..run()
    };
    assert_eq!(
        unknown(&read(&[message("s", "12:01:00", 1)], &[], &lost)),
        (NOWHERE, None, Some(1))
    );
    let both = [nowhere, message("t", "12:01:00", 2)];
    assert_eq!(unknown(&read(&both, &[], &run())), (SEVERAL, None, Some(3)));
}

#[test]
fn what_a_stopped_agent_wrote_is_the_least() {
    let messages = [message("s", "12:01:00", 1)];
    let stopped = Run {
        is_complete: false,
        ..run()
    };
    assert_eq!(
        unknown(&read(&messages, &[], &stopped)),
        (STOPPED, Some(1), None)
    );
    let two = [message("one", "12:01:00", 1), message("two", "12:01:00", 2)];
    assert_eq!(unknown(&read(&two, &[], &stopped)), (SEVERAL, None, None));
}

#[test]
fn lost_lines_matter_where_they_may_be_the_runs() {
    let lost = |session: Option<&str>, before: Option<&str>| Lost {
        path: Arc::from(Path::new("/f")),
        session: session.map(Arc::from),
        before: before.map(at),
        reason: "torn".to_owned(),
        lines: 1,
    };
    let messages = [message("s", "12:01:00", 1)];
    for matters in [
        lost(Some("s"), None),
        lost(None, None),
        lost(Some("s"), Some("12:02:00")),
    ] {
        let reading = read(&messages, &[matters], &run());
        let (reason, least, most) = unknown(&reading);
        assert_eq!((least, most), (Some(1), None));
        assert!(reason.ends_with(": torn"), "{reason}");
    }
    for never in [lost(Some("other"), None), lost(Some("s"), Some("11:59:00"))] {
        let reading = read(&messages, &[never], &run());
        assert!(matches!(reading, Reading::Known(_)), "{reading:?}");
    }
    let alone = read(&[], &[lost(Some("other"), None)], &run());
    assert_eq!(unknown(&alone).1, None);
}

#[test]
fn a_report_names_its_session_its_messages_and_money_where_all_do() {
    let mut messages = [message("s", "12:01:00", 1), message("s", "12:02:00", 2)];
    let Reading::Known(report) = read(&messages, &[], &run()) else {
        panic!()
    };
    assert_eq!((report.session.as_deref(), report.cost), (Some("s"), None));
    assert_eq!(report.ids, ["agent:s12:01:00", "agent:s12:02:00"]);
    assert_eq!(report.models.len(), 2, "request by request");
    assert_eq!(report.by_model()[0].requests, Some(2));
    messages[0].usage.cost = Cost::from_decimal("0.5").ok();
    assert!(matches!(
        read(&messages, &[], &run()),
        Reading::Known(Report { cost: None, .. })
    ));
    messages[1].usage.cost = Cost::from_decimal("0.25").ok();
    let Reading::Known(report) = read(&messages, &[], &run()) else {
        panic!()
    };
    assert_eq!(report.cost, Cost::from_decimal("0.75").ok());
}

#[test]
fn figures_beyond_a_ledger_are_unknown() {
    let most = i64::MAX.unsigned_abs();
    let messages = [message("s", "12:01:00", most), message("s", "12:02:00", 1)];
    assert_eq!(unknown(&read(&messages, &[], &run())).1, None);
}

#[test]
fn what_was_charged_before_is_left_out_and_all_of_it_is_nothing() {
    let messages = [message("a", "12:01:00", 5), message("a", "12:02:00", 7)];
    let tokens = |counted: BTreeSet<String>| {
        let run = Run {
            counted: &counted,
            ..run()
        };
        match read(&messages, &[], &run) {
            Reading::Known(report) => (report.tokens().unwrap(), report.ids.len(), report.cost),
            other => panic!("not known: {other:?}"),
        }
    };
    let output = |output| {
        Some(Tokens {
            output,
            ..Tokens::default()
        })
    };
    assert_eq!(tokens(BTreeSet::new()), (output(12), 2, None));
    let own = |message: &Message| message.id(Source::new("agent"));
    assert_eq!(tokens([own(&messages[0])].into()), (output(7), 1, None));
    let all = messages.iter().map(own).collect();
    assert_eq!(tokens(all), (output(0), 0, Some(Cost::ZERO)));
}

#[test]
fn what_was_billed_on_top_of_a_message_is_in_the_report() {
    let mut one = message("s", "12:01:00", 5);
    one.usage.cost = Cost::from_decimal("0.5").ok();
    one.beside.push(message("s", "12:01:00", 22).usage);
    let Reading::Known(report) = read(&[one], &[], &run()) else {
        panic!("not known");
    };
    let outputs = report.models.iter().filter_map(|usage| usage.tokens);
    assert_eq!(outputs.map(|t| t.output).collect::<Vec<_>>(), [5, 22]);
    assert_eq!((report.cost, report.ids.len()), (None, 1));
}

#[test]
fn what_an_agent_asked_for_without_writing_it_down_makes_the_rest_the_least() {
    let messages = [message("s", "12:01:00", 4)];
    let unwritten = Run {
        unwritten: Some("a title"),
        ..run()
    };
    assert_eq!(
        unknown(&read(&messages, &[], &unwritten)),
        ("a title", Some(4), None)
    );
    let stopped = Run {
        is_complete: false,
        ..unwritten
    };
    assert_eq!(
        unknown(&read(&messages, &[], &stopped)),
        (STOPPED, Some(4), None)
    );
    assert_eq!(read(&[], &[], &unwritten), Reading::Silent);
}

#[test]
fn the_one_session_of_an_agent_without_directories_is_the_runs() {
    let (one, other) = (
        message("one", "12:01:00", 1),
        message("other", "12:02:00", 2),
    );
    let older = message("one", "11:00:00", 3);
    let only = |messages: &[Message], run: &Run<'_>| {
        let scan = Scan {
            messages: messages.to_vec(),
            lost: Vec::new(),
        };
        only_session(&scan, run).map(|session| session.to_string())
    };
    assert_eq!(only(&[], &run()), None);
    assert_eq!(
        only(std::slice::from_ref(&one), &run()).as_deref(),
        Some("one")
    );
    assert_eq!(only(&[one.clone(), other.clone()], &run()), None);
    // One that was there before is the run's only where it was to be continued.
    let both = [older, one, other];
    assert_eq!(only(&both, &run()).as_deref(), Some("other"));
    let continued = Run {
        is_continued: true,
        ..run()
    };
    assert_eq!(only(&both, &continued), None);
}
