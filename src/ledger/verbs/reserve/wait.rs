//! Waiting for room: places in the order of arrival, each tied to a process that lives.

use std::path::Path;
use std::time::Duration;

use super::super::Ledger;
use super::super::answer::{Keyed, Outcome};
use super::super::denial::Denial;
use super::decision::Decision;
use super::{Admitted, Reserve};
use crate::ledger::duration::Pause;
use crate::ledger::error::{Error, Result, Unusable};
use crate::ledger::holding;
use crate::ledger::id::Id;
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
    /// The limits it waits for, as stored with it.
    limits: String,
}

impl Ledger {
    /// Reserves, and waits for room where there is none: in the order of arrival among those who
    /// wait for a common limit. What can never be admitted is not waited for.
    ///
    /// Without a wait it is a plain [`Ledger::reserve`]; so is the last try of a wait that was over
    /// before its turn came.
    pub fn reserve_waiting(
        &mut self,
        request: &Reserve,
        keyed: &Keyed<'_, Admitted>,
        wait: &Wait<'_>,
    ) -> Result<Outcome<Admitted>> {
        if wait.longest.is_none() {
            return self.reserve(request, keyed);
        }
        let answer = self.wait_for_room(request, keyed, wait);
        self.forget_denials();
        self.notice_answer(answer)
    }

    fn wait_for_room(
        &mut self,
        request: &Reserve,
        keyed: &Keyed<'_, Admitted>,
        wait: &Wait<'_>,
    ) -> Result<Outcome<Admitted>> {
        let boot_us = |ledger: &Self| (ledger.sources.clock)().boot_us;
        let deadline = boot_us(self).saturating_add(wait.longest.micros());
        let (limits, mut denial) = match self.behind_others(request, keyed)? {
            Some(limits) => (limits, None),
            None => match self.reserve(request, keyed)? {
                Outcome::Denied(denial)
                    if !denial.is_final() && !self.waits_for_itself(request, &denial)? =>
                {
                    (blocked_by(&denial), Some(denial))
                }
                outcome => return Ok(outcome),
            },
        };
        let mut place = self.take_place(limits)?;
        let outcome = loop {
            let is_over = boot_us(self) >= deadline;
            if is_over || !(wait.pass)(POLL) {
                break match denial {
                    Some(denial) => Ok(Outcome::Denied(denial)),
                    None if is_over => self.reserve(request, keyed),
                    None => self.interrupted(request),
                };
            }
            match self.try_in_turn(&mut place, request, keyed) {
                Ok(Try::NotYet(Some(latest))) => denial = Some(latest),
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

    /// The limits of which a request would take what somebody waits for who came before; `None`
    /// where it may be tried at once.
    fn behind_others(
        &self,
        request: &Reserve,
        keyed: &Keyed<'_, Admitted>,
    ) -> Result<Option<String>> {
        let path = self.path();
        self.read(|scene| {
            let waiting = scene.tx.tickets_before(i64::MAX)?;
            if waiting.is_empty() {
                return Ok(None);
            }
            let target = request.names.to_string();
            let slot = (request.verb(), target.as_str());
            let is_new = keyed.key.is_none_or(|key| {
                let replayed = scene.replayed(slot, &request.payload(), key);
                matches!(replayed, Ok(None))
            });
            // What is wrong with the request, the reservation itself will say.
            let Ok(decision) = scene.would_decide(request) else {
                return Ok(None);
            };
            let limits = contested(&waiting, &wanted(&decision), path, scene.now.boot);
            let waits = is_new && decision.answer.is_ok() && !limits.is_empty();
            Ok(waits.then_some(limits))
        })
    }

    /// The answer to a wait that was cut short before its turn came.
    fn interrupted(&self, request: &Reserve) -> Result<Outcome<Admitted>> {
        self.read(|scene| {
            let denial = scene.denial(request, Vec::new(), None);
            Ok(Outcome::Denied(Box::new(denial)))
        })
    }

    /// Takes a place behind everybody who waits already.
    fn take_place(&mut self, limits: String) -> Result<Place> {
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
            scene.tx.insert_ticket(&id, &limits)
        })?;
        Ok(Place {
            ticket,
            owner,
            limits,
        })
    }

    /// Tries again, where it is the turn. Reads first, so that waiting costs others nothing; what
    /// the dead hold is seen as given back, and the write then takes it from them.
    fn try_in_turn(
        &mut self,
        place: &mut Place,
        request: &Reserve,
        keyed: &Keyed<'_, Admitted>,
    ) -> Result<Try> {
        let path = self.path();
        let (decision, is_behind) = self.read(|scene| {
            let decision = scene.would_decide(request)?;
            let before = scene.tx.tickets_before(place.ticket)?;
            let limits = contested(&before, &wanted(&decision), path, scene.now.boot);
            Ok((decision, !limits.is_empty()))
        })?;
        match decision.answer {
            Err(denial) if denial.is_final() => {
                return Ok(Try::Answered(Box::new(Outcome::Denied(denial))));
            }
            Err(denial) => {
                self.wait_for(place, blocked_by(&denial));
                return Ok(Try::NotYet(None));
            }
            Ok(_) if is_behind => return Ok(Try::NotYet(None)),
            Ok(_) => {}
        }
        Ok(match self.reserve(request, keyed)? {
            Outcome::Denied(denial) if !denial.is_final() => Try::NotYet(Some(denial)),
            outcome => Try::Answered(Box::new(outcome)),
        })
    }

    /// Notes what a place waits for, where that has changed; at the next look where it cannot now.
    fn wait_for(&mut self, place: &mut Place, limits: String) {
        let ticket = place.ticket;
        if place.limits != limits
            && self
                .write(&[], |scene| scene.tx.update_ticket(ticket, &limits))
                .is_ok()
        {
            place.limits = limits;
        }
    }

    /// Gives the place up.
    fn leave_place(&mut self, place: Place) -> Result<()> {
        let Place { ticket, owner, .. } = place;
        owner.remove();
        self.write(&[], |scene| scene.tx.delete_ticket(ticket))
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

/// The limits that a decision is about: those in the way, else those it takes something of. What
/// is made inside a run takes nothing from anybody else: whoever waits, waits for the run, too.
fn wanted(decision: &Decision) -> String {
    let grants = match &decision.answer {
        Ok(grants) => grants,
        Err(denial) => return blocked_by(denial),
    };
    let taken = grants.iter().filter(|grant| !grant.own.is_zero());
    let candidates = taken.filter_map(|grant| decision.candidates.get(grant.candidate));
    let limits = candidates
        .filter(|candidate| !candidate.is_lent)
        .map(|candidate| candidate.position.limit.0.to_string());
    limits.collect::<Vec<_>>().join(" ")
}

/// Those of the limits that somebody waits for at one of these places; empty where nobody does
/// whose process lives.
fn contested(places: &[(i64, Id, String)], limits: &str, ledger: &Path, boot: i64) -> String {
    let ahead = places
        .iter()
        .filter(|(_, _, theirs)| limits.split(' ').any(|limit| names(theirs, limit)))
        .filter(|(_, owner, _)| probe(ledger, owner, boot) == Owner::Alive);
    let ahead: Vec<_> = ahead.map(|(_, _, theirs)| theirs).collect();
    let is_ahead = |limit: &&str| ahead.iter().any(|theirs| names(theirs, limit));
    let contested = limits.split(' ').filter(is_ahead);
    contested.collect::<Vec<_>>().join(" ")
}

/// Whether a stored list of limits names one.
fn names(list: &str, limit: &str) -> bool {
    !limit.is_empty() && list.split(' ').any(|other| other == limit)
}
