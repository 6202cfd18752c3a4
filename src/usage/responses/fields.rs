//! The fields of one JSON object, found by name and read exactly. Owns what a missing, a null and
//! a malformed figure mean; refuses objects in which a name is given twice.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::usage::Cost;
use crate::usage::wire::{Fault, read_cost, read_count};

const MALFORMED: &str = "a message of the answer is not a JSON object";
/// Names in one object; no message has so many.
const MAX_NAMES: usize = 256;
/// Elements of one array.
const MAX_ELEMENTS: usize = 100_000;
/// The longest name or id that is kept, in bytes.
const MAX_TEXT: usize = 200;

/// The fields of an object, in order.
#[derive(Debug)]
pub(super) struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// The fields of the object in `text`.
    pub(super) fn of(text: &'a [u8]) -> Result<Self, Fault> {
        serde_json::from_slice(text).map_err(|_| Fault::text(MALFORMED))
    }

    /// The JSON text of a field; `None` where it is missing or null.
    pub(super) fn json(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().find(|(found, _)| found == name)?;
        Some(value.get()).filter(|json| *json != "null")
    }

    /// Whether there is such a field that is not null.
    pub(super) fn has(&self, name: &str) -> bool {
        self.json(name).is_some()
    }

    /// An object in a field.
    pub(super) fn object(&self, name: &str) -> Result<Option<Self>, Fault> {
        let parse = |json: &'a str| {
            let not_one = |_| Fault::text(format!("{name} is not an object"));
            serde_json::from_str(json).map_err(not_one)
        };
        self.json(name).map(parse).transpose()
    }

    /// A text that is not too long to be a name.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let json = self
            .json(name)
            .filter(|json| json.len() <= MAX_TEXT.saturating_mul(6))?;
        let text: String = serde_json::from_str(json).ok()?;
        Some(text).filter(|text| !text.is_empty() && text.len() <= MAX_TEXT)
    }

    /// Whether a field is this text.
    pub(super) fn is(&self, name: &str, text: &str) -> bool {
        self.text(name).as_deref() == Some(text)
    }

    /// Whether a field is `true`.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.json(name) == Some("true")
    }

    /// A whole number, where there is one.
    pub(super) fn count(&self, name: &str) -> Result<Option<u64>, Fault> {
        let read = |json| read_count(json, name);
        self.json(name).map(read).transpose()
    }

    /// A whole number that must be there.
    pub(super) fn due(&self, name: &str) -> Result<u64, Fault> {
        let missing = || Fault::text(format!("{name} is missing"));
        self.count(name)?.ok_or_else(missing)
    }

    /// US dollars, where there are any.
    pub(super) fn cost(&self, name: &str) -> Result<Option<Cost>, Fault> {
        let read = |json| read_cost(json, name);
        self.json(name).map(read).transpose()
    }

    /// Shows every object of an array to `sink`; a field that is no array has none, and what is no
    /// object is passed over.
    pub(super) fn each(
        &self,
        name: &str,
        sink: &mut dyn FnMut(&Fields<'a>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.elements(name, &mut |json| match serde_json::from_str(json) {
            Ok(fields) => sink(&fields),
            Err(_) if json.starts_with('{') => Err(Fault::text(MALFORMED)),
            Err(_) => Ok(()),
        })
    }

    /// How many texts that are not empty an array has.
    pub(super) fn texts(&self, name: &str) -> Result<u64, Fault> {
        let mut count = 0_u64;
        self.elements(name, &mut |json| {
            let is_text = json.starts_with('"') && json.len() > 2;
            count = count.saturating_add(u64::from(is_text));
            Ok(())
        })?;
        Ok(count)
    }

    fn elements(
        &self,
        name: &str,
        sink: &mut dyn FnMut(&'a str) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let Some(json) = self.json(name).filter(|json| json.starts_with('[')) else {
            return Ok(());
        };
        let mut fault = None;
        let visitor = Elements {
            sink,
            fault: &mut fault,
        };
        let read = serde_json::Deserializer::from_str(json).deserialize_seq(visitor);
        match (fault, read) {
            (Some(fault), _) => Err(fault),
            (None, read) => read.map_err(|_| Fault::text(MALFORMED)),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields: Vec<(Cow<'de, str>, _)> = Vec::new();
        while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
            let is_new = fields.iter().all(|(found, _)| *found != name);
            if !is_new || fields.len() == MAX_NAMES {
                return Err(A::Error::custom("a name is given twice, or too many are"));
            }
            fields.push((name, value));
        }
        Ok(Fields(fields))
    }
}

/// A name, borrowed where it holds no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor).map(Self)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// Goes over an array without keeping it.
struct Elements<'s, 'a> {
    sink: &'s mut dyn FnMut(&'a str) -> Result<(), Fault>,
    fault: &'s mut Option<Fault>,
}

impl<'de> Visitor<'de> for Elements<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        for _ in 0..MAX_ELEMENTS {
            let Some(element) = seq.next_element::<&'de RawValue>()? else {
                return Ok(());
            };
            if let Err(fault) = (self.sink)(element.get()) {
                *self.fault = Some(fault);
                return Err(A::Error::custom("refused"));
            }
        }
        Err(A::Error::custom("too many"))
    }
}
