//! Reads a usage file: JSON lines in which a program says what it consumed. Owns the format, which
//! is documented for users, and the ways a file can be refused; one line that cannot be read makes
//! the whole reading unknown.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::wire::Fault;
use super::{Cost, Meter, ModelUsage, Overflow, Reading, Report, Source, Tokens, UNIQUE};
use line::Line;

mod line;

/// The largest usage file that is read, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;

/// `O_NONBLOCK`, so that opening a pipe nobody writes to returns at once; 0, which changes nothing,
/// where the value is another one.
const OPEN_FLAGS: i32 = if cfg!(all(
    target_os = "linux",
    not(any(
        target_arch = "mips",
        target_arch = "mips64",
        target_arch = "sparc64"
    ))
)) {
    0o4000
} else {
    0
};

/// Reads the usage file at `path`. A missing or empty file is `Silent`; one that is no regular
/// file, is too large or cannot be read is `Unknown`. Never blocks. What the messages `counted`
/// consumed is left out: it was charged before.
pub fn read(path: &Path, counted: &BTreeSet<String>) -> Reading {
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => return Reading::unknown(NOT_REGULAR, None),
        Ok(_) => {}
        Err(error) => return unreadable(&error),
    }
    match OpenOptions::new()
        .read(true)
        .custom_flags(OPEN_FLAGS)
        .open(path)
    {
        Ok(file) => read_open(file, counted),
        Err(error) => unreadable(&error),
    }
}

const NOT_REGULAR: &str = "the usage file is not a regular file";
const TOO_LARGE: &str = "the usage file is larger than 1 MiB";

fn unreadable(error: &std::io::Error) -> Reading {
    match error.kind() {
        ErrorKind::NotFound => Reading::Silent,
        kind => Reading::unknown(format!("the usage file cannot be read: {kind}"), None),
    }
}

fn read_open(file: File, counted: &BTreeSet<String>) -> Reading {
    // Asked again of what was opened: the name may lead elsewhere by now.
    match file.metadata() {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Reading::unknown(NOT_REGULAR, None),
        Err(error) => return unreadable(&error),
    }
    let limit = u64::try_from(MAX_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut bytes = Vec::new();
    match file.take(limit).read_to_end(&mut bytes) {
        Ok(_) => parse(&bytes, counted),
        Err(error) => unreadable(&error),
    }
}

/// A usage file read as it arrives, for sources that are not files.
#[derive(Debug, Default)]
pub struct UsageFile {
    held: Vec<u8>,
}

impl Meter for UsageFile {
    fn feed(&mut self, bytes: &[u8]) {
        let room = MAX_BYTES.saturating_add(1).saturating_sub(self.held.len());
        self.held.extend(bytes.iter().take(room));
    }

    fn finish(self: Box<Self>) -> Reading {
        parse(&self.held, &BTreeSet::new())
    }
}

/// The reading of a whole file's content, at most one byte more than [`MAX_BYTES`] long.
fn parse(bytes: &[u8], counted: &BTreeSet<String>) -> Reading {
    let mut tally = Tally::default();
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let large = bytes.len() > MAX_BYTES;
    for (index, text) in lines {
        if text.trim_ascii().is_empty() {
            continue;
        }
        if let Err(fault) = tally.line(text.trim_ascii(), counted) {
            let number = index.saturating_add(1);
            let reason = if large {
                TOO_LARGE.to_owned()
            } else {
                format!("line {number} of the usage file: {fault}")
            };
            return Reading::unknown(reason, tally.known());
        }
    }
    match tally.known() {
        known if large => Reading::unknown(TOO_LARGE, known),
        Some(report) => Reading::Known(report),
        None => Reading::Silent,
    }
}

/// The lines so far, added up.
#[derive(Debug, Default)]
struct Tally {
    lines: u64,
    models: Vec<ModelUsage>,
    /// Where in `models` an entry is.
    places: HashMap<Place, usize>,
    /// All money and all tokens named so far.
    named: Cost,
    tokens: Tokens,
    /// A line named money.
    priced: bool,
    /// A line named tokens and no money, so that the whole cost is unknown.
    unpriced: bool,
    amounts: BTreeMap<String, u64>,
    ids: HashMap<String, Line>,
    id_order: Vec<String>,
}

/// Model, provider, whether tokens and whether money were named: usage without a price stays apart,
/// so that it can still be priced.
type Place = (Option<String>, Option<String>, bool, bool);

impl Tally {
    /// Adds a line; after an error the tally stands as before it.
    fn line(&mut self, text: &[u8], counted: &BTreeSet<String>) -> Result<(), Fault> {
        let line = line::read(text)?;
        match line.id.as_ref().and_then(|id| self.ids.get(id)) {
            Some(same) if *same == line => return Ok(()),
            Some(_) => return Err(Fault::text("its id was given before with other figures")),
            None => {}
        }
        if line.id.as_ref().is_some_and(|id| counted.contains(id)) {
            self.add(&line.without_figures()).map_err(Fault::text)?;
            self.lines = self.lines.saturating_add(1);
            return Ok(());
        }
        self.add(&line).map_err(Fault::text)?;
        self.lines = self.lines.saturating_add(1);
        if let Some(id) = &line.id {
            // Short ones are counted from small numbers, in every run anew.
            if id.len() >= UNIQUE {
                self.id_order.push(id.clone());
            }
            self.ids.insert(id.clone(), line);
        }
        Ok(())
    }

    /// Sums first, changes after, so that an overflow changes nothing. A model's part cannot
    /// overflow where the whole does not.
    fn add(&mut self, line: &Line) -> Result<(), Overflow> {
        let named = self
            .named
            .checked_add(line.usd.unwrap_or_default())
            .ok_or(Overflow)?;
        let tokens = self.tokens.checked_add(&line.tokens.unwrap_or_default())?;
        let amounts: Vec<_> = line
            .amounts
            .iter()
            .map(|(unit, count)| self.grown(unit, *count).map(|sum| (unit.clone(), sum)))
            .collect::<Result<_, _>>()?;
        if line.usd.is_some() || line.tokens.is_some() {
            self.add_model(line)?;
        }
        (self.named, self.tokens) = (named, tokens);
        self.priced |= line.usd.is_some();
        self.unpriced |= line.tokens.is_some() && line.usd.is_none();
        self.amounts.extend(amounts);
        Ok(())
    }

    fn grown(&self, unit: &str, count: u64) -> Result<u64, Overflow> {
        let sum = self
            .amounts
            .get(unit)
            .copied()
            .unwrap_or(0)
            .checked_add(count);
        sum.filter(|sum| i64::try_from(*sum).is_ok())
            .ok_or(Overflow)
    }

    fn add_model(&mut self, line: &Line) -> Result<(), Overflow> {
        let Line {
            model,
            provider,
            usd,
            tokens,
            ..
        } = line.clone();
        let place = (
            model.clone(),
            provider.clone(),
            tokens.is_some(),
            usd.is_some(),
        );
        let usage = ModelUsage {
            model,
            provider,
            tokens,
            cost: usd,
            ..ModelUsage::default()
        };
        if let Some(entry) = self
            .places
            .get(&place)
            .and_then(|at| self.models.get_mut(*at))
        {
            *entry = entry.checked_add(&usage)?;
        } else {
            self.places.insert(place, self.models.len());
            self.models.push(usage);
        }
        Ok(())
    }

    /// What the lines so far say, `None` where there were none.
    fn known(self) -> Option<Report> {
        (self.lines > 0).then(|| Report {
            cost: (self.priced && !self.unpriced).then_some(self.named),
            models: self.models,
            amounts: self.amounts.into_iter().collect(),
            ids: self.id_order,
            ..Report::new(Source::USAGE_FILE)
        })
    }
}

#[cfg(test)]
mod tests;
