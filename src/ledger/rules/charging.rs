//! What an entry charged, and from when on: how a charge stands after what corrected it, and which
//! moments its postings name.

use std::collections::BTreeMap;

use crate::ledger::amount::Quantity;
use crate::ledger::entry::EntryKind;
use crate::ledger::limit::LimitId;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;

/// How a charge stands, in atoms by unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stand {
    /// What is charged.
    pub charged: BTreeMap<Unit, i64>,
    /// How much of it because nobody knew.
    pub unknown: BTreeMap<Unit, i64>,
}

impl Stand {
    /// How a charge begins; `is_unknown` says of which units nobody knew the amount.
    pub fn of(amounts: &[Quantity], is_unknown: impl Fn(&Unit) -> bool) -> Self {
        let charged = amounts
            .iter()
            .filter(|quantity| quantity.unit.is_consumed() && !quantity.amount.is_zero());
        let charged: BTreeMap<_, _> = charged
            .map(|quantity| (quantity.unit.clone(), quantity.amount.atoms()))
            .collect();
        let unknown = charged.iter().filter(|(unit, _)| is_unknown(unit));
        let unknown = unknown
            .map(|(unit, atoms)| (unit.clone(), *atoms))
            .collect();
        Self { charged, unknown }
    }

    /// How it stands after an entry of a kind that corrects it: a refund takes off what it names,
    /// any other says what it comes to, and that it is known.
    #[must_use]
    pub fn after(&self, kind: EntryKind, amounts: &[Quantity]) -> Self {
        let mut after = self.clone();
        let is_refund = kind == EntryKind::Refunded;
        for Quantity { unit, amount } in amounts.iter().filter(|q| q.unit.is_consumed()) {
            let stands = after.charged.entry(unit.clone()).or_default();
            *stands = if is_refund {
                stands.saturating_sub(amount.atoms())
            } else {
                amount.atoms()
            };
        }
        if !is_refund {
            after.unknown.clear();
        }
        let charged = &after.charged;
        for (unit, unknown) in &mut after.unknown {
            *unknown = (*unknown).min(charged.get(unit).copied().unwrap_or_default());
        }
        after
    }

    /// What has to be added to it to come to another; nothing that is 0.
    #[must_use]
    pub fn until(&self, later: &Self) -> Self {
        Self {
            charged: difference(&self.charged, &later.charged),
            unknown: difference(&self.unknown, &later.unknown),
        }
    }
}

fn difference(before: &BTreeMap<Unit, i64>, after: &BTreeMap<Unit, i64>) -> BTreeMap<Unit, i64> {
    let mut difference = after.clone();
    for (unit, atoms) in before {
        let sum = difference.entry(unit.clone()).or_default();
        *sum = sum.saturating_sub(*atoms);
    }
    difference.retain(|_, atoms| *atoms != 0);
    difference
}

/// From when on which part of an amount counts: as the postings of a limit that moved by all of it
/// say, and where none did, from `else_at` on. Of several limits the one that counts it earliest:
/// its windows are the shortest, so that this is a moment of the windows of all of them.
pub fn moments(
    atoms: i64,
    moved: &[(LimitId, Timestamp, i64)],
    else_at: Timestamp,
) -> Vec<(Timestamp, i64)> {
    let mut limits: BTreeMap<LimitId, BTreeMap<Timestamp, i64>> = BTreeMap::new();
    for (limit, at, by) in moved {
        let sum = limits.entry(*limit).or_default().entry(*at).or_default();
        *sum = sum.saturating_add(*by);
    }
    let sum =
        |moments: &BTreeMap<_, i64>| moments.values().fold(0, |a: i64, b| a.saturating_add(*b));
    let found = limits
        .into_values()
        .filter(|moments| sum(moments) == atoms)
        .map(|moments| moments.into_iter().filter(|(_, by)| *by != 0).collect());
    found.min().unwrap_or_else(|| vec![(else_at, atoms)])
}

/// Divides parts between shares in their order: each share takes what it wants of what is left.
/// Returns for each part what each share took of it; what nobody wanted comes last.
pub fn allot(parts: &[i64], shares: &[i64]) -> Vec<Vec<i64>> {
    let mut wanted = shares.to_vec();
    let of_part = |part: &i64| {
        let mut left = part.saturating_abs();
        let mut taken: Vec<_> = wanted
            .iter_mut()
            .map(|share| {
                let taken = left.min(*share);
                (left, *share) = (left.saturating_sub(taken), share.saturating_sub(taken));
                taken.saturating_mul(part.signum())
            })
            .collect();
        taken.push(left.saturating_mul(part.signum()));
        taken
    };
    parts.iter().map(of_part).collect()
}

/// Divides an amount between kinds of what was used, each of which wants what it costs, and what
/// is left. A remainder that comes from rounding is the largest one's.
pub fn divide(atoms: i64, wants: &[i64]) -> (Vec<i64>, i64) {
    let mut taken = allot(&[atoms], wants).pop().unwrap_or_default();
    let left = taken.pop().unwrap_or_default();
    let count = wants.iter().filter(|want| **want > 0).count();
    let is_rounding = usize::try_from(left.unsigned_abs()).is_ok_and(|left| left <= count);
    let largest = taken.iter_mut().max_by_key(|part| part.unsigned_abs());
    match largest.filter(|_| is_rounding && left != 0) {
        Some(largest) => {
            *largest = largest.saturating_add(left);
            (taken, 0)
        }
        None => (taken, left),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::amount::Amount;

    fn usd(atoms: i64) -> Quantity {
        Quantity::new(Amount::from_atoms(atoms).expect("an amount"), Unit::Usd)
    }

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    #[test]
    fn a_correction_says_what_it_comes_to_and_a_refund_what_goes() {
        let unknown = Stand::of(&[usd(100)], |_| true);
        assert_eq!(unknown.unknown.get(&Unit::Usd), Some(&100));
        let refunded = unknown.after(EntryKind::Refunded, &[usd(30)]);
        assert_eq!(refunded.charged.get(&Unit::Usd), Some(&70));
        assert_eq!(refunded.unknown.get(&Unit::Usd), Some(&70));
        let corrected = refunded.after(EntryKind::Corrected, &[usd(90)]);
        let by = refunded.until(&corrected);
        assert_eq!(by.charged.get(&Unit::Usd), Some(&20));
        assert_eq!(by.unknown.get(&Unit::Usd), Some(&-70));
    }

    #[test]
    fn postings_say_when_where_a_limit_saw_all_of_it() {
        let moved = [
            (LimitId(1), at(5), 40),
            (LimitId(2), at(5), 60),
            (LimitId(2), at(9), 40),
        ];
        assert_eq!(moments(100, &moved, at(1)), [(at(5), 60), (at(9), 40)]);
        assert_eq!(moments(70, &moved, at(1)), [(at(1), 70)]);
        assert_eq!(moments(40, &moved, at(1)), [(at(5), 40)]);
        let shorter = [(LimitId(1), at(5), 40), (LimitId(2), at(3), 40)];
        assert_eq!(moments(40, &shorter, at(1)), [(at(3), 40)]);
    }

    #[test]
    fn shares_take_what_they_want_and_no_more() {
        assert_eq!(
            allot(&[60, 40], &[50, 30]),
            [vec![50, 10, 0], vec![0, 20, 20]]
        );
        assert_eq!(allot(&[-60], &[50]), [vec![-50, -10]]);
        assert_eq!(allot(&[5], &[]), [vec![5]]);
    }

    #[test]
    fn kinds_get_what_they_cost_and_the_largest_what_was_rounded() {
        assert_eq!(divide(103, &[60, 0, 41]), (vec![62, 0, 41], 0));
        assert_eq!(divide(110, &[60, 40]), (vec![60, 40], 10));
        assert_eq!(divide(70, &[60, 40]), (vec![60, 10], 0));
        assert_eq!(divide(-70, &[]), (vec![], -70));
        assert_eq!(divide(2, &[0, 0]), (vec![0, 0], 2));
    }
}
