//! Errors as people and scripts meet them: one line, a hint where there is one, an exit code.

use serde_json::{Value, json};

use crate::exit::Exit;
use crate::ledger;
use crate::ledger::error::Unusable;
use crate::ledger::unit::Unit;

/// The word for an operation that may have been recorded, or not.
pub(crate) const OUTCOME_UNKNOWN: &str = "outcome_unknown";

/// Why a command did not do what it was asked.
#[derive(Debug, Clone)]
pub struct Error {
    /// How the program ends.
    pub exit: Exit,
    /// A stable word for scripts.
    pub code: &'static str,
    /// One line: what was wrong.
    pub message: String,
    /// What would be right.
    pub hint: Option<String>,
    /// Whether the same request can succeed later.
    pub retryable: bool,
    /// More fields of the JSON error.
    pub more: Vec<(&'static str, Value)>,
}

/// The result of a command.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error without a hint that repeating does not help.
    pub fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            exit,
            code,
            message,
            hint: None,
            retryable: false,
            more: Vec::new(),
        }
    }

    /// Wrong usage.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// The error with a hint.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// The error as JSON.
    pub fn to_json(&self) -> String {
        let mut fields = serde_json::Map::new();
        fields.insert("code".to_owned(), self.code.into());
        fields.insert("message".to_owned(), self.message.clone().into());
        fields.insert("retryable".to_owned(), self.retryable.into());
        if let Some(hint) = &self.hint {
            fields.insert("hint".to_owned(), hint.clone().into());
        }
        for (name, value) in &self.more {
            fields.insert((*name).to_owned(), value.clone());
        }
        json!({"error": fields}).to_string()
    }
}

impl From<ledger::Error> for Error {
    fn from(error: ledger::Error) -> Self {
        use ledger::Error as E;
        let message = error.to_string();
        let simple = |exit, code| Self::new(exit, code, message.clone());
        match error {
            E::Usage(_) => simple(Exit::Usage, "usage"),
            E::Calendar(_) => simple(Exit::Usage, "calendar"),
            E::UnknownUnit { unit, declared } => {
                simple(Exit::Usage, "unknown_unit").hint(unit_hint(&unit, &declared))
            }
            E::NotFound { what, near, .. } => {
                let found = simple(Exit::NotFound, "not_found");
                match near.as_slice() {
                    [] if what == "budget" => {
                        found.hint("`budget create NAME --limit 20usd/day` makes one")
                    }
                    [] if what == "reservation" => {
                        found.hint("`budget reservations --state all` lists them")
                    }
                    [] if what == "entry" => found.hint("`budget log` numbers them"),
                    [] => found,
                    near => found.hint(format!("did you mean {}?", near.join(" or "))),
                }
            }
            E::Ambiguous { .. } => simple(Exit::Conflict, "ambiguous"),
            E::AlreadySettled { .. } => simple(Exit::Conflict, "already_settled"),
            E::LeaseOver { .. } => simple(Exit::Conflict, "lease_over")
                .hint("a commit is still accepted; `budget reserve --ttl` asks for longer"),
            E::OwnedByRun { .. } => simple(Exit::Conflict, "owned_by_run"),
            E::UnitMismatch { unit, limited, .. } => Self {
                more: vec![
                    ("unit", unit.as_str().into()),
                    (
                        "limited_units",
                        limited.into_iter().map(Value::from).collect(),
                    ),
                ],
                ..simple(Exit::Conflict, "unit_mismatch")
            },
            E::NoSuchLimit {
                budget,
                limit,
                is_there,
                ..
            } => {
                let verb = if is_there { "set" } else { "create" };
                simple(Exit::Config, "no_such_limit")
                    .hint(format!("`budget {verb} {budget} --limit {limit}` adds it"))
            }
            E::KeyReused { .. } => {
                simple(Exit::Conflict, "key_reused").hint("use a new --key for a new request")
            }
            E::BookedBefore { .. } => simple(Exit::Conflict, "booked_before")
                .hint("each message of a provider is charged once, whatever path brings it"),
            E::UnknownCost(_) => simple(Exit::Conflict, "unknown_cost")
                .hint("name the money itself, like 0.31usd; 0usd where there was no bill"),
            E::Conflict(_) => simple(Exit::Conflict, "conflict"),
            E::Overflow(_) => simple(Exit::Conflict, "overflow"),
            E::Unusable { reason, .. } => unusable(message, &reason),
        }
    }
}

fn unit_hint(unit: &Unit, declared: &[String]) -> String {
    let nearest = Unit::nearest(unit.as_str());
    let near = nearest
        .map(|near| format!("did you mean {near}? "))
        .unwrap_or_default();
    let known = Unit::BUILT_IN
        .iter()
        .map(Unit::as_str)
        .chain(declared.iter().map(String::as_str));
    let known = known.collect::<Vec<_>>().join(", ");
    format!("{near}units are {known}; `budget create --unit {unit}` declares another")
}

fn unusable(message: String, reason: &Unusable) -> Error {
    let (code, hint) = match reason {
        Unusable::Locked => (
            "locked",
            Some("another process holds it; --wait-lock waits longer"),
        ),
        Unusable::Full => ("disk_full", Some("free some space; nothing was changed")),
        Unusable::Foreign => ("foreign", Some("point --ledger at a budget ledger")),
        Unusable::Newer { .. } => ("newer_schema", Some("a newer version of budget wrote it")),
        Unusable::Damaged(_) => (
            "damaged",
            Some("`budget verify` says what is wrong; keep the file as it is"),
        ),
        Unusable::Io(_) => ("io", None),
        Unusable::Permissions { .. } => ("permissions", Some("chmod go-w would make it private")),
        Unusable::FileSystem(_) => (
            "file_system",
            Some("put the ledger on a local disk with --ledger"),
        ),
        Unusable::OutcomeUnknown(_) => (
            OUTCOME_UNKNOWN,
            Some(
                "repeat it with the same --key; without one, see in `budget log` whether it is there",
            ),
        ),
        Unusable::Replaced => ("replaced", None),
    };
    let retryable = matches!(
        reason,
        Unusable::Locked | Unusable::Full | Unusable::Io(_) | Unusable::OutcomeUnknown(_)
    );
    let hint = hint.map(str::to_owned);
    Error {
        hint,
        retryable,
        ..Error::new(Exit::Ledger, code, message)
    }
}
