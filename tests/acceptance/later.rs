//! Limits that are set when something was spent already or runs: they hold as if they had been
//! there from the beginning.

use crate::support::TestEnv;

#[test]
fn a_limit_that_is_set_counts_what_no_limit_of_its_unit_saw() {
    let env = TestEnv::with("me", &["10calls/day"]);
    env.ok(&["spend", "me", "2usd"]);
    env.ok(&["set", "me", "--limit", "3usd/day"]);
    assert_eq!(env.figure("me", "usd/day", "spent"), "2.00");
    env.fails(&["reserve", "me", "1.01usd"], 75);
    env.ok(&["set", "me", "--remove-limit", "usd/day"]);
    env.ok(&["spend", "me", "0.50usd"]);
    env.ok(&["set", "me", "--limit", "3usd/day"]);
    assert_eq!(env.figure("me", "usd/day", "spent"), "2.50");
    env.ok(&["refund", "2"]);
    assert_eq!(env.figure("me", "usd/day", "spent"), "0.50");
}

#[test]
fn a_budget_that_is_made_above_others_counts_what_they_were_charged() {
    let env = TestEnv::with("team/web", &["5usd"]);
    env.ok(&["spend", "team/web", "2usd"]);
    env.reserve("team/web", &["1usd"]);
    env.ok(&["create", "team", "--limit", "4usd/day"]);
    let figure = |figure| env.figure("team", "usd/day", figure);
    assert_eq!(
        (figure("spent"), figure("reserved")),
        ("2.00".into(), "1.00".into())
    );
    env.fails(&["reserve", "team", "1.01usd"], 75);
}

#[test]
fn a_name_that_is_used_anew_starts_anew() {
    let env = TestEnv::with("team/web", &["5usd/day"]);
    env.ok(&["create", "team", "--limit", "5usd/day"]);
    env.ok(&["spend", "team/web", "2usd"]);
    env.ok(&["close", "team"]);
    env.advance(1);
    env.ok(&["create", "team", "--limit", "5usd/day"]);
    env.ok(&["set", "team", "--limit", "9usd/month"]);
    for limit in ["usd/day", "usd/month"] {
        assert_eq!(env.figure("team", limit, "spent"), "0.00", "{limit}");
    }
    env.ok(&["spend", "team/web", "1usd"]);
    env.ok(&["set", "team", "--limit", "9usd/year"]);
    assert_eq!(env.figure("team", "usd/year", "spent"), "1.00");
}

#[test]
fn what_runs_when_a_limit_is_set_counts_against_it() {
    let env = TestEnv::with("me", &["10usd"]);
    let id = env.reserve("me", &["2usd"]);
    env.ok(&["set", "me", "--limit", "2.50usd/hour"]);
    assert_eq!(env.figure("me", "usd/hour", "available"), "0.50");
    env.fails(&["reserve", "me", "1usd"], 75);
    env.ok(&["commit", &id, "2.25usd"]);
    assert_eq!(env.figure("me", "usd/hour", "spent"), "2.25");
    assert_eq!(env.figure("me", "usd/hour", "reserved"), "0.00");
}

#[test]
fn what_runs_inside_of_what_runs_counts_once() {
    let env = TestEnv::with("me", &["10usd"]);
    inside(
        &env,
        ("me", "2usd"),
        r#"inner=$(budget reserve me 1usd)
           budget set me --limit 3usd/day
           budget show me --json >during.json
           budget commit "$inner" 1.50usd"#,
    );
    let during = std::fs::read_to_string(env.path().join("during.json")).expect("what it saw");
    let during: serde_json::Value = serde_json::from_str(&during).expect("JSON");
    let limits = during["budgets"][0]["limits"].as_array().expect("limits");
    let reserved: Vec<_> = limits.iter().map(|l| &l["reserved"]["amount"]).collect();
    assert_eq!(reserved, ["2.00", "2.00"]);
    for limit in ["usd/day", "usd"] {
        assert_eq!(env.figure("me", limit, "spent"), "1.50", "{limit}");
        assert_eq!(env.figure("me", limit, "reserved"), "0.00", "{limit}");
    }
}

#[test]
fn a_removed_limit_lets_go_and_what_was_reserved_is_charged_all_the_same() {
    let env = TestEnv::with("me", &["5usd/day", "9calls"]);
    env.ok(&["reserve", "me", "2usd", "--ttl", "1s"]);
    env.ok(&["set", "me", "--remove-limit", "usd/day"]);
    env.advance(60);
    env.ok(&["set", "me", "--limit", "5usd/day"]);
    assert_eq!(env.figure("me", "usd/day", "spent"), "2.00");
    assert_eq!(env.figure("me", "usd/day", "reserved"), "0.00");
    let log = env.ok(&["log"]);
    assert!(log.contains("usd/day lets go of what is reserved"), "{log}");
    let statement = env.ok(&["statement", "me"]);
    assert!(
        statement.contains("charged before this limit was there"),
        "{statement}"
    );
}

#[test]
fn a_limit_that_is_put_back_higher_may_warn_again() {
    let env = TestEnv::new();
    env.ok(&["create", "me", "--limit", "10usd/day", "--warn", "50%"]);
    env.ok(&["spend", "me", "6usd"]);
    env.ok(&["set", "me", "--limit", "9usd/year"]);
    env.ok(&["set", "me", "--remove-limit", "usd/day"]);
    env.ok(&["set", "me", "--limit", "20usd/day"]);
    env.ok(&["verify"]);
}

#[test]
fn what_a_reset_swept_away_and_was_refunded_makes_room_for_nothing_else() {
    let env = TestEnv::with("team", &["10usd", "100tokens"]);
    env.ok(&["create", "team/web", "--limit", "100usd"]);
    env.ok(&["spend", "team/web", "10usd"]);
    env.ok(&["grant", "team", "usd", "--reset"]);
    env.ok(&["refund", "3"]);
    env.ok(&["set", "team", "--remove-limit", "usd"]);
    env.ok(&["spend", "team/web", "10usd"]);
    env.ok(&["set", "team", "--limit", "10usd"]);
    assert_eq!(env.figure("team", "usd", "available"), "0.00");
}

#[test]
fn a_window_of_a_duration_counts_what_was_settled_while_its_limit_was_away() {
    let env = TestEnv::with("me", &["100usd"]);
    let id = env.reserve("me", &["5usd"]);
    env.advance(1);
    env.ok(&["set", "me", "--limit", "5usd/5h"]);
    env.ok(&["set", "me", "--remove-limit", "usd/5h"]);
    env.ok(&["commit", &id]);
    env.ok(&["set", "me", "--limit", "5usd/5h"]);
    assert_eq!(env.figure("me", "usd/5h", "available"), "0.00");
}

#[test]
fn what_finds_no_room_in_a_limit_that_is_set_is_debt_and_meets_its_bound() {
    let env = TestEnv::with("me", &["100usd"]);
    env.ok(&["spend", "me", "5.90usd"]);
    let id = env.reserve("me", &["1usd"]);
    let bound = "allow-with-overdraft:1usd";
    env.ok(&["set", "me", "--limit", "5usd/day", "--overage", bound]);
    assert_eq!(env.figure("me", "usd/day", "debt"), "1.90");
    env.fails(&["commit", &id, "2usd"], 75);
}

#[test]
fn open_reservations_keep_a_budget_open_without_a_limit() {
    let env = TestEnv::with("me", &["10usd", "3calls"]);
    env.reserve("me", &["1usd"]);
    let removed = ["--remove-limit", "usd", "--remove-limit", "calls"];
    env.ok(&[&["set", "me"], &removed[..]].concat());
    env.fails(&["close", "me"], 65);
}

/// Runs a script inside of a run on a budget that reserved so much. What it does with `out` is done
/// outside of the run.
fn inside(env: &TestEnv, (name, reserved): (&str, &str), script: &str) {
    let out = "out() { env -u BUDGET_RESERVATION -u BUDGET_SESSION budget \"$@\"; }";
    let script = format!("set -e\n{out}\n{script}");
    env.ok(&[
        "exec",
        name,
        "--reserve",
        reserved,
        "--",
        "sh",
        "-c",
        &script,
    ]);
}

#[test]
fn what_was_charged_to_other_budgets_takes_nothing_off_what_a_run_reserved() {
    let env = TestEnv::with("a", &["5usd"]);
    env.ok(&["create", "b", "--limit", "100usd"]);
    inside(
        &env,
        ("a", "5usd"),
        "budget spend b 3usd
         budget set a --remove-limit usd
         budget set a --limit 5usd
         if out reserve a 1usd; then exit 1; fi",
    );
}

#[test]
fn what_runs_inside_is_held_once_when_the_only_limit_is_put_back() {
    let env = TestEnv::with("a", &["20usd"]);
    inside(
        &env,
        ("a", "5usd"),
        r#"c=$(budget reserve a 3usd)
           budget set a --remove-limit usd
           budget set a --limit 20usd
           out reserve a 15usd >id
           if out reserve a 0.01usd; then exit 1; fi
           budget commit "$c""#,
    );
    assert_eq!(env.figure("a", "usd", "spent"), "3.00");
    assert_eq!(env.figure("a", "usd", "reserved"), "15.00");
}

#[test]
fn what_is_released_inside_goes_back_to_the_run_also_of_a_limit_set_since() {
    let env = TestEnv::with("c", &["100usd"]);
    env.ok(&["create", "a", "--limit", "100usd"]);
    inside(
        &env,
        ("a", "5usd"),
        r#"c=$(budget reserve a,c 3usd)
           budget set a --limit 5usd/week
           budget release "$c"
           if out reserve a 0.01usd; then exit 1; fi"#,
    );
}

#[test]
fn what_runs_on_one_of_several_budgets_is_lent_by_that_one() {
    let env = TestEnv::with("a", &["100usd"]);
    env.ok(&["create", "b", "--limit", "100usd"]);
    inside(
        &env,
        ("a,b", "5usd"),
        r#"c=$(budget reserve a 3usd)
           budget set a --limit 10usd/week
           out reserve a 5usd >id
           if out reserve a 0.01usd; then exit 1; fi
           budget commit "$c""#,
    );
    assert_eq!(
        env.figure("a", "usd/week", "spent"),
        env.figure("a", "usd", "spent")
    );
}

#[test]
fn the_log_tells_a_debit_from_a_grant_and_which_limit_it_was() {
    let env = TestEnv::with("me", &["5usd/day"]);
    env.ok(&["grant", "me", "1usd/day"]);
    env.ok(&["grant", "me", "2usd/day", "--debit"]);
    let log = env.ok(&["log"]);
    let lines: Vec<_> = log.lines().rev().take(2).collect();
    assert!(
        lines[0].contains("debited") && lines[0].contains("usd/day"),
        "{log}"
    );
    assert!(lines[1].contains("granted"), "{log}");
}
