//! A denial in one line that a person can act on: which budget, which limit, how much is left,
//! when it starts anew.

use super::human::{exact, quantity, until};
use super::wire;
use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::amount::Amount;
use crate::ledger::limit::LimitSpec;
use crate::ledger::rules::admit::Reason;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::{Denial, DenialOf, FailedLimit};

/// The denial as the command's answer.
pub fn denied(denial: &Denial) -> Error {
    let is_final = denial.is_final();
    let (exit, code) = if is_final {
        (Exit::Refused, "refused")
    } else {
        (Exit::Denied, "denied")
    };
    let hint = hint(denial);
    Error {
        retryable: !is_final,
        more: wire::denial(denial),
        hint,
        ..Error::new(exit, code, message(denial))
    }
}

fn message(denial: &Denial) -> String {
    if let Some((name, state)) = &denial.stopped {
        return format!("denied: {name} is {}", state.as_str());
    }
    let limits: Vec<_> = denial
        .failed
        .iter()
        .map(|failed| limit(failed, denial))
        .collect();
    format!("denied: {}", limits.join("; "))
}

fn limit(failed: &FailedLimit, denial: &Denial) -> String {
    let (position, unit) = (&failed.position, &failed.position.key.unit);
    let figures = &position.figures;
    let left = figures.available();
    let wanted = if failed.reason == Reason::TooLittle {
        "needed at least"
    } else {
        "asked"
    };
    let asked = quantity(failed.asked.atoms(), unit);
    let of = quantity(figures.capacity().atoms(), unit);
    let state = match failed.reason {
        Reason::Over => "is over its limit".to_owned(),
        Reason::Never => {
            let most = quantity(figures.most(&position.bounds).atoms(), unit);
            format!("can never admit {asked}; it has {most} in all")
        }
        _ if figures.capacity().is_zero() => "allows nothing".to_owned(),
        _ if left.atoms() < 0 => {
            format!(
                "is overdrawn by {}",
                quantity(left.atoms().saturating_neg(), unit)
            )
        }
        _ if left.atoms() == 0 => format!("has nothing left of {of}"),
        _ => {
            let left = quantity(left.atoms(), unit);
            match denial.of {
                DenialOf::Charge => {
                    format!("has {left} left of {of} for {asked} more than was reserved")
                }
                DenialOf::Reservation | DenialOf::Question => {
                    format!("has {left} left of {of}, {asked} {wanted}")
                }
            }
        }
    };
    let held = quantity(figures.reserved.atoms(), unit);
    let held = if figures.reserved.is_zero() {
        String::new()
    } else {
        format!(", {held} reserved")
    };
    let reset = position
        .bounds
        .end
        .filter(|_| failed.reason != Reason::Never);
    let reset = reset.map(|end| format!(", resets in {}", until(end, denial.at)));
    let said_by = failed.said_by.as_ref();
    let said_by = said_by.map(|file| format!(" ({file} says so)"));
    format!(
        "{} {} {state}{held}{}{}",
        position.budget,
        position.key,
        reset.unwrap_or_default(),
        said_by.unwrap_or_default()
    )
}

fn hint(denial: &Denial) -> Option<String> {
    if let Some((name, _)) = denial.stopped.as_ref().filter(|_| !denial.is_final()) {
        return Some(format!("`budget unfreeze {name}` lets it go on"));
    }
    let failed = denial.failed.first()?;
    let (budget, asked) = (&failed.position.budget, failed.asked.atoms());
    if failed.reason == Reason::Never {
        let enough = typed(failed, asked);
        if let Some(file) = &failed.said_by {
            return Some(format!("ask for less, or raise it in {file} to {enough}"));
        }
        // What was debited for ever keeps being off, whatever the limit is.
        let granted = failed.position.figures.granted.atoms();
        if granted < 0 && failed.position.bounds.end.is_none() {
            let back = typed(failed, granted.saturating_neg());
            return Some(format!(
                "ask for less, or give back what was debited: `budget grant {budget} {back}`"
            ));
        }
        return Some(format!(
            "ask for less, or raise it: `budget set {budget} --limit {enough}`"
        ));
    }
    let wait = if denial.can_wait() {
        "; --wait DURATION waits for it"
    } else {
        ""
    };
    let grants: Vec<_> = denial.failed.iter().map(grant).collect();
    let make = if grants.len() == 1 { "makes" } else { "make" };
    Some(format!("{} {make} room now{wait}", grants.join(" and ")))
}

/// What gives a limit room: exactly what is missing, or an amount above that where nothing in
/// particular was asked.
fn grant(failed: &FailedLimit) -> String {
    let position = &failed.position;
    let left = position.figures.available().atoms();
    let missing = failed.asked.atoms().saturating_sub(left);
    if failed.asked.is_zero() && missing > 0 {
        let unit = &position.key.unit;
        let more = match unit {
            Unit::Time => exact(missing, unit),
            _ => quantity(missing, unit),
        };
        let any = typed(failed, 0);
        return format!(
            "`budget grant {} {any}` with more than {more}",
            position.budget
        );
    }
    format!(
        "`budget grant {} {}`",
        position.budget,
        typed(failed, missing)
    )
}

/// An amount of the limit that failed, as it is typed: `1.00usd/day`.
fn typed(failed: &FailedLimit, atoms: i64) -> String {
    let key = failed.position.key.clone();
    match Amount::from_atoms(atoms) {
        Ok(amount) if !amount.is_zero() => LimitSpec { key, amount }.to_string(),
        _ => format!("AMOUNT{key}"),
    }
}
