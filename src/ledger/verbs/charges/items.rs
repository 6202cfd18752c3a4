//! Charges one by one, each with what its entry says of prices: for those who want every charge
//! rather than sums. Goes through them as they are read, so that there may be any number.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::Ledger;
use super::said::share;
use crate::ledger::charge::{Charge, Dictionary, TokenKinds};
use crate::ledger::entry::Seq;
use crate::ledger::error::Result;
use crate::ledger::id::Id;
use crate::ledger::rules::report::Span;

/// What a charge's entry says beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The entry corrects another, or takes it back.
    pub is_correction: bool,
    /// The price table that the cost was computed with.
    pub table: Option<String>,
    /// What one thing of a kind costs, in 10⁻¹² dollar.
    pub prices: BTreeMap<String, i64>,
    /// How much of what was written to a cache was written for an hour.
    pub written_for_an_hour: i64,
}

impl Ledger {
    /// What tells this ledger from all others.
    pub fn id(&self) -> Result<Id> {
        self.read(|scene| Ok(scene.tx.head()?.uuid))
    }

    /// Goes through the charges of a span, in the order of entries.
    pub fn each_item(
        &self,
        span: &Span,
        mut see: impl FnMut(&Dictionary, &Charge, &Origin),
    ) -> Result<()> {
        self.read(|scene| {
            let mut span = span.clone();
            let mut latest: Option<Said> = None;
            let mut count = 0_u64;
            scene.try_each_charge(|names, charge| {
                if !span.admits(names, charge) {
                    return Ok(());
                }
                count = count.saturating_add(1);
                if latest.as_ref().is_none_or(|said| said.seq != charge.seq) {
                    let found = scene.tx.said(charge.seq)?;
                    latest = found.map(|found| Said::of(charge.seq, found));
                }
                // What is due has no entry yet.
                let said = latest.as_ref();
                let origin = said
                    .map(|said| said.origin(names, charge))
                    .unwrap_or_default();
                see(names, charge, &origin);
                Ok(())
            })?;
            if let Some(name) = span.within.as_ref().filter(|_| count == 0) {
                scene.existing(name)?;
            }
            Ok(())
        })
    }
}

/// What an entry says, read once for all of its charges.
struct Said {
    seq: Seq,
    is_correction: bool,
    usage: Value,
}

impl Said {
    fn of(seq: Seq, (of, detail): (Option<Seq>, String)) -> Self {
        let mut detail: Value = serde_json::from_str(&detail).unwrap_or_default();
        let usage = detail.get_mut("usage").map(Value::take);
        Self {
            seq,
            is_correction: of.is_some(),
            usage: usage.unwrap_or_default(),
        }
    }

    fn origin(&self, names: &Dictionary, charge: &Charge) -> Origin {
        let mut origin = Origin {
            is_correction: self.is_correction,
            ..Origin::default()
        };
        if charge.tokens.is_empty() {
            return origin;
        }
        let purpose = names.purposes.get(charge.purpose);
        let model = purpose.and_then(|purpose| purpose.model.as_deref());
        let models = self.usage.get("models").and_then(Value::as_array);
        let is_meant = |of: &&Value| {
            let share = share(of);
            share.model.as_deref() == model && share.tokens == charge.tokens
        };
        let found = models.map_or(Some(&self.usage), |models| models.iter().find(is_meant));
        if let Some(of) = found {
            add_prices(&mut origin, of, &charge.tokens);
        }
        origin
    }
}

/// What is said of the prices of a charge.
fn add_prices(origin: &mut Origin, of: &Value, tokens: &TokenKinds) {
    let prices = of
        .pointer("/pricing/usd_per_million")
        .and_then(Value::as_object);
    let price =
        |(kind, price): (&String, &Value)| Some((kind.clone(), picodollars(price.as_str()?)?));
    let hour = of.pointer("/tokens/cache_write_1h").and_then(Value::as_i64);
    let table = of.pointer("/pricing/table").and_then(Value::as_str);
    origin.table = table.map(str::to_owned);
    origin.prices = prices.into_iter().flatten().filter_map(price).collect();
    origin.written_for_an_hour = hour.unwrap_or_default().clamp(0, tokens.cache_write.max(0));
}

/// Dollars for a million, with six decimals at most, as 10⁻¹² dollar for one.
fn picodollars(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || fraction.len() > 6 || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<6}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_exactly_or_not_at_all() {
        for (text, price) in [
            ("3", Some(3_000_000)),
            ("0.075", Some(75_000)),
            ("0.0000001", None),
            ("-1", None),
            ("1e3", None),
            ("", None),
        ] {
            assert_eq!(picodollars(text), price, "{text}");
        }
    }
}
