//! The committed table answers as the table of the crate does, model by model, on both sides of
//! every change of price; and a charge is the exact decimal sum, rounded up once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use genai_prices::{Calculator, PriceRequest, Usage};
use serde_json::Value;

use super::now;
use crate::usage::prices::Tables;
use crate::usage::prices::table::{Block, Table};
use crate::usage::{ModelUsage, Tokens};

/// One model of the table, and what its line says.
pub(super) struct Line<'a> {
    pub(super) provider: Block<'a>,
    pub(super) id: String,
    pub(super) json: Value,
}

pub(super) fn lines(table: &Table) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    for provider in table.blocks() {
        for line in provider.lines() {
            let json: Value = serde_json::from_str(line).expect("a line is JSON");
            let id = json["id"].as_str().expect("an id").to_owned();
            lines.push(Line { provider, id, json });
        }
    }
    lines
}

/// Every value of a key, anywhere.
fn all<'a>(json: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match json {
        Value::Object(map) => {
            for (name, value) in map {
                if name == key {
                    found.push(value);
                }
                all(value, key, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| all(item, key, found)),
        _ => {}
    }
}

fn texts(json: &Value, keys: &[&str]) -> BTreeSet<String> {
    let mut found = Vec::new();
    for key in keys {
        all(json, key, &mut found);
    }
    let texts = found.into_iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// Names that may mean a model: its id, and what its rule compares with.
fn names(line: &Line<'_>) -> BTreeSet<String> {
    let keys = ["equals", "starts_with", "contains", "ends_with"];
    let mut names = texts(&line.json["match"], &keys);
    for pattern in texts(&line.json["match"], &["regex"]) {
        let plain = pattern.trim_start_matches('^').trim_end_matches('$');
        names.insert(plain.replace("\\d{8}", "20260101").replace('\\', ""));
    }
    names.insert(line.id.clone());
    names
}

pub(super) fn at(rfc3339: &str) -> SystemTime {
    let time = chrono::DateTime::parse_from_rfc3339(rfc3339).expect(rfc3339);
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(time.timestamp()).expect("late"))
}

/// Both sides of every change by date or time of day, and now.
fn times(line: &Line<'_>) -> BTreeSet<SystemTime> {
    let dates = texts(&line.json, &["start_date"]);
    let hours = texts(&line.json, &["start_time", "end_time"]);
    let edges = dates
        .iter()
        .map(|date| at(&format!("{date}T00:00:00Z")))
        .chain(hours.iter().map(|time| at(&format!("2026-11-20T{time}"))));
    let second = Duration::from_secs(1);
    let mut times: BTreeSet<_> = edges.flat_map(|edge| [edge - second, edge]).collect();
    times.insert(now());
    times
}

/// Both sides of every tier, and a short prompt.
pub(super) fn prompts(line: &Line<'_>) -> BTreeSet<u64> {
    let mut starts = Vec::new();
    all(&line.json, "start", &mut starts);
    let starts = starts.into_iter().filter_map(Value::as_u64);
    let mut prompts: BTreeSet<_> = starts.flat_map(|start| [start, start + 1]).collect();
    prompts.insert(777);
    prompts
}

/// A prompt of one kind after the other, one of all kinds, and output.
pub(super) fn mixes(prompt: u64) -> [Tokens; 6] {
    let none = Tokens::default();
    let (third, output) = (prompt / 3, 333);
    [
        Tokens {
            input: prompt,
            ..none
        },
        Tokens {
            cache_read: prompt,
            ..none
        },
        Tokens {
            cache_write_5m: prompt,
            ..none
        },
        Tokens {
            cache_write_1h: prompt,
            ..none
        },
        Tokens { output, ..none },
        Tokens {
            input: prompt - 3 * third,
            cache_read: third,
            cache_write_5m: third,
            cache_write_1h: third,
            output,
            reasoning: 111,
            ..none
        },
    ]
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn as_usage(tokens: &Tokens) -> Usage {
    let written = tokens.cache_write_5m + tokens.cache_write_1h;
    let counts = [
        ("input_tokens", tokens.input + tokens.cache_read + written),
        ("cache_read_tokens", tokens.cache_read),
        ("cache_write_tokens", written),
        ("cache_write_1h_tokens", tokens.cache_write_1h),
        ("output_tokens", tokens.output),
        ("output_reasoning_tokens", tokens.reasoning),
    ];
    counts
        .into_iter()
        .map(|(key, count)| (key, count as f64))
        .collect()
}

#[test]
fn the_committed_table_has_the_providers_and_models_of_the_crate() {
    let table = Table::built_in();
    let ours: Vec<_> = lines(&table)
        .into_iter()
        .map(|line| (line.provider.id.to_owned(), line.id))
        .collect();
    let theirs: Vec<_> = Calculator::bundled()
        .providers()
        .flat_map(|provider| {
            let id = provider.id().to_owned();
            provider
                .models()
                .map(move |model| (id.clone(), model.id().to_owned()))
        })
        .collect();
    assert!(theirs.len() > 2000);
    assert_eq!(ours, theirs);
    assert_eq!(table.origin.id(), "genai-prices@0.2.1");
}

/// A model's cost in dollars by the crate and its own table, where it knows the name.
fn theirs(
    provider: &str,
    name: &str,
    tokens: &Tokens,
    at: SystemTime,
    tier: Option<&'static str>,
) -> Option<(f64, String)> {
    let usage = as_usage(tokens);
    let mut request = PriceRequest::new(name, &usage)
        .with_provider_id(provider)
        .with_timestamp(at);
    if let Some(tier) = tier {
        let key = if tier == "batch" {
            "processing"
        } else {
            "service_tier"
        };
        request = request.with_price_context(key, tier);
    }
    let price = Calculator::bundled().calculate(&request).ok()?;
    Some((price.total_price, price.model_id))
}

fn ours(
    tables: &mut Tables,
    provider: &str,
    name: &str,
    tokens: Tokens,
    at: SystemTime,
    tier: Option<&str>,
) -> Result<(i64, String, bool), String> {
    let usage = ModelUsage {
        model: Some(name.to_owned()),
        tokens: Some(tokens),
        requests: Some(1),
        service_tier: tier.map(str::to_owned),
        ..ModelUsage::default()
    };
    let (cost, pricing) = tables.price(&usage, Some(provider), at)?;
    Ok((cost.atoms(), pricing.model, pricing.is_estimate))
}

/// Whether atoms are what dollars are, rounded up: with room for the noise of a binary fraction,
/// and for prices with more than six decimals, which round up as well.
#[expect(clippy::cast_precision_loss, reason = "small amounts")]
fn is_rounded_up(atoms: i64, usd: f64, tokens: &Tokens) -> bool {
    let over = atoms as f64 - usd * 1e8;
    let noise = usd * 1e8 * 1e-12 + 1e-6;
    let decimals = tokens.total().expect("small") as f64 * 1e-4;
    over >= -noise && over < 1.0 + noise + decimals
}

#[test]
fn every_model_costs_what_the_crate_says_on_both_sides_of_every_change() {
    let table = Table::built_in();
    let mut unreached: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut compared = 0_u64;
    for line in lines(&table) {
        let mut tables = Tables::built_in();
        let provider = line.provider.id;
        let is_it = |name: &&String| {
            let found = theirs(provider, name, &Tokens::default(), now(), None);
            found.is_some_and(|(_, model)| model == line.id)
        };
        let names = names(&line);
        let Some(name) = names.iter().find(is_it) else {
            let of_provider = unreached.entry(provider.to_owned()).or_default();
            of_provider.push(line.id);
            continue;
        };
        for at in times(&line) {
            for prompt in prompts(&line) {
                let all = mixes(prompt);
                // Before and after a change, one prompt of all kinds says enough.
                let skipped = if at == now() { 0 } else { all.len() - 1 };
                for tokens in all.into_iter().skip(skipped) {
                    let what = format!("{provider} {name} {at:?} {tokens:?}");
                    let (usd, _) = theirs(provider, name, &tokens, at, None).expect("found");
                    match ours(&mut tables, provider, name, tokens, at, None) {
                        Ok((atoms, model, is_estimate)) => {
                            assert_eq!(model, line.id, "{what}");
                            assert!(!is_estimate, "{what}");
                            assert!(
                                is_rounded_up(atoms, usd, &tokens),
                                "{what}: {atoms} for {usd}"
                            );
                            compared += 1;
                        }
                        Err(why) => assert!(why.contains("has no price for its"), "{what}: {why}"),
                    }
                }
            }
        }
    }
    assert!(compared > 15_000, "{compared}");
    assert_eq!(unreached, BTreeMap::new());
}

#[test]
fn every_tier_of_service_costs_what_the_crate_says() {
    let table = Table::built_in();
    let mut compared = 0_u64;
    for line in lines(&table)
        .iter()
        .filter(|line| line.json.get("price_variants").is_some())
    {
        let mut tables = Tables::built_in();
        let (provider, name) = (line.provider.id, line.id.as_str());
        for at in times(line) {
            for (prompt, tier) in prompts(line).into_iter().flat_map(|prompt| {
                ["batch", "flex", "priority", "fast", "default"].map(|tier| (prompt, tier))
            }) {
                let tokens = Tokens {
                    input: prompt,
                    output: 10,
                    ..Tokens::default()
                };
                let what = format!("{provider} {name} {at:?} {tier} {prompt}");
                let Some((usd, _)) = theirs(provider, name, &tokens, at, Some(tier)) else {
                    continue;
                };
                let standard = theirs(provider, name, &tokens, at, None).map(|(usd, _)| usd);
                let is_priced = standard != Some(usd);
                match ours(&mut tables, provider, name, tokens, at, Some(tier)) {
                    Ok((atoms, _, is_estimate)) => {
                        assert!(
                            is_rounded_up(atoms, usd, &tokens),
                            "{what}: {atoms} for {usd}"
                        );
                        assert_eq!(is_estimate, !is_priced && tier != "default", "{what}");
                        compared += 1;
                    }
                    Err(why) => assert!(
                        !is_priced && ["priority", "fast"].contains(&tier)
                            || why.contains("has no price for its"),
                        "{what}: {why}"
                    ),
                }
            }
        }
    }
    assert!(compared > 500, "{compared}");
}
