//! Moving what one open window may take: more room, less room, less debt, a new start. The limit
//! itself stays what it is; `set` changes that.

use super::super::Ledger;
use super::super::answer::{Keyed, Outcome};
use super::super::detail;
use super::position_of;
use crate::ledger::amount::{Amount, Quantity};
use crate::ledger::budget::Standing;
use crate::ledger::entry::EntryKind;
use crate::ledger::error::{Error, Result};
use crate::ledger::limit::{LimitKey, Position};
use crate::ledger::name::BudgetName;
use crate::ledger::window::Movement;

/// How a grant moves a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantHow {
    /// More room.
    Credit,
    /// Less room; refused where it is not there.
    Debit,
    /// Less debt; refused beyond the debt.
    Repay,
    /// Spent and debt back to 0; what is reserved stays.
    Reset,
}

impl Ledger {
    /// Moves what a limit's open window may take.
    pub fn grant(
        &mut self,
        name: &BudgetName,
        (key, amount): (&LimitKey, Amount),
        how: GrantHow,
        note: &str,
        keyed: &Keyed<'_, Standing>,
    ) -> Result<Outcome<Standing>> {
        self.write(&[], |scene| {
            let payload = format!("{key} {} {how:?} {note}", amount.atoms());
            scene.keyed(("grant", name.as_str()), &payload, keyed, || {
                let standing = scene.existing(name)?;
                let position = position_of(&standing, key)?;
                let (kind, movement) = granted(position, amount, how)?;
                position.figures.after(&movement)?.expect_capacity()?;
                let mut entry = scene.entry(kind, name.to_string());
                entry.amounts = vec![Quantity::new(amount, key.unit.clone())];
                entry.detail =
                    serde_json::json!({"limit": key.to_string(), "note": note}).to_string();
                if how == GrantHow::Debit {
                    entry.detail = detail::with(&entry.detail, "debit", true.into());
                }
                if !movement.is_empty() {
                    let window = scene.window_of(position)?;
                    entry.postings = vec![scene.posting(window, movement)];
                    let after = position.figures.after(&movement)?;
                    if matches!(how, GrantHow::Credit | GrantHow::Reset)
                        && let Some(armed) = scene.rearm(window, &after)?
                    {
                        entry.detail = detail::with(&entry.detail, "rearmed", vec![armed].into());
                    }
                }
                entry.seq = scene.tx.append(&entry)?;
                scene.done_with_limits(name, &entry).map(Outcome::Done)
            })
        })
    }
}

fn granted(position: &Position, amount: Amount, how: GrantHow) -> Result<(EntryKind, Movement)> {
    let figures = &position.figures;
    let quantity = |amount: Amount| Quantity::new(amount, position.key.unit.clone());
    let atoms = amount.atoms();
    let less = amount.negated();
    let cleared = figures.over.then_some(false);
    match how {
        GrantHow::Credit => Ok((
            EntryKind::Granted,
            Movement {
                granted: atoms,
                over: cleared,
                ..Movement::default()
            },
        )),
        GrantHow::Debit if figures.available().atoms() < atoms => {
            let left = quantity(figures.available().floor());
            Err(Error::Conflict(format!(
                "{left} is left to take off {}",
                position.key
            )))
        }
        GrantHow::Debit => Ok((
            EntryKind::Granted,
            Movement {
                granted: less,
                ..Movement::default()
            },
        )),
        GrantHow::Repay if amount > figures.debt => {
            let debt = quantity(figures.debt);
            Err(Error::Conflict(format!(
                "the debt of {} is {debt}",
                position.key
            )))
        }
        GrantHow::Repay => Ok((
            EntryKind::Repaid,
            Movement {
                debt: less,
                ..Movement::default()
            },
        )),
        GrantHow::Reset => {
            let spent = figures.spent.negated();
            let debt = figures.debt.negated();
            Ok((
                EntryKind::Reset,
                Movement {
                    spent,
                    debt,
                    over: cleared,
                    ..Movement::default()
                },
            ))
        }
    }
}
