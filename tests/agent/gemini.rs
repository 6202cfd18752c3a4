//! Gemini CLI: the tokens of its models are booked as the provider served them, thoughts included.

use serde_json::Value;

use super::runs::{Runs, Served, booked, is_booked_as_served};

#[test]
fn gemini_cli_is_booked_as_it_was_served() {
    // The first request asks which model is to answer.
    let router = r#"{"text": "{\"reasoning\": \"simple\", \"model_choice\": \"flash\"}", "input": 33, "output": 7, "cache_read": 0}"#;
    let tool = r#"{"tool": {"name": "list_directory", "input": {"dir_path": "."}}, "input": 900, "output": 51, "reasoning": 5}"#;
    let script = format!(
        r#"[{router}, {{"reasoning": 9}}, {tool}, {{"output": 77, "reasoning": 7}}, {{"input": 5}}, {tool}, {{"status": 400}}]"#
    );
    let Some(runs) = Runs::of("gemini", &script) else {
        return;
    };
    let names = ["models", "tools", "resumed", "refused"];
    let served = runs.served(&names);
    let requests: Vec<_> = served.iter().map(Served::requests).collect();
    assert_eq!(requests, [2, 2, 1, 2]);
    for (run, served) in names.iter().zip(&served).take(3) {
        let entry = runs.entry(run);
        assert_eq!(entry["usage"]["source"], "gemini-cli", "{entry}");
        assert_eq!(entry["usage"]["cost_is"], "computed", "{entry}");
        assert_eq!(entry["unknown"], false, "{entry}");
        // A stream tells thoughts in the total alone.
        is_booked_as_served(&entry, served, *run != "tools");
        assert_eq!(runs.text(&format!("{run}.code")).trim(), "0");
    }
    // 8100 tokens at 1.25 dollars a million, 1000 at 0.125, 128 at 10.
    assert_eq!(booked(&runs.entry("tools"), "usd"), "0.01153");
    let models = runs.entry("models")["usage"]["models"].clone();
    assert_eq!(models.as_array().map(Vec::len), Some(2), "{models}");
    // It goes on with the session of the run before, and reports itself alone.
    let session = |run: &str| runs.entry(run)["usage"]["agent_session"].clone();
    assert_eq!(session("resumed"), session("tools"));
    // What was served before the refusal is certain, and no more.
    let entry: Value = runs.entry("refused");
    assert_eq!(entry["unknown"], true, "{entry}");
    let certain = served.last().expect("a run");
    assert_eq!(entry["usage"]["tokens"]["output"], certain.count("output"));
    let told: u64 = served.iter().take(3).map(Served::total).sum();
    let spent = runs.env.figure("me", "tokens/day", "spent");
    assert_eq!(spent, told.to_string());
}
