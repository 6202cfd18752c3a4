//! What tokens cost: the price table, and how a price becomes a charge. Owns the conversion from
//! the table's figures to exact atoms; refuses to price what the table does not name.

mod bill;
mod calculator;
mod fill;
mod import;
mod kind;
mod names;
mod rules;
mod table;
mod tables;
mod view;

pub use fill::{Unpriced, fill};
pub use import::{Import, ImportError};
pub use tables::Tables;
pub use view::{Difference, ModelPrices, NotShown, PriceRow, TableInfo};

/// How a cost was computed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pricing {
    /// The table and its version: `genai-prices@0.2.1`.
    pub table: String,
    /// The provider, as the table names it.
    pub provider: String,
    /// The model, as the table names it.
    pub model: String,
    /// The price of each kind that was used, as it stood when the request was made.
    pub unit_prices: Vec<UnitPrice>,
    /// The bill may be lower or higher: the price depends on the length of a prompt and the figures
    /// are sums of several, or of an unknown number; the table does not price the tier of service;
    /// or it knows the model only without the date of its version.
    pub is_estimate: bool,
}

/// The price of one kind of usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UnitPrice {
    /// What is paid for: `input`, `cache_read`, `cache_write_5m`, `cache_write_1h`, `output`,
    /// `reasoning` (where it does not cost what other output costs), `web_search`, `request`.
    pub of: &'static str,
    /// 10⁻¹² dollar for one token, search or request. A price per million tokens with six decimals
    /// is a whole number of them.
    pub picodollars: u64,
}

impl UnitPrice {
    /// Dollars for a million, as an exact decimal: `0.075`, `15`.
    pub fn usd_per_million(self) -> String {
        const SCALE: u64 = 1_000_000;
        let (whole, rest) = (self.picodollars / SCALE, self.picodollars % SCALE);
        if rest == 0 {
            return whole.to_string();
        }
        let digits = format!("{rest:06}");
        format!("{whole}.{}", digits.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests;
