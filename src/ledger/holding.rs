//! What a reservation holds in which window, and whose it was before.

use super::amount::{Amount, Overflow};
use super::id::Id;
use super::window::WindowId;

/// An amount that a reservation holds in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// The reservation that holds it.
    pub holder: Id,
    /// The window that admitted it.
    pub window: WindowId,
    /// The reservation it was drawn from; `None` where the window itself admitted it.
    pub source: Option<Id>,
    /// How much, in atoms of the limit's unit. 0 keeps the record that the limit is on the path.
    pub atoms: Amount,
}

/// A part taken out of a holding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The holding it came from, as it was found.
    pub from: Holding,
    /// How much was taken.
    pub atoms: Amount,
}

/// Takes up to `wanted` out of the holdings in their order, shrinking them. Returns what was
/// taken; it is less than wanted where the holdings are.
pub fn take(holdings: &mut [Holding], wanted: Amount) -> Result<Vec<Taken>, Overflow> {
    let mut left = wanted;
    let mut taken = Vec::new();
    for holding in holdings {
        let part = left.min(holding.atoms);
        if !part.is_zero() {
            taken.push(Taken {
                from: *holding,
                atoms: part,
            });
            holding.atoms = holding.atoms.minus(part)?;
            left = left.minus(part)?;
        }
    }
    Ok(taken)
}

/// The sum of the parts.
pub fn total(parts: &[Taken]) -> Result<Amount, Overflow> {
    parts
        .iter()
        .try_fold(Amount::ZERO, |sum, part| sum.plus(part.atoms))
}

/// The sum of the holdings.
pub fn held(holdings: &[Holding]) -> Result<Amount, Overflow> {
    holdings
        .iter()
        .try_fold(Amount::ZERO, |sum, holding| sum.plus(holding.atoms))
}
