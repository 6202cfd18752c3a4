//! The meter of agents that print JSON messages, one a line or all in one array. Owns what is said
//! of messages that cannot be read; refuses to know what a message means.

use memchr::memchr;

use crate::usage::objects::{Objects, Piece, Taker};
use crate::usage::wire::Fault;
use crate::usage::{Meter, Reading};

use super::MAX_MESSAGE;

/// No agent that reported at its end was killed.
pub(super) const KILLED: &str = "the agent ended without reporting its usage";
/// A last turn that no report is about.
pub(super) const UNFINISHED: &str = "the agent ended in a turn it did not report";
/// The last message was cut off.
pub(super) const TORN: &str = "the agent's output ends in the middle of a message";
/// A message passed by that no memory is spent on.
pub(super) const OVERSIZE: &str = "the agent printed a message too large to read";

/// Nothing tells which part of its totals is this run's.
pub(super) const CONTINUED: &str =
    "the agent continued an earlier conversation, and its totals may include earlier runs";

/// What an agent's messages amount to.
pub(super) trait Tally: Send {
    /// Takes in one message. It may be anything: foreign, malformed, hostile.
    fn message(&mut self, bytes: &[u8]);
    /// Whether messages that begin like this change nothing now, and need not be read.
    fn skips(&self, _beginning: &[u8]) -> bool {
        false
    }
    /// Takes in that there was a message which could not be read.
    fn lose(&mut self, fault: Fault);
    /// What it all amounts to.
    fn reading(self) -> Reading;
}

/// The meter.
#[derive(Debug)]
pub(super) struct Messages<T> {
    objects: Objects,
    tally: T,
}

impl<T: Tally> Messages<T> {
    pub(super) fn new(tally: T) -> Self {
        let objects = Objects::new(MAX_MESSAGE);
        Self { objects, tally }
    }
}

impl<T: Tally> Meter for Messages<T> {
    fn feed(&mut self, bytes: &[u8]) {
        self.objects.feed(bytes, &mut self.tally);
    }

    fn finish(self: Box<Self>) -> Reading {
        let Self { objects, mut tally } = *self;
        objects.finish(&mut tally);
        tally.reading()
    }
}

/// The meter of agents whose output says nothing of usage.
#[derive(Debug)]
pub(super) struct Unread;

impl Meter for Unread {
    fn feed(&mut self, _: &[u8]) {}

    fn finish(self: Box<Self>) -> Reading {
        Reading::Silent
    }
}

impl<T: Tally> Taker for T {
    fn skips(&self, beginning: &[u8]) -> bool {
        Tally::skips(self, beginning)
    }

    fn take(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Object(bytes) => self.message(bytes),
            Piece::Oversize => self.lose(Fault::text(OVERSIZE)),
            Piece::Torn => self.lose(Fault::text(TORN)),
        }
    }
}

/// The type of a message that begins with it, as agents print it.
pub(super) fn kind_of(beginning: &[u8]) -> Option<&[u8]> {
    let rest = beginning.strip_prefix(br#"{"type":""#)?;
    rest.get(..memchr(b'"', rest)?)
}

/// The longest name or id that is kept, in bytes.
const LONGEST_NAME: usize = 256;

/// A name or an id, unless it is too long to be one.
pub(super) fn name(text: Option<String>) -> Option<String> {
    text.filter(|text| text.len() <= LONGEST_NAME)
}

/// Whether text that is no JSON was to be a message of this type: a spoilt report must not pass for
/// noise.
pub(super) fn was_to_be(bytes: &[u8], kind: &str) -> bool {
    contains(bytes, &format!(r#""type":"{kind}""#))
}

pub(super) fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}
