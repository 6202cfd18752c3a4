//! From values to text: tables for people, JSON for scripts. Views take styles and width as
//! values and never touch the store, the clock or a stream.

pub mod denial;
pub mod doctor;
pub mod fit;
pub mod forecast;
pub mod human;
pub mod notice;
pub mod report;
pub mod sanitize;
pub(crate) mod settings;
pub mod status;
pub mod statusline;
pub mod style;
pub mod table;
pub mod wire;
