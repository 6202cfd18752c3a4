//! The life of a run: its owner file, its reservation, its child, its settlement.

use std::io::{Seek, SeekFrom};
use std::time::Duration;

use serde_json::Value;

use super::child;
use super::known::{Known, counted_before};
use super::meter::{Ended, RunMeter};
use super::settle::settle;
use super::stdout::{is_read, stdout_file};
use super::{ExecArgs, report};
use crate::commands::defaults::{defaults, labelled, named};
use crate::commands::events;
use crate::commands::shared::{answer, program_name};
use crate::context::Context;
use crate::error::{Error, OUTCOME_UNKNOWN, Result};
use crate::exit::Exit;
use crate::ledger::Ledger;
use crate::ledger::duration::Span;
use crate::ledger::id::Id;
use crate::ledger::store::owner::OwnerFile;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::{Admitted, Keyed, Outcome, Reserve, RunEnd, StartedRun, Wait};
use crate::render::wire;
use crate::supervise::{self, Beat, Ending, Signals, SpawnError, StopReason, Terms, Watcher};

/// Keeps the lease of a run alive, and says so once where it cannot.
struct Keeper<'a> {
    ledger: &'a mut Ledger,
    reservation: Id,
    trouble: Option<String>,
}

impl Watcher for Keeper<'_> {
    fn started(&mut self, _pid: u32) {
        // Where it fails, so does the settlement, which has an answer to that.
        let _ = self.ledger.expect_end();
    }

    fn heartbeat(&mut self) -> Beat {
        // The owner's lock keeps the reservation alive even where the lease cannot be renewed.
        if let Err(error) = self.ledger.renew(&self.reservation) {
            self.trouble.get_or_insert_with(|| error.to_string());
        }
        Beat::Continue
    }
}

impl ExecArgs {
    /// The whole run.
    pub(super) fn wrap(self, cx: &mut Context) -> Result<Exit> {
        let meter = RunMeter::of(&self);
        let names = named(cx, self.names.clone())?;
        let detail = labelled(cx, self.detail.clone())?.detail(None);
        let mut request = Reserve {
            detail,
            command: self.what_it_does(),
            estimated: self.estimates_as_typed(),
            defaults: defaults(cx)?,
            ..self.terms.request(cx, names, Vec::new())?
        };
        let ledger = cx.ledger_for(!request.limits.is_empty())?;
        request.asks = self.asks(ledger, &request)?;
        let (session, reservation) = (ledger.new_id(), ledger.new_id());
        request.run = Some(StartedRun {
            session,
            reservation,
            program: self.program_name(),
            is_metered: self.is_metered(&meter),
            max_time_ms: self.max_time.map(Span::millis),
        });
        // From here to its end the run must not be cut short: signals wait for the child.
        let signals = Signals::hold();
        let boot = (crate::clock::sources().clock)().boot;
        let owner = OwnerFile::create(ledger.path(), session, boot).map_err(|error| {
            Error::new(
                Exit::Ledger,
                "io",
                format!("cannot make the run's owner file: {error}"),
            )
        })?;
        let admitted = match self.admit(ledger, &request, &signals) {
            Ok(Ok(admitted)) => admitted,
            Ok(Err(earlier)) => {
                owner.remove();
                return finished_before(cx, &earlier);
            }
            // Where the reservation may be in the ledger, the file stays and says that nothing was
            // started, so that it is given back.
            Err(error) if error.code == OUTCOME_UNKNOWN => return Err(error),
            Err(error) => {
                owner.remove();
                // One that cut a wait short takes effect now.
                signals.restore();
                return Err(self.advise(error, &meter));
            }
        };
        self.run_admitted(cx, (owner, signals), &meter, &admitted)
    }

    /// Whether the run's usage can be read, so that it may be given all there is.
    fn is_metered(&self, meter: &RunMeter) -> bool {
        let is_readable = self.usage_file.is_some() || meter.keeps_files() || is_read(meter);
        meter.is_agent() && is_readable
    }

    /// Says how an agent is given all there is, where it asked for nothing.
    fn advise(&self, error: Error, meter: &RunMeter) -> Error {
        let may_help = error.code == "usage" && self.reserve.is_empty();
        match meter.advice() {
            Some(how) if may_help && !self.is_metered(meter) => error.hint(format!(
                "an agent gets all that is left where its usage can be read: {how}"
            )),
            _ => error,
        }
    }

    /// Reserves for the run. `Err` inside is the answer that a run with this key got before.
    fn admit(
        &self,
        ledger: &mut Ledger,
        request: &Reserve,
        signals: &Signals,
    ) -> Result<std::result::Result<Admitted, String>> {
        let write = |admitted: &Admitted| wire::run_started(admitted);
        let keyed = Keyed {
            key: self.key.as_deref(),
            write: &write,
        };
        let outcome = ledger.reserve_waiting(
            request,
            &keyed,
            &Wait {
                longest: self.wait.unwrap_or_default(),
                pass: &|pause| signals.pass(pause),
            },
        );
        match outcome {
            Ok(Outcome::Done(admitted)) => Ok(Ok(admitted)),
            other => answer(other, write).map(Err),
        }
    }

    fn run_admitted(
        self,
        cx: &mut Context,
        (owner, signals): (OwnerFile, Signals),
        meter: &RunMeter,
        admitted: &Admitted,
    ) -> Result<Exit> {
        let found = &admitted.reservation;
        let terms = self.supervision(admitted);
        let child = child::command(&self, cx, owner.id(), meter, admitted)?;
        let written = stdout_file(meter);
        let start = wall_clock();
        // Once the byte is written, a death of this process counts as a run of unknown cost.
        let started = owner.mark_started();
        let ledger = cx.ledger_for(false)?;
        let mut keeper = Keeper {
            ledger,
            reservation: found.id,
            trouble: None,
        };
        let ran = match started {
            Ok(()) => supervise::run(child, &terms, &signals, &mut keeper),
            Err(error) => Err(SpawnError::Failed(error)),
        };
        let (trouble, ended) = (keeper.trouble, wall_clock());
        if let Some(trouble) = trouble {
            cx.ui
                .warn(&format!("the lease could not be renewed: {trouble}"));
        }
        let mut end = unsettled(owner.id(), found.id, ran.is_ok(), ended);
        match ran {
            Err(error) => {
                let (exit, message) = not_started(&error, &self.program_name());
                (end.exit_code, end.ending) = (exit.code().into(), "not started".to_owned());
                self.settle(cx, owner, meter, &mut end, &mut |_, _| {});
                Err(Error::new(exit, "not_started", message))
            }
            Ok(outcome) => {
                if let Some((mut file, start)) = written
                    && file.seek(SeekFrom::Start(start)).is_ok()
                {
                    meter.feed_file(&mut file);
                }
                let ended = Ended {
                    start,
                    end: ended,
                    outcome: &outcome,
                };
                end.active_ms = i64::try_from(outcome.active.as_millis()).unwrap_or(i64::MAX);
                let exit = self.outcome_exit(cx, &outcome, &mut end);
                let told = meter.told();
                self.settle(cx, owner, meter, &mut end, &mut |cx, end| {
                    let file = self.usage_file.as_deref();
                    let said = meter.said(file, &told, &ended, &mut |ids| counted_before(ids, cx));
                    let provider = meter.provider();
                    let known = Known::of(said, ended.end, provider, self.notional, cx);
                    (end.report, end.unknown) = (known.report, known.unknown);
                });
                match outcome.tail {
                    Some(tail) => tail.finish(signals),
                    // Who is told may take its time: a signal ends that as it ends anything.
                    None if cx.has_notices() => signals.restore(),
                    None => {}
                }
                // Nothing is done after the end of a run that was killed.
                events::tell(cx);
                Ok(die(exit, outcome.ending))
            }
        }
    }

    /// How long the child may run: what was asked, and what is held of the time there is.
    fn supervision(&self, admitted: &Admitted) -> Terms {
        let span = |span: Span| Duration::from_millis(span.millis().unsigned_abs());
        let held = admitted
            .reservation
            .stake(&Unit::Time)
            .map(|stake| Duration::from_millis(stake.reserved.atoms().unsigned_abs()));
        let max_time = [held, self.max_time.map(span)].into_iter().flatten().min();
        Terms {
            max_time,
            deadline: self.deadline.map(span),
            grace: Duration::from_millis(self.stop_grace.millis().unsigned_abs()),
            heartbeat: span(self.terms.ttl) / 3,
        }
    }

    fn outcome_exit(&self, cx: &Context, outcome: &supervise::Outcome, end: &mut RunEnd) -> Exit {
        let (exit, ending) = match (outcome.stopped_by_us, outcome.ending) {
            (Some(reason), _) => {
                let limit = match reason {
                    StopReason::MaxTime => "its time is used up",
                    StopReason::Deadline => "its deadline is over",
                    StopReason::Asked => "it was asked to",
                };
                cx.ui
                    .note(&format!("stopped {}: {limit}", self.program_name()));
                (Exit::Stopped, "stopped")
            }
            (None, Ending::Exited(_)) => (child_code(outcome.exit_code()), "exited"),
            (None, Ending::Signaled(_)) => (child_code(outcome.exit_code()), "signaled"),
        };
        (end.exit_code, end.ending) = (exit.code().into(), ending.to_owned());
        exit
    }

    /// Books the end of the run, and says what it cost. `learn`: finds out what it used.
    fn settle(
        &self,
        cx: &mut Context,
        owner: OwnerFile,
        meter: &RunMeter,
        end: &mut RunEnd,
        learn: &mut dyn FnMut(&mut Context, &mut RunEnd),
    ) {
        let settled = settle(cx, owner, end, learn);
        if let Some(settled) = &settled {
            cx.ui.detail(&report::summary(settled));
            let found = &settled.reservation;
            if let Some(reason) = end.unknown.as_ref().filter(|_| found.unknown) {
                let correct = crate::render::status::correction(found);
                cx.ui.warn(&format!("{reason}; {correct}"));
                if let Some(how) = meter.advice() {
                    let program = self.program_name();
                    cx.ui.note(&format!("{program} says what it used {how}"));
                }
            }
        }
        if let Some(path) = &self.result {
            report::write(cx, path, &report::ended(end, settled.as_ref()));
        }
    }

    /// Everything that makes it another run, beside what it reserves; not how it is reported.
    fn what_it_does(&self) -> String {
        let (meter, file) = (&self.meter, &self.usage_file);
        let stop = (self.deadline, self.stop_grace);
        format!("{:?} {meter:?} {file:?} {stop:?}", self.command)
    }

    pub(super) fn program_name(&self) -> String {
        program_name(&self.command)
    }
}

/// The end of a run of which nothing more is known.
fn unsettled(session: Id, reservation: Id, started: bool, ended: Timestamp) -> RunEnd {
    RunEnd {
        session: session.to_string(),
        reservation: reservation.to_string(),
        started,
        exit_code: 0,
        ending: String::new(),
        active_ms: 0,
        ended_us: ended.as_micros(),
        report: None,
        unknown: None,
    }
}

fn wall_clock() -> Timestamp {
    (crate::clock::sources().clock)().wall
}

fn child_code(code: i32) -> Exit {
    Exit::Child(u8::try_from(code).unwrap_or(u8::MAX))
}

/// Ends as the child ended: by its signal where one killed it, unless we sent it.
fn die(exit: Exit, ending: Ending) -> Exit {
    match exit {
        Exit::Child(_) => child_code(supervise::die_as(ending)),
        other => other,
    }
}

fn not_started(error: &SpawnError, program: &str) -> (Exit, String) {
    match error {
        SpawnError::NotFound => (
            Exit::CommandNotFound,
            format!("{program}: command not found"),
        ),
        SpawnError::CannotRun(error) => (
            Exit::CannotRun,
            format!("{program}: cannot be run: {error}"),
        ),
        SpawnError::Failed(error) => (
            Exit::Wrapper,
            format!("{program}: could not be started: {error}"),
        ),
    }
}

/// A run with this key is over: its code again. One that still runs is a conflict.
fn finished_before(cx: &mut Context, answer: &str) -> Result<Exit> {
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    let session = answer
        .get("session")
        .and_then(Value::as_str)
        .and_then(|id| id.parse().ok());
    let found = match session {
        Some(session) => cx.ledger_for(false)?.session(&session)?,
        None => None,
    };
    match found.and_then(|found| found.end) {
        Some(end) => {
            cx.ui
                .note(&format!("the run with this key is over ({})", end.ending));
            Ok(Exit::Child(u8::try_from(end.exit_code).unwrap_or(u8::MAX)))
        }
        None => Err(Error {
            retryable: true,
            ..Error::new(
                Exit::Conflict,
                "still_running",
                "the run with this key is still going on",
            )
        }),
    }
}
