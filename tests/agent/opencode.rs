//! opencode: what it keeps of each request in its database is booked as the provider served it, those
//! of helpers included.

use super::runs::{Runs, Served, booked, is_booked_as_served};

#[test]
fn opencode_is_booked_as_it_was_served() {
    let helper = r#"{"tool": {"name": "task", "input": {"description": "look", "prompt": "look around", "subagent_type": "general"}}, "input": 100, "cache_write": 0, "output": 30, "reasoning": 5}"#;
    let script = format!(r#"[{helper}, {{"output": 77, "reasoning": 7}}, {{"input": 5}}]"#);
    let Some(runs) = Runs::of("opencode", &script) else {
        return;
    };
    let names = ["helper", "continued"];
    let served = runs.served(&names);
    let requests: Vec<_> = served.iter().map(Served::requests).collect();
    assert_eq!(requests, [3, 1]);
    for (run, served) in names.iter().zip(&served) {
        let entry = runs.entry(run);
        assert_eq!(entry["usage"]["source"], "opencode", "{entry}");
        assert_eq!(entry["usage"]["cost_is"], "reported", "{entry}");
        assert_eq!(entry["unknown"], false, "{entry}");
        is_booked_as_served(&entry, served, true);
    }
    // 3005 tokens at 1.25 dollars a million, 500 at 0.125, 345 at 10.
    assert_eq!(booked(&runs.entry("continued"), "usd"), "0.00726875");
    let session = |run: &str| runs.entry(run)["usage"]["agent_session"].clone();
    assert_eq!(session("continued"), session("helper"));
}
