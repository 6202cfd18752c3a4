//! The digest beside the ledger is a copy: with it, without it, cut off or damaged, a report says
//! the same.

use std::path::PathBuf;

use budget_ledger::ledger::rules::report::{By, Report};
use budget_ledger::ledger::timestamp::Timestamp;
use budget_ledger::ledger::verbs::{Booked, PastCharge};

use super::agreement::{PLACES, World, usd};

/// Enough entries to be worth a digest.
const MANY: i64 = 1_500;

fn import(world: &mut World, count: i64) {
    let noon = Timestamp::parse_rfc3339("2026-11-21T12:00:00Z").expect("noon");
    let charge = |n: i64| PastCharge {
        names: if n % 3 == 0 {
            "team"
        } else {
            "team/web,org/ann"
        }
        .parse()
        .expect("names"),
        amounts: vec![usd(n * 1_000_003)],
        at: Timestamp::from_micros(noon.as_micros() - n * 3_600_000_000),
        detail: format!(
            r#"{{"usage":{{"source":"claude-code","model":"m{}","provider":"p","tokens":{{"input":{n},"output":7}}}},"tags":{{"team":"t{}"}}}}"#,
            n % 5,
            n % 2
        ),
        booked: Booked::default(),
    };
    let charges: Vec<_> = (1..=count).map(charge).collect();
    world.ledger.import(&charges, &[]).expect("an import");
}

fn world() -> World {
    let mut world = World::new(PLACES[0]);
    import(&mut world, MANY);
    world
}

fn path(world: &World) -> PathBuf {
    world.dir.path().join("ledger.db.charges")
}

fn report(world: &World) -> Report {
    let by = [By::Month, By::Model, By::Tag("team".to_owned())];
    world.report(None, None, None, &by)
}

/// A change of the file's bytes.
type Harm = fn(&mut Vec<u8>);

#[test]
fn what_is_read_again_is_what_was_derived() {
    let mut world = world();
    let derived = report(&world);
    let digest = std::fs::metadata(path(&world)).expect("a digest");
    assert!(digest.len() > 10_000, "{}", digest.len());
    assert_eq!(report(&world), derived);
    // What is added is found, too little of it to be written or enough.
    for count in [10, MANY] {
        import(&mut world, count);
        let with = report(&world);
        let grown = std::fs::metadata(path(&world)).expect("a digest").len() > digest.len();
        assert_eq!(grown, count == MANY);
        assert_eq!(report(&world), with);
        std::fs::rename(path(&world), path(&world).with_extension("away")).expect("moved");
        assert_eq!(report(&world), with);
        std::fs::rename(path(&world).with_extension("away"), path(&world)).expect("back");
    }
}

#[test]
fn a_digest_that_is_cut_or_damaged_says_nothing_wrong() {
    let world = world();
    let derived = report(&world);
    let whole = std::fs::read(path(&world)).expect("a digest");
    let harms: [Harm; 8] = [
        |bytes| bytes.truncate(bytes.len() - 1),
        |bytes| bytes.truncate(40),
        |bytes| bytes.truncate(5),
        Vec::clear,
        |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x10;
        },
        |bytes| bytes[20] ^= 1,
        |bytes| bytes[33] = 0xff,
        |bytes| bytes.extend([7; 100]),
    ];
    for (which, harm) in harms.into_iter().enumerate() {
        let mut bytes = whole.clone();
        harm(&mut bytes);
        std::fs::write(path(&world), &bytes).expect("the digest");
        assert_eq!(report(&world), derived, "harm {which}");
        assert_eq!(report(&world), derived, "harm {which}, again");
        let mended = std::fs::read(path(&world)).expect("a digest");
        assert!(mended.starts_with(&whole), "harm {which} is mended");
    }
}

#[test]
fn a_digest_of_another_history_is_not_believed() {
    let (mut one, other) = (world(), world());
    import(&mut one, 1);
    let derived = report(&one);
    report(&other);
    std::fs::copy(path(&other), path(&one)).expect("a copy");
    assert_eq!(report(&one), derived);
}

#[test]
fn where_it_cannot_be_written_a_report_is_made_all_the_same() {
    let world = world();
    std::fs::create_dir(path(&world)).expect("a directory in its place");
    let derived = report(&world);
    assert_eq!(derived.total.entries, MANY.unsigned_abs());
}

#[test]
fn quarters_of_an_hour_add_up_to_what_single_charges_do() {
    let world = world();
    report(&world);
    for by in [By::Hour, By::Day, By::Model, By::Tag("team".to_owned())] {
        let quarters = world.report(None, None, None, std::slice::from_ref(&by));
        // Runs are asked for: every charge is looked at. There are none, so the rows are the same.
        let single = world.report(None, None, None, &[by.clone(), By::Session]);
        let sums = |report: &Report| -> Vec<_> {
            report
                .rows
                .iter()
                .map(|row| (row.keys[0].clone(), row.sums.clone()))
                .collect()
        };
        assert_eq!(sums(&quarters), sums(&single), "{by}");
    }
    // A beginning within a quarter cuts it.
    let noon = Timestamp::parse_rfc3339("2026-11-21T11:00:00.5Z").expect("an instant");
    let since = Some(noon.as_micros());
    assert_eq!(world.report(None, since, None, &[By::Day]).total.entries, 0);
    let since = Some(noon.as_micros() - 500_000);
    assert_eq!(world.report(None, since, None, &[By::Day]).total.entries, 1);
}

#[test]
fn what_is_no_file_of_ours_is_left_alone() {
    let world = world();
    let other = world.dir.path().join("precious");
    std::fs::write(&other, "mine").expect("a file");
    std::os::unix::fs::symlink(&other, path(&world)).expect("a link");
    assert_eq!(report(&world).total.entries, MANY.unsigned_abs());
    assert_eq!(std::fs::read(&other).expect("the file"), b"mine");
    std::fs::remove_file(path(&world)).expect("the link");
    std::fs::copy(&other, path(&world)).expect("a file of another kind");
    assert_eq!(report(&world).total.entries, MANY.unsigned_abs());
    assert_eq!(std::fs::read(path(&world)).expect("it"), b"mine");
    std::fs::remove_file(path(&world)).expect("it");
    let pipe = nix::unistd::mkfifo(&path(&world), nix::sys::stat::Mode::S_IRWXU);
    pipe.expect("a pipe");
    assert_eq!(report(&world).total.entries, MANY.unsigned_abs());
}

/// What `verify` finds about the digest.
fn findings(world: &World) -> Vec<String> {
    let found = world.ledger.verify(None).expect("a verification").lines;
    let is_about_it = |line: &String| line.contains("ledger.db.charges");
    found.into_iter().filter(is_about_it).collect()
}

#[test]
fn a_digest_that_says_something_else_than_the_entries_is_found() {
    let mut world = world();
    assert_eq!(findings(&world), [""; 0], "there is none");
    let derived = report(&world);
    import(&mut world, MANY);
    report(&world);
    import(&mut world, 5);
    assert_eq!(findings(&world), [""; 0], "it is sound");
    // Damage is seen by its checksum, and reports do not believe it.
    let whole = std::fs::read(path(&world)).expect("a digest");
    let mut bytes = whole.clone();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(path(&world), &bytes).expect("the digest");
    assert_eq!(findings(&world), [""; 0], "it is damaged");
    // Whole, of this ledger up to its last entry, and wrong: what the entries said was another.
    std::fs::write(path(&world), &whole).expect("the digest");
    let change = |sql: &str| {
        let conn = rusqlite::Connection::open(world.dir.path().join("ledger.db"));
        conn.expect("the ledger").execute_batch(sql).expect(sql);
    };
    change("DROP TRIGGER entry_is_final");
    for (seq, from, to) in [
        (1_000, "\"model\":\"m", "\"model\":\"n"),
        (2_000, "\"output\":7", "\"output\":8"),
    ] {
        let set = |from: &str, to: &str| {
            change(&format!(
                "UPDATE entry SET detail = replace(detail, '{from}', '{to}') WHERE seq = {seq}"
            ));
        };
        set(from, to);
        let found = findings(&world);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(&format!("entry {seq}: ")), "{found:?}");
        assert!(found[0].ends_with("remove that file, and it is made anew"));
        std::fs::rename(path(&world), path(&world).with_extension("away")).expect("moved");
        report(&world);
        assert_eq!(findings(&world), [""; 0], "it was made anew");
        set(to, from);
        std::fs::rename(path(&world).with_extension("away"), path(&world)).expect("back");
        assert_eq!(findings(&world), [""; 0]);
    }
    assert_eq!(report(&world).total.entries, 2 * derived.total.entries + 5);
}
