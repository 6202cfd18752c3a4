//! Programs that no meter knows, and programs that never start.

use std::fs;

use super::fake::script;
use super::{TestEnv, amount, assert_charged, dollars, exec, last_entry, latest, two_dollars};

#[test]
fn a_program_that_no_meter_knows_is_charged_as_reserved_however_it_ends() {
    for (command, code) in [
        (&["true"][..], 0),
        (&["sh", "-c", "exit 7"], 7),
        (&["sh", "-c", "kill -9 $$"], 137),
    ] {
        let env = two_dollars();
        let output = exec(&env, &["--reserve", "0.75usd"], command);
        assert_eq!(output.code, code, "{output}");
        assert_eq!(output.stderr, "", "{output}");
        assert_charged(&env, "0.75", false);
        assert_eq!(last_entry(&env)["kind"], "committed");
        assert_eq!(last_entry(&env)["detail"]["exit_code"], code);
    }
}

#[test]
fn what_is_charged_is_said_only_when_asked_for() {
    let env = two_dollars();
    let output = exec(&env, &["--reserve", "1usd", "-v"], &["echo", "hello"]);
    assert_eq!(output.stdout, "hello\n");
    assert!(output.stderr.contains("charged $1.00 to me"), "{output}");
}

#[test]
fn a_program_that_never_starts_is_charged_nothing() {
    let env = two_dollars();
    let plain = env.path().join("plain");
    fs::write(&plain, "not a program").expect("a file");
    for (program, code, says) in [
        ("no-such-program", 127, "not found"),
        (plain.to_str().expect("UTF-8"), 126, "cannot be run"),
        ("/", 126, "cannot be run"),
    ] {
        let output = exec(&env, &["--reserve", "1usd"], &[program]);
        assert_eq!(output.code, code, "{output}");
        assert!(output.stderr.contains(says), "{output}");
        assert_eq!(output.stdout, "");
        assert_charged(&env, "0.00", false);
        assert_eq!(latest(&env)["state"], "released");
        assert_eq!(last_entry(&env)["kind"], "released");
    }
}

#[test]
fn neither_calls_nor_time_are_charged_where_nothing_started() {
    let env = TestEnv::with("me", &["3calls", "2slots", "10s"]);
    assert_eq!(exec(&env, &[], &["no-such-program"]).code, 127);
    for unit in ["calls", "slots", "time"] {
        for figure in ["spent", "reserved"] {
            let left = env.figure("me", unit, figure);
            assert!(left.trim_matches(['0', '.']).is_empty(), "{unit}: {left}");
        }
    }
}

#[test]
fn without_an_amount_a_dollar_budget_says_what_to_type() {
    let env = two_dollars();
    let before = env.dump();
    let output = exec(&env, &[], &["touch", "ran"]);
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stderr.contains("--reserve"), "{output}");
    assert!(!env.path().join("ran").exists());
    assert_eq!(env.dump(), before);
}

#[test]
fn the_budgets_own_default_is_reserved_unless_an_amount_is_named() {
    let env = two_dollars();
    env.ok(&["set", "me", "--reserve", "0.25usd"]);
    assert_eq!(exec(&env, &[], &["true"]).code, 0);
    assert_eq!(dollars(&env).0, "0.25");
    assert_eq!(exec(&env, &["--reserve", "0.50usd"], &["true"]).code, 0);
    assert_eq!(dollars(&env).0, "0.75");
}

#[test]
fn what_ran_inside_is_charged_once() {
    let env = two_dollars();
    let inside = "budget spend me 0.30usd -q >&2
        id=$(budget reserve me 0.40usd) && budget commit \"$id\" 0.15usd >&2";
    let output = exec(&env, &["--reserve", "1usd"], &["sh", "-c", inside]);
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(dollars(&env), ("0.45".to_owned(), "0.00".to_owned()));
    let found = env.json(&["reservations", "--state", "all"]);
    let own = found["reservations"]
        .as_array()
        .and_then(|list| list.iter().find(|r| r["parent"].is_null()))
        .expect("the run's own")
        .clone();
    assert_eq!(amount(&own["nested"], "usd").as_deref(), Some("0.45"));
}

#[test]
fn the_run_is_named_to_what_runs_inside() {
    let env = two_dollars();
    let inside = script(
        &env,
        "inside",
        r#"echo "$BUDGET_SESSION"; echo "$BUDGET_RESERVATION"; echo "$BUDGET_LEDGER""#,
    );
    let inside = inside.to_str().expect("UTF-8");
    let output = exec(&env, &["--reserve", "1usd"], &[inside]);
    let found = latest(&env);
    let expected = format!(
        "{}\n{}\n{}\n",
        found["session"].as_str().expect("a session"),
        found["id"].as_str().expect("an id"),
        env.ledger().display()
    );
    assert_eq!(output.stdout, expected);
}
