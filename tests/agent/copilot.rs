//! Copilot CLI: what it keeps of each request in its database is booked as the provider served it.

use super::runs::{Runs, Served, is_booked_as_served};

#[test]
fn copilot_is_booked_as_it_was_served() {
    let tool = r#"{"tool": {"name": "bash", "input": {"command": "true", "description": "nothing"}}, "input": 900, "output": 51, "reasoning": 5}"#;
    let script = format!(r#"[{tool}, {{"output": 77, "reasoning": 7}}, {{"input": 5}}]"#);
    let Some(runs) = Runs::of("copilot", &script) else {
        return;
    };
    let names = ["tools", "resumed", "other"];
    let served = runs.served(&names);
    let requests: Vec<_> = served.iter().map(Served::requests).collect();
    assert_eq!(requests, [2, 1, 1]);
    for run in names {
        let entry = runs.entry(run);
        assert_eq!(entry["usage"]["source"], "copilot", "{entry}");
        assert_eq!(entry["usage"]["cost_is"], "computed", "{entry}");
        assert_eq!(entry["unknown"], false, "{entry}");
        assert_eq!(runs.text(&format!("{run}.code")).trim(), "0");
    }
    is_booked_as_served(&runs.entry("tools"), &served[0], true);
    // Messages, unlike Chat Completions, tell what was written to a cache.
    for (run, served) in names.iter().zip(&served).skip(1) {
        let entry = runs.entry(run);
        let tokens = &entry["usage"]["tokens"];
        assert_eq!(tokens["input"], served.count("input"), "{entry}");
        assert_eq!(
            tokens["cache_write"],
            served.count("cache_write"),
            "{entry}"
        );
        assert_eq!(tokens["cache_read"], served.count("cache_read"), "{entry}");
        assert_eq!(tokens["output"], served.count("output"), "{entry}");
    }
    let session = |run: &str| runs.entry(run)["usage"]["agent_session"].clone();
    assert_eq!(session("resumed"), session("tools"));
    assert_ne!(session("other"), session("tools"));
}
