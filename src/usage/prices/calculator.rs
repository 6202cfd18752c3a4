//! The only door to genai-prices: which model a name means, and what one unit of something costs.
//! Owns the way from its binary fractions back to the decimals of the table; nothing else here
//! ever holds a price in a float.

use std::time::SystemTime;

use genai_prices::{Calculator, ErrorKind, PriceCalculation, PriceRequest, Usage, UsageKey};

use super::kind::Kind;

/// What a price may depend on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    /// When the request was made.
    pub(super) at: SystemTime,
    /// The tokens of its whole prompt.
    pub(super) prompt: u64,
    /// The tier of service, as genai-prices names it.
    pub(super) context: &'a [(&'static str, &'static str)],
}

/// A model of a table.
#[derive(Debug)]
pub(super) struct Found {
    calculator: Calculator,
    name: String,
    /// The provider's id.
    pub(super) provider: String,
    /// The model's id.
    pub(super) model: String,
}

/// The table cannot be read, or says what makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("the price table cannot be used: {0}")]
pub(super) struct Unusable(pub(super) String);

impl From<genai_prices::Error> for Unusable {
    fn from(error: genai_prices::Error) -> Self {
        Self(error.to_string())
    }
}

/// An error where a whole table cannot be used.
pub(super) fn check(table: &str) -> Result<(), Unusable> {
    Calculator::from_json(table)?;
    Ok(())
}

/// The id of the provider that is meant by `provider`, else by the model's name alone.
pub(super) fn provider_of(
    headers: &str,
    provider: Option<&str>,
    model: &str,
) -> Result<Option<String>, Unusable> {
    let calculator = Calculator::from_json(headers)?;
    if let Some(name) = provider {
        let found = calculator.find_provider(Some(name), None)?;
        return Ok(found.map(|provider| provider.id().to_owned()));
    }
    let nothing = Usage::new();
    match calculator.calculate(&PriceRequest::new(model, &nothing)) {
        Ok(price) => Ok(Some(price.provider_id)),
        Err(error) if error.kind() == ErrorKind::ProviderNotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The model of `provider` that `name` means.
pub(super) fn find(slice: &str, provider: &str, name: &str) -> Result<Option<Found>, Unusable> {
    let calculator = Calculator::from_json(slice)?;
    let nothing = Usage::new();
    let request = PriceRequest::new(name, &nothing).with_provider_id(provider);
    match calculator.calculate(&request.with_timestamp(SystemTime::UNIX_EPOCH)) {
        Ok(price) => Ok(Some(Found {
            name: name.to_owned(),
            provider: price.provider_id,
            model: price.model_id,
            calculator,
        })),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::ModelNotFound | ErrorKind::ProviderNotFound
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

impl Found {
    /// The price of one of a kind, in 10⁻¹² dollar.
    pub(super) fn unit_price(&self, kind: Kind, terms: Terms<'_>) -> Result<u64, Unusable> {
        // Where the length of the prompt is what is asked about, it is also the best count: it is
        // in the range for which the price is wanted.
        let prompt = float(terms.prompt.max(1));
        let input = ("input_tokens", prompt);
        let writes = ("cache_write_tokens", prompt);
        let million = 1_000_000.0;
        let output = ("output_tokens", million);
        let (usage, count): (&[(&'static str, f64)], f64) = match kind {
            Kind::Input => (&[input], prompt),
            Kind::CacheRead => (&[input, ("cache_read_tokens", prompt)], prompt),
            Kind::CacheWrite5m => (&[input, writes], prompt),
            Kind::CacheWrite1h => {
                let hour = ("cache_write_1h_tokens", prompt);
                (&[input, writes, hour], prompt)
            }
            Kind::Output => (&[input, output], million),
            Kind::Reasoning => {
                let reasoning = ("output_reasoning_tokens", million);
                (&[input, output, reasoning], million)
            }
            Kind::WebSearch => (&[("web_searches", million)], million),
            Kind::Request => (&[], 1.0),
        };
        let price = self.price(usage, terms)?;
        let part = match kind {
            Kind::Output | Kind::Reasoning => price.output_price,
            Kind::WebSearch => price.total_price - self.price(&[], terms)?.total_price,
            Kind::Request => price.total_price,
            _ => price.input_price,
        };
        picodollars(part / count)
    }

    /// What genai-prices makes of counts as a whole, in 10⁻¹² dollar, and how far its fractions may
    /// be from it.
    pub(super) fn total(
        &self,
        counts: &[(Kind, u64)],
        terms: Terms<'_>,
    ) -> Result<(u128, u128), Unusable> {
        let sum = |kinds: &[Kind]| {
            let of = counts.iter().filter(|(kind, _)| kinds.contains(kind));
            float(of.fold(0_u64, |sum, (_, count)| sum.saturating_add(*count)))
        };
        let usage = [
            ("input_tokens", sum(&Kind::PROMPT)),
            ("cache_read_tokens", sum(&[Kind::CacheRead])),
            (
                "cache_write_tokens",
                sum(&[Kind::CacheWrite5m, Kind::CacheWrite1h]),
            ),
            ("cache_write_1h_tokens", sum(&[Kind::CacheWrite1h])),
            ("output_tokens", sum(&[Kind::Output, Kind::Reasoning])),
            ("output_reasoning_tokens", sum(&[Kind::Reasoning])),
            ("web_searches", sum(&[Kind::WebSearch])),
        ];
        let price = self.price(&usage, terms)?;
        let once = self.price(&[], terms)?.total_price;
        let requests = once * (sum(&[Kind::Request]) - 1.0);
        let total = (price.total_price + requests) * 1e12;
        Ok((whole(total)?, whole(total * 1e-9)?))
    }

    fn price(
        &self,
        usage: &[(&'static str, f64)],
        terms: Terms<'_>,
    ) -> Result<PriceCalculation, Unusable> {
        let pairs = usage
            .iter()
            .map(|(key, count)| (UsageKey::from_static(key), *count));
        let usage: Usage = pairs.collect();
        let mut request = PriceRequest::new(&self.name, &usage)
            .with_provider_id(&self.provider)
            .with_timestamp(terms.at);
        for (key, value) in terms.context {
            request = request.with_price_context(key, value);
        }
        Ok(self.calculator.calculate(&request)?)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 2^53; a larger count only chooses a tier"
)]
fn float(count: u64) -> f64 {
    count as f64
}

/// Dollars as a whole number of picodollars. What is beyond the ninth decimal of a price per
/// million is noise of binary fractions (0.18000000000000002); what then remains beyond the sixth
/// rounds up (0.041666667).
fn picodollars(usd: f64) -> Result<u64, Unusable> {
    let thousandths = whole(usd * 1e15)?;
    u64::try_from(thousandths.div_ceil(1000)).map_err(|_| beyond())
}

fn beyond() -> Unusable {
    Unusable("a price is beyond all reason".to_owned())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be in range"
)]
fn whole(figure: f64) -> Result<u128, Unusable> {
    let rounded = figure.round();
    if (0.0..1e38).contains(&rounded) {
        Ok(rounded as u128)
    } else {
        Err(beyond())
    }
}
