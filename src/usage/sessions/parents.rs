//! Which session of a database started which: helpers have sessions of their own, and what they did
//! belongs to the one that people began.

use std::collections::HashMap;

use super::database::{Database, Refused};

/// No helper has helpers deeper than that.
const DEEPEST: usize = 16;

/// The sessions that were started by others.
pub(super) struct Parents(HashMap<String, String>);

impl Parents {
    /// Those that a statement finds, each with the session that started it.
    pub(super) fn of(database: &Database, sql: &str) -> Result<Self, Refused> {
        let mut parents = HashMap::new();
        database.rows(sql, &mut |row| {
            if let (Some(id), Some(parent)) = (row.text(0), row.text(1)) {
                parents.insert(id.to_owned(), parent.to_owned());
            }
        })?;
        Ok(Self(parents))
    }

    /// The session that people began.
    pub(super) fn root<'a>(&'a self, session: &'a str) -> &'a str {
        let above = |id: &&str| self.0.get(*id).map(String::as_str);
        let line = std::iter::successors(Some(session), above);
        line.take(DEEPEST).last().unwrap_or(session)
    }
}
