//! Tables that a user brings: genai-prices' data, LiteLLM's table, or prices of one's own. Owns
//! that all become one form, exactly, and that no price is taken that cannot be meant; refuses to
//! fetch anything.

mod genai;
mod litellm;
mod own;
mod writer;

use std::borrow::Cow;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::calculator;
use super::table::{Origin, Table};
use super::tables::{IMPORTED, OWN};
use crate::usage::decimal::DecimalError;

/// The name of the table of a user's own prices.
pub(super) const OWN_SOURCE: &str = "own";
/// More than anybody asks for a token: 0.01 dollar, in 10⁻¹² dollar.
const BEYOND_REASON: u64 = 10_000_000_000;

/// Why a file is not taken as a price table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It is in none of the known forms, or not well-formed in one.
    #[error("not a price table: {0}")]
    Form(String),
    /// A model has a price that cannot be one.
    #[error("`{key}` of `{model}` is {why}")]
    Price {
        /// The model, as the file names it.
        model: String,
        /// The price, as the file names it.
        key: String,
        /// What is wrong with it.
        why: String,
    },
    /// It cannot be written.
    #[error("{path}: {why}")]
    Write {
        /// The file that is written.
        path: String,
        /// What the system says.
        why: String,
    },
}

impl ImportError {
    fn form(why: impl std::fmt::Display) -> Self {
        Self::Form(why.to_string())
    }

    fn price(model: &str, key: &str, why: impl std::fmt::Display) -> Self {
        Self::Price {
            model: model.to_owned(),
            key: key.to_owned(),
            why: why.to_string(),
        }
    }
}

/// A table that was read and can be kept.
#[derive(Debug)]
pub struct Import {
    pub(super) table: Table,
    is_own: bool,
    skipped: usize,
    refused: Vec<ImportError>,
}

impl Import {
    /// Reads a table: TOML where the file's name says so, else JSON. `date` is today, `2026-11-21`,
    /// for tables that do not say how old they are.
    pub fn read(text: &str, is_toml: bool, date: &str) -> Result<Self, ImportError> {
        let digest = Sha256::digest(text.as_bytes());
        // Twelve digits are enough to tell tables apart.
        let version = digest
            .iter()
            .take(6)
            .fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"));
        let origin = |source: &str| Origin {
            source: source.to_owned(),
            version: version.clone(),
            date: date.to_owned(),
        };
        let whole = |text: String| litellm::Read {
            text,
            skipped: 0,
            refused: Vec::new(),
        };
        let read = match text.trim_start().chars().next() {
            _ if is_toml => whole(own::read(text, &origin(OWN_SOURCE))?),
            Some('[') => whole(genai::read(text, &origin("genai-prices"))?),
            Some('{') => litellm::read(text, &origin("litellm"))?,
            _ => return Err(ImportError::form("neither JSON nor a file named .toml")),
        };
        let table = Table::parse(Cow::Owned(read.text))
            .ok_or_else(|| ImportError::form("its origin cannot be told"))?;
        calculator::check(&table.all()).map_err(ImportError::form)?;
        Ok(Self {
            table,
            is_own: is_toml,
            skipped: read.skipped,
            refused: read.refused,
        })
    }

    /// The name that records keep: `litellm@3f2a9c…`.
    pub fn id(&self) -> String {
        self.table.origin.id()
    }

    /// How many models it prices.
    pub fn len(&self) -> usize {
        self.table.blocks().map(|block| block.lines().count()).sum()
    }

    /// Whether it prices none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many entries of the file have no price for tokens, or one of 0 that may only mean that
    /// nobody filled it in.
    pub const fn skipped(&self) -> usize {
        self.skipped
    }

    /// The models of a large table that were left out because a price of theirs cannot be meant.
    /// In a file of one's own, one of them refuses the whole.
    pub fn refused(&self) -> &[ImportError] {
        &self.refused
    }

    /// The file that it replaces.
    pub const fn file(&self) -> &'static str {
        if self.is_own() { OWN } else { IMPORTED }
    }

    /// Whether it holds a user's own prices, which come before all others.
    pub(super) const fn is_own(&self) -> bool {
        self.is_own
    }

    /// Keeps it in a directory: as a whole or not at all, readable by its owner alone.
    pub fn save(&self, directory: &Path) -> Result<(), ImportError> {
        let path = directory.join(self.file());
        write(directory, &path, self.table.text()).map_err(|error| ImportError::Write {
            path: path.display().to_string(),
            why: error.to_string(),
        })
    }
}

fn write(directory: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(directory)?;
    let part = path.with_extension(format!("part-{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let written = options.open(&part).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&part, path)?;
        std::fs::File::open(directory)?.sync_all()
    });
    if written.is_err() {
        // What is left of a failed attempt is in nobody's way; the error is what matters.
        drop(std::fs::remove_file(&part));
    }
    written
}

/// A price for one token, refused where it cannot be meant.
fn reasonable(
    model: &str,
    key: &str,
    price: Result<u64, DecimalError>,
    advice: &str,
) -> Result<u64, ImportError> {
    match price {
        Ok(price) if price <= BEYOND_REASON => Ok(price),
        Ok(_) => Err(ImportError::price(model, key, advice)),
        Err(why) => Err(ImportError::price(model, key, why)),
    }
}
