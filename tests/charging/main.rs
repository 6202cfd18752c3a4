//! What a run is charged, whatever it prints, writes, or dies of; and what its caller is told.

#[cfg(test)]
mod agents;
#[cfg(test)]
#[path = "../support/fake.rs"]
mod fake;
#[cfg(test)]
mod flat;
#[cfg(test)]
mod flood;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod outcome;
#[cfg(test)]
#[path = "../support/mod.rs"]
mod support;
#[cfg(test)]
mod usage_file;
#[cfg(test)]
mod waiting;

#[cfg(test)]
use serde_json::Value;
#[cfg(test)]
use support::{Output, TestEnv};

/// A ledger with a budget `me` of two dollars.
#[cfg(test)]
fn two_dollars() -> TestEnv {
    TestEnv::with("me", &["2usd"])
}

/// `budget exec me OPTIONS -- COMMAND`.
#[cfg(test)]
fn exec(env: &TestEnv, options: &[&str], command: &[&str]) -> Output {
    Output::of(
        env.command()
            .args(["exec", "me"])
            .args(options)
            .arg("--")
            .args(command),
    )
}

/// The reservation that the journal spoke of last.
#[cfg(test)]
#[track_caller]
fn latest(env: &TestEnv) -> Value {
    let id = last_entry(env)["reservation"].clone();
    let found = env.json(&["reservations", "--state", "all"]);
    let found = found["reservations"].as_array().expect("a list");
    let latest = found.iter().find(|found| found["id"] == id);
    latest.expect("a reservation").clone()
}

/// The latest entry of the journal.
#[cfg(test)]
fn last_entry(env: &TestEnv) -> Value {
    let log = env.json(&["log", "-n", "1"]);
    log["entries"][0].clone()
}

/// An amount in a list of amounts.
#[cfg(test)]
fn amount(list: &Value, unit: &str) -> Option<String> {
    let list = list.as_array().expect("amounts");
    let found = list.iter().find(|amount| amount["unit"] == unit)?;
    Some(found["amount"].as_str().expect("an amount").to_owned())
}

/// Dollars of `me`: spent and reserved.
#[cfg(test)]
fn dollars(env: &TestEnv) -> (String, String) {
    (
        env.figure("me", "usd", "spent"),
        env.figure("me", "usd", "reserved"),
    )
}

/// The dollars are spent, nothing is reserved, and it is known or not.
#[cfg(test)]
#[track_caller]
fn assert_charged(env: &TestEnv, spent: &str, unknown: bool) {
    assert_eq!(dollars(env), (spent.to_owned(), "0.00".to_owned()));
    assert_eq!(latest(env)["unknown"], unknown, "{}", latest(env));
}
