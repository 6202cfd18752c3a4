use super::*;

use crate::cli::root;
use crate::commands::verb;

fn line(words: &[&str]) -> Line {
    let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
    let mut plain = root();
    plain.build();
    let at = first_free(&plain, &words).expect("a verb");
    let verb = verb(words.get(at).expect("a verb")).expect("a verb");
    let mut tree = root().subcommand((verb.build)());
    tree.build();
    of(&tree, &words)
}

#[test]
fn the_place_of_the_cursor_decides_what_is_offered() {
    use Kind::{Budget, Budgets, Charge, Limit, NewBudget, Reservation};
    use Place::{Command, Other, Value};
    let cases: &[(&[&str], Place)] = &[
        (&["status", ""], Value(Budget)),
        (&["status", "--json", "te"], Value(Budget)),
        (&["--ledger", "l.db", "status", ""], Value(Budget)),
        (&["--ledger=l.db", "-q", "status", ""], Value(Budget)),
        (&["status", "--color", ""], Other),
        (&["status", "-"], Other),
        (&["status", "me", ""], Other),
        (&["create", ""], Value(NewBudget)),
        (&["spend", "a,"], Value(Budgets)),
        (&["spend", "a", ""], Other),
        (&["commit", ""], Value(Reservation)),
        (&["commit", "ab", ""], Other),
        (&["log", "--reservation", ""], Value(Reservation)),
        (&["log", "--reservation="], Value(Reservation)),
        (&["log", "-n", ""], Other),
        (&["log", "-n5", ""], Value(Budget)),
        (&["set", "me", "--remove-limit", ""], Value(Limit)),
        (&["set", "--remove-limit", "usd", ""], Value(Budget)),
        (&["refund", ""], Value(Charge)),
        (&["exec", ""], Value(Budgets)),
        (&["exec", "me", ""], Other),
        (&["exec", "me", "--reserve", ""], Other),
        (&["exec", "me", "--", ""], Command),
        (&["exec", "me", "--", "budget", "--", "x"], Command),
        (&["exec", "--", "me"], Command),
        (&["prices", "show", ""], Other),
        (&["status", "--", "m"], Value(Budget)),
    ];
    for (words, place) in cases {
        assert_eq!(line(words).place, *place, "{words:?}");
    }
}

#[test]
fn what_stands_before_a_value_in_its_word_is_kept() {
    let typed = |words: &[&str]| line(words).typed;
    let after = |before: &str, part: &str, by_tail| Typed {
        before: before.to_owned(),
        part: part.to_owned(),
        by_tail,
    };
    assert_eq!(typed(&["spend", "a,b/c"]), after("a,", "b/c", false));
    assert_eq!(
        typed(&["log", "--reservation=be"]),
        after("--reservation=", "be", true)
    );
    assert_eq!(
        line(&["set", "me", "--remove-limit", ""]).value("name"),
        Some("me")
    );
    assert_eq!(
        line(&["--ledger=x y", "status", ""]).option("ledger"),
        Some("x y")
    );
}

#[test]
fn a_verb_that_is_not_finished_has_no_place() {
    let words = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(first_free(&root(), &words(&["sta"])), None);
    assert_eq!(first_free(&root(), &words(&[])), None);
    assert_eq!(first_free(&root(), &words(&["--ledger", "x"])), None);
}
