//! Reserving: all of it on every limit of the path, or nothing. Here are the request and the
//! verb; what the rules say to it is in `decision`, storing what they grant in `booking`, and
//! `wait` tries again until there is room.

mod booking;
mod ceilings;
mod decision;
mod wait;

pub use ceilings::{Ceilings, Defaults, Lowered};
pub use wait::Wait;

use super::Ledger;
use super::answer::{Keyed, Outcome, sorted};
use super::run::StartedRun;
use super::scene::Scene;
use crate::ledger::amount::{Ask, Quantity};
use crate::ledger::budget::Standing;
use crate::ledger::calendar::Zone;
use crate::ledger::error::{Error, Result};
use crate::ledger::id::Id;
use crate::ledger::limit::LimitSpec;
use crate::ledger::name::Names;
use crate::ledger::policy::{Caps, OnUnknown, Overage};
use crate::ledger::reservation::Reservation;
use crate::ledger::store::Tx;
use crate::ledger::unit::Unit;
use decision::Decision;

/// A request for a reservation, with every default filled in.
#[derive(Debug, Clone)]
pub struct Reserve {
    /// The budgets named.
    pub names: Names,
    /// What is asked; one ask a unit. May be empty where only calls, slots or time are limited.
    pub asks: Vec<Ask>,
    /// How much of what must be available at least, though less may be asked.
    pub least: Vec<Quantity>,
    /// What was typed in the place of asks that were estimated.
    pub estimated: Option<String>,
    /// The length of the lease, 1 s to 24 h, in milliseconds.
    pub ttl_ms: i64,
    /// How long after it a settlement is still in time, at most 60 s, in milliseconds.
    pub grace_ms: i64,
    /// The reservation's own overage policy.
    pub overage: Option<Overage>,
    /// What is to happen where nobody knows what was spent.
    pub on_unknown: Option<OnUnknown>,
    /// Tags and action, as canonical JSON text; may be empty.
    pub detail: String,
    /// The run's reservation it is made inside of.
    pub parent: Option<Id>,
    /// The run that makes it, or that it is made inside of.
    pub session: Option<Id>,
    /// A wrapped run that this is the reservation of.
    pub run: Option<StartedRun>,
    /// What a run is to do, in text that differs where it does. Only a digest of it is kept.
    pub command: String,
    /// Limits that the budget must have; it is made with them where it is not there.
    pub limits: Vec<LimitSpec>,
    /// Limits that it keeps to beside the ledger's own; never a part of what a key stands for.
    pub ceilings: Option<Ceilings>,
    /// What a run reserves that says nothing.
    pub defaults: Defaults,
    /// The zone of a budget made here.
    pub zone: Zone,
    /// Only say what would happen.
    pub dry_run: bool,
}

/// A reservation that was admitted, or would be.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// The reservation.
    pub reservation: Reservation,
    /// The budgets it counts against, as they stand after it.
    pub standings: Vec<Standing>,
    /// What the named budgets tell children to keep to.
    pub caps: Caps,
}

impl Reserve {
    /// A request on the usual terms, outside of any run.
    pub fn of(names: Names, asks: Vec<Ask>) -> Self {
        Self {
            names,
            asks,
            least: Vec::new(),
            estimated: None,
            ttl_ms: 60_000,
            grace_ms: 5_000,
            overage: None,
            on_unknown: None,
            detail: String::new(),
            parent: None,
            session: None,
            run: None,
            command: String::new(),
            limits: Vec::new(),
            ceilings: None,
            defaults: Defaults::default(),
            zone: Zone::utc(),
            dry_run: false,
        }
    }

    /// Those of the budgets that it names.
    fn named<'a>(&self, standings: &'a [Standing]) -> impl Iterator<Item = &'a Standing> {
        let is_named = |s: &&Standing| self.names.iter().any(|name| *name == s.budget.name);
        standings.iter().filter(is_named)
    }

    /// The verb that a key is scoped to.
    fn verb(&self) -> &'static str {
        if self.run.is_some() {
            "exec"
        } else {
            "reserve"
        }
    }

    /// The request in canonical text: everything that makes it another request.
    fn payload(&self) -> String {
        let (asks, limits) = (sorted(&self.asks), sorted(&self.limits));
        // An estimate is another one once there was another run; the request is the same.
        let asks = self.estimated.clone().unwrap_or_else(|| asks.join(" "));
        let least = match sorted(&self.least) {
            least if least.is_empty() => String::new(),
            least => format!("\n{}", least.join(" ")),
        };
        format!(
            "{}\n{}\n{} {}\n{:?}\n{:?}\n{}\n{:?}\n{}\n{}\n{}{least}",
            self.names,
            asks,
            self.ttl_ms,
            self.grace_ms,
            self.overage.as_ref().map(ToString::to_string),
            self.on_unknown.map(|o| o.to_string()),
            self.detail,
            self.run.as_ref().map(|run| (&run.program, run.max_time_ms)),
            self.command,
            limits.join(" "),
            self.dry_run,
        )
    }
}

/// The statements of a reservation, prepared before the lock is taken.
const HOT: [&str; 10] = [
    Tx::HEAD,
    Tx::STAMP,
    Tx::DUE,
    Tx::STANDING,
    Tx::INSERT_RESERVATION,
    Tx::INSERT_STAKE,
    Tx::INSERT_HOLDING,
    Tx::INSERT_ENTRY,
    Tx::INSERT_POSTING,
    Tx::MOVE_WINDOW,
];

impl Ledger {
    /// Reserves, or says why not.
    pub fn reserve(
        &mut self,
        request: &Reserve,
        keyed: &Keyed<'_, Admitted>,
    ) -> Result<Outcome<Admitted>> {
        check(request)?;
        let target = request.names.to_string();
        let slot = (request.verb(), target.as_str());
        if request.dry_run {
            return self.read(|scene| {
                let replayed = keyed
                    .key
                    .map(|key| scene.replayed(slot, &request.payload(), key));
                match replayed.transpose()?.flatten() {
                    Some(answer) => Ok(Outcome::Replayed(answer)),
                    None => scene.would_be(request),
                }
            });
        }
        let answer = self.write(&HOT, |scene| {
            scene.keyed(slot, &request.payload(), keyed, || scene.reserve(request))
        });
        self.notice_answer(answer)
    }

    /// Whether a reservation would be admitted; nothing changes.
    pub fn check(&self, request: &Reserve) -> Result<Outcome<Admitted>> {
        check(request)?;
        self.read(|scene| scene.would_be(request))
    }
}

impl Scene<'_> {
    /// What the rules would say, with what the dead hold seen as given back.
    fn would_decide(&mut self, request: &Reserve) -> Result<Decision> {
        let decision = self.decide(request)?;
        if let Err(denial) = &decision.answer {
            let failed = denial.failed.iter().map(|failed| failed.position.limit);
            if self.project_dead_holders(&failed)? {
                return self.decide(request);
            }
        }
        Ok(decision)
    }

    /// What `reserve` would answer.
    fn would_be(&mut self, request: &Reserve) -> Result<Outcome<Admitted>> {
        let decision = self.would_decide(request)?;
        Ok(match decision.answer {
            Ok(ref grants) => Outcome::Done(self.as_if_booked(request, &decision, grants)),
            Err(denial) => Outcome::Denied(denial),
        })
    }

    fn reserve(&self, request: &Reserve) -> Result<Outcome<Admitted>> {
        self.ensure_limits(&request.names, &request.limits, request.zone)?;
        let mut decision = self.decide(request)?;
        if let Err(denial) = &decision.answer {
            let failed = denial.failed.iter().map(|failed| failed.position.limit);
            if self.close_dead_holders(&failed)? {
                decision = self.decide(request)?;
            }
        }
        match decision.answer {
            Ok(ref grants) => self.book(request, &decision, grants).map(Outcome::Done),
            Err(denial) => {
                let detail = denial.summary();
                self.tx
                    .insert_denial(self.now.wall, &denial.names.to_string(), &detail)?;
                Ok(Outcome::Denied(denial))
            }
        }
    }
}

fn check(request: &Reserve) -> Result<()> {
    let mut units: Vec<_> = request.asks.iter().map(Ask::unit).collect();
    units.sort();
    let repeated = units
        .windows(2)
        .find(|pair| matches!(pair, [a, b] if a == b));
    if let Some([unit, _]) = repeated {
        let what = unit.map_or("all", Unit::as_str);
        return Err(Error::Usage(format!(
            "{what} is asked for twice; ask for one amount of it"
        )));
    }
    if !(1_000..=86_400_000).contains(&request.ttl_ms) {
        return Err(Error::Usage("a lease lasts 1s to 24h".to_owned()));
    }
    if !(0..=60_000).contains(&request.grace_ms) {
        return Err(Error::Usage("a grace lasts at most 60s".to_owned()));
    }
    Ok(())
}
