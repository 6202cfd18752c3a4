//! When a warning is due: once for each share of a window that is charged past, until the window
//! has more room again. It goes by what was charged, never by what is only reserved.

use crate::ledger::policy::Percent;
use crate::ledger::window::Figures;

/// The shares that a window has come to and that were not warned of, the lowest first.
pub fn due(figures: &Figures, shares: &[Percent]) -> Vec<Percent> {
    let is_due = |share: &&Percent| share.get() > figures.warned && has_reached(figures, **share);
    let mut due: Vec<_> = shares.iter().filter(is_due).copied().collect();
    due.sort_unstable();
    due.dedup();
    due
}

/// The highest share that counts as warned of once a window has more room, or was reset; `None`
/// where that stays as it is. What it is still past is not warned of a second time.
pub fn rearmed(figures: &Figures) -> Option<u8> {
    let left = figures.warned.min(share(figures));
    (left != figures.warned).then_some(left)
}

/// Whether a charge used a window up, or more than that.
pub fn exhausts(before: &Figures, after: &Figures) -> bool {
    is_exhausted(after) && !is_exhausted(before)
}

fn is_exhausted(figures: &Figures) -> bool {
    figures.over || figures.charged() >= figures.capacity().atoms()
}

fn has_reached(figures: &Figures, share: Percent) -> bool {
    let (charged, capacity) = sums(figures);
    let percent = i128::from(share.get());
    charged > 0 && charged.saturating_mul(100) >= capacity.saturating_mul(percent)
}

/// How much of a window was charged, in percent, rounded down; at most 100.
pub fn share(figures: &Figures) -> u8 {
    let (charged, capacity) = sums(figures);
    let percent = match charged.saturating_mul(100).checked_div(capacity) {
        Some(percent) => percent.min(100),
        None if charged > 0 => 100,
        None => 0,
    };
    u8::try_from(percent).unwrap_or(0)
}

/// What was charged, and of how much.
fn sums(figures: &Figures) -> (i128, i128) {
    let capacity = figures.capacity().atoms();
    (figures.charged().into(), capacity.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::amount::{Amount, Balance};

    fn figures(limit: i64, spent: i64, warned: u8) -> Figures {
        let atoms = |atoms| Amount::from_atoms(atoms).expect("an amount");
        Figures {
            limit: atoms(limit),
            spent: atoms(spent),
            warned,
            ..Figures::default()
        }
    }

    fn shares(texts: &[&str]) -> Vec<Percent> {
        texts.iter().map(|t| t.parse().expect("a share")).collect()
    }

    fn due_at(figures: &Figures) -> Vec<u8> {
        let due = due(figures, &shares(&["80%", "50%", "100%", "50%"]));
        due.into_iter().map(Percent::get).collect()
    }

    #[test]
    fn a_share_is_due_from_the_atom_that_reaches_it_until_it_was_warned_of() {
        for (limit, spent, warned, expected) in [
            (1_000, 0, 0, &[][..]),
            (1_000, 499, 0, &[]),
            (1_000, 500, 0, &[50]),
            (1_000, 500, 50, &[]),
            (1_000, 800, 0, &[50, 80]),
            (1_000, 999, 50, &[80]),
            (1_000, 1_000, 80, &[100]),
            (1_000, 5_000, 100, &[]),
            // A third is not reached a hair before it is.
            (3, 1, 0, &[]),
            (3, 2, 0, &[50]),
            // Where nothing is allowed anything is too much, and nothing is not.
            (0, 0, 0, &[]),
            (0, 1, 0, &[50, 80, 100]),
            (i64::MAX, i64::MAX, 80, &[100]),
        ] {
            assert_eq!(due_at(&figures(limit, spent, warned)), expected);
        }
    }

    #[test]
    fn debt_and_grants_count_and_what_is_reserved_does_not() {
        let atoms = |atoms| Amount::from_atoms(atoms).expect("an amount");
        let base = figures(100, 40, 0);
        let reserved = Figures {
            reserved: atoms(60),
            ..base
        };
        assert!(due_at(&reserved).is_empty());
        let indebted = Figures {
            debt: atoms(10),
            ..base
        };
        assert_eq!(due_at(&indebted), [50]);
        let granted = Figures {
            granted: Balance::from_atoms(100),
            ..indebted
        };
        assert!(due_at(&granted).is_empty());
    }

    #[test]
    fn more_room_arms_what_is_not_past_any_more() {
        for (limit, spent, warned, left) in [
            (100, 90, 80, None),
            (110, 90, 80, None),
            (120, 90, 80, Some(75)),
            (200, 90, 80, Some(45)),
            (100, 0, 80, Some(0)),
            (100, 90, 0, None),
            (0, 0, 50, Some(0)),
        ] {
            assert_eq!(rearmed(&figures(limit, spent, warned)), left);
        }
    }

    #[test]
    fn a_window_is_used_up_once() {
        let (some, all, more) = (figures(5, 4, 0), figures(5, 5, 0), figures(5, 7, 0));
        assert!(exhausts(&some, &all));
        assert!(exhausts(&some, &more));
        assert!(!exhausts(&all, &more));
        assert!(!exhausts(&more, &some));
        let over = Figures { over: true, ..some };
        assert!(exhausts(&some, &over));
        assert!(!exhausts(&over, &all));
    }
}
