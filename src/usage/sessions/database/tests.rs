//! Reading what another process may be writing changes nothing, and ends.

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime};

use super::*;

const TABLE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT, figure);\
    INSERT INTO t (text) VALUES ('one'), ('two')";

/// A database, and its connection, which is not closed.
fn database(dir: &Path, mode: &str) -> (PathBuf, Connection) {
    let path = dir.join("own % ü?#.db");
    let connection = Connection::open(&path).expect("a database");
    let set = format!("PRAGMA journal_mode = {mode}; PRAGMA wal_autocheckpoint = 0; {TABLE}");
    connection.execute_batch(&set).expect("a table");
    (path, connection)
}

/// The files of a directory, whole, with their times.
fn files(dir: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let entries = std::fs::read_dir(dir).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let file = |path: PathBuf| {
        let modified = std::fs::metadata(&path).and_then(|found| found.modified());
        let text = std::fs::read(&path).expect("a file");
        (path, (text, modified.expect("a time")))
    };
    paths.map(file).collect()
}

/// The same files in a directory of their own, as a process that died leaves them.
fn copies(of: &Path, without: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    for path in files(of).into_keys() {
        let name = path.file_name().expect("a name");
        if without.is_empty() || !name.to_string_lossy().ends_with(without) {
            std::fs::copy(&path, dir.path().join(name)).expect("a copy");
        }
    }
    dir
}

fn texts(path: &Path) -> Result<Vec<String>, Refused> {
    let mut texts = Vec::new();
    read(path, &mut |database| {
        assert!(database.has("t", &["id", "text"])?);
        assert!(!database.has("t", &["id", "other"])?);
        assert!(!database.has("other", &["id"])?);
        database.rows("SELECT text FROM t", &mut |row| {
            texts.extend(row.text(0).map(str::to_owned));
        })
    })?;
    Ok(texts)
}

#[track_caller]
fn reads_and_changes_nothing(path: &Path) {
    let dir = path.parent().expect("a directory");
    let before = files(dir);
    assert_eq!(
        texts(path).as_deref(),
        Ok(&["one".to_owned(), "two".to_owned()][..])
    );
    assert_eq!(files(dir), before);
}

#[test]
fn a_database_that_is_closed_is_read_and_nothing_is_made_beside_it() {
    for mode in ["WAL", "DELETE", "TRUNCATE"] {
        let dir = tempfile::tempdir().expect("a directory");
        let (path, connection) = database(dir.path(), mode);
        connection.close().expect("it is closed");
        let is_log = |path: &PathBuf| path.to_string_lossy().ends_with("-wal");
        assert!(!files(dir.path()).keys().any(is_log), "{mode}");
        reads_and_changes_nothing(&path);
    }
}

#[test]
fn what_is_in_the_log_alone_is_read() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, connection) = database(dir.path(), "WAL");
    assert!(log_of(&path).is_some_and(|log| log.len() > 0));
    assert_eq!(texts(&path).map(|texts| texts.len()), Ok(2));
    drop(connection);
}

#[test]
fn the_log_of_a_process_that_died_is_read_and_not_copied_back() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, connection) = database(dir.path(), "WAL");
    let left = copies(dir.path(), "");
    assert_eq!(files(left.path()).len(), 3, "with its log and index");
    let name = path.file_name().expect("a name");
    reads_and_changes_nothing(&left.path().join(name));
    // A link to it is beside no log.
    let elsewhere = tempfile::tempdir().expect("a directory");
    let link = elsewhere.path().join("link.db");
    std::os::unix::fs::symlink(left.path().join(name), &link).expect("a link");
    assert_eq!(texts(&link).map(|texts| texts.len()), Ok(2));
    drop(connection);
}

#[test]
fn a_log_without_its_index_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, connection) = database(dir.path(), "WAL");
    let left = copies(dir.path(), "-shm");
    let copy = left.path().join(path.file_name().expect("a name"));
    let before = files(left.path());
    assert_eq!(texts(&copy), Err(Refused(NO_INDEX.to_owned())));
    assert_eq!(files(left.path()), before);
    drop(connection);
}

#[test]
fn a_journal_of_a_process_that_died_is_left_for_its_agent() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, connection) = database(dir.path(), "DELETE");
    let half = "PRAGMA cache_size = 1; BEGIN; \
        INSERT INTO t (text) SELECT hex(zeroblob(4000)) FROM (VALUES (1), (2), (3), (4)); \
        UPDATE t SET text = 'half'";
    connection.execute_batch(half).expect("half a change");
    let left = copies(dir.path(), "");
    assert_eq!(files(left.path()).len(), 2, "with its journal");
    let copy = left.path().join(path.file_name().expect("a name"));
    let before = files(left.path());
    let refused = Refused("a process died while it wrote to it".to_owned());
    assert_eq!(texts(&copy), Err(refused));
    assert_eq!(files(left.path()), before);
}

#[test]
fn a_writer_is_neither_waited_for_long_nor_kept_waiting() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, writer) = database(dir.path(), "DELETE");
    writer.execute_batch("BEGIN EXCLUSIVE").expect("its lock");
    let begun = Instant::now();
    let refused = texts(&path).expect_err("it is locked");
    assert_eq!(refused.to_string(), "another process keeps it locked");
    assert!(begun.elapsed() < 5 * PATIENCE, "{:?}", begun.elapsed());
    writer.execute_batch("COMMIT").expect("it goes on");

    let dir = tempfile::tempdir().expect("a directory");
    let (path, writer) = database(dir.path(), "WAL");
    let add = "INSERT INTO t (text) VALUES ('three')";
    let mut found = 0;
    let read = read(&path, &mut |database| {
        database.rows("SELECT 1 FROM t", &mut |_| found += 1)?;
        writer.execute_batch(add).expect("no lock is in its way");
        database.rows("SELECT 1 FROM t", &mut |_| found += 1)
    });
    assert_eq!((read, found), (Ok(()), 4), "both see the same");
}

#[test]
fn a_database_that_changes_while_it_is_read_without_locks_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, connection) = database(dir.path(), "WAL");
    connection.close().expect("it is closed");
    let changed = read(&path, &mut |_| {
        let connection = Connection::open(&path).expect("a database");
        let add = "INSERT INTO t (text) VALUES (hex(zeroblob(9000)))";
        connection.execute_batch(add).expect("a row");
        connection.close().expect("it is closed");
        Ok(())
    });
    assert_eq!(changed, Err(Refused(MOVED.to_owned())));
}

#[test]
fn what_is_no_database_is_refused_and_an_empty_file_holds_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("own.db");
    let all = "SELECT 1 FROM sqlite_schema";
    let rows = |path: &Path| read(path, &mut |database| database.rows(all, &mut |_| ()));
    std::fs::write(&path, "").expect("a file");
    assert_eq!(texts(&path), Ok(Vec::new()));
    let refused = Err(Refused("it is no database".to_owned()));
    for text in [
        "x",
        "SQLite format 3",
        "{\"role\":\"assistant\"}                ",
    ] {
        std::fs::write(&path, text).expect("a file");
        assert_eq!(rows(&path), refused, "{text}");
    }
    std::fs::write(&path, [MAGIC, &[0; 200]].concat()).expect("a file");
    assert!(rows(&path).is_err());
    assert_eq!(rows(dir.path()), Err(Refused("is a directory".to_owned())));
    let gone = rows(&dir.path().join("gone.db"));
    assert_eq!(gone, Err(Refused("entity not found".to_owned())));
    assert_eq!(files(dir.path()).len(), 1, "none is made");
}

#[test]
fn no_damaged_byte_panics() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, connection) = database(dir.path(), "DELETE");
    connection.close().expect("it is closed");
    let whole = std::fs::read(&path).expect("a file");
    let places = (0..200)
        .chain(4096..4200)
        .chain(whole.len() - 60..whole.len());
    for place in places {
        let mut text = whole.clone();
        if let Some(byte) = text.get_mut(place) {
            *byte ^= 0xff;
        }
        std::fs::write(&path, &text).expect("a file");
        let all = "SELECT * FROM t";
        let _ = read(&path, &mut |database| database.rows(all, &mut |_| ()));
    }
    for length in (0..whole.len()).step_by(97) {
        std::fs::write(&path, &whole[..length]).expect("a file");
        let all = "SELECT * FROM t";
        let _ = read(&path, &mut |database| database.rows(all, &mut |_| ()));
    }
}

#[test]
fn a_view_is_not_run_and_nothing_is_written() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, connection) = database(dir.path(), "DELETE");
    let view = "CREATE VIEW v AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i FROM n) \
        SELECT i FROM n";
    connection.execute_batch(view).expect("a view");
    let rows = |sql| read(&path, &mut |database| database.rows(sql, &mut |_| ()));
    assert!(rows("SELECT i FROM v").is_err());
    assert!(rows("DELETE FROM t").is_err());
    assert!(rows("ATTACH 'other.db' AS other").is_err());
    assert!(!dir.path().join("other.db").exists());
}

#[test]
fn figures_are_exact_or_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, connection) = database(dir.path(), "DELETE");
    let figure = |value: &str| {
        let set = format!("UPDATE t SET figure = {value} WHERE id = 1");
        connection.execute_batch(&set).expect("a value");
        let mut found = None;
        read(&path, &mut |database| {
            let one = "SELECT figure FROM t WHERE id = 1";
            database.rows(one, &mut |row| {
                let cost = row
                    .cost(0, "c")
                    .map(|cost| cost.map(|cost| cost.to_string()));
                found = Some((row.count(0, "n").ok(), cost.ok()));
            })
        })
        .expect("it is read");
        found.expect("a row")
    };
    let money = |text: &str| Some(Some(text.to_owned()));
    assert_eq!(figure("NULL"), (Some(None), Some(None)));
    assert_eq!(figure("7"), (Some(Some(7)), money("7.00")));
    assert_eq!(figure("0.1"), (None, money("0.10")));
    let most = i64::MAX.unsigned_abs();
    assert_eq!(figure(&most.to_string()).0, Some(Some(most)));
    for value in [
        "-1",
        "1e308",
        "9e999",
        "-9e999",
        "x'00'",
        "'NaN'",
        "''",
        "9223372036854775808",
    ] {
        assert_eq!(figure(value), (None, None), "{value}");
    }
}

#[test]
fn a_value_that_is_too_long_is_not_loaded() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, connection) = database(dir.path(), "DELETE");
    let long = format!("UPDATE t SET text = hex(zeroblob({MAX_VALUE})) WHERE id = 1");
    connection.execute_batch(&long).expect("a long text");
    let mut found = Vec::new();
    let short = "SELECT CASE WHEN octet_length(text) < 1000 THEN text END FROM t";
    let all = read(&path, &mut |database| {
        database.rows(short, &mut |row| found.push(row.text(0).map(str::to_owned)))
    });
    assert_eq!((all, found), (Ok(()), vec![None, Some("two".to_owned())]));
    let whole = read(&path, &mut |database| {
        database.rows("SELECT text FROM t", &mut |_| ())
    });
    assert!(whole.is_err());
}

/// A page of a tree whose 61 children are all the same page.
fn fan(child: u32) -> Vec<u8> {
    const CELLS: u16 = 60;
    let mut page = vec![5, 0, 0];
    page.extend(CELLS.to_be_bytes());
    page.extend((PAGE - CELLS * 5).to_be_bytes());
    page.push(0);
    page.extend(child.to_be_bytes());
    for cell in 0..CELLS {
        page.extend((PAGE - CELLS * 5 + cell * 5).to_be_bytes());
    }
    page.resize(usize::from(PAGE - CELLS * 5), 0);
    for key in 1..=60 {
        page.extend(child.to_be_bytes());
        page.push(key);
    }
    page
}

const PAGE: u16 = 512;

#[test]
fn a_database_without_an_end_is_given_up() {
    let place = tempfile::tempdir().expect("a directory");
    let path = place.path().join("endless.db");
    let own = Connection::open(&path).expect("a database");
    own.execute_batch(
        "PRAGMA page_size = 512; CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (7)",
    )
    .expect("a row");
    drop(own);
    let mut bytes = std::fs::read(&path).expect("the file");
    let leaf = bytes.split_off(usize::from(PAGE));
    // 61 to the power of 17 rows in 20 pages.
    for page in 2..19 {
        bytes.extend(fan(page + 1));
    }
    bytes.extend(leaf);
    bytes.splice(28..32, 19_u32.to_be_bytes());
    std::fs::write(&path, bytes).expect("the file");
    let mut rows = 0_u64;
    let refused = read(&path, &mut |database| {
        database.rows("SELECT a FROM t", &mut |_| rows += 1)
    });
    let said = refused.expect_err("no end").to_string();
    assert_eq!(said, "it is damaged: it has no end");
    assert!(rows > 1_000_000, "{rows}");
}
