//! What every reader of an agent's output must bear: output in any pieces, cut off anywhere, mixed
//! with anything, and figures that are none.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::usage::{Meter, Reading};

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
        self.bears_floods(&known);
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
