//! The decisions, as pure functions over plain values: what is admitted, how a charge settles,
//! what a lease that ran out and other prices come to, when a warning is due, where a window is
//! heading. They know no SQL, no clock and no screen.

#![cfg_attr(not(test), warn(clippy::wildcard_enum_match_arm))]

pub mod admit;
pub mod charging;
pub mod forecast;
pub mod lapse;
pub mod pace;
pub mod report;
pub mod reprice;
pub mod settle;
pub mod warn;
