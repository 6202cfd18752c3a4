//! Amounts as checked integers of atoms, and the one place where typed text becomes them.
//! No float ever holds an amount; more decimals than the unit has is an error, never a rounding.

use std::fmt;
use std::str::FromStr;

use super::duration;
use super::unit::{InvalidUnit, Unit};

/// A count of atoms, `0..=i64::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Amount(i64);

/// A count of atoms that may be negative: what is left of a limit after an overrun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Balance(i64);

/// An amount that left the range of the ledger. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount left the range of the ledger (0 to 9223372036854775807 atoms)")]
pub struct Overflow;

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount that exists.
    pub const MAX: Self = Self(i64::MAX);

    /// An amount of so many atoms; an error when negative.
    pub fn from_atoms(atoms: i64) -> Result<Self, Overflow> {
        if atoms < 0 {
            Err(Overflow)
        } else {
            Ok(Self(atoms))
        }
    }

    /// The count of atoms.
    pub const fn atoms(self) -> i64 {
        self.0
    }

    /// The count of atoms as a delta that takes them away.
    pub const fn negated(self) -> i64 {
        self.0.saturating_neg()
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or an error that changes nothing.
    pub fn plus(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_add(other.0).map(Self).ok_or(Overflow)
    }

    /// The difference; an error where it would be negative.
    pub fn minus(self, other: Self) -> Result<Self, Overflow> {
        self.0
            .checked_sub(other.0)
            .ok_or(Overflow)
            .and_then(Self::from_atoms)
    }

    /// The difference, or nothing where it would be negative.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }
}

impl Balance {
    /// A balance of so many atoms.
    pub const fn from_atoms(atoms: i64) -> Self {
        Self(atoms)
    }

    /// The count of atoms, negative when overdrawn.
    pub const fn atoms(self) -> i64 {
        self.0
    }

    /// What is really there to be taken: nothing when overdrawn.
    pub fn floor(self) -> Amount {
        Amount(self.0.max(0))
    }
}

/// An amount with its unit, as people type and read it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity {
    /// How much.
    pub amount: Amount,
    /// Of what.
    pub unit: Unit,
}

/// What a reservation asks of one unit, or of every unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// So much, and not less.
    Exactly(Quantity),
    /// Whatever is left of the unit on the whole path.
    AllOf(Unit),
    /// Whatever is left of every consumed unit that the path limits.
    All,
}

/// Text that is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAmount {
    /// Nothing that looks like a number and a unit.
    #[error("`{text}` is not an amount: {reason}; write it like {FORMS}")]
    Form {
        /// What was typed, made safe to print.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// More digits after the point than the unit has.
    #[error("`{text}` has more decimals than {unit} has ({decimals})")]
    TooFine {
        /// What was typed, made safe to print.
        text: String,
        /// The unit typed.
        unit: Unit,
        /// Its decimal places.
        decimals: u32,
    },
    /// Beyond what the ledger can hold.
    #[error("`{text}` is larger than the ledger can hold")]
    TooLarge {
        /// What was typed, made safe to print.
        text: String,
    },
    /// A unit that cannot be one.
    #[error(transparent)]
    Unit(#[from] InvalidUnit),
}

/// The accepted forms, for messages.
pub const FORMS: &str = "0.50usd, $0.50, 200ktokens, 3calls, 90s, 1h30m or 1slot";

impl Quantity {
    /// An amount of a unit.
    pub fn new(amount: Amount, unit: Unit) -> Self {
        Self { amount, unit }
    }

    /// The exact decimal without the unit: `0.50` for money, `1.5` for 1,500 ms, `200000`.
    pub fn decimal(&self) -> String {
        decimal(self.amount.0, &self.unit)
    }
}

/// The exact decimal of so many atoms of a unit. Money has at least two places, nothing else has
/// a trailing zero. A sum may be larger than any amount.
pub fn decimal(atoms: impl Into<i128>, unit: &Unit) -> String {
    let atoms = atoms.into();
    let sign = if atoms < 0 { "-" } else { "" };
    let places = usize::try_from(unit.decimals()).unwrap_or_default();
    let digits = format!(
        "{:0>width$}",
        atoms.unsigned_abs(),
        width = places.saturating_add(1)
    );
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(places));
    let keep = if *unit == Unit::Usd { 2 } else { 0 };
    let mut fraction = fraction.to_owned();
    while fraction.len() > keep && fraction.ends_with('0') {
        fraction.pop();
    }
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit {
            Unit::Time => f.write_str(&duration::format_millis(self.amount.0)),
            _ => write!(f, "{}{}", self.decimal(), self.unit),
        }
    }
}

impl FromStr for Quantity {
    type Err = InvalidAmount;

    fn from_str(text: &str) -> Result<Self, InvalidAmount> {
        if let Some(dollars) = text.strip_prefix('$') {
            return Ok(Self::new(
                parse_number(dollars, text, &Unit::Usd)?,
                Unit::Usd,
            ));
        }
        if let Some(millis) = duration::parse_millis(text) {
            let amount = millis.and_then(Amount::from_atoms);
            let amount = amount.map_err(|_| InvalidAmount::TooLarge { text: safe(text) })?;
            return Ok(Self::new(amount, Unit::Time));
        }
        let split = text
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(text.len());
        let (number, word) = text.split_at(split);
        if number.is_empty() {
            return Err(form(text, "it does not start with a number"));
        }
        if word.starts_with(',') {
            return Err(form(
                text,
                "decimals follow a point, and thousands are not set apart",
            ));
        }
        if word.contains('/') {
            return Err(form(text, "only a limit has a period"));
        }
        let (scale, unit) = unit_of(text, word)?;
        let amount = parse_scaled(number, text, &unit, scale)?;
        Ok(Self::new(amount, unit))
    }
}

/// Splits `ktokens` into its multiplier and unit. A multiplier is only understood before a
/// unit that counts whole things, so that `5M` is never guessed at.
fn unit_of(text: &str, word: &str) -> Result<(i64, Unit), InvalidAmount> {
    if word.is_empty() {
        return Err(form(text, "it has no unit"));
    }
    for (prefix, scale) in [
        ("k", 1_000),
        ("K", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
    ] {
        if let Some(rest) = word.strip_prefix(prefix)
            && let Ok(unit) = rest.parse::<Unit>()
            && matches!(
                unit,
                Unit::Tokens | Unit::Calls | Unit::Credits | Unit::RiskPoints
            )
        {
            return Ok((scale, unit));
        }
    }
    Ok((1, word.parse()?))
}

fn parse_number(number: &str, text: &str, unit: &Unit) -> Result<Amount, InvalidAmount> {
    parse_scaled(number, text, unit, 1)
}

/// Exact decimal arithmetic: the digits after the point must fit the unit's places once the
/// multiplier is applied.
fn parse_scaled(
    number: &str,
    text: &str,
    unit: &Unit,
    scale: i64,
) -> Result<Amount, InvalidAmount> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if matches!(unit, Unit::Declared(_)) && number.contains('.') {
        return Err(form(
            text,
            "only usd and time have decimals, and money is in usd",
        ));
    }
    if whole.is_empty() || (number.contains('.') && fraction.is_empty()) {
        return Err(form(text, "a decimal point needs digits on both sides"));
    }
    let digits = |c: char| c.is_ascii_digit();
    if !whole.chars().all(digits) || !fraction.chars().all(digits) {
        return Err(form(text, "it is not a plain decimal number"));
    }
    let too_large = || InvalidAmount::TooLarge { text: safe(text) };
    let fraction = fraction.trim_end_matches('0');
    let places = u32::try_from(fraction.len()).map_err(|_| too_large())?;
    let mantissa: i128 = format!("{whole}{fraction}")
        .parse()
        .map_err(|_| too_large())?;
    let power = 10_i128.checked_pow(unit.decimals()).ok_or_else(too_large)?;
    let atoms = mantissa
        .checked_mul(power)
        .and_then(|atoms| atoms.checked_mul(i128::from(scale)))
        .ok_or_else(too_large)?;
    let divisor = 10_i128.checked_pow(places).ok_or_else(too_large)?;
    if atoms.checked_rem(divisor) != Some(0) {
        let decimals = unit.decimals();
        return Err(InvalidAmount::TooFine {
            text: safe(text),
            unit: unit.clone(),
            decimals,
        });
    }
    let atoms = atoms.checked_div(divisor).ok_or_else(too_large)?;
    i64::try_from(atoms)
        .ok()
        .and_then(|a| Amount::from_atoms(a).ok())
        .ok_or_else(too_large)
}

impl Ask {
    /// The unit it is of; `None` where it is of every one.
    pub fn unit(&self) -> Option<&Unit> {
        match self {
            Self::Exactly(quantity) => Some(&quantity.unit),
            Self::AllOf(unit) => Some(unit),
            Self::All => None,
        }
    }
}

impl FromStr for Ask {
    type Err = InvalidAmount;

    fn from_str(text: &str) -> Result<Self, InvalidAmount> {
        match text.split_once(':') {
            None if text == "all" => Ok(Self::All),
            Some(("all", unit)) => Ok(Self::AllOf(unit.parse()?)),
            _ => text.parse().map(Self::Exactly),
        }
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(quantity) => quantity.fmt(f),
            Self::AllOf(unit) => write!(f, "all:{unit}"),
            Self::All => f.write_str("all"),
        }
    }
}

fn form(text: &str, reason: &'static str) -> InvalidAmount {
    InvalidAmount::Form {
        text: safe(text),
        reason,
    }
}

/// Typed text as it may be printed: control characters escaped, long text cut.
pub(crate) fn safe(text: &str) -> String {
    let cut: String = text.chars().take(80).collect();
    cut.chars().flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests;
