//! A wrapped child cannot tell that it is wrapped, and neither can the caller: every behaviour is
//! checked through a real wrapper process around real children.

mod counter;
mod plain;
mod relay;
#[path = "../support/terminal.rs"]
mod screen;
mod signals;
mod stopping;
mod terminal;
mod wrapper;
