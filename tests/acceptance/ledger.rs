//! The ledger under load and at its edges: whole numbers, races, several budgets at once.

use crate::common::{Dice, all, count, crowd, figures, kill, start, together, typed};
use crate::support::{Output, TestEnv};

const B: &str = "b";
const TOKENS: &str = "tokens";
const MAX: &str = "9223372036854775807";

#[test]
fn l1_amounts_beyond_doubles_are_exact() {
    let env = TestEnv::with(B, &[&format!("{MAX}tokens")]);
    let id = env.reserve(B, &["9007199254740993tokens"]);
    assert_eq!(env.figure(B, TOKENS, "reserved"), "9007199254740993");
    let answer = env.json(&["commit", &id, "9007199254740993tokens"]);
    assert_eq!(answer["charged"][0]["amount"], "9007199254740993");
    assert_eq!(env.figure(B, TOKENS, "spent"), "9007199254740993");
    assert_eq!(env.figure(B, TOKENS, "available"), "9214364837600034814");
    assert!(env.ok(&["remaining", B]).contains("9214364837600034814"));
    let id = env.reserve(B, &["all"]);
    env.ok(&["commit", &id]);
    assert_eq!(env.figure(B, TOKENS, "spent"), MAX);
    assert_eq!(env.figure(B, TOKENS, "available"), "0");
}

#[test]
fn l1_a_sum_out_of_range_is_an_error_and_changes_nothing() {
    let env = TestEnv::with(B, &["2tokens"]);
    let most = format!("{MAX}tokens");
    env.ok(&["grant", B, "1tokens"]);
    let id = env.reserve(B, &["1tokens"]);
    env.ok(&["spend", B, &most]);
    let debt = "spent 2 reserved 1 debt 9223372036854775805 left -9223372036854775805";
    assert_eq!(figures(&env, B, TOKENS), debt);
    let before = env.dump();
    for args in [
        ["spend", B, "3tokens"],
        ["spend", B, &most],
        ["commit", &id, &most],
        ["grant", B, &most],
        ["set", B, &format!("--limit={most}")],
    ] {
        assert_eq!(
            env.json_error(&args, 65)["error"]["code"],
            "overflow",
            "{args:?}"
        );
        assert_eq!(env.dump(), before, "{args:?}");
    }
    env.fails(&["spend", B, "9223372036854775808tokens"], 2);
    env.fails(&["reserve", B, "1tokens"], 75);
    assert_eq!(
        env.dump()
            .lines()
            .filter(|l| !l.starts_with("event"))
            .count(),
        before.lines().count()
    );
    env.ok(&["commit", &id, "1tokens"]);
}

/// The levels that had room for all of the excess are not flagged, whichever level was short.
#[test]
fn l2_only_a_level_that_was_short_is_flagged() {
    for (parent, child, expected) in [
        ("150tokens", "1000tokens", ["true", "false"]),
        ("1000tokens", "150tokens", ["false", "true"]),
        ("150tokens", "150tokens", ["true", "true"]),
        ("1000tokens", "1000tokens", ["false", "false"]),
    ] {
        let env = TestEnv::new();
        for (name, limit) in [("p", parent), ("p/c", child)] {
            env.ok(&[
                "create",
                name,
                "--limit",
                limit,
                "--overage",
                "allow-if-available",
            ]);
        }
        let id = env.reserve("p/c", &["100tokens"]);
        env.ok(&["commit", &id, "200tokens"]);
        let over = ["p", "p/c"].map(|name| env.figure(name, TOKENS, "over"));
        assert_eq!(over, expected, "{parent} {child}");
    }
}

fn settlers(env: &TestEnv, id: &str) -> Vec<Output> {
    let mut commands = Vec::new();
    for _ in 0..4 {
        commands.push(typed(env, &["commit", id, "30tokens"]));
        commands.push(typed(env, &["release", id]));
        commands.push(typed(env, &["spend", B, "0tokens"]));
    }
    together(commands)
}

#[test]
fn l3_of_many_who_settle_one_wins() {
    let env = TestEnv::with(B, &["1000tokens"]);
    let mut spent = 0;
    for _ in 0..4 {
        let id = env.reserve(B, &["50tokens"]);
        let outputs = settlers(&env, &id);
        assert_eq!(count(&outputs, 0), 5, "{}", all(&outputs));
        assert_eq!(count(&outputs, 65), 7, "{}", all(&outputs));
        let has_committed = outputs.iter().step_by(3).any(|output| output.code == 0);
        spent += if has_committed { 30 } else { 0 };
        let expected = format!("spent {spent} reserved 0 debt 0 left {}", 1000 - spent);
        assert_eq!(figures(&env, B, TOKENS), expected);
    }
}

#[test]
fn l3_of_many_who_settle_too_late_one_wins_too() {
    let env = TestEnv::with(B, &["1000tokens"]);
    let mut spent = 0;
    for _ in 0..4 {
        let id = env.reserve(B, &["50tokens"]);
        env.advance(66);
        let outputs = settlers(&env, &id);
        assert_eq!(count(&outputs, 0), 5, "{}", all(&outputs));
        assert_eq!(count(&outputs, 65), 7, "{}", all(&outputs));
        let has_committed = outputs.iter().step_by(3).any(|output| output.code == 0);
        spent += if has_committed { 30 } else { 0 };
        let expected = format!("spent {spent} reserved 0 debt 0 left {}", 1000 - spent);
        assert_eq!(figures(&env, B, TOKENS), expected);
    }
}

#[test]
fn l4_two_hundred_processes_and_room_for_seventeen() {
    let env = TestEnv::with("p", &["17calls"]);
    env.ok(&["create", "p/c", "--tz", "UTC", "--limit", "1000calls"]);
    let outputs = together(crowd(&env, 200, &["reserve", "p/c"]));
    assert_eq!(count(&outputs, 0), 17, "{}", all(&outputs));
    assert_eq!(count(&outputs, 75), 183, "{}", all(&outputs));
    assert!(
        outputs.iter().all(|output| !output.stderr.contains("lock")),
        "{}",
        all(&outputs)
    );
    assert_eq!(env.figure("p", "calls", "reserved"), "17");
    assert_eq!(env.figure("p/c", "calls", "reserved"), "17");
    let list = env.json(&["reservations"]);
    assert_eq!(list["reservations"].as_array().expect("a list").len(), 17);
}

#[test]
fn l4_the_first_two_dozen_make_the_ledger_together() {
    let env = TestEnv::new();
    let args = ["reserve", "fresh", "1tokens", "--limit", "10tokens"];
    let outputs = together(crowd(&env, 24, &args));
    assert_eq!(count(&outputs, 0), 10, "{}", all(&outputs));
    assert_eq!(count(&outputs, 75), 14, "{}", all(&outputs));
    assert_eq!(env.figure("fresh", TOKENS, "reserved"), "10");
}

#[test]
fn l5_processes_killed_at_any_point_move_every_level_or_none() {
    let env = TestEnv::new();
    let path = ["a", "a/b", "a/b/c", "z"];
    for name in path {
        env.ok(&[
            "create",
            name,
            "--limit",
            "100000tokens",
            "--limit",
            "100000calls",
        ]);
    }
    for point in 0..40_u64 {
        let process = start(env.command().args(["reserve", "a/b/c,z", "7tokens"]));
        std::thread::park_timeout(std::time::Duration::from_micros(point * 500));
        kill(process);
        let of = |unit| path.map(|name| env.figure(name, unit, "reserved"));
        let (tokens, calls) = (of(TOKENS), of("calls"));
        assert!(tokens.iter().all(|other| *other == tokens[0]), "{tokens:?}");
        assert!(calls.iter().all(|other| *other == calls[0]), "{calls:?}");
        let (tokens, calls): (u64, u64) = (
            tokens[0].parse().expect("a number"),
            calls[0].parse().expect("a number"),
        );
        assert_eq!(tokens, calls * 7);
    }
}

#[test]
fn l6_a_budget_made_after_the_reservation_gets_no_refund_of_it() {
    let env = TestEnv::with("p/c", &["1000tokens"]);
    let under = env.reserve("p/c", &["100tokens"]);
    let back = env.reserve("p/c", &["100tokens"]);
    env.ok(&["create", "p", "--limit", "500tokens"]);
    env.ok(&["set", "p/c", "--limit", "700tokens/day"]);
    env.ok(&["commit", &under, "60tokens"]);
    env.ok(&["release", &back]);
    assert_eq!(
        figures(&env, "p", TOKENS),
        "spent 60 reserved 0 debt 0 left 440"
    );
    assert_eq!(
        figures(&env, "p/c", TOKENS),
        "spent 60 reserved 0 debt 0 left 940"
    );
    assert_eq!(
        figures(&env, "p/c", "tokens/day"),
        "spent 60 reserved 0 debt 0 left 640"
    );
}

/// What a limit's figures must be, worked out beside the ledger.
#[derive(Default)]
struct Model {
    granted: i64,
    spent: i64,
    reserved: i64,
    debt: i64,
}

impl Model {
    const LIMIT: i64 = 1_000;

    fn left(&self) -> i64 {
        Self::LIMIT + self.granted - self.spent - self.reserved - self.debt
    }

    fn line(&self) -> String {
        let (spent, reserved, debt) = (self.spent, self.reserved, self.debt);
        format!(
            "spent {spent} reserved {reserved} debt {debt} left {}",
            self.left()
        )
    }

    fn charge(&mut self, amount: i64) {
        let funded = amount.min(self.left().max(0));
        self.spent += funded;
        self.debt += amount - funded;
    }
}

#[test]
fn l7_every_funding_operation_keeps_the_equation() {
    let env = TestEnv::with(B, &["1000tokens"]);
    let (mut model, mut dice) = (Model::default(), Dice::new(42));
    for _ in 0..60 {
        let amount = i64::try_from(dice.below(700)).expect("an amount") + 1;
        let text = format!("{amount}tokens");
        match dice.below(5) {
            0 => {
                env.ok(&["grant", B, &text]);
                model.granted += amount;
            }
            1 if amount <= model.left() => {
                env.ok(&["grant", B, &text, "--debit"]);
                model.granted -= amount;
            }
            1 => drop(env.fails(&["grant", B, &text, "--debit"], 65)),
            2 if amount <= model.debt => {
                env.ok(&["grant", B, &text, "--repay"]);
                model.debt -= amount;
            }
            2 => drop(env.fails(&["grant", B, &text, "--repay"], 65)),
            3 if amount <= model.left() => {
                env.reserve(B, &[&text]);
                model.reserved += amount;
            }
            _ => {
                env.ok(&["spend", B, &text]);
                model.charge(amount);
            }
        }
        assert_eq!(figures(&env, B, TOKENS), model.line());
    }
    assert!(model.debt > 0 && model.reserved > 0, "{}", model.line());
}

#[test]
fn l7_more_than_the_debt_is_not_repaid() {
    let env = TestEnv::with(B, &["100tokens"]);
    env.ok(&["spend", B, "130tokens"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 100 reserved 0 debt 30 left -30"
    );
    let before = env.dump();
    env.fails(&["grant", B, "31tokens", "--repay"], 65);
    assert_eq!(env.dump(), before);
    env.ok(&["grant", B, "50tokens"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 100 reserved 0 debt 30 left 20"
    );
    env.ok(&["grant", B, "30tokens", "--repay"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 100 reserved 0 debt 0 left 50"
    );
}

#[test]
fn l8_a_reset_with_open_reservations_and_debt() {
    let env = TestEnv::with(B, &["100tokens"]);
    let id = env.reserve(B, &["60tokens"]);
    env.ok(&["spend", B, "90tokens"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 40 reserved 60 debt 50 left -50"
    );
    env.ok(&["grant", B, "tokens", "--reset"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 0 reserved 60 debt 0 left 40"
    );
    env.ok(&["commit", &id, "50tokens"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 50 reserved 0 debt 0 left 50"
    );
    env.ok(&["refund", "3"]);
    let left: i64 = env
        .figure(B, TOKENS, "available")
        .parse()
        .expect("a number");
    assert!(
        left <= 100,
        "a refund of what was reset away gives no more than there was: {left}"
    );
}

#[test]
fn l9_nothing_is_admitted_once_a_budget_is_closed() {
    for _ in 0..6 {
        let env = TestEnv::with("p", &["1000tokens"]);
        env.ok(&["create", "p/c", "--limit", "1000tokens"]);
        let mut commands = crowd(&env, 8, &["reserve", "p/c", "1tokens"]);
        commands.insert(4, typed(&env, &["close", "p/c"]));
        let outputs = together(commands);
        let admitted = count(&outputs, 0) - usize::from(outputs[4].code == 0);
        if outputs[4].code == 0 {
            assert_eq!(admitted, 0, "{}", all(&outputs));
            assert_eq!(count(&outputs, 77), 8, "{}", all(&outputs));
        } else {
            assert_eq!(outputs[4].code, 65, "{}", all(&outputs));
            assert!(admitted > 0, "{}", all(&outputs));
        }
        assert_eq!(env.figure("p", TOKENS, "reserved"), admitted.to_string());
    }
}

#[test]
fn l9_nothing_is_admitted_once_an_ancestor_is_frozen() {
    for _ in 0..4 {
        let env = TestEnv::with("p", &["1000tokens"]);
        env.ok(&["create", "p/c", "--limit", "1000tokens"]);
        let mut commands = crowd(&env, 8, &["reserve", "p/c", "1tokens"]);
        commands.insert(4, typed(&env, &["freeze", "p"]));
        let outputs = together(commands);
        assert_eq!(outputs[4].code, 0, "{}", all(&outputs));
        let log = env.json(&["log"]);
        let kinds: Vec<_> = log["entries"]
            .as_array()
            .expect("entries")
            .iter()
            .map(|e| e["kind"].clone())
            .collect();
        assert_eq!(kinds.last(), Some(&"frozen".into()), "{kinds:?}");
        assert_eq!(
            count(&outputs, 0) + count(&outputs, 75),
            9,
            "{}",
            all(&outputs)
        );
    }
}

#[test]
fn l10_a_refused_commit_leaves_the_reservation_usable() {
    let env = TestEnv::new();
    env.ok(&["create", B, "--limit", "500tokens", "--overage", "reject"]);
    let id = env.reserve(B, &["400tokens"]);
    env.fails(&["commit", &id, "501tokens"], 75);
    let list = env.json(&["reservations"]);
    assert_eq!(list["reservations"][0]["state"], "open");
    env.ok(&["extend", &id]);
    env.ok(&["release", &id, "100tokens"]);
    env.ok(&["commit", &id, "300tokens"]);
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 300 reserved 0 debt 0 left 200"
    );
}

#[test]
fn l11_no_write_of_many_is_lost() {
    let env = TestEnv::with(B, &["100000tokens"]);
    let mut commands = crowd(&env, 30, &["spend", B, "3tokens"]);
    commands.extend(crowd(&env, 30, &["grant", B, "5tokens"]));
    commands.extend(crowd(&env, 30, &["reserve", B, "7tokens"]));
    commands.extend(crowd(&env, 30, &["status", "--json"]));
    let outputs = together(commands);
    assert_eq!(count(&outputs, 0), 120, "{}", all(&outputs));
    assert_eq!(
        figures(&env, B, TOKENS),
        "spent 90 reserved 210 debt 0 left 99850"
    );
    assert_eq!(env.figure(B, TOKENS, "granted"), "150");
}

#[test]
fn a_refund_of_what_was_reset_away_takes_nothing_from_what_was_charged_since() {
    let env = TestEnv::with(B, &["100tokens/day", "1000tokens"]);
    let held = env.reserve(B, &["20tokens"]);
    env.ok(&["spend", B, "50tokens"]);
    env.ok(&["grant", B, "tokens/day", "--reset"]);
    env.ok(&["spend", B, "30tokens"]);
    env.ok(&["refund", "3"]);
    let day = |env: &TestEnv| figures(env, B, "tokens/day");
    assert_eq!(day(&env), "spent 30 reserved 20 debt 0 left 50");
    assert_eq!(
        figures(&env, B, "tokens"),
        "spent 30 reserved 20 debt 0 left 950"
    );
    // What was reserved before it and charged after it, and what is charged since, come back.
    env.ok(&["commit", &held, "20tokens"]);
    env.ok(&["refund", "7", "15tokens"]);
    env.ok(&["refund", "5", "10tokens"]);
    assert_eq!(day(&env), "spent 25 reserved 0 debt 0 left 75");
}

#[test]
fn a_limit_taken_off_and_put_back_counts_what_was_charged_in_between() {
    for (period, before) in [("day", 0), ("day", 4), ("5h", 4)] {
        let limit = format!("tokens/{period}");
        let twenty = format!("20{limit}");
        let env = TestEnv::with(B, &[&twenty, "100tokens/month"]);
        let spend = |amount: &str| drop(env.ok(&["spend", B, amount]));
        let put_back = || {
            env.ok(&["set", B, "--remove-limit", &limit]);
            spend("5tokens");
            env.ok(&["set", B, "--limit", &twenty]);
            env.figure(B, &limit, "spent")
        };
        if before > 0 {
            spend(&format!("{before}tokens"));
        }
        assert_eq!(put_back(), (before + 5).to_string(), "{limit}");
        assert_eq!(put_back(), (before + 10).to_string(), "{limit}");
        env.ok(&["grant", B, &limit, "--reset"]);
        assert_eq!(put_back(), "5", "what was reset stays so: {limit}");
        assert_eq!(put_back(), "10", "{limit}");
        let month = (before + 20).to_string();
        assert_eq!(env.figure(B, "tokens/month", "spent"), month);
    }
}
