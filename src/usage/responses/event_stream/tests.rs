//! Frames as another program wrote them: whole ones are read, and no cut or damaged one is.

use super::*;
use crate::usage::responses::read;
use crate::usage::{Reading, Report};

const CONVERSE: &[u8] = include_bytes!("../fixtures/converse.eventstream");
const INVOKE: &[u8] = include_bytes!("../fixtures/invoke_model.eventstream");

#[track_caller]
fn known(bytes: &[u8]) -> Report {
    match read(bytes, None) {
        Reading::Known(report) => report,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn reason(bytes: &[u8]) -> String {
    match read(bytes, None) {
        Reading::Unknown { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

/// A frame of one event, or of an exception.
fn frame(header_name: &str, kind: &str, payload: &str) -> Vec<u8> {
    let (name, value) = (header_name.as_bytes(), kind.as_bytes());
    let short = |count: usize| u8::try_from(count).expect("short");
    let mut headers = vec![short(name.len())];
    headers.extend(name);
    headers.extend([7, 0, short(value.len())]);
    headers.extend(value);
    // Of every other kind one: true, false, a byte, 16, 32 and 64 bits, bytes, a time, a UUID.
    for (kind, length) in [
        (0, 0),
        (1, 0),
        (2, 1),
        (3, 2),
        (4, 4),
        (5, 8),
        (8, 8),
        (9, 16),
    ] {
        headers.extend([1, b'x', kind]);
        headers.extend(vec![0; length]);
    }
    headers.extend([1, b'x', 6, 0, 2, 9, 9]);
    let long = |count: usize| u32::try_from(count).expect("long").to_be_bytes();
    let length = PRELUDE + headers.len() + payload.len() + CHECKSUM;
    let mut frame = [long(length), long(headers.len())].concat();
    frame.extend(crc32(&frame).to_be_bytes());
    frame.extend(headers);
    frame.extend(payload.as_bytes());
    frame.extend(crc32(&frame).to_be_bytes());
    frame
}

#[test]
fn the_checksum_is_the_usual_one() {
    assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    assert_eq!(crc32(b""), 0);
}

#[test]
fn a_stream_of_converse_says_its_usage_at_its_end() {
    let report = known(CONVERSE);
    let tokens = report.tokens().expect("in range").expect("tokens");
    assert_eq!((tokens.input, tokens.output), (1200, 345));
    assert_eq!((tokens.cache_read, tokens.cache_write_5m), (500, 3000));
    assert_eq!(report.source.as_str(), "bedrock-converse");
}

#[test]
fn a_stream_of_an_invoked_model_carries_that_models_messages() {
    let report = known(INVOKE);
    let tokens = report.tokens().expect("in range").expect("tokens");
    assert_eq!((tokens.input, tokens.output), (1200, 345));
    assert_eq!((tokens.cache_read, tokens.cache_write_5m), (500, 3000));
    assert_eq!(report.source.as_str(), "anthropic");
    assert_eq!(report.models[0].provider.as_deref(), Some("aws"));
    assert_eq!(report.ids, ["msg_bdrk_01VvTBgzJPFvTnTVNdFnzUUq"]);
}

#[test]
fn a_head_kept_by_the_client_is_passed_over() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\n\r\n";
    assert_eq!(known(&[head, CONVERSE].concat()), known(CONVERSE));
}

#[test]
fn a_stream_cut_anywhere_is_unknown() {
    for length in PRELUDE..CONVERSE.len() {
        let reason = reason(&CONVERSE[..length]);
        let is_between = reason.contains("ends before it says what was used in all");
        assert!(
            is_between || reason.contains("cut off"),
            "{length}: {reason}"
        );
    }
}

#[test]
fn a_stream_damaged_anywhere_is_unknown() {
    for whole in [CONVERSE, INVOKE] {
        // What begins with another byte is no such stream.
        for index in 1..whole.len() {
            let mut bytes = whole.to_vec();
            bytes[index] ^= 0x10;
            assert!(reason(&bytes).contains("damaged"), "{index}");
        }
    }
}

#[test]
fn an_exception_in_the_middle_is_an_error_of_the_provider() {
    let exception = frame(
        ":exception-type",
        "throttlingException",
        r#"{"message":"no"}"#,
    );
    let cut = &CONVERSE[..CONVERSE.len() / 2];
    let whole = Frame::first(cut).expect("a frame").expect("whole").1;
    let start = &cut[..cut.len() - whole.len()];
    let reason = reason(&[start, &exception].concat());
    assert!(reason.ends_with("error: throttlingException"), "{reason}");
}

#[test]
fn headers_of_every_kind_are_passed_over() {
    let usage = r#"{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}"#;
    let report = known(&frame(":event-type", "metadata", usage));
    assert_eq!(report.tokens().expect("in range").expect("tokens").input, 1);
}

#[test]
fn two_answers_in_one_file_are_refused() {
    let twice = reason(&[CONVERSE, CONVERSE].concat());
    assert!(twice.contains("more than one answer"), "{twice}");
}

#[test]
fn frames_that_are_none_are_refused_and_never_panic() {
    let sealed = |length: u32, headers: u32| {
        let mut prelude = [length.to_be_bytes(), headers.to_be_bytes()].concat();
        prelude.extend(crc32(&prelude).to_be_bytes());
        prelude
    };
    for (length, headers) in [(0, 0), (15, 0), (40, 25), (16, u32::MAX), (0x0180_0001, 0)] {
        let reason = reason(&sealed(length, headers));
        assert!(
            reason.contains("a frame that is none"),
            "{length}: {reason}"
        );
    }
    assert!(reason(&sealed(0x0100_0000, 0)).contains("cut off"));
    for payload in ["", "{", "}", "1},{\"usage\":1", "\u{0}"] {
        let bytes = frame(":event-type", "metadata", payload);
        assert!(
            !matches!(read(&bytes, None), Reading::Known(_)),
            "{payload}"
        );
    }
    for bytes in [
        r#"{"bytes":7}"#,
        r#"{"bytes":"e30"}"#,
        r#"{"bytes":"!"}"#,
        "{}",
    ] {
        let bytes = frame(":event-type", "chunk", bytes);
        assert!(!matches!(read(&bytes, None), Reading::Known(_)));
    }
    let mut state = 7_u64;
    for length in 0..300 {
        let mut noise = vec![0];
        for _ in 0..length {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            noise.push(state.to_be_bytes()[0]);
        }
        assert!(!matches!(read(&noise, None), Reading::Known(_)));
    }
}
