//! A ledger that cannot be used: nothing is admitted, no command is started, nothing is changed.

use std::path::Path;
use std::process::Command;

use crate::common::figures;
use crate::support::{Output, TestEnv};

const B: &str = "b";
const EXEC: [&str; 7] = ["exec", B, "--reserve", "1tokens", "--", "touch", "started"];

#[track_caller]
fn fails_closed(env: &TestEnv, ledger: &Path) {
    let on = |args: &[&str]| {
        Output::of(
            env.command()
                .env("BUDGET_LEDGER", ledger)
                .args(["--wait-lock", "200ms"])
                .args(args),
        )
    };
    for args in [
        &["create", B, "--limit", "5tokens"][..],
        &["reserve", B, "1tokens"],
        &["reserve", B, "1tokens", "--limit", "5tokens"],
        &["spend", B, "1tokens", "--limit", "5tokens"],
        &[
            "exec",
            B,
            "--limit",
            "5tokens",
            "--reserve",
            "1tokens",
            "--",
            "touch",
            "started",
        ],
        &EXEC,
    ] {
        let output = on(args);
        assert_eq!(output.code, 69, "{args:?} {output}");
        assert_eq!(output.stdout, "");
    }
    assert!(!env.path().join("started").exists());
}

#[test]
fn x15_a_locked_ledger_fails_closed() {
    let env = TestEnv::with(B, &["100tokens"]);
    let before = env.dump();
    let other = rusqlite::Connection::open(env.ledger()).expect("the ledger");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    for args in [
        &EXEC[..],
        &["reserve", B, "1tokens"],
        &["spend", B, "1tokens"],
    ] {
        let output = Output::of(env.command().args(["--wait-lock", "200ms"]).args(args));
        assert_eq!(output.code, 69, "{output}");
        assert!(output.stderr.contains("locked"), "{output}");
    }
    assert_eq!(
        figures(&env, B, "tokens"),
        "spent 0 reserved 0 debt 0 left 100"
    );
    env.ok(&["check", B, "1tokens"]);
    other.execute_batch("ROLLBACK").expect("the lock");
    drop(other);
    assert!(!env.path().join("started").exists());
    assert_eq!(env.dump(), before);
    env.ok(&EXEC);
    assert!(env.path().join("started").exists());
}

#[test]
fn x15_a_queue_that_does_not_move_fails_closed() {
    use nix::fcntl::{Flock, FlockArg};
    let env = TestEnv::with(B, &["100tokens"]);
    let lock = std::fs::File::open(env.ledger().with_file_name("ledger.db.lock")).expect("a file");
    let lock = Flock::lock(lock, FlockArg::LockExclusive).expect("the lock");
    let started = std::time::Instant::now();
    let output = Output::of(env.command().args(["--wait-lock", "300ms"]).args(EXEC));
    assert!(
        started.elapsed() < std::time::Duration::from_secs(8),
        "it waits no longer than told"
    );
    assert!(output.code == 0 || output.code == 69, "{output}");
    assert_eq!(env.path().join("started").exists(), output.code == 0);
    drop(lock);
}

#[test]
fn x15_what_is_no_ledger_fails_closed_and_is_not_touched() {
    let env = TestEnv::with(B, &["100tokens"]);
    let home = env.path().join("private");
    std::fs::create_dir(&home).expect("a directory");
    std::fs::set_permissions(&home, std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .expect("a mode");
    let whole = std::fs::read(env.ledger()).expect("the ledger");
    let mut flipped = whole.clone();
    flipped[100..4_000].fill(0xff);
    for (name, bytes) in [
        (
            "text",
            b"this is a diary, and no database at all\n".repeat(200),
        ),
        ("zeros", vec![0; 8_192]),
        ("cut", whole[..whole.len() / 3].to_vec()),
        ("flipped", flipped),
        ("short", whole[..50].to_vec()),
    ] {
        let path = home.join(name);
        std::fs::write(&path, &bytes).expect("a file");
        fails_closed(&env, &path);
        assert_eq!(std::fs::read(&path).expect("a file"), bytes, "{name}");
    }
    let path = home.join("foreign.db");
    let foreign = rusqlite::Connection::open(&path).expect("a database");
    foreign
        .execute_batch("CREATE TABLE diary (day TEXT)")
        .expect("a table");
    drop(foreign);
    fails_closed(&env, &path);
    let path = home.join("directory");
    std::fs::create_dir(&path).expect("a directory");
    fails_closed(&env, &path);
}

#[test]
fn x15_a_newer_ledger_fails_closed() {
    let env = TestEnv::with(B, &["100tokens"]);
    env.damage("PRAGMA user_version = 99");
    let output = env.run(&EXEC);
    assert_eq!(output.code, 69, "{output}");
    assert!(output.stderr.contains("newer"), "{output}");
    assert!(!env.path().join("started").exists());
}

#[test]
fn x15_devices_and_places_where_nothing_can_be_made_fail_closed() {
    let env = TestEnv::new();
    for path in [
        "/dev/full",
        "/dev/null",
        "/proc/ledger.db",
        "/dev/full/ledger.db",
    ] {
        let path = Path::new(path);
        let create = Output::of(
            env.command()
                .env("BUDGET_LEDGER", path)
                .args(["create", B, "--limit", "5tokens"]),
        );
        assert_eq!(create.code, 69, "{path:?} {create}");
        let args = [
            "exec",
            B,
            "--limit",
            "5tokens",
            "--reserve",
            "1tokens",
            "--",
            "touch",
            "started",
        ];
        let exec = Output::of(env.command().env("BUDGET_LEDGER", path).args(args));
        assert_eq!(exec.code, 69, "{path:?} {exec}");
    }
    assert!(!env.path().join("started").exists());
}

/// No file may grow: what a full disk does to a writer, without a disk.
#[test]
fn x15_l5_no_room_for_the_log_fails_closed_and_moves_nothing() {
    let env = TestEnv::with("p", &["100tokens"]);
    env.ok(&["create", "p/c", "--tz", "UTC", "--limit", "100tokens"]);
    let before = env.dump();
    for blocks in ["0", "1", "8", "16"] {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec budget \"$@\"");
        for args in [
            &["reserve", "p/c", "5tokens"][..],
            &["spend", "p/c", "5tokens"],
            &[
                "exec",
                "p/c",
                "--reserve",
                "5tokens",
                "--",
                "touch",
                "started",
            ],
        ] {
            let output = Output::of(env.program("sh").args(["-c", &script, "sh"]).args(args));
            assert_eq!(output.code, 69, "{blocks} {args:?} {output}");
        }
    }
    assert_eq!(env.dump(), before);
    assert!(!env.path().join("started").exists());
    env.ok(&[
        "exec",
        "p/c",
        "--reserve",
        "5tokens",
        "--",
        "touch",
        "started",
    ]);
    assert_eq!(env.figure("p", "tokens", "spent"), "5");
}

/// A file system of its own in a mount namespace of its own, which goes with its last process.
fn on_a_small_disk(env: &TestEnv, script: &str) -> Option<Output> {
    let can = Command::new("unshare").args(["-m", "true"]).status();
    if !can.is_ok_and(|status| status.success()) {
        return None;
    }
    let disk = env.path().join("disk");
    std::fs::create_dir(&disk).expect("a directory");
    let set_up = "mount -t tmpfs -o size=400k,mode=700 tmpfs \"$1\" || exit 99\n\
                  cd \"$1\"; export BUDGET_LEDGER=\"$1/ledger.db\"\n";
    let script = format!("{set_up}{script}");
    let mut command = env.program("unshare");
    let output = Output::of(command.args(["-m", "sh", "-c", &script, "sh"]).arg(disk));
    (output.code != 99).then_some(output)
}

#[test]
fn x15_l5_a_full_disk_fails_closed_and_moves_nothing() {
    let env = TestEnv::new();
    let script = "
        budget create p --limit 100tokens >/dev/null && budget create p/c --limit 100tokens >/dev/null || exit 98
        budget reserve p/c 5tokens >/dev/null || exit 97
        dd if=/dev/zero of=filler bs=1k 2>/dev/null
        budget exec p/c --reserve 7tokens -- touch started; test $? = 69 || exit 96
        i=0; while test $i -lt 200; do
          budget reserve p/c 0tokens >/dev/null 2>&1; code=$?
          test $code = 0 || break; i=$((i+1))
        done
        test $code = 69 || exit 95
        test ! -e started || exit 94
        budget remaining p/c | grep -q '\"tokens\":95' || exit 93
        rm filler
        budget verify >/dev/null || exit 92
        budget reserve p/c 95tokens >/dev/null || exit 91
        budget remaining p | grep -q '\"tokens\":0' || exit 90";
    if let Some(output) = on_a_small_disk(&env, script) {
        assert_eq!(output.code, 0, "{output}");
    }
}

#[test]
fn x15_a_read_only_disk_fails_closed() {
    let env = TestEnv::new();
    let script = "
        budget create b --limit 100tokens >/dev/null || exit 98
        mount -o remount,ro \"$1\" || exit 99
        budget exec b --reserve 7tokens -- touch /tmp/budget-read-only-$$; test $? = 69 || exit 96
        test ! -e /tmp/budget-read-only-$$ || exit 95
        budget reserve b 1tokens; test $? = 69 || exit 94
        budget spend b 1tokens; test $? = 69 || exit 93";
    if let Some(output) = on_a_small_disk(&env, script) {
        assert_eq!(output.code, 0, "{output}");
    }
}
