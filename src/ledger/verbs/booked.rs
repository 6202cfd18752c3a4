//! What is booked once: a provider's message is counted by one charge, whatever path brings it, and
//! a counter that runs on is charged from where it stood.

use serde::{Deserialize, Serialize};

use super::Ledger;
use super::detail;
use super::scene::Scene;
use crate::ledger::booked::{Key, digest, message_key, session_key};
use crate::ledger::entry::Seq;
use crate::ledger::error::{Error, Result};

/// What a charge counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// The ids that providers gave the messages, or what else tells them apart.
    pub messages: Vec<String>,
    /// The counters of a session.
    pub counter: Option<CounterMove>,
}

/// How the counters of a session move by a charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterMove {
    /// The agent and its name for the session: `codex 0199…`.
    pub session: String,
    /// What the charge took them to stand at; `None` where they had not been booked.
    pub before: Option<String>,
    /// What they stand at now.
    pub after: String,
}

impl Booked {
    /// The keys of the messages, in order, each once.
    fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<_> = self.messages.iter().map(|id| message_key(id)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// A detail with what proves which messages its entry counts.
    pub(super) fn detail(&self, detail: String) -> String {
        let keys = self.keys();
        if keys.is_empty() {
            return detail;
        }
        let messages = serde_json::json!({"count": keys.len(), "digest": digest(&keys)});
        detail::with(&detail, "messages", messages)
    }
}

impl Ledger {
    /// Which of the messages an earlier charge has counted, in the order given.
    pub fn booked_before(&self, messages: &[String]) -> Result<Vec<bool>> {
        self.read(|scene| {
            let found = |id: &String| Ok(scene.tx.booked(&message_key(id))?.is_some());
            messages.iter().map(found).collect()
        })
    }

    /// What the counters of a session stood at when they were last booked.
    pub fn counter(&self, session: &str) -> Result<Option<String>> {
        self.read(|scene| scene.counter(session))
    }
}

impl Scene<'_> {
    fn counter(&self, session: &str) -> Result<Option<String>> {
        Ok(self
            .tx
            .booked(&session_key(session))?
            .and_then(|(_, figures)| figures))
    }

    /// An error where another charge has counted some of it, or moved the counters, meanwhile.
    pub(super) fn expect_unbooked(&self, booked: &Booked) -> Result<()> {
        for message in &booked.messages {
            if let Some((entry, _)) = self.tx.booked(&message_key(message))? {
                return Err(Error::BookedBefore {
                    what: format!("message {message}"),
                    entry,
                });
            }
        }
        let Some(counter) = &booked.counter else {
            return Ok(());
        };
        match self.tx.booked(&session_key(&counter.session))? {
            Some((entry, figures)) if figures != counter.before => Err(Error::BookedBefore {
                what: format!("session {}", counter.session),
                entry,
            }),
            _ => Ok(()),
        }
    }

    /// Leaves out the messages that another charge has counted, and counters it has moved.
    pub(super) fn leave_counted(&self, booked: &mut Booked) -> Result<()> {
        let mut left = Vec::new();
        for message in booked.messages.drain(..) {
            if self.tx.booked(&message_key(&message))?.is_none() {
                left.push(message);
            }
        }
        booked.messages = left;
        // Counters that others have moved since stay where those left them.
        if let Some(counter) = &booked.counter
            && self.counter(&counter.session)? != counter.before
        {
            booked.counter = None;
        }
        Ok(())
    }

    /// Marks it as counted by an entry.
    pub(super) fn mark_booked(&self, booked: &Booked, entry: Seq) -> Result<()> {
        for key in booked.keys() {
            self.tx.put_booked(&key, entry)?;
        }
        match &booked.counter {
            Some(counter) => {
                let key = session_key(&counter.session);
                self.tx.put_state(&key, entry, &counter.after)
            }
            None => Ok(()),
        }
    }
}
