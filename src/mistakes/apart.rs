//! Amounts that were typed in several words. Says what they are as one word; whether a line is wrong
//! for that is not decided here.

use crate::ledger::limit::LimitSpec;
use crate::ledger::unit::Unit;

/// An amount in several words: `5 usd/day`, `5 usd per day`.
pub(super) struct Apart<'a> {
    /// As they were typed.
    pub(super) words: &'a [String],
    /// The option that it belongs to.
    option: Option<&'a str>,
    /// The one word that it is.
    joined: String,
}

impl<'a> Apart<'a> {
    /// The one that begins at a place, the longest that is an amount or a limit of a known unit.
    /// Words that are one each are not apart.
    pub(super) fn at(typed: &'a [String], place: usize) -> Option<Self> {
        let first = typed.get(place)?;
        let number = first.strip_prefix('$').unwrap_or(first);
        let option = place.checked_sub(1).and_then(|before| typed.get(before));
        let option = option.filter(|option| option.starts_with("--"));
        // A count is a number alone.
        let is_count = option.is_some_and(|option| option.ends_with("-tokens"));
        if is_count || !number.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        (2..=4).rev().find_map(|count| {
            let words = typed.get(place..place.checked_add(count)?)?;
            let joined: String = words.iter().map(|word| joint(word)).collect();
            let is_one = limit(&joined).is_some() && !words.iter().skip(1).any(|w| is_whole(w));
            is_one.then(|| Self {
                words,
                option: option.map(String::as_str),
                joined,
            })
        })
    }

    /// How it is typed.
    pub(super) fn meant(&self) -> String {
        match self.option {
            Some(option) => format!("{option} {}", self.joined),
            None => self.joined.clone(),
        }
    }
}

/// A word as it stands in an amount.
fn joint(word: &str) -> &str {
    match word {
        "per" | "a" | "every" => "/",
        word => word,
    }
}

fn is_whole(word: &str) -> bool {
    limit(word).is_some()
}

/// The limit that a word is, where its unit is one of ours.
fn limit(word: &str) -> Option<LimitSpec> {
    let limit: LimitSpec = word.parse().ok()?;
    (!matches!(limit.key.unit, Unit::Declared(_))).then_some(limit)
}
