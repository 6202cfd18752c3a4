//! What programs report about their own consumption, and what it costs by a price table: one model
//! of usage with disjoint token kinds, readers that turn an agent's output, an answer of a provider
//! or a usage file into it, exactly and in bounded memory. Knows nothing of budgets and limits:
//! what a reading is charged is decided elsewhere.

mod agents;
mod choice;
pub mod counters;
mod decimal;
mod model;
mod objects;
pub mod prices;
mod report;
mod responses;
pub mod sessions;
mod usage_file;
mod wire;

/// From so many bytes on, an id is nobody else's: providers make theirs at random. Shorter ones are
/// counted from small numbers by some.
const UNIQUE: usize = 24;

pub use agents::{
    AgentStatus, History, Invocation, MAX_MESSAGE, agent_names, agent_of_program, read_status,
    recognise,
};
pub use choice::choose;
pub use decimal::{Cost, DecimalError};
pub use model::{ModelUsage, Overflow, Tokens};
pub use report::{Meter, Reading, Report, Source, Totals};
pub use responses::{MAX_RESPONSE, api_names, api_provider, read as read_response};
pub use usage_file::{MAX_BYTES as USAGE_FILE_MAX_BYTES, UsageFile, read as read_usage_file};

#[cfg(test)]
mod tests;
