//! Whole processes, one at a time, in random order, and what their times come to.

use std::time::{Duration, Instant};

use std::process::{Command, Stdio};

use crate::Result;

/// Times of one contender, round by round.
#[derive(Default, Clone)]
pub(crate) struct Times(pub(crate) Vec<Duration>);

/// Runs a process to its end: how long it took from its start to its end, and what it printed.
pub(crate) fn timed(command: &mut Command) -> Result<(Duration, String)> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let start = Instant::now();
    let done = command.spawn()?.wait_with_output()?;
    let took = start.elapsed();
    // A denial is an answer like another; anything else that fails would only look fast.
    if !done.status.success() && done.status.code() != Some(75) {
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        return Err(format!("{command:?}: {}: {said}", done.status).into());
    }
    Ok((
        took,
        String::from_utf8_lossy(&done.stdout).trim_end().to_owned(),
    ))
}

impl Times {
    /// The least time that so many of a hundred do not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let last = sorted.len().saturating_sub(1);
        sorted
            .get(last * percent / 100)
            .copied()
            .unwrap_or_default()
    }

    /// The ratio of the medians, and the middle half of the ratios round by round.
    pub(crate) fn ratio(&self, to: &Self) -> Ratio {
        let mut pairs: Vec<f64> = self
            .0
            .iter()
            .zip(&to.0)
            .map(|(own, other)| own.as_secs_f64() / other.as_secs_f64())
            .collect();
        pairs.sort_unstable_by(f64::total_cmp);
        let at = |part: usize| {
            pairs
                .get(pairs.len() * part / 4)
                .copied()
                .unwrap_or(f64::NAN)
        };
        let percentile =
            |percent| self.percentile(percent).as_secs_f64() / to.percentile(percent).as_secs_f64();
        Ratio {
            middle: percentile(50),
            fast: percentile(10),
            low: at(1),
            high: at(3),
        }
    }
}

/// How two contenders compare.
#[derive(Clone, Copy)]
pub(crate) struct Ratio {
    /// The ratio of the medians.
    pub(crate) middle: f64,
    fast: f64,
    low: f64,
    high: f64,
}

impl Ratio {
    /// The spread: the middle half of the ratios round by round; then the ratio of the fastest
    /// tenths, which a busy machine disturbs less.
    pub(crate) fn spread(&self) -> String {
        format!("{:.2}–{:.2} ({:.2})", self.low, self.high, self.fast)
    }
}

/// A small source of random order and random bytes; seeded by the caller.
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice that fall another way each time.
    pub(crate) fn new() -> Result<Self> {
        let mut seed = [0; 8];
        getrandom::fill(&mut seed).map_err(|error| error.to_string())?;
        Ok(Self(u64::from_le_bytes(seed) | 1))
    }

    /// 64 random bits (xorshift64*).
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// The numbers below `count` in random order.
    pub(crate) fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<(u64, usize)> = (0..count).map(|n| (self.roll(), n)).collect();
        order.sort_unstable();
        order.into_iter().map(|(_, n)| n).collect()
    }
}
