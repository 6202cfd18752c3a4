//! Qwen Code: the tokens of every request are booked as the provider served them, those of helpers
//! and of its memory included.

use serde_json::Value;

use super::runs::{Runs, Served, booked, is_booked_as_served};

#[test]
fn qwen_code_is_booked_as_it_was_served() {
    let tool = r#"{"tool": {"name": "list_directory", "input": {"path": "."}}, "input": 900, "output": 51, "reasoning": 5}"#;
    let helper = r#"{"tool": {"name": "agent", "input": {"description": "d", "prompt": "do", "subagent_type": "general-purpose"}}, "output": 9}"#;
    // The second and the sixth request are about what is worth remembering.
    let script = format!(
        r#"[{{"reasoning": 40}}, {{"text": "[]", "input": 11}}, {tool}, {{"output": 77, "reasoning": 7}}, {{"output": 3}}, {{"text": "[]", "input": 12}}, {helper}, {{"output": 10}}, {{"output": 11}}]"#
    );
    let Some(runs) = Runs::of("qwen", &script) else {
        return;
    };
    let names = ["text", "tools", "continued", "delegated"];
    let served = runs.served(&names);
    let requests: Vec<_> = served.iter().map(Served::requests).collect();
    assert_eq!(requests, [2, 2, 2, 3]);
    for (run, served) in names.iter().zip(&served) {
        let entry = runs.entry(run);
        assert_eq!(entry["usage"]["source"], "qwen-code", "{entry}");
        assert_eq!(entry["usage"]["cost_is"], "computed", "{entry}");
        assert_eq!(entry["usage"]["model"], "gpt-5.5", "{entry}");
        assert_eq!(entry["unknown"], false, "{entry}");
        is_booked_as_served(&entry, served, true);
        assert_eq!(runs.text(&format!("{run}.code")).trim(), "0");
    }
    // 4200 tokens at 5 dollars a million, 500 at 0.50, 345 at 30; and 3011, 500 and 345.
    assert_eq!(booked(&runs.entry("text"), "usd"), "0.057255");
    let session = |run: &str| runs.entry(run)["usage"]["agent_session"].clone();
    assert_eq!(session("continued"), session("tools"));
    // What was metered is not brought in once more.
    let import: Value = serde_json::from_str(&runs.text("import.json")).expect("JSON");
    assert_eq!(
        (&import["messages"], &import["known"]),
        (&0.into(), &9.into())
    );
}
