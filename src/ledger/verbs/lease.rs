//! The time a reservation holds: moved on by its caller, started anew by the run that owns it.
//! Neither is an entry, and no amount moves.

use std::time::Duration;

use super::Ledger;
use super::answer::{Keyed, Outcome};
use super::settle::HOT;
use crate::ledger::error::{Error, Result, Unusable};
use crate::ledger::id::{Id, IdRef};
use crate::ledger::reservation::{Reservation, State};

/// How long a renewal waits for others that write: a run's signals and deadlines wait as long.
const LONGEST_BEAT: Duration = Duration::from_millis(50);

impl Ledger {
    /// Moves the end of a lease on, counted from its present end.
    pub fn extend(
        &mut self,
        id: &IdRef,
        by_ms: Option<i64>,
        keyed: &Keyed<'_, Reservation>,
    ) -> Result<Outcome<Reservation>> {
        self.write(&HOT, |scene| {
            let full = scene.tx.resolve(id)?;
            let payload = format!("{by_ms:?}");
            scene.keyed(("extend", &full.to_string()), &payload, keyed, || {
                let mut found = scene.tx.find_reservation(id)?;
                expect_open(&found)?;
                if found.lease.is_over(&scene.now) {
                    return Err(Error::LeaseOver { id: found.id });
                }
                found.lease = found.lease.extended(by_ms.unwrap_or(found.lease.ttl_ms));
                scene.tx.update_lease(&found.id, &found.lease)?;
                Ok(Outcome::Done(found))
            })
        })
    }

    /// Starts the lease of a run's reservation anew, where the turn comes soon; else the next time
    /// will do. Not an entry.
    pub fn renew(&mut self, id: &Id) -> Result<()> {
        let usual = self.store.set_wait(LONGEST_BEAT);
        let renewed = self.write(&[], |scene| match scene.tx.reservation(id)? {
            Some(found) if found.state == State::Open => {
                scene.tx.update_lease(id, &found.lease.renewed(&scene.now))
            }
            _ => Ok(()),
        });
        self.store.set_wait(usual);
        match renewed {
            Err(Error::Unusable {
                reason: Unusable::Locked,
                ..
            }) => Ok(()),
            renewed => renewed,
        }
    }
}

fn expect_open(found: &Reservation) -> Result<()> {
    match found.state {
        State::Open => Ok(()),
        state => Err(Error::AlreadySettled {
            id: found.id,
            state,
        }),
    }
}
