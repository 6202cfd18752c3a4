//! Between columns and values. A stored value that no longer parses is damage, not a panic.

use std::path::Path;
use std::str::FromStr;

use rusqlite::types::Type;
use rusqlite::{ErrorCode, Row};

use super::file::unusable;
use crate::ledger::amount::{Amount, Overflow, Quantity};
use crate::ledger::error::{Error, Unusable};
use crate::ledger::id::Id;
use crate::ledger::unit::Unit;

/// The error of a verb for an error of SQLite.
pub(super) fn fault(path: &Path, error: &rusqlite::Error) -> Error {
    let rusqlite::Error::SqliteFailure(failure, message) = error else {
        return unusable(path, Unusable::Damaged(error.to_string()));
    };
    let text = || message.clone().unwrap_or_else(|| failure.to_string());
    let reason = match failure.code {
        // A sum beyond 64 bits becomes a REAL, which a STRICT column refuses.
        ErrorCode::ConstraintViolation if text().contains("cannot store REAL") => {
            return Error::Overflow(Overflow);
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Unusable::Locked,
        ErrorCode::DiskFull => Unusable::Full,
        ErrorCode::NotADatabase => Unusable::Foreign,
        ErrorCode::DatabaseCorrupt | ErrorCode::ConstraintViolation => Unusable::Damaged(text()),
        _ => Unusable::Io(text()),
    };
    unusable(path, reason)
}

/// A column that must parse.
pub(super) fn parsed<T: FromStr>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let text = row.get_ref(column)?.as_str()?;
    text.parse().map_err(|error: T::Err| invalid(column, error))
}

/// A column of names separated by blanks or commas that must all parse; may be empty.
pub(super) fn parsed_list<T: FromStr>(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<T>>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let text = row.get_ref(column)?.as_str()?;
    let words = text
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>();
    words.map_err(|error| invalid(column, error))
}

/// A column with one of a few words.
pub(super) fn named<T>(
    row: &Row<'_>,
    column: usize,
    from_name: impl Fn(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    from_name(text).ok_or_else(|| invalid(column, Unreadable(text.to_owned())))
}

/// A column of sixteen bytes.
pub(super) fn id(row: &Row<'_>, column: usize) -> rusqlite::Result<Id> {
    row.get(column).map(Id::from_bytes)
}

/// A column of sixteen bytes, or nothing.
pub(super) fn maybe_id(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Id>> {
    let bytes: Option<[u8; 16]> = row.get(column)?;
    Ok(bytes.map(Id::from_bytes))
}

/// A column of atoms.
pub(super) fn amount(row: &Row<'_>, column: usize) -> rusqlite::Result<Amount> {
    Amount::from_atoms(row.get(column)?).map_err(|error| invalid(column, error))
}

/// A column of atoms, or nothing.
pub(super) fn maybe_amount(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Amount>> {
    let atoms: Option<i64> = row.get(column)?;
    atoms
        .map(Amount::from_atoms)
        .transpose()
        .map_err(|error| invalid(column, error))
}

/// Amounts as the JSON object of one entry: `{"usd":50000000,"calls":1}`, in atoms.
pub fn amounts_json(amounts: &[Quantity]) -> String {
    let mut text = String::from("{");
    for (n, quantity) in amounts.iter().enumerate() {
        let gap = if n > 0 { "," } else { "" };
        // Unit names are plain words and need no escaping.
        text.push_str(&format!(
            "{gap}\"{}\":{}",
            quantity.unit,
            quantity.amount.atoms()
        ));
    }
    text.push('}');
    text
}

/// The amounts of an entry's JSON object.
pub fn read_amounts(text: &str) -> Option<Vec<Quantity>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let pairs = inner.split(',').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (unit, atoms) = pair.split_once(':')?;
            let unit: Unit = unit.strip_prefix('"')?.strip_suffix('"')?.parse().ok()?;
            Some(Quantity::new(
                Amount::from_atoms(atoms.parse().ok()?).ok()?,
                unit,
            ))
        })
        .collect()
}

/// A column with the amounts of an entry.
pub(super) fn amounts(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<Quantity>> {
    let text = row.get_ref(column)?.as_str()?;
    read_amounts(text).ok_or_else(|| invalid(column, Unreadable(text.to_owned())))
}

#[derive(Debug, thiserror::Error)]
#[error("`{0}` cannot be read")]
struct Unreadable(String);

fn invalid(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_round_trip() {
        for texts in [
            vec![],
            vec!["0.50usd"],
            vec!["9223372036854775807tokens", "1calls"],
        ] {
            let amounts: Vec<Quantity> = texts.iter().map(|t| t.parse().expect(t)).collect();
            assert_eq!(read_amounts(&amounts_json(&amounts)), Some(amounts));
        }
        for bad in ["", "{", "{\"usd\":-1}", "{\"usd\":1.5}", "{usd:1}"] {
            assert_eq!(read_amounts(bad), None, "{bad}");
        }
    }
}
