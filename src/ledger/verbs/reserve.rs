//! Reserving: all of it on every limit of the path, or nothing.

use std::collections::BTreeMap;

use super::Ledger;
use super::answer::{Keyed, Outcome};
use super::configure::sorted;
use super::path::{candidates, frozen};
use super::scene::Scene;
use crate::ledger::amount::{Amount, Ask, Quantity};
use crate::ledger::budget::{BudgetState, Standing};
use crate::ledger::calendar::Zone;
use crate::ledger::entry::{Entry, EntryKind};
use crate::ledger::error::{Error, Result};
use crate::ledger::holding::Holding;
use crate::ledger::id::Id;
use crate::ledger::limit::{LimitSpec, Position};
use crate::ledger::name::{BudgetName, Names};
use crate::ledger::policy::{Caps, OnUnknown, Overage};
use crate::ledger::reservation::{Reservation, State, UnitStake};
use crate::ledger::rules::admit::{self, Candidate, Grant, Reason, Verdict};
use crate::ledger::rules::lapse::Lease;
use crate::ledger::store::{Session, Tx};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::window::Movement;

/// A request for a reservation, with every default filled in.
#[derive(Debug, Clone)]
pub struct Reserve {
    /// The budgets named.
    pub names: Names,
    /// What is asked; one ask a unit. May be empty where only calls, slots or time are limited.
    pub asks: Vec<Ask>,
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
    pub run: Option<super::run::StartedRun>,
    /// What a run is to do, in text that differs where it does. Only a digest of it is kept.
    pub command: String,
    /// Limits that the budget must have; it is made with them where it is not there.
    pub limits: Vec<LimitSpec>,
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

/// Why a reservation was denied.
#[derive(Debug, Clone)]
pub struct Denial {
    /// The budgets named.
    pub names: Names,
    /// Every limit that failed.
    pub failed: Vec<FailedLimit>,
    /// A budget on the path that admits nothing.
    pub stopped: Option<(BudgetName, BudgetState)>,
    /// When every failed limit has started anew; `None` where one never does.
    pub retry_at: Option<Timestamp>,
    /// When it was denied.
    pub at: Timestamp,
}

/// A limit that said no.
#[derive(Debug, Clone)]
pub struct FailedLimit {
    /// The limit and its figures.
    pub position: Position,
    /// What was asked of it.
    pub asked: Amount,
    /// Why it failed.
    pub reason: Reason,
}

/// What the rules say to a request, before anything is stored.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The budgets on the path.
    pub standings: Vec<Standing>,
    /// What was asked of each unit.
    pub amounts: BTreeMap<Unit, Amount>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) answer: std::result::Result<Vec<Grant>, Box<Denial>>,
}

impl Denial {
    /// Whether no waiting and no new window can help.
    pub fn is_final(&self) -> bool {
        self.failed
            .iter()
            .any(|failed| failed.reason == Reason::Never)
            || self
                .stopped
                .as_ref()
                .is_some_and(|(_, state)| *state == BudgetState::Closed)
    }
}

impl Reserve {
    /// A request on the usual terms, outside of any run.
    pub fn of(names: Names, asks: Vec<Ask>) -> Self {
        Self {
            names,
            asks,
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
            zone: Zone::utc(),
            dry_run: false,
        }
    }

    /// The request in canonical text: everything that makes it another request.
    fn payload(&self) -> String {
        let (asks, limits) = (sorted(&self.asks), sorted(&self.limits));
        format!(
            "{}\n{}\n{} {}\n{:?}\n{:?}\n{}\n{:?}\n{}\n{}\n{}",
            self.names,
            asks.join(" "),
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
        let verb = if request.run.is_some() {
            "exec"
        } else {
            "reserve"
        };
        let target = request.names.to_string();
        let slot = (verb, target.as_str());
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
        self.write(&HOT, |scene| {
            scene.keyed(slot, &request.payload(), keyed, || scene.reserve(request))
        })
    }

    /// Whether a reservation would be admitted; nothing changes.
    pub fn check(&self, request: &Reserve) -> Result<Outcome<Admitted>> {
        check(request)?;
        self.read(|scene| scene.would_be(request))
    }
}

fn would_be(request: &Reserve, decision: Decision) -> Outcome<Admitted> {
    match decision.answer {
        Ok(ref grants) => {
            let reservation = new_reservation(request, &decision, Id::new(0, [0; 10]), None);
            let standings = after(&decision, grants);
            let caps = caps(request, &decision.standings);
            Outcome::Done(Admitted {
                reservation,
                standings,
                caps,
            })
        }
        Err(denial) => Outcome::Denied(denial),
    }
}

fn check(request: &Reserve) -> Result<()> {
    let mut units: Vec<_> = request.asks.iter().map(unit_of).collect();
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

pub(super) fn unit_of(ask: &Ask) -> Option<&Unit> {
    match ask {
        Ask::Exactly(quantity) => Some(&quantity.unit),
        Ask::AllOf(unit) => Some(unit),
        Ask::All => None,
    }
}

impl Scene<'_> {
    /// What `reserve` would answer.
    fn would_be(&mut self, request: &Reserve) -> Result<Outcome<Admitted>> {
        let mut decision = self.decide(request)?;
        if let Err(denial) = &decision.answer {
            let failed: Vec<_> = denial
                .failed
                .iter()
                .map(|failed| failed.position.limit)
                .collect();
            if self.project_dead_holders(&failed)? {
                decision = self.decide(request)?;
            }
        }
        Ok(would_be(request, decision))
    }

    fn reserve(&self, request: &Reserve) -> Result<Outcome<Admitted>> {
        self.ensure_limits(&request.names, &request.limits, request.zone)?;
        let mut decision = self.decide(request)?;
        if let Err(denial) = &decision.answer {
            let failed = denial.failed.iter().map(|failed| failed.position.limit);
            if self.close_dead_holders(failed)? {
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

    /// What the rules say to a request. Reads only.
    pub(super) fn decide(&self, request: &Reserve) -> Result<Decision> {
        let standings = match self.standings(&request.names) {
            Err(Error::NotFound { what, text, near }) => {
                let Some(closed) = self.first_closed(&request.names)? else {
                    return Err(Error::NotFound { what, text, near });
                };
                let stopped = Some((closed, BudgetState::Closed));
                return Ok(Decision::denied(self.denial(request, Vec::new(), stopped)));
            }
            standings => standings?,
        };
        let lenders = self.lenders(request.parent)?;
        let lent = self.lent(&lenders)?;
        let candidates = candidates(&standings, &lent);
        let asks = asks(request, &standings)?;
        for unit in asks.iter().filter_map(unit_of) {
            self.expect_unit(unit)?;
        }
        let mut amounts = match admit::amounts(&asks, &candidates)? {
            Ok(amounts) => amounts,
            Err(unit) => return Err(mismatch(&request.names, unit, &candidates)),
        };
        if let Some(run) = &request.run
            && let Some(left) = admit::least_available(&Unit::Time, &candidates)?
        {
            let most = run
                .max_time_ms
                .map_or(Amount::MAX, |ms| Amount::from_atoms(ms).unwrap_or_default());
            amounts.entry(Unit::Time).or_insert(left.min(most));
        }
        let wants_all = |unit: &Unit| {
            asks.iter().any(|ask| match ask {
                Ask::Exactly(_) => false,
                Ask::AllOf(asked) => asked == unit,
                Ask::All => unit.is_consumed() && !unit.is_implicit(),
            })
        };
        let stopped = frozen(&standings).map(|name| (name.clone(), BudgetState::Frozen));
        let answer = match (admit::admit(&amounts, &wants_all, &candidates)?, stopped) {
            (Verdict::Admitted(grants), None) => Ok(grants),
            (Verdict::Admitted(_), stopped) => {
                Err(Box::new(self.denial(request, Vec::new(), stopped)))
            }
            (Verdict::Denied(failures), stopped) => {
                let failed = failures.into_iter().filter_map(|failure| {
                    let position = candidates.get(failure.candidate)?.position.clone();
                    Some(FailedLimit {
                        position,
                        asked: failure.asked,
                        reason: failure.reason,
                    })
                });
                Err(Box::new(self.denial(request, failed.collect(), stopped)))
            }
        };
        Ok(Decision {
            standings,
            amounts,
            candidates,
            answer,
        })
    }

    fn denial(
        &self,
        request: &Reserve,
        failed: Vec<FailedLimit>,
        stopped: Option<(BudgetName, BudgetState)>,
    ) -> Denial {
        let resets = failed.iter().map(|failed| failed.position.bounds.end);
        let retry_at = resets
            .collect::<Option<Vec<_>>>()
            .and_then(|ends| ends.into_iter().max());
        Denial {
            names: request.names.clone(),
            failed,
            stopped,
            retry_at,
            at: self.now.wall,
        }
    }

    fn book(&self, request: &Reserve, decision: &Decision, grants: &[Grant]) -> Result<Admitted> {
        let id = request
            .run
            .as_ref()
            .map_or_else(|| self.new_id(), |run| run.reservation);
        let owner = request.run.as_ref().map(|run| run.session);
        let mut reservation = new_reservation(request, decision, id, owner);
        reservation.created = self.now.wall;
        reservation.lease = Lease::starting(&self.now, request.ttl_ms, request.grace_ms);
        if let Some(run) = &request.run {
            self.tx.insert_session(&Session {
                id: run.session,
                budgets: request.names.to_string(),
                program: run.program.clone(),
                started: self.now.wall,
                end: None,
            })?;
        }
        self.tx.insert_reservation(&reservation)?;
        let mut entry = Entry {
            reservation: Some(id),
            session: reservation.session,
            amounts: quantities(&decision.amounts),
            detail: super::detail::inside(&request.detail, request.parent),
            ..self.entry(EntryKind::Reserved, request.names.to_string())
        };
        for grant in grants {
            let Some(candidate) = decision.candidates.get(grant.candidate) else {
                continue;
            };
            let window = self.window_of(&candidate.position)?;
            self.hold(&reservation, window, grant)?;
            if !grant.own.is_zero() {
                let movement = Movement {
                    reserved: grant.own.atoms(),
                    ..Movement::default()
                };
                entry.postings.push(self.posting(window, movement));
            }
        }
        self.tx.append(&entry)?;
        let standings = after(decision, grants);
        Ok(Admitted {
            reservation,
            standings,
            caps: caps(request, &decision.standings),
        })
    }

    /// Stores what one limit gives: what the window holds anew, and what moves over from others.
    fn hold(
        &self,
        reservation: &Reservation,
        window: crate::ledger::window::WindowId,
        grant: &Grant,
    ) -> Result<()> {
        let holder = reservation.id;
        self.tx.insert_holding(&Holding {
            holder,
            window,
            source: None,
            atoms: grant.own,
        })?;
        let mut drawn: BTreeMap<_, Amount> = BTreeMap::new();
        for part in &grant.drawn {
            let left = part.from.atoms.minus(part.atoms)?;
            self.tx.put_holding(&Holding {
                atoms: left,
                ..part.from
            })?;
            let sum = drawn
                .entry((part.from.window, part.from.holder))
                .or_default();
            *sum = sum.plus(part.atoms)?;
        }
        for ((window, source), atoms) in drawn {
            self.tx.insert_holding(&Holding {
                holder,
                window,
                source: Some(source),
                atoms,
            })?;
        }
        Ok(())
    }
}

impl Decision {
    fn denied(denial: Denial) -> Self {
        Self {
            standings: Vec::new(),
            amounts: BTreeMap::new(),
            candidates: Vec::new(),
            answer: Err(Box::new(denial)),
        }
    }
}

impl Denial {
    /// The denial in a line, for the record.
    fn summary(&self) -> String {
        let limits = self.failed.iter().map(|failed| {
            let asked = Quantity::new(failed.asked, failed.position.key.unit.clone());
            format!(
                "{} {}: asked {asked}",
                failed.position.budget, failed.position.key
            )
        });
        let stopped = self
            .stopped
            .iter()
            .map(|(name, state)| format!("{name}: {}", state.as_str()));
        limits.chain(stopped).collect::<Vec<_>>().join("; ")
    }
}

/// What is asked where nothing was typed: the budget's own default for a run; everything that
/// the named budgets themselves limit for a program whose usage can be read.
fn asks(request: &Reserve, standings: &[Standing]) -> Result<Vec<Ask>> {
    if !request.asks.is_empty() {
        return Ok(request.asks.clone());
    }
    let named = || {
        standings
            .iter()
            .filter(|s| request.names.iter().any(|n| *n == s.budget.name))
    };
    let counted = |unit: &Unit| unit.is_implicit() || *unit == Unit::Time;
    if let Some(run) = &request.run {
        let default = named()
            .map(|s| &s.budget.reserve)
            .find(|asks| !asks.is_empty());
        if let Some(asks) = default {
            return Ok(asks.clone());
        }
        let own = named()
            .flat_map(|s| &s.positions)
            .map(|p| p.key.unit.clone());
        let mut own: Vec<_> = own.filter(|unit| !counted(unit)).map(Ask::AllOf).collect();
        own.sort();
        own.dedup();
        if run.is_metered && !own.is_empty() {
            return Ok(own);
        }
    }
    let mut limits = standings.iter().flat_map(|s| &s.positions);
    match limits.find(|position| !counted(&position.key.unit)) {
        None => Ok(Vec::new()),
        Some(position) => {
            let (unit, names) = (&position.key.unit, &request.names);
            let flag = if request.run.is_some() {
                "--reserve "
            } else {
                ""
            };
            Err(Error::Usage(format!(
                "{names} is limited in {unit}: say how much to reserve, like {flag}{}",
                example(unit)
            )))
        }
    }
}

fn example(unit: &Unit) -> String {
    match unit {
        Unit::Usd => "0.50usd".to_owned(),
        Unit::Tokens => "200ktokens".to_owned(),
        other => format!("5{other}"),
    }
}

fn mismatch(names: &Names, unit: Unit, candidates: &[Candidate]) -> Error {
    let mut limited: Vec<_> = admit::limited_units(candidates)
        .map(ToString::to_string)
        .collect();
    limited.sort();
    limited.dedup();
    Error::UnitMismatch {
        budgets: names.to_string(),
        unit,
        limited,
    }
}

fn new_reservation(
    request: &Reserve,
    decision: &Decision,
    id: Id,
    owner: Option<Id>,
) -> Reservation {
    let allows = |s: &Standing| s.budget.on_unknown == OnUnknown::Release;
    let asked = request.on_unknown.unwrap_or(OnUnknown::Release) == OnUnknown::Release;
    let released = asked && !decision.standings.is_empty() && decision.standings.iter().all(allows);
    let zero = Timestamp::from_micros(0);
    let stake = |(unit, amount): (&Unit, &Amount)| UnitStake {
        unit: unit.clone(),
        reserved: *amount,
        charged: None,
        nested: None,
    };
    Reservation {
        id,
        names: request.names.clone(),
        state: State::Open,
        parent: request.parent,
        owner,
        session: request
            .run
            .as_ref()
            .map(|run| run.session)
            .or(request.session),
        created: zero,
        lease: Lease {
            expires: zero,
            expires_boot_us: 0,
            boot: 0,
            ttl_ms: request.ttl_ms,
            grace_ms: request.grace_ms,
        },
        overage: request.overage.clone(),
        on_unknown: if released {
            OnUnknown::Release
        } else {
            OnUnknown::Charge
        },
        unknown: false,
        late: false,
        settled_by: None,
        detail: request.detail.clone(),
        stakes: decision.amounts.iter().map(stake).collect(),
    }
}

fn caps(request: &Reserve, standings: &[Standing]) -> Caps {
    let named = standings
        .iter()
        .filter(|s| request.names.iter().any(|n| *n == s.budget.name));
    named.fold(Caps::default(), |caps, standing| {
        caps.with(&standing.budget.caps)
    })
}

/// The budgets on the path as they stand once the grants are booked.
fn after(decision: &Decision, grants: &[Grant]) -> Vec<Standing> {
    let mut standings = decision.standings.clone();
    for grant in grants {
        let Some(candidate) = decision.candidates.get(grant.candidate) else {
            continue;
        };
        let limit = candidate.position.limit;
        let movement = Movement {
            reserved: grant.own.atoms(),
            ..Movement::default()
        };
        let positions = standings.iter_mut().flat_map(|s| &mut s.positions);
        for position in positions.filter(|p| p.limit == limit) {
            position.figures = position
                .figures
                .after(&movement)
                .unwrap_or(position.figures);
        }
    }
    standings
}

/// Amounts by unit as a list of quantities.
pub(super) fn quantities(amounts: &BTreeMap<Unit, Amount>) -> Vec<Quantity> {
    amounts
        .iter()
        .map(|(unit, amount)| Quantity::new(*amount, unit.clone()))
        .collect()
}
