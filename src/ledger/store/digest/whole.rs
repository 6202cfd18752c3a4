//! The blocks of the digest one by one, each with everything that a report may take from it: for
//! those who compare it with the journal.

use super::{Digest, Quarters, Unreadable, codec};
use crate::ledger::charge::{Charge, Dictionary};
use crate::ledger::entry::Seq;

/// A block that reports believe.
#[derive(Debug)]
pub struct Whole {
    /// The entry up to which it goes.
    pub upto: Seq,
    /// Its charges one by one.
    pub charges: Vec<Charge>,
    /// Whether its sums are those of its charges.
    pub adds_up: bool,
}

impl Digest {
    /// The next block, whose names are added to those of the blocks before; `None` after the last
    /// that is sound.
    pub fn whole(
        &self,
        index: usize,
        dictionary: &mut Dictionary,
    ) -> Result<Option<Whole>, Unreadable> {
        let Some(block) = self.blocks.get(index) else {
            return Ok(None);
        };
        let sections = [&block.names, &block.quarters, &block.charges];
        let [Some(names), Some(quarters), Some(charges)] = sections.map(|of| self.section(of))
        else {
            return Ok(None);
        };
        let read = codec::decode_names(&names, dictionary).and_then(|()| {
            let charges = all(&charges, dictionary)?;
            let mut sums = Quarters::default();
            for charge in &charges {
                sums.push(charge);
            }
            Some(Whole {
                upto: block.upto,
                adds_up: sums.all().eq(&all(&quarters, dictionary)?),
                charges,
            })
        });
        read.map(Some).ok_or_else(|| Unreadable(self.path.clone()))
    }

    /// Where it is.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }
}

fn all(bytes: &[u8], dictionary: &Dictionary) -> Option<Vec<Charge>> {
    let mut found = Vec::new();
    codec::decode(bytes, dictionary, &mut |_, charge| {
        found.push(charge.clone());
    })?;
    Some(found)
}
