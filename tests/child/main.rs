//! A wrapped child cannot tell that it is wrapped, and neither can the caller: every behaviour is
//! checked through a real wrapper process around real children.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at what it does not expect"
)]

mod counter;
mod plain;
mod relay;
#[path = "../support/terminal.rs"]
mod screen;
mod signals;
mod stopping;
mod terminal;
mod wrapper;
