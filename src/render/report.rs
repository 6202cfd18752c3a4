//! Reports for people and for programs: one grid of texts, drawn as a table or as Markdown, and the
//! same rows as CSV with exact figures.

mod csv;
mod focus;
mod grid;
mod html;
mod markdown;
mod table;

use crate::ledger::calendar::Zone;
use crate::ledger::rules::report::{By, Key, Report};
use crate::ledger::timestamp::Timestamp;

pub use csv::csv;
pub use focus::Focus;
pub use html::{Page, html};
pub use markdown::markdown;
pub use table::table;

/// A report with what was asked.
#[derive(Debug, Clone)]
pub struct View {
    /// The rows.
    pub report: Report,
    /// What makes a row.
    pub by: Vec<By>,
    /// The budget, where one was named.
    pub budget: Option<String>,
    /// The zone of its days.
    pub zone: Zone,
    /// From when on, where that was said.
    pub since: Option<Timestamp>,
    /// Before when, where that was said.
    pub until: Option<Timestamp>,
}

impl View {
    /// What a row is about, as people read it; empty where it is about nothing with a name.
    pub fn label(&self, by: &By, key: &Key) -> String {
        match key {
            Key::Time(start, _) => time(by, *start, self.zone),
            Key::Name(name) => name.clone().unwrap_or_default(),
            Key::Session(id) => id.map(|id| id.to_string()).unwrap_or_default(),
        }
    }
}

/// The name of a stretch of time: its day, its month where that begins with the first, and so on.
fn time(by: &By, start: Timestamp, zone: Zone) -> String {
    let whole = super::human::moment(start, &zone);
    let date = whole.get(..10).unwrap_or(&whole).to_owned();
    match by {
        By::Hour => whole.replacen(":00:00", ":00", 1),
        By::Month => date.strip_suffix("-01").unwrap_or(&date).to_owned(),
        By::Year => date.strip_suffix("-01-01").unwrap_or(&date).to_owned(),
        _ => date,
    }
}
