//! What is counted: the closed set of built-in units and the names of declared ones.
//! Owns scales and spellings; whether a declared unit exists is the ledger's knowledge.

use std::fmt;
use std::str::FromStr;

use super::edits::edits;

/// A unit of account. One atom is the smallest amount of it that exists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Money; 1 atom = 10⁻⁸ US dollar (the Cycles protocol's microcent).
    Usd,
    /// Model tokens of every kind.
    Tokens,
    /// Runs, requests, invocations.
    Calls,
    /// Active wall time; 1 atom = 1 millisecond.
    Time,
    /// Concurrency: given back when the holder settles.
    Slots,
    /// A provider's own credits.
    Credits,
    /// Risk points of the Cycles protocol.
    RiskPoints,
    /// A unit declared with `budget create --unit`.
    Declared(UnitName),
}

/// The name of a declared unit: `[a-z][a-z0-9_]*`, at most 32 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitName(String);

/// Text that cannot name a unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a unit: a unit is a lower-case word of at most 32 letters, digits or `_`")]
pub struct InvalidUnit {
    text: String,
}

impl Unit {
    /// The built-in units, in the order in which people see them.
    pub const BUILT_IN: [Self; 7] = [
        Self::Usd,
        Self::Tokens,
        Self::Calls,
        Self::Time,
        Self::Slots,
        Self::Credits,
        Self::RiskPoints,
    ];

    /// The name used in the ledger, in JSON and in messages.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Usd => "usd",
            Self::Tokens => "tokens",
            Self::Calls => "calls",
            Self::Time => "time",
            Self::Slots => "slots",
            Self::Credits => "credits",
            Self::RiskPoints => "risk_points",
            Self::Declared(name) => &name.0,
        }
    }

    /// Decimal places: `10^decimals` atoms make one of the unit as people write it.
    /// For time the written unit is the second.
    pub fn decimals(&self) -> u32 {
        match self {
            Self::Usd => 8,
            Self::Time => 3,
            Self::Tokens
            | Self::Calls
            | Self::Slots
            | Self::Credits
            | Self::RiskPoints
            | Self::Declared(_) => 0,
        }
    }

    /// Whether a charge uses the unit up. Slots only limit how many run at once.
    pub fn is_consumed(&self) -> bool {
        *self != Self::Slots
    }

    /// Whether one of it is asked for by every reservation whose path limits it.
    pub fn is_implicit(&self) -> bool {
        matches!(self, Self::Calls | Self::Slots)
    }

    /// Whether only who did the work can say how much of it that took; time, calls and slots are
    /// counted here.
    pub fn is_reported(&self) -> bool {
        !self.is_implicit() && *self != Self::Time
    }

    /// The built-in or declared unit nearest to a misspelt word, if one is near.
    pub fn nearest(word: &str) -> Option<&'static str> {
        const WORDS: [&str; 10] = [
            "usd",
            "tokens",
            "calls",
            "time",
            "slots",
            "credits",
            "risk_points",
            "token",
            "call",
            "slot",
        ];
        let (distance, near) = WORDS
            .iter()
            .map(|known| (edits(word, known), *known))
            .min()?;
        (distance <= 2 && distance < word.len()).then_some(near)
    }
}

impl FromStr for Unit {
    type Err = InvalidUnit;

    /// Accepts built-in names in singular or plural, and any well-formed name of a declared unit.
    fn from_str(text: &str) -> Result<Self, InvalidUnit> {
        let word = text.to_ascii_lowercase();
        Ok(match word.as_str() {
            "usd" => Self::Usd,
            "token" | "tokens" => Self::Tokens,
            "call" | "calls" => Self::Calls,
            "time" => Self::Time,
            "slot" | "slots" => Self::Slots,
            "credit" | "credits" => Self::Credits,
            "risk_point" | "risk_points" => Self::RiskPoints,
            _ => Self::Declared(UnitName::new(&word)?),
        })
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl UnitName {
    fn new(word: &str) -> Result<Self, InvalidUnit> {
        let well_formed = word.len() <= 32
            && word.starts_with(|c: char| c.is_ascii_lowercase())
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if well_formed {
            Ok(Self(word.to_owned()))
        } else {
            Err(InvalidUnit {
                text: word.escape_debug().to_string(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_unit_round_trips() {
        for unit in Unit::BUILT_IN {
            assert_eq!(unit.as_str().parse(), Ok(unit));
        }
    }

    #[test]
    fn a_misspelt_unit_has_a_neighbour() {
        assert_eq!(Unit::nearest("tokns"), Some("tokens"));
        assert_eq!(Unit::nearest("uds"), Some("usd"));
        assert_eq!(Unit::nearest("bananas"), None);
    }

    #[test]
    fn odd_names_are_refused() {
        for bad in ["", "9lives", "a b", "rows!", "ünit", &"x".repeat(33)] {
            assert!(bad.parse::<Unit>().is_err(), "{bad}");
        }
    }
}
