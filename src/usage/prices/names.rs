//! The names that agents give to providers and models, and the names a price table may know them
//! by. Owns what may be left off a name; refuses to find a model by likeness.

/// The table's name of a provider, where an agent's own name for it is not one.
pub(super) fn provider(reported: &str) -> Option<String> {
    let folded = reported.trim().to_lowercase();
    let known = match folded.as_str() {
        "firstparty" | "anthropicaws" => "anthropic",
        "mantle" | "bedrock" => "aws",
        "foundry" => "azure",
        "fireworks-ai" | "fireworks_ai" => "fireworks",
        "togetherai" => "together",
        "novita-ai" => "novita",
        "x_ai" => "x-ai",
        // A gateway's own name says nothing of who serves the model.
        "" | "gateway" | "litellm" => return None,
        name if name.starts_with("azure") => "azure",
        name if name.contains("vertex") => "google",
        name => name,
    };
    Some(known.to_owned())
}

/// A name under which a model may be known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The provider, where one is known.
    pub(super) provider: Option<String>,
    /// The model.
    pub(super) name: String,
    /// The date of a version was left off: its price may be another.
    pub(super) is_guess: bool,
}

/// Where to look for a model, in order.
pub(super) fn places(provider: Option<&str>, model: &str) -> Vec<Place> {
    let model = model.trim();
    let owner = provider.and_then(self::provider);
    let (prefix, rest) = match model.split_once('/') {
        Some((prefix, rest)) => (Some(prefix), rest),
        None => (None, model),
    };
    let on_bedrock = model.starts_with("arn:aws:bedrock:")
        || model.split('.').take(2).any(|part| part == "anthropic");
    let named: Vec<(Option<String>, &str)> = match (owner, prefix) {
        (None, _) if on_bedrock => vec![(Some("aws".to_owned()), last_part(model))],
        (None, Some(prefix)) => vec![(self::provider(prefix), rest), (None, model)],
        (None, None) => vec![(None, model)],
        (Some(owner), Some(prefix)) => {
            let is_its_own = self::provider(prefix).as_deref() == Some(&owner);
            let short = match owner.as_str() {
                "aws" => Some(last_part(model)),
                _ => is_its_own.then_some(rest),
            };
            let short = short.map(|rest| (Some(owner.clone()), rest));
            std::iter::once((Some(owner), model)).chain(short).collect()
        }
        (Some(owner), None) => vec![(Some(owner), model)],
    };
    let spelled = named.iter().flat_map(|(provider, name)| {
        let place = |(name, is_guess)| Place {
            provider: provider.clone(),
            name,
            is_guess,
        };
        spellings(name).into_iter().map(place)
    });
    let mut places: Vec<Place> = Vec::new();
    for place in spelled {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// The spellings of one name, and whether a version was left off.
fn spellings(name: &str) -> Vec<(String, bool)> {
    let plain = without_context(name).unwrap_or(name);
    let mut spellings = vec![(name.to_owned(), false), (plain.to_owned(), false)];
    if let Some((rest, date)) = plain.rsplit_once('@') {
        spellings.push((format!("{rest}-{date}"), false));
    }
    spellings.extend(without_date(plain).map(|rest| (rest.to_owned(), true)));
    spellings
}

/// What an Amazon resource name names.
fn last_part(model: &str) -> &str {
    model.rsplit('/').next().unwrap_or(model)
}

/// The name without the length of context it was asked for: `claude-opus-5[1m]`. It is the length
/// of the prompt that is charged.
fn without_context(name: &str) -> Option<&str> {
    name.strip_suffix("[1m]")
}

/// The name without the date of its version: `-20260101`, `@20260101`, `-2026-01-01`.
fn without_date(name: &str) -> Option<&str> {
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (rest, date) = name
        .rsplit_once('@')
        .or_else(|| name.len().checked_sub(9).and_then(|at| cut(name, at, '-')))
        .filter(|(_, date)| date.len() == 8 && is_digits(date))
        .or_else(|| {
            let at = name.len().checked_sub(11)?;
            let (rest, date) = cut(name, at, '-')?;
            let parts: Vec<usize> = date.split('-').map(str::len).collect();
            (parts == [4, 2, 2] && is_digits(&date.replace('-', ""))).then_some((rest, date))
        })?;
    (date.starts_with("20") && !rest.is_empty()).then_some(rest)
}

/// The text before and after the sign at a place.
fn cut(text: &str, at: usize, sign: char) -> Option<(&str, &str)> {
    let (rest, tail) = text.split_at_checked(at)?;
    Some((rest, tail.strip_prefix(sign)?))
}
