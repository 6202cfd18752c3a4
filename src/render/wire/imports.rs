//! What an import did, as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{A, Reason, SCHEMA, reasons, to_json};
use crate::ledger::unit::Unit;

/// What an import did, or would do.
#[derive(Debug, Clone, Default)]
pub struct Imported {
    /// Messages charged.
    pub messages: usize,
    /// Entries made of them.
    pub entries: usize,
    /// What was charged, in atoms by unit.
    pub amounts: BTreeMap<Unit, i64>,
    /// Messages that had been charged before.
    pub known: usize,
    /// Files that were read.
    pub files_read: usize,
    /// Files that have not changed since they were read.
    pub files_unchanged: usize,
    /// How many messages, lines or files are left out, by reason.
    pub left_out: BTreeMap<String, usize>,
    /// Nothing was changed.
    pub is_dry_run: bool,
}

/// `import`.
pub fn imported(done: &Imported) -> String {
    #[derive(Serialize)]
    struct Files {
        read: usize,
        unchanged: usize,
    }
    #[derive(Serialize)]
    struct Wire<'a> {
        schema: u32,
        dry_run: bool,
        messages: usize,
        entries: usize,
        amounts: Vec<A>,
        known: usize,
        files: Files,
        left_out: Vec<Reason<'a>>,
    }
    let amounts = done.amounts.iter();
    to_json(&Wire {
        schema: SCHEMA,
        dry_run: done.is_dry_run,
        messages: done.messages,
        entries: done.entries,
        amounts: amounts.map(|(unit, atoms)| A::new(*atoms, unit)).collect(),
        known: done.known,
        files: Files {
            read: done.files_read,
            unchanged: done.files_unchanged,
        },
        left_out: reasons(&done.left_out),
    })
}
