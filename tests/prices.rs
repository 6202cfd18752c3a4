//! `budget prices`: what models cost, by which table, and what an import does.

#[cfg(test)]
mod support;

use serde_json::{Value, json};
use support::TestEnv;

const OWN: &str = "\
[[model]]
name = \"acme-large\"
input = 3
output = 15
[[model]]
name = \"gpt-5.5\"
provider = \"openai\"
input = 4
output = 20
";

fn write(env: &TestEnv, name: &str, text: &str) {
    std::fs::write(env.path().join(name), text).expect("written");
}

#[test]
fn a_model_is_shown_with_its_prices_by_length_of_prompt_and_tier_of_service() {
    let env = TestEnv::new();
    let answer = env.json(&["prices", "show", "gpt-5.5"]);
    assert_eq!(
        answer["tables"],
        json!([{"id": "genai-prices@0.2.1", "date": "2026-10-26", "old": false}])
    );
    let model = &answer["models"][0];
    assert_eq!(model["provider"], "openai");
    assert_eq!(model["guess"], false);
    let rows = model["prices"].as_array().expect("rows");
    let row = |tier: Value, above: u64| {
        let found = rows
            .iter()
            .find(|row| row["service_tier"] == tier && row["above"] == above);
        found.map(|row| row["usd_per_million"].clone())
    };
    let standard =
        json!({"input": "5", "cache_read": "0.5", "output": "30", "web_search": "10000"});
    assert_eq!(row(Value::Null, 0), Some(standard));
    let long = json!({"input": "10", "cache_read": "1", "output": "45", "web_search": "10000"});
    assert_eq!(row(Value::Null, 272_000), Some(long));
    let batch =
        json!({"input": "2.5", "cache_read": "0.25", "output": "15", "web_search": "10000"});
    assert_eq!(row("batch".into(), 0), Some(batch));
    assert_eq!(row("priority".into(), 272_000), None);
    // Nobody made a ledger only to look at prices.
    assert!(!env.ledger().exists());
}

#[test]
fn a_table_for_people_has_a_column_for_each_kind() {
    let env = TestEnv::new();
    assert_eq!(
        env.ok(&[
            "prices",
            "show",
            "claude-opus-5",
            "--provider",
            "firstParty"
        ]),
        "claude-opus-5 of anthropic, by genai-prices@0.2.1 of 2026-10-26\n\
         US dollars for a million tokens, for a thousand searches or requests\n\
         INPUT  CACHE READ  WRITE 5M  WRITE 1H  OUTPUT  WEB SEARCH  WHERE\n    \
         5         0.5      6.25        10      25          10\n  \
         2.5        0.25     3.125         5    12.5          10  tier batch"
    );
    let list = env.ok(&["prices", "list", "--provider", "anthropic"]);
    assert!(list.lines().count() > 20, "{list}");
    assert!(list.contains("claude-opus-5 "), "{list}");
}

#[test]
fn prices_are_those_of_the_day_that_is_asked_for() {
    let env = TestEnv::new();
    let rows = |at: &str| {
        let answer = env.json(&["prices", "show", "claude-opus-4-6", "--at", at]);
        let rows = answer["models"][0]["prices"].as_array().expect("rows");
        rows.iter()
            .filter(|row| row["service_tier"].is_null())
            .count()
    };
    assert_eq!(rows("2026-03-12T23:59:59Z"), 2);
    assert_eq!(rows("2026-03-13"), 1);
    let error = env.json_error(&["prices", "show", "gpt-5.5", "--at", "soon"], 2);
    assert_eq!(error["error"]["code"], "usage");
}

#[test]
fn what_no_table_knows_has_no_price() {
    let env = TestEnv::new();
    for (model, provider) in [
        ("gpt-99", "openai"),
        ("gpt-5.5", "nobody"),
        ("gpt-4o", "copilot"),
    ] {
        let args = ["prices", "show", model, "--provider", provider];
        let error = env.json_error(&args, 66);
        assert_eq!(error["error"]["code"], "not_found", "{error}");
        let message = error["error"]["message"].as_str().expect("a message");
        assert!(message.contains(model), "{message}");
    }
    let said = env.fails(&["prices", "list", "--provider", "nobody"], 66);
    assert!(said.contains("has a provider nobody"), "{said}");
}

#[test]
fn a_version_that_is_not_known_is_said_to_be_a_guess() {
    let env = TestEnv::new();
    let output = env.run(&["prices", "show", "gpt-5.5-2026-12-31"]);
    assert_eq!(output.code, 0, "{output}");
    assert!(
        output.stderr.contains("its version is not known"),
        "{output}"
    );
    let answer = env.json(&["prices", "show", "gpt-5.5-2026-12-31"]);
    assert_eq!(answer["models"][0]["guess"], true);
}

#[test]
fn a_table_older_than_sixty_days_is_said_to_be_old() {
    let env = TestEnv::new();
    env.set_time("2026-12-25T23:59:59Z");
    let output = env.run(&["prices", "show", "gpt-5.5"]);
    assert_eq!(output.stderr, "", "{output}");
    env.advance(86_400);
    let output = env.run(&["prices", "show", "gpt-5.5"]);
    assert!(output.stderr.contains("is 61 days old"), "{output}");
    let answer = env.json(&["prices", "list", "--provider", "anthropic"]);
    assert_eq!(answer["tables"][0]["old"], true);
}

#[test]
fn own_prices_come_first_and_a_difference_is_shown_before() {
    let env = TestEnv::new();
    write(&env, "mine.toml", OWN);
    let before = env.json(&["prices", "diff", "mine.toml"]);
    assert_eq!(before["against"], Value::Null);
    assert_eq!(
        before["added"].as_array().map(Vec::len),
        Some(2),
        "{before}"
    );
    let kept = env.json(&["prices", "import", "mine.toml"]);
    assert_eq!((&kept["models"], &kept["skipped"]), (&json!(2), &json!(0)));
    let show = |args: &[&str]| {
        let mut all = vec!["prices", "show"];
        all.extend(args);
        let answer = env.json(&all);
        let model = &answer["models"][0];
        let table = model["table"].as_str().expect("a table");
        let table = table.split('@').next().expect("a name").to_owned();
        (
            table,
            model["prices"][0]["usd_per_million"]["input"].clone(),
        )
    };
    assert_eq!(show(&["acme-large"]), ("own".to_owned(), "3".into()));
    assert_eq!(
        show(&["acme-large", "--provider", "anybody"]),
        ("own".to_owned(), "3".into())
    );
    assert_eq!(show(&["gpt-5.5"]), ("own".to_owned(), "4".into()));
    assert_eq!(show(&["gpt-5"]), ("genai-prices".to_owned(), "1.25".into()));
    let same = env.ok(&["prices", "diff", "mine.toml"]);
    assert_eq!(same, "nothing would change");
    write(&env, "mine.toml", &OWN.replace("input = 4", "input = 4.5"));
    let after = env.json(&["prices", "diff", "mine.toml"]);
    assert_eq!(after["changed"][0]["model"], "gpt-5.5", "{after}");
    assert_eq!(after["added"], json!([]));
    let text = env.ok(&["prices", "diff", "mine.toml"]);
    assert!(text.contains("input 4 -> 4.5"), "{text}");
}

#[test]
fn an_import_that_is_refused_leaves_what_was_there() {
    let env = TestEnv::new();
    write(&env, "mine.toml", OWN);
    env.ok(&["prices", "import", "mine.toml"]);
    write(
        &env,
        "bad.toml",
        &OWN.replace("input = 4", "input = 4_000_000"),
    );
    let error = env.json_error(&["prices", "import", "bad.toml"], 78);
    assert_eq!(error["error"]["code"], "bad_prices");
    let message = error["error"]["message"].as_str().expect("a message");
    assert!(message.contains("`input` of `gpt-5.5`"), "{message}");
    assert_eq!(
        env.ok(&["prices", "diff", "mine.toml"]),
        "nothing would change"
    );
    write(&env, "twice.toml", &format!("{OWN}\n{OWN}"));
    let error = env.json_error(&["prices", "import", "twice.toml"], 78);
    let message = error["error"]["message"].as_str().expect("a message");
    assert!(message.contains("is there twice"), "{message}");
    for file in ["missing.json", "."] {
        env.fails(&["prices", "import", file], 78);
    }
}

#[test]
fn the_table_of_litellm_is_taken_but_for_what_cannot_be_meant() {
    let env = TestEnv::new();
    let table = r#"{
        "gpt-5.5": {"litellm_provider": "openai", "input_cost_per_token": 6e-06,
            "output_cost_per_token": 3e-05},
        "house/image": {"litellm_provider": "house", "output_cost_per_image": 0.06},
        "house/bad": {"litellm_provider": "house", "input_cost_per_token": 15}}"#;
    write(&env, "table.json", table);
    let output = env.run(&["prices", "import", "table.json"]);
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stdout.contains(": 1 model, in "), "{output}");
    assert!(output.stderr.contains("`house/bad`"), "{output}");
    let text = env.ok(&["prices", "show", "gpt-5.5"]);
    assert!(text.contains("by litellm@"), "{text}");
    let kept = env.json(&["prices", "import", "table.json"]);
    assert_eq!(kept["skipped"], 1);
    assert_eq!(kept["refused"].as_array().map(Vec::len), Some(1), "{kept}");
}

#[test]
fn a_kept_table_that_was_damaged_is_said_and_not_passed_over() {
    let env = TestEnv::new();
    write(&env, "mine.toml", OWN);
    let kept = env.json(&["prices", "import", "mine.toml"]);
    let file = kept["file"].as_str().expect("a file");
    std::fs::write(file, "{}\n").expect("written");
    let error = env.json_error(&["prices", "list"], 78);
    assert_eq!(error["error"]["code"], "bad_prices");
    env.fails(&["prices", "show", "gpt-5.5"], 78);
}

#[test]
fn tables_are_private_and_the_ledger_is_not_touched() {
    use std::os::unix::fs::PermissionsExt;
    let env = TestEnv::with("me", &["1usd/day"]);
    let before = env.dump();
    write(&env, "mine.toml", OWN);
    let kept = env.json(&["prices", "import", "mine.toml"]);
    let file = kept["file"].as_str().expect("a file");
    let mode = std::fs::metadata(file).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(env.dump(), before);
}
