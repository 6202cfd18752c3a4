//! A charge is the same at every level, whatever covers it there.

use super::*;
use crate::ledger::calendar::Bounds;
use crate::ledger::id::Id;
use crate::ledger::limit::LimitId;
use crate::ledger::window::Figures;

fn atoms(atoms: i64) -> Amount {
    Amount::from_atoms(atoms).expect("an amount")
}

/// A limit with so much room besides what the reservation and its lender hold of it.
fn stake(limit: i64, overage: Overage, room: i64, own: i64, lent: i64) -> Stake {
    let window = WindowId(limit);
    let holding = |holder, held| Holding {
        holder: Id::new(holder, [0; 10]),
        window,
        source: None,
        atoms: atoms(held),
    };
    let figures = Figures {
        limit: atoms(room + own + lent),
        reserved: atoms(own + lent),
        ..Figures::default()
    };
    let position = Position {
        limit: LimitId(limit),
        budget: "me".parse().expect("a name"),
        key: "1tokens"
            .parse::<crate::ledger::limit::LimitSpec>()
            .expect("a limit")
            .key,
        overage,
        window: Some(window),
        bounds: Bounds {
            start: Timestamp::from_micros(0),
            end: None,
        },
        figures,
        warn: Vec::new(),
    };
    let lenders = if lent > 0 {
        vec![holding(1, lent)]
    } else {
        Vec::new()
    };
    Stake {
        position,
        holdings: vec![holding(2, own)],
        lenders,
    }
}

#[test]
fn what_one_limit_cuts_is_cut_where_a_lender_would_have_covered_it() {
    for rest in [Rest::GiveBack, Rest::Keep] {
        let stakes = [
            stake(1, Overage::default(), 0, 4, 6),
            stake(2, Overage::IfAvailable, 3, 4, 0),
            stake(3, Overage::IfAvailable, 1, 4, 2),
            stake(4, Overage::default(), 0, 4, 1),
        ];
        let verdict = settle(atoms(10), Mode::Asked, rest, None, &stakes).expect("a verdict");
        let Verdict::Settled(settled) = verdict else {
            panic!("{verdict:?}")
        };
        // Both that cut lack 3: 10 - 4 - 3, and 10 - 4 - 2 - 1.
        assert_eq!((settled.charged, settled.uncharged), (atoms(7), atoms(3)));
        let moved = settled.moves.iter().map(|moves| {
            let covered: i64 = moves.covered.iter().map(|(_, moved)| moved.spent).sum();
            let over = moves.excess.over.unwrap_or_default();
            (covered + moves.excess.spent + moves.excess.debt, over)
        });
        assert_eq!(
            moved.collect::<Vec<_>>(),
            [(7, false), (7, true), (7, true), (7, false)],
            "{rest:?}"
        );
        let left: Vec<_> = settled
            .moves
            .iter()
            .flat_map(|m| &m.lenders)
            .map(|l| l.atoms)
            .collect();
        assert_eq!(left, [atoms(3), atoms(0), atoms(0)]);
    }
}
