//! Limits as people state them, `20usd/day`, and as decisions see them: one figure set each.

use std::fmt;
use std::str::FromStr;

use super::amount::{Amount, InvalidAmount, Quantity, safe};
use super::calendar::{Bounds, Period};
use super::name::BudgetName;
use super::policy::{Overage, Percent};
use super::unit::Unit;
use super::window::{Figures, WindowId};

/// The row of a limit. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LimitId(pub i64);

/// What identifies a limit within its budget: `usd/day`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitKey {
    /// What it counts.
    pub unit: Unit,
    /// How often it starts anew.
    pub period: Period,
}

/// A limit as typed: `20usd/day`, `100usd`, `500calls/hour`, `3slots`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitSpec {
    /// What identifies it.
    pub key: LimitKey,
    /// How much one period may take.
    pub amount: Amount,
}

/// A limit together with the window that is open now, or that would be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The limit's row.
    pub limit: LimitId,
    /// The budget that carries it.
    pub budget: BudgetName,
    /// What identifies it within the budget.
    pub key: LimitKey,
    /// What happens to an overrun.
    pub overage: Overage,
    /// The row of the open window; `None` where its first charge would open it.
    pub window: Option<WindowId>,
    /// From when to when the window runs.
    pub bounds: Bounds,
    /// The sums of the window.
    pub figures: Figures,
    /// Shares of it at which a warning is due.
    pub warn: Vec<Percent>,
}

/// Text that is not a limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a limit: {reason}; write it like {forms}")]
pub struct InvalidLimit {
    text: String,
    reason: String,
    forms: &'static str,
}

impl LimitSpec {
    /// The limit as an amount of its unit.
    pub fn quantity(&self) -> Quantity {
        Quantity::new(self.amount, self.key.unit.clone())
    }
}

impl Position {
    /// The limit in force, without what was granted on top of it.
    pub fn spec(&self) -> LimitSpec {
        LimitSpec {
            key: self.key.clone(),
            amount: self.figures.limit,
        }
    }
}

impl FromStr for LimitSpec {
    type Err = InvalidLimit;

    fn from_str(text: &str) -> Result<Self, InvalidLimit> {
        let (amount, period) = match text.split_once('/') {
            Some((amount, period)) => (amount, parse_period(period, text)?),
            None => (text, Period::Forever),
        };
        let quantity: Quantity = amount.parse().map_err(|e| reason(text, amount, &e))?;
        let key = key(quantity.unit, period, text)?;
        Ok(Self {
            key,
            amount: quantity.amount,
        })
    }
}

impl FromStr for LimitKey {
    type Err = InvalidLimit;

    fn from_str(text: &str) -> Result<Self, InvalidLimit> {
        let (unit, period) = match text.split_once('/') {
            Some((unit, period)) => (unit, parse_period(period, text)?),
            None => (text, Period::Forever),
        };
        let unit = unit.parse().map_err(|e| invalid(text, &e));
        let key = unit.and_then(|unit| key(unit, period, text));
        // Which limit it is goes without an amount.
        key.map_err(|error| InvalidLimit {
            forms: "usd/day, calls/hour or slots",
            ..error
        })
    }
}

fn key(unit: Unit, period: Period, text: &str) -> Result<LimitKey, InvalidLimit> {
    if unit == Unit::Slots && period != Period::Forever {
        return Err(invalid(
            text,
            &"slots count what runs at once and take no period",
        ));
    }
    Ok(LimitKey { unit, period })
}

fn parse_period(period: &str, text: &str) -> Result<Period, InvalidLimit> {
    match period.parse() {
        Ok(Period::Forever | Period::Until(_)) => Err(invalid(text, &"a period follows the `/`")),
        Ok(period) => Ok(period),
        Err(error) => Err(invalid(text, &error)),
    }
}

/// Why the amount of a limit is none, without another amount to write instead.
fn reason(text: &str, amount: &str, error: &InvalidAmount) -> InvalidLimit {
    match error {
        InvalidAmount::Form { reason, .. } if amount == text => invalid(text, reason),
        InvalidAmount::Form { reason, .. } => {
            invalid(text, &format!("of `{}`, {reason}", safe(amount)))
        }
        other => invalid(text, other),
    }
}

fn invalid(text: &str, reason: &dyn fmt::Display) -> InvalidLimit {
    InvalidLimit {
        text: safe(text),
        reason: reason.to_string(),
        forms: "20usd/day, 500calls/hour, 5usd/30d or 3slots",
    }
}

impl fmt::Display for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.period {
            Period::Forever => self.unit.fmt(f),
            period => write!(f, "{}/{period}", self.unit),
        }
    }
}

impl fmt::Display for LimitSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.period {
            Period::Forever => self.quantity().fmt(f),
            period => write!(f, "{}/{period}", self.quantity()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_round_trip() {
        for text in [
            "20.00usd/day",
            "100.00usd/month",
            "500calls/hour",
            "3slots",
            "5.00usd/5h",
            "1h/day",
            "2000000tokens",
        ] {
            let limit = text.parse::<LimitSpec>().unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(limit.to_string(), text);
        }
    }

    #[test]
    fn odd_limits_are_refused() {
        for text in [
            "",
            "5",
            "usd/day",
            "5usd/",
            "5usd/fortnight",
            "3slots/day",
            "5usd/2months",
            "5usd/day/day",
            "-5usd/day",
            "5usd/0h",
            "all/day",
        ] {
            let error = text.parse::<LimitSpec>().expect_err(text).to_string();
            assert!(error.contains("is not a limit"), "{error}");
        }
    }
}
