//! Options that several commands take, with what they ask of the ledger. What a single command
//! takes is in its own file.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};

use crate::commands::defaults::ceilings;
use crate::commands::shared::Plain;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ledger::amount::{Amount, Ask, Quantity};
use crate::ledger::calendar::Zone;
use crate::ledger::duration::{Pause, Span};
use crate::ledger::limit::LimitSpec;
use crate::ledger::name::Names;
use crate::ledger::policy::{Cap, Caps, OnUnknown, Overage, Percent};
use crate::ledger::unit::Unit;
use crate::ledger::verbs::{Change, Reserve};
use crate::usage::{ModelUsage, Report, Source, Tokens, api_names};

/// A count of things, typed.
pub(super) fn count(text: &str) -> std::result::Result<u32, String> {
    let count = text.parse();
    count.map_err(|_| format!("a count is a whole number like 1200, at most {}", u32::MAX))
}

/// What `create` and `set` can choose.
#[derive(Debug, clap::Args)]
pub(super) struct PolicyArgs {
    /// Share of a limit at which a warning is due, like 80%; may repeat; none for no warning
    #[arg(long, value_name = "PERCENT")]
    warn: Vec<WarnAt>,
    /// What happens when a run costs more than it reserved: allow-with-overdraft,
    /// allow-with-overdraft:BOUND, allow-if-available or reject
    #[arg(long, value_name = "POLICY")]
    overage: Option<Overage>,
    /// What is charged when nobody knows what a run cost: charge (what it reserved) or release
    #[arg(long, value_name = "WHAT")]
    on_unknown: Option<OnUnknown>,
    /// What `exec` reserves when it is told nothing; may repeat
    #[arg(long, value_name = "AMOUNT")]
    reserve: Vec<Ask>,
    /// A soft limit that children are told: max_tokens=N, max_steps=N, allow_tools=A,B,
    /// deny_tools=A,B or cooldown=5s; may repeat
    #[arg(long = "cap", value_name = "KEY=VALUE")]
    caps: Vec<Cap>,
    /// A note for people
    #[arg(long, value_name = "TEXT")]
    note: Option<Plain>,
}

impl PolicyArgs {
    /// The change that was asked for, apart from limits.
    pub(super) fn change(self) -> Result<Change> {
        Ok(Change {
            overage: self.overage,
            on_unknown: self.on_unknown,
            reserve: (!self.reserve.is_empty()).then_some(self.reserve),
            caps: Caps::new(self.caps),
            warn: warn_at(&self.warn)?,
            note: self.note.map(|note| note.0),
            ..Change::default()
        })
    }
}

/// `--warn`: a share, or the word for no share at all.
#[derive(Debug, Clone, Copy)]
struct WarnAt(Option<Percent>);

impl FromStr for WarnAt {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if text == "none" {
            return Ok(Self(None));
        }
        let share = text.parse().map_err(|error| format!("{error}, or none"))?;
        Ok(Self(Some(share)))
    }
}

/// The shares that were typed; `None` where nothing was.
fn warn_at(typed: &[WarnAt]) -> Result<Option<Vec<Percent>>> {
    let shares: Vec<_> = typed.iter().filter_map(|at| at.0).collect();
    if shares.len() < typed.len() && typed.len() > 1 {
        return Err(Error::usage("--warn none goes alone").hint("it takes every share away"));
    }
    Ok((!typed.is_empty()).then_some(shares))
}

/// What `reserve` and `exec` have in common.
#[derive(Debug, clap::Args)]
pub(super) struct TermArgs {
    /// Make the budget with this limit if it is not there; may repeat
    #[arg(long = "limit", value_name = "LIMIT")]
    pub(super) limits: Vec<LimitSpec>,
    /// Refuse where less than this is available, though what is reserved would fit; may repeat
    #[arg(long = "min", value_name = "AMOUNT")]
    pub(super) least: Vec<Quantity>,
    /// How long it holds without being settled or renewed
    #[arg(long, value_name = "DURATION", default_value = "60s")]
    pub(super) ttl: Span,
    /// How long after that a settlement is still in time
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    pub(super) grace: Pause,
    /// What happens when more was spent, instead of what the limits say
    #[arg(long, value_name = "POLICY")]
    pub(super) overage: Option<Overage>,
    /// What is charged when nobody knows what was spent; release only where every budget on the
    /// path allows it
    #[arg(long, value_name = "WHAT")]
    pub(super) on_unknown: Option<OnUnknown>,
}

impl TermArgs {
    /// A request on these terms.
    pub(super) fn request(&self, cx: &Context, names: Names, asks: Vec<Ask>) -> Result<Reserve> {
        let ceilings = ceilings(cx, &names)?;
        let (parent, session) = cx.parent();
        let request = Reserve {
            least: self.least.clone(),
            ttl_ms: self.ttl.millis(),
            grace_ms: self.grace.millis(),
            overage: self.overage.clone(),
            on_unknown: self.on_unknown,
            parent,
            session,
            limits: self.limits.clone(),
            ceilings,
            ..Reserve::of(names, asks)
        };
        Ok(Reserve {
            zone: if request.limits.is_empty() {
                Zone::utc()
            } else {
                cx.zone()
            },
            ..request
        })
    }
}

/// What a model consumed, as `commit` and `spend` take it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Usage of a model")]
pub(super) struct UsageArgs {
    /// A recorded answer of a provider, which says what was used: JSON, or a recorded stream; - is
    /// standard input
    #[arg(long, value_name = "FILE")]
    pub(super) response: Option<PathBuf>,
    /// Nobody is billed for the answer, as where a subscription pays: charge everything but money
    #[arg(long, requires = "response")]
    pub(super) notional: bool,
    /// Whose answer it is, where that cannot be told from it
    #[arg(long, value_name = "API", requires = "response", value_parser = PossibleValuesParser::new(api_names()))]
    pub(super) api: Option<String>,
    /// The model
    #[arg(long, value_name = "NAME")]
    pub(super) model: Option<Plain>,
    /// Its provider
    #[arg(long, value_name = "NAME")]
    pub(super) provider: Option<Plain>,
    /// Input tokens that came from no cache
    #[arg(long, value_name = "N", conflicts_with = "response", value_parser = count, allow_negative_numbers = true)]
    input_tokens: Option<u32>,
    /// Input tokens read from a cache
    #[arg(long, value_name = "N", conflicts_with = "response", value_parser = count, allow_negative_numbers = true)]
    cache_read_tokens: Option<u32>,
    /// Input tokens written to a cache
    #[arg(long, value_name = "N", conflicts_with = "response", value_parser = count, allow_negative_numbers = true)]
    cache_write_tokens: Option<u32>,
    /// Output tokens, reasoning included
    #[arg(long, value_name = "N", conflicts_with = "response", value_parser = count, allow_negative_numbers = true)]
    output_tokens: Option<u32>,
    /// How many of them were reasoning
    #[arg(long, value_name = "N", conflicts_with = "response", value_parser = count, allow_negative_numbers = true)]
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

    /// One request of a model, where both the model and its tokens were named.
    pub(super) fn report(&self) -> Option<Report> {
        self.tokens()?;
        let count = |count: Option<u32>| count.map(u64::from).unwrap_or_default();
        let tokens = Tokens {
            input: count(self.input_tokens),
            cache_read: count(self.cache_read_tokens),
            cache_write_5m: count(self.cache_write_tokens),
            output: count(self.output_tokens),
            reasoning: count(self.reasoning_tokens),
            ..Tokens::default()
        };
        let model = ModelUsage {
            model: Some(self.model.as_ref()?.0.clone()),
            provider: self.provider.as_ref().map(|provider| provider.0.clone()),
            tokens: Some(tokens),
            requests: Some(1),
            ..ModelUsage::default()
        };
        let mut report = Report::new(Source::new("caller"));
        report.models.push(model);
        Some(report)
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
