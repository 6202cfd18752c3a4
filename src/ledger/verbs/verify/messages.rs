//! The messages that charges counted, compared with what their entries say they counted.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::ledger::booked::{Key, digest};
use crate::ledger::entry::{Entry, Seq};
use crate::ledger::error::Result;
use crate::ledger::store::Tx;

/// What stands for the messages of each entry that counted any.
#[derive(Default)]
pub(super) struct Messages(BTreeMap<Seq, String>);

impl Messages {
    pub(super) fn see(&mut self, entry: &Entry, detail: &Value) {
        let messages = detail.get("messages");
        let digest = messages.and_then(|m| m.get("digest")?.as_str());
        if let Some(digest) = digest {
            self.0.insert(entry.seq, digest.to_owned());
        }
    }

    pub(super) fn compare(&self, tx: &Tx<'_>, lines: &mut Vec<String>) -> Result<()> {
        let mut stored: BTreeMap<Seq, Vec<Key>> = BTreeMap::new();
        tx.each_booked(|entry, key| stored.entry(entry).or_default().push(key))?;
        let stored: BTreeMap<_, _> = stored
            .iter()
            .map(|(entry, keys)| (*entry, digest(keys)))
            .collect();
        let entries = self.0.keys().chain(stored.keys());
        let entries: std::collections::BTreeSet<_> = entries.collect();
        for entry in entries {
            if self.0.get(entry) != stored.get(entry) {
                lines.push(format!(
                    "entry {}: the messages marked as counted by it are not those it counted",
                    entry.0
                ));
            }
        }
        Ok(())
    }
}
