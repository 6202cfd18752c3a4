//! The choices a budget makes ahead of time: what happens to an overrun, to a run nobody can
//! account for, and what a child is told to keep to.

use std::fmt;
use std::str::FromStr;

use super::amount::{Quantity, safe};
use super::duration::Span;
use super::unit::Unit;

/// What happens when more was spent than was reserved (the Cycles protocol's commit overage
/// policies).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overage {
    /// Booked in full; what finds no room is debt, up to the bound where there is one.
    Overdraft {
        /// The debt of one window that is tolerated, for limits of its unit.
        bound: Option<Quantity>,
    },
    /// Booked as far as there is room, the rest is recorded as uncharged.
    IfAvailable,
    /// Refused where there is no room; the reservation stays open.
    Reject,
}

impl Default for Overage {
    fn default() -> Self {
        Self::Overdraft { bound: None }
    }
}

/// What is charged when nobody knows what was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnUnknown {
    /// What was reserved. Keeps the cap.
    #[default]
    Charge,
    /// Nothing. Breaks the cap where money was spent after all.
    Release,
}

/// Text that is none of the words a policy has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {what}: use {forms}")]
pub struct InvalidPolicy {
    text: String,
    what: &'static str,
    forms: &'static str,
}

impl FromStr for Overage {
    type Err = InvalidPolicy;

    fn from_str(text: &str) -> Result<Self, InvalidPolicy> {
        match text.split_once(':') {
            None if text == "allow-with-overdraft" => Ok(Self::Overdraft { bound: None }),
            None if text == "allow-if-available" => Ok(Self::IfAvailable),
            None if text == "reject" => Ok(Self::Reject),
            Some(("allow-with-overdraft", bound)) => {
                let bound = bound.parse().map_err(|_| overage(text))?;
                Ok(Self::Overdraft { bound: Some(bound) })
            }
            _ => Err(overage(text)),
        }
    }
}

fn overage(text: &str) -> InvalidPolicy {
    InvalidPolicy {
        text: safe(text),
        what: "an overage policy",
        forms: "allow-with-overdraft, allow-with-overdraft:5usd, allow-if-available or reject",
    }
}

impl fmt::Display for Overage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overdraft { bound: None } => f.write_str("allow-with-overdraft"),
            Self::Overdraft { bound: Some(bound) } => write!(f, "allow-with-overdraft:{bound}"),
            Self::IfAvailable => f.write_str("allow-if-available"),
            Self::Reject => f.write_str("reject"),
        }
    }
}

impl FromStr for OnUnknown {
    type Err = InvalidPolicy;

    fn from_str(text: &str) -> Result<Self, InvalidPolicy> {
        match text {
            "charge" => Ok(Self::Charge),
            "release" => Ok(Self::Release),
            _ => Err(InvalidPolicy {
                text: safe(text),
                what: "an answer to an unknown cost",
                forms: "charge or release",
            }),
        }
    }
}

impl fmt::Display for OnUnknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Charge => "charge",
            Self::Release => "release",
        })
    }
}

/// Soft limits that a budget hands to what runs under it. The child keeps them, not the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caps(Vec<Cap>);

/// One soft limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cap {
    /// Output tokens of one request.
    MaxTokens(u64),
    /// Steps the run may still take.
    MaxSteps(u64),
    /// The only tools it may use.
    AllowTools(Vec<String>),
    /// Tools it may not use.
    DenyTools(Vec<String>),
    /// How long to pause between requests.
    Cooldown(Span),
}

impl Caps {
    /// The caps, one of each kind; a later one replaces an earlier one.
    pub fn new(caps: impl IntoIterator<Item = Cap>) -> Self {
        let mut kept: Vec<Cap> = Vec::new();
        for cap in caps {
            kept.retain(|other| other.key() != cap.key());
            kept.push(cap);
        }
        kept.sort_by_key(Cap::key);
        Self(kept)
    }

    /// Each cap.
    pub fn iter(&self) -> std::slice::Iter<'_, Cap> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These caps with others put over them.
    #[must_use]
    pub fn with(&self, others: &Self) -> Self {
        Self::new(self.0.iter().chain(&others.0).cloned())
    }
}

impl<'a> IntoIterator for &'a Caps {
    type Item = &'a Cap;
    type IntoIter = std::slice::Iter<'a, Cap>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Cap {
    /// The key typed before `=`.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::MaxTokens(_) => "max_tokens",
            Self::MaxSteps(_) => "max_steps",
            Self::AllowTools(_) => "allow_tools",
            Self::DenyTools(_) => "deny_tools",
            Self::Cooldown(_) => "cooldown",
        }
    }

    /// The value typed after `=`.
    pub fn value(&self) -> String {
        match self {
            Self::MaxTokens(count) | Self::MaxSteps(count) => count.to_string(),
            Self::AllowTools(tools) | Self::DenyTools(tools) => tools.join(","),
            Self::Cooldown(span) => span.to_string(),
        }
    }
}

impl FromStr for Cap {
    type Err = InvalidPolicy;

    fn from_str(text: &str) -> Result<Self, InvalidPolicy> {
        let invalid = || InvalidPolicy {
            text: safe(text),
            what: "a cap",
            forms: "max_tokens=N, max_steps=N, allow_tools=A,B, deny_tools=A,B or cooldown=5s",
        };
        let (key, value) = text.split_once('=').ok_or_else(invalid)?;
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '\\');
        if value.is_empty() || value.len() > 256 || !value.chars().all(plain) {
            return Err(invalid());
        }
        let tools = || value.split(',').map(str::to_owned).collect();
        match key {
            "max_tokens" => value.parse().map(Self::MaxTokens).map_err(|_| invalid()),
            "max_steps" => value.parse().map(Self::MaxSteps).map_err(|_| invalid()),
            "allow_tools" => Ok(Self::AllowTools(tools())),
            "deny_tools" => Ok(Self::DenyTools(tools())),
            "cooldown" => value.parse().map(Self::Cooldown).map_err(|_| invalid()),
            _ => Err(invalid()),
        }
    }
}

impl fmt::Display for Caps {
    /// One `key=value` a line, which is also how they are stored.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, cap) in self.0.iter().enumerate() {
            let gap = if n > 0 { "\n" } else { "" };
            write!(f, "{gap}{}={}", cap.key(), cap.value())?;
        }
        Ok(())
    }
}

impl FromStr for Caps {
    type Err = InvalidPolicy;

    fn from_str(text: &str) -> Result<Self, InvalidPolicy> {
        text.lines()
            .map(str::parse)
            .collect::<Result<Vec<_>, _>>()
            .map(Self::new)
    }
}

/// A share of a limit at which a warning is due, in percent, `1..=100`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u8);

impl Percent {
    /// The number before the `%`.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl FromStr for Percent {
    type Err = InvalidPolicy;

    fn from_str(text: &str) -> Result<Self, InvalidPolicy> {
        let number = text.strip_suffix('%').and_then(|n| n.parse().ok());
        match number {
            Some(number @ 1..=100) => Ok(Self(number)),
            _ => Err(InvalidPolicy {
                text: safe(text),
                what: "a threshold",
                forms: "1% to 100%",
            }),
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

/// The bound on one window's debt that a policy sets for a unit, in atoms.
pub(crate) fn bound_for(overage: &Overage, unit: &Unit) -> Option<super::amount::Amount> {
    match overage {
        Overage::Overdraft { bound: Some(bound) } if bound.unit == *unit => Some(bound.amount),
        Overage::Overdraft { .. } | Overage::IfAvailable | Overage::Reject => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_round_trip() {
        for text in [
            "allow-with-overdraft",
            "allow-with-overdraft:5.00usd",
            "allow-if-available",
            "reject",
        ] {
            assert_eq!(
                text.parse::<Overage>().map(|p| p.to_string()),
                Ok(text.to_owned())
            );
        }
        for text in [
            "",
            "allow",
            "allow-with-overdraft:",
            "reject:1usd",
            "REJECT",
        ] {
            assert!(text.parse::<Overage>().is_err(), "{text}");
        }
    }

    #[test]
    fn caps_round_trip_and_the_last_of_a_kind_wins() {
        let caps = Caps::new(
            ["max_tokens=5", "allow_tools=Read,Bash", "max_tokens=7"].map(|c| c.parse().expect(c)),
        );
        assert_eq!(caps.to_string().parse(), Ok(caps.clone()));
        assert_eq!(caps.to_string(), "allow_tools=Read,Bash\nmax_tokens=7");
        for bad in [
            "max_tokens",
            "max_tokens=",
            "max_tokens=-1",
            "x=1",
            "allow_tools=a\u{1b}",
            "cooldown=soon",
        ] {
            assert!(bad.parse::<Cap>().is_err(), "{bad}");
        }
    }

    #[test]
    fn thresholds() {
        assert_eq!("80%".parse::<Percent>().map(Percent::get), Ok(80));
        for bad in ["80", "0%", "101%", "-1%", "%"] {
            assert!(bad.parse::<Percent>().is_err(), "{bad}");
        }
    }
}
