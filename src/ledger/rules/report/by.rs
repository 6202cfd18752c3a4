//! What makes a row of a report.

use std::fmt;
use std::str::FromStr;

use crate::ledger::amount::safe;
use crate::ledger::calendar::Period;
use crate::ledger::charge::Purpose;

/// What makes a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum By {
    /// Hours of the local clock.
    Hour,
    /// Days.
    Day,
    /// Weeks.
    Week,
    /// Months.
    Month,
    /// Years.
    Year,
    /// The budgets named; what names several has a row of its own.
    Budget,
    /// The model.
    Model,
    /// Its provider.
    Provider,
    /// The agent, else the program.
    Agent,
    /// The project.
    Project,
    /// The run.
    Session,
    /// The value of a tag.
    Tag(String),
}

/// Text that names nothing to group by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is nothing to report by: use hour, day, week, month, year, budget, model, provider, \
     agent, project, session or tag:KEY"
)]
pub struct InvalidBy {
    text: String,
}

const WORDS: [(&str, By); 11] = [
    ("hour", By::Hour),
    ("day", By::Day),
    ("week", By::Week),
    ("month", By::Month),
    ("year", By::Year),
    ("budget", By::Budget),
    ("model", By::Model),
    ("provider", By::Provider),
    ("agent", By::Agent),
    ("project", By::Project),
    ("session", By::Session),
];

impl By {
    /// The calendar's period, where it is one.
    pub const fn period(&self) -> Option<Period> {
        match self {
            Self::Hour => Some(Period::Hour),
            Self::Day => Some(Period::Day),
            Self::Week => Some(Period::Week),
            Self::Month => Some(Period::Month),
            Self::Year => Some(Period::Year),
            Self::Budget
            | Self::Model
            | Self::Provider
            | Self::Agent
            | Self::Project
            | Self::Session
            | Self::Tag(_) => None,
        }
    }

    /// Whether it names purposes.
    pub(super) fn is_name(&self) -> bool {
        self.period().is_none() && *self != Self::Session
    }

    /// What a purpose is called by it, where it is called anything.
    pub(super) fn name(&self, purpose: &Purpose) -> Option<String> {
        let value = |key: &str| {
            let found = purpose.tags.iter().find(|(known, _)| known == key);
            found.map(|(_, value)| value.clone())
        };
        match self {
            Self::Hour | Self::Day | Self::Week | Self::Month | Self::Year | Self::Session => None,
            Self::Budget => Some(purpose.budgets.clone()),
            Self::Model => purpose.model.clone(),
            Self::Provider => purpose.provider.clone(),
            Self::Agent => purpose.agent.clone(),
            Self::Project => purpose.project.clone(),
            Self::Tag(key) => value(key),
        }
    }
}

impl FromStr for By {
    type Err = InvalidBy;

    fn from_str(text: &str) -> Result<Self, InvalidBy> {
        let key = text.strip_prefix("tag:").filter(|key| !key.is_empty());
        let word = WORDS.iter().find(|(word, _)| *word == text);
        word.map(|(_, by)| by.clone())
            .or(key.map(|key| Self::Tag(key.to_owned())))
            .ok_or_else(|| InvalidBy { text: safe(text) })
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(key) => write!(f, "tag:{key}"),
            Self::Hour
            | Self::Day
            | Self::Week
            | Self::Month
            | Self::Year
            | Self::Budget
            | Self::Model
            | Self::Provider
            | Self::Agent
            | Self::Project
            | Self::Session => {
                let word = WORDS.iter().find(|(_, known)| known == self);
                f.write_str(word.map_or("", |(word, _)| word))
            }
        }
    }
}
