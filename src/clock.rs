//! Where time and randomness enter. Everything else gets them as values.

use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;
use std::time::SystemTime;

use nix::time::{ClockId, clock_gettime};

use crate::ledger::Sources;
use crate::ledger::moment::Moment;
use crate::ledger::timestamp::Timestamp;

/// The system's clocks and random bytes.
pub fn sources() -> Sources {
    Sources { clock: now, random }
}

/// One reading of the clocks.
fn now() -> Moment {
    #[cfg(feature = "test-hooks")]
    if let Some(moment) = fixed() {
        return moment;
    }
    Moment {
        wall: wall(),
        boot_us: boot_us(),
        boot: boot(),
    }
}

#[expect(clippy::disallowed_methods, reason = "the one door to the wall clock")]
fn wall() -> Timestamp {
    Timestamp::from_system(SystemTime::now())
}

/// Microseconds since boot, suspend included.
fn boot_us() -> i64 {
    let clock = ClockId::CLOCK_BOOTTIME;
    clock_gettime(clock).map_or(0, |t| {
        t.tv_sec().saturating_mul(1_000_000) + t.tv_nsec() / 1_000
    })
}

/// Tells boots and time namespaces apart: the kernel keeps its boot id in a container that has a
/// boot clock of its own. Neither changes while a process lives.
fn boot() -> i64 {
    static BOOT: OnceLock<i64> = OnceLock::new();
    *BOOT.get_or_init(read_boot)
}

fn read_boot() -> i64 {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = std::fs::metadata("/proc/self/ns/time").map_or(0, |found| found.ino());
    boot_number(&text, namespace)
}

/// The id is random in all its digits, so that folding it, and telling the few namespaces of a
/// boot apart in it, makes no two alike.
fn boot_number(id: &str, namespace: u64) -> i64 {
    let digits = id.chars().filter_map(|c| c.to_digit(16));
    let folded = digits.fold(0_u64, |sum, digit| sum.rotate_left(4) ^ u64::from(digit));
    (folded ^ namespace.rotate_left(32)).cast_signed()
}

fn random() -> [u8; 10] {
    let mut bytes = [0; 10];
    // Without a random source ids are still unique by time and process; a clash is refused by the
    // ledger, never merged.
    if getrandom::fill(&mut bytes).is_err() {
        let process = std::process::id().to_le_bytes();
        let ticks = boot_us().to_le_bytes();
        bytes
            .iter_mut()
            .zip(process.iter().chain(&ticks))
            .for_each(|(to, from)| *to = *from);
    }
    bytes
}

/// The clock that a test fixed: a file with wall and boot microseconds and a boot number.
#[cfg(feature = "test-hooks")]
fn fixed() -> Option<Moment> {
    let path = crate::env::var("BUDGET_TEST_CLOCK")?;
    let text = std::fs::read_to_string(path).ok()?;
    let mut numbers = text.split_whitespace().map(str::parse);
    let mut next = || numbers.next()?.ok();
    let wall = Timestamp::from_micros(next()?);
    Some(Moment {
        wall,
        boot_us: next()?,
        boot: next()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boots_and_namespaces_have_numbers_of_their_own() {
        let id = "12906e7a-72a8-4509-9d0e-69fa8f9a21b1\n";
        let other = "12906e7a-72a8-4509-9d0e-69fa8f9a21b2\n";
        assert_eq!(
            boot_number(id, 4_026_531_834),
            boot_number(id, 4_026_531_834)
        );
        assert_ne!(
            boot_number(id, 4_026_531_834),
            boot_number(other, 4_026_531_834)
        );
        assert_ne!(
            boot_number(id, 4_026_531_834),
            boot_number(id, 4_026_532_000)
        );
    }
}
