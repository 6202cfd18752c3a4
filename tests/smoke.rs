//! The shortest walk through the tool.

#[cfg(test)]
mod support;

use support::TestEnv;

#[test]
fn create_reserve_commit_and_look() {
    let env = TestEnv::with("me", &["3usd/day"]);
    let id = env.reserve("me", &["1usd"]);
    assert_eq!(env.figure("me", "usd/day", "reserved"), "1.00");
    env.ok(&["commit", &id, "0.40usd"]);
    assert_eq!(env.figure("me", "usd/day", "spent"), "0.40");
    assert_eq!(env.figure("me", "usd/day", "available"), "2.60");
}
