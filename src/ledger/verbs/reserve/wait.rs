//! Waiting for room: places in the order of arrival, each tied to a process that lives.

use std::time::Duration;

use super::super::Ledger;
use super::super::answer::{Keyed, Outcome};
use super::super::denial::Denial;
use super::{Admitted, Reserve};
use crate::ledger::duration::Pause;
use crate::ledger::error::{Error, Result, Unusable};
use crate::ledger::holding;
use crate::ledger::rules::lapse::Owner;
use crate::ledger::store::owner::{OwnerFile, probe};

/// How long a waiting process sleeps between two looks.
const POLL: Duration = Duration::from_millis(50);

/// How long to wait, and how.
pub struct Wait<'a> {
    /// How long at most.
    pub longest: Pause,
    /// Lets so much time pass. `false`: there is no point in waiting any longer.
    pub pass: &'a dyn Fn(Duration) -> bool,
}

/// A place among those who wait. It is worth nothing once its process is gone.
struct Place {
    ticket: i64,
    owner: OwnerFile,
}

impl Ledger {
    /// Reserves, and waits for room where there is none: in the order of arrival among those who
    /// wait for a common limit. What can never be admitted is not waited for.
    ///
    /// Without a wait it is a plain [`Ledger::reserve`].
    pub fn reserve_waiting(
        &mut self,
        request: &Reserve,
        keyed: &Keyed<'_, Admitted>,
        wait: &Wait<'_>,
    ) -> Result<Outcome<Admitted>> {
        let boot_us = |ledger: &Self| (ledger.sources.clock)().boot_us;
        let deadline = boot_us(self).saturating_add(wait.longest.micros());
        let mut denial = match self.reserve(request, keyed)? {
            Outcome::Denied(denial) => denial,
            outcome => return Ok(outcome),
        };
        if wait.longest.is_none() || denial.is_final() || self.waits_for_itself(request, &denial)? {
            return Ok(Outcome::Denied(denial));
        }
        let place = self.take_place(&denial)?;
        let outcome = loop {
            if boot_us(self) >= deadline || !(wait.pass)(POLL) {
                break Ok(Outcome::Denied(denial));
            }
            match self.try_in_turn(&place, request, keyed) {
                Ok(Try::NotYet(Some(latest))) => denial = latest,
                Ok(Try::NotYet(None)) => {}
                Ok(Try::Answered(outcome)) => break Ok(*outcome),
                Err(error) => break Err(error),
            }
        };
        // A place that stays behind is worth nothing once this process is gone; a reservation that
        // was made must not be lost over it.
        let _ = self.leave_place(place);
        outcome
    }

    /// Takes a place behind everybody who waits already.
    fn take_place(&mut self, denial: &Denial) -> Result<Place> {
        let path = self.path().to_owned();
        let id = self.new_id();
        let boot = (self.sources.clock)().boot;
        let owner = OwnerFile::create(&path, id, boot).map_err(|error| Error::Unusable {
            path: path.clone(),
            reason: Unusable::Io(error.to_string()),
        })?;
        let ticket = self.write(&[], |scene| {
            for (ticket, owner, _) in scene.tx.tickets_before(i64::MAX)? {
                if probe(&path, &owner, scene.now.boot) != Owner::Alive {
                    scene.tx.delete_ticket(ticket)?;
                    scene.done_with.borrow_mut().push(owner);
                }
            }
            scene.tx.insert_ticket(&id, &blocked_by(denial))
        })?;
        Ok(Place { ticket, owner })
    }

    /// Tries again, where it is the turn. Reads first, so that waiting costs others nothing; the
    /// write that a doubted holder needs is made all the same, because only it finds out that the
    /// holder is dead.
    fn try_in_turn(
        &mut self,
        place: &Place,
        request: &Reserve,
        keyed: &Keyed<'_, Admitted>,
    ) -> Result<Try> {
        let path = self.path().to_owned();
        let blocked = match self.check(request)? {
            Outcome::Denied(denial) if denial.is_final() => {
                return Ok(Try::Answered(Box::new(Outcome::Denied(denial))));
            }
            Outcome::Denied(denial) => Some(blocked_by(&denial)),
            Outcome::Done(_) | Outcome::Replayed(_) => None,
        };
        let is_turn = self.read(|scene| {
            let before = scene.tx.tickets_before(place.ticket)?;
            let own = blocked.clone().unwrap_or_default();
            let mut ahead = before
                .iter()
                .filter(|(_, _, limits)| blocked.is_none() || shares_a_limit(&own, limits));
            Ok(!ahead.any(|(_, owner, _)| probe(&path, owner, scene.now.boot) == Owner::Alive))
        })?;
        if !is_turn || (blocked.is_some() && !self.has_dead_holders(request)?) {
            return Ok(Try::NotYet(None));
        }
        Ok(match self.reserve(request, keyed)? {
            Outcome::Denied(denial) if !denial.is_final() => Try::NotYet(Some(denial)),
            outcome => Try::Answered(Box::new(outcome)),
        })
    }

    /// Gives the place up.
    fn leave_place(&mut self, place: Place) -> Result<()> {
        let Place { ticket, owner } = place;
        owner.remove();
        self.write(&[], |scene| scene.tx.delete_ticket(ticket))
    }

    /// Whether a dead process still holds something that is in the way.
    fn has_dead_holders(&self, request: &Reserve) -> Result<bool> {
        self.read(|scene| {
            let decision = scene.decide(request)?;
            let Err(denial) = decision.answer else {
                return Ok(true);
            };
            for failed in &denial.failed {
                for id in scene.tx.owned_holders(failed.position.limit, 100)? {
                    let Some(found) = scene.reservation(&id)? else {
                        continue;
                    };
                    if matches!(scene.owner_of(&found), Owner::Dead { .. }) {
                        return Ok(true);
                    }
                }
            }
            Ok(false)
        })
    }

    /// Whether everything that stands in the way is held by the run's own ancestors, so that
    /// waiting inside of it would wait for itself.
    fn waits_for_itself(&self, request: &Reserve, denial: &Denial) -> Result<bool> {
        self.read(|scene| {
            let lenders = scene.lenders(request.parent)?;
            let lent = scene.lent(&lenders)?;
            let mut all = !denial.failed.is_empty() && !lenders.is_empty();
            for failed in &denial.failed {
                let own = lent
                    .get(&failed.position.limit)
                    .map_or(&[][..], Vec::as_slice);
                let reserved = failed.position.figures.reserved;
                all &= failed.position.bounds.end.is_none() && holding::held(own)? == reserved;
            }
            Ok(all)
        })
    }
}

/// The answer to another try.
enum Try {
    /// It is not the turn, or there is still no room.
    NotYet(Option<Box<Denial>>),
    /// It is over.
    Answered(Box<Outcome<Admitted>>),
}

/// The limits in the way, as stored with a place.
fn blocked_by(denial: &Denial) -> String {
    let limits = denial
        .failed
        .iter()
        .map(|failed| failed.position.limit.0.to_string());
    limits.collect::<Vec<_>>().join(" ")
}

fn shares_a_limit(left: &str, right: &str) -> bool {
    left.split(' ')
        .any(|limit| !limit.is_empty() && right.split(' ').any(|other| other == limit))
}
