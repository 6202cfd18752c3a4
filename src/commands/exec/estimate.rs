//! What to reserve: an amount, or what runs like this one cost before. Where too few are known it
//! says so and reserves nothing; no guess is made up.

use std::str::FromStr;

use super::ExecArgs;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::amount::{Ask, InvalidAmount, Quantity};
use crate::ledger::name::Names;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::{FEWEST_RUNS, History, Reserve};
use crate::ledger::{self, Ledger};

/// One `--reserve`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reserving {
    /// So much.
    Asked(Ask),
    /// What so many percent of the runs did not exceed of a unit.
    Estimated(u8, Unit),
}

impl FromStr for Reserving {
    type Err = InvalidAmount;

    fn from_str(text: &str) -> std::result::Result<Self, InvalidAmount> {
        let (word, unit) = text
            .split_once(':')
            .map_or((text, None), |(word, unit)| (word, Some(unit)));
        let percent = match word {
            "median" => Some(50),
            _ => word
                .strip_prefix('p')
                .and_then(|digits| digits.parse().ok()),
        };
        match percent {
            Some(percent @ 1..=99) => {
                let unit = unit.map_or(Ok(Unit::Usd), str::parse)?;
                Ok(Self::Estimated(percent, unit))
            }
            _ => text.parse().map(Self::Asked),
        }
    }
}

impl ExecArgs {
    /// What is asked for, with estimates looked up. The history is read only for those.
    pub(super) fn asks(&self, ledger: &Ledger, request: &Reserve) -> Result<Vec<Ask>> {
        let is_estimated = self.estimates_as_typed().is_some();
        let history = is_estimated
            .then(|| self.history(ledger, request))
            .transpose()?;
        let history = history.unwrap_or_default();
        let asks = self.reserve.iter().map(|reserve| match reserve {
            Reserving::Asked(ask) => Ok(ask.clone()),
            Reserving::Estimated(percent, unit) => {
                let estimate = history.estimate(unit, *percent);
                let estimate = estimate
                    .map_err(|runs| self.too_few(&history, runs, (unit, &request.names)))?;
                Ok(Ask::Exactly(Quantity::new(estimate, unit.clone())))
            }
        });
        asks.collect()
    }

    fn history(&self, ledger: &Ledger, request: &Reserve) -> Result<History> {
        match ledger.history(&request.names, &self.program_name()) {
            // It is about to be made, and has none yet.
            Err(ledger::Error::NotFound { .. }) if !request.limits.is_empty() => {
                Ok(History::default())
            }
            found => Ok(found?),
        }
    }

    /// Everything that was typed to be reserved, where a part of it is an estimate.
    pub(super) fn estimates_as_typed(&self) -> Option<String> {
        let typed = |reserve: &Reserving| match reserve {
            Reserving::Asked(ask) => ask.to_string(),
            Reserving::Estimated(percent, unit) => format!("p{percent}:{unit}"),
        };
        let is_estimate = |reserve: &Reserving| matches!(reserve, Reserving::Estimated(..));
        let mut typed: Vec<_> = self
            .reserve
            .iter()
            .any(is_estimate)
            .then(|| self.reserve.iter().map(typed).collect())?;
        typed.sort();
        Some(typed.join(" "))
    }

    fn too_few(&self, history: &History, runs: usize, (unit, names): (&Unit, &Names)) -> Error {
        let program = self.program_name();
        let of = history.runs;
        let message = format!(
            "no estimate from {runs} runs of `{program}` on {names} that say what they cost in \
             {unit} ({of} in all); it takes {FEWEST_RUNS}"
        );
        let example = match unit {
            Unit::Usd => "0.50usd".to_owned(),
            Unit::Tokens => "200ktokens".to_owned(),
            other => format!("5{other}"),
        };
        Error::new(Exit::Conflict, "too_few_runs", message).hint(format!(
            "say how much, like --reserve {example}; `budget quote {names} -- {program}` shows \
             what is known"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_told_from_amounts() {
        let read = |text: &str| text.parse::<Reserving>();
        assert_eq!(read("p90"), Ok(Reserving::Estimated(90, Unit::Usd)));
        assert_eq!(
            read("median:tokens"),
            Ok(Reserving::Estimated(50, Unit::Tokens))
        );
        assert_eq!(read("all:usd"), Ok(Reserving::Asked(Ask::AllOf(Unit::Usd))));
        for text in ["p0", "p100", "p", "p9x", "p90:", "p-1"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
