//! The sums of one period of one limit, and the only ways they move.

use super::amount::{Amount, Balance, Overflow};
use super::calendar::Bounds;
use super::timestamp::Timestamp;

/// The row of a window. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowId(pub i64);

/// The figures of one window, in atoms of the limit's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// The limit in force.
    pub limit: Amount,
    /// What was granted on top of it; negative where it was debited.
    pub granted: Balance,
    /// What was charged and found room.
    pub spent: Amount,
    /// What open reservations hold.
    pub reserved: Amount,
    /// What was charged and found none.
    pub debt: Amount,
    /// Set when a charge was cut or a bound passed; denies until a grant or a new window.
    pub over: bool,
    /// The highest share that was warned of, in percent; 0 where none was.
    pub warned: u8,
}

/// What one window of a limit admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceiling {
    /// When the window starts.
    pub start: Timestamp,
    /// The limit, in atoms.
    pub limit: i64,
    /// What was granted on top of it.
    pub granted: i64,
}

/// How one entry moves the figures of one window. Deltas, in atoms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Movement {
    /// Added to what was granted.
    pub granted: i64,
    /// Added to what was spent.
    pub spent: i64,
    /// Added to what is reserved.
    pub reserved: i64,
    /// Added to the debt.
    pub debt: i64,
    /// The flag's new value, where it changes.
    pub over: Option<bool>,
}

impl Figures {
    /// The figures of a window in which nothing has happened.
    pub fn fresh(limit: Amount) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    /// The same figures under another limit.
    #[must_use]
    pub fn with_limit(&self, limit: Amount) -> Self {
        Self { limit, ..*self }
    }

    /// limit + granted − spent − reserved − debt. Never clipped at 0; beyond the range of the
    /// ledger it stays at the end of the range.
    pub fn available(&self) -> Balance {
        let left = i128::from(self.limit.atoms())
            .saturating_add(i128::from(self.granted.atoms()))
            .saturating_sub(i128::from(self.spent.atoms()))
            .saturating_sub(i128::from(self.reserved.atoms()))
            .saturating_sub(i128::from(self.debt.atoms()));
        let end = if left < 0 { i64::MIN } else { i64::MAX };
        Balance::from_atoms(i64::try_from(left).unwrap_or(end))
    }

    /// spent + debt, in atoms: what was charged, whether it found room or not.
    pub fn charged(&self) -> i64 {
        self.spent.atoms().saturating_add(self.debt.atoms())
    }

    /// Whether it admits nothing more: nothing is left, or a charge was cut or a bound passed.
    pub fn is_used_up(&self) -> bool {
        self.over || self.available().atoms() <= 0
    }

    /// limit + granted: what the window could ever admit.
    pub fn capacity(&self) -> Amount {
        let total = self.limit.atoms().saturating_add(self.granted.atoms());
        Balance::from_atoms(total).floor()
    }

    /// The most that the limit could ever admit: what the window could, or, where another one
    /// follows it, the whole limit, since a debit ends with its window.
    pub fn most(&self, bounds: &Bounds) -> Amount {
        match bounds.end {
            Some(_) => self.capacity().max(self.limit),
            None => self.capacity(),
        }
    }

    /// An error where limit + granted leaves the range of the ledger. Checked where one of them is
    /// raised, so that nothing else ever meets it.
    pub fn expect_capacity(&self) -> Result<(), Overflow> {
        let total = self.limit.atoms().checked_add(self.granted.atoms());
        total.map(drop).ok_or(Overflow)
    }

    /// The figures after a movement; an error where one would leave its range.
    pub fn after(&self, movement: &Movement) -> Result<Self, Overflow> {
        let moved = |figure: Amount, by: i64| {
            figure
                .atoms()
                .checked_add(by)
                .ok_or(Overflow)
                .and_then(Amount::from_atoms)
        };
        let granted = self
            .granted
            .atoms()
            .checked_add(movement.granted)
            .ok_or(Overflow)?;
        Ok(Self {
            limit: self.limit,
            granted: Balance::from_atoms(granted),
            spent: moved(self.spent, movement.spent)?,
            reserved: moved(self.reserved, movement.reserved)?,
            debt: moved(self.debt, movement.debt)?,
            over: movement.over.unwrap_or(self.over),
            warned: self.warned,
        })
    }
}

impl Movement {
    /// Whether nothing moves.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Both movements as one.
    pub fn and(&self, other: &Self) -> Result<Self, Overflow> {
        let sum = |a: i64, b: i64| a.checked_add(b).ok_or(Overflow);
        Ok(Self {
            granted: sum(self.granted, other.granted)?,
            spent: sum(self.spent, other.spent)?,
            reserved: sum(self.reserved, other.reserved)?,
            debt: sum(self.debt, other.debt)?,
            over: other.over.or(self.over),
        })
    }
}
