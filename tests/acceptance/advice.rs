//! What a denial or an error advises does what it says, and nothing is advised that cannot work.

use crate::support::TestEnv;

const WAITS: &str = "--wait DURATION waits for it";

/// What follows the first line of an error, with the command it advises.
fn hint(said: &str) -> &str {
    said.lines().nth(1).unwrap_or_default().trim()
}

/// Runs the command that a hint puts between backticks.
fn follow(env: &TestEnv, hint: &str) {
    let advised = hint.split('`').nth(1).expect("a command");
    let args: Vec<_> = advised.split(' ').skip(1).collect();
    env.ok(&args);
}

#[test]
fn a_refused_commit_says_what_it_lacks_and_how_to_make_room() {
    let env = TestEnv::new();
    env.ok(&["create", "me", "--limit", "20usd", "--overage", "reject"]);
    env.ok(&["spend", "me", "2usd"]);
    let id = env.reserve("me", &["10usd"]);
    let said = env.fails(&["commit", &id, "25usd"], 75);
    assert!(
        said.contains("has $8.00 left of $20.00 for $15.00 more than was reserved"),
        "{said}"
    );
    assert_eq!(hint(&said), "`budget grant me 7.00usd` makes room now");
    let json = env.json_error(&["commit", &id, "25usd"], 75);
    assert_eq!(
        json["error"]["failed"][0]["asked"]["amount"], "15.00",
        "{json}"
    );
    follow(&env, hint(&said));
    env.ok(&["commit", &id, "25usd"]);
}

#[test]
fn waiting_is_advised_where_the_verb_waits_and_room_can_come() {
    let env = TestEnv::with("day", &["10usd/day"]);
    env.ok(&["spend", "day", "8usd"]);
    let grant = "`budget grant day 3.00usd/day` makes room now";
    let said = env.fails(&["reserve", "day", "5usd"], 75);
    assert_eq!(hint(&said), format!("{grant}; {WAITS}"));
    let said = env.fails(&["exec", "day", "--reserve", "5usd", "--", "true"], 75);
    assert_eq!(hint(&said), format!("{grant}; {WAITS}"));
    for form in [
        &["check", "day", "5usd"][..],
        &["reserve", "day", "5usd", "--dry-run"],
    ] {
        assert_eq!(hint(&env.fails(form, 75)), grant, "{form:?}");
    }
}

#[test]
fn waiting_is_not_advised_where_no_room_can_come() {
    let env = TestEnv::with("ever", &["20usd"]);
    env.ok(&["spend", "ever", "12usd"]);
    let said = env.fails(&["reserve", "ever", "10usd"], 75);
    assert_eq!(hint(&said), "`budget grant ever 2.00usd` makes room now");
    // What is held may come back, but not more than that.
    env.reserve("ever", &["5usd"]);
    let said = env.fails(&["reserve", "ever", "6usd"], 75);
    assert!(hint(&said).ends_with(WAITS), "{said}");
    let said = env.fails(&["reserve", "ever", "9usd"], 75);
    assert_eq!(hint(&said), "`budget grant ever 6.00usd` makes room now");
    // One limit that waiting does not help is enough, and so is a day that is shorter of money.
    env.ok(&["set", "ever", "--limit", "100usd/day"]);
    let said = env.fails(&["reserve", "ever", "9usd"], 75);
    assert!(!said.contains("--wait"), "{said}");
    env.ok(&["create", "day", "--limit", "10usd/day", "--tz", "UTC"]);
    env.ok(&["grant", "day", "10usd/day"]);
    env.ok(&["spend", "day", "8usd"]);
    let said = env.fails(&["reserve", "day", "15usd"], 75);
    assert!(!said.contains("--wait"), "{said}");
}

#[test]
fn a_refund_of_a_correction_says_which_entry_charged() {
    let env = TestEnv::with("me", &["20usd"]);
    let id = env.reserve("me", &["1usd"]);
    env.advance(100);
    env.ok(&["commit", &id, "3usd"]);
    let said = env.fails(&["refund", "4"], 65);
    assert_eq!(
        said.lines().next(),
        Some(
            "budget: error: entry 4 (corrected) corrects entry 3; `budget refund 3` takes back what that charged"
        ),
        "{said}"
    );
    follow(&env, &said);
    assert_eq!(env.figure("me", "usd", "spent"), "0.00");
    let said = env.fails(&["refund", "1"], 65);
    assert!(said.contains("entry 1 (created) charged nothing"), "{said}");
}

#[test]
fn a_file_of_another_program_is_not_taken_for_what_was_meant() {
    let env = TestEnv::new();
    std::fs::create_dir(env.path().join("ledger")).expect("a directory");
    std::fs::write(env.ledger(), "somebody's notes").expect("a file");
    env.expect_damage();
    let said = env.fails(&["status"], 69);
    assert_eq!(hint(&said), "point --ledger at a budget ledger", "{said}");
}
