//! Comparing the digest with the journal: what reports are made from is what the entries say. Goes
//! through the journal once, with one block of the digest at a time.

use std::collections::VecDeque;

use super::super::scene::Scene;
use super::derive::Derived;
use crate::ledger::charge::{Charge, Dictionary, Part};
use crate::ledger::entry::Seq;
use crate::ledger::error::{Error, Result};
use crate::ledger::store::digest::Digest;

/// The digest, as it is compared entry by entry.
struct Told {
    digest: Digest,
    names: Dictionary,
    /// How many blocks were begun.
    blocks: usize,
    /// What is left of the last of them, and the entry up to which it goes.
    charges: VecDeque<Charge>,
    upto: Seq,
    /// What was found, and what mends it.
    wrong: Option<String>,
}

impl Scene<'_> {
    /// What is wrong with the digest beside the ledger, and what mends it; `None` where reports may
    /// be made from it, or where there is none that they are made from.
    pub(in super::super) fn wrong_digest(&self) -> Result<Option<String>> {
        let digest = self.believed_digest()?;
        let mut told = Told::of(digest);
        let mut derived = Derived::new(self, Dictionary::default());
        let compared = self.tx.each_charging(Seq(0), |entry, moved| {
            if !told.reaches(entry.seq) {
                return Ok(());
            }
            derived.add(entry, moved)?;
            let (charges, names) = derived.take();
            if !charges.iter().all(|charge| told.next_is(charge, names)) {
                told.is_wrong_about(entry.seq);
            }
            Ok(())
        });
        match compared {
            Ok(()) => {
                // What comes after the last charge of the journal is none.
                told.reaches(Seq(i64::MAX));
                Ok(told.wrong)
            }
            Err(error @ Error::Unusable { .. }) => Err(error),
            // From such a journal nothing can be derived, which is found elsewhere.
            Err(_) => Ok(None),
        }
    }
}

impl Told {
    fn of(digest: Digest) -> Self {
        Self {
            digest,
            names: Dictionary::default(),
            blocks: 0,
            charges: VecDeque::new(),
            upto: Seq(0),
            wrong: None,
        }
    }

    fn is_wrong_about(&mut self, Seq(seq): Seq) {
        let path = self.digest.path().display();
        self.wrong = Some(format!(
            "entry {seq}: {path}, which reports are made from, says something else of what it \
             charged; remove that file, and it is made anew"
        ));
    }

    /// Whether it goes up to an entry, and nothing is wrong so far. What is left of a block that
    /// ends before is.
    fn reaches(&mut self, seq: Seq) -> bool {
        while self.wrong.is_none() && self.upto < seq {
            if let Some(left) = self.charges.front() {
                self.is_wrong_about(left.seq);
                return false;
            }
            match self.digest.whole(self.blocks, &mut self.names) {
                Ok(None) => return false,
                Ok(Some(next)) if next.adds_up => {
                    self.blocks = self.blocks.saturating_add(1);
                    (self.charges, self.upto) = (next.charges.into(), next.upto);
                }
                Ok(Some(next)) => self.is_wrong_about(next.upto),
                Err(unreadable) => self.wrong = Some(unreadable.to_string()),
            }
        }
        self.wrong.is_none()
    }

    /// Whether a charge is the next one that it tells.
    fn next_is(&mut self, charge: &Charge, names: &Dictionary) -> bool {
        let Some(told) = self.charges.pop_front() else {
            return false;
        };
        let unit = |names: &Dictionary, part: &Part| names.units.get(part.unit).cloned();
        let parts = |of: &Charge, names: &Dictionary| -> Vec<_> {
            let parts = of.parts.iter();
            parts
                .map(|part| (unit(names, part), part.atoms, part.unknown))
                .collect()
        };
        let numbered = Charge {
            purpose: told.purpose,
            parts: told.parts.clone(),
            ..charge.clone()
        };
        numbered == told
            && names.purposes.get(charge.purpose) == self.names.purposes.get(told.purpose)
            && parts(charge, names) == parts(&told, &self.names)
    }
}
