//! What limits are: how they are given, that every dimension binds, that `check` and `remaining`
//! say what `reserve` does.

use budget_ledger::ledger::amount::{Amount, Ask};
use budget_ledger::ledger::verbs::{
    Admitted, Booked, Commit, Denial, DenialOf, GrantHow, Keyed, Outcome, Release, Reserve,
    StateChange,
};
use budget_ledger::ledger::{Ledger, Result};

use crate::common::{Dice, figures};
use crate::reserve::{open, wrapper_that_may_die};
use crate::support::TestEnv;

const B: &str = "b";

#[test]
fn bu1_a_budget_needs_a_limit_and_takes_each_kind() {
    let env = TestEnv::new();
    env.fails(&["create", B], 2);
    env.fails(&["create", B, "--limit", ""], 2);
    assert!(!env.ledger().exists());
    for (name, limits) in [
        ("calls", &["3calls"][..]),
        ("elapsed", &["90s"]),
        ("both", &["3calls", "90s"]),
        ("tokens", &["200ktokens"]),
        ("money", &["$5/day"]),
        (
            "every",
            &[
                "3calls",
                "90s",
                "200ktokens",
                "5usd/day",
                "2slots",
                "7credits",
            ],
        ),
    ] {
        let mut args = vec!["create", name];
        args.extend(limits.iter().flat_map(|limit| ["--limit", limit]));
        env.ok(&args);
        let shown = env.json(&["show", name]);
        let found = shown["budgets"][0]["limits"]
            .as_array()
            .expect("limits")
            .len();
        assert_eq!(found, limits.len(), "{shown}");
    }
}

#[test]
fn bu2_a_call_is_denied_once_the_limit_is_reached() {
    let env = TestEnv::with(B, &["2calls"]);
    for _ in 0..2 {
        let id = env.reserve(B, &[]);
        env.ok(&["commit", &id]);
    }
    env.fails(&["reserve", B], 75);
    env.fails(&["exec", B, "--", "touch", "started"], 75);
    assert!(!env.path().join("started").exists());
    assert_eq!(
        figures(&env, B, "calls"),
        "spent 2 reserved 0 debt 0 left 0"
    );
}

#[test]
fn bu2_tokens_are_denied_once_the_limit_is_reached() {
    let env = TestEnv::with(B, &["100tokens"]);
    let id = env.reserve(B, &["100tokens"]);
    env.fails(&["reserve", B, "1tokens"], 75);
    env.ok(&["commit", &id, "99tokens"]);
    let id = env.reserve(B, &["1tokens"]);
    env.ok(&["commit", &id]);
    env.fails(&["reserve", B, "1tokens"], 75);
}

/// A unit that is used up stops a run that asks for another one.
#[test]
fn bu2_the_dimension_that_is_used_up_denies_whatever_is_asked() {
    let env = TestEnv::with(B, &["1calls", "100tokens"]);
    let id = env.reserve(B, &["10tokens"]);
    env.ok(&["commit", &id]);
    let denial = env.json_error(&["reserve", B, "10tokens"], 75);
    let failed = denial["error"]["failed"].as_array().expect("limits");
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["unit"], "calls");
    env.ok(&["spend", B, "90tokens"]);
    let denial = env.json_error(&["reserve", B, "10tokens"], 75);
    assert_eq!(
        denial["error"]["failed"].as_array().expect("limits").len(),
        2,
        "{denial}"
    );
}

#[test]
fn bu3_remaining_follows_and_is_null_where_nothing_limits() {
    let env = TestEnv::with(B, &["5calls", "100tokens"]);
    let id = env.reserve(B, &["2tokens"]);
    env.ok(&["commit", &id, "2tokens"]);
    let left = env.json(&["remaining", B]);
    assert_eq!((&left["calls"], &left["tokens"]), (&4.into(), &98.into()));
    assert!(left["usd"].is_null() && left["time_ms"].is_null(), "{left}");
    assert_eq!(env.ok(&["remaining"]), "null");
}

#[test]
fn bu4_only_limits_that_are_set_are_shown() {
    let env = TestEnv::with(B, &["5calls"]);
    let shown = env.json(&["show", B]);
    let limits = shown["budgets"][0]["limits"].as_array().expect("limits");
    assert_eq!(limits.len(), 1);
    assert_eq!(
        (&limits[0]["unit"], &limits[0]["limit"]["amount"]),
        (&"calls".into(), &"5".into())
    );
    env.ok(&["set", B, "--limit", "10tokens", "--remove-limit", "calls"]);
    let shown = env.json(&["show", B]);
    let limits = shown["budgets"][0]["limits"].as_array().expect("limits");
    assert_eq!((limits.len(), &limits[0]["unit"]), (1, &"tokens".into()));
}

#[test]
fn bu5_a_limit_of_zero_admits_nothing() {
    let env = TestEnv::new();
    for (limit, ask) in [
        ("0calls", "1calls"),
        ("0tokens", "1tokens"),
        ("0usd", "0.01usd"),
        ("0usd/day", "0usd"),
        ("0slots", "1slots"),
        ("0s", "1s"),
    ] {
        env.ok(&["create", B, "--tz", "UTC", "--limit", limit]);
        let denial = env.json_error(&["reserve", B, ask], 75);
        let failed = &denial["error"]["failed"][0];
        assert_eq!(
            failed["limit"]["amount"], failed["spent"]["amount"],
            "{denial}"
        );
        assert!(
            env.fails(&["reserve", B, ask], 75)
                .contains("allows nothing")
        );
        env.ok(&["close", B]);
    }
}

#[test]
fn x1_a_malformed_limit_is_wrong_usage_and_makes_nothing() {
    let env = TestEnv::new();
    let malformed = [
        "10",
        "ten",
        "tokens",
        "-1tokens",
        "1.5tokens",
        "1e30tokens",
        "\"10\"tokens",
        "NaNusd",
        "infusd",
        "{}",
        "[10]",
        "null",
        "{\"tokens\":10}",
        "max_tokens=10",
        "10 tokens per day",
        "9223372036854775808tokens",
        "92233720369usd",
        "0.000000001usd",
        "5usd/",
        "5usd/fortnight",
        "5usd/-1h",
        "5usd/0h",
        "2slots/day",
        "5tokns",
        "5rows",
        "0x10tokens",
        "٣tokens",
        "1,5usd",
        "+5usd",
        "5usd/day/day",
        " ",
        "all",
    ];
    for limit in malformed {
        env.fails(&["create", B, "--limit", limit], 2);
        env.fails(&["create", B, "--limit", "5usd", "--limit", limit], 2);
    }
    assert_eq!(env.ok(&["list", "--json"]), r#"{"schema":1,"budgets":[]}"#);
    env.fails(&["create", B, "--limits", "5usd"], 2);
    env.fails(&["create", B, "--limit", "5usd", "--limit", "6usd"], 2);
    env.fails(&["reserve", B, "--limit", "10", "1tokens"], 2);
    env.fails(&["exec", B, "--limit", "10", "--", "touch", "started"], 2);
    assert!(!env.path().join("started").exists());
    assert_eq!(env.ok(&["list", "--json"]), r#"{"schema":1,"budgets":[]}"#);
    env.ok(&["create", B, "--limit", "5usd"]);
    let before = env.dump();
    for limit in malformed {
        env.fails(&["set", B, "--limit", limit], 2);
        env.fails(&["grant", B, limit], 2);
    }
    assert_eq!(env.dump(), before);
}

#[test]
fn x2_a_batch_is_admitted_whole_or_not_at_all() {
    let env = TestEnv::with(B, &["6calls"]);
    let id = env.reserve(B, &["5calls"]);
    env.ok(&["commit", &id]);
    env.fails(&["reserve", B, "5calls"], 75);
    assert_eq!(
        figures(&env, B, "calls"),
        "spent 5 reserved 0 debt 0 left 1"
    );
    env.fails(&["reserve", B, "7calls"], 77);
    let one = TestEnv::with(B, &["1calls"]);
    one.fails(&["reserve", B, "5calls"], 77);
    assert_eq!(
        figures(&one, B, "calls"),
        "spent 0 reserved 0 debt 0 left 1"
    );
}

/// 77 means never: a debit is over with its window, where another one follows it.
#[test]
fn x2_what_a_debit_leaves_no_room_for_comes_back_with_the_next_window() {
    let env = TestEnv::with(B, &["5usd/day"]);
    env.ok(&["grant", B, "4usd/day", "--debit"]);
    let denied = env.json_error(&["reserve", B, "3usd"], 75);
    let error = &denied["error"];
    assert_eq!(error["retryable"], true, "{denied}");
    assert_eq!(error["retry_after_seconds"], 12 * 3_600, "{denied}");
    assert_eq!(
        error["failed"][0]["resets_at"], "2026-11-22T00:00:00Z",
        "{denied}"
    );
    let never = env.fails(&["reserve", B, "6usd"], 77);
    assert!(
        never.contains("can never admit $6.00; it has $5.00 in all"),
        "{never}"
    );
    env.advance(12 * 3_600);
    env.reserve(B, &["3usd"]);
    // What no window follows comes back by a grant alone.
    let ever = TestEnv::with(B, &["5usd"]);
    ever.ok(&["grant", B, "4usd", "--debit"]);
    let never = ever.fails(&["reserve", B, "3usd"], 77);
    assert!(never.contains("it has $1.00 in all"), "{never}");
    assert!(never.contains("`budget grant"), "{never}");
}

const NAMES: &str = "p p/a p/b q p/a,q p/b,p/a p/b,q,p";
const ASKS: &str = "1tokens 17tokens 60tokens 400tokens 0tokens all all:tokens 1usd 2calls \
                    0calls 0slots 2slots 0.5usd all:usd";

fn random_request(dice: &mut Dice) -> Reserve {
    let names: Vec<_> = NAMES.split(' ').collect();
    let asks: Vec<_> = ASKS.split_whitespace().collect();
    let mut asked: Vec<Ask> = vec![dice.pick(&asks).parse().expect("an ask")];
    let other: Ask = dice.pick(&asks).parse().expect("an ask");
    if dice.below(3) == 0 && unit(&other.to_string()) != unit(&asked[0].to_string()) {
        asked.push(other);
    }
    Reserve::of(dice.pick(&names).parse().expect("names"), asked)
}

fn unit(ask: &str) -> &str {
    ask.trim_start_matches("all:")
        .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
}

#[test]
fn x3_check_and_dry_run_agree_with_reserve_in_a_thousand_states() {
    let env = TestEnv::with("p", &["300tokens", "9calls", "3slots"]);
    let tokens_and_money = ["--limit", "120tokens", "--limit", "5usd"];
    env.ok(&[&["create", "p/a"][..], &tokens_and_money].concat());
    env.ok(&[
        "create",
        "p/b",
        "--limit",
        "4calls",
        "--on-unknown",
        "release",
    ]);
    env.ok(&["create", "q", "--limit", "50tokens", "--overage", "reject"]);
    let mut ledger = open(&env.ledger());
    let (mut dice, mut held) = (Dice::new(7), Vec::new());
    let (mut admitted, mut denied, mut refused) = (0, 0, 0);
    let keyed = Keyed {
        key: None,
        write: &|_| String::new(),
    };
    for _ in 0..1_000 {
        shake(&env, &mut ledger, &mut dice, &mut held);
        let request = random_request(&mut dice);
        let dry = Reserve {
            dry_run: true,
            ..request.clone()
        };
        let check = said(&ledger.check(&request));
        let would = said(&ledger.reserve(&dry, &keyed));
        let outcome = ledger.reserve(&request, &keyed);
        let did = said(&outcome);
        assert_eq!((&check, &would), (&did, &did), "{request:?}");
        match outcome {
            Ok(Outcome::Done(done)) => {
                admitted += 1;
                held.push(done.reservation.id.to_string());
            }
            Ok(_) => denied += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(
        admitted > 100 && denied > 100 && refused > 50,
        "{admitted} {denied} {refused}"
    );
}

fn said(outcome: &Result<Outcome<Admitted>>) -> String {
    match outcome {
        Ok(Outcome::Done(done)) => format!("{:?} {:?}", done.reservation.stakes, done.standings),
        Ok(Outcome::Denied(denial)) => {
            // A question is not the reservation itself; all else agrees.
            let of = DenialOf::Reservation;
            let denial = Denial {
                of,
                ..(**denial).clone()
            };
            format!("{denial:?}")
        }
        Ok(Outcome::Replayed(text)) => text.clone(),
        Err(error) => error.to_string(),
    }
}

/// Moves the ledger to another state; what is refused leaves it as it is.
fn shake(env: &TestEnv, ledger: &mut Ledger, dice: &mut Dice, held: &mut Vec<String>) {
    let (p, budgets) = ("p".parse().expect("a name"), ["p", "p/a", "p/b", "q"]);
    let keyed = Keyed {
        key: None,
        write: &|_| String::new(),
    };
    match dice.below(12) {
        0..=4 if !held.is_empty() => settle_one(ledger, dice, held),
        5..=6 => {
            let name = dice.pick(&["p", "q", "p/a"]).parse().expect("a name");
            let how = *dice.pick(&[GrantHow::Reset, GrantHow::Credit, GrantHow::Reset]);
            let amount = Amount::from_atoms(13).expect("13");
            let key = "tokens".parse().expect("a limit");
            let _ = ledger.grant(&name, (&key, amount), how, "", &keyed);
        }
        7 => {
            let key = "calls".parse().expect("a limit");
            let _ = ledger.grant(&p, (&key, Amount::ZERO), GrantHow::Reset, "", &keyed);
        }
        8 => {
            let name = dice.pick(&budgets).parse().expect("a name");
            let _ = ledger.change_state(&name, StateChange::Freeze, "");
        }
        9 => {
            for name in budgets {
                let name = name.parse().expect("a name");
                let _ = ledger.change_state(&name, StateChange::Unfreeze, "");
            }
        }
        10 if dice.below(4) == 0 => drop(wrapper_that_may_die(env, "p/a", "30tokens")),
        _ => {}
    }
}

fn settle_one(ledger: &mut Ledger, dice: &mut Dice, held: &mut Vec<String>) {
    let index = dice.below(held.len() as u64);
    let id = held.swap_remove(usize::try_from(index).expect("an index"));
    let id = id.parse().expect("an id");
    let (keep, detail) = (false, String::new());
    let keyed = Keyed {
        key: None,
        write: &|_| String::new(),
    };
    if dice.below(2) == 0 {
        let amounts = match dice.below(3) {
            0 => vec![
                format!("{}tokens", dice.below(90))
                    .parse()
                    .expect("an amount"),
            ],
            _ => Vec::new(),
        };
        let _ = ledger.commit(
            &Commit {
                id,
                amounts,
                keep,
                unknown: None,
                detail,
                booked: Booked::default(),
            },
            &keyed,
        );
    } else {
        let _ = ledger.release(
            &Release {
                id,
                amounts: Vec::new(),
                detail,
            },
            &keyed,
        );
    }
}

#[test]
fn a_dry_run_makes_neither_a_ledger_nor_a_budget() {
    let env = TestEnv::new();
    let args = ["reserve", B, "1usd", "--limit", "5usd/day", "--dry-run"];
    for is_there in [false, true] {
        let said = env.fails(&args, 66);
        let would = format!("without --dry-run, {B} is made with 5.00usd/day");
        assert!(said.contains(&would), "{said}");
        assert_eq!(env.ledger().exists(), is_there);
        if !is_there {
            env.ok(&["create", "other", "--limit", "1usd"]);
        }
    }
    env.ok(&args[..5]);
    env.ok(&args);
}
