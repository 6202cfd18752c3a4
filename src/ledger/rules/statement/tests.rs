//! Every statement proves itself, however it is cut.

use proptest::prelude::*;

use super::super::super::window::WindowId;
use super::*;

const START: i64 = 1_000;
const END: i64 = 2_000;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn atoms(atoms: i64) -> Amount {
    Amount::from_atoms(atoms).expect("an amount")
}

fn set(seq: i64, time: i64, amount: i64) -> LimitSet {
    LimitSet {
        seq: Seq(seq),
        at: at(time),
        kind: EntryKind::Set,
        amount: atoms(amount),
    }
}

fn moved(seq: i64, time: i64, kind: EntryKind, movement: Movement) -> Moved {
    Moved {
        seq: Some(Seq(seq)),
        at: at(time),
        effective_at: at(time),
        kind: Some(kind),
        movement,
        about: About::default(),
    }
}

fn reserved(seq: i64, time: i64, atoms: i64) -> Moved {
    let movement = Movement {
        reserved: atoms,
        ..Movement::default()
    };
    moved(seq, time, EntryKind::Reserved, movement)
}

fn charged(seq: i64, time: i64, spent: i64, held: i64) -> Moved {
    let movement = Movement {
        spent,
        reserved: -held,
        ..Movement::default()
    };
    moved(seq, time, EntryKind::Committed, movement)
}

/// The statement of an account that was moved so, with its lines.
fn statement((mut account, moves): (Account, Vec<Moved>), part: Part) -> Statement {
    for moved in &moves {
        let posting = Posting {
            window: WindowId(1),
            effective_at: moved.effective_at,
            movement: moved.movement,
        };
        account.foresee(moved.seq.expect("an entry"), &posting, part);
    }
    let mut telling = Telling::new(&account, part);
    let mut lines = Vec::new();
    for moved in moves {
        telling.sees(moved, &mut |line| lines.push(line));
    }
    telling.closes(&mut |line| lines.push(line));
    Statement {
        lines,
        ..telling.so_far().clone()
    }
}

/// A window of a limit that was given these amounts, moved so, with the sums that follow.
fn account(limits: Vec<LimitSet>, own: i64, moves: Vec<Moved>) -> (Account, Vec<Moved>) {
    let fresh = Figures::fresh(atoms(own));
    let figures = moves.iter().fold(fresh, |figures, moved| {
        figures.after(&moved.movement).expect("in range")
    });
    let bounds = Bounds {
        start: at(START),
        end: Some(at(END)),
    };
    (Account::of(bounds, figures, limits), moves)
}

fn balances(statement: &Statement) -> Vec<(i64, i64)> {
    let lines = statement.lines.iter();
    lines
        .map(|line| (line.amount.atoms(), line.balance.atoms()))
        .collect()
}

#[test]
fn a_settlement_is_one_line_that_gives_back_and_takes() {
    let moves = vec![reserved(2, 1_100, 100), charged(3, 1_200, 37, 100)];
    let shown = statement(account(vec![set(1, 0, 300)], 300, moves), Part::default());
    assert_eq!(shown.opening.atoms(), 300);
    assert_eq!(balances(&shown), [(-100, 200), (63, 263)]);
    assert_eq!((shown.totals.charged, shown.totals.reserved), (-37, 0));
    assert!(shown.adds_up() && shown.limit_is_told);
}

#[test]
fn a_limit_that_changed_while_the_window_was_open_is_a_line() {
    let limits = vec![set(1, 500, 300), set(3, 1_100, 500), set(4, 1_150, 500)];
    let moves = vec![reserved(2, 1_050, 100), charged(5, 1_200, 100, 100)];
    let shown = statement(account(limits, 500, moves), Part::default());
    assert_eq!(balances(&shown), [(-100, 200), (200, 400), (0, 400)]);
    assert_eq!(shown.totals.limit, 200);
}

#[test]
fn a_limit_first_set_inside_the_window_is_what_it_opens_with() {
    let shown = statement(
        account(vec![set(1, 1_500, 300)], 300, vec![]),
        Part::default(),
    );
    assert_eq!((shown.opening.atoms(), shown.lines.len()), (300, 0));
}

#[test]
fn a_limit_set_when_the_window_had_just_opened_is_a_line_and_one_before_is_not() {
    let limits = vec![set(1, START, 300), set(3, START, 500)];
    let moves = vec![reserved(2, START, 100)];
    let shown = statement(account(limits, 500, moves), Part::default());
    assert_eq!(shown.opening.atoms(), 300);
    assert_eq!(balances(&shown), [(-100, 200), (200, 400)]);
}

#[test]
fn a_limit_whose_history_leads_elsewhere_is_said_to_be_untold() {
    let limits = vec![set(1, 500, 300), set(2, 1_100, 500)];
    let moves = vec![reserved(3, 1_200, 100)];
    let shown = statement(account(limits, 800, moves), Part::default());
    assert!(!shown.limit_is_told);
    assert_eq!((shown.opening.atoms(), shown.closing.atoms()), (800, 700));
    assert!(shown.adds_up());
}

#[test]
fn what_one_entry_posts_as_of_two_instants_is_one_line() {
    let excess = charged(2, 1_300, 5, 0);
    let moves = vec![charged(2, 1_100, 10, 0), excess];
    let shown = statement(account(vec![set(1, 0, 100)], 100, moves), Part::default());
    assert_eq!(balances(&shown), [(-15, 85)]);
}

#[test]
fn sums_that_entries_do_not_come_to_are_seen() {
    let mut wrong = account(vec![set(1, 0, 100)], 100, vec![charged(2, 1_100, 10, 0)]);
    wrong.0.figures.spent = atoms(9);
    assert!(!statement(wrong, Part::default()).adds_up());
}

fn any_move() -> impl Strategy<Value = (i64, i64, i64, i64, u8)> {
    (START..END, 0..50_i64, 0..50_i64, 0..20_i64, 0..6_u8)
}

proptest! {
    #[test]
    fn parts_of_a_window_join_without_a_gap(
        moves in proptest::collection::vec(any_move(), 0..40),
        cut in START..END,
    ) {
        let moves = moves.into_iter().zip(2..).map(|((time, spent, held, debt, kind), seq)| {
            let kind = match kind {
                0 => EntryKind::Granted,
                1 => EntryKind::Reset,
                2 => EntryKind::Repaid,
                _ => EntryKind::Committed,
            };
            let granted = if kind == EntryKind::Granted { spent } else { 0 };
            moved(seq, time, kind, Movement { granted, spent, reserved: held, debt, over: None })
        });
        let all = account(vec![set(1, 0, 10_000)], 10_000, moves.collect());
        let whole = statement(all.clone(), Part::default());
        prop_assert!(whole.adds_up());
        let before = statement(all.clone(), Part { since: None, until: Some(at(cut)) });
        let after = statement(all, Part { since: Some(at(cut)), until: None });
        prop_assert_eq!(before.closing, after.opening);
        prop_assert_eq!(before.opening, whole.opening);
        prop_assert_eq!(after.closing, whole.closing);
        prop_assert_eq!(before.lines.len() + after.lines.len(), whole.lines.len());
        for shown in [before, after, whole] {
            let sum: i64 = shown.lines.iter().map(|line| line.amount.atoms()).sum();
            prop_assert_eq!(shown.opening.atoms() + sum, shown.closing.atoms());
            prop_assert_eq!(i128::from(sum), shown.totals.sum());
        }
    }
}
