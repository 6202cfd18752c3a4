//! Reservations, what they hold, and which of them are due.

use rusqlite::Row;

use super::{Tx, codec};
use crate::ledger::amount::Amount;
use crate::ledger::budget::BudgetId;
use crate::ledger::entry::Seq;
use crate::ledger::error::{Error, Result};
use crate::ledger::holding::{Holding, HoldingId};
use crate::ledger::id::{Id, IdRef};
use crate::ledger::limit::LimitId;
use crate::ledger::name::{BudgetName, Names};
use crate::ledger::reservation::{Reservation, State, UnitStake};
use crate::ledger::rules::lapse::Lease;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::window::WindowId;

/// Which reservations to list.
#[derive(Debug, Clone)]
pub struct ReservationFilter {
    /// How they stand.
    pub which: Which,
    /// Only those naming this budget or one below it.
    pub within: Option<BudgetName>,
}

/// How the reservations of a list stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// However they do.
    Any,
    /// In this state.
    In(State),
    /// Nobody could account for them and nobody corrected that.
    Unknown,
}

impl ReservationFilter {
    /// Whether a reservation belongs into the list.
    pub fn admits(&self, found: &Reservation) -> bool {
        let stands = match self.which {
            Which::Any => true,
            Which::In(state) => found.state == state,
            Which::Unknown => found.unknown && !found.late,
        };
        let within = self.within.as_ref();
        stands && within.is_none_or(|name| found.names.any_within(name))
    }
}

/// The columns of a reservation.
macro_rules! reservation_columns {
    () => {
        "id, budgets, state, parent, owner, session, created_us, expires_us, expires_boot_us, \
         boot, ttl_ms, grace_ms, overage, on_unknown, unknown, late, detail, settled_by"
    };
}

/// Reads reservations, to be taken by `reservation`.
macro_rules! select_reservations {
    ($which:literal) => {
        concat!(
            "SELECT ",
            reservation_columns!(),
            " FROM reservation ",
            $which
        )
    };
}

/// The row of `reservation_columns`, without its stakes.
fn reservation(row: &Row<'_>) -> rusqlite::Result<Reservation> {
    let overage: Option<String> = row.get(12)?;
    let settled_by: Option<i64> = row.get(17)?;
    Ok(Reservation {
        id: codec::id(row, 0)?,
        names: codec::named(row, 1, Names::from_stored)?,
        state: codec::named(row, 2, State::from_name)?,
        parent: codec::maybe_id(row, 3)?,
        owner: codec::maybe_id(row, 4)?,
        session: codec::maybe_id(row, 5)?,
        created: Timestamp::from_micros(row.get(6)?),
        lease: Lease {
            expires: Timestamp::from_micros(row.get(7)?),
            expires_boot_us: row.get(8)?,
            boot: row.get(9)?,
            ttl_ms: row.get(10)?,
            grace_ms: row.get(11)?,
        },
        overage: overage.map(|_| codec::parsed(row, 12)).transpose()?,
        on_unknown: codec::parsed(row, 13)?,
        unknown: row.get(14)?,
        late: row.get(15)?,
        detail: row.get(16)?,
        settled_by: settled_by.map(Seq),
        stakes: Vec::new(),
    })
}

/// Adds a stake; and what is done where there is one.
macro_rules! insert_stake {
    ($else:literal) => {
        concat!(
            "INSERT INTO stake (reservation, unit, reserved, charged, nested) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
            $else
        )
    };
}

/// Adds a holding; and what is done where there is one.
macro_rules! insert_holding {
    ($else:literal) => {
        concat!(
            "INSERT INTO holding (reservation, window, source, atoms) VALUES (?1, ?2, ?3, ?4)",
            $else
        )
    };
}

impl Tx<'_> {
    pub(crate) const RESERVATION: &'static str = select_reservations!("WHERE id = ?1");
    pub(crate) const INSERT_RESERVATION: &'static str = concat!(
        "INSERT INTO reservation (",
        reservation_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
    );
    pub(crate) const END_RESERVATION: &'static str =
        "UPDATE reservation SET state = ?2, unknown = ?3, late = ?4, settled_by = ?5 WHERE id = ?1";
    pub(crate) const STAKES: &'static str =
        "SELECT unit, reserved, charged, nested FROM stake WHERE reservation = ?1 ORDER BY unit";
    pub(crate) const INSERT_STAKE: &'static str = insert_stake!("");
    pub(crate) const INSERT_HOLDING: &'static str = insert_holding!("");
    pub(crate) const PUT_STAKE: &'static str = insert_stake!(
        " ON CONFLICT (reservation, unit) DO UPDATE SET \
         reserved = excluded.reserved, charged = excluded.charged, nested = excluded.nested"
    );
    pub(crate) const HOLDINGS: &'static str = "SELECT h.reservation, h.window, h.source, h.atoms, w.limit_id FROM holding h \
         JOIN limit_window w ON w.id = h.window WHERE h.reservation = ?1 \
         ORDER BY h.source DESC, h.window";
    pub(crate) const PUT_HOLDING: &'static str = insert_holding!(
        " ON CONFLICT (reservation, window, source) DO UPDATE SET atoms = excluded.atoms"
    );
    pub(crate) const DUE: &'static str = "SELECT id FROM reservation WHERE state = 'open' AND expires_boot_us < ?1 \
         ORDER BY expires_boot_us LIMIT ?2";

    /// A reservation with its stakes.
    pub fn reservation(&self, id: &Id) -> Result<Option<Reservation>> {
        let found = self.one(Self::RESERVATION, [id.as_bytes()], reservation)?;
        found.map(|found| self.with_stakes(found)).transpose()
    }

    fn with_stakes(&self, found: Reservation) -> Result<Reservation> {
        let stakes = self.all(Self::STAKES, [found.id.as_bytes()], |row| {
            Ok(UnitStake {
                unit: codec::parsed(row, 0)?,
                reserved: codec::amount(row, 1)?,
                charged: codec::maybe_amount(row, 2)?,
                nested: codec::maybe_amount(row, 3)?,
            })
        })?;
        Ok(Reservation { stakes, ..found })
    }

    /// The id that was typed in full or by its end.
    pub fn resolve(&self, typed: &IdRef) -> Result<Id> {
        let tail = match typed {
            IdRef::Full(id) => return Ok(*id),
            IdRef::Tail(tail) => tail,
        };
        let sql = "SELECT id FROM reservation WHERE lower(hex(id)) LIKE '%' || ?1 LIMIT 3";
        let found = self.all(sql, [tail], |row| codec::id(row, 0))?;
        match found.as_slice() {
            [] => Err(not_found(typed)),
            [id] => Ok(*id),
            several => Err(Error::Ambiguous {
                text: tail.clone(),
                count: several.len(),
            }),
        }
    }

    /// The reservation that was typed in full or by its end.
    pub fn find_reservation(&self, typed: &IdRef) -> Result<Reservation> {
        let id = self.resolve(typed)?;
        self.reservation(&id)?.ok_or_else(|| not_found(typed))
    }

    /// The reservations a filter lets through, the oldest first.
    pub fn reservations(&self, filter: &ReservationFilter) -> Result<Vec<Reservation>> {
        // Both indexes hold only what is asked for, however many reservations there ever were.
        let sql = match filter.which {
            Which::Any => select_reservations!("ORDER BY id"),
            Which::In(State::Open) => {
                select_reservations!("INDEXED BY reservation_due WHERE state = 'open' ORDER BY id")
            }
            Which::In(State::Committed) => {
                select_reservations!("WHERE state = 'committed' ORDER BY id")
            }
            Which::In(State::Released) => {
                select_reservations!("WHERE state = 'released' ORDER BY id")
            }
            Which::In(State::Expired) => {
                select_reservations!("WHERE state = 'expired' ORDER BY id")
            }
            Which::Unknown => select_reservations!(
                "INDEXED BY reservation_unknown WHERE unknown = 1 AND late = 0 ORDER BY id"
            ),
        };
        let found = self.all(sql, [], reservation)?;
        let admitted = found.into_iter().filter(|found| filter.admits(found));
        admitted.map(|found| self.with_stakes(found)).collect()
    }

    /// Adds a reservation with its stakes.
    pub fn insert_reservation(&self, new: &Reservation) -> Result<()> {
        let values = rusqlite::params![
            new.id.as_bytes(),
            new.names.to_string(),
            new.state.as_str(),
            new.parent.as_ref().map(Id::as_bytes),
            new.owner.as_ref().map(Id::as_bytes),
            new.session.as_ref().map(Id::as_bytes),
            new.created.as_micros(),
            new.lease.expires.as_micros(),
            new.lease.expires_boot_us,
            new.lease.boot,
            new.lease.ttl_ms,
            new.lease.grace_ms,
            new.overage.as_ref().map(ToString::to_string),
            new.on_unknown.to_string(),
            new.unknown,
            new.late,
            new.detail,
            new.settled_by.map(|seq| seq.0),
        ];
        self.run(Self::INSERT_RESERVATION, values)?;
        new.stakes
            .iter()
            .try_for_each(|stake| self.store_stake(Self::INSERT_STAKE, &new.id, stake))
    }

    /// Stores how a reservation ended.
    pub fn end_reservation(&self, ended: &Reservation) -> Result<()> {
        let settled_by = ended.settled_by.map(|seq| seq.0);
        let state = ended.state.as_str();
        let values = (
            ended.id.as_bytes(),
            state,
            ended.unknown,
            ended.late,
            settled_by,
        );
        self.run(Self::END_RESERVATION, values).map(drop)
    }

    /// Moves the end of a lease.
    pub fn update_lease(&self, id: &Id, lease: &Lease) -> Result<()> {
        let sql = "UPDATE reservation SET expires_us = ?2, expires_boot_us = ?3, boot = ?4, \
                   ttl_ms = ?5 WHERE id = ?1";
        let expires = lease.expires.as_micros();
        let values = (
            id.as_bytes(),
            expires,
            lease.expires_boot_us,
            lease.boot,
            lease.ttl_ms,
        );
        self.run(sql, values).map(drop)
    }

    /// Stores one unit of a reservation.
    pub fn put_stake(&self, id: &Id, stake: &UnitStake) -> Result<()> {
        self.store_stake(Self::PUT_STAKE, id, stake)
    }

    fn store_stake(&self, sql: &str, id: &Id, stake: &UnitStake) -> Result<()> {
        let values = (
            id.as_bytes(),
            stake.unit.as_str(),
            stake.reserved.atoms(),
            stake.charged.map(Amount::atoms),
            stake.nested.map(Amount::atoms),
        );
        self.run(sql, values).map(drop)
    }

    /// What a reservation holds, what was drawn from others first, each with its limit.
    pub fn holdings(&self, id: &Id) -> Result<Vec<(LimitId, Holding)>> {
        self.all(Self::HOLDINGS, [id.as_bytes()], |row| {
            let source: Vec<u8> = row.get(2)?;
            let holding = Holding {
                holder: codec::id(row, 0)?,
                window: WindowId(row.get(1)?),
                source: <[u8; 16]>::try_from(source).ok().map(HoldingId::from_bytes),
                atoms: codec::amount(row, 3)?,
            };
            Ok((LimitId(row.get(4)?), holding))
        })
    }

    /// Stores what a reservation holds in one window.
    pub fn put_holding(&self, holding: &Holding) -> Result<()> {
        self.store_holding(Self::PUT_HOLDING, holding)
    }

    /// Stores the same where it is known to be new.
    pub fn insert_holding(&self, holding: &Holding) -> Result<()> {
        self.store_holding(Self::INSERT_HOLDING, holding)
    }

    fn store_holding(&self, sql: &str, holding: &Holding) -> Result<()> {
        let source = holding.source.as_ref().map_or(&[][..], |id| id.as_bytes());
        let window = holding.window.0;
        let values = (
            holding.holder.as_bytes(),
            window,
            source,
            holding.atoms.atoms(),
        );
        self.run(sql, values).map(drop)
    }

    /// Removes what open reservations hold of a limit. What it was, by window.
    pub fn drop_open_holdings(&self, limit: LimitId) -> Result<Vec<(WindowId, Amount)>> {
        let sql = "DELETE FROM holding \
                   WHERE window IN (SELECT id FROM limit_window WHERE limit_id = ?1) \
                   AND reservation IN (SELECT id FROM reservation INDEXED BY reservation_due \
                   WHERE state = 'open') RETURNING window, atoms";
        self.all(sql, [limit.0], |row| {
            Ok((WindowId(row.get(0)?), codec::amount(row, 1)?))
        })
    }

    /// Open reservations whose lease ended before an instant of this boot, the most overdue first.
    pub fn due(&self, before_boot_us: i64, at_most: u32) -> Result<Vec<Id>> {
        self.all(Self::DUE, (before_boot_us, at_most), |row| {
            codec::id(row, 0)
        })
    }

    /// Open reservations whose lease is in terms of another boot.
    pub fn unanchored(&self, boot: i64) -> Result<Vec<Id>> {
        let sql = "SELECT id FROM reservation WHERE state = 'open' AND boot <> ?1";
        self.all(sql, [boot], |row| codec::id(row, 0))
    }

    /// Open reservations with an owner that hold something in one of a limit's windows.
    pub fn owned_holders(&self, limit: LimitId, at_most: u32) -> Result<Vec<Id>> {
        let sql = "SELECT DISTINCT r.id FROM reservation r INDEXED BY reservation_due \
                   JOIN holding h ON h.reservation = r.id \
                   JOIN limit_window w ON w.id = h.window WHERE r.state = 'open' \
                   AND r.owner IS NOT NULL AND h.atoms > 0 AND w.limit_id = ?1 LIMIT ?2";
        self.all(sql, (limit.0, at_most), |row| codec::id(row, 0))
    }

    /// How many open reservations count against a budget, which one that was made anew under the
    /// name of a closed one is not.
    pub fn open_on(&self, budget: BudgetId) -> Result<i64> {
        let sql = "SELECT count(DISTINCT r.id) FROM reservation r INDEXED BY reservation_due \
                   JOIN holding h ON h.reservation = r.id JOIN limit_window w ON w.id = h.window \
                   JOIN budget_limit l ON l.id = w.limit_id \
                   WHERE r.state = 'open' AND l.budget = ?1";
        self.one(sql, [budget.0], |row| row.get(0))
            .map(Option::unwrap_or_default)
    }
}

fn not_found(typed: &IdRef) -> Error {
    Error::NotFound {
        what: "reservation",
        text: typed.to_string(),
        near: Vec::new(),
    }
}
