//! Labels for reports: `team=web`.

use std::fmt;
use std::str::FromStr;

use super::plain::is_plain;

/// A label: a key of 1 to 64 bytes, and a value of at most 256.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    /// What is said of it.
    pub key: String,
    /// What it is.
    pub value: String,
}

/// Text that is not a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tag is KEY=VALUE, of at most 64 and 256 bytes without control characters")]
pub struct InvalidTag;

impl Tag {
    /// The label of a key and a value; an error where one of them cannot be stored. A key has no
    /// `=`, because it could not be typed.
    pub fn new(key: &str, value: &str) -> Result<Self, InvalidTag> {
        let fits = (1..=64).contains(&key.len()) && value.len() <= 256;
        if fits && is_plain(key) && is_plain(value) && !key.contains('=') {
            Ok(Self {
                key: key.to_owned(),
                value: value.to_owned(),
            })
        } else {
            Err(InvalidTag)
        }
    }
}

impl FromStr for Tag {
    type Err = InvalidTag;

    fn from_str(text: &str) -> Result<Self, InvalidTag> {
        let (key, value) = text.split_once('=').ok_or(InvalidTag)?;
        Self::new(key, value)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}
