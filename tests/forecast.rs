//! `budget forecast`: what limits come to, with a range, from what was charged in their windows.

#[cfg(test)]
mod support;

use budget_ledger::render::table::widest;
use serde_json::{Value, json};
use support::{Output, TestEnv, golden};

fn shown(env: &TestEnv, args: &[&str], columns: usize) -> String {
    let mut command = env.command();
    command.arg("forecast").args(args);
    let output = Output::of(command.env("COLUMNS", columns.to_string()));
    assert_eq!(output.code, 0, "{output}");
    output.stdout
}

fn widths(env: &TestEnv, case: &str) {
    for columns in [40, 80, 120] {
        let shown = shown(env, &[], columns);
        assert!(widest(&shown) <= columns, "{columns}:\n{shown}");
        golden(&format!("forecast/{case}_{columns}.txt"), &shown);
    }
}

/// What is said of the first limit.
fn first(env: &TestEnv) -> Value {
    env.json(&["forecast"])["budgets"][0]["limits"][0]["forecast"].clone()
}

/// A budget made the day before this one.
fn made(name: &str, limits: &[&str], zone: &str, day_before: &str) -> TestEnv {
    let env = TestEnv::new();
    env.set_time(day_before);
    let limits = limits.iter().flat_map(|limit| ["--limit", limit]);
    let args = ["create", name, "--tz", zone].into_iter().chain(limits);
    env.ok(&args.collect::<Vec<_>>());
    env
}

/// Spends so much at the beginning of each of so many hours from now on.
fn hourly(env: &TestEnv, amounts: &[&str]) {
    for amount in amounts {
        env.ok(&["spend", "me", amount]);
        env.advance(3_600);
    }
}

#[test]
fn a_day_is_forecast_from_its_hours() {
    let env = made(
        "me",
        &["5usd/day", "900usd/month", "2slots", "50usd"],
        "UTC",
        "2026-11-20T00:00:00Z",
    );
    env.set_time("2026-11-21T00:00:00Z");
    hourly(
        &env,
        &[
            "0.20usd", "0.30usd", "0.25usd", "0.10usd", "0.40usd", "0.25usd",
        ],
    );
    widths(&env, "day");
    let coloured = shown(&env, &["--color", "always"], 80);
    golden("forecast/day_80_coloured.txt", &coloured);
    let found = first(&env);
    assert_eq!(found["outlook"], "heading");
    assert_eq!(found["at_end"]["likely"]["amount"], "6.00", "{found}");
    assert_eq!(
        found["runs_out_at"]["likely"], "2026-11-21T20:00:00Z",
        "{found}"
    );
}

#[test]
fn in_the_first_minutes_it_is_too_early_to_say() {
    let env = made("me", &["5usd/day"], "UTC", "2026-11-20T00:00:00Z");
    env.set_time("2026-11-21T00:00:00Z");
    let none = |outlook: &str| json!({"outlook": outlook, "at_end": null, "runs_out_at": null});
    assert_eq!(first(&env), none("nothing"));
    widths(&env, "nothing");
    env.ok(&["spend", "me", "1usd"]);
    env.advance(600);
    assert_eq!(first(&env), none("too_early"));
    widths(&env, "too_early");
    let shown = shown(&env, &["me"], 80);
    assert!(
        shown.contains("$1.00 spent") && shown.contains("too early to say"),
        "{shown}"
    );
}

#[test]
fn what_is_used_up_says_so_however_early() {
    let env = made("me", &["5usd/day", "9usd"], "UTC", "2026-11-20T00:00:00Z");
    env.ok(&["create", "zero", "--limit", "0usd/day", "--tz", "UTC"]);
    env.ok(&["create", "cold", "--limit", "9usd/day", "--tz", "UTC"]);
    env.set_time("2026-11-21T00:00:00Z");
    env.ok(&["spend", "cold", "3usd"]);
    env.ok(&["spend", "me", "6usd"]);
    env.ok(&["freeze", "cold"]);
    env.advance(600);
    widths(&env, "used_up");
    let used_up = shown(&env, &["me"], 80);
    assert!(used_up.contains("used up; nothing is left"), "{used_up}");
    assert!(!used_up.contains("too early"), "{used_up}");
}

/// A limit that has no end runs out when `status` says that it does.
#[test]
fn what_has_no_end_runs_out_when_its_pace_says() {
    let env = made("me", &["10usd"], "UTC", "2026-11-21T00:00:00Z");
    env.ok(&["spend", "me", "4usd"]);
    env.advance(4 * 3_600);
    let shown = shown(&env, &[], 80);
    assert!(shown.contains("never; it has no period"), "{shown}");
    assert!(shown.contains("in 6h, on 2026-11-21 10:00:00"), "{shown}");
    let status = env.json(&["status"]);
    let pace = &status["budgets"][0]["limits"][0]["pace"]["runs_out_at"];
    assert_eq!(pace, "2026-11-21T10:00:00Z");
    assert_eq!(first(&env)["outlook"], "endless");
}

#[test]
fn february_and_days_of_23_and_25_hours_are_as_long_as_they_are() {
    for (limit, zone, before, start, step, steps, likely) in [
        (
            "9999calls/month",
            "UTC",
            "2026-01-20T00:00:00Z",
            "2026-02-01T00:00:00Z",
            86_400,
            14,
            "28",
        ),
        (
            "9999calls/month",
            "UTC",
            "2028-01-20T00:00:00Z",
            "2028-02-01T00:00:00Z",
            86_400,
            14,
            "29",
        ),
        (
            "9999calls/day",
            "Europe/Berlin",
            "2026-03-20T00:00:00Z",
            "2026-03-28T23:00:00Z",
            3_600,
            10,
            "23",
        ),
        (
            "9999calls/day",
            "Europe/Berlin",
            "2026-10-20T00:00:00Z",
            "2026-10-24T22:00:00Z",
            3_600,
            10,
            "25",
        ),
    ] {
        let env = made("me", &[limit], zone, before);
        env.set_time(start);
        for _ in 0..steps {
            env.ok(&["spend", "me", "1calls"]);
            env.advance(step);
        }
        let found = first(&env);
        let amount = |end: &str| found["at_end"][end]["amount"].clone();
        let all = [amount("low"), amount("likely"), amount("high")];
        assert_eq!(
            all,
            [likely, likely, likely].map(Value::from),
            "{limit} {zone} {start}"
        );
    }
}

#[test]
fn what_a_run_reserved_and_what_was_taken_back_count() {
    let env = made("me", &["50usd/day"], "UTC", "2026-11-20T00:00:00Z");
    env.set_time("2026-11-21T00:00:00Z");
    hourly(&env, &["1usd", "1usd", "1usd", "1usd", "1usd"]);
    let entry = env.json(&["spend", "me", "30usd"])["entry"].to_string();
    env.ok(&["refund", &entry]);
    env.advance(3_600);
    env.reserve("me", &["4usd"]);
    let found = first(&env);
    let charged = env.figure("me", "usd/day", "spent");
    assert_eq!(charged, "5.00");
    // Fifteen more, and what is reserved.
    assert_eq!(found["at_end"]["likely"]["amount"], "24.00", "{found}");
    // A child's charges are its parent's.
    env.ok(&["create", "me/sub", "--limit", "50usd/day", "--tz", "UTC"]);
    env.ok(&["spend", "me/sub", "6usd"]);
    assert_eq!(first(&env)["at_end"]["likely"]["amount"], "48.00");
}

#[test]
fn a_limit_that_is_passed_says_that_nothing_is_left() {
    let env = made("me", &["2usd/day"], "UTC", "2026-11-20T00:00:00Z");
    env.set_time("2026-11-21T00:00:00Z");
    hourly(&env, &["0.90usd", "0.90usd", "0.90usd", "0.90usd"]);
    widths(&env, "passed");
    let none = json!({"earliest": null, "likely": null, "latest": null});
    assert_eq!(first(&env)["runs_out_at"], none);
}

#[test]
fn a_budget_that_is_not_there_is_not_found() {
    let env = TestEnv::with("me", &["5usd/day"]);
    let said = env.fails(&["forecast", "mee"], 66);
    assert!(said.contains("did you mean me?"), "{said}");
    env.jump(7_200);
    assert!(env.ok(&["forecast"]).contains("the clock jumped"));
}
