//! One `result` object of Claude Code as a report. Owns its field names and which figures may stand
//! in for which; refuses anything that is not a plain count or a plain amount of dollars.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::usage::agents::messages::name;
use crate::usage::wire::{Fault, Figure, Pairs, optional, present, rest};
use crate::usage::{Cost, ModelUsage, Report, Source, Tokens};

const MALFORMED: &str = "the agent's result is malformed";
const EMPTY: &str = "the agent's result names neither cost nor tokens";
const TOO_MANY: &str = "the agent's result names more than 1000 models";
/// Models in one report.
const MAX_MODELS: usize = 1000;

#[derive(Deserialize)]
struct Wire<'a> {
    subtype: Option<String>,
    is_error: Option<bool>,
    session_id: Option<String>,
    #[serde(default, deserialize_with = "present")]
    total_cost_usd: Option<Figure>,
    #[serde(default, rename = "modelUsage")]
    model_usage: Option<Pairs<Model>>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Model {
    input_tokens: Figure,
    output_tokens: Figure,
    thinking_tokens: Option<Figure>,
    cache_read_input_tokens: Option<Figure>,
    cache_creation_input_tokens: Option<Figure>,
    #[serde(rename = "cacheCreationEphemeral1hInputTokens")]
    cache_creation_1h: Option<Figure>,
    web_search_requests: Option<Figure>,
    #[serde(default, rename = "costUSD", deserialize_with = "present")]
    cost_usd: Option<Figure>,
    provider: Option<String>,
    cost_basis: Option<String>,
}

#[derive(Deserialize)]
struct MainLoop {
    input_tokens: Figure,
    output_tokens: Figure,
    cache_read_input_tokens: Option<Figure>,
    cache_creation_input_tokens: Option<Figure>,
    cache_creation: Option<CacheCreation>,
    server_tool_use: Option<ServerTools>,
}

#[derive(Deserialize)]
struct CacheCreation {
    ephemeral_1h_input_tokens: Option<Figure>,
}

#[derive(Deserialize)]
struct ServerTools {
    web_search_requests: Option<Figure>,
}

/// The report in the text of a `result` object.
pub(super) fn read(bytes: &[u8]) -> Result<Report, Fault> {
    let wire: Wire<'_> = serde_json::from_slice(bytes).map_err(|_| Fault::text(MALFORMED))?;
    let mut report = Report::new(Source::new("claude-code"));
    report.cost = wire
        .total_cost_usd
        .map(|f| f.cost("total_cost_usd"))
        .transpose()?;
    report.session = name(wire.session_id);
    // An API error arrives as a success that is an error.
    report.outcome = match (name(wire.subtype), wire.is_error) {
        (Some(subtype), Some(true)) if subtype == "success" => Some("error".to_owned()),
        (None, Some(true)) => Some("error".to_owned()),
        (subtype, _) => subtype,
    };
    let models = wire.model_usage.map(|pairs| pairs.0).unwrap_or_default();
    check_models(models.len())?;
    for (model, usage) in models {
        report.models.push(usage.read(model)?);
    }
    if report.models.is_empty() {
        main_loop(&mut report, wire.usage)?;
    }
    report.check().map_err(Fault::text)?;
    settle_cost(&mut report)?;
    Ok(report)
}

/// No run uses so many models; comparing them takes time that grows with the square.
pub(super) fn check_models(count: usize) -> Result<(), Fault> {
    if count > MAX_MODELS {
        Err(Fault::text(TOO_MANY))
    } else {
        Ok(())
    }
}

/// The agent failed, and its figures are all zero: they were lost, it did not work for nothing.
pub(super) fn is_crash(report: &Report) -> bool {
    let failed = report
        .outcome
        .as_deref()
        .is_some_and(|outcome| outcome != "success");
    failed && report.cost.is_none_or(|cost| cost == Cost::ZERO) && spent_no_tokens(report)
}

fn spent_no_tokens(report: &Report) -> bool {
    report
        .models
        .iter()
        .all(|model| model.tokens.is_none_or(|t| t == Tokens::default()))
}

/// Tokens for nothing mean that no price was known; a result that names nothing is none.
fn settle_cost(report: &mut Report) -> Result<(), Fault> {
    let free = report.cost == Some(Cost::ZERO);
    if free && !spent_no_tokens(report) {
        report.cost = None;
    }
    let empty = report.cost.is_none() && report.models.is_empty();
    if empty {
        Err(Fault::text(EMPTY))
    } else {
        Ok(())
    }
}

/// Without totals per model there are those of the main loop, which leave out helpers.
fn main_loop(report: &mut Report, usage: Option<&RawValue>) -> Result<(), Fault> {
    let Some(usage) = usage else {
        report.tokens_incomplete = true;
        return Ok(());
    };
    let usage: MainLoop = serde_json::from_str(usage.get()).map_err(|_| Fault::text(MALFORMED))?;
    let model = usage.read()?;
    let idle = model.tokens == Some(Tokens::default());
    report.tokens_incomplete = !(idle && report.cost == Some(Cost::ZERO));
    // Zero tokens beside money are tokens that were not told.
    if !(idle && report.tokens_incomplete) {
        report.models.push(model);
    }
    Ok(())
}

impl Model {
    fn read(self, model: String) -> Result<ModelUsage, Fault> {
        let cost = self
            .cost_usd
            .as_ref()
            .map(|f| f.cost("costUSD"))
            .transpose()?;
        let written = optional(self.cache_creation_input_tokens, "cacheCreationInputTokens")?;
        let written_1h = optional(
            self.cache_creation_1h,
            "cacheCreationEphemeral1hInputTokens",
        )?;
        let tokens = Tokens {
            input: self.input_tokens.count("inputTokens")?,
            cache_read: optional(self.cache_read_input_tokens, "cacheReadInputTokens")?,
            cache_write_5m: for_five_minutes(written, written_1h)?,
            cache_write_1h: written_1h,
            output: self.output_tokens.count("outputTokens")?,
            reasoning: optional(self.thinking_tokens, "thinkingTokens")?,
            unspecified: 0,
        };
        rest(
            (tokens.output, "outputTokens"),
            (tokens.reasoning, "thinkingTokens"),
        )?;
        // Tokens for nothing mean that no price was known.
        let is_told = |cost: &Cost| *cost != Cost::ZERO || tokens == Tokens::default();
        Ok(ModelUsage {
            model: name(Some(model)),
            provider: name(self.provider),
            tokens: Some(tokens),
            cost: cost.filter(is_told),
            web_searches: optional(self.web_search_requests, "webSearchRequests")?,
            price_guessed: self.cost_basis.as_deref() == Some("unknown"),
            ..ModelUsage::default()
        })
    }
}

impl MainLoop {
    fn read(self) -> Result<ModelUsage, Fault> {
        let written = optional(
            self.cache_creation_input_tokens,
            "cache_creation_input_tokens",
        )?;
        let written_1h = self
            .cache_creation
            .and_then(|c| c.ephemeral_1h_input_tokens);
        let written_1h = optional(written_1h, "ephemeral_1h_input_tokens")?;
        let searches = self
            .server_tool_use
            .and_then(|tools| tools.web_search_requests);
        let tokens = Tokens {
            input: self.input_tokens.count("input_tokens")?,
            cache_read: optional(self.cache_read_input_tokens, "cache_read_input_tokens")?,
            cache_write_5m: for_five_minutes(written, written_1h)?,
            cache_write_1h: written_1h,
            output: self.output_tokens.count("output_tokens")?,
            ..Tokens::default()
        };
        let web_searches = optional(searches, "web_search_requests")?;
        Ok(ModelUsage {
            tokens: Some(tokens),
            web_searches,
            ..ModelUsage::default()
        })
    }
}

/// Cache writes for five minutes, or for a time that was not named.
fn for_five_minutes(written: u64, written_1h: u64) -> Result<u64, Fault> {
    let all = "the count of all cache writes";
    rest((written, all), (written_1h, "one-hour cache writes"))
}
