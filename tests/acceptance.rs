//! Acceptance cases: what a spending ledger must do, each as a test that carries its case's name.

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "acceptance/common.rs"]
mod common;

#[cfg(test)]
#[path = "acceptance/reserve.rs"]
mod reserve;

#[cfg(test)]
#[path = "acceptance/runs.rs"]
mod runs;

#[cfg(test)]
#[path = "acceptance/limits.rs"]
mod limits;

#[cfg(test)]
#[path = "acceptance/later.rs"]
mod later;

#[cfg(test)]
#[path = "acceptance/vectors.rs"]
mod vectors;

#[cfg(test)]
#[path = "acceptance/ledger.rs"]
mod ledger;

#[cfg(test)]
#[path = "acceptance/keys.rs"]
mod keys;

#[cfg(test)]
#[path = "acceptance/time.rs"]
mod time;

#[cfg(test)]
#[path = "acceptance/names.rs"]
mod names;

#[cfg(test)]
#[path = "acceptance/faults.rs"]
mod faults;

#[cfg(test)]
#[path = "acceptance/advice.rs"]
mod advice;
