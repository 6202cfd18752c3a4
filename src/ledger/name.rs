//! Budget names: paths in a tree, folded to lower case so that one budget has one spelling.

use std::fmt;
use std::str::FromStr;

use super::amount::{Quantity, safe};
use super::limit::LimitSpec;
use super::unit::Unit;

/// The longest segment, in bytes.
pub const SEGMENT_MAX: usize = 160;
/// The longest path, in bytes.
pub const PATH_MAX: usize = 1_024;

/// The name of one budget: `acme/web/agent-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BudgetName(String);

/// One budget or several, sorted and without repeats: `acme/web,ann`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Names(Vec<BudgetName>);

/// Text that cannot name a budget.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a budget name: {reason}; write it like team/web or tenant:acme, \
     of letters, digits, `.`, `_` and `-`"
)]
pub struct InvalidName {
    text: String,
    reason: &'static str,
}

impl BudgetName {
    /// The whole path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name's ancestors from the root down, then the name itself.
    pub fn levels(&self) -> impl Iterator<Item = Self> + '_ {
        let cuts = self
            .0
            .match_indices('/')
            .map(|(at, _)| at)
            .chain([self.0.len()]);
        cuts.filter_map(|at| self.0.get(..at))
            .map(|level| Self(level.to_owned()))
    }

    /// Whether the budget is `other` or lies below it. Segments are compared whole.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0
            .strip_prefix(&other.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// A name that the ledger wrote itself, which may be a run's own.
    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, ',' | '\'' | '"');
        (!text.is_empty() && text.chars().all(plain)).then(|| Self(text.to_owned()))
    }
}

impl Names {
    /// A list of names, sorted and without repeats.
    pub fn new(mut names: Vec<BudgetName>) -> Self {
        names.sort();
        names.dedup();
        Self(names)
    }

    /// Names that the ledger wrote itself.
    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        text.split(',')
            .map(BudgetName::from_stored)
            .collect::<Option<Vec<_>>>()
            .map(Self)
    }

    /// Every name given.
    pub fn iter(&self) -> std::slice::Iter<'_, BudgetName> {
        self.0.iter()
    }

    /// Whether one of them is a budget, or is below it.
    pub fn any_within(&self, budget: &BudgetName) -> bool {
        self.iter().any(|name| name.is_within(budget))
    }

    /// Every level of every path once, ancestors before descendants.
    pub fn union(&self) -> Vec<BudgetName> {
        let mut levels: Vec<_> = self.0.iter().flat_map(BudgetName::levels).collect();
        levels.sort();
        levels.dedup();
        levels
    }
}

impl<'a> IntoIterator for &'a Names {
    type Item = &'a BudgetName;
    type IntoIter = std::slice::Iter<'a, BudgetName>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<BudgetName> for Names {
    fn from(name: BudgetName) -> Self {
        Self(vec![name])
    }
}

impl FromStr for BudgetName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if text.len() > PATH_MAX {
            return Err(invalid(text, "it is longer than 1,024 bytes"));
        }
        if looks_like_an_amount(text) {
            return Err(invalid(text, "it is an amount; the budget comes first"));
        }
        for segment in text.split('/') {
            check_segment(segment).map_err(|reason| invalid(text, reason))?;
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

impl FromStr for Names {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        text.split(',')
            .map(str::parse)
            .collect::<Result<Vec<_>, _>>()
            .map(Self::new)
    }
}

impl fmt::Display for BudgetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, name) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str(",")?;
            }
            name.fmt(f)?;
        }
        Ok(())
    }
}

/// Whether it is what a limit or an amount of a built-in unit looks like: then the name was
/// forgotten.
fn looks_like_an_amount(text: &str) -> bool {
    let (amount, period) = text.split_once('/').unwrap_or((text, ""));
    let built_in = |q: Quantity| Unit::BUILT_IN.contains(&q.unit);
    let is_amount = amount.parse().is_ok_and(built_in);
    is_amount && (period.is_empty() || text.parse::<LimitSpec>().is_ok())
}

fn check_segment(segment: &str) -> Result<(), &'static str> {
    let (kind, word) = segment.split_once(':').unwrap_or(("kind", segment));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if word.is_empty() || kind.is_empty() {
        Err("a part of it is empty")
    } else if segment.starts_with('@') {
        Err("names that start with `@` belong to runs")
    } else if matches!(word, "." | "..") {
        Err("`.` and `..` are no parts of a name")
    } else if segment.starts_with('-') {
        Err("a part of it starts with `-`")
    } else if !word.chars().all(plain) || !kind.chars().all(plain) {
        Err("it has a character that names do not have")
    } else if segment.len() > SEGMENT_MAX {
        Err("a part of it is longer than 160 bytes")
    } else {
        Ok(())
    }
}

fn invalid(text: &str, reason: &'static str) -> InvalidName {
    InvalidName {
        text: safe(text),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s1_segments_are_compared_whole() {
        let name = |text: &str| text.parse::<BudgetName>().expect(text);
        assert!(name("acme/web").is_within(&name("acme")));
        assert!(!name("acme-corp").is_within(&name("acme")));
    }

    #[test]
    fn s2_case_is_folded() {
        assert_eq!("Acme/WEB".parse::<BudgetName>(), "acme/web".parse());
    }

    #[test]
    fn an_amount_is_not_a_name() {
        for amount in ["0.31usd", "5usd/day", "3calls", "1h", "200ktokens/5h", "$5"] {
            assert!(amount.parse::<BudgetName>().is_err(), "{amount}");
        }
        for name in ["2026", "1a", "usd", "5usd/dev", "v1.0", "3d-model", "gpt5"] {
            assert!(name.parse::<BudgetName>().is_ok(), "{name}");
        }
    }

    #[test]
    fn levels_go_from_the_root_down() {
        let name: BudgetName = "a/b/c".parse().expect("valid");
        let levels: Vec<_> = name.levels().map(|l| l.to_string()).collect();
        assert_eq!(levels, ["a", "a/b", "a/b/c"]);
    }

    #[test]
    fn a_list_is_the_union_of_its_paths() {
        let names: Names = "a/b,a/c,a/b".parse().expect("valid");
        let union: Vec<_> = names.union().iter().map(ToString::to_string).collect();
        assert_eq!(union, ["a", "a/b", "a/c"]);
    }

    #[test]
    fn dots_within_a_segment_are_fine() {
        for name in ["a.b", ".config", "...", "a/..b", "v1..2"] {
            assert_eq!(
                name.parse::<BudgetName>().map(|n| n.to_string()),
                Ok(name.to_owned())
            );
        }
    }

    #[test]
    fn odd_names_are_refused() {
        let long = "x".repeat(161);
        let path = vec!["x".repeat(100); 11].join("/");
        for bad in [
            "",
            "/",
            "a//b",
            "a/",
            "@run",
            "a/@x",
            "-a",
            "a b",
            "a:b:c",
            ":a",
            "a:",
            "ä",
            "a\u{1b}[2J",
            "a\n",
            "../x;",
            ".",
            "..",
            "./a",
            "a/../b",
            "a/..",
            "tenant:..",
            &long,
            &path,
        ] {
            let error = bad.parse::<BudgetName>().expect_err(bad).to_string();
            assert!(!error.contains(['\u{1b}', '\n']), "{error:?}");
        }
    }
}
