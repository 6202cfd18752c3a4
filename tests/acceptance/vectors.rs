//! The worked vectors of the reserve and commit equations: remaining = allocated − spent −
//! reserved − debt, with every overage policy at one and at two levels.

use crate::common::figures;
use crate::support::TestEnv;

const B: &str = "b";
const TOKENS: &str = "tokens";

fn create(env: &TestEnv, name: &str, limit: &str, overage: &str) {
    env.ok(&[
        "create",
        name,
        "--tz",
        "UTC",
        "--limit",
        limit,
        "--overage",
        overage,
    ]);
}

fn one(limit: &str, overage: &str) -> TestEnv {
    let env = TestEnv::new();
    create(&env, B, limit, overage);
    env
}

#[test]
fn v1_an_underspent_reservation_gives_the_rest_back() {
    let env = TestEnv::with(B, &["1000000tokens"]);
    let id = env.reserve(B, &["5000tokens"]);
    let answer = env.json(&["commit", &id, "3000tokens"]);
    assert_eq!(answer["charged"][0]["amount"], "3000");
    assert_eq!(answer["released"][0]["amount"], "2000");
    assert_eq!(answer["state"], "committed");
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 3000 reserved 0 debt 0 left 997000"
    );
}

#[test]
fn v2_if_available_cuts_to_the_least_room_and_flags_only_who_was_short() {
    let env = TestEnv::new();
    create(&env, "p", "150tokens", "allow-if-available");
    create(&env, "p/c", "1000tokens", "allow-if-available");
    let id = env.reserve("p/c", &["100tokens"]);
    let answer = env.json(&["commit", &id, "200tokens"]);
    assert_eq!(answer["charged"][0]["amount"], "150");
    assert_eq!(answer["uncharged"][0]["amount"], "50");
    assert_eq!(
        figures(&env, "p", TOKENS),
        "spent 150 reserved 0 debt 0 left 0 over"
    );
    assert_eq!(
        figures(&env, "p/c", TOKENS),
        "spent 150 reserved 0 debt 0 left 850"
    );
    let denial = env.json_error(&["reserve", "p/c", "1tokens"], 75);
    let failed = denial["error"]["failed"].as_array().expect("limits");
    assert_eq!(failed.len(), 1, "{denial}");
    assert_eq!(
        (&failed[0]["budget"], &failed[0]["over"]),
        (&"p".into(), &true.into())
    );
}

#[test]
fn v2_the_policy_of_the_reservation_counts_before_that_of_the_limits() {
    let env = TestEnv::with("p", &["150tokens"]);
    env.ok(&["create", "p/c", "--tz", "UTC", "--limit", "1000tokens"]);
    let id = env.reserve("p/c", &["100tokens", "--overage", "allow-if-available"]);
    env.ok(&["commit", &id, "200tokens"]);
    assert_eq!(
        figures(&env, "p", TOKENS),
        "spent 150 reserved 0 debt 0 left 0 over"
    );
    assert_eq!(
        figures(&env, "p/c", TOKENS),
        "spent 150 reserved 0 debt 0 left 850"
    );
}

#[test]
fn v3_an_overdraft_within_its_bound_is_debt_and_no_flag() {
    let env = one("1000tokens", "allow-with-overdraft:500tokens");
    let id = env.reserve(B, &["800tokens"]);
    let answer = env.json(&["commit", &id, "1200tokens"]);
    assert_eq!(answer["charged"][0]["amount"], "1200");
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 1000 reserved 0 debt 200 left -200"
    );
    let denial = env.json_error(&["reserve", B, "1tokens"], 75);
    assert_eq!(denial["error"]["code"], "denied");
    assert_eq!(denial["error"]["failed"][0]["available"]["amount"], "-200");
}

fn two_holds() -> (TestEnv, String) {
    let env = one("1000tokens", "allow-with-overdraft:500tokens");
    let first = env.reserve(B, &["500tokens"]);
    let second = env.reserve(B, &["500tokens"]);
    env.ok(&["commit", &first, "700tokens"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 500 reserved 500 debt 200 left -200"
    );
    (env, second)
}

#[test]
fn v4_debt_may_reach_its_bound_and_not_pass_it() {
    let (env, second) = two_holds();
    let before = env.dump();
    env.fails(&["commit", &second, "900tokens"], 75);
    env.fails(&["commit", &second, "801tokens"], 75);
    assert_eq!(env.dump(), before);
    env.ok(&["commit", &second, "800tokens"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 1000 reserved 0 debt 500 left -500"
    );
}

#[test]
fn v5_debt_alone_does_not_deny() {
    let (env, second) = two_holds();
    env.ok(&["commit", &second, "100tokens"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 600 reserved 0 debt 200 left 200"
    );
    env.reserve(B, &["150tokens"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 600 reserved 150 debt 200 left 50"
    );
}

#[test]
fn v6_a_bound_of_zero_cuts_for_all_levels_and_the_others_overdraw_only_what_is_left() {
    let env = TestEnv::new();
    create(&env, "p", "150tokens", "allow-with-overdraft:0tokens");
    create(&env, "p/c", "120tokens", "allow-with-overdraft:500tokens");
    let id = env.reserve("p/c", &["100tokens"]);
    let answer = env.json(&["commit", &id, "200tokens"]);
    assert_eq!(answer["charged"][0]["amount"], "150");
    assert_eq!(
        figures(&env, "p", TOKENS),
        "spent 150 reserved 0 debt 0 left 0 over"
    );
    assert_eq!(
        figures(&env, "p/c", TOKENS),
        "spent 120 reserved 0 debt 30 left -30"
    );
}

#[test]
fn v7_a_cut_charge_flags_and_then_even_nothing_is_denied() {
    let env = one("1000tokens", "allow-if-available");
    let id = env.reserve(B, &["1000tokens"]);
    let answer = env.json(&["commit", &id, "1500tokens"]);
    assert_eq!(answer["charged"][0]["amount"], "1000");
    assert_eq!(answer["uncharged"][0]["amount"], "500");
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 1000 reserved 0 debt 0 left 0 over"
    );
    env.fails(&["reserve", B, "0tokens"], 75);
    env.fails(&["check", B, "0tokens"], 75);
    env.ok(&["grant", B, "1tokens"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 1000 reserved 0 debt 0 left 1"
    );
    env.reserve(B, &["1tokens"]);
}

#[test]
fn v8_a_rejected_commit_changes_nothing_and_may_be_repeated_with_less() {
    let env = one("1000tokens", "reject");
    let id = env.reserve(B, &["400tokens"]);
    env.reserve(B, &["600tokens"]);
    let before = env.dump();
    env.fails(&["commit", &id, "500tokens"], 75);
    assert_eq!(env.dump(), before);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 0 reserved 1000 debt 0 left 0"
    );
    env.ok(&["commit", &id, "400tokens"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 400 reserved 600 debt 0 left 0"
    );
}

/// The protocol refuses every excess; here a reject limit refuses only what it lacks room for.
#[test]
fn v8_an_excess_that_finds_room_is_no_reason_to_reject() {
    let env = one("1000tokens", "reject");
    let id = env.reserve(B, &["400tokens"]);
    env.ok(&["commit", &id, "500tokens"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 500 reserved 0 debt 0 left 500"
    );
}
