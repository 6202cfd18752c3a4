//! A wrapped run: how its reservation begins, and what it is charged when it ends.

use serde::{Deserialize, Serialize};

use super::Ledger;
use super::booked::Booked;
use super::plan::Amounts;
use super::scene::Scene;
use super::settle::HOT;
use crate::ledger::amount::{Amount, Quantity};
use crate::ledger::entry::{Entry, EntryKind, Seq};
use crate::ledger::error::Result;
use crate::ledger::id::Id;
use crate::ledger::policy::OnUnknown;
use crate::ledger::reservation::{Reservation, State};
use crate::ledger::store::{Session, SessionEnd, Tx, read_amounts};
use crate::ledger::unit::Unit;

/// A run that is about to begin.
#[derive(Debug, Clone)]
pub struct StartedRun {
    /// Its id, which is also its owner file's.
    pub session: Id,
    /// The id that its reservation gets.
    pub reservation: Id,
    /// The program's name; never its arguments.
    pub program: String,
    /// Whether the program's usage can be read, so that it may be given all there is.
    pub is_metered: bool,
    /// The longest active wall time it may take, in milliseconds.
    pub max_time_ms: Option<i64>,
}

/// What a run is known to have used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunReport {
    /// Amounts by unit, as the JSON object of an entry, in atoms.
    pub amounts: String,
    /// Tokens, model and source, as canonical JSON text.
    pub usage: String,
    /// What it counts that no other charge may count again.
    #[serde(default)]
    pub booked: Booked,
}

/// How a run ended and what is known of its cost. It can be written down and taken in later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEnd {
    /// The run.
    pub session: String,
    /// Its reservation.
    pub reservation: String,
    /// Whether the command was started. One that was not cost nothing.
    pub started: bool,
    /// What its wrapper exits with.
    pub exit_code: i32,
    /// `exited`, `signaled`, `stopped` or `not started`.
    pub ending: String,
    /// Its active wall time, in milliseconds.
    pub active_ms: i64,
    /// When it ended, in microseconds.
    pub ended_us: i64,
    /// What was reported, if anything was.
    pub report: Option<RunReport>,
    /// Why the cost is not known, where it should be.
    pub unknown: Option<String>,
}

/// A run that is settled.
#[derive(Debug, Clone)]
pub struct RunSettled {
    /// Its reservation as it stands now.
    pub reservation: Reservation,
    /// What its own settlement charged.
    pub charged: Vec<Quantity>,
    /// What was charged to what ran inside of it.
    pub nested: Vec<Quantity>,
    /// It had been closed before and this corrected it.
    pub late: bool,
}

impl RunEnd {
    /// What a wrapper wrote down.
    pub(super) fn from_spilled(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The text for the owner's file.
    pub fn to_spilled(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The same where room is scarce: names are left out, never what it cost.
    #[must_use]
    pub fn without_names(&self) -> Self {
        let report = self.report.as_ref().map(|report| RunReport {
            usage: figures_of(&report.usage),
            amounts: report.amounts.clone(),
            booked: Booked {
                messages: Vec::new(),
                counter: report.booked.counter.clone(),
            },
        });
        let unknown = self.unknown.as_ref().map(|reason| cut(reason).to_owned());
        Self {
            report,
            unknown,
            ..self.clone()
        }
    }

    fn reported(&self) -> Amounts {
        let amounts = self
            .report
            .as_ref()
            .and_then(|report| read_amounts(&report.amounts));
        amounts
            .into_iter()
            .flatten()
            .map(|q| (q.unit, q.amount))
            .collect()
    }

    /// Why what the run reserved is not accounted for; `None` where the report names all of it.
    fn unaccounted(&self, found: &Reservation) -> Option<&str> {
        let reported = self.reported();
        let is_open = |unit: &Unit| unit.is_reported() && !reported.contains_key(unit);
        let mut stakes = found.stakes.iter();
        let is_missing = stakes.any(|s| !s.reserved.is_zero() && is_open(&s.unit));
        self.unknown
            .as_deref()
            .filter(|_| self.started && is_missing)
    }

    /// The reservation of the run once this is booked.
    pub(super) fn ended(&self, found: &Reservation) -> Reservation {
        let state = if self.started {
            State::Committed
        } else {
            State::Released
        };
        let unknown = self.unaccounted(found).is_some();
        Reservation {
            state,
            unknown,
            ..found.clone()
        }
    }

    fn detail(&self, found: &Reservation) -> String {
        let mut detail = serde_json::Map::new();
        detail.insert("exit_code".to_owned(), self.exit_code.into());
        detail.insert("ending".to_owned(), self.ending.clone().into());
        detail.insert("active_ms".to_owned(), self.active_ms.into());
        if let Some(report) = &self.report
            && let Ok(usage) = serde_json::from_str(&report.usage)
        {
            detail.insert("usage".to_owned(), usage);
        }
        if let Some(reason) = self.unaccounted(found) {
            detail.insert("unknown".to_owned(), true.into());
            detail.insert("reason".to_owned(), reason.into());
        }
        self.booked()
            .detail(serde_json::Value::Object(detail).to_string())
    }

    fn booked(&self) -> Booked {
        let report = self.report.as_ref();
        report
            .map(|report| report.booked.clone())
            .unwrap_or_default()
    }
}

impl Ledger {
    /// Makes ready for [`Ledger::end_run`], while there is time.
    pub fn expect_end(&self) -> Result<()> {
        self.store.prepare(&HOT)?;
        self.store.prepare(&[Tx::END_SESSION])
    }

    /// Settles a run: booked in full whatever room there is, because the money is gone. An error
    /// that changes nothing where another charge has counted some of it meanwhile.
    pub fn end_run(&mut self, end: &RunEnd) -> Result<Option<RunSettled>> {
        self.write(&HOT, |scene| {
            scene.expect_unbooked(&end.booked())?;
            scene.end_run_unless_booked(end)?;
            let Some(found) = scene.reservation_of(end)? else {
                return Ok(None);
            };
            let of = |pick: fn(&crate::ledger::reservation::UnitStake) -> Option<Amount>| {
                let stakes = found.stakes.iter();
                let some = stakes.filter_map(|s| Some(Quantity::new(pick(s)?, s.unit.clone())));
                some.filter(|q| !q.amount.is_zero()).collect::<Vec<_>>()
            };
            let (charged, nested) = (of(|s| s.charged), of(|s| s.nested));
            let late = found.late;
            Ok(Some(RunSettled {
                reservation: found,
                charged,
                nested,
                late,
            }))
        })
    }

    /// A run, if the ledger knows it.
    pub fn session(&self, id: &Id) -> Result<Option<Session>> {
        self.read(|scene| scene.tx.session(id))
    }
}

impl Scene<'_> {
    pub(super) fn reservation_of(&self, end: &RunEnd) -> Result<Option<Reservation>> {
        match end.reservation.parse() {
            Ok(id) => self.reservation(&id),
            Err(_) => Ok(None),
        }
    }

    /// Books the end of a run once. Whether its outcome is in the ledger now.
    pub(super) fn end_run_unless_booked(&self, end: &RunEnd) -> Result<bool> {
        let Some(found) = self.reservation_of(end)? else {
            return Ok(false);
        };
        let end = &self.without_counted(end)?;
        match found.state {
            State::Open => {
                let entry = self.end_open_run(&found, end)?;
                self.mark_booked(&end.booked(), entry)?;
            }
            // It was presumed dead and closed; what it really cost corrects that. What it was
            // charged as reserved stands where it reported nothing.
            State::Expired if !found.late && (end.report.is_some() || !end.started) => {
                let charged = found
                    .stakes
                    .iter()
                    .map(|stake| (stake.unit.clone(), stake.charged.unwrap_or_default()));
                let actual = run_charges(&found, end, &charged.collect());
                let corrected = self.correct(&found, &actual, &end.detail(&found))?;
                self.mark_booked(&end.booked(), corrected.entry)?;
            }
            State::Expired | State::Committed | State::Released => {}
        }
        if !end.started {
            self.forget_key(&found)?;
        }
        if let Ok(session) = end.session.parse() {
            let at = crate::ledger::timestamp::Timestamp::from_micros(end.ended_us);
            let (exit_code, ending) = (end.exit_code, end.ending.clone());
            self.tx.end_session(
                &session,
                &SessionEnd {
                    at,
                    exit_code,
                    ending,
                },
            )?;
        }
        Ok(true)
    }

    /// An outcome that was written down may name messages that another charge has counted since:
    /// they stay that one's, and the money is recorded all the same.
    fn without_counted(&self, end: &RunEnd) -> Result<RunEnd> {
        let mut end = end.clone();
        if let Some(report) = &mut end.report {
            self.leave_counted(&mut report.booked)?;
        }
        Ok(end)
    }

    /// Forgets what was answered to the key of a run that never started, so that it can be tried
    /// again with the same key.
    pub(super) fn forget_key(&self, found: &Reservation) -> Result<()> {
        let Some(session) = found.owner else {
            return Ok(());
        };
        let target = found.names.to_string();
        self.tx
            .forget_answers("exec", &target, &session.to_string())
    }

    fn end_open_run(&self, found: &Reservation, end: &RunEnd) -> Result<Seq> {
        let kind = if end.started {
            EntryKind::Committed
        } else {
            EntryKind::Released
        };
        let entry = Entry {
            detail: end.detail(found),
            ..self.entry_about(kind, found)
        };
        let ended = end.ended(found);
        self.end_forced(&ended, entry, |as_reserved| {
            run_charges(found, end, &as_reserved)
        })
        .map(|settled| settled.entry)
    }
}

/// The beginning of a reason that goes on for too long.
fn cut(reason: &str) -> &str {
    const SHOWN: usize = 400;
    let end = (0..=SHOWN).rev().find(|end| reason.is_char_boundary(*end));
    reason.get(..end.unwrap_or(0)).unwrap_or(reason)
}

/// The sums of a usage, without the names that it gives.
fn figures_of(usage: &str) -> String {
    let mut usage: serde_json::Map<_, _> = serde_json::from_str(usage).unwrap_or_default();
    let figures = ["source", "tokens", "tokens_incomplete", "cost", "cost_is"];
    usage.retain(|name, _| figures.contains(&name.as_str()));
    serde_json::Value::Object(usage).to_string()
}

/// What the run's own settlement charges of each unit: what it reported; else, where something
/// inside of it named the unit, nothing more; else what was reserved.
pub(super) fn run_charges(found: &Reservation, end: &RunEnd, as_reserved: &Amounts) -> Amounts {
    let mut charges = Amounts::new();
    for stake in &found.stakes {
        let as_reserved = as_reserved.get(&stake.unit).copied().unwrap_or_default();
        let nested = stake.nested.unwrap_or_default();
        let charge = match &stake.unit {
            _ if !end.started => Amount::ZERO,
            Unit::Slots => Amount::ZERO,
            Unit::Time => Amount::from_atoms(end.active_ms)
                .unwrap_or_default()
                .less(nested),
            Unit::Calls => stake.reserved.less(nested).min(as_reserved),
            _ if end.unknown.is_some() => match found.on_unknown {
                OnUnknown::Charge => as_reserved,
                OnUnknown::Release => Amount::ZERO,
            },
            _ if stake.nested.is_some() => Amount::ZERO,
            _ => as_reserved,
        };
        charges.insert(stake.unit.clone(), charge);
    }
    if end.started {
        let reported = end.reported().into_iter();
        charges.extend(reported.filter(|(unit, _)| unit.is_consumed()));
    }
    charges
}
