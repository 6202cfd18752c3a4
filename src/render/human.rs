//! Amounts, times and lists as people read them.

use serde_json::Value;

use crate::ledger::amount::decimal;
use crate::ledger::calendar::Zone;
use crate::ledger::duration::format_millis;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;

/// An amount for a table: money with `$`, counts with thousands apart, time in its two largest parts.
pub fn amount(atoms: impl Into<i128>, unit: &Unit) -> String {
    let atoms = atoms.into();
    match unit {
        Unit::Time => span(atoms),
        _ => exact(atoms, unit),
    }
}

/// The same with every part of a time, where figures are to add up.
pub fn exact(atoms: impl Into<i128>, unit: &Unit) -> String {
    let atoms = atoms.into();
    match unit {
        Unit::Usd => {
            let text = decimal(atoms, unit);
            match text.strip_prefix('-') {
                Some(positive) => format!("-${}", thousands(positive)),
                None => format!("${}", thousands(&text)),
            }
        }
        Unit::Time => format_millis(atoms),
        _ => thousands(&decimal(atoms, unit)),
    }
}

/// Dollars rounded to so many places, up to 8, half of the last one away from zero; for views where
/// the exact figure can be had elsewhere.
pub fn dollars(atoms: impl Into<i128>, places: u32) -> String {
    let atoms = atoms.into();
    let step = 10_u128.pow(Unit::Usd.decimals().saturating_sub(places));
    let rounded = atoms.unsigned_abs().saturating_add(step / 2) / step;
    let (whole, part) = (rounded / 10_u128.pow(places), rounded % 10_u128.pow(places));
    let sign = if atoms < 0 && rounded > 0 { "-" } else { "" };
    let width = usize::try_from(places).unwrap_or_default();
    let point = if places > 0 {
        format!(".{part:0>width$}")
    } else {
        String::new()
    };
    format!("{sign}${}{point}", thousands(&whole.to_string()))
}

/// An amount with its unit, for a sentence.
pub fn quantity(atoms: impl Into<i128>, unit: &Unit) -> String {
    let atoms = atoms.into();
    match unit {
        Unit::Usd | Unit::Time => amount(atoms, unit),
        Unit::Calls | Unit::Slots | Unit::Tokens | Unit::Credits if atoms == 1 => {
            format!("1 {}", unit.as_str().trim_end_matches('s'))
        }
        _ => format!(
            "{} {}",
            amount(atoms, unit),
            unit.as_str().replace('_', " ")
        ),
    }
}

/// `1234567.5` as `1,234,567.5`.
fn thousands(digits: &str) -> String {
    let (whole, fraction) = digits
        .split_once('.')
        .map_or((digits, None), |(w, f)| (w, Some(f)));
    let (sign, whole) = whole
        .strip_prefix('-')
        .map_or(("", whole), |rest| ("-", rest));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{sign}{grouped}.{fraction}"),
        None => format!("{sign}{grouped}"),
    }
}

/// How long until an instant, in its two largest parts: `3h 12m`.
pub fn until(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.as_micros().saturating_sub(now.as_micros()).max(0) / 1_000_000;
    span(seconds.saturating_mul(1_000))
}

/// A length of time in milliseconds, in its two largest parts, without what is below them.
pub fn span(millis: impl Into<i128>) -> String {
    let millis = millis.into();
    let parts = [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];
    let mut rest = millis.unsigned_abs();
    let counts = parts.map(|(name, length)| {
        let count = rest / length;
        rest %= length;
        (count, name)
    });
    let from_largest = counts.iter().skip_while(|(count, _)| *count == 0);
    let shown: Vec<_> = from_largest
        .take(2)
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count}{name}"))
        .collect();
    let sign = if millis < 0 { "-" } else { "" };
    if shown.is_empty() {
        "0s".to_owned()
    } else {
        format!("{sign}{}", shown.join(" "))
    }
}

/// The same in one part, of the largest unit of which there are two or more: `112m`, `27h`, `9d`.
pub fn brief(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.as_micros().saturating_sub(now.as_micros()).max(0) / 1_000_000;
    let parts = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
    let several = parts.iter().find(|(_, length)| seconds >= 2 * length);
    let (name, length) = several.unwrap_or(&("s", 1));
    format!("{}{name}", seconds / length)
}

/// An instant in a zone without its fraction: `2026-11-22 00:00 CET` would need names; the offset
/// says it all.
pub fn moment(at: Timestamp, zone: &Zone) -> String {
    let whole = Timestamp::from_micros(at.as_micros().div_euclid(1_000_000) * 1_000_000);
    super::wire::instant(whole, zone).replacen('T', " ", 1)
}

/// The same without the offset, where the zone is named beside it: `2026-11-22 00:00:00`.
pub fn local(at: Timestamp, zone: &Zone) -> String {
    let shown = moment(at, zone);
    shown.get(..19).unwrap_or(&shown).to_owned()
}

/// An exact amount with its sign, for a column of changes: `+$0.63`. Nothing has none.
pub fn signed(atoms: impl Into<i128>, unit: &Unit) -> String {
    let atoms = atoms.into();
    let sign = match atoms {
        0 => "",
        1.. => "+",
        _ => "-",
    };
    format!("{sign}{}", exact(atoms.saturating_abs(), unit))
}

/// The amounts of a JSON answer, joined: `0.50usd, 3calls`.
pub fn amounts(list: &Value) -> String {
    let items = list.as_array().into_iter().flatten().filter_map(|item| {
        let unit: Unit = item.get("unit")?.as_str()?.parse().ok()?;
        let text = item.get("amount")?.as_str()?;
        let atoms = atoms_of(text, &unit)?;
        Some(quantity(atoms, &unit))
    });
    let items: Vec<_> = items.collect();
    if items.is_empty() {
        "nothing".to_owned()
    } else {
        items.join(", ")
    }
}

/// The atoms of an exact decimal of ours.
fn atoms_of(text: &str, unit: &Unit) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let places = usize::try_from(unit.decimals()).ok()?;
    format!("{whole}{fraction:0<places$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_signed() {
        for (atoms, unit, text) in [
            (123_456_789_000_000_i64, Unit::Usd, "$1,234,567.89"),
            (-50_000_000, Unit::Usd, "-$0.50"),
            (1_000, Unit::Tokens, "1,000"),
            (999, Unit::Tokens, "999"),
            (5_400_000, Unit::Time, "1h 30m"),
            (3_598_995, Unit::Time, "59m 58s"),
            (-3_598_995, Unit::Time, "-59m 58s"),
            (3_600_001, Unit::Time, "1h"),
            (1_500, Unit::Time, "1s 500ms"),
            (999, Unit::Time, "999ms"),
            (0, Unit::Time, "0s"),
        ] {
            assert_eq!(amount(atoms, &unit), text);
        }
        assert_eq!(exact(3_598_995, &Unit::Time), "59m58s995ms");
        assert_eq!(quantity(1, &Unit::Calls), "1 call");
        assert_eq!(quantity(2_000, &Unit::Tokens), "2,000 tokens");
    }

    #[test]
    fn dollars_are_rounded_half_away_from_zero() {
        for (atoms, places, text) in [
            (123_456_789_012, 2, "$1,234.57"),
            (500_000, 2, "$0.01"),
            (499_999, 2, "$0.00"),
            (-500_000, 2, "-$0.01"),
            (-499_999, 2, "$0.00"),
            (1_234_500, 4, "$0.0123"),
            (99_999_999, 0, "$1"),
            (i64::MAX, 8, "$92,233,720,368.54775807"),
        ] {
            assert_eq!(dollars(atoms, places), text);
        }
    }

    #[test]
    fn durations_show_two_parts() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (61, "1m 1s"),
            (3_600, "1h"),
            (90_061, "1d 1h"),
            (-5, "0s"),
        ] {
            assert_eq!(until(at(seconds), at(0)), text);
        }
    }

    #[test]
    fn brief_durations_have_one_part() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        for (seconds, text) in [
            (-1, "0s"),
            (1, "1s"),
            (119, "119s"),
            (120, "2m"),
            (7_199, "119m"),
            (7_200, "2h"),
            (172_799, "47h"),
            (172_800, "2d"),
        ] {
            assert_eq!(brief(at(seconds), at(0)), text);
        }
    }

    #[test]
    fn json_amounts_read_back() {
        let list = serde_json::json!([{"unit": "usd", "amount": "0.50"}, {"unit": "time", "amount": "1.5"}]);
        assert_eq!(amounts(&list), "$0.50, 1s 500ms");
    }
}
