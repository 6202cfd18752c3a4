//! Runs whose end cannot be written into the ledger: said, kept beside it, taken in by the next
//! command, exactly once; and the caller gets the child's own code all the same.

#[cfg(test)]
#[path = "support/fake.rs"]
mod fake;
#[cfg(test)]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use fake::{end, names, start, touch, until, wait_for, wait_for_file};
use serde_json::Value;
use support::TestEnv;

/// A run that reports 30 cents once it may, and ends as it is told.
fn run(env: &TestEnv, ends: &str) -> Child {
    run_reporting(env, "{\"usd\":0.30}\n", ends)
}

fn run_reporting(env: &TestEnv, report: &str, ends: &str) -> Child {
    fs::write(env.path().join("report"), report).expect("a file");
    let wait = until(&env.path().join("go").display().to_string());
    let body = format!(": >running; {wait}; cp report used.$$; mv used.$$ used; {ends}");
    let mut command = env.command();
    command
        .args(["exec", "me", "--reserve", "1usd", "--usage-file", "used"])
        .args(["--result", "result", "--wait-lock", "500ms", "--"])
        .args(["sh", "-c", &body]);
    let child = start(&mut command);
    wait_for_file(&env.path().join("running"));
    child
}

/// Lets the run end, which must end with this code and say where its outcome went. Returns what
/// it said.
#[track_caller]
fn spills(env: &TestEnv, child: Child, code: i32) -> String {
    touch(&env.path().join("go"));
    let output = end(child);
    assert_eq!(output.code, code, "{output}");
    assert_eq!(output.stdout, "");
    for says in ["could not be recorded", "outcome: {", "30000000"] {
        assert!(output.stderr.contains(says), "{says}: {output}");
    }
    let result = fs::read_to_string(env.path().join("result")).expect("the result");
    let result: Value = serde_json::from_str(&result).expect("JSON");
    assert_eq!(
        (&result["recorded"], &result["exit_code"]),
        (&false.into(), &code.into())
    );
    output.stderr
}

fn two_dollars() -> TestEnv {
    TestEnv::with("me", &["2usd"])
}

fn owners(env: &TestEnv) -> PathBuf {
    let mut path = env.ledger().into_os_string();
    path.push(".owners");
    path.into()
}

/// The outcomes that wait.
fn kept(env: &TestEnv) -> Vec<String> {
    let is_outcome = |name: &String| Path::new(name).extension().is_some_and(|e| e == "out");
    names(&owners(env)).into_iter().filter(is_outcome).collect()
}

/// How often the end of a run is in the journal.
fn ends(env: &TestEnv) -> usize {
    let log = env.json(&["log"]);
    let entries = log["entries"].as_array().expect("entries");
    entries
        .iter()
        .filter(|e| e["kind"] == "committed" || e["kind"] == "corrected")
        .count()
}

/// The next command books the run's 30 cents; those after it find nothing to do.
#[track_caller]
fn is_taken_in_once(env: &TestEnv) {
    env.ok(&["spend", "me", "0.05usd"]);
    for _ in 0..2 {
        assert_eq!(kept(env), Vec::<String>::new());
        assert_eq!(env.figure("me", "usd", "spent"), "0.35");
        assert_eq!(env.figure("me", "usd", "reserved"), "0.00");
        assert_eq!(ends(env), 1);
        let id = env.reserve("me", &["0.10usd"]);
        env.ok(&["release", &id]);
    }
    assert_eq!(fake::owner_files(env), Vec::<String>::new());
}

fn lock(env: &TestEnv) -> rusqlite::Connection {
    let conn = rusqlite::Connection::open(env.ledger()).expect("the ledger");
    conn.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    conn
}

/// Ends a run while somebody else holds the ledger's lock.
#[track_caller]
fn spills_locked(env: &TestEnv, child: Child, code: i32) -> String {
    let lock = lock(env);
    let said = spills(env, child, code);
    drop(lock);
    said
}

/// Two dollars, and the outcome of a run that waits to be taken in.
fn with_outcome(code: i32) -> TestEnv {
    let env = two_dollars();
    let child = run(&env, &format!("exit {code}"));
    spills_locked(&env, child, code);
    env
}

/// The file of the one outcome that waits.
fn outcome(env: &TestEnv) -> PathBuf {
    match &kept(env)[..] {
        [name] => owners(env).join(name),
        kept => panic!("one outcome: {kept:?}"),
    }
}

#[test]
fn a_ledger_that_is_locked_too_long() {
    for (ends, code) in [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143)] {
        let env = two_dollars();
        let child = run(&env, ends);
        let said = spills_locked(&env, child, code);
        assert!(said.contains("the next command takes it in"), "{said}");
        assert_eq!(kept(&env).len(), 1);
        is_taken_in_once(&env);
    }
}

#[test]
fn an_outcome_that_waits_longer_than_the_lease_is_still_what_was_reported() {
    let env = with_outcome(0);
    env.advance(3_600);
    assert_eq!(kept(&env).len(), 1, "not booked yet");
    assert_eq!(env.figure("me", "usd", "reserved"), "0.00", "reads see it");
    assert!(!env.ok(&["status"]).contains("unknown"));
    is_taken_in_once(&env);
    let found = env.json(&["reservations", "--state", "committed"]);
    assert_eq!(found["reservations"][0]["unknown"], false, "{found}");
}

#[test]
fn more_outcomes_than_one_command_takes_in_are_all_booked_as_they_were() {
    let env = TestEnv::with("me", &["40usd"]);
    let runs: Vec<_> = (0..40).map(|_| run(&env, "exit 0")).collect();
    wait_for("every run", || {
        (env.figure("me", "usd", "reserved") == "40.00").then_some(())
    });
    let lock = lock(&env);
    touch(&env.path().join("go"));
    for child in runs {
        assert_eq!(end(child).code, 0);
    }
    drop(lock);
    assert_eq!(kept(&env).len(), 40);
    env.advance(3_600);
    while !kept(&env).is_empty() {
        let before = kept(&env).len();
        env.ok(&["release", &env.reserve("me", &["0.01usd"])]);
        assert!(kept(&env).len() < before, "some at a time");
    }
    assert_eq!(env.figure("me", "usd", "spent"), "12.00");
    assert_eq!(ends(&env), 40);
    let found = env.json(&["reservations", "--state", "expired"]);
    assert_eq!(found["reservations"], serde_json::json!([]));
}

#[test]
fn an_outcome_that_was_damaged_is_unknown_in_the_end_and_stays_to_be_read() {
    let env = with_outcome(0);
    fs::write(outcome(&env), "1{\"session\":").expect("damage");
    env.advance(3_600);
    env.ok(&["spend", "me", "0.05usd"]);
    assert_eq!(env.figure("me", "usd", "spent"), "1.05");
    assert!(env.ok(&["status"]).contains("budget commit"));
    assert_eq!(kept(&env).len(), 1);
}

#[test]
fn an_outcome_with_more_models_than_there_is_room_for_keeps_what_it_cost() {
    let env = two_dollars();
    let line = |model| format!("{{\"usd\":0.001,\"model\":\"a-model-of-number-{model}\"}}\n");
    let report: String = (0..300).map(line).collect();
    let child = run_reporting(&env, &report, "exit 0");
    spills_locked(&env, child, 0);
    is_taken_in_once(&env);
}

#[test]
fn an_outcome_of_thousands_of_messages_keeps_that_they_are_counted() {
    let env = two_dollars();
    let line = |id| format!("{{\"usd\":0.0001,\"id\":\"the-message-of-number-{id:04}\"}}\n");
    let report: String = (0..3000).map(line).collect();
    let child = run_reporting(&env, &report, "exit 0");
    spills_locked(&env, child, 0);
    is_taken_in_once(&env);
    let again = [
        "exec",
        "me",
        "--reserve",
        "1usd",
        "--usage-file",
        "again",
        "--",
        "cp",
        "report",
        "again",
    ];
    env.ok(&again);
    assert_eq!(env.figure("me", "usd", "spent"), "0.35");
}

#[test]
fn an_outcome_found_again_after_it_was_taken_in_is_not_booked_twice() {
    let env = with_outcome(0);
    let (file, copy) = (outcome(&env), env.path().join("copy"));
    fs::copy(&file, &copy).expect("a copy");
    is_taken_in_once(&env);
    // As if the process that took it in had died before it took the file away.
    fs::copy(&copy, &file).expect("a copy");
    env.ok(&["refund", &spend_entry(&env)]);
    assert_eq!(kept(&env), Vec::<String>::new());
    assert_eq!(env.figure("me", "usd", "spent"), "0.30");
    assert_eq!(ends(&env), 1);
}

fn spend_entry(env: &TestEnv) -> String {
    let log = env.json(&["log"]);
    let entries = log["entries"].as_array().expect("entries");
    let spent = entries
        .iter()
        .find(|entry| entry["amounts"][0]["amount"] == "0.05");
    spent.expect("the spending")["seq"].to_string()
}

#[test]
fn outcomes_that_belong_to_nothing_keep_none_from_being_taken_in() {
    let env = with_outcome(0);
    let text = fs::read_to_string(outcome(&env)).expect("an outcome");
    for number in 0..40 {
        let id = format!("01a1fdfa-4600-7000-8000-{number:012x}");
        let other = match number % 3 {
            0 => "1no outcome".to_owned(),
            1 => String::new(),
            // That of a run in another ledger.
            _ => text.replace("\"reservation\":\"01", "\"reservation\":\"02"),
        };
        fs::write(owners(&env).join(format!("{id}.out")), other).expect("a file");
    }
    env.ok(&["spend", "me", "0.05usd"]);
    assert_eq!(env.figure("me", "usd", "spent"), "0.35");
    assert_eq!(
        kept(&env).len(),
        40,
        "what is not understood is left for a person"
    );
}

#[test]
fn an_outcome_that_cannot_be_booked_is_in_nobodys_way_and_is_booked_once_it_can_be() {
    let env = TestEnv::with("me", &["2usd", "100tokens"]);
    env.ok(&["create", "other", "--limit", "1usd"]);
    let huge = "9000000000000000000";
    let child = run_reporting(&env, &format!("{{\"tokens\":{huge}}}\n"), "exit 7");
    env.ok(&["spend", "me", &format!("{huge}tokens")]);
    touch(&env.path().join("go"));
    let output = end(child);
    assert_eq!(output.code, 7, "{output}");
    assert!(output.stderr.contains("outcome: {"), "{output}");
    for spent in ["0.25", "0.50"] {
        env.ok(&["spend", "other", "0.25usd"]);
        assert_eq!(env.figure("other", "usd", "spent"), spent);
        assert_eq!(env.figure("me", "usd", "reserved"), "1.00");
        assert_eq!(kept(&env).len(), 1);
        env.ok(&["verify"]);
    }
    let log = env.json(&["log"]);
    let entries = log["entries"].as_array().expect("entries");
    let spent = entries.iter().find(|e| e["amounts"][0]["amount"] == huge);
    env.ok(&["refund", &spent.expect("the spending")["seq"].to_string()]);
    env.ok(&["spend", "other", "0.25usd"]);
    assert_eq!(kept(&env), Vec::<String>::new());
    assert_eq!(env.figure("me", "usd", "reserved"), "0.00");
    assert_eq!(env.figure("me", "tokens", "spent"), "100");
    assert_eq!(env.figure("me", "tokens", "debt"), "8999999999999999900");
}

/// The directory of the ledger.
fn place(env: &TestEnv) -> PathBuf {
    env.path().join("ledger")
}

/// The ledger's files in a directory, without the directory of its owners.
fn files(place: &Path) -> [PathBuf; 3] {
    ["ledger.db", "ledger.db-wal", "ledger.db-shm"].map(|name| place.join(name))
}

fn move_files(from: &Path, to: &Path) {
    for (from, to) in files(from).iter().zip(files(to)) {
        if from.exists() {
            fs::rename(from, to).expect("a move");
        }
    }
}

fn delete_files(place: &Path) {
    for file in files(place) {
        let _ = fs::remove_file(file);
    }
}

#[test]
fn a_ledger_that_was_moved_away_gets_it_when_it_is_back() {
    let env = two_dollars();
    let child = run(&env, "exit 7");
    let (place, elsewhere) = (place(&env), env.path().join("elsewhere"));
    fs::create_dir(&elsewhere).expect("a directory");
    move_files(&place, &elsewhere);
    spills(&env, child, 7);
    assert!(!env.ledger().exists(), "no other ledger is made");
    assert_eq!(kept(&env).len(), 1);
    move_files(&elsewhere, &place);
    is_taken_in_once(&env);
}

#[test]
fn a_ledger_in_place_of_the_runs_own_is_left_alone() {
    let env = two_dollars();
    let child = run(&env, "exit 7");
    let (place, elsewhere) = (place(&env), env.path().join("elsewhere"));
    fs::create_dir(&elsewhere).expect("a directory");
    move_files(&place, &elsewhere);
    env.ok(&["create", "me", "--limit", "2usd"]);
    let before = env.dump();
    spills(&env, child, 7);
    assert_eq!(env.dump(), before);
    let id = env.reserve("me", &["0.10usd"]);
    env.ok(&["release", &id]);
    assert_eq!(env.figure("me", "usd", "spent"), "0.00");
    env.ok(&["verify"]);
    assert_eq!(kept(&env).len(), 1, "it waits for its own ledger");
    delete_files(&place);
    move_files(&elsewhere, &place);
    is_taken_in_once(&env);
}

#[test]
fn a_backup_copied_over_the_ledger_does_not_know_the_run_and_its_outcome_is_kept() {
    let env = two_dollars();
    let into_the_file = || {
        let conn = rusqlite::Connection::open(env.ledger()).expect("the ledger");
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let busy: i64 = conn.query_row(sql, [], |row| row.get(0)).expect(sql);
        assert_eq!(busy, 0);
    };
    let (backup, later) = (env.path().join("backup"), env.path().join("later"));
    into_the_file();
    fs::copy(env.ledger(), &backup).expect("a backup");
    let child = run(&env, "exit 7");
    into_the_file();
    fs::copy(env.ledger(), &later).expect("a backup");
    fs::copy(&backup, env.ledger()).expect("the backup");
    let said = spills(&env, child, 7);
    assert!(said.contains("does not know the run"), "{said}");
    assert_eq!(env.figure("me", "usd", "spent"), "0.00");
    assert_eq!(kept(&env).len(), 1);
    into_the_file();
    fs::copy(&later, env.ledger()).expect("the later state");
    is_taken_in_once(&env);
}

#[test]
fn a_ledger_that_was_deleted_leaves_the_outcome_on_the_terminal_and_in_its_file() {
    let env = two_dollars();
    let child = run(&env, "kill -TERM $$");
    delete_files(&place(&env));
    let said = spills(&env, child, 143);
    let told = said.lines().find_map(|line| line.split_once("outcome: "));
    let told: Value = serde_json::from_str(told.expect("the outcome").1).expect("JSON");
    assert_eq!(
        (&told["exit_code"], &told["started"]),
        (&143.into(), &true.into())
    );
    assert!(!env.ledger().exists(), "no other ledger is made");
    assert_eq!(kept(&env).len(), 1);
}

#[test]
fn a_directory_that_was_moved_away_carries_the_outcome_with_it() {
    let env = two_dollars();
    let child = run(&env, "exit 7");
    let (place, elsewhere) = (place(&env), env.path().join("elsewhere"));
    fs::rename(&place, &elsewhere).expect("a move");
    spills(&env, child, 7);
    assert!(!place.exists(), "nothing is made in its place");
    fs::rename(&elsewhere, &place).expect("a move");
    env.advance(3_600);
    is_taken_in_once(&env);
    assert_eq!(ends(&env), 1);
}

/// A small disk of its own under the ledger; gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn under(env: &TestEnv) -> Result<Self, String> {
        let place = place(env);
        fs::create_dir(&place).expect("a directory");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m,mode=0700", "budget-test"])
            .arg(&place)
            .output();
        match mount {
            Ok(done) if done.status.success() => Ok(Self(place)),
            Ok(done) => Err(String::from_utf8_lossy(&done.stderr).trim().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn fill(&self) {
        use std::io::Write;
        let mut options = fs::OpenOptions::new();
        let file = options.create(true).append(true);
        let mut file = file.open(self.0.join("ballast")).expect("a file");
        for size in [65_536, 4_096, 512, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn empty(&self) {
        fs::remove_file(self.0.join("ballast")).expect("the ballast");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[test]
fn a_full_disk() {
    let env = TestEnv::new();
    let disk = match SmallDisk::under(&env) {
        Ok(disk) => disk,
        Err(reason) => {
            println!("skipped: a disk of its own cannot be mounted here: {reason}");
            return;
        }
    };
    env.ok(&["create", "me", "--limit", "2usd"]);
    let child = run(&env, "exit 7");
    disk.fill();
    let said = spills(&env, child, 7);
    assert!(said.contains("full"), "{said}");
    let before = env.dump();
    disk.fill();
    env.fails(&["reserve", "me", "0.10usd"], 69);
    env.fails(
        &["exec", "me", "--reserve", "0.10usd", "--", "touch", "ran"],
        69,
    );
    assert!(!env.path().join("ran").exists(), "it fails closed");
    disk.empty();
    assert_eq!(env.dump(), before);
    is_taken_in_once(&env);
    env.ok(&["verify"]);
    env.expect_damage();
    drop(disk);
}

#[test]
fn a_run_that_never_started_and_could_not_say_so_is_given_back() {
    let env = with_outcome(7);
    let path = outcome(&env);
    let started = fs::read_to_string(&path).expect("an outcome");
    let unstarted = started.replace("\"started\":true", "\"started\":false");
    assert_ne!(unstarted, started);
    fs::write(&path, unstarted).expect("an outcome");
    env.ok(&["spend", "me", "0.05usd"]);
    assert_eq!(env.figure("me", "usd", "spent"), "0.05");
    assert_eq!(env.figure("me", "usd", "reserved"), "0.00");
}
