//! Codex: the tokens of its threads are booked as the provider served them.

use super::runs::{Runs, Served, booked, is_booked_as_served};

#[test]
fn codex_is_booked_as_it_was_served() {
    let tool = r#"{"tool": {"name": "exec_command", "input": {"cmd": "true"}}, "input": 900, "output": 51, "reasoning": 5}"#;
    let script = format!(
        r#"[{{"reasoning": 40}}, {tool}, {{"output": 77, "reasoning": 7}}, {{"output": 3}}, {{"status": 500}}, {{"cache_read": 0}}, {tool}, {{"status": 400}}]"#
    );
    let Some(runs) = Runs::of("codex", &script) else {
        return;
    };
    let names = ["pipe", "tools", "resumed", "repeated", "refused"];
    let served = runs.served(&names);
    let requests: Vec<_> = served.iter().map(Served::requests).collect();
    assert_eq!(requests, [1, 2, 1, 2, 2]);
    for (run, served) in names.iter().zip(&served).take(4) {
        let entry = runs.entry(run);
        assert_eq!(entry["usage"]["source"], "codex", "{entry}");
        assert_eq!(entry["usage"]["cost_is"], "computed", "{entry}");
        assert_eq!(entry["unknown"], false, "{entry}");
        assert_eq!(entry["usage"]["model"], "gpt-5.5", "{entry}");
        is_booked_as_served(&entry, served, true);
        assert_eq!(runs.text(&format!("{run}.code")).trim(), "0");
    }
    // 4200 tokens at 5 dollars a million, 500 at 0.50, 345 at 30.
    assert_eq!(booked(&runs.entry("pipe"), "usd"), "0.0316");
    // What it used before it was refused is not told.
    let entry = runs.entry("refused");
    assert_eq!(entry["unknown"], true, "{entry}");
    assert_eq!(runs.text("refused.code").trim(), "1");
    assert!(runs.last_message("refused").contains("turn.failed"));
    let told: u64 = served.iter().take(4).map(Served::total).sum();
    let spent = runs.env.figure("me", "tokens/day", "spent");
    assert_eq!(spent, told.to_string());
}
