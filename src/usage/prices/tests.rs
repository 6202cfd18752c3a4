//! What the built-in table says of models that people use, and what is left unknown.

use std::time::{Duration, SystemTime};

use super::{Tables, Unpriced, fill};
use crate::usage::{ModelUsage, Report, Source, Tokens};

mod agreement;
mod exactness;
mod imports;
mod naming;

/// 2026-11-21, noon.
pub(super) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(498_684)
}

pub(super) fn usage(provider: &str, model: &str, tokens: Tokens) -> ModelUsage {
    ModelUsage {
        model: Some(model.to_owned()),
        provider: Some(provider.to_owned()).filter(|name| !name.is_empty()),
        tokens: Some(tokens),
        requests: Some(1),
        ..ModelUsage::default()
    }
}

pub(super) fn report(models: Vec<ModelUsage>) -> Report {
    Report {
        models,
        ..Report::new(Source::new("test"))
    }
}

pub(super) fn priced(usage: ModelUsage) -> ModelUsage {
    let mut report = report(vec![usage]);
    let unpriced = fill(&mut report, None, now(), &mut Tables::built_in());
    assert_eq!(unpriced, []);
    assert_eq!(report.cost, report.models[0].cost);
    report.models.remove(0)
}

pub(super) fn unpriced(usage: ModelUsage) -> String {
    let mut report = report(vec![usage.clone()]);
    let unpriced = fill(&mut report, None, now(), &mut Tables::built_in());
    assert_eq!(report.models, [usage]);
    assert_eq!(report.cost, None);
    let [Unpriced { reason, .. }] = unpriced.as_slice() else {
        panic!("{unpriced:?}");
    };
    reason.clone()
}

fn tokens(input: u64, output: u64) -> Tokens {
    Tokens {
        input,
        output,
        ..Tokens::default()
    }
}

fn cost(usage: ModelUsage) -> String {
    priced(usage).cost.expect("a cost").to_string()
}

fn prices(usage: &ModelUsage) -> Vec<String> {
    let pricing = usage.pricing.as_ref().expect("a pricing");
    let prices = pricing.unit_prices.iter();
    prices
        .map(|price| format!("{} {}", price.of, price.usd_per_million()))
        .collect()
}

#[test]
fn each_kind_of_token_is_charged_at_its_own_price() {
    let all = Tokens {
        input: 1_000_000,
        cache_read: 1_000_000,
        cache_write_5m: 1_000_000,
        cache_write_1h: 1_000_000,
        output: 1_000_000,
        ..Tokens::default()
    };
    let usage = priced(usage("anthropic", "claude-opus-5", all));
    assert_eq!(
        prices(&usage),
        [
            "input 5",
            "cache_read 0.5",
            "cache_write_5m 6.25",
            "cache_write_1h 10",
            "output 25"
        ]
    );
    assert_eq!(usage.cost.expect("a cost").to_string(), "46.75");
    let pricing = usage.pricing.expect("a pricing");
    assert_eq!(pricing.table, "genai-prices@0.2.1");
    assert_eq!(pricing.provider, "anthropic");
    assert_eq!(pricing.model, "claude-opus-5");
    assert!(!pricing.is_estimate);
}

#[test]
fn a_charge_is_rounded_up_once() {
    // A token read from the cache costs half an atom, one of input five.
    for (input, cache_read, usd) in [
        (0, 1, "0.00000001"),
        (0, 2, "0.00000001"),
        (0, 3, "0.00000002"),
        (1, 1, "0.00000006"),
        (1, 2, "0.00000006"),
    ] {
        let read = Tokens {
            input,
            cache_read,
            ..Tokens::default()
        };
        assert_eq!(cost(usage("openai", "gpt-5-nano", read)), usd);
    }
}

#[test]
fn the_whole_prompt_decides_the_tier_and_the_tier_holds_for_the_whole_request() {
    let mut tokens = Tokens {
        input: 1,
        cache_read: 271_999,
        output: 10,
        ..Tokens::default()
    };
    let at_most = priced(usage("openai", "gpt-5.5", tokens));
    assert_eq!(prices(&at_most), ["input 5", "cache_read 0.5", "output 30"]);
    tokens.cache_read += 1;
    let beyond = priced(usage("openai", "gpt-5.5", tokens));
    assert_eq!(prices(&beyond), ["input 10", "cache_read 1", "output 45"]);
    assert!(!beyond.pricing.expect("a pricing").is_estimate);
}

#[test]
fn a_sum_of_requests_is_an_estimate_where_a_tier_could_have_mattered() {
    let is_estimate = |requests, tokens| {
        let usage = ModelUsage {
            requests,
            ..usage("openai", "gpt-5.5", tokens)
        };
        let usage = priced(usage);
        (
            prices(&usage),
            usage.pricing.expect("a pricing").is_estimate,
        )
    };
    let low = vec!["input 5".to_owned(), "output 30".to_owned()];
    let high = vec!["input 10".to_owned(), "output 45".to_owned()];
    assert_eq!(is_estimate(None, tokens(272_000, 1)), (low.clone(), false));
    assert_eq!(is_estimate(None, tokens(272_001, 1)), (high, true));
    // Of ten requests none need have been that long.
    assert_eq!(is_estimate(Some(10), tokens(300_000, 1)), (low, true));
}

#[test]
fn a_price_is_that_of_the_day_the_request_was_made() {
    let at = |secs| {
        let usage = ModelUsage {
            at: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(secs)),
            ..usage("anthropic", "claude-opus-4-6", tokens(300_000, 0))
        };
        prices(&priced(usage))
    };
    // 2026-03-12T23:59:59Z and the second after it.
    assert_eq!(at(1_773_359_999), ["input 10"]);
    assert_eq!(at(1_773_360_000), ["input 5"]);
}

#[test]
fn a_tier_of_service_has_its_own_price_where_the_table_has_one() {
    let tier = |provider: &str, model: &str, tier: &str| ModelUsage {
        service_tier: Some(tier.to_owned()),
        ..usage(provider, model, tokens(1000, 1000))
    };
    let shown = |usage| {
        let usage = priced(usage);
        (
            prices(&usage),
            usage.pricing.expect("a pricing").is_estimate,
        )
    };
    let flex = ["input 2.5", "output 15"].map(str::to_owned).to_vec();
    assert_eq!(
        shown(tier("openai", "gpt-5.5", "flex")),
        (flex.clone(), false)
    );
    assert_eq!(shown(tier("openai", "gpt-5.5", "batch")), (flex, false));
    let priority = ["input 12.5", "output 75"].map(str::to_owned).to_vec();
    assert_eq!(
        shown(tier("openai", "gpt-5.5", "priority")),
        (priority.clone(), false)
    );
    assert_eq!(shown(tier("openai", "gpt-5.5", "fast")), (priority, false));
    let standard = ["input 5", "output 30"].map(str::to_owned).to_vec();
    assert_eq!(
        shown(tier("openai", "gpt-5.5", "default")),
        (standard, false)
    );
    let half = ["input 2.5", "output 12.5"].map(str::to_owned).to_vec();
    assert_eq!(
        shown(tier("anthropic", "claude-opus-5", "batch")),
        (half, false)
    );
}

#[test]
fn a_dearer_tier_that_the_table_does_not_price_is_unknown() {
    // A tier nobody knows may be dearer, too.
    for tier in ["fast", "turbo"] {
        let usage = ModelUsage {
            service_tier: Some(tier.to_owned()),
            ..usage("anthropic", "claude-opus-5", tokens(1000, 1000))
        };
        let reason = format!("the price table has no price for it in the tier `{tier}`");
        assert_eq!(unpriced(usage), reason);
    }
}

#[test]
fn a_model_without_a_price_is_never_free() {
    for (provider, model, reason) in [
        ("openai", "gpt-99", "the price table does not know it"),
        (
            "nobody",
            "gpt-5.5",
            "the price table does not know the provider `nobody`",
        ),
        // Part of a subscription, or a price not yet told: the table says nothing.
        (
            "github-copilot",
            "gpt-4o",
            "the price table has no price for its input",
        ),
        (
            "google",
            "gemma-3",
            "the price table has no price for its input",
        ),
    ] {
        assert_eq!(unpriced(usage(provider, model, tokens(10, 10))), reason);
    }
}

#[test]
fn output_that_the_table_does_not_price_makes_the_cost_unknown() {
    let embedding = usage("openai", "text-embedding-3-small", tokens(1000, 0));
    assert_eq!(cost(embedding), "0.00002");
    assert_eq!(
        unpriced(usage("openai", "text-embedding-3-small", tokens(1000, 1))),
        "the price table has no price for its output"
    );
}

#[test]
fn a_model_that_the_table_calls_free_costs_nothing() {
    let free = usage("openrouter", "openai/gpt-oss-20b:free", tokens(1000, 1000));
    assert_eq!(cost(free), "0.00");
    let paid = usage("openrouter", "openai/gpt-oss-20b", tokens(1000, 1000));
    assert_ne!(cost(paid), "0.00");
    assert_eq!(
        unpriced(usage("openrouter", "openai/gpt-99:free", tokens(1, 1))),
        "the price table does not know it"
    );
}

#[test]
fn reasoning_is_a_part_of_output_and_is_charged_once() {
    let thought = Tokens {
        reasoning: 900,
        ..tokens(0, 1000)
    };
    assert_eq!(
        cost(usage("openai", "gpt-5.5", thought)),
        cost(usage("openai", "gpt-5.5", tokens(0, 1000)))
    );
    let priced = priced(usage("openai", "gpt-5.5", thought));
    assert_eq!(prices(&priced), ["output 30"]);
}

#[test]
fn searches_of_the_web_are_charged_where_the_table_prices_them() {
    let searched = |provider, model| ModelUsage {
        web_searches: 3,
        ..usage(provider, model, tokens(0, 0))
    };
    let priced = priced(searched("anthropic", "claude-opus-5"));
    assert_eq!(priced.cost.expect("a cost").to_string(), "0.03");
    assert_eq!(
        unpriced(searched("groq", "llama-3.3-70b-versatile")),
        "the price table has no price for its web search"
    );
}

#[test]
fn tokens_of_no_kind_and_incomplete_reports_are_not_priced() {
    let unspecified = Tokens {
        unspecified: 1,
        ..tokens(10, 10)
    };
    assert_eq!(
        unpriced(usage("openai", "gpt-5.5", unspecified)),
        "the kind of its tokens was not named"
    );
    let mut partial = Report {
        tokens_incomplete: true,
        ..report(vec![usage("openai", "gpt-5.5", tokens(10, 10))])
    };
    let before = partial.clone();
    assert_eq!(fill(&mut partial, None, now(), &mut Tables::built_in()), []);
    assert_eq!(partial, before);
}

#[test]
fn what_has_a_price_that_no_table_tells_is_not_priced() {
    let american = ModelUsage {
        off_table: Some("answers computed in the US"),
        ..usage("anthropic", "claude-sonnet-5", tokens(10, 10))
    };
    assert_eq!(
        unpriced(american),
        "answers computed in the US have a price of their own"
    );
}

#[test]
fn a_report_has_a_cost_only_where_every_model_has_one() {
    let known = usage("openai", "gpt-5.5", tokens(1_000_000, 0));
    let unknown = usage("openai", "gpt-99", tokens(1, 1));
    let mut two = report(vec![known.clone(), unknown.clone(), unknown]);
    let unpriced = fill(&mut two, None, now(), &mut Tables::built_in());
    assert_eq!(unpriced.len(), 1, "{unpriced:?}");
    assert_eq!(
        unpriced[0].to_string(),
        "no price for gpt-99: the price table does not know it"
    );
    assert_eq!(two.cost, None);
    assert!(two.models[0].cost.is_some());
    let mut told = report(vec![known.clone(), known]);
    told.models[0].cost = crate::usage::Cost::from_decimal("0.25").ok();
    fill(&mut told, None, now(), &mut Tables::built_in());
    assert_eq!(told.models[0].pricing, None);
    assert_eq!(told.cost.expect("a cost").to_string(), "10.25");
}

#[test]
fn hostile_counts_are_unknown_and_not_a_panic() {
    let huge = Tokens {
        input: u64::MAX,
        cache_read: u64::MAX,
        output: u64::MAX,
        ..Tokens::default()
    };
    assert_eq!(
        unpriced(usage("openai", "gpt-5.5", huge)),
        "the cost is more than a ledger can hold"
    );
}
