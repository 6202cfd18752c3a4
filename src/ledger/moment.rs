//! One reading of the clocks. A transaction reads them once and decides everything by it.

use super::timestamp::Timestamp;

/// What the clocks said. Deadlines are compared on the boot clock within one boot; the wall
/// clock is for people and for windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock.
    pub wall: Timestamp,
    /// Microseconds since boot, suspend included.
    pub boot_us: i64,
    /// Which boot, in which time namespace: readings of different ones do not compare.
    pub boot: i64,
}

/// The farthest the wall clock may drift from the boot clock before it is not believed.
pub const TOLERATED_JUMP_US: i64 = 3_600_000_000;

impl Moment {
    /// How far the wall clock jumped since an earlier reading of the same boot, in microseconds;
    /// `None` across boots, where it cannot be told.
    pub fn jump_since(&self, earlier: &Self) -> Option<i64> {
        if self.boot != earlier.boot {
            return None;
        }
        let wall = self
            .wall
            .as_micros()
            .saturating_sub(earlier.wall.as_micros());
        Some(wall.saturating_sub(self.boot_us.saturating_sub(earlier.boot_us)))
    }

    /// Whether the wall clock may open new windows, going by the reading of the latest write.
    pub fn is_believable_after(&self, latest: &Self) -> bool {
        self.jump_since(latest)
            .is_none_or(|jump| jump.abs() <= TOLERATED_JUMP_US)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t1_a_jump_of_over_an_hour_is_not_believed() {
        let at = |wall, boot_us| Moment {
            wall: Timestamp::from_micros(wall),
            boot_us,
            boot: 1,
        };
        let latest = at(0, 0);
        assert!(at(10_000_000, 10_000_000).is_believable_after(&latest));
        assert!(at(TOLERATED_JUMP_US, 0).is_believable_after(&latest));
        assert!(!at(TOLERATED_JUMP_US + 1, 0).is_believable_after(&latest));
        assert!(!at(-TOLERATED_JUMP_US - 1, 0).is_believable_after(&latest));
        let other_boot = Moment {
            boot: 2,
            ..at(i64::MAX, 0)
        };
        assert!(other_boot.is_believable_after(&latest));
    }
}
