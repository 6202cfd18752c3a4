//! The `[tags]` of either file.

use super::Set;
use super::document::{Fault, Item};
use crate::ledger::amount::safe;
use crate::ledger::tag::Tag;

/// The labels of a table.
pub(super) fn tags(item: &Item<'_>) -> Result<Vec<Set<Tag>>, Fault> {
    let form = "tags = { team = \"web\" }";
    let entries = item.table(form)?;
    let tag = |entry: &Item<'_>| {
        let tag = Tag::new(&entry.key, entry.text(form)?);
        let tag = tag.map_err(|error| entry.fault(format!("`{}`: {error}", safe(&entry.key))))?;
        Ok(entry.set(tag))
    };
    entries.iter().map(tag).collect()
}
