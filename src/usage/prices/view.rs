//! Prices to look at: of one model, of all, and what an import would change. Owns which rows of
//! prices a model has; refuses to charge anything.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::bill::{Context, NoPrice, TIERS};
use super::calculator::{self, Found, Terms, Unusable};
use super::kind::Kind;
use super::table::{Block, Origin, Slice, Table, alone};
use super::{Import, Tables, UnitPrice, names};

/// Which table a price is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInfo {
    /// Its name and version: `genai-prices@0.2.1`.
    pub id: String,
    /// The day of its prices, `2026-10-26`.
    pub date: String,
}

/// The prices of a model at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPrices {
    /// The table they are from.
    pub table: TableInfo,
    /// The provider, as the table names it.
    pub provider: String,
    /// The model, as the table names it.
    pub model: String,
    /// The table does not know the version that was asked for, only the model without its date.
    pub is_guess: bool,
    /// The prices; none where the table knows the model without a price.
    pub rows: Vec<PriceRow>,
}

/// Prices that hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceRow {
    /// The tier of service, where it is not the standard one.
    pub service_tier: Option<&'static str>,
    /// They hold where the prompt is longer than so many tokens.
    pub above: u64,
    /// The price of each kind that has one of its own.
    pub unit_prices: Vec<UnitPrice>,
}

/// Why there are no prices to show, as a fragment for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotShown {
    /// No table knows the model, or its provider.
    #[error("{0}")]
    Unknown(String),
    /// A table cannot be used.
    #[error("{0}")]
    Unusable(String),
}

impl From<NoPrice> for NotShown {
    fn from(why: NoPrice) -> Self {
        match why {
            NoPrice::Reason(reason) => Self::Unknown(reason),
            NoPrice::Unusable(why) => why.into(),
        }
    }
}

impl From<Unusable> for NotShown {
    fn from(why: Unusable) -> Self {
        Self::Unusable(why.to_string())
    }
}

/// What an import would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The table it is compared with: the one it replaces, else the built-in one.
    pub against: Option<TableInfo>,
    /// Models that table does not have.
    pub added: Vec<ModelPrices>,
    /// Models that only the table to be replaced has.
    pub removed: Vec<ModelPrices>,
    /// Models at other prices, before and after.
    pub changed: Vec<(ModelPrices, ModelPrices)>,
}

impl Import {
    /// The table that was read.
    pub fn info(&self) -> TableInfo {
        info(&self.table.origin)
    }
}

impl Tables {
    /// Which tables there are, in the order in which they are asked.
    pub fn infos(&mut self) -> Result<Vec<TableInfo>, NotShown> {
        let tables = self.loaded()?.iter();
        Ok(tables.map(|table| info(&table.origin)).collect())
    }

    /// The prices of a model at a time.
    pub fn show(
        &mut self,
        model: &str,
        provider: Option<&str>,
        at: SystemTime,
    ) -> Result<ModelPrices, NotShown> {
        let found = self.find(provider, model)?;
        let rows = rows(&found.found, &found.slice, at)?;
        Ok(ModelPrices {
            table: info(&found.origin),
            provider: found.found.provider,
            model: found.found.model,
            is_guess: found.is_guess,
            rows,
        })
    }

    /// Every model of every table at a time, of all providers or of one. A model that an earlier
    /// table has as well is shown as that has it.
    pub fn list(
        &mut self,
        provider: Option<&str>,
        at: SystemTime,
    ) -> Result<Vec<ModelPrices>, NotShown> {
        let wanted = provider.and_then(names::provider);
        let mut models: BTreeMap<(String, String), ModelPrices> = BTreeMap::new();
        let tables = self.loaded()?;
        for table in tables {
            let id = wanted.as_deref().map(|name| provider_of(table, name));
            let id = id.transpose()?;
            let is_wanted = |block: &Block<'_>| match &id {
                None => true,
                Some(id) => id.as_deref() == Some(block.id),
            };
            for model in all(table, is_wanted, at)? {
                let key = (model.provider.clone(), model.model.clone());
                models.entry(key).or_insert(model);
            }
        }
        Ok(models.into_values().collect())
    }

    /// What keeping `import` would change in the prices at a time.
    pub fn diff(&mut self, import: &Import, at: SystemTime) -> Result<Difference, NotShown> {
        let own = import.is_own();
        let tables = self.loaded()?;
        let is_own = |table: &&Table| table.origin.source == super::import::OWN_SOURCE;
        let old = if own {
            tables.iter().find(is_own)
        } else {
            tables.iter().find(|table| !is_own(table))
        };
        let is_replaced = own || tables.iter().filter(|table| !is_own(table)).count() > 1;
        let by_name = |table: &Table| -> Result<BTreeMap<_, _>, Unusable> {
            let models = all(table, |_| true, at)?;
            let key = |model: &ModelPrices| (model.provider.clone(), model.model.clone());
            Ok(models.into_iter().map(|m| (key(&m), m)).collect())
        };
        let mut before = old.map(by_name).transpose()?.unwrap_or_default();
        let mut difference = Difference {
            against: old.map(|table| info(&table.origin)),
            added: Vec::new(),
            removed: Vec::new(),
            changed: Vec::new(),
        };
        for (key, new) in by_name(&import.table)? {
            match before.remove(&key) {
                None => difference.added.push(new),
                Some(old) if old.rows != new.rows => difference.changed.push((old, new)),
                Some(_) => {}
            }
        }
        if is_replaced {
            difference.removed = before.into_values().collect();
        }
        Ok(difference)
    }
}

fn info(origin: &Origin) -> TableInfo {
    TableInfo {
        id: origin.id(),
        date: origin.date.clone(),
    }
}

fn provider_of(table: &Table, name: &str) -> Result<Option<String>, Unusable> {
    match table.block(name) {
        Some(block) => Ok(Some(block.id.to_owned())),
        None => calculator::provider_of(&table.headers(), Some(name), ""),
    }
}

/// The models of a table's providers.
fn all(
    table: &Table,
    is_wanted: impl Fn(&Block<'_>) -> bool,
    at: SystemTime,
) -> Result<Vec<ModelPrices>, Unusable> {
    let mut models = Vec::new();
    for block in table.blocks().filter(is_wanted) {
        for line in block.lines() {
            let Some((model, slice)) = alone(block.id, line) else {
                continue;
            };
            let Some(found) = calculator::find(&slice.json, block.id, &model)? else {
                continue;
            };
            models.push(ModelPrices {
                table: info(&table.origin),
                provider: block.id.to_owned(),
                rows: rows(&found, &slice, at)?,
                model,
                is_guess: false,
            });
        }
    }
    Ok(models)
}

/// The rows of a model: the standard prices by length of prompt, then those of each tier of
/// service that has its own.
fn rows(found: &Found, slice: &Slice, at: SystemTime) -> Result<Vec<PriceRow>, Unusable> {
    let starts = starts(found, slice);
    let mut rows: Vec<PriceRow> = Vec::new();
    let standard: (Option<&'static str>, Context) = (None, &[]);
    let mut written = slice.written(&found.model);
    let has_tiers = written.any(|text| text.contains("\"price_variants\":"));
    let tiers = TIERS.map(|(name, context)| (Some(name), context));
    let tiers = tiers.into_iter().filter(|_| has_tiers);
    for (service_tier, context) in std::iter::once(standard).chain(tiers) {
        for above in &starts {
            let terms = Terms {
                at,
                prompt: above.saturating_add(1),
                context,
            };
            let unit_prices = unit_prices(found, slice, terms)?;
            let is_standard = |row: &&PriceRow| row.service_tier.is_none();
            let standard = rows.iter().filter(is_standard).rfind(|r| r.above <= *above);
            let same = rows.iter().rfind(|row| row.service_tier == service_tier);
            let is_known = same.or(standard);
            if is_known.is_none_or(|row| row.unit_prices != unit_prices) {
                rows.push(PriceRow {
                    service_tier,
                    above: *above,
                    unit_prices,
                });
            }
        }
    }
    rows.retain(|row| !row.unit_prices.is_empty());
    Ok(rows)
}

/// The lengths of prompt above which another price may hold, beginning with 0.
fn starts(found: &Found, slice: &Slice) -> Vec<u64> {
    let written = slice.written(&found.model);
    let numbers = written.flat_map(|text| text.split("\"start\":").skip(1));
    let mut starts: Vec<u64> = numbers
        .filter_map(|text| text.split([',', '}']).next()?.trim().parse().ok())
        .chain([0])
        .collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}

fn unit_prices(found: &Found, slice: &Slice, terms: Terms<'_>) -> Result<Vec<UnitPrice>, Unusable> {
    let mut prices = Vec::new();
    for kind in Kind::ALL {
        let key = format!("\"{}\":", kind.price_key());
        let is_written = slice.written(&found.model).any(|text| text.contains(&key));
        let is_free = slice.says_free(&found.model, kind.price_key());
        if !is_written && !is_free {
            continue;
        }
        let picodollars = found.unit_price(kind, terms)?;
        if (is_written && picodollars > 0)
            || (is_free && [Kind::Input, Kind::Output].contains(&kind))
        {
            prices.push(UnitPrice {
                of: kind.name(),
                picodollars,
            });
        }
    }
    Ok(prices)
}
