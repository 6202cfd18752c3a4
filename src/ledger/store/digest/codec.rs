//! The bytes of a block: first the names that are new in it, then charges, each as its difference
//! to the one before. Numbers take as many bytes as they need.

use crate::ledger::charge::{Charge, Dictionary, Part, Purpose, TokenKinds};
use crate::ledger::entry::Seq;
use crate::ledger::id::Id;
use crate::ledger::timestamp::Timestamp;

const HAS_TOKENS: u64 = 1;
const HAS_NOTIONAL: u64 = 2;
const HAS_UNKNOWN: u64 = 4;
const HAS_SESSION: u64 = 8;
/// How many bits are flags.
const FLAGS: u32 = 4;

/// How many names of each kind are known already.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    purposes: usize,
    units: usize,
}

/// Charges on their way into a block.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    body: Vec<u8>,
    count: usize,
    seq: i64,
    at: i64,
}

/// Bytes that are read from the front.
struct Reader<'a>(&'a [u8]);

impl Known {
    /// All that are in a dictionary.
    pub(super) fn of(dictionary: &Dictionary) -> Self {
        Self {
            purposes: dictionary.purposes.all().len(),
            units: dictionary.units.all().len(),
        }
    }
}

impl Encoder {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn push(&mut self, charge: &Charge) {
        let body = &mut self.body;
        put_signed(body, charge.seq.0.wrapping_sub(self.seq));
        put_signed(body, charge.effective_at.as_micros().wrapping_sub(self.at));
        put(body, charge.entries.into());
        (self.seq, self.at) = (charge.seq.0, charge.effective_at.as_micros());
        self.count = self.count.saturating_add(1);
        put(body, charge.purpose.into());
        let has_unknown = charge.parts.iter().any(|part| part.unknown != 0);
        let flags = flag(!charge.tokens.is_empty(), HAS_TOKENS)
            | flag(charge.notional != 0, HAS_NOTIONAL)
            | flag(has_unknown, HAS_UNKNOWN)
            | flag(charge.session.is_some(), HAS_SESSION);
        put(body, (length(charge.parts.len()) << FLAGS) | flags);
        charge
            .session
            .iter()
            .for_each(|id| body.extend(id.as_bytes()));
        for part in &charge.parts {
            put(body, part.unit.into());
            put_signed(body, part.atoms);
            if has_unknown {
                put_signed(body, part.unknown);
            }
        }
        if flags & HAS_TOKENS != 0 {
            charge
                .tokens
                .counts()
                .iter()
                .for_each(|count| put_signed(body, *count));
        }
        if flags & HAS_NOTIONAL != 0 {
            put_signed(body, charge.notional);
        }
    }

    /// What was pushed.
    pub(super) fn finish(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.body.len().saturating_add(10));
        put(&mut bytes, length(self.count));
        bytes.extend(self.body);
        bytes
    }
}

/// The names that are new since, with how many there were before.
pub(super) fn encode_names(known: Known, dictionary: &Dictionary) -> Vec<u8> {
    let mut bytes = Vec::new();
    let purposes = new(dictionary.purposes.all(), known.purposes);
    put(&mut bytes, length(known.purposes));
    put(&mut bytes, length(purposes.len()));
    for purpose in purposes {
        put_purpose(&mut bytes, purpose);
    }
    let units = new(dictionary.units.all(), known.units);
    put(&mut bytes, length(known.units));
    put(&mut bytes, length(units.len()));
    for unit in units {
        put_text(&mut bytes, unit.as_str());
    }
    bytes
}

/// Reads names, and gives them the numbers that they had; `None` where they are not those that
/// follow.
pub(super) fn decode_names(bytes: &[u8], dictionary: &mut Dictionary) -> Option<()> {
    let mut reader = Reader(bytes);
    let follows = |known: u64, all: usize| (length(all) == known).then_some(());
    follows(reader.number()?, dictionary.purposes.all().len())?;
    for _ in 0..reader.number()? {
        let purpose = reader.purpose()?;
        dictionary.purposes.number(&purpose);
    }
    follows(reader.number()?, dictionary.units.all().len())?;
    for _ in 0..reader.number()? {
        let unit = reader.text()?.parse().ok()?;
        dictionary.units.number(&unit);
    }
    reader.0.is_empty().then_some(())
}

/// Reads charges; `None` where they are none.
pub(super) fn decode(
    bytes: &[u8],
    dictionary: &Dictionary,
    see: &mut dyn FnMut(&Dictionary, &Charge),
) -> Option<()> {
    let mut reader = Reader(bytes);
    let mut charge = Charge {
        seq: Seq(0),
        entries: 0,
        effective_at: Timestamp::from_micros(0),
        purpose: 0,
        session: None,
        parts: Vec::new(),
        tokens: TokenKinds::default(),
        notional: 0,
    };
    for _ in 0..reader.number()? {
        reader.charge(&mut charge)?;
        see(dictionary, &charge);
    }
    reader.0.is_empty().then_some(())
}

impl<'a> Reader<'a> {
    /// The next charge, in the place of the one before it.
    fn charge(&mut self, charge: &mut Charge) -> Option<()> {
        charge.seq = Seq(charge.seq.0.wrapping_add(self.signed()?));
        let at = charge.effective_at.as_micros().wrapping_add(self.signed()?);
        charge.effective_at = Timestamp::from_micros(at);
        charge.entries = self.small()?;
        charge.purpose = self.small()?;
        let flags = self.number()?;
        charge.session = if flags & HAS_SESSION == 0 {
            None
        } else {
            Some(Id::from_bytes(*self.take()?))
        };
        charge.parts.clear();
        for _ in 0..flags >> FLAGS {
            let (unit, atoms) = (self.small()?, self.signed()?);
            let unknown = if flags & HAS_UNKNOWN == 0 {
                0
            } else {
                self.signed()?
            };
            charge.parts.push(Part {
                unit,
                atoms,
                unknown,
            });
        }
        let mut counts = [0; 6];
        if flags & HAS_TOKENS != 0 {
            for count in &mut counts {
                *count = self.signed()?;
            }
        }
        charge.tokens = TokenKinds::from_counts(counts);
        charge.notional = if flags & HAS_NOTIONAL == 0 {
            0
        } else {
            self.signed()?
        };
        Some(())
    }

    fn purpose(&mut self) -> Option<Purpose> {
        let budgets = self.text()?;
        let mut maybe = || {
            let is_there = self.number()? == 1;
            Some(if is_there { Some(self.text()?) } else { None })
        };
        let (model, provider, agent, project) = (maybe()?, maybe()?, maybe()?, maybe()?);
        let mut tags = Vec::new();
        for _ in 0..self.number()? {
            tags.push((self.text()?, self.text()?));
        }
        Some(Purpose {
            budgets,
            model,
            provider,
            agent,
            project,
            tags,
        })
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }

    fn take<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(taken)
    }

    fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        let half = i64::try_from(number >> 1).ok()?;
        Some(if number & 1 == 0 { half } else { !half })
    }

    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap_or_default());
}

/// Small numbers of either sign are short.
fn put_signed(bytes: &mut Vec<u8>, number: i64) {
    let doubled = number.wrapping_shl(1) ^ number.wrapping_shr(63);
    put(bytes, u64::from_le_bytes(doubled.to_le_bytes()));
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put(bytes, length(text.len()));
    bytes.extend(text.as_bytes());
}

fn put_purpose(bytes: &mut Vec<u8>, purpose: &Purpose) {
    put_text(bytes, &purpose.budgets);
    for text in [
        &purpose.model,
        &purpose.provider,
        &purpose.agent,
        &purpose.project,
    ] {
        put(bytes, u64::from(text.is_some()));
        if let Some(text) = text {
            put_text(bytes, text);
        }
    }
    put(bytes, length(purpose.tags.len()));
    for (key, value) in &purpose.tags {
        put_text(bytes, key);
        put_text(bytes, value);
    }
}

fn flag(is_set: bool, flag: u64) -> u64 {
    if is_set { flag } else { 0 }
}

fn length(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn new<T>(all: &[T], known: usize) -> &[T] {
    all.get(known..).unwrap_or_default()
}
