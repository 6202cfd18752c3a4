//! Names: whole segments, one spelling, and units that a budget does not limit.

use crate::common::figures;
use crate::support::TestEnv;

#[test]
fn s1_a_name_that_begins_alike_is_another_budget() {
    let env = TestEnv::new();
    let names = [
        "acme",
        "acme/web",
        "acme-corp",
        "acme-corp/web",
        "acme.x",
        "a_me",
        "acmf",
    ];
    for name in names {
        env.ok(&["create", name, "--limit", "100tokens"]);
    }
    for name in ["acme-corp/web", "acme.x", "a_me", "acmf"] {
        env.reserve(name, &["7tokens"]);
    }
    assert_eq!(
        figures(&env, "acme", "tokens"),
        "spent 0 reserved 0 debt 0 left 100"
    );
    let within = |name: &str| {
        let status = env.json(&["status", name]);
        let found = status["budgets"].as_array().expect("budgets").iter();
        found
            .map(|b| b["name"].as_str().expect("a name").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(within("acme"), ["acme", "acme/web"]);
    assert_eq!(within("acme-corp"), ["acme-corp", "acme-corp/web"]);
    assert_eq!(within("a_me"), ["a_me"]);
    let listed =
        |args: &[&str], field: &str| env.json(args)[field].as_array().expect("a list").len();
    assert_eq!(listed(&["reservations", "acme"], "reservations"), 0);
    assert_eq!(listed(&["reservations", "a_me"], "reservations"), 1);
    assert_eq!(listed(&["reservations", "acme-corp"], "reservations"), 1);
    assert_eq!(listed(&["log", "acme"], "entries"), 2);
    assert_eq!(listed(&["log", "a_me"], "entries"), 2);
    env.ok(&["close", "acme/web"]);
    env.ok(&["close", "acme"]);
    env.ok(&["freeze", "acmf"]);
    env.reserve("acme-corp/web", &["1tokens"]);
}

#[test]
fn s2_upper_and_lower_case_are_one_budget() {
    let env = TestEnv::with("Acme/Web", &["100tokens"]);
    env.fails(&["create", "acme/web", "--limit", "5tokens"], 65);
    env.reserve("ACME/web", &["10tokens"]);
    env.reserve("acme/WEB,Acme/Web", &["10tokens"]);
    assert_eq!(
        figures(&env, "acme/web", "tokens"),
        "spent 0 reserved 20 debt 0 left 80"
    );
    let list = env.json(&["reservations", "aCmE"]);
    let found = list["reservations"].as_array().expect("a list");
    assert_eq!(found.len(), 2);
    assert!(
        found
            .iter()
            .all(|r| r["budgets"] == serde_json::json!(["acme/web"])),
        "{list}"
    );
}

#[test]
fn s4_a_unit_without_a_limit_and_a_name_without_a_budget_are_two_errors() {
    let env = TestEnv::with("p", &["5usd"]);
    env.ok(&["create", "p/c", "--limit", "100tokens", "--limit", "3calls"]);
    let before = env.dump();
    let error = &env.json_error(&["reserve", "p/c", "5credits"], 65)["error"];
    assert_eq!(
        (&error["code"], &error["unit"]),
        (&"unit_mismatch".into(), &"credits".into())
    );
    let mut units: Vec<_> = error["limited_units"]
        .as_array()
        .expect("units")
        .iter()
        .map(ToString::to_string)
        .collect();
    units.sort();
    assert_eq!(units, [r#""calls""#, r#""tokens""#, r#""usd""#]);
    env.fails(&["check", "p/c", "5credits"], 65);
    env.fails(
        &[
            "exec",
            "p/c",
            "--reserve",
            "5credits",
            "--",
            "touch",
            "started",
        ],
        65,
    );
    for verb in ["reserve", "check", "spend"] {
        let error = &env.json_error(&[verb, "q", "5tokens"], 66)["error"];
        assert_eq!(error["code"], "not_found");
    }
    assert_eq!(env.dump(), before);
    assert!(!env.path().join("started").exists());
    env.reserve("p/c", &["1usd"]);
}

/// What was spent is recorded whether or not anything limits it.
#[test]
fn s4_a_settlement_names_any_unit() {
    let env = TestEnv::with("b", &["100tokens"]);
    let id = env.reserve("b", &["10tokens"]);
    let answer = env.json(&["commit", &id, "4tokens", "3credits"]);
    let charged = answer["charged"].as_array().expect("amounts");
    assert!(
        charged.contains(&serde_json::json!({"unit": "credits", "amount": "3"})),
        "{answer}"
    );
    env.ok(&["spend", "b", "2usd"]);
    assert_eq!(
        figures(&env, "b", "tokens"),
        "spent 4 reserved 0 debt 0 left 96"
    );
}

#[test]
fn a_child_is_shown_below_a_parent_that_is_there() {
    let env = TestEnv::new();
    for name in ["a/b", "a/b/c/d", "x"] {
        env.ok(&["create", name, "--limit", "1usd"]);
    }
    let status = env.ok(&["status"]);
    let names: Vec<_> = status
        .lines()
        .filter_map(|line| line.split("  $").next())
        .collect();
    assert!(
        names.iter().any(|name| name.trim_end() == "a/b"),
        "{status}"
    );
    assert!(
        names.iter().any(|name| name.trim_end() == "  c/d"),
        "{status}"
    );
    assert!(names.iter().any(|name| name.trim_end() == "x"), "{status}");
}

#[test]
fn what_was_forgotten_is_said() {
    let env = TestEnv::new();
    env.ok(&["create", "me", "--limit", "5usd"]);
    for (args, hint) in [
        (&["spend", "0.31usd"][..], "the budget comes first"),
        (
            &["create", "5usd/day", "--limit", "5usd/day"],
            "the budget comes first",
        ),
        (&["create", "x", "5usd/day"], "--limit 5usd/day"),
        (&["exec", "me", "echo", "hi"], "exec NAME -- echo"),
        (&["spend", "me", "-1usd"], "refund"),
        (&["reserve", "me", "0.1eur"], "money is in usd"),
        (&["reserve", "me", "0,50usd"], "a point"),
        (&["reserve", "me", "5usd/day"], "only a limit has a period"),
    ] {
        let said = env.fails(args, 2);
        assert!(said.contains(hint), "{args:?}: {said}");
    }
}
