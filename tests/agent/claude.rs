//! Claude Code: the cost that it reports is booked, its output arrives byte for byte.

use serde_json::Value;

use super::runs::{Runs, Served, booked};

/// Hundred-millionths of a dollar, rounded up, from a decimal as JSON writes it.
fn atoms(decimal: &str) -> u64 {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let digits = |text: &str| text.parse::<u64>().unwrap_or_else(|_| panic!("{decimal}"));
    let kept: String = fraction.chars().chain("00000000".chars()).take(8).collect();
    let lost = fraction.chars().skip(8).any(|digit| digit != '0');
    digits(whole) * 100_000_000 + digits(&kept) + u64::from(lost)
}

/// A number of a message exactly as it stands there.
fn number<'a>(message: &'a str, name: &str) -> &'a str {
    let (_, rest) = message.split_once(&format!("\"{name}\":")).expect(name);
    rest.split([',', '}']).next().expect(name)
}

fn check(runs: &Runs, run: &str) -> u64 {
    let message = runs.last_message(run);
    let cost = number(&message, "total_cost_usd");
    let entry = runs.entry(run);
    assert!(atoms(cost) > 0, "{message}");
    assert_eq!(
        atoms(&booked(&entry, "usd")),
        atoms(cost),
        "{run}: {cost}: {entry}"
    );
    assert_eq!(entry["unknown"], false, "{run}: {entry}");
    let message: Value = serde_json::from_str(&message).expect("a result");
    let models = message["modelUsage"].as_object().expect("models");
    assert_eq!(models.len(), 1, "{message}");
    let (model, used) = models.iter().next().expect("a model");
    let usage = &entry["usage"];
    assert_eq!(usage["source"], "claude-code", "{run}: {entry}");
    assert_eq!(usage["model"], model.as_str(), "{run}: {entry}");
    for (kind, theirs) in [
        ("input", "inputTokens"),
        ("cache_read", "cacheReadInputTokens"),
        ("cache_write", "cacheCreationInputTokens"),
        ("output", "outputTokens"),
    ] {
        assert_eq!(
            usage["tokens"][kind], used[theirs],
            "{run}: {kind}: {entry}"
        );
    }
    atoms(cost)
}

#[test]
fn claude_code_is_booked_as_it_reports_and_heard_as_it_speaks() {
    // The last answer asks for a second turn, which the last run is not given.
    let tool = r#""tool": {"name": "Bash", "input": {"command": "true"}}"#;
    let script = format!(
        r#"[{{}}, {{"output": 77}}, {{}}, {{"input": 9, "cache_read": 0}}, {{{tool}}},
            {{{tool}, "cache_write": 0}}, {{{tool}, "input": 7}}, {{"output": 31}}, {{{tool}, "output": 9000}},
            {{{tool}}}, {{"status": 400}}]"#
    );
    let Some(runs) = Runs::of("claude", &script) else {
        return;
    };
    let names = [
        "json", "file", "stream", "appended", "stopped", "tools", "capped", "refused",
    ];
    for run in names {
        let is_cut = ["stopped", "capped", "refused"].contains(&run);
        let expected = if is_cut { "1" } else { "0" };
        let (code, said) = (
            runs.text(&format!("{run}.code")),
            runs.text(&format!("{run}.err")),
        );
        assert_eq!((code.trim(), said.as_str()), (expected, ""), "{run}");
    }
    let total: u64 = names.iter().map(|run| check(&runs, run)).sum();
    for run in ["stream", "appended"] {
        let (raw, out) = (
            runs.text(&format!("{run}.raw")),
            runs.text(&format!("{run}.out")),
        );
        assert!(raw.lines().count() >= 3, "{raw}");
        assert_eq!(out, raw, "{run}: byte for byte");
    }
    assert!(runs.last_message("stopped").contains("error_max_turns"));
    let capped = runs.last_message("capped");
    assert!(capped.contains("Reached maximum budget ($0.1)"), "{capped}");
    assert_eq!(atoms(&runs.env.figure("me", "usd/day", "spent")), total);
    assert_eq!(runs.env.figure("me", "usd/day", "reserved"), "0.00");
    // The provider's own count of what it served.
    let served = runs.served(&names);
    let requests: Vec<_> = served.iter().map(Served::requests).collect();
    assert_eq!(requests, [1, 1, 1, 1, 1, 3, 1, 2]);
    let served: u64 = served.iter().map(Served::total).sum();
    assert_eq!(
        runs.env.figure("me", "tokens/day", "spent"),
        served.to_string()
    );
}
