//! What earlier runs cost: percentiles over integers, by the nearest rank. A percentile is always
//! what one of the runs did cost; nothing is interpolated and nothing is guessed.

use std::collections::BTreeMap;

use crate::ledger::amount::Amount;
use crate::ledger::unit::Unit;

/// Fewer runs than this are no ground for an estimate.
pub const FEWEST: usize = 5;

/// A finished run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// How long it took, in milliseconds.
    pub took_ms: i64,
    /// What it was charged of each unit, what ran inside of it included; `None` where nobody knows.
    pub cost: Option<BTreeMap<Unit, Amount>>,
}

/// What runs cost of one unit: the amounts of those that say so, the least first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Costs(Vec<Amount>);

/// What earlier runs cost, of each unit that any of them was charged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// How many there are.
    pub runs: usize,
    /// Of how many nobody knows what they cost. They are in no figure.
    pub unknown: usize,
    /// How long they took on average, in milliseconds, rounded down; `None` where there are none.
    pub mean_ms: Option<i64>,
    /// What those cost of which it is known.
    pub costs: BTreeMap<Unit, Costs>,
}

impl Costs {
    /// How many runs say what they cost.
    pub fn runs(&self) -> usize {
        self.0.len()
    }

    /// The cost that so many percent of the runs, 1 to 100, did not exceed: of n costs in order the
    /// one at place ceil(percent * n / 100).
    pub fn percentile(&self, percent: u8) -> Option<Amount> {
        let percent = usize::from(percent.clamp(1, 100));
        let place = self.0.len().saturating_mul(percent).div_ceil(100);
        self.0.get(place.checked_sub(1)?).copied()
    }

    /// The most that one cost.
    pub fn max(&self) -> Option<Amount> {
        self.0.last().copied()
    }
}

impl History {
    /// The history of runs.
    pub fn of(runs: &[Run]) -> Self {
        let mut costs: BTreeMap<Unit, Costs> = BTreeMap::new();
        for (unit, amount) in runs.iter().filter_map(|run| run.cost.as_ref()).flatten() {
            costs.entry(unit.clone()).or_default().0.push(*amount);
        }
        for costs in costs.values_mut() {
            costs.0.sort_unstable();
        }
        let took = runs.iter().map(|run| i128::from(run.took_ms));
        let count = i128::try_from(runs.len()).unwrap_or(i128::MAX);
        let mean = took.sum::<i128>().checked_div(count);
        Self {
            runs: runs.len(),
            unknown: runs.iter().filter(|run| run.cost.is_none()).count(),
            mean_ms: mean.and_then(|mean| i64::try_from(mean).ok()),
            costs,
        }
    }

    /// What runs cost of a unit at a percentile; how many there are, where those are too few.
    pub fn estimate(&self, unit: &Unit, percent: u8) -> Result<Amount, usize> {
        let costs = self.costs.get(unit);
        let runs = costs.map_or(0, Costs::runs);
        let enough = costs.filter(|costs| costs.runs() >= FEWEST);
        enough
            .and_then(|costs| costs.percentile(percent))
            .ok_or(runs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atoms(atoms: i64) -> Amount {
        Amount::from_atoms(atoms).expect("an amount")
    }

    fn run(cost: Option<i64>) -> Run {
        Run {
            took_ms: 10,
            cost: cost.map(|cost| BTreeMap::from([(Unit::Usd, atoms(cost))])),
        }
    }

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let costs = Costs((1..=10).map(atoms).collect());
        for (percent, at) in [
            (1, 1),
            (10, 1),
            (11, 2),
            (50, 5),
            (90, 9),
            (91, 10),
            (99, 10),
            (100, 10),
        ] {
            assert_eq!(costs.percentile(percent), Some(atoms(at)), "p{percent}");
        }
        let one = Costs(vec![atoms(7)]);
        assert_eq!(
            (one.percentile(1), one.percentile(99)),
            (Some(atoms(7)), Some(atoms(7)))
        );
        assert_eq!(Costs::default().percentile(50), None);
    }

    #[test]
    fn what_nobody_knows_is_in_no_figure() {
        let runs: Vec<_> = [Some(5), None, Some(1), None].map(run).to_vec();
        let history = History::of(&runs);
        assert_eq!(
            (history.runs, history.unknown, history.mean_ms),
            (4, 2, Some(10))
        );
        let usd = &history.costs[&Unit::Usd];
        assert_eq!((usd.runs(), usd.percentile(50)), (2, Some(atoms(1))));
        assert_eq!(history.estimate(&Unit::Usd, 90), Err(2));
        assert_eq!(history.estimate(&Unit::Tokens, 90), Err(0));
        let five: Vec<_> = (1..=5).map(|cost| run(Some(cost))).collect();
        assert_eq!(History::of(&five).estimate(&Unit::Usd, 90), Ok(atoms(5)));
        assert_eq!(History::of(&[]).mean_ms, None);
    }
}
