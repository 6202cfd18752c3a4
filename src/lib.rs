//! Hard spending limits for anything run from a shell, kept in one local ledger file.
//!
//! The map: [`ledger`] is the domain, its rules and its storage; [`supervise`] runs a child;
//! [`usage`] reads what agents report; [`render`] turns values into text; `commands` has one file
//! a verb. `docs/architecture.md` has the whole house and who may use whom.

mod cli;
mod clock;
mod commands;
mod config;
mod context;
mod env;
mod error;
mod exit;
mod mistakes;
mod ui;

pub mod ledger;
pub mod render;
pub mod supervise;
pub mod usage;

use std::ffi::OsString;

pub use cli::{completions, manual, whole_tree};
pub use clock::sources;
pub use error::Error;
pub use exit::Exit;

/// Runs the program on its arguments, the first of which is its own name.
pub fn run(arguments: &[OsString]) -> Exit {
    cli::run(arguments)
}
