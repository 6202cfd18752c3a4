//! A price table as text: genai-prices' own form with one model a line, so that only the lines
//! asked for are ever decoded. Owns where a provider's lines are and which of them may be about a
//! name; refuses to own what they mean.

use std::borrow::Cow;

use serde::Deserialize;

use super::rules::pruned;

/// Where a table comes from.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Origin {
    /// Who made it: `genai-prices`, `litellm`, `own`.
    pub(super) source: String,
    /// Its version there, or the beginning of its digest.
    pub(super) version: String,
    /// The day of its prices, `2026-10-26`.
    pub(super) date: String,
}

impl Origin {
    /// The name that records keep: `genai-prices@0.2.1`.
    pub(super) fn id(&self) -> String {
        format!("{}@{}", self.source, self.version)
    }
}

/// A table. The text is in the form that `scripts/prices.py` writes; other text has no lines.
#[derive(Debug)]
pub(super) struct Table {
    text: Cow<'static, str>,
    pub(super) origin: Origin,
}

/// The lines of one provider.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block<'a> {
    /// The provider's id.
    pub(super) id: &'a str,
    /// Its line, up to where its models begin.
    pub(super) header: &'a str,
    models: &'a str,
}

/// The end of the line that begins a provider.
pub(super) const END_OF_HEADER: &str = "\"models\":[";
const END_OF_BLOCK: &str = "\n]}";

impl Table {
    /// The table that is part of the program.
    pub(super) fn built_in() -> Self {
        // The first line was written by us; were it damaged, the table would have no name.
        Self::parse(Cow::Borrowed(include_str!("builtin.json"))).unwrap_or_else(|| Self {
            text: Cow::Borrowed(""),
            origin: Origin {
                source: "none".to_owned(),
                version: String::new(),
                date: String::new(),
            },
        })
    }

    /// The table that a text is, or `None` where its first line says nothing of its origin.
    pub(super) fn parse(text: Cow<'static, str>) -> Option<Self> {
        let first = text.lines().next()?;
        let origin = serde_json::from_str(&format!("{first}]}}")).ok()?;
        Some(Self { text, origin })
    }

    /// As it is kept in a file.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// All of it, as genai-prices reads it.
    pub(super) fn all(&self) -> String {
        let providers = self.text.split_once('\n').map_or("", |(_, rest)| rest);
        let list = providers.trim_end().strip_suffix('}');
        format!("[{}", list.unwrap_or_default())
    }

    /// Every provider, in order.
    pub(super) fn blocks(&self) -> impl Iterator<Item = Block<'_>> {
        let mut rest = self.text.split_once('\n').map_or("", |(_, rest)| rest);
        std::iter::from_fn(move || {
            let (header, after) = rest.split_once('\n')?;
            let id = header.strip_prefix("{\"id\":\"")?.split('"').next()?;
            header.strip_suffix(END_OF_HEADER)?;
            // A provider without models has its end where the first model would be.
            let (models, after) = match after.strip_prefix("]}") {
                Some(after) => ("", after),
                None => after.split_once(END_OF_BLOCK)?,
            };
            rest = after.split_once('\n').map_or("", |(_, rest)| rest);
            Some(Block { id, header, models })
        })
    }

    /// The provider of exactly this id.
    pub(super) fn block(&self, id: &str) -> Option<Block<'_>> {
        self.blocks().find(|block| block.id == id)
    }

    /// Every provider with one model that matches any name: enough to tell which provider is
    /// meant, and nothing more to decode.
    pub(super) fn headers(&self) -> String {
        const ANY: &str = r#"{"id":"-","match":{"contains":""},"prices":{}}"#;
        let of = |block: Block<'_>| format!("{}{ANY}]}}", block.header);
        format!("[{}]", self.blocks().map(of).collect::<Vec<_>>().join(","))
    }

    /// A provider and those it falls back to, with the models that may match `name`: decoded, they
    /// answer for it as the whole table would.
    pub(super) fn slice(&self, provider: Block<'_>, name: &str) -> Slice {
        let names = spellings(name);
        let equals = names
            .clone()
            .map(|name| format!("\"equals\":{}", quoted(&name)));
        let fallbacks = fallbacks(provider.header);
        let wanted = |block: &Block<'_>| {
            block.id == provider.id || fallbacks.iter().any(|id| id == block.id)
        };
        let mut json = String::from("[");
        for block in self.blocks().filter(wanted) {
            if json.len() > 1 {
                json.push(',');
            }
            json.push_str(block.header);
            let found: Vec<Cow<'_, str>> = block
                .lines()
                .filter_map(|line| candidate(line, &names, &equals))
                .collect();
            json.push_str(&found.join(","));
            json.push_str("]}");
        }
        json.push(']');
        Slice { json }
    }
}

impl<'a> Block<'a> {
    /// Each model, as JSON.
    pub(super) fn lines(self) -> impl Iterator<Item = &'a str> {
        let trimmed = |line: &'a str| line.strip_suffix(',').unwrap_or(line);
        self.models.lines().map(trimmed)
    }
}

/// The id of a model's line, and the line as a table of its own, in which any name means it.
pub(super) fn alone(provider: &str, line: &str) -> Option<(String, Slice)> {
    #[derive(Deserialize)]
    struct Id {
        id: String,
    }
    let Id { id } = serde_json::from_str(line).ok()?;
    let (_, prices) = line.split_once(",\"prices\":")?;
    let (owner, model) = (quoted(provider), quoted(&id));
    let json = format!(
        "[{{\"id\":{owner},\"name\":{owner},\"api_pattern\":\"-\",{END_OF_HEADER}\
         {{\"id\":{model},\"match\":{{\"contains\":\"\"}},\"prices\":{prices}]}}]"
    );
    Some((id, Slice { json }))
}

/// A part of a table that can be decoded alone.
#[derive(Debug)]
pub(super) struct Slice {
    /// Providers and models as genai-prices reads them.
    pub(super) json: String,
}

impl Slice {
    /// What is written of a model: once, or once for each provider that has it.
    pub(super) fn written<'a>(&'a self, model: &str) -> impl Iterator<Item = &'a str> {
        let beginning = format!("{{\"id\":{},", quoted(model));
        let places = self.json.match_indices(&beginning);
        let places: Vec<usize> = places.map(|(at, found)| at + found.len()).collect();
        places.into_iter().filter_map(|at| {
            let rest = self.json.get(at..)?;
            rest.split("{\"id\":").next()
        })
    }

    /// Whether the table itself says that a model gives something away: it is listed as a free one,
    /// or its price is written down as 0.
    pub(super) fn says_free(&self, model: &str, price: &str) -> bool {
        let zero = format!("\"{price}\":0");
        let is_zero = |text: &str| {
            let after = text.split_once(&zero).map_or("", |(_, after)| after);
            after.starts_with([',', '}'])
        };
        model.ends_with(":free") || self.written(model).any(is_zero)
    }
}

fn fallbacks(header: &str) -> Vec<String> {
    #[derive(Deserialize)]
    struct Header {
        #[serde(default)]
        fallback_model_providers: Vec<String>,
    }
    let header: Option<Header> = serde_json::from_str(&format!("{header}]}}")).ok();
    header.map_or_else(Vec::new, |header| header.fallback_model_providers)
}

/// The line of a model that a name may mean, with as much of its rule as may match.
fn candidate<'a>(line: &'a str, names: &[String; 2], equals: &[String; 2]) -> Option<Cow<'a, str>> {
    const OPEN_RULES: [&str; 4] = [
        "\"contains\":",
        "\"starts_with\":",
        "\"ends_with\":",
        "\"regex\":",
    ];
    let (head, tail) = line.split_once(",\"prices\":")?;
    if !OPEN_RULES.iter().any(|open| head.contains(open)) {
        let is_equal = equals.iter().any(|name| head.contains(name.as_str()));
        return is_equal.then_some(Cow::Borrowed(line));
    }
    let (id, rule) = head.split_once(",\"match\":")?;
    match serde_json::from_str(rule) {
        Ok(rule) => {
            let rule = pruned(rule, names)?;
            Some(format!("{id},\"match\":{rule},\"prices\":{tail}").into())
        }
        Err(_) => Some(Cow::Borrowed(line)),
    }
}

/// A name in lower case, as rules compare it, and with its compact dates spelled out.
fn spellings(name: &str) -> [String; 2] {
    let name = name.to_lowercase();
    let parts = name.split('-').map(|part| {
        let (date, rest) = part.split_at_checked(8).unwrap_or((part, ""));
        let is_date = date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit());
        match (date.split_at_checked(4), is_date) {
            (Some((year, day)), true) => {
                let (month, day) = day.split_at_checked(2).unwrap_or((day, ""));
                format!("{year}-{month}-{day}{rest}")
            }
            _ => part.to_owned(),
        }
    });
    let dated = parts.collect::<Vec<_>>().join("-");
    [name, dated]
}

/// Text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
