//! A clock that a test moves and randomness that only counts, for a ledger in the test's own
//! process: a clock of each thread, as each test has one.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "every test binary uses another part of it"
)]

use std::cell::Cell;

use budget_ledger::ledger::Sources;
use budget_ledger::ledger::moment::Moment;
use budget_ledger::ledger::timestamp::Timestamp;

thread_local! {
    static STARTED_US: Cell<i64> = const { Cell::new(0) };
    static NOW_US: Cell<i64> = const { Cell::new(0) };
    static DRAWN: Cell<u64> = const { Cell::new(0) };
}

/// Begins at an instant, a second after the machine started.
pub(crate) fn begin(at_us: i64) -> Sources {
    STARTED_US.set(at_us);
    NOW_US.set(at_us);
    Sources { clock, random }
}

/// What the clock says, in microseconds.
pub(crate) fn now_us() -> i64 {
    NOW_US.get()
}

/// Sets it.
pub(crate) fn set_us(now_us: i64) {
    NOW_US.set(now_us);
}

/// What both clocks say.
pub(crate) fn clock() -> Moment {
    Moment {
        wall: Timestamp::from_micros(NOW_US.get()),
        boot_us: NOW_US.get() - STARTED_US.get() + 1_000_000,
        boot: 1,
    }
}

fn random() -> [u8; 10] {
    DRAWN.set(DRAWN.get() + 1);
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&DRAWN.get().to_be_bytes());
    bytes
}
