//! Recorded answers of model providers, a file for each API shape: which one it is, by the fields
//! that it has, and what it says was consumed. Adding an API is its file and one line in [`APIS`].
//! Refuses to make anything of an answer that does not say its usage, or is not whole.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::wire::Fault;
use super::{ModelUsage, Reading, Report, Source};
use fields::Fields;
use messages::End;

pub(super) mod anthropic;
mod bedrock;
mod fields;
mod gemini;
mod messages;
mod ollama;
mod openai_chat;
mod openai_responses;
mod router;

/// The largest answer that is read, in bytes.
pub const MAX_RESPONSE: usize = 64 * 1024 * 1024;

const TOO_LARGE: &str = "the answer is larger than 64 MiB";
const CUT: &str = "the answer is cut off";
const NO_USAGE: &str = "the answer does not say what was used";
const SEVERAL: &str = "there is more than one answer; give them one by one";
const TOO_LONG: &str = "the answer has more than 1000000 messages";
const TOO_MANY: &str = "the answer adds up more than 1000 requests";
/// Messages in one answer.
const MAX_MESSAGES: usize = 1_000_000;
/// Requests in one answer.
const MAX_REQUESTS: usize = 1000;

/// Every API, in the order in which an answer is held against them.
static APIS: &[&dyn Api] = &[
    &anthropic::Messages,
    &router::OpenRouter,
    &openai_responses::Responses,
    &openai_chat::Chat,
    &gemini::GenerateContent,
    &bedrock::Converse,
    &ollama::Native,
];

/// What is known of an API: how its answers are recognised, and how they are read.
trait Api: Sync {
    /// What records and `--api` call it: `openai-chat`.
    fn name(&self) -> &'static str;

    /// The provider whose prices hold where an answer names none.
    fn provider(&self) -> Option<&'static str> {
        None
    }

    /// Whether a message of an answer is of this API.
    fn recognises(&self, message: &Fields<'_>) -> bool;

    /// What reads an answer.
    fn reader(&self) -> Box<dyn Reader>;
}

/// Takes in the messages of one answer, in order.
trait Reader {
    /// Takes in the next message.
    fn take(&mut self, message: &Fields<'_>) -> Result<(), Fault>;

    /// What they said so far.
    fn answer(&self, end: End) -> Result<Answer, Fault>;
}

/// What an answer said.
#[derive(Debug, Default)]
struct Answer {
    /// The provider's name of it.
    id: Option<String>,
    /// What was used, request by request; empty where it was not told.
    usage: Vec<ModelUsage>,
    /// Its last word on usage was told.
    is_final: bool,
    /// Why it never will be, where its end is known.
    never: Option<&'static str>,
    /// There were more tokens than are in `usage`.
    tokens_incomplete: bool,
}

/// The names of the APIs, in alphabetical order.
pub fn api_names() -> Vec<&'static str> {
    let mut names: Vec<_> = APIS.iter().map(|api| api.name()).collect();
    names.sort_unstable();
    names
}

/// The provider whose prices hold for an answer that names none: whose API it is.
pub fn api_provider(source: Source) -> Option<&'static str> {
    let api = APIS.iter().find(|api| api.name() == source.as_str());
    api.and_then(|api| api.provider())
}

/// Reads a recorded answer, of the API named or of the one that it is recognised by: a JSON body,
/// objects line by line, an array of them, or server-sent events. `Silent`: it is none that is
/// known. No input panics; memory stays within a small multiple of what `bytes` takes.
pub fn read(bytes: &[u8], api: Option<&str>) -> Reading {
    if bytes.len() > MAX_RESPONSE {
        return Reading::unknown(TOO_LARGE, None);
    }
    let mut tally = Tally {
        api: api.and_then(|name| APIS.iter().find(|api| api.name() == name).copied()),
        reader: None,
        messages: 0,
        error: None,
    };
    let end = messages::cut(bytes, &mut |text| tally.take(&Fields::of(text)?));
    tally.reading(end)
}

/// The messages so far.
struct Tally {
    api: Option<&'static dyn Api>,
    reader: Option<Box<dyn Reader>>,
    messages: usize,
    /// The provider said that it failed.
    error: Option<String>,
}

impl Tally {
    fn take(&mut self, message: &Fields<'_>) -> Result<(), Fault> {
        self.messages = self.messages.saturating_add(1);
        if self.messages > MAX_MESSAGES {
            return Err(Fault::text(TOO_LONG));
        }
        if is_error(message) {
            self.error = Some(error_of(message));
            return Ok(());
        }
        let api = match self.api {
            Some(api) => api,
            None => match APIS.iter().find(|api| api.recognises(message)) {
                Some(api) => *self.api.insert(*api),
                None => return Ok(()),
            },
        };
        self.reader
            .get_or_insert_with(|| api.reader())
            .take(message)
    }

    fn reading(self, end: Result<End, Fault>) -> Reading {
        let error = self.error;
        let (Some(api), Some(reader)) = (self.api, self.reader) else {
            return match (error, end) {
                (Some(error), _) => Reading::unknown(error, None),
                (None, Err(fault)) => Reading::unknown(fault.to_string(), None),
                (None, Ok(End { torn: true, .. })) => Reading::unknown(CUT, None),
                (None, Ok(_)) => Reading::Silent,
            };
        };
        let (fault, end) = match end {
            Ok(end) => (None, end),
            Err(fault) => (Some(fault.to_string()), End::default()),
        };
        let said = reader.answer(end).and_then(|answer| {
            let missing = missing(&answer, end);
            Ok((missing, report(api, answer)?))
        });
        match said {
            Err(later) => {
                let first = fault.or(error).unwrap_or_else(|| later.to_string());
                Reading::unknown(first, None)
            }
            Ok((missing, report)) => {
                let reason = fault.or(error).or(missing.map(str::to_owned));
                match (reason, report) {
                    (None, Some(report)) => Reading::Known(report),
                    (reason, report) => {
                        Reading::unknown(reason.unwrap_or_else(|| NO_USAGE.to_owned()), report)
                    }
                }
            }
        }
    }
}

/// Why the figures are not the last word, where they are not.
fn missing(answer: &Answer, end: End) -> Option<&'static str> {
    let has_usage = !answer.usage.is_empty();
    match answer {
        _ if end.torn => Some(CUT),
        Answer { is_final: true, .. } if has_usage => None,
        Answer { never, .. } if never.is_some() => *never,
        Answer { is_final: true, .. } => Some(NO_USAGE),
        Answer { .. } => Some("the answer ends before it says what was used in all"),
    }
}

/// The report of an answer, `None` where it says nothing of usage.
fn report(api: &dyn Api, answer: Answer) -> Result<Option<Report>, Fault> {
    if answer.usage.is_empty() {
        return Ok(None);
    }
    let mut report = Report {
        models: answer.usage,
        tokens_incomplete: answer.tokens_incomplete,
        ids: answer.id.into_iter().collect(),
        ..Report::new(Source::new(api.name()))
    };
    report.check().map_err(Fault::text)?;
    let all = report.models.iter().all(|model| model.cost.is_some());
    let named = report.named_cost().map_err(Fault::text)?;
    report.cost = named.filter(|_| all);
    Ok(Some(report))
}

/// Whether a message says that the provider failed, and says no usage beside it.
fn is_error(message: &Fields<'_>) -> bool {
    let has_error = message.has("error") && !message.is("object", "response");
    let is_one = has_error || message.is("type", "error") || message.has("__type");
    is_one && !message.has("usage")
}

/// What kind of error it was, in the provider's own word for it; never its text, which may repeat
/// what was asked.
fn error_of(message: &Fields<'_>) -> String {
    let inner = message.object("error").ok().flatten();
    let word_of = |fields: &Fields<'_>| {
        let names = ["type", "status", "code", "__type"];
        let words = names.iter().filter_map(|name| fields.text(name));
        let is_word = |word: &String| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
            word.len() <= 64 && word != "error" && word.bytes().all(is_plain)
        };
        words.into_iter().find(is_word)
    };
    let word = inner
        .as_ref()
        .and_then(word_of)
        .or_else(|| word_of(message));
    let word = word.map(|word| format!(": {word}")).unwrap_or_default();
    format!("the provider answered with an error{word}")
}

/// The instant of a Unix time in seconds.
fn instant(seconds: Option<u64>) -> Option<SystemTime> {
    // A clock that was never set says nothing.
    let since = seconds.filter(|seconds| *seconds > 0)?;
    UNIX_EPOCH.checked_add(Duration::from_secs(since))
}

/// A tier of service that changes the price, in small letters.
fn tier(name: Option<String>) -> Option<String> {
    let name = name?.to_ascii_lowercase();
    let usual = ["default", "auto", "standard", "standard_only", "on_demand"];
    let name = name.strip_prefix("on_demand_").unwrap_or(&name);
    (!usual.contains(&name)).then(|| name.to_owned())
}

/// What is left of a count without its parts.
fn without(
    (whole, name): (u64, &'static str),
    parts: &[(u64, &'static str)],
) -> Result<u64, Fault> {
    parts.iter().try_fold(whole, |left, (count, part)| {
        let contradiction = Fault::Contradiction { part, whole: name };
        left.checked_sub(*count).ok_or(contradiction)
    })
}

/// A sum of counts that a ledger can hold.
fn sum(counts: &[u64]) -> Result<u64, Fault> {
    let total = counts
        .iter()
        .try_fold(0_u64, |sum, count| sum.checked_add(*count));
    total.ok_or_else(|| Fault::text(super::Overflow))
}

/// Keeps the id of an answer; another one means another answer.
fn keep_id(id: &mut Option<String>, found: Option<String>) -> Result<(), Fault> {
    match (&id, found) {
        (Some(before), Some(found)) if *before != found => Err(Fault::text(SEVERAL)),
        (None, Some(found)) => {
            *id = Some(found);
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
