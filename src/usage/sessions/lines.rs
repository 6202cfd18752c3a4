//! Cuts a file into lines without holding more than one of them. Owns the memory bound; refuses to
//! know what a line means.

use std::io::{self, ErrorKind, Read};

use memchr::{memchr, memmem};

use super::merge::Sink;

/// What is said of a line that cannot be read, or of the beginning of one.
pub(super) const TORN: &str = "a line of it is torn or malformed";
/// What is said of a line longer than [`MAX_LINE`].
pub(super) const OVERSIZE: &str = "a line of it is too long";
/// The longest line that is handed on, in bytes.
pub(super) const MAX_LINE: usize = 16 * 1024 * 1024;
/// How much is read at once.
const CHUNK: usize = 256 * 1024;

/// All of a source that is one value; `None` where it is longer than a line may be.
pub(super) fn whole(source: &mut dyn Read) -> io::Result<Option<Vec<u8>>> {
    let limit = u64::try_from(MAX_LINE).unwrap_or(u64::MAX);
    let mut text = Vec::new();
    source
        .take(limit.saturating_add(1))
        .read_to_end(&mut text)?;
    Ok((text.len() <= MAX_LINE).then_some(text))
}

/// Hands on every line; what cannot be one is lost, where it has the text that is wanted.
pub(super) fn each(
    source: &mut dyn Read,
    wanted: &memmem::Finder<'_>,
    sink: &mut Sink<'_>,
    take: &mut dyn FnMut(&[u8], &mut Sink<'_>),
) -> io::Result<()> {
    let mut lines = Lines::new(source);
    while let Some(line) = lines.next(wanted)? {
        match line {
            Line::Last(text) if is_torn(text) => sink.lost(TORN.to_owned()),
            Line::Whole(text) | Line::Last(text) => take(text, sink),
            Line::Oversize => sink.lost(OVERSIZE.to_owned()),
        }
    }
    Ok(())
}

/// A line of a file, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// A line that ends as lines do.
    Whole(&'a [u8]),
    /// The end of the file in the middle of a line, or at the end of one that is not ended.
    Last(&'a [u8]),
    /// A line longer than [`MAX_LINE`], with the text that was looked for in it.
    Oversize,
}

/// The lines of a source.
pub(super) struct Lines<R> {
    source: R,
    held: Vec<u8>,
    /// Where in `held` the unread bytes begin and end.
    start: usize,
    end: usize,
    ended: bool,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            held: vec![0; CHUNK],
            start: 0,
            end: 0,
            ended: false,
        }
    }

    /// The next line that is short enough, or too long and contains what `wanted` finds.
    pub(super) fn next(&mut self, wanted: &memmem::Finder<'_>) -> io::Result<Option<Line<'_>>> {
        // Bytes behind `start` that are known to hold no line break.
        let mut plain = 0;
        loop {
            let unread = self.held.get(self.start + plain..self.end);
            let unread = unread.unwrap_or_default();
            if let Some(length) = memchr(b'\n', unread) {
                let from = self.start;
                let to = from + plain + length;
                self.start = to + 1;
                return Ok(self.held.get(from..to).map(Line::Whole));
            }
            plain = self.end - self.start;
            if self.ended {
                let from = std::mem::replace(&mut self.start, self.end);
                let last = self.held.get(from..self.end).unwrap_or_default();
                return Ok((!last.is_empty()).then_some(Line::Last(last)));
            }
            if plain > MAX_LINE {
                if self.skip(wanted)? {
                    return Ok(Some(Line::Oversize));
                }
                plain = 0;
            } else {
                self.fill()?;
            }
        }
    }

    /// Reads more behind what is unread.
    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.held.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.held.len() - self.end < CHUNK {
            let length = (self.held.len() * 2).min(MAX_LINE + 2 * CHUNK);
            self.held.resize(length.max(self.end + CHUNK), 0);
        }
        let room = self.held.get_mut(self.end..).unwrap_or_default();
        let count = read(&mut self.source, room)?;
        self.end += count;
        self.ended = count == 0;
        Ok(())
    }

    /// Drops the rest of the line that is held; whether `wanted` is anywhere in it.
    fn skip(&mut self, wanted: &memmem::Finder<'_>) -> io::Result<bool> {
        let overlap = wanted.needle().len().saturating_sub(1);
        let mut found = false;
        loop {
            let unread = self.held.get(self.start..self.end).unwrap_or_default();
            let stop = memchr(b'\n', unread);
            let rest = unread.get(..stop.unwrap_or(unread.len()));
            found |= wanted.find(rest.unwrap_or_default()).is_some();
            match stop {
                Some(stop) => {
                    self.start += stop + 1;
                    break;
                }
                None if self.ended => {
                    self.start = self.end;
                    break;
                }
                // What is looked for may lie across two chunks.
                None => self.start = self.start.max(self.end.saturating_sub(overlap)),
            }
            self.fill()?;
        }
        // One huge line must not keep its memory for the rest of the file.
        if self.end - self.start <= CHUNK {
            self.held.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            self.held.truncate(2 * CHUNK);
            self.held.shrink_to_fit();
        }
        Ok(found)
    }
}

/// Whether a last line was cut off while it was written, so that nobody knows what it was.
pub(super) fn is_torn(last: &[u8]) -> bool {
    let text = last.trim_ascii();
    let whole = serde_json::from_slice::<serde::de::IgnoredAny>(text);
    !text.is_empty() && whole.is_err_and(|error| error.is_eof())
}

fn read(source: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(room) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(room.len()).min(self.0.len());
            let (now, rest) = self.0.split_at(count);
            room[..count].copy_from_slice(now);
            self.0 = rest;
            Ok(count)
        }
    }

    fn lines(text: &[u8], step: usize) -> Vec<String> {
        let wanted = memmem::Finder::new("usage");
        let mut lines = Lines::new(Drip(text, step));
        let mut all = Vec::new();
        while let Some(line) = lines.next(&wanted).expect("no fault") {
            all.push(match line {
                Line::Oversize => "oversize".to_owned(),
                Line::Whole(text) if text.len() > 100 => format!("{} bytes", text.len()),
                Line::Whole(text) => format!("{:?}", String::from_utf8_lossy(text)),
                Line::Last(text) => format!("last {:?}", String::from_utf8_lossy(text)),
            });
        }
        all
    }

    #[test]
    fn lines_are_the_same_however_the_bytes_arrive() {
        for step in [1, 2, 7, 100] {
            assert_eq!(
                lines(b"one\n\ntwo\r\nthr", step),
                [r#""one""#, r#""""#, r#""two\r""#, r#"last "thr""#],
                "{step}"
            );
            assert_eq!(lines(b"one\n", step), [r#""one""#]);
            assert!(lines(b"", step).is_empty());
        }
    }

    #[test]
    fn a_line_of_ten_megabytes_is_handed_on() {
        let mut text = vec![b'x'; 10_000_000];
        text.extend(b"\nnext\n");
        assert_eq!(lines(&text, 100_000), ["10000000 bytes", r#""next""#]);
    }

    #[test]
    fn a_line_too_long_is_dropped_and_told_where_it_holds_what_is_looked_for() {
        for step in [100_000, 333_333] {
            let long = vec![b'x'; MAX_LINE + 3 * CHUNK];
            let mut text = long.clone();
            text.extend(b"\nnext\n");
            assert_eq!(lines(&text, step), [r#""next""#]);
            let mut text = long.clone();
            text.extend(b"usage");
            text.extend(&long);
            text.extend(b"\nnext");
            assert_eq!(lines(&text, step), ["oversize", r#"last "next""#]);
            let mut text = long.clone();
            text.extend(b"usage");
            assert_eq!(lines(&text, step), ["oversize"]);
        }
    }

    #[test]
    fn memory_is_given_back_after_a_long_line() {
        let mut text = vec![b'x'; 2 * MAX_LINE];
        text.extend(b"\nnext\n");
        let wanted = memmem::Finder::new("usage");
        let mut lines = Lines::new(text.as_slice());
        assert!(lines.next(&wanted).expect("no fault").is_some());
        assert!(
            lines.held.capacity() <= 4 * CHUNK,
            "{}",
            lines.held.capacity()
        );
    }
}
