//! How a charge settles: up to what was held it moves to spent in the windows that admitted it;
//! what exceeds that draws on the run's own reservations, then posts to the windows open now by
//! the overage policy.

use crate::ledger::amount::{Amount, Overflow};
use crate::ledger::holding::{self, Holding};
use crate::ledger::limit::Position;
use crate::ledger::policy::{Overage, bound_for};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::window::{Movement, WindowId};

/// What a settlement knows of one limit of the charge's unit.
#[derive(Debug, Clone)]
pub struct Stake {
    /// The limit and its figures now.
    pub position: Position,
    /// What the reservation holds of it, what was drawn from lenders first.
    pub holdings: Vec<Holding>,
    /// What open ancestors hold of it, the nearest first.
    pub lenders: Vec<Holding>,
}

/// Whether a settlement may be refused or cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The caller can still be told no.
    Asked,
    /// The money is gone: booked in full and flagged.
    Forced,
}

/// What happens to what is held beyond the charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// It goes back: to an open ancestor it was drawn from, else to the window.
    GiveBack,
    /// The reservation stays open and keeps it.
    Keep,
}

/// How one limit's windows and holdings move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moves {
    /// Movements of the windows that admitted the reservation.
    pub covered: Vec<(WindowId, Movement)>,
    /// The movement of the window open now; empty where nothing exceeded.
    pub excess: Movement,
    /// The reservation's holdings afterwards.
    pub holdings: Vec<Holding>,
    /// The lenders' holdings afterwards.
    pub lenders: Vec<Holding>,
}

/// A settled charge of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// What was charged, the same at every level.
    pub charged: Amount,
    /// What a policy cut off.
    pub uncharged: Amount,
    /// The moves, one for each stake in its order.
    pub moves: Vec<Moves>,
}

/// The answer to a settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is booked so.
    Settled(Settled),
    /// These stakes, by their place in the list, lack the room for so much more than is held;
    /// nothing moves.
    Refused(Vec<(usize, Amount)>),
}

/// Settles a charge of one unit against every limit of it that the reservation recorded.
pub fn settle(
    charge: Amount,
    mode: Mode,
    rest: Rest,
    policy: Option<&Overage>,
    stakes: &[Stake],
) -> Result<Verdict, Overflow> {
    let covers = stakes
        .iter()
        .map(|s| Cover::of(s, charge, rest))
        .collect::<Result<Vec<_>, _>>()?;
    let policy_of = |stake: &Stake| policy.unwrap_or(&stake.position.overage).clone();
    let mut uncharged = Amount::ZERO;
    if mode == Mode::Asked {
        let mut refused = Vec::new();
        for (index, (stake, cover)) in stakes.iter().zip(&covers).enumerate() {
            let short = cover.excess.less(cover.room);
            match cover.answer(stake, &policy_of(stake))? {
                Answer::Refuse => refused.push((index, cover.excess)),
                Answer::Cut => uncharged = uncharged.max(short),
                Answer::Book => {}
            }
        }
        if !refused.is_empty() {
            return Ok(Verdict::Refused(refused));
        }
    }
    // What is cut is cut at every level, also where a lender would have covered it.
    let charged = charge.minus(uncharged)?;
    let book = |(stake, asked): (&Stake, Cover)| {
        let flagged = asked.answer(stake, &policy_of(stake))? != Answer::Book;
        Cover::of(stake, charged, rest)?.book(flagged)
    };
    let moves = stakes.iter().zip(covers).map(book);
    let moves = moves.collect::<Result<Vec<_>, _>>()?;
    Ok(Verdict::Settled(Settled {
        charged,
        uncharged,
        moves,
    }))
}

/// What a policy says to an excess that finds too little room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Book,
    Cut,
    Refuse,
}

/// One limit, once the holdings have covered what they can.
struct Cover {
    covered: Vec<(WindowId, Movement)>,
    holdings: Vec<Holding>,
    lenders: Vec<Holding>,
    /// What neither holdings nor lenders cover.
    excess: Amount,
    /// What the window open now has left, once the rest of the reservation is back.
    room: Amount,
}

impl Cover {
    fn of(stake: &Stake, charge: Amount, rest: Rest) -> Result<Self, Overflow> {
        let (mut holdings, mut lenders) = (stake.holdings.clone(), stake.lenders.clone());
        let mut taken = holding::take(&mut holdings, charge)?;
        let beyond = charge.minus(holding::total(&taken)?)?;
        let drawn = holding::take(&mut lenders, beyond)?;
        let excess = beyond.minus(holding::total(&drawn)?)?;
        taken.extend(drawn);
        let mut covered = Vec::new();
        for part in taken {
            let (spent, reserved) = (part.atoms.atoms(), part.atoms.negated());
            covered.push((
                part.from.window,
                Movement {
                    spent,
                    reserved,
                    ..Movement::default()
                },
            ));
        }
        if rest == Rest::GiveBack {
            covered.extend(give_back(&mut holdings, &mut lenders)?);
        }
        let mut figures = stake.position.figures;
        for (window, movement) in &covered {
            if stake.position.window == Some(*window) {
                figures = figures.after(movement)?;
            }
        }
        Ok(Self {
            covered,
            holdings,
            lenders,
            excess,
            room: figures.available().floor(),
        })
    }

    fn answer(&self, stake: &Stake, policy: &Overage) -> Result<Answer, Overflow> {
        let short = self.excess.less(self.room);
        if short.is_zero() {
            return Ok(Answer::Book);
        }
        let bound = bound_for(policy, &stake.position.key.unit);
        Ok(match (policy, bound) {
            (Overage::Reject, _) => Answer::Refuse,
            (Overage::IfAvailable, _) | (_, Some(Amount::ZERO)) => Answer::Cut,
            (_, Some(bound)) if stake.position.figures.debt.plus(short)? > bound => Answer::Refuse,
            (Overage::Overdraft { .. }, _) => Answer::Book,
        })
    }

    /// Books the excess. A window whose own room was short of what was asked says so, unless its
    /// policy tolerates the debt.
    fn book(self, flagged: bool) -> Result<Moves, Overflow> {
        let funded = self.excess.min(self.room);
        let excess = Movement {
            spent: funded.atoms(),
            debt: self.excess.minus(funded)?.atoms(),
            over: flagged.then_some(true),
            ..Movement::default()
        };
        let Self {
            covered,
            holdings,
            lenders,
            ..
        } = self;
        Ok(Moves {
            covered,
            excess,
            holdings,
            lenders,
        })
    }
}

/// Empties the holdings: what was drawn from an open lender returns to it and moves no window,
/// the rest returns to the windows.
fn give_back(
    holdings: &mut [Holding],
    lenders: &mut [Holding],
) -> Result<Vec<(WindowId, Movement)>, Overflow> {
    let mut freed = Vec::new();
    for holding in holdings.iter_mut().filter(|h| !h.atoms.is_zero()) {
        let lender = lenders
            .iter_mut()
            .find(|l| Some(l.id()) == holding.source && l.window == holding.window);
        if let Some(lender) = lender {
            lender.atoms = lender.atoms.plus(holding.atoms)?;
        } else {
            let reserved = holding.atoms.negated();
            freed.push((
                holding.window,
                Movement {
                    reserved,
                    ..Movement::default()
                },
            ));
        }
        holding.atoms = Amount::ZERO;
    }
    Ok(freed)
}

/// What one window was charged by an entry that is being taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charged {
    /// The window.
    pub window: WindowId,
    /// When the charge took effect.
    pub effective_at: Timestamp,
    /// What it was charged by the entry and has not got back, debt included.
    pub atoms: Amount,
    /// The window's debt now.
    pub debt: Amount,
    /// The window's spent now.
    pub spent: Amount,
}

/// Takes an amount of a charge back where it was posted, and as of then: from the debt first, then
/// from what was spent; never more than the window still shows, whose debt may have been repaid.
pub fn take_back(
    amount: Amount,
    charged: &[Charged],
) -> Result<Vec<(WindowId, Timestamp, Movement)>, Overflow> {
    let mut left = amount;
    let mut moves: Vec<(WindowId, Timestamp, Movement)> = Vec::new();
    for part in charged {
        let (mut debt, mut spent) = (part.debt, part.spent);
        for (_, _, movement) in moves.iter().filter(|(window, ..)| *window == part.window) {
            debt = Amount::from_atoms(debt.atoms().saturating_add(movement.debt))?;
            spent = Amount::from_atoms(spent.atoms().saturating_add(movement.spent))?;
        }
        let back = left.min(part.atoms);
        left = left.minus(back)?;
        let debt = back.min(debt);
        let spent = back.minus(debt)?.min(spent);
        let movement = Movement {
            spent: spent.negated(),
            debt: debt.negated(),
            ..Movement::default()
        };
        if !movement.is_empty() {
            moves.push((part.window, part.effective_at, movement));
        }
    }
    Ok(moves)
}

#[cfg(test)]
mod tests;
