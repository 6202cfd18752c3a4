//! One line of a usage file. Owns the names of its fields and which of them contradict each other.

use serde::Deserialize;
use serde_json::error::Category;

use super::super::wire::{Fault, Figure, Pairs, present, read_cost, read_count};
use super::super::{Cost, Tokens};

/// Names longer than this are cut in messages, in characters.
const SHOWN: usize = 40;

/// What a line says. Lines are the same where all of this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) usd: Option<Cost>,
    pub(super) tokens: Option<Tokens>,
    /// Other units; each once.
    pub(super) amounts: Vec<(String, u64)>,
}

impl Line {
    /// The same with nothing consumed: what it names is known to be nothing.
    pub(super) fn without_figures(&self) -> Self {
        let amounts = self.amounts.iter().map(|(unit, _)| (unit.clone(), 0));
        Self {
            usd: self.usd.map(|_| Cost::ZERO),
            tokens: self.tokens.map(|_| Tokens::default()),
            amounts: amounts.collect(),
            ..self.clone()
        }
    }
}

#[derive(Deserialize)]
struct Wire {
    id: Option<String>,
    model: Option<String>,
    provider: Option<String>,
    #[serde(default, deserialize_with = "present")]
    usd: Option<Figure>,
    #[serde(default, deserialize_with = "present")]
    tokens: Option<Figure>,
    #[serde(default, deserialize_with = "present")]
    calls: Option<Figure>,
    amounts: Option<Pairs<Figure>>,
}

/// The line in `text`, which has no white space around it.
pub(super) fn read(text: &[u8]) -> Result<Line, Fault> {
    if !text.starts_with(b"{") {
        return Err(Fault::text("not a JSON object"));
    }
    let wire: Wire = serde_json::from_slice(text).map_err(|error| match error.classify() {
        Category::Data => Fault::text("a field has the wrong type or is given twice"),
        _ => Fault::text("not a JSON object"),
    })?;
    let usd = wire
        .usd
        .map(|figure| read_cost(figure.unquoted(), "usd"))
        .transpose()?;
    let tokens = wire.tokens.as_ref().map(tokens).transpose()?;
    let calls = wire
        .calls
        .map(|figure| read_count(figure.unquoted(), "calls"))
        .transpose()?;
    let mut amounts: Vec<_> = calls
        .map(|calls| ("calls".to_owned(), calls))
        .into_iter()
        .collect();
    for (unit, figure) in wire.amounts.map(|pairs| pairs.0).unwrap_or_default() {
        check_unit(&unit, calls.is_some())?;
        let count = read_count(figure.unquoted(), &format!("amounts.{}", cut(&unit)))?;
        amounts.push((unit, count));
    }
    if usd.is_none() && tokens.is_none() && amounts.is_empty() {
        return Err(Fault::text("it names no usd, tokens, calls or amounts"));
    }
    let Wire {
        id,
        model,
        provider,
        ..
    } = wire;
    Ok(Line {
        id,
        model,
        provider,
        usd,
        tokens,
        amounts,
    })
}

/// Units with a field of their own, and those that are measured, are not written as amounts.
fn check_unit(unit: &str, calls_named: bool) -> Result<(), Fault> {
    match unit {
        "usd" | "tokens" => Err(Fault::Text(format!(
            "{unit} is a field of its own, no amount"
        ))),
        "calls" if calls_named => Err(Fault::text("calls is given twice")),
        "time" | "slots" => Err(Fault::Text(format!("{unit} is measured, not reported"))),
        _ => Ok(()),
    }
}

/// Tokens by kind, or a plain number of them.
fn tokens(figure: &Figure) -> Result<Tokens, Fault> {
    let mut tokens = Tokens::default();
    if figure.json().starts_with('{') {
        let kinds: Pairs<Figure> = serde_json::from_str(figure.json())
            .map_err(|_| Fault::text("tokens names a kind twice"))?;
        by_kind(&mut tokens, &kinds)?;
    } else {
        tokens.unspecified = read_count(figure.unquoted(), "tokens")?;
    }
    if tokens.reasoning > tokens.output {
        return Err(Fault::Contradiction {
            part: "tokens.reasoning",
            whole: "tokens.output",
        });
    }
    tokens.total().map_err(Fault::text)?;
    Ok(tokens)
}

fn by_kind(tokens: &mut Tokens, kinds: &Pairs<Figure>) -> Result<(), Fault> {
    let named = |kind| kinds.0.iter().any(|(name, _)| name == kind);
    if named("cache_write") && named("cache_write_5m") {
        return Err(Fault::text(
            "tokens.cache_write and tokens.cache_write_5m are the same",
        ));
    }
    for (kind, figure) in &kinds.0 {
        let field = match kind.as_str() {
            "input" => &mut tokens.input,
            "cache_read" => &mut tokens.cache_read,
            "cache_write" | "cache_write_5m" => &mut tokens.cache_write_5m,
            "cache_write_1h" => &mut tokens.cache_write_1h,
            "output" => &mut tokens.output,
            "reasoning" => &mut tokens.reasoning,
            // Elsewhere unknown names are left alone; here one is a figure that would be lost.
            other => return Err(Fault::Text(format!("tokens.{} is no kind", cut(other)))),
        };
        *field = read_count(figure.unquoted(), &format!("tokens.{}", cut(kind)))?;
    }
    Ok(())
}

/// A name short enough for a message, without control characters.
fn cut(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_control())
        .take(SHOWN)
        .collect()
}
