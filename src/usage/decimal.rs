//! Exact reading of JSON decimal text into scaled integers, and the money type built on it. Owns
//! rounding (always up, because these are charges) and refuses to own anything that was a float.

use std::fmt;

/// Decimals of one US dollar: an atom is 10⁻⁸ USD.
const USD_SCALE: u8 = 8;
/// Atoms in one US dollar.
const ATOMS_PER_USD: i64 = 100_000_000;
/// 10⁻¹² USD in one atom.
const PICODOLLARS_PER_ATOM: u128 = 10_000;
/// No value up to `i64::MAX` has more digits than this.
const MAX_DIGITS: i64 = 19;

/// Why a decimal text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// The text is not a number as JSON spells it (`NaN`, `null`, `1,5`, an empty text).
    #[error("not a number")]
    NotANumber,
    /// The value lies below zero.
    #[error("negative")]
    Negative,
    /// The value does not fit the ledger's range, `0..=i64::MAX` atoms.
    #[error("too large")]
    TooLarge,
    /// A count has a fractional part.
    #[error("not a whole number")]
    NotWhole,
}

/// An amount of money in atoms of 10⁻⁸ USD, `0..=i64::MAX`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(i64);

impl Cost {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// Reads US dollars from JSON number text (`0.02`, `1.2e-05`), rounding up to the next atom.
    pub fn from_decimal(usd: &str) -> Result<Self, DecimalError> {
        let scaled = scale(usd, USD_SCALE)?;
        let up = i64::from(scaled.inexact);
        scaled
            .whole
            .checked_add(up)
            .map(Self)
            .ok_or(DecimalError::TooLarge)
    }

    /// An amount of 10⁻¹² USD, rounded up to the next atom; `None` where it leaves the range.
    pub(super) fn from_picodollars(amount: u128) -> Option<Self> {
        i64::try_from(amount.div_ceil(PICODOLLARS_PER_ATOM))
            .ok()
            .map(Self)
    }

    /// The amount in atoms of 10⁻⁸ USD, never negative.
    pub const fn atoms(self) -> i64 {
        self.0
    }

    /// The amount of so many atoms of 10⁻⁸ USD; `None` below zero.
    pub const fn from_atoms(atoms: i64) -> Option<Self> {
        if atoms < 0 { None } else { Some(Self(atoms)) }
    }

    /// The difference, or `None` below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Self::from_atoms(self.0.checked_sub(other.0)?)
    }

    /// The sum, or `None` where it leaves the range.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}

impl fmt::Display for Cost {
    /// Dollars as an exact decimal without a unit, at least two decimals: `0.020175`, `3.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:08}", self.0 % ATOMS_PER_USD);
        let shown = decimals.trim_end_matches('0');
        write!(f, "{}.{shown:0<2}", self.0 / ATOMS_PER_USD)
    }
}

/// Reads a count from JSON number text: whole, `0..=i64::MAX`. `1e3` and `5.0` are whole.
pub(super) fn count(text: &str) -> Result<u64, DecimalError> {
    let scaled = scale(text, 0)?;
    if scaled.inexact {
        return Err(DecimalError::NotWhole);
    }
    u64::try_from(scaled.whole).map_err(|_| DecimalError::Negative)
}

/// Reads a price from JSON number text as 10⁻¹² dollar for one, where the text is in dollars for
/// 10^`per`. What is beyond the third decimal of a picodollar is noise of binary fractions
/// (1.7999999999999999e-07); what then remains of one rounds up.
pub(super) fn picodollars(text: &str, per: u8) -> Result<u64, DecimalError> {
    let scaled = scale(text, 16_u8.saturating_sub(per))?;
    let thousandths = scaled.whole.checked_add(5).ok_or(DecimalError::TooLarge)? / 10;
    let thousandths = u64::try_from(thousandths).map_err(|_| DecimalError::Negative)?;
    Ok(thousandths.div_ceil(1000))
}

/// A value times a power of ten, cut to its whole part.
#[derive(Debug, PartialEq, Eq)]
struct Scaled {
    whole: i64,
    /// Something above zero was cut off.
    inexact: bool,
}

/// The parts of a JSON number. Digits are ASCII.
struct Parts<'a> {
    negative: bool,
    integer: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

impl Parts<'_> {
    fn digit(&self, index: usize) -> Option<u8> {
        let after = index.checked_sub(self.integer.len());
        let digit = after.map_or_else(|| self.integer.get(index), |i| self.fraction.get(i));
        digit.map(|d| d - b'0')
    }

    fn first_nonzero(&self) -> Option<usize> {
        self.integer
            .iter()
            .chain(self.fraction)
            .position(|d| *d != b'0')
    }

    fn any_nonzero_from(&self, index: usize) -> bool {
        self.integer
            .iter()
            .chain(self.fraction)
            .skip(index)
            .any(|d| *d != b'0')
    }
}

fn scale(text: &str, decimals: u8) -> Result<Scaled, DecimalError> {
    let parts = parse(text.as_bytes()).ok_or(DecimalError::NotANumber)?;
    let Some(first) = parts.first_nonzero() else {
        return Ok(Scaled {
            whole: 0,
            inexact: false,
        });
    };
    if parts.negative {
        return Err(DecimalError::Negative);
    }
    // Digits left of `point` make the whole part; `point` may lie outside the digits there are.
    let integer_len = i64::try_from(parts.integer.len()).map_err(|_| DecimalError::TooLarge)?;
    let point = integer_len
        .saturating_add(i64::from(decimals))
        .saturating_add(parts.exponent);
    let first_at = i64::try_from(first).map_err(|_| DecimalError::TooLarge)?;
    if point <= first_at {
        return Ok(Scaled {
            whole: 0,
            inexact: true,
        });
    }
    if point.saturating_sub(first_at) > MAX_DIGITS {
        return Err(DecimalError::TooLarge);
    }
    let end = usize::try_from(point).map_err(|_| DecimalError::TooLarge)?;
    let whole = whole_part(&parts, first, end).ok_or(DecimalError::TooLarge)?;
    Ok(Scaled {
        whole,
        inexact: parts.any_nonzero_from(end),
    })
}

fn whole_part(parts: &Parts<'_>, first: usize, end: usize) -> Option<i64> {
    (first..end).try_fold(0_i64, |whole, index| {
        let digit = i64::from(parts.digit(index).unwrap_or(0));
        whole.checked_mul(10)?.checked_add(digit)
    })
}

fn parse(text: &[u8]) -> Option<Parts<'_>> {
    let (negative, rest) = text
        .strip_prefix(b"-")
        .map_or((false, text), |rest| (true, rest));
    let (integer, rest) = digits(rest)?;
    if integer.len() > 1 && integer.first() == Some(&b'0') {
        return None;
    }
    let (fraction, rest) = match rest.strip_prefix(b".") {
        Some(rest) => digits(rest)?,
        None => (&rest[..0], rest),
    };
    let exponent = exponent(rest)?;
    Some(Parts {
        negative,
        integer,
        fraction,
        exponent,
    })
}

/// At least one leading digit, and what follows the digits.
fn digits(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let len = text.iter().take_while(|b| b.is_ascii_digit()).count();
    (len > 0).then(|| text.split_at(len))
}

/// The exponent, 0 where there is none; saturates, `None` where the text is not one.
fn exponent(text: &[u8]) -> Option<i64> {
    let Some((b'e' | b'E', rest)) = text.split_first() else {
        return text.is_empty().then_some(0);
    };
    let (sign, rest) = match rest.split_first()? {
        (b'-', rest) => (-1, rest),
        (b'+', rest) => (1, rest),
        _ => (1, rest),
    };
    let (digits, rest) = digits(rest)?;
    let size = digits.iter().fold(0_i64, |sum, digit| {
        sum.saturating_mul(10)
            .saturating_add(i64::from(digit - b'0'))
    });
    rest.is_empty().then(|| size.saturating_mul(sign))
}

#[cfg(test)]
mod tests;
