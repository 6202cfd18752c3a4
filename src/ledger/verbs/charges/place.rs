//! Where and for what an entry counts: its budgets and run, its tags, its agent and project.

use std::collections::BTreeMap;

use serde_json::Value;

use super::said::{Said, tags};
use crate::ledger::entry::{Entry, Seq};
use crate::ledger::error::Result;
use crate::ledger::id::Id;
use crate::ledger::store::Tx;

/// Where and for what an entry counts.
pub(super) struct Place {
    pub(super) seq: Seq,
    pub(super) session: Option<Id>,
    pub(super) budgets: String,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) agent: Option<String>,
    pub(super) project: Option<String>,
}

/// Finds out what entries count for. What was looked up last is kept: entries about the same thing
/// follow each other.
pub(super) struct Places<'a> {
    tx: &'a Tx<'a>,
    tags: Option<(Id, BTreeMap<String, String>)>,
    program: Option<(Id, Option<String>)>,
}

impl<'a> Places<'a> {
    pub(super) fn of(tx: &'a Tx<'a>) -> Self {
        Self {
            tx,
            tags: None,
            program: None,
        }
    }

    pub(super) fn place(&mut self, entry: &Entry, said: &Said) -> Result<Place> {
        let mut tags = match entry.reservation {
            Some(id) => self.tags_of(id)?,
            None => BTreeMap::new(),
        };
        tags.extend(said.tags.clone());
        let agent = match (&said.source, entry.session) {
            (Some(source), _) => Some(source.clone()),
            (None, Some(session)) => self.program_of(session)?,
            (None, None) => None,
        };
        Ok(Place {
            seq: entry.seq,
            session: entry.session,
            budgets: entry.budgets.clone(),
            agent,
            project: tags.get("project").or(said.project.as_ref()).cloned(),
            tags,
        })
    }

    fn tags_of(&mut self, id: Id) -> Result<BTreeMap<String, String>> {
        if let Some((_, tags)) = self.tags.as_ref().filter(|(known, _)| *known == id) {
            return Ok(tags.clone());
        }
        let detail = self.tx.reservation_detail(&id)?.unwrap_or_default();
        let found: Value = if detail.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&detail).unwrap_or_default()
        };
        let found = tags(&found);
        self.tags = Some((id, found.clone()));
        Ok(found)
    }

    fn program_of(&mut self, id: Id) -> Result<Option<String>> {
        if let Some((_, program)) = self.program.as_ref().filter(|(known, _)| *known == id) {
            return Ok(program.clone());
        }
        let program = self.tx.session(&id)?.map(|session| session.program);
        self.program = Some((id, program.clone()));
        Ok(program)
    }
}
