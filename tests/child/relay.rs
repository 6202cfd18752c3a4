//! Output that is read on its way.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;

use crate::wrapper::{Running, ended, poll_until, probe, read, wait};

/// The wrapper with a copy of the output in `copy`, and its result in `note`.
fn relayed(copy: &Path, note: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(probe());
    command
        .arg("--relay")
        .arg(copy)
        .arg("--note")
        .arg(note)
        .arg("--")
        .args(args);
    command
}

#[test]
fn every_byte_is_passed_on_and_shown() {
    let dir = tempfile::tempdir().unwrap();
    let (copy, note) = (dir.path().join("copy"), dir.path().join("note"));
    let bytes: Vec<u8> = (0..=255).cycle().take(3_000_000).collect();
    let mut child = relayed(&copy, &note, &["cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let sent = bytes.clone();
    let writer = std::thread::spawn(move || stdin.write_all(&sent).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(
        output.stdout == bytes,
        "{} bytes came back",
        output.stdout.len()
    );
    assert!(std::fs::read(copy).unwrap() == bytes);
    assert!(output.status.success());
}

#[test]
fn a_process_that_cannot_be_made_is_125() {
    let dir = tempfile::tempdir().unwrap();
    let mark = dir.path().join("mark");
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -n 4; exec \"$0\" -- touch \"$1\""])
        .arg(probe())
        .arg(&mark);
    assert_eq!(ended(command.stderr(Stdio::null()).status().unwrap()), 125);
    assert!(!mark.exists());
}

#[test]
fn a_reader_that_leaves_ends_the_child_by_its_pipe() {
    let dir = tempfile::tempdir().unwrap();
    let (copy, note) = (dir.path().join("copy"), dir.path().join("note"));
    let mut child = relayed(&copy, &note, &["yes"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut some = [0; 2];
    child.stdout.take().unwrap().read_exact(&mut some).unwrap();
    assert_eq!(ended(wait(&mut child)), -libc::SIGPIPE);
}

#[test]
fn a_reader_that_does_not_read_delays_neither_signals_nor_the_outcome() {
    let dir = tempfile::tempdir().unwrap();
    let (copy, note) = (dir.path().join("copy"), dir.path().join("note"));
    let script = "trap 'echo got >&2; exit 5' TERM; head -c 300000 /dev/zero & wait $!; exit 9";
    let mut child = relayed(&copy, &note, &["bash", "-c", script])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    poll_until("the pipe is full", || {
        (std::fs::metadata(&copy).map_or(0, |file| file.len()) >= 64 * 1024).then_some(())
    });
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, Signal::SIGTERM).unwrap();
    poll_until("the outcome", || {
        read(&note).starts_with("Exited(5)").then_some(())
    });
    assert!(
        child.try_wait().unwrap().is_none(),
        "output still waits for its reader"
    );
    let mut all = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut all).unwrap();
    assert_eq!(all.len(), 300_000);
    assert_eq!(std::fs::metadata(&copy).unwrap().len(), 300_000);
    assert_eq!(ended(wait(&mut child)), 5);
}

#[test]
fn the_output_is_known_at_the_outcome_though_nobody_reads_it() {
    // More than we hold back for a slow reader, less than all pipes on the way take.
    const LENGTH: u64 = 190_000;
    let dir = tempfile::tempdir().unwrap();
    let (copy, note) = (dir.path().join("copy"), dir.path().join("note"));
    let length = LENGTH.to_string();
    let mut child = relayed(&copy, &note, &["head", "-c", &length, "/dev/zero"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    poll_until("the outcome", || {
        read(&note).starts_with("Exited(0)").then_some(())
    });
    assert_eq!(std::fs::metadata(&copy).unwrap().len(), LENGTH);
    let mut all = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut all).unwrap();
    assert_eq!(all.len() as u64, LENGTH);
    assert_eq!(ended(wait(&mut child)), 0);
}

#[test]
fn what_outlives_the_child_delays_the_outcome_little_and_is_still_passed_on() {
    let dir = tempfile::tempdir().unwrap();
    let (copy, note, fifo) = (
        dir.path().join("copy"),
        dir.path().join("note"),
        dir.path().join("fifo"),
    );
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let script = format!(
        "(read x <{}; echo late) & echo early; exit 3",
        fifo.display()
    );
    let mut running = Running::start(relayed(&copy, &note, &["sh", "-c", &script]));
    running.expect("early");
    poll_until("the outcome", || {
        read(&note).starts_with("Exited(3)").then_some(())
    });
    std::fs::write(&fifo, "go\n").unwrap();
    assert_eq!(running.rest(), ["late"]);
    assert_eq!(ended(running.end()), 3);
    assert_eq!(read(&copy), "early\nlate\n");
}

#[test]
fn heartbeats_go_on_while_the_child_is_stopped_and_may_ask_for_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let beats = dir.path().join("beats");
    let mut command = Command::new(probe());
    command.args([
        "--heartbeat",
        "20",
        "--grace",
        "50",
        "--stop-at",
        "10",
        "--beats",
    ]);
    command
        .arg(&beats)
        .args(["--", "sh", "-c", "kill -STOP $$; sleep 60"]);
    let mut running = Running::start(command);
    assert_eq!(ended(running.end()), 124);
    let seen = read(&beats);
    assert!(seen.starts_with("started "), "{seen}");
    assert!(
        seen.lines().filter(|line| *line == "beat").count() >= 10,
        "{seen}"
    );
}
