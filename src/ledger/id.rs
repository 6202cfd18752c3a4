//! Identifiers: 128-bit, time-ordered and global, with tails short enough to type.

use std::fmt;
use std::str::FromStr;

use super::amount::safe;

/// A UUID of version 7 (RFC 9562 §5.7): milliseconds since 1970, then 74 random bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; 16]);

/// What a person typed for an id: all of it, or enough of its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdRef {
    /// A whole id.
    Full(Id),
    /// The last hexadecimal digits of one, at least 4.
    Tail(String),
}

/// Text that is neither an id nor the end of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id: give the whole id, or at least its last 4 digits")]
pub struct InvalidId {
    text: String,
}

impl Id {
    /// An id made of the wall clock's milliseconds and ten random bytes.
    pub fn new(unix_millis: i64, random: [u8; 10]) -> Self {
        let mut bytes = [0; 16];
        let (time, tail) = bytes.split_at_mut(6);
        time.copy_from_slice(unix_millis.to_be_bytes().split_at(2).1);
        tail.copy_from_slice(&random);
        if let Some(version) = bytes.get_mut(6) {
            *version = (*version & 0x0f) | 0x70;
        }
        if let Some(variant) = bytes.get_mut(8) {
            *variant = (*variant & 0x3f) | 0x80;
        }
        Self(bytes)
    }

    /// The sixteen bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The id of sixteen stored bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The least id of a moment, in milliseconds since 1970: those made then are not less.
    pub fn first_of(unix_millis: i64) -> Self {
        Self::new(unix_millis, [0; 10])
    }

    /// When it was made, in milliseconds since 1970.
    pub fn unix_millis(&self) -> i64 {
        let (time, _) = self.0.split_at(6);
        time.iter()
            .fold(0, |sum, byte| (sum << 8) | i64::from(*byte))
    }

    /// The digits that people see in tables: the last six.
    pub fn short(&self) -> String {
        let text = self.to_string();
        text.get(text.len().saturating_sub(6)..)
            .unwrap_or_default()
            .to_owned()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", u128::from_be_bytes(self.0));
        let (time, rest) = digits.split_at(8);
        let (low, rest) = rest.split_at(4);
        let (version, rest) = rest.split_at(4);
        let (variant, tail) = rest.split_at(4);
        write!(f, "{time}-{low}-{version}-{variant}-{tail}")
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Id {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.parse()? {
            IdRef::Full(id) => Ok(id),
            IdRef::Tail(_) => Err(InvalidId { text: safe(text) }),
        }
    }
}

impl FromStr for IdRef {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let digits: String = text
            .chars()
            .filter(|c| *c != '-')
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let hexadecimal = digits.bytes().all(|b| b.is_ascii_hexdigit());
        match digits.len() {
            4..=31 if hexadecimal => Ok(Self::Tail(digits)),
            32 if hexadecimal => {
                let value = u128::from_str_radix(&digits, 16)
                    .map_err(|_| InvalidId { text: safe(text) })?;
                Ok(Self::Full(Id(value.to_be_bytes())))
            }
            _ => Err(InvalidId { text: safe(text) }),
        }
    }
}

impl fmt::Display for IdRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(id) => id.fmt(f),
            Self::Tail(tail) => f.write_str(tail),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_round_trips_and_orders_by_time() {
        let early = Id::new(1_795_226_400_000, [0xff; 10]);
        let late = Id::new(1_795_226_400_001, [0; 10]);
        assert!(early < late);
        assert_eq!(early.to_string().parse(), Ok(early));
        assert_eq!(early.to_string().get(14..15), Some("7"));
    }

    #[test]
    fn tails_and_nonsense() {
        assert_eq!("BEEF".parse(), Ok(IdRef::Tail("beef".to_owned())));
        for bad in ["", "abc", "xyzw", "0199-\u{7}aaaa", &"a".repeat(33)] {
            assert!(bad.parse::<IdRef>().is_err(), "{bad:?}");
        }
    }
}
