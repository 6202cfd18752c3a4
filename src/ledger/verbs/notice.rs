//! What a write noticed beside its answer: a limit charged past a share that is to be warned of,
//! or used up; a denial; a reservation that nobody settled, that cost more than it reserved, or of
//! which nobody knows what it cost. Warnings are entries, said once; telling anybody is not ours.

use serde_json::{Value, json};

use super::answer::Outcome;
use super::denial::Denial;
use super::plan::Plan;
use super::scene::Scene;
use super::settle::SettledNow;
use super::{Ledger, detail};
use crate::ledger::amount::decimal;
use crate::ledger::budget::Standing;
use crate::ledger::calendar::{Bounds, Zone};
use crate::ledger::entry::{Entry, EntryKind, Seq};
use crate::ledger::error::Result;
use crate::ledger::id::Id;
use crate::ledger::limit::Position;
use crate::ledger::policy::Percent;
use crate::ledger::reservation::{Reservation, State};
use crate::ledger::rules::settle::Moves;
use crate::ledger::rules::warn;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::window::{Figures, Movement, WindowId};

/// How much a command keeps in mind, warnings first. What is beyond is in the journal.
const AT_MOST: usize = 16;

/// Something that happened, and that somebody may want to know at once.
#[derive(Debug, Clone)]
pub struct Notice {
    /// When.
    pub at: Timestamp,
    /// The reservation that it came of.
    pub reservation: Option<Id>,
    /// The run that it came of.
    pub session: Option<Id>,
    /// What.
    pub what: Noticed,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Noticed {
    /// A limit was charged past shares of it that are to be warned of.
    Threshold {
        /// The limit as it stands now.
        limit: LimitNow,
        /// The shares, the lowest first.
        shares: Vec<Percent>,
    },
    /// A charge used a limit up.
    Exhausted(LimitNow),
    /// A reservation or a charge was denied.
    Denied(Box<Denial>),
    /// A reservation was closed because nobody settled it.
    Expired(Box<Reservation>),
    /// A reservation was charged more than it held.
    Overrun(Box<Reservation>),
    /// A reservation was charged without anybody knowing what it cost.
    Unknown(Box<Reservation>),
}

/// A limit with its window, and the zone that it is shown in.
#[derive(Debug, Clone)]
pub struct LimitNow {
    /// The limit and its figures.
    pub position: Box<Position>,
    /// The zone of its budget.
    pub zone: Zone,
}

impl Notice {
    const fn is_warning(&self) -> bool {
        matches!(self.what, Noticed::Threshold { .. })
    }
}

impl Noticed {
    /// Its name in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Threshold { .. } => "threshold",
            Self::Exhausted(_) => "exhausted",
            Self::Denied(_) => "denied",
            Self::Expired(_) => "expired",
            Self::Overrun(_) => "overrun",
            Self::Unknown(_) => "unknown",
        }
    }
}

impl Ledger {
    /// What was noticed since this was asked last.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Whether anything was noticed since it was asked for last.
    pub fn has_notices(&self) -> bool {
        !self.notices.is_empty()
    }

    /// Keeps what a write noticed, now that it is committed. Every warning is kept.
    pub(super) fn keep_notices(&mut self, noticed: Vec<Notice>) {
        for notice in noticed {
            if self.notices.len() >= AT_MOST {
                if !notice.is_warning() {
                    continue;
                }
                let other = self.notices.iter().rposition(|kept| !kept.is_warning());
                other.map(|other| self.notices.remove(other));
            }
            self.notices.push(notice);
        }
    }

    /// Forgets the denials on the way to an answer.
    pub(super) fn forget_denials(&mut self) {
        self.notices
            .retain(|notice| !matches!(notice.what, Noticed::Denied(_)));
    }

    /// Notes the denial that is the answer to a request.
    pub(super) fn notice_answer<T>(&mut self, answer: Result<Outcome<T>>) -> Result<Outcome<T>> {
        if let Ok(Outcome::Denied(denial)) = &answer {
            let notice = Notice {
                at: denial.at,
                reservation: None,
                session: None,
                what: Noticed::Denied(denial.clone()),
            };
            self.keep_notices(vec![notice]);
        }
        answer
    }
}

impl Scene<'_> {
    fn notice(&self, reservation: Option<Id>, session: Option<Id>, what: Noticed) {
        self.notices.borrow_mut().push(Notice {
            at: self.now.wall,
            reservation,
            session,
            what,
        });
    }

    fn notice_of(&self, found: &Reservation, what: Noticed) {
        self.notice(Some(found.id), found.session, what);
    }

    /// Looks at every limit that an entry charged.
    pub(super) fn look_at_charged(&self, plan: &Plan, entry: &Entry) -> Result<()> {
        for (position, moves) in plan.moves() {
            let movement = moved(position, moves)?;
            let charged = movement.spent.saturating_add(movement.debt);
            if (charged > 0 || movement.over == Some(true)) && self.is_in_force(&position.bounds) {
                let after = Position {
                    figures: position.figures.after(&movement)?,
                    ..position.clone()
                };
                if warn::exhausts(&position.figures, &after.figures)
                    && let Some(limit) = self.limit_now(&after)?
                {
                    let (reservation, session) = (entry.reservation, entry.session);
                    self.notice(reservation, session, Noticed::Exhausted(limit));
                }
                self.look_at(&after, entry)?;
            }
        }
        Ok(())
    }

    /// Looks at every limit of a budget that was changed.
    pub(super) fn look_at_all(&self, standing: &Standing, entry: &Entry) -> Result<()> {
        let mut positions = standing.positions.iter();
        positions.try_for_each(|position| self.look_at(position, entry))
    }

    /// Warns where a share was reached that was not warned of, which is an entry of its own.
    fn look_at(&self, position: &Position, cause: &Entry) -> Result<()> {
        let shares = warn::due(&position.figures, &position.warn);
        let Some(highest) = shares.last() else {
            return Ok(());
        };
        let Some(limit) = self.limit_now(position)? else {
            return Ok(());
        };
        let window = self.window_of(position)?;
        self.tx.set_warned(window, highest.get())?;
        let entry = Entry {
            reservation: cause.reservation,
            session: cause.session,
            detail: warning(&limit, window, &shares, cause.seq),
            ..self.entry(EntryKind::Warned, position.budget.to_string())
        };
        self.tx.append(&entry)?;
        let what = Noticed::Threshold { limit, shares };
        self.notice(cause.reservation, cause.session, what);
        Ok(())
    }

    /// The limit of a position, where it is still set and that is its latest window.
    fn limit_now(&self, position: &Position) -> Result<Option<LimitNow>> {
        let window = self.window_of(position)?;
        let Some((_, budget)) = self.tx.limit(position.limit)? else {
            return Ok(None);
        };
        let rows = self.tx.limits(budget.id)?;
        let latest = rows.iter().find(|row| row.id == position.limit);
        let latest = latest.and_then(|row| row.window.as_ref());
        let is_latest = latest.is_some_and(|(id, _, _)| *id == window);
        Ok(is_latest.then(|| LimitNow {
            position: Box::new(Position {
                window: Some(window),
                ..position.clone()
            }),
            zone: budget.zone,
        }))
    }

    /// Whether a window is not over. A clock that is not believed ends none.
    fn is_in_force(&self, bounds: &Bounds) -> bool {
        !self.believable || bounds.end.is_none_or(|end| self.now.wall < end)
    }

    /// Lets a window that has more room warn again. What an entry says of that, where it does.
    pub(super) fn rearm(&self, window: WindowId, figures: &Figures) -> Result<Option<Value>> {
        let Some(left) = warn::rearmed(figures) else {
            return Ok(None);
        };
        self.tx.set_warned(window, left)?;
        Ok(Some(json!({"window": window.0, "warned": left})))
    }

    /// Looks at how a reservation ended.
    pub(super) fn look_at_end(&self, ended: &Reservation, plan: &Plan, settled: &SettledNow) {
        let now = || Box::new(settled.reservation.clone());
        if ended.state == State::Expired {
            self.notice_of(ended, Noticed::Expired(now()));
        } else if ended.unknown {
            self.notice_of(ended, Noticed::Unknown(now()));
        }
        self.look_at_cost(ended, plan.exceeded(), settled);
    }

    /// Notes that a reservation cost more than it held of a unit that it reserved.
    pub(super) fn look_at_cost<'u>(
        &self,
        found: &Reservation,
        mut exceeded: impl Iterator<Item = &'u Unit>,
        settled: &SettledNow,
    ) {
        let is_reserved = |unit: &Unit| found.stake(unit).is_some_and(|s| !s.reserved.is_zero());
        if exceeded.any(is_reserved) {
            let now = Box::new(settled.reservation.clone());
            self.notice_of(found, Noticed::Overrun(now));
        }
    }
}

/// How the window of a position moves.
fn moved(position: &Position, moves: &Moves) -> Result<Movement> {
    let own = |(window, _): &&(WindowId, Movement)| Some(*window) == position.window;
    let mut covered = moves.covered.iter().filter(own);
    Ok(covered.try_fold(moves.excess, |sum, (_, movement)| sum.and(movement))?)
}

/// What the entry of a warning says.
fn warning(limit: &LimitNow, window: WindowId, shares: &[Percent], by: Seq) -> String {
    let position = &limit.position;
    let (figures, unit) = (&position.figures, &position.key.unit);
    let start = position.bounds.start.to_rfc3339(&limit.zone);
    let shares: Vec<_> = shares.iter().map(|share| share.get()).collect();
    let said = json!({
        "limit": position.key.to_string(),
        "thresholds": shares,
        "window": {"id": window.0, "start": start.ok()},
        "charged": decimal(figures.charged(), unit),
        "capacity": decimal(figures.capacity().atoms(), unit),
        "by": by.0,
    });
    detail::with("", "warned", said)
}
