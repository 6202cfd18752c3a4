//! Amounts as they are typed, counted and written.

use super::*;
use proptest::prelude::*;

#[test]
fn typed_forms_are_exact() {
    for (text, atoms, unit) in [
        ("0.50usd", 50_000_000, Unit::Usd),
        ("$0.50", 50_000_000, Unit::Usd),
        ("$3", 300_000_000, Unit::Usd),
        ("0.00000001usd", 1, Unit::Usd),
        ("200ktokens", 200_000, Unit::Tokens),
        ("2Mtokens", 2_000_000, Unit::Tokens),
        ("1.5Mtokens", 1_500_000, Unit::Tokens),
        ("3calls", 3, Unit::Calls),
        ("1slot", 1, Unit::Slots),
        ("0slots", 0, Unit::Slots),
        ("90s", 90_000, Unit::Time),
        ("10m", 600_000, Unit::Time),
        ("1h30m", 5_400_000, Unit::Time),
        ("250ms", 250, Unit::Time),
        ("92233720368.54775807usd", i64::MAX, Unit::Usd),
        ("9223372036854775807tokens", i64::MAX, Unit::Tokens),
        (
            "9007199254740993tokens",
            9_007_199_254_740_993,
            Unit::Tokens,
        ),
    ] {
        let quantity = text
            .parse::<Quantity>()
            .unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(
            (quantity.amount.atoms(), quantity.unit),
            (atoms, unit),
            "{text}"
        );
    }
}

#[test]
fn anything_else_is_refused() {
    for text in [
        "",
        "usd",
        "1",
        "1.",
        ".5usd",
        "-1usd",
        "+1usd",
        "1.000000001usd",
        "1.5calls",
        "1,5usd",
        "NaNusd",
        "infusd",
        "92233720368.54775808usd",
        "1 usd",
        "$",
        "$-1",
        "$1usd",
        "1.2.3usd",
        "1usd\u{1b}[2J",
        "9223372036854775808tokens",
        "99999999999999999999999999999999999999999999999usd",
        "１usd",
    ] {
        let error = text.parse::<Quantity>().expect_err(text).to_string();
        assert!(!error.contains('\u{1b}'), "{error}");
    }
}

/// They look like amounts of a declared unit; a ledger that declares no such unit refuses them.
#[test]
fn odd_units_are_left_to_the_ledger() {
    for text in ["5k", "1Musd", "1e3usd", "0x10usd", "3bananas"] {
        let quantity = text
            .parse::<Quantity>()
            .unwrap_or_else(|e| panic!("{text}: {e}"));
        assert!(matches!(quantity.unit, Unit::Declared(_)), "{text}");
    }
}

proptest! {
    #[test]
    fn display_parses_back(atoms in 0..=i64::MAX, which in 0..Unit::BUILT_IN.len()) {
        let quantity = Quantity::new(Amount::from_atoms(atoms)?, Unit::BUILT_IN[which].clone());
        prop_assert_eq!(quantity.to_string().parse::<Quantity>()?, quantity);
    }

    #[test]
    fn parsing_never_panics(text in ".{0,40}") {
        let _ = text.parse::<Quantity>();
        let _ = text.parse::<Ask>();
    }

    #[test]
    fn sums_stay_in_range(a in 0..=i64::MAX, b in 0..=i64::MAX) {
        let (a, b) = (Amount::from_atoms(a)?, Amount::from_atoms(b)?);
        prop_assert_eq!(a.plus(b).is_ok(), a.atoms().checked_add(b.atoms()).is_some());
        prop_assert_eq!(a.minus(b).is_ok(), a >= b);
    }
}
