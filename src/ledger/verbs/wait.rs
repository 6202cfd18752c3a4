//! Waiting for room: places in the order of arrival, each tied to a process that lives.

use super::Ledger;
use super::answer::{Keyed, Outcome};
use super::reserve::{Admitted, Denial, Reserve};
use crate::ledger::error::{Error, Result, Unusable};
use crate::ledger::holding;
use crate::ledger::rules::lapse::Owner;
use crate::ledger::store::owner::{OwnerFile, probe};

/// A place among those who wait. It is worth nothing once its process is gone.
pub struct Place {
    ticket: i64,
    owner: OwnerFile,
}

impl Ledger {
    /// Takes a place behind everybody who waits already.
    pub fn take_place(&mut self, denial: &Denial) -> Result<Place> {
        let path = self.path().to_owned();
        let id = self.new_id();
        let owner = OwnerFile::create(&path, id).map_err(|error| Error::Unusable {
            path: path.clone(),
            reason: Unusable::Io(error.to_string()),
        })?;
        let ticket = self.write(&[], |scene| {
            for (ticket, owner, _) in scene.tx.tickets_before(i64::MAX)? {
                if probe(&path, &owner) != Owner::Alive {
                    scene.tx.delete_ticket(ticket)?;
                }
            }
            scene.tx.insert_ticket(&id, &blocked_by(denial))
        })?;
        Ok(Place { ticket, owner })
    }

    /// Tries again, once it is the turn. `None` where it is not, or where there is still no room.
    pub fn try_in_turn(
        &mut self,
        place: &Place,
        request: &Reserve,
        keyed: &Keyed<'_, Admitted>,
    ) -> Result<Option<Outcome<Admitted>>> {
        let path = self.path().to_owned();
        let blocked = match self.check(request)? {
            Outcome::Denied(denial) if denial.is_final() => {
                return Ok(Some(Outcome::Denied(denial)));
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
            Ok(!ahead.any(|(_, owner, _)| probe(&path, owner) == Owner::Alive))
        })?;
        // A denied check goes through the write all the same once in a while: only a write
        // finds out that the holder of the room is dead.
        if !is_turn {
            return Ok(None);
        }
        match self.reserve(request, keyed)? {
            Outcome::Denied(denial) if !denial.is_final() => Ok(None),
            outcome => Ok(Some(outcome)),
        }
    }

    /// Gives the place up.
    pub fn leave_place(&mut self, place: Place) -> Result<()> {
        let Place { ticket, owner } = place;
        owner.remove();
        self.write(&[], |scene| scene.tx.delete_ticket(ticket))
    }

    /// Whether everything that stands in the way is held by the run's own ancestors, so that
    /// waiting inside of it would wait for itself.
    pub fn waits_for_itself(&self, request: &Reserve, denial: &Denial) -> Result<bool> {
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
