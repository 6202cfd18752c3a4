//! Windows of named days and zones, and what holds for every window anywhere.

use chrono_tz::TZ_VARIANTS;
use proptest::prelude::*;

use super::*;

const DAY: i64 = 24 * HOUR;
const MINUTE: i64 = HOUR / 60;
const SECOND: i64 = MINUTE / 60;
const LAST_OF_2059: i64 = 2_840_140_800 * SECOND;
const CALENDAR: [Period; 5] = [
    Period::Hour,
    Period::Day,
    Period::Week,
    Period::Month,
    Period::Year,
];

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn later(instant: Timestamp, micros: i64) -> Timestamp {
    instant.checked_add_micros(micros).unwrap()
}

fn length(window: Bounds) -> i64 {
    window.end.unwrap().as_micros() - window.start.as_micros()
}

/// Checks a window at its first and at its last instant. A row is the anchor (`-` for none), the
/// zone, the start and the end.
#[track_caller]
fn expect(period: &str, row: &str) -> Bounds {
    let fields: Vec<&str> = row.split(' ').collect();
    let [anchor, zone, start, end] = fields[..] else {
        panic!("four fields: {row}")
    };
    let anchor = anchor.trim_start_matches('-').parse().unwrap();
    let (period, zone) = (period.parse().unwrap(), zone.parse().unwrap());
    let (start, end) = (at(start), Some(at(end)));
    for now in [start, later(end.unwrap(), -1)] {
        let found = bounds(period, &zone, anchor, now);
        assert_eq!(found, Ok(Bounds { start, end }), "{row}");
    }
    Bounds { start, end }
}

#[test]
fn a_day_begins_when_the_clock_first_shows_it() {
    for row in [
        "- Europe/Berlin 2026-01-31T00:00:00+01:00 2026-02-01T00:00:00+01:00 1440",
        "- Europe/Berlin 2026-03-29T00:00:00+01:00 2026-03-30T00:00:00+02:00 1380",
        "- Europe/Berlin 2026-10-25T00:00:00+02:00 2026-10-26T00:00:00+01:00 1500",
        "- Europe/Berlin 2024-02-29T00:00:00+01:00 2024-03-01T00:00:00+01:00 1440",
        "- Australia/Lord_Howe 2024-04-07T00:00:00+11:00 2024-04-08T00:00:00+10:30 1470",
        "- Australia/Lord_Howe 2024-10-06T00:00:00+10:30 2024-10-07T00:00:00+11:00 1410",
        // Midnight is skipped.
        "- America/Sao_Paulo 2018-11-04T01:00:00-02:00 2018-11-05T00:00:00-02:00 1380",
        "- America/Sao_Paulo 2018-11-03T00:00:00-03:00 2018-11-04T01:00:00-02:00 1440",
        "- Asia/Beirut 2024-03-31T01:00:00+03:00 2024-04-01T00:00:00+03:00 1380",
        "- Africa/Cairo 2024-04-26T01:00:00+03:00 2024-04-27T00:00:00+03:00 1380",
        // Midnight comes twice.
        "- America/Havana 2024-11-03T00:00:00-04:00 2024-11-04T00:00:00-05:00 1500",
        "- America/Havana 2024-11-02T00:00:00-04:00 2024-11-03T00:00:00-04:00 1440",
        // One minute after midnight the clock goes back to the day before.
        "- America/St_Johns 2006-10-29T00:00:00-02:30 2006-10-30T00:00:00-03:30 1500",
        // The 30th of December does not exist.
        "- Pacific/Apia 2011-12-29T00:00:00-10:00 2011-12-31T00:00:00+14:00 1440",
        "- Pacific/Apia 2011-12-31T00:00:00+14:00 2012-01-01T00:00:00+14:00 1440",
    ] {
        let (row, minutes) = row.rsplit_once(' ').unwrap();
        let minutes: i64 = minutes.parse().unwrap();
        assert_eq!(length(expect("day", row)), minutes * MINUTE, "{row}");
    }
}

#[test]
fn a_clock_set_back_over_midnight_begins_no_other_day() {
    let zone = "America/St_Johns".parse().unwrap();
    let day = |now| bounds(Period::Day, &zone, Anchor::default(), at(now)).unwrap();
    assert_eq!(
        day("2006-10-28T23:30:00-03:30"),
        day("2006-10-29T12:00:00-03:30")
    );
    assert_ne!(
        day("2006-10-28T23:30:00-03:30"),
        day("2006-10-28T23:30:00-02:30")
    );
}

#[test]
fn an_anchored_day_begins_at_its_time() {
    for row in [
        "06:00 Europe/Berlin 2026-03-28T06:00:00+01:00 2026-03-29T06:00:00+02:00",
        "23:59 UTC 2025-12-31T23:59:00Z 2026-01-01T23:59:00Z",
        // 02:30 is skipped, then comes twice.
        "02:30 Europe/Berlin 2026-03-29T03:00:00+02:00 2026-03-30T02:30:00+02:00",
        "02:30 Europe/Berlin 2026-10-25T02:30:00+02:00 2026-10-26T02:30:00+01:00",
        // 06:00 on the 30th is skipped with its day, so the 31st is the rest until 06:00.
        "06:00 Pacific/Apia 2011-12-29T06:00:00-10:00 2011-12-31T00:00:00+14:00",
        "06:00 Pacific/Apia 2011-12-31T00:00:00+14:00 2011-12-31T06:00:00+14:00",
    ] {
        expect("day", row);
    }
}

#[test]
fn weeks_begin_on_monday_or_the_anchor() {
    for row in [
        "- Europe/Berlin 2026-03-23T00:00:00+01:00 2026-03-30T00:00:00+02:00",
        "- UTC 2025-12-29T00:00:00Z 2026-01-05T00:00:00Z",
        "sun UTC 2025-12-28T00:00:00Z 2026-01-04T00:00:00Z",
        "sun,06:00 UTC 2025-12-28T06:00:00Z 2026-01-04T06:00:00Z",
        "sun Asia/Beirut 2024-03-31T01:00:00+03:00 2024-04-07T00:00:00+03:00",
        // The week would begin on the day that does not exist.
        "fri Pacific/Apia 2011-12-31T00:00:00+14:00 2012-01-06T00:00:00+14:00",
    ] {
        expect("week", row);
    }
}

#[test]
fn months_step_from_the_anchor() {
    for row in [
        "- UTC 2024-02-01T00:00:00Z 2024-03-01T00:00:00Z",
        "- UTC 2025-12-01T00:00:00Z 2026-01-01T00:00:00Z",
        "15 UTC 2025-12-15T00:00:00Z 2026-01-15T00:00:00Z",
        "31 UTC 2025-12-31T00:00:00Z 2026-01-31T00:00:00Z",
        "31 UTC 2026-01-31T00:00:00Z 2026-02-28T00:00:00Z",
        "31 UTC 2026-02-28T00:00:00Z 2026-03-31T00:00:00Z",
        "31 UTC 2026-03-31T00:00:00Z 2026-04-30T00:00:00Z",
        "31 UTC 2024-01-31T00:00:00Z 2024-02-29T00:00:00Z",
        "31 UTC 2024-02-29T00:00:00Z 2024-03-31T00:00:00Z",
        "30 UTC 2024-02-29T00:00:00Z 2024-03-30T00:00:00Z",
        "29 UTC 2026-02-28T00:00:00Z 2026-03-29T00:00:00Z",
        "29 UTC 2100-02-28T00:00:00Z 2100-03-29T00:00:00Z",
        // The local clock moves ahead in between, or skips the beginning.
        "31,06:00 Europe/Berlin 2026-02-28T06:00:00+01:00 2026-03-31T06:00:00+02:00",
        "29,02:30 Europe/Berlin 2026-03-29T03:00:00+02:00 2026-04-29T02:30:00+02:00",
    ] {
        expect("month", row);
    }
}

#[test]
fn years_begin_in_january() {
    for row in [
        "- Europe/Berlin 2024-01-01T00:00:00+01:00 2025-01-01T00:00:00+01:00",
        "31,sun UTC 2025-01-01T00:00:00Z 2026-01-01T00:00:00Z",
        "06:00 UTC 2025-01-01T06:00:00Z 2026-01-01T06:00:00Z",
        "- Pacific/Kiritimati 1994-01-01T00:00:00-10:00 1995-01-01T00:00:00+14:00",
    ] {
        expect("year", row);
    }
}

#[test]
fn an_hour_is_the_local_clocks() {
    for row in [
        "12:34,sun,15 UTC 2025-12-31T23:00:00Z 2026-01-01T00:00:00Z",
        "12:34,sun,15 UTC 1969-12-31T23:00:00Z 1970-01-01T00:00:00Z",
        "12:34,sun,15 Asia/Kathmandu 2026-01-31T14:00:00+05:45 2026-01-31T15:00:00+05:45",
        "12:34,sun,15 Asia/Kathmandu 2026-01-31T08:15:00Z 2026-01-31T09:15:00Z",
        // Twice.
        "12:34,sun,15 Europe/Berlin 2026-10-25T02:00:00+02:00 2026-10-25T02:00:00+01:00",
        "12:34,sun,15 Europe/Berlin 2026-10-25T02:00:00+01:00 2026-10-25T03:00:00+01:00",
        // Skipped.
        "12:34,sun,15 Europe/Berlin 2026-03-29T01:00:00+01:00 2026-03-29T03:00:00+02:00",
        "12:34,sun,15 Europe/Berlin 2026-03-29T03:00:00+02:00 2026-03-29T04:00:00+02:00",
        // Half an hour twice, then half an hour skipped.
        "12:34,sun,15 Australia/Lord_Howe 2024-04-07T01:00:00+11:00 2024-04-07T02:00:00+11:00",
        "12:34,sun,15 Australia/Lord_Howe 2024-04-07T01:30:00+10:30 2024-04-07T02:00:00+10:30",
        "12:34,sun,15 Australia/Lord_Howe 2024-10-06T02:30:00+11:00 2024-10-06T03:00:00+11:00",
        // One minute after midnight.
        "12:34,sun,15 America/St_Johns 2006-10-29T00:00:00-02:30 2006-10-28T23:01:00-03:30",
        "12:34,sun,15 America/St_Johns 2006-10-28T23:01:00-03:30 2006-10-29T00:00:00-03:30",
    ] {
        expect("hour", row);
    }
}

#[test]
fn lengths_begin_now() {
    let now = at("2026-01-31T09:00:00.000001Z");
    let until = Period::Until(at("2026-02-01T00:00:00Z"));
    for (period, end) in [
        (
            "5h".parse().unwrap(),
            Some(at("2026-01-31T14:00:00.000001Z")),
        ),
        (
            "30d".parse().unwrap(),
            Some(at("2026-03-02T09:00:00.000001Z")),
        ),
        (until, Some(at("2026-02-01T00:00:00Z"))),
        (Period::Forever, None),
    ] {
        let expected = Ok(Bounds { start: now, end });
        assert_eq!(
            bounds(period, &Zone::utc(), Anchor::default(), now),
            expected
        );
    }
}

#[test]
fn a_window_without_length_is_refused() {
    let now = at("2026-01-31T09:00:00Z");
    for until in [now, later(now, -1), Timestamp::from_micros(i64::MIN)] {
        let refused = bounds(Period::Until(until), &Zone::utc(), Anchor::default(), now);
        assert_eq!(refused, Err(CalendarError::Elapsed { until, now }));
    }
    for micros in [i64::MIN, -1, 0, 1, i64::MAX] {
        let refused = bounds(
            Period::Span { micros },
            &Zone::utc(),
            Anchor::default(),
            now,
        );
        assert!(
            matches!(refused, Err(CalendarError::Span { .. })),
            "{micros}"
        );
    }
}

#[test]
fn the_ends_of_time_are_errors() {
    let zones = ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"].map(|z| z.parse().unwrap());
    let edge = chrono::DateTime::<chrono::Utc>::MAX_UTC.timestamp_micros();
    let dawn = chrono::DateTime::<chrono::Utc>::MIN_UTC.timestamp_micros();
    let anchor = "23:59,sun,31".parse().unwrap();
    for (period, zone) in CALENDAR
        .iter()
        .flat_map(|p| zones.iter().map(move |z| (*p, z)))
    {
        for now in [i64::MIN, i64::MAX].map(Timestamp::from_micros) {
            let refused = bounds(period, zone, anchor, now);
            assert_eq!(
                refused,
                Err(CalendarError::OutOfRange { now }),
                "{period} {zone}"
            );
        }
        for step in -900..900 {
            for near in [edge, dawn] {
                // Close to the edge either answer is fine, as long as it is one.
                let now = Timestamp::from_micros(near.saturating_add(step * HOUR));
                if let Ok(found) = bounds(period, zone, anchor, now) {
                    assert!(found.start <= now && found.end > Some(now));
                }
            }
        }
    }
    let now = Timestamp::from_micros(i64::MAX);
    let refused = bounds("1s".parse().unwrap(), &Zone::utc(), anchor, now);
    assert_eq!(refused, Err(CalendarError::OutOfRange { now }));
}

/// The change of offset that follows an instant within some 400 days, else the instant itself.
fn next_change(zone: Zone, from: Timestamp) -> Timestamp {
    let offset = |at| zone.offset_seconds(at);
    let days = (0..400).map(|day| later(from, day * DAY));
    let Some(before) = days
        .into_iter()
        .find(|d| offset(*d) != offset(later(*d, DAY)))
    else {
        return from;
    };
    let changed = |s: &i64| offset(later(before, s * SECOND)) != offset(before);
    later(before, (0..=86_400).find(changed).unwrap() * SECOND)
}

fn zones() -> impl Strategy<Value = Zone> {
    (0..TZ_VARIANTS.len()).prop_map(|index| TZ_VARIANTS[index].name().parse().unwrap())
}

fn instants() -> impl Strategy<Value = Timestamp> {
    (0..LAST_OF_2059).prop_map(Timestamp::from_micros)
}

fn anchors() -> impl Strategy<Value = Anchor> {
    let minutes = prop_oneof![Just(0_u16), (0_u16..16).prop_map(|n| n * 15), 0_u16..1_440];
    (minutes, 0_u8..7, 1_u8..=31).prop_map(|(minute, day, month_day)| {
        Anchor::new(minute, Weekday::try_from(day).unwrap(), month_day).unwrap()
    })
}

/// A zone and an instant in it: half of them within two days of a change of the offset.
fn places() -> impl Strategy<Value = (Zone, Timestamp)> {
    let near = (zones(), instants(), -2 * DAY..2 * DAY).prop_map(|(zone, instant, away)| {
        let instant = later(next_change(zone, instant), away);
        (zone, instant)
    });
    prop_oneof![(zones(), instants()), near]
}

fn check(period: Period, zone: Zone, anchor: Anchor, now: Timestamp) -> Result<(), TestCaseError> {
    let get = |instant| bounds(period, &zone, anchor, instant);
    let found = get(now)?;
    let end = found.end.unwrap();
    prop_assert!(found.start <= now && now < end);
    prop_assert_eq!(get(now)?, found);
    prop_assert_eq!(get(found.start)?, found);
    prop_assert_eq!(get(later(end, -1))?, found);
    prop_assert_eq!(get(end)?.start, end);
    prop_assert_eq!(get(later(found.start, -1))?.end, Some(found.start));
    Ok(())
}

/// How many anchored days the local clock has begun by an instant, found by watching it minute by
/// minute for four days: the definition of a day, at a price.
fn days_begun(zone: Zone, anchor: Anchor, now: Timestamp) -> i64 {
    let shown = |minute: i64| {
        let instant = later(now, -minute * MINUTE);
        instant.as_micros() + zone.offset_micros(instant).unwrap()
    };
    let furthest = (0..4 * 1_440).map(shown).max().unwrap();
    (furthest - i64::from(anchor.minute()) * MINUTE).div_euclid(DAY)
}

proptest! {
    #[test]
    fn windows_tile_time((zone, now) in places(), anchor in anchors()) {
        for period in CALENDAR {
            check(period, zone, anchor, now)?;
        }
    }

    #[test]
    fn an_hour_has_one_offset_and_fits_the_clock((zone, now) in places()) {
        let found = bounds(Period::Hour, &zone, Anchor::default(), now)?;
        let last = later(found.end.unwrap(), -1);
        let offset = zone.offset_micros(now).unwrap();
        prop_assert_eq!(zone.offset_micros(found.start), Some(offset));
        prop_assert_eq!(zone.offset_micros(last), Some(offset));
        let hour = |at: Timestamp| (at.as_micros() + offset).div_euclid(HOUR);
        prop_assert_eq!(hour(found.start), hour(last));
        // Shorter than an hour only next to a change of the offset.
        let before = zone.offset_micros(later(found.start, -1));
        let after = zone.offset_micros(later(last, 1));
        prop_assert!(length(found) == HOUR || before != Some(offset) || after != Some(offset));
    }

    #[test]
    fn longer_periods_are_whole_days((zone, now) in places(), anchor in anchors()) {
        for period in [Period::Week, Period::Month, Period::Year] {
            let found = bounds(period, &zone, anchor, now)?;
            let first = bounds(Period::Day, &zone, anchor, found.start)?;
            prop_assert_eq!(first.start, found.start);
        }
    }

    #[test]
    fn a_day_is_what_the_clock_shows((zone, now) in places(), anchor in anchors()) {
        // Whole minutes, and a zone whose offset is whole minutes: the watch looks once a minute.
        let now = later(now, -now.as_micros().rem_euclid(MINUTE));
        prop_assume!(zone.offset_seconds(now).is_some_and(|seconds| seconds % 60 == 0));
        let found = bounds(Period::Day, &zone, anchor, now)?;
        let begun = days_begun(zone, anchor, now);
        prop_assert_eq!(days_begun(zone, anchor, found.start), begun);
        prop_assert!(days_begun(zone, anchor, later(found.start, -MINUTE)) < begun);
        prop_assert!(days_begun(zone, anchor, found.end.unwrap()) > begun);
    }
}
