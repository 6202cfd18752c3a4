//! Going through every charge of the journal: those of the digest, those of the entries after it,
//! and those that the next write makes of what is due.

mod compare;
mod derive;
mod items;
mod picture;
mod place;
mod said;

use super::Ledger;
use super::scene::Scene;
use crate::ledger::calendar::{Anchor, Zone};
use crate::ledger::charge::{Charge, Dictionary};
use crate::ledger::entry::{Entry, Seq};
use crate::ledger::error::{Error, Result, Unusable};
use crate::ledger::name::BudgetName;
use crate::ledger::rules::report::{Ask, Collector, Report};
use crate::ledger::store::digest::{Digest, Grain, Unreadable, Writer};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use derive::Derived;

pub(super) use said::{happened_at, tags};

pub use items::Origin;
pub use picture::{MoneyLimit, Picture};

impl Ledger {
    /// Goes through every charge, in the order of entries. What is due counts as charged already.
    /// Nothing is written to the ledger; the digest beside it is brought up to date where that is
    /// worth it and can be done.
    pub fn each_charge(&self, mut see: impl FnMut(&Dictionary, &Charge)) -> Result<Dictionary> {
        self.read(|scene| scene.each_charge(Grain::Each, &mut see))
    }
}

impl Ledger {
    /// What was charged, added up.
    pub fn report(&self, ask: Ask) -> Result<Report> {
        self.read(|scene| {
            let within = ask.within.clone();
            let grain = if ask.takes_quarters() {
                Grain::Quarter
            } else {
                Grain::Each
            };
            let mut collector = Collector::new(ask);
            let mut see = |names: &_, charge: &_| collector.see(names, charge);
            let dictionary = scene.each_charge(grain, &mut see)?;
            let report = collector.finish(&dictionary)?;
            // Charges of a budget that is closed are still there to be seen.
            match within.filter(|_| report.rows.is_empty()) {
                Some(name) => scene.existing(&name).map(|_| report),
                None => Ok(report),
            }
        })
    }

    /// The zone and anchor of a budget, or those that all budgets have; `None` where there is no
    /// such budget, or where they differ.
    pub fn calendar_of(&self, name: Option<&BudgetName>) -> Result<Option<(Zone, Anchor)>> {
        self.read(|scene| {
            let budgets = match name {
                Some(name) => {
                    let found = scene.tx.budget_with_limits(name)?;
                    found.into_iter().map(|(budget, _)| budget).collect()
                }
                None => scene.tx.budgets(false)?,
            };
            let mut calendars: Vec<_> = budgets.iter().map(|b| (b.zone, b.anchor)).collect();
            calendars.dedup();
            Ok(match calendars.as_slice() {
                [one] => Some(*one),
                _ => None,
            })
        })
    }
}

impl Scene<'_> {
    /// Brings the digest up to date where it is far behind, before a write that goes through every
    /// charge while others wait.
    pub(super) fn renew_digest(&self) -> Result<()> {
        let digest = Digest::of(self.path, self.ledger);
        let after = digest.end().map_or(0, |(seq, _)| seq.0);
        if Digest::is_worth(self.tx.last_seq()?.0.saturating_sub(after)) {
            self.each_charge(Grain::Each, &mut |_, _| ())?;
        }
        Ok(())
    }

    pub(super) fn each_charge(
        &self,
        grain: Grain,
        see: &mut dyn FnMut(&Dictionary, &Charge),
    ) -> Result<Dictionary> {
        self.go_through(grain, true, see)
    }

    /// The same one by one, where seeing a charge may fail: after the first error none is seen.
    pub(super) fn try_each_charge(
        &self,
        see: impl FnMut(&Dictionary, &Charge) -> Result<()>,
    ) -> Result<()> {
        self.try_through(true, see)
    }

    /// The same, and the digest stays as it is: of what is not committed yet nothing may be kept,
    /// and nobody should wait for it.
    pub(super) fn try_each_charge_unkept(
        &self,
        see: impl FnMut(&Dictionary, &Charge) -> Result<()>,
    ) -> Result<()> {
        self.try_through(false, see)
    }

    fn try_through(
        &self,
        keeps: bool,
        mut see: impl FnMut(&Dictionary, &Charge) -> Result<()>,
    ) -> Result<()> {
        let mut trouble = None;
        self.go_through(Grain::Each, keeps, &mut |names, charge| {
            if trouble.is_none() {
                trouble = see(names, charge).err();
            }
        })?;
        trouble.map_or(Ok(()), Err)
    }

    /// What an entry charged of a unit, or took off, and from when on that counts.
    pub(super) fn parts_of(&self, entry: &Entry, unit: &Unit) -> Result<Vec<(Timestamp, i64)>> {
        let mut derived = Derived::new(self, Dictionary::default());
        derived.add(entry, &self.tx.moved_by(entry.seq)?)?;
        let (charges, names) = derived.take();
        let unit = names.units.number_of(unit);
        let of_charge = |charge: &Charge| {
            let part = charge.parts.iter().find(|part| Some(part.unit) == unit);
            part.map(|part| (charge.effective_at, part.atoms))
        };
        Ok(charges.iter().filter_map(of_charge).collect())
    }

    fn go_through(
        &self,
        grain: Grain,
        keeps: bool,
        see: &mut dyn FnMut(&Dictionary, &Charge),
    ) -> Result<Dictionary> {
        let mut digest = self.believed_digest()?;
        let mut dictionary = Dictionary::default();
        digest
            .each(grain, &mut dictionary, see)
            .map_err(|error| self.unreadable(&error))?;
        let after = digest.end().map_or(Seq(0), |(seq, _)| seq);
        let last = self.tx.last_seq()?;
        let is_worth_it = keeps && Digest::is_worth(last.0.saturating_sub(after.0));
        let mut writer = is_worth_it.then(|| digest.writer(&dictionary)).flatten();
        let mut derived = Derived::new(self, dictionary);
        let mut written = after;
        self.tx.each_charging(after, |entry, moved| {
            derived.add(entry, moved)?;
            let (charges, dictionary) = derived.take();
            for charge in charges {
                see(dictionary, charge);
                if let Some(writer) = &mut writer {
                    writer.push(charge);
                }
            }
            if writer.as_ref().is_some_and(Writer::is_full) {
                self.cut(&mut writer, entry.seq, dictionary)?;
                written = entry.seq;
            }
            Ok(())
        })?;
        let is_long = Digest::is_long(last.0.saturating_sub(written.0));
        if writer
            .as_ref()
            .is_some_and(|writer| is_long || writer.is_worth_it())
        {
            self.cut(&mut writer, last, derived.dictionary())?;
        }
        derived.add_due(last)?;
        let (charges, dictionary) = derived.take();
        for charge in charges {
            see(dictionary, charge);
        }
        Ok(derived.into_dictionary())
    }

    /// The digest beside the ledger, as far as it is of this history.
    fn believed_digest(&self) -> Result<Digest> {
        let mut digest = Digest::of(self.path, self.ledger);
        while let Some((seq, hash)) = digest.end()
            && self.tx.hash_of(seq)? != Some(hash)
        {
            digest.without_end();
        }
        Ok(digest)
    }

    /// Writes a block of the digest. Where that fails, nothing more is written.
    fn cut(&self, writer: &mut Option<Writer>, upto: Seq, dictionary: &Dictionary) -> Result<()> {
        let hash = self.tx.hash_of(upto)?;
        if let (Some(open), Some(hash)) = (writer.as_mut(), hash)
            && open.cut(upto, &hash, dictionary).is_none()
        {
            *writer = None;
        }
        Ok(())
    }

    fn unreadable(&self, error: &Unreadable) -> Error {
        Error::Unusable {
            path: self.path.to_owned(),
            reason: Unusable::Damaged(error.to_string()),
        }
    }
}
