//! Reserving, settling and refilling one budget.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use budget_ledger::ledger::Ledger;
use budget_ledger::ledger::moment::Moment;
use budget_ledger::ledger::store::owner::OwnerFile;
use budget_ledger::ledger::timestamp::Timestamp;
use budget_ledger::ledger::verbs::{Keyed, Outcome, Reserve, Sources, StartedRun};

use crate::common::{figures, kill, start, until};
use crate::support::{NOON, TestEnv};

const B: &str = "b";
const TOKENS: &str = "tokens";

fn with_tokens(limit: &str) -> TestEnv {
    TestEnv::with(B, &[limit])
}

/// The clock of a [`TestEnv`] that nobody moved.
pub(crate) fn noon() -> Sources {
    Sources {
        clock: || Moment {
            wall: Timestamp::parse_rfc3339(NOON).expect("noon"),
            boot_us: 1_000_000_000,
            boot: 1,
        },
        random: || {
            static NEXT: AtomicU64 = AtomicU64::new(1);
            let mut bytes = [0; 10];
            let next = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            bytes[2..].copy_from_slice(&next);
            bytes
        },
    }
}

pub(crate) fn open(path: &Path) -> Ledger {
    Ledger::open(path, Duration::from_secs(10), noon())
        .expect("a ledger")
        .expect("a ledger")
}

/// Reserves for a run as its wrapper does, up to the moment before the command starts, and then
/// lets the wrapper die. Whether it was admitted.
pub(crate) fn wrapper_that_may_die(env: &TestEnv, name: &str, amount: &str) -> bool {
    let mut ledger = open(&env.ledger());
    let (session, reservation) = (ledger.new_id(), ledger.new_id());
    let _dies_at_the_end =
        OwnerFile::create(&env.ledger(), session, (noon().clock)().boot).expect("an owner");
    let names = name.parse().expect("a name");
    let run = StartedRun {
        session,
        reservation,
        program: "true".to_owned(),
        is_metered: false,
        max_time_ms: None,
    };
    let asks = vec![amount.parse().expect("an amount")];
    let request = Reserve {
        run: Some(run),
        ..Reserve::of(names, asks)
    };
    let keyed = Keyed {
        key: None,
        write: &|_| String::new(),
    };
    let outcome = ledger.reserve(&request, &keyed).expect("an answer");
    matches!(outcome, Outcome::Done(_))
}

fn wrapper_that_died_before_its_child(env: &TestEnv, name: &str, amount: &str) {
    assert!(wrapper_that_may_die(env, name, amount));
}

#[test]
fn rg1_reserve_until_empty() {
    let env = with_tokens("100tokens");
    let first = env.reserve(B, &["60tokens"]);
    env.reserve(B, &["40tokens"]);
    env.fails(&["reserve", B, "1tokens"], 75);
    env.ok(&["release", &first, "50tokens"]);
    env.reserve(B, &["50tokens"]);
    env.fails(&["reserve", B, "1tokens"], 75);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 0 reserved 100 debt 0 left 0"
    );
}

#[test]
fn rg2_nobody_releases_more_than_he_holds() {
    let env = with_tokens("10tokens");
    let id = env.reserve(B, &["5tokens"]);
    let before = env.dump();
    env.fails(&["release", &id, "100tokens"], 65);
    env.fails(&["release", &id, "6tokens"], 65);
    env.fails(&["release", &id, "1usd"], 65);
    assert_eq!(env.dump(), before);
    env.ok(&["release", &id]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 0 reserved 0 debt 0 left 10"
    );
}

#[test]
fn rg3_a_refill_gives_back_what_is_spent() {
    let env = with_tokens("100tokens");
    env.ok(&["spend", B, "75tokens"]);
    assert_eq!(env.figure(B, TOKENS, "available"), "25");
    env.ok(&["grant", B, "tokens", "--reset"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 0 reserved 0 debt 0 left 100"
    );
}

#[test]
fn rg3_x11_a_refill_keeps_what_is_held() {
    let env = with_tokens("100tokens");
    let id = env.reserve(B, &["75tokens"]);
    env.ok(&["grant", B, "tokens", "--reset"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 0 reserved 75 debt 0 left 25"
    );
    env.fails(&["reserve", B, "100tokens"], 75);
    env.ok(&["commit", &id, "75tokens"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 75 reserved 0 debt 0 left 25"
    );
}

#[test]
fn rg4_utilization_follows_what_is_held() {
    let env = with_tokens("100tokens");
    assert!(
        env.ok(&["status"]).contains(" 0%"),
        "{}",
        env.ok(&["status"])
    );
    env.reserve(B, &["40tokens"]);
    assert!(
        env.ok(&["status"]).contains(" 40%"),
        "{}",
        env.ok(&["status"])
    );
    env.ok(&["create", "zero", "--limit", "0tokens"]);
    assert!(env.ok(&["status", "zero"]).contains("nothing allowed"));
}

#[test]
fn rg5_what_a_model_used_is_recorded_and_the_rest_returns() {
    let env = with_tokens("1000tokens");
    let id = env.reserve(B, &["400tokens"]);
    env.ok(&[
        "commit",
        &id,
        "--input-tokens",
        "120",
        "--output-tokens",
        "80",
    ]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 200 reserved 0 debt 0 left 800"
    );
    env.reserve(B, &["800tokens"]);
    env.fails(&["reserve", B, "1tokens"], 75);
    let log = env.json(&["log", B]);
    let entries = log["entries"].as_array().expect("entries");
    let usage = entries
        .iter()
        .find(|e| e["kind"] == "committed")
        .map(|e| &e["usage"]["tokens"]);
    let usage = usage.expect("an entry");
    assert_eq!(
        (&usage["input"], &usage["output"]),
        (&120.into(), &80.into())
    );
}

#[test]
fn rg6_an_overage_is_debited() {
    let env = with_tokens("1000tokens");
    let id = env.reserve(B, &["100tokens"]);
    env.ok(&[
        "commit",
        &id,
        "--input-tokens",
        "150",
        "--output-tokens",
        "50",
    ]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 200 reserved 0 debt 0 left 800"
    );
}

#[test]
fn rg7_each_reservation_is_reconciled_for_itself() {
    let env = with_tokens("1000tokens");
    let first = env.reserve(B, &["400tokens"]);
    let second = env.reserve(B, &["400tokens"]);
    assert_eq!(env.figure(B, TOKENS, "available"), "200");
    env.ok(&["commit", &first, "200tokens"]);
    assert_eq!(env.figure(B, TOKENS, "available"), "400");
    env.fails(&["reserve", B, "401tokens"], 75);
    env.ok(&["commit", &second, "400tokens"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 600 reserved 0 debt 0 left 400"
    );
}

#[test]
fn rg8_a_reservation_says_what_it_holds() {
    let env = with_tokens("10tokens");
    let id = env.reserve(B, &["7tokens"]);
    let list = env.json(&["reservations", B]);
    let found = &list["reservations"][0];
    assert_eq!(found["id"], id.as_str());
    assert_eq!(
        found["amounts"],
        serde_json::json!([{"unit": "tokens", "amount": "7"}])
    );
    assert!(env.ok(&["reservations", B]).contains("7 tokens"));
}

#[test]
fn rg9_a_wrapper_killed_before_it_reserved_leaves_nothing() {
    let env = with_tokens("1000tokens");
    let other = rusqlite::Connection::open(env.ledger()).expect("the ledger");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let exec = [
        "exec",
        B,
        "--reserve",
        "1000tokens",
        "--",
        "touch",
        "started",
    ];
    let wrapper = start(env.command().args(exec));
    let owners = env.ledger().with_file_name("ledger.db.owners");
    until("an owner file", || {
        std::fs::read_dir(&owners).is_ok_and(|mut d| d.next().is_some())
    });
    kill(wrapper);
    other.execute_batch("ROLLBACK").expect("the lock");
    drop(other);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 0 reserved 0 debt 0 left 1000"
    );
    assert!(!env.path().join("started").exists());
}

#[test]
fn rg9_a_wrapper_killed_before_its_child_started_gives_everything_back() {
    let env = with_tokens("1000tokens");
    wrapper_that_died_before_its_child(&env, B, "1000tokens");
    env.ok(&["check", B, "1000tokens"]);
    let id = env.reserve(B, &["1000tokens"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 0 reserved 1000 debt 0 left 0"
    );
    env.ok(&["release", &id]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 0 reserved 0 debt 0 left 1000"
    );
}

#[test]
fn rg9_after_its_lease_the_next_look_shows_it_given_back() {
    let env = with_tokens("1000tokens");
    wrapper_that_died_before_its_child(&env, B, "1000tokens");
    env.advance(61);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 0 reserved 0 debt 0 left 1000"
    );
    env.ok(&["spend", B, "0tokens"]);
    let list = env.json(&["reservations", "--state", "all"]);
    assert_eq!(list["reservations"][0]["state"], "expired");
    assert_eq!(list["reservations"][0]["unknown"], false);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 0 reserved 0 debt 0 left 1000"
    );
}

#[test]
fn rg10_a_second_release_is_a_conflict() {
    let env = with_tokens("100tokens");
    let id = env.reserve(B, &["60tokens"]);
    env.ok(&["release", &id]);
    let before = env.dump();
    for args in [
        vec!["release", &id],
        vec!["commit", &id],
        vec!["extend", &id],
    ] {
        assert!(env.fails(&args, 65).contains("already released"));
    }
    assert_eq!(env.dump(), before);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 0 reserved 0 debt 0 left 100"
    );
}

#[test]
fn x10_an_overdrawn_budget_says_so_and_denies() {
    let env = with_tokens("100tokens");
    let id = env.reserve(B, &["50tokens"]);
    env.ok(&["spend", B, "200tokens"]);
    env.ok(&["release", &id]);
    assert_eq!(env.figure(B, TOKENS, "available"), "-100");
    assert_eq!(env.json(&["remaining", B])["tokens"], 0);
    assert!(
        env.fails(&["reserve", B, "1tokens"], 75)
            .contains("overdrawn by 100 tokens")
    );
    assert!(
        env.ok(&["status"]).contains("200% over"),
        "{}",
        env.ok(&["status"])
    );
}

#[test]
fn x12_nothing_must_be_spelled_out_and_passes_no_empty_pool() {
    let env = with_tokens("10tokens");
    env.fails(&["reserve", B], 2);
    let id = env.reserve(B, &["0tokens"]);
    env.ok(&["release", &id]);
    env.ok(&["spend", B, "10tokens"]);
    env.fails(&["reserve", B, "0tokens"], 75);
    env.fails(&["reserve", B, "all"], 75);
    env.fails(
        &["exec", B, "--reserve", "0tokens", "--", "touch", "started"],
        75,
    );
    assert!(!env.path().join("started").exists());
}

#[test]
fn x13_a_reservation_is_settled_on_its_own_budget_only() {
    let env = with_tokens("100tokens");
    env.ok(&["create", "other", "--limit", "100tokens"]);
    let sixty = env.reserve(B, &["60tokens"]);
    let forty = env.reserve(B, &["40tokens"]);
    let before = env.dump();
    env.fails(&["release", &sixty, "100tokens"], 65);
    env.fails(&["release", &forty, "41tokens"], 65);
    env.fails(&["release", "00000000-0000-7000-8000-000000000000"], 66);
    env.fails(&["commit", "ffff", "1tokens"], 66);
    env.fails(&["commit", "nothing", "1tokens"], 2);
    assert_eq!(env.dump(), before);
    env.ok(&["commit", &forty, "40tokens"]);
    env.fails(&["release", &forty], 65);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 40 reserved 60 debt 0 left 0"
    );
    assert_eq!(
        figures(&env, "other", TOKENS),
        "spent 0 reserved 0 debt 0 left 100"
    );
}
