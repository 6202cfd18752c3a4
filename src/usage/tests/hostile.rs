//! Figures that are none, put in the place of every figure of a text: no list of fields can forget
//! one.

use std::ops::Range;

/// Numbers that are neither a count nor an amount of money, and what is no number.
pub(in crate::usage) const NO_FIGURE: [&str; 13] = [
    "-1",
    "-0.5",
    "1e308",
    "-1e308",
    "1e400",
    "9223372036854775808",
    "18446744073709551616",
    "NaN",
    "-Infinity",
    "\"1\"",
    "[1]",
    "{}",
    "true",
];

/// A text in which one figure is none.
pub(in crate::usage) struct Spoilt {
    pub text: String,
    /// The name of the figure, and what stands in its place.
    pub what: String,
}

/// The text once for each of its figures and each of what is none, and once for each figure that
/// is given twice.
pub(in crate::usage) fn spoilt(text: &str) -> impl Iterator<Item = Spoilt> {
    figures(text).into_iter().flat_map(move |(name, at)| {
        let (before, rest) = text.split_at(at.start);
        let (honest, after) = rest.split_at(at.len());
        let with = |figure: &str| [before, figure, after].concat();
        let wrong = NO_FIGURE.iter().map(|figure| Spoilt {
            text: with(figure),
            what: format!("{name} is {figure}"),
        });
        let twice = Spoilt {
            text: with(&format!("0,{name}:{honest}")),
            what: format!("{name} is given twice"),
        };
        wrong.chain([twice]).collect::<Vec<_>>()
    })
}

/// The numbers behind a name, with the quoted name.
fn figures(text: &str) -> Vec<(&str, Range<usize>)> {
    let mut found = Vec::new();
    for (quote, _) in text.match_indices("\":") {
        let start = text.split_at(quote).0.rfind('"').expect("a name");
        let (upto_colon, rest) = text.split_at(quote + 2);
        let from = text.len() - rest.trim_start().len();
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | '-' | '+');
        let length = text.split_at(from).1.find(|c| !is_part(c)).unwrap_or(0);
        if length > 0 {
            let name = upto_colon.split_at(start).1.trim_end_matches(':');
            found.push((name, from..from + length));
        }
    }
    found
}

#[test]
fn every_figure_of_a_text_is_found() {
    let text = r#"{"a": 1,"b":{"c":[2],"d":-0.5e+3},"e":"7","f":null,"g\"h":4}"#;
    let names: Vec<_> = figures(text)
        .into_iter()
        .map(|(name, at)| (name, text.get(at).expect("ASCII")))
        .collect();
    assert_eq!(names[..2], [("\"a\"", "1"), ("\"d\"", "-0.5e+3")]);
    assert_eq!(names.len(), 3);
    let all: Vec<_> = spoilt(r#"{"n":12}"#).map(|spoilt| spoilt.text).collect();
    assert_eq!(all.len(), NO_FIGURE.len() + 1);
    assert_eq!(all[0], r#"{"n":-1}"#);
    assert_eq!(all.last().map(String::as_str), Some(r#"{"n":0,"n":12}"#));
}
