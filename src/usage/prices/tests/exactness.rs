//! A charge against the decimals of the table's own text, added up without a fraction anywhere:
//! never less than the exact sum, and less than one atom above it.

use serde_json::{Map, Value};

use super::agreement::{Line, at, lines, mixes, prompts};
use super::now;
use crate::usage::prices::Tables;
use crate::usage::prices::table::Table;
use crate::usage::{ModelUsage, Tokens};

/// 10⁻¹⁸ dollars in one atom.
const ATOM: i128 = 10_000_000_000;

/// Dollars for a million as 10⁻¹⁸ dollars for one, and whether they have more than six decimals.
fn decimal(number: &Value) -> (i128, bool) {
    let text = number.to_string();
    assert!(!text.contains(['e', 'E']), "{text}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    // Binary fractions are noise beyond the twelfth.
    let twelve: String = format!("{fraction:0<12}").chars().take(12).collect();
    let digits: i128 = format!("{whole}{twelve}").parse().expect("digits");
    let is_long = fraction.len() > 6;
    (digits, is_long)
}

/// The prices of now: the last of those whose day has come.
fn active(line: &Line<'_>) -> Option<Map<String, Value>> {
    let prices = &line.json["prices"];
    let Value::Array(dated) = prices else {
        return prices.as_object().cloned();
    };
    let is_active = |entry: &&Value| match entry.get("constraint") {
        None => true,
        Some(constraint) => constraint["start_date"]
            .as_str()
            .is_some_and(|date| at(&format!("{date}T00:00:00Z")) <= now()),
    };
    let by_hour = dated
        .iter()
        .any(|entry| entry["constraint"].get("start_time").is_some());
    let entry = dated.iter().rev().find(is_active).filter(|_| !by_hour)?;
    entry["prices"].as_object().cloned()
}

fn price(
    prices: &Map<String, Value>,
    keys: &[&str],
    prompt: u64,
    is_long: &mut bool,
) -> Option<i128> {
    let price = keys.iter().find_map(|key| prices.get(*key))?;
    let number = match price.get("tiers") {
        None => price,
        Some(tiers) => tiers
            .as_array()
            .expect("tiers")
            .iter()
            .filter(|tier| prompt > tier["start"].as_u64().expect("a start"))
            .max_by_key(|tier| tier["start"].as_u64())
            .map_or(&price["base"], |tier| &tier["price"]),
    };
    let (price, long) = decimal(number);
    *is_long |= long;
    Some(price)
}

/// The exact sum in 10⁻¹⁸ dollars, where the table prices every kind.
fn exact(prices: &Map<String, Value>, tokens: &Tokens, is_long: &mut bool) -> Option<i128> {
    let input = ["input_mtok"];
    let read = ["cache_read_mtok", "input_mtok"];
    let write = ["cache_write_mtok", "input_mtok"];
    let hour = ["cache_write_1h_mtok", "cache_write_mtok", "input_mtok"];
    let output = ["output_mtok"];
    let reasoning = ["output_reasoning_mtok", "output_mtok"];
    let kinds: [(u64, &[&str]); 6] = [
        (tokens.input, &input),
        (tokens.cache_read, &read),
        (tokens.cache_write_5m, &write),
        (tokens.cache_write_1h, &hour),
        (tokens.output - tokens.reasoning, &output),
        (tokens.reasoning, &reasoning),
    ];
    let prompt = tokens.total().expect("small") - tokens.output;
    let mut request = prices
        .get("requests_kcount")
        .map_or(0, |price| decimal(price).0 * 1000);
    for (count, keys) in kinds.into_iter().filter(|(count, _)| *count > 0) {
        request += i128::from(count) * price(prices, keys, prompt, is_long)?;
    }
    Some(request)
}

#[test]
fn no_charge_is_less_than_the_exact_sum_or_an_atom_more() {
    let table = Table::built_in();
    let mut tables = Tables::built_in();
    let mut compared = 0;
    for line in lines(&table) {
        let Some(prices) = active(&line) else {
            continue;
        };
        for tokens in prompts(&line).into_iter().flat_map(mixes) {
            let usage = ModelUsage {
                model: Some(line.id.clone()),
                tokens: Some(tokens),
                requests: Some(1),
                ..ModelUsage::default()
            };
            let mut is_long = false;
            let Some(exact) = exact(&prices, &tokens, &mut is_long) else {
                continue;
            };
            let Ok((cost, pricing)) = tables.price(&usage, Some(line.provider.id), now()) else {
                continue;
            };
            if pricing.model != line.id {
                continue;
            }
            let charged = i128::from(cost.atoms()) * ATOM;
            // A price with more than six decimals is rounded up to six.
            let room = if is_long {
                i128::from(tokens.total().expect("small")) * 1_000_000
            } else {
                0
            };
            let what = format!("{} {} {tokens:?}", line.provider.id, line.id);
            assert!(charged >= exact, "{what}: {charged} for {exact}");
            assert!(
                charged < exact + ATOM + room,
                "{what}: {charged} for {exact}"
            );
            compared += 1;
        }
    }
    assert!(compared > 10_000, "{compared}");
}
