//! What every reader of session files must bear: files cut off anywhere, mixed with anything, and
//! figures that are none. What cannot be read is told as lost; nothing is ever counted as less.

use super::*;
use crate::usage::tests::hostile::spoilt;

/// An agent's files, and two answers in one of them.
struct Subject {
    sessions: &'static dyn Sessions,
    path: &'static str,
    head: &'static str,
    /// An answer of so many tokens of output, as one line.
    answer: fn(u64) -> String,
}

/// Every reader of lines.
const ALL: [Subject; 4] = [
    Subject {
        sessions: &Transcripts,
        path: ".claude/projects/p/s.jsonl",
        head: "",
        answer: |output| {
            format!(
                r#"{{"cwd":"/w","sessionId":"s","isSidechain":false,"message":{{"id":"m{output}","model":"claude-sonnet-5","usage":{{"input_tokens":10,"cache_creation_input_tokens":5,"cache_read_input_tokens":4,"cache_creation":{{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":2}},"output_tokens":{output},"server_tool_use":{{"web_search_requests":1}},"iterations":[{{"type":"message","input_tokens":10,"output_tokens":{output}}},{{"type":"compaction","input_tokens":100,"output_tokens":20}}]}}}},"requestId":"r{output}","type":"assistant","costUSD":0.5,"timestamp":"2026-11-21T12:00:00Z"}}"#
            )
        },
    },
    Subject {
        sessions: &Rollouts,
        path: ".codex/sessions/rollout-a.jsonl",
        head: r#"{"timestamp":"2026-11-21T12:00:00Z","type":"session_meta","payload":{"id":"a","cwd":"/w"}}"#,
        answer: |output| {
            let usage = format!(
                r#"{{"input_tokens":10,"cached_input_tokens":4,"output_tokens":{output},"reasoning_output_tokens":1,"total_tokens":0}}"#
            );
            format!(
                r#"{{"timestamp":"2026-11-21T12:00:{:02}Z","type":"event_msg","payload":{{"type":"token_count","info":{{"total_token_usage":{usage},"last_token_usage":{usage},"model_context_window":1}}}}}}"#,
                output % 60
            )
        },
    },
    Subject {
        sessions: &Rollouts,
        path: ".codex/sessions/rollout-b.jsonl",
        head: r#"{"timestamp":"2026-11-21T12:00:00Z","type":"session_meta","payload":{"id":"b"}}"#,
        answer: |output| {
            format!(
                r#"{{"timestamp":"2026-11-21T12:00:01Z","type":"token_usage_record","payload":{{"thread_id":"b","response_id":"r{output}","usage":{{"input_tokens":10,"output_tokens":{output}}},"thread_token_usage":{{"input_tokens":10,"output_tokens":{output}}}}}}}"#
            )
        },
    },
    Subject {
        sessions: &Chats,
        path: ".gemini/tmp/p/chats/session-1.jsonl",
        head: r#"{"sessionId":"s","projectHash":"h","startTime":"2026-11-21T12:00:00Z"}"#,
        answer: |output| {
            format!(
                r#"{{"id":"m{output}","timestamp":"2026-11-21T12:00:01Z","type":"gemini","model":"gemini-2.5-pro","tokens":{{"input":100,"output":{output},"cached":40,"thoughts":3,"tool":2,"total":{}}}}}"#,
                output + 105
            )
        },
    },
];

impl Subject {
    fn read(&self, text: impl AsRef<[u8]>) -> Scan {
        let mut merge = Merge::new(self.sessions.keep());
        let path = Path::new(self.path);
        let mut sink = merge.file(path);
        let read = self.sessions.read(path, &mut text.as_ref(), &mut sink);
        read.expect("no fault");
        merge.finish()
    }

    /// The head, and the answers, which all count.
    fn whole(&self, answers: &[u64]) -> (String, Scan) {
        let lines = answers.iter().map(|output| (self.answer)(*output));
        let lines: Vec<_> = std::iter::once(self.head.to_owned()).chain(lines).collect();
        let text = lines.join("\n") + "\n";
        let scan = self.read(&text);
        assert_eq!((scan.messages.len(), &scan.lost), (answers.len(), &vec![]));
        (text, scan)
    }
}

#[test]
fn a_torn_last_line_is_told_and_takes_nothing_else_with_it() {
    for subject in &ALL {
        let (text, one) = subject.whole(&[21]);
        let (_, both) = subject.whole(&[21, 22]);
        let second = (subject.answer)(22);
        for cut in 1..second.len() {
            let scan = subject.read([&text, second.split_at(cut).0].concat());
            assert_eq!(scan.messages, one.messages, "{cut}");
            assert_eq!(scan.lost.len(), 1, "{cut}: {:?}", scan.lost);
        }
        assert_eq!(
            subject.read(text + &second),
            both,
            "a last line needs no end"
        );
    }
}

#[test]
fn noise_between_lines_is_nothing() {
    const DEEP: usize = 50_000;
    for subject in &ALL {
        let (text, whole) = subject.whole(&[21, 22]);
        let noise = [
            "\0\u{fffd}",
            "\u{feff}",
            "",
            "{}",
            "null",
            "[",
            "warning: \"usage\" \"tokens\"",
            r#"{"type":"user","x":1,"x":2}"#,
            &"[".repeat(DEEP),
            &(r#"{"a":"#.repeat(DEEP) + "1" + &"}".repeat(DEEP)),
        ];
        let noise = noise.join("\n") + "\n";
        let mixed = text.replace('\n', &format!("\n{noise}"));
        let found = subject.read(&(noise + &mixed));
        assert_eq!(found.messages, whole.messages, "{}", subject.path);
        let crlf = text.replace('\n', "\r\n");
        assert_eq!(subject.read(crlf), whole, "lines that end in CRLF");
    }
}

/// A byte order mark, and whatever else stands before a line: it is lost, or it is read.
#[test]
fn noise_before_a_line_loses_it_or_nothing() {
    for subject in &ALL {
        let (text, whole) = subject.whole(&[21, 22]);
        let second = (subject.answer)(22);
        for noise in ["\u{feff}", "\0\0\0\0", "warning: ", "{\"a\":", "{}"] {
            let scan = subject.read(text.replace(&second, &format!("{noise}{second}")));
            let is_told = scan.lost.len() == 1 && scan.messages.len() == 1;
            assert!(is_told || scan == whole, "{noise:?}: {scan:?}");
        }
    }
}

#[test]
fn a_line_of_ten_megabytes_is_read_and_one_too_long_is_told() {
    for subject in &ALL {
        let (text, whole) = subject.whole(&[21, 22]);
        let second = (subject.answer)(22);
        let with = |line: &str| text.replace(&second, &format!("{line}\n{second}"));
        let foreign = |length| format!(r#"{{"type":"user","x":"{}"}}"#, "x".repeat(length));
        assert_eq!(
            subject.read(with(&foreign(10 << 20))),
            whole,
            "of another kind"
        );
        assert_eq!(subject.read(with(&foreign(17 << 20))), whole, "and longer");
        let padded = |length| {
            let end = second.len() - 1;
            let pad = "x".repeat(length);
            let long = [second.split_at(end).0, ",\"x\":\"", &pad, "\"}"].concat();
            subject.read(text.replace(&second, &long))
        };
        assert_eq!(padded(10 << 20), whole, "of its own");
        let lost = padded(17 << 20);
        assert_eq!((lost.messages.len(), lost.lost.len()), (1, 1));
    }
}

#[test]
fn figures_that_are_none_are_lost_and_never_counted() {
    for subject in &ALL {
        let (text, whole) = subject.whole(&[21, 22]);
        let second = (subject.answer)(22);
        let mut lost = 0;
        for spoilt in spoilt(&second) {
            let scan = subject.read(text.replace(&second, &spoilt.text));
            if scan == whole {
                // Nobody reads it.
                continue;
            }
            lost += 1;
            assert_eq!(scan.messages, whole.messages[..1], "{}", spoilt.what);
            assert_eq!(scan.lost.len(), 1, "{}: {:?}", spoilt.what, scan.lost);
        }
        assert!(lost >= 25, "{}: {lost}", subject.path);
        // In range alone, and too much with the rest.
        let most = second.replace("\":22", &format!("\":{}", i64::MAX));
        let scan = subject.read(text.replace(&second, &most));
        assert_eq!((scan.messages.len(), scan.lost.len()), (1, 1));
    }
}

#[test]
fn no_bytes_panic() {
    for subject in &ALL {
        let (text, _) = subject.whole(&[21, 22]);
        for at in 0..text.len() {
            for byte in [0, b'"', b'{', b'\\', 0xff, b'9'] {
                let mut text = text.clone().into_bytes();
                text[at] = byte;
                subject.read(text);
            }
        }
    }
}
