//! What an entry says of a charge beside its amounts: which models, what they used, what for. Reads
//! the entry's own JSON; what is not there is not known.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::ledger::amount::Quantity;
use crate::ledger::charge::TokenKinds;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;

/// What one model used.
#[derive(Debug, Clone, Default)]
pub(super) struct Share {
    pub(super) model: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) tokens: TokenKinds,
    /// Its cost, in atoms of a dollar.
    pub(super) cost: Option<i64>,
}

/// What an entry says.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    /// Who said it, where that is an agent or an API.
    pub(super) source: Option<String>,
    /// Each model; one without a name where none is known.
    pub(super) shares: Vec<Share>,
    /// Nobody is billed for it.
    pub(super) is_notional: bool,
    pub(super) project: Option<String>,
    pub(super) tags: BTreeMap<String, String>,
    /// When it happened, where that was before it was recorded.
    pub(super) happened_at: Option<Timestamp>,
    is_unknown: bool,
    has_cost: bool,
    has_tokens: bool,
}

/// Sources that are no agents: who typed it, or wrote it down.
const NOBODY: [&str; 2] = ["caller", "usage-file"];

impl Said {
    /// Reads an entry's detail; empty is nothing said.
    pub(super) fn of(detail: &str) -> Self {
        if detail.is_empty() {
            return Self {
                shares: vec![Share::default()],
                ..Self::default()
            };
        }
        let detail: Value = serde_json::from_str(detail).unwrap_or_default();
        let usage = detail.get("usage").unwrap_or(&Value::Null);
        let is_set = |from: &Value, name: &str| from.get(name).is_some_and(|v| *v == true);
        let tokens = usage.get("tokens").filter(|tokens| tokens.is_object());
        Self {
            source: text(usage, "source").filter(|source| !NOBODY.contains(&source.as_str())),
            shares: shares(usage),
            is_notional: is_set(usage, "notional"),
            project: detail
                .pointer("/imported/project")
                .and_then(|p| p.as_str().map(str::to_owned)),
            tags: tags(&detail),
            happened_at: happened_at(&detail),
            is_unknown: is_set(&detail, "unknown"),
            has_cost: usage.get("cost").is_some(),
            has_tokens: tokens.is_some() && !is_set(usage, "tokens_incomplete"),
        }
    }

    /// Whether what was charged of a unit is a guess.
    pub(super) fn is_unknown(&self, unit: &Unit) -> bool {
        self.is_unknown
            && match unit {
                Unit::Usd => !self.has_cost,
                Unit::Tokens => !self.has_tokens,
                unit => unit.is_reported(),
            }
    }

    /// The same where its tokens are counted already.
    pub(super) fn told_before(&self) -> Self {
        let without = |share: &Share| Share {
            tokens: TokenKinds::default(),
            ..share.clone()
        };
        Self {
            shares: self.shares.iter().map(without).collect(),
            is_notional: false,
            ..self.clone()
        }
    }
}

/// When what a detail tells of happened, where that was before it was recorded.
pub(in crate::ledger::verbs) fn happened_at(detail: &Value) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(detail.pointer("/imported/at")?.as_str()?).ok()
}

/// The tags in a detail.
pub(in crate::ledger::verbs) fn tags(detail: &Value) -> BTreeMap<String, String> {
    let tags = detail.get("tags").and_then(Value::as_object);
    let text = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
    tags.into_iter().flatten().filter_map(text).collect()
}

fn shares(usage: &Value) -> Vec<Share> {
    let models = usage.get("models").and_then(Value::as_array);
    match models {
        Some(models) => models.iter().map(share).collect(),
        None => vec![share(usage)],
    }
}

/// What one model used, as it is said of it.
pub(super) fn share(of: &Value) -> Share {
    let cost = of.pointer("/cost/amount").and_then(Value::as_str);
    let dollars = cost.and_then(|cost| format!("{cost}usd").parse::<Quantity>().ok());
    Share {
        model: text(of, "model"),
        provider: text(of, "provider"),
        tokens: of.get("tokens").map(token_kinds).unwrap_or_default(),
        cost: dollars.map(|dollars| dollars.amount.atoms()),
    }
}

fn token_kinds(tokens: &Value) -> TokenKinds {
    let count = |name: &str| tokens.get(name).and_then(Value::as_i64).unwrap_or_default();
    TokenKinds::from_counts(TokenKinds::NAMES.map(count))
}

fn text(of: &Value, name: &str) -> Option<String> {
    of.get(name)?.as_str().map(str::to_owned)
}
