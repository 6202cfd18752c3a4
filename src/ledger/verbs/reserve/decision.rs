//! What the rules say to a request: the budgets on its path, the amounts it comes to, and every
//! limit's answer. Reads only; nothing here stores anything.

use std::collections::BTreeMap;

use super::super::denial::{Denial, DenialOf, FailedLimit};
use super::super::path::{candidates, frozen};
use super::super::plan::{Amounts, by_unit};
use super::super::scene::Scene;
use super::Reserve;
use crate::ledger::amount::{Amount, Ask};
use crate::ledger::budget::{BudgetState, Standing};
use crate::ledger::error::{Error, Result};
use crate::ledger::limit::Position;
use crate::ledger::name::{BudgetName, Names};
use crate::ledger::rules::admit::{self, Candidate, Failure, Grant, Verdict};
use crate::ledger::unit::Unit;

/// What the rules say to a request, before anything is stored.
#[derive(Debug, Clone)]
pub(super) struct Decision {
    /// The budgets on the path.
    pub(super) standings: Vec<Standing>,
    /// What was asked of each unit.
    pub(super) amounts: BTreeMap<Unit, Amount>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) answer: std::result::Result<Vec<Grant>, Box<Denial>>,
}

impl Scene<'_> {
    /// What the rules say to a request. Reads only.
    pub(super) fn decide(&self, request: &Reserve) -> Result<Decision> {
        let standings = match self.standings(&request.names) {
            Err(Error::NotFound { what, text, near }) => {
                let Some(closed) = self.first_closed(&request.names)? else {
                    return Err(Error::NotFound { what, text, near });
                };
                let stopped = Some((closed, BudgetState::Closed));
                return Ok(Decision::denied(self.denial(request, Vec::new(), stopped)));
            }
            standings => standings?,
        };
        let lenders = self.lenders(request.parent)?;
        let lent = self.lent(&lenders)?;
        let mut candidates = candidates(&standings, &lent);
        if let Some(ceilings) = &request.ceilings {
            ceilings.lower(&standings, &mut candidates)?;
        }
        let asks = asks(request, &standings)?;
        for unit in asks.iter().filter_map(Ask::unit) {
            self.expect_unit(unit)?;
        }
        let mut amounts = match admit::amounts(&asks, &candidates)? {
            Ok(amounts) => amounts,
            Err(unit) => return Err(mismatch(&request.names, unit, &candidates)),
        };
        // The time of a run is all there is of it, up to what was typed.
        let takes_all_time = request.run.is_some() && !amounts.contains_key(&Unit::Time);
        if let Some(run) = &request.run
            && let Some(left) = admit::least_available(&Unit::Time, &candidates)?
        {
            let most = run
                .max_time_ms
                .map_or(Amount::MAX, |ms| Amount::from_atoms(ms).unwrap_or_default());
            amounts.entry(Unit::Time).or_insert(left.min(most));
        }
        let wants_all = |unit: &Unit| {
            let is_asked = asks.iter().any(|ask| match ask {
                Ask::Exactly(_) => false,
                Ask::AllOf(asked) => asked == unit,
                Ask::All => unit.is_consumed() && !unit.is_implicit(),
            });
            is_asked || (takes_all_time && *unit == Unit::Time)
        };
        let stopped = frozen(&standings).map(|name| (name.clone(), BudgetState::Frozen));
        let least = by_unit(&request.least)?;
        if let Some(unit) = uncounted(&least, &candidates) {
            return Err(mismatch(&request.names, unit, &candidates));
        }
        let verdict = admit::admit_with_least((&amounts, &least), &wants_all, &candidates)?;
        let answer = match (verdict, stopped) {
            (Verdict::Admitted(grants), None) => Ok(grants),
            (Verdict::Admitted(_), stopped) => {
                Err(Box::new(self.denial(request, Vec::new(), stopped)))
            }
            (Verdict::Denied(failures), stopped) => {
                let failed = failures
                    .into_iter()
                    .filter_map(|failure| failed(request, &candidates, &failure));
                Err(Box::new(self.denial(request, failed.collect(), stopped)))
            }
        };
        Ok(Decision {
            standings,
            amounts,
            candidates,
            answer,
        })
    }

    pub(super) fn denial(
        &self,
        request: &Reserve,
        failed: Vec<FailedLimit>,
        stopped: Option<(BudgetName, BudgetState)>,
    ) -> Denial {
        let resets = failed.iter().map(|failed| failed.position.bounds.end);
        let retry_at = resets
            .collect::<Option<Vec<_>>>()
            .and_then(|ends| ends.into_iter().max());
        let of = if request.dry_run {
            DenialOf::Question
        } else {
            DenialOf::Reservation
        };
        Denial {
            of,
            names: request.names.clone(),
            failed,
            stopped,
            retry_at,
            at: self.now.wall,
        }
    }
}

impl Decision {
    fn denied(denial: Denial) -> Self {
        Self {
            standings: Vec::new(),
            amounts: BTreeMap::new(),
            candidates: Vec::new(),
            answer: Err(Box::new(denial)),
        }
    }
}

/// A limit that failed, with the figures that decided.
fn failed(request: &Reserve, candidates: &[Candidate], failure: &Failure) -> Option<FailedLimit> {
    let candidate = candidates.get(failure.candidate)?;
    let ceilings = request.ceilings.as_ref().filter(|_| candidate.is_lowered());
    Some(FailedLimit {
        position: Position {
            figures: candidate.figures(),
            ..candidate.position.clone()
        },
        asked: failure.asked,
        reason: failure.reason,
        said_by: ceilings.map(|ceilings| ceilings.said_by.clone()),
    })
}

/// What is asked where nothing was typed: the default for a run, of the budget or of whoever asks; everything that
/// the named budgets themselves limit for a program whose usage can be read.
fn asks(request: &Reserve, standings: &[Standing]) -> Result<Vec<Ask>> {
    if !request.asks.is_empty() {
        return Ok(request.asks.clone());
    }
    if let Some(run) = &request.run {
        let own = request
            .named(standings)
            .map(|s| &s.budget.reserve)
            .find(|asks| !asks.is_empty());
        let asks = request.defaults.asks(own);
        if !asks.is_empty() {
            return Ok(asks);
        }
        let own = request
            .named(standings)
            .flat_map(|s| &s.positions)
            .map(|p| p.key.unit.clone());
        let mut own: Vec<_> = own.filter(Unit::is_reported).map(Ask::AllOf).collect();
        own.sort();
        own.dedup();
        if run.is_metered && !own.is_empty() {
            return Ok(own);
        }
    }
    let mut limits = standings.iter().flat_map(|s| &s.positions);
    match limits.find(|position| position.key.unit.is_reported()) {
        None => Ok(Vec::new()),
        Some(position) => {
            let (unit, names) = (&position.key.unit, &request.names);
            let flag = if request.run.is_some() {
                "--reserve "
            } else {
                ""
            };
            Err(Error::Usage(format!(
                "{names} is limited in {unit}: say how much to reserve, like {flag}{}",
                example(unit)
            )))
        }
    }
}

fn example(unit: &Unit) -> String {
    match unit {
        Unit::Usd => "0.50usd".to_owned(),
        Unit::Tokens => "200ktokens".to_owned(),
        other => format!("5{other}"),
    }
}

/// A unit that no limit on the path counts.
fn uncounted(amounts: &Amounts, candidates: &[Candidate]) -> Option<Unit> {
    let mut units = amounts.keys();
    let counted = |unit: &&Unit| !admit::limited_units(candidates).any(|l| l == *unit);
    units.find(counted).cloned()
}

fn mismatch(names: &Names, unit: Unit, candidates: &[Candidate]) -> Error {
    let mut limited: Vec<_> = admit::limited_units(candidates)
        .map(ToString::to_string)
        .collect();
    limited.sort();
    limited.dedup();
    Error::UnitMismatch {
        budgets: names.to_string(),
        unit,
        limited,
    }
}
