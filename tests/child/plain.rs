//! What passes through: codes, streams, arguments, environment, limits.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};

use nix::sys::signal::{SigHandler, SigSet, Signal, kill, signal};
use nix::unistd::Pid;

use crate::wrapper::{
    Options, code, is_alive, limited, line, output, plain, prefix, wrapped, wrapped_sh,
    wrapped_with,
};

#[test]
fn exit_codes_pass_through() {
    for wanted in [0, 1, 7, 124, 255] {
        assert_eq!(code(wrapped_sh(&format!("exit {wanted}"))), wanted);
    }
}

#[test]
fn what_is_not_there_is_127() {
    assert_eq!(code(wrapped(&["no-such-program-anywhere"])), 127);
    assert_eq!(code(wrapped(&["/no/such/program"])), 127);
    assert_eq!(code(wrapped(&[""])), 127);
}

#[test]
fn what_cannot_be_run_is_126() {
    assert_eq!(code(wrapped(&["/etc/passwd"])), 126);
    assert_eq!(code(wrapped(&["/"])), 126);
    assert_eq!(code(wrapped(&["/etc/passwd/x"])), 126);
}

#[test]
fn scripts_run_and_a_missing_interpreter_is_127() {
    let dir = tempfile::tempdir().unwrap();
    let script = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    };
    let bare = script("bare", "printf '%s.' \"$@\"\n");
    assert_eq!(
        output(&mut wrapped(&[
            bare.as_os_str(),
            "a b".as_ref(),
            "".as_ref()
        ])),
        "a b.."
    );
    assert_eq!(
        code(wrapped(&[script("lost", "#!/no/such/interpreter\n")])),
        127
    );
    let mut found = wrapped(&["bare", "x"]);
    found.env(
        "PATH",
        format!("/no/such:{}:/usr/bin", dir.path().display()),
    );
    assert_eq!(output(&mut found), "x.");
}

#[test]
fn death_by_signal_is_passed_on_without_a_core_of_ours() {
    for signal in [
        "TERM", "KILL", "SEGV", "INT", "PIPE", "HUP", "ABRT", "ALRM", "USR1",
    ] {
        let script = format!("kill -{signal} $$; exit 99");
        let dir = tempfile::tempdir().unwrap();
        let dumping = format!(
            "ulimit -c unlimited; exec {} sh -c \"$1\"",
            line(&Options::default())
        );
        let mut command = plain(&["sh", "-c", &dumping, "sh", &script]);
        command.current_dir(&dir).stderr(Stdio::null());
        let status = command.status().unwrap();
        let expected = plain(&["sh", "-c", &script])
            .current_dir(&dir)
            .status()
            .unwrap();
        assert_eq!(status.signal(), expected.signal(), "{signal}");
        assert!(status.signal().is_some(), "{signal}");
        assert!(!status.core_dumped(), "{signal}");
    }
}

#[test]
fn death_by_a_signal_without_a_name_is_passed_on() {
    let status = wrapped(&["bash", "-c", "kill -40 $$; exit 99"])
        .status()
        .unwrap();
    assert_eq!(status.signal(), Some(40));
}

#[test]
fn a_shell_sees_128_and_the_signal() {
    let script = format!(
        "{} sh -c 'kill -TERM $$'; echo $?",
        line(&Options::default())
    );
    assert_eq!(
        output(plain(&["sh", "-c", &script]).stderr(Stdio::null())),
        "143\n"
    );
}

#[test]
fn streams_are_binary_transparent() {
    let bytes: Vec<u8> = (0..=255).cycle().take(1_280_000).collect();
    let mut child = wrapped(&["sh", "-c", "cat; printf err >&2"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
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
    assert_eq!(output.stderr, b"err");
}

/// Runs a script with and without the wrapper; both must say the same.
fn same(script: &str) -> String {
    let expected = output(&mut plain(&["bash", "-c", script]));
    assert!(!expected.is_empty(), "{script} says something");
    let got = output(&mut wrapped(&["bash", "-c", script]));
    assert_eq!(got, expected, "{script}");
    got
}

#[test]
fn no_descriptor_is_added() {
    same("cd /proc/$$/fd; echo *");
}

#[test]
fn directory_mask_limits_priority_and_ids_are_kept() {
    same("pwd; umask; ulimit -a; ulimit -Hc; nice; id; cat /proc/self/oom_score_adj");
    let script = "umask 027; ulimit -n 100; ulimit -c 0; cd /usr; exec nice -n 3 \"$@\"";
    let asked = ["sh", "-c", "pwd; umask; ulimit -n; ulimit -c; nice"];
    let mut args: Vec<OsString> = vec!["sh".into(), "-c".into(), script.into(), "sh".into()];
    let expected = output(&mut plain(
        &[args.clone(), asked.map(OsString::from).to_vec()].concat(),
    ));
    args.extend(prefix(&Options::default()));
    args.extend(asked.map(OsString::from));
    assert_eq!(output(&mut plain(&args)), expected);
    assert!(expected.starts_with("/usr\n0027\n100\n0\n"), "{expected}");
}

/// The signal sets of a process status, without signals 32 and 33: those are the C library's
/// own, and what it makes of them depends on the threads there were.
fn signal_sets(status: &str) -> Vec<(&str, u64)> {
    let sets = status.lines().map(|line| {
        let (name, set) = line.split_once(":\t").expect(line);
        (
            name,
            u64::from_str_radix(set, 16).expect(line) & !(0b11 << 31),
        )
    });
    sets.collect()
}

#[test]
fn signal_dispositions_are_kept() {
    let status = "grep -E 'Sig(Blk|Ign|Cgt|Pnd)|ShdPnd' /proc/self/status";
    for ignored in [
        "",
        "trap '' PIPE;",
        "trap '' HUP INT QUIT TERM PIPE USR1 TSTP CHLD WINCH;",
    ] {
        let expected = output(&mut plain(&[
            "sh",
            "-c",
            &format!("{ignored} exec {status}"),
        ]));
        let script = format!("{ignored} exec {} {status}", line(&Options::default()));
        let found = output(&mut plain(&["sh", "-c", &script]));
        let (found, expected) = (signal_sets(&found), signal_sets(&expected));
        assert_eq!(expected.len(), 5);
        assert_eq!(found, expected, "{ignored}");
    }
}

#[test]
#[expect(unsafe_code, reason = "they can be set only between fork and exec")]
fn the_signal_mask_and_an_ignored_sigchld_are_kept() {
    let changed = |mut command: Command| {
        let set: SigSet = [Signal::SIGUSR1, Signal::SIGTERM, Signal::SIGCHLD]
            .into_iter()
            .collect();
        let change = move || {
            // SAFETY: no handler is installed.
            unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }?;
            Ok(set.thread_block()?)
        };
        // SAFETY: both calls are safe between fork and exec.
        unsafe { command.pre_exec(change) };
        output(&mut command)
    };
    let status = ["grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"];
    let expected = changed(plain(&status));
    assert!(
        expected.contains("14200\n") && expected.ends_with("10000\n"),
        "{expected}"
    );
    assert_eq!(changed(wrapped(&status)), expected);
}

#[test]
fn arguments_are_kept_byte_for_byte() {
    let odd: Vec<OsString> = vec![
        "".into(),
        " a  b\n".into(),
        OsString::from_vec(vec![0xff, 0xfe, b'=', 0x80]),
        "--".into(),
        "-x".into(),
        "--max-time".into(),
        "x".repeat(64 * 1024).into(),
        "'\"$(id)".into(),
    ];
    let call: Vec<OsString> = [["printf".into(), "%s\\0".into()].to_vec(), odd.clone()].concat();
    let got = wrapped(&call).output().unwrap().stdout;
    let expected: Vec<u8> = odd
        .into_iter()
        .flat_map(|arg| [arg.into_vec(), vec![0]].concat())
        .collect();
    assert!(got == expected, "{}", String::from_utf8_lossy(&got));
}

#[test]
fn a_program_sees_the_name_it_was_called_by() {
    assert_eq!(
        output(&mut wrapped(&["sh", "-c", "cat /proc/$$/cmdline"])),
        "sh\0-c\0cat /proc/$$/cmdline\0"
    );
}

#[test]
fn an_empty_environment_and_no_terminal_will_do() {
    let mut bare = wrapped(&["/bin/sh", "-c", "echo here"]);
    bare.env_clear();
    assert_eq!(output(&mut bare), "here\n");
    let call = [
        vec!["setsid".into(), "-w".into()],
        prefix(&Options::default()),
    ]
    .concat();
    let call = [call, vec!["sh".into(), "-c".into(), "exit 5".into()]].concat();
    assert_eq!(code(plain(&call)), 5);
}

#[test]
fn closed_streams_stay_closed_and_harm_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let list = |call: String| {
        let seen = dir.path().join("seen");
        let script = format!(
            "exec {call} sh -c 'cd /proc/$$/fd; echo * >{}; exit 6' <&- >&- 2>&-",
            seen.display()
        );
        assert_eq!(code(plain(&["sh", "-c", &script])), 6);
        std::fs::read_to_string(seen).unwrap()
    };
    assert_eq!(list(line(&Options::default())), list(String::new()));
}

#[test]
fn a_full_disk_or_a_closed_pipe_is_the_childs_business() {
    let script = format!(
        "{} sh -c 'echo x; exit 4' >/dev/full 2>&1",
        line(&Options::default())
    );
    assert_eq!(code(plain(&["sh", "-c", &script])), 4);
    let script = format!(
        "{{ {} yes; echo $? >&2; }} | head -c1 >/dev/null",
        line(&Options::default())
    );
    let output = plain(&["sh", "-c", &script]).output().unwrap();
    assert!(
        output.stderr.starts_with(b"141"),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn wrappers_nest() {
    let nested = |script: &str| {
        let inner = [
            prefix(&Options::default()),
            vec!["sh".into(), "-c".into(), script.into()],
        ];
        inner.concat()
    };
    assert_eq!(code(wrapped(&nested("exit 5"))), 5);
    assert_eq!(code(wrapped(&nested("kill -TERM $$"))), -15);
    assert_eq!(
        code(wrapped_with(&limited(100, 200), &nested("sleep 60"))),
        124
    );
}

#[test]
fn what_outlives_the_child_is_neither_awaited_nor_stopped() {
    let pid = output(&mut wrapped_sh("setsid sleep 60 >/dev/null 2>&1 & echo $!"));
    let pid = pid.trim().parse().unwrap();
    assert!(is_alive(pid));
    let _gone = kill(Pid::from_raw(pid), Signal::SIGKILL);
}

#[test]
fn orphans_are_buried_while_the_child_runs() {
    // The orphan's parent ends first; the orphan then ends as the wrapper's own child.
    let script = "sh -c 'sleep 0.1 & echo $!'; read line; exit 0";
    let mut child = wrapped_sh(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(child.stdout.take().unwrap()),
        &mut first,
    )
    .unwrap();
    let orphan: i32 = first.trim().parse().unwrap();
    crate::wrapper::poll_until("the orphan is reaped", || {
        crate::wrapper::state(orphan).is_none().then_some(())
    });
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
