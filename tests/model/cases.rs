//! Requests that once were answered wrongly, kept as they were found or thought of.

use super::calls::{Asked, Call, Change, HOUR, How, Key, OVERAGES, Overage, Period, SECOND, Units};
use super::{Step, play};

fn then(call: Call) -> Step {
    Step::Exactly(call)
}

fn spend(names: &'static str, amounts: &[(&'static str, i128)]) -> Step {
    let amounts = amounts.iter().copied().collect();
    then(Call::Spend { names, amounts })
}

fn reserve(names: &'static str, asks: &[(&'static str, i128)]) -> Step {
    let asks = asks
        .iter()
        .map(|(unit, atoms)| (*unit, Asked::Exactly(*atoms)));
    then(Call::Reserve {
        names,
        asks: asks.collect(),
        all: false,
        ttl: 60 * SECOND,
        grace: 5 * SECOND,
        overage: None,
        releases: None,
    })
}

/// Settles the first reservation.
fn commit(amounts: &[(&'static str, i128)], keep: bool) -> Step {
    let amounts = amounts.iter().copied().collect();
    let which = 0;
    then(Call::Commit {
        which,
        amounts,
        keep,
    })
}

fn set(name: &'static str, limit: Key, amount: i128) -> Step {
    then(Call::Set {
        name,
        limits: [(limit, amount)].into(),
        remove: [].into(),
        overage: None,
        releases: None,
    })
}

fn grant(name: &'static str, limit: Key, amount: i128, how: How) -> Step {
    then(Call::Grant {
        name,
        limit,
        amount,
        how,
    })
}

fn state(name: &'static str, change: Change) -> Step {
    then(Call::State { name, change })
}

/// Takes back what was charged first, after three budgets were made.
fn refund(amounts: &[(&'static str, i128)]) -> Step {
    let amounts = amounts.iter().copied().collect();
    then(Call::Refund { entry: 4, amounts })
}

const FOREVER: Key = ("usd", Period::Forever);
const DAY: Key = ("usd", Period::Day);
const SPAN: Key = ("usd", Period::Span(5 * HOUR));

fn create(name: &'static str, limits: &[(Key, i128)]) -> Step {
    then(Call::Create {
        name,
        limits: limits.iter().copied().collect(),
        overage: None,
        releases: None,
    })
}

fn remove(name: &'static str, limit: Key) -> Step {
    then(Call::Set {
        name,
        limits: [].into(),
        remove: [limit].into(),
        overage: None,
        releases: None,
    })
}

#[test]
fn a_limit_counts_what_none_of_its_unit_saw() {
    let credits = ("credits", Period::Day);
    play(&[
        spend("ann", &[("credits", 4)]),
        set("ann", credits, 9),
        remove("ann", credits),
        spend("ann", &[("credits", 3)]),
        set("ann", credits, 9),
        set("ann", ("credits", Period::Hour), 9),
        refund(&[("credits", 3)]),
        refund(&[]),
    ]);
}

#[test]
fn a_budget_above_others_counts_what_they_were_charged() {
    play(&[
        create("zoe/new", &[(DAY, 50)]),
        spend("zoe/new", &[("usd", 7), ("credits", 2)]),
        reserve("zoe/new", &[("usd", 5)]),
        create("zoe", &[(DAY, 20), (("credits", Period::Week), 9)]),
        commit(&[("usd", 6), ("credits", 1)], false),
        state("zoe", Change::Close(false)),
        create("zoe", &[(DAY, 20)]),
    ]);
}

#[test]
fn what_is_open_counts_against_a_limit_set_since() {
    for limit in [("usd", Period::Hour), ("usd", Period::Span(HOUR / 2)), DAY] {
        play(&[
            reserve("ann", &[("usd", 5)]),
            set("ann", limit, 4),
            reserve("ann", &[("usd", 1)]),
            commit(&[("usd", 2)], true),
            remove("ann", limit),
            commit(&[("usd", 1)], true),
            set("ann", limit, 4),
            commit(&[("usd", 9), ("tokens", 3)], false),
        ]);
        play(&[
            reserve("ann", &[("usd", 5)]),
            Step::Edge(3, 1),
            set("ann", limit, 4),
            Step::Pass(100_000),
        ]);
    }
}

#[test]
fn what_corrects_a_charge_reaches_limits_set_since() {
    let (credits, hour) = (("credits", Period::Forever), ("usd", Period::Hour));
    for actual in [3, 8] {
        play(&[
            reserve("ann", &[("usd", 5)]),
            Step::Pass(100),
            set("ann", hour, 9),
            set("ann", credits, 9),
            commit(&[("usd", actual), ("credits", 1)], false),
            then(Call::Refund {
                entry: 5,
                amounts: [("usd", 2)].into(),
            }),
            grant("ann", hour, 0, How::Reset),
            then(Call::Refund {
                entry: 5,
                amounts: [].into(),
            }),
        ]);
    }
}

#[test]
fn slots_are_never_spent() {
    play(&[
        spend("root/a", &[("slots", 1)]),
        reserve("root/a", &[("usd", 5)]),
        commit(&[("slots", 1)], true),
        commit(&[("slots", 1), ("usd", 1)], true),
        commit(&[("slots", 2)], false),
    ]);
}

#[test]
fn a_charge_is_refunded_once() {
    play(&[
        spend("root", &[("usd", 5)]),
        refund(&[]),
        refund(&[]),
        refund(&[("usd", 0)]),
    ]);
}

#[test]
fn a_part_of_what_ended_is_not_all_of_it() {
    let part = || {
        let amounts: Units = [("usd", 2)].into();
        then(Call::Release { which: 0, amounts })
    };
    play(&[
        reserve("root", &[("usd", 9)]),
        Step::Pass(70),
        commit(&[("usd", 3)], true),
        part(),
        commit(&[("usd", 7)], false),
        part(),
    ]);
}

#[test]
fn what_moves_nothing_opens_no_window() {
    play(&[
        grant("root/a", SPAN, 0, How::Reset),
        grant("root/a", SPAN, 0, How::Repay),
        grant("root/a", SPAN, 0, How::Credit),
        Step::Pass(20_000),
        spend("root/a", &[("usd", 1)]),
    ]);
}

#[test]
fn a_window_that_ended_keeps_its_limit() {
    play(&[
        spend("root/a", &[("usd", 1)]),
        Step::Pass(90_000),
        set("root/a", DAY, 7),
        set("root/a", SPAN, 0),
        spend("root/a", &[("usd", 1)]),
        set("root/a", DAY, 6),
    ]);
}

#[test]
fn a_limit_is_not_set_and_removed_at_once() {
    play(&[
        reserve("root", &[("usd", 1)]),
        then(Call::Set {
            name: "root",
            limits: [(FOREVER, 3)].into(),
            remove: [FOREVER].into(),
            overage: None,
            releases: None,
        }),
    ]);
}

#[test]
fn what_is_available_may_lie_below_what_was_taken_off() {
    play(&[
        grant("root", FOREVER, 40, How::Debit),
        set("root", FOREVER, 10),
        spend("root", &[("usd", 3)]),
        grant("root", FOREVER, 20, How::Credit),
        reserve("root", &[("usd", 0)]),
        grant("root", FOREVER, 20, How::Credit),
        reserve("root", &[("usd", 1)]),
    ]);
}

#[test]
fn a_refund_counts_when_the_charge_did() {
    play(&[
        spend("root", &[("usd", 9)]),
        Step::Pass(90_000),
        spend("root", &[("usd", 4)]),
        refund(&[]),
        set("root", DAY, 20),
        set("root", ("usd", Period::Week), 20),
    ]);
}

#[test]
fn what_was_reset_is_not_taken_back_from_others() {
    for limit in [DAY, FOREVER] {
        play(&[
            spend("root", &[("usd", 9)]),
            set("root", limit, 30),
            grant("root", limit, 0, How::Reset),
            spend("root", &[("usd", 4)]),
            refund(&[("usd", 5)]),
            refund(&[]),
        ]);
    }
}

#[test]
fn a_limit_that_was_taken_off_counts_what_it_missed() {
    let remove = |limit| {
        then(Call::Set {
            name: "root/a",
            limits: [].into(),
            remove: [limit].into(),
            overage: None,
            releases: None,
        })
    };
    for limit in [DAY, SPAN, FOREVER] {
        for between in [0, 3] {
            play(&[
                set("root/a", ("usd", Period::Week), 40),
                set("root/a", limit, 30),
                spend("root/a", &[("usd", 9)]),
                grant("root/a", limit, 0, How::Reset),
                spend("root/a", &[("usd", 2)]),
                remove(limit),
                spend("root/a", &[("usd", between)]),
                set("root/a", limit, 20),
                remove(limit),
                Step::Pass(90_000),
                spend("root/a", &[("usd", between)]),
                set("root/a", limit, 20),
            ]);
        }
    }
}

#[test]
fn a_closed_budget_does_not_hold_up_the_next_of_its_name() {
    let create = || {
        then(Call::Create {
            name: "root/b",
            limits: [(DAY, 20)].into(),
            overage: Some(Overage::Reject),
            releases: None,
        })
    };
    play(&[
        create(),
        reserve("root/b", &[("usd", 2)]),
        state("root/b", Change::Close(false)),
        state("root/b", Change::Close(true)),
        reserve("root/b", &[("usd", 2)]),
        create(),
        state("root/b", Change::Close(false)),
        commit(&[("usd", 3)], false),
    ]);
}

#[test]
fn all_of_no_slots_is_not_a_wish_for_none() {
    let full = |asked| {
        then(Call::Reserve {
            names: "root/a",
            asks: [("slots", asked), ("usd", Asked::Exactly(1))].into(),
            all: false,
            ttl: 60 * SECOND,
            grace: 5 * SECOND,
            overage: None,
            releases: None,
        })
    };
    play(&[
        full(Asked::Exactly(3)),
        full(Asked::All),
        full(Asked::Exactly(0)),
        full(Asked::Exactly(1)),
    ]);
}

/// More than was reserved, under every policy, with room for all, for a part and for none of it.
#[test]
fn every_policy_meets_every_room() {
    for overage in OVERAGES {
        for spent in [0, 6, 13] {
            for asked in [9, 12, 16] {
                let limits = [
                    (DAY, 15),
                    (("usd", Period::Hour), 12),
                    (("tokens", Period::Day), 9),
                ];
                let create = then(Call::Create {
                    name: "root/b",
                    limits: limits.into(),
                    overage: Some(overage),
                    releases: None,
                });
                play(&[
                    create,
                    reserve("root/b", &[("usd", 2)]),
                    spend("root/b", &[("usd", spent)]),
                    commit(&[("usd", asked), ("tokens", asked)], true),
                    commit(&[("usd", asked), ("tokens", asked)], false),
                    reserve("root/b", &[("usd", 1)]),
                    grant("root/b", DAY, 9, How::Credit),
                    reserve("root/b", &[("usd", 1)]),
                    refund(&[]),
                ]);
            }
        }
    }
}

/// The last microsecond of a lease and of its grace belong to them; the last of a window does not.
#[test]
fn edges_belong_to_one_side() {
    for beyond in -1..=1 {
        // The end of the lease, of its grace, and of the hour.
        for which in 0..3 {
            for late in [
                then(Call::Extend { which: 0, by: None }),
                commit(&[("usd", 9)], false),
                spend("root", &[("calls", 1)]),
            ] {
                play(&[
                    reserve("root", &[("usd", 5)]),
                    Step::Edge(which, beyond),
                    late,
                ]);
            }
        }
    }
}
