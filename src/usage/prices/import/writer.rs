//! Writes a table in the form that `table.rs` reads. Owns the spelling of lines and of prices, all
//! from whole numbers.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::table::{END_OF_HEADER, Origin, quoted};

/// A table being written.
pub(super) struct Writer {
    text: String,
    providers: usize,
    models: usize,
}

/// A price that may depend on the length of the prompt, in 10⁻¹² dollar for one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Price {
    pub(super) base: u64,
    /// What holds where the prompt is longer than so many tokens.
    pub(super) above: BTreeMap<u64, u64>,
}

/// Prices by the names that the table has for them.
pub(super) type Prices = BTreeMap<&'static str, Price>;

impl Writer {
    pub(super) fn new(origin: &Origin) -> Self {
        let first = json!({
            "source": origin.source,
            "version": origin.version,
            "date": origin.date,
        });
        let first = first.to_string();
        let open = first.strip_suffix('}').unwrap_or(&first);
        Self {
            text: format!("{open},\"providers\":[\n"),
            providers: 0,
            models: 0,
        }
    }

    /// Begins a provider; `header` is its line, up to where its models begin.
    pub(super) fn provider(&mut self, header: &str) {
        if self.providers > 0 {
            self.text.push_str("]},\n");
        }
        self.providers += 1;
        self.models = 0;
        self.text.push_str(header);
        self.text.push('\n');
    }

    /// Adds a model to the provider that was begun last.
    pub(super) fn model(&mut self, id: &str, rule: &str, prices: &str, variants: Option<&str>) {
        if self.models > 0 {
            self.text.pop();
            self.text.push_str(",\n");
        }
        self.models += 1;
        let id = quoted(id);
        let variants = variants.map(|list| format!(",\"price_variants\":{list}"));
        let variants = variants.unwrap_or_default();
        let line = format!("{{\"id\":{id},\"match\":{rule},\"prices\":{prices}{variants}}}\n");
        self.text.push_str(&line);
    }

    pub(super) fn finish(mut self) -> String {
        if self.providers > 0 {
            self.text.push_str("]}\n");
        }
        self.text.push_str("]}\n");
        self.text
    }
}

/// The line that begins a provider; `more` are further fields, each with its comma before it.
pub(super) fn header(id: &str, more: &str) -> String {
    let id = quoted(id);
    format!("{{\"id\":{id},\"name\":{id}{more},\"api_pattern\":\"-\",{END_OF_HEADER}")
}

/// A rule that any of these names meets.
pub(super) fn any_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let equals = |name: &str| format!("{{\"equals\":{}}}", quoted(&name.to_lowercase()));
    let rules: Vec<_> = names.into_iter().map(equals).collect();
    match rules.as_slice() {
        [one] => one.clone(),
        _ => format!("{{\"or\":[{}]}}", rules.join(",")),
    }
}

/// Adds what a table must say where a price is a special case of it: a cache written for an hour
/// is a cache written, and that is input.
pub(super) fn complete(prices: &mut Prices) {
    if prices.contains_key("cache_write_1h_mtok") && !prices.contains_key("cache_write_mtok") {
        let input = prices.get("input_mtok").cloned().unwrap_or_default();
        prices.insert("cache_write_mtok", input);
    }
}

/// Prices as the table spells them.
pub(super) fn prices_json(prices: &Prices) -> String {
    let of = |(key, price): (&&str, &Price)| {
        let digits = if key.ends_with("_kcount") { 9 } else { 6 };
        let base = decimal(price.base, digits);
        if price.above.is_empty() {
            return format!("\"{key}\":{base}");
        }
        let tier = |(start, price): (&u64, &u64)| {
            format!(
                "{{\"start\":{start},\"price\":{}}}",
                decimal(*price, digits)
            )
        };
        let tiers: Vec<_> = price.above.iter().map(tier).collect();
        format!(
            "\"{key}\":{{\"base\":{base},\"tiers\":[{}]}}",
            tiers.join(",")
        )
    };
    let fields: Vec<_> = prices.iter().map(of).collect();
    format!("{{{}}}", fields.join(","))
}

/// A whole number of the `digits`th decimal as a decimal.
fn decimal(value: u64, digits: u32) -> String {
    let scale = 10_u64.pow(digits);
    let (whole, rest) = (value / scale, value % scale);
    if rest == 0 {
        return whole.to_string();
    }
    let width = digits as usize;
    let rest = format!("{rest:0width$}");
    format!("{whole}.{}", rest.trim_end_matches('0'))
}
