use super::*;
use crate::ledger::calendar::{Anchor, Bounds, Zone, bounds};
use crate::ledger::limit::{LimitId, LimitSpec};
use crate::ledger::policy::Overage;
use crate::ledger::window::Figures;
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect(text)
}

fn later(start: Timestamp, seconds: i64) -> Timestamp {
    start
        .checked_add_micros(seconds * 1_000_000)
        .expect("a time")
}

/// A limit in the window around an instant, which was charged this.
fn limit(text: &str, zone: &str, now: Timestamp, charges: &[(Timestamp, i64)]) -> Position {
    let spec: LimitSpec = text.parse().expect(text);
    let zone: Zone = zone.parse().expect(zone);
    let found = bounds(spec.key.period, &zone, Anchor::default(), now).expect("a window");
    let spent = charges.iter().map(|(_, atoms)| atoms).sum();
    Position {
        limit: LimitId(1),
        budget: "me".parse().expect("a name"),
        key: spec.key,
        overage: Overage::default(),
        warn: Vec::new(),
        window: None,
        bounds: found,
        figures: Figures {
            spent: Amount::from_atoms(spent).expect("an amount"),
            ..Figures::fresh(spec.amount)
        },
    }
}

/// The same amount in every so many seconds from the start of the window until an instant.
fn steady(start: Timestamp, now: Timestamp, every: i64, atoms: i64) -> Vec<(Timestamp, i64)> {
    let times = (0..).map(|n| later(start, n * every + every / 2));
    times
        .take_while(|at| *at < now)
        .map(|at| (at, atoms))
        .collect()
}

const LONG_AGO: Timestamp = Timestamp::from_micros(0);

fn of(position: &Position, charges: &[(Timestamp, i64)], now: Timestamp) -> Forecast {
    forecast(position, LONG_AGO, charges, now)
}

#[track_caller]
fn known(found: Forecast) -> Heading {
    match found {
        Forecast::Heading(heading) => heading,
        other => panic!("{other:?}"),
    }
}

fn atoms(range: Range) -> (i64, i64, i64) {
    (range.low.atoms(), range.likely.atoms(), range.high.atoms())
}

/// The window of a limit and what a steady pace of 10 a step comes to at its end.
#[track_caller]
fn steadily(text: &str, zone: &str, now: &str, every: i64, total: i64) {
    let now = at(now);
    let start = limit(text, zone, now, &[]).bounds.start;
    let charges = steady(start, now, every, 10);
    let position = limit(text, zone, now, &charges);
    let heading = known(of(&position, &charges, now));
    assert_eq!(
        atoms(heading.at_end),
        (total, total, total),
        "{text} {zone}"
    );
}

#[test]
fn a_steady_pace_comes_to_its_total_in_every_calendar() {
    let (day, hour) = (86_400, 3_600);
    // Months have the days they have.
    steadily("9999tokens/month", "UTC", "2026-02-15T00:00:00Z", day, 280);
    steadily("9999tokens/month", "UTC", "2028-02-15T00:00:00Z", day, 290);
    steadily("9999tokens/month", "UTC", "2026-11-21T00:00:00Z", day, 300);
    steadily("9999tokens/month", "UTC", "2026-12-21T00:00:00Z", day, 310);
    // Days of 23 and of 25 hours.
    steadily(
        "9999tokens/day",
        "Europe/Berlin",
        "2026-03-29T10:00:00Z",
        hour,
        230,
    );
    steadily(
        "9999tokens/day",
        "Europe/Berlin",
        "2026-10-25T10:00:00Z",
        hour,
        250,
    );
    steadily(
        "9999tokens/day",
        "Europe/Berlin",
        "2026-11-21T11:00:00Z",
        hour,
        240,
    );
    steadily("9999tokens/hour", "UTC", "2026-11-21T11:30:00Z", 300, 120);
    steadily(
        "9999tokens/week",
        "UTC",
        "2026-11-18T12:00:00Z",
        6 * hour,
        280,
    );
    steadily("9999tokens/year", "UTC", "2026-07-02T00:00:00Z", day, 3_650);
}

#[test]
fn a_length_of_time_is_forecast_as_a_period_is() {
    let start = at("2026-11-21T10:17:00Z");
    let now = later(start, 2 * 3_600);
    let charges = steady(start, now, 900, 10);
    let mut position = limit("150tokens/5h", "UTC", start, &charges);
    let heading = known(of(&position, &charges, now));
    assert_eq!(atoms(heading.at_end), (200, 200, 200));
    let out = later(start, 150 * 90);
    let near = |found: Option<Timestamp>| {
        let apart = found.map(|found| found.as_micros() - out.as_micros());
        assert!(
            apart.is_some_and(|apart| apart.abs() < 100_000_000),
            "{apart:?}"
        );
    };
    let RunsOut {
        earliest,
        likely,
        latest,
    } = heading.runs_out;
    [earliest, likely, latest].into_iter().for_each(near);
    position.bounds = Bounds {
        end: None,
        ..position.bounds
    };
    assert_eq!(
        of(&position, &charges, now),
        Forecast::Endless(Some(later(now, 6_300)))
    );
}

#[test]
fn the_first_minutes_predict_nothing() {
    let start = at("2026-11-21T00:00:00Z");
    let one = [(later(start, 60), 100)];
    let found = |seconds| {
        let now = later(start, seconds);
        of(&limit("500tokens/day", "UTC", now, &one), &one, now)
    };
    assert_eq!(found(120), Forecast::TooEarly);
    assert_eq!(found(3 * 3_600 - 1), Forecast::TooEarly);
    let heading = known(found(3 * 3_600));
    let (low, likely, high) = atoms(heading.at_end);
    assert_eq!((low, likely), (100, 800));
    assert!(high > 2 * likely, "one charge says little: {high}");
    assert_eq!(heading.runs_out.latest, None);
    assert!(heading.runs_out.likely.is_some() && heading.runs_out.earliest.is_some());
}

#[test]
fn nothing_charged_is_not_nothing_to_come() {
    let now = at("2026-11-21T12:00:00Z");
    let position = limit("500tokens/day", "UTC", now, &[]);
    assert_eq!(of(&position, &[], now), Forecast::Nothing);
    let yesterday = [(at("2026-11-20T23:59:59Z"), 100)];
    assert_eq!(of(&position, &yesterday, now), Forecast::Nothing);
    let back = [(later(now, -9), 5), (later(now, -8), -5)];
    assert_eq!(of(&position, &back, now), Forecast::Nothing);
}

/// All at once is as much in the mean as bit by bit, and much less certain.
#[test]
fn a_burst_has_a_wide_range() {
    let start = at("2026-11-21T00:00:00Z");
    let now = later(start, 12 * 3_600);
    let burst = [(later(start, 5 * 3_600), 120)];
    let heading = known(of(&limit("500tokens/day", "UTC", now, &burst), &burst, now));
    // Twelve slices, one of them with all: 1.372 × √(1200 × 12 × 2) to either side.
    assert_eq!(atoms(heading.at_end), (120, 240, 240 + 233));
    assert_eq!(
        heading.runs_out,
        RunsOut {
            earliest: None,
            likely: None,
            latest: None
        }
    );
    let mut bits = steady(start, now, 3_600, 10);
    bits[0].1 = 11;
    bits[1].1 = 9;
    let heading = known(of(&limit("500tokens/day", "UTC", now, &bits), &bits, now));
    assert_eq!(atoms(heading.at_end), (237, 240, 243));
}

#[test]
fn a_limit_that_is_used_up_cannot_run_out_but_goes_on() {
    let start = at("2026-11-21T00:00:00Z");
    let now = later(start, 12 * 3_600);
    let charges = steady(start, now, 3_600, 10);
    let heading = known(of(
        &limit("100tokens/day", "UTC", now, &charges),
        &charges,
        now,
    ));
    assert_eq!(atoms(heading.at_end), (240, 240, 240));
    assert_eq!(
        heading.runs_out,
        RunsOut {
            earliest: None,
            likely: None,
            latest: None
        }
    );
}

#[test]
fn what_is_reserved_may_be_spent_or_come_back() {
    let start = at("2026-11-21T00:00:00Z");
    let now = later(start, 12 * 3_600);
    let charges = steady(start, now, 3_600, 10);
    let mut position = limit("300tokens/day", "UTC", now, &charges);
    position.figures.reserved = Amount::from_atoms(100).expect("an amount");
    let heading = known(of(&position, &charges, now));
    assert_eq!(atoms(heading.at_end), (240, 340, 340));
    let RunsOut {
        earliest,
        likely,
        latest,
    } = heading.runs_out;
    // Eighty more at ten an hour; an atom less is rounded up to one for the earliest.
    assert_eq!((likely, latest), (Some(later(now, 8 * 3_600)), None));
    assert_eq!(
        earliest,
        Some(Timestamp::from_micros(
            later(now, 7 * 3_600 + 54 * 60).as_micros() + 1
        ))
    );
}

/// A budget made in the middle of a month is judged from then on, unless charges of before were
/// brought in.
#[test]
fn time_before_there_was_anything_does_not_count() {
    let made = at("2026-11-11T00:00:00Z");
    let now = at("2026-11-21T00:00:00Z");
    let charges = steady(made, now, 86_400, 10);
    let position = limit("999tokens/month", "UTC", now, &charges);
    let total = |charges: &[_]| {
        known(forecast(&position, made, charges, now))
            .at_end
            .likely
            .atoms()
    };
    assert_eq!(total(&charges), 200);
    let early = [&[(at("2026-11-01T00:00:01Z"), 1)], charges.as_slice()].concat();
    assert_eq!(total(&early), 100 + 51);
}

/// The same by the textbook, in floating point.
#[expect(clippy::cast_precision_loss, reason = "only compared with")]
fn by_the_book(slices: &[i64], elapsed: f64, rest: f64, factor: f64) -> (f64, f64) {
    let n = slices.len() as f64;
    let mean = slices.iter().sum::<i64>() as f64 / n;
    let squares = slices.iter().map(|sum| (*sum as f64 - mean).powi(2));
    let variance = squares.sum::<f64>() / (n - 1.0);
    let k = rest * n / elapsed;
    let doubt = factor * (variance * k * (1.0 + k / n)).sqrt();
    (mean * k, doubt)
}

proptest! {
    #[test]
    #[expect(clippy::cast_precision_loss, reason = "only compared with")]
    fn it_agrees_with_the_textbook(sums in prop::collection::vec(0..1_000_000_i64, 3..24)) {
        let hours = i64::try_from(sums.len()).expect("few");
        let start = at("2026-11-21T00:00:00Z");
        let now = later(start, hours * 3_600);
        let charges: Vec<_> = sums.iter().zip(0..).map(|(sum, n)| (later(start, n * 3_600), *sum)).collect();
        let position = limit("999999999tokens/day", "UTC", now, &charges);
        prop_assume!(sums.iter().any(|sum| *sum > 0));
        let heading = known(of(&position, &charges, now));
        let (_, factor) = FACTORS.iter().find(|(least, _)| i128::from(hours) > *least).expect("one");
        let (likely, doubt) = by_the_book(&sums, hours as f64, (24 - hours) as f64, *factor as f64 / 1_000.0);
        let total = sums.iter().sum::<i64>() as f64;
        let (low, mid, high) = atoms(heading.at_end);
        let near = |found: i64, wanted: f64| (found as f64 - wanted).abs() < 3.0;
        prop_assert!(near(mid, total + likely), "{mid} {likely}");
        prop_assert!(near(high, total + likely + doubt), "{high} {}", total + likely + doubt);
        prop_assert!(near(low, total + (likely - doubt).max(0.0)), "{low} {}", total + likely - doubt);
    }

    /// What is likely is the straight line that the pace draws, and both speak from the same time on.
    #[test]
    fn it_says_what_the_pace_says(
        (text, length) in prop::sample::select(vec![("tokens/day", 86_400), ("tokens/hour", 3_600)]),
        limit_atoms in 1..1_000_000_i64,
        sums in prop::collection::vec((0..86_400_i64, 0..100_000_i64), 0..20),
        reserved in 0..1_000_i64,
        passed in 1..86_400_i64,
    ) {
        let start = at("2026-11-21T00:00:00Z");
        let passed = passed % length;
        let now = later(start, passed);
        let sums = sums.iter().filter(|(at, _)| *at <= passed);
        let charges: Vec<_> = sums.map(|(at, sum)| (later(start, *at), *sum)).collect();
        let mut position = limit(&format!("{limit_atoms}{text}"), "UTC", now, &charges);
        position.figures.reserved = Amount::from_atoms(reserved).expect("an amount");
        let found = of(&position, &charges, now);
        let Some(pace) = pace(&position, LONG_AGO, now) else {
            let says_when = matches!(found, Forecast::Heading(h) if h.runs_out.earliest.is_some());
            prop_assert!(!says_when, "{found:?}");
            return Ok(());
        };
        let heading = known(found);
        prop_assert_eq!(pace.at_end, Some(heading.at_end.likely));
        let end = position.bounds.end.expect("an end");
        let micros = |out: Option<Timestamp>| out.unwrap_or(end).as_micros();
        let apart = micros(pace.runs_out) - micros(heading.runs_out.likely);
        prop_assert!(apart.abs() <= 1, "{pace:?} {heading:?}");
    }

    /// Whatever was charged, nothing leaves its range and all of it is in order.
    #[test]
    fn ranges_are_ranges(
        limit_atoms in 0..i64::MAX / 2,
        sums in prop::collection::vec((0..86_400_i64, 0..i64::MAX / 64), 0..30),
        reserved in 0..i64::MAX / 4,
        passed in 1..86_400_i64,
    ) {
        let start = at("2026-11-21T00:00:00Z");
        let now = later(start, passed);
        let charges: Vec<_> = sums.iter().map(|(at, sum)| (later(start, *at), *sum)).collect();
        let mut position = limit("1tokens/day", "UTC", now, &charges);
        position.figures.limit = Amount::from_atoms(limit_atoms).expect("an amount");
        position.figures.reserved = Amount::from_atoms(reserved).expect("an amount");
        if let Forecast::Heading(Heading { at_end, runs_out }) = of(&position, &charges, now) {
            let (low, likely, high) = atoms(at_end);
            prop_assert!(position.figures.spent.atoms() <= low && low <= likely && likely <= high);
            let end = position.bounds.end.expect("an end");
            let order = |a: Option<Timestamp>, b: Option<Timestamp>| a.unwrap_or(end) <= b.unwrap_or(end);
            prop_assert!(order(runs_out.earliest, runs_out.likely), "{runs_out:?}");
            prop_assert!(order(runs_out.likely, runs_out.latest), "{runs_out:?}");
            for instant in [runs_out.earliest, runs_out.likely, runs_out.latest].into_iter().flatten() {
                prop_assert!(now <= instant && instant < end);
            }
        }
    }
}
