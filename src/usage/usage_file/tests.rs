//! Lines of a usage file, and the files they come in.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;

fn none() -> BTreeSet<String> {
    BTreeSet::new()
}

#[test]
fn what_was_counted_before_is_nothing_now() {
    let (a, b) = ("a".repeat(24), "b".repeat(24));
    let text = format!(
        r#"{{"id":"{a}","usd":1,"tokens":5,"calls":1}}
{{"id":"{b}","usd":0.5,"tokens":7,"calls":2}}"#
    );
    let read = |counted: &[&str]| {
        let counted = counted.iter().map(|id| (*id).to_owned()).collect();
        match parse(text.as_bytes(), &counted) {
            Reading::Known(report) => report,
            other => panic!("not known: {other:?}"),
        }
    };
    let report = read(&[&a]);
    assert_eq!(report.cost.map(|c| c.to_string()).as_deref(), Some("0.50"));
    assert_eq!(report.tokens().unwrap().map(|t| t.total()), Some(Ok(7)));
    assert_eq!(report.amounts, [("calls".to_owned(), 2)]);
    assert_eq!(report.ids, [b.as_str()]);
    // It is known to be nothing, which is not the same as not being known.
    let report = read(&[&a, &b]);
    assert_eq!(report.cost, Some(Cost::ZERO));
    assert!(report.ids.is_empty());
}

fn known(text: &str) -> Report {
    match parse(text.as_bytes(), &none()) {
        Reading::Known(report) => report,
        other => panic!("not known: {other:?}"),
    }
}

/// The reason, and the lower bound of the cost.
fn unknown(text: &str) -> (String, Option<String>) {
    match parse(text.as_bytes(), &none()) {
        Reading::Unknown {
            reason,
            at_least,
            at_most: None,
        } => (
            reason,
            at_least
                .and_then(|r| r.named_cost().unwrap())
                .map(|c| c.to_string()),
        ),
        other => panic!("not unknown: {other:?}"),
    }
}

fn cost(report: &Report) -> Option<String> {
    report.cost.map(|cost| cost.to_string())
}

#[test]
fn a_line_says_what_it_may() {
    let report = known(
        r#"{"id":"msg_1","usd":"0.0123","model":"m","provider":"p","tokens":{"input":1,"cache_read":2,"cache_write":3,"cache_write_1h":4,"output":5,"reasoning":1},"calls":1,"amounts":{"rows":"5"}}"#,
    );
    let tokens = Tokens {
        input: 1,
        cache_read: 2,
        cache_write_5m: 3,
        cache_write_1h: 4,
        output: 5,
        reasoning: 1,
        unspecified: 0,
    };
    assert_eq!(report.source, Source::USAGE_FILE);
    assert_eq!(cost(&report), Some("0.0123".to_owned()));
    let model = report.models.first().unwrap();
    assert_eq!(
        (model.model.as_deref(), model.provider.as_deref()),
        (Some("m"), Some("p"))
    );
    assert_eq!(model.tokens, Some(tokens));
    assert_eq!(
        report.amounts,
        [("calls".to_owned(), 1), ("rows".to_owned(), 5)]
    );
    assert!(report.ids.is_empty(), "short ids are of the file alone");
}

#[test]
fn lines_add_up_by_model() {
    let report = known(
        r#"{"usd":0.1,"model":"a","tokens":10}

{"usd":"0.2","model":"b","tokens":{"output":3},"calls":2}
{"usd":1e-8,"model":"a","tokens":5,"calls":"1"}
"#,
    );
    assert_eq!(cost(&report), Some("0.30000001".to_owned()));
    assert_eq!(report.models.len(), 2);
    assert_eq!(
        report.models.first().unwrap().tokens.unwrap().unspecified,
        15
    );
    assert_eq!(report.tokens().unwrap().unwrap().total(), Ok(18));
    assert_eq!(report.amounts, [("calls".to_owned(), 3)]);
}

#[test]
fn an_id_counts_once() {
    let report =
        known("{\"id\":\"a\",\"usd\":1}\n{\"id\":\"a\",\"usd\":1.0}\n{\"usd\":1}\n{\"usd\":1}");
    assert_eq!(cost(&report), Some("3.00".to_owned()));
    assert!(report.ids.is_empty());
    let (reason, least) = unknown("{\"id\":\"a\",\"usd\":1}\n{\"id\":\"a\",\"usd\":2}");
    assert_eq!(
        reason,
        "line 2 of the usage file: its id was given before with other figures"
    );
    assert_eq!(least, Some("1.00".to_owned()));
}

#[test]
fn tokens_without_money_leave_the_cost_unknown() {
    let report = known("{\"usd\":1,\"tokens\":5,\"model\":\"m\"}\n{\"tokens\":7,\"model\":\"m\"}");
    assert_eq!(report.cost, None);
    assert_eq!(
        report.named_cost().unwrap().map(|c| c.to_string()),
        Some("1.00".to_owned())
    );
    assert_eq!(report.models.len(), 2);
    let amounts = known("{\"amounts\":{\"rows\":5}}");
    assert_eq!((amounts.cost, amounts.models.len()), (None, 0));
    assert_eq!(
        cost(&known("{\"usd\":1}\n{\"amounts\":{\"rows\":5}}")),
        Some("1.00".to_owned())
    );
}

#[test]
fn fields_nobody_knows_are_left_alone() {
    let line = r#"{"usd":1,"note":{"deep":[1e999,"\ud800"]},"session":7}"#;
    assert_eq!(cost(&known(line)), Some("1.00".to_owned()));
    assert_eq!(
        cost(&known("\r\n  {\"usd\":0}\r\n\t\n")),
        Some("0.00".to_owned())
    );
}

/// Lines that cannot be read, and what is said of them.
const BAD_LINES: &[(&str, &str)] = &[
    ("{\"usd\":0.5", "not a JSON object"),
    ("garbage", "not a JSON object"),
    ("[1]", "not a JSON object"),
    ("{\"usd\":NaN}", "not a JSON object"),
    ("{\"usd\":1} {\"usd\":1}", "not a JSON object"),
    ("{\"usd\":-0.5}", "usd is negative"),
    ("{\"usd\":null}", "usd is not a number"),
    ("{\"usd\":\"NaN\"}", "usd is not a number"),
    ("{\"usd\":\"$1\"}", "usd is not a number"),
    ("{\"usd\":1e308}", "usd is too large"),
    (
        "{\"usd\":1,\"usd\":0}",
        "a field has the wrong type or is given twice",
    ),
    (
        "{\"usd\":1,\"model\":5}",
        "a field has the wrong type or is given twice",
    ),
    (
        "{\"id\":5,\"usd\":1}",
        "a field has the wrong type or is given twice",
    ),
    (
        "{\"amounts\":{\"a\":1,\"a\":2}}",
        "a field has the wrong type or is given twice",
    ),
    ("{\"cost\":1}", "it names no usd, tokens, calls or amounts"),
    (
        "{\"amounts\":{}}",
        "it names no usd, tokens, calls or amounts",
    ),
    ("{\"tokens\":1.5}", "tokens is not a whole number"),
    ("{\"tokens\":{\"ouput\":5}}", "tokens.ouput is no kind"),
    ("{\"tokens\":{\"output\":-5}}", "tokens.output is negative"),
    (
        "{\"tokens\":{\"output\":1,\"output\":2}}",
        "tokens names a kind twice",
    ),
    (
        "{\"tokens\":{\"cache_write\":1,\"cache_write_5m\":2}}",
        "tokens.cache_write and tokens.cache_write_5m are the same",
    ),
    (
        "{\"tokens\":{\"output\":1,\"reasoning\":2}}",
        "tokens.reasoning is larger than tokens.output, which contains it",
    ),
    (
        "{\"tokens\":{\"input\":9223372036854775807,\"output\":1}}",
        "the figures add up to more than a ledger can hold",
    ),
    ("{\"tokens\":9223372036854775808}", "tokens is too large"),
    (
        "{\"amounts\":{\"rows\":0.5}}",
        "amounts.rows is not a whole number",
    ),
    (
        "{\"amounts\":{\"usd\":1}}",
        "usd is a field of its own, no amount",
    ),
    (
        "{\"amounts\":{\"time\":1}}",
        "time is measured, not reported",
    ),
    (
        "{\"calls\":1,\"amounts\":{\"calls\":1}}",
        "calls is given twice",
    ),
];

#[test]
fn a_bad_line_makes_all_of_it_unknown() {
    for (line, reason) in BAD_LINES {
        let (found, least) = unknown(&format!("{{\"usd\":1}}\n\n{line}\n{{\"usd\":2}}\n"));
        assert_eq!(
            found,
            format!("line 3 of the usage file: {reason}"),
            "{line}"
        );
        assert_eq!(least, Some("1.00".to_owned()), "{line}");
    }
}

#[test]
fn sums_that_leave_the_range_change_nothing() {
    let max = "{\"usd\":\"92233720368.54775807\",\"tokens\":9223372036854775807,\"calls\":9223372036854775807}";
    for line in [
        "{\"usd\":1e-8}",
        "{\"tokens\":{\"input\":1}}",
        "{\"calls\":1}",
    ] {
        let (reason, least) = unknown(&format!("{max}\n{line}"));
        assert!(
            reason.starts_with("line 2 of the usage file: the figures add up"),
            "{reason}"
        );
        assert_eq!(least, Some("92233720368.54775807".to_owned()));
    }
}

#[test]
fn nothing_written_is_silent() {
    for text in ["", "\n", " \r\n\t\n"] {
        assert_eq!(parse(text.as_bytes(), &none()), Reading::Silent);
    }
}

/// Whole lines up to exactly `size` bytes.
fn filled(size: usize) -> Vec<u8> {
    let mut bytes = b"{\"usd\":1}\n".repeat(size / 10);
    bytes.resize(size, b'\n');
    bytes
}

#[test]
fn the_size_is_bounded() {
    assert!(matches!(
        parse(&filled(MAX_BYTES), &none()),
        Reading::Known(_)
    ));
    let Reading::Unknown {
        reason, at_least, ..
    } = parse(&filled(MAX_BYTES + 1), &none())
    else {
        panic!("too large a file was read");
    };
    assert_eq!(reason, TOO_LARGE);
    assert_eq!(
        at_least.and_then(|r| cost(&r)),
        Some("104857.00".to_owned())
    );
    let mut meter = Box::new(UsageFile::default());
    for _ in 0..64 {
        meter.feed(&filled(MAX_BYTES));
    }
    assert!(meter.held.len() == MAX_BYTES + 1);
    assert!(matches!(meter.finish(), Reading::Unknown { .. }));
}

#[test]
fn many_models_and_units_take_no_time_to_speak_of() {
    let lines: Vec<_> = (0..30_000)
        .map(|n| format!("{{\"usd\":1,\"model\":\"{n}\"}}"))
        .collect();
    assert_eq!(known(&lines.join("\n")).models.len(), 30_000);
}

#[test]
fn files_are_read_where_they_are_files() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("usage.jsonl");
    assert_eq!(read(&path, &none()), Reading::Silent);
    std::fs::write(&path, "").unwrap();
    assert_eq!(read(&path, &none()), Reading::Silent);
    std::fs::write(&path, "{\"usd\":0.5}").unwrap();
    assert_eq!(read(&path, &none()), parse(b"{\"usd\":0.5}", &none()));
    std::fs::write(&path, filled(MAX_BYTES * 2)).unwrap();
    assert!(matches!(read(&path, &none()), Reading::Unknown { .. }));
    assert_eq!(
        read(dir.path(), &none()),
        Reading::unknown(NOT_REGULAR, None)
    );
    assert_eq!(
        read(Path::new("/dev/zero"), &none()),
        Reading::unknown(NOT_REGULAR, None)
    );
    let under_file = read(&path.join("x"), &none());
    assert!(
        matches!(under_file, Reading::Unknown { .. }),
        "{under_file:?}"
    );
}

#[test]
fn a_pipe_is_refused_without_waiting_for_a_writer() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(read(&path, &none()), Reading::unknown(NOT_REGULAR, None));
    // Even where the first look was at something else.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(OPEN_FLAGS)
        .open(&path)
        .unwrap();
    assert_eq!(
        read_open(file, &none()),
        Reading::unknown(NOT_REGULAR, None)
    );
}

proptest! {
    #[test]
    fn sums_are_exact(parts in prop::collection::vec((0..1_000_000_u32, 0..9_u32, 0..4_u8), 1..50)) {
        let mut text = String::new();
        let mut atoms = 0_i64;
        for (digits, decimals, model) in &parts {
            writeln!(text, "{{\"usd\":{digits}e-{decimals},\"model\":\"{model}\"}}").unwrap();
            atoms += i64::from(*digits) * 10_i64.pow(8 - decimals);
        }
        let report = known(&text);
        prop_assert_eq!(report.cost.map(Cost::atoms), Some(atoms));
        prop_assert_eq!(report.named_cost().unwrap().map(Cost::atoms), Some(atoms));
    }

    #[test]
    fn a_cut_file_never_counts_half_a_line(cut in 1..60_usize) {
        let text = "{\"usd\":1,\"tokens\":{\"input\":1234,\"output\":5}}\n{\"usd\":12345}\n";
        let first = text.find('\n').unwrap();
        // A line is whole with its brace; the line break may be missing.
        let whole_lines = usize::from(cut >= first) + usize::from(cut >= text.len() - 1);
        match parse(text.as_bytes().split_at(cut).0, &none()) {
            Reading::Known(report) => {
                let expected = ["none", "1.00", "12346.00"];
                let named = cost(&report);
                prop_assert_eq!(named.as_deref(), expected.get(whole_lines).copied());
            }
            Reading::Silent => prop_assert!(false, "something was written"),
            Reading::Unknown { at_least, .. } => {
                prop_assert_eq!(at_least.is_some(), whole_lines == 1);
            }
        }
    }

    #[test]
    fn chunks_do_not_matter(text in "(\\{\"usd\":[0-9]{1,3}\\}|\\{\"tokens\":[0-9]{1,20}|\n){0,20}", size in 1..20_usize) {
        let mut meter = Box::new(UsageFile::default());
        text.as_bytes().chunks(size).for_each(|chunk| meter.feed(chunk));
        prop_assert_eq!(meter.finish(), parse(text.as_bytes(), &none()));
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        parse(&bytes, &none());
    }
}
