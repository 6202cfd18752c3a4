//! Whether a reservation is admitted: against every limit of every budget on its path, or not
//! at all.

use std::collections::BTreeMap;

use crate::ledger::amount::{Amount, Ask, Overflow};
use crate::ledger::holding::{self, Holding, Taken};
use crate::ledger::limit::Position;
use crate::ledger::unit::Unit;
use crate::ledger::window::Figures;

/// A limit on the path, with what the asking run's own reservations hold of it already.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The limit and its figures now.
    pub position: Position,
    /// What open ancestors hold of this limit, the nearest first; empty outside of a run.
    pub lenders: Vec<Holding>,
    /// Whether an ancestor's reservation was admitted by this limit.
    pub is_lent: bool,
    /// What the request keeps to where the limit itself is higher.
    pub ceiling: Option<Amount>,
}

impl Candidate {
    /// The figures that decide: those of the open window, under the lower of limit and ceiling.
    pub fn figures(&self) -> Figures {
        let figures = &self.position.figures;
        figures.with_limit(figures.limit.min(self.ceiling.unwrap_or(Amount::MAX)))
    }

    /// Whether it is not the limit itself that decides.
    pub fn is_lowered(&self) -> bool {
        self.ceiling
            .is_some_and(|most| most < self.position.figures.limit)
    }
}

/// What one limit gives to an admitted reservation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Which candidate, by its place in the list.
    pub candidate: usize,
    /// What moves over from ancestors; changes no total.
    pub drawn: Vec<Taken>,
    /// What the window itself newly holds.
    pub own: Amount,
}

/// A limit that says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which candidate, by its place in the list.
    pub candidate: usize,
    /// What was asked of it, in atoms, beyond what ancestors lend.
    pub asked: Amount,
    /// Why.
    pub reason: Reason,
}

/// Why a limit says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Less is available than was asked.
    Exceeded,
    /// What was asked is there, but less than was said to be needed at least.
    TooLittle,
    /// Nothing is left, though nothing of its unit was asked.
    UsedUp,
    /// A charge was cut or a bound passed; it waits for a grant or a new window.
    Over,
    /// More was asked than the limit could ever admit.
    Never,
}

/// The answer to a reservation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every limit gives what was asked of it.
    Admitted(Vec<Grant>),
    /// These limits do not; nothing moves.
    Denied(Vec<Failure>),
}

/// Resolves what was asked to one amount per unit: `all` is the least that every limit of the
/// unit can give; calls and slots are asked for implicitly, one each, where the path limits them.
///
/// A unit that was asked for and that no limit on the path counts comes back as `Err(unit)`.
pub fn amounts(
    asks: &[Ask],
    candidates: &[Candidate],
) -> Result<Result<BTreeMap<Unit, Amount>, Unit>, Overflow> {
    let mut amounts = BTreeMap::new();
    for ask in asks {
        match ask {
            Ask::Exactly(quantity) => {
                amounts.insert(quantity.unit.clone(), quantity.amount);
            }
            Ask::AllOf(unit) => {
                if let Some(least) = least_available(unit, candidates)? {
                    amounts.insert(unit.clone(), least);
                } else {
                    return Ok(Err(unit.clone()));
                }
            }
            Ask::All => {
                for unit in limited_units(candidates).filter(|u| u.is_consumed()) {
                    if !unit.is_implicit() && !amounts.contains_key(unit) {
                        let least = least_available(unit, candidates)?.unwrap_or_default();
                        amounts.insert(unit.clone(), least);
                    }
                }
            }
        }
    }
    for unit in [Unit::Calls, Unit::Slots] {
        if limited_units(candidates).any(|limited| *limited == unit) {
            amounts.entry(unit).or_insert(Amount::from_atoms(1)?);
        }
    }
    let unlimited = amounts
        .keys()
        .find(|unit| !limited_units(candidates).any(|l| l == *unit));
    Ok(match unlimited {
        Some(unit) => Err(unit.clone()),
        None => Ok(amounts),
    })
}

/// The unit of every limit on the path, with repeats.
pub fn limited_units(candidates: &[Candidate]) -> impl Iterator<Item = &Unit> {
    candidates
        .iter()
        .map(|candidate| &candidate.position.key.unit)
}

/// The least that the limits of a unit can give, floored at 0; `None` where none counts it.
pub fn least_available(unit: &Unit, candidates: &[Candidate]) -> Result<Option<Amount>, Overflow> {
    let mut least = None;
    for candidate in candidates.iter().filter(|c| c.position.key.unit == *unit) {
        let own = candidate.figures().available().floor();
        let room = own.plus(holding::held(&candidate.lenders)?)?;
        least = Some(least.map_or(room, |least: Amount| least.min(room)));
    }
    Ok(least)
}

/// Admits or denies amounts of several units against every candidate: all of it or nothing.
/// `all` is denied at 0, which `wants_all` says was asked for.
pub fn admit(
    amounts: &BTreeMap<Unit, Amount>,
    wants_all: &dyn Fn(&Unit) -> bool,
    candidates: &[Candidate],
) -> Result<Verdict, Overflow> {
    let mut grants = Vec::new();
    let mut failures = Vec::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let unit = &candidate.position.key.unit;
        let asked = amounts.get(unit).copied();
        let mut lenders = candidate.lenders.clone();
        let drawn = holding::take(&mut lenders, asked.unwrap_or_default())?;
        let own = asked.unwrap_or_default().minus(holding::total(&drawn)?)?;
        // What ancestors lend was admitted before; `all` of nothing was not.
        let is_all_of_nothing = wants_all(unit) && asked == Some(Amount::ZERO);
        let exempt = candidate.is_lent && own.is_zero() && !is_all_of_nothing;
        // Full slots stop nobody who says that he needs none.
        let says_none = *unit == Unit::Slots && asked == Some(Amount::ZERO) && !wants_all(unit);
        match refusal(candidate, own, says_none) {
            Some(reason) if !exempt => failures.push(Failure {
                candidate: index,
                asked: own,
                reason,
            }),
            _ => grants.push(Grant {
                candidate: index,
                drawn,
                own,
            }),
        }
    }
    Ok(if failures.is_empty() {
        Verdict::Admitted(grants)
    } else {
        Verdict::Denied(failures)
    })
}

/// The same where so much at least must be available of some units, though less may be asked: what
/// is granted is what was asked.
pub fn admit_with_least(
    (amounts, least): (&BTreeMap<Unit, Amount>, &BTreeMap<Unit, Amount>),
    wants_all: &dyn Fn(&Unit) -> bool,
    candidates: &[Candidate],
) -> Result<Verdict, Overflow> {
    let verdict = admit(amounts, wants_all, candidates)?;
    let mut needed = amounts.clone();
    for (unit, least) in least {
        let amount = needed.entry(unit.clone()).or_default();
        *amount = (*amount).max(*least);
    }
    if needed == *amounts {
        return Ok(verdict);
    }
    Ok(match admit(&needed, wants_all, candidates)? {
        Verdict::Admitted(_) => verdict,
        Verdict::Denied(mut failures) => {
            let fits = |failure: &Failure| match &verdict {
                Verdict::Admitted(_) => true,
                Verdict::Denied(asked) => !asked.iter().any(|f| f.candidate == failure.candidate),
            };
            for failure in &mut failures {
                if failure.reason == Reason::Exceeded && fits(failure) {
                    failure.reason = Reason::TooLittle;
                }
            }
            Verdict::Denied(failures)
        }
    })
}

/// Why a limit refuses `own` more of its unit, if it does.
fn refusal(candidate: &Candidate, own: Amount, says_none: bool) -> Option<Reason> {
    let figures = candidate.figures();
    let available = figures.available().atoms();
    let most = figures.most(&candidate.position.bounds);
    if own > most && !most.is_zero() {
        Some(Reason::Never)
    } else if figures.over {
        Some(Reason::Over)
    } else if available < own.atoms() {
        Some(Reason::Exceeded)
    } else if available <= 0 && !says_none {
        Some(Reason::UsedUp)
    } else {
        None
    }
}
