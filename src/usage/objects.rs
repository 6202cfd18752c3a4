//! Cuts a byte stream into top-level JSON objects without parsing them: one per line, pretty-printed
//! over several lines, or as elements of an array. Owns the memory bound and the way back to sense
//! after noise; refuses to own what the objects mean.

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between objects: only white space and array punctuation since the line began.
    Between,
    /// Text that belongs to no object, until the line ends.
    Noise,
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
    line_start: bool,
    cap: usize,
    held: Vec<u8>,
    oversize: bool,
}

impl Objects {
    pub(super) fn new(cap: usize) -> Self {
        let held = Vec::new();
        Self {
            state: State::Between,
            depth: 0,
            line_start: true,
            cap,
            held,
            oversize: false,
        }
    }

    /// Cuts the next bytes; `sink` gets every piece that ends in them.
    pub(super) fn feed(&mut self, bytes: &[u8], sink: &mut dyn FnMut(Piece<'_>)) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let plain = self.plain_run(rest);
            let (run, after) = rest.split_at(plain);
            if self.inside() {
                self.hold(run);
            }
            self.line_start &= run.is_empty();
            rest = after;
            if let Some((byte, after)) = rest.split_first() {
                self.step(*byte, sink);
                self.line_start = *byte == b'\n';
                rest = after;
            }
        }
    }

    /// Ends the stream.
    pub(super) fn finish(mut self, sink: &mut dyn FnMut(Piece<'_>)) {
        if self.inside() {
            self.abandon(sink);
        }
    }

    fn inside(&self) -> bool {
        !matches!(self.state, State::Between | State::Noise)
    }

    /// How many leading bytes cannot change the state: they are taken in one go.
    fn plain_run(&self, bytes: &[u8]) -> usize {
        let special: fn(u8) -> bool = match self.state {
            State::Text => |b| matches!(b, b'"' | b'\\' | b'\n'),
            State::Open => |b| matches!(b, b'"' | b'{' | b'}' | b'\n'),
            State::Noise => |b| b == b'\n',
            State::Between | State::Escape => |_| true,
        };
        bytes
            .iter()
            .position(|b| special(*b))
            .unwrap_or(bytes.len())
    }

    fn step(&mut self, byte: u8, sink: &mut dyn FnMut(Piece<'_>)) {
        match (self.state, byte) {
            (State::Between | State::Noise, _) => self.step_outside(byte),
            // No JSON string holds a raw line break: what was open was cut off or never JSON.
            (State::Text | State::Escape, b'\n') => self.abandon(sink),
            (State::Text, b'"') => self.keep(byte, State::Open),
            (State::Text, b'\\') => self.keep(byte, State::Escape),
            (State::Text | State::Escape, _) | (State::Open, b'"') => {
                self.keep(byte, State::Text);
            }
            // Printers indent what is nested: a brace in the first column opens a new message.
            (State::Open, b'{') if self.line_start => {
                self.abandon(sink);
                self.step_outside(byte);
            }
            (State::Open, b'{') => {
                self.depth = self.depth.saturating_add(1);
                self.keep(byte, State::Open);
            }
            (State::Open, b'}') => self.close(sink),
            (State::Open, _) => self.keep(byte, State::Open),
        }
    }

    fn step_outside(&mut self, byte: u8) {
        self.state = match (self.state, byte) {
            (State::Between, b'{') => {
                self.depth = 1;
                self.hold(b"{");
                State::Open
            }
            (_, b'\n') | (State::Between, b' ' | b'\t' | b'\r' | b'[' | b']' | b',') => {
                State::Between
            }
            _ => State::Noise,
        };
    }

    fn keep(&mut self, byte: u8, state: State) {
        self.hold(&[byte]);
        self.state = state;
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

    fn close(&mut self, sink: &mut dyn FnMut(Piece<'_>)) {
        self.depth = self.depth.saturating_sub(1);
        self.keep(b'}', State::Open);
        if self.depth > 0 {
            return;
        }
        if self.oversize {
            sink(Piece::Oversize);
        } else {
            sink(Piece::Object(&self.held));
        }
        self.reset();
    }

    fn abandon(&mut self, sink: &mut dyn FnMut(Piece<'_>)) {
        if looks_like_object(&self.held) {
            sink(Piece::Torn);
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
