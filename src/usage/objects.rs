//! Cuts a byte stream into top-level JSON objects without parsing them: one per line, pretty-printed
//! over several lines, or as elements of an array. Owns the memory bound and the way back to sense
//! after noise; refuses to own what the objects mean.

use memchr::{memchr, memchr3};

/// What the stream holds next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A complete object, braces balanced; it may still not be JSON.
    Object(&'a [u8]),
    /// A complete object larger than the cap; its bytes were dropped.
    Oversize,
    /// The beginning of an object whose end never came.
    Torn,
}

/// Who the pieces are for.
pub(super) trait Taker {
    /// Whether an object that begins like this, and a line, tells nothing: it is passed over up to
    /// the line's end.
    fn skips(&self, beginning: &[u8]) -> bool;
    /// Takes the next piece.
    fn take(&mut self, piece: Piece<'_>);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between objects: only white space and array punctuation since the line began.
    Between,
    /// Text that belongs to no object, until the line ends.
    Noise,
    /// In the first bytes of an object that begins a line.
    Begun,
    /// In an object that nobody wants, until the line ends.
    Skipped,
    /// In an object, outside strings, `depth` braces open.
    Open,
    /// In a string of an object.
    Text,
    /// Behind a backslash in a string of an object.
    Escape,
}

/// The cutter. Holds at most `cap` bytes of one object.
#[derive(Debug)]
pub(super) struct Objects {
    state: State,
    depth: u64,
    /// The byte before those that are fed next.
    last: u8,
    cap: usize,
    /// The first bytes of an object, until there are enough to tell whether it is wanted.
    beginning: Vec<u8>,
    /// What was fed earlier of the object that is open.
    held: Vec<u8>,
    oversize: bool,
}

impl Objects {
    pub(super) fn new(cap: usize) -> Self {
        let (beginning, held) = (Vec::new(), Vec::new());
        Self {
            state: State::Between,
            depth: 0,
            last: b'\n',
            cap,
            beginning,
            held,
            oversize: false,
        }
    }

    /// Cuts the next bytes; `taker` gets every piece that ends in them.
    pub(super) fn feed(&mut self, bytes: &[u8], taker: &mut dyn Taker) {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let before = at.checked_sub(1).and_then(|before| bytes.get(before));
            let before = before.copied().unwrap_or(self.last);
            at += match self.state {
                State::Between => self.between(before, rest),
                State::Begun => self.begin(rest, taker),
                State::Noise | State::Skipped => self.skip_line(rest),
                State::Open | State::Text | State::Escape => self.within(before, rest, taker),
            };
        }
        self.last = bytes.last().copied().unwrap_or(self.last);
    }

    /// Ends the stream.
    pub(super) fn finish(mut self, taker: &mut dyn Taker) {
        if self.state == State::Begun {
            self.decide(taker);
        }
        match self.state {
            State::Open | State::Text | State::Escape => self.abandon(&[], taker),
            State::Skipped if self.last != b'}' => taker.take(Piece::Torn),
            State::Between | State::Begun | State::Noise | State::Skipped => {}
        }
    }

    /// Looks at one byte, but takes no brace that opens an object. Returns how many it took.
    fn between(&mut self, before: u8, bytes: &[u8]) -> usize {
        self.state = match bytes.first() {
            Some(b'{') => {
                let begins_line = before == b'\n';
                self.state = if begins_line {
                    State::Begun
                } else {
                    State::Open
                };
                return 0;
            }
            Some(b'\n' | b' ' | b'\t' | b'\r' | b'[' | b']' | b',') => State::Between,
            _ => State::Noise,
        };
        1
    }

    /// Collects the first bytes of an object. Returns how many it took.
    fn begin(&mut self, bytes: &[u8], taker: &mut dyn Taker) -> usize {
        let missing = BEGINNING.saturating_sub(self.beginning.len());
        let bytes = bytes.get(..missing).unwrap_or(bytes);
        let line = memchr(b'\n', bytes).and_then(|end| bytes.get(..end));
        self.beginning.extend_from_slice(line.unwrap_or(bytes));
        if line.is_some() || bytes.len() == missing {
            self.decide(taker);
        }
        line.unwrap_or(bytes).len()
    }

    /// Whether the object is wanted.
    fn decide(&mut self, taker: &mut dyn Taker) {
        let beginning = std::mem::take(&mut self.beginning);
        if taker.skips(&beginning) {
            self.state = State::Skipped;
        } else {
            self.state = State::Open;
            self.feed(&beginning, taker);
        }
        self.beginning = beginning;
        self.beginning.clear();
    }

    fn skip_line(&mut self, bytes: &[u8]) -> usize {
        let Some(end) = memchr(b'\n', bytes) else {
            return bytes.len();
        };
        self.state = State::Between;
        end.saturating_add(1)
    }

    /// Goes on in an object, to its end or that of the bytes. Returns how many belong to it.
    fn within(&mut self, before: u8, bytes: &[u8], taker: &mut dyn Taker) -> usize {
        let mut at = 0;
        while let Some(found) = self.next_special(bytes.get(at..).unwrap_or_default()) {
            let (of, byte) = found;
            let place = at.saturating_add(of);
            at = place.saturating_add(1);
            let so_far = bytes.get(..place).unwrap_or_default();
            self.state = match (self.state, byte) {
                // No JSON string holds a raw line break: what was open was cut off or never JSON.
                (State::Text | State::Escape, b'\n') => {
                    self.abandon(so_far, taker);
                    return at;
                }
                (State::Text, b'\\') => State::Escape,
                (State::Text, b'"') => State::Open,
                (State::Text | State::Escape, _) | (State::Open, b'"') => State::Text,
                // Printers indent what is nested: a brace in the first column opens a new message.
                (State::Open, b'{')
                    if self.depth > 0 && *so_far.last().unwrap_or(&before) == b'\n' =>
                {
                    self.abandon(so_far, taker);
                    return place;
                }
                (State::Open, b'{') => {
                    self.depth = self.depth.saturating_add(1);
                    State::Open
                }
                (State::Open, b'}') if self.depth <= 1 => {
                    self.close(bytes.get(..at).unwrap_or_default(), taker);
                    return at;
                }
                (State::Open, b'}') => {
                    self.depth = self.depth.saturating_sub(1);
                    State::Open
                }
                (state, _) => state,
            };
        }
        self.hold(bytes);
        bytes.len()
    }

    /// Where the state changes next, and by which byte.
    fn next_special(&self, bytes: &[u8]) -> Option<(usize, u8)> {
        let place = match self.state {
            State::Text => memchr3(b'"', b'\\', b'\n', bytes)?,
            State::Escape => 0,
            _ => bytes.iter().position(|b| matches!(b, b'"' | b'{' | b'}'))?,
        };
        bytes.get(place).map(|byte| (place, *byte))
    }

    fn hold(&mut self, bytes: &[u8]) {
        if !self.oversize && bytes.len() > self.cap.saturating_sub(self.held.len()) {
            self.oversize = true;
            self.held.truncate(PEEK);
            self.held.shrink_to_fit();
        }
        if self.oversize {
            let room = PEEK.saturating_sub(self.held.len());
            self.held.extend(bytes.iter().take(room));
        } else {
            self.make_room(bytes.len());
            self.held.extend_from_slice(bytes);
        }
    }

    /// Grows by doubling, but never past the cap.
    fn make_room(&mut self, more: usize) {
        let needed = self.held.len().saturating_add(more);
        if needed > self.held.capacity() {
            let capacity = needed.saturating_mul(2).min(self.cap).max(needed);
            self.held.reserve_exact(capacity - self.held.len());
        }
    }

    /// Hands on an object, of which these are the last bytes.
    fn close(&mut self, rest: &[u8], taker: &mut dyn Taker) {
        if self.held.is_empty() && rest.len() <= self.cap {
            taker.take(Piece::Object(rest));
        } else {
            self.hold(rest);
            taker.take(if self.oversize {
                Piece::Oversize
            } else {
                Piece::Object(&self.held)
            });
        }
        self.reset();
    }

    /// Gives up an object, of which these are the last bytes.
    fn abandon(&mut self, rest: &[u8], taker: &mut dyn Taker) {
        self.hold(rest);
        if looks_like_object(&self.held) {
            taker.take(Piece::Torn);
        }
        self.reset();
    }

    fn reset(&mut self) {
        self.state = State::Between;
        self.depth = 0;
        self.oversize = false;
        self.held.clear();
        // One huge message must not keep its memory for the rest of the run.
        self.held.shrink_to(SPARE);
    }
}

/// Bytes of an object that tell whether anybody wants it.
const BEGINNING: usize = 128;
/// Bytes kept of an object that is too large: enough to tell whether it began like a message.
const PEEK: usize = 64;
/// Capacity kept between objects.
const SPARE: usize = 64 * 1024;

/// Whether text beginning with a brace goes on like an object: a name, or nothing yet.
fn looks_like_object(text: &[u8]) -> bool {
    let mut rest = text.iter().skip(1).filter(|b| !b.is_ascii_whitespace());
    rest.next().is_none_or(|b| *b == b'"')
}

#[cfg(test)]
mod tests;
