//! Ten thousand of everything: the views fit, none is left out, and none takes long.

#[cfg(test)]
mod support;

use budget_ledger::render::table::widest;
use support::{Output, TestEnv};

/// How many rows of a table follow the first.
const MANY: usize = 10_000;

/// So many rows like one, in which some columns are others: `i` counts.
fn copies(table: &str, columns: &str, changed: &[(&str, &str)], like: &str) -> String {
    let values: Vec<_> = columns
        .split(", ")
        .map(|column| {
            let change = changed.iter().find(|(name, _)| *name == column);
            change.map_or(column, |(_, value)| value)
        })
        .collect();
    format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY}) \
         INSERT INTO {table} ({columns}) SELECT {} FROM n, {table} WHERE {like};",
        values.join(", ")
    )
}

/// What a view shows in each width, in which it fits.
fn views(env: &TestEnv, args: &[&str]) -> Vec<String> {
    let view = |columns: &str| {
        let mut command = env.command();
        let output = Output::of(command.args(args).env("COLUMNS", columns));
        assert_eq!(output.code, 0, "{args:?} {columns}: {}", output.stderr);
        let width = columns.parse().expect("a number");
        let widest = widest(&output.stdout);
        assert!(widest <= width, "{args:?}: {widest} of {width} columns");
        output.stdout
    };
    ["40", "80", "120"].map(view).into()
}

const BUDGET: &str = "name, state, zone, anchor, on_unknown, reserve, caps, warn, note, created_us";
const LIMIT: &str = "id, budget, unit, period, amount, overage, window, removed";

const RESERVATION: &str = "id, budgets, state, parent, owner, session, created_us, expires_us, \
                           expires_boot_us, boot, ttl_ms, grace_ms, overage, on_unknown, unknown, \
                           late, settled_by, detail";
const STAKE: &str = "reservation, unit, reserved, charged, nested";
/// The id of the copy `i`, of a reservation and of its run.
const ID: &str = "unhex(printf('%032x', i))";
const SESSION: &str = "unhex(printf('ff%030x', i))";

/// A tree of budgets, each with a limit.
fn budgets() -> TestEnv {
    let env = TestEnv::with("team", &["5usd/day"]);
    env.ok(&["set", "team", "--note", "不同 words"]);
    let names = [("name", "'team/a-rather-long-name-of-an-agent-' || i")];
    let limits = [("id", "1 + i"), ("budget", "1 + i"), ("window", "NULL")];
    env.damage(&copies("budget", BUDGET, &names, "name = 'team'"));
    env.damage(&copies("budget_limit", LIMIT, &limits, "id = 1"));
    env
}

#[test]
fn ten_thousand_budgets_are_listed() {
    let env = budgets();
    for text in views(&env, &["list"]) {
        assert_eq!(text.matches("a-rather-long").count(), MANY);
        assert!(text.lines().count() > MANY);
    }
    let list = env.json(&["list"]);
    assert_eq!(list["budgets"].as_array().map(Vec::len), Some(MANY + 1));
}

#[test]
fn ten_thousand_limits_are_forecast() {
    let env = budgets();
    env.ok(&["spend", "team", "1usd"]);
    env.advance(6 * 3_600);
    for text in views(&env, &["forecast"]) {
        assert_eq!(text.matches("a-rather").count(), MANY);
    }
    let forecast = env.json(&["forecast"]);
    assert_eq!(forecast["budgets"].as_array().map(Vec::len), Some(MANY + 1));
}

#[test]
fn ten_thousand_reservations_are_listed() {
    let env = TestEnv::with("team/an-agent", &["5usd/day"]);
    let id = env.reserve("team/an-agent", &["1usd", "--ttl", "1h"]);
    env.damage(&copies(
        "reservation",
        RESERVATION,
        &[("id", ID)],
        "hex(id) <> ''",
    ));
    env.damage(&copies(
        "stake",
        STAKE,
        &[("reservation", ID)],
        "unit = 'usd'",
    ));
    for text in views(&env, &["reservations"]) {
        assert_eq!(text.matches("team/an-agent").count(), MANY + 1);
        assert_eq!(text.matches("$1.00").count(), MANY + 1);
        assert!(text.contains(&id), "{text:.200}");
    }
    let found = env.json(&["reservations"]);
    let found = found["reservations"].as_array().expect("reservations");
    assert_eq!(found.len(), MANY + 1);
}

#[test]
fn the_latest_of_ten_thousand_runs_are_quoted() {
    let env = TestEnv::with("me", &["5usd/day"]);
    env.ok(&["exec", "me", "--reserve", "1usd", "--", "true"]);
    let columns = "id, budgets, program, started_us, ended_us, exit_code, ending";
    let changed = [("id", SESSION), ("ended_us", "ended_us + i")];
    env.damage(&copies("session", columns, &changed, "program = 'true'"));
    let changed = [("id", ID), ("session", SESSION)];
    env.damage(&copies(
        "reservation",
        RESERVATION,
        &changed,
        "session IS NOT NULL",
    ));
    env.damage(&copies(
        "stake",
        STAKE,
        &[("reservation", ID)],
        "unit = 'usd'",
    ));
    for text in views(&env, &["quote", "me", "--", "true"]) {
        assert!(text.contains("$1.00"), "{text}");
    }
    let quote = env.run(&["quote", "me", "--json", "--", "true"]);
    assert_eq!(quote.code, 0, "{quote}");
    assert!(quote.stdout.contains("\"p90\""), "{quote}");
}
