//! The two times of a run: active time, which rests while we are stopped or the machine sleeps,
//! and wall time, which does not. Reads the clocks; decides nothing.

use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

/// Started once, at the spawn.
#[derive(Debug)]
pub(super) struct Clock {
    began: Instant,
    /// The boot clock at the start.
    booted: Duration,
    paused: Duration,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self {
            began: Instant::now(),
            booted: boot_clock(),
            paused: Duration::ZERO,
        }
    }

    /// Leaves the time since `since` out of the active time.
    pub(super) fn pause_since(&mut self, since: Instant) {
        self.paused = self.paused.saturating_add(since.elapsed());
    }

    pub(super) fn active(&self) -> Duration {
        self.began.elapsed().saturating_sub(self.paused)
    }

    pub(super) fn elapsed(&self) -> Duration {
        boot_clock().saturating_sub(self.booted)
    }
}

/// Time since boot with sleep included; the plain monotonic clock leaves sleep out.
fn boot_clock() -> Duration {
    clock_gettime(ClockId::CLOCK_BOOTTIME).map_or(Duration::ZERO, Duration::from)
}
