//! One line for a prompt or an agent's status line: the limit that is nearest its end, and what an
//! agent said of its own session. Owns the templates; nothing that is missing breaks the line.

use std::str::FromStr;

use super::human::{amount, quantity, until};
use super::sanitize::line;
use super::status::{bar_of, file_name, used, word};
use crate::ledger::budget::{Budget, BudgetState, Standing};
use crate::ledger::limit::Position;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::Lowered;

/// The width of a bar, in characters.
const BAR: usize = 10;

/// What a template can name.
pub const FIELDS: [&str; 10] = [
    "budget", "limit", "spent", "reserved", "left", "percent", "bar", "resets", "model", "session",
];

/// Text with `{field}`s in it; a doubled brace is a brace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(&'static str),
}

/// Why text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It names what there is not.
    #[error("there is no {{{0}}}; there is {{{fields}}}", fields = FIELDS.join("}, {"))]
    Unknown(String),
    /// A brace stands alone.
    #[error("a {0} stands alone; write it twice to mean itself")]
    Alone(char),
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(template: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let (mut text, mut rest) = (String::new(), template);
        while let Some(place) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(place);
            text.push_str(before);
            if let Some(after) = brace.strip_prefix("{{") {
                text.push('{');
                rest = after;
            } else if let Some(after) = brace.strip_prefix("}}") {
                text.push('}');
                rest = after;
            } else if let Some(after) = brace.strip_prefix('{') {
                let (name, after) = after.split_once('}').ok_or(TemplateError::Alone('{'))?;
                let field = FIELDS.iter().find(|field| **field == name);
                let unknown = || TemplateError::Unknown(line(name).into_owned());
                pieces.push(Piece::Text(std::mem::take(&mut text)));
                pieces.push(Piece::Field(field.ok_or_else(unknown)?));
                rest = after;
            } else {
                return Err(TemplateError::Alone('}'));
            }
        }
        text.push_str(rest);
        pieces.push(Piece::Text(text));
        Ok(Self(pieces))
    }
}

/// What an agent said of the session that it shows a line for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentSession {
    /// The name of its model, for people.
    pub model: Option<String>,
    /// What the session has cost, in atoms of a dollar.
    pub cost: Option<i64>,
}

/// A limit, and whose it is.
#[derive(Debug, Clone, Copy)]
pub struct Nearest<'a> {
    budget: &'a Budget,
    position: &'a Position,
    /// Who says that it is so low, where that is not the budget.
    said_by: Option<&'a str>,
}

/// Of all limits the one of which most is taken; the first of them where several are alike.
pub fn nearest<'a>(standings: &'a [Standing], lowered: &'a Lowered) -> Option<Nearest<'a>> {
    let all = standings.iter().flat_map(|standing| {
        let budget = &standing.budget;
        let positions = standing.positions.iter();
        positions.map(move |position| {
            let lower = lowered.of(position);
            Nearest {
                budget,
                position: lower.unwrap_or(position),
                said_by: lower.map(|_| file_name(&lowered.said_by)),
            }
        })
    });
    // A limit that allows nothing is at its end, but says nothing of what was spent.
    all.reduce(|best, other| {
        let taken = |nearest: &Nearest<'_>| used(nearest.position).unwrap_or(-1);
        if taken(&other) > taken(&best) {
            other
        } else {
            best
        }
    })
}

/// The line; empty where there is nothing to say.
pub fn statusline(
    template: Option<&Template>,
    nearest: Option<Nearest<'_>>,
    session: &AgentSession,
    now: Timestamp,
) -> String {
    let field = |name| field(name, nearest, session, now);
    let text = match template {
        Some(Template(pieces)) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Field(name) => field(name),
            })
            .collect(),
        None => usual(nearest, &field),
    };
    line(&text).into_owned()
}

/// The line where no other is asked for: only what is known.
fn usual(nearest: Option<Nearest<'_>>, field: &dyn Fn(&'static str) -> String) -> String {
    let mut parts = vec![field("model"), field("session")];
    if let Some(Nearest { said_by, .. }) = nearest {
        let (budget, percent) = (field("budget"), field("percent"));
        let (spent, limit) = (field("spent"), field("limit"));
        let said_by = said_by.map(|file| format!(" ({file})"));
        let said_by = said_by.unwrap_or_default();
        parts.push(format!("{budget} {spent} of {limit}{said_by} {percent}"));
        let resets = field("resets");
        if !resets.is_empty() {
            parts.push(format!("resets in {resets}"));
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

fn field(
    name: &'static str,
    nearest: Option<Nearest<'_>>,
    session: &AgentSession,
    now: Timestamp,
) -> String {
    let cost = || session.cost.map(|atoms| amount(atoms, &Unit::Usd));
    let found = match (name, nearest) {
        ("model", _) => session.model.clone(),
        ("session", _) => cost(),
        (_, Some(nearest)) => of_limit(name, nearest, now),
        _ => None,
    };
    found.unwrap_or_default()
}

fn of_limit(
    name: &str,
    Nearest {
        budget, position, ..
    }: Nearest<'_>,
    now: Timestamp,
) -> Option<String> {
    let (figures, unit) = (&position.figures, &position.key.unit);
    let plain = |atoms| quantity(atoms, unit);
    Some(match name {
        "budget" if budget.state == BudgetState::Frozen => format!("{} (frozen)", budget.name),
        "budget" => budget.name.to_string(),
        // What was granted on top is there to be spent.
        "limit" => match position.key.to_string().split_once('/') {
            Some((_, period)) => format!("{}/{period}", plain(figures.capacity().atoms())),
            None => plain(figures.capacity().atoms()),
        },
        "spent" => {
            let charged = figures.charged();
            amount(charged, unit)
        }
        "reserved" => amount(figures.reserved.atoms(), unit),
        "left" => amount(figures.available().atoms().max(0), unit),
        "percent" => word(position),
        "bar" => bar_of(position, BAR),
        "resets" => until(position.bounds.end?, now),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_text_with_fields_in_braces() {
        let session = AgentSession {
            model: Some("Opus".to_owned()),
            cost: Some(42_000_000),
        };
        let now = Timestamp::from_micros(0);
        for (template, text) in [
            ("{model}: {session}", "Opus: $0.42"),
            ("{{{model}}} }}", "{Opus} }"),
            ("no field", "no field"),
            ("[{left}{resets}]", "[]"),
            ("a\nb", "a\\u{a}b"),
            ("", ""),
        ] {
            let template: Template = template.parse().expect(template);
            assert_eq!(statusline(Some(&template), None, &session, now), text);
        }
        assert_eq!(statusline(None, None, &session, now), "Opus · $0.42");
        assert_eq!(statusline(None, None, &AgentSession::default(), now), "");
    }

    #[test]
    fn what_is_no_field_is_named() {
        for (template, why) in [
            ("{cost}", "there is no {cost}; there is {budget}, {limit}"),
            ("{left", "a { stands alone"),
            ("left}", "a } stands alone"),
        ] {
            let error = template.parse::<Template>().expect_err(template);
            assert!(error.to_string().starts_with(why), "{error}");
        }
    }
}
