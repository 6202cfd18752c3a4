//! The tables there are, in the order in which they are asked: one's own, an imported one, the
//! built-in one. Owns finding a model in them, and remembers what was found; reads nothing before
//! the first question.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use super::Pricing;
use super::bill::{NoPrice, Priced, bill};
use super::calculator::{self, Found, Unusable};
use super::names::{self, Place};
use super::table::{Block, Origin, Slice, Table};
use crate::usage::{Cost, ModelUsage};

/// The largest table that is read, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// The file of a user's own prices, in the directory of tables.
pub(super) const OWN: &str = "prices-own.json";
/// The file of an imported table.
pub(super) const IMPORTED: &str = "prices-imported.json";

/// The price tables. Nothing is read or decoded before a price is asked for.
#[derive(Debug, Default)]
pub struct Tables {
    directory: Option<PathBuf>,
    loaded: Option<Vec<Table>>,
    /// By provider and model, as they were asked for.
    found: HashMap<(Option<String>, String), Answer>,
}

type Answer = Rc<Result<Model, NoPrice>>;

/// A model in a table.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) origin: Origin,
    pub(super) found: Found,
    pub(super) slice: Slice,
    /// The date of a version was left off its name.
    pub(super) is_guess: bool,
}

impl Tables {
    /// The built-in table alone.
    pub fn built_in() -> Self {
        Self::default()
    }

    /// The tables in a directory before the built-in one.
    pub fn in_directory(directory: &Path) -> Self {
        Self {
            directory: Some(directory.to_owned()),
            ..Self::default()
        }
    }

    /// What a usage costs at the prices of `at`, and by what.
    pub(super) fn price(
        &mut self,
        usage: &ModelUsage,
        provider: Option<&str>,
        at: SystemTime,
    ) -> Result<(Cost, Pricing), String> {
        let name = usage.model.as_deref().ok_or("no model is named")?;
        let provider = usage.provider.as_deref().or(provider);
        let key = (provider.map(str::to_owned), name.to_owned());
        let model = if let Some(model) = self.found.get(&key) {
            Rc::clone(model)
        } else {
            let model = Rc::new(self.find(provider, name));
            self.found.insert(key, Rc::clone(&model));
            model
        };
        let model = model.as_ref().as_ref().map_err(ToString::to_string)?;
        let priced = Priced {
            found: &model.found,
            slice: &model.slice,
        };
        let bill = bill(&priced, usage, at).map_err(|why| why.to_string())?;
        let pricing = Pricing {
            table: model.origin.id(),
            provider: model.found.provider.clone(),
            model: model.found.model.clone(),
            unit_prices: bill.unit_prices,
            is_estimate: bill.is_estimate || model.is_guess,
        };
        Ok((bill.cost, pricing))
    }

    pub(super) fn find(&mut self, provider: Option<&str>, name: &str) -> Result<Model, NoPrice> {
        let places = names::places(provider, name);
        let mut knows_provider = false;
        for table in self.loaded()? {
            for place in &places {
                let Some(block) = block(table, place)? else {
                    continue;
                };
                knows_provider = true;
                let slice = table.slice(block, &place.name);
                if let Some(found) = calculator::find(&slice.json, block.id, &place.name)? {
                    return Ok(Model {
                        origin: table.origin.clone(),
                        found,
                        slice,
                        is_guess: place.is_guess,
                    });
                }
            }
        }
        Err(NoPrice::Reason(match provider {
            Some(provider) if !knows_provider => {
                format!("the price table does not know the provider `{provider}`")
            }
            _ => "the price table does not know it".to_owned(),
        }))
    }

    pub(super) fn loaded(&mut self) -> Result<&[Table], Unusable> {
        let tables = match self.loaded.take() {
            Some(tables) => tables,
            None => load(self.directory.as_deref())?,
        };
        Ok(self.loaded.insert(tables))
    }
}

/// The provider that is meant, where the table has it.
fn block<'a>(table: &'a Table, place: &Place) -> Result<Option<Block<'a>>, Unusable> {
    let named = place.provider.as_deref();
    if let Some(block) = named.and_then(|id| table.block(id)) {
        return Ok(Some(block));
    }
    let id = calculator::provider_of(&table.headers(), named, &place.name)?;
    Ok(id.and_then(|id| table.block(&id)))
}

/// The text of a table. It says what money is worth, so others must not be able to write it; and
/// it is a file, so that nothing waits for it.
fn read(path: &Path) -> io::Result<String> {
    let found = std::fs::metadata(path)?;
    let refused = |reason| Err(io::Error::other(reason));
    if !found.is_file() || found.len() > LARGEST {
        return refused("it is no regular file of at most 64 MiB");
    }
    if found.mode() & 0o022 != 0 {
        return refused("others may write it");
    }
    std::fs::read_to_string(path)
}

fn load(directory: Option<&Path>) -> Result<Vec<Table>, Unusable> {
    let mut tables = Vec::new();
    for file in [OWN, IMPORTED] {
        let Some(path) = directory.map(|directory| directory.join(file)) else {
            continue;
        };
        match read(&path) {
            Ok(text) => {
                let table = Table::parse(Cow::Owned(text));
                let bad = || Unusable(format!("{} is not one", path.display()));
                tables.push(table.ok_or_else(bad)?);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Unusable(format!("{}: {error}", path.display()))),
        }
    }
    tables.push(Table::built_in());
    Ok(tables)
}
