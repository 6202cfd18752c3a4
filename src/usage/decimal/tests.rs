//! Tables of exact conversions, and the same rules against an independent integer oracle.

use proptest::prelude::*;

use super::*;

#[test]
fn dollars_become_atoms_exactly() {
    for (text, atoms) in [
        ("0", 0),
        ("-0", 0),
        ("-0.00e5", 0),
        ("0e99999999999999999999", 0),
        ("0.020175", 2_017_500),
        ("1.2e-05", 1_200),
        ("1.2E-5", 1_200),
        ("12e-6", 1_200),
        ("1e0", 100_000_000),
        ("1E+2", 10_000_000_000),
        ("0.00000001", 1),
        ("92233720368.54775807", i64::MAX),
        ("9223372036854775807e-8", i64::MAX),
    ] {
        assert_eq!(
            Cost::from_decimal(text).map(Cost::atoms),
            Ok(atoms),
            "{text}"
        );
    }
}

#[test]
fn what_lies_between_two_atoms_rounds_up() {
    for (text, atoms) in [
        ("0.000000001", 1),
        ("1e-308", 1),
        ("1e-99999999999999999999", 1),
        ("0.000000010000000001", 2),
        ("0.060524999999999995", 6_052_500),
        ("0.06052500000000001", 6_052_501),
        ("0.00000000999999999999999999999999999999999999999", 1),
    ] {
        assert_eq!(
            Cost::from_decimal(text).map(Cost::atoms),
            Ok(atoms),
            "{text}"
        );
    }
}

#[test]
fn what_is_no_amount_is_refused() {
    use DecimalError::{Negative, NotANumber, TooLarge};
    for (text, error) in [
        ("-1", Negative),
        ("-1e-400", Negative),
        ("1e308", TooLarge),
        ("1e99999999999999999999", TooLarge),
        ("92233720368.54775808", TooLarge),
        ("92233720368.547758070000001", TooLarge),
        ("99999999999999999999", TooLarge),
        ("", NotANumber),
        ("NaN", NotANumber),
        ("null", NotANumber),
        ("Infinity", NotANumber),
        ("+1", NotANumber),
        ("01", NotANumber),
        (".5", NotANumber),
        ("1.", NotANumber),
        ("1e", NotANumber),
        ("1e+", NotANumber),
        ("1,5", NotANumber),
        ("1_000", NotANumber),
        ("0x10", NotANumber),
        (" 1", NotANumber),
        ("1 ", NotANumber),
        ("\"1\"", NotANumber),
        ("\u{661}", NotANumber),
    ] {
        assert_eq!(Cost::from_decimal(text), Err(error), "{text}");
    }
}

#[test]
fn counts_are_whole() {
    assert_eq!(count("5"), Ok(5));
    assert_eq!(count("5.00"), Ok(5));
    assert_eq!(count("1.2e3"), Ok(1200));
    assert_eq!(count("9223372036854775807"), Ok(i64::MAX.unsigned_abs()));
    assert_eq!(count("9223372036854775808"), Err(DecimalError::TooLarge));
    assert_eq!(count("0.5"), Err(DecimalError::NotWhole));
    assert_eq!(count("1e-1"), Err(DecimalError::NotWhole));
    assert_eq!(count("-3"), Err(DecimalError::Negative));
}

#[test]
fn a_cost_shows_every_decimal_and_at_least_two() {
    for (text, shown) in [
        ("0", "0.00"),
        ("0.5", "0.50"),
        ("0.020175", "0.020175"),
        ("3e-8", "0.00000003"),
    ] {
        assert_eq!(
            Cost::from_decimal(text).map(|c| c.to_string()),
            Ok(shown.to_owned())
        );
    }
}

proptest! {
    #[test]
    fn every_atom_count_reads_back(atoms in 0..=i64::MAX) {
        let shown = Cost(atoms).to_string();
        prop_assert_eq!(Cost::from_decimal(&shown), Ok(Cost(atoms)));
        let scientific = format!("{atoms}e-8");
        prop_assert_eq!(Cost::from_decimal(&scientific), Ok(Cost(atoms)));
    }

    #[test]
    fn rounding_is_integer_division_upwards(digits in 0..=u64::MAX, decimals in 0..25_u32) {
        let divisor = 10_i128.checked_pow(decimals).unwrap();
        let atoms = (i128::from(digits) * i128::from(ATOMS_PER_USD) + divisor - 1) / divisor;
        let expected = i64::try_from(atoms).map(Cost).map_err(|_| DecimalError::TooLarge);
        prop_assert_eq!(Cost::from_decimal(&format!("{digits}e-{decimals}")), expected);
    }

    #[test]
    fn where_the_point_stands_changes_nothing(whole in 0..10_000_u32, fraction in "[0-9]{1,12}") {
        let plain = format!("{whole}.{fraction}");
        let shifted = format!("{}e-{}", format!("{whole}{fraction}").trim_start_matches('0'), fraction.len());
        prop_assume!(!shifted.starts_with('e'));
        prop_assert_eq!(Cost::from_decimal(&plain), Cost::from_decimal(&shifted));
    }

    #[test]
    fn no_text_panics(text in "[-+0-9.eE]{0,40}|\\PC*") {
        let number = serde_json::from_str::<serde_json::Number>(&text).is_ok();
        let read = Cost::from_decimal(&text);
        // A text that serde takes for a number, white space and all, is refused only for its size.
        if number && text.trim() == text {
            prop_assert_ne!(read, Err(DecimalError::NotANumber));
        }
    }
}

#[test]
fn a_price_is_read_without_the_noise_of_binary_fractions() {
    for (text, per, price) in [
        ("3", 6, 3_000_000),
        ("3e-06", 0, 3_000_000),
        ("0.075", 6, 75_000),
        ("7.5e-08", 0, 75_000),
        ("0.18000000000000002", 6, 180_000),
        ("1.7999999999999999e-07", 0, 180_000),
        ("0.041666666666666664", 6, 41_667),
        ("0.0000000001", 6, 0),
        ("0.000000001", 6, 1),
        ("35", 3, 35_000_000_000),
        ("0", 6, 0),
    ] {
        assert_eq!(picodollars(text, per), Ok(price), "{text}");
    }
    for text in ["-1", "NaN", "1e308", "inf", "", "1,5", "\"1\""] {
        assert!(picodollars(text, 6).is_err(), "{text}");
    }
}
