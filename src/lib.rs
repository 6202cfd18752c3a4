//! Hard spending limits for anything run from a shell, kept in one local ledger file.
//!
//! The map: [`ledger`] is the domain, its rules and its storage; the other modules are the
//! command-line program around it. `docs/architecture.md` has the whole house.

pub mod ledger;
