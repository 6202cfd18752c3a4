//! The ledger: budgets and their limits, reservations against them, and the journal of all that
//! moved. Values and rules are pure; `store` has the only SQL; `verbs` are the operations, one
//! transaction each.

// The strict room, where money lives.
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::float_arithmetic,
        clippy::indexing_slicing,
        clippy::integer_division
    )
)]

pub mod amount;
pub mod booked;
pub mod budget;
pub mod calendar;
pub mod charge;
pub mod duration;
pub(crate) mod edits;
pub mod entry;
pub mod error;
pub mod holding;
pub mod id;
pub mod limit;
pub mod moment;
pub mod name;
pub mod plain;
pub mod policy;
pub mod reservation;
pub mod rules;
pub mod standing;
pub mod store;
pub mod tag;
pub mod timestamp;
pub mod unit;
pub mod verbs;
pub mod window;

pub use error::{Error, Result};
pub use verbs::{Ledger, Sources};
