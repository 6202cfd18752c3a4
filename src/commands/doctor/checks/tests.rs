use super::*;

use crate::ledger::store::health::FileSystem;

fn place(mode: u32, is_directory: bool) -> Option<(Level, Option<String>)> {
    let path = PathBuf::from("/l.db");
    let found = open_to_others(&PlaceMode {
        path,
        mode,
        is_directory,
    })?;
    Some((found.level, found.advice))
}

#[test]
fn others_may_neither_read_nor_write() {
    let chmod = |mode: &str| Some(format!("chmod {mode} /l.db"));
    assert_eq!(place(0o600, false), None);
    assert_eq!(place(0o640, false), Some((Level::Warn, chmod("600"))));
    assert_eq!(place(0o604, false), Some((Level::Warn, chmod("600"))));
    assert_eq!(place(0o660, false), Some((Level::Fail, chmod("600"))));
    assert_eq!(place(0o755, true), None);
    assert_eq!(place(0o770, true), Some((Level::Fail, chmod("700"))));
    assert_eq!(place(0o1777, true).map(|found| found.0), Some(Level::Warn));
}

fn lies_on(file_system: FileSystem) -> Level {
    let facts = FileFacts {
        path: PathBuf::new(),
        size: Some(1),
        log: 0,
        places: Vec::new(),
        file_system: Some(file_system),
    };
    let ledger = Ledger {
        path: Path::new(""),
        by: "default",
        facts: &facts,
        health: &Ok(None),
    };
    ledger.file_system().expect("a file system").level
}

#[test]
fn a_file_system_is_local_writable_and_has_room() {
    let sound = FileSystem {
        name: "ext4".to_owned(),
        is_trusted: true,
        is_read_only: false,
        room: 1 << 40,
    };
    assert_eq!(lies_on(sound.clone()), Level::Ok);
    assert_eq!(
        lies_on(FileSystem {
            is_trusted: false,
            ..sound.clone()
        }),
        Level::Fail
    );
    assert_eq!(
        lies_on(FileSystem {
            is_read_only: true,
            ..sound.clone()
        }),
        Level::Fail
    );
    assert_eq!(
        lies_on(FileSystem {
            room: 1 << 20,
            ..sound
        }),
        Level::Warn
    );
}

#[test]
fn a_zone_that_is_none_is_told() {
    let utc = Zone::utc();
    assert_eq!(zone(utc, Some("$TZ"), Some("UTC")).level, Level::Ok);
    assert_eq!(zone(utc, Some("the system"), None).level, Level::Ok);
    assert_eq!(
        zone(utc, Some("the system"), Some(":/etc/localtime")).level,
        Level::Warn
    );
    assert_eq!(zone(utc, None, None).level, Level::Warn);
}

#[test]
fn prices_are_old_where_all_tables_are() {
    let now = Timestamp::parse_rfc3339("2026-11-21T12:00:00Z").expect("an instant");
    let table = |date: &str| TableInfo {
        id: "t@1".to_owned(),
        date: date.to_owned(),
    };
    let level =
        |dates: &[&str]| prices(Ok(dates.iter().map(|date| table(date)).collect()), now).level;
    assert_eq!(level(&["2026-10-26"]), Level::Ok);
    assert_eq!(level(&["2026-11-20", "2025-01-01"]), Level::Ok);
    assert_eq!(level(&["2025-01-01"]), Level::Warn);
    assert_eq!(
        prices(Err("others may write it".to_owned()), now).level,
        Level::Warn
    );
}

#[test]
fn the_program_that_a_shell_finds_is_this_one() {
    let own = Path::new("/usr/bin/budget");
    let other = PathBuf::from("/opt/budget");
    assert_eq!(
        program("3", &[own.to_owned(), other.clone()], Some(own)).level,
        Level::Ok
    );
    assert_eq!(
        program("3", &[other, own.to_owned()], Some(own)).level,
        Level::Warn
    );
    assert_eq!(program("3", &[], Some(own)).level, Level::Ok);
}

#[test]
fn sizes_are_rounded_down() {
    for (bytes, text) in [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1536, "1.5 KiB"),
        ((1 << 20) - 1, "1023.9 KiB"),
        (u64::MAX, "16777215.9 TiB"),
    ] {
        assert_eq!(size(bytes), text);
    }
}
