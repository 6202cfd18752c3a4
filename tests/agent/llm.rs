//! `llm`: what it logs of each answer is booked as the provider served it, and what it does not log
//! is unknown.

use super::runs::{Runs, Served, is_booked_as_served};

#[test]
fn llm_is_booked_as_it_was_served() {
    let Some(runs) = Runs::of("llm", r#"[{"reasoning": 9}, {"output": 77}]"#) else {
        return;
    };
    let names = ["prompt", "continued", "unlogged"];
    let served = runs.served(&names);
    let requests: Vec<_> = served.iter().map(Served::requests).collect();
    assert_eq!(requests, [1, 1, 1]);
    for (run, served) in names.iter().zip(&served).take(2) {
        let entry = runs.entry(run);
        assert_eq!(entry["usage"]["source"], "llm", "{entry}");
        assert_eq!(entry["usage"]["model"], "gpt-5.5", "{entry}");
        assert_eq!(entry["usage"]["cost_is"], "computed", "{entry}");
        assert_eq!(entry["unknown"], false, "{entry}");
        is_booked_as_served(&entry, served, true);
    }
    let session = |run: &str| runs.entry(run)["usage"]["agent_session"].clone();
    assert_eq!(session("continued"), session("prompt"));
    let entry = runs.entry("unlogged");
    assert_eq!(entry["unknown"], true, "{entry}");
    assert!(runs.text("unlogged.err").contains("llm reported nothing"));
}
