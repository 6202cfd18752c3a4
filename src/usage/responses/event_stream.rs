//! The binary event stream of Amazon (`application/vnd.amazon.eventstream`): frames with headers, a
//! payload and two checksums. Owns how a frame becomes the JSON message that it stands for; refuses
//! frames whose checksums do not fit.

use memchr::memmem;

use super::messages::End;
use crate::usage::wire::Fault;

mod base64;

const DAMAGED: &str = "the answer is damaged: a checksum in it does not fit";
const MALFORMED: &str = "the answer has a frame that is none";
/// Both lengths and their checksum.
const PRELUDE: usize = 12;
const CHECKSUM: usize = 4;
/// How far into a recording its first names are looked for.
const HEAD: usize = 256;
/// The largest frame, in bytes; its length begins with 0 or 1, as no text does.
const MAX_FRAME: usize = 24 * 1024 * 1024;

/// Whether a recording is such a stream: it begins with two lengths that a checksum confirms, or
/// else with the names that every frame has.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let is_binary = matches!(bytes.first(), Some(0 | 1));
    let is_confirmed = || bytes.get(..PRELUDE).is_some_and(fits);
    is_binary && (is_confirmed() || memmem::find(head, b":message-type").is_some())
}

/// Shows every message to `sink`, in order, and tells how the recording ended.
pub(super) fn cut(
    bytes: &[u8],
    sink: &mut dyn FnMut(&[u8]) -> Result<(), Fault>,
) -> Result<End, Fault> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some((frame, after)) = Frame::first(rest)? else {
            return Ok(End {
                torn: true,
                ..End::default()
            });
        };
        sink(&frame.message()?)?;
        rest = after;
    }
    Ok(End::default())
}

struct Frame<'a> {
    headers: &'a [u8],
    payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The frame at the beginning, and what follows it; `None` where it is cut off.
    fn first(bytes: &'a [u8]) -> Result<Option<(Self, &'a [u8])>, Fault> {
        let Some((prelude, _)) = bytes.split_at_checked(PRELUDE) else {
            return Ok(None);
        };
        let (length, headers) = (number(prelude, 0), number(prelude, 4));
        if !fits(prelude) {
            return Err(Fault::text(DAMAGED));
        }
        let least = headers.saturating_add(PRELUDE + CHECKSUM);
        if !(least..=MAX_FRAME).contains(&length) {
            return Err(Fault::text(MALFORMED));
        }
        let Some((frame, rest)) = bytes.split_at_checked(length) else {
            return Ok(None);
        };
        if !fits(frame) {
            return Err(Fault::text(DAMAGED));
        }
        let part = |from, to| frame.get(from..to).unwrap_or_default();
        let body = PRELUDE.saturating_add(headers);
        let frame = Self {
            headers: part(PRELUDE, body),
            payload: part(body, length.saturating_sub(CHECKSUM)),
        };
        Ok(Some((frame, rest)))
    }

    /// The message as other forms write it: `{"metadata":{…}}`, or what a chunk carries.
    fn message(&self) -> Result<Vec<u8>, Fault> {
        let (mut event, mut exception) = (None, None);
        let mut rest = self.headers;
        while !rest.is_empty() {
            let (name, value, after) = header(rest).ok_or_else(|| Fault::text(MALFORMED))?;
            match name {
                b":event-type" => event = Some(value),
                b":exception-type" | b":error-code" => exception = Some(value),
                _ => {}
            }
            rest = after;
        }
        let quoted = |text: &[u8]| {
            let text = std::str::from_utf8(text).map_err(|_| Fault::text(MALFORMED))?;
            serde_json::to_string(text).map_err(Fault::text)
        };
        match (exception, event) {
            (Some(kind), _) => Ok(format!(r#"{{"__type":{}}}"#, quoted(kind)?).into_bytes()),
            (None, Some(b"chunk")) => base64::chunk(self.payload),
            (None, event) => {
                let name = quoted(event.unwrap_or_default())?;
                let text = match self.payload {
                    [] => b"null",
                    text => text,
                };
                Ok([b"{", name.as_bytes(), b":", text, b"}"].concat())
            }
        }
    }
}

/// A name, its value where that is text, and what follows.
fn header(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (length, rest) = bytes.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(*length))?;
    let (kind, rest) = rest.split_first()?;
    let length = match kind {
        0 | 1 => 0,
        2 => 1,
        3 => 2,
        4 => 4,
        5 | 8 => 8,
        9 => 16,
        6 | 7 => {
            let (length, rest) = rest.split_first_chunk()?;
            let (value, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            return Some((name, value, rest));
        }
        _ => return None,
    };
    let (_, rest) = rest.split_at_checked(length)?;
    Some((name, &[], rest))
}

/// The number in four bytes.
fn number(bytes: &[u8], at: usize) -> usize {
    let bytes = bytes.get(at..).and_then(|bytes| bytes.first_chunk());
    let number = bytes.map_or(0, |bytes| u32::from_be_bytes(*bytes));
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Whether what ends in a checksum has that one.
fn fits(bytes: &[u8]) -> bool {
    let Some((body, sum)) = bytes.split_last_chunk::<CHECKSUM>() else {
        return false;
    };
    crc32(body) == u32::from_be_bytes(*sum)
}

/// The checksum of Ethernet and gzip.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        let at = sum.to_le_bytes()[0] ^ byte;
        TABLE[usize::from(at)] ^ (sum >> 8)
    };
    !bytes.iter().fold(u32::MAX, step)
}

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    let mut start = 0_u32;
    while index < table.len() {
        let mut sum = start;
        let mut bit = 0;
        while bit < 8 {
            let is_odd = sum & 1 == 1;
            sum >>= 1;
            if is_odd {
                sum ^= 0xEDB8_8320;
            }
            bit += 1;
        }
        table[index] = sum;
        index += 1;
        start += 1;
    }
    table
}

#[cfg(test)]
mod tests;
