//! What becomes of a reservation nobody has settled: when its lease runs out, and by which clock.

use crate::ledger::moment::Moment;
use crate::ledger::policy::OnUnknown;
use crate::ledger::timestamp::Timestamp;

/// The lease of an open reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// When it runs out, on the wall clock; for people, and to re-anchor after a reboot.
    pub expires: Timestamp,
    /// When it runs out, on the boot clock.
    pub expires_boot_us: i64,
    /// Which boot that is.
    pub boot: i64,
    /// Its length, in milliseconds.
    pub ttl_ms: i64,
    /// How long after it a settlement is still in time, in milliseconds.
    pub grace_ms: i64,
}

/// What the owner's lock file says of the process that made a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The reservation names none: only its lease counts.
    None,
    /// The lock is held: the process lives, however late it is.
    Alive,
    /// The lock is free; whether the command had been started when its wrapper died.
    Dead {
        /// The `started` byte; also where it is of an earlier boot and may be an older state.
        started: bool,
    },
    /// There is no file any more: nothing is known, so its lease counts.
    Lost,
}

/// What becomes of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It stays open.
    Open,
    /// It stays open with a new lease, because its owner lives.
    Renew,
    /// Nobody knows what it cost: what was reserved is charged.
    ChargeUnknown,
    /// Nothing was started, or the budget chose so: everything goes back.
    Release,
}

impl Lease {
    /// A lease of `ttl_ms` from now.
    pub fn starting(now: &Moment, ttl_ms: i64, grace_ms: i64) -> Self {
        let ttl_us = ttl_ms.saturating_mul(1_000);
        Self {
            expires: Timestamp::from_micros(now.wall.as_micros().saturating_add(ttl_us)),
            expires_boot_us: now.boot_us.saturating_add(ttl_us),
            boot: now.boot,
            ttl_ms,
            grace_ms,
        }
    }

    /// The lease anew from now, as long as it was.
    #[must_use]
    pub fn renewed(&self, now: &Moment) -> Self {
        Self::starting(now, self.ttl_ms, self.grace_ms)
    }

    /// The lease with its end moved on, counted from its present end.
    #[must_use]
    pub fn extended(&self, by_ms: i64) -> Self {
        let by_us = by_ms.saturating_mul(1_000);
        Self {
            expires: Timestamp::from_micros(self.expires.as_micros().saturating_add(by_us)),
            expires_boot_us: self.expires_boot_us.saturating_add(by_us),
            ..*self
        }
    }

    /// The lease in terms of this boot's clock. Across a reboot what is left is taken from the
    /// wall clock once, and is never more than the lease was.
    #[must_use]
    pub fn anchored(&self, now: &Moment) -> Self {
        if self.boot == now.boot {
            return *self;
        }
        let ttl_us = self.ttl_ms.saturating_mul(1_000);
        let left = self
            .expires
            .as_micros()
            .saturating_sub(now.wall.as_micros())
            .clamp(0, ttl_us);
        Self {
            expires_boot_us: now.boot_us.saturating_add(left),
            boot: now.boot,
            ..*self
        }
    }

    /// Whether the lease itself, without the grace, is over. Its last microsecond belongs to it.
    pub fn is_over(&self, now: &Moment) -> bool {
        now.boot_us > self.anchored(now).expires_boot_us
    }

    /// Whether a commit or a release comes too late.
    pub fn is_past_grace(&self, now: &Moment) -> bool {
        let grace_us = self.grace_ms.saturating_mul(1_000);
        now.boot_us > self.anchored(now).expires_boot_us.saturating_add(grace_us)
    }
}

/// Decides about a reservation that is still open. `doubted` says that somebody else is about to
/// be denied because of it, so that a dead owner is not given the rest of its lease.
pub fn fate(
    lease: &Lease,
    owner: Owner,
    on_unknown: OnUnknown,
    doubted: bool,
    now: &Moment,
) -> Fate {
    let unknown = match on_unknown {
        OnUnknown::Charge => Fate::ChargeUnknown,
        OnUnknown::Release => Fate::Release,
    };
    match owner {
        Owner::Alive if lease.is_over(now) => Fate::Renew,
        Owner::Dead { started: false } if doubted || lease.is_over(now) => Fate::Release,
        Owner::Dead { started: true } if doubted || lease.is_over(now) => unknown,
        Owner::None | Owner::Lost if lease.is_past_grace(now) => unknown,
        Owner::None | Owner::Lost | Owner::Alive | Owner::Dead { .. } => Fate::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOT: i64 = 7;

    fn at(seconds: i64) -> Moment {
        Moment {
            wall: Timestamp::from_micros(seconds * 1_000_000),
            boot_us: seconds * 1_000_000,
            boot: BOOT,
        }
    }

    #[test]
    fn t2_the_edges_of_lease_and_grace() {
        let lease = Lease::starting(&at(0), 60_000, 5_000);
        let just_after = |seconds| Moment {
            boot_us: at(seconds).boot_us + 1,
            ..at(seconds)
        };
        assert!(!lease.is_over(&at(60)));
        assert!(lease.is_over(&just_after(60)));
        assert!(!lease.is_past_grace(&at(65)));
        assert!(lease.is_past_grace(&just_after(65)));
    }

    #[test]
    fn a_reboot_re_anchors_once_and_never_lengthens() {
        let lease = Lease::starting(&at(1_000), 60_000, 0);
        for (wall, left) in [(1_030, 30), (0, 60), (5_000, 0)] {
            let rebooted = Moment {
                boot: BOOT + 1,
                boot_us: 3_000_000,
                ..at(wall)
            };
            assert_eq!(
                lease.anchored(&rebooted).expires_boot_us,
                3_000_000 + left * 1_000_000
            );
        }
    }

    #[test]
    fn owners_decide_before_leases() {
        let lease = Lease::starting(&at(0), 60_000, 5_000);
        let charge = OnUnknown::Charge;
        let dead = Owner::Dead { started: true };
        for (owner, doubted, now, expected) in [
            (Owner::Alive, true, at(1), Fate::Open),
            (Owner::Alive, true, at(1_000), Fate::Renew),
            (dead, false, at(1), Fate::Open),
            (dead, true, at(1), Fate::ChargeUnknown),
            (dead, false, at(61), Fate::ChargeUnknown),
            (Owner::Dead { started: false }, true, at(1), Fate::Release),
            (Owner::None, true, at(64), Fate::Open),
            (Owner::None, false, at(66), Fate::ChargeUnknown),
            (Owner::Lost, true, at(1), Fate::Open),
        ] {
            assert_eq!(
                fate(&lease, owner, charge, doubted, &now),
                expected,
                "{owner:?} {doubted}"
            );
        }
        assert_eq!(
            fate(&lease, dead, OnUnknown::Release, true, &at(1)),
            Fate::Release
        );
    }
}
