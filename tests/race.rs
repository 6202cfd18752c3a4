//! Many runs at once under one limit: never more than fit are started, whoever is killed when,
//! and the journal says the same as the windows.

#[cfg(test)]
#[path = "support/fake.rs"]
mod fake;
#[cfg(test)]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::process::Child;
use std::time::Duration;

use fake::{claude, end, names, owner_files, result, start, touch, until, wait_for};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use support::TestEnv;

/// An agent that says in `started` that it runs, waits for `go`, and costs one dollar.
fn dollar_agent(env: &TestEnv) -> String {
    fs::create_dir_all(env.path().join("started")).expect("a directory");
    let (wait, result) = (until("go"), result("1.00"));
    let body = format!(": >started/$BUDGET_RESERVATION\n{wait}\ncat <<'END'\n{result}\nEND");
    claude(env, &body)
}

fn exec(env: &TestEnv, budget: &str, limit: &str, agent: &str) -> Child {
    let mut command = env.command();
    command
        .args(["exec", budget, "--limit", limit, "--reserve", "1usd"])
        .args(["--wait-lock", "100s", "--"])
        .args([agent, "-p", "x", "--output-format", "json"]);
    start(&mut command)
}

fn is_over(child: &mut Child) -> bool {
    child.try_wait().expect("a child of ours").is_some()
}

fn started(env: &TestEnv) -> BTreeSet<String> {
    names(&env.path().join("started")).into_iter().collect()
}

fn reservations(env: &TestEnv) -> Vec<Value> {
    let answer = env.json(&["reservations", "--state", "all"]);
    answer["reservations"].as_array().expect("a list").clone()
}

/// What a reservation was charged, in dollars.
fn charged(reservation: &Value) -> &str {
    let amounts = reservation["charged"].as_array().expect("a list");
    let dollars = amounts.iter().find(|amount| amount["unit"] == "usd");
    dollars.map_or("0.00", |a| a["amount"].as_str().expect("an amount"))
}

/// The dollars that journal entries of a kind name, each once.
fn booked(env: &TestEnv, kind: &str) -> Vec<String> {
    let log = env.json(&["log"]);
    let entries = log["entries"].as_array().expect("entries");
    let of_kind = entries.iter().filter(|entry| entry["kind"] == kind);
    let amounts = of_kind.flat_map(|entry| entry["amounts"].as_array().expect("amounts").clone());
    let dollars = amounts.filter(|amount| amount["unit"] == "usd");
    dollars
        .map(|amount| amount["amount"].as_str().expect("an amount").to_owned())
        .collect()
}

/// So many runs at once, of which only some find room.
fn race(runs: usize, room: usize) {
    let env = TestEnv::new();
    let agent = dollar_agent(&env);
    let limit = format!("{room}usd/day");
    let mut running: Vec<_> = (0..runs)
        .map(|_| exec(&env, "day", &limit, &agent))
        .collect();
    let mut denied = Vec::new();
    wait_for("those without room", || {
        denied.extend(running.extract_if(.., is_over));
        (denied.len() >= runs - room).then_some(())
    });
    wait_for("those with room", || {
        (started(&env).len() >= room).then_some(())
    });
    assert_eq!(denied.len(), runs - room);
    for child in denied {
        let output = end(child);
        assert_eq!(output.code, 75, "{output}");
        assert!(output.stdout.is_empty(), "{output}");
        assert!(output.stderr.contains("day"), "{output}");
    }
    let full = format!("{room}.00");
    assert_eq!(env.figure("day", "usd/day", "reserved"), full);
    assert_eq!(
        started(&env).len(),
        room,
        "nothing that was denied was started"
    );
    touch(&env.path().join("go"));
    for child in running {
        let output = end(child);
        assert_eq!(output.code, 0, "{output}");
        assert_eq!(output.stdout, format!("{}\n", result("1.00")));
    }
    assert_eq!(started(&env).len(), room);
    assert_eq!(env.figure("day", "usd/day", "spent"), full);
    assert_eq!(env.figure("day", "usd/day", "reserved"), "0.00");
    assert_eq!(env.figure("day", "usd/day", "available"), "0.00");
    assert_eq!(booked(&env, "reserved"), vec!["1.00"; room]);
    assert_eq!(booked(&env, "committed"), vec!["1.00"; room]);
    let ids: BTreeSet<_> = reservations(&env)
        .iter()
        .map(|found| found["id"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(ids, started(&env), "each reservation is one run");
    assert_eq!(owner_files(&env), Vec::<String>::new());
}

#[test]
fn of_ten_runs_at_once_the_three_that_fit_are_started() {
    race(10, 3);
}

#[test]
fn of_two_hundred_runs_at_once_the_seven_that_fit_are_started() {
    race(200, 7);
}

#[test]
fn a_ledger_that_another_process_is_about_to_make_is_no_foreign_file() {
    let env = TestEnv::new();
    fs::create_dir(env.path().join("ledger")).expect("a directory");
    let unmade = rusqlite::Connection::open(env.ledger()).expect("a file");
    unmade
        .pragma_update(None, "journal_mode", "WAL")
        .expect("a file with a header");
    assert!(fs::metadata(env.ledger()).expect("a file").len() > 0);
    let output = env.run(&["status"]);
    assert_eq!(output.code, 0, "{output}");
    drop(unmade);
    env.ok(&["create", "me", "--limit", "1usd"]);
}

/// Random moments that a failing test can name.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn sigkill(child: &Child) {
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a pid"));
    kill(pid, Signal::SIGKILL).expect("it is there until it is waited for");
}

/// Kills every other run at a moment of its own, and returns what all ended with.
fn kill_at_random(running: Vec<Child>, dice: &mut Dice) -> Vec<i32> {
    let doomed = running.into_iter().enumerate().map(|(place, child)| {
        // The whole life of most runs, from their first instruction to their settlement.
        let moment = (place % 2 == 0).then(|| Duration::from_micros(dice.roll(150_000)));
        std::thread::spawn(move || {
            if let Some(moment) = moment {
                std::thread::sleep(moment);
                sigkill(&child);
            }
            end(child).code
        })
    });
    let doomed: Vec<_> = doomed.collect();
    doomed
        .into_iter()
        .map(|run| run.join().expect("a run ends"))
        .collect()
}

/// What became of a reservation in words, after checking that it is what it must be.
fn account(found: &Value, ran: bool) -> &'static str {
    let fate = (found["state"].as_str(), found["unknown"].as_bool());
    let (word, must_have_run, cost) = match fate {
        (Some("committed"), Some(false)) => ("finished", Some(true), "1.00"),
        (Some("expired" | "committed"), Some(true)) => ("killed while it ran", None, "1.00"),
        (Some("expired"), Some(false)) => ("killed before it ran", Some(false), "0.00"),
        _ => panic!("{found}"),
    };
    assert!(
        must_have_run.is_none_or(|must| must == ran),
        "{word}, ran: {ran}: {found}"
    );
    assert_eq!(charged(found), cost, "{word}: {found}");
    word
}

#[test]
fn whoever_is_killed_when_no_more_runs_than_fit_and_nothing_is_held_for_ever() {
    let env = TestEnv::new();
    let agent = dollar_agent(&env);
    let seed = u64::from(std::process::id()) << 20 | 1;
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let mut fates = Vec::new();
    for round in 0..6 {
        let budget = format!("round-{round}");
        let running = (0..24)
            .map(|_| exec(&env, &budget, "7usd", &agent))
            .collect();
        let codes = if round == 0 {
            kill_all_that_run(&env, 7, running)
        } else {
            // Agents end at once, so that kills meet settlements, too.
            kill_at_random(running, &mut dice)
        };
        assert!(
            codes.iter().all(|code| [0, 75, 137].contains(code)),
            "{codes:?}"
        );
        env.ok(&["verify"]);
        env.advance(120);
        let seen = env.figure(&budget, "usd", "spent");
        assert_eq!(
            env.figure(&budget, "usd", "reserved"),
            "0.00",
            "a reader sees them closed"
        );
        env.fails(&["reserve", &budget, "8usd"], 77);
        assert_eq!(
            env.figure(&budget, "usd", "spent"),
            seen,
            "and a writer closes them so"
        );
        assert_eq!(env.figure(&budget, "usd", "reserved"), "0.00");
        let dollars: f64 = seen.parse().expect("dollars");
        assert!(dollars <= 7.0, "{dollars} of 7");
        let ran = started(&env);
        let found = env.json(&["reservations", &budget, "--state", "all"]);
        let found = found["reservations"].as_array().expect("a list");
        let of_round = |found: &Value| ran.contains(found["id"].as_str().expect("an id"));
        fates.extend(found.iter().map(|found| account(found, of_round(found))));
        let costly = found
            .iter()
            .filter(|found| charged(found) == "1.00")
            .count();
        assert_eq!(seen, format!("{costly}.00"));
    }
    let count = |fate| fates.iter().filter(|f| **f == fate).count();
    println!(
        "{} finished, {} killed while they ran, {} killed before they ran",
        count("finished"),
        count("killed while it ran"),
        count("killed before it ran")
    );
    assert!(
        count("killed while it ran") >= 7,
        "those of the first round: {fates:?}"
    );
    let open = env.json(&["reservations", "--state", "open"]);
    assert_eq!(open["reservations"], serde_json::json!([]));
}

/// Kills all runs once those with room have started their agents, which still wait.
fn kill_all_that_run(env: &TestEnv, room: usize, mut running: Vec<Child>) -> Vec<i32> {
    wait_for("those with room", || {
        (started(env).len() >= room).then_some(())
    });
    for child in &mut running {
        if !is_over(child) {
            sigkill(child);
        }
    }
    // Agents outlive their wrappers, and hold the pipes that `end` reads.
    touch(&env.path().join("go"));
    running.into_iter().map(|child| end(child).code).collect()
}

/// A run that has started its agent, and the file that says whether it had.
fn running_agent(env: &TestEnv) -> (Child, std::path::PathBuf) {
    let agent = dollar_agent(env);
    let child = exec(env, "me", "1usd", &agent);
    wait_for("the agent", || (started(env).len() == 1).then_some(()));
    let [file] = &owner_files(env)[..] else {
        panic!("one run, one file: {:?}", owner_files(env))
    };
    let mut path = env.ledger().into_os_string();
    path.push(format!(".owners/{file}"));
    (child, path.into())
}

#[test]
fn a_wrapper_killed_after_its_start_is_charged_as_unknown_when_somebody_needs_the_room() {
    let env = TestEnv::new();
    let (child, file) = running_agent(&env);
    env.fails(&["reserve", "me", "1usd"], 75);
    assert!(file.exists(), "a run that lives is left alone");
    sigkill(&child);
    assert_eq!(end(child).code, 137);
    assert_eq!(
        env.figure("me", "usd", "reserved"),
        "1.00",
        "nobody has asked yet"
    );
    env.fails(&["reserve", "me", "0.01usd"], 75);
    assert_eq!(env.figure("me", "usd", "reserved"), "0.00");
    assert_eq!(env.figure("me", "usd", "spent"), "1.00");
    assert_eq!(account(&reservations(&env)[0], true), "killed while it ran");
    assert!(
        env.ok(&["status", "me"]).contains("budget commit"),
        "the line that corrects it"
    );
    assert!(!file.exists(), "nothing is left of it");
}

#[test]
fn a_wrapper_killed_before_its_start_gives_everything_back() {
    let env = TestEnv::new();
    let (child, file) = running_agent(&env);
    // What the file said a moment earlier.
    let owner = fs::OpenOptions::new()
        .write(true)
        .open(&file)
        .expect("the owner file");
    std::os::unix::fs::FileExt::write_all_at(&owner, b"0", 0).expect("the byte");
    sigkill(&child);
    assert_eq!(end(child).code, 137);
    let id = env.reserve("me", &["1usd"]);
    env.ok(&["release", &id]);
    assert_eq!(env.figure("me", "usd", "spent"), "0.00");
    let found = reservations(&env);
    let closed = found
        .iter()
        .find(|found| found["state"] == "expired")
        .expect("the dead run");
    assert_eq!(
        (charged(closed), &closed["unknown"]),
        ("0.00", &Value::Bool(false))
    );
    assert!(!file.exists(), "nothing is left of it");
}
