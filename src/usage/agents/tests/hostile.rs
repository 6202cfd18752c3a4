//! What every reader of an agent's output must bear: output in any pieces, cut off anywhere, mixed
//! with anything, and figures that are none.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::usage::tests::hostile::spoilt;
use crate::usage::{Cost, Meter, Reading, Tokens};

/// An agent's reader, and an output that it knows all about.
pub(in crate::usage) struct Subject {
    /// The name of the agent.
    pub agent: &'static str,
    /// Its command line, without the program.
    pub args: &'static str,
    /// What it printed.
    pub text: &'static str,
    /// Names and figures of the text that are read: `"output_tokens":345`.
    pub figures: &'static [&'static str],
}

/// Numbers that are no count of tokens.
const NO_COUNT: [&str; 9] = [
    "-1",
    "-0.5",
    "1.5",
    "1e308",
    "1e-400",
    "9223372036854775808",
    "NaN",
    "\"1\"",
    "[1]",
];

impl Subject {
    pub(in crate::usage) fn read<'a>(&self, chunks: impl IntoIterator<Item = &'a [u8]>) -> Reading {
        let mut meter = self.meter();
        for chunk in chunks {
            meter.feed(chunk);
        }
        meter.finish()
    }

    fn meter(&self) -> Box<dyn Meter> {
        super::meter(self.agent, self.args)
    }

    fn all(&self, text: &str) -> Reading {
        self.read([text.as_bytes()])
    }

    /// Everything at once.
    pub(in crate::usage) fn bears_everything(&self) {
        let known = self.all(self.text);
        assert!(matches!(known, Reading::Known(_)), "{known:?}");
        self.bears_noise(&known);
        self.bears_noise_before_a_message(&known);
        self.bears_floods(&known);
        self.bears_any_figure(&known);
        self.bears_a_torn_end();
        self.bears_figures_that_are_none();
        self.bears_any_pieces();
    }

    fn bears_noise(&self, known: &Reading) {
        let noise = [
            "warning: {not json}",
            r#"{"level":"info","usage":{"input_tokens":7,"output_tokens":9}}"#,
            r#"{"type":7}"#,
            r#"["type","result"]"#,
            "\u{1b}[1mred\u{1b}[0m {",
            "\0\u{fffd}",
            "\u{feff}",
            r#"{"a":1,"a":2}"#,
            &"[".repeat(DEEP),
            &(r#"{"a":"#.repeat(DEEP) + "1" + &"}".repeat(DEEP)),
            "",
        ];
        let mut mixed = noise.join("\n") + "\n";
        for line in self.text.lines() {
            mixed += line;
            mixed += "\n";
            // An object over several lines is printed in one go.
            if line.starts_with('{') && line.ends_with('}') {
                mixed += &noise.join("\n");
                mixed += "\n";
            }
        }
        mixed += &noise.join("\r\n");
        assert_eq!(&self.all(&mixed), known, "{mixed}");
        let crlf = self.text.replace('\n', "\r\n");
        assert_eq!(&self.all(&crlf), known, "lines that end in CRLF");
        assert_eq!(
            &self.all(self.text.trim_end()),
            known,
            "a last line needs no end"
        );
    }

    /// A message behind something else in its line is not seen, and never makes the rest cheaper.
    fn bears_noise_before_a_message(&self, known: &Reading) {
        for (at, _) in self.text.match_indices('\n').chain([(0, "")]) {
            let (before, after) = self.text.split_at(at + usize::from(at > 0));
            for noise in [
                "\u{feff}",
                "\0",
                "warning: ",
                "\u{1b}[0m",
                "{",
                "{\"a\":1}",
                "{\"type\":\"user\"}",
            ] {
                let reading = self.all(&[before, noise, after].concat());
                assert_same_or_unknown(&reading, known, &format!("{noise:?} at {at}"));
            }
        }
    }

    /// Whatever figure it is: what is none makes the reading unknown, unless nobody reads it.
    fn bears_any_figure(&self, known: &Reading) {
        for spoilt in spoilt(self.text) {
            assert_same_or_unknown(&self.all(&spoilt.text), known, &spoilt.what);
        }
    }

    fn bears_floods(&self, known: &Reading) {
        const TEN_MB: usize = 10 << 20;
        let plain = "x".repeat(TEN_MB) + "\n" + self.text;
        assert_eq!(&self.all(&plain), known, "10 MB of noise in one line");
        let huge = format!("{{\"type\":\"user\",\"x\":\"{}\"}}\n", "x".repeat(TEN_MB));
        let before = self.all(&(huge.clone() + self.text));
        let honest = &before == known || matches!(before, Reading::Unknown { .. });
        assert!(honest, "10 MB in the first message");
        let after = self.all(&(self.text.trim_end().to_owned() + "\n" + &huge));
        let honest = matches!(after, Reading::Unknown { .. });
        assert!(honest, "10 MB in the last message");
        let first = self.text.find("\n{").map_or(0, |at| at + 1);
        let (head, tail) = self.text.split_at(first);
        let between = self.all(&[head, &huge, tail].concat());
        assert_same_or_unknown(&between, known, "10 MB between two messages");
    }

    /// Only what was told to the end is known.
    fn bears_a_torn_end(&self) {
        let text = self.text.trim_end().as_bytes();
        let last_line = text.iter().rposition(|byte| *byte == b'\n');
        let opens = |at: &usize| text[*at..].starts_with(b"\n{");
        let start = last_line.filter(opens).map_or(0, |at| at + 1);
        for end in start + 1..text.len() {
            let reading = self.read([&text[..end]]);
            assert!(
                matches!(reading, Reading::Unknown { .. }),
                "cut at {end}: {reading:?}"
            );
        }
    }

    fn bears_figures_that_are_none(&self) {
        for figure in self.figures {
            let (name, _) = figure.rsplit_once(':').expect("a name and a figure");
            assert!(self.text.contains(figure), "{figure}");
            for wrong in NO_COUNT {
                let text = self.text.replace(figure, &format!("{name}:{wrong}"));
                match self.all(&text) {
                    Reading::Unknown { reason, .. } => assert!(!reason.is_empty()),
                    other => panic!("{name} is {wrong}: {other:?}"),
                }
            }
            // In range alone, and too much with the others.
            let most = format!("{name}:{}", i64::MAX);
            let reading = self.all(&self.text.replace(figure, &most));
            assert!(
                matches!(reading, Reading::Unknown { .. }),
                "{most}: {reading:?}"
            );
        }
    }

    fn bears_any_pieces(&self) {
        let strategy = (
            any::<prop::sample::Index>(),
            prop::collection::vec(1..500_usize, 1..30),
            any::<(prop::sample::Index, u8, bool)>(),
        );
        let mut runner = TestRunner::default();
        let ran = runner.run(&strategy, |(cut, sizes, (at, byte, flips))| {
            let mut bytes = self.text.as_bytes().to_vec();
            bytes.truncate(cut.index(bytes.len()) + 1);
            if flips {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let chunks = pieces(&bytes, &sizes);
            prop_assert_eq!(self.read(chunks), self.read([bytes.as_slice()]));
            Ok(())
        });
        ran.expect("the same reading however it is cut");
    }
}

/// How deep is nested what no stack could hold.
const DEEP: usize = 50_000;

/// Of what is known, nothing differs.
fn assert_same_or_unknown(reading: &Reading, known: &Reading, what: &str) {
    let figures = |reading: &Reading| -> Option<(Option<Cost>, Option<Tokens>)> {
        match reading {
            Reading::Known(report) => Some((report.cost, report.tokens().expect("in range"))),
            _ => None,
        }
    };
    if let Some(found) = figures(reading) {
        assert_eq!(Some(found), figures(known), "{what}");
    }
}

/// The bytes cut into pieces of these sizes, over and over.
pub(in crate::usage) fn pieces<'a>(bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut rest = bytes;
    let mut chunks = Vec::new();
    for size in sizes.iter().cycle() {
        let (chunk, after) = rest.split_at(rest.len().min(*size));
        chunks.push(chunk);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    chunks
}
