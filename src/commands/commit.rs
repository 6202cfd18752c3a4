use serde_json::{Value, json};

use crate::cli::Verb;
use crate::commands::shared::{DetailArgs, JsonArgs, KeyArgs, Plain, amounts, answer, lists, show};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::ledger::amount::{Amount, Quantity};
use crate::ledger::id::IdRef;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::{Commit, Keyed};
use crate::render::wire;

/// Charge a reservation what its work cost
///
/// What is not named is charged as reserved; 0usd gives it back. More than was reserved goes by
/// the overage policy. A reservation is settled once; after its lease it is corrected once.
#[derive(Debug, clap::Args)]
pub(crate) struct CommitArgs {
    /// The reservation's id, or the end of it
    id: IdRef,
    /// What was spent; without it, what was reserved
    #[arg(value_name = "AMOUNT")]
    amounts: Vec<Quantity>,
    /// Charge only this much now, and keep the rest reserved
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    usage: UsageArgs,
    #[command(flatten)]
    detail: DetailArgs,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    json: JsonArgs,
}

/// What a model consumed, as `commit` and `spend` take it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Usage of a model")]
pub(super) struct UsageArgs {
    /// The model
    #[arg(long, value_name = "NAME")]
    model: Option<Plain>,
    /// Its provider
    #[arg(long, value_name = "NAME")]
    provider: Option<Plain>,
    /// Input tokens that came from no cache
    #[arg(long, value_name = "N")]
    input_tokens: Option<u32>,
    /// Input tokens read from a cache
    #[arg(long, value_name = "N")]
    cache_read_tokens: Option<u32>,
    /// Input tokens written to a cache
    #[arg(long, value_name = "N")]
    cache_write_tokens: Option<u32>,
    /// Output tokens, reasoning included
    #[arg(long, value_name = "N")]
    output_tokens: Option<u32>,
    /// How many of them were reasoning
    #[arg(long, value_name = "N")]
    reasoning_tokens: Option<u32>,
}

impl UsageArgs {
    fn tokens(&self) -> Option<i64> {
        let kinds = [
            self.input_tokens,
            self.cache_read_tokens,
            self.cache_write_tokens,
            self.output_tokens,
        ];
        let named = kinds.iter().any(Option::is_some);
        named.then(|| kinds.iter().flatten().map(|count| i64::from(*count)).sum())
    }

    /// The detail of an entry, where anything was said.
    pub(super) fn detail(&self) -> Option<(&'static str, Value)> {
        let tokens = self.tokens();
        if tokens.is_none() && self.model.is_none() && self.provider.is_none() {
            return None;
        }
        let count = |count: Option<u32>| count.unwrap_or_default();
        let tokens = tokens.map(|_| {
            json!({
                "input": count(self.input_tokens),
                "cache_read": count(self.cache_read_tokens),
                "cache_write": count(self.cache_write_tokens),
                "output": count(self.output_tokens),
                "reasoning": count(self.reasoning_tokens),
            })
        });
        let text = |plain: &Option<Plain>| plain.as_ref().map(|plain| plain.0.clone());
        let (model, provider) = (text(&self.model), text(&self.provider));
        Some((
            "usage",
            json!({"source": "caller", "model": model, "provider": provider, "tokens": tokens}),
        ))
    }

    /// The amounts typed, with the tokens that were named beside them.
    pub(super) fn with_tokens(&self, mut amounts: Vec<Quantity>) -> Vec<Quantity> {
        if let Some(tokens) = self
            .tokens()
            .and_then(|count| Amount::from_atoms(count).ok())
            && !amounts.iter().any(|quantity| quantity.unit == Unit::Tokens)
        {
            amounts.push(Quantity::new(tokens, Unit::Tokens));
        }
        amounts
    }
}

impl Verb for CommitArgs {
    const NAME: &'static str = "commit";
    const EXAMPLES: &'static str = "\
Examples:
  budget commit \"$id\" 0.31usd
  budget commit \"$id\" 0.31usd --model gpt-5 --input-tokens 1200 --output-tokens 345
  budget commit 3fa9c1 0.10usd --keep";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let request = Commit {
            detail: self.detail.detail(self.usage.detail()),
            amounts: self.usage.with_tokens(self.amounts),
            id: self.id,
            keep: self.keep,
        };
        let keyed = Keyed {
            key: self.key.as_deref(),
            write: &wire::settled,
        };
        let json = answer(
            cx.ledger_for(false)?.commit(&request, &keyed),
            wire::settled,
        )?;
        show(cx, &json, |answer| {
            let mut text = format!("charged {}", amounts(answer, "charged"));
            for (field, verb) in [("released", "released"), ("uncharged", "not charged:")] {
                if lists(answer, field) {
                    text.push_str(&format!(", {verb} {}", amounts(answer, field)));
                }
            }
            text
        })
    }
}
