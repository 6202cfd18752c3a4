//! The `usage` of a message of Anthropic: what later words of a stream change in it, and which
//! requests it is made of.

use crate::usage::responses::fields::Fields;
use crate::usage::responses::{MAX_REQUESTS, TOO_MANY, tier, without};
use crate::usage::wire::Fault;
use crate::usage::{ModelUsage, Overflow, Tokens};

const AMERICAN: &str = "answers computed in the US";
const DISAGREE: &str = "the message and the requests it is made of say different figures";

/// What is known of one usage so far; what nobody named is `None`.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    input: Option<u64>,
    output: Option<u64>,
    cache_read: Option<u64>,
    cache_write: Option<u64>,
    write_5m: Option<u64>,
    write_1h: Option<u64>,
    thinking: Option<u64>,
    searches: Option<u64>,
    tier: Option<String>,
    speed: Option<String>,
    place: Option<String>,
    entries: Option<Vec<Entry>>,
}

/// One request that the message is made of.
#[derive(Debug, Clone)]
struct Entry {
    kind: String,
    model: Option<String>,
    counts: Counts,
}

impl Counts {
    /// Takes in a later word: what it names stands for the whole, what it does not name stays.
    pub(super) fn merge(&mut self, usage: &Fields<'_>) -> Result<(), Fault> {
        let later = Self::read(usage)?;
        let later = Self {
            entries: entries(usage)?,
            ..later
        };
        // A part of a count stands only beside the count it came with.
        if later.cache_write.is_some() || later.write_5m.is_some() || later.write_1h.is_some() {
            let has_parts = later.write_5m.is_some() || later.write_1h.is_some();
            self.cache_write = later
                .cache_write
                .or(self.cache_write.filter(|_| !has_parts));
            self.write_5m = later.write_5m.or(self.write_5m.filter(|_| !has_parts));
            self.write_1h = later.write_1h.or(self.write_1h.filter(|_| !has_parts));
        }
        self.input = later.input.or(self.input);
        self.output = later.output.or(self.output);
        self.cache_read = later.cache_read.or(self.cache_read);
        self.thinking = later.thinking.or(self.thinking);
        self.searches = later.searches.or(self.searches);
        self.tier = later.tier.or(self.tier.take());
        self.speed = later.speed.or(self.speed.take());
        self.place = later.place.or(self.place.take());
        self.entries = later.entries.or(self.entries.take());
        Ok(())
    }

    fn read(usage: &Fields<'_>) -> Result<Self, Fault> {
        let written = usage.object("cache_creation")?;
        let part = |name| match &written {
            Some(written) => written.count(name),
            None => Ok(None),
        };
        let details = usage.object("output_tokens_details")?;
        let tools = usage.object("server_tool_use")?;
        let thinking = details.map(|details| details.count("thinking_tokens"));
        let searches = tools.map(|tools| tools.count("web_search_requests"));
        Ok(Self {
            input: usage.count("input_tokens")?,
            output: usage.count("output_tokens")?,
            cache_read: usage.count("cache_read_input_tokens")?,
            cache_write: usage.count("cache_creation_input_tokens")?,
            write_5m: part("ephemeral_5m_input_tokens")?,
            write_1h: part("ephemeral_1h_input_tokens")?,
            thinking: thinking.transpose()?.flatten(),
            searches: searches.transpose()?.flatten(),
            tier: usage.text("service_tier"),
            speed: usage.text("speed"),
            place: usage.text("inference_geo"),
            entries: None,
        })
    }

    /// Every request, each at its own model. What a message says of itself leaves out whatever was
    /// done beside it.
    pub(super) fn requests(
        &self,
        model: Option<&str>,
        provider: &str,
    ) -> Result<Vec<ModelUsage>, Fault> {
        let whole = self.usage()?;
        let entries = self.entries.as_deref().unwrap_or_default();
        let (own, beside) = divided(entries, &whole)?;
        let mut requests = Vec::new();
        if !own.is_empty() && sum_of(&own)? == whole.tokens {
            for entry in own {
                requests.push((entry.model.as_deref(), entry.counts.usage()?));
            }
        } else {
            // Requests may tell less of caches than the message does.
            let count = u64::try_from(own.len().max(1)).ok();
            let usage = ModelUsage {
                requests: count,
                ..whole
            };
            requests.push((None, usage));
        }
        for entry in beside {
            requests.push((entry.model.as_deref(), entry.counts.usage()?));
        }
        if let Some((_, first)) = requests.first_mut() {
            first.web_searches = self.searches.unwrap_or(0);
        }
        let named = requests.into_iter().map(|(own_model, usage)| ModelUsage {
            model: own_model.or(model).map(str::to_owned),
            provider: Some(provider.to_owned()),
            service_tier: self.tier(),
            off_table: surcharge(self.place.as_deref()),
            ..usage
        });
        Ok(named.collect())
    }

    fn tier(&self) -> Option<String> {
        let is_fast = self.speed.as_deref() == Some("fast");
        if is_fast {
            self.speed.clone()
        } else {
            tier(self.tier.clone())
        }
    }

    fn usage(&self) -> Result<ModelUsage, Fault> {
        let missing = |name| Fault::text(format!("{name} is missing"));
        let output = self.output.ok_or_else(|| missing("output_tokens"))?;
        let (write_5m, write_1h) = (self.write_5m.unwrap_or(0), self.write_1h.unwrap_or(0));
        let parts = write_5m.checked_add(write_1h);
        let parts = parts.ok_or_else(|| Fault::text(Overflow))?;
        let written = self.cache_write.unwrap_or(parts);
        let whole = (written, "cache_creation_input_tokens");
        without(whole, &[(parts, "cache_creation")])?;
        let tokens = Tokens {
            input: self.input.ok_or_else(|| missing("input_tokens"))?,
            cache_read: self.cache_read.unwrap_or(0),
            // The time of what is not in the parts was not told.
            cache_write_5m: without(whole, &[(write_1h, "ephemeral_1h_input_tokens")])?,
            cache_write_1h: write_1h,
            output,
            reasoning: self.thinking.unwrap_or(0),
            unspecified: 0,
        };
        without(
            (output, "output_tokens"),
            &[(tokens.reasoning, "thinking_tokens")],
        )?;
        Ok(ModelUsage {
            tokens: Some(tokens),
            requests: Some(1),
            ..ModelUsage::default()
        })
    }
}

/// What of an answer has a price of its own, by where it was computed.
pub(in crate::usage) fn surcharge(place: Option<&str>) -> Option<&'static str> {
    (place == Some("us")).then_some(AMERICAN)
}

/// Which requests the figures of the message contain, and which are billed on top.
fn divided<'a>(
    entries: &'a [Entry],
    whole: &ModelUsage,
) -> Result<(Vec<&'a Entry>, Vec<&'a Entry>), Fault> {
    let parted = |contained: &[&str]| -> (Vec<&'a Entry>, Vec<&'a Entry>) {
        let is_own = |entry: &&Entry| contained.contains(&entry.kind.as_str());
        entries.iter().partition(is_own)
    };
    // A message of another model that stood in is told both ways.
    for contained in [&["message"][..], &["message", "fallback_message"]] {
        let (own, beside) = parted(contained);
        if !own.is_empty() && agrees(sum_of(&own)?.as_ref(), whole) {
            return Ok((own, beside));
        }
    }
    match parted(&["message"]) {
        (own, beside) if own.is_empty() => Ok((own, beside)),
        _ => Err(Fault::text(DISAGREE)),
    }
}

/// The sum of requests; `None` where there are none.
fn sum_of(entries: &[&Entry]) -> Result<Option<Tokens>, Fault> {
    let mut total: Option<Tokens> = None;
    for entry in entries {
        let tokens = entry.counts.usage()?.tokens.unwrap_or_default();
        let sum = total.unwrap_or_default().checked_add(&tokens);
        total = Some(sum.map_err(Fault::text)?);
    }
    Ok(total)
}

fn agrees(sum: Option<&Tokens>, whole: &ModelUsage) -> bool {
    let sides = |tokens: &Tokens| (tokens.input, tokens.output);
    sum.map(sides) == whole.tokens.as_ref().map(sides)
}

fn entries(usage: &Fields<'_>) -> Result<Option<Vec<Entry>>, Fault> {
    if !usage.has("iterations") {
        return Ok(None);
    }
    let mut entries = Vec::new();
    usage.each("iterations", &mut |entry| {
        if entries.len() == MAX_REQUESTS {
            return Err(Fault::text(TOO_MANY));
        }
        entries.push(Entry {
            kind: entry.text("type").unwrap_or_default(),
            model: entry.text("model"),
            counts: Counts::read(entry)?,
        });
        Ok(())
    })?;
    Ok(Some(entries))
}
