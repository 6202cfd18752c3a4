//! What becomes of a charge whose usage costs something else by another price table. What a person
//! decided about its money stays as it is.

use crate::ledger::amount::Amount;
use crate::ledger::entry::{Entry, EntryKind};
use crate::ledger::unit::Unit;

/// What repricing does to a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repricing<'a> {
    /// Nothing: it stands at what its usage costs, or somebody has said since what it was.
    Same,
    /// Nothing, though it costs something else: some of it was taken back, and what is left is what
    /// somebody wanted to be left.
    Refunded,
    /// It is corrected.
    Differs {
        /// What it stands at.
        before: Amount,
        /// The entry with the prices that made it so.
        by: &'a Entry,
    },
}

/// Compares what a usage costs with what its charge stands at. `usage` is the entry that says what
/// was used, `corrections` are all of its charge, the oldest first.
pub fn reprice<'a>(usage: &'a Entry, corrections: &'a [Entry], cost: Amount) -> Repricing<'a> {
    let (mut before, mut by, mut is_refunded) = (money(usage).unwrap_or_default(), usage, false);
    for later in corrections.iter().filter(|later| later.seq > usage.seq) {
        let Some(amount) = money(later) else { continue };
        if later.kind == EntryKind::Refunded {
            is_refunded = true;
        } else if later.kind == EntryKind::Repriced {
            (before, by) = (amount, later);
        } else {
            return Repricing::Same;
        }
    }
    if before == cost {
        Repricing::Same
    } else if is_refunded {
        Repricing::Refunded
    } else {
        Repricing::Differs { before, by }
    }
}

/// The money that an entry names.
fn money(entry: &Entry) -> Option<Amount> {
    let money = entry.amounts.iter().find(|q| q.unit == Unit::Usd);
    money.map(|quantity| quantity.amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::amount::Quantity;
    use crate::ledger::entry::Seq;
    use crate::ledger::timestamp::Timestamp;

    fn entry(seq: i64, kind: EntryKind, amounts: &[&str]) -> Entry {
        let amounts = amounts.iter().map(|text| text.parse::<Quantity>().unwrap());
        Entry {
            seq: Seq(seq),
            at: Timestamp::from_micros(0),
            kind,
            budgets: "me".to_owned(),
            reservation: None,
            session: None,
            of: (seq > 1).then_some(Seq(1)),
            amounts: amounts.collect(),
            detail: String::new(),
            postings: Vec::new(),
        }
    }

    fn usd(text: &str) -> Amount {
        text.parse::<Quantity>().unwrap().amount
    }

    #[test]
    fn a_charge_is_compared_with_what_it_was_last_repriced_to() {
        let charge = entry(1, EntryKind::Spent, &["2usd", "5tokens"]);
        let by = |corrections: &[Entry], cost| match reprice(&charge, corrections, usd(cost)) {
            Repricing::Differs { before, by } => Some((before, by.seq.0)),
            Repricing::Same | Repricing::Refunded => None,
        };
        assert_eq!(by(&[], "2usd"), None);
        assert_eq!(by(&[], "3usd"), Some((usd("2usd"), 1)));
        let to_three = [entry(2, EntryKind::Repriced, &["3usd"])];
        assert_eq!(by(&to_three, "3usd"), None);
        assert_eq!(by(&to_three, "2usd"), Some((usd("3usd"), 2)));
    }

    #[test]
    fn a_charge_without_money_stands_at_nothing() {
        let charge = entry(1, EntryKind::Committed, &["5tokens"]);
        assert_eq!(reprice(&charge, &[], usd("0usd")), Repricing::Same);
        let differs = Repricing::Differs {
            before: Amount::ZERO,
            by: &charge,
        };
        assert_eq!(reprice(&charge, &[], usd("1usd")), differs);
    }

    #[test]
    fn what_somebody_decided_about_the_money_stays() {
        let charge = entry(1, EntryKind::Committed, &["2usd"]);
        let refund = [entry(2, EntryKind::Refunded, &["1usd"])];
        assert_eq!(reprice(&charge, &refund, usd("3usd")), Repricing::Refunded);
        assert_eq!(reprice(&charge, &refund, usd("1usd")), Repricing::Refunded);
        assert_eq!(reprice(&charge, &refund, usd("2usd")), Repricing::Same);
        let said = [entry(2, EntryKind::Corrected, &["1usd"])];
        assert_eq!(reprice(&charge, &said, usd("3usd")), Repricing::Same);
        // Other units are another matter, and so is what was before the usage was known.
        for other in [
            [entry(2, EntryKind::Refunded, &["5tokens"])],
            [entry(2, EntryKind::Corrected, &["5tokens"])],
        ] {
            let found = reprice(&charge, &other, usd("3usd"));
            assert!(matches!(found, Repricing::Differs { .. }), "{found:?}");
        }
        let late = entry(3, EntryKind::Corrected, &["2usd"]);
        let all = [refund[0].clone(), late.clone()];
        let found = reprice(&late, &all, usd("3usd"));
        assert!(matches!(found, Repricing::Differs { .. }), "{found:?}");
    }
}
