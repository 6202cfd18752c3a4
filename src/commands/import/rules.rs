//! Which budget a message of the past counts against: by its model, by the project it was sent
//! from, else the one that is named for the rest.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::ledger::name::Names;

/// `WHAT=NAME`: what a message must have in common to count against a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// A directory or the beginning of a model's name.
    what: String,
    /// The budgets.
    names: Names,
}

/// Text that is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum InvalidRule {
    /// One of its sides is missing.
    #[error("write it like WHAT=NAME, with a budget behind the last `=`")]
    Shape,
    /// The budget's name cannot be one.
    #[error(transparent)]
    Name(#[from] crate::ledger::name::InvalidName),
}

impl FromStr for Rule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        let (what, names) = text.rsplit_once('=').ok_or(InvalidRule::Shape)?;
        if what.is_empty() || names.is_empty() {
            return Err(InvalidRule::Shape);
        }
        let (what, names) = (what.to_owned(), names.parse()?);
        Ok(Self { what, names })
    }
}

/// All rules of an import.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    /// By the beginning of the model's name.
    pub(super) models: Vec<Rule>,
    /// By the directory the session worked in, or one above it.
    pub(super) projects: Vec<Rule>,
    /// For the rest.
    pub(super) rest: Option<Names>,
}

impl Rules {
    /// The budgets of a message; the closest directory counts, and the longest beginning of a
    /// model's name. `None` where no rule speaks of it.
    pub(super) fn names(&self, model: Option<&str>, project: Option<&Path>) -> Option<&Names> {
        let by_model = model.and_then(|model| {
            let fit = self.models.iter().filter(|r| model.starts_with(&r.what));
            fit.max_by_key(|rule| rule.what.len())
        });
        let by_project = || {
            let project = project?;
            let fit = self
                .projects
                .iter()
                .filter(|rule| project.starts_with(rule.directory()));
            fit.max_by_key(|rule| rule.directory().components().count())
        };
        by_model
            .or_else(by_project)
            .map(|rule| &rule.names)
            .or(self.rest.as_ref())
    }

    /// Every budget that a rule names.
    pub(super) fn targets(&self) -> impl Iterator<Item = &Names> {
        let rules = self.models.iter().chain(&self.projects);
        rules.map(|rule| &rule.names).chain(&self.rest)
    }

    /// Directories as they are, whatever they were typed like.
    pub(super) fn resolve(&mut self, resolve: impl Fn(&Path) -> PathBuf) {
        for rule in &mut self.projects {
            rule.what = resolve(rule.directory()).to_string_lossy().into_owned();
        }
    }
}

impl Rule {
    fn directory(&self) -> &Path {
        Path::new(&self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let rule = |text: &str| text.parse().unwrap();
        Rules {
            models: vec![rule("claude-opus=team/opus")],
            projects: vec![rule("/src=work"), rule("/src/a=b=work/a")],
            rest: Some("else".parse().unwrap()),
        }
    }

    #[test]
    fn the_closest_rule_counts() {
        let rules = rules();
        let name = |model: &str, project: &str| {
            let found = rules.names(Some(model), Some(Path::new(project)));
            found.map(ToString::to_string)
        };
        for (model, project, expected) in [
            ("claude-opus-4", "/src", "team/opus"),
            ("gpt-5", "/src", "work"),
            ("gpt-5", "/src/x/y", "work"),
            ("gpt-5", "/src/a=b/c", "work/a"),
            ("gpt-5", "/srcs", "else"),
        ] {
            assert_eq!(
                name(model, project).as_deref(),
                Some(expected),
                "{model} {project}"
            );
        }
    }

    #[test]
    fn without_a_rule_for_the_rest_nothing_is_guessed() {
        let rules = Rules {
            rest: None,
            ..rules()
        };
        assert_eq!(rules.names(None, None), None);
    }

    #[test]
    fn half_a_rule_is_refused() {
        for text in ["", "x", "=x", "/src=", "/src=-"] {
            assert!(text.parse::<Rule>().is_err(), "{text}");
        }
    }
}
