//! What a command noticed, in one line that a person can act on. Whether it is said, and whom it
//! is told, is decided elsewhere.

use super::denial::denied;
use super::human::{amount, quantity, until};
use super::status::correction;
use crate::ledger::amount::Amount;
use crate::ledger::policy::Percent;
use crate::ledger::reservation::{Reservation, State, UnitStake};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::verbs::{LimitNow, Notice, Noticed};

/// The line.
pub fn message(notice: &Notice) -> String {
    match &notice.what {
        Noticed::Threshold { limit, shares } => threshold(limit, shares, notice.at),
        Noticed::Exhausted(limit) => exhausted(limit, notice.at),
        Noticed::Denied(denial) => denied(denial).message,
        Noticed::Expired(found) => expired(found),
        Noticed::Overrun(found) => overrun(found),
        Noticed::Unknown(found) => correction(found),
    }
}

fn threshold(limit: &LimitNow, shares: &[Percent], at: Timestamp) -> String {
    let (position, unit) = (&limit.position, &limit.position.key.unit);
    let figures = &position.figures;
    let highest = shares.last().map(ToString::to_string).unwrap_or_default();
    let charged = amount(figures.charged(), unit);
    let of = quantity(figures.capacity().atoms(), unit);
    let left = figures.available().floor();
    let held = if figures.reserved.is_zero() {
        String::new()
    } else {
        format!(", {} reserved", quantity(figures.reserved.atoms(), unit))
    };
    let left = if left.is_zero() {
        "nothing left".to_owned()
    } else {
        format!("{} left", quantity(left.atoms(), unit))
    };
    let (budget, key, resets) = (&position.budget, &position.key, resets(limit, at));
    format!("{budget} {key} is past {highest}: {charged} of {of} spent{held}, {left}{resets}")
}

fn exhausted(limit: &LimitNow, at: Timestamp) -> String {
    let (position, unit) = (&limit.position, &limit.position.key.unit);
    let figures = &position.figures;
    let charged = amount(figures.charged(), unit);
    let of = quantity(figures.capacity().atoms(), unit);
    let what = if figures.over {
        "is over its limit"
    } else {
        "is used up"
    };
    let (budget, key, resets) = (&position.budget, &position.key, resets(limit, at));
    format!("{budget} {key} {what}: {charged} of {of} spent{resets}")
}

fn resets(limit: &LimitNow, at: Timestamp) -> String {
    let end = limit.position.bounds.end;
    end.map(|end| format!(", resets in {}", until(end, at)))
        .unwrap_or_default()
}

fn expired(found: &Reservation) -> String {
    let (id, names) = (found.id.short(), &found.names);
    let charged = amounts(found, |stake| stake.charged);
    let after = if found.unknown {
        let id = found.id;
        format!("; `budget commit {id} AMOUNT` corrects it")
    } else {
        String::new()
    };
    format!("nobody settled reservation {id} on {names}: it was charged {charged}{after}")
}

fn overrun(found: &Reservation) -> String {
    let (id, names) = (found.id.short(), &found.names);
    let charged = amounts(found, |stake| stake.charged);
    let reserved = if found.state == State::Open {
        // What is still reserved says nothing of what was.
        "it reserved".to_owned()
    } else {
        format!("the {} it reserved", amounts(found, |s| Some(s.reserved)))
    };
    format!("reservation {id} on {names} was charged {charged}, more than {reserved}")
}

/// Amounts of what is consumed, joined.
fn amounts(found: &Reservation, pick: impl Fn(&UnitStake) -> Option<Amount>) -> String {
    let consumed = found.stakes.iter().filter(|stake| stake.unit.is_consumed());
    let some = consumed.filter_map(|stake| Some((pick(stake)?, &stake.unit)));
    let some = some.filter(|(amount, _)| !amount.is_zero());
    let some: Vec<_> = some
        .map(|(amount, unit)| quantity(amount.atoms(), unit))
        .collect();
    if some.is_empty() {
        "nothing".to_owned()
    } else {
        some.join(", ")
    }
}
