//! Runs that say in a usage file what they used.

use std::fs;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::fake::{claude, result};
use super::{
    TestEnv, amount, assert_charged, dollars, exec, last_entry, latest, support, two_dollars,
};

const OPTIONS: [&str; 4] = ["--reserve", "1usd", "--usage-file", "used"];

/// A run that writes this text into its usage file.
fn reports(env: &TestEnv, text: &str) -> support::Output {
    fs::write(env.path().join("text"), text).expect("a text");
    exec(env, &OPTIONS, &["cp", "text", "used"])
}

#[test]
fn what_is_reported_is_charged_and_the_rest_comes_back() {
    let env = two_dollars();
    let text = r#"{"id":"a","usd":"0.0123","model":"m-1","provider":"p","tokens":{"input":1200,"cache_read":500,"output":345}}
{"id":"b","usd":4.5e-3,"model":"m-1","provider":"p","tokens":{"input":1,"output":2,"reasoning":1}}
{"id":"b","usd":4.5e-3,"model":"m-1","provider":"p","tokens":{"input":1,"output":2,"reasoning":1}}
"#;
    let output = reports(&env, text);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    assert_charged(&env, "0.0168", false);
    let entry = last_entry(&env);
    let usage = &entry["usage"];
    assert_eq!(usage["source"], "usage-file", "{entry}");
    assert_eq!(
        (&usage["model"], &usage["provider"]),
        (&"m-1".into(), &"p".into())
    );
    let tokens = &usage["tokens"];
    let kinds = ["input", "cache_read", "cache_write", "output", "reasoning"];
    assert_eq!(
        kinds.map(|kind| tokens[kind].as_u64()),
        [1201, 500, 0, 347, 1].map(Some)
    );
    assert_eq!(amount(&entry["amounts"], "tokens").as_deref(), Some("2048"));
}

#[test]
fn a_dollar_is_counted_to_its_hundred_millionth_and_rounded_up() {
    let env = two_dollars();
    assert_eq!(reports(&env, "{\"usd\":\"0.000000001\"}\n").code, 0);
    assert_charged(&env, "0.00000001", false);
}

#[test]
fn zero_that_is_said_is_zero() {
    let env = two_dollars();
    assert_eq!(reports(&env, "{\"usd\":0}\n").code, 0);
    assert_charged(&env, "0.00", false);
}

#[test]
fn more_than_was_reserved_is_booked_in_full_and_blocks_what_follows() {
    let env = two_dollars();
    assert_eq!(reports(&env, "{\"usd\":5}\n").code, 0);
    assert_eq!(
        amount(&latest(&env)["charged"], "usd").as_deref(),
        Some("5.00")
    );
    assert_eq!(env.figure("me", "usd", "available"), "-3.00");
    assert_eq!(
        exec(&env, &["--reserve", "0.01usd"], &["touch", "ran"]).code,
        75
    );
    assert!(!env.path().join("ran").exists());
}

#[test]
fn a_token_limit_binds_a_run_that_reserved_only_dollars() {
    let env = TestEnv::with("me", &["2usd", "1000tokens"]);
    assert_eq!(reports(&env, "{\"usd\":0.10,\"tokens\":1500}\n").code, 0);
    assert_eq!(env.figure("me", "tokens", "available"), "-500");
    assert_eq!(exec(&env, &["--reserve", "0.01usd"], &["true"]).code, 75);
}

#[test]
fn a_file_that_says_nothing_is_as_if_there_were_none() {
    for command in [
        ["true"].as_slice(),
        &["touch", "used"],
        &["cp", "blank", "used"],
    ] {
        let env = two_dollars();
        fs::write(env.path().join("blank"), "\n\n").expect("a file");
        let output = exec(&env, &OPTIONS, command);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""));
        assert_charged(&env, "1.00", false);
    }
}

#[test]
fn what_cannot_be_read_is_unknown_charged_as_reserved_and_corrected_once() {
    for text in [
        "garbage",
        "{\"usd\":0.5}\n{\"usd\":",
        "{\"usd\":null}",
        "{\"usd\":NaN}",
        "{\"usd\":-1}",
        "{\"usd\":1,\"usd\":1}",
        "{\"usd\":1e30}",
        "{\"tokens\":{\"imput\":5},\"usd\":1}",
        "{\"id\":\"a\",\"usd\":1}\n{\"id\":\"a\",\"usd\":2}",
        "{\"usd\":\"0x10\"}",
        "[1]",
        "\u{0}",
        "{\"tokens\":5}",
    ] {
        let env = two_dollars();
        let output = reports(&env, text);
        assert_eq!(output.code, 0, "{text}: {output}");
        let id = latest(&env)["id"].as_str().expect("an id").to_owned();
        let correct = format!("budget commit {id} ");
        assert!(output.stderr.contains(&correct), "{text}: {output}");
        assert_eq!(output.stderr.lines().count(), 1, "{text}: {output}");
        assert_charged(&env, "1.00", true);
        assert!(
            env.ok(&["status"]).contains(&correct),
            "status keeps saying it"
        );
        env.ok(&["commit", &id, "0.20usd"]);
        assert_charged(&env, "0.20", true);
        assert!(
            !env.ok(&["status"]).contains(&correct),
            "until it is corrected"
        );
        let before = env.dump();
        env.fails(&["commit", &id, "0.10usd"], 65);
        assert_eq!(env.dump(), before, "once");
    }
}

#[test]
fn a_file_too_large_or_no_file_at_all_is_unknown() {
    let env = two_dollars();
    let lines = "{\"usd\":0.000001}\n".repeat(1024 * 1024 / 16);
    let output = reports(&env, &lines);
    assert!(output.stderr.contains("usage file"), "{output}");
    assert_charged(&env, "1.00", true);
    for kind in ["directory", "pipe"] {
        let env = two_dollars();
        let path = env.path().join("used");
        match kind {
            "directory" => fs::create_dir(path).expect(kind),
            _ => mkfifo(&path, Mode::S_IRWXU).expect(kind),
        }
        let output = exec(&env, &OPTIONS, &["true"]);
        assert!(output.stderr.contains("usage file"), "{kind}: {output}");
        assert_charged(&env, "1.00", true);
    }
}

#[test]
fn nothing_that_a_file_says_reaches_the_terminal_as_it_is() {
    let env = two_dollars();
    let text = "{\"usd\":\"\\u001b[31mred\"}\n";
    let output = reports(&env, text);
    assert!(!output.stderr.contains('\u{1b}'), "{output}");
    let text = "{\"usd\":0.1,\"model\":\"\\u001b[31mred\"}\n";
    assert_eq!(reports(&env, text).code, 0);
    let shown = [
        &["log"][..],
        &["reservations", "--state", "all"],
        &["status"],
    ];
    assert!(shown.iter().all(|args| !env.ok(args).contains('\u{1b}')));
}

#[test]
fn unknown_may_be_released_where_that_was_chosen() {
    let env = TestEnv::new();
    env.ok(&["create", "me", "--limit", "2usd", "--on-unknown", "release"]);
    let options = [
        "--reserve",
        "1usd",
        "--usage-file",
        "used",
        "--on-unknown",
        "release",
    ];
    let output = exec(&env, &options, &["sh", "-c", "echo garbage >used"]);
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(dollars(&env), ("0.00".to_owned(), "0.00".to_owned()));
}

#[test]
fn a_usage_file_is_believed_before_the_output_of_an_agent() {
    let env = two_dollars();
    let body = format!(
        "echo '{{\"usd\":0.25}}' >used; cat <<'END'\n{}\nEND",
        result("0.50")
    );
    let agent = claude(&env, &body);
    let output = exec(&env, &OPTIONS, &[&agent, "--output-format", "json"]);
    assert_eq!(output.code, 0, "{output}");
    assert_charged(&env, "0.25", false);
}

#[test]
fn tokens_of_a_known_model_are_priced_and_the_entry_says_by_what() {
    let env = two_dollars();
    let line = r#"{"model":"claude-sonnet-4-5","provider":"anthropic","tokens":{"input":1000,"output":101}}"#;
    assert_eq!(reports(&env, line).code, 0);
    assert_charged(&env, "0.004515", false);
    let usage = &last_entry(&env)["usage"];
    assert_eq!(usage["cost_is"], "computed", "{usage}");
    let pricing = &usage["pricing"];
    assert!(
        pricing["table"]
            .as_str()
            .is_some_and(|t| t.starts_with("genai-prices@")),
        "{usage}"
    );
    assert_eq!(
        pricing["usd_per_million"],
        serde_json::json!({"input": "3", "output": "15"})
    );
}

#[test]
fn a_model_without_a_price_is_never_free() {
    let env = two_dollars();
    let line =
        r#"{"model":"nobody-knows-1","provider":"nobody","tokens":{"input":1000,"output":101}}"#;
    let output = reports(&env, line);
    assert_charged(&env, "1.00", true);
    assert!(
        output.stderr.contains("no price for nobody-knows-1"),
        "{output}"
    );
    let usage = &last_entry(&env)["usage"];
    assert_eq!(usage["tokens"]["output"], 101, "{usage}");
}
