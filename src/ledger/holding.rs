//! What a reservation holds in which window, and whose it was before.

use sha2::{Digest, Sha256};

use super::amount::{Amount, Overflow};
use super::id::Id;
use super::window::WindowId;

/// What tells a reservation's holdings in one window apart, and from those of every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HoldingId([u8; 16]);

/// An amount that a reservation holds in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// The reservation that holds it.
    pub holder: Id,
    /// The window that admitted it.
    pub window: WindowId,
    /// The holding it was drawn from; `None` where the window itself admitted it.
    pub source: Option<HoldingId>,
    /// How much, in atoms of the limit's unit. 0 keeps the record that the limit is on the path.
    pub atoms: Amount,
}

impl HoldingId {
    /// The id of its 16 bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The id as stored.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Holding {
    /// Its id: the holder's where the window admitted it, else one that follows from the holder
    /// and from what it was drawn from. So a part returns to where it came from, however many
    /// holdings of one window the lender has.
    pub fn id(&self) -> HoldingId {
        let Some(HoldingId(source)) = self.source else {
            return HoldingId(*self.holder.as_bytes());
        };
        let digest = Sha256::new().chain_update(self.holder.as_bytes());
        let digest: [u8; 32] = digest.chain_update(source).finalize().into();
        // The holder's time stays in front: by their ids, the nearest lender's come last.
        let mut id = *self.holder.as_bytes();
        id.split_at_mut(8).1.copy_from_slice(digest.split_at(8).0);
        HoldingId(id)
    }
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
