//! Charges as reports see them: what each entry of the journal added to, or took off, what was
//! spent, from when on, and what for. Owns no way to read them; names are numbers of a dictionary,
//! so that a million charges can be added up without a text.

use std::collections::HashMap;

use super::entry::Seq;
use super::id::Id;
use super::timestamp::Timestamp;
use super::unit::Unit;

/// What charges have in common that count for the same purpose.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Purpose {
    /// The budgets named, joined by commas.
    pub budgets: String,
    /// The model, where one is known.
    pub model: Option<String>,
    /// Its provider.
    pub provider: Option<String>,
    /// The agent whose report it was, else the program that ran.
    pub agent: Option<String>,
    /// The project: the one tagged, else the one that the agent worked in.
    pub project: Option<String>,
    /// Every tag, by key.
    pub tags: Vec<(String, String)>,
}

/// The names that charges refer to by number.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    /// Purposes.
    pub purposes: Numbered<Purpose>,
    /// Units.
    pub units: Numbered<Unit>,
}

/// Things by number, each once.
#[derive(Debug, Clone)]
pub struct Numbered<T> {
    things: Vec<T>,
    numbers: HashMap<T, u32>,
}

/// Tokens by kind, as they were reported; negative where a charge was taken back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenKinds<T = i64> {
    /// Input that came from no cache.
    pub input: T,
    /// Input read from a cache.
    pub cache_read: T,
    /// Input written to a cache.
    pub cache_write: T,
    /// Output, reasoning included.
    pub output: T,
    /// How much of the output was reasoning.
    pub reasoning: T,
    /// Tokens of no known kind.
    pub unspecified: T,
}

/// How much of one unit, in atoms; negative where it was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The unit's number.
    pub unit: u32,
    /// What was charged.
    pub atoms: i64,
    /// How much of it was charged because nobody knew.
    pub unknown: i64,
}

/// What an entry charged for one purpose from one moment on. An entry makes several where it names
/// several models, or where a part of it counts from its admission and the rest from its settlement.
/// It may also be the sum of several charges for one purpose within a quarter of an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The entry; of a sum the first one.
    pub seq: Seq,
    /// How many entries it stands for: the first charge of an entry for 1, others for 0.
    pub entries: u32,
    /// From when on it counts.
    pub effective_at: Timestamp,
    /// The purpose's number.
    pub purpose: u32,
    /// The run it happened in.
    pub session: Option<Id>,
    /// What was charged, each unit at most once.
    pub parts: Vec<Part>,
    /// Tokens by kind.
    pub tokens: TokenKinds,
    /// What it would have cost where nobody was billed, in atoms of a dollar.
    pub notional: i64,
}

impl<T: Clone + Eq + std::hash::Hash> Numbered<T> {
    /// The number of a thing, which is given one where it has none.
    pub fn number(&mut self, thing: &T) -> u32 {
        if let Some(number) = self.numbers.get(thing) {
            return *number;
        }
        let number = u32::try_from(self.things.len()).unwrap_or(u32::MAX);
        self.things.push(thing.clone());
        self.numbers.insert(thing.clone(), number);
        number
    }

    /// The number of a thing, where it has one.
    pub fn number_of(&self, thing: &T) -> Option<u32> {
        self.numbers.get(thing).copied()
    }

    /// The thing of a number.
    pub fn get(&self, number: u32) -> Option<&T> {
        self.things.get(usize::try_from(number).ok()?)
    }

    /// All of them, in the order of their numbers.
    pub fn all(&self) -> &[T] {
        &self.things
    }
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self {
            things: Vec::new(),
            numbers: HashMap::new(),
        }
    }
}

/// A quarter of an hour, in microseconds.
const QUARTER_US: i64 = 15 * 60 * 1_000_000;
/// Since 1973 every zone is set apart from UTC by whole quarters of an hour, and changes then.
const QUARTERS_SINCE_US: i64 = 94_694_400_000_000;

/// The beginning of the quarter of an hour that an instant lies in: hours, days, weeks and months
/// begin with one in every zone. What lies before all zones kept to that stays as it is.
pub fn quarter(at: Timestamp) -> Timestamp {
    let micros = at.as_micros();
    if micros < QUARTERS_SINCE_US {
        return at;
    }
    Timestamp::from_micros(micros.saturating_sub(micros.rem_euclid(QUARTER_US)))
}

impl Charge {
    /// The sum of two charges for one purpose, outside of any run, from the first one's moment on;
    /// `None` where it does not fit.
    pub fn plus(&self, other: &Self) -> Option<Self> {
        let mut sum = Self {
            entries: self.entries.checked_add(other.entries)?,
            tokens: self.tokens.plus(&other.tokens)?,
            notional: self.notional.checked_add(other.notional)?,
            session: None,
            ..self.clone()
        };
        for part in &other.parts {
            match sum.parts.iter_mut().find(|known| known.unit == part.unit) {
                Some(known) => {
                    known.atoms = known.atoms.checked_add(part.atoms)?;
                    known.unknown = known.unknown.checked_add(part.unknown)?;
                }
                None => sum.parts.push(*part),
            }
        }
        Some(sum)
    }
}

impl TokenKinds {
    /// Every kind, in the order in which people see them.
    pub const NAMES: [&'static str; 6] = [
        "input",
        "cache_read",
        "cache_write",
        "output",
        "reasoning",
        "unspecified",
    ];

    /// The sum of both; `None` where it does not fit.
    pub fn plus(&self, other: &Self) -> Option<Self> {
        let mut sums = self.counts();
        for (sum, count) in sums.iter_mut().zip(other.counts()) {
            *sum = sum.checked_add(count)?;
        }
        Some(Self::from_counts(sums))
    }
}

impl<T: Copy + Default + PartialEq> TokenKinds<T> {
    /// The counts, in the order of [`TokenKinds::NAMES`].
    pub const fn counts(&self) -> [T; 6] {
        [
            self.input,
            self.cache_read,
            self.cache_write,
            self.output,
            self.reasoning,
            self.unspecified,
        ]
    }

    /// Counts in the order of [`TokenKinds::NAMES`].
    pub const fn from_counts(counts: [T; 6]) -> Self {
        let [
            input,
            cache_read,
            cache_write,
            output,
            reasoning,
            unspecified,
        ] = counts;
        Self {
            input,
            cache_read,
            cache_write,
            output,
            reasoning,
            unspecified,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
