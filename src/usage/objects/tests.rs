//! Where objects begin and end, in order and out of it.

use proptest::prelude::*;

use super::*;

/// Keeps the pieces as text, and wants no object that begins with a type of `x`.
#[derive(Default)]
struct Found(Vec<String>);

impl Taker for Found {
    fn skips(&self, beginning: &[u8]) -> bool {
        beginning.starts_with(br#"{"type":"x""#)
    }

    fn take(&mut self, piece: Piece<'_>) {
        self.0.push(match piece {
            Piece::Object(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Piece::Oversize => "<oversize>".to_owned(),
            Piece::Torn => "<torn>".to_owned(),
        });
    }
}

fn cut_in(chunks: &[&[u8]], cap: usize) -> Vec<String> {
    let mut found = Found::default();
    let mut objects = Objects::new(cap);
    for chunk in chunks {
        objects.feed(chunk, &mut found);
    }
    objects.finish(&mut found);
    found.0
}

fn cut(text: &str) -> Vec<String> {
    cut_in(&[text.as_bytes()], 1024)
}

#[test]
fn one_object_per_line() {
    assert_eq!(
        cut("{\"a\":1}\r\n\n  {\"b\":{\"c\":2}}\n{}"),
        ["{\"a\":1}", "{\"b\":{\"c\":2}}", "{}"]
    );
}

#[test]
fn braces_and_escapes_in_strings_are_text() {
    let text = r#"{"a":"}{\"}\\"} {"b":"\\\""}"#;
    assert_eq!(cut(text), [r#"{"a":"}{\"}\\"}"#, r#"{"b":"\\\""}"#]);
}

#[test]
fn an_array_gives_its_elements() {
    assert_eq!(
        cut("[{\"a\":[{}]},{\"b\":2}]"),
        ["{\"a\":[{}]}", "{\"b\":2}"]
    );
    assert_eq!(cut("[\n  {\n    \"a\": 1\n  },\n  {}\n]\n").len(), 2);
}

#[test]
fn noise_is_left_out() {
    for noise in [
        "[info] {not json}",
        "log: {\"a\":1}",
        "}}}",
        "\"quoted {",
        "\u{1b}[1m{",
    ] {
        assert_eq!(
            cut(&format!("{noise}\n{{\"b\":2}}")),
            ["{\"b\":2}"],
            "{noise}"
        );
    }
}

#[test]
fn a_new_first_column_brace_ends_what_was_torn() {
    assert_eq!(cut("{\"a\":[1,\n{\"b\":2}"), ["<torn>", "{\"b\":2}"]);
    assert_eq!(cut("{\"a\":\"text\n{\"b\":2}"), ["<torn>", "{\"b\":2}"]);
    assert_eq!(cut("{ noise\n{\"b\":2}"), ["{\"b\":2}"]);
}

#[test]
fn an_end_inside_an_object_is_torn() {
    assert_eq!(cut("{\"a\":1"), ["<torn>"]);
    assert_eq!(cut("{"), ["<torn>"]);
    assert_eq!(cut("{}\n{\"a\":\"\\"), ["{}", "<torn>"]);
}

#[test]
fn too_large_objects_are_dropped_and_the_next_is_found() {
    let text = format!("{{\"a\":\"{}\"}}\n{{\"b\":2}}", "x".repeat(40));
    assert_eq!(cut_in(&[text.as_bytes()], 20), ["<oversize>", "{\"b\":2}"]);
    assert_eq!(cut_in(&[b"{\"a\":12}"], 8), ["{\"a\":12}"]);
    assert_eq!(cut_in(&[b"{\"a\":123}"], 8), ["<oversize>"]);
}

#[test]
fn lines_that_nobody_wants_are_passed_over() {
    let unwanted = r#"{"type":"x","a":"{}\""}"#;
    assert_eq!(cut(&format!("{unwanted}\n{{}}\n{unwanted}")), ["{}"]);
    let torn = r#"{"type":"x","a":"{"#;
    assert_eq!(cut(&format!("{torn}\n{{}}\n")), ["{}"]);
    assert_eq!(cut(&format!("{{}}\n{torn}x")), ["{}", "<torn>"]);
}

#[test]
fn an_object_that_is_no_line_of_its_own_is_not_passed_over() {
    let unwanted = r#"{"type":"x"}"#;
    assert_eq!(cut(&format!("[{unwanted},{{}}]")), [unwanted, "{}"]);
    assert_eq!(cut(&format!(" {unwanted}{{}}")), [unwanted, "{}"]);
}

#[test]
fn memory_stays_below_the_cap() {
    let mut found = Found::default();
    let cap = 1 << 20;
    let mut objects = Objects::new(cap);
    let chunk = vec![b'x'; 1 << 16];
    objects.feed(b"{\"a\":\"", &mut found);
    for _ in 0..1024 {
        objects.feed(&chunk, &mut found);
        assert!(
            objects.held.capacity() <= cap,
            "{}",
            objects.held.capacity()
        );
    }
    objects.feed(b"\"}\n{\"b\":\"", &mut found);
    (0..10).for_each(|_| objects.feed(&chunk, &mut found));
    objects.feed(b"\"}", &mut found);
    assert!(objects.held.capacity() <= 2 * SPARE);
}

proptest! {
    #[test]
    fn chunks_do_not_matter(
        text in "([{}\\[\\]\",:\\\\ \n\ra1]|\\{\"a\":1\\}){0,80}",
        size in 1..9_usize,
        cap in 4..40_usize,
    ) {
        let chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
        prop_assert_eq!(cut_in(&chunks, cap), cut_in(&[text.as_bytes()], cap));
    }
}
