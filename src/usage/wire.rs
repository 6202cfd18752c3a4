//! Serde helpers for figures that must stay exact and for objects in which nothing may hide:
//! numbers are kept as text, a name given twice is refused. Owns no format.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::decimal::{Cost, DecimalError, count};

/// Why a report was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// A figure that cannot be one.
    #[error("{field} is {why}")]
    Figure { field: String, why: DecimalError },
    /// Two figures that contradict each other.
    #[error("{part} is larger than {whole}, which contains it")]
    Contradiction {
        part: &'static str,
        whole: &'static str,
    },
    /// Anything else, in words.
    #[error("{0}")]
    Text(String),
}

impl Fault {
    pub(super) fn text(text: impl fmt::Display) -> Self {
        Self::Text(text.to_string())
    }
}

/// A figure as the JSON text it was written in, so that nothing of it is lost.
#[derive(Debug)]
pub(super) struct Figure(Box<RawValue>);

impl Figure {
    /// The JSON text as it stands.
    pub(super) fn json(&self) -> &str {
        self.0.get()
    }

    /// The text without the quotes it may be written in: `"0.5"` as `0.5`.
    pub(super) fn unquoted(&self) -> &str {
        let json = self.json();
        json.strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap_or(json)
    }

    /// The whole number of this JSON number.
    pub(super) fn count(&self, field: &str) -> Result<u64, Fault> {
        read_count(self.json(), field)
    }

    /// The US dollars of this JSON number.
    pub(super) fn cost(&self, field: &str) -> Result<Cost, Fault> {
        read_cost(self.json(), field)
    }
}

pub(super) fn read_count(text: &str, field: &str) -> Result<u64, Fault> {
    count(text).map_err(|why| Fault::Figure {
        field: field.to_owned(),
        why,
    })
}

pub(super) fn read_cost(text: &str, field: &str) -> Result<Cost, Fault> {
    Cost::from_decimal(text).map_err(|why| Fault::Figure {
        field: field.to_owned(),
        why,
    })
}

/// A count that is 0 where it is not named.
pub(super) fn optional(figure: Option<Figure>, field: &str) -> Result<u64, Fault> {
    figure.map_or(Ok(0), |figure| figure.count(field))
}

/// What is left of a whole without a part of it.
pub(super) fn rest(
    (whole, whole_is): (u64, &'static str),
    (part, part_is): (u64, &'static str),
) -> Result<u64, Fault> {
    whole.checked_sub(part).ok_or(Fault::Contradiction {
        part: part_is,
        whole: whole_is,
    })
}

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self)
    }
}

/// For `Option` fields: `null` is a value here (a bad one), only absence is `None`.
pub(super) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Names in one object; no report has so many, and each takes many times its length in memory.
const MAX_NAMES: usize = 10_000;

/// A JSON object of any names, in order, no name twice.
#[derive(Debug)]
pub(super) struct Pairs<T>(pub(super) Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor(PhantomData))
    }
}

struct PairsVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PairsVisitor<T> {
    type Value = Pairs<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut seen = std::collections::HashSet::new();
        let mut pairs = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, T>()? {
            if pairs.len() == MAX_NAMES {
                return Err(A::Error::custom("it has too many names"));
            }
            if !seen.insert(name.clone()) {
                return Err(A::Error::custom("a name is given twice"));
            }
            pairs.push((name, value));
        }
        Ok(Pairs(pairs))
    }
}
