//! Cuts a recorded answer into its JSON messages: one body, objects one after the other, an array
//! of them, server-sent events, or binary frames. Owns how each form ends; refuses to own what the messages mean.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::event_stream;
use crate::usage::wire::Fault;

const MALFORMED: &str = "the answer is not valid JSON";
const AFTER_THE_END: &str = "something follows the end of the answer";
/// What ends a stream of events.
const DONE: &[u8] = b"[DONE]";

/// How a recording ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct End {
    /// The stream said that it was over.
    pub(super) done: bool,
    /// It ends in the middle of a message, or before an array is closed.
    pub(super) torn: bool,
    /// It is one JSON object and nothing else.
    pub(super) is_body: bool,
}

/// Shows every message to `sink`, in order, and tells how the recording ended.
pub(super) fn cut(
    bytes: &[u8],
    sink: &mut dyn FnMut(&[u8]) -> Result<(), Fault>,
) -> Result<End, Fault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let body = without_head(bytes);
    if event_stream::is_one(body) {
        return event_stream::cut(body, sink);
    }
    let body = body.trim_ascii_start();
    match body.first() {
        Some(b'{') => objects(body, sink),
        Some(b'[') => elements(body, sink),
        _ => events(body, sink),
    }
}

/// What follows the head of the HTTP responses that `curl -i` keeps.
fn without_head(bytes: &[u8]) -> &[u8] {
    let mut body = bytes;
    while body.starts_with(b"HTTP/") {
        let blank = |end: &[u8]| {
            let at = body.windows(end.len()).position(|window| window == end)?;
            Some(at.saturating_add(end.len()))
        };
        let after = blank(b"\r\n\r\n").or_else(|| blank(b"\n\n"));
        body = after.and_then(|at| body.get(at..)).unwrap_or_default();
    }
    body
}

/// One value at the beginning of `text`, and what follows it; `None` where it is cut off.
fn value(text: &[u8]) -> Result<Option<(&RawValue, &[u8])>, Fault> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<&RawValue>();
    match values.next() {
        Some(Ok(value)) => {
            let rest = text.get(values.byte_offset()..).unwrap_or_default();
            Ok(Some((value, rest.trim_ascii_start())))
        }
        Some(Err(error)) if !error.is_eof() => Err(Fault::text(MALFORMED)),
        Some(Err(_)) | None => Ok(None),
    }
}

fn objects(bytes: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<(), Fault>) -> Result<End, Fault> {
    let mut rest = bytes;
    let mut count = 0_usize;
    while !rest.is_empty() {
        let Some((message, after)) = value(rest)? else {
            return Ok(TORN);
        };
        sink(message.get().as_bytes())?;
        rest = after;
        count = count.saturating_add(1);
    }
    Ok(End {
        is_body: count == 1,
        ..End::default()
    })
}

fn elements(bytes: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<(), Fault>) -> Result<End, Fault> {
    let mut rest = bytes.get(1..).unwrap_or_default().trim_ascii_start();
    if let Some(after) = rest.strip_prefix(b"]") {
        return closed(after);
    }
    loop {
        let Some((message, after)) = value(rest)? else {
            return Ok(TORN);
        };
        sink(message.get().as_bytes())?;
        match after.split_first() {
            Some((b',', after)) => rest = after.trim_ascii_start(),
            Some((b']', after)) => return closed(after),
            Some(_) => return Err(Fault::text(MALFORMED)),
            None => return Ok(TORN),
        }
    }
}

const TORN: End = End {
    done: false,
    torn: true,
    is_body: false,
};

fn closed(after: &[u8]) -> Result<End, Fault> {
    if after.trim_ascii().is_empty() {
        Ok(End::default())
    } else {
        Err(Fault::text(AFTER_THE_END))
    }
}

fn events(bytes: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<(), Fault>) -> Result<End, Fault> {
    let mut end = End::default();
    let mut data: Option<Cow<'_, [u8]>> = None;
    for line in Lines(bytes) {
        if line.is_empty() {
            if let Some(data) = data.take() {
                event(data.trim_ascii(), &mut end, sink)?;
            }
        } else if let Some(more) = data_of(line) {
            data = Some(joined(data, more));
        }
    }
    // A recording may lack the blank line behind its last event, or end in the middle of it.
    let last = data.unwrap_or_default();
    let last = last.trim_ascii();
    let is_whole = last == DONE || matches!(value(last), Ok(Some((_, []))));
    if is_whole {
        event(last, &mut end, sink)?;
    }
    end.torn = !is_whole && !last.is_empty();
    Ok(end)
}

fn event(
    data: &[u8],
    end: &mut End,
    sink: &mut dyn FnMut(&[u8]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if data.is_empty() {
        return Ok(());
    }
    if end.done {
        return Err(Fault::text(AFTER_THE_END));
    }
    if data == DONE {
        end.done = true;
        return Ok(());
    }
    match value(data)? {
        Some((message, [])) => sink(message.get().as_bytes()),
        _ => Err(Fault::text(MALFORMED)),
    }
}

/// The value of a `data` line.
fn data_of(line: &[u8]) -> Option<&[u8]> {
    match line.strip_prefix(b"data")? {
        [] => Some(&[]),
        [b':', value @ ..] => Some(value.strip_prefix(b" ").unwrap_or(value)),
        _ => None,
    }
}

/// Lines of data make one text, joined by line breaks.
fn joined<'a>(data: Option<Cow<'a, [u8]>>, more: &'a [u8]) -> Cow<'a, [u8]> {
    let Some(data) = data else {
        return Cow::Borrowed(more);
    };
    let mut data = data.into_owned();
    data.push(b'\n');
    data.extend_from_slice(more);
    Cow::Owned(data)
}

/// Lines that end in LF, CRLF or CR.
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let length = self.0.iter().position(is_end).unwrap_or(self.0.len());
        let (line, rest) = self.0.split_at(length);
        self.0 = match rest {
            [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
            [] => rest,
        };
        Some(line)
    }
}
