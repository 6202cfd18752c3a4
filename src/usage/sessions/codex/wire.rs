//! The lines of a rollout, as far as they say something about consumption.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::counts::Usage;

#[derive(Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow)]
    pub timestamp: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub payload: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Meta<'a> {
    #[serde(borrow)]
    pub id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub session_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub cwd: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub model_provider: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub forked_from_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub source: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Source<'a> {
    #[serde(borrow)]
    pub subagent: Option<Helper<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Helper<'a> {
    #[serde(borrow)]
    pub thread_spawn: Option<Spawn<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Spawn<'a> {
    #[serde(borrow)]
    pub parent_thread_id: Option<Cow<'a, str>>,
}

/// The settings of a turn; newer versions tell those of the thread, too.
#[derive(Deserialize)]
pub(super) struct Settings<'a> {
    #[serde(borrow)]
    pub model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub thread_settings: Option<ThreadSettings<'a>>,
}

#[derive(Deserialize)]
pub(super) struct ThreadSettings<'a> {
    #[serde(borrow)]
    pub model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub model_provider_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub service_tier: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
pub(super) struct Count<'a> {
    #[serde(borrow)]
    pub info: Option<Info<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Info<'a> {
    #[serde(borrow)]
    pub total_token_usage: Option<Usage<'a>>,
    #[serde(borrow)]
    pub last_token_usage: Option<Usage<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    pub thread_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub response_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub usage: Option<Usage<'a>>,
    #[serde(borrow)]
    pub thread_token_usage: Option<Usage<'a>>,
}

/// What the model did to find something in the web.
#[derive(Deserialize)]
pub(super) struct Search<'a> {
    #[serde(borrow)]
    action: Option<Action<'a>>,
}

#[derive(Deserialize)]
struct Action<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
}

impl Search<'_> {
    /// Opening a page that was found is not billed.
    pub(super) fn is_billed(&self) -> bool {
        let kind = self
            .action
            .as_ref()
            .and_then(|action| action.kind.as_deref());
        kind.is_none_or(|kind| kind == "search")
    }
}
