//! Believing the wall clock again, once a person says that it is right. When it is not believed
//! is not decided here.

use super::Ledger;
use crate::ledger::entry::EntryKind;
use crate::ledger::error::Result;

impl Ledger {
    /// Accepts the wall clock as it is, after it jumped.
    pub fn accept_clock(&mut self) -> Result<bool> {
        self.write(&[], |scene| {
            if scene.believable {
                return Ok(false);
            }
            scene
                .tx
                .append(&scene.entry(EntryKind::ClockAccepted, String::new()))?;
            scene.tx.stamp(&scene.now)?;
            Ok(true)
        })
    }
}
