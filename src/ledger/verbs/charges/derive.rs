//! From entries to charges: an entry's amounts, from the moments its postings name, divided between
//! the models that it names. A correction adds what brings the charge it corrects to what stands.

use std::collections::BTreeMap;

use super::super::scene::Scene;
use super::place::{Place, Places};
use super::said::{Said, Share};
use crate::ledger::charge::{Charge, Dictionary, Part, Purpose, TokenKinds};
use crate::ledger::entry::{Entry, EntryKind, Seq};
use crate::ledger::error::{Error, Result};
use crate::ledger::reservation::Reservation;
use crate::ledger::rules::charging::{Stand, allot, moments};
use crate::ledger::store::Moved;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;

/// Derives charges one entry after the other.
pub(super) struct Derived<'a> {
    scene: &'a Scene<'a>,
    dictionary: Dictionary,
    charges: Vec<Charge>,
    places: Places<'a>,
}

/// Charges by the place of their model in what was said, and by moment.
type Made = BTreeMap<(usize, Timestamp), Charge>;

/// From when on which part of each unit counts.
type Timed = BTreeMap<Unit, Vec<(Timestamp, i64)>>;

impl<'a> Derived<'a> {
    pub(super) fn new(scene: &'a Scene<'a>, dictionary: Dictionary) -> Self {
        Self {
            scene,
            dictionary,
            charges: Vec::new(),
            places: Places::of(scene.tx),
        }
    }

    pub(super) fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    pub(super) fn into_dictionary(self) -> Dictionary {
        self.dictionary
    }

    /// The charges made since this was asked before the last entry was added.
    pub(super) fn take(&self) -> (&[Charge], &Dictionary) {
        (&self.charges, &self.dictionary)
    }

    /// Makes the charges of an entry, in the place of those of the one before.
    pub(super) fn add(&mut self, entry: &Entry, moved: &[Moved]) -> Result<()> {
        self.charges.clear();
        self.derive(entry, moved)?;
        if let Some(first) = self.charges.first_mut() {
            first.entries = 1;
        }
        Ok(())
    }

    fn derive(&mut self, entry: &Entry, moved: &[Moved]) -> Result<()> {
        match entry.of {
            None => self.add_charge(entry, moved),
            Some(of) => {
                let missing = || Error::NotFound {
                    what: "entry",
                    text: of.0.to_string(),
                    near: Vec::new(),
                };
                let charge = self.scene.tx.entry(of)?.ok_or_else(missing)?;
                self.add_correction(&charge, entry, moved)
            }
        }
    }

    fn add_charge(&mut self, entry: &Entry, moved: &[Moved]) -> Result<()> {
        let said = Said::of(&entry.detail);
        let stand = Stand::of(&entry.amounts, |unit| said.is_unknown(unit));
        if stand.charged.is_empty() && entry.kind == EntryKind::Expired {
            return Ok(());
        }
        let place = self.places.place(entry, &said)?;
        let at = said.happened_at.unwrap_or(entry.at);
        let timed = timed(&stand, moved, at);
        let first = timed.values().flatten().map(|(at, _)| *at).min();
        let first = first.unwrap_or(at);
        self.put(&place, &said, (&stand, &timed), first);
        if self.charges.is_empty() {
            let charge = self.charge(&place, said.shares.first(), first);
            self.charges.push(charge);
        }
        Ok(())
    }

    /// Adds what an entry that corrects another changes. What names another model is counted for
    /// that one from the beginning.
    fn add_correction(&mut self, charge: &Entry, entry: &Entry, moved: &[Moved]) -> Result<()> {
        let original = Said::of(&charge.detail);
        let mut before = Stand::of(&charge.amounts, |unit| original.is_unknown(unit));
        let earlier = self.scene.tx.corrections_of(charge.seq)?.into_iter();
        for correction in earlier.take_while(|earlier| earlier.seq < entry.seq) {
            before = before.after(correction.kind, &correction.amounts);
        }
        let by = before.until(&before.after(entry.kind, &entry.amounts));
        let first = self.first_moment(charge, &original)?;
        let late = if entry.kind == EntryKind::Corrected {
            entry.at
        } else {
            first
        };
        let is_less = |stand: &Stand| stand.charged.values().any(|atoms| *atoms < 0);
        let timed = timed(&by, moved, if is_less(&by) { first } else { late });
        let place = Place {
            seq: entry.seq,
            ..self.places.place(charge, &original)?
        };
        let said = Said::of(&entry.detail);
        let tells_more = entry.kind == EntryKind::Corrected
            && (said.source.is_some() || said.shares.iter().any(|share| share.model.is_some()));
        if tells_more {
            let nothing = Stand::default();
            let back = whole(&before, -1, first);
            self.put(&place, &original.told_before(), (&nothing, &back), first);
            let place = Place {
                agent: said.source.clone().or(place.agent),
                ..place
            };
            let again = whole(&before, 1, first);
            self.put(&place, &said.told_before(), (&nothing, &again), first);
            self.put(&place, &said, (&by, &timed), late);
        } else {
            self.put(&place, &original.told_before(), (&by, &timed), first);
        }
        Ok(())
    }

    /// Adds what the next write makes of what is due, after the last entry.
    pub(super) fn add_due(&mut self, last: Seq) -> Result<()> {
        self.charges.clear();
        let due: Vec<_> = self.scene.projection.changed().cloned().collect();
        for (later, number) in due.iter().zip(1..) {
            let Some(before) = self.scene.tx.reservation(&later.id)? else {
                continue;
            };
            let seq = Seq(last.0.saturating_add(number));
            let made = self.charges.len();
            self.add_end(&before, later, seq)?;
            if let Some(first) = self.charges.get_mut(made) {
                first.entries = 1;
            }
        }
        Ok(())
    }

    fn add_end(&mut self, before: &Reservation, later: &Reservation, seq: Seq) -> Result<()> {
        let (mut stand, mut timed) = (Stand::default(), Timed::new());
        for stake in &later.stakes {
            let charged = |found: &Reservation| {
                let stake = found.stake_or_none(&stake.unit);
                stake.charged.unwrap_or_default().atoms()
            };
            let by = charged(later).saturating_sub(charged(before));
            if by == 0 {
                continue;
            }
            timed.insert(
                stake.unit.clone(),
                self.moments_of_end(before, &stake.unit, by)?,
            );
            stand.charged.insert(stake.unit.clone(), by);
            if later.unknown && stake.unit.is_reported() {
                stand.unknown.insert(stake.unit.clone(), by);
            }
        }
        if stand.charged.is_empty() {
            return Ok(());
        }
        let entry = Entry {
            seq,
            ..self.scene.entry_about(EntryKind::Expired, later)
        };
        let place = self.places.place(&entry, &Said::default())?;
        let said = Said::of("");
        self.put(&place, &said, (&stand, &timed), later.created);
        Ok(())
    }

    /// As of when what a reservation is charged by its end will count.
    fn moments_of_end(
        &self,
        before: &Reservation,
        unit: &Unit,
        atoms: i64,
    ) -> Result<Vec<(Timestamp, i64)>> {
        let (mut left, mut moments) = (atoms, Vec::new());
        for part in self.scene.parts_held(before, unit)? {
            let covered = left.min(part.atoms.atoms());
            left = left.saturating_sub(covered);
            moments.push((part.since, covered));
        }
        moments.push((self.scene.now.wall, left));
        moments.retain(|(_, atoms)| *atoms != 0);
        Ok(moments)
    }

    /// Adds the charges of one entry: by moment, and by model where there are several.
    fn put(
        &mut self,
        place: &Place,
        said: &Said,
        (stand, timed): (&Stand, &Timed),
        first: Timestamp,
    ) {
        let mut made = Made::new();
        let mut unknown = stand.unknown.clone();
        for (unit, parts) in timed {
            let unknown = unknown.remove(unit).unwrap_or_default();
            self.put_unit(&mut made, (place, said), (unit, parts), unknown);
        }
        // Corrected without a change of what is charged: known is known.
        for (unit, unknown) in unknown {
            let unit = self.dictionary.units.number(&unit);
            let charge = self.made(&mut made, (place, said), (0, first));
            add_part(
                charge,
                Part {
                    unit,
                    atoms: 0,
                    unknown,
                },
            );
        }
        self.put_usage(&mut made, (place, said), first);
        self.charges.extend(made.into_values());
    }

    /// Divides what was charged of a unit between the models.
    fn put_unit(
        &mut self,
        made: &mut Made,
        about: (&Place, &Said),
        (unit, parts): (&Unit, &[(Timestamp, i64)]),
        mut unknown: i64,
    ) {
        let shares = about.1.shares.as_slice();
        let number = self.dictionary.units.number(unit);
        let atoms: Vec<_> = parts.iter().map(|(_, atoms)| *atoms).collect();
        for ((at, _), taken) in parts.iter().zip(allot(&atoms, &wants(shares, unit))) {
            for (index, atoms) in taken.into_iter().enumerate() {
                if atoms == 0 {
                    continue;
                }
                // What is left over is the one model's, or nobody's.
                let index = if shares.len() == 1 { 0 } else { index };
                let charge = self.made(made, about, (index, *at));
                let unknown = std::mem::take(&mut unknown);
                add_part(
                    charge,
                    Part {
                        unit: number,
                        atoms,
                        unknown,
                    },
                );
            }
        }
    }

    /// Adds what each model used to the first of its charges.
    fn put_usage(&mut self, made: &mut Made, about: (&Place, &Said), first: Timestamp) {
        let said = about.1;
        for (index, share) in said.shares.iter().enumerate() {
            let notional = share.cost.filter(|_| said.is_notional).unwrap_or_default();
            if share.tokens.is_empty() && notional == 0 {
                continue;
            }
            let own = made.keys().find(|(of, _)| *of == index).copied();
            let charge = self.made(made, about, own.unwrap_or((index, first)));
            (charge.tokens, charge.notional) = (share.tokens, notional);
        }
    }

    /// The charge of a model from a moment on.
    fn made<'m>(
        &mut self,
        made: &'m mut Made,
        (place, said): (&Place, &Said),
        key: (usize, Timestamp),
    ) -> &'m mut Charge {
        let (share, at) = (said.shares.get(key.0), key.1);
        made.entry(key)
            .or_insert_with(|| self.charge(place, share, at))
    }

    fn charge(&mut self, place: &Place, share: Option<&Share>, at: Timestamp) -> Charge {
        let purpose = Purpose {
            budgets: place.budgets.clone(),
            model: share.and_then(|share| share.model.clone()),
            provider: share.and_then(|share| share.provider.clone()),
            agent: place.agent.clone(),
            project: place.project.clone(),
            tags: place.tags.clone().into_iter().collect(),
        };
        Charge {
            seq: place.seq,
            entries: 0,
            effective_at: at,
            purpose: self.dictionary.purposes.number(&purpose),
            session: place.session,
            parts: Vec::new(),
            tokens: TokenKinds::default(),
            notional: 0,
        }
    }

    /// From when on a charge counted.
    fn first_moment(&self, charge: &Entry, said: &Said) -> Result<Timestamp> {
        let moved = self.scene.tx.moved_by(charge.seq)?;
        let first = moved.iter().map(|moved| moved.effective_at).min();
        Ok(first.or(said.happened_at).unwrap_or(charge.at))
    }
}

/// All that stands, or all of it taken back.
fn whole(stand: &Stand, sign: i64, at: Timestamp) -> Timed {
    let all = stand.charged.iter();
    all.map(|(unit, atoms)| (unit.clone(), vec![(at, atoms.saturating_mul(sign))]))
        .collect()
}

/// How much of a unit each of several models used.
fn wants(shares: &[Share], unit: &Unit) -> Vec<i64> {
    let of_share = |share: &Share| match unit {
        Unit::Usd => share.cost.unwrap_or_default(),
        Unit::Tokens => {
            let counts = share.tokens;
            let all = [
                counts.input,
                counts.cache_read,
                counts.cache_write,
                counts.output,
            ];
            let all = all
                .iter()
                .fold(counts.unspecified, |sum, count| sum.saturating_add(*count));
            all.max(0)
        }
        _ => 0,
    };
    shares.iter().map(of_share).collect()
}

fn timed(stand: &Stand, moved: &[Moved], else_at: Timestamp) -> Timed {
    let of_unit = |(unit, atoms): (&Unit, &i64)| {
        let own = moved.iter().filter(|moved| moved.unit == *unit);
        let own: Vec<_> = own.map(|m| (m.limit, m.effective_at, m.atoms)).collect();
        (unit.clone(), moments(*atoms, &own, else_at))
    };
    stand.charged.iter().map(of_unit).collect()
}

fn add_part(charge: &mut Charge, part: Part) {
    match charge
        .parts
        .iter_mut()
        .find(|known| known.unit == part.unit)
    {
        Some(known) => {
            known.atoms = known.atoms.saturating_add(part.atoms);
            known.unknown = known.unknown.saturating_add(part.unknown);
        }
        None => charge.parts.push(part),
    }
}
