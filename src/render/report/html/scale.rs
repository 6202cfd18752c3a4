//! The scale of an axis: round steps, and where on it a figure is. Integers only.

use crate::ledger::duration::format_millis;
use crate::ledger::unit::Unit;
use crate::render::human::dollars;

/// How high a chart is, in tenths of pixels.
pub(super) const HEIGHT: i128 = 2_400;
/// About how many steps an axis has.
const STEPS: i128 = 4;
/// Round lengths of time, in milliseconds.
const ROUND_TIMES: [i128; 14] = [
    1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000,
    7_200_000, 18_000_000, 36_000_000,
];

/// An axis from `low` to `high`, both whole steps, 0 between them.
#[derive(Debug, Clone)]
pub(super) struct Scale {
    unit: Unit,
    step: i128,
    low: i128,
    high: i128,
}

impl Scale {
    /// A scale on which all of the figures are.
    pub(super) fn of(unit: &Unit, figures: impl Iterator<Item = i128>) -> Self {
        let (low, high) = figures.fold((0, 0), |(low, high), figure| {
            (figure.min(low), figure.max(high))
        });
        let step = step(unit, (high - low).max(1));
        Self {
            unit: unit.clone(),
            step,
            low: low.div_euclid(step) * step,
            high: ((high + step - 1).div_euclid(step) * step).max(step),
        }
    }

    /// How far below the top a figure is, in tenths of pixels.
    pub(super) fn y(&self, figure: i128) -> i128 {
        let figure = figure.clamp(self.low, self.high);
        (self.high - figure) * HEIGHT / (self.high - self.low)
    }

    /// The figures of the steps, from the lowest to the highest, with where they are.
    pub(super) fn ticks(&self) -> Vec<(String, i128)> {
        let count = (self.high - self.low) / self.step;
        let tick = |number: i128| {
            let figure = self.low + number * self.step;
            (self.label(figure), self.y(figure))
        };
        (0..=count).map(tick).collect()
    }

    fn label(&self, figure: i128) -> String {
        match self.unit {
            Unit::Usd => dollars(figure, self.places()),
            Unit::Time => format_millis(figure),
            _ => short(figure),
        }
    }

    /// As many decimals as a step has.
    fn places(&self) -> u32 {
        let decimals = Unit::Usd.decimals();
        let is_whole = |places: &u32| self.step % 10_i128.pow(decimals - places) == 0;
        let found = (0..=decimals).find(is_whole).unwrap_or(decimals);
        // Cents are two, dollars none.
        if found == 1 { 2 } else { found }
    }
}

/// The round step with which a span has a few of them: 1, 2 or 5, times ten, and so on.
fn step(unit: &Unit, span: i128) -> i128 {
    let least = (span + STEPS - 1) / STEPS;
    let round = ROUND_TIMES.iter().find(|round| **round >= least);
    if let Some(round) = round.filter(|_| *unit == Unit::Time) {
        return *round;
    }
    // Beyond ten hours, hours count as other things do.
    let base = if *unit == Unit::Time { 3_600_000 } else { 1 };
    let mut power = base;
    while power * 10 < least {
        power *= 10;
    }
    let round = [power, power * 2, power * 5, power * 10];
    round
        .into_iter()
        .find(|r| *r >= least)
        .unwrap_or(power * 10)
}

/// `1500000` as `1.5M`.
fn short(figure: i128) -> String {
    let size = figure.unsigned_abs();
    let sign = if figure < 0 { "-" } else { "" };
    let of = |unit: u128, name: &str| {
        let (whole, tenth) = (size / unit, size % unit / (unit / 10));
        if tenth == 0 {
            format!("{sign}{whole}{name}")
        } else {
            format!("{sign}{whole}.{tenth}{name}")
        }
    };
    match size {
        0..1_000 => figure.to_string(),
        1_000..1_000_000 => of(1_000, "k"),
        1_000_000..1_000_000_000 => of(1_000_000, "M"),
        _ => of(1_000_000_000, "G"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(unit: &Unit, figures: &[i128]) -> Vec<String> {
        let scale = Scale::of(unit, figures.iter().copied());
        scale.ticks().into_iter().map(|(label, _)| label).collect()
    }

    #[test]
    fn steps_are_round() {
        let dollar = 100_000_000;
        let usd = |figures: &[i128]| labels(&Unit::Usd, figures);
        assert_eq!(usd(&[7 * dollar]), ["$0", "$2", "$4", "$6", "$8"]);
        assert_eq!(usd(&[dollar]), ["$0.00", "$0.50", "$1.00"]);
        assert_eq!(
            usd(&[3_100_000]),
            ["$0.00", "$0.01", "$0.02", "$0.03", "$0.04"]
        );
        assert_eq!(usd(&[]), ["$0.00000000", "$0.00000001"]);
        assert_eq!(usd(&[-2 * dollar, 3 * dollar]), ["-$2", "$0", "$2", "$4"]);
        let tokens = labels(&Unit::Tokens, &[5_600_000]);
        assert_eq!(tokens, ["0", "2M", "4M", "6M"]);
        let time = labels(&Unit::Time, &[5_400_000]);
        assert_eq!(time, ["0s", "30m", "1h", "1h30m"]);
    }

    #[test]
    fn all_of_the_range_fits() {
        let scale = Scale::of(&Unit::Usd, [i64::MIN, i64::MAX].map(i128::from).into_iter());
        assert!(scale.y(i64::MAX.into()) < scale.y(0));
        assert!(scale.y(0) < scale.y(i64::MIN.into()));
        assert!((0..=HEIGHT).contains(&scale.y(i64::MIN.into())));
    }
}
