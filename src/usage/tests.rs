//! The model of usage itself.

use super::*;

pub(in crate::usage) mod hostile;

#[test]
fn the_total_counts_every_token_once() {
    let tokens = Tokens {
        input: 1,
        cache_read: 20,
        cache_write_5m: 300,
        cache_write_1h: 4_000,
        output: 50_000,
        reasoning: 600,
        unspecified: 7_000_000,
    };
    assert_eq!(tokens.total(), Ok(7_054_321));
}

#[test]
fn sums_stay_within_the_ledger() {
    let max = i64::MAX.unsigned_abs();
    let full = Tokens {
        input: max,
        ..Tokens::default()
    };
    let one = Tokens {
        output: 1,
        ..Tokens::default()
    };
    assert_eq!(full.total(), Ok(max));
    assert_eq!(full.checked_add(&Tokens::default()), Ok(full));
    assert_eq!(full.checked_add(&one), Err(Overflow));
    assert_eq!(Tokens { output: 1, ..full }.total(), Err(Overflow));
    assert_eq!(
        Tokens {
            output: u64::MAX,
            ..full
        }
        .total(),
        Err(Overflow)
    );
}

#[test]
fn a_recognised_agent_has_a_meter_that_knows_of_resuming() {
    let args = |line: &str| -> Vec<std::ffi::OsString> {
        line.split(' ').map(std::ffi::OsString::from).collect()
    };
    let known = |args: &[std::ffi::OsString]| {
        let agent = recognise("claude".as_ref(), args).unwrap();
        let mut meter = agent.stdout_meter();
        meter.feed(include_bytes!("agents/claude_code/fixtures/success.json"));
        matches!(meter.finish(), Reading::Known(_))
    };
    assert!(known(&args("-p hi --output-format json")));
    assert!(!known(&args("-c -p hi --output-format json")));
}
