//! Whatever is asked of a ledger, in whatever order and however much time passes between, it
//! answers and shows what its rules say, told once more as plain maps and sums.
//!
//! `BUDGET_MODEL_CASES` and `BUDGET_MODEL_SEED` ask for more and for other cases.

#[cfg(test)]
#[path = "model/calls.rs"]
mod calls;
#[cfg(test)]
#[path = "model/cases.rs"]
mod cases;
#[cfg(test)]
#[path = "model/reference.rs"]
mod reference;
#[cfg(test)]
#[path = "support/steered.rs"]
mod steered;
#[path = "model/world.rs"]
mod world;

use std::collections::BTreeMap;

use calls::{
    Asked, Call, Change, How, Key, NAMES, OVERAGES, Overage, PERIODS, Period, SECOND, SINGLE,
    UNITS, Units,
};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use world::World;

/// What happens next.
#[derive(Debug, Clone)]
enum Step {
    /// Seconds pass before a request is made.
    Call(u8, Call, Option<u8>),
    /// A request as it is.
    Exactly(Call),
    /// An earlier request is made again with its key, or its key with another request.
    Again(usize),
    Pass(i64),
    /// Time passes to the next instant that changes something, and so many microseconds on.
    Edge(usize, i64),
}

fn key() -> impl Strategy<Value = Key> {
    let units = prop_oneof![4 => Just(0_usize), 3 => Just(1), 2 => Just(2), 1 => Just(3)];
    (units, prop::sample::select(&PERIODS[..])).prop_map(|(unit, period)| {
        let unit = UNITS[unit];
        (
            unit,
            if unit == "slots" {
                Period::Forever
            } else {
                period
            },
        )
    })
}

fn limits(most: usize) -> impl Strategy<Value = BTreeMap<Key, i128>> {
    let amount = prop_oneof![1 => Just(0_i128), 9 => 3_i128..40];
    let limit = (key(), amount).prop_map(|(key, amount)| match key.0 {
        "slots" => (key, amount % 5),
        _ => (key, amount),
    });
    prop::collection::vec(limit, 0..=most).prop_map(|limits| limits.into_iter().collect())
}

fn amounts() -> impl Strategy<Value = Units> {
    let unit = prop_oneof![
        6 => Just("usd"),
        4 => Just("tokens"),
        2 => Just("calls"),
        1 => Just("slots"),
        1 => Just("credits"),
    ];
    let count = prop_oneof![1 => Just(0_i128), 8 => 1_i128..20, 1 => 20_i128..80];
    prop::collection::vec((unit, count), 0..=3).prop_map(|all| all.into_iter().collect())
}

fn asks() -> impl Strategy<Value = BTreeMap<&'static str, Asked>> {
    let all = prop::bool::weighted(0.1);
    (amounts(), all, prop::bool::weighted(0.9)).prop_map(|(amounts, all, only_usual)| {
        let usual = amounts
            .into_iter()
            .filter(|(unit, _)| !only_usual || *unit != "credits");
        let ask = |(unit, atoms)| {
            let ask = if all {
                Asked::All
            } else {
                Asked::Exactly(atoms)
            };
            (unit, ask)
        };
        usual.map(ask).collect()
    })
}

fn maybe<T: Clone + std::fmt::Debug + 'static>(
    probability: f64,
    of: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(probability, of)
}

fn overage() -> impl Strategy<Value = Overage> {
    prop::sample::select(&OVERAGES[..])
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&SINGLE[..])
}

fn names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&NAMES[..])
}

fn which() -> impl Strategy<Value = usize> {
    0_usize..1_000
}

fn configuring() -> impl Strategy<Value = Call> {
    let create = (
        name(),
        limits(4),
        maybe(0.5, overage()),
        maybe(0.4, prop::bool::ANY),
    );
    let create = create.prop_map(|(name, limits, overage, releases)| Call::Create {
        name,
        limits,
        overage,
        releases,
    });
    let remove = prop::collection::btree_set(key(), 0..=1);
    let set = (
        name(),
        limits(2),
        remove,
        maybe(0.3, overage()),
        maybe(0.2, prop::bool::ANY),
    );
    let set = set.prop_map(|(name, limits, remove, overage, releases)| Call::Set {
        name,
        limits,
        remove,
        overage,
        releases,
    });
    let how = prop_oneof![
        3 => Just(How::Credit), 2 => Just(How::Debit), 2 => Just(How::Repay), 1 => Just(How::Reset)
    ];
    let grant = (name(), key(), 0_i128..15, how);
    let grant = grant.prop_map(|(name, limit, amount, how)| Call::Grant {
        name,
        limit,
        amount: if how == How::Reset { 0 } else { amount },
        how,
    });
    let change = prop_oneof![
        2 => Just(Change::Freeze),
        4 => Just(Change::Unfreeze),
        1 => Just(Change::Close(false)),
        1 => Just(Change::Close(true)),
    ];
    let state = (name(), change).prop_map(|(name, change)| Call::State { name, change });
    prop_oneof![3 => create, 6 => set, 5 => grant, 2 => state]
}

fn spending() -> impl Strategy<Value = Call> {
    let ttl = prop_oneof![4 => Just(60 * SECOND), 1 => Just(SECOND), 1 => Just(7_200 * SECOND)];
    let grace = prop_oneof![3 => Just(5 * SECOND), 1 => Just(0)];
    let own = (maybe(0.2, overage()), maybe(0.3, prop::bool::ANY));
    let reserve = (names(), asks(), prop::bool::weighted(0.08), ttl, grace, own);
    let reserve = reserve.prop_map(|(names, asks, all, ttl, grace, own)| Call::Reserve {
        names,
        asks,
        all,
        ttl,
        grace,
        overage: own.0,
        releases: own.1,
    });
    let commit = (which(), amounts(), prop::bool::weighted(0.3));
    let commit = commit.prop_map(|(which, amounts, keep)| Call::Commit {
        which,
        amounts,
        keep,
    });
    let release = (which(), amounts(), prop::bool::ANY).prop_map(|(which, amounts, whole)| {
        let amounts = if whole { Units::new() } else { amounts };
        Call::Release { which, amounts }
    });
    let by = prop_oneof![1_i64..200, Just(7_200)].prop_map(|by| by * SECOND);
    let extend = (which(), maybe(0.5, by)).prop_map(|(which, by)| Call::Extend { which, by });
    let spend = (names(), amounts()).prop_map(|(names, amounts)| Call::Spend { names, amounts });
    let refund = (0_i64..1_000, amounts(), prop::bool::ANY).prop_map(|(entry, amounts, whole)| {
        let amounts = if whole { Units::new() } else { amounts };
        Call::Refund { entry, amounts }
    });
    prop_oneof![10 => reserve, 8 => commit, 4 => release, 2 => extend, 4 => spend, 4 => refund]
}

fn step() -> impl Strategy<Value = Step> {
    let call = prop_oneof![3 => configuring().boxed(), 10 => spending().boxed()];
    let call = (0_u8..3, call, maybe(0.25, 0_u8..2));
    prop_oneof![
        16 => call.prop_map(|(seconds, call, key)| Step::Call(seconds, call, key)),
        1 => which().prop_map(Step::Again),
        1 => prop_oneof![3 => 1_i64..4_000, 1 => 4_000_i64..90_000].prop_map(Step::Pass),
        3 => (prop_oneof![2 => 0_usize..2, 1 => 0_usize..9], -1_i64..=1)
            .prop_map(|(edge, beyond)| Step::Edge(edge, beyond)),
    ]
}

/// A request with its places in lists turned into reservations and limits that are there.
fn aimed(world: &World, call: &Call) -> Option<Call> {
    let mut call = call.clone();
    match &mut call {
        Call::Commit { which, .. } | Call::Release { which, .. } | Call::Extend { which, .. } => {
            let all = world.model.reservations.len();
            // Of four, three go to the latest ones.
            let latest = all.min(if which.is_multiple_of(4) { all } else { 3 });
            let back = (*which / 4).checked_rem(latest)?;
            *which = all - 1 - back;
        }
        Call::Refund { entry, .. } => {
            let charges = world.model.charges.iter().filter_map(|charge| charge.entry);
            let charges: Vec<_> = charges.filter(|entry| *entry > 0).collect();
            let place = usize::try_from(*entry).expect("a place");
            let any = *entry % (world.model.entries + 2);
            let aimed = charges.get((place / 8).checked_rem(charges.len()).unwrap_or(0));
            *entry = if place.is_multiple_of(8) {
                any.max(1)
            } else {
                aimed.copied().unwrap_or(1)
            };
        }
        // Mostly a limit that the budget has.
        Call::Grant {
            name,
            limit,
            amount,
            ..
        } => {
            let is_its =
                |l: &&reference::Limit| world.model.budgets[l.budget].name == *name && !l.removed;
            let its: Vec<_> = world.model.limits.iter().filter(is_its).collect();
            let place = usize::try_from(*amount).expect("small");
            let is_there = its.iter().any(|l| l.key == *limit);
            let aimed = its.get(place % (its.len() + 1)).filter(|_| !is_there);
            *limit = aimed.map_or(*limit, |l| l.key);
        }
        // Mostly one that it has is removed.
        Call::Set {
            name,
            limits,
            remove,
            ..
        } => {
            let its = world.model.limits.iter();
            let its = its.filter(|l| world.model.budgets[l.budget].name == *name && !l.removed);
            let its = its.filter(|l| !limits.contains_key(&l.key));
            let place = limits.values().sum::<i128>();
            let place = usize::try_from(place).expect("small");
            let its: Vec<_> = its.collect();
            if !remove.is_empty()
                && let Some(aimed) = its.get(place % (its.len() + 1))
            {
                *remove = [aimed.key].into();
            }
        }
        _ => {}
    }
    Some(call)
}

fn play(steps: &[Step]) {
    let mut world = World::new();
    for (name, limits) in [
        (
            "root",
            &[
                ("usd", Period::Forever),
                ("tokens", Period::Day),
                ("calls", Period::Hour),
            ][..],
        ),
        (
            "root/a",
            &[
                ("usd", Period::Day),
                ("usd", Period::Span(PERIODS_5H)),
                ("slots", Period::Forever),
            ],
        ),
        ("ann", &[("usd", Period::Week), ("tokens", Period::Forever)]),
    ] {
        let limits = limits
            .iter()
            .map(|key| (*key, if key.0 == "slots" { 3 } else { 50 }));
        let create = Call::Create {
            name,
            limits: limits.collect(),
            overage: None,
            releases: None,
        };
        world.call(&create, None);
    }
    for step in steps {
        let now = world.model.now;
        match step {
            Step::Call(seconds, call, key) => {
                if *seconds > 0 {
                    world.pass_until(now + i64::from(*seconds) * SECOND);
                }
                if let Some(call) = aimed(&world, call) {
                    let key = key.filter(|_| !matches!(call, Call::State { .. }));
                    world.call(&call, key.map(|key| format!("k{key}")).as_deref());
                }
            }
            Step::Exactly(call) => world.call(call, None),
            Step::Again(which) => {
                let earlier = which.checked_rem(world.keyed.len());
                if let Some((call, key)) = earlier.map(|at| world.keyed[at].clone()) {
                    world.call(&call, Some(&key));
                }
            }
            Step::Pass(seconds) => world.pass_until(now + seconds * SECOND),
            Step::Edge(which, beyond) => {
                let edges = world.model.edges();
                if let Some(edge) = edges.get(*which % edges.len().max(1)) {
                    world.pass_until(edge + beyond);
                }
            }
        }
    }
    // In the end nobody settles what is left.
    let last = world.model.edges().last().copied().unwrap_or_default();
    world.pass_until(last.max(world.model.now) + 200_000 * SECOND);
}

const PERIODS_5H: i64 = 5 * calls::HOUR;

#[expect(
    clippy::disallowed_methods,
    reason = "a switch for whoever runs the tests"
)]
fn number(name: &str, otherwise: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(otherwise, |text| text.parse().expect(name))
}

#[test]
fn a_ledger_does_what_its_rules_say() {
    let config = ProptestConfig {
        cases: u32::try_from(number("BUDGET_MODEL_CASES", 100)).expect("a count"),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(number("BUDGET_MODEL_SEED", 7)),
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    };
    let steps = prop::collection::vec(step(), 1..40);
    let outcome = TestRunner::new(config).run(&steps, |steps| {
        play(&steps);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
