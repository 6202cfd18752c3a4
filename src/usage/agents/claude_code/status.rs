//! Reads what Claude Code says to the program that makes its status line.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::usage::Cost;

/// What is said of the session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentStatus {
    /// The name of its model, for people.
    pub model: Option<String>,
    /// What it has cost, as the agent estimates it.
    pub cost: Option<Cost>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    model: Option<Model>,
    #[serde(borrow)]
    cost: Option<Money<'a>>,
}

#[derive(Deserialize)]
struct Model {
    display_name: Option<String>,
}

#[derive(Deserialize)]
struct Money<'a> {
    #[serde(borrow, rename = "total_cost_usd")]
    total: Option<&'a RawValue>,
}

/// What is said; `None` where it is something else.
pub fn read_status(text: &[u8]) -> Option<AgentStatus> {
    let wire: Wire<'_> = serde_json::from_slice(text).ok()?;
    let cost = wire.cost.and_then(|cost| cost.total);
    Some(AgentStatus {
        model: wire.model.and_then(|model| model.display_name),
        cost: cost.and_then(|cost| Cost::from_decimal(cost.get()).ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_and_the_cost_are_read_and_nothing_must_be_there() {
        let text = r#"{"hook_event_name":"Status","session_id":"a","model":{"id":"claude-opus-4-5","display_name":"Opus"},"cost":{"total_cost_usd":0.012345678901,"total_duration_ms":45000}}"#;
        let status = read_status(text.as_bytes()).expect("a status");
        assert_eq!(status.model.as_deref(), Some("Opus"));
        assert_eq!(status.cost.map(Cost::atoms), Some(1_234_568));
        for (text, is_one) in [
            ("{}", true),
            (r#"{"model":7}"#, false),
            ("", false),
            ("[]", false),
        ] {
            let expected = is_one.then(AgentStatus::default);
            assert_eq!(read_status(text.as_bytes()), expected, "{text}");
        }
        let hostile = read_status(br#"{"cost":{"total_cost_usd":1e999}}"#);
        assert_eq!(hostile.expect("a status").cost, None);
    }
}
