//! Generated cases from a fixed seed, so that a failure belongs to the change that is looked at.
//! The variables that proptest documents search further: `PROPTEST_CASES`, `PROPTEST_RNG_SEED`.

use std::fmt::Debug;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// Checks so many generated values, and says how to see a failure again.
#[expect(
    clippy::disallowed_methods,
    reason = "switches for whoever runs the tests"
)]
#[track_caller]
pub(crate) fn search<S: Strategy>(cases: u32, values: S, check: impl Fn(&S::Value))
where
    S::Value: Debug,
{
    let mut config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(7);
    }
    let again = match config.rng_seed {
        RngSeed::Fixed(seed) => format!("PROPTEST_CASES={} PROPTEST_RNG_SEED={seed}", config.cases),
        RngSeed::Random => String::new(),
    };
    let outcome = TestRunner::new(config).run(&values, |value| {
        check(&value);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}\nagain with {again}");
    }
}
